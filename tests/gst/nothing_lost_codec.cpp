// SPDX-License-Identifier: LGPL-2.1-or-later

// Random streams of frames, events and changes of settings through encoder, parser and decoder.
// Each frame that goes in comes out once, in its place among the events, with its times and its
// picture.
#include <cstdio>
#include <cstdlib>

#include "codec_support.h"
#include "frame_record.h"
#include "scale.h"

namespace {

struct Item {
  std::string text;
  GstClockTime duration = GST_CLOCK_TIME_NONE;  // any, where the input had none
  int level = -1;                               // of a flat picture; -1 for an event
  bool may_be_lost = false;

  // Whether nothing that was sent before may come after it.
  bool closes() const { return level >= 0 || text == "eos"; }
};

// What is left of a frame's text: a codec makes flags and offsets of its own.
std::string describe_frame(GstBuffer* buffer, const std::string& held) {
  return "frame " + std::to_string(GST_BUFFER_PTS(buffer)) + " " + describe_metas(buffer) + held;
}

GstPadProbeReturn on_arrival(GstPad* pad, GstPadProbeInfo* info, gpointer data) {
  auto& items = *static_cast<std::vector<Item>*>(data);
  if ((info->type & GST_PAD_PROBE_TYPE_BUFFER) != 0) {
    GstBuffer* buffer = GST_PAD_PROBE_INFO_BUFFER(info);
    guint8 level = 0;
    gst_buffer_extract(buffer, 0, &level, 1);
    items.push_back({describe_frame(buffer, in_force(pad)), GST_BUFFER_DURATION(buffer), level});
    return GST_PAD_PROBE_DROP;
  }
  const std::string item = describe(GST_PAD_PROBE_INFO_EVENT(info));
  if (!item.empty())
    items.push_back({item});
  return GST_PAD_PROBE_OK;
}

class Stream : public RandomStream {
 public:
  Stream(unsigned seed, int number)
      : RandomStream(seed, number),
        chain_("lowrankcompress name=encoder threads=" + std::to_string(1 + below(3)) +
               (chance(4) ? " layout=frame" : "") +
               " ! lowrankparse ! lowrankdecompress threads=" + std::to_string(1 + below(3))) {
    gst_pad_add_probe(chain_.harness()->sinkpad,
                      static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER |
                                                   GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM),
                      on_arrival, &came_, nullptr);
    choose_caps();
    chain_.set_caps(caps_);
    segment();
    send_tag();
  }

  void run(int steps) {
    for (int i = 0; i < steps; i++)
      step();
    end();
    fail_unless_equals_text(chain_.error(), "");
  }

 private:
  bool push_event(GstEvent* event) override { return chain_.push_event(event); }

  void step() {
    switch (below(20)) {
      case 0:
        choose_caps();
        return send_caps(caps_);
      case 1:
        return segment();
      case 2:
        return flush();
      case 3:
        end();
        return restart();
      case 4:
        return restart();
      case 5:
        // The base classes drop those before the first frame.
        event(gst_event_new_gap(time_, 0));
        expected_.back().may_be_lost = true;
        return;
      case 6:
        return send_tag();
      case 7:
      case 8:
        return event(gst_event_new_custom(
            GST_EVENT_CUSTOM_DOWNSTREAM,
            gst_structure_new("marker", "id", G_TYPE_INT, ++events_, nullptr)));
      case 9:
        return change_property();
      case 10:
        send(gst_video_event_new_downstream_force_key_unit(GST_CLOCK_TIME_NONE, GST_CLOCK_TIME_NONE,
                                                           GST_CLOCK_TIME_NONE, TRUE, 1));
        return;
      default:
        for (int left = 1 + below(6); left > 0; left--)
          frame();
    }
  }

  void frame() {
    const int level = 40 + ++frames_ * 37 % 160;
    GstBuffer* buffer = make_flat_frame(parse_caps(caps_), level);
    time_ += static_cast<GstClockTime>(1 + below(100)) * GST_MSECOND;
    GST_BUFFER_PTS(buffer) = time_;
    GST_BUFFER_DTS(buffer) = GST_CLOCK_TIME_NONE;
    GST_BUFFER_DURATION(buffer) =
        chance(4) ? GST_CLOCK_TIME_NONE : static_cast<GstClockTime>(1 + below(100)) * GST_MSECOND;
    add_coded_metas(buffer, frames_, random_);
    expected_.push_back({describe_frame(buffer, in_force(caps_, segment_, tag_)),
                         GST_BUFFER_DURATION(buffer), level});
    fail_unless(chain_.push(buffer) == GST_FLOW_OK, "%s %s", where().c_str(),
                chain_.error().c_str());
    check();
  }

  // Sends an event that leaves in its place, before the next frame.
  void event(GstEvent* event) {
    expected_.push_back({describe(event)});
    send(event);
  }

  void choose_caps() {
    static constexpr const char* formats[] = {"I420", "GRAY8", "Y42B", "Y444"};
    static constexpr const char* modes[] = {"progressive", "interleaved", "mixed"};
    caps_ = std::string("video/x-raw,format=") + formats[below(4)] +
            ",width=" + std::to_string(1 + below(40)) + ",height=" + std::to_string(1 + below(40)) +
            ",framerate=" + std::to_string(1 + below(60)) +
            "/1,interlace-mode=" + modes[chance(3) ? below(3) : 0];
  }

  void segment() {
    time_ = static_cast<GstClockTime>(below(3)) * GST_SECOND;
    send_segment(time_);
  }

  // Events that wait for the next frame may be dropped.
  void flush() {
    send(gst_event_new_flush_start());
    fail_unless(chain_.push(make_frame(parse_caps(caps_), 0)) == GST_FLOW_FLUSHING);
    forgo_events();
    send(gst_event_new_flush_stop(TRUE));
    segment();
    send_tag();
  }

  // GstVideoDecoder of 1.22 keeps the events between the last frame and EOS to the next frame.
  void end() {
    forgo_events();
    const std::vector<Item> late(expected_.begin() + static_cast<std::ptrdiff_t>(matched_),
                                 expected_.end());
    event(gst_event_new_eos());
    check();
    fail_unless(matched_ == expected_.size(), "%s EOS is missing", where().c_str());
    expected_.insert(expected_.end(), late.begin(), late.end());
  }

  void restart() {
    send_stream_start();
    if (chance(2))
      choose_caps();
    send_caps(caps_);
    segment();
    send_tag();
  }

  void change_property() {
    static constexpr const char* changes[][2] = {
        {"quality", "90"}, {"quality", "75"}, {"key-int-max", "1"}, {"key-int-max", "7"}};
    const auto& change = changes[below(4)];
    chain_.set("encoder", change[0], change[1]);
  }

  void forgo_events() {
    check();
    for (std::size_t i = matched_; i < expected_.size(); i++)
      expected_[i].may_be_lost = true;
  }

  // No frame is held, and nothing else came.
  void check() {
    for (; checked_ < came_.size(); checked_++)
      match(came_[checked_]);
    for (std::size_t i = matched_; i < expected_.size(); i++)
      fail_unless(expected_[i].level < 0, "%s %s is held", where().c_str(),
                  expected_[i].text.c_str());
  }

  // The base classes send GAP events before others of the same place.
  void match(const Item& found) {
    std::size_t at = matched_;
    while (at < expected_.size() && expected_[at].text != found.text && !expected_[at].closes())
      at++;
    fail_unless(at < expected_.size() && expected_[at].text == found.text,
                "%s item %zu\n%s, not\n%s", where().c_str(), checked_, found.text.c_str(),
                at < expected_.size() ? expected_[at].text.c_str() : "");
    const Item wanted = expected_[at];
    if (!wanted.closes()) {
      expected_.erase(expected_.begin() + static_cast<std::ptrdiff_t>(at));
      return;
    }
    for (; matched_ < at; matched_++)
      fail_unless(expected_[matched_].may_be_lost, "%s %s is missing", where().c_str(),
                  expected_[matched_].text.c_str());
    matched_++;
    fail_unless(!GST_CLOCK_TIME_IS_VALID(wanted.duration) || found.duration == wanted.duration,
                "%s duration", where().c_str());
    // Frames next to each other differ by 37.
    fail_unless(std::abs(found.level - wanted.level) <= 18, "%s %s: level %d, not %d",
                where().c_str(), found.text.c_str(), found.level, wanted.level);
  }

  std::vector<Item> came_;
  std::vector<Item> expected_;
  std::size_t checked_ = 0;  // of came_
  std::size_t matched_ = 0;  // of expected_
  Chain chain_;
  std::string caps_;
  GstClockTime time_ = 0;
};

GST_START_TEST(every_frame_comes_out_once_in_its_place) {
  run_random_streams<Stream>();
}
GST_END_TEST

}  // namespace

int main() {
  register_test_meta();
  return run_suite("nothing lost in the codec", {every_frame_comes_out_once_in_its_place});
}
