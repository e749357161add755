// SPDX-License-Identifier: LGPL-2.1-or-later
#include "window/scoring.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <vector>

#include "lowrank/matrix_view.h"
#include "score.h"
#include "strips.h"

namespace lowrank {
namespace {

// Scores of a row of one component's samples; `sensitivity` may be null.
void score_row(const std::uint8_t* frame, const std::uint8_t* plate, const float* noise,
               float floor, float deviations, const std::uint8_t* sensitivity, int width,
               std::uint8_t* out) {
  for (int i = 0; i < width; i++) {
    const float limit = std::max(floor, deviations * noise[i]);
    const float s = score_of_threshold * static_cast<float>(std::abs(frame[i] - plate[i])) / limit;
    const float counting = sensitivity ? s * static_cast<float>(sensitivity[i]) / 255 : s;
    out[i] = static_cast<std::uint8_t>(std::min(counting, float{highest_score}));
  }
}

// Raises scores of pixels to those of samples that 1 << shift pixels share.
void raise_to(const std::uint8_t* samples, int shift, int width, std::uint8_t* score) {
  for (int i = 0; i < width; i++)
    score[i] = std::max(score[i], samples[i >> shift]);
}

}  // namespace

void score_frame(const ImageFormat& format, const OnlineParameters& parameters,
                 const std::uint8_t* frame, const std::uint8_t* plate, const float* noise,
                 const Sensitivity& sensitivity, Raster<std::uint8_t>& score, ThreadPool& pool) {
  for_each_strip(pool, format.height, [&](int first, int last) {
    std::vector<std::uint8_t> samples(static_cast<std::size_t>(format.width));
    Index start = 0;
    for (int p = 0; p < format.planes(); p++) {
      const bool chroma = p > 0 && format.color == ColorModel::ycbcr;
      const float floor = chroma ? parameters.chroma_floor : parameters.luma_floor;
      const int width = format.plane_width(p);
      const int shift_x = p ? format.chroma_shift_x : 0;
      const int shift_y = p ? format.chroma_shift_y : 0;
      for (int y = first; y < last; y++) {
        const Index row = start + static_cast<Index>(y >> shift_y) * width;
        std::uint8_t* out = p == 0 ? score.row(y) : samples.data();
        score_row(frame + row, plate + row, noise + row, floor, parameters.deviations,
                  sensitivity.row(p > 0, y >> shift_y), width, out);
        if (p > 0)
          raise_to(out, shift_x, format.width, score.row(y));
      }
      start += static_cast<Index>(width) * format.plane_height(p);
    }
    for (int y = first; y < last; y++)
      sensitivity.clear_ignored(y, score.row(y));
  });
}

}  // namespace lowrank
