// SPDX-License-Identifier: LGPL-2.1-or-later
#include "scenes.h"

#include <limits>

namespace lowrank::test {
namespace {

constexpr float black = 16;
constexpr float gray = 128;

std::uint8_t byte(float v) {
  return static_cast<std::uint8_t>(std::lround(std::clamp(v, 0.0f, 255.0f)));
}

// Drawn from a table, since the logarithms would take longer than the engine does.
const float* noise_row(int plane, int y, int t, int width) {
  constexpr int table_size = 1 << 18;
  static const std::vector<float> table = [] {
    std::vector<float> values;
    for (int i = 0; i < table_size; i++)
      values.push_back(static_cast<float>(gaussian(i, 5, 7)));
    return values;
  }();
  return table.data() + static_cast<int>(hash(t, y, plane + 31) * (table_size - width));
}

void keep(const PlaneView& plane, std::vector<std::uint8_t>& bytes) {
  for (int y = 0; y < plane.height; y++)
    bytes.insert(bytes.end(), plane.row(y), plane.row(y) + plane.width);
}

}  // namespace

Samples::Samples(int w, int h) : width(w), height(h) {
  for (int p = 0; p < 3; p++)
    planes[static_cast<std::size_t>(p)].resize(static_cast<std::size_t>(plane_width(p)) *
                                               static_cast<std::size_t>(plane_height(p)));
}

Still::Still(int width, int height, int seed)
    : width_(width), height_(height), samples_(width + 2 * margin, height + 2 * margin) {
  // A larger picture shows the same, larger.
  const double scale = std::max(1.0, height / 120.0);
  const Box whole{0, 0, samples_.width, samples_.height};
  const double phase = seed * 1.7;
  samples_.change(0, whole, [&](int px, int py, float) {
    const double x = px / scale;
    const double y = py / scale;
    return 115 + 30 * std::sin(x * 0.05 + phase) * std::cos(y * 0.04 + phase) +
           30 * (hash(static_cast<int>(x) / 6, static_cast<int>(y) / 6, seed) - 0.5) +
           10 * (hash(px, py, seed + 100) - 0.5);
  });
  for (int p = 1; p < 3; p++)
    samples_.change(p, whole, [&](int px, int py, float) {
      const double x = px / scale;
      const double y = py / scale;
      return gray + 12 * std::sin(x * 0.03 + p + phase) + 8 * std::cos(y * 0.05 + phase) +
             8 * (hash(static_cast<int>(x) / 12, static_cast<int>(y) / 12, seed + p) - 0.5);
    });
}

void Still::roughen(const Box& box, double contrast) {
  const Box inside{box.x + margin, box.y + margin, box.width, box.height};
  samples_.change(0, inside, [&](int x, int y, float v) {
    return v + contrast * (hash(x / 4, y / 4, 77) < 0.5 ? -1 : 1);
  });
}

void Still::paint(const Box& box, double luma) {
  const Box inside{box.x + margin, box.y + margin, box.width, box.height};
  samples_.change(0, inside, [&](int, int, float) { return luma; });
}

double Still::at(int plane, double x, double y) const {
  const double scale = plane ? 0.5 : 1;
  const double sx =
      std::clamp((x + margin) * scale, 0.0, static_cast<double>(samples_.plane_width(plane) - 2));
  const double sy =
      std::clamp((y + margin) * scale, 0.0, static_cast<double>(samples_.plane_height(plane) - 2));
  const int left = static_cast<int>(sx);
  const int top = static_cast<int>(sy);
  const float* above = samples_.row(plane, top) + left;
  const float* below = samples_.row(plane, top + 1) + left;
  const double u = sx - left;
  const double v = sy - top;
  return (1 - v) * ((1 - u) * above[0] + u * above[1]) + v * ((1 - u) * below[0] + u * below[1]);
}

Samples Still::seen(double dx, double dy) const {
  Samples out(width_, height_);
  for (int p = 0; p < 3; p++) {
    if (dx != 0 || dy != 0) {
      out.change(p, all(), [&](int x, int y, float) { return at(p, x + dx, y + dy); });
      continue;
    }
    const int inset = margin >> Samples::shift(p);
    for (int y = 0; y < out.plane_height(p); y++)
      std::copy_n(samples_.row(p, y + inset) + inset, out.plane_width(p), out.row(p, y));
  }
  return out;
}

Shot::Shot(const Still& still, double dx, double dy)
    : background_(still.seen(dx, dy)), shown_(background_), truth_(shown_.planes[0].size()) {}

void Shot::light(double gain, double offset, double chroma_gain) {
  for (Samples* samples : {&background_, &shown_})
    for (int p = 0; p < 3; p++) {
      const double zero = p ? gray : black;
      const double factor = p ? chroma_gain : gain;
      const double shift = p ? zero : zero + offset;
      samples->change(p, all(), [&](int, int, float v) { return (v - zero) * factor + shift; });
    }
}

void Shot::shade(const std::function<double(int, int)>& factor) {
  background_.change(0, all(),
                     [&](int x, int y, float v) { return (v - black) * factor(x, y) + black; });
  shown_.planes[0] = background_.planes[0];
}

void Shot::sway(const Still& still, const Box& box,
                const std::function<std::pair<double, double>(int, int)>& motion) {
  for (int p = 0; p < 3; p++)
    shown_.change(p, box, [&](int x, int y, float) {
      const auto [dx, dy] = motion(x, y);
      return still.at(p, x + dx, y + dy);
    });
}

void Shot::shadow(const Box& box, double factor, double chroma_factor) {
  for (int p = 0; p < 3; p++) {
    const double zero = p ? gray : black;
    const double share = p ? chroma_factor : factor;
    shown_.change(p, box, [&](int, int, float v) { return (v - zero) * share + zero; });
  }
}

void Shot::draw(const Object& o) {
  const int left = static_cast<int>(std::floor(o.x));
  const int top = static_cast<int>(std::floor(o.y));
  const Box box{left, top, static_cast<int>(o.width), static_cast<int>(o.height)};
  const auto covers = [&](int x, int y) {
    const double u = 2 * (x - left + 0.5) / o.width - 1;
    const double v = 2 * (y - top + 0.5) / o.height - 1;
    return !o.round || u * u + v * v < 1;
  };
  shown_.change(0, box, [&](int x, int y, float v) {
    if (!covers(x, y))
      return static_cast<double>(v);
    truth_[static_cast<std::size_t>(y * shown_.width + x)] = 255;
    return o.luma + o.texture * (hash((x - left) / 3, (y - top) / 3, o.seed) - 0.5);
  });
  for (int p = 1; p < 3; p++)
    shown_.change(p, box, [&](int x, int y, float v) {
      return covers(x, y) ? (p == 1 ? o.cb : o.cr) : static_cast<double>(v);
    });
}

void Shot::passers_by(int t) {
  draw({along(1.5 * t, shown_.width, 30), 20, 30, 24, 200, 90, 150});
  draw({along(2.2 * t + 70, shown_.width, 26), 70, 26, 26, 40, 150, 110, 24, true, 2});
}

void Shot::disturb(const std::function<double(int, int, double)>& change) {
  shown_.change(0, all(), [&](int x, int y, float v) { return change(x, y, v); });
}

SyntheticVideo::Frame Shot::finish(double noise, int t) {
  SyntheticVideo::Frame out;
  out.truth = std::move(truth_);
  for (int p = 0; p < 3; p++) {
    const int width = shown_.plane_width(p);
    const auto sigma = static_cast<float>(p ? noise / 2 : noise);
    for (int y = 0; y < shown_.plane_height(p); y++) {
      const float* random = noise_row(p, y, t, width);
      for (int x = 0; x < width; x++) {
        out.samples.push_back(byte(shown_.row(p, y)[x] + sigma * random[x]));
        out.background.push_back(byte(background_.row(p, y)[x]));
      }
    }
  }
  return out;
}

MaskScore Outcome::score(int from, int to) const {
  MaskScore sum;
  for (int t = from; t < std::min(to, static_cast<int>(frames.size())); t++) {
    const MaskScore& one = frames[static_cast<std::size_t>(t)].score;
    sum.true_positive += one.true_positive;
    sum.false_positive += one.false_positive;
    sum.false_negative += one.false_negative;
  }
  return sum;
}

double Outcome::recall(int from, int to) const {
  const MaskScore sum = score(from, to);
  return sum.true_positive / std::max(1.0, sum.true_positive + sum.false_negative);
}

double Outcome::false_alarms(int from, int to) const {
  const int count = std::min(to, static_cast<int>(frames.size())) - from;
  return score(from, to).false_positive / (count * pixels);
}

double Outcome::most_foreground(int from, int to) const {
  double most = 0;
  for (int t = from; t < std::min(to, static_cast<int>(frames.size())); t++)
    most = std::max(most, frames[static_cast<std::size_t>(t)].ratio);
  return most;
}

double Outcome::plate(int from, int to) const {
  to = std::min(to, static_cast<int>(frames.size()));
  double sum = 0;
  for (int t = from; t < to; t++)
    sum += frames[static_cast<std::size_t>(t)].psnr;
  return sum / (to - from);
}

double Outcome::worst_plate(int from, int to) const {
  double worst = std::numeric_limits<double>::infinity();
  for (int t = from; t < std::min(to, static_cast<int>(frames.size())); t++)
    worst = std::min(worst, frames[static_cast<std::size_t>(t)].psnr);
  return worst;
}

int Outcome::settled(double psnr) const {
  int t = static_cast<int>(frames.size());
  while (t > 0 && frames[static_cast<std::size_t>(t - 1)].psnr > psnr)
    t--;
  return t;
}

Watcher::Watcher(const ImageFormat& format, BackgroundOptions options, int frames)
    : format_(format) {
  outcome_.frames.reserve(static_cast<std::size_t>(frames));
  outcome_.pixels = static_cast<double>(format.width) * format.height;
  options.threads = std::max(1u, options.threads);
  engine_.configure(format, options);
}

void Watcher::change(BackgroundOptions options) {
  options.threads = std::max(1u, options.threads);
  engine_.set_options(options);
}

void Watcher::see(const SyntheticVideo::Frame& frame) {
  engine_.push(view_of(format_, frame.samples));
  Separation separation;
  ASSERT_TRUE(engine_.pull(separation));
  Outcome::Frame seen;
  seen.score.add(separation.mask, frame.truth);
  seen.ratio = separation.foreground_ratio;
  seen.psnr = psnr(separation.background, frame.background);
  seen.change = separation.change;
  seen.held = separation.mask_held;
  seen.relearned = separation.relearned;
  outcome_.frames.push_back(seen);
  outcome_.stats = engine_.stats();
  outcome_.mask.clear();
  outcome_.background.clear();
  keep(separation.mask, outcome_.mask);
  for (const PlaneView& plane : separation.background.planes)
    keep(plane, outcome_.background);
}

std::vector<Outcome> watch(const ImageFormat& format, int frames, const Film& film,
                           const std::vector<BackgroundOptions>& options) {
  std::vector<Watcher> watchers;
  for (const BackgroundOptions& one : options)
    watchers.emplace_back(format, one);
  for (int t = 0; t < frames; t++) {
    const SyntheticVideo::Frame frame = film(t);
    for (Watcher& watcher : watchers)
      watcher.see(frame);
  }
  std::vector<Outcome> outcomes;
  for (const Watcher& watcher : watchers)
    outcomes.push_back(watcher.outcome());
  return outcomes;
}

Outcome watch(const ImageFormat& format, int frames, const Film& film,
              const BackgroundOptions& options) {
  return watch(format, frames, film, std::vector{options}).front();
}

BackgroundOptions without(OnlineStep step) {
  BackgroundOptions options;
  options.without = static_cast<std::uint32_t>(step);
  return options;
}

BackgroundOptions with_rank(int rank) {
  BackgroundOptions options;
  options.rank = rank;
  return options;
}

}  // namespace lowrank::test
