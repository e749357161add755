// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cmath>
#include <limits>
#include <optional>
#include <stdexcept>
#include <utility>

#include "check.h"
#include "codec/encoder_options.h"
#include "codec/layout.h"
#include "codec/packet.h"
#include "codec/picture_header.h"
#include "codec/quality.h"
#include "codec/quality_cascade.h"
#include "codec/rate_control.h"
#include "codec/sequence.h"

namespace lowrank {
namespace {

// Σ of the squared differences of luma.
double squared_error(const ImageView& a, const ImageView& b) {
  const PlaneView& x = a.planes[0];
  const PlaneView& y = b.planes[0];
  double sum = 0;
  for (int row = 0; row < x.height; row++) {
    const std::uint8_t* from = x.row(row);
    const std::uint8_t* to = y.row(row);
    std::int64_t line = 0;
    for (int i = 0; i < x.width; i++) {
      const int difference = from[i * x.pixel_stride] - to[i * y.pixel_stride];
      line += difference * difference;
    }
    sum += static_cast<double>(line);
  }
  return sum;
}

double pixels_of(const ImageFormat& format) {
  return static_cast<double>(format.width) * static_cast<double>(format.height);
}

codec::RateTarget target_of(const EncoderOptions& options, const StreamInfo& info,
                            const codec::KeyPolicy& keys) {
  const double rate = static_cast<double>(info.frame_rate.numerator) /
                      static_cast<double>(info.frame_rate.denominator);
  return {1000 * static_cast<double>(options.bitrate) / rate, rate, pixels_of(info.format), keys};
}

}  // namespace

struct Encoder::Impl {
  StreamInfo info;
  EncoderOptions options;
  codec::KeyPolicy keys;
  std::optional<codec::RateControl> rate;
  codec::QualityCascade cascade;
  std::unique_ptr<codec::PictureEncoder> pictures;
  bool key_requested = true;
  int since_key = 0;  // pictures, the key among them
  std::uint8_t number = 0;
  std::optional<EncodedPicture> waiting;
  EncoderStats sums;  // `rank` of all pictures together
  double error = 0;   // of those whose psnr was asked for, Σ of squares
  std::uint64_t compared = 0;

  Impl(const StreamInfo& stream, const EncoderOptions& all) : info(stream) {
    pictures = all.layout == Layout::frame
                   ? codec::make_frame_encoder(info.format, all.threads)
                   : codec::make_patch_encoder(info.format, all.base_rank, all.threads);
    use(all);
  }

  void use(const EncoderOptions& all) {
    options = all;
    keys = codec::key_policy(options, info);
    if (options.bitrate == 0)
      rate.reset();
    else if (rate)
      rate->set_target(target_of(options, info, keys));
    else
      rate.emplace(target_of(options, info, keys));
  }

  codec::CodingTask next_task() const {
    codec::CodingTask task;
    task.key = key_requested || since_key >= keys.interval;
    task.step_index = step_index(task.key);
    task.rank = options.rank;
    task.energy = options.energy;
    task.speed = options.speed;
    return task;
  }

  int offset(bool key) const { return key ? 0 : cascade.offset(since_key); }

  int step_index(bool key) const {
    if (rate)
      return rate->step_index(key, offset(key));
    const auto index = static_cast<int>(std::lround(codec::step_index_of(options.quality)));
    return std::clamp(index + offset(key) - (key ? keys.refinement : 0), 0,
                      codec::largest_step_index);
  }

  void encode(const ImageView& picture, const PictureInfo& picture_info) {
    const codec::CodingTask task = next_task();
    EncodedPicture result{{}, picture_info, task.key};
    std::vector<std::uint8_t> payload;
    codec::append_picture_header({picture_info, number, options.layout}, info.frame_rate, payload);
    key_requested = true;  // if what follows throws
    pictures->encode(picture, task, payload);
    if (task.key)
      codec::append_packet(codec::PacketType::sequence, codec::sequence_payload(info),
                           result.bytes);
    codec::append_packet(
        task.key ? codec::PacketType::key_picture : codec::PacketType::predicted_picture, payload,
        result.bytes);
    key_requested = false;
    if (rate)
      rate->coded(task.key, 8 * static_cast<double>(result.bytes.size()), offset(task.key));
    if (!task.key)
      cascade.coded(since_key, pictures->unchanged());
    since_key = task.key ? 1 : since_key + 1;
    number++;
    count(picture, result.bytes.size());
    waiting = std::move(result);
  }

  void count(const ImageView& picture, std::size_t bytes) {
    sums.pictures++;
    sums.bytes += bytes;
    sums.rank += pictures->rank();
    if (options.compute_psnr) {
      error += squared_error(picture, pictures->decoded());
      compared++;
    }
  }

  EncoderStats stats() const {
    EncoderStats result = sums;
    if (sums.pictures > 0) {
      const auto count = static_cast<double>(sums.pictures);
      result.rank = sums.rank / count;
      result.bits_per_pixel =
          8 * static_cast<double>(sums.bytes) / (count * pixels_of(info.format));
    }
    if (compared > 0) {
      const double mean = error / (static_cast<double>(compared) * pixels_of(info.format));
      result.psnr = 10 * std::log10(255.0 * 255.0 / mean);
    }
    return result;
  }
};

namespace {

template <typename T>
T& configured(const std::unique_ptr<T>& impl, const char* caller) {
  if (!impl)
    throw std::logic_error(std::string(caller) + ": call Encoder::configure() first");
  return *impl;
}

}  // namespace

Encoder::Encoder() = default;
Encoder::Encoder(Encoder&&) noexcept = default;
Encoder& Encoder::operator=(Encoder&&) noexcept = default;
Encoder::~Encoder() = default;

void Encoder::configure(const StreamInfo& info, const EncoderOptions& options) {
  constexpr const char* caller = "Encoder::configure";
  codec::check_stream(caller, info);
  codec::check_options(caller, options, info);
  impl_ = std::make_unique<Impl>(info, options);
}

void Encoder::set_options(const EncoderOptions& options) {
  constexpr const char* caller = "Encoder::set_options";
  Impl& impl = configured(impl_, caller);
  codec::check_options(caller, options, impl.info);
  if (options.layout != impl.options.layout || options.base_rank != impl.options.base_rank ||
      options.threads != impl.options.threads)
    check::fail(caller, "layout, base_rank and threads must be those of Encoder::configure()");
  impl.use(options);
}

void Encoder::request_key() {
  configured(impl_, "Encoder::request_key").key_requested = true;
}

void Encoder::push(const ImageView& picture, const PictureInfo& info) {
  constexpr const char* caller = "Encoder::push";
  Impl& impl = configured(impl_, caller);
  if (impl.waiting)
    throw std::logic_error("Encoder::push: pull() the last picture's result first");
  codec::check_picture(caller, picture, info, impl.info.format);
  impl.encode(picture, info);
}

bool Encoder::pull(EncodedPicture& result) {
  if (!impl_ || !impl_->waiting)
    return false;
  result = *std::exchange(impl_->waiting, std::nullopt);
  return true;
}

void Encoder::flush() {
  if (!impl_)
    return;
  impl_->waiting.reset();
  impl_->key_requested = true;
}

std::vector<std::uint8_t> Encoder::sequence_packet() const {
  std::vector<std::uint8_t> bytes;
  codec::append_packet(codec::PacketType::sequence,
                       codec::sequence_payload(configured(impl_, "Encoder::sequence_packet").info),
                       bytes);
  return bytes;
}

EncoderStats Encoder::stats() const {
  return impl_ ? impl_->stats() : EncoderStats{};
}

}  // namespace lowrank
