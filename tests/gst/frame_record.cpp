// SPDX-License-Identifier: LGPL-2.1-or-later
#include "frame_record.h"

#include <algorithm>
#include <cstring>
#include <numeric>

namespace {

constexpr const char* meta_name = "LowRankTestMeta";
constexpr gsize tag_bytes = 8;

std::string number(guint64 value) {
  return value == GST_CLOCK_TIME_NONE ? "none " : std::to_string(value) + " ";
}

std::string text_of(const GstVideoRegionOfInterestMeta* meta) {
  // Others are of the element's property roi-meta.
  if (std::strcmp(g_quark_to_string(meta->roi_type), "car") != 0)
    return "";
  return "region " + number(static_cast<guint>(meta->id)) + number(meta->x) + number(meta->y) +
         number(meta->w) + number(meta->h);
}

std::string text_of(const GstReferenceTimestampMeta* meta) {
  gchar* caps = gst_caps_to_string(meta->reference);
  const std::string text =
      std::string("reference ") + caps + " " + number(meta->timestamp) + number(meta->duration);
  g_free(caps);
  return text;
}

std::string text_of(const GstVideoTimeCodeMeta* meta) {
  gchar* code = gst_video_time_code_to_string(&meta->tc);
  const std::string text = std::string("timecode ") + code + " ";
  g_free(code);
  return text;
}

std::string text_of(const GstVideoCaptionMeta* meta) {
  std::string text = "caption ";
  for (gsize i = 0; i < meta->size; i++)
    text += number(meta->data[i]);
  return text;
}

std::string text_of(GstMeta* meta) {
  const GType api = meta->info->api;
  if (api == GST_VIDEO_REGION_OF_INTEREST_META_API_TYPE)
    return text_of(reinterpret_cast<GstVideoRegionOfInterestMeta*>(meta));
  if (api == GST_REFERENCE_TIMESTAMP_META_API_TYPE)
    return text_of(reinterpret_cast<GstReferenceTimestampMeta*>(meta));
  if (api == GST_VIDEO_TIME_CODE_META_API_TYPE)
    return text_of(reinterpret_cast<GstVideoTimeCodeMeta*>(meta));
  if (api == GST_VIDEO_CAPTION_META_API_TYPE)
    return text_of(reinterpret_cast<GstVideoCaptionMeta*>(meta));
  if (!gst_meta_info_is_custom(meta->info))
    return "";
  auto* custom = reinterpret_cast<GstCustomMeta*>(meta);
  if (!gst_custom_meta_has_name(custom, meta_name))
    return "";
  gint value = 0;
  gst_structure_get_int(gst_custom_meta_get_structure(custom), "value", &value);
  return "custom " + std::to_string(value) + " ";
}

// Those of the frame as a whole, whatever becomes of its pixels.
void add_frame_metas(GstBuffer* buffer, int index, unsigned which) {
  const auto id = static_cast<guint>(index);
  if ((which & 4) != 0)
    gst_buffer_add_video_time_code_meta_full(buffer, 25, 1, nullptr, GST_VIDEO_TIME_CODE_FLAGS_NONE,
                                             1, 2, id % 60, id % 25, 0);
  if ((which & 8) != 0) {
    GstCaps* reference = gst_caps_new_empty_simple("timestamp/x-ntp");
    gst_buffer_add_reference_timestamp_meta(buffer, reference, id * 1000u, id);
    gst_caps_unref(reference);
  }
  if ((which & 16) != 0) {
    GstCustomMeta* meta = gst_buffer_add_custom_meta(buffer, meta_name);
    gst_structure_set(gst_custom_meta_get_structure(meta), "value", G_TYPE_INT, index, nullptr);
  }
  if ((which & 32) != 0) {
    const guint8 data[] = {static_cast<guint8>(index), 7};
    gst_buffer_add_video_caption_meta(buffer, GST_VIDEO_CAPTION_TYPE_CEA608_RAW, data, sizeof data);
  }
}

void add_metas(GstBuffer* buffer, int index, unsigned which) {
  for (unsigned i = 0; i < which % 3; i++)
    gst_buffer_add_video_region_of_interest_meta(buffer, "car", i, i + 1, 3, 2)->id = index;
  add_frame_metas(buffer, index, which);
}

std::string text_of_caps(GstCaps* caps) {
  GstVideoInfo info;
  fail_unless(gst_video_info_from_caps(&info, caps));
  return std::to_string(info.width) + "x" + std::to_string(info.height) + " " +
         std::to_string(info.fps_n) + "/" + std::to_string(info.fps_d) + " " +
         gst_video_interlace_mode_to_string(info.interlace_mode) + " ";
}

std::string text_of(const GstSegment& segment) {
  return "segment " + number(segment.start) + number(segment.base);
}

}  // namespace

void register_test_meta() {
  gst_init(nullptr, nullptr);
  static const gchar* tags[] = {nullptr};
  gst_meta_register_custom(meta_name, tags, nullptr, nullptr, nullptr);
}

void decorate(GstBuffer* buffer, int index, std::mt19937& random) {
  const auto one_of = [&](unsigned count) { return random() % count == 0; };
  for (GstClockTime* time : {&GST_BUFFER_PTS(buffer), &GST_BUFFER_DTS(buffer)}) {
    *time = static_cast<GstClockTime>(index) * 40 * GST_MSECOND;
    if (one_of(8))
      *time = one_of(2) ? GST_CLOCK_TIME_NONE : random() % 1000 * GST_MSECOND;
  }
  if (one_of(4))
    GST_BUFFER_DURATION(buffer) = one_of(2) ? GST_CLOCK_TIME_NONE : random() % 1000;
  GST_BUFFER_OFFSET(buffer) = static_cast<guint64>(index);
  GST_BUFFER_OFFSET_END(buffer) = one_of(4) ? GST_BUFFER_OFFSET_NONE : random() % 1000;
  for (const guint flag :
       {guint{GST_BUFFER_FLAG_DISCONT}, guint{GST_BUFFER_FLAG_MARKER}, guint{GST_BUFFER_FLAG_LIVE},
        guint{GST_BUFFER_FLAG_CORRUPTED}, guint{GST_BUFFER_FLAG_GAP},
        guint{GST_BUFFER_FLAG_DROPPABLE}, guint{GST_BUFFER_FLAG_RESYNC},
        guint{GST_VIDEO_BUFFER_FLAG_INTERLACED}, guint{GST_VIDEO_BUFFER_FLAG_TFF}})
    if (one_of(6))
      GST_BUFFER_FLAG_SET(buffer, flag);
  add_metas(buffer, index, one_of(2) ? 0 : random());
  guint8 tag[tag_bytes];
  for (gsize i = 0; i < tag_bytes; i++)
    tag[i] = static_cast<guint8>(16 + (index >> (4 * i) & 15));
  gst_buffer_fill(buffer, 0, tag, tag_bytes);
}

void add_coded_metas(GstBuffer* buffer, int index, std::mt19937& random) {
  add_frame_metas(buffer, index, random() % 2 == 0 ? 0 : random());
}

std::string describe_metas(GstBuffer* buffer) {
  std::vector<std::string> metas;
  gpointer state = nullptr;
  while (GstMeta* meta = gst_buffer_iterate_meta(buffer, &state))
    metas.push_back(text_of(meta));
  std::sort(metas.begin(), metas.end());
  return std::accumulate(metas.begin(), metas.end(), std::string());
}

std::string describe(GstBuffer* buffer) {
  constexpr guint of_memory = GST_BUFFER_FLAG_TAG_MEMORY | (GST_MINI_OBJECT_FLAG_LAST - 1);
  return "frame " + number(GST_BUFFER_OFFSET(buffer)) + number(GST_BUFFER_OFFSET_END(buffer)) +
         number(GST_BUFFER_PTS(buffer)) + number(GST_BUFFER_DTS(buffer)) +
         number(GST_BUFFER_DURATION(buffer)) + "flags " +
         number(GST_BUFFER_FLAGS(buffer) & ~of_memory) + describe_metas(buffer);
}

std::string describe(GstEvent* event) {
  GstClockTime time = 0;
  gint64 position = 0;
  GstFormat format = GST_FORMAT_UNDEFINED;
  gint id = 0;
  switch (GST_EVENT_TYPE(event)) {
    case GST_EVENT_EOS:
      return "eos";
    case GST_EVENT_GAP:
      gst_event_parse_gap(event, &time, nullptr);
      return "gap " + number(time);
    case GST_EVENT_SEGMENT_DONE:
      gst_event_parse_segment_done(event, &format, &position);
      return "segment-done " + std::to_string(position);
    case GST_EVENT_CUSTOM_DOWNSTREAM:
      // Others ask for key frames.
      if (!gst_event_has_name(event, "marker"))
        return "";
      gst_structure_get_int(gst_event_get_structure(event), "id", &id);
      return "custom " + std::to_string(id);
    default:
      return "";
  }
}

std::string in_force(const std::string& caps, const GstSegment& segment, const std::string& title) {
  GstCaps* parsed = gst_caps_from_string(caps.c_str());
  const std::string text = text_of_caps(parsed) + text_of(segment) + "title " + title + " ";
  gst_caps_unref(parsed);
  return text;
}

std::string in_force(GstPad* pad) {
  GstCaps* caps = gst_pad_get_current_caps(pad);
  fail_unless(caps != nullptr, "frame without caps");
  std::string text = text_of_caps(caps);
  gst_caps_unref(caps);
  GstEvent* event = gst_pad_get_sticky_event(pad, GST_EVENT_SEGMENT, 0);
  fail_unless(event != nullptr, "frame without segment");
  const GstSegment* segment = nullptr;
  gst_event_parse_segment(event, &segment);
  text += text_of(*segment) + "title ";
  gst_event_unref(event);
  event = gst_pad_get_sticky_event(pad, GST_EVENT_TAG, 0);
  if (event != nullptr) {
    GstTagList* tags = nullptr;
    gst_event_parse_tag(event, &tags);
    const gchar* title = nullptr;
    if (gst_tag_list_peek_string_index(tags, GST_TAG_TITLE, 0, &title))
      text += title;
    gst_event_unref(event);
  }
  return text + " ";
}

std::string first_bytes(GstBuffer* buffer) {
  guint8 bytes[tag_bytes] = {};
  gst_buffer_extract(buffer, 0, bytes, tag_bytes);
  std::string text = "picture ";
  for (const guint8 byte : bytes)
    text += number(byte);
  return text;
}

void RandomStream::send(GstEvent* event) {
  const GstEventType type = GST_EVENT_TYPE(event);
  fail_unless(push_event(event), "%s %s refused", where().c_str(), gst_event_type_get_name(type));
}

void RandomStream::send_stream_start() {
  send(gst_event_new_stream_start(std::to_string(++events_).c_str()));
}

void RandomStream::send_caps(const std::string& text) {
  GstCaps* caps = gst_caps_from_string(text.c_str());
  send(gst_event_new_caps(caps));
  gst_caps_unref(caps);
}

void RandomStream::send_segment(GstClockTime start) {
  gst_segment_init(&segment_, GST_FORMAT_TIME);
  segment_.start = segment_.time = segment_.position = start;
  segment_.base = static_cast<guint64>(++segments_) * GST_MSECOND;
  send(gst_event_new_segment(&segment_));
}

void RandomStream::send_tag() {
  tag_ = std::to_string(++events_);
  send(gst_event_new_tag(gst_tag_list_new(GST_TAG_TITLE, tag_.c_str(), nullptr)));
}
