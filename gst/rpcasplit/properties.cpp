// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpcasplit/properties.h"

#include <algorithm>

namespace gst_lowrank {

namespace {

constexpr guint max_window = 65536;
constexpr double max_lambda = 1000;
constexpr double max_noise = 255;
constexpr double max_threshold = 1000;
constexpr guint max_cleanup = 15;
constexpr guint max_threads = 256;
constexpr guint automatic_cleanup = G_MAXUINT;

constexpr auto fixed =
    static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY);
constexpr auto playing = static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS |
                                                  GST_PARAM_MUTABLE_PLAYING);
constexpr auto live = static_cast<GParamFlags>(playing | GST_PARAM_CONTROLLABLE);

GType method_type() {
  static const GType type = [] {
    static const GEnumValue values[] = {
        {static_cast<gint>(lowrank::Method::online), "Frame by frame, no delay", "online"},
        {static_cast<gint>(lowrank::Method::pcp), "Principal component pursuit over a window",
         "pcp"},
        {static_cast<gint>(lowrank::Method::svd), "Truncated SVD over a window", "svd"},
        {static_cast<gint>(lowrank::Method::nmf), "Robust non-negative factorization over a window",
         "nmf"},
        {0, nullptr, nullptr},
    };
    return g_enum_register_static("GstRpcaSplitMethod", values);
  }();
  return type;
}

GType foreground_mode_type() {
  static const GType type = [] {
    static const GEnumValue values[] = {
        {static_cast<gint>(ForegroundMode::masked), "Input where the mask is set, black elsewhere",
         "masked"},
        {static_cast<gint>(ForegroundMode::alpha), "Input with the mask as alpha channel", "alpha"},
        {static_cast<gint>(ForegroundMode::residual), "Input minus background plus 128",
         "residual"},
        {static_cast<gint>(ForegroundMode::absolute), "Magnitude of input minus background",
         "absolute"},
        {0, nullptr, nullptr},
    };
    return g_enum_register_static("GstRpcaSplitForegroundMode", values);
  }();
  return type;
}

void install_separation(GObjectClass* gobject_class) {
  const Settings defaults;
  /**
   * GstRpcaSplit:method:
   *
   * How frames are separated. `online` works frame by frame and adds no delay; `pcp`, `svd` and
   * `nmf` factorize #GstRpcaSplit:window frames together. A change while playing sends the
   * frames held back, and then learns afresh.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      gobject_class, PROP_METHOD,
      g_param_spec_enum("method", "Method", "How frames are separated", method_type(),
                        static_cast<gint>(defaults.options.method), playing));
  /**
   * GstRpcaSplit:rank:
   *
   * Rank of the background, a bound for `pcp`; 0 is automatic, 2 for `nmf`. At most 16 for
   * `online`, and at most #GstRpcaSplit:window for the others. A change while playing learns
   * afresh.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      gobject_class, PROP_RANK,
      g_param_spec_uint("rank", "Rank", "Rank of the background (0 = automatic)", 0, max_window,
                        static_cast<guint>(defaults.options.rank), playing));
  /**
   * GstRpcaSplit:lambda:
   *
   * Weight of the sparse term of `pcp`; 0 is 1/sqrt(max(rows, columns)).
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      gobject_class, PROP_LAMBDA,
      g_param_spec_double("lambda", "Lambda",
                          "Weight of the sparse term of pcp (0 = 1/sqrt(max(rows, columns)))", 0,
                          max_lambda, defaults.options.lambda, playing));
  /**
   * GstRpcaSplit:noise:
   *
   * Standard deviation, in grey levels, of the noise that `pcp` leaves to neither background nor
   * foreground (stable principal component pursuit); negative is estimated from the window, 0 is
   * exact principal component pursuit, which explains the noise as well.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      gobject_class, PROP_NOISE,
      g_param_spec_double("noise", "Noise",
                          "Noise in grey levels that pcp leaves aside (-1 = estimated, 0 = exact)",
                          -1, max_noise, defaults.options.noise, playing));
}

void install_window(GObjectClass* gobject_class) {
  const Settings defaults;
  /**
   * GstRpcaSplit:window:
   *
   * Frames that `pcp`, `svd` and `nmf` factorize together. A window is factorized while the next
   * one fills, and shares a quarter of its frames with it: the element reports
   * 2 * window - window / 4 - 1 frames as latency, and sends a frame for each that comes in. 0
   * collects frames to the end of the stream, within #GstRpcaSplit:max-memory.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      gobject_class, PROP_WINDOW,
      g_param_spec_uint("window", "Window",
                        "Frames that pcp, svd and nmf factorize together (0 = whole stream)", 0,
                        max_window, static_cast<guint>(defaults.options.window), playing));
  /**
   * GstRpcaSplit:max-memory:
   *
   * Bytes that windows and their factorization may take. A window that needs more is an error that
   * says how much, and which window would fit. Read when the engine is next configured.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      gobject_class, PROP_MAX_MEMORY,
      g_param_spec_uint64("max-memory", "Maximum memory",
                          "Bytes that windows and their factorization may take", 1, G_MAXUINT64,
                          defaults.options.max_memory, fixed));
  /**
   * GstRpcaSplit:threads:
   *
   * Threads of this element, that of the stream included; 0 is one a core. A window is factorized
   * by as many of its own, beside that of the stream. The result does not depend on it. Read when
   * the engine is next configured.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      gobject_class, PROP_THREADS,
      g_param_spec_uint("threads", "Threads", "Threads of this element (0 = one a core)", 0,
                        max_threads, defaults.options.threads, fixed));
}

void install_live(GObjectClass* gobject_class) {
  const Settings defaults;
  /**
   * GstRpcaSplit:learning-rate:
   *
   * Share of its difference to the frame by which the background follows in each frame, 0 to 1;
   * negative is automatic, 0 holds the background. For `online`.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      gobject_class, PROP_LEARNING_RATE,
      g_param_spec_double("learning-rate", "Learning rate",
                          "How fast the background follows (-1 = automatic)", -1, 1,
                          defaults.options.learning_rate, live));
  /**
   * GstRpcaSplit:threshold:
   *
   * A pixel is foreground when it differs from the background by more than this many standard
   * deviations of its own noise; negative is automatic, 0 marks every pixel that differs.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      gobject_class, PROP_THRESHOLD,
      g_param_spec_double("threshold", "Threshold",
                          "Threshold of the mask in units of the pixel's noise (-1 = automatic)",
                          -1, max_threshold, defaults.options.threshold, live));
  /**
   * GstRpcaSplit:foreground-mode:
   *
   * What the pad `foreground` shows. `alpha` changes the pad's format to one with alpha (AYUV or
   * RGBA, or what the peer takes); a peer that takes none gets `masked`. With `residual`,
   * background + foreground - 128 is the input.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      gobject_class, PROP_FOREGROUND_MODE,
      g_param_spec_enum("foreground-mode", "Foreground mode", "What the foreground pad shows",
                        foreground_mode_type(), static_cast<gint>(defaults.foreground_mode), live));
  /**
   * GstRpcaSplit:mask-cleanup:
   *
   * Radius in pixels of the spatial regularisation of the mask, 0 (none) to 15. Above that, the
   * largest value (-1 on a gst-launch-1.0 line) is automatic, and any other counts as 15.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      gobject_class, PROP_MASK_CLEANUP,
      g_param_spec_uint("mask-cleanup", "Mask cleanup",
                        "Radius of the mask's regularisation, 0 to 15 (-1 = automatic)", 0,
                        G_MAXUINT, automatic_cleanup, live));
}

}  // namespace

void install_properties(GObjectClass* gobject_class) {
  install_separation(gobject_class);
  install_window(gobject_class);
  install_live(gobject_class);
  /**
   * GstRpcaSplit:stats:
   *
   * Figures of the stream so far: `frames` separated, `mean-time` spent on a frame (#guint64, in
   * nanoseconds, downstream elements not counted), `rank` of the background, `foreground-ratio` of
   * the last frame, `resets` of the model, and `iterations` of the last factorization.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      gobject_class, PROP_STATS,
      g_param_spec_boxed("stats", "Statistics", "Figures of the stream so far", GST_TYPE_STRUCTURE,
                         static_cast<GParamFlags>(G_PARAM_READABLE | G_PARAM_STATIC_STRINGS)));
  gst_type_mark_as_plugin_api(method_type(), static_cast<GstPluginAPIFlags>(0));
  gst_type_mark_as_plugin_api(foreground_mode_type(), static_cast<GstPluginAPIFlags>(0));
}

bool write_property(Settings& settings, guint id, const GValue* value) {
  lowrank::BackgroundOptions& options = settings.options;
  switch (id) {
    case PROP_METHOD:
      options.method = static_cast<lowrank::Method>(g_value_get_enum(value));
      return true;
    case PROP_RANK:
      options.rank = static_cast<int>(g_value_get_uint(value));
      return true;
    case PROP_LAMBDA:
      options.lambda = g_value_get_double(value);
      return true;
    case PROP_NOISE:
      options.noise = g_value_get_double(value);
      return true;
    case PROP_WINDOW:
      options.window = static_cast<int>(g_value_get_uint(value));
      return true;
    case PROP_MAX_MEMORY:
      options.max_memory = g_value_get_uint64(value);
      return true;
    case PROP_LEARNING_RATE:
      options.learning_rate = g_value_get_double(value);
      return true;
    case PROP_THRESHOLD:
      options.threshold = g_value_get_double(value);
      return true;
    case PROP_FOREGROUND_MODE:
      settings.foreground_mode = static_cast<ForegroundMode>(g_value_get_enum(value));
      return true;
    case PROP_MASK_CLEANUP: {
      const guint radius = g_value_get_uint(value);
      options.mask_cleanup =
          radius == automatic_cleanup ? -1 : static_cast<int>(std::min(radius, max_cleanup));
      return true;
    }
    case PROP_THREADS:
      options.threads = g_value_get_uint(value);
      return true;
    default:
      return false;
  }
}

bool read_property(const Settings& settings, guint id, GValue* value) {
  const lowrank::BackgroundOptions& options = settings.options;
  switch (id) {
    case PROP_METHOD:
      g_value_set_enum(value, static_cast<gint>(options.method));
      return true;
    case PROP_RANK:
      g_value_set_uint(value, static_cast<guint>(options.rank));
      return true;
    case PROP_LAMBDA:
      g_value_set_double(value, options.lambda);
      return true;
    case PROP_NOISE:
      g_value_set_double(value, options.noise);
      return true;
    case PROP_WINDOW:
      g_value_set_uint(value, static_cast<guint>(options.window));
      return true;
    case PROP_MAX_MEMORY:
      g_value_set_uint64(value, options.max_memory);
      return true;
    case PROP_LEARNING_RATE:
      g_value_set_double(value, options.learning_rate);
      return true;
    case PROP_THRESHOLD:
      g_value_set_double(value, options.threshold);
      return true;
    case PROP_FOREGROUND_MODE:
      g_value_set_enum(value, static_cast<gint>(settings.foreground_mode));
      return true;
    case PROP_MASK_CLEANUP:
      g_value_set_uint(value, options.mask_cleanup < 0 ? automatic_cleanup
                                                       : static_cast<guint>(options.mask_cleanup));
      return true;
    case PROP_THREADS:
      g_value_set_uint(value, options.threads);
      return true;
    default:
      return false;
  }
}

GstStructure* stats_structure(const Figures& figures) {
  const guint64 mean = figures.frames == 0 ? 0 : figures.busy_ns / figures.frames;
  return gst_structure_new("rpcasplit-stats", "frames", G_TYPE_UINT64, figures.frames, "mean-time",
                           G_TYPE_UINT64, mean, "rank", G_TYPE_UINT,
                           static_cast<guint>(figures.engine.rank), "foreground-ratio",
                           G_TYPE_DOUBLE, figures.engine.foreground_ratio, "resets", G_TYPE_UINT64,
                           static_cast<guint64>(figures.engine.resets), "iterations", G_TYPE_UINT,
                           static_cast<guint>(figures.engine.iterations), nullptr);
}

}  // namespace gst_lowrank
