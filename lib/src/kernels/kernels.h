// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>

namespace lowrank::kernels {

// The per-pixel work of the online method, a row at a time, for the SIMD target that the processor
// offers; every target gives the same result to the bit. Rows that the engine owns are padded to
// whole vectors (see Raster), so outputs may be written beyond `width`; rows of the caller's
// image, called `x`, end there.

/// L = gain · m + offset + extra, rounded to 0..255; `extra` may be null.
void predict(const std::uint16_t* plate, float gain, float offset, const float* extra,
             std::uint8_t* l, int width);

/// Score of a chroma residual, 64 at the threshold, at most 255.
struct ChromaScore {
  const std::uint8_t* x[2];
  const std::uint8_t* l[2];
  const std::uint16_t* noise[2];
  float deviations;
  float floor;
};
void score_chroma(const ChromaScore& in, std::uint8_t* score, int width);

/// Score of a pixel: its luma residual or that of its chroma, whichever is larger, 64 at the
/// threshold, at most 192; shadows are held under 64.
struct LumaScore {
  const std::uint8_t* x[3];     ///< rows above, at and below
  const std::uint8_t* l[3];     ///< the same of the background
  const std::uint8_t* lowest;   ///< of L around the pixel
  const std::uint8_t* highest;  ///< of L around the pixel
  const std::uint16_t* noise;
  const std::uint8_t* caution;
  const std::uint8_t* blink;
  const std::uint8_t* chroma;  ///< score of the chroma at full width; null for gray
  float deviations;
  float floor;
  float black;
  float dynamic_blink;
};
void score_luma(const LumaScore& in, std::uint8_t* score, int width);

/// Plate and noise move towards the frame; see PlateModel::Component.
struct PlateUpdate {
  const std::uint8_t* x;
  const std::uint8_t* mask;
  float gain, offset;
  const float* extra;     ///< further part of L, or null
  float clip;             ///< grey levels of residual that count, or
  float clip_deviations;  ///< so many standard deviations, whichever is more
  float plate_rate, plate_rate_foreground;
  float noise_rate, noise_rate_foreground;
};
void update_plate(const PlateUpdate& in, std::uint16_t* plate, std::uint16_t* noise, int width);

/// Threshold feedback, and for pixels outside of the mask how long they have been still.
struct FeedbackUpdate {
  const std::uint8_t* x;
  const std::uint8_t* score;
  const std::uint8_t* last_score;
  const std::uint8_t* mask;
  const std::uint8_t* last_mask;
  const std::uint8_t* grown_mask;
  int caution_step, caution_decay, caution_max;
  int blink_step;
  int evidence_step, evidence_max;
};
struct FeedbackState {
  std::uint8_t* caution;
  std::uint8_t* blink;
  std::uint8_t* last_value;
  std::uint8_t* evidence;
  std::uint16_t* still;
};
void update_feedback(const FeedbackUpdate& in, const FeedbackState& state, int width);

/// The lowest or highest of `count` rows, and then of 2 · radius + 1 neighbours along the row.
/// `scratch` holds width + 2 · radius elements and a vector (64) more.
void lowest_around(const std::uint8_t* const* rows, int count, int radius, std::uint8_t* out,
                   std::uint8_t* scratch, int width);
void highest_around(const std::uint8_t* const* rows, int count, int radius, std::uint8_t* out,
                    std::uint8_t* scratch, int width);

/// decision[i] = 1 where the sum of 3×3 scores, ends repeated, exceeds `limit`, else 0. `scratch`
/// holds width + 2 elements and a vector (64) more.
void smooth_and_decide(const std::uint8_t* const rows[3], int limit, std::uint16_t* scratch,
                       std::uint8_t* decision, int width);

/// mask[i] = 255 where more than half of the decisions in the given 2 · radius + 1 rows and as
/// many columns are 1, else 0; radius ≤ 15. `scratch` holds width + 2 · radius elements and a
/// vector (64) more.
void majority(const std::uint8_t* const* rows, int radius, std::uint16_t* scratch,
              std::uint8_t* mask, int width);

/// Every element twice; `out` takes 2 · width.
void double_width(const std::uint8_t* in, std::uint8_t* out, int width);

/// out[i] = a[2i] | a[2i + 1] | b[2i] | b[2i + 1]; reads 2 · width elements.
void any_of_four(const std::uint8_t* a, const std::uint8_t* b, std::uint8_t* out, int width);

/// How many of the elements are not 0.
std::int64_t count_set(const std::uint8_t* mask, int width);

/// The median of `count` (odd, at most 255) samples each.
void median(const std::uint8_t* const* samples, int count, std::uint8_t* out, int width);

/// The median of the absolute differences of `count` samples each to `center`.
void median_deviation(const std::uint8_t* const* samples, int count, const std::uint8_t* center,
                      std::uint8_t* out, int width);

/// How many of `count` samples each are within `tolerance` of the center.
void count_agreeing(const std::uint8_t* const* samples, int count, const std::uint8_t* center,
                    int tolerance, std::uint8_t* out, int width);

}  // namespace lowrank::kernels
