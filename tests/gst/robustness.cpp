// SPDX-License-Identifier: LGPL-2.1-or-later

// Bytes and frames that are damaged, lost or cut anyhow on their way: each stream comes to its end
// or to an error of an element, and what leaves is counted. LOWRANK_TEST_SCALE multiplies the
// rounds.
#include <algorithm>
#include <array>
#include <atomic>
#include <memory>

#include "codec_support.h"
#include "pipeline.h"
#include "random.h"
#include "scale.h"

namespace {

constexpr int pictures = 25;

// What passes a pad.
struct Count {
  int buffers = 0;
  int corrupted = 0;
  GstClockTime last = 0;
  gsize bytes = 0;  // of each buffer, when it is not 0
  std::vector<Bytes>* seen = nullptr;
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
  if (counted->seen != nullptr)
    counted->seen->push_back(bytes_of(buffer));
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

GstFlowReturn chain_without_errors(GstPad* pad, GstObject* parent, GstBuffer* buffer) {
  const auto chain =
      reinterpret_cast<GstPadChainFunction>(g_object_get_data(G_OBJECT(pad), "chain"));
  const GstFlowReturn flow = chain(pad, parent, buffer);
  return flow == GST_FLOW_ERROR ? GST_FLOW_OK : flow;
}

class Pipeline {
 public:
  explicit Pipeline(const std::string& line)
      : what_(": " + line + " (seed " + std::to_string(scale::seed()) + ")"),
        pipeline_(launch(line)) {}
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;
  ~Pipeline() { gst_object_unref(pipeline_); }

  // What comes to the pad of the element with that name; until the pipeline is gone.
  const Count& watch(const char* name, gsize bytes = 0, std::vector<Bytes>* seen = nullptr) {
    auto counted = std::make_unique<Count>();
    counted->bytes = bytes;
    counted->seen = seen;
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

  // Upstream is not told of the errors of the element with that name.
  void ignore_errors(const char* name) {
    GstElement* element = gst_bin_get_by_name(GST_BIN(pipeline_), name);
    GstPad* pad = gst_element_get_static_pad(element, "sink");
    g_object_set_data(G_OBJECT(pad), "chain", reinterpret_cast<gpointer>(GST_PAD_CHAINFUNC(pad)));
    gst_pad_set_chain_function(pad, chain_without_errors);
    gst_object_unref(pad);
    gst_object_unref(element);
  }

  // Plays to the end, or to an error; whether the end came.
  bool play() {
    mark_pieces();
    error_ = ::play(pipeline_, what_);
    stop();
    return error_.empty();
  }

  // Plays until the end comes to the sink, whatever errors there are: after one the pipeline does
  // not tell of the end.
  void play_on(const Count& sink) {
    mark_pieces();
    gst_element_set_state(pipeline_, GST_STATE_PLAYING);
    for (int waited = 0; !sink.ended; waited++) {
      fail_unless(waited < 6000, "no end within a minute%s", what_.c_str());
      g_usleep(10000);
    }
    stop();
  }

  // The last error, or nothing.
  const std::string& error() const { return error_; }
  // The line and the seed, for the messages of assertions.
  const char* what() const { return what_.c_str(); }

 private:
  void mark_pieces() {
    if (GstElement* pieces = gst_bin_get_by_name(GST_BIN(pipeline_), "pieces")) {
      GstPad* pad = gst_element_get_static_pad(pieces, "src");
      gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, clear_discont, nullptr, nullptr);
      gst_object_unref(pad);
      gst_object_unref(pieces);
    }
  }

  void stop() {
    fail_unless_equals_int(gst_element_set_state(pipeline_, GST_STATE_NULL),
                           GST_STATE_CHANGE_SUCCESS);
  }

  std::string what_;
  std::string error_;
  GstElement* pipeline_;
  std::vector<std::unique_ptr<Count>> counts_;
};

// A picture as it is stored.
struct Picture {
  Bytes bytes;
  bool key;
};

struct Stream {
  std::unique_ptr<File> file;
  gsize picture_bytes;
  std::vector<Picture> pictures;
};

std::vector<Picture> pictures_of(const Bytes& stream) {
  Chain parser("lowrankparse");
  parser.set_caps("video/x-lowrank");
  parser.push(stream);
  parser.finish();
  std::vector<Picture> result;
  const std::vector<GstBuffer*> buffers = parser.pull_all();
  for (GstBuffer* buffer : buffers)
    result.push_back(
        {bytes_of(buffer), !GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_DELTA_UNIT)});
  unref_all(buffers);
  return result;
}

// How many pictures of a stream are there in spite of all.
struct Whole {
  int from_key = 0;    // from the first key on
  int since_keys = 0;  // with all before them from a key on
};

// In bytes that came, in their order, each picture within one of them.
Whole whole_pictures(const Stream& stream, const std::vector<Bytes>& came) {
  Whole whole;
  bool any_key = false;
  bool since_key = false;
  std::size_t piece = 0;
  std::ptrdiff_t place = 0;
  for (const Picture& picture : stream.pictures) {
    bool found = false;
    for (std::size_t i = piece; i < came.size() && !found; i++) {
      const auto at = std::search(came[i].begin() + (i == piece ? place : 0), came[i].end(),
                                  picture.bytes.begin(), picture.bytes.end());
      found = at != came[i].end();
      if (found) {
        piece = i;
        place = at - came[i].begin() + static_cast<std::ptrdiff_t>(picture.bytes.size());
      }
    }
    any_key |= found && picture.key;
    since_key = found && (picture.key || since_key);
    whole.from_key += found && any_key;
    whole.since_keys += since_key;
  }
  return whole;
}

// The same where it does not matter how they are cut.
Whole whole_pictures_across(const Stream& stream, const std::vector<Bytes>& came) {
  Bytes all;
  for (const Bytes& bytes : came)
    all.insert(all.end(), bytes.begin(), bytes.end());
  return whole_pictures(stream, {all});
}

std::vector<Stream> streams_of_all_kinds() {
  std::vector<Stream> streams;
  for (const auto& [properties, format] :
       {std::pair{"quality=60", "I420"}, std::pair{"quality=30 key-int-max=5", "GRAY8"},
        std::pair{"layout=frame rank=3", "Y42B"}, std::pair{"quality=50 base-rank=2", "Y444"}}) {
    const std::string caps = raw_caps(format, 64, 48);
    const GstVideoInfo info = parse_caps(caps);
    const Bytes bytes = encode(properties, caps, pictures);
    streams.push_back(
        {std::make_unique<File>(bytes), GST_VIDEO_INFO_SIZE(&info), pictures_of(bytes)});
  }
  return streams;
}

// Random numbers of the test and of the elements.
class Dice : public Random {
 public:
  Dice() : Random(scale::seed()) { g_random_set_seed(scale::seed()); }
  std::string seed() { return " seed=" + std::to_string(from_to(0, 1 << 30)); }
  std::string share() {
    return std::array{"0.0002", "0.002", "0.02", "0.3"}.at(static_cast<std::size_t>(from_to(0, 3)));
  }
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

const std::string decoding =
    "lowrankparse name=parser ! lowrankdecompress ! fakesink name=sink sync=false";

// No picture is lost that came whole: it is shown, if not always as it was, when the decoder knows
// an earlier one. Without any there may be an error.
void check_count(const Count& sink, int least, bool ended, const Pipeline& pipeline) {
  fail_unless(ended || least == 0, "%s%s", pipeline.error().c_str(), pipeline.what());
  fail_unless(least <= sink.buffers && sink.buffers <= pictures, "%d pictures, %d came whole%s",
              sink.buffers, least, pipeline.what());
}

template <typename Round>
void for_each_round(int rounds, Round round) {
  const std::vector<Stream> streams = streams_of_all_kinds();
  Dice dice;
  for (int i = 0; i < scale::scaled(rounds); i++)
    round(streams[static_cast<std::size_t>(i) % streams.size()], dice);
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
    std::vector<Bytes> came;
    pipeline.watch("parser", 0, &came);
    const Count& sink = pipeline.watch("sink");
    const bool ended = pipeline.play();
    check_count(sink, whole_pictures_across(stream, came).from_key, ended, pipeline);
  });
}
GST_END_TEST

GST_START_TEST(lost_bytes_before_the_parser) {
  for_each_round(24, [](const Stream& stream, Dice& dice) {
    Pipeline pipeline(source(stream) + pieces(dice) + loss(dice) + decoding);
    std::vector<Bytes> came;
    pipeline.watch("parser", 0, &came);
    const Count& sink = pipeline.watch("sink", stream.picture_bytes);
    const bool ended = pipeline.play();
    check_count(sink, whole_pictures_across(stream, came).from_key, ended, pipeline);
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
    std::vector<Bytes> came;
    const Count& decoder = pipeline.watch("decoder", 0, &came);
    const Count& sink = pipeline.watch("sink", lossy ? stream.picture_bytes : 0);
    const bool ended = pipeline.play();
    check_count(sink, whole_pictures(stream, came).from_key, ended, pipeline);
    fail_unless(sink.buffers <= decoder.buffers && decoder.buffers <= pictures);
    if (!lossy)
      fail_unless_equals_int(decoder.buffers, pictures);
  });
}
GST_END_TEST

// Where errors are ignored upstream, elements go on after one, to the end.
GST_START_TEST(elements_go_on_after_an_error) {
  for_each_round(16, [](const Stream& stream, Dice& dice) {
    const bool refused = dice.from_to(0, 3) == 0;
    Pipeline pipeline(source(stream) + pieces(dice) + damage(dice) + "lowrankparse name=parser" +
                      (refused ? " max-side=16 ! " : " ! ") +
                      "lowrankdecompress name=decoder max-errors=0 ! fakesink name=sink "
                      "sync=false");
    pipeline.ignore_errors("parser");
    pipeline.ignore_errors("decoder");
    std::vector<Bytes> came;
    pipeline.watch("parser", 0, &came);
    const Count& sink = pipeline.watch("sink");
    pipeline.play_on(sink);
    const int least = refused ? 0 : whole_pictures_across(stream, came).since_keys;
    const int most = refused ? 0 : pictures;
    fail_unless(least <= sink.buffers && sink.buffers <= most, "%d pictures, of %d to %d%s",
                sink.buffers, least, most, pipeline.what());
  });
}
GST_END_TEST

// errorignore takes all that comes after an error, and passes none of it on: the end still comes.
GST_START_TEST(errors_that_are_hidden_end_in_order) {
  GstElementFactory* factory = gst_element_factory_find("errorignore");
  if (factory == nullptr) {
    g_print("no errorignore, which is in the plugins \"bad\": skipped\n");
    return;
  }
  gst_object_unref(factory);
  for_each_round(8, [](const Stream& stream, Dice& dice) {
    Pipeline pipeline(source(stream) + pieces(dice) + damage(dice) +
                      "errorignore convert-to=ok ! lowrankparse name=parser ! "
                      "errorignore convert-to=ok ! lowrankdecompress name=decoder max-errors=0 ! "
                      "fakesink name=sink sync=false");
    const Count& decoder = pipeline.watch("decoder");
    const Count& sink = pipeline.watch("sink");
    pipeline.play_on(sink);
    fail_unless(sink.buffers <= decoder.buffers && decoder.buffers <= pictures);
  });
}
GST_END_TEST

// Pieces that are said not to follow each other: each picture that is within one is there.
GST_START_TEST(pieces_that_do_not_follow) {
  for_each_round(24, [](const Stream& stream, Dice& dice) {
    Pipeline pipeline(source(stream) + "queue ! rndbuffersize min=1 max=" +
                      std::to_string(1 << dice.from_to(3, 12)) + dice.seed() + " ! " + decoding);
    std::vector<Bytes> came;
    pipeline.watch("parser", 0, &came);
    const Count& sink = pipeline.watch("sink", stream.picture_bytes);
    const bool ended = pipeline.play();
    check_count(sink, whole_pictures(stream, came).from_key, ended, pipeline);
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
}
GST_END_TEST

int main() {
  return run_suite("robustness",
                   {pieces_change_nothing, damaged_bytes_before_the_parser,
                    lost_bytes_before_the_parser, damaged_and_lost_pictures_before_the_decoder,
                    elements_go_on_after_an_error, errors_that_are_hidden_end_in_order,
                    pieces_that_do_not_follow, damaged_and_lost_frames_before_the_separation});
}
