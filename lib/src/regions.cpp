// SPDX-License-Identifier: LGPL-2.1-or-later
#include "regions.h"

#include <cstddef>
#include <cstring>

namespace lowrank {
namespace {

// Union-find over provisional region numbers, by path halving (Tarjan and van Leeuwen, JACM 1984).
class Unions {
 public:
  int add() {
    parents_.push_back(static_cast<int>(parents_.size()));
    return parents_.back();
  }
  int find(int i) {
    while (parent(i) != i)
      i = parent(i) = parent(parent(i));
    return i;
  }
  void join(int a, int b) { parent(find(b)) = find(a); }
  std::size_t size() const { return parents_.size(); }

 private:
  int& parent(int i) { return parents_[static_cast<std::size_t>(i)]; }
  std::vector<int> parents_;
};

void append_runs(const PlaneView& mask, int y, std::vector<RegionRun>& runs) {
  const std::uint8_t* row = mask.row(y);
  int x = 0;
  while (x < mask.width) {
    const void* found = std::memchr(row + x, 255, static_cast<std::size_t>(mask.width - x));
    if (!found)
      return;
    const int first = static_cast<int>(static_cast<const std::uint8_t*>(found) - row);
    x = first + 1;
    while (x < mask.width && row[x])
      x++;
    runs.push_back({y, first, x, -1});
  }
}

}  // namespace

Regions find_regions(const PlaneView& mask) {
  Regions regions;
  std::vector<RegionRun>& runs = regions.runs;
  Unions unions;
  std::size_t above = 0;  // first run of the row before
  std::size_t above_end = 0;
  for (int y = 0; y < mask.height; y++) {
    const std::size_t begin = runs.size();
    append_runs(mask, y, runs);
    std::size_t candidate = above;
    for (std::size_t i = begin; i < runs.size(); i++) {
      RegionRun& run = runs[i];
      while (candidate < above_end && runs[candidate].last < run.first)
        candidate++;
      for (std::size_t k = candidate; k < above_end && runs[k].first <= run.last; k++) {
        if (run.region < 0)
          run.region = runs[k].region;
        else
          unions.join(run.region, runs[k].region);
      }
      if (run.region < 0)
        run.region = unions.add();
    }
    above = begin;
    above_end = runs.size();
  }
  std::vector<int> numbers(unions.size(), -1);
  for (RegionRun& run : runs) {
    int& number = numbers[static_cast<std::size_t>(unions.find(run.region))];
    if (number < 0)
      number = regions.count++;
    run.region = number;
  }
  return regions;
}

}  // namespace lowrank
