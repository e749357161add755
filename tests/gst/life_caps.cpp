// SPDX-License-Identifier: LGPL-2.1-or-later

// Two hundred changes of caps in one run: size, format, framerate, at random.
#include <sstream>

#include "codec_support.h"
#include "random.h"
#include "scale.h"

namespace {

struct Sent {
  GstClockTime pts;
  std::string caps;  // as far as it is compared
};

// What is to be the same before and behind the element.
std::string outline(const GstVideoInfo& info, bool with_format) {
  std::ostringstream text;
  if (with_format)
    text << gst_video_format_to_string(GST_VIDEO_INFO_FORMAT(&info)) << ' ';
  text << info.width << 'x' << info.height << " at " << info.fps_n << '/' << info.fps_d;
  return text.str();
}

// What comes to a pad, with the caps that it comes under.
class Receiver {
 public:
  Receiver(GstPad* pad, bool with_format) : with_format_(with_format) {
    gst_pad_add_probe(pad,
                      static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER |
                                                   GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM),
                      on_item, this, nullptr);
  }
  const std::vector<Sent>& sent() const { return sent_; }

 private:
  static GstPadProbeReturn on_item(GstPad*, GstPadProbeInfo* info, gpointer data) {
    auto* self = static_cast<Receiver*>(data);
    if ((info->type & GST_PAD_PROBE_TYPE_BUFFER) != 0) {
      GstBuffer* buffer = GST_PAD_PROBE_INFO_BUFFER(info);
      fail_unless(gst_buffer_get_size(buffer) >= self->size_, "a buffer smaller than its caps");
      self->sent_.push_back({GST_BUFFER_PTS(buffer), self->caps_});
    } else if (GST_EVENT_TYPE(GST_PAD_PROBE_INFO_EVENT(info)) == GST_EVENT_CAPS) {
      GstCaps* caps = nullptr;
      gst_event_parse_caps(GST_PAD_PROBE_INFO_EVENT(info), &caps);
      GstVideoInfo video;
      fail_unless(gst_video_info_from_caps(&video, caps));
      self->caps_ = outline(video, self->with_format_);
      self->size_ = video.size;
    }
    return GST_PAD_PROBE_OK;
  }

  bool with_format_;
  std::string caps_;
  gsize size_ = 0;
  std::vector<Sent> sent_;
};

class RandomCaps {
 public:
  explicit RandomCaps(Random& random) : random_(random) {}
  // Other than the caps before, in one way at least.
  std::string next(const std::vector<const char*>& formats) {
    static constexpr const char* rates[] = {"0/1", "5/1", "25/1", "30000/1001", "60/1"};
    const int change = random_.from_to(1, 7);
    if ((change & 1) != 0)
      format_ =
          (format_ + 1 + random_.below(static_cast<int>(formats.size()) - 1)) % formats.size();
    if ((change & 2) != 0) {
      width_ = random_.from_to(16, 48);
      height_ = random_.from_to(16, 48);
    }
    if ((change & 4) != 0)
      rate_ = (rate_ + 1 + static_cast<std::size_t>(random_.below(4))) % 5;
    return "video/x-raw,format=" + std::string(formats[format_]) +
           ",width=" + std::to_string(width_) + ",height=" + std::to_string(height_) +
           ",framerate=" + rates[rate_];
  }

 private:
  Random& random_;
  std::size_t format_ = 0;
  int width_ = 32;
  int height_ = 24;
  std::size_t rate_ = 0;
};

// Pushes a few frames under each of many caps. Gives what has to come out.
template <typename Element>
std::vector<Sent> change_caps(Element& element, const std::vector<const char*>& formats,
                              unsigned seed, bool with_format) {
  Random random(seed);
  RandomCaps any(random);
  std::vector<Sent> expected;
  int index = 0;
  for (int i = 0; i < scale::scaled(200); i++) {
    const std::string caps = any.next(formats);
    element.set_caps(caps);
    const GstVideoInfo info = parse_caps(caps);
    // Without any frame as well.
    for (int count = random.below(5); count > 0; count--) {
      GstBuffer* frame = make_frame(info, index++);
      expected.push_back({GST_BUFFER_PTS(frame), outline(info, with_format)});
      fail_unless(element.push(frame) == GST_FLOW_OK, "frame %d, %s: %s (seed %u)", index,
                  caps.c_str(), element.error().c_str(), seed);
    }
  }
  element.push_event(gst_event_new_eos());
  return expected;
}

void compare(const std::vector<Sent>& sent, const std::vector<Sent>& expected, unsigned seed) {
  fail_unless(sent.size() == expected.size(), "%zu frames, not %zu (seed %u)", sent.size(),
              expected.size(), seed);
  for (std::size_t i = 0; i < sent.size(); i++)
    fail_unless(sent[i].pts == expected[i].pts && sent[i].caps == expected[i].caps,
                "frame %zu is \"%s\", not \"%s\" (seed %u)", i, sent[i].caps.c_str(),
                expected[i].caps.c_str(), seed);
}

void split_under_many_caps(const char* properties) {
  const unsigned seed = scale::seed();
  Split split(properties);
  const int pads[] = {Split::foreground, Split::background, Split::mask};
  std::vector<Receiver> receivers;
  receivers.reserve(3);
  for (const int pad : pads)
    receivers.emplace_back(split.at(pad)->sinkpad, pad != Split::mask);
  const std::vector<const char*> formats = {"I420", "NV12", "GRAY8",     "BGRx", "RGB", "YUY2",
                                            "AYUV", "Y42B", "I420_10LE", "A420", "Y444"};
  std::vector<Sent> expected = change_caps(split, formats, seed, true);
  compare(receivers[0].sent(), expected, seed);
  compare(receivers[1].sent(), expected, seed);
  for (Sent& one : expected)
    one.caps.erase(0, one.caps.find(' ') + 1);
  compare(receivers[2].sent(), expected, seed);
}

GST_START_TEST(online_follows_caps) {
  split_under_many_caps("threads=1");
}
GST_END_TEST

GST_START_TEST(windows_follow_caps) {
  split_under_many_caps("threads=2 method=svd window=4");
}
GST_END_TEST

GST_START_TEST(codec_follows_caps) {
  const unsigned seed = scale::seed();
  for (const char* line :
       {"lowrankcompress ! lowrankdecompress",
        "lowrankcompress threads=1 ! lowrankparse ! lowrankdecompress threads=1"}) {
    Chain chain(line);
    Receiver receiver(chain.harness()->sinkpad, true);
    const std::vector<Sent> expected =
        change_caps(chain, {"I420", "GRAY8", "Y42B", "Y444"}, seed, true);
    compare(receiver.sent(), expected, seed);
  }
}
GST_END_TEST

}  // namespace

int main() {
  return run_suite("life caps", {online_follows_caps, windows_follow_caps, codec_follows_caps});
}
