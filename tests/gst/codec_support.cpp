// SPDX-License-Identifier: LGPL-2.1-or-later
#include "codec_support.h"

#include <cstdlib>

Chain::Chain(const std::string& line) {
  GError* problem = nullptr;
  bin_ = gst_parse_bin_from_description(line.c_str(), TRUE, &problem);
  fail_unless(bin_ != nullptr && problem == nullptr, "%s", problem ? problem->message : "");
  gst_object_ref_sink(bin_);
  bus_ = gst_bus_new();
  gst_element_set_bus(bin_, bus_);
  harness_ = gst_harness_new_with_element(bin_, "sink", "src");
}

Chain::~Chain() {
  gst_harness_teardown(harness_);
  gst_element_set_bus(bin_, nullptr);
  gst_object_unref(bus_);
  gst_element_set_state(bin_, GST_STATE_NULL);
  gst_object_unref(bin_);
}

GstElement* Chain::element(const char* name) const {
  GstElement* element = gst_bin_get_by_name(GST_BIN(bin_), name);
  fail_unless(element != nullptr, "no element %s", name);
  gst_object_unref(element);
  return element;
}

void Chain::set(const char* name, const char* property, const char* value) const {
  set_property(element(name), property, value);
}

GstFlowReturn Chain::push(const Bytes& bytes) {
  GstBuffer* buffer = gst_buffer_new_allocate(nullptr, bytes.size(), nullptr);
  gst_buffer_fill(buffer, 0, bytes.data(), bytes.size());
  return push(buffer);
}

void Chain::flush() {
  fail_unless(push_event(gst_event_new_flush_start()));
  fail_unless(push_event(gst_event_new_flush_stop(TRUE)));
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  fail_unless(push_event(gst_event_new_segment(&segment)));
}

GstBuffer* Chain::pull() const {
  GstBuffer* buffer = gst_harness_try_pull(harness_);
  fail_unless(buffer != nullptr, "no buffer");
  return buffer;
}

std::vector<GstBuffer*> Chain::pull_all() const {
  std::vector<GstBuffer*> buffers;
  while (GstBuffer* buffer = gst_harness_try_pull(harness_))
    buffers.push_back(buffer);
  return buffers;
}

void unref_all(const std::vector<GstBuffer*>& buffers) {
  for (GstBuffer* buffer : buffers)
    gst_buffer_unref(buffer);
}

Bytes bytes_of(GstBuffer* buffer) {
  Bytes bytes(gst_buffer_get_size(buffer));
  gst_buffer_extract(buffer, 0, bytes.data(), bytes.size());
  return bytes;
}

Bytes bytes_of(const std::vector<GstBuffer*>& buffers) {
  Bytes all;
  for (GstBuffer* buffer : buffers) {
    const Bytes bytes = bytes_of(buffer);
    all.insert(all.end(), bytes.begin(), bytes.end());
  }
  return all;
}

Bytes encode(const std::string& properties, const std::string& caps, int frames, int first) {
  Chain encoder("lowrankcompress " + properties);
  encoder.set_caps(caps);
  const GstVideoInfo info = parse_caps(caps);
  for (int i = first; i < first + frames; i++)
    fail_unless_equals_int(encoder.push(make_frame(info, i)), GST_FLOW_OK);
  const std::vector<GstBuffer*> buffers = encoder.pull_all();
  fail_unless_equals_int(static_cast<int>(buffers.size()), frames);
  Bytes stream = bytes_of(buffers);
  unref_all(buffers);
  return stream;
}

Decoded decode(const Bytes& stream, const std::string& properties) {
  Chain decoder("lowrankparse ! lowrankdecompress " + properties);
  decoder.set_caps("video/x-lowrank");
  fail_unless_equals_int(decoder.push(stream), GST_FLOW_OK);
  fail_unless(decoder.finish());
  fail_unless_equals_text(decoder.error(), "");
  return {decoder.pull_all(), decoder.caps()};
}

std::string field(const std::string& text, const char* name) {
  GstCaps* caps = gst_caps_from_string(text.c_str());
  const GValue* value = gst_structure_get_value(gst_caps_get_structure(caps, 0), name);
  fail_unless(value != nullptr, "no %s in %s", name, text.c_str());
  gchar* serialized = gst_value_serialize(value);
  const std::string result = serialized;
  g_free(serialized);
  gst_caps_unref(caps);
  return result;
}

std::vector<std::size_t> boundaries(const Bytes& stream) {
  Chain parser("lowrankparse");
  parser.set_caps("video/x-lowrank");
  parser.push(stream);
  parser.finish();
  std::vector<std::size_t> result = {0};
  const std::vector<GstBuffer*> buffers = parser.pull_all();
  for (GstBuffer* buffer : buffers)
    result.push_back(result.back() + gst_buffer_get_size(buffer));
  unref_all(buffers);
  return result;
}

double difference(GstBuffer* a, GstBuffer* b, const GstVideoInfo& info) {
  double sum = 0;
  double count = 0;
  for (guint c = 0; c < info.finfo->n_components; c++) {
    const std::vector<int> left = samples(a, info, c);
    const std::vector<int> right = samples(b, info, c);
    for (std::size_t i = 0; i < left.size(); i++)
      sum += std::abs(left[i] - right[i]);
    count += static_cast<double>(left.size());
  }
  return sum / count;
}
