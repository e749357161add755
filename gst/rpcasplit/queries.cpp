// SPDX-License-Identifier: LGPL-2.1-or-later

// Queries, and the latency that they report.
#include "common/video_format.h"
#include "rpcasplit/debug.h"
#include "rpcasplit/state.h"

namespace gst_lowrank {

namespace {

// How many buffers of a pool for `caps` the peer of a pad asks for.
guint buffers_needed_by_peer(GstPad* pad, GstCaps* caps) {
  const QueryPtr query(gst_query_new_allocation(caps, FALSE));
  if (!gst_pad_peer_query(pad, query.get()) || gst_query_get_n_allocation_pools(query.get()) == 0)
    return 0;
  guint min = 0;
  gst_query_parse_nth_allocation_pool(query.get(), 0, nullptr, nullptr, &min, nullptr);
  return min;
}

// Of so many frames. Where it is more than can be counted, as at a frame in some decades, it is
// half of that, which leaves room for the latency of others.
GstClockTime duration_of(int frames, GstClockTime frame) {
  constexpr GstClockTime most = G_MAXINT64;
  const auto count = static_cast<GstClockTime>(frames);
  return count > 0 && frame > most / count ? most : count * frame;
}

}  // namespace

bool State::source_query(GstPad* pad, GstQuery* query) {
  switch (GST_QUERY_TYPE(query)) {
    case GST_QUERY_LATENCY:
      return answer_latency(pad, query);
    case GST_QUERY_CAPS:
      return answer_source_caps(pad, query);
    default:
      return gst_pad_query_default(pad, GST_OBJECT(pads_.element), query) != FALSE;
  }
}

bool State::sink_query(GstQuery* query) {
  switch (GST_QUERY_TYPE(query)) {
    case GST_QUERY_ALLOCATION:
      return answer_allocation(query);
    case GST_QUERY_CAPS:
      return answer_sink_caps(query);
    default:
      return gst_pad_query_default(pads_.sink, GST_OBJECT(pads_.element), query) != FALSE;
  }
}

/// Everything of the template, whatever downstream takes. Native formats come first, so that a
/// source with a choice sends one.
bool State::answer_sink_caps(GstQuery* query) {
  GstCaps* filter = nullptr;
  gst_query_parse_caps(query, &filter);
  CapsPtr caps(gst_pad_get_pad_template_caps(pads_.sink));
  if (filter != nullptr)
    caps.reset(gst_caps_intersect_full(caps.get(), filter, GST_CAPS_INTERSECT_FIRST));
  gst_query_set_caps_result(query, caps.get());
  return true;
}

bool State::answer_latency(GstPad* pad, GstQuery* query) {
  if (!gst_pad_peer_query(pads_.sink, query))
    return false;
  gboolean live = FALSE;
  GstClockTime min = 0;
  GstClockTime max = GST_CLOCK_TIME_NONE;
  gst_query_parse_latency(query, &live, &min, &max);
  const GstClockTime own = latency_;
  if (!GST_CLOCK_TIME_IS_VALID(own)) {
    // No figure is true of a window that ends with the stream. Upstream's stays, and the frames
    // that wait here are no reason for a limit.
    max = GST_CLOCK_TIME_NONE;
  } else {
    min += own;
    if (GST_CLOCK_TIME_IS_VALID(max))
      max += own;
  }
  GST_DEBUG_OBJECT(pad, "latency min %" GST_TIME_FORMAT " max %" GST_TIME_FORMAT,
                   GST_TIME_ARGS(min), GST_TIME_ARGS(max));
  gst_query_set_latency(query, live, min, max);
  return true;
}

/// Any format of what upstream can send: formats are converted, and nothing else is.
bool State::answer_source_caps(GstPad* pad, GstQuery* query) {
  GstCaps* filter = nullptr;
  gst_query_parse_caps(query, &filter);
  CapsPtr caps(gst_pad_get_pad_template_caps(pad));
  const CapsPtr sink(gst_pad_get_pad_template_caps(pads_.sink));
  CapsPtr upstream(gst_pad_get_current_caps(pads_.sink));
  if (!upstream)
    upstream.reset(gst_pad_peer_query_caps(pads_.sink, sink.get()));
  upstream.reset(gst_caps_make_writable(upstream.release()));
  for (guint i = 0; i < gst_caps_get_size(upstream.get()); i++)
    gst_structure_remove_fields(gst_caps_get_structure(upstream.get(), i), "format", "colorimetry",
                                "chroma-site", nullptr);
  caps.reset(gst_caps_intersect_full(caps.get(), upstream.get(), GST_CAPS_INTERSECT_FIRST));
  if (filter != nullptr)
    caps.reset(gst_caps_intersect_full(filter, caps.get(), GST_CAPS_INTERSECT_FIRST));
  gst_query_set_caps_result(query, caps.get());
  return true;
}

bool State::answer_allocation(GstQuery* query) {
  GstCaps* caps = nullptr;
  gboolean need_pool = FALSE;
  gst_query_parse_allocation(query, &caps, &need_pool);
  GstVideoInfo info;
  if (caps == nullptr || !gst_video_info_from_caps(&info, caps))
    return false;
  // One buffer at a time is in use here; windows keep copies. Those that are shared are in use
  // where they go as well.
  const Settings wanted = settings();
  const bool shared = wanted.foreground_mode == ForegroundMode::input && !wanted.windowed();
  const guint needed = 1 + (shared ? buffers_needed_by_peer(pads_.foreground, caps) : 0);
  gst_query_add_allocation_pool(query, nullptr, static_cast<guint>(GST_VIDEO_INFO_SIZE(&info)),
                                needed, 0);
  gst_query_add_allocation_meta(query, GST_VIDEO_META_API_TYPE, nullptr);
  return true;
}

void State::update_latency(int delay) {
  GstClockTime latency = GST_CLOCK_TIME_NONE;
  if (delay != lowrank::BackgroundEngine::unbounded_delay) {
    if (delay > 0 && stream_->input.fps_n <= 0)
      GST_INFO_OBJECT(pads_.element, "no framerate, latency counted at %d fps", assumed_fps);
    latency = duration_of(delay, frame_duration(stream_->input));
  }
  if (latency_.exchange(latency) == latency)
    return;
  GST_INFO_OBJECT(pads_.element, "latency now %" GST_TIME_FORMAT, GST_TIME_ARGS(latency));
  gst_element_post_message(pads_.element, gst_message_new_latency(GST_OBJECT(pads_.element)));
}

void State::warn_if_live() const {
  QueryPtr query(gst_query_new_latency());
  gboolean live = FALSE;
  if (gst_pad_peer_query(pads_.sink, query.get()))
    gst_query_parse_latency(query.get(), &live, nullptr, nullptr);
  if (live)
    GST_ELEMENT_WARNING(pads_.element, LIBRARY, SETTINGS,
                        ("A live stream has no end to wait for: with window=0 nothing comes out "
                         "until it stops. Set window, or method=online."),
                        (nullptr));
}

}  // namespace gst_lowrank
