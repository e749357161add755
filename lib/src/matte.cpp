// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lowrank/matte.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>
#include <string>
#include <vector>

#include "check.h"
#include "full_chroma.h"
#include "image_check.h"
#include "raster.h"
#include "samples.h"

namespace lowrank {
namespace {

constexpr int max_radius = 15;
constexpr int lines_a_pixel = 240;  // of an automatic radius
constexpr int most_automatic = 8;
constexpr int reach = 3;  // radii that a sample of the object may be away
constexpr int samples_a_side = 3;
constexpr int mostly_covered = 160;  // coverage, where there is no pixel that is covered all around
constexpr float difference_unit = 400;  // squared levels at which colours tell as much as coverage
constexpr float noise_level = 6;      // by which the background may differ from what is known of it
constexpr float least_alpha = 0.05f;  // below, a colour divided by it is noise

using Color = std::array<float, 3>;

/// Share of the mask that is set around each pixel, 0 (none) to 255 (all), rows without any left
/// out.
class Coverage {
 public:
  Coverage(const PlaneView& mask, int radius);

  bool any(int y) const { return any_[static_cast<std::size_t>(y)] != 0; }
  int at(int x, int y) const { return any(y) ? shares_.at(x, y) : 0; }
  int width() const { return shares_.width(); }
  int height() const { return shares_.height(); }

 private:
  void add(const PlaneView& mask, int y, int sign);
  bool write_row(int y, int rows);

  int radius_;
  std::vector<std::uint16_t> columns_;  ///< pixels set in each, over the rows around
  Raster<std::uint8_t> shares_;
  std::vector<std::uint8_t> any_;
};

Coverage::Coverage(const PlaneView& mask, int radius)
    : radius_(radius),
      columns_(static_cast<std::size_t>(mask.width)),
      shares_(mask.width, mask.height, unset),
      any_(static_cast<std::size_t>(mask.height)) {
  for (int y = 0; y < std::min(radius, mask.height); y++)
    add(mask, y, 1);
  for (int y = 0; y < mask.height; y++) {
    if (y + radius < mask.height)
      add(mask, y + radius, 1);
    if (y - radius > 0)
      add(mask, y - radius - 1, -1);
    const int rows = std::min(y + radius, mask.height - 1) - std::max(y - radius, 0) + 1;
    any_[static_cast<std::size_t>(y)] = write_row(y, rows);
  }
}

void Coverage::add(const PlaneView& mask, int y, int sign) {
  const std::uint8_t* row = mask.row(y);
  const std::ptrdiff_t step = mask.pixel_stride;
  for (std::size_t x = 0; x < columns_.size(); x++)
    columns_[x] = static_cast<std::uint16_t>(
        columns_[x] + (row[static_cast<std::ptrdiff_t>(x) * step] ? sign : 0));
}

bool Coverage::write_row(int y, int rows) {
  const int width = shares_.width();
  const auto first =
      std::find_if(columns_.begin(), columns_.end(), [](std::uint16_t count) { return count > 0; });
  if (first == columns_.end())
    return false;
  std::uint8_t* out = shares_.row(y);
  const int begin = std::max(0, static_cast<int>(first - columns_.begin()) - radius_);
  std::fill_n(out, begin, std::uint8_t{0});
  int sum = 0;
  for (int x = std::max(0, begin - radius_); x < std::min(width, begin + radius_); x++)
    sum += columns_[static_cast<std::size_t>(x)];
  for (int x = begin; x < width; x++) {
    if (x + radius_ < width)
      sum += columns_[static_cast<std::size_t>(x + radius_)];
    const int area = rows * (std::min(x + radius_, width - 1) - std::max(x - radius_, 0) + 1);
    // Neither end is reached but by none and by all.
    out[x] = static_cast<std::uint8_t>(sum == 0      ? 0
                                       : sum == area ? 255
                                                     : std::clamp(255 * sum / area, 1, 254));
    if (x - radius_ >= 0)
      sum -= columns_[static_cast<std::size_t>(x - radius_)];
  }
  return true;
}

/// The pixels of the outline, one by one.
class Edge {
 public:
  Edge(const ImageView& background, const MutableImageView& target, const Coverage& coverage,
       int radius)
      : background_(background), target_(target), coverage_(coverage), radius_(radius) {}

  /// Alpha of the pixel, 0..1; takes the background out of its colour.
  float solve(int x, int y) const;

 private:
  struct Mixture {
    Color object;
    float alpha = 0;
    float error = 0;       ///< squared distance of the mixture to the pixel
    float difference = 0;  ///< that of its parts from each other
  };

  Color shown(int x, int y) const;
  Color behind(int x, int y) const;
  bool explain(int x, int y, int least_coverage, const Color& pixel, const Color& behind,
               Mixture& best) const;
  void take_out(int x, int y, float alpha, const Color& pixel, const Color& behind,
                const Color& object) const;

  const ImageView& background_;
  const MutableImageView& target_;
  const Coverage& coverage_;
  int radius_;
};

Color Edge::shown(int x, int y) const {
  Color color{};
  for (std::size_t p = 0; p < static_cast<std::size_t>(target_.format.planes()); p++)
    color[p] = target_.planes[p].row(y)[x * target_.planes[p].pixel_stride];
  return color;
}

Color Edge::behind(int x, int y) const {
  const ImageFormat& format = background_.format;
  Color color{};
  for (std::size_t p = 0; p < static_cast<std::size_t>(format.planes()); p++) {
    const PlaneView& plane = background_.planes[p];
    const int px = p ? x >> format.chroma_shift_x : x;
    const int py = p ? y >> format.chroma_shift_y : y;
    const std::uint8_t* sample = plane.row(py) + px * plane.pixel_stride;
    color[p] = format.depth == 8
                   ? *sample
                   : SampleRange<std::uint16_t>(format).to_byte(load_sample<std::uint16_t>(sample));
  }
  // A gray picture that is shown in colour has none.
  for (int p = format.planes(); p < target_.format.planes(); p++)
    color[static_cast<std::size_t>(p)] = 128;
  return color;
}

// The best of the samples around that are covered so far; false where there is none.
bool Edge::explain(int x, int y, int least_coverage, const Color& pixel, const Color& behind,
                   Mixture& best) const {
  bool found = false;
  const int step = std::max(1, reach * radius_ * 2 / (samples_a_side - 1));
  for (int i = -(samples_a_side / 2); i <= samples_a_side / 2; i++) {
    for (int k = -(samples_a_side / 2); k <= samples_a_side / 2; k++) {
      const int sx = x + k * step;
      const int sy = y + i * step;
      if (sx < 0 || sy < 0 || sx >= coverage_.width() || sy >= coverage_.height() ||
          coverage_.at(sx, sy) < least_coverage)
        continue;
      Mixture mixture{shown(sx, sy)};
      float projection = 0;
      for (std::size_t p = 0; p < 3; p++) {
        const float difference = mixture.object[p] - behind[p];
        mixture.difference += difference * difference;
        projection += difference * (pixel[p] - behind[p]);
      }
      mixture.alpha =
          mixture.difference > 0 ? std::clamp(projection / mixture.difference, 0.0f, 1.0f) : 0;
      for (std::size_t p = 0; p < 3; p++) {
        const float error = pixel[p] - behind[p] - mixture.alpha * (mixture.object[p] - behind[p]);
        mixture.error += error * error;
      }
      // A sample that is hardly another colour than what is behind explains nothing.
      mixture.error += difference_unit * difference_unit / (difference_unit + mixture.difference);
      if (!found || mixture.error < best.error)
        best = mixture;
      found = true;
    }
  }
  return found;
}

float Edge::solve(int x, int y) const {
  const float covered = static_cast<float>(coverage_.at(x, y)) / 255;
  const Color pixel = shown(x, y);
  const Color back = behind(x, y);
  Mixture best;
  if (!explain(x, y, 255, pixel, back, best) && !explain(x, y, mostly_covered, pixel, back, best))
    return covered;
  const float noise = std::min(0.5f, noise_level / std::sqrt(best.difference + 1));
  best.alpha = std::max(0.0f, best.alpha - noise) / (1 - noise);
  const float trust = best.difference / (best.difference + difference_unit);
  // Towards the ends of the outline it can only be the one or the other.
  const float alpha = std::clamp(trust * best.alpha + (1 - trust) * covered,
                                 std::max(0.0f, 2 * covered - 1), std::min(1.0f, 2 * covered));
  take_out(x, y, alpha, pixel, back, best.object);
  return alpha;
}

// pixel = alpha · colour + (1 − alpha) · behind, solved for the colour; the less alpha is, the more
// it is that of the object.
void Edge::take_out(int x, int y, float alpha, const Color& pixel, const Color& behind,
                    const Color& object) const {
  for (std::size_t p = 0; p < static_cast<std::size_t>(target_.format.planes()); p++) {
    const float pure =
        alpha > least_alpha ? (pixel[p] - (1 - alpha) * behind[p]) / alpha : object[p];
    const float color = alpha * std::clamp(pure, 0.0f, 255.0f) + (1 - alpha) * object[p];
    target_.planes[p].row(y)[x * target_.planes[p].pixel_stride] =
        static_cast<std::uint8_t>(std::lround(color));
  }
}

}  // namespace

void composite_matte(const ImageView& input, const ImageView& background, const PlaneView& mask,
                     const MutableImageView& target, const MutablePlaneView& alpha, int radius) {
  const ImageFormat& format = input.format;
  check::require(background.format == format, "the background must have the format of the input");
  check::require(target.format.depth == 8, "the target of a matte must have samples of 8 bits");
  check::require(radius <= max_radius, "radius must be negative (automatic) or 0 to 15 pixels");
  check::require(target.format.color == format.color ||
                     (format.color == ColorModel::gray && target.format.color == ColorModel::ycbcr),
                 "the target of a matte must have the colour model of the input");
  check::require(target.format.width == format.width && target.format.height == format.height &&
                     target.format.chroma_shift_x == 0 && target.format.chroma_shift_y == 0,
                 "the target of a matte must have the size of the input and full chroma");
  check::planes("the input", input);
  check::planes("the background", background);
  check::planes("the target", target);
  check::plane("the mask", mask, format.width, format.height);
  check::plane("alpha", alpha, format.width, format.height);
  FullChromaWriter writer(input, mask, target, alpha);
  for (int y = 0; y < format.height; y++)
    writer.write_row(y);
  if (radius < 0)
    radius = std::clamp((format.height + lines_a_pixel / 2) / lines_a_pixel, 1, most_automatic);
  if (radius == 0)
    return;
  const Coverage coverage(mask, radius);
  const Edge edge(background, target, coverage, radius);
  for (int y = 0; y < format.height; y++) {
    if (!coverage.any(y))
      continue;
    std::uint8_t* row = alpha.row(y);
    for (int x = 0; x < format.width; x++) {
      const int covered = coverage.at(x, y);
      if (covered > 0 && covered < 255)
        row[x * alpha.pixel_stride] =
            static_cast<std::uint8_t>(std::lround(255 * edge.solve(x, y)));
    }
  }
}

}  // namespace lowrank
