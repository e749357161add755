// SPDX-License-Identifier: LGPL-2.1-or-later

// Memory runs out at each allocation of C++ code in the life of an element in turn: from leaving
// NULL over caps, settings and frames to the way back, which succeeds. What could not be done is an
// error or a warning, nothing is left behind, and the same element plays when it is started again.
#include <glib/gstdio.h>

#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "allocations.h"
#include "codec_support.h"
#include "scale.h"

namespace {

using namespace allocations;

constexpr int frames = 6;

GstStaticPadTemplate anything =
    GST_STATIC_PAD_TEMPLATE("output", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);

GstFlowReturn take(GstPad*, GstObject* counter, GstBuffer* buffer) {
  (*static_cast<int*>(g_object_get_data(G_OBJECT(counter), "count")))++;
  gst_buffer_unref(buffer);
  return GST_FLOW_OK;
}

struct Change {
  const char* property;
  const char* value;
};

// An element with peers that count what comes, without a C++ allocation of their own.
class Bench {
 public:
  Bench(const char* line, const std::vector<const char*>& sources) {
    GError* problem = nullptr;
    element_ = gst_parse_launch(line, &problem);
    fail_unless(element_ != nullptr && problem == nullptr);
    gst_object_ref_sink(element_);
    bus_ = gst_bus_new();
    gst_element_set_bus(element_, bus_);
    input_ = gst_pad_new("input", GST_PAD_SRC);
    link(input_, "sink");
    for (const char* name : sources) {
      GstPad* pad = gst_pad_new_from_static_template(&anything, nullptr);
      auto* counter = G_OBJECT(pad);
      g_object_set_data(counter, "count", &came_);
      gst_pad_set_chain_function(pad, [](GstPad* self, GstObject*, GstBuffer* buffer) {
        return take(self, GST_OBJECT(self), buffer);
      });
      link(pad, name);
      outputs_.push_back(pad);
    }
  }
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;
  ~Bench() {
    gst_pad_set_active(input_, FALSE);
    gst_object_unref(input_);
    for (GstPad* pad : outputs_)
      gst_object_unref(pad);
    gst_element_set_bus(element_, nullptr);
    gst_object_unref(bus_);
    gst_object_unref(element_);
  }

  GstElement* element() const { return element_; }

  // Plays `buffers`, which stay, with a change of settings amid them. Returns how many came out.
  int play(const std::vector<GstBuffer*>& buffers, GstCaps* caps, GstCaps* other_caps,
           const std::vector<GstBuffer*>& others, const std::vector<Change>& changes) {
    came_ = 0;
    for (GstPad* pad : outputs_)
      gst_pad_set_active(pad, TRUE);
    gst_pad_set_active(input_, TRUE);
    if (gst_element_set_state(element_, GST_STATE_PLAYING) != GST_STATE_CHANGE_FAILURE) {
      gst_pad_push_event(input_, gst_event_new_stream_start("s"));
      gst_pad_push_event(input_, gst_event_new_caps(caps));
      GstSegment segment;
      gst_segment_init(&segment, GST_FORMAT_TIME);
      gst_pad_push_event(input_, gst_event_new_segment(&segment));
      push_all(buffers);
      for (const Change& change : changes)
        gst_util_set_object_arg(G_OBJECT(element_), change.property, change.value);
      if (other_caps != nullptr)
        gst_pad_push_event(input_, gst_event_new_caps(other_caps));
      push_all(others);
      gst_pad_push_event(input_, gst_event_new_eos());
    }
    stopped_ = gst_element_set_state(element_, GST_STATE_NULL) == GST_STATE_CHANGE_SUCCESS;
    for (GstPad* pad : outputs_)
      gst_pad_set_active(pad, FALSE);
    gst_pad_set_active(input_, FALSE);
    return came_;
  }
  bool stopped() const { return stopped_; }

  // Whether an error, or a warning, was posted since the last time.
  bool complained() const {
    bool any = false;
    while (GstMessage* message = gst_bus_pop(bus_)) {
      any |= GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR ||
             GST_MESSAGE_TYPE(message) == GST_MESSAGE_WARNING;
      gst_message_unref(message);
    }
    return any;
  }

 private:
  void push_all(const std::vector<GstBuffer*>& buffers) {
    for (GstBuffer* buffer : buffers)
      gst_pad_push(input_, gst_buffer_copy(buffer));
  }

  void link(GstPad* pad, const char* name) {
    GstPad* other = gst_element_get_static_pad(element_, name);
    const bool forward = GST_PAD_IS_SRC(pad);
    fail_unless(gst_pad_link(forward ? pad : other, forward ? other : pad) == GST_PAD_LINK_OK);
    gst_object_unref(other);
  }

  GstElement* element_;
  GstBus* bus_;
  GstPad* input_;
  std::vector<GstPad*> outputs_;
  int came_ = 0;
  bool stopped_ = false;
};

struct Play {
  const char* line;
  std::vector<const char*> sources;
  std::vector<GstBuffer*> first;
  GstCaps* caps;
  std::vector<GstBuffer*> second;
  GstCaps* other_caps;
  std::vector<Change> changes;
  int expected;
};

// False when the life has fewer allocations than that.
bool live_without_memory(const Play& play, Bench& bench, long number) {
  const auto whole = [&] {
    return bench.play(play.first, play.caps, play.other_caps, play.second, play.changes);
  };
  fail_from(number, number);
  const int came = whole();
  fail_never();
  const bool failed = refused > 0;
  fail_unless(bench.stopped(), "%s: allocation %ld: did not stop", play.line, number);
  const bool complained = bench.complained();
  fail_unless(complained || came >= play.expected, "%s: allocation %ld: %d frames, nothing said",
              play.line, number, came);
  fail_unless(failed || !complained, "%s: complained of nothing", play.line);
  return failed;
}

void live_without_memory(const Play& play) {
  Bench bench(play.line, play.sources);
  const auto whole = [&] {
    const int came = bench.play(play.first, play.caps, play.other_caps, play.second, play.changes);
    fail_unless(came == play.expected, "%s: %d frames, not %d", play.line, came, play.expected);
    fail_unless(bench.stopped());
    fail_if(bench.complained(), "%s complained", play.line);
  };
  whole();  // makes what stays
  whole();
  const long before = live;
  const auto fails = [&](long number) {
    const bool failed = live_without_memory(play, bench, number);
    fail_unless(live <= before + 4, "%s: allocation %ld leaves %ld", play.line, number,
                live - before);
    if (number % 8 == 1)
      whole();
    return failed;
  };
  // All of them, or some and each of the last ones, with which the element stops.
  const int stride = scale::scaled(1) > 1 ? 1 : 13;
  long number = 1;
  while (fails(number))
    number += stride;
  for (long last = MAX(number - 40, 1); stride > 1 && last < number; last++)
    fails(last);
  whole();
  fail_unless(live == before, "%s: %ld are left", play.line, live - before);
  std::printf("%s: %ld allocations\n", play.line, number);
  fail_unless(number > 10, "%s: %ld", play.line, number);
}

std::vector<GstBuffer*> pictures(const std::string& caps, int first) {
  std::vector<GstBuffer*> all;
  for (int i = first; i < first + frames; i++)
    all.push_back(make_frame(parse_caps(caps), i));
  return all;
}

void end(Play& play) {
  unref_all(play.first);
  unref_all(play.second);
  gst_caps_unref(play.caps);
  if (play.other_caps != nullptr)
    gst_caps_unref(play.other_caps);
}

Play separation(const char* line, std::vector<Change> changes) {
  const std::string caps = raw_caps("I420", 16, 16);
  const std::string other = raw_caps("RGB", 24, 10, ",interlace-mode=interleaved");
  return {line,
          {"foreground", "background", "mask"},
          pictures(caps, 0),
          gst_caps_from_string(caps.c_str()),
          pictures(other, frames),
          gst_caps_from_string(other.c_str()),
          std::move(changes),
          3 * 2 * frames};
}

GST_START_TEST(rpcasplit_lives_without_memory) {
  for (const char* line :
       {"rpcasplit threads=1 roi-meta=true post-messages=true",
        "rpcasplit threads=2 method=pcp window=4", "rpcasplit threads=1 method=svd window=3",
        "rpcasplit threads=1 method=nmf window=3",
        "rpcasplit threads=1 method=fixed-rank rank=1 window=3",
        "rpcasplit threads=1 foreground-mode=alpha"}) {
    Play play = separation(line, {{"threshold", "5"}, {"learning-rate", "0.1"}});
    live_without_memory(play);
    end(play);
  }
}
GST_END_TEST

// Files: models at start and end, the plate; and properties that are text.
GST_START_TEST(rpcasplit_handles_files_without_memory) {
  const File model({});
  const File plate({});
  const std::string line = "rpcasplit threads=1 model-location=" + model.path();
  g_unlink(model.path().c_str());
  Play play = separation(line.c_str(), {{"plate-location", plate.path().c_str()}, {"rank", "2"}});
  // A model is of one format.
  gst_caps_unref(std::exchange(play.other_caps, nullptr));
  unref_all(std::exchange(play.second, pictures(raw_caps("I420", 16, 16), frames)));
  live_without_memory(play);
  end(play);
}
GST_END_TEST

GST_START_TEST(encoder_lives_without_memory) {
  for (const char* line : {"lowrankcompress threads=1", "lowrankcompress threads=2 bitrate=100",
                           "lowrankcompress threads=1 layout=frame"}) {
    const std::string caps = raw_caps("I420", 40, 24);
    const std::string other = raw_caps("GRAY8", 17, 9);
    Play play{line,
              {"src"},
              pictures(caps, 0),
              gst_caps_from_string(caps.c_str()),
              pictures(other, frames),
              gst_caps_from_string(other.c_str()),
              {{"quality", "50"}},
              2 * frames};
    live_without_memory(play);
    end(play);
  }
}
GST_END_TEST

// Of a stream that changes amid, in pieces for the parser and in pictures for the decoder.
GST_START_TEST(parser_and_decoder_live_without_memory) {
  for (const char* options : {"", "layout=frame"}) {
    const Bytes one = encode(options, raw_caps("I420", 40, 24), frames);
    const Bytes two = encode(options, raw_caps("GRAY8", 17, 9), frames);
    for (const char* line : {"lowrankparse", "lowrankdecompress threads=2"}) {
      Play play{line,
                {"src"},
                {},
                gst_caps_from_string("video/x-lowrank,parsed=true"),
                {},
                nullptr,
                {{"max-payload", "100000"}},
                2 * frames};
      for (const Bytes* stream : {&one, &two}) {
        const std::vector<std::size_t> ends = boundaries(*stream);
        for (std::size_t i = 0; i + 1 < ends.size(); i++) {
          GstBuffer* buffer = gst_buffer_new_allocate(nullptr, ends[i + 1] - ends[i], nullptr);
          gst_buffer_fill(buffer, 0, stream->data() + ends[i], ends[i + 1] - ends[i]);
          (stream == &one ? play.first : play.second).push_back(buffer);
        }
      }
      live_without_memory(play);
      end(play);
    }
  }
}
GST_END_TEST

}  // namespace

int main() {
  return run_suite("memory for a life",
                   {rpcasplit_lives_without_memory, rpcasplit_handles_files_without_memory,
                    encoder_lives_without_memory, parser_and_decoder_live_without_memory});
}
