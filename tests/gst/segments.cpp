// SPDX-License-Identifier: LGPL-2.1-or-later

// Seeks, segments, rates and odd timestamps, through whole pipelines.
#include <algorithm>
#include <memory>
#include <mutex>

#include "pipeline.h"

namespace {

constexpr GstClockTime frame = GST_SECOND / 25;
const char* const methods[] = {"", "method=svd window=4", "method=nmf window=4"};
const char* const pads[] = {"foreground", "background", "mask"};

// What has come to a pad since the last flush.
struct Seen {
  std::mutex mutex;
  std::vector<GstClockTime> times;
  GstSegment segment;
  int segments = 0;
  int ends = 0;  // of segments: EOS or SEGMENT_DONE
};

GstPadProbeReturn on_item(GstPad*, GstPadProbeInfo* info, gpointer data) {
  auto* seen = static_cast<Seen*>(data);
  const std::lock_guard lock(seen->mutex);
  if ((info->type & GST_PAD_PROBE_TYPE_BUFFER) != 0) {
    seen->times.push_back(GST_BUFFER_PTS(GST_PAD_PROBE_INFO_BUFFER(info)));
    return GST_PAD_PROBE_OK;
  }
  GstEvent* event = GST_PAD_PROBE_INFO_EVENT(info);
  if (GST_EVENT_TYPE(event) == GST_EVENT_FLUSH_STOP)
    seen->times.clear();
  if (GST_EVENT_TYPE(event) == GST_EVENT_SEGMENT) {
    gst_event_copy_segment(event, &seen->segment);
    seen->segments++;
  }
  if (GST_EVENT_TYPE(event) == GST_EVENT_SEGMENT_DONE || GST_EVENT_TYPE(event) == GST_EVENT_EOS)
    seen->ends++;
  return GST_PAD_PROBE_OK;
}

// videotestsrc through the element to three sinks, paused.
class Player {
 public:
  explicit Player(const std::string& properties) {
    std::string line =
        "videotestsrc num-buffers=100 ! video/x-raw,format=GRAY8,width=32,height=24,framerate=25/1 "
        "! rpcasplit threads=1 name=s " +
        properties;
    for (const char* pad : pads)
      line += std::string(" s.") + pad + " ! queue ! fakesink sync=false name=" + pad;
    pipeline_ = launch(line);
    watch("s", entered_);
    for (std::size_t i = 0; i < 3; i++)
      watch(pads[i], seen_[i]);
    gst_element_set_state(pipeline_, GST_STATE_PAUSED);
    settle();
  }
  Player(const Player&) = delete;
  Player& operator=(const Player&) = delete;
  ~Player() { finish(pipeline_); }

  // Waits until each sink has its first frame, or has been given a state.
  void settle() {
    fail_unless(gst_element_get_state(pipeline_, nullptr, nullptr, 30 * GST_SECOND) ==
                GST_STATE_CHANGE_SUCCESS);
  }
  void seek(double rate, int flags, gint64 start, gint64 stop) {
    fail_unless(gst_element_seek(pipeline_, rate, GST_FORMAT_TIME, static_cast<GstSeekFlags>(flags),
                                 GST_SEEK_TYPE_SET, start,
                                 stop < 0 ? GST_SEEK_TYPE_NONE : GST_SEEK_TYPE_SET, stop));
  }
  void play() { gst_element_set_state(pipeline_, GST_STATE_PLAYING); }
  void wait_for(GstMessageType type) { fail_unless_equals_text(::wait_for(pipeline_, type), ""); }

  // Each sink has had frames [first, last], one after the other.
  void check_frames(int first, int last, double rate = 1) {
    for (Seen& seen : seen_) {
      const std::lock_guard lock(seen.mutex);
      std::vector<int> indices;
      for (const GstClockTime time : seen.times)
        indices.push_back(static_cast<int>((time + frame / 2) / frame));
      std::vector<int> expected;
      for (int i = first; i <= last; i++)
        expected.push_back(i);
      fail_unless(indices == expected, "%zu frames from %d to %d", indices.size(),
                  indices.empty() ? -1 : indices.front(), indices.empty() ? -1 : indices.back());
      fail_unless(seen.segment.rate == rate);
    }
  }
  GstClockTime first_time(std::size_t sink) {
    const std::lock_guard lock(seen_[sink].mutex);
    return seen_[sink].times.at(0);
  }
  int segments(std::size_t sink) {
    const std::lock_guard lock(seen_[sink].mutex);
    return seen_[sink].segments;
  }

  // Each sink has had what came from the source, that many frames at least, backwards.
  void check_backwards(std::size_t least) {
    for (Seen& seen : seen_) {
      fail_unless(seen.times == entered_.times && seen.times.size() >= least);
      fail_unless(std::is_sorted(seen.times.rbegin(), seen.times.rend()));
      fail_unless(seen.segment.rate == -1);
    }
  }
  // The message comes when the source has ended, the event behind the last frame.
  void wait_for_ends(int count) {
    wait_for(GST_MESSAGE_SEGMENT_DONE);
    const auto all_there = [&] {
      return std::all_of(std::begin(seen_), std::end(seen_), [&](Seen& seen) {
        const std::lock_guard lock(seen.mutex);
        return seen.ends >= count;
      });
    };
    for (int i = 0; i < 3000 && !all_there(); i++)
      g_usleep(10000);
    fail_unless(all_there());
  }

 private:
  void watch(const char* element, Seen& seen) {
    GstElement* found = gst_bin_get_by_name(GST_BIN(pipeline_), element);
    GstPad* pad = gst_element_get_static_pad(found, "sink");
    gst_pad_add_probe(pad,
                      static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER |
                                                   GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM |
                                                   GST_PAD_PROBE_TYPE_EVENT_FLUSH),
                      on_item, &seen, nullptr);
    gst_object_unref(pad);
    gst_object_unref(found);
  }

  GstElement* pipeline_;
  Seen seen_[3];
  Seen entered_;
};

GST_START_TEST(flushing_seek_begins_where_asked) {
  for (const char* method : methods) {
    Player player(method);
    for (const gint64 to : {gint64{GST_SECOND}, gint64{3 * GST_SECOND}, gint64{0}}) {
      player.seek(1, GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_ACCURATE, to, -1);
      player.settle();
      for (std::size_t i = 0; i < 3; i++)
        fail_unless_equals_uint64(player.first_time(i), static_cast<guint64>(to));
    }
    player.seek(1, GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_ACCURATE, 2 * GST_SECOND, 3 * GST_SECOND);
    player.play();
    player.wait_for(GST_MESSAGE_EOS);
    player.check_frames(50, 74);
  }
}
GST_END_TEST

// Nothing of the old segment is lost, and the new one follows it.
GST_START_TEST(seek_without_flush_loses_no_frame) {
  for (const char* method : methods) {
    Player player(method);
    player.seek(1, GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_SEGMENT, 0, GST_SECOND);
    player.play();
    player.wait_for_ends(1);
    player.check_frames(0, 24);
    const int before = player.segments(0);
    player.seek(1, 0, GST_SECOND, 2 * GST_SECOND);
    player.wait_for(GST_MESSAGE_EOS);
    player.check_frames(0, 49);
    fail_unless_equals_int(player.segments(0), before + 1);
  }
}
GST_END_TEST

// A loop of segments: a window that is not full when one ends is sent before SEGMENT_DONE.
GST_START_TEST(segments_end_with_their_last_frame) {
  for (const char* method : methods) {
    Player player(method);
    player.seek(1, GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_SEGMENT, 0, 7 * frame);
    player.play();
    player.wait_for_ends(1);
    player.check_frames(0, 6);
    player.seek(1, GST_SEEK_FLAG_SEGMENT, 7 * frame, 10 * frame);
    player.wait_for_ends(2);
    player.check_frames(0, 9);
  }
}
GST_END_TEST

GST_START_TEST(rates_pass) {
  for (const char* method : methods)
    for (const double rate : {2.0, 0.5}) {
      Player player(method);
      player.seek(rate, GST_SEEK_FLAG_FLUSH, GST_SECOND, 2 * GST_SECOND);
      player.play();
      player.wait_for(GST_MESSAGE_EOS);
      player.check_frames(25, 49, rate);
    }
}
GST_END_TEST

// Played backwards, frames are frames: separated in the order in which they come.
GST_START_TEST(backwards_is_an_order_like_another) {
  for (const char* method : methods) {
    Player player(method);
    player.seek(-1, GST_SEEK_FLAG_FLUSH, 0, GST_SECOND);
    player.play();
    player.wait_for(GST_MESSAGE_EOS);
    player.check_backwards(25);
  }
}
GST_END_TEST

GST_START_TEST(times_may_go_back_or_be_missing) {
  const std::string caps = raw_caps("GRAY8", 32, 24);
  const GstClockTime times[] = {
      0, 5 * frame, 2 * frame, 2 * frame, GST_CLOCK_TIME_NONE, GST_CLOCK_TIME_NONE, frame};
  for (const char* method : methods) {
    Split split(method);
    split.set_caps(caps);
    int index = 0;
    for (const GstClockTime time : times) {
      GstBuffer* buffer = make_frame(parse_caps(caps), index++);
      GST_BUFFER_PTS(buffer) = time;
      GST_BUFFER_DURATION(buffer) = GST_CLOCK_TIME_NONE;
      fail_unless_equals_int(split.push(buffer), GST_FLOW_OK);
    }
    split.push_event(gst_event_new_eos());
    for (const int pad : {Split::foreground, Split::background, Split::mask})
      for (const GstClockTime time : times) {
        GstBuffer* buffer = split.pull(pad);
        fail_unless_equals_uint64(GST_BUFFER_PTS(buffer), time);
        gst_buffer_unref(buffer);
      }
    fail_unless_equals_text(split.error(), "");
  }
}
GST_END_TEST

// Streams that are not counted in time pass as they are.
GST_START_TEST(segments_in_bytes_pass) {
  Split split("", Split::mask);
  const std::string caps = raw_caps("GRAY8", 32, 24);
  split.set_caps(caps);
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_BYTES);
  fail_unless(split.push_event(gst_event_new_segment(&segment)));
  gst_pad_push_event(split.input()->sinkpad,
                     gst_event_new_qos(GST_QOS_TYPE_UNDERFLOW, 1, GST_SECOND, 0));
  push_frames(split, caps, 0, 3);
  fail_unless_equals_int(static_cast<int>(split.waiting(Split::mask)), 3);
}
GST_END_TEST

}  // namespace

int main() {
  return run_suite("segments", {flushing_seek_begins_where_asked, seek_without_flush_loses_no_frame,
                                segments_end_with_their_last_frame, rates_pass,
                                backwards_is_an_order_like_another, times_may_go_back_or_be_missing,
                                segments_in_bytes_pass});
}
