// SPDX-License-Identifier: LGPL-2.1-or-later
#include "background_check.h"

#include <cmath>
#include <stdexcept>
#include <string>

#include "thread_pool.h"

namespace lowrank::check {
namespace {

constexpr int max_side = 16384;
constexpr int max_online_rank = 16;
constexpr int max_cleanup = 15;
constexpr int max_window = 1 << 20;

}  // namespace

void format(const ImageFormat& format) {
  require(format.width >= 1 && format.width <= max_side && format.height >= 1 &&
              format.height <= max_side,
          "an image of " + side_by_side(format.width, format.height) +
              " cannot be separated: width and height must be 1 to " + std::to_string(max_side));
  const auto shift_allowed = [&](int shift) {
    return shift == 0 || (shift == 1 && format.color == ColorModel::ycbcr);
  };
  require(shift_allowed(format.chroma_shift_x) && shift_allowed(format.chroma_shift_y),
          "chroma shifts must be 0 or 1 for ycbcr images and 0 for others");
  require(format.black >= 0 && format.black <= 64, "the luma of black must be 0 to 64");
  require(format.depth >= 8 && format.depth <= 16, "samples must have 8 to 16 bits");
  require(format.depth == 8 || format.color != ColorModel::rgb, "samples of rgb must have 8 bits");
  require(format.shift >= 0 && format.shift <= 8 * format.sample_bytes() - format.depth,
          "a sample and the bits below it must fit its one or two bytes");
}

void options(const BackgroundOptions& options) {
  require(options.rank >= 0,
          "rank must be 0 (automatic) or more, not " + std::to_string(options.rank));
  require(options.lambda >= 0 && std::isfinite(options.lambda),
          "lambda must be 0 (automatic) or a positive number");
  require(std::isfinite(options.noise),
          "noise must be negative (estimated), 0 (exact PCP) or a number of grey levels");
  require(options.window >= 0 && options.window <= max_window,
          "window must be 0 (the whole stream) to " + std::to_string(max_window) + " frames, not " +
              std::to_string(options.window));
  require(!std::isnan(options.learning_rate) && options.learning_rate <= 1,
          "learning_rate must be negative (automatic) or 0 to 1");
  require(std::isfinite(options.threshold) && options.threshold != 0,
          "threshold must be negative (automatic) or a positive number of standard deviations");
  require(options.mask_cleanup <= max_cleanup,
          "mask_cleanup must be negative (automatic) or 0 to " + std::to_string(max_cleanup));
  require(options.min_region_size >= 0 && options.max_region_size >= 0,
          "min_region_size and max_region_size must be 0 (no bound) or more pixels");
  require(options.threads <= most_threads,
          "threads must be 0 (one a core) to " + std::to_string(most_threads));
  if (options.method == Method::online) {
    require(options.rank <= max_online_rank, "method online takes a rank of at most " +
                                                 std::to_string(max_online_rank) + ", not " +
                                                 std::to_string(options.rank));
  } else {
    require(options.window == 0 || options.rank <= options.window,
            "a window of " + std::to_string(options.window) + " frames has no background of rank " +
                std::to_string(options.rank) + ": rank must be at most the window");
  }
}

void frame(const ImageView& frame, const ImageFormat& format) {
  require(frame.format == format, "the frame (" +
                                      side_by_side(frame.format.width, frame.format.height) +
                                      ") is not in the format of configure() (" +
                                      side_by_side(format.width, format.height) + ")");
  planes("the frame", frame);
}

void sensitivity(const PlaneView& sensitivity, const ImageFormat& format) {
  require(!sensitivity.data ||
              (sensitivity.width == format.width && sensitivity.height == format.height),
          "a sensitivity of " + side_by_side(sensitivity.width, sensitivity.height) +
              " does not fit frames of " + side_by_side(format.width, format.height));
}

}  // namespace lowrank::check
