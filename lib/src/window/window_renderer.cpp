// SPDX-License-Identifier: LGPL-2.1-or-later
#include <stdexcept>
#include <string>
#include <vector>

#include "background_check.h"
#include "lowrank/composite.h"
#include "lowrank/window.h"
#include "window/frame_mask.h"
#include "window/frame_matrix.h"
#include "window/low_rank_blocks.h"
#include "window/plate_tail.h"
#include "window/row_noise.h"

namespace lowrank {
namespace {

void check_column(const WindowColumn& at, Index rows) {
  const WindowFactors& factors = *at.factors;
  const bool fits = factors.u.rows() == rows && std::ssize(factors.noise) == rows &&
                    factors.v.cols() == factors.u.cols();
  check::require(fits, "the factors of the window must have " + std::to_string(rows) +
                           " rows, as the frame, and one rank");
  check::require(at.column >= 0 && at.column < factors.v.rows(),
                 "column " + std::to_string(at.column) + " is none of the window, which has " +
                     std::to_string(factors.v.rows()));
}

struct Rendering {
  Rendering(const ImageFormat& format_, const BackgroundOptions& options)
      : format(format_),
        pool(options.threads),
        mask(format_, options),
        frame(static_cast<std::size_t>(format_.samples())),
        plate(frame.size()),
        noise(frame.size()),
        blocks(low_rank_blocks(format_.samples())) {}

  void render(const WindowColumn& in, const WindowColumn& earlier, float weight) {
    ScratchPool<float> floats(low_rank_scratch(blocks));
    ScratchPool<std::uint16_t> tails(static_cast<std::size_t>(blocks.height()));
    // Calls body(l) with the rows of the plate.
    const auto with_plate = [](const WindowColumn& at, const RowBlock& block, float* scratch,
                               const auto& body) {
      const FloatView v = at.factors->v;
      for_each_column_of(at.factors->u, v.block(at.column, 0, 1, v.cols), block, scratch,
                         [&](Index, float* l) { body(l); });
    };
    for_each_block(pool, blocks, [&](const RowBlock& block) {
      const auto scratch = floats.take();
      const auto tail = tails.take();
      if (earlier.factors)
        with_plate(earlier, block, scratch.get(),
                   [&](const float* l) { keep_tail(l, block.count, tail.get()); });
      with_plate(in, block, scratch.get(), [&](float* l) {
        if (earlier.factors)
          fade_from(tail.get(), weight, block.count, l);
        round_to_samples(l, block.count, plate.data() + block.first);
      });
      for (Index i = block.first; i < block.first + block.count; i++) {
        const auto at = static_cast<std::size_t>(i);
        noise[at] = noise_of_median * in.factors->noise[at];
        if (earlier.factors) {
          const float before = noise_of_median * earlier.factors->noise[at];
          noise[at] = before + weight * (noise[at] - before);
        }
      }
    });
  }

  ImageFormat format;
  ThreadPool pool;
  FrameMask mask;
  std::vector<std::uint8_t> frame;
  std::vector<std::uint8_t> plate;
  std::vector<float> noise;
  RowBlocks blocks;
};

}  // namespace

struct WindowRenderer::State : Rendering {
  using Rendering::Rendering;
};

WindowRenderer::WindowRenderer(const ImageFormat& format, const BackgroundOptions& options) {
  check::format(format);
  check::options(options);
  check::require(format.depth == 8, "windows are of samples of 8 bits");
  state_ = std::make_unique<State>(format, options);
}

WindowRenderer::WindowRenderer(WindowRenderer&&) noexcept = default;
WindowRenderer& WindowRenderer::operator=(WindowRenderer&&) noexcept = default;
WindowRenderer::~WindowRenderer() = default;

void WindowRenderer::set_sensitivity(const PlaneView& sensitivity) {
  check::sensitivity(sensitivity, state_->format);
  state_->mask.set_sensitivity(sensitivity);
}

Separation WindowRenderer::separate(const ImageView& frame, const WindowColumn& in,
                                    const WindowColumn& earlier, float weight) {
  State& s = *state_;
  check::frame(frame, s.format);
  check::require(in.factors, "a frame is separated by the factors of its window: there are none");
  check_column(in, s.format.samples());
  if (earlier.factors)
    check_column(earlier, s.format.samples());
  check::require(weight >= 0 && weight <= 1, "weight must be 0 to 1");
  copy_image(frame, image_of_column(s.format, s.frame.data()));
  s.render(in, earlier, weight);
  s.mask.make(s.frame.data(), s.plate.data(), s.noise.data(), s.pool);
  Separation result;
  result.input = frame;
  const std::uint8_t* plate = s.plate.data();
  result.background = image_of_column(s.format, plate);
  result.mask = s.mask.plane();
  result.foreground_ratio = s.mask.share();
  return result;
}

}  // namespace lowrank
