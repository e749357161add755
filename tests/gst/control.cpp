// SPDX-License-Identifier: LGPL-2.1-or-later

// Properties that control sources change from frame to frame, by stream time.
#include <gst/controller/controller.h>

#include "support.h"

namespace {

constexpr GstClockTime frame = GST_SECOND / 25;
const std::string caps = raw_caps("I420", 64, 48);

// Binds `property` to values at points in time; `absolute` ones are those of the property, others
// go from 0, its least, to 1, its greatest.
void control(GstElement* element, const char* property, GstInterpolationMode mode, bool absolute,
             std::initializer_list<std::pair<GstClockTime, double>> points) {
  GstControlSource* source = gst_interpolation_control_source_new();
  g_object_set(source, "mode", mode, nullptr);
  for (const auto& [time, value] : points)
    fail_unless(
        gst_timed_value_control_source_set(GST_TIMED_VALUE_CONTROL_SOURCE(source), time, value));
  GstControlBinding* binding =
      absolute ? gst_direct_control_binding_new_absolute(GST_OBJECT(element), property, source)
               : gst_direct_control_binding_new(GST_OBJECT(element), property, source);
  fail_unless(gst_object_add_control_binding(GST_OBJECT(element), binding), "%s", property);
  gst_object_unref(source);
}

double real(const Split& split, const char* property) {
  gdouble value = 0;
  g_object_get(split.element(), property, &value, nullptr);
  return value;
}

GstBuffer* textured(int index) {
  return make_noise_frame(parse_caps(caps), index, 100 - 2 * (index % 7), 130 + 3 * (index % 5));
}

GST_START_TEST(values_follow_the_time_of_the_frame) {
  Split split("", Split::mask);
  split.set_caps(caps);
  control(split.element(), "threshold", GST_INTERPOLATION_MODE_LINEAR, true,
          {{0, 2}, {10 * frame, 12}});
  for (const int index : {0, 5, 3, 10, 20}) {
    fail_unless_equals_int(split.push(make_frame(parse_caps(caps), index)), GST_FLOW_OK);
    fail_unless(ABS(real(split, "threshold") - (2 + std::min(index, 10))) < 1e-9);
  }
}
GST_END_TEST

// Stream time counts: where the segment says that its frames are, not when they are stamped.
GST_START_TEST(values_follow_stream_time) {
  Split split("", Split::mask);
  split.set_caps(caps);
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  segment.time = 4 * frame;
  fail_unless(split.push_event(gst_event_new_segment(&segment)));
  control(split.element(), "learning-rate", GST_INTERPOLATION_MODE_LINEAR, true,
          {{0, 0}, {10 * frame, 1}});
  fail_unless_equals_int(split.push(make_frame(parse_caps(caps), 3)), GST_FLOW_OK);
  fail_unless(ABS(real(split, "learning-rate") - 0.7) < 1e-9);
  // A frame without a time changes nothing.
  GstBuffer* buffer = make_frame(parse_caps(caps), 4);
  GST_BUFFER_PTS(buffer) = GST_CLOCK_TIME_NONE;
  fail_unless_equals_int(split.push(buffer), GST_FLOW_OK);
  fail_unless(ABS(real(split, "learning-rate") - 0.7) < 1e-9);
}
GST_END_TEST

// Each frame looks as if the properties had been set by hand before it.
GST_START_TEST(controlled_frames_are_those_set_by_hand) {
  Split controlled, by_hand;
  controlled.set_caps(caps);
  by_hand.set_caps(caps);
  control(controlled.element(), "threshold", GST_INTERPOLATION_MODE_LINEAR, true,
          {{0, 1}, {40 * frame, 5}});
  control(controlled.element(), "mask-cleanup", GST_INTERPOLATION_MODE_NONE, true,
          {{0, 0}, {15 * frame, 3}, {30 * frame, 1}});
  // The modes are masked, alpha, residual, absolute and so on.
  GParamSpec* spec =
      g_object_class_find_property(G_OBJECT_GET_CLASS(controlled.element()), "foreground-mode");
  const guint modes = G_PARAM_SPEC_ENUM(spec)->enum_class->n_values;
  const double residual = 2.0 / (modes - 1);
  control(controlled.element(), "foreground-mode", GST_INTERPOLATION_MODE_NONE, false,
          {{0, 0}, {20 * frame, residual}});
  bool any_foreground = false;
  for (int i = 0; i < 40; i++) {
    by_hand.set("threshold", std::to_string(1 + i * 0.1).c_str());
    by_hand.set("mask-cleanup", i < 15 ? "0" : i < 30 ? "3" : "1");
    by_hand.set("foreground-mode", i < 20 ? "masked" : "residual");
    fail_unless_equals_int(controlled.push(textured(i)), GST_FLOW_OK);
    fail_unless_equals_int(by_hand.push(textured(i)), GST_FLOW_OK);
    for (const int pad : {Split::foreground, Split::background, Split::mask}) {
      GstBuffer* a = controlled.pull(pad);
      GstBuffer* b = by_hand.pull(pad);
      const auto shown = samples(a, controlled.info(pad), 0);
      fail_unless(shown == samples(b, by_hand.info(pad), 0), "frame %d", i);
      any_foreground = any_foreground || (pad == Split::mask && shown != std::vector<int>(64 * 48));
      gst_buffer_unref(a);
      gst_buffer_unref(b);
    }
  }
  fail_unless(any_foreground);
}
GST_END_TEST

// Controllers may only hold properties that follow them.
GST_START_TEST(controllable_properties_change_while_playing) {
  GstElement* element = gst_element_factory_make("rpcasplit", nullptr);
  guint count = 0;
  guint controllable = 0;
  GParamSpec** specs = g_object_class_list_properties(G_OBJECT_GET_CLASS(element), &count);
  for (guint i = 0; i < count; i++)
    if ((specs[i]->flags & GST_PARAM_CONTROLLABLE) != 0) {
      controllable++;
      fail_unless((specs[i]->flags & GST_PARAM_MUTABLE_PLAYING) != 0, "%s", specs[i]->name);
    }
  fail_unless(controllable >= 4);
  g_free(specs);
  gst_object_unref(element);
}
GST_END_TEST

}  // namespace

int main() {
  return run_suite("control", {values_follow_the_time_of_the_frame, values_follow_stream_time,
                               controlled_frames_are_those_set_by_hand,
                               controllable_properties_change_while_playing});
}
