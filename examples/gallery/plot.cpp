// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plot.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <stdexcept>

namespace gallery {
namespace {

constexpr double left = 70, top = 40, width = 600, height = 260;

// From values to places in the picture.
class Axes {
 public:
  Axes(const std::vector<float>& values, int decades)
      : count_(static_cast<double>(values.size())),
        highest_(std::ceil(std::log10(static_cast<double>(values.front())))),
        decades_(decades) {}
  double x(double number) const { return left + width * (number - 1) / (count_ - 1); }
  double y(double value) const {
    const double down = highest_ - std::log10(std::max(value, 1e-30));
    return top + height * std::min(down / decades_, 1.0);
  }
  double highest() const { return highest_; }

 private:
  double count_, highest_;
  int decades_;
};

void draw_grid(std::ostream& out, const Axes& axes, int decades, std::size_t count) {
  for (int d = 0; d <= decades; d++) {
    const double y = top + height * d / decades;
    out << "<path class='grid' d='M" << left << ' ' << y << "h" << width << "'/>"
        << "<text x='" << left - 8 << "' y='" << y + 4 << "' text-anchor='end'>10<tspan dy='-5'"
        << " font-size='9'>" << axes.highest() - d << "</tspan></text>\n";
  }
  const int step = count > 300 ? 100 : count > 100 ? 50 : 10;
  for (int n = step; n <= static_cast<int>(count); n += step)
    out << "<text x='" << axes.x(n) << "' y='" << top + height + 18 << "' text-anchor='middle'>"
        << n << "</text>\n";
}

}  // namespace

void plot_spectrum(const std::vector<float>& values, const std::vector<int>& marks,
                   const std::string& title, const std::string& path) {
  std::ofstream out(path);
  if (!out)
    throw std::runtime_error("cannot write " + path);
  const double ratio = std::log10(values.front() / std::max(values.back(), 1e-6f * values.front()));
  const int decades = std::max(2, static_cast<int>(std::ceil(ratio)) + 1);
  const Axes axes(values, decades);
  out << "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 700 340' width='700' height='340' "
         "font-family='sans-serif' font-size='12'>\n"
         "<style>text{fill:#333}.grid{stroke:#ccc}.line{fill:none;stroke:#06c;stroke-width:2}"
         ".mark{fill:#c30}</style>\n"
         "<rect width='700' height='340' fill='#fff'/>\n<text x='"
      << left << "' y='22' font-size='14'>" << title << "</text>\n";
  draw_grid(out, axes, decades, values.size());
  out << "<path class='line' d='";
  for (std::size_t i = 0; i < values.size(); i++)
    out << (i ? 'L' : 'M') << axes.x(static_cast<double>(i + 1)) << ' '
        << axes.y(static_cast<double>(values[i]));
  out << "'/>\n";
  for (const int k : marks) {
    if (k > static_cast<int>(values.size()))
      continue;
    const double x = axes.x(k),
                 y = axes.y(static_cast<double>(values[static_cast<std::size_t>(k - 1)]));
    out << "<circle class='mark' cx='" << x << "' cy='" << y << "' r='4'/><text x='" << x + 7
        << "' y='" << y - 6 << "'>" << k << "</text>\n";
  }
  out << "</svg>\n";
  if (!out.flush())
    throw std::runtime_error("cannot write " + path);
}

}  // namespace gallery
