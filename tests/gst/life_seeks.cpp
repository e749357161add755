// SPDX-License-Identifier: LGPL-2.1-or-later

// Seeks at random: with and without flush, any rate, paused and playing. Between them, one whose
// frames are known.
#include "codec_player.h"
#include "random.h"
#include "scale.h"

namespace {

constexpr int frames = 120;

struct Seek {
  double speed = 1;
  int flags = 0;
  int start = 0;
  int stop = -1;  // none
};

Seek any_seek(Random& random, const std::vector<double>& speeds) {
  static constexpr int kinds[] = {0,
                                  GST_SEEK_FLAG_ACCURATE,
                                  GST_SEEK_FLAG_KEY_UNIT,
                                  GST_SEEK_FLAG_KEY_UNIT | GST_SEEK_FLAG_SNAP_AFTER,
                                  GST_SEEK_FLAG_KEY_UNIT | GST_SEEK_FLAG_SNAP_NEAREST,
                                  GST_SEEK_FLAG_TRICKMODE | GST_SEEK_FLAG_TRICKMODE_KEY_UNITS};
  Seek seek;
  seek.speed = speeds[static_cast<std::size_t>(random.below(static_cast<int>(speeds.size())))];
  seek.flags = kinds[random.below(6)];
  seek.start = random.below(frames);
  if (seek.speed < 0 || random.chance(50))
    seek.stop = seek.start + 1 + random.below(frames - seek.start);
  return seek;
}

// Gives the number of the seek, 0 when it is not taken.
guint32 send(GstElement* pipeline, const Seek& seek) {
  GstEvent* event = gst_event_new_seek(
      seek.speed, GST_FORMAT_TIME, static_cast<GstSeekFlags>(seek.flags), GST_SEEK_TYPE_SET,
      static_cast<gint64>(time_of(seek.start)), GST_SEEK_TYPE_SET,
      seek.stop < 0 ? -1 : static_cast<gint64>(time_of(seek.stop)));
  const guint32 number = gst_event_get_seqnum(event);
  return gst_element_send_event(pipeline, event) ? number : 0;
}

void fail_on_error(GstElement* pipeline, unsigned seed) {
  GstBus* bus = gst_element_get_bus(pipeline);
  GstMessage* message = gst_bus_pop_filtered(bus, GST_MESSAGE_ERROR);
  gst_object_unref(bus);
  if (message == nullptr)
    return;
  GError* error = nullptr;
  gchar* details = nullptr;
  gst_message_parse_error(message, &error, &details);
  fail("%s (%s; seed %u)", error->message, details, seed);
}

void wait_for_state(GstElement* pipeline, unsigned seed) {
  fail_unless(gst_element_get_state(pipeline, nullptr, nullptr, 30 * GST_SECOND) ==
                  GST_STATE_CHANGE_SUCCESS,
              "no first frame (seed %u)", seed);
}

// Of the EOS event that the sink has, 0 when it has none.
guint32 last_end(GstElement* pipeline) {
  GstElement* sink = gst_bin_get_by_name(GST_BIN(pipeline), "sink");
  GstPad* pad = gst_element_get_static_pad(sink, "sink");
  GstEvent* event = gst_pad_get_sticky_event(pad, GST_EVENT_EOS, 0);
  const guint32 number = event ? gst_event_get_seqnum(event) : 0;
  gst_clear_event(&event);
  gst_object_unref(pad);
  gst_object_unref(sink);
  return number;
}

// The event, as GstBin does not always post the message.
void wait_for_end(GstElement* pipeline, guint32 number, const std::string& line, unsigned seed) {
  for (int i = 0; i < 60000 && last_end(pipeline) != number; i++) {
    fail_on_error(pipeline, seed);
    g_usleep(1000);
  }
  fail_unless(last_end(pipeline) == number, "%s: no end of seek %u (seed %u)", line.c_str(), number,
              seed);
}

// One whose frames are known, from whatever came before.
void check(Player& player, Random& random, const std::string& line, unsigned seed) {
  const int first = random.below(frames - 20);
  const int end = first + 1 + random.below(20);
  const guint32 number =
      send(player.pipeline(), {1, GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_ACCURATE, first, end});
  fail_unless(number != 0);
  wait_for_state(player.pipeline(), seed);
  gst_element_set_state(player.pipeline(), GST_STATE_PLAYING);
  wait_for_end(player.pipeline(), number, line, seed);
  std::string expected;
  for (int i = first; i < end; i++)
    expected += std::to_string(i) + " ";
  fail_unless(player.frames() == expected, "%s: frames %d to %d are %s (seed %u)", line.c_str(),
              first, end - 1, player.frames().c_str(), seed);
}

// Behind a queue a parser is fed. Its base class takes the segment of one seek for that of another
// to the same place that was overtaken: there, each has to arrive before the next.
enum class Input { pulled, fed };

void seek_at_random(const std::string& line, Input input, const std::vector<double>& speeds,
                    int count) {
  const unsigned seed = scale::seed();
  Random random(seed);
  Player player(line);
  player.preroll();
  for (int i = 0; i < count; i++) {
    const bool playing = random.chance(60);
    // GstBin is at times confused by a change of state on top of one that a flush has begun.
    wait_for_state(player.pipeline(), seed);
    gst_element_set_state(player.pipeline(), playing ? GST_STATE_PLAYING : GST_STATE_PAUSED);
    Seek seek = any_seek(random, speeds);
    // Without a flush, a seek waits for the streaming thread, which a sink that does not play
    // holds.
    const bool flush = !playing || input == Input::fed || random.chance(60);
    if (flush)
      seek.flags |= GST_SEEK_FLAG_FLUSH;
    if (!playing || !flush || input == Input::fed)
      wait_for_state(player.pipeline(), seed);
    const bool taken = send(player.pipeline(), seek) != 0;
    fail_unless(taken || !flush, "seek %d, rate %g, flags %d, from %d to %d (seed %u)", i,
                seek.speed, seek.flags, seek.start, seek.stop, seed);
    if (!playing)
      wait_for_state(player.pipeline(), seed);
    else
      g_usleep(static_cast<gulong>(random.below(3000)));
    fail_on_error(player.pipeline(), seed);
    if (input == Input::fed)
      wait_for_state(player.pipeline(), seed);
    if (i % 10 == 9)
      check(player, random, line, seed);
  }
}

void seek_in_source(const std::string& properties) {
  // Without bounds: a sink that plays on empties its queue, and to pause it takes another frame,
  // which does not come where the queue of one that has paused before is full.
  const std::string queue = " ! queue max-size-buffers=0 max-size-bytes=0 max-size-time=0 ! ";
  seek_at_random(
      "videotestsrc ! "
      "video/x-raw,format=I420,width=32,height=24,framerate=25/1 ! rpcasplit threads=1 name=s " +
          properties + " s.foreground" + queue + "fakesink sync=false s.background" + queue +
          "fakesink sync=false s.mask" + queue + "fakesink sync=false name=sink",
      Input::pulled, {1, 1, 2, 0.5, -1, -2}, scale::scaled(200));
}

GST_START_TEST(online_is_sought_in) {
  seek_in_source("");
}
GST_END_TEST

GST_START_TEST(windows_are_sought_in) {
  seek_in_source("method=svd window=4");
}
GST_END_TEST

GST_START_TEST(streams_are_sought_in) {
  const File file(encode("key-int-max=12", raw_caps("I420", 32, 24), frames));
  const std::string decoding = "lowrankparse ! lowrankdecompress ! fakesink sync=false name=sink";
  const std::string source = "filesrc location=" + file.path() + " ! ";
  seek_at_random(source + decoding, Input::pulled, {1, 1, 2, 0.5, -1, -2}, scale::scaled(200));
  // What is fed cannot go backwards.
  seek_at_random(source + "queue ! " + decoding, Input::fed, {1, 1, 2, 0.5}, scale::scaled(100));
}
GST_END_TEST

}  // namespace

int main() {
  return run_suite("life seeks",
                   {online_is_sought_in, windows_are_sought_in, streams_are_sought_in});
}
