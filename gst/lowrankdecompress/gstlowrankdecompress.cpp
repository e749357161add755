// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * SECTION:element-lowrankdecompress
 * @title: lowrankdecompress
 *
 * Decodes the streams of #lowrankcompress, cut into pictures by #lowrankparse. The same bytes give
 * the same pictures on every machine.
 *
 * A damaged picture is replaced by the one before it where it cannot be decoded. Its buffer has the
 * flag #GST_BUFFER_FLAG_CORRUPTED, it counts for the property `max-errors`, and a key frame is
 * asked for upstream; `discard-corrupted-frames` drops it. Decoding begins at a key frame.
 *
 * ## Example launch lines
 * |[
 * gst-launch-1.0 filesrc location=street.lrv ! decodebin ! autovideosink
 * ]| Shows a file.
 * |[
 * gst-launch-1.0 filesrc location=street.lrv ! lowrankparse ! lowrankdecompress max-rank=8 ! \
 *   videoconvert ! autovideosink
 * ]| Shows the first eight components of each patch.
 *
 * Since: 0.1
 */

#include "lowrankdecompress/gstlowrankdecompress.h"

#include "codec/limits.h"
#include "codec/stream_caps.h"
#include "common/guarded.h"
#include "common/property_flags.h"
#include "common/size_limit.h"
#include "lowrankdecompress/debug.h"
#include "lowrankdecompress/decompressor.h"

GST_DEBUG_CATEGORY(gst_low_rank_decompress_debug);

using gst_lowrank::CodecFramePtr;
using gst_lowrank::Decompressor;
using gst_lowrank::guarded;

struct _GstLowRankDecompress {
  GstVideoDecoder parent;
  Decompressor* state;  // null when there was no memory for it
};

enum { PROP_0, PROP_MAX_RANK, PROP_THREADS };

#define gst_low_rank_decompress_parent_class parent_class
G_DEFINE_TYPE(GstLowRankDecompress, gst_low_rank_decompress, GST_TYPE_VIDEO_DECODER)
GST_ELEMENT_REGISTER_DEFINE(lowrankdecompress, "lowrankdecompress", GST_RANK_PRIMARY,
                            GST_TYPE_LOW_RANK_DECOMPRESS)

static gboolean gst_low_rank_decompress_start(GstVideoDecoder* decoder) {
  GstLowRankDecompress* self = GST_LOW_RANK_DECOMPRESS(decoder);
  if (self->state == nullptr)
    return FALSE;
  return guarded(GST_ELEMENT(self), false, [&] {
    self->state->start();
    return true;
  });
}

static gboolean gst_low_rank_decompress_stop(GstVideoDecoder* decoder) {
  GstLowRankDecompress* self = GST_LOW_RANK_DECOMPRESS(decoder);
  return guarded(GST_ELEMENT(self), false, [&] {
    self->state->stop();
    return true;
  });
}

static gboolean gst_low_rank_decompress_set_format(GstVideoDecoder* decoder,
                                                   GstVideoCodecState* state) {
  GstLowRankDecompress* self = GST_LOW_RANK_DECOMPRESS(decoder);
  return guarded(GST_ELEMENT(self), false, [&] { return self->state->set_format(state); });
}

static GstFlowReturn gst_low_rank_decompress_handle_frame(GstVideoDecoder* decoder,
                                                          GstVideoCodecFrame* frame) {
  GstLowRankDecompress* self = GST_LOW_RANK_DECOMPRESS(decoder);
  return guarded(GST_ELEMENT(self), GST_FLOW_ERROR,
                 [&] { return self->state->handle_frame(CodecFramePtr(frame)); });
}

// Nothing is ever held back.
static GstFlowReturn gst_low_rank_decompress_drain(GstVideoDecoder*) {
  return GST_FLOW_OK;
}

static gboolean gst_low_rank_decompress_flush(GstVideoDecoder* decoder) {
  GstLowRankDecompress* self = GST_LOW_RANK_DECOMPRESS(decoder);
  return guarded(GST_ELEMENT(self), false, [&] {
    self->state->flush();
    return true;
  });
}

static gboolean gst_low_rank_decompress_decide_allocation(GstVideoDecoder* decoder,
                                                          GstQuery* query) {
  if (!GST_VIDEO_DECODER_CLASS(gst_low_rank_decompress_parent_class)
           ->decide_allocation(decoder, query))
    return FALSE;
  if (!gst_query_find_allocation_meta(query, GST_VIDEO_META_API_TYPE, nullptr))
    return TRUE;
  GstBufferPool* pool = nullptr;
  gst_query_parse_nth_allocation_pool(query, 0, &pool, nullptr, nullptr, nullptr);
  if (gst_buffer_pool_has_option(pool, GST_BUFFER_POOL_OPTION_VIDEO_META)) {
    GstStructure* config = gst_buffer_pool_get_config(pool);
    gst_buffer_pool_config_add_option(config, GST_BUFFER_POOL_OPTION_VIDEO_META);
    gst_buffer_pool_set_config(pool, config);
  }
  gst_object_unref(pool);
  return TRUE;
}

static void gst_low_rank_decompress_set_property(GObject* object, guint id, const GValue* value,
                                                 GParamSpec* pspec) {
  GstLowRankDecompress* self = GST_LOW_RANK_DECOMPRESS(object);
  if (self->state == nullptr)
    return;
  self->state->change_settings([&](lowrank::DecoderOptions& options) {
    if (id == PROP_MAX_RANK)
      options.max_rank = static_cast<int>(g_value_get_uint(value));
    else if (id == PROP_THREADS)
      options.threads = g_value_get_uint(value);
    else if (!gst_lowrank::write_limit(options.limits, id, value))
      G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
  });
}

static void gst_low_rank_decompress_get_property(GObject* object, guint id, GValue* value,
                                                 GParamSpec* pspec) {
  GstLowRankDecompress* self = GST_LOW_RANK_DECOMPRESS(object);
  if (self->state == nullptr)
    return;
  const lowrank::DecoderOptions options = self->state->settings();
  if (id == PROP_MAX_RANK)
    g_value_set_uint(value, static_cast<guint>(options.max_rank));
  else if (id == PROP_THREADS)
    g_value_set_uint(value, options.threads);
  else if (!gst_lowrank::read_limit(options.limits, id, value))
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
}

static void gst_low_rank_decompress_init(GstLowRankDecompress* self) {
  GstVideoDecoder* decoder = GST_VIDEO_DECODER(self);
  gst_video_decoder_set_packetized(decoder, TRUE);
  gst_video_decoder_set_needs_format(decoder, TRUE);
  gst_video_decoder_set_needs_sync_point(decoder, TRUE);
  gst_video_decoder_set_use_default_pad_acceptcaps(decoder, TRUE);
  GST_PAD_SET_ACCEPT_TEMPLATE(GST_VIDEO_DECODER_SINK_PAD(self));
  try {
    self->state = new Decompressor(decoder);
  } catch (...) {
    GST_ERROR_OBJECT(self, "no memory");
  }
}

static void gst_low_rank_decompress_finalize(GObject* object) {
  delete GST_LOW_RANK_DECOMPRESS(object)->state;
  G_OBJECT_CLASS(parent_class)->finalize(object);
}

static void gst_low_rank_decompress_install_properties(GObjectClass* gobject_class) {
  const lowrank::DecoderOptions defaults;
  /**
   * GstLowRankDecompress:max-rank:
   *
   * Components of a patch or plane that are shown; 0 is all of them. What later pictures are
   * predicted from does not depend on it, so that nothing adds up.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      gobject_class, PROP_MAX_RANK,
      g_param_spec_uint(
          "max-rank", "Maximum rank", "Components of a patch or plane that are shown (0 = all)", 0,
          gst_lowrank::max_size, static_cast<guint>(defaults.max_rank), gst_lowrank::playing));
  /**
   * GstLowRankDecompress:threads:
   *
   * Threads of this element, that of the stream included; 0 is one a core. Pictures do not depend
   * on it. Read when the element starts.
   *
   * Since: 0.1
   */
  g_object_class_install_property(
      gobject_class, PROP_THREADS,
      g_param_spec_uint("threads", "Threads", "Threads of this element (0 = one a core)", 0,
                        gst_lowrank::max_threads, defaults.threads, gst_lowrank::fixed));
  /**
   * GstLowRankDecompress:max-side:
   *
   * Pixels of width and of height that a stream may ask for. One that asks for more is an error.
   *
   * Since: 0.1
   */
  /**
   * GstLowRankDecompress:max-pixels:
   *
   * Pixels, width times height, that a stream may ask for. One that asks for more is an error.
   *
   * Since: 0.1
   */
  /**
   * GstLowRankDecompress:max-payload:
   *
   * Bytes of a picture that are taken; 0 is 64 KiB and 8 bytes a pixel. More are an error.
   *
   * Since: 0.1
   */
  gst_lowrank::install_limits(gobject_class);
}

static void gst_low_rank_decompress_class_init(GstLowRankDecompressClass* klass) {
  GObjectClass* gobject_class = G_OBJECT_CLASS(klass);
  GstElementClass* element_class = GST_ELEMENT_CLASS(klass);
  GstVideoDecoderClass* decoder_class = GST_VIDEO_DECODER_CLASS(klass);
  GST_DEBUG_CATEGORY_INIT(gst_low_rank_decompress_debug, "lowrankdecompress", 0,
                          "low-rank video decoder");

  gobject_class->set_property = GST_DEBUG_FUNCPTR(gst_low_rank_decompress_set_property);
  gobject_class->get_property = GST_DEBUG_FUNCPTR(gst_low_rank_decompress_get_property);
  gobject_class->finalize = GST_DEBUG_FUNCPTR(gst_low_rank_decompress_finalize);
  decoder_class->start = GST_DEBUG_FUNCPTR(gst_low_rank_decompress_start);
  decoder_class->stop = GST_DEBUG_FUNCPTR(gst_low_rank_decompress_stop);
  decoder_class->set_format = GST_DEBUG_FUNCPTR(gst_low_rank_decompress_set_format);
  decoder_class->handle_frame = GST_DEBUG_FUNCPTR(gst_low_rank_decompress_handle_frame);
  decoder_class->drain = GST_DEBUG_FUNCPTR(gst_low_rank_decompress_drain);
  decoder_class->finish = GST_DEBUG_FUNCPTR(gst_low_rank_decompress_drain);
  decoder_class->flush = GST_DEBUG_FUNCPTR(gst_low_rank_decompress_flush);
  decoder_class->decide_allocation = GST_DEBUG_FUNCPTR(gst_low_rank_decompress_decide_allocation);
  gst_low_rank_decompress_install_properties(gobject_class);

  gst_element_class_set_static_metadata(
      element_class, "Low-rank video decoder", "Codec/Decoder/Video",
      "Decodes video that was encoded by lowrankcompress", "The gst-lowrank authors");
  gst_lowrank::add_codec_templates(element_class, GST_PAD_SRC);
}
