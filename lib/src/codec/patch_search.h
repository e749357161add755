// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "codec/layout.h"
#include "codec/level_choice.h"
#include "codec/patch_picture.h"

namespace lowrank::codec {

/// How hard is looked for the best way to code a patch.
struct SearchEffort {
  int analyzed;          ///< subspaces whose coefficients are looked at, of those that leave least
  int intra_candidates;  ///< and whose levels are chosen, of those that look best
  bool whole = true;     ///< try blocks of 16×16
  int motion;            ///< first step of the motion search, 0 none
  bool thorough;         ///< look at everything

  explicit SearchEffort(Speed speed)
      : analyzed(speed == Speed::fast ? 5 : 16),
        intra_candidates(speed == Speed::fast     ? 1
                         : speed == Speed::medium ? 2
                                                  : 4),
        motion(speed == Speed::fast ? 4 : 8),
        thorough(speed == Speed::best) {}
};

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
  /// A picture that a patch may be predicted from.
  struct Candidate {
    PatchMode mode;
    Patch shown;  ///< what is there
    alignas(16) std::array<std::int16_t, pixels8> rest;
    std::int64_t left = 0;  ///< energy of the rest
  };

  void try_intra(const PatchPlace& at, PatchDecision& best);
  std::int64_t try_inter(const PatchPlace& at, PatchDecision& best);
  Candidate candidate(const PatchPlace& at, Reference reference, MotionVector motion) const;
  void try_skip(const PatchPlace& at, Candidate& candidate, PatchDecision& best);
  void try_levels(const PatchPlace& at, Candidate& candidate, PatchDecision& best);
  std::int64_t contrast(const PatchPlace& at) const;
  MotionVector find_motion(const PatchPlace& at) const;
  void choose(const PatchPlace& at, const PatchMode& mode, const Patch& predicted,
              const Coefficients& coefficients, PatchDecision& best);
  LevelTask level_task(int plane, LevelType type, const LevelNeighbors& near);
  int mode_bits(const PatchMode& mode, const PatchPlace& at);
  const std::uint8_t* source(const PatchPlace& at, std::ptrdiff_t& stride) const;

  const PatchPicture& picture_;
  const Raster<std::uint8_t>* source_;
  int slice_;
  int base_rank_;
  int most_rank_;
  SearchEffort effort_;
  PatchContexts& contexts_;
  SliceModes modes_;
  RateDistortion tradeoffs_[2];
};

}  // namespace lowrank::codec
