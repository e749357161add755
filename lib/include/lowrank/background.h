// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "lowrank/export.h"
#include "lowrank/image.h"
#include "lowrank/region.h"

namespace lowrank {

/// How frames are separated into background L and foreground S.
enum class Method : std::uint8_t {
  online,      ///< frame by frame: robust regression on a small subspace, no delay
  pcp,         ///< principal component pursuit over a window of frames
  svd,         ///< truncated SVD over a window: L the leading components, S the rest
  nmf,         ///< robust non-negative factorization over a window: L a sum of parts, S the rest
  fixed_rank,  ///< over a window: L of a given rank, S what differs from it clearly
};

/// Steps of `online` that can be left out one by one, to see what each is worth. See
/// docs/algorithms.md.
enum class OnlineStep : std::uint32_t {
  startup = 1 << 0,            ///< plate of the first frames: where their samples are densest
  light = 1 << 1,              ///< gain and offset of the frame
  stabilization = 1 << 2,      ///< against a shaking camera
  chroma = 1 << 3,             ///< colour besides luma
  noise = 1 << 4,              ///< threshold by the pixel's own noise
  shadows = 1 << 5,            ///< told from objects
  moving_background = 1 << 6,  ///< told from objects
  filling = 1 << 7,            ///< of holes in the mask
  selective_update = 1 << 8,   ///< the plate follows foreground twenty times slower
  absorption = 1 << 9,         ///< of ghosts, and of what stands still for long
  scene_change = 1 << 10,      ///< learning afresh after one
};

/// How the model of `online` follows the frames after the first ones.
enum class Update : std::uint8_t {
  adaptive,  ///< background follows, foreground twenty times slower, until it turns out to be none
  always,    ///< foreground as well, at the full rate: a plain running background
  frozen,    ///< held: neither plate nor noise nor what was learned besides moves
};

/// What the mask shows while all of the picture changes.
enum class HeldMask : std::uint8_t {
  empty,  ///< nothing
  last,   ///< what it showed before
};

/// A change of all of the picture at once, which says nothing of what moves.
enum class GlobalChange : std::uint8_t {
  none,   ///< no such change
  light,  ///< a switch, a flash, an IR-cut filter, exposure, dusk: the same scene, lit otherwise
  scene,  ///< a cut, or something before the camera that hides nearly all
};

/// What a BackgroundEngine is to do. A member's default means "automatic".
struct BackgroundOptions {
  Method method = Method::online;  ///< how frames are separated

  /// Rank of the background; 0 is automatic (1 for `online`, `svd` and `fixed_rank`, 2 for `nmf`,
  /// unbounded for `pcp`). `online` takes at most 16; over a window at most the window's length.
  /// More parts than the light needs let objects into the background of `nmf`.
  int rank = 0;

  /// Weight λ of the sparse term of `pcp`, > 0; 0 is 1/√max(rows, columns).
  double lambda = 0;

  /// Standard deviation in grey levels of the noise that `pcp` leaves to neither L nor S: negative
  /// is estimated, > 0 given, and 0 asks for exact PCP; see PcpOptions::noise.
  double noise = -1;

  /// Frames that all methods but `online` factorize together, at most 2²⁰; 0 collects every frame
  /// until drain().
  /// Each window begins with the last quarter of the one before, over which the background of the
  /// one goes over into that of the other.
  int window = 0;

  /// Bytes that windows and their factorization may take: two windows of frames, with those given
  /// out, when `window` is not 0.
  std::uint64_t max_memory = std::uint64_t{2} << 30;

  /// Share of the difference to the plate that the plate takes over a frame, 0 (never) to 1, for
  /// pixels that show background; foreground counts a twentieth of it. A difference counts up to
  /// 12 grey levels in luma and 6 in chroma, or 1.5 standard deviations of the pixel's noise.
  /// Negative is automatic, 0.01.
  double learning_rate = -1;

  /// A pixel is foreground when its residual exceeds this many standard deviations of its own
  /// noise, > 0 (noise counts as at least 5.3 grey levels in luma, 4 in chroma, which stands for
  /// quantisation and compression). Negative is automatic, 3.
  double threshold = -1;

  /// Radius in pixels of the spatial regularisation of the mask, 0 (none: the raw support of S)
  /// to 15. Negative is automatic: 2 for up to 562 lines, 3 for 720 and 1080, 5 for 2160.
  int mask_cleanup = -1;

  /// Whether even and odd rows of a frame are fields, each of a time of its own. They are separated
  /// as a picture of their own each, one above the other, and woven together again; 2:1 chroma rows
  /// go with their field. Set by configure().
  bool interlaced = false;

  /// How the model of `online` follows. With `always`, a difference counts up to 120 grey levels in
  /// each component. With `frozen`, only the light of the frame and the position of a shaking
  /// camera are still estimated, and no scene change is looked for; the first frames (100) are
  /// learned from all the same where there is no model. When set_options() freezes before they are
  /// over, the model is what they have shown so far.
  Update update = Update::adaptive;

  /// Pixels that a connected component of the mask must have at least, and may have at most, to
  /// stay in it; 0 is no bound. What leaves the mask so is foreground to the model all the same,
  /// and becomes background no sooner.
  int min_region_size = 0;
  int max_region_size = 0;  ///< see `min_region_size`

  /// Whether Separation::regions is wanted.
  bool regions = false;

  /// `online`: the mask of frames in which a global change is under way, see Separation::change.
  HeldMask held_mask = HeldMask::empty;

  /// Threads of this engine, the caller's included, at most 1024; 0 is one a core. The result is
  /// the same for every number.
  unsigned threads = 0;

  /// Sum of the OnlineSteps that are left out.
  std::uint32_t without = 0;

  /// Whether all members are equal.
  bool operator==(const BackgroundOptions&) const = default;
};

/// A window needs more memory than `max_memory` allows. what() says how much, and which window
/// would fit.
class LOWRANK_API MemoryLimitError : public std::runtime_error {
 public:
  /// See the members.
  MemoryLimitError(const std::string& message, std::uint64_t needed_bytes, int fitting_window)
      : std::runtime_error(message), needed(needed_bytes), window(fitting_window) {}
  std::uint64_t needed;  ///< bytes
  int window;            ///< the longest window that fits, 0 when none does
};

/// Bytes that are no model that the engine can load: they are broken, of another version, or were
/// learned from frames of another size or format. what() says which, and what would fit.
class LOWRANK_API ModelError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// One separated frame. The views stay valid until the next call of a non-const member of the
/// engine; `input` is the view that was pushed when the method has no delay.
struct Separation {
  ImageView input;              ///< the frame that was separated
  ImageView background;         ///< in the format that the engine was configured with, all its bits
  PlaneView mask;               ///< 255 foreground, 0 background
  double foreground_ratio = 0;  ///< share of the mask that is set
  /// The connected components of the mask, the largest first, when BackgroundOptions::regions asks
  /// for them.
  std::span<const Region> regions;

  // Of `online` only.
  GlobalChange change = GlobalChange::none;  ///< that is under way, slow ramps of light included
  bool mask_held = false;   ///< the mask is not of this frame, see BackgroundOptions::held_mask
  bool relearned = false;   ///< the change has come to stay: from the next frame on all is learned
                            ///< afresh
  double light_gain = 1;    ///< of the frame over the background as it was learned, and
  double light_offset = 0;  ///< grey levels to be added
};

/// Figures since configure(); reset() adds to `resets` and leaves the others.
struct BackgroundStats {
  std::uint64_t frames = 0;     ///< frames separated
  std::uint64_t resets = 0;     ///< times that the model was learned afresh
  int rank = 0;                 ///< rank of the background now
  int iterations = 0;           ///< iterations of the last factorization, 0 for `online`
  double foreground_ratio = 0;  ///< of the last frame separated, as in its Separation
};

/// How far the factorization of a window has come.
struct FactorizationProgress {
  /// Of a factorization.
  enum class State : std::uint8_t {
    running,    ///< told at the beginning and after each iteration
    complete,   ///< told once, at the end, as the others
    cancelled,  ///< by set_cancelled(), flush() and all else that drops frames
    failed      ///< by an exception, which the engine passes on
  };
  State state = State::running;  ///< how things are
  Method method = Method::pcp;   ///< that factorizes
  int frames = 0;                ///< of the window
  int iterations = 0;            ///< that are done
  double done = 0;               ///< share of the work, 0 … 1, an estimate; never falls
};

/// Separates a stream of frames into background, mask and (by the caller, see composite.h)
/// foreground.
///
///     engine.configure(format, options);
///     engine.push(frame);                 // for each frame
///     while (engine.pull(result)) ...     // results in the order of the frames
///     engine.drain();                     // at the end
///     while (engine.pull(result)) ...
///
/// `online` follows Candès, Li, Ma, Wright, "Robust principal component analysis?", JACM 2011, in
/// the robust-subspace-tracking form of He, Balzano, Szlam, "Incremental gradient on the
/// Grassmannian for online foreground and background separation" (GRASTA), CVPR 2012: each frame is
/// fitted by iteratively re-weighted least squares on a small subspace.
///
/// Misuse throws std::invalid_argument or std::logic_error with a message that names what was wrong
/// and what would be right. Not thread-safe: one caller at a time; engines are independent of each
/// other.
class LOWRANK_API BackgroundEngine {
 public:
  BackgroundEngine();
  /// What was moved from can be assigned to or destroyed.
  BackgroundEngine(BackgroundEngine&&) noexcept;
  /// What was moved from can be assigned to or destroyed.
  BackgroundEngine& operator=(BackgroundEngine&&) noexcept;
  ~BackgroundEngine();

  /// Sets format and options and forgets all frames and the model. Width and height are 1 to
  /// 16384; samples of more than 8 bits are for `online`. Throws MemoryLimitError when
  /// options.window does not fit options.max_memory.
  void configure(const ImageFormat& format, const BackgroundOptions& options);

  /// Changes `learning_rate`, `threshold`, `mask_cleanup`, `update`, `held_mask`,
  /// `min_region_size`, `max_region_size` and `regions` from the next frame on; every other member
  /// must be what configure() was given.
  void set_options(const BackgroundOptions& options);

  /// Says how much each pixel counts: 255 in full, 0 not at all, and at s its residual has to
  /// exceed 255/s times the threshold. Pixels of 0 are never in a mask, and no change there is one
  /// of the scene. `sensitivity` has the size of the luma and is copied; one without data is 255
  /// everywhere. Holds from the next frame that is separated until configure().
  void set_sensitivity(const PlaneView& sensitivity);

  /// Says where the next frame that is pushed shows foreground, in pixels of the frame; what lies
  /// beyond it is cut off. The model of `online` learns nothing there, for how long ever; the mask
  /// is what the frame says. The other methods take no notice.
  void set_foreground_hints(std::span<const Rectangle> hints);

  /// Takes the next frame, in the format of configure(). `online` reads it until pull(), so it has
  /// to stay mapped until then; the windowed methods copy it. Throws std::logic_error while
  /// results wait to be pulled, and MemoryLimitError when `window` is 0 and the stream has
  /// outgrown `max_memory`.
  ///
  /// A window is factorized on a thread of its own, with `threads` threads, while the next one
  /// fills: push() waits for it only when the next one is full. What the factorization throws comes
  /// out of the next push(), pull() or drain(), and drops all frames that are held.
  void push(const ImageView& frame);

  /// Gives the next separated frame; false when push() or drain() has to come first.
  bool pull(Separation& result);

  /// No more frames: what is held back is separated, to be pulled. The model stays. The last
  /// frames, when they fill no window, are factorized with as many of those before as a window
  /// takes.
  void drain();

  /// Drops frames not yet pulled, and waits for a factorization that is under way to end early. The
  /// model stays.
  void flush();

  /// Drops frames and model: the next frame starts learning afresh.
  void reset();

  /// Whether there is a model to save: `online` has one from the first frame on.
  bool has_model() const;

  /// The model, in bytes that load_model() takes on any machine; see docs/model.md for their
  /// layout. An engine of the same options that loads them goes on bit by bit as this one does.
  /// A model that is held is saved as it was when the holding began. Throws std::logic_error when
  /// there is none, and for the windowed methods, which have none that lasts.
  std::vector<std::uint8_t> save_model() const;

  /// Puts a model that was saved in the place of the engine's own, and drops frames not yet pulled.
  /// Options stay: a model of more components than `rank` allows loses the last of them. One that
  /// was saved within the first frames counts as learned, with little trust in what it has seen.
  /// Throws ModelError, and leaves the engine as it is, when the bytes do not fit; and
  /// std::logic_error for the windowed methods.
  void load_model(std::span<const std::uint8_t> model);

  /// Frames that have to be pushed before the first can be pulled, less one: 0 for `online`;
  /// `unbounded_delay` when window is 0, which needs drain(); else 2·window − 1 less the window/4
  /// frames, rounded down, that a window shares with the next one. From there on each frame that is
  /// pushed lets one be pulled.
  int delay() const;
  /// What it would be with these options.
  static int delay_of(const BackgroundOptions& options);
  /// No frame comes out before drain().
  static constexpr int unbounded_delay = std::numeric_limits<int>::max();

  /// Asked between steps of a factorization, on the thread that it runs on, so that it has to
  /// be thread-safe; true ends it early and drops all frames that are held. Holds for
  /// factorizations that begin later.
  void set_cancelled(std::function<bool()> cancelled);

  /// Told of factorizations, on the thread that each runs on: one of the engine's own, or that of
  /// drain(); one factorization after the other, never two at once. It has to be thread-safe, must
  /// not call the engine, nor wait for a thread that does, and must not throw. Holds for
  /// factorizations that begin later.
  void set_progress(std::function<void(const FactorizationProgress&)> progress);

  /// Figures so far.
  BackgroundStats stats() const;

  struct LOWRANK_LOCAL Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace lowrank
