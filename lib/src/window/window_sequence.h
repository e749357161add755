// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "engine.h"
#include "window/frame_matrix.h"
#include "window/solver_thread.h"

namespace lowrank {

/// A frame whose window is solved.
struct SolvedFrame {
  const std::uint8_t* input = nullptr;
  std::shared_ptr<const Plates> plates;
  Index column = 0;  ///< of the plates
  /// Where windows overlap: the noise of the earlier one, and the later one's weight.
  std::shared_ptr<const std::vector<float>> earlier_noise;
  float weight = 1;
};

/// Collects frames in windows that overlap, and gives them back solved, each once and in order.
///
/// A window is solved on a thread of its own while the next one fills. A frame is ready as many
/// frames after it came in as delay() says, however long the solving took, so that what comes out
/// does not depend on time: a window is waited for when the next one is full. There are two
/// matrices: of the window that fills, and of the full one; the frames of the one before that wait
/// in the columns that have yet to be filled.
///
/// With a window of 0 the calling thread solves what has come until drain(), as it does with the
/// last window. A window that is cancelled takes everything with it.
class WindowSequence {
 public:
  WindowSequence(const ImageFormat& format, const BackgroundOptions& options,
                 const Callbacks& callbacks);

  int delay() const;
  void push(const ImageView& frame);
  void drain();
  void flush();
  /// Throws what ended the solving of a window, without waiting. Then, as after push() and drain()
  /// that throw such, everything is forgotten.
  void check();
  /// Frames that can be taken now.
  Index ready() const;
  /// The next one; its input stays until the next push, and all of it when everything is drained.
  SolvedFrame take();

  Index rank() const { return rank_; }            ///< of the last window
  int iterations() const { return iterations_; }  ///< likewise

 private:
  FrameMatrix& filling() { return matrices_[filling_]; }
  FrameMatrix& full() { return matrices_[1 - filling_]; }
  template <typename Step>
  void forget_if_it_fails(const Step& step);
  WindowTask task_for(const FrameMatrix& frames) const;
  void solve_full_window();
  void solve_rest();
  void solve_last_window(Index fresh);
  bool accept(const SolvedWindow& window);
  void add_frame(const std::uint8_t* input, Index column);

  ImageFormat format_;
  BackgroundOptions options_;
  const Callbacks& callbacks_;
  unsigned threads_;
  Index window_;
  Index overlap_;

  FrameMatrix matrices_[2];
  int filling_ = 0;
  std::deque<SolvedFrame> solved_;
  Index held_ = 0;        ///< frames that came in and were not taken
  bool drained_ = false;  ///< and nothing has come since

  std::shared_ptr<const Plates> plates_;  ///< of the last window
  std::shared_ptr<const std::uint16_t[]> tail_;
  std::shared_ptr<const std::vector<float>> earlier_noise_;
  Index faded_ = 0;  ///< of its frames, those that were added while it went over
  Index rank_ = 0;
  int iterations_ = 0;

  SolverThread solver_;  // last, since it reads the matrices
};

}  // namespace lowrank
