// SPDX-License-Identifier: LGPL-2.1-or-later
#include "region_filter.h"

#include <algorithm>
#include <limits>

namespace lowrank {
namespace {

bool fits(const Region& region, const BackgroundOptions& options) {
  return region.area >= options.min_region_size &&
         (options.max_region_size == 0 || region.area <= options.max_region_size);
}

}  // namespace

bool RegionFilter::needed(const BackgroundOptions& options) {
  // Every region has a pixel.
  return options.regions || options.min_region_size > 1 || options.max_region_size > 0;
}

void RegionFilter::apply(const BackgroundOptions& options, Separation& result) {
  result.regions = {};
  if (result.foreground_ratio == 0)
    return;
  const Regions found = find_regions(result.mask);
  measure(found);
  if (!std::ranges::all_of(regions_, [&](const Region& region) { return fits(region, options); }))
    draw(found, options, result);
  if (!options.regions)
    return;
  std::erase_if(regions_, [&](const Region& region) { return !fits(region, options); });
  std::ranges::stable_sort(regions_, std::ranges::greater(), &Region::area);
  result.regions = regions_;
}

void RegionFilter::measure(const Regions& regions) {
  // Width and height are the last column and row until all runs are known.
  constexpr int far = std::numeric_limits<int>::max();
  regions_.assign(static_cast<std::size_t>(regions.count), Region{far, far, 0, 0, 0});
  for (const RegionRun& run : regions.runs) {
    Region& region = regions_[static_cast<std::size_t>(run.region)];
    region.x = std::min(region.x, run.first);
    region.y = std::min(region.y, run.y);
    region.width = std::max(region.width, run.last);
    region.height = std::max(region.height, run.y + 1);
    region.area += run.last - run.first;
  }
  for (Region& region : regions_) {
    region.width -= region.x;
    region.height -= region.y;
  }
}

// The mask again without the regions that do not fit.
void RegionFilter::draw(const Regions& regions, const BackgroundOptions& options,
                        Separation& result) {
  const int width = result.mask.width;
  const int height = result.mask.height;
  if (mask_.width() != width || mask_.height() != height) {
    mask_ = Raster<std::uint8_t>(width, height);
    drawn_.clear();
  }
  const auto fill = [this](const RegionRun& run, std::uint8_t value) {
    std::fill(mask_.row(run.y) + run.first, mask_.row(run.y) + run.last, value);
  };
  for (const RegionRun& run : drawn_)
    fill(run, 0);
  drawn_.clear();
  std::int64_t left = 0;
  for (const RegionRun& run : regions.runs) {
    if (!fits(regions_[static_cast<std::size_t>(run.region)], options))
      continue;
    fill(run, 255);
    drawn_.push_back(run);
    left += run.last - run.first;
  }
  result.mask = static_cast<const Raster<std::uint8_t>&>(mask_).plane();
  result.foreground_ratio =
      static_cast<double>(left) / (static_cast<double>(width) * static_cast<double>(height));
}

}  // namespace lowrank
