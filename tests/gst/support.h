// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/check/gstcheck.h>
#include <gst/check/gstharness.h>
#include <gst/video/video.h>

#include <initializer_list>
#include <string>
#include <vector>

// Caps that have passed a pad.
std::string caps_of(GstPad* pad);
// Text of the next error on a bus, empty when there is none.
std::string error_on(GstBus* bus);
// Whether there is a message of that type, which is taken.
bool take_message(GstBus* bus, GstMessageType type);
// Sets a property to what a text says, which has to be a value of it.
void set_property(GstElement* element, const char* property, const char* value);

// One element rpcasplit with a harness on each linked source pad, and a bus.
class Split {
 public:
  static constexpr int foreground = 1;
  static constexpr int background = 2;
  static constexpr int mask = 4;
  static constexpr int all = 7;

  explicit Split(const std::string& properties = "", int pads = all);
  Split(const Split&) = delete;
  Split& operator=(const Split&) = delete;
  ~Split();

  // The harness of one linked pad.
  GstHarness* at(int pad) const;
  GstHarness* input() const { return input_; }
  GstElement* element() const { return element_; }
  GstBus* bus() const { return bus_; }

  void set_caps(const std::string& caps);
  void set(const char* property, const char* value) { set_property(element_, property, value); }
  GstFlowReturn push(GstBuffer* buffer) { return gst_harness_push(input_, buffer); }
  bool push_event(GstEvent* event) { return gst_harness_push_event(input_, event); }
  // The next buffer of a pad; fails the test when there is none.
  GstBuffer* pull(int pad) const;
  guint waiting(int pad) const { return gst_harness_buffers_in_queue(at(pad)); }
  // Caps that the pad has sent.
  GstVideoInfo info(int pad) const;
  std::string caps(int pad) const { return caps_of(at(pad)->sinkpad); }
  // Text of the next error on the bus, empty when there is none.
  std::string error() const { return error_on(bus_); }
  bool has_message(GstMessageType type) const { return take_message(bus_, type); }
  guint64 stat(const char* field) const;

 private:
  GstElement* element_;
  GstBus* bus_;
  GstHarness* input_ = nullptr;
  GstHarness* outputs_[3] = {};
};

GstVideoInfo parse_caps(const std::string& caps);
std::string raw_caps(const char* format, int width, int height, const char* more = "");

// A picture of slopes with a bright box that moves with `index`, in any native format.
GstBuffer* make_frame(const GstVideoInfo& info, int index);
// The same picture under a GstVideoMeta with rows and planes further apart than the caps imply.
GstBuffer* make_padded_frame(const GstVideoInfo& info, int index);
// Every component of every pixel has one value, in the format's own samples; alpha is opaque.
GstBuffer* make_flat_frame(const GstVideoInfo& info, int value, int index = 0);
GstBuffer* make_noise_frame(const GstVideoInfo& info, int index);
// Every sample a random value from `least` on, below `end`.
GstBuffer* make_noise_frame(const GstVideoInfo& info, int index, int least, int end);

// Pushes that many pictures of make_frame(), each of which must be taken.
void push_frames(Split& split, const std::string& caps, int first, int count);

// From now on the sink of a pad answers to buffers that it has had enough.
void take_no_more(const Split& split, int pad);

// The sink of a pad proposes a pool whose buffers are for larger video, as their GstVideoMeta says.
void propose_larger_frames(GstPad* pad);

// Ends a flush with a new segment.
void end_flush(Split& split);

// Samples of component `component` of what `info` shows, row by row.
std::vector<int> samples(GstBuffer* buffer, const GstVideoInfo& info, guint component);

// What leaves a pad: "buffer" and event names, in order.
using Items = std::vector<std::string>;
Items* record(GstElement* element, const char* pad);
// Whether they are these, each with a blank behind it.
void check_items(const Items& items, const std::string& expected);

// fail_unless_equals_string() keeps a pointer beyond the life of a temporary string.
#define fail_unless_equals_text(text, expected)                                                  \
  G_STMT_START {                                                                                 \
    const std::string found_text = (text);                                                       \
    fail_unless(found_text == (expected), "%s is \"%s\", not \"%s\"", #text, found_text.c_str(), \
                expected);                                                                       \
  }                                                                                              \
  G_STMT_END

// Each test fails when it leaves an object of GStreamer behind and the tracer `leaks` is active.
int run_suite(const char* name, std::initializer_list<TFun> tests);
