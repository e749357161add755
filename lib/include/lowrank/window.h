// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "lowrank/background.h"
#include "lowrank/export.h"
#include "lowrank/matrix_view.h"
#include "lowrank/progress.h"
#include "lowrank/reduction.h"
#include "lowrank/tiled_view.h"

/// A window of a video in two steps of the caller's own, of which BackgroundEngine makes one: the
/// frames are factorized, and later, perhaps elsewhere, each is separated by the factors. Between
/// the two nothing is needed but the factors, which are small against the frames.
namespace lowrank {

/// What factorizing a window finds, in grey levels.
struct WindowFactors {
  Matrix u;                         ///< rows × rank: L = u·vᵀ
  Matrix v;                         ///< frames × rank
  std::vector<std::uint8_t> noise;  ///< a row each: median of |M − L| in quarters of a grey level
  int iterations = 0;               ///< 0 for methods that have none
};

/// Factorizes the frames of a window, a column each, by options.method, which is not `online`. Of
/// the other options `rank`, `lambda`, `noise` and `threads` count. `reduction` joins the processes
/// that hold other rows of the same frames; without one all rows are here.
///
/// The noise of a row is the median over at most 128 frames of the window, evenly spaced.
///
/// Throws std::invalid_argument for a view that is empty, null or does not fit, `online`, and a
/// `rank` that is negative; Cancelled when `progress` says so, in all parts if it does in one;
/// std::bad_alloc when memory is short. Calls on different threads do not disturb each other, but
/// must not share a `reduction`.
LOWRANK_API WindowFactors factorize_window(const TiledBytes& frames,
                                           const BackgroundOptions& options,
                                           Reduction* reduction = nullptr,
                                           const ProgressFunction& progress = {});

/// An upper bound, in bytes, on the memory that factorize_window() takes beyond the frames, its
/// result included, for that many rows in this process.
LOWRANK_API std::uint64_t factorize_window_memory(const BackgroundOptions& options, Index rows,
                                                  Index frames);

/// Frames that a window shares with the next one, over which the plates of the one go over into
/// those of the other.
constexpr int overlap_of_windows(int window) {
  return window / 4;
}

/// Weight of the later window in the `i`-th, from 0, of `count` frames that two windows share.
constexpr float fade_weight(std::ptrdiff_t i, std::ptrdiff_t count) {
  return static_cast<float>(i + 1) / static_cast<float>(count + 1);
}

/// Where a frame stands in a window that is factorized. It looks at the factors.
struct WindowColumn {
  const WindowFactors* factors = nullptr;  ///< all rows of them
  Index column = 0;                        ///< of the frame: a row of v
};

/// Separates frames by the factors of their windows, as BackgroundEngine does, up to the rounding
/// of L to samples. Not thread-safe.
class LOWRANK_API WindowRenderer {
 public:
  /// Of the options `threshold`, `mask_cleanup` and `threads` count. Throws std::invalid_argument
  /// for samples of more than 8 bits.
  WindowRenderer(const ImageFormat& format, const BackgroundOptions& options);
  /// What was moved from can be assigned to or destroyed.
  WindowRenderer(WindowRenderer&&) noexcept;
  /// What was moved from can be assigned to or destroyed.
  WindowRenderer& operator=(WindowRenderer&&) noexcept;
  ~WindowRenderer();

  /// Says how much each pixel counts, as BackgroundEngine::set_sensitivity().
  void set_sensitivity(const PlaneView& sensitivity);

  /// The background of the frame and its mask, which stay valid until the next call. A frame that
  /// two windows share is given both, with the `weight` of `in`, 0 … 1, against `earlier`. Throws
  /// std::invalid_argument for a frame of another format and for factors that do not fit.
  Separation separate(const ImageView& frame, const WindowColumn& in,
                      const WindowColumn& earlier = {}, float weight = 1);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace lowrank
