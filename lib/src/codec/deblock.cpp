// SPDX-License-Identifier: LGPL-2.1-or-later
#include "codec/deblock.h"

#include <algorithm>
#include <cstdlib>

namespace lowrank::codec {
namespace {

struct Limits {
  int across;  // largest step over the edge
  int along;   // largest step beside it
  int most;    // by which a sample changes
};

Limits limits_of(int step, int strength) {
  return {((29 * step * strength) >> 12) + 2, ((step * strength) >> 9) + 1,
          (step * strength + 512) >> 10};
}

std::uint8_t clamped(int value) {
  return static_cast<std::uint8_t>(std::clamp(value, 0, 255));
}

// Eight places along an edge: `across` leads over it, `along` from place to place.
void smooth(std::uint8_t* q, std::ptrdiff_t across, std::ptrdiff_t along, const Limits& limits) {
  for (int i = 0; i < patch_size; i++, q += along) {
    const int p0 = q[-across];
    const int q0 = q[0];
    const int p1 = q[-2 * across];
    const int q1 = q[across];
    if (std::abs(p0 - q0) >= limits.across || std::abs(p1 - p0) >= limits.along ||
        std::abs(q1 - q0) >= limits.along)
      continue;
    const int p2 = q[-3 * across];
    const int q2 = q[2 * across];
    const int d = std::clamp((9 * (q0 - p0) - 3 * (q1 - p1) + 8) >> 4, -limits.most, limits.most);
    q[-across] = clamped(p0 + d);
    q[0] = clamped(q0 - d);
    const int less = limits.most >> 1;
    if (std::abs(p2 - p0) < limits.along)
      q[-2 * across] = clamped(p1 + std::clamp(((p2 + p0 + 1) / 2 - p1 + d) >> 1, -less, less));
    if (std::abs(q2 - q0) < limits.along)
      q[across] = clamped(q1 + std::clamp(((q2 + q0 + 1) / 2 - q1 - d) >> 1, -less, less));
  }
}

bool seam(const PatchMode& a, const PatchMode& b, bool same_block) {
  if (a.kind == PatchKind::intra16 && same_block)
    return false;
  return !(a.kind == PatchKind::skip && b.kind == PatchKind::skip && a.reference == b.reference &&
           a.motion == b.motion);
}

}  // namespace

void deblock(Raster<std::uint8_t>& picture, const PatchMap& map, int step, int strength,
             ThreadPool& pool) {
  const Limits limits = limits_of(step, strength);
  if (strength == 0 || limits.most == 0)
    return;
  const int width = picture.width() / patch_size;
  const int height = picture.height() / patch_size;
  pool.parallel_for(height, [&](int y) {
    for (int x = 1; x < width; x++)
      if (seam(map.mode(x, y), map.mode(x - 1, y), x % 2 != 0))
        smooth(&picture.at(x * patch_size, y * patch_size), 1, picture.stride(), limits);
  });
  pool.parallel_for(height - 1, [&](int above) {
    const int y = above + 1;
    for (int x = 0; x < width; x++)
      if (seam(map.mode(x, y), map.mode(x, y - 1), y % 2 != 0))
        smooth(&picture.at(x * patch_size, y * patch_size), picture.stride(), 1, limits);
  });
}

}  // namespace lowrank::codec
