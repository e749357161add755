// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>

namespace lowrank::kernels {

// The per-pixel work of the online method, a row at a time, for the SIMD target that the processor
// offers; every target gives the same result to the bit. Rows that the engine owns are padded to
// whole vectors (see Raster), so outputs may be written beyond `width`; rows of the caller's
// image, called `x`, end there.

/// Light of a frame in fixed point: L = (m · gain + offset) >> 5, see fixed_light().
struct FixedLight {
  std::uint16_t gain;   ///< of the plate's 1/256 levels, in 1/8192
  std::int16_t offset;  ///< 1/32 levels, with the half that rounds
};
FixedLight fixed_light(float gain, float offset);

/// Luma of a row: what the model says, how far the frame is from it, and which pixels flicker.
struct LumaScore {
  const std::uint8_t* x;
  const std::uint16_t* plate;
  const std::uint8_t* weight;  ///< of the residual, 255 where the noise counts least
  const std::int16_t* extra;   ///< further part of L in 1/32 levels, or null
  FixedLight light;
  std::uint16_t unit;       ///< residual · weight · unit / 65536 is 64 at the threshold
  std::uint8_t enter;       ///< grey levels from which on a pixel counts as deviating,
  std::uint8_t leave;       ///< and up to which it goes on doing so
  std::uint8_t quick;       ///< frames up to which a change back is a flicker
  std::uint8_t* l;          ///< out: L
  std::uint8_t* score;      ///< out: 64 at the threshold, saturated
  std::uint8_t* deviation;  ///< in and out: bit 7 deviating, below it for how many frames
  std::uint8_t* flickers;   ///< in and out: counts the flickering pixels of a column
};
void score_luma(const LumaScore& in, int width);

/// Chroma of a row: L of both planes and the larger of their scores.
struct ChromaScore {
  const std::uint8_t* x[2];
  const std::uint16_t* plate[2];
  const std::uint8_t* weight[2];
  FixedLight light;
  std::uint16_t unit;
  std::uint8_t* l[2];   ///< out
  std::uint8_t* score;  ///< out
};
void score_chroma(const ChromaScore& in, int width);

/// score = min(192, max(score, chroma)); with `double_width` a sample of chroma stands for two
/// pixels.
void merge_scores(const std::uint8_t* chroma, bool double_width, std::uint8_t* score, int width);

/// score of the luma where `swaying`: what the surroundings of the pixel show, `lowest` to
/// `highest`, counts nothing and what is beyond them 2/5.
struct SwayingScore {
  const std::uint8_t* x;
  const std::uint8_t* lowest;
  const std::uint8_t* highest;
  const std::uint8_t* weight;
  const std::uint8_t* swaying;
  std::uint16_t unit;
};
void score_swaying(const SwayingScore& in, std::uint8_t* score, int width);

/// ratio = 128 · (x − black + 4) / (L − black + 4), at most 255, and whether the pixel can lie in
/// a shadow: 255 where `darkest` ≤ ratio < 128 and x is darker than L by `least` levels or more.
struct ShadowRatio {
  const std::uint8_t* x;
  const std::uint8_t* l;
  std::uint8_t black;
  std::uint8_t darkest;
  std::uint8_t least;
};
/// Returns whether any pixel can.
bool shadow_ratio(const ShadowRatio& in, std::uint8_t* ratio, std::uint8_t* candidate, int width);

/// a[i] &= b[i]
void intersect(std::uint8_t* a, const std::uint8_t* b, int width);

/// same[i] = 255 where both chroma samples lie between L and L half way to gray, give or take
/// `tolerance`.
void same_hue(const std::uint8_t* const x[2], const std::uint8_t* const l[2],
              std::uint8_t tolerance, std::uint8_t* same, int width);

/// mean[i] of blocks of `rows` × `columns` samples, both powers of two up to 8, rounded; the last
/// column is repeated. `scratch` holds columns · (mean_width + 64) words, `width` ≤ columns ·
/// mean_width.
struct Blocks {
  const std::uint8_t* const* from;
  int rows;
  int columns;
  int width;
};
void mean_of_blocks(const Blocks& in, std::uint16_t* scratch, std::uint8_t* mean, int mean_width);

/// sum[i] = Σ of the 3×3 neighbours, the ends of the row repeated. `scratch` as below.
void sum_of_nine(const std::uint8_t* const rows[3], std::uint16_t* scratch, std::uint16_t* sum,
                 int width);

/// even[i] = 255 where `candidate`, and the highest of (2 · 2 + 1)² neighbours exceeds the lowest
/// by less than `spread` / 65536 of the sum itself. `scratch` holds 2 · (width + 4 + 64).
void even_around(const std::uint16_t* const rows[5], const std::uint8_t* candidate,
                 std::uint16_t spread, std::uint16_t* scratch, std::uint8_t* even, int width);

/// Where `shaded` is set, score becomes 0, and shadow 255 where the score was over the threshold;
/// else shadow is 0.
void forgive_shadow(const std::uint8_t* shaded, std::uint8_t* score, std::uint8_t* shadow,
                    int width);

/// Plate and noise move towards the frame, and the weight follows; see PlateModel::Component.
struct PlateUpdate {
  const std::uint8_t* x;
  const std::uint16_t* fine;  ///< the same in 1/256 levels where it has more bits, or null
  const std::uint8_t* mask;
  FixedLight light;
  const std::int16_t* extra;  ///< further part of L in 1/32 levels, or null
  float clip;                 ///< grey levels of residual that count, or 1.5 σ if that is more
  float plate_rate, plate_rate_foreground;  ///< 0..1
  float noise_rate, noise_rate_foreground;  ///< 0..1/2
  float deviations_over_floor;              ///< weight = 255 / max(1, σ · this)
};
void update_plate(const PlateUpdate& in, std::uint16_t* plate, std::uint16_t* noise,
                  std::uint8_t* weight, int width);

/// A row of samples of two bytes, which begin at any address, in 1/256 levels and rounded to whole
/// ones.
struct DeepRow {
  const std::uint8_t* x;
  int depth, shift;  ///< see ImageFormat
};
void split_deep(const DeepRow& in, std::uint16_t* fine, std::uint8_t* high, int width);

/// L = plate · gain + offset + extra of a row, rounded and saturated to samples of `depth` bits
/// with `shift` bits below. All rows are padded.
struct DeepPrediction {
  const std::uint16_t* plate;
  const std::int16_t* extra;  ///< in 1/32 levels, or null
  float gain;
  float offset;  ///< grey levels
  int depth, shift;
};
void predict_deep(const DeepPrediction& in, std::uint16_t* l, int width);

/// The weight that belongs to a row of noise.
void weigh(const std::uint16_t* noise, float deviations_over_floor, std::uint8_t* weight,
           int width);

/// What pixels outside of the mask show, and for how long the plate has been seen there.
struct SeenUpdate {
  const std::uint8_t* x;
  const std::uint8_t* mask;
  std::uint8_t evidence_max;
  std::uint8_t fewer_still;  ///< frames taken off `still` where the mask is not set
};
void update_seen(const SeenUpdate& in, std::uint8_t* last_value, std::uint8_t* evidence,
                 std::uint16_t* still, int width);

/// The lowest or highest of `count` rows, and then of 2 · radius + 1 neighbours along the row.
/// `scratch` holds width + 2 · radius elements and a vector (64) more.
void lowest_around(const std::uint8_t* const* rows, int count, int radius, std::uint8_t* out,
                   std::uint8_t* scratch, int width);
void highest_around(const std::uint8_t* const* rows, int count, int radius, std::uint8_t* out,
                    std::uint8_t* scratch, int width);

/// decision[i] = 1 where the sum of 3×3 scores, each in eighths of the threshold and at most 3,
/// exceeds `limit` eighths, else 0. `scratch` holds width + 2 elements and a vector (64) more.
void smooth_and_decide(const std::uint8_t* const rows[3], int limit, std::uint8_t* scratch,
                       std::uint8_t* decision, int width);

/// mask[i] = 255 where more than half of the decisions (0 or 1) in the given 2 · radius + 1 rows
/// and as many columns are set, else 0; radius ≤ 15. `scratch` holds width + 2 · radius elements
/// and a vector (64) more.
void majority(const std::uint8_t* const* rows, int radius, std::uint16_t* scratch,
              std::uint8_t* mask, int width);

/// Columns of the mask's rows that are set: column[i] gains one for `entering` and loses one for
/// `leaving`; either may be null.
void slide_columns(const std::uint8_t* entering, const std::uint8_t* leaving, std::uint8_t* columns,
                   int width);

/// out[i] = mask[i], and 255 too where the columns i − radius to i + radius sum to more than
/// `limit`, unless without[i] is set; `without` may be null, radius ≤ 127. `scratch` holds twice
/// width + 2 · radius elements and a vector (64) more.
struct FillHoles {
  const std::uint8_t* mask;
  const std::uint8_t* columns;
  const std::uint8_t* without;
  int radius;
  int limit;
};
void fill_holes(const FillHoles& in, std::uint16_t* scratch, std::uint8_t* out, int width);

/// counts[i] += 1 where the mask is set.
void count_columns(const std::uint8_t* mask, std::uint8_t* counts, int width);

/// out[i] = a[i] | b[i]
void unite(const std::uint8_t* a, const std::uint8_t* b, std::uint8_t* out, int width);

/// Widens [first, last) so that it holds every element over `limit`, give or take a vector.
void find_over(const std::uint8_t* row, std::uint8_t limit, int width, int& first, int& last);

/// Every element twice; `out` takes 2 · width.
void double_width(const std::uint8_t* in, std::uint8_t* out, int width);

/// out[i] = a[2i] | a[2i + 1] | b[2i] | b[2i + 1]; reads 2 · width elements.
void any_of_four(const std::uint8_t* a, const std::uint8_t* b, std::uint8_t* out, int width);

/// How many of the elements are not 0.
std::int64_t count_set(const std::uint8_t* mask, int width);

/// The median of `count` (odd, at most 255) samples each.
void median(const std::uint8_t* const* samples, int count, std::uint8_t* out, int width);

/// The one of `count` samples (at most 25) around which the others are densest, under a triangle
/// of `reach` (at most 10) levels to either side.
void densest(const std::uint8_t* const* samples, int count, int reach, std::uint8_t* out,
             int width);

/// The same where sample k counts weights[k] / 64 times.
void densest_weighted(const std::uint8_t* const* samples, const std::uint8_t* const* weights,
                      int count, int reach, std::uint8_t* out, int width);

/// counts[i] += 1 where the sample is within `reach` levels of the plate, which is in 1/256 levels.
void count_alike(const std::uint8_t* sample, const std::uint16_t* plate, int reach,
                 std::uint8_t* counts, int width);

/// The median of the absolute differences of `count` samples each to `center`.
void median_deviation(const std::uint8_t* const* samples, int count, const std::uint8_t* center,
                      std::uint8_t* out, int width);

/// How many of `count` samples each are within `tolerance` of the center.
void count_agreeing(const std::uint8_t* const* samples, int count, const std::uint8_t* center,
                    int tolerance, std::uint8_t* out, int width);

/// out[i] = x[i] where the mask is not 0, else `fill`. All of these are the caller's, and nothing
/// beyond `width` is touched.
void keep_masked(const std::uint8_t* x, const std::uint8_t* mask, std::uint8_t fill,
                 std::uint8_t* out, int width);

/// The same for chroma of half the width, kept where any of its pixels is masked.
struct MaskPairs {
  const std::uint8_t* above;
  const std::uint8_t* below;
  int width;  ///< pixels, 2 · that of the chroma or one less
};
void keep_masked_pairs(const std::uint8_t* x, const MaskPairs& mask, std::uint8_t fill,
                       std::uint8_t* out, int width);

/// out = the four parts, a byte of each in turn.
void interleave(const std::uint8_t* const* parts, std::uint8_t* out, int width);

}  // namespace lowrank::kernels
