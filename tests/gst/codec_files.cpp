// SPDX-License-Identifier: LGPL-2.1-or-later

// Files of the codec in whole pipelines: found by their type, played, sought in.
#include <atomic>

#include "codec_player.h"

namespace {

const std::string small = raw_caps("I420", 32, 24);

Bytes clip(int frames, int interval, int first = 0) {
  return encode("quality=40 key-int-max=" + std::to_string(interval), small, frames, first);
}

std::string source(const File& file) {
  return "filesrc location=" + file.path() + " ! ";
}

const std::string decoding = "lowrankparse ! lowrankdecompress ! fakesink name=sink sync=false";

std::string numbers(int first, int end) {
  std::string text;
  for (int i = first; i < end; i++)
    text += std::to_string(i) + " ";
  return text;
}

GST_START_TEST(files_are_known_and_played) {
  const File file(clip(30, 10));
  Player player(source(file) + "decodebin ! fakesink name=sink sync=false");
  fail_unless_equals_text(player.play(), "");
  fail_unless_equals_text(player.frames(), numbers(0, 30).c_str());
  Player any("playbin video-sink=\"fakesink name=sink\" uri=file://" + file.path());
  fail_unless_equals_text(any.play(), "");
  fail_unless_equals_int(any.count(), 30);
}
GST_END_TEST

GST_START_TEST(seeking_decodes_from_the_key_before) {
  const File file(clip(200, 40));
  Player player(source(file) + decoding);
  player.preroll();
  fail_unless_equals_uint64(player.duration(), time_of(200));
  for (const int target : {130, 10, 199, 0, 79, 80, 81}) {
    player.preroll();
    player.seek(1, GST_SEEK_FLAG_ACCURATE, time_of(target));
    fail_unless_equals_text(player.play(), "");
    fail_unless_equals_text(player.frames(), numbers(target, 200).c_str());
    fail_unless_equals_uint64(player.first_running_time(), 0);
  }
}
GST_END_TEST

GST_START_TEST(seeking_without_flags_and_with_an_end) {
  const File file(clip(200, 40));
  Player player(source(file) + decoding);
  player.preroll();
  player.seek(1, 0, time_of(90), time_of(95));
  fail_unless_equals_text(player.play(), "");
  fail_unless_equals_text(player.frames(), numbers(90, 95).c_str());
}
GST_END_TEST

GST_START_TEST(seeking_to_keys_begins_with_one) {
  struct Case {
    int flags;
    int target;
    int first;
  };
  const Case cases[] = {{0, 90, 80},
                        {GST_SEEK_FLAG_SNAP_BEFORE, 119, 80},
                        {GST_SEEK_FLAG_SNAP_AFTER, 90, 120},
                        {GST_SEEK_FLAG_SNAP_AFTER, 80, 80},
                        {GST_SEEK_FLAG_SNAP_AFTER, 190, 160},
                        {GST_SEEK_FLAG_SNAP_NEAREST, 90, 80},
                        {GST_SEEK_FLAG_SNAP_NEAREST, 110, 120}};
  const File file(clip(200, 40));
  Player player(source(file) + decoding);
  for (const Case& one : cases) {
    player.preroll();
    player.seek(1, GST_SEEK_FLAG_KEY_UNIT | one.flags, time_of(one.target));
    fail_unless_equals_text(player.play(), "");
    fail_unless_equals_text(player.frames(), numbers(one.first, 200).c_str());
    fail_unless_equals_uint64(player.first_running_time(), 0);
  }
}
GST_END_TEST

// The next key lies behind the end of the segment, or the whole segment before the first picture.
GST_START_TEST(seeking_to_keys_stays_in_the_segment) {
  const File file(clip(60, 20, 500));
  Player player(source(file) + decoding);
  for (const int flags : {GST_SEEK_FLAG_SNAP_AFTER, GST_SEEK_FLAG_SNAP_NEAREST}) {
    player.preroll();
    player.seek(1, GST_SEEK_FLAG_KEY_UNIT | flags, time_of(532), time_of(535));
    fail_unless_equals_text(player.play(), "");
    fail_unless_equals_text(player.frames(), numbers(520, 535).c_str());
    player.preroll();
    player.seek(1, GST_SEEK_FLAG_KEY_UNIT | flags, time_of(100), time_of(200));
    fail_unless_equals_text(player.play(), "");
    fail_unless_equals_text(player.frames(), "");
  }
}
GST_END_TEST

// The index of the base class holds what was played; keys may lie far apart.
GST_START_TEST(seeking_far_ahead_finds_the_key) {
  const File file(clip(1500, 700));
  Player player(source(file) + decoding);
  player.preroll();
  for (const int target : {1450, 705, 1399, 30}) {
    player.seek(1, GST_SEEK_FLAG_ACCURATE, time_of(target), time_of(target + 2));
    fail_unless_equals_text(player.play(), "");
    fail_unless_equals_text(player.frames(), numbers(target, target + 2).c_str());
    player.preroll();
  }
}
GST_END_TEST

// The index of the base class leaves the first key out, and takes a predicted picture for one.
GST_START_TEST(seeking_decodes_from_the_first_key) {
  const File file(clip(200, 200));
  for (const char* before : {"", "queue ! "}) {
    Player player(source(file) + before + decoding);
    player.preroll();
    for (const int target : {150, 20, 60}) {
      player.seek(1, GST_SEEK_FLAG_ACCURATE, time_of(target));
      fail_unless_equals_text(player.play(), "");
      fail_unless_equals_text(player.frames(), numbers(target, 200).c_str());
      player.preroll();
    }
  }
}
GST_END_TEST

GST_START_TEST(position_follows) {
  const File file(clip(100, 20));
  Player player(source(file) + decoding);
  player.preroll();
  player.seek(1, GST_SEEK_FLAG_ACCURATE, time_of(50));
  player.preroll();
  fail_unless_equals_uint64(player.position(), time_of(50));
}
GST_END_TEST

GST_START_TEST(fast_forward_shows_keys_only) {
  const File file(clip(100, 20));
  Player player(source(file) + decoding);
  player.preroll();
  player.seek(4, GST_SEEK_FLAG_TRICKMODE | GST_SEEK_FLAG_TRICKMODE_KEY_UNITS, time_of(10));
  fail_unless_equals_text(player.play(), "");
  fail_unless_equals_text(player.frames(), "20 40 60 80 ");
}
GST_END_TEST

std::string reversed(int first, int end) {
  std::string text;
  for (int i = end - 1; i >= first; i--)
    text += std::to_string(i) + " ";
  return text;
}

GST_START_TEST(playing_backwards_shows_all) {
  const File file(clip(100, 20));
  Player player(source(file) + decoding);
  for (const int end : {100, 50}) {
    player.preroll();
    player.seek(-1, GST_SEEK_FLAG_ACCURATE, 0, time_of(end));
    fail_unless_equals_text(player.play(), "");
    fail_unless_equals_text(player.frames(), reversed(0, end).c_str());
  }
}
GST_END_TEST

// What was cut out of a stream begins when it is played, and keeps its times.
GST_START_TEST(a_part_of_a_file_plays_at_once) {
  const File file(clip(60, 20, 500));
  Player player(source(file) + decoding);
  player.preroll();
  fail_unless_equals_text(player.frames(), "500 ");
  fail_unless_equals_uint64(player.first_running_time(), 0);
  fail_unless_equals_uint64(player.duration(), time_of(560));
  player.seek(1, GST_SEEK_FLAG_ACCURATE, time_of(530));
  fail_unless_equals_text(player.play(), "");
  fail_unless_equals_text(player.frames(), numbers(530, 560).c_str());
  player.preroll();
  player.seek(1, GST_SEEK_FLAG_ACCURATE, 0);
  fail_unless_equals_text(player.play(), "");
  fail_unless_equals_text(player.frames(), numbers(500, 560).c_str());
  fail_unless_equals_uint64(player.first_running_time(), 0);
}
GST_END_TEST

// The second one begins anew and is shifted by 50 frames, as is all that comes after it.
GST_START_TEST(joined_files_are_one) {
  Bytes joined = clip(50, 20);
  for (const Bytes& part :
       {encode("key-int-max=10", raw_caps("GRAY8", 40, 20), 30), clip(20, 5, 100)})
    joined.insert(joined.end(), part.begin(), part.end());
  const File file(joined);
  Player player(source(file) + decoding);
  fail_unless_equals_text(player.play(), "");
  const std::string all = numbers(0, 80) + numbers(150, 170);
  fail_unless_equals_text(player.frames(), all.c_str());
  fail_unless_equals_uint64(player.last_running_time(), time_of(169));
  player.preroll();
  player.seek(1, GST_SEEK_FLAG_ACCURATE, time_of(65), time_of(68));
  fail_unless_equals_text(player.play(), "");
  fail_unless_equals_text(player.frames(), numbers(65, 68).c_str());
}
GST_END_TEST

// Before it was played, where nothing but the headers tells of the second part.
GST_START_TEST(joined_files_are_sought_in_at_once) {
  Bytes joined = clip(50, 20);
  const Bytes part = clip(50, 25);
  joined.insert(joined.end(), part.begin(), part.end());
  const File file(joined);
  Player player(source(file) + decoding);
  player.preroll();
  fail_unless_equals_uint64(player.duration(), time_of(100));
  player.seek(1, GST_SEEK_FLAG_ACCURATE, time_of(77));
  fail_unless_equals_text(player.play(), "");
  fail_unless_equals_text(player.frames(), numbers(77, 100).c_str());
}
GST_END_TEST

// Only the end of a large file is looked at.
GST_START_TEST(a_large_file_tells_its_end) {
  Bytes stream = clip(20, 5);
  stream.resize(stream.size() + (std::size_t{65} << 20), 'x');
  const Bytes end = clip(20, 7, 100);
  stream.insert(stream.end(), end.begin(), end.end());
  const File file(stream);
  Player player(source(file) + decoding);
  player.preroll();
  fail_unless_equals_uint64(player.duration(), time_of(120));
  player.seek(1, GST_SEEK_FLAG_ACCURATE, time_of(110));
  fail_unless_equals_text(player.play(), "");
  fail_unless_equals_text(player.frames(), numbers(110, 120).c_str());
}
GST_END_TEST

// A source that answers as one that is being flushed, from a place of its file on.
struct Barrier {
  GstPadGetRangeFunction usual = nullptr;
  std::atomic<guint64> place = G_MAXUINT64;
};
Barrier barrier;

GstFlowReturn get_range(GstPad* pad, GstObject* parent, guint64 offset, guint size,
                        GstBuffer** buffer) {
  return offset >= barrier.place ? GST_FLOW_FLUSHING
                                 : barrier.usual(pad, parent, offset, size, buffer);
}

// What comes of reading ahead in the middle of a flush says nothing of the file.
GST_START_TEST(reading_ahead_goes_on_after_a_flush) {
  const Bytes stream = encode("quality=95 key-int-max=10", raw_caps("I420", 128, 96), 100);
  const File file(stream);
  Player player("filesrc name=file location=" + file.path() + " ! " + decoding);
  GstElement* source = gst_bin_get_by_name(GST_BIN(player.pipeline()), "file");
  GstPad* pad = gst_element_get_static_pad(source, "src");
  barrier.usual = GST_PAD_GETRANGEFUNC(pad);
  gst_pad_set_getrange_function(pad, get_range);
  gst_object_unref(pad);
  gst_object_unref(source);
  barrier.place = boundaries(stream)[30];
  player.preroll();
  barrier.place = G_MAXUINT64;
  player.seek(1, GST_SEEK_FLAG_KEY_UNIT, time_of(85));
  fail_unless_equals_text(player.play(), "");
  fail_unless_equals_text(player.frames(), numbers(80, 100).c_str());
  fail_unless_equals_uint64(player.duration(), time_of(100));
}
GST_END_TEST

GST_START_TEST(seeking_passes_over_damage) {
  Bytes stream = clip(100, 20);
  const std::vector<std::size_t> at = boundaries(stream);
  stream[at[30] + 3] ^= 0xff;
  stream.insert(stream.begin() + static_cast<std::ptrdiff_t>(at[50]), 300000, 'x');
  const File file(stream);
  Player player(source(file) + decoding);
  player.preroll();
  player.seek(1, GST_SEEK_FLAG_ACCURATE, time_of(85));
  fail_unless_equals_text(player.play(), "");
  fail_unless_equals_text(player.frames(), numbers(85, 100).c_str());
}
GST_END_TEST

GST_START_TEST(a_queue_in_front_will_do) {
  const File file(clip(100, 20));
  Player player(source(file) + "queue ! " + decoding);
  fail_unless_equals_text(player.play(), "");
  fail_unless_equals_text(player.frames(), numbers(0, 100).c_str());
  player.preroll();
  player.seek(1, GST_SEEK_FLAG_ACCURATE, time_of(50));
  fail_unless_equals_text(player.play(), "");
  fail_unless_equals_text(player.frames(), numbers(50, 100).c_str());
}
GST_END_TEST

// Seeks before make the place of another key known, from which on the segment needs no bytes; it
// does need those of the pictures between.
GST_START_TEST(segments_behind_a_queue_are_whole) {
  const File file(clip(120, 12));
  Player player(source(file) + "queue ! " + decoding);
  for (const int target : {62, 50, 57}) {
    player.preroll();
    player.seek(1, GST_SEEK_FLAG_ACCURATE, time_of(target), time_of(target + 4));
    fail_unless_equals_text(player.play(), "");
    fail_unless_equals_text(player.frames(), numbers(target, target + 4).c_str());
  }
}
GST_END_TEST

GST_START_TEST(state_cycles_leave_nothing_behind) {
  for (const char* name : {"lowrankcompress", "lowrankparse", "lowrankdecompress"})
    for (int i = 0; i < 10; i++) {
      GstElement* element = gst_element_factory_make(name, nullptr);
      gst_object_ref_sink(element);
      for (const GstState state : {GST_STATE_READY, GST_STATE_PAUSED, GST_STATE_READY,
                                   GST_STATE_NULL, GST_STATE_PLAYING, GST_STATE_NULL})
        fail_unless(gst_element_set_state(element, state) != GST_STATE_CHANGE_FAILURE);
      gst_object_unref(element);
    }
}
GST_END_TEST

GST_START_TEST(seeking_and_damage_leave_nothing_behind) {
  const File file(clip(40, 10));
  Player player(source(file) + decoding);
  player.preroll();
  player.seek(1, GST_SEEK_FLAG_KEY_UNIT, time_of(25));
  fail_unless_equals_text(player.play(), "");
  Player broken(source(file) + "breakmydata probability=0.005 seed=3 ! " + decoding);
  broken.play();
  Player encoding(
      "videotestsrc num-buffers=5 ! lowrankcompress layout=frame rank=3 ! lowrankdecompress ! "
      "fakesink name=sink");
  fail_unless_equals_text(encoding.play(), "");
}
GST_END_TEST

}  // namespace

int main() {
  return run_suite("codec files", {files_are_known_and_played,
                                   seeking_decodes_from_the_key_before,
                                   seeking_without_flags_and_with_an_end,
                                   seeking_to_keys_begins_with_one,
                                   seeking_far_ahead_finds_the_key,
                                   seeking_decodes_from_the_first_key,
                                   position_follows,
                                   fast_forward_shows_keys_only,
                                   seeking_to_keys_stays_in_the_segment,
                                   playing_backwards_shows_all,
                                   a_part_of_a_file_plays_at_once,
                                   joined_files_are_one,
                                   joined_files_are_sought_in_at_once,
                                   a_large_file_tells_its_end,
                                   reading_ahead_goes_on_after_a_flush,
                                   seeking_passes_over_damage,
                                   a_queue_in_front_will_do,
                                   segments_behind_a_queue_are_whole,
                                   state_cycles_leave_nothing_behind,
                                   seeking_and_damage_leave_nothing_behind});
}
