// SPDX-License-Identifier: LGPL-2.1-or-later
#include "online/stabilizer.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <utility>

namespace lowrank {
namespace {

constexpr int least_points = 200;
constexpr int refresh_every = 20;  // frames
constexpr float texture = 14;      // grey levels of gradient that make a point
constexpr float truncation = 30;   // of a point's difference
constexpr int pyramid_step = 4;    // from one scale to the next finer one
constexpr int coarse_radius = 5;   // pixels of the coarsest scale
constexpr double toll = 0.05;      // of a pixel's distance there, so that small shifts win
constexpr int most_shaking = 50;
constexpr int always_search = 10;  // from which shaking_ on
constexpr float least_shift = 0.15f;
constexpr int parts_a_side = 4;    // of the picture, which have to agree on a shift
constexpr int points_a_part = 20;  // for its voice to count
constexpr float better_by = 0.9f;  // of the difference at rest
constexpr float share_that_agrees = 0.6f;
constexpr double relit_by = 0.5;  // of the difference at rest, left when the light has changed
constexpr double infinite = std::numeric_limits<double>::max();

// Shakes are as large as the picture: the coarsest scale is 4 up to 400 lines, and at most 32.
int coarsest_scale(int height) {
  int scale = pyramid_step;
  while (scale < 32 && height >= 100 * scale)
    scale *= 2;
  return scale;
}

struct CoarseLevel {
  int width, height;
  std::vector<float> values;
  float at(int x, int y) const { return values[static_cast<std::size_t>(y * width + x)]; }
};

template <typename Value>
CoarseLevel shrink(int width, int height, int scale, const Value& value) {
  CoarseLevel level{width / scale, height / scale, {}};
  level.values.reserve(static_cast<std::size_t>(level.width * level.height));
  const auto area = static_cast<float>(scale * scale);
  for (int y = 0; y < level.height; y++) {
    for (int x = 0; x < level.width; x++) {
      float sum = 0;
      for (int j = 0; j < scale; j++)
        for (int i = 0; i < scale; i++)
          sum += value(x * scale + i, y * scale + j);
      level.values.push_back(sum / area);
    }
  }
  return level;
}

float lit(const Illumination& light, std::uint16_t plate) {
  return light.gain * static_cast<float>(plate) * PlateModel::level_unit + light.offset;
}

// Where the V through three equally spaced differences has its tip, −0.5..0.5.
double tip(double before, double middle, double after) {
  const double slope = 2 * (std::max(before, after) - middle);
  return slope < 1e-6 ? 0 : std::clamp((before - after) / slope, -0.5, 0.5);
}

}  // namespace

void Stabilizer::choose_points(const PlateModel& model, bool avoid_mask) {
  points_.clear();
  const int width = model.format.width;
  const int height = model.format.height;
  if (width < 8 || height < 8)
    return;
  const Raster<std::uint16_t>& plate = model.components[0].plate;
  for (int k = 0; k < 20 * most_points && std::ssize(points_) < most_points; k++) {
    const int x = 2 + random_.below(width - 4);
    const int y = 2 + random_.below(height - 4);
    if (avoid_mask && model.mask.at(x, y))
      continue;
    const int gradient = std::abs(plate.at(x + 1, y) - plate.at(x - 1, y)) +
                         std::abs(plate.at(x, y + 1) - plate.at(x, y - 1));
    if (static_cast<float>(gradient) * PlateModel::level_unit > texture)
      points_.push_back({x, y, 0});
  }
  // In the order of memory.
  std::sort(points_.begin(), points_.end(), [](const Point& a, const Point& b) {
    return std::pair{a.y, a.x} < std::pair{b.y, b.x};
  });
}

// Mean truncated absolute difference over the points that stay inside.
double Stabilizer::difference(const PlaneView& luma, int dx, int dy) const {
  float sum = 0;
  int count = 0;
  for (const Point& point : points_) {
    const int x = point.x + dx;
    const int y = point.y + dy;
    if (x < 0 || y < 0 || x >= luma.width || y >= luma.height)
      continue;
    sum += std::min(truncation, std::abs(point.level - luma.row(y)[x]));
    count++;
  }
  return count ? static_cast<double>(sum) / count : infinite;
}

Stabilizer::Cross Stabilizer::cross(const PlaneView& luma, int dx, int dy) const {
  return {difference(luma, dx, dy), difference(luma, dx - 1, dy), difference(luma, dx + 1, dy),
          difference(luma, dx, dy - 1), difference(luma, dx, dy + 1)};
}

bool Stabilizer::changed(const Cross& at_rest) const {
  return at_rest.middle > usual_ * 1.6 + 1;
}

bool Stabilizer::worth_searching(const Cross& at_rest) {
  const double rest = at_rest.middle;
  const double beside = std::min({at_rest.left, at_rest.right, at_rest.above, at_rest.below});
  const bool worth = beside < rest || changed(at_rest) || shaking_ > always_search;
  if (usual_ == 0 || rest < usual_)
    usual_ = rest;
  else
    usual_ += 0.02 * (std::min(rest, usual_ * 1.5 + 0.5) - usual_);
  return worth;
}

// The shift, in pixels of a scale, that fits best within `radius` of one.
Stabilizer::Whole Stabilizer::search_around(const Difference& difference, Whole center,
                                            int radius) {
  Whole found = center;
  double best = infinite;
  for (int y = center.y - radius; y <= center.y + radius; y++) {
    for (int x = center.x - radius; x <= center.x + radius; x++) {
      const double value = difference(x, y);
      if (value < best) {
        best = value;
        found = {x, y};
      }
    }
  }
  return found;
}

Stabilizer::Difference Stabilizer::scaled_difference(const PlaneView& luma, const PlateModel& model,
                                                     const Illumination& light, int scale) const {
  const Raster<std::uint16_t>& plate = model.components[0].plate;
  CoarseLevel frame = shrink(luma.width, luma.height, scale,
                             [&](int x, int y) { return static_cast<float>(luma.row(y)[x]); });
  CoarseLevel still = shrink(luma.width, luma.height, scale,
                             [&](int x, int y) { return lit(light, plate.at(x, y)); });
  return [this, scale, frame = std::move(frame), still = std::move(still)](int dx, int dy) {
    float sum = 0;
    int count = 0;
    for (const Point& point : points_) {
      const int x = point.x / scale;
      const int y = point.y / scale;
      const bool inside = x < still.width && y < still.height && x + dx >= 0 && y + dy >= 0 &&
                          x + dx < frame.width && y + dy < frame.height;
      if (!inside)
        continue;
      sum += std::min(truncation, std::abs(still.at(x, y) - frame.at(x + dx, y + dy)));
      count++;
    }
    return count ? static_cast<double>(sum) / count : infinite;
  };
}

Stabilizer::Whole Stabilizer::search(const PlaneView& luma, const PlateModel& model,
                                     const Illumination& light, double at_rest) const {
  int scale = coarsest_scale(luma.height);
  const Difference coarse = scaled_difference(luma, model, light, scale);
  const auto tolled = [&](int x, int y) {
    return coarse(x, y) + toll * (std::abs(x) + std::abs(y));
  };
  Whole shift = search_around(tolled, {}, coarse_radius);
  while (scale > 1) {
    const int finer = std::max(1, scale / pyramid_step);
    const int ratio = scale / finer;
    const Difference here = finer > 1 ? scaled_difference(luma, model, light, finer)
                                      : [&](int x, int y) { return difference(luma, x, y); };
    shift = search_around(here, {shift.x * ratio, shift.y * ratio}, ratio);
    scale = finer;
  }
  return at_rest <= difference(luma, shift.x, shift.y) * 1.02 ? Whole{} : shift;
}

// A camera that moves takes the whole picture along, an object a part of it: most parts of the
// picture have to fit better with the shift.
bool Stabilizer::agreed(const PlaneView& luma, Shift shift) const {
  struct Part {
    float at_rest, shifted;
    int points;
  };
  Part parts[parts_a_side * parts_a_side] = {};
  const int whole_x = static_cast<int>(std::floor(shift.dx));
  const int whole_y = static_cast<int>(std::floor(shift.dy));
  const float right = shift.dx - static_cast<float>(whole_x);
  const float lower = shift.dy - static_cast<float>(whole_y);
  for (const Point& point : points_) {
    const int x = point.x + whole_x;
    const int y = point.y + whole_y;
    if (x < 0 || y < 0 || x + 1 >= luma.width || y + 1 >= luma.height)
      continue;
    const std::uint8_t* const a = luma.row(y) + x;
    const std::uint8_t* const b = luma.row(y + 1) + x;
    const float level = (a[0] * (1 - right) + a[1] * right) * (1 - lower) +
                        (b[0] * (1 - right) + b[1] * right) * lower;
    Part& part = parts[point.y * parts_a_side / luma.height * parts_a_side +
                       point.x * parts_a_side / luma.width];
    part.at_rest += std::min(truncation, std::abs(point.level - luma.row(point.y)[point.x]));
    part.shifted += std::min(truncation, std::abs(point.level - level));
    part.points++;
  }
  int better = 0;
  int all = 0;
  for (const Part& part : parts) {
    if (part.points < points_a_part)
      continue;
    all++;
    better += part.shifted < better_by * part.at_rest;
  }
  return static_cast<float>(better) > share_that_agrees * static_cast<float>(all);
}

Shift Stabilizer::refine(const PlaneView& luma, const Cross& around, Whole whole) {
  const double fine_x = tip(around.left, around.middle, around.right);
  const double fine_y = tip(around.above, around.middle, around.below);
  Shift shift{static_cast<float>(whole.x + fine_x), static_cast<float>(whole.y + fine_y)};
  const bool moved = std::abs(shift.dx) > least_shift || std::abs(shift.dy) > least_shift;
  shaking_ = moved ? std::min(shaking_ + 2, most_shaking) : std::max(shaking_ - 1, 0);
  // A single sub-pixel shift is more likely noise than a camera that moved.
  if (!moved || (shaking_ < 4 && whole.x == 0 && whole.y == 0))
    return {};
  return agreed(luma, shift) ? shift : Shift{};
}

Stabilizer::Cross Stabilizer::light_up(const PlaneView& luma, const PlateModel& model,
                                       const Illumination& light) {
  for (Point& point : points_)
    point.level = lit(light, model.components[0].plate.at(point.x, point.y));
  return cross(luma, 0, 0);
}

// A light that is switched is no shift, nor does a shift change the levels of the points at large.
Illumination Stabilizer::switched(const PlaneView& luma, const PlateModel& model) const {
  std::vector<double> plate;
  std::vector<double> frame;
  for (const Point& point : points_) {
    plate.push_back(model.components[0].plate.at(point.x, point.y) *
                    double{PlateModel::level_unit});
    frame.push_back(luma.row(point.y)[point.x]);
  }
  return match_quartiles(plate, frame);
}

Shift Stabilizer::estimate(int t, const PlaneView& luma, const PlateModel& model,
                           const Illumination& last_light, bool avoid_mask) {
  if (points_.empty() || t % refresh_every == 2)
    choose_points(model, avoid_mask);
  if (std::ssize(points_) < least_points)
    return {};
  Illumination light = last_light;
  Cross around = light_up(luma, model, light);
  Whole shift;
  if (changed(around)) {
    const Illumination now = switched(luma, model);
    const Cross relit = light_up(luma, model, now);
    if (relit.middle < relit_by * around.middle) {
      around = relit;
      light = now;
    } else {
      light_up(luma, model, light);
    }
  }
  if (worth_searching(around)) {
    shift = search(luma, model, light, around.middle);
    if (shift.x != 0 || shift.y != 0)
      around = cross(luma, shift.x, shift.y);
  }
  return refine(luma, around, shift);
}

void Stabilizer::save(ModelWriter& out) const {
  out.number(random_.state());
  out.real(usual_);
  out.number(static_cast<std::uint8_t>(shaking_));
  for (const Point& point : points_) {
    out.number(static_cast<std::uint16_t>(point.x));
    out.number(static_cast<std::uint16_t>(point.y));
  }
}

void Stabilizer::load(ModelReader& in, const ImageFormat& format, int points) {
  random_ = Random(in.number<std::uint64_t>());
  usual_ = in.real(0.0, infinite, "difference at rest");
  shaking_ = in.number(std::uint8_t{0}, std::uint8_t{most_shaking}, "shaking");
  points_.resize(static_cast<std::size_t>(points));
  for (Point& point : points_) {
    const auto coordinate = [&](int size) {
      return in.number(std::uint16_t{0}, static_cast<std::uint16_t>(size - 1), "point");
    };
    point.x = coordinate(format.width);
    point.y = coordinate(format.height);
    point.level = 0;
  }
}

}  // namespace lowrank
