// SPDX-License-Identifier: LGPL-2.1-or-later

// Others say what is foreground: regions of interest on buffers, and events of downstream.
#include "region_scenes.h"

namespace {

using namespace region_scenes;

GstEvent* hint(guint x, guint y, guint w, guint h, GstClockTime duration) {
  GstStructure* fields =
      gst_structure_new("rpcasplit-foreground", "x", G_TYPE_UINT, x, "y", G_TYPE_UINT, y, "width",
                        G_TYPE_UINT, w, "height", G_TYPE_UINT, h, nullptr);
  if (GST_CLOCK_TIME_IS_VALID(duration))
    gst_structure_set(fields, "duration", G_TYPE_UINT64, duration, nullptr);
  return gst_event_new_custom(GST_EVENT_CUSTOM_UPSTREAM, fields);
}

constexpr int long_enough = 900;  // frames, for who stands still to be taken for background

// Whether somebody who stays is still foreground at the end; `act` is called before each frame.
template <typename Act>
bool stays(Split& split, const Act& act) {
  split.set_caps(caps);
  std::vector<std::uint8_t> mask;
  for (int i = 0; i < long_enough; i++) {
    GstBuffer* buffer = gray_frame(i, stopped);
    act(i, buffer);
    fail_unless_equals_int(split.push(buffer), GST_FLOW_OK);
    mask = pull_mask(split);
    if (i == stays_from + 5)
      fail_unless(set_in(mask, 0, width) > 150);
  }
  return set_in(mask, 0, width) > 150;
}

GST_START_TEST(regions_of_interest_keep_foreground) {
  const auto mark = [](int i, GstBuffer* buffer) {
    if (i >= stays_from)
      gst_buffer_add_video_region_of_interest_meta(buffer, "person", 18, 12, 20, 20);
  };
  Split alone("", Split::mask);
  fail_unless(!stays(alone, [](int, GstBuffer*) {}));
  Split hinted("", Split::mask);
  fail_unless(stays(hinted, mark));
  Split deaf("roi-hints=false", Split::mask);
  fail_unless(!stays(deaf, mark));
}
GST_END_TEST

GST_START_TEST(events_of_downstream_keep_foreground) {
  const auto from = [](Split& split, int first, GstClockTime duration) {
    return [&split, first, duration](int i, GstBuffer*) {
      // Two that add up to where somebody stands.
      if (i == first) {
        fail_unless(
            gst_pad_push_event(split.at(Split::mask)->sinkpad, hint(18, 12, 10, 20, duration)));
        fail_unless(gst_pad_push_event(split.at(Split::mask)->sinkpad,
                                       hint(28, 12, 4000000000u, 20, duration)));
      }
    };
  };
  Split held("", Split::mask);
  fail_unless(stays(held, from(held, stays_from, GST_CLOCK_TIME_NONE - 1)));
  Split brief("", Split::mask);
  fail_unless(!stays(brief, from(brief, stays_from, 2 * GST_SECOND)));
  // A second, said again in time.
  Split renewed("", Split::mask);
  fail_unless(stays(renewed, [&](int i, GstBuffer* buffer) {
    if (i >= stays_from && (i - stays_from) % 25 == 0)
      from(renewed, i, GST_CLOCK_TIME_NONE)(i, buffer);
  }));
  Split cleared("", Split::mask);
  fail_unless(!stays(cleared, [&](int i, GstBuffer* buffer) {
    from(cleared, stays_from, GST_CLOCK_TIME_NONE - 1)(i, buffer);
    if (i == stays_from + 10)
      fail_unless(gst_pad_push_event(cleared.at(Split::mask)->sinkpad, hint(0, 0, 0, 0, 0)));
  }));
}
GST_END_TEST

GST_START_TEST(hints_go_no_further_upstream) {
  Split split("", Split::mask);
  split.set_caps(caps);
  while (GstEvent* event = gst_harness_try_pull_upstream_event(split.input()))
    gst_event_unref(event);
  GstPad* sink = split.at(Split::mask)->sinkpad;
  fail_unless(gst_pad_push_event(sink, hint(1, 2, 3, 4, GST_SECOND)));
  fail_unless(gst_pad_push_event(
      sink, gst_event_new_custom(GST_EVENT_CUSTOM_UPSTREAM,
                                 gst_structure_new_empty("rpcasplit-foreground"))));
  fail_unless(gst_harness_try_pull_upstream_event(split.input()) == nullptr);
  gst_pad_push_event(sink, gst_event_new_custom(GST_EVENT_CUSTOM_UPSTREAM,
                                                gst_structure_new_empty("somebody-elses")));
  GstEvent* other = gst_harness_try_pull_upstream_event(split.input());
  fail_unless(other != nullptr && gst_event_has_name(other, "somebody-elses"));
  gst_event_unref(other);
}
GST_END_TEST

}  // namespace

int main() {
  return run_suite("region hints",
                   {regions_of_interest_keep_foreground, events_of_downstream_keep_foreground,
                    hints_go_no_further_upstream});
}
