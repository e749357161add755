// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support.h"

#include <cstring>
#include <functional>

#include "leaks.h"

namespace {

constexpr const char* pad_names[] = {"foreground", "background", "mask"};

int index_of(int pad) {
  return pad == Split::foreground ? 0 : pad == Split::background ? 1 : 2;
}

using Value = std::function<int(int component, int x, int y)>;

// Samples of two bytes are those of this machine.
void write_sample(guint8* to, const GstVideoInfo& info, guint component, int value) {
  if (info.finfo->depth[component] == 8) {
    *to = static_cast<guint8>(value);
    return;
  }
  const auto word = static_cast<guint16>(value << info.finfo->shift[component]);
  std::memcpy(to, &word, sizeof word);
}

int read_sample(const guint8* from, const GstVideoInfo& info, guint component) {
  if (info.finfo->depth[component] <= 8)
    return *from;
  guint16 word = 0;
  std::memcpy(&word, from, sizeof word);
  return word >> info.finfo->shift[component];
}

// GStreamer has the second sample of P010's chroma a byte behind the first.
const guint8* component_data(const GstVideoFrame& frame, guint c) {
  const auto* data = static_cast<const guint8*>(GST_VIDEO_FRAME_COMP_DATA(&frame, c));
  const bool odd = frame.info.finfo->poffset[c] % 2 == 1;
  return odd && frame.info.finfo->depth[c] > 8 ? data + 1 : data;
}

void fill(GstBuffer* buffer, const GstVideoInfo& info, const Value& value) {
  GstVideoFrame frame;
  fail_unless(gst_video_frame_map(&frame, &info, buffer, GST_MAP_WRITE));
  for (guint c = 0; c < GST_VIDEO_FRAME_N_COMPONENTS(&frame); c++)
    for (int y = 0; y < GST_VIDEO_FRAME_COMP_HEIGHT(&frame, c); y++) {
      guint8* row = const_cast<guint8*>(component_data(frame, c)) +
                    y * GST_VIDEO_FRAME_COMP_STRIDE(&frame, c);
      for (int x = 0; x < GST_VIDEO_FRAME_COMP_WIDTH(&frame, c); x++)
        write_sample(row + x * GST_VIDEO_FRAME_COMP_PSTRIDE(&frame, c), info, c,
                     c == 3 ? 255 : value(static_cast<int>(c), x, y));
    }
  gst_video_frame_unmap(&frame);
}

void stamp(GstBuffer* buffer, int index) {
  GST_BUFFER_PTS(buffer) = static_cast<GstClockTime>(index) * GST_SECOND / 25;
  GST_BUFFER_DURATION(buffer) = GST_SECOND / 25;
  GST_BUFFER_OFFSET(buffer) = static_cast<guint64>(index);
  GST_BUFFER_OFFSET_END(buffer) = static_cast<guint64>(index) + 1;
}

GstBuffer* frame_of(const GstVideoInfo& info, int index, const Value& value) {
  GstBuffer* buffer = gst_buffer_new_allocate(nullptr, info.size, nullptr);
  gst_buffer_memset(buffer, 0, 0, info.size);
  fill(buffer, info, value);
  stamp(buffer, index);
  return buffer;
}

Value picture(const GstVideoInfo& info, int index) {
  return [&info, index](int c, int x, int y) {
    const int left = (index * 3) % info.width >> (c > 0 ? info.finfo->w_sub[c] : 0);
    const int top = info.height / 3 >> (c > 0 ? info.finfo->h_sub[c] : 0);
    const bool box = x >= left && x < left + 6 && y >= top && y < top + 6;
    const int level = 60 + (x * 3 + y * 5 + c * 40) % 80 + (box ? 60 : 0);
    const int bits = info.finfo->depth[0] - 8;
    return bits <= 0 ? level : level << bits | ((x + y) & ((1 << bits) - 1));
  };
}

GstPadProbeReturn on_item(GstPad*, GstPadProbeInfo* info, gpointer data) {
  auto* items = static_cast<Items*>(data);
  if ((info->type & GST_PAD_PROBE_TYPE_BUFFER) != 0)
    items->push_back("buffer");
  else
    items->push_back(GST_EVENT_TYPE_NAME(GST_PAD_PROBE_INFO_EVENT(info)));
  return GST_PAD_PROBE_OK;
}

}  // namespace

std::string caps_of(GstPad* pad) {
  GstCaps* caps = gst_pad_get_current_caps(pad);
  fail_unless(caps != nullptr);
  gchar* text = gst_caps_to_string(caps);
  std::string result = text;
  g_free(text);
  gst_caps_unref(caps);
  return result;
}

std::string error_on(GstBus* bus) {
  GstMessage* message = gst_bus_pop_filtered(bus, GST_MESSAGE_ERROR);
  if (message == nullptr)
    return "";
  GError* error = nullptr;
  gst_message_parse_error(message, &error, nullptr);
  std::string text = std::string(g_quark_to_string(error->domain)) + "/" +
                     std::to_string(error->code) + ": " + error->message;
  g_error_free(error);
  gst_message_unref(message);
  return text;
}

bool take_message(GstBus* bus, GstMessageType type) {
  GstMessage* message = gst_bus_pop_filtered(bus, type);
  if (message == nullptr)
    return false;
  gst_message_unref(message);
  return true;
}

void set_property(GstElement* element, const char* property, const char* value) {
  GParamSpec* spec = g_object_class_find_property(G_OBJECT_GET_CLASS(element), property);
  fail_unless(spec != nullptr, "no property %s", property);
  // GStreamer leaves a property as it is when the text does not parse.
  GValue parsed = G_VALUE_INIT;
  g_value_init(&parsed, spec->value_type);
  fail_unless(G_IS_PARAM_SPEC_STRING(spec) || gst_value_deserialize(&parsed, value), "%s=%s",
              property, value);
  g_value_unset(&parsed);
  gst_util_set_object_arg(G_OBJECT(element), property, value);
}

Split::Split(const std::string& properties, int pads) {
  const std::string line = "rpcasplit name=split " + properties;
  GError* problem = nullptr;
  element_ = gst_parse_launch(line.c_str(), &problem);
  fail_unless(element_ != nullptr && problem == nullptr);
  bus_ = gst_bus_new();
  gst_element_set_bus(element_, bus_);
  for (int i = 0; i < 3; i++) {
    if ((pads & 1 << i) == 0)
      continue;
    outputs_[i] = gst_harness_new_with_element(element_, input_ ? nullptr : "sink", pad_names[i]);
    if (input_ == nullptr)
      input_ = outputs_[i];
  }
  if (input_ == nullptr)
    input_ = gst_harness_new_with_element(element_, "sink", nullptr);
}

Split::~Split() {
  for (GstHarness* h : outputs_)
    if (h != nullptr && h != input_)
      gst_harness_teardown(h);
  gst_harness_teardown(input_);
  gst_element_set_bus(element_, nullptr);
  gst_object_unref(bus_);
  gst_element_set_state(element_, GST_STATE_NULL);
  gst_object_unref(element_);
}

GstHarness* Split::at(int pad) const {
  GstHarness* h = outputs_[index_of(pad)];
  fail_unless(h != nullptr);
  return h;
}

void Split::set_caps(const std::string& caps) {
  gst_harness_set_src_caps_str(input_, caps.c_str());
}

GstBuffer* Split::pull(int pad) const {
  GstBuffer* buffer = gst_harness_try_pull(at(pad));
  fail_unless(buffer != nullptr, "no buffer on pad %s", pad_names[index_of(pad)]);
  return buffer;
}

GstVideoInfo Split::info(int pad) const {
  return parse_caps(caps(pad));
}

guint64 Split::stat(const char* field) const {
  GstStructure* stats = nullptr;
  g_object_get(element_, "stats", &stats, nullptr);
  guint64 value = 0;
  guint narrow = 0;
  if (gst_structure_get_uint(stats, field, &narrow))
    value = narrow;
  else
    fail_unless(gst_structure_get_uint64(stats, field, &value), "no field %s", field);
  gst_structure_free(stats);
  return value;
}

GstVideoInfo parse_caps(const std::string& text) {
  GstCaps* caps = gst_caps_from_string(text.c_str());
  GstVideoInfo info;
  fail_unless(gst_video_info_from_caps(&info, caps), "no raw video: %s", text.c_str());
  gst_caps_unref(caps);
  return info;
}

std::string raw_caps(const char* format, int width, int height, const char* more) {
  return std::string("video/x-raw,format=") + format + ",width=" + std::to_string(width) +
         ",height=" + std::to_string(height) + ",framerate=25/1" + more;
}

GstBuffer* make_frame(const GstVideoInfo& info, int index) {
  return frame_of(info, index, picture(info, index));
}

GstBuffer* make_padded_frame(const GstVideoInfo& info, int index) {
  gsize offset[GST_VIDEO_MAX_PLANES] = {};
  gint stride[GST_VIDEO_MAX_PLANES] = {};
  gsize size = 64;
  for (guint p = 0; p < info.finfo->n_planes; p++) {
    const gsize end = p + 1 < info.finfo->n_planes ? info.offset[p + 1] : info.size;
    const gsize rows = (end - info.offset[p]) / static_cast<gsize>(info.stride[p]);
    offset[p] = size;
    stride[p] = info.stride[p] + 37;
    size += rows * static_cast<gsize>(stride[p]) + 11;
  }
  GstBuffer* buffer = gst_buffer_new_allocate(nullptr, size, nullptr);
  gst_buffer_memset(buffer, 0, 0xee, size);
  gst_buffer_add_video_meta_full(buffer, GST_VIDEO_FRAME_FLAG_NONE, info.finfo->format,
                                 static_cast<guint>(info.width), static_cast<guint>(info.height),
                                 info.finfo->n_planes, offset, stride);
  fill(buffer, info, picture(info, index));
  stamp(buffer, index);
  return buffer;
}

GstBuffer* make_flat_frame(const GstVideoInfo& info, int value, int index) {
  return frame_of(info, index, [value](int, int, int) { return value; });
}

GstBuffer* make_noise_frame(const GstVideoInfo& info, int index) {
  return make_noise_frame(info, index, 0, 256);
}

GstBuffer* make_noise_frame(const GstVideoInfo& info, int index, int least, int end) {
  GRand* random = g_rand_new_with_seed(static_cast<guint32>(index) + 1);
  GstBuffer* buffer =
      frame_of(info, index, [=](int, int, int) { return g_rand_int_range(random, least, end); });
  g_rand_free(random);
  return buffer;
}

void push_frames(Split& split, const std::string& caps, int first, int count) {
  for (int i = first; i < first + count; i++)
    fail_unless(split.push(make_frame(parse_caps(caps), i)) == GST_FLOW_OK, "%s",
                split.error().c_str());
}

void take_no_more(const Split& split, int pad) {
  const auto refuse = [](GstPad*, GstPadProbeInfo* info, gpointer) {
    gst_buffer_unref(GST_PAD_PROBE_INFO_BUFFER(info));
    info->data = nullptr;
    GST_PAD_PROBE_INFO_FLOW_RETURN(info) = GST_FLOW_EOS;
    return GST_PAD_PROBE_HANDLED;
  };
  gst_pad_add_probe(split.at(pad)->sinkpad, GST_PAD_PROBE_TYPE_BUFFER, refuse, nullptr, nullptr);
}

namespace {

GstVideoInfo larger_than(const GstVideoInfo& info) {
  GstVideoInfo larger;
  gst_video_info_set_format(&larger, GST_VIDEO_INFO_FORMAT(&info),
                            static_cast<guint>(GST_VIDEO_INFO_WIDTH(&info) + 16),
                            static_cast<guint>(GST_VIDEO_INFO_HEIGHT(&info) + 16));
  return larger;
}

GstFlowReturn allocate_larger(GstBufferPool* pool, GstBuffer** buffer,
                              GstBufferPoolAcquireParams*) {
  GstStructure* config = gst_buffer_pool_get_config(pool);
  GstCaps* caps = nullptr;
  fail_unless(gst_buffer_pool_config_get_params(config, &caps, nullptr, nullptr, nullptr));
  GstVideoInfo info;
  fail_unless(gst_video_info_from_caps(&info, caps));
  gst_structure_free(config);
  GstVideoInfo larger = larger_than(info);
  *buffer = gst_buffer_new_allocate(nullptr, GST_VIDEO_INFO_SIZE(&larger), nullptr);
  gst_buffer_memset(*buffer, 0, 0, GST_VIDEO_INFO_SIZE(&larger));
  GstVideoMeta* meta = gst_buffer_add_video_meta_full(
      *buffer, GST_VIDEO_FRAME_FLAG_NONE, GST_VIDEO_INFO_FORMAT(&larger),
      static_cast<guint>(GST_VIDEO_INFO_WIDTH(&larger)),
      static_cast<guint>(GST_VIDEO_INFO_HEIGHT(&larger)), GST_VIDEO_INFO_N_PLANES(&larger),
      larger.offset, larger.stride);
  meta->meta.flags = GST_META_FLAG_POOLED;
  return GST_FLOW_OK;
}

GType larger_pool_type() {
  static const GType type = g_type_register_static_simple(
      GST_TYPE_BUFFER_POOL, "TestLargerPool", sizeof(GstBufferPoolClass),
      [](gpointer klass, gpointer) {
        GST_BUFFER_POOL_CLASS(klass)->alloc_buffer = allocate_larger;
      },
      sizeof(GstBufferPool), nullptr, static_cast<GTypeFlags>(0));
  return type;
}

GstPadProbeReturn propose_larger(GstPad*, GstPadProbeInfo* info, gpointer) {
  GstQuery* query = GST_PAD_PROBE_INFO_QUERY(info);
  if (GST_QUERY_TYPE(query) != GST_QUERY_ALLOCATION)
    return GST_PAD_PROBE_OK;
  GstCaps* caps = nullptr;
  gst_query_parse_allocation(query, &caps, nullptr);
  GstVideoInfo video;
  fail_unless(gst_video_info_from_caps(&video, caps));
  const GstVideoInfo larger = larger_than(video);
  auto* pool = GST_BUFFER_POOL(g_object_new(larger_pool_type(), nullptr));
  gst_object_ref_sink(pool);
  gst_query_add_allocation_pool(query, pool, static_cast<guint>(GST_VIDEO_INFO_SIZE(&larger)), 0,
                                0);
  gst_query_add_allocation_meta(query, GST_VIDEO_META_API_TYPE, nullptr);
  gst_object_unref(pool);
  return GST_PAD_PROBE_HANDLED;
}

}  // namespace

void propose_larger_frames(GstPad* pad) {
  gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_QUERY_DOWNSTREAM, propose_larger, nullptr, nullptr);
}

void end_flush(Split& split) {
  fail_unless(split.push_event(gst_event_new_flush_stop(TRUE)));
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  fail_unless(split.push_event(gst_event_new_segment(&segment)));
}

std::vector<int> samples(GstBuffer* buffer, const GstVideoInfo& info, guint component) {
  GstVideoFrame frame;
  fail_unless(gst_video_frame_map(&frame, &info, buffer, GST_MAP_READ));
  std::vector<int> result;
  for (int y = 0; y < GST_VIDEO_INFO_COMP_HEIGHT(&info, component); y++) {
    const guint8* row =
        component_data(frame, component) + y * GST_VIDEO_FRAME_COMP_STRIDE(&frame, component);
    for (int x = 0; x < GST_VIDEO_INFO_COMP_WIDTH(&info, component); x++)
      result.push_back(
          read_sample(row + x * GST_VIDEO_FRAME_COMP_PSTRIDE(&frame, component), info, component));
  }
  gst_video_frame_unmap(&frame);
  return result;
}

void check_items(const Items& items, const std::string& expected) {
  std::string text;
  for (const std::string& item : items)
    text += item + " ";
  fail_unless(text == expected, "%s, not %s", text.c_str(), expected.c_str());
}

Items* record(GstElement* element, const char* name) {
  auto* items = new Items;
  GstPad* pad = gst_element_get_static_pad(element, name);
  gst_pad_add_probe(
      pad,
      static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM),
      on_item, items, [](gpointer data) { delete static_cast<Items*>(data); });
  gst_object_unref(pad);
  return items;
}

int run_suite(const char* name, std::initializer_list<TFun> tests) {
  gst_check_init(nullptr, nullptr);
  Suite* suite = suite_create(name);
  TCase* group = tcase_create("general");
  suite_add_tcase(suite, group);
  for (TFun test : tests)
    tcase_add_test(group, test);
  tcase_add_checked_fixture(group, nullptr, leaks::fail_if_any);
  return gst_check_run_suite(suite, name, name);
}
