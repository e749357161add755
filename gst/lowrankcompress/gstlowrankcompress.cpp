// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * SECTION:element-lowrankcompress
 * @title: lowrankcompress
 *
 * Encodes video by low-rank factorization: small patches as sums of few components of trained
 * subspaces, predicted from what was decoded before, with an adaptive range coder behind; or, with
 * layout=frame, each plane whole by its truncated SVD.
 *
 * A frame goes out for each that comes in, at once: there is no delay and no reordering. The stream
 * carries timestamps, colorimetry, pixel aspect ratio and interlacing, so that a file of it needs
 * no container; see #lowrankparse and #lowrankdecompress. It takes gray and YUV of 8 bits a sample
 * without alpha, however the samples lie (I420, NV12, YUY2, …); what comes out again is planar.
 * Other formats need a videoconvert before the element.
 *
 * With the property `qos` set, frames that would come too late are dropped before they are encoded.
 *
 * ## Example launch lines
 * |[
 * gst-launch-1.0 filesrc location=street.avi ! decodebin ! videoconvert ! \
 *   lowrankcompress quality=75 ! filesink location=street.lrv
 * ]| Encodes a file.
 * |[
 * gst-launch-1.0 filesrc location=street.avi ! decodebin ! videoconvert ! \
 *   lowrankcompress layout=frame rank=50 ! lowrankdecompress ! videoconvert ! autovideosink
 * ]| Shows what 50 components of each plane look like.
 *
 * Since: 0.1
 */

#include "lowrankcompress/gstlowrankcompress.h"

#include "codec/stream_caps.h"
#include "common/guarded.h"
#include "common/video_format.h"
#include "lowrankcompress/compressor.h"
#include "lowrankcompress/debug.h"
#include "lowrankcompress/properties.h"

GST_DEBUG_CATEGORY(gst_low_rank_compress_debug);

using gst_lowrank::Compressor;
using gst_lowrank::guarded;

struct _GstLowRankCompress {
  GstVideoEncoder parent;
  Compressor* state;  // null when there was no memory for it
};

#define gst_low_rank_compress_parent_class parent_class
G_DEFINE_TYPE_WITH_CODE(GstLowRankCompress, gst_low_rank_compress, GST_TYPE_VIDEO_ENCODER,
                        G_IMPLEMENT_INTERFACE(GST_TYPE_PRESET, nullptr))
GST_ELEMENT_REGISTER_DEFINE(lowrankcompress, "lowrankcompress", GST_RANK_NONE,
                            GST_TYPE_LOW_RANK_COMPRESS)

static gboolean gst_low_rank_compress_start(GstVideoEncoder* encoder) {
  GstLowRankCompress* self = GST_LOW_RANK_COMPRESS(encoder);
  if (self->state == nullptr)
    return FALSE;
  self->state->start();
  return TRUE;
}

static gboolean gst_low_rank_compress_stop(GstVideoEncoder* encoder) {
  GstLowRankCompress* self = GST_LOW_RANK_COMPRESS(encoder);
  return guarded(GST_ELEMENT(self), false, [&] {
    self->state->stop();
    return true;
  });
}

static gboolean gst_low_rank_compress_set_format(GstVideoEncoder* encoder,
                                                 GstVideoCodecState* state) {
  GstLowRankCompress* self = GST_LOW_RANK_COMPRESS(encoder);
  return guarded(GST_ELEMENT(self), false, [&] { return self->state->set_format(state); });
}

static GstFlowReturn gst_low_rank_compress_handle_frame(GstVideoEncoder* encoder,
                                                        GstVideoCodecFrame* frame) {
  GstLowRankCompress* self = GST_LOW_RANK_COMPRESS(encoder);
  return guarded(GST_ELEMENT(self), GST_FLOW_ERROR,
                 [&] { return self->state->handle_frame(frame); });
}

// Nothing is ever held back.
static GstFlowReturn gst_low_rank_compress_finish(GstVideoEncoder*) {
  return GST_FLOW_OK;
}

static gboolean gst_low_rank_compress_flush(GstVideoEncoder* encoder) {
  GstLowRankCompress* self = GST_LOW_RANK_COMPRESS(encoder);
  return guarded(GST_ELEMENT(self), false, [&] {
    self->state->flush();
    return true;
  });
}

static void gst_low_rank_compress_set_property(GObject* object, guint id, const GValue* value,
                                               GParamSpec* pspec) {
  GstLowRankCompress* self = GST_LOW_RANK_COMPRESS(object);
  bool known = true;
  if (self->state != nullptr)
    self->state->change_settings([&](lowrank::EncoderOptions& options) {
      known = gst_lowrank::compress::write_property(options, id, value);
    });
  if (!known)
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
}

static void gst_low_rank_compress_get_property(GObject* object, guint id, GValue* value,
                                               GParamSpec* pspec) {
  GstLowRankCompress* self = GST_LOW_RANK_COMPRESS(object);
  if (self->state == nullptr)
    return;
  const lowrank::EncoderOptions options = self->state->settings().options;
  if (id == gst_lowrank::compress::PROP_STATS)
    g_value_take_boxed(
        value, gst_lowrank::compress::stats_structure(self->state->stats(), options.compute_psnr));
  else if (!gst_lowrank::compress::read_property(options, id, value))
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
}

static void gst_low_rank_compress_init(GstLowRankCompress* self) {
  GST_PAD_SET_ACCEPT_TEMPLATE(GST_VIDEO_ENCODER_SINK_PAD(self));
  try {
    self->state = new Compressor(GST_VIDEO_ENCODER(self));
  } catch (...) {
    GST_ERROR_OBJECT(self, "no memory");
  }
}

static void gst_low_rank_compress_finalize(GObject* object) {
  delete GST_LOW_RANK_COMPRESS(object)->state;
  G_OBJECT_CLASS(parent_class)->finalize(object);
}

static void gst_low_rank_compress_class_init(GstLowRankCompressClass* klass) {
  GObjectClass* gobject_class = G_OBJECT_CLASS(klass);
  GstElementClass* element_class = GST_ELEMENT_CLASS(klass);
  GstVideoEncoderClass* encoder_class = GST_VIDEO_ENCODER_CLASS(klass);
  GST_DEBUG_CATEGORY_INIT(gst_low_rank_compress_debug, "lowrankcompress", 0,
                          "low-rank video encoder");

  gobject_class->set_property = GST_DEBUG_FUNCPTR(gst_low_rank_compress_set_property);
  gobject_class->get_property = GST_DEBUG_FUNCPTR(gst_low_rank_compress_get_property);
  gobject_class->finalize = GST_DEBUG_FUNCPTR(gst_low_rank_compress_finalize);
  encoder_class->start = GST_DEBUG_FUNCPTR(gst_low_rank_compress_start);
  encoder_class->stop = GST_DEBUG_FUNCPTR(gst_low_rank_compress_stop);
  encoder_class->set_format = GST_DEBUG_FUNCPTR(gst_low_rank_compress_set_format);
  encoder_class->handle_frame = GST_DEBUG_FUNCPTR(gst_low_rank_compress_handle_frame);
  encoder_class->finish = GST_DEBUG_FUNCPTR(gst_low_rank_compress_finish);
  encoder_class->flush = GST_DEBUG_FUNCPTR(gst_low_rank_compress_flush);
  gst_lowrank::compress::install_properties(gobject_class);

  gst_element_class_set_static_metadata(
      element_class, "Low-rank video encoder", "Codec/Encoder/Video",
      "Encodes video by low-rank matrix factorization", "The gst-lowrank authors");
  gst_lowrank::add_codec_templates(element_class, GST_PAD_SINK);
}
