// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpcasplit/properties/property_group.h"

namespace gst_lowrank {

namespace {

constexpr guint max_window = 65536;
constexpr double max_lambda = 1000;
constexpr double max_noise = 255;

/**
 * GstRpcaSplitMethod:
 *
 * Methods of #GstRpcaSplit:method.
 *
 * Since: 0.1
 */
GType method_type() {
  static const GType type = [] {
    static const GEnumValue values[] = {
        {static_cast<gint>(lowrank::Method::online), "Frame by frame, no delay", "online"},
        {static_cast<gint>(lowrank::Method::pcp), "Principal component pursuit over a window",
         "pcp"},
        {static_cast<gint>(lowrank::Method::svd), "Truncated SVD over a window", "svd"},
        {static_cast<gint>(lowrank::Method::nmf), "Robust non-negative factorization over a window",
         "nmf"},
        {static_cast<gint>(lowrank::Method::fixed_rank),
         "Robust decomposition of a given rank over a window", "fixed-rank"},
        {0, nullptr, nullptr},
    };
    return g_enum_register_static("GstRpcaSplitMethod", values);
  }();
  return type;
}

void install_separation(GObjectClass* gobject_class) {
  const Settings defaults;
  /**
   * GstRpcaSplit:method:
   *
   * How frames are separated. `online` works frame by frame and adds no delay; `pcp`, `svd`,
   * `nmf` and `fixed-rank` factorize #GstRpcaSplit:window frames together. A change while playing
   * sends the frames held back, and then learns afresh.
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
   * Frames that `pcp`, `svd`, `nmf` and `fixed-rank` factorize together. A window is factorized
   * while the next one fills, and shares a quarter of its frames with it: the element reports 2 *
   * window - window / 4 - 1 frames as latency, and sends a frame for each that comes in. 0 collects
   * frames to the end of the stream, within #GstRpcaSplit:max-memory.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      gobject_class, PROP_WINDOW,
      g_param_spec_uint("window", "Window",
                        "Frames that are factorized together by all but online (0 = whole stream)",
                        0, max_window, static_cast<guint>(defaults.options.window), playing));
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

void install(GObjectClass* gobject_class) {
  install_separation(gobject_class);
  install_window(gobject_class);
  gst_type_mark_as_plugin_api(method_type(), static_cast<GstPluginAPIFlags>(0));
}

bool write(Settings& settings, guint id, const GValue* value) {
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
    case PROP_THREADS:
      options.threads = g_value_get_uint(value);
      return true;
    default:
      return false;
  }
}

bool read(const Settings& settings, guint id, GValue* value) {
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
    case PROP_THREADS:
      g_value_set_uint(value, options.threads);
      return true;
    default:
      return false;
  }
}

}  // namespace

const PropertyGroup separation_properties = {install, write, read};

}  // namespace gst_lowrank
