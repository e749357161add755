// SPDX-License-Identifier: LGPL-2.1-or-later

// Where buffers come from: the pools that peers propose, with their layout and their limits.
#include <atomic>
#include <thread>

#include "support.h"

namespace {

constexpr int pads[] = {Split::foreground, Split::background, Split::mask};
const std::string caps = raw_caps("I420", 50, 34);

// What the peer of a pad answers to ALLOCATION queries.
struct Proposal {
  GstBufferPool* pool = gst_video_buffer_pool_new();
  guint max = 0;
  guint padding = 0;  // samples on each side
  int asked = 0;

  Proposal() = default;
  Proposal(const Proposal&) = delete;
  Proposal& operator=(const Proposal&) = delete;
  ~Proposal() { gst_object_unref(pool); }

  void answer(GstQuery* query);
};

void Proposal::answer(GstQuery* query) {
  GstCaps* asked_caps = nullptr;
  gst_query_parse_allocation(query, &asked_caps, nullptr);
  GstVideoInfo info;
  fail_unless(gst_video_info_from_caps(&info, asked_caps));
  GstStructure* config = gst_buffer_pool_get_config(pool);
  if (padding > 0) {
    GstVideoAlignment alignment;
    gst_video_alignment_reset(&alignment);
    alignment.padding_left = alignment.padding_right = padding;
    alignment.padding_top = alignment.padding_bottom = padding;
    gst_buffer_pool_config_add_option(config, GST_BUFFER_POOL_OPTION_VIDEO_META);
    gst_buffer_pool_config_add_option(config, GST_BUFFER_POOL_OPTION_VIDEO_ALIGNMENT);
    gst_buffer_pool_config_set_video_alignment(config, &alignment);
    fail_unless(gst_video_info_align(&info, &alignment));
  }
  const auto size = static_cast<guint>(GST_VIDEO_INFO_SIZE(&info));
  gst_buffer_pool_config_set_params(config, asked_caps, size, 0, max);
  fail_unless(gst_buffer_pool_set_config(pool, config));
  gst_query_add_allocation_pool(query, pool, size, 0, max);
  gst_query_add_allocation_meta(query, GST_VIDEO_META_API_TYPE, nullptr);
  asked++;
}

GstPadProbeReturn on_query(GstPad*, GstPadProbeInfo* info, gpointer data) {
  GstQuery* query = GST_PAD_PROBE_INFO_QUERY(info);
  if (GST_QUERY_TYPE(query) != GST_QUERY_ALLOCATION)
    return GST_PAD_PROBE_OK;
  static_cast<Proposal*>(data)->answer(query);
  return GST_PAD_PROBE_HANDLED;
}

void propose(const Split& split, int pad, Proposal& proposal) {
  gst_pad_add_probe(split.at(pad)->sinkpad, GST_PAD_PROBE_TYPE_QUERY_DOWNSTREAM, on_query,
                    &proposal, nullptr);
}

GST_START_TEST(each_pad_takes_its_peers_pool) {
  Proposal proposals[3];
  Split split;
  for (int i = 0; i < 3; i++)
    propose(split, pads[i], proposals[i]);
  split.set_caps(caps);
  push_frames(split, caps, 0, 3);
  for (int i = 0; i < 3; i++) {
    fail_unless_equals_int(proposals[i].asked, 1);
    while (split.waiting(pads[i]) > 0) {
      GstBuffer* buffer = split.pull(pads[i]);
      fail_unless(buffer->pool == proposals[i].pool);
      gst_buffer_unref(buffer);
    }
  }
}
GST_END_TEST

// Rows and planes lie where the peer wants them, and the pictures are the same.
GST_START_TEST(padding_of_the_peers_pool_is_kept) {
  for (const char* format : {"I420", "NV12", "RGB", "GRAY8"}) {
    const std::string text = raw_caps(format, 50, 34);
    Proposal proposals[3];
    Split plain, padded;
    for (int i = 0; i < 3; i++) {
      proposals[i].padding = 16;
      propose(padded, pads[i], proposals[i]);
    }
    plain.set_caps(text);
    padded.set_caps(text);
    push_frames(plain, text, 0, 4);
    push_frames(padded, text, 0, 4);
    for (const int pad : pads) {
      const GstVideoInfo info = padded.info(pad);
      for (int i = 0; i < 4; i++) {
        GstBuffer* expected = plain.pull(pad);
        GstBuffer* buffer = padded.pull(pad);
        const GstVideoMeta* meta = gst_buffer_get_video_meta(buffer);
        fail_unless(meta != nullptr && meta->stride[0] > info.stride[0]);
        fail_unless(meta->offset[0] >= static_cast<gsize>(16 * meta->stride[0]));
        for (guint c = 0; c < GST_VIDEO_INFO_N_COMPONENTS(&info); c++)
          fail_unless(samples(buffer, info, c) == samples(expected, info, c));
        gst_buffer_unref(expected);
        gst_buffer_unref(buffer);
      }
    }
  }
}
GST_END_TEST

// Buffers of the peer may have room for more than the caps show.
GST_START_TEST(larger_frames_of_the_peers_pool_are_filled_in_part) {
  for (const char* mode : {"alpha", "masked"}) {
    for (const char* format : {"I420", "RGBA", "AYUV", "RGBx"}) {
      const std::string text = raw_caps(format, 50, 34);
      const std::string properties = std::string("foreground-mode=") + mode;
      Split plain(properties), larger(properties);
      for (const int pad : pads)
        propose_larger_frames(larger.at(pad)->sinkpad);
      plain.set_caps(text);
      larger.set_caps(text);
      push_frames(plain, text, 0, 3);
      push_frames(larger, text, 0, 3);
      for (const int pad : pads) {
        const GstVideoInfo info = larger.info(pad);
        for (int i = 0; i < 3; i++) {
          GstBuffer* expected = plain.pull(pad);
          GstBuffer* buffer = larger.pull(pad);
          fail_unless_equals_int(static_cast<int>(gst_buffer_get_video_meta(buffer)->height), 50);
          for (guint c = 0; c < GST_VIDEO_INFO_N_COMPONENTS(&info); c++)
            fail_unless(samples(buffer, info, c) == samples(expected, info, c));
          gst_buffer_unref(expected);
          gst_buffer_unref(buffer);
        }
      }
    }
  }
}
GST_END_TEST

// A thread that pushes one frame, as the source's would.
class Pusher {
 public:
  Pusher(Split& split, int index)
      : thread_([this, &split, index] {
          flow_ = split.push(make_frame(parse_caps(caps), index));
          done_ = true;
        }) {}
  bool waits() const {
    g_usleep(50000);
    return !done_;
  }
  GstFlowReturn flow() {
    thread_.join();
    return flow_;
  }

 private:
  std::atomic<bool> done_{false};
  GstFlowReturn flow_ = GST_FLOW_ERROR;
  std::thread thread_;
};

// At most `max` buffers of the peer's are out at a time; a frame waits for the next to come back.
GST_START_TEST(limit_of_the_peers_pool_is_kept) {
  for (const int pad : pads) {
    Proposal proposal;
    proposal.max = 2;
    Split split("", pad);
    propose(split, pad, proposal);
    split.set_caps(caps);
    push_frames(split, caps, 0, 2);
    Pusher third(split, 2);
    fail_unless(third.waits());
    gst_buffer_unref(split.pull(pad));
    fail_unless_equals_int(third.flow(), GST_FLOW_OK);
    fail_unless_equals_int(static_cast<int>(split.waiting(pad)), 2);
  }
}
GST_END_TEST

// Waiting ends with a flush, though no buffer comes back.
GST_START_TEST(flush_ends_waiting_for_a_buffer) {
  for (const int pad : pads) {
    Proposal proposal;
    proposal.max = 1;
    Split split("", pad);
    propose(split, pad, proposal);
    split.set_caps(caps);
    push_frames(split, caps, 0, 1);
    GstBuffer* held = split.pull(pad);
    Pusher second(split, 1);
    fail_unless(second.waits());
    fail_unless(split.push_event(gst_event_new_flush_start()));
    fail_unless_equals_int(second.flow(), GST_FLOW_FLUSHING);
    end_flush(split);
    gst_buffer_unref(held);
    push_frames(split, caps, 2, 1);
    GstBuffer* next = split.pull(pad);
    fail_unless_equals_uint64(GST_BUFFER_OFFSET(next), 2);
    gst_buffer_unref(next);
    fail_unless_equals_text(split.error(), "");
  }
}
GST_END_TEST

GST_START_TEST(stopping_ends_waiting_for_a_buffer) {
  Proposal proposal;
  proposal.max = 1;
  Split split("", Split::mask);
  propose(split, Split::mask, proposal);
  split.set_caps(caps);
  push_frames(split, caps, 0, 1);
  Pusher second(split, 1);
  fail_unless(second.waits());
  fail_unless_equals_int(gst_element_set_state(split.element(), GST_STATE_READY),
                         GST_STATE_CHANGE_SUCCESS);
  fail_unless_equals_int(second.flow(), GST_FLOW_FLUSHING);
  fail_unless_equals_text(split.error(), "");
}
GST_END_TEST

// The pool of caps that have gone is let go.
GST_START_TEST(new_caps_ask_for_a_new_pool) {
  Proposal proposal;
  Split split("", Split::mask);
  propose(split, Split::mask, proposal);
  split.set_caps(caps);
  push_frames(split, caps, 0, 1);
  gst_buffer_unref(split.pull(Split::mask));
  const std::string larger = raw_caps("I420", 64, 48);
  split.set_caps(larger);
  push_frames(split, larger, 1, 1);
  fail_unless_equals_int(proposal.asked, 2);
  const GstVideoInfo info = split.info(Split::mask);
  fail_unless_equals_int(GST_VIDEO_INFO_WIDTH(&info), 64);
  fail_unless(gst_buffer_pool_is_active(proposal.pool));
  gst_element_set_state(split.element(), GST_STATE_READY);
  fail_if(gst_buffer_pool_is_active(proposal.pool));
}
GST_END_TEST

}  // namespace

int main() {
  return run_suite("pools", {each_pad_takes_its_peers_pool, padding_of_the_peers_pool_is_kept,
                             larger_frames_of_the_peers_pool_are_filled_in_part,
                             limit_of_the_peers_pool_is_kept, flush_ends_waiting_for_a_buffer,
                             stopping_ends_waiting_for_a_buffer, new_caps_ask_for_a_new_pool});
}
