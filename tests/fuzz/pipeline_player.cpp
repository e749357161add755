// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipeline_player.h"

#include <gst/video/video.h>

#include <string>
#include <utility>

#include "ensure.h"
#include "lowrankdecompress/gstlowrankdecompress.h"
#include "lowrankparse/gstlowrankparse.h"

namespace lowrank::fuzz {
namespace {

constexpr GstClockTime patience = 20 * GST_SECOND;

// No plugin but the two that are needed is looked for, nor any registry read or written.
void start_gstreamer() {
  for (const auto& [name, value] :
       {std::pair{"GST_PLUGIN_SYSTEM_PATH_1_0", ""}, std::pair{"GST_PLUGIN_PATH_1_0", ""},
        std::pair{"GST_REGISTRY_1_0", "none.gst-registry"}, std::pair{"GST_REGISTRY_UPDATE", "no"},
        std::pair{"GST_REGISTRY_DISABLE", "yes"}})
    g_setenv(name, value, TRUE);
  gst_init(nullptr, nullptr);
  g_log_set_always_fatal(static_cast<GLogLevelFlags>(G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL));
  for (const char* name : {"coreelements", "app"}) {
    const std::string path = std::string(GST_SYSTEM_PLUGINS "/libgst") + name + ".so";
    ensure(gst_plugin_load_file(path.c_str(), nullptr) != nullptr, path.c_str());
  }
  ensure(GST_ELEMENT_REGISTER(lowrankparse, nullptr) &&
             GST_ELEMENT_REGISTER(lowrankdecompress, nullptr),
         "the elements can be registered");
}

GstElement* made(const char* factory) {
  GstElement* element = gst_element_factory_make(factory, nullptr);
  ensure(element != nullptr, factory);
  return element;
}

// Rows without what pads them.
void add_plane(const GstVideoFrame& frame, int plane, std::uint64_t& digest) {
  const auto* rows = static_cast<const std::uint8_t*>(GST_VIDEO_FRAME_PLANE_DATA(&frame, plane));
  const int width =
      GST_VIDEO_FRAME_COMP_WIDTH(&frame, plane) * GST_VIDEO_FRAME_COMP_PSTRIDE(&frame, plane);
  for (int y = 0; y < GST_VIDEO_FRAME_COMP_HEIGHT(&frame, plane); y++)
    for (int x = 0; x < width; x++)
      digest = (digest ^ rows[y * GST_VIDEO_FRAME_PLANE_STRIDE(&frame, plane) + x]) * 0x100000001b3;
}

void add(GstElement*, GstBuffer* buffer, GstPad* pad, gpointer data) {
  auto* played = static_cast<Played*>(data);
  GstCaps* caps = gst_pad_get_current_caps(pad);
  GstVideoInfo info;
  GstVideoFrame frame;
  ensure(caps != nullptr && gst_video_info_from_caps(&info, caps), "pictures have caps");
  gst_caps_unref(caps);
  ensure(gst_video_frame_map(&frame, &info, buffer, GST_MAP_READ), "a picture can be read");
  std::uint64_t digest = played->samples ^ 0xcbf29ce484222325;
  for (guint plane = 0; plane < GST_VIDEO_FRAME_N_PLANES(&frame); plane++)
    add_plane(frame, static_cast<int>(plane), digest);
  gst_video_frame_unmap(&frame);
  played->samples = digest;
  played->buffers++;
}

}  // namespace

PipelinePlayer::PipelinePlayer() {
  start_gstreamer();
  pipeline_ = gst_pipeline_new(nullptr);
  source_ = made("appsrc");
  parser_ = made("lowrankparse");
  decoder_ = made("lowrankdecompress");
  GstElement* sink = made("fakesink");
  g_object_set(sink, "sync", FALSE, "async", FALSE, "signal-handoffs", TRUE, nullptr);
  g_signal_connect(sink, "handoff", G_CALLBACK(add), &played_);
  gst_bin_add_many(GST_BIN(pipeline_), source_, parser_, decoder_, sink, nullptr);
  ensure(gst_element_link_many(source_, parser_, decoder_, sink, nullptr), "the elements link");
  bus_ = gst_element_get_bus(pipeline_);
}

Played PipelinePlayer::play(const StreamInput& input) {
  begin(input);
  const std::size_t half = input.stream.size() / 2;
  std::size_t size = 1;
  bool changed = false;
  for (ByteSpan left = input.stream; !left.empty(); size = std::min(input.piece, 2 * size + 1)) {
    if (!changed && left.size() <= half) {
      change_half_way(input);
      changed = true;
    }
    const std::size_t count = std::min(size, left.size());
    push(left.first(count));
    left = left.subspan(count);
  }
  GstFlowReturn flow = GST_FLOW_OK;
  g_signal_emit_by_name(source_, "end-of-stream", &flow);
  const bool ended = wait();
  ensure(gst_element_set_state(pipeline_, GST_STATE_READY) == GST_STATE_CHANGE_SUCCESS,
         "the pipeline stops");
  gst_bus_set_flushing(bus_, TRUE);
  played_.failed = !ended;
  return played_;
}

void PipelinePlayer::begin(const StreamInput& input) {
  played_ = {};
  const CodecLimits& limits = input.options.limits;
  g_object_set(parser_, "max-side", limits.side, "max-pixels", static_cast<guint64>(limits.pixels),
               "max-payload", static_cast<guint64>(limits.payload), nullptr);
  g_object_set(decoder_, "max-side", limits.side, "max-pixels", static_cast<guint64>(limits.pixels),
               "max-payload", static_cast<guint64>(limits.payload), "threads",
               input.options.threads, "max-rank", input.options.max_rank, nullptr);
  gst_bus_set_flushing(bus_, FALSE);
  gst_element_set_state(pipeline_, GST_STATE_PLAYING);
}

void PipelinePlayer::push(ByteSpan piece) {
  auto* bytes = static_cast<std::uint8_t*>(g_malloc(piece.size()));
  std::copy(piece.begin(), piece.end(), bytes);
  GstBuffer* buffer = gst_buffer_new_wrapped(bytes, piece.size());
  GstFlowReturn flow = GST_FLOW_OK;
  g_signal_emit_by_name(source_, "push-buffer", buffer, &flow);
  gst_buffer_unref(buffer);
}

void PipelinePlayer::change_half_way(const StreamInput& input) {
  if (input.rank_changes)
    g_object_set(decoder_, "max-rank", 3, nullptr);
  if (!input.flushes)
    return;
  gst_element_send_event(source_, gst_event_new_flush_start());
  gst_element_send_event(source_, gst_event_new_flush_stop(TRUE));
}

// Whether the end of the stream comes, and no error.
bool PipelinePlayer::wait() {
  GstMessage* message = gst_bus_timed_pop_filtered(
      bus_, patience, static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR));
  ensure(message != nullptr, "a stream comes to its end, or an error is posted");
  const bool ended = GST_MESSAGE_TYPE(message) == GST_MESSAGE_EOS;
  gst_message_unref(message);
  return ended;
}

PipelinePlayer& player() {
  static auto* const one = new PipelinePlayer;  // GStreamer stays until the process ends
  return *one;
}

}  // namespace lowrank::fuzz
