// SPDX-License-Identifier: LGPL-2.1-or-later
#include "fields.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace lowrank {
namespace {

void copy_row(const PlaneView& source, int from, const MutablePlaneView& target, int to,
              int sample_bytes) {
  const std::uint8_t* in = source.row(from);
  std::uint8_t* out = target.row(to);
  if (source.pixel_stride == sample_bytes && target.pixel_stride == sample_bytes) {
    std::memcpy(out, in, static_cast<std::size_t>(target.width) * sample_bytes);
    return;
  }
  for (int x = 0; x < target.width; x++)
    std::copy_n(in + x * source.pixel_stride, sample_bytes, out + x * target.pixel_stride);
}

class FieldMethod final : public SeparationMethod {
 public:
  FieldMethod(const ImageFormat& format, std::unique_ptr<SeparationMethod> method)
      : format_(format),
        stacked_(stacked_format(format)),
        background_(format),
        mask_({ColorModel::gray, format.width, format.height}),
        method_(std::move(method)) {
    if (method_->delay() > 0)
      input_.emplace_back(format);
  }

  void set_options(const BackgroundOptions& options) override { method_->set_options(options); }
  void set_sensitivity(const PlaneView& sensitivity) override;
  void set_foreground_hints(std::span<const Rectangle> hints) override;
  void push(const ImageView& frame) override;
  bool pull(Separation& result) override;
  void drain() override { method_->drain(); }
  void flush() override { method_->flush(); }
  void reset() override { method_->reset(); }
  int delay() const override { return method_->delay(); }
  bool results_waiting() const override { return method_->results_waiting(); }
  BackgroundStats stats() const override;
  bool has_model() const override { return method_->has_model(); }
  std::vector<std::uint8_t> save_model() const override { return method_->save_model(); }
  void load_model(std::span<const std::uint8_t> bytes) override { method_->load_model(bytes); }

 private:
  ImageView weave(const ImageView& stacked, PackedImage& target) const;

  ImageFormat format_;
  PackedImage stacked_;  ///< of the last frame, read until it is pulled
  ImageView pushed_;     ///< the last frame
  PackedImage background_;
  PackedImage mask_;
  std::vector<PackedImage> input_;  ///< one, where frames are held back
  std::unique_ptr<SeparationMethod> method_;
  double foreground_ratio_ = 0;
};

void FieldMethod::set_sensitivity(const PlaneView& sensitivity) {
  if (!sensitivity.data) {
    method_->set_sensitivity({});
    return;
  }
  const ImageFormat stacked = stacked_format(format_);
  PackedImage plane({ColorModel::gray, stacked.width, stacked.height});
  stack_fields(sensitivity, plane.view().planes[0], 1);
  method_->set_sensitivity(plane.view().planes[0]);
}

void FieldMethod::set_foreground_hints(std::span<const Rectangle> hints) {
  const int rows = stacked_format(format_).height / 2;
  std::vector<Rectangle> stacked;
  for (const Rectangle& hint : hints) {
    const std::int64_t end = std::int64_t{hint.y} + hint.height;
    const int first = std::clamp(hint.y, 0, format_.height);
    const int last = static_cast<int>(std::clamp<std::int64_t>(end, 0, format_.height));
    for (int parity = 0; parity < 2; parity++) {
      // Rows 2k + parity of [first, last).
      const int top = (first + 1 - parity) / 2;
      const int bottom = (last + 1 - parity) / 2;
      stacked.push_back({hint.x, parity * rows + top, hint.width, bottom - top});
    }
  }
  method_->set_foreground_hints(stacked);
}

void FieldMethod::push(const ImageView& frame) {
  const MutableImageView stacked = stacked_.view();
  for (int p = 0; p < format_.planes(); p++) {
    const auto i = static_cast<std::size_t>(p);
    stack_fields(frame.planes[i], stacked.planes[i], format_.sample_bytes());
  }
  pushed_ = frame;
  method_->push(stacked);
}

ImageView FieldMethod::weave(const ImageView& stacked, PackedImage& target) const {
  const MutableImageView woven = target.view();
  for (int p = 0; p < woven.format.planes(); p++) {
    const auto i = static_cast<std::size_t>(p);
    weave_fields(stacked.planes[i], woven.planes[i], woven.format.sample_bytes());
  }
  return woven;
}

bool FieldMethod::pull(Separation& result) {
  Separation stacked;
  if (!method_->pull(stacked))
    return false;
  result = stacked;
  result.input = input_.empty() ? pushed_ : weave(stacked.input, input_.front());
  result.background = weave(stacked.background, background_);
  const MutablePlaneView mask = mask_.view().planes[0];
  weave_fields(stacked.mask, mask, 1);
  result.mask = mask;
  // Rows that fill up a field are no part of the picture.
  std::ptrdiff_t set = 0;
  for (int y = 0; y < mask.height; y++)
    set += std::count_if(mask.row(y), mask.row(y) + mask.width, [](auto m) { return m != 0; });
  foreground_ratio_ = static_cast<double>(set) /
                      (static_cast<double>(mask.width) * static_cast<double>(mask.height));
  result.foreground_ratio = foreground_ratio_;
  return true;
}

BackgroundStats FieldMethod::stats() const {
  BackgroundStats stats = method_->stats();
  stats.foreground_ratio = foreground_ratio_;
  return stats;
}

}  // namespace

PackedImage::PackedImage(const ImageFormat& format)
    : format_(format),
      bytes_(static_cast<std::size_t>(format.samples()) *
             static_cast<std::size_t>(format.sample_bytes())) {}

MutableImageView PackedImage::view() {
  MutableImageView image{format_, {}};
  const int sample_bytes = format_.sample_bytes();
  std::uint8_t* data = bytes_.data();
  for (int p = 0; p < format_.planes(); p++) {
    const std::ptrdiff_t stride = std::ptrdiff_t{format_.plane_width(p)} * sample_bytes;
    image.planes[static_cast<std::size_t>(p)] = {data, stride, sample_bytes, format_.plane_width(p),
                                                 format_.plane_height(p)};
    data += stride * format_.plane_height(p);
  }
  return image;
}

ImageFormat stacked_format(const ImageFormat& interlaced) {
  ImageFormat format = interlaced;
  const int step = 2 << interlaced.chroma_shift_y;
  format.height = (interlaced.height + step - 1) / step * step;
  return format;
}

void stack_fields(const PlaneView& interlaced, const MutablePlaneView& stacked, int sample_bytes) {
  const int rows = stacked.height / 2;
  const int last = interlaced.height - 1;
  for (int parity = 0; parity < 2; parity++) {
    const int last_of_field = last >= parity ? last - (last - parity) % 2 : 0;
    for (int y = 0; y < rows; y++)
      copy_row(interlaced, std::min(2 * y + parity, last_of_field), stacked, parity * rows + y,
               sample_bytes);
  }
}

void weave_fields(const PlaneView& stacked, const MutablePlaneView& interlaced, int sample_bytes) {
  const int rows = stacked.height / 2;
  for (int y = 0; y < interlaced.height; y++)
    copy_row(stacked, y % 2 * rows + y / 2, interlaced, y, sample_bytes);
}

std::unique_ptr<SeparationMethod> make_field_method(
    const ImageFormat& interlaced,
    const std::function<std::unique_ptr<SeparationMethod>(const ImageFormat&)>& make) {
  return std::make_unique<FieldMethod>(interlaced, make(stacked_format(interlaced)));
}

}  // namespace lowrank
