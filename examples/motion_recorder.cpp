// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Writes a file whenever something moves, from some seconds before until some seconds after, named
// by the time of its first frame.
//
//     motion-recorder --camera --folder recordings --before 5 --after 10
#include <csignal>
#include <cstdlib>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include <glib-unix.h>
#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>
#include <gst/gst.h>

namespace {

struct Options {
  gboolean camera = FALSE;
  const char* folder = ".";
  double before = 5;
  double after = 5;
  double limit = 0.1;
  const char* settings = "min-region-size=100";
  const char* encoder = "jpegenc quality=85";
};

struct Frame {
  GstBuffer* buffer;
  GstClockTime time;  // running time

  bool is_key() const { return !GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_DELTA_UNIT); }
};

// A file that is being written.
class File {
 public:
  File(const std::string& path, GstCaps* caps, GstClockTime start) : path_(path), start_(start) {
    pipeline_ = gst_parse_launch(
        "appsrc name=frames format=time max-bytes=0 ! matroskamux ! filesink name=file", nullptr);
    g_autoptr(GstElement) file = gst_bin_get_by_name(GST_BIN(pipeline_), "file");
    g_object_set(file, "location", path.c_str(), nullptr);
    frames_ = GST_APP_SRC(gst_bin_get_by_name(GST_BIN(pipeline_), "frames"));
    gst_app_src_set_caps(frames_, caps);
    gst_element_set_state(pipeline_, GST_STATE_PLAYING);
  }

  File(const File&) = delete;
  File& operator=(const File&) = delete;

  ~File() {
    gst_element_set_state(pipeline_, GST_STATE_NULL);
    gst_object_unref(frames_);
    gst_object_unref(pipeline_);
  }

  // False when the file cannot be written, a full disk for one.
  bool write(const Frame& frame) {
    GstBuffer* buffer = gst_buffer_copy(frame.buffer);
    GST_BUFFER_PTS(buffer) = frame.time - start_;
    GST_BUFFER_DTS(buffer) = GST_CLOCK_TIME_NONE;
    length_ = GST_BUFFER_PTS(buffer);
    if (GST_BUFFER_DURATION_IS_VALID(buffer))
      length_ += GST_BUFFER_DURATION(buffer);
    gst_app_src_push_buffer(frames_, buffer);
    return !failed(0);
  }

  // Completes it; false when that fails, as the last of it is only written now.
  bool finish() {
    gst_app_src_end_of_stream(frames_);
    if (failed(GST_CLOCK_TIME_NONE))
      return false;
    g_print("%s: %.2f s\n", path_.c_str(), static_cast<double>(length_) / GST_SECOND);
    return true;
  }

 private:
  bool failed(GstClockTime patience) {
    if (failed_)
      return true;
    g_autoptr(GstBus) bus = gst_element_get_bus(pipeline_);
    g_autoptr(GstMessage) message = gst_bus_timed_pop_filtered(
        bus, patience, static_cast<GstMessageType>(GST_MESSAGE_ERROR | GST_MESSAGE_EOS));
    if (message && GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) {
      g_autoptr(GError) error = nullptr;
      gst_message_parse_error(message, &error, nullptr);
      g_printerr("%s: %s\n", path_.c_str(), error->message);
      failed_ = true;
    }
    return failed_;
  }

  const std::string path_;
  const GstClockTime start_;
  GstClockTime length_ = 0;
  GstElement* pipeline_;
  GstAppSrc* frames_;
  bool failed_ = false;
};

class Recorder {
 public:
  explicit Recorder(const Options& options)
      : options_(options), before_(to_time(options.before)), after_(to_time(options.after)) {}

  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  ~Recorder() { drop(ring_.size()); }

  // What rpcasplit says of a frame, before it sends the frame.
  void judge(GstClockTime time, double share) {
    if (!GST_CLOCK_TIME_IS_VALID(time))
      return;
    const std::lock_guard lock(mutex_);
    if (100 * share > options_.limit)
      moving_.push_back(time);
  }

  // An encoded frame; false when it cannot be written.
  bool take(GstSample* sample) {
    GstBuffer* buffer = gst_sample_get_buffer(sample);
    const GstClockTime time = gst_segment_to_running_time(gst_sample_get_segment(sample),
                                                          GST_FORMAT_TIME, GST_BUFFER_PTS(buffer));
    if (!GST_CLOCK_TIME_IS_VALID(time))
      return true;
    if (!epoch_)
      epoch_ = g_get_real_time() - static_cast<gint64>(GST_TIME_AS_USECONDS(time));
    if (is_moving(time))
      moved_ = time;
    const bool wanted = moved_ && time <= *moved_ + after_;
    if (!wanted && !finish())
      return false;
    ring_.push_back({gst_buffer_ref(buffer), time});
    forget_before(time);
    return !wanted || write(gst_sample_get_caps(sample));
  }

  // Completes the file that is being written, if there is one; false when that fails.
  bool finish() {
    const bool finished = !file_ || file_->finish();
    file_.reset();
    return finished;
  }

 private:
  static GstClockTime to_time(double seconds) {
    return static_cast<GstClockTime>(seconds * GST_SECOND);
  }

  bool is_moving(GstClockTime time) {
    const std::lock_guard lock(mutex_);
    bool moving = false;
    for (; !moving_.empty() && moving_.front() <= time; moving_.pop_front())
      moving = true;
    return moving;
  }

  // The ring starts with a key frame, the last that leaves the whole pre-roll.
  void forget_before(GstClockTime time) {
    std::size_t first = 0;
    for (std::size_t i = 0; i < ring_.size() && ring_[i].time + before_ <= time; i++)
      if (ring_[i].is_key())
        first = i;
    drop(first);
  }

  void drop(std::size_t count) {
    for (; count > 0; count--) {
      gst_buffer_unref(ring_.front().buffer);
      ring_.pop_front();
    }
  }

  bool write(GstCaps* caps) {
    if (!file_) {
      while (!ring_.empty() && !ring_.front().is_key())
        drop(1);
      if (ring_.empty())
        return true;
      file_ = std::make_unique<File>(path(ring_.front().time), caps, ring_.front().time);
    }
    bool written = true;
    for (const Frame& frame : ring_)
      written = written && file_->write(frame);
    drop(ring_.size());
    return written;
  }

  std::string path(GstClockTime time) const {
    g_autoptr(GDateTime) zero = g_date_time_new_from_unix_local(*epoch_ / G_USEC_PER_SEC);
    g_autoptr(GDateTime) start = g_date_time_add(
        zero, *epoch_ % G_USEC_PER_SEC + static_cast<gint64>(GST_TIME_AS_USECONDS(time)));
    g_autofree char* name = g_date_time_format(start, "motion-%Y-%m-%d_%H-%M-%S.mkv");
    return std::string(options_.folder) + G_DIR_SEPARATOR_S + name;
  }

  const Options& options_;
  const GstClockTime before_;
  const GstClockTime after_;
  std::optional<gint64> epoch_;  // wall clock of running time 0, in microseconds
  std::optional<GstClockTime> moved_;
  std::deque<Frame> ring_;
  std::unique_ptr<File> file_;
  std::mutex mutex_;
  std::deque<GstClockTime> moving_;  // times of frames that move and are being encoded
};

GstFlowReturn on_sample(GstAppSink* sink, gpointer recorder) {
  g_autoptr(GstSample) sample = gst_app_sink_pull_sample(sink);
  if (!sample)
    return GST_FLOW_EOS;
  return static_cast<Recorder*>(recorder)->take(sample) ? GST_FLOW_OK : GST_FLOW_ERROR;
}

// In the thread that posts, so that what is said of a frame is known when the frame comes.
GstBusSyncReply on_sync_message(GstBus*, GstMessage* message, gpointer recorder) {
  if (!gst_message_has_name(message, "rpcasplit"))
    return GST_BUS_PASS;
  guint64 time = 0;
  double share = 0;
  if (gst_structure_get(gst_message_get_structure(message), "running-time", G_TYPE_UINT64, &time,
                        "foreground-ratio", G_TYPE_DOUBLE, &share, nullptr))
    static_cast<Recorder*>(recorder)->judge(time, share);
  gst_message_unref(message);
  return GST_BUS_DROP;
}

struct Application {
  GMainLoop* loop;
  GstElement* pipeline;
  bool stopping;
  int status;
};

gboolean on_message(GstBus*, GstMessage* message, gpointer data) {
  auto* app = static_cast<Application*>(data);
  g_autoptr(GError) error = nullptr;
  switch (GST_MESSAGE_TYPE(message)) {
    case GST_MESSAGE_ERROR:
      gst_message_parse_error(message, &error, nullptr);
      g_printerr("error: %s: %s\n", GST_MESSAGE_SRC_NAME(message), error->message);
      app->status = EXIT_FAILURE;
      g_main_loop_quit(app->loop);
      break;
    case GST_MESSAGE_WARNING:
      gst_message_parse_warning(message, &error, nullptr);
      g_printerr("warning: %s: %s\n", GST_MESSAGE_SRC_NAME(message), error->message);
      break;
    case GST_MESSAGE_EOS:
      g_main_loop_quit(app->loop);
      break;
    default:
      break;
  }
  return G_SOURCE_CONTINUE;
}

// End of stream lets the encoder send what it holds; who cannot wait for it asks twice.
gboolean on_signal(gpointer data) {
  auto* app = static_cast<Application*>(data);
  if (app->stopping || !gst_element_send_event(app->pipeline, gst_event_new_eos()))
    g_main_loop_quit(app->loop);
  app->stopping = true;
  return G_SOURCE_CONTINUE;
}

int record(const char* uri, const Options& options) {
  g_autoptr(GstElementFactory) muxer = gst_element_factory_find("matroskamux");
  if (!muxer) {
    g_printerr("no matroskamux, which is in GStreamer's good plugins\n");
    return EXIT_FAILURE;
  }
  std::string description = uri ? "uridecodebin name=source" : "autovideosrc";
  description = description +
                " ! videoconvert ! rpcasplit name=split foreground-mode=input post-messages=true " +
                options.settings + " split.foreground ! queue ! videoconvert ! " + options.encoder +
                " ! appsink name=frames sync=false";
  g_autoptr(GError) error = nullptr;
  g_autoptr(GstElement) pipeline = gst_parse_launch(description.c_str(), &error);
  if (error) {
    g_printerr("%s\n", error->message);
    return EXIT_FAILURE;
  }
  if (uri) {
    g_autoptr(GstElement) source = gst_bin_get_by_name(GST_BIN(pipeline), "source");
    g_object_set(source, "uri", uri, nullptr);
  }

  Recorder recorder(options);
  g_autoptr(GstElement) frames = gst_bin_get_by_name(GST_BIN(pipeline), "frames");
  GstAppSinkCallbacks callbacks{};
  callbacks.new_sample = on_sample;
  gst_app_sink_set_callbacks(GST_APP_SINK(frames), &callbacks, &recorder, nullptr);

  g_autoptr(GMainLoop) loop = g_main_loop_new(nullptr, FALSE);
  Application app{loop, pipeline, false, EXIT_SUCCESS};
  g_autoptr(GstBus) bus = gst_element_get_bus(pipeline);
  gst_bus_set_sync_handler(bus, on_sync_message, &recorder, nullptr);
  gst_bus_add_watch(bus, on_message, &app);
  g_unix_signal_add(SIGINT, on_signal, &app);
  g_unix_signal_add(SIGTERM, on_signal, &app);

  // A failure is on the bus, with its reason.
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  g_main_loop_run(loop);
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_bus_set_sync_handler(bus, nullptr, nullptr, nullptr);
  gst_bus_remove_watch(bus);
  return recorder.finish() ? app.status : EXIT_FAILURE;
}

constexpr int exit_wrong_use = 2;

int wrong_use(const char* what) {
  g_printerr("%s: %s; --help says what there is\n", g_get_prgname(), what);
  return exit_wrong_use;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  const GOptionEntry entries[] = {
      {"camera", 'c', 0, G_OPTION_ARG_NONE, &options.camera,
       "Record the first camera that GStreamer finds, in place of a file", nullptr},
      {"folder", 'f', 0, G_OPTION_ARG_FILENAME, &options.folder, "Where files go; default: .",
       "FOLDER"},
      {"before", 'b', 0, G_OPTION_ARG_DOUBLE, &options.before,
       "What a file shows before the motion, 0 or more; default: 5", "SECONDS"},
      {"after", 'a', 0, G_OPTION_ARG_DOUBLE, &options.after,
       "For how long nothing has to move until a file ends, 1 or more; default: 5", "SECONDS"},
      {"limit", 'l', 0, G_OPTION_ARG_DOUBLE, &options.limit,
       "Share of the picture above which something moves, 0 to 100; default: 0.1", "PERCENT"},
      {"settings", 's', 0, G_OPTION_ARG_STRING, &options.settings,
       "Properties of rpcasplit; default: min-region-size=100", "NAME=VALUE ..."},
      {"encoder", 'e', 0, G_OPTION_ARG_STRING, &options.encoder,
       "Encoder of a format that Matroska takes, without reordering; default: jpegenc quality=85",
       "ELEMENTS"},
      {},
  };
  g_autoptr(GOptionContext) context =
      g_option_context_new("[FILE|URI] - write what moves, with a pre-roll");
  g_option_context_set_summary(
      context,
      "Writes a Matroska file FOLDER/motion-DATE_TIME.mkv whenever something moves, from some\n"
      "seconds before until it has been still for some seconds, and prints its name and length.\n"
      "Ctrl-C ends the stream and completes the file, a second one ends the program.");
  g_option_context_set_description(
      context,
      "Examples:\n"
      "  motion-recorder --camera --folder recordings --before 5 --after 10\n"
      "  motion-recorder --settings \"@preset=outdoor-trees min-region-size=400\" street.avi\n"
      "  motion-recorder --encoder \"vp8enc deadline=1\" street.avi\n"
      "\n"
      "Exit status: 0 at the end or after Ctrl-C, 1 if something cannot be played or written,\n"
      "2 for wrong use.");
  g_option_context_add_main_entries(context, entries, nullptr);
  g_option_context_add_group(context, gst_init_get_option_group());
  g_autoptr(GError) error = nullptr;
  if (!g_option_context_parse(context, &argc, &argv, &error))
    return wrong_use(error->message);
  if (argc != (options.camera ? 1 : 2))
    return wrong_use(options.camera ? "--camera takes no FILE or URI"
                                    : "needs one FILE or URI, or --camera");
  if (!(options.before >= 0))
    return wrong_use("--before has to be 0 or more");
  if (!(options.after >= 1))
    return wrong_use("--after has to be 1 or more");
  if (!(options.limit >= 0 && options.limit <= 100))
    return wrong_use("--limit has to be 0 to 100");
  g_autofree char* uri = nullptr;
  if (!options.camera) {
    uri = gst_uri_is_valid(argv[1]) ? g_strdup(argv[1]) : gst_filename_to_uri(argv[1], &error);
    if (!uri) {
      g_printerr("%s\n", error->message);
      return EXIT_FAILURE;
    }
  }
  return record(uri, options);
}
