// SPDX-License-Identifier: LGPL-2.1-or-later

// Random streams of frames, events and changes of settings. Each frame that goes in comes out of
// each linked pad once, in its place among the events, with its times, flags and metas.
#include <algorithm>
#include <cstdio>
#include <optional>

#include "frame_record.h"
#include "scale.h"

namespace {

constexpr int pad_ids[] = {Split::foreground, Split::background, Split::mask};
constexpr const char* pad_names[] = {"foreground", "background", "mask"};

struct Shape {
  const char* format = "I420";
  int width = 24;
  int height = 16;
  int rate = 25;
  const char* mode = "progressive";

  std::string caps() const {
    return std::string("video/x-raw,format=") + format + ",width=" + std::to_string(width) +
           ",height=" + std::to_string(height) + ",framerate=" + std::to_string(rate) +
           "/1,interlace-mode=" + mode;
  }
};

// What a pad's peer has seen, from the place in the stream where the pad was linked.
struct Watched {
  std::vector<std::string> items;
  std::size_t first = 0;
  bool linked = true;
  bool shows_input = false;
  GstPad* source = nullptr;
};

GstPadProbeReturn on_arrival(GstPad* pad, GstPadProbeInfo* info, gpointer data) {
  auto& watched = *static_cast<Watched*>(data);
  if ((info->type & GST_PAD_PROBE_TYPE_BUFFER) != 0) {
    GstBuffer* buffer = GST_PAD_PROBE_INFO_BUFFER(info);
    watched.items.push_back(describe(buffer) + in_force(pad) +
                            (watched.shows_input ? first_bytes(buffer) : ""));
    return GST_PAD_PROBE_DROP;
  }
  const std::string item = describe(GST_PAD_PROBE_INFO_EVENT(info));
  if (!item.empty())
    watched.items.push_back(item);
  return GST_PAD_PROBE_OK;
}

// An element, and what is to come of it.
class Stream : public RandomStream {
 public:
  Stream(unsigned seed, int number) : RandomStream(seed, number) {
    input_mode_ = chance(2);
    split_.emplace("foreground-mode=" + std::string(input_mode_ ? "input" : "masked") +
                   " threads=" + std::to_string(1 + below(3)));
    choose_method();
    for (std::size_t i = 0; i < 3; i++) {
      GstHarness* harness = split_->at(pad_ids[i]);
      watched_[i].shows_input = input_mode_ && i == 0;
      watched_[i].source = gst_element_get_static_pad(split_->element(), pad_names[i]);
      gst_pad_add_probe(harness->sinkpad,
                        static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER |
                                                     GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM),
                        on_arrival, &watched_[i], nullptr);
    }
    choose_shape();
    split_->set_caps(shape_.caps());
    segment();
  }
  ~Stream() override {
    for (std::size_t i = 0; i < 3; i++) {
      if (!watched_[i].linked)
        link(i);
      gst_object_unref(watched_[i].source);
    }
  }

  void run(int steps) {
    for (int i = 0; i < steps; i++)
      step();
    end();
    fail_unless_equals_text(split_->error(), "");
  }

 private:
  bool push_event(GstEvent* event) override { return split_->push_event(event); }

  void step() {
    switch (below(24)) {
      case 0:
        return change_caps();
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
        return event(gst_event_new_segment_done(GST_FORMAT_TIME, below(1000)), true);
      case 6:
        return event(gst_event_new_gap(static_cast<GstClockTime>(below(1000)), 7), false);
      case 7:
        return tag();
      case 8:
      case 9:
        return event(
            gst_event_new_custom(GST_EVENT_CUSTOM_DOWNSTREAM,
                                 gst_structure_new("marker", "id", G_TYPE_INT, ++events_, nullptr)),
            false);
      case 10:
        return choose_method();
      case 11:
        return change_live_property();
      case 12:
        g_signal_emit_by_name(split_->element(), "reset");
        return;
      case 13:
        return change_links();
      default:
        for (int left = 1 + below(6); left > 0; left--)
          frame();
    }
  }

  void frame() {
    const GstVideoInfo info = parse_caps(shape_.caps());
    GstBuffer* buffer = make_frame(info, frames_);
    decorate(buffer, ++frames_, random_);
    expected_.push_back(
        {describe(buffer) + in_force(shape_.caps(), segment_, tag_), first_bytes(buffer), true});
    fail_unless(split_->push(buffer) == GST_FLOW_OK, "%s %s", where().c_str(),
                split_->error().c_str());
    may_hold_ = delay();
    check(may_hold_);
  }

  // Sends an event that leaves in its place, at once if it `drains`.
  void event(GstEvent* event, bool drains) {
    expected_.push_back({describe(event), "", false});
    send(event);
    check(drains ? 0 : may_hold_);
  }

  void choose_shape() {
    static constexpr const char* formats[] = {"I420", "GRAY8", "RGB", "NV12", "YUY2", "GRAY16_LE"};
    static constexpr const char* modes[] = {"progressive", "interleaved", "mixed"};
    shape_ = {formats[below(input_mode_ ? 4 : 6)], 8 + 2 * below(10), 2 + below(14), 1 + below(60),
              modes[chance(2) ? below(3) : 0]};
  }

  void change_caps() {
    const Shape before = shape_;
    choose_shape();
    if (chance(3)) {
      const int rate = shape_.rate;
      shape_ = before;
      shape_.rate = rate;
    }
    send_caps(shape_.caps());
    check(shape_.caps() == before.caps() ? may_hold_ : 0);
  }

  void segment() {
    send_segment(static_cast<GstClockTime>(below(3)) * GST_SECOND);
    check(0);
  }

  void tag() {
    send_tag();
    check(may_hold_);
  }

  // Frames that have not come out may be dropped, and events that nobody remembers.
  void flush() {
    send(gst_event_new_flush_start());
    fail_unless(split_->push(make_frame(parse_caps(shape_.caps()), 0)) == GST_FLOW_FLUSHING);
    expected_.resize(out_);
    send(gst_event_new_flush_stop(chance(2)));
    segment();
  }

  void end() { event(gst_event_new_eos(), true); }

  void restart() {
    send_stream_start();
    check(0);
    if (chance(2))
      choose_shape();
    send_caps(shape_.caps());
    segment();
    tag();
  }

  void choose_method() {
    static constexpr const char* methods[] = {"online", "pcp", "svd", "nmf", "fixed-rank"};
    const int method = chance(2) ? 0 : below(std::ssize(methods));
    windowed_ = method > 0;
    window_ = below(9);
    split_->set("method", methods[method]);
    split_->set("window", std::to_string(window_).c_str());
    split_->set("noise", chance(2) ? "0" : "-1");
  }

  // Frames that the element may hold once the next one has come.
  std::size_t delay() const {
    if (!windowed_)
      return 0;
    return window_ == 0 ? G_MAXSIZE : static_cast<std::size_t>(2 * window_ - window_ / 4 - 1);
  }

  void change_live_property() {
    struct Change {
      const char* property;
      const char* values[3];
    };
    static constexpr Change changes[] = {{"threshold", {"0", "2", "40"}},
                                         {"learning-rate", {"0", "0.01", "1"}},
                                         {"mask-cleanup", {"-1", "0", "2"}},
                                         {"qos", {"true", "false"}},
                                         {"hold-mask", {"empty", "last"}},
                                         {"min-region-size", {"0", "5", "100"}},
                                         {"max-region-size", {"0", "5", "50"}},
                                         {"roi-hints", {"true", "false"}},
                                         {"roi-meta", {"true", "false"}},
                                         {"post-messages", {"true", "false"}},
                                         {"max-regions", {"0", "1", "2"}},
                                         {"learn-time", {"0", "1", "1000000"}},
                                         {"foreground-mode", {"masked", "alpha", "residual"}}};
    // The last one is of the mode.
    const int count = static_cast<int>(std::size(changes)) - (input_mode_ ? 1 : 0);
    const Change& change = changes[below(count)];
    const char* value = change.values[below(3)];
    if (value != nullptr)
      split_->set(change.property, value);
  }

  // A pad that is linked sees what comes from then on. One stays linked: without, nothing is taken.
  void change_links() {
    const auto i = static_cast<std::size_t>(below(3));
    if (!watched_[i].linked)
      return link(i);
    if (std::count_if(std::begin(watched_), std::end(watched_),
                      [](const Watched& w) { return w.linked; }) == 1)
      return;
    gst_pad_unlink(watched_[i].source, split_->at(pad_ids[i])->sinkpad);
    watched_[i].linked = false;
  }

  void link(std::size_t i) {
    fail_unless(gst_pad_link(watched_[i].source, split_->at(pad_ids[i])->sinkpad) ==
                GST_PAD_LINK_OK);
    watched_[i].linked = true;
    watched_[i].items.clear();
    watched_[i].first = out_;
  }

  // What has come is what was sent, up to `most_held` frames; every linked pad has it.
  void check(std::size_t most_held) {
    const std::size_t before = out_;
    bool first = true;
    for (std::size_t i = 0; i < 3; i++) {
      const Watched& watched = watched_[i];
      if (!watched.linked)
        continue;
      const std::size_t out = watched.first + watched.items.size();
      fail_unless(out <= expected_.size(), "%s %s: %zu items too many", where().c_str(),
                  pad_names[i], out - expected_.size());
      for (std::size_t item = MAX(before, watched.first); item < out; item++)
        check_item(watched, i, item);
      fail_unless(first || out == out_, "%s %s: %zu items, others %zu", where().c_str(),
                  pad_names[i], out, out_);
      out_ = out;
      first = false;
    }
    const auto held = static_cast<std::size_t>(
        std::count_if(expected_.begin() + static_cast<std::ptrdiff_t>(out_), expected_.end(),
                      [](const Item& item) { return item.is_frame; }));
    fail_unless(held <= most_held, "%s %zu frames held, %zu may be", where().c_str(), held,
                most_held);
    // Events wait for frames only.
    fail_unless(held > 0 || out_ == expected_.size(), "%s event held", where().c_str());
  }

  void check_item(const Watched& watched, std::size_t pad, std::size_t item) const {
    const std::string& found = watched.items[item - watched.first];
    const Item& wanted = expected_[item];
    const std::string text = wanted.text + (watched.shows_input ? wanted.bytes : "");
    fail_unless(found == text, "%s %s: item %zu\n%s, not\n%s", where().c_str(), pad_names[pad],
                item, found.c_str(), text.c_str());
  }

  struct Item {
    std::string text;
    std::string bytes;
    bool is_frame;
  };

  bool input_mode_ = false;
  Watched watched_[3];
  std::optional<Split> split_;
  Shape shape_;
  bool windowed_ = false;
  int window_ = 0;
  std::size_t may_hold_ = 0;
  std::vector<Item> expected_;
  std::size_t out_ = 0;  // items that have come out
};

GST_START_TEST(every_frame_comes_out_once_in_its_place) {
  run_random_streams<Stream>();
}
GST_END_TEST

}  // namespace

int main() {
  register_test_meta();
  return run_suite("nothing lost", {every_frame_comes_out_once_in_its_place});
}
