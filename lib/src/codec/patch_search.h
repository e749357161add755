// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "codec/layout.h"
#include "codec/level_choice.h"
#include "codec/motion_search.h"
#include "codec/patch_picture.h"

namespace lowrank::codec {

/// How hard is looked for the best way to code a patch.
struct SearchEffort {
  int tested;             ///< subspaces that are tried, of the most frequent ones
  int analyzed;           ///< and whose coefficients are looked at, of those that leave least
  int intra_candidates;   ///< and whose levels are chosen, of those that look best
  int whole_ranks;        ///< try blocks of 16×16 where their patches have no more components,
  int whole_analyzed;     ///< in as many subspaces
  int smooth_candidates;  ///< kinds of smoothness whose levels are chosen, of those that look best
  MotionEffort motion;
  int motion_from;  ///< look for motion where a skip costs this many bits or more,
  int intra_from;   ///< and at the border where everything else does
  int contrast;     ///< unless other pictures leave less than 1/this of the patch's contrast
  bool thorough;    ///< look at everything in spite of the last one
  bool hasty;       ///< take the picture before where it is good enough
};

inline SearchEffort effort_of(Speed speed) {
  switch (speed) {
    case Speed::fast:
      return {.tested = 4,
              .analyzed = 2,
              .intra_candidates = 1,
              .whole_ranks = 20,
              .whole_analyzed = 1,
              .smooth_candidates = 1,
              .motion = {.first = 8, .last = 2},
              .motion_from = 12,
              .intra_from = 12,
              .contrast = 2,
              .thorough = false,
              .hasty = true};
    case Speed::medium:
      return {.tested = 16,
              .analyzed = 16,
              .intra_candidates = 2,
              .whole_ranks = 64,
              .whole_analyzed = 4,
              .smooth_candidates = 2,
              .motion = {.first = 32, .last = 1},
              .motion_from = 4,
              .intra_from = 8,
              .contrast = 4,
              .thorough = false,
              .hasty = false};
    default:
      return {.tested = 16,
              .analyzed = 16,
              .intra_candidates = 4,
              .whole_ranks = 4 * components,
              .whole_analyzed = 4,
              .smooth_candidates = 4,
              .motion = {.first = 32, .last = 1},
              .motion_from = 4,
              .intra_from = 4,
              .contrast = 4,
              .thorough = true,
              .hasty = false};
  }
}

/// The way that was found.
struct PatchDecision {
  PatchMode mode;
  Levels levels{};
  Patch predicted;
  std::int64_t cost = 0;  ///< distortion and bits, see RateDistortion
};
struct WholeDecision {
  PatchMode mode;
  Levels levels{};
  Block predicted;
  std::int64_t cost = 0;
};

/// Looks for the cheapest ways to code the patches of a slice.
class PatchSearch {
 public:
  PatchSearch(const PatchPicture& picture, const Raster<std::uint8_t>* source, int slice,
              int base_rank, int most_rank, const SearchEffort& effort, PatchContexts& contexts);

  PatchDecision patch(const PatchPlace& at);
  WholeDecision whole(int block_x, int block_y);
  /// Distortion of a block that is taken from another picture; `fits` says that no patch of it
  /// could be coded any cheaper.
  struct Skip {
    std::int64_t distortion;
    bool fits;
  };
  Skip skip(int block_x, int block_y, Reference reference) const;
  const RateDistortion& tradeoff(int plane) const { return tradeoffs_[plane > 0]; }

 private:
  struct WholePredictions;

  /// A picture that a patch may be predicted from.
  struct Candidate {
    PatchMode mode;
    Patch shown;  ///< what is there
    alignas(16) std::array<std::int16_t, pixels8> rest;
    std::int64_t left = 0;       ///< energy of the rest
    std::int64_t mode_cost = 0;  ///< as a skip
  };

  void tested_subspaces(const PatchPlace& at, std::array<int, classes8>& order) const;
  void predict_whole(int block_x, int block_y, WholePredictions& out) const;
  void try_intra(const PatchPlace& at, PatchDecision& best);
  std::int64_t try_inter(const PatchPlace& at, PatchDecision& best);
  Candidate candidate(const PatchPlace& at, Reference reference, MotionVector motion) const;
  void try_skip(const PatchPlace& at, Candidate& candidate, PatchDecision& best);
  /// What is left of a candidate, by the smoothness of the prediction.
  struct SmoothWays {
    std::array<std::array<std::int32_t, components>, smooth_ranks.size()> products;
    std::array<std::int32_t, smooth_ranks.size()> costs;
    int take(Coefficients& coefficients);
  };

  SmoothWays smooth_ways(int plane, const Candidate& candidate) const;
  bool leaves_levels(int plane, std::int64_t left) const;
  void try_layers(const PatchPlace& at, const Candidate& candidate, PatchDecision& best);
  void try_levels(const PatchPlace& at, Candidate& candidate, PatchDecision& best);
  std::int64_t contrast() const;
  void load(const PatchPlace& at);
  void offer(const PatchPlace& at, const PatchMode& mode, const Patch& predicted,
             const LevelChoice& choice, PatchDecision& best);
  LevelTask level_task(const PatchPlace& at, const PatchMode& mode);
  LevelTask level_task(int plane, LevelType type, const LevelNeighbors& near);
  int mode_bits(const PatchMode& mode, const PatchPlace& at);
  int rest_mode_bits(const PatchMode& mode, const PatchPlace& at);

  const PatchPicture& picture_;
  const Raster<std::uint8_t>* source_;
  int slice_;
  int base_rank_;
  int most_rank_;
  SearchEffort effort_;
  PatchContexts& contexts_;
  SliceModes modes_;
  RateDistortion tradeoffs_[2];
  Patch wanted_;  // the patch of the source at hand
};

}  // namespace lowrank::codec
