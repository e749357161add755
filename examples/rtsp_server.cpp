// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Serves foreground, background and mask of a camera or a file by RTSP. The video is separated
// once, for all mount points and clients; a mount point encodes only while somebody watches it.
//
//     rtsp-server --camera
//     gst-play-1.0 rtsp://127.0.0.1:8554/foreground
#include <array>
#include <csignal>
#include <cstdlib>
#include <mutex>
#include <string>
#include <vector>

#include <glib-unix.h>
#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>
#include <gst/gst.h>
#include <gst/rtsp-server/rtsp-server.h>

namespace {

// VP8 is what the base plugins encode. Whoever has x264enc: "x264enc tune=zerolatency
// key-int-max=30 ! rtph264pay name=pay0 config-interval=-1".
constexpr const char* media_description =
    "( appsrc name=frames is-live=true format=time do-timestamp=true max-buffers=2"
    " leaky-type=downstream ! videoconvert ! video/x-raw,format=I420 !"
    " vp8enc deadline=1 cpu-used=8 target-bitrate=2000000 keyframe-max-dist=30 !"
    " rtpvp8pay name=pay0 )";

// Hands the frames of one pad to the media that are being watched.
class Feed {
 public:
  explicit Feed(const char* name) : name_(name) {}

  const char* name() const { return name_; }

  void add(GstAppSrc* media) {
    const std::lock_guard lock(mutex_);
    media_.push_back(media);
  }

  void remove(GstAppSrc* media) {
    const std::lock_guard lock(mutex_);
    std::erase(media_, media);
  }

  void push(GstSample* sample) {
    // Media have running times of their own, so appsrc stamps the frames as they come.
    g_autoptr(GstBuffer) frame = gst_buffer_copy(gst_sample_get_buffer(sample));
    GST_BUFFER_PTS(frame) = GST_BUFFER_DTS(frame) = GST_CLOCK_TIME_NONE;
    g_autoptr(GstSample) stamped =
        gst_sample_new(frame, gst_sample_get_caps(sample), nullptr, nullptr);
    const std::lock_guard lock(mutex_);
    for (GstAppSrc* media : media_)
      gst_app_src_push_sample(media, stamped);
  }

 private:
  const char* const name_;
  std::mutex mutex_;
  std::vector<GstAppSrc*> media_;
};

// A media and where its frames come from, until the last client has gone.
struct Subscription {
  Feed* feed;
  GstAppSrc* frames;

  static void end(GstRTSPMedia*, gpointer data) {
    const auto* self = static_cast<Subscription*>(data);
    self->feed->remove(self->frames);
  }

  static void destroy(gpointer data, GClosure*) {
    auto* self = static_cast<Subscription*>(data);
    self->feed->remove(self->frames);
    gst_object_unref(self->frames);
    delete self;
  }
};

void on_media_configure(GstRTSPMediaFactory*, GstRTSPMedia* media, gpointer feed) {
  g_autoptr(GstElement) element = gst_rtsp_media_get_element(media);
  auto* frames = GST_APP_SRC(gst_bin_get_by_name_recurse_up(GST_BIN(element), "frames"));
  auto* subscription = new Subscription{static_cast<Feed*>(feed), frames};
  g_signal_connect_data(media, "unprepared", G_CALLBACK(Subscription::end), subscription,
                        Subscription::destroy, GConnectFlags{});
  subscription->feed->add(frames);
}

GstFlowReturn on_sample(GstAppSink* sink, gpointer feed) {
  g_autoptr(GstSample) sample = gst_app_sink_pull_sample(sink);
  if (!sample)
    return GST_FLOW_EOS;
  static_cast<Feed*>(feed)->push(sample);
  return GST_FLOW_OK;
}

using Feeds = std::array<Feed, 3>;

// The pipeline that all share; null when it cannot be made.
GstElement* make_pipeline(const char* uri, Feeds& feeds) {
  std::string description = uri ? "uridecodebin name=source" : "autovideosrc";
  description += " ! videoconvert ! rpcasplit name=split";
  for (const Feed& feed : feeds)
    description = description + " split." + feed.name() + " ! queue ! appsink name=" + feed.name() +
                  " max-buffers=1 drop=true";
  g_autoptr(GError) error = nullptr;
  GstElement* pipeline = gst_parse_launch(description.c_str(), &error);
  if (error) {
    g_printerr("%s\n", error->message);
    g_clear_object(&pipeline);
    return nullptr;
  }
  if (uri) {
    g_autoptr(GstElement) source = gst_bin_get_by_name(GST_BIN(pipeline), "source");
    g_object_set(source, "uri", uri, nullptr);
  }
  for (Feed& feed : feeds) {
    g_autoptr(GstElement) sink = gst_bin_get_by_name(GST_BIN(pipeline), feed.name());
    GstAppSinkCallbacks callbacks{};
    callbacks.new_sample = on_sample;
    gst_app_sink_set_callbacks(GST_APP_SINK(sink), &callbacks, &feed, nullptr);
  }
  return pipeline;
}

struct Application {
  GMainLoop* loop;
  GstElement* pipeline;
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
    case GST_MESSAGE_EOS:  // a file: again from its start
      if (!gst_element_seek_simple(app->pipeline, GST_FORMAT_TIME, GST_SEEK_FLAG_FLUSH, 0)) {
        g_printerr("the video has ended and cannot be played again\n");
        app->status = EXIT_FAILURE;
        g_main_loop_quit(app->loop);
      }
      break;
    default:
      break;
  }
  return G_SOURCE_CONTINUE;
}

gboolean on_signal(gpointer data) {
  g_main_loop_quit(static_cast<Application*>(data)->loop);
  return G_SOURCE_CONTINUE;
}

gboolean on_cleanup(gpointer data) {
  g_autoptr(GstRTSPSessionPool) sessions =
      gst_rtsp_server_get_session_pool(static_cast<GstRTSPServer*>(data));
  gst_rtsp_session_pool_cleanup(sessions);
  return G_SOURCE_CONTINUE;
}

GstRTSPFilterResult remove_client(GstRTSPServer*, GstRTSPClient*, gpointer) {
  return GST_RTSP_FILTER_REMOVE;
}

GstRTSPServer* make_server(const char* address, int port, Feeds& feeds) {
  GstRTSPServer* server = gst_rtsp_server_new();
  gst_rtsp_server_set_address(server, address);
  gst_rtsp_server_set_service(server, std::to_string(port).c_str());
  g_autoptr(GstRTSPMountPoints) mounts = gst_rtsp_server_get_mount_points(server);
  for (Feed& feed : feeds) {
    GstRTSPMediaFactory* factory = gst_rtsp_media_factory_new();
    gst_rtsp_media_factory_set_launch(factory, media_description);
    gst_rtsp_media_factory_set_shared(factory, TRUE);
    g_signal_connect(factory, "media-configure", G_CALLBACK(on_media_configure), &feed);
    gst_rtsp_mount_points_add_factory(mounts, (std::string("/") + feed.name()).c_str(), factory);
  }
  return server;
}

int serve(const char* uri, const char* address, int port) {
  Feeds feeds{Feed("foreground"), Feed("background"), Feed("mask")};
  g_autoptr(GstElement) pipeline = make_pipeline(uri, feeds);
  if (!pipeline)
    return EXIT_FAILURE;
  g_autoptr(GMainLoop) loop = g_main_loop_new(nullptr, FALSE);
  Application app{loop, pipeline, EXIT_SUCCESS};
  g_autoptr(GstBus) bus = gst_element_get_bus(pipeline);
  gst_bus_add_watch(bus, on_message, &app);
  g_unix_signal_add(SIGINT, on_signal, &app);
  g_unix_signal_add(SIGTERM, on_signal, &app);

  g_autoptr(GstRTSPServer) server = make_server(address, port, feeds);
  const guint attached = gst_rtsp_server_attach(server, nullptr);
  if (attached == 0) {
    g_printerr("cannot serve on %s:%d; is the port in use?\n", address, port);
    return EXIT_FAILURE;
  }
  const guint cleanup = g_timeout_add_seconds(10, on_cleanup, server);
  for (const Feed& feed : feeds)
    g_print("rtsp://%s:%d/%s\n", address, gst_rtsp_server_get_bound_port(server), feed.name());

  // A failure is on the bus, with its reason.
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  g_main_loop_run(loop);

  g_source_remove(cleanup);
  g_source_remove(attached);
  gst_rtsp_server_client_filter(server, remove_client, nullptr);
  gst_rtsp_thread_pool_cleanup();
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_bus_remove_watch(bus);
  return app.status;
}

constexpr int exit_wrong_use = 2;

int wrong_use(const char* what) {
  g_printerr("%s: %s; --help says what there is\n", g_get_prgname(), what);
  return exit_wrong_use;
}

}  // namespace

int main(int argc, char** argv) {
  gboolean camera = FALSE;
  g_autofree char* address = nullptr;
  int port = 8554;
  const GOptionEntry entries[] = {
      {"camera", 'c', 0, G_OPTION_ARG_NONE, &camera,
       "Serve the first camera that GStreamer finds, in place of a file", nullptr},
      {"address", 'a', 0, G_OPTION_ARG_STRING, &address,
       "Where to listen; 0.0.0.0 lets everybody watch; default: 127.0.0.1", "ADDRESS"},
      {"port", 'p', 0, G_OPTION_ARG_INT, &port, "Port, 0 to 65535, 0 for a free one; default: 8554",
       "PORT"},
      {},
  };
  g_autoptr(GOptionContext) context =
      g_option_context_new("[FILE|URI] - foreground, background and mask by RTSP");
  g_option_context_set_summary(
      context,
      "Serves foreground, background and mask of a camera, or of a file again and again, and "
      "prints\n"
      "the three addresses. The video is separated once, however many watch. Ctrl-C ends it.");
  g_option_context_set_description(
      context,
      "Examples:\n"
      "  rtsp-server --camera\n"
      "  gst-play-1.0 rtsp://127.0.0.1:8554/foreground\n"
      "  rtsp-server --address 0.0.0.0 --port 9000 street.avi\n"
      "\n"
      "Exit status: 0 after Ctrl-C, 1 if something cannot be played or the port is in use, 2 for\n"
      "wrong use.");
  g_option_context_add_main_entries(context, entries, nullptr);
  g_option_context_add_group(context, gst_init_get_option_group());
  g_autoptr(GError) error = nullptr;
  if (!g_option_context_parse(context, &argc, &argv, &error))
    return wrong_use(error->message);
  if (argc != (camera ? 1 : 2))
    return wrong_use(camera ? "--camera takes no FILE or URI"
                            : "needs one FILE or URI, or --camera");
  if (port < 0 || port > 65535)
    return wrong_use("--port has to be 0 to 65535");
  g_autofree char* uri = nullptr;
  if (!camera) {
    uri = gst_uri_is_valid(argv[1]) ? g_strdup(argv[1]) : gst_filename_to_uri(argv[1], &error);
    if (!uri) {
      g_printerr("%s\n", error->message);
      return EXIT_FAILURE;
    }
  }
  return serve(uri, address ? address : "127.0.0.1", port);
}
