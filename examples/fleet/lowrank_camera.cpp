// SPDX-License-Identifier: LGPL-2.1-or-later
//
// One camera of many: plays what a file of settings says, tells what moves as lines of JSON, and
// keeps what it has learned from one run to the next, see README.md.
//
//     lowrank-camera --cameras examples/fleet/cameras --state door door
#include <csignal>
#include <cstdlib>
#include <string>

#include <glib/gstdio.h>
#include <unistd.h>

#include "camera.h"

namespace {

constexpr int exit_wrong_use = 2;

int wrong_use(const char* what) {
  g_printerr("%s: %s; --help says what there is\n", g_get_prgname(), what);
  return exit_wrong_use;
}

struct Options {
  const char* cameras = nullptr;
  const char* state = nullptr;
  int threads = 1;
};

// Where what the camera writes goes; what it reads is named from the folder of the settings.
bool enter(const std::string& folder) {
  if (g_mkdir_with_parents(folder.c_str(), 0755) == 0 && g_chdir(folder.c_str()) == 0)
    return true;
  g_printerr("%s: %s\n", folder.c_str(), g_strerror(errno));
  return false;
}

int play(const std::string& name, const Options& options) {
  const char* state = options.state ? options.state : g_getenv("STATE_DIRECTORY");
  g_autofree char* cameras =
      g_canonicalize_filename(options.cameras ? options.cameras : "/etc/lowrank/cameras", nullptr);
  try {
    const Settings settings = read_settings(cameras, name);
    if (!enter(state ? state : "."))
      return EXIT_FAILURE;
    return Camera(name, settings, static_cast<guint>(options.threads)).run();
  } catch (const WrongSettings& wrong) {
    g_printerr("%s\n", wrong.what());
    return exit_wrong_use;
  }
}

}  // namespace

int main(int argc, char** argv) {
  // A reader of the lines that goes away is told by the write, and the model is saved.
  std::signal(SIGPIPE, SIG_IGN);
  Options options;
  const GOptionEntry entries[] = {
      {"cameras", 'c', 0, G_OPTION_ARG_FILENAME, &options.cameras,
       "Where NAME.conf is; default: /etc/lowrank/cameras", "FOLDER"},
      {"state", 's', 0, G_OPTION_ARG_FILENAME, &options.state,
       "Where the model and all that outputs write go; default: $STATE_DIRECTORY, else .",
       "FOLDER"},
      {"threads", 't', 0, G_OPTION_ARG_INT, &options.threads,
       "Threads of rpcasplit where NAME.conf does not say, 0 for one a core, to 256; default: 1",
       "NUMBER"},
      {},
  };
  g_autoptr(GOptionContext) context = g_option_context_new("NAME - play one camera of a fleet");
  g_option_context_set_summary(
      context,
      "Plays the camera that NAME.conf describes, tells of frames and of itself as lines of JSON\n"
      "on standard output, and saves what rpcasplit has learned as it ends and now and then. It "
      "goes\n"
      "on where it has ended. SIGTERM, SIGINT and SIGUSR1 end the stream, a second one the "
      "program.\n"
      "Under a service manager ($NOTIFY_SOCKET) it says when frames come, and that they still do.");
  g_option_context_set_description(
      context,
      "Examples:\n"
      "  lowrank-camera --cameras examples/fleet/cameras --state door door\n"
      "  lowrank-camera door | jq 'select(.event == \"frame\")'\n"
      "\n"
      "Exit status: 0 after a signal or at the end of a recording, 1 if something fails, frames "
      "stay\n"
      "away or a camera's stream ends, all of which another start may heal; 2 for wrong use or\n"
      "settings.");
  g_option_context_add_main_entries(context, entries, nullptr);
  g_option_context_add_group(context, gst_init_get_option_group());
  g_autoptr(GError) error = nullptr;
  if (!g_option_context_parse(context, &argc, &argv, &error))
    return wrong_use(error->message);
  if (argc != 2)
    return wrong_use("needs one NAME");
  const std::string name = argv[1];
  if (name.empty() || name[0] == '.' || name.find('/') != std::string::npos)
    return wrong_use("NAME is that of a file without folder and ending");
  if (options.threads < 0 || options.threads > 256)
    return wrong_use("--threads has to be 0 to 256");
  return play(name, options);
}
