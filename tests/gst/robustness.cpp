// SPDX-License-Identifier: LGPL-2.1-or-later

// Bytes and frames that are damaged, lost or cut anyhow on their way: each stream comes to its end
// or to an error of an element, and what leaves is counted. LOWRANK_TEST_SCALE multiplies the
// rounds.
#include <array>
#include <atomic>
#include <memory>
#include <random>

#include "codec_support.h"
#include "scale.h"

namespace {

constexpr GstClockTime patience = 60 * GST_SECOND;
constexpr int pictures = 25;

// What passes a pad.
struct Count {
  int buffers = 0;
  int corrupted = 0;
  GstClockTime last = 0;
  gsize bytes = 0;  // of each buffer, when it is not 0
  std::atomic<bool> ended = false;
};

// What has to hold of each buffer on the way.
GstPadProbeReturn count(GstPad*, GstPadProbeInfo* info, gpointer data) {
  auto* counted = static_cast<Count*>(data);
  if ((GST_PAD_PROBE_INFO_TYPE(info) & GST_PAD_PROBE_TYPE_BUFFER) == 0) {
    if (GST_EVENT_TYPE(GST_PAD_PROBE_INFO_EVENT(info)) == GST_EVENT_EOS)
      counted->ended = true;
    return GST_PAD_PROBE_OK;
  }
  GstBuffer* buffer = GST_PAD_PROBE_INFO_BUFFER(info);
  counted->buffers++;
  counted->corrupted += GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_CORRUPTED) != 0;
  if (counted->bytes > 0)
    fail_unless_equals_uint64(gst_buffer_get_size(buffer), counted->bytes);
  if (GST_BUFFER_PTS_IS_VALID(buffer)) {
    fail_unless(GST_BUFFER_PTS(buffer) >= counted->last, "time goes back");
    counted->last = GST_BUFFER_PTS(buffer);
  }
  return GST_PAD_PROBE_OK;
}

GstPadProbeReturn clear_discont(GstPad*, GstPadProbeInfo* info, gpointer) {
  GstBuffer* buffer = gst_buffer_make_writable(GST_PAD_PROBE_INFO_BUFFER(info));
  GST_BUFFER_FLAG_UNSET(buffer, GST_BUFFER_FLAG_DISCONT);
  GST_PAD_PROBE_INFO_DATA(info) = buffer;
  return GST_PAD_PROBE_OK;
}

class Pipeline {
 public:
  explicit Pipeline(const std::string& line) : line_(line) {
    GError* problem = nullptr;
    pipeline_ = gst_parse_launch(line.c_str(), &problem);
    fail_unless(pipeline_ != nullptr && problem == nullptr, "%s: %s", line.c_str(),
                problem ? problem->message : "");
  }
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;
  ~Pipeline() { gst_object_unref(pipeline_); }

  // What comes to the pad of the element with that name; until the pipeline is gone.
  const Count& watch(const char* name, gsize bytes = 0) {
    auto counted = std::make_unique<Count>();
    counted->bytes = bytes;
    GstElement* element = gst_bin_get_by_name(GST_BIN(pipeline_), name);
    GstPad* pad = gst_element_get_static_pad(element, "sink");
    gst_pad_add_probe(pad,
                      static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER |
                                                   GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM),
                      count, counted.get(), nullptr);
    gst_object_unref(pad);
    gst_object_unref(element);
    counts_.push_back(std::move(counted));
    return *counts_.back();
  }

  // Plays to the end, or to an error; whether the end came.
  bool play() {
    start();
    GstMessage* message = wait(patience);
    fail_unless(message != nullptr, "neither an end nor an error: %s (seed %u)", line_.c_str(),
                scale::seed());
    const bool ended = GST_MESSAGE_TYPE(message) == GST_MESSAGE_EOS;
    if (!ended)
      note(message);
    gst_message_unref(message);
    stop();
    return ended;
  }

  // Plays until the end comes to the sink, whatever errors there are: after one the pipeline does
  // not tell of the end.
  void play_on(const Count& sink) {
    start();
    constexpr GstClockTime step = 10 * GST_MSECOND;
    for (GstClockTime waited = 0; !sink.ended; waited += step) {
      fail_unless(waited < patience, "no end: %s (seed %u)", line_.c_str(), scale::seed());
      if (GstMessage* message = wait(step))
        gst_message_unref(message);
    }
    stop();
  }

  // The last error, or nothing.
  const std::string& error() const { return error_; }

 private:
  void start() {
    if (GstElement* pieces = gst_bin_get_by_name(GST_BIN(pipeline_), "pieces")) {
      GstPad* pad = gst_element_get_static_pad(pieces, "src");
      gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, clear_discont, nullptr, nullptr);
      gst_object_unref(pad);
      gst_object_unref(pieces);
    }
    gst_element_set_state(pipeline_, GST_STATE_PLAYING);
  }

  GstMessage* wait(GstClockTime time) {
    GstBus* bus = gst_element_get_bus(pipeline_);
    GstMessage* message = gst_bus_timed_pop_filtered(
        bus, time, static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR));
    gst_object_unref(bus);
    return message;
  }

  void stop() {
    fail_unless_equals_int(gst_element_set_state(pipeline_, GST_STATE_NULL),
                           GST_STATE_CHANGE_SUCCESS);
  }

  void note(GstMessage* message) {
    GError* error = nullptr;
    gst_message_parse_error(message, &error, nullptr);
    error_ = error->message;
    g_error_free(error);
  }

  std::string line_;
  std::string error_;
  GstElement* pipeline_;
  std::vector<std::unique_ptr<Count>> counts_;
};

struct Stream {
  std::unique_ptr<File> file;
  gsize picture_bytes;
};

std::vector<Stream> streams_of_all_kinds() {
  std::vector<Stream> streams;
  for (const auto& [properties, format] :
       {std::pair{"quality=60", "I420"}, std::pair{"quality=30 key-int-max=5", "GRAY8"},
        std::pair{"layout=frame rank=3", "Y42B"}, std::pair{"quality=50 base-rank=2", "Y444"}}) {
    const std::string caps = raw_caps(format, 64, 48);
    const GstVideoInfo info = parse_caps(caps);
    streams.push_back(
        {std::make_unique<File>(encode(properties, caps, pictures)), GST_VIDEO_INFO_SIZE(&info)});
  }
  return streams;
}

// Random numbers of the test and of the elements.
class Dice {
 public:
  Dice() : random_(scale::seed()) { g_random_set_seed(scale::seed()); }
  int from_to(int least, int most) { return std::uniform_int_distribution(least, most)(random_); }
  std::string seed() { return " seed=" + std::to_string(from_to(0, 1 << 30)); }
  std::string share() {
    return std::array{"0.0002", "0.002", "0.02", "0.3"}.at(static_cast<std::size_t>(from_to(0, 3)));
  }

 private:
  std::mt19937 random_;
};

std::string source(const Stream& stream) {
  return "filesrc location=" + stream.file->path() + " ! ";
}

// Behind a queue, since rndbuffersize begins without events where it pulls. What it cuts there has
// the flags of what it is cut from: Pipeline clears them.
std::string pieces(Dice& dice) {
  const int most = 1 << dice.from_to(0, 12);
  return "queue ! rndbuffersize name=pieces min=1 max=" + std::to_string(most) + dice.seed() +
         " ! ";
}

std::string damage(Dice& dice, int skip = 0) {
  return "breakmydata probability=" + dice.share() + " skip=" + std::to_string(skip) + dice.seed() +
         " ! ";
}

std::string loss(Dice& dice) {
  return "identity drop-probability=" + dice.share() + " ! ";
}

const std::string decoding = "lowrankparse ! lowrankdecompress ! fakesink name=sink sync=false";

// With GST_TRACERS=leaks.
void expect_nothing_left_behind() {
  GList* tracers = gst_tracing_get_active_tracers();
  if (tracers == nullptr)
    return;
  gst_task_cleanup_all();
  g_usleep(100000);
  GstStructure* live = nullptr;
  g_signal_emit_by_name(tracers->data, "get-live-objects", &live);
  const GValue* objects = gst_structure_get_value(live, "live-objects-list");
  for (guint i = 0; i < gst_value_list_get_size(objects); i++) {
    const GstStructure* one = gst_value_get_structure(gst_value_list_get_value(objects, i));
    const char* name = G_VALUE_TYPE_NAME(gst_structure_get_value(one, "object"));
    for (const char* ours : {"GstRpcaSplit", "GstLowRankParse", "GstLowRankDecompress",
                             "GstPipeline", "GstBuffer", "GstPad", "GstMemory", "GstEvent"})
      fail_if(g_str_equal(name, ours), "%s left behind", name);
  }
  // The structure is not freed: it would unref the objects, which are not its own.
  g_list_free_full(tracers, gst_object_unref);
}

template <typename Round>
void for_each_round(int rounds, Round round) {
  const std::vector<Stream> streams = streams_of_all_kinds();
  Dice dice;
  for (int i = 0; i < scale::scaled(rounds); i++)
    round(streams[static_cast<std::size_t>(i) % streams.size()], dice);
  expect_nothing_left_behind();
}

}  // namespace

// Pieces of any size are what the parser is there for: all pictures come, and none is damaged.
GST_START_TEST(pieces_change_nothing) {
  for_each_round(8, [](const Stream& stream, Dice& dice) {
    Pipeline pipeline(source(stream) + pieces(dice) + decoding);
    const Count& sink = pipeline.watch("sink", stream.picture_bytes);
    fail_unless(pipeline.play(), "%s", pipeline.error().c_str());
    fail_unless_equals_int(sink.buffers, pictures);
    fail_unless_equals_int(sink.corrupted, 0);
  });
}
GST_END_TEST

GST_START_TEST(damaged_bytes_before_the_parser) {
  for_each_round(24, [](const Stream& stream, Dice& dice) {
    Pipeline pipeline(source(stream) + pieces(dice) + damage(dice) + decoding);
    const Count& sink = pipeline.watch("sink");
    pipeline.play();
    fail_unless(sink.buffers <= pictures);
  });
}
GST_END_TEST

GST_START_TEST(lost_bytes_before_the_parser) {
  for_each_round(24, [](const Stream& stream, Dice& dice) {
    Pipeline pipeline(source(stream) + pieces(dice) + loss(dice) + decoding);
    const Count& sink = pipeline.watch("sink", stream.picture_bytes);
    pipeline.play();
    fail_unless(sink.buffers <= pictures);
  });
}
GST_END_TEST

// A picture that is damaged is shown as the one before, or not at all; one that is lost leaves
// none.
GST_START_TEST(damaged_and_lost_pictures_before_the_decoder) {
  for_each_round(24, [](const Stream& stream, Dice& dice) {
    const bool lossy = dice.from_to(0, 1) == 1;
    Pipeline pipeline(source(stream) + "lowrankparse ! " + (lossy ? loss(dice) : damage(dice)) +
                      "lowrankdecompress name=decoder ! fakesink name=sink sync=false");
    const Count& decoder = pipeline.watch("decoder");
    const Count& sink = pipeline.watch("sink", lossy ? stream.picture_bytes : 0);
    pipeline.play();
    fail_unless(sink.buffers <= decoder.buffers && decoder.buffers <= pictures);
    if (!lossy)
      fail_unless_equals_int(decoder.buffers, pictures);
  });
}
GST_END_TEST

// Where errors are ignored upstream, elements go on after one, to the end.
GST_START_TEST(elements_go_on_after_an_error) {
  GstElementFactory* factory = gst_element_factory_find("errorignore");
  if (factory == nullptr) {
    g_print("no errorignore, which is in the plugins \"bad\": skipped\n");
    return;
  }
  gst_object_unref(factory);
  for_each_round(16, [](const Stream& stream, Dice& dice) {
    const bool refused = dice.from_to(0, 3) == 0;
    Pipeline pipeline(source(stream) + pieces(dice) + damage(dice) +
                      "errorignore convert-to=ok ! " +
                      (refused ? "lowrankparse max-side=16 ! " : "lowrankparse ! ") +
                      "errorignore convert-to=ok ! lowrankdecompress max-errors=0 ! fakesink "
                      "name=sink sync=false");
    const Count& sink = pipeline.watch("sink");
    pipeline.play_on(sink);
    fail_unless(sink.buffers <= pictures);
  });
}
GST_END_TEST

// Pieces that are said not to follow each other: each picture that is within one is there.
GST_START_TEST(pieces_that_do_not_follow) {
  for_each_round(24, [](const Stream& stream, Dice& dice) {
    Pipeline pipeline(source(stream) + "queue ! rndbuffersize min=1 max=" +
                      std::to_string(1 << dice.from_to(3, 12)) + dice.seed() + " ! " + decoding);
    const Count& sink = pipeline.watch("sink", stream.picture_bytes);
    pipeline.play();
    fail_unless(sink.buffers <= pictures);
  });
}
GST_END_TEST

// Frames are any bytes: each that comes in leaves by each pad.
GST_START_TEST(damaged_and_lost_frames_before_the_separation) {
  Dice dice;
  for (int i = 0; i < scale::scaled(6); i++) {
    const auto format = std::array{"I420", "GRAY8", "RGB"}.at(static_cast<std::size_t>(i % 3));
    const std::string caps = raw_caps(format, 64, 48);
    Pipeline pipeline("videotestsrc num-buffers=40 pattern=ball ! " + caps + " ! " + damage(dice) +
                      loss(dice) +
                      "rpcasplit name=split"
                      " split.foreground ! queue ! fakesink name=foreground sync=false"
                      " split.background ! queue ! fakesink name=background sync=false"
                      " split.mask ! queue ! fakesink name=mask sync=false");
    const GstVideoInfo info = parse_caps(caps);
    const Count& split = pipeline.watch("split", GST_VIDEO_INFO_SIZE(&info));
    std::vector<const Count*> sinks;
    for (const char* name : {"foreground", "background", "mask"})
      sinks.push_back(&pipeline.watch(name));
    fail_unless(pipeline.play());
    fail_unless(split.buffers <= 40);
    for (const Count* sink : sinks)
      fail_unless_equals_int(sink->buffers, split.buffers);
  }
  expect_nothing_left_behind();
}
GST_END_TEST

int main() {
  return run_suite(
      "robustness",
      {pieces_change_nothing, damaged_bytes_before_the_parser, lost_bytes_before_the_parser,
       damaged_and_lost_pictures_before_the_decoder, elements_go_on_after_an_error,
       pieces_that_do_not_follow, damaged_and_lost_frames_before_the_separation});
}
