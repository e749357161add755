// SPDX-License-Identifier: LGPL-2.1-or-later

/**
 * SECTION:element-lowrankparse
 * @title: lowrankparse
 *
 * Cuts the bytes of a `.lrv` file, or of a stream that comes in pieces of any size, into pictures
 * for #lowrankdecompress, and gives them their caps, timestamps and flags. Bytes that are no
 * picture are passed over; the buffer behind them has the flag #GST_BUFFER_FLAG_DISCONT.
 *
 * Files can be seeked in: each seek goes to the key frame before the time, or to a key frame itself
 * with #GST_SEEK_FLAG_KEY_UNIT. With #GST_SEEK_FLAG_TRICKMODE_KEY_UNITS only key frames leave. A
 * file that was cut out of another begins with its first picture's time, and where a file continues
 * with another one whose times begin anew, these are shifted to follow.
 *
 * ## Example launch line
 * |[
 * gst-launch-1.0 filesrc location=street.lrv ! lowrankparse ! lowrankdecompress ! videoconvert ! \
 *   autovideosink
 * ]|
 *
 * Since: 0.1
 */

#include "lowrankparse/gstlowrankparse.h"

#include <utility>

#include "codec/limits.h"
#include "codec/stream_caps.h"
#include "common/guarded.h"
#include "lowrankparse/debug.h"
#include "lowrankparse/seek.h"
#include "lowrankparse/stream_cutter.h"

GST_DEBUG_CATEGORY(gst_low_rank_parse_debug);

using gst_lowrank::guarded;
using gst_lowrank::StreamCutter;

struct _GstLowRankParse {
  GstBaseParse parent;
  StreamCutter* state;  // null when there was no memory for it
};

#define gst_low_rank_parse_parent_class parent_class
G_DEFINE_TYPE(GstLowRankParse, gst_low_rank_parse, GST_TYPE_BASE_PARSE)
GST_ELEMENT_REGISTER_DEFINE(lowrankparse, "lowrankparse", GST_RANK_PRIMARY, GST_TYPE_LOW_RANK_PARSE)

static gboolean gst_low_rank_parse_start(GstBaseParse* parse) {
  GstLowRankParse* self = GST_LOW_RANK_PARSE(parse);
  if (self->state == nullptr)
    return FALSE;
  return guarded(GST_ELEMENT(self), false, [&] {
    self->state->start();
    return true;
  });
}

static gboolean gst_low_rank_parse_stop(GstBaseParse* parse) {
  GstLowRankParse* self = GST_LOW_RANK_PARSE(parse);
  return guarded(GST_ELEMENT(self), false, [&] {
    self->state->stop();
    return true;
  });
}

static gboolean gst_low_rank_parse_set_sink_caps(GstBaseParse* parse, GstCaps* caps) {
  GstLowRankParse* self = GST_LOW_RANK_PARSE(parse);
  return guarded(GST_ELEMENT(self), false, [&] { return self->state->set_caps(caps); });
}

static GstFlowReturn gst_low_rank_parse_handle_frame(GstBaseParse* parse, GstBaseParseFrame* frame,
                                                     gint* skip) {
  GstLowRankParse* self = GST_LOW_RANK_PARSE(parse);
  return guarded(GST_ELEMENT(self), GST_FLOW_ERROR,
                 [&] { return self->state->handle_frame(frame, skip); });
}

static GstFlowReturn gst_low_rank_parse_pre_push_frame(GstBaseParse* parse,
                                                       GstBaseParseFrame* frame) {
  GST_LOW_RANK_PARSE(parse)->state->before_push(frame);
  return GST_FLOW_OK;
}

static gboolean gst_low_rank_parse_sink_event(GstBaseParse* parse, GstEvent* event) {
  GstLowRankParse* self = GST_LOW_RANK_PARSE(parse);
  // The base class drains what is left of the old segment first.
  const GstEventType type = GST_EVENT_TYPE(event);
  GstSegment segment;
  if (type == GST_EVENT_SEGMENT)
    gst_event_copy_segment(event, &segment);
  const gboolean result =
      GST_BASE_PARSE_CLASS(gst_low_rank_parse_parent_class)->sink_event(parse, event);
  return guarded(GST_ELEMENT(self), false, [&]() -> bool {
    if (type == GST_EVENT_SEGMENT)
      self->state->segment_changed(segment);
    else if (type == GST_EVENT_FLUSH_STOP)
      self->state->flushed();
    return result;
  });
}

static gboolean gst_low_rank_parse_src_event(GstBaseParse* parse, GstEvent* event) {
  GstLowRankParse* self = GST_LOW_RANK_PARSE(parse);
  gst_lowrank::EventPtr owned(event);
  return guarded(GST_ELEMENT(self), false, [&]() -> bool {
    if (GST_EVENT_TYPE(event) == GST_EVENT_SEEK)
      owned = self->state->prepare_seek(std::move(owned));
    return GST_BASE_PARSE_CLASS(gst_low_rank_parse_parent_class)->src_event(parse, owned.release());
  });
}

// The base class makes segment events before the first picture is known.
static GstPadProbeReturn gst_low_rank_parse_on_src_event(GstPad*, GstPadProbeInfo* info,
                                                         gpointer data) {
  GstLowRankParse* self = GST_LOW_RANK_PARSE(data);
  GstEvent* event = GST_PAD_PROBE_INFO_EVENT(info);
  if (GST_EVENT_TYPE(event) != GST_EVENT_SEGMENT)
    return GST_PAD_PROBE_OK;
  GST_PAD_PROBE_INFO_DATA(info) = self->state->outgoing_segment(event).release();
  gst_event_unref(event);
  return GST_PAD_PROBE_OK;
}

// Where upstream is to seek in bytes, the base class takes the end from its index, which knows too
// few places. What comes behind the segment is not sent anyway.
static GstPadProbeReturn gst_low_rank_parse_on_seek(GstPad*, GstPadProbeInfo* info, gpointer) {
  GstEvent* event = GST_PAD_PROBE_INFO_EVENT(info);
  if (GST_EVENT_TYPE(event) != GST_EVENT_SEEK)
    return GST_PAD_PROBE_OK;
  gst_lowrank::Seek seek(event);
  if (seek.format != GST_FORMAT_BYTES || seek.stop_type == GST_SEEK_TYPE_NONE || seek.stop == -1)
    return GST_PAD_PROBE_OK;
  seek.stop_type = GST_SEEK_TYPE_SET;
  seek.stop = -1;
  GST_PAD_PROBE_INFO_DATA(info) = seek.event();
  gst_event_unref(event);
  return GST_PAD_PROBE_OK;
}

static void gst_low_rank_parse_set_property(GObject* object, guint id, const GValue* value,
                                            GParamSpec* pspec) {
  GstLowRankParse* self = GST_LOW_RANK_PARSE(object);
  if (self->state == nullptr)
    return;
  self->state->change_limits([&](lowrank::CodecLimits& limits) {
    if (!gst_lowrank::write_limit(limits, id, value))
      G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
  });
}

static void gst_low_rank_parse_get_property(GObject* object, guint id, GValue* value,
                                            GParamSpec* pspec) {
  GstLowRankParse* self = GST_LOW_RANK_PARSE(object);
  if (self->state != nullptr && !gst_lowrank::read_limit(self->state->limits(), id, value))
    G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
}

static void gst_low_rank_parse_init(GstLowRankParse* self) {
  GST_PAD_SET_ACCEPT_INTERSECT(GST_BASE_PARSE_SINK_PAD(self));
  GST_PAD_SET_ACCEPT_TEMPLATE(GST_BASE_PARSE_SINK_PAD(self));
  try {
    self->state = new StreamCutter(GST_BASE_PARSE(self));
    gst_pad_add_probe(GST_BASE_PARSE_SRC_PAD(self), GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM,
                      gst_low_rank_parse_on_src_event, self, nullptr);
    gst_pad_add_probe(GST_BASE_PARSE_SINK_PAD(self), GST_PAD_PROBE_TYPE_EVENT_UPSTREAM,
                      gst_low_rank_parse_on_seek, nullptr, nullptr);
  } catch (...) {
    GST_ERROR_OBJECT(self, "no memory");
  }
}

static void gst_low_rank_parse_finalize(GObject* object) {
  delete GST_LOW_RANK_PARSE(object)->state;
  G_OBJECT_CLASS(parent_class)->finalize(object);
}

static void gst_low_rank_parse_class_init(GstLowRankParseClass* klass) {
  GObjectClass* gobject_class = G_OBJECT_CLASS(klass);
  GstElementClass* element_class = GST_ELEMENT_CLASS(klass);
  GstBaseParseClass* parse_class = GST_BASE_PARSE_CLASS(klass);
  GST_DEBUG_CATEGORY_INIT(gst_low_rank_parse_debug, "lowrankparse", 0, "low-rank video parser");

  gobject_class->set_property = GST_DEBUG_FUNCPTR(gst_low_rank_parse_set_property);
  gobject_class->get_property = GST_DEBUG_FUNCPTR(gst_low_rank_parse_get_property);
  gobject_class->finalize = GST_DEBUG_FUNCPTR(gst_low_rank_parse_finalize);
  parse_class->start = GST_DEBUG_FUNCPTR(gst_low_rank_parse_start);
  parse_class->stop = GST_DEBUG_FUNCPTR(gst_low_rank_parse_stop);
  parse_class->set_sink_caps = GST_DEBUG_FUNCPTR(gst_low_rank_parse_set_sink_caps);
  parse_class->handle_frame = GST_DEBUG_FUNCPTR(gst_low_rank_parse_handle_frame);
  parse_class->pre_push_frame = GST_DEBUG_FUNCPTR(gst_low_rank_parse_pre_push_frame);
  parse_class->sink_event = GST_DEBUG_FUNCPTR(gst_low_rank_parse_sink_event);
  parse_class->src_event = GST_DEBUG_FUNCPTR(gst_low_rank_parse_src_event);
  /**
   * GstLowRankParse:max-side:
   *
   * Pixels of width and of height that a stream may ask for. One that asks for more is an error
   * where it begins; behind its first picture, what asks for more is passed over.
   *
   * Since: 0.1
   */
  /**
   * GstLowRankParse:max-pixels:
   *
   * Pixels, width times height, that a stream may ask for. One that asks for more is an error where
   * it begins; behind its first picture, what asks for more is passed over.
   *
   * Since: 0.1
   */
  /**
   * GstLowRankParse:max-payload:
   *
   * Bytes of a picture that are taken; 0 is 64 KiB and 8 bytes a pixel. A stream that begins with
   * more is an error; behind its first picture, pictures of more are passed over.
   *
   * Since: 0.1
   */
  gst_lowrank::install_limits(gobject_class);

  gst_element_class_set_static_metadata(
      element_class, "Low-rank video parser", "Codec/Parser/Video",
      "Cuts streams of lowrankcompress into pictures", "The gst-lowrank authors");
  gst_lowrank::add_parser_templates(element_class);
}
