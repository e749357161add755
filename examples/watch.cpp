// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Shows what moves, prints a line a frame, and takes orders while it plays: a line "PROPERTY VALUE"
// on standard input sets a property of rpcasplit, and "reset" forgets the background.
//
//     watch --camera
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <string>

#include <glib-unix.h>
#include <gst/gst.h>

namespace {

struct Application {
  GMainLoop* loop;
  GstElement* pipeline;
  GstElement* split;
  bool stopping;
  int status;
};

void print_regions(const GValue* regions) {
  const guint count = regions ? gst_value_list_get_size(regions) : 0;
  for (guint i = 0; i < count; i++) {
    const auto* region =
        static_cast<const GstStructure*>(g_value_get_boxed(gst_value_list_get_value(regions, i)));
    guint x = 0;
    guint y = 0;
    guint width = 0;
    guint height = 0;
    gst_structure_get(region, "x", G_TYPE_UINT, &x, "y", G_TYPE_UINT, &y, "width", G_TYPE_UINT,
                      &width, "height", G_TYPE_UINT, &height, nullptr);
    g_print("  %ux%u+%u+%u", width, height, x, y);
  }
}

void print_frame(const GstStructure* frame) {
  guint64 time = GST_CLOCK_TIME_NONE;
  double share = 0;
  gst_structure_get(frame, "stream-time", G_TYPE_UINT64, &time, "foreground-ratio", G_TYPE_DOUBLE,
                    &share, nullptr);
  if (GST_CLOCK_TIME_IS_VALID(time))
    g_print("%8.3f s  %6.2f %%", static_cast<double>(time) / GST_SECOND, 100 * share);
  else
    g_print("%8s s  %6.2f %%", "-", 100 * share);
  print_regions(gst_structure_get_value(frame, "regions"));
  g_print("\n");
}

void print_summary(GstElement* split) {
  g_autoptr(GstStructure) stats = nullptr;
  g_object_get(split, "stats", &stats, nullptr);
  guint64 frames = 0;
  gst_structure_get_uint64(stats, "frames", &frames);
  g_print("%" G_GUINT64_FORMAT " frames\n", frames);
}

gboolean on_message(GstBus*, GstMessage* message, gpointer data) {
  auto* app = static_cast<Application*>(data);
  g_autoptr(GError) error = nullptr;
  g_autofree char* details = nullptr;
  switch (GST_MESSAGE_TYPE(message)) {
    case GST_MESSAGE_ERROR:
      gst_message_parse_error(message, &error, &details);
      g_printerr("error: %s: %s\n%s\n", GST_MESSAGE_SRC_NAME(message), error->message,
                 details ? details : "");
      app->status = EXIT_FAILURE;
      g_main_loop_quit(app->loop);
      break;
    case GST_MESSAGE_WARNING:
      gst_message_parse_warning(message, &error, nullptr);
      g_printerr("warning: %s: %s\n", GST_MESSAGE_SRC_NAME(message), error->message);
      break;
    case GST_MESSAGE_EOS:
      print_summary(app->split);
      g_main_loop_quit(app->loop);
      break;
    case GST_MESSAGE_ELEMENT:
      if (gst_message_has_name(message, "rpcasplit"))
        print_frame(gst_message_get_structure(message));
      break;
    default:
      break;
  }
  return G_SOURCE_CONTINUE;
}

void set_property(GstElement* element, const char* name, const char* text) {
  GParamSpec* property = g_object_class_find_property(G_OBJECT_GET_CLASS(element), name);
  if (!property || !(property->flags & G_PARAM_WRITABLE)) {
    g_printerr("no property to set: %s\n", name);
    return;
  }
  gst_util_set_object_arg(G_OBJECT(element), name, text);  // leaves it alone if text is no value
  g_auto(GValue) value = G_VALUE_INIT;
  g_value_init(&value, property->value_type);
  g_object_get_property(G_OBJECT(element), name, &value);
  g_autofree char* now = gst_value_serialize(&value);
  g_print("%s is %s\n", name, now);
}

void obey(GstElement* element, char* line) {
  g_auto(GStrv) words = g_strsplit(g_strstrip(line), " ", 2);
  if (!words[0])
    return;
  if (words[1])
    set_property(element, words[0], words[1]);
  else if (g_str_equal(words[0], "reset"))
    g_signal_emit_by_name(element, "reset");
  else
    g_printerr("either PROPERTY VALUE, or reset\n");
}

gboolean on_input(GIOChannel* input, GIOCondition, gpointer data) {
  g_autofree char* line = nullptr;
  switch (g_io_channel_read_line(input, &line, nullptr, nullptr, nullptr)) {
    case G_IO_STATUS_NORMAL:
      obey(static_cast<Application*>(data)->split, line);
      return G_SOURCE_CONTINUE;
    case G_IO_STATUS_AGAIN:
      return G_SOURCE_CONTINUE;
    default:
      return G_SOURCE_REMOVE;
  }
}

// End of stream lets every element finish; who cannot wait for it asks twice.
gboolean on_signal(gpointer data) {
  auto* app = static_cast<Application*>(data);
  if (app->stopping || !gst_element_send_event(app->pipeline, gst_event_new_eos()))
    g_main_loop_quit(app->loop);
  app->stopping = true;
  return G_SOURCE_CONTINUE;
}

int watch(const char* uri, const char* sink) {
  std::string description = uri ? "uridecodebin name=source" : "autovideosrc";
  description += " ! videoconvert ! rpcasplit name=split post-messages=true ! ";
  description += sink;
  g_autoptr(GError) error = nullptr;
  g_autoptr(GstElement) pipeline = gst_parse_launch(description.c_str(), &error);
  if (error) {
    g_printerr("%s\n", error->message);
    return EXIT_FAILURE;
  }
  g_autoptr(GstElement) split = gst_bin_get_by_name(GST_BIN(pipeline), "split");
  if (uri) {
    g_autoptr(GstElement) source = gst_bin_get_by_name(GST_BIN(pipeline), "source");
    g_object_set(source, "uri", uri, nullptr);
  }

  g_autoptr(GMainLoop) loop = g_main_loop_new(nullptr, FALSE);
  Application app{loop, pipeline, split, false, EXIT_SUCCESS};
  g_autoptr(GstBus) bus = gst_element_get_bus(pipeline);
  gst_bus_add_watch(bus, on_message, &app);
  g_unix_signal_add(SIGINT, on_signal, &app);
  g_unix_signal_add(SIGTERM, on_signal, &app);
  g_autoptr(GIOChannel) input = g_io_channel_unix_new(STDIN_FILENO);
  g_io_add_watch(input, static_cast<GIOCondition>(G_IO_IN | G_IO_HUP), on_input, &app);

  // A failure is on the bus, with its reason.
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  g_main_loop_run(loop);
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
  g_autofree char* sink = nullptr;
  const GOptionEntry entries[] = {
      {"camera", 'c', 0, G_OPTION_ARG_NONE, &camera,
       "Watch the first camera that GStreamer finds, in place of a file", nullptr},
      {"sink", 's', 0, G_OPTION_ARG_STRING, &sink,
       "Where the foreground goes, as for gst-launch-1.0; default: videoconvert ! autovideosink",
       "ELEMENTS"},
      {},
  };
  g_autoptr(GOptionContext) context = g_option_context_new("[FILE|URI] - show what moves");
  g_option_context_set_summary(
      context,
      "Plays a video or the camera, shows what moves, and prints a line a frame: its time (- if\n"
      "there is none), the share of the picture that moves, and a box WIDTHxHEIGHT+X+Y for each\n"
      "region.\n"
      "\n"
      "While it plays, a line \"PROPERTY VALUE\" on standard input sets a property of rpcasplit,\n"
      "such as \"threshold 5\"; \"reset\" forgets the background. Ctrl-C ends the stream, a "
      "second\n"
      "one the program.");
  g_option_context_set_description(context,
                                   "Examples:\n"
                                   "  watch street.avi\n"
                                   "  watch --camera\n"
                                   "  watch --sink fakesink street.avi | grep -v '  0.00 %'\n"
                                   "\n"
                                   "Exit status: 0 at the end or after Ctrl-C, 1 if something "
                                   "cannot be played, 2 for wrong use.");
  g_option_context_add_main_entries(context, entries, nullptr);
  g_option_context_add_group(context, gst_init_get_option_group());
  g_autoptr(GError) error = nullptr;
  if (!g_option_context_parse(context, &argc, &argv, &error))
    return wrong_use(error->message);
  if (argc != (camera ? 1 : 2))
    return wrong_use(camera ? "--camera takes no FILE or URI"
                            : "needs one FILE or URI, or --camera");
  g_autofree char* uri = nullptr;
  if (!camera) {
    uri = gst_uri_is_valid(argv[1]) ? g_strdup(argv[1]) : gst_filename_to_uri(argv[1], &error);
    if (!uri) {
      g_printerr("%s\n", error->message);
      return EXIT_FAILURE;
    }
  }
  return watch(uri, sink ? sink : "videoconvert ! autovideosink");
}
