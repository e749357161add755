// SPDX-License-Identifier: LGPL-2.1-or-later
#include "codec/encoder_options.h"

#include <algorithm>
#include <string>

#include "check.h"
#include "codec/sequence.h"
#include "thread_pool.h"

namespace lowrank::codec {
namespace {

constexpr int largest_base_rank = 63;
constexpr int field_bits = 15;

std::string text(const Rational& value) {
  return std::to_string(value.numerator) + "/" + std::to_string(value.denominator);
}

std::string text(const ImageFormat& format) {
  return std::to_string(format.width) + "x" + std::to_string(format.height);
}

void require(bool holds, const char* caller, const std::string& message) {
  if (!holds)
    check::fail(caller, message);
}

void check_format(const char* caller, const ImageFormat& format) {
  require(std::min(format.width, format.height) >= 1 &&
              std::max(format.width, format.height) <= largest_side,
          caller,
          "pictures are " + text(format) + ", but must have 1 to " + std::to_string(largest_side) +
              " pixels a side");
  require(format.color != ColorModel::rgb, caller, "pictures are rgb, but must be gray or ycbcr");
  require(format.depth == 8 && format.shift == 0, caller,
          "samples have " + std::to_string(format.depth) + " bits, but must have 8");
  const int most = format.color == ColorModel::ycbcr ? 1 : 0;
  require(std::min(format.chroma_shift_x, format.chroma_shift_y) >= 0 &&
              std::max(format.chroma_shift_x, format.chroma_shift_y) <= most,
          caller, "chroma shifts must be 0 or 1 for ycbcr pictures and 0 for gray ones");
  require(format.black == 0 || format.black == 16, caller,
          "the luma of black is " + std::to_string(format.black) +
              ", but must be 0 (full range) or 16 (video range)");
}

void check_ranks(const char* caller, const EncoderOptions& options) {
  require(options.rank >= 0, caller,
          "rank is " + std::to_string(options.rank) + ", but must be 0 (by quality) or more");
  require(options.energy >= 0 && options.energy <= 1, caller,
          "energy is " + std::to_string(options.energy) + ", but must be 0 (off) to 1");
  require(options.base_rank >= 0 && options.base_rank <= largest_base_rank, caller,
          "base_rank is " + std::to_string(options.base_rank) + ", but must be 0 (off) to " +
              std::to_string(largest_base_rank));
  if (options.layout == Layout::patch)
    require(options.energy == 0.0, caller, "energy is for layout frame; for layout patch it is 0");
  else
    require(options.base_rank == 0, caller,
            "base_rank is for layout patch; for layout frame it is 0");
}

void check_bitrate(const char* caller, const EncoderOptions& options, const StreamInfo& info) {
  require(options.bitrate >= 0, caller,
          "bitrate is " + std::to_string(options.bitrate) + ", but must be 0 (off) or more");
  if (options.bitrate == 0)
    return;
  require(info.frame_rate.numerator > 0, caller,
          "a bitrate needs a frame rate, but the frame rate is 0");
  require(options.layout == Layout::patch || (options.rank == 0 && options.energy == 0.0), caller,
          "a bitrate is met by changing the quality, which layout frame goes by when rank and "
          "energy are 0");
}

}  // namespace

void check_stream(const char* caller, const StreamInfo& info) {
  check_format(caller, info.format);
  require(info.frame_rate.denominator > 0, caller,
          "the frame rate is " + text(info.frame_rate) +
              ", but must be a fraction, or 0/1 when it varies");
  require(info.pixel_aspect.numerator > 0 && info.pixel_aspect.denominator > 0, caller,
          "the pixel aspect ratio is " + text(info.pixel_aspect) +
              ", but both numbers must be at least 1");
  require(info.scan <= Scan::mixed, caller, "scan is none of progressive, interleaved and mixed");
}

void check_options(const char* caller, const EncoderOptions& options, const StreamInfo& info) {
  require(options.layout <= Layout::frame, caller, "layout is neither patch nor frame");
  require(options.speed <= Speed::best, caller, "speed is none of fast, medium and best");
  require(options.quality >= 1 && options.quality <= 100, caller,
          "quality is " + std::to_string(options.quality) + ", but must be 1 to 100");
  check_ranks(caller, options);
  check_bitrate(caller, options, info);
  require(options.key_interval >= 0, caller,
          "key_interval is " + std::to_string(options.key_interval) +
              ", but must be 0 (automatic) or more");
  require(options.threads <= most_threads, caller,
          "threads is " + std::to_string(options.threads) + ", but must be 0 (one a core) to " +
              std::to_string(most_threads));
}

void check_picture(const char* caller, const ImageView& picture, const PictureInfo& info,
                   const ImageFormat& expected) {
  require(picture.format == expected, caller,
          "the picture is " + text(picture.format) + " and the stream " + text(expected) +
              "; both must have the same format");
  for (int p = 0; p < expected.planes(); p++) {
    const PlaneView& plane = picture.planes[static_cast<std::size_t>(p)];
    const std::string name = "plane " + std::to_string(p) + " of the picture ";
    require(plane.data != nullptr, caller, name + "is a null pointer");
    require(plane.width == expected.plane_width(p) && plane.height == expected.plane_height(p),
            caller,
            name + "is " + std::to_string(plane.width) + "x" + std::to_string(plane.height) +
                ", but must be " + std::to_string(expected.plane_width(p)) + "x" +
                std::to_string(expected.plane_height(p)));
  }
  require(info.fields <= field_bits, caller,
          "fields is " + std::to_string(info.fields) + ", but must be 0 to 15");
}

KeyPolicy key_policy(const EncoderOptions& options, const StreamInfo& info) {
  // Others are predicted from it for long, so what is spent on a key is spent once.
  constexpr int refinement_of_patches = 8;
  constexpr double automatic_seconds = 10;
  constexpr int most_automatic = 250;
  if (options.layout == Layout::frame)
    return {1, 0};
  KeyPolicy policy{options.key_interval, refinement_of_patches};
  if (policy.interval == 0) {
    const double rate = static_cast<double>(info.frame_rate.numerator) /
                        static_cast<double>(info.frame_rate.denominator);
    const double pictures = rate > 0 ? automatic_seconds * rate : most_automatic;
    policy.interval = static_cast<int>(std::clamp(pictures, 1.0, double{most_automatic}));
  }
  if (policy.interval == 1)
    policy.refinement = 0;
  return policy;
}

}  // namespace lowrank::codec
