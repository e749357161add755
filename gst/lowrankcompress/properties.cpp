// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lowrankcompress/properties.h"

#include "common/property_flags.h"
#include "common/size_limit.h"

namespace gst_lowrank::compress {

namespace {

constexpr guint max_rank = max_size;  // of a plane
constexpr guint max_base_rank = 63;
constexpr guint max_bitrate = 10000000;
constexpr guint max_key_interval = 100000;

/**
 * GstLowRankCompressLayout:
 *
 * Ways to factorize, for #GstLowRankCompress:layout.
 *
 * Since: 0.1
 */
GType layout_type() {
  static const GType type = [] {
    static const GEnumValue values[] = {
        {static_cast<gint>(lowrank::Layout::patch),
         "Patches, each a sum of few components of a trained subspace", "patch"},
        {static_cast<gint>(lowrank::Layout::frame), "Truncated SVD of each whole plane", "frame"},
        {0, nullptr, nullptr},
    };
    return g_enum_register_static("GstLowRankCompressLayout", values);
  }();
  return type;
}

/**
 * GstLowRankCompressSpeed:
 *
 * Steps of #GstLowRankCompress:speed.
 *
 * Since: 0.1
 */
GType speed_type() {
  static const GType type = [] {
    static const GEnumValue values[] = {
        {static_cast<gint>(lowrank::Speed::fast), "Least time", "fast"},
        {static_cast<gint>(lowrank::Speed::medium), "720p in real time on two cores", "medium"},
        {static_cast<gint>(lowrank::Speed::best), "Fewest bits", "best"},
        {0, nullptr, nullptr},
    };
    return g_enum_register_static("GstLowRankCompressSpeed", values);
  }();
  return type;
}

void install_coding(GObjectClass* gobject_class) {
  const lowrank::EncoderOptions defaults;
  /**
   * GstLowRankCompress:layout:
   *
   * How pictures are factorized. `patch` codes patches of 8×8 pixels, each as a sum of few of the
   * components of a trained subspace; `frame` codes the truncated SVD of each whole plane, as
   * textbooks do, and is there for comparison. Read when the stream begins.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      gobject_class, PROP_LAYOUT,
      g_param_spec_enum("layout", "Layout", "How pictures are factorized", layout_type(),
                        static_cast<gint>(defaults.layout), fixed));
  /**
   * GstLowRankCompress:speed:
   *
   * What may be spent on a picture to find fewer bits for it.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      gobject_class, PROP_SPEED,
      g_param_spec_enum("speed", "Speed", "What may be spent on a picture", speed_type(),
                        static_cast<gint>(defaults.speed), playing));
  /**
   * GstLowRankCompress:base-rank:
   *
   * With layout=patch: pictures are predicted from the first so many components alone, and the
   * rest is kept apart in each picture's packet, so that it can be left out of the stream without
   * drift. It takes some more bits; 0 is off. Read when the stream begins.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      gobject_class, PROP_BASE_RANK,
      g_param_spec_uint("base-rank", "Base rank",
                        "Components that pictures are predicted from (0 = all)", 0, max_base_rank,
                        static_cast<guint>(defaults.base_rank), fixed));
  /**
   * GstLowRankCompress:threads:
   *
   * Threads of this element, that of the stream included; 0 is one a core. The stream does not
   * depend on it. Read when the stream begins.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      gobject_class, PROP_THREADS,
      g_param_spec_uint("threads", "Threads", "Threads of this element (0 = one a core)", 0,
                        max_threads, defaults.threads, fixed));
}

void install_rate(GObjectClass* gobject_class) {
  const lowrank::EncoderOptions defaults;
  /**
   * GstLowRankCompress:quality:
   *
   * Rate and distortion, 1 (fewest bits) to 100: the step of the quantizer is 1 grey level at 100,
   * 11 at 75, 28 at 50, 64 at 25 and 181 at 1.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      gobject_class, PROP_QUALITY,
      g_param_spec_uint("quality", "Quality", "Rate and distortion, 1 to 100", 1, 100,
                        static_cast<guint>(defaults.quality), live));
  /**
   * GstLowRankCompress:rank:
   *
   * Components that are kept, of a patch or of a plane; 0 leaves it to #GstLowRankCompress:quality,
   * or to #GstLowRankCompress:energy.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      gobject_class, PROP_RANK,
      g_param_spec_uint("rank", "Rank", "Components kept of a patch or plane (0 = by quality)", 0,
                        max_rank, static_cast<guint>(defaults.rank), live));
  /**
   * GstLowRankCompress:energy:
   *
   * With layout=frame: the fewest components that hold this share of the sum of the squared
   * singular values of a plane are kept, 0 to 1; 0 is off.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      gobject_class, PROP_ENERGY,
      g_param_spec_double("energy", "Energy",
                          "Share of the squared singular values to be kept (0 = off)", 0, 1,
                          defaults.energy, live));
  /**
   * GstLowRankCompress:bitrate:
   *
   * Kilobits a second that are met on average, by changing the quality; 0 is off. Needs caps with a
   * framerate.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      gobject_class, PROP_BITRATE,
      g_param_spec_uint("bitrate", "Bitrate", "Target rate in kbit/s (0 = off)", 0, max_bitrate,
                        static_cast<guint>(defaults.bitrate), live));
  /**
   * GstLowRankCompress:key-int-max:
   *
   * Frames from one that stands alone to the next; 1 is all of them, 0 is automatic: 10 seconds at
   * a known framerate, at most 250 frames.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      gobject_class, PROP_KEY_INT_MAX,
      g_param_spec_uint("key-int-max", "Key interval",
                        "Frames from one that stands alone to the next (0 = automatic)", 0,
                        max_key_interval, static_cast<guint>(defaults.key_interval), playing));
}

void install_figures(GObjectClass* gobject_class) {
  const lowrank::EncoderOptions defaults;
  /**
   * GstLowRankCompress:compute-psnr:
   *
   * Whether #GstLowRankCompress:stats has the field `psnr`.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      gobject_class, PROP_COMPUTE_PSNR,
      g_param_spec_boolean("compute-psnr", "Compute PSNR", "Whether the statistics have a PSNR",
                           defaults.compute_psnr, playing));
  /**
   * GstLowRankCompress:stats:
   *
   * Figures of the stream so far: `frames` encoded and their `bytes` (#guint64), `bits-per-pixel`
   * of luma and mean `rank` of all patches or planes (#gdouble), and with
   * #GstLowRankCompress:compute-psnr the `psnr` of luma in dB (#gdouble). They stay after the
   * stream's end until the next one begins.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      gobject_class, PROP_STATS,
      g_param_spec_boxed("stats", "Statistics", "Figures of the stream so far", GST_TYPE_STRUCTURE,
                         read_only));
}

}  // namespace

void install_properties(GObjectClass* gobject_class) {
  install_coding(gobject_class);
  install_rate(gobject_class);
  install_figures(gobject_class);
  gst_type_mark_as_plugin_api(layout_type(), static_cast<GstPluginAPIFlags>(0));
  gst_type_mark_as_plugin_api(speed_type(), static_cast<GstPluginAPIFlags>(0));
}

bool write_property(lowrank::EncoderOptions& options, guint id, const GValue* value) {
  switch (id) {
    case PROP_LAYOUT:
      options.layout = static_cast<lowrank::Layout>(g_value_get_enum(value));
      return true;
    case PROP_SPEED:
      options.speed = static_cast<lowrank::Speed>(g_value_get_enum(value));
      return true;
    case PROP_QUALITY:
      options.quality = static_cast<int>(g_value_get_uint(value));
      return true;
    case PROP_RANK:
      options.rank = static_cast<int>(g_value_get_uint(value));
      return true;
    case PROP_ENERGY:
      options.energy = g_value_get_double(value);
      return true;
    case PROP_BITRATE:
      options.bitrate = static_cast<int>(g_value_get_uint(value));
      return true;
    case PROP_KEY_INT_MAX:
      options.key_interval = static_cast<int>(g_value_get_uint(value));
      return true;
    case PROP_BASE_RANK:
      options.base_rank = static_cast<int>(g_value_get_uint(value));
      return true;
    case PROP_COMPUTE_PSNR:
      options.compute_psnr = g_value_get_boolean(value);
      return true;
    case PROP_THREADS:
      options.threads = g_value_get_uint(value);
      return true;
    default:
      return false;
  }
}

bool read_property(const lowrank::EncoderOptions& options, guint id, GValue* value) {
  switch (id) {
    case PROP_LAYOUT:
      g_value_set_enum(value, static_cast<gint>(options.layout));
      return true;
    case PROP_SPEED:
      g_value_set_enum(value, static_cast<gint>(options.speed));
      return true;
    case PROP_QUALITY:
      g_value_set_uint(value, static_cast<guint>(options.quality));
      return true;
    case PROP_RANK:
      g_value_set_uint(value, static_cast<guint>(options.rank));
      return true;
    case PROP_ENERGY:
      g_value_set_double(value, options.energy);
      return true;
    case PROP_BITRATE:
      g_value_set_uint(value, static_cast<guint>(options.bitrate));
      return true;
    case PROP_KEY_INT_MAX:
      g_value_set_uint(value, static_cast<guint>(options.key_interval));
      return true;
    case PROP_BASE_RANK:
      g_value_set_uint(value, static_cast<guint>(options.base_rank));
      return true;
    case PROP_COMPUTE_PSNR:
      g_value_set_boolean(value, options.compute_psnr);
      return true;
    case PROP_THREADS:
      g_value_set_uint(value, options.threads);
      return true;
    default:
      return false;
  }
}

GstStructure* stats_structure(const lowrank::EncoderStats& stats, bool with_psnr) {
  GstStructure* structure = gst_structure_new(
      "lowrankcompress-stats", "frames", G_TYPE_UINT64, static_cast<guint64>(stats.pictures),
      "bytes", G_TYPE_UINT64, static_cast<guint64>(stats.bytes), "bits-per-pixel", G_TYPE_DOUBLE,
      stats.bits_per_pixel, "rank", G_TYPE_DOUBLE, stats.rank, nullptr);
  if (with_psnr)
    gst_structure_set(structure, "psnr", G_TYPE_DOUBLE, stats.psnr, nullptr);
  return structure;
}

}  // namespace gst_lowrank::compress
