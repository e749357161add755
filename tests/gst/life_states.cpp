// SPDX-License-Identifier: LGPL-2.1-or-later

// The end of the stream and flushes in every state, at every step of a stream.
#include "codec_support.h"

namespace {

const std::string raw = raw_caps("I420", 32, 24);

// A line of elements with what goes into it.
struct Case {
  const char* line;
  std::string caps;
  bool raw_input;
};

const Case cases[] = {{"rpcasplit threads=1", raw, true},
                      {"rpcasplit threads=1 method=svd window=4", raw, true},
                      {"lowrankcompress threads=1", raw, true},
                      {"lowrankparse", "video/x-lowrank", false},
                      {"lowrankparse ! lowrankdecompress threads=1", "video/x-lowrank", false}};

constexpr int frames = 6;  // one and a half windows

// A clip, encoded, one picture each.
std::vector<Bytes> encode_pictures() {
  const Bytes stream = encode("key-int-max=3", raw, frames);
  const std::vector<std::size_t> at = boundaries(stream);
  std::vector<Bytes> result;
  for (std::size_t i = 0; i + 1 < at.size(); i++)
    result.emplace_back(stream.begin() + static_cast<std::ptrdiff_t>(at[i]),
                        stream.begin() + static_cast<std::ptrdiff_t>(at[i + 1]));
  return result;
}

const std::vector<Bytes>& pictures() {
  static const std::vector<Bytes> result = encode_pictures();
  return result;
}

class Feed {
 public:
  explicit Feed(const Case& one) : raw_(one.raw_input), info_(parse_caps(raw)) {}
  GstBuffer* buffer(int i) const {
    if (raw_)
      return make_frame(info_, i);
    const Bytes& bytes = pictures()[static_cast<std::size_t>(i)];
    GstBuffer* buffer = gst_buffer_new_allocate(nullptr, bytes.size(), nullptr);
    gst_buffer_fill(buffer, 0, bytes.data(), bytes.size());
    GST_BUFFER_PTS(buffer) = static_cast<GstClockTime>(i) * GST_SECOND / 25;
    return buffer;
  }

 private:
  bool raw_;
  GstVideoInfo info_;
};

GstEvent* time_segment() {
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  return gst_event_new_segment(&segment);
}

GstEvent* caps_event(const std::string& text) {
  GstCaps* caps = gst_caps_from_string(text.c_str());
  GstEvent* event = gst_event_new_caps(caps);
  gst_caps_unref(caps);
  return event;
}

// Pads of the test before and behind a line of elements, whose state the test sets.
class Line {
 public:
  explicit Line(const Case& one) : case_(one), feed_(one) {
    bin_ = gst_parse_bin_from_description(one.line, TRUE, nullptr);
    gst_object_ref_sink(bin_);
    bus_ = gst_bus_new();
    gst_element_set_bus(bin_, bus_);
    source_ = gst_pad_new("source", GST_PAD_SRC);
    sink_ = gst_pad_new("sink", GST_PAD_SINK);
    gst_pad_set_chain_function(sink_, on_buffer);
    gst_pad_set_event_function(sink_, on_event);
    g_object_set_data(G_OBJECT(sink_), "line", this);
    link(source_, bin_, "sink");
    link(sink_, bin_, "src");
    gst_pad_set_active(sink_, TRUE);
    gst_pad_set_active(source_, TRUE);
  }
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;
  ~Line() {
    set_state(GST_STATE_NULL);
    gst_pad_set_active(source_, FALSE);
    gst_pad_set_active(sink_, FALSE);
    gst_element_set_bus(bin_, nullptr);
    gst_object_unref(bin_);
    gst_object_unref(source_);
    gst_object_unref(sink_);
    gst_object_unref(bus_);
  }

  void set_state(GstState state) {
    fail_unless(gst_element_set_state(bin_, state) == GST_STATE_CHANGE_SUCCESS);
  }
  // As they are after a change of state of the elements around.
  void renew_pads() {
    for (GstPad* pad : {source_, sink_}) {
      gst_pad_set_active(pad, FALSE);
      gst_pad_set_active(pad, TRUE);
    }
  }
  bool send(GstEvent* event) { return gst_pad_push_event(source_, event) != FALSE; }
  void flush() {
    send(gst_event_new_flush_start());
    send(gst_event_new_flush_stop(TRUE));
  }
  // The first of what a stream begins with: 0 nothing, 1 its name, 2 caps, 3 a segment; each
  // further step is a buffer.
  void begin(int steps) {
    if (steps > 0)
      send(gst_event_new_stream_start("test"));
    if (steps > 1)
      send(caps_event(case_.caps));
    if (steps > 2)
      send(time_segment());
    for (int i = 0; i < steps - 3; i++)
      fail_unless_equals_int(push(i), GST_FLOW_OK);
  }
  GstFlowReturn push(int i) { return gst_pad_push(source_, feed_.buffer(i)); }
  // A whole stream; all of it comes out, and the end behind it.
  void play(const char* after, int step, GstState state) {
    received_ = ends_ = 0;
    begin(3 + frames);
    send(gst_event_new_eos());
    fail_unless(received_ == frames && ends_ == 1, "%s, %s at step %d in %s: %d frames, %d ends",
                case_.line, after, step, gst_element_state_get_name(state), received_, ends_);
  }

 private:
  static void link(GstPad* own, GstElement* bin, const char* name) {
    GstPad* pad = gst_element_get_static_pad(bin, name);
    const bool to_bin = GST_PAD_IS_SRC(own);
    fail_unless(gst_pad_link(to_bin ? own : pad, to_bin ? pad : own) == GST_PAD_LINK_OK);
    gst_object_unref(pad);
  }
  static Line& of(GstPad* pad) {
    return *static_cast<Line*>(g_object_get_data(G_OBJECT(pad), "line"));
  }
  static GstFlowReturn on_buffer(GstPad* pad, GstObject*, GstBuffer* buffer) {
    gst_buffer_unref(buffer);
    of(pad).received_++;
    return GST_FLOW_OK;
  }
  static gboolean on_event(GstPad* pad, GstObject*, GstEvent* event) {
    if (GST_EVENT_TYPE(event) == GST_EVENT_EOS)
      of(pad).ends_++;
    gst_event_unref(event);
    return TRUE;
  }

  const Case& case_;
  Feed feed_;
  GstElement* bin_;
  GstBus* bus_;
  GstPad* source_;
  GstPad* sink_;
  int received_ = 0;
  int ends_ = 0;
};

struct Act {
  const char* name;
  void (*run)(Line& line);
};

const Act acts[] = {
    {"EOS", [](Line& line) { line.send(gst_event_new_eos()); }},
    {"two EOS",
     [](Line& line) {
       line.send(gst_event_new_eos());
       line.send(gst_event_new_eos());
     }},
    {"a flush", [](Line& line) { line.flush(); }},
    {"two flushes",
     [](Line& line) {
       line.flush();
       line.flush();
     }},
    {"FLUSH_START twice",
     [](Line& line) {
       line.send(gst_event_new_flush_start());
       line.send(gst_event_new_flush_start());
       line.send(gst_event_new_flush_stop(TRUE));
     }},
    {"FLUSH_STOP alone", [](Line& line) { line.send(gst_event_new_flush_stop(FALSE)); }},
    {"EOS and a flush",
     [](Line& line) {
       line.send(gst_event_new_eos());
       line.flush();
     }},
    {"a flush and EOS", [](Line& line) {
       line.flush();
       line.send(gst_event_new_eos());
     }}};

constexpr GstState states[] = {GST_STATE_NULL, GST_STATE_READY, GST_STATE_PAUSED,
                               GST_STATE_PLAYING};

// How far a stream may have come: nothing is taken before PAUSED.
int steps_in(GstState state) {
  return state < GST_STATE_PAUSED ? 0 : 3 + frames - 1;
}

// Whatever came before, a stream that begins anew passes whole.
GST_START_TEST(end_and_flush_are_taken_in_every_state) {
  for (const Case& one : cases)
    for (const Act& act : acts)
      for (const GstState state : states)
        for (int step = 0; step <= steps_in(state); step += state == GST_STATE_PAUSED ? 3 : 1) {
          Line line(one);
          line.set_state(state);
          if (step > 0)
            line.begin(step);
          act.run(line);
          // An end that came before is over with the next stream only after a flush.
          line.set_state(GST_STATE_PLAYING);
          line.flush();
          line.play(act.name, step, state);
        }
}
GST_END_TEST

// The same without the flush: the state change does it.
GST_START_TEST(states_begin_anew_after_end_and_flush) {
  for (const Case& one : cases)
    for (const Act& act : acts)
      for (int step = 0; step <= steps_in(GST_STATE_PAUSED); step++) {
        Line line(one);
        line.set_state(GST_STATE_PLAYING);
        line.begin(step);
        act.run(line);
        line.set_state(GST_STATE_READY);
        line.renew_pads();
        line.set_state(GST_STATE_PLAYING);
        line.play(act.name, step, GST_STATE_PLAYING);
      }
}
GST_END_TEST

}  // namespace

int main() {
  return run_suite("life states",
                   {end_and_flush_are_taken_in_every_state, states_begin_anew_after_end_and_flush});
}
