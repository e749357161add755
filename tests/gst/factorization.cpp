// SPDX-License-Identifier: LGPL-2.1-or-later

// Factorizations that take long: what they tell, and what ends them.
#include <thread>

#include "support.h"

namespace {

// Frames of noise, whose pursuit takes seconds. Returns their format.
GstVideoInfo push_long_window(Split& split, int frames) {
  const std::string caps = raw_caps("GRAY8", 640, 480);
  const GstVideoInfo info = parse_caps(caps);
  split.set_caps(caps);
  for (int i = 0; i < frames; i++)
    fail_unless(split.push(make_noise_frame(info, i)) == GST_FLOW_OK, "%s", split.error().c_str());
  return info;
}

// Microseconds; more by as much as Check's own limits are, where all is slower.
gint64 soon() {
  const gchar* multiplier = g_getenv("CK_TIMEOUT_MULTIPLIER");
  return static_cast<gint64>(5 * G_USEC_PER_SEC *
                             (multiplier ? g_ascii_strtod(multiplier, nullptr) : 1));
}

// The flush ends the factorization that the last push waits for; without it that would come back as
// OK.
GST_START_TEST(flush_cancels_a_factorization) {
  Split split("method=pcp window=40 max-memory=4000000000", Split::mask);
  const GstVideoInfo info = push_long_window(split, 69);
  GstFlowReturn flow = GST_FLOW_OK;
  GstBuffer* last = make_noise_frame(info, 69);
  std::thread streaming([&] { flow = split.push(last); });
  g_usleep(100000);
  const gint64 begun = g_get_monotonic_time();
  split.push_event(gst_event_new_flush_start());
  streaming.join();
  fail_unless_equals_int(flow, GST_FLOW_FLUSHING);
  fail_unless(g_get_monotonic_time() - begun < soon());
  end_flush(split);
  fail_unless_equals_int(split.push(make_noise_frame(info, 70)), GST_FLOW_OK);
  fail_unless_equals_int(static_cast<int>(split.waiting(Split::mask)), 0);
}
GST_END_TEST

// What the bus has of progress: a letter for each message's type.
std::string progress_messages(const Split& split) {
  std::string letters;
  gdouble before = 0;
  while (GstMessage* message = gst_bus_pop_filtered(split.bus(), GST_MESSAGE_PROGRESS)) {
    GstProgressType type = GST_PROGRESS_TYPE_ERROR;
    gchar* code = nullptr;
    gchar* text = nullptr;
    gst_message_parse_progress(message, &type, &code, &text);
    fail_unless_equals_string(code, "factorize");
    gdouble done = 0;
    fail_unless(
        gst_structure_get_double(gst_message_get_structure(message), "percent-complete", &done));
    fail_unless(done >= before && done <= 100);
    before = done;
    letters += type == GST_PROGRESS_TYPE_START      ? 's'
               : type == GST_PROGRESS_TYPE_CONTINUE ? 'c'
               : type == GST_PROGRESS_TYPE_COMPLETE ? 'C'
               : type == GST_PROGRESS_TYPE_CANCELED ? 'X'
                                                    : '?';
    g_free(code);
    g_free(text);
    gst_message_unref(message);
  }
  return letters;
}

// Waits for a message of progress, as long as the test may take; its text.
std::string wait_for_progress(const Split& split) {
  GstMessage* message =
      gst_bus_timed_pop_filtered(split.bus(), GST_CLOCK_TIME_NONE, GST_MESSAGE_PROGRESS);
  gchar* text = nullptr;
  gst_message_parse_progress(message, nullptr, nullptr, &text);
  const std::string result = text;
  g_free(text);
  gst_message_unref(message);
  return result;
}

GST_START_TEST(long_factorizations_tell_their_progress) {
  Split split("method=pcp noise=1 window=0 threads=1", Split::mask);
  push_long_window(split, 25);
  const gint64 begun = g_get_monotonic_time();
  split.push_event(gst_event_new_eos());
  const gint64 took = g_get_monotonic_time() - begun;
  const std::string messages = progress_messages(split);
  fail_unless_equals_int(static_cast<int>(split.waiting(Split::mask)), 25);
  fail_unless(messages.size() >= 2, "%s after %d ms", messages.c_str(),
              static_cast<int>(took / 1000));
  fail_unless(messages.front() == 's' && messages.back() == 'C', "%s", messages.c_str());
  fail_unless(messages.find_first_not_of('c', 1) == messages.size() - 1, "%s", messages.c_str());
  fail_unless(static_cast<gint64>(messages.size()) <= 2 + took / (G_USEC_PER_SEC / 4));
}
GST_END_TEST

GST_START_TEST(short_factorizations_are_not_worth_a_message) {
  Split split("method=pcp window=5", Split::mask);
  const std::string caps = raw_caps("I420", 24, 16);
  split.set_caps(caps);
  push_frames(split, caps, 0, 20);
  split.push_event(gst_event_new_eos());
  fail_unless_equals_text(progress_messages(split), "");
}
GST_END_TEST

GST_START_TEST(flush_cancels_the_factorization_of_a_stream) {
  struct Case {
    const char* properties;
    const char* text;  // of the messages
  };
  for (const Case& c :
       {Case{"method=pcp noise=1 window=0 threads=1", "principal component pursuit"},
        Case{"method=nmf rank=30 window=0 threads=1", "non-negative factorization"}}) {
    Split split(c.properties, Split::mask);
    push_long_window(split, 40);
    std::thread streaming([&] { split.push_event(gst_event_new_eos()); });
    const std::string text = wait_for_progress(split);
    split.push_event(gst_event_new_flush_start());
    streaming.join();
    const std::string form =
        std::string("^") + c.text + " of 40 frames: iteration [1-9][0-9]*, [0-9]+ %$";
    fail_unless(g_regex_match_simple(form.c_str(), text.c_str(), GRegexCompileFlags(0),
                                     GRegexMatchFlags(0)),
                "%s", text.c_str());
    const std::string messages = progress_messages(split);
    fail_unless(!messages.empty() && messages.back() == 'X', "%s", messages.c_str());
    fail_unless_equals_int(static_cast<int>(split.waiting(Split::mask)), 0);
  }
}
GST_END_TEST

GST_START_TEST(state_change_ends_a_factorization) {
  for (const int window : {0, 40}) {
    const std::string properties = "method=pcp noise=1 threads=1 window=" + std::to_string(window);
    Split split(properties, Split::mask);
    push_long_window(split, 40);
    // With a window its own thread is at work already, and the stream waits for frames.
    std::thread streaming;
    if (window == 0)
      streaming = std::thread([&] { split.push_event(gst_event_new_eos()); });
    wait_for_progress(split);
    const gint64 begun = g_get_monotonic_time();
    fail_unless_equals_int(gst_element_set_state(split.element(), GST_STATE_READY),
                           GST_STATE_CHANGE_SUCCESS);
    fail_unless(g_get_monotonic_time() - begun < soon());
    if (streaming.joinable())
      streaming.join();
    const std::string messages = progress_messages(split);
    fail_unless(!messages.empty() && messages.back() == 'X', "%s", messages.c_str());
  }
}
GST_END_TEST

const std::string small = raw_caps("GRAY8", 32, 24);
GstPadActivateModeFunction usual_activation = nullptr;
Split* stopping = nullptr;
GstFlowReturn flow_while_stopping = GST_FLOW_ERROR;

// The first pad that stops: the others still run.
gboolean flush_while_stopping(GstPad* pad, GstObject* parent, GstPadMode mode, gboolean active) {
  if (!active) {
    fail_unless(stopping->push_event(gst_event_new_flush_start()));
    end_flush(*stopping);
    flow_while_stopping = stopping->push(make_frame(parse_caps(small), 0));
  }
  return usual_activation == nullptr || usual_activation(pad, parent, mode, active);
}

// A seek that flushes while the pipeline stops: no factorization begins that the stop waits for.
GST_START_TEST(a_flush_does_not_put_off_the_stop) {
  Split split("method=svd window=4", Split::mask);
  split.set_caps(small);
  GstPad* pad = gst_element_get_static_pad(split.element(), "foreground");
  stopping = &split;
  usual_activation = GST_PAD_ACTIVATEMODEFUNC(pad);
  gst_pad_set_activatemode_function(pad, flush_while_stopping);
  fail_unless_equals_int(gst_element_set_state(split.element(), GST_STATE_READY),
                         GST_STATE_CHANGE_SUCCESS);
  fail_unless_equals_int(flow_while_stopping, GST_FLOW_FLUSHING);
  gst_pad_set_activatemode_function(pad, usual_activation);
  gst_object_unref(pad);
  // A new start takes frames again.
  fail_unless_equals_int(gst_element_set_state(split.element(), GST_STATE_PLAYING),
                         GST_STATE_CHANGE_SUCCESS);
  end_flush(split);
  push_frames(split, small, 0, 8);
}
GST_END_TEST

}  // namespace

int main() {
  return run_suite(
      "factorization",
      {flush_cancels_a_factorization, long_factorizations_tell_their_progress,
       short_factorizations_are_not_worth_a_message, flush_cancels_the_factorization_of_a_stream,
       state_change_ends_a_factorization, a_flush_does_not_put_off_the_stop});
}
