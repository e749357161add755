// SPDX-License-Identifier: LGPL-2.1-or-later

// What downstream may answer to a buffer, on each pad, and what upstream is told.
#include <map>

#include "codec_support.h"

namespace {

constexpr int pads[] = {Split::foreground, Split::background, Split::mask};
constexpr GstFlowReturn answers[] = {GST_FLOW_ERROR,          GST_FLOW_EOS,
                                     GST_FLOW_NOT_LINKED,     GST_FLOW_FLUSHING,
                                     GST_FLOW_NOT_NEGOTIATED, GST_FLOW_CUSTOM_ERROR};

// What a pad gives for each buffer, in place of taking it.
class Refusal {
 public:
  void begin(GstPad* pad, GstFlowReturn answer) {
    pad_ = pad;
    answer_ = answer;
    probe_ = gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, on_buffer, this, nullptr);
  }
  void end() { gst_pad_remove_probe(pad_, probe_); }
  int count() const { return count_; }

 private:
  static GstPadProbeReturn on_buffer(GstPad*, GstPadProbeInfo* info, gpointer data) {
    auto* self = static_cast<Refusal*>(data);
    gst_buffer_unref(GST_PAD_PROBE_INFO_BUFFER(info));
    info->data = nullptr;
    GST_PAD_PROBE_INFO_FLOW_RETURN(info) = self->answer_;
    self->count_++;
    return GST_PAD_PROBE_HANDLED;
  }

  GstPad* pad_ = nullptr;
  GstFlowReturn answer_ = GST_FLOW_OK;
  gulong probe_ = 0;
  int count_ = 0;
};

// GstFlowCombiner: a branch that has ended or gone is none of the others' business.
bool concerns_others(GstFlowReturn answer) {
  return answer != GST_FLOW_EOS && answer != GST_FLOW_NOT_LINKED;
}

const std::string caps = raw_caps("I420", 32, 24);
constexpr int window = 3;
const char* const methods[] = {"threads=1", "threads=2 method=svd window=3"};

// Frames until one is refused, or some that are enough to have come out.
GstFlowReturn push_some(Split& split, int first) {
  GstFlowReturn flow = GST_FLOW_OK;
  for (int i = first; i < first + 2 * window && flow == GST_FLOW_OK; i++)
    flow = split.push(make_frame(parse_caps(caps), i));
  return flow;
}

void drop_all(const Split& split) {
  for (const int pad : pads)
    while (split.waiting(pad) > 0)
      gst_buffer_unref(split.pull(pad));
}

// After a flush, everything passes again.
void check_recovery(Split& split, const char* method, GstFlowReturn answer) {
  fail_unless(split.push_event(gst_event_new_flush_start()));
  end_flush(split);
  drop_all(split);
  push_frames(split, caps, 50, 2 * window);
  fail_unless(split.push_event(gst_event_new_eos()));
  for (const int pad : pads)
    fail_unless(split.waiting(pad) == 2 * window, "%s, after %s: %u frames", method,
                gst_flow_get_name(answer), split.waiting(pad));
  fail_unless_equals_text(split.error(), "");
}

GST_START_TEST(one_pad_is_refused) {
  for (const char* method : methods)
    for (const GstFlowReturn answer : answers)
      for (const int refused : pads) {
        Split split(method);
        split.set_caps(caps);
        Refusal refusal;
        refusal.begin(split.at(refused)->sinkpad, answer);
        const GstFlowReturn flow = push_some(split, 0);
        const GstFlowReturn expected = concerns_others(answer) ? answer : GST_FLOW_OK;
        fail_unless(flow == expected, "%s, %s: %s", method, gst_flow_get_name(answer),
                    gst_flow_get_name(flow));
        // All pads were given the same frames.
        fail_unless(refusal.count() > 0);
        for (const int pad : pads)
          if (pad != refused)
            fail_unless_equals_int(static_cast<int>(split.waiting(pad)), refusal.count());
        refusal.end();
        check_recovery(split, method, answer);
      }
}
GST_END_TEST

GST_START_TEST(all_pads_are_refused) {
  for (const char* method : methods)
    for (const GstFlowReturn answer : answers) {
      Split split(method);
      split.set_caps(caps);
      std::map<int, Refusal> refusals;
      for (const int pad : pads)
        refusals[pad].begin(split.at(pad)->sinkpad, answer);
      fail_unless_equals_int(push_some(split, 0), answer);
      for (auto& [pad, refusal] : refusals) {
        fail_unless_equals_int(refusal.count(), 1);
        refusal.end();
      }
      check_recovery(split, method, answer);
    }
}
GST_END_TEST

// One ends, one goes: what counts for all is that there is no more to do.
GST_START_TEST(ends_and_missing_pads_are_an_end) {
  for (const char* method : methods) {
    Split split(method, Split::foreground | Split::mask);
    split.set_caps(caps);
    Refusal ended;
    Refusal gone;
    ended.begin(split.at(Split::foreground)->sinkpad, GST_FLOW_EOS);
    gone.begin(split.at(Split::mask)->sinkpad, GST_FLOW_NOT_LINKED);
    fail_unless_equals_int(push_some(split, 0), GST_FLOW_EOS);
    ended.end();
    gone.end();
  }
}
GST_END_TEST

// A refusal at the end of the stream, of what a window held, keeps the end from nobody, and no
// frame from the pads that take them.
GST_START_TEST(a_refused_window_ends_all_the_same) {
  for (const GstFlowReturn answer : answers)
    for (const int refused : pads) {
      Split split("threads=1 method=svd window=10");
      split.set_caps(caps);
      Refusal refusal;
      refusal.begin(split.at(refused)->sinkpad, answer);
      fail_unless_equals_int(push_some(split, 0), GST_FLOW_OK);
      split.push_event(gst_event_new_eos());
      fail_unless(refusal.count() > 0);
      for (const int pad : pads) {
        GstEvent* end = gst_pad_get_sticky_event(split.at(pad)->sinkpad, GST_EVENT_EOS, 0);
        fail_unless(end != nullptr, "no end after %s", gst_flow_get_name(answer));
        gst_event_unref(end);
        if (pad != refused)
          fail_unless(split.waiting(pad) == 2 * window, "%u of %d frames beside %s",
                      split.waiting(pad), 2 * window, gst_flow_get_name(answer));
      }
      // What has an answer that is the others' concern as well is not asked again.
      if (concerns_others(answer))
        fail_unless_equals_int(refusal.count(), 1);
      refusal.end();
    }
}
GST_END_TEST

GST_START_TEST(the_codec_passes_answers_on) {
  for (const char* line : {"lowrankcompress", "lowrankcompress ! lowrankdecompress",
                           "lowrankcompress ! lowrankparse ! lowrankdecompress"})
    for (const GstFlowReturn answer : answers) {
      Chain chain(line);
      chain.set_caps(caps);
      const auto push = [&](int first) {
        GstFlowReturn flow = GST_FLOW_OK;
        for (int i = first; i < first + 4 && flow == GST_FLOW_OK; i++)
          flow = chain.push(make_frame(parse_caps(caps), i));
        return flow;
      };
      Refusal refusal;
      refusal.begin(chain.harness()->sinkpad, answer);
      fail_unless(push(0) == answer, "%s: %s", line, gst_flow_get_name(answer));
      refusal.end();
      chain.flush();
      unref_all(chain.pull_all());
      fail_unless(push(50) == GST_FLOW_OK, "%s: after %s", line, gst_flow_get_name(answer));
      fail_unless(chain.finish());
      fail_unless_equals_int(static_cast<int>(chain.waiting()), 4);
    }
}
GST_END_TEST

}  // namespace

int main() {
  return run_suite("life flows",
                   {one_pad_is_refused, all_pads_are_refused, ends_and_missing_pads_are_an_end,
                    a_refused_window_ends_all_the_same, the_codec_passes_answers_on});
}
