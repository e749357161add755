// SPDX-License-Identifier: LGPL-2.1-or-later
#include "options.h"

#include <gst/gst.h>

#include <array>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <utility>

#include "gst_ptr.h"
#include "sizes.h"
#include "video_writer.h"

namespace batch {
namespace {

using lowrank::Method;

constexpr std::array<std::pair<const char*, Method>, 4> methods = {{
    {"pcp", Method::pcp},
    {"fixed-rank", Method::fixed_rank},
    {"nmf", Method::nmf},
    {"svd", Method::svd},
}};

constexpr const char* summary =
    "Decomposes a video into background and foreground by factorizing windows of its frames, and\n"
    "writes OUT_DIR/background.mkv, foreground.mkv and mask.mkv. The methods are those of the\n"
    "element rpcasplit. Alone, or as several processes, on one machine or many, of which each has\n"
    "some lines of the picture: IN and OUT_DIR have to be the same files for all of them.\n"
    "\n"
    "A job that has ended early, however that came, goes on where it was when it is started again\n"
    "with the same settings, by any number of processes.";

constexpr const char* description =
    "SIZE is a number with K, M, G or T behind it. ELEMENTS are as in gst-launch-1.0, from raw "
    "video\n"
    "to the bytes of a file.\n"
    "\n"
    "Examples:\n"
    "  lowrank-batch street.mp4 -o out\n"
    "  lowrank-batch street.mp4 -o out --method fixed-rank --window 0 --memory 8G\n"
    "  lowrank-batch street.mp4 -o out --encoder \"x264enc ! mp4mux\"\n"
    "  mpirun -n 8 lowrank-batch street.mp4 -o out\n"
    "  srun --ntasks 64 --mpi=pmix lowrank-batch street.mp4 -o out\n"
    "\n"
    "Exit status: 0 when all is written, 1 if something has failed, 2 for wrong use, 128 and the\n"
    "signal's number after Ctrl-C or SIGTERM. mpirun and srun may give a status of their own.";

// As GLib takes it.
struct RawOptions {
  const char* output = nullptr;
  const char* method = "pcp";
  int rank = 0;
  const char* window = nullptr;
  const char* memory = "2G";
  double lambda = 0;
  double noise = -1;
  double threshold = -1;
  int mask_cleanup = -1;
  int pieces = 1;
  const char* encoder = nullptr;
  const char* extension = nullptr;
  int threads = 0;
  const char* spool = nullptr;
  gboolean fresh = FALSE;
  gboolean keep = FALSE;
  gboolean quiet = FALSE;
  gboolean statistics = FALSE;
};

void parse(RawOptions& raw, int& argc, char**& argv) {
  const GOptionEntry entries[] = {
      {"output", 'o', 0, G_OPTION_ARG_FILENAME, &raw.output,
       "Folder for the three videos, made if it is not there", "OUT_DIR"},
      {"method", 'm', 0, G_OPTION_ARG_STRING, &raw.method,
       "pcp, fixed-rank, nmf or svd; default: pcp", "METHOD"},
      {"rank", 'r', 0, G_OPTION_ARG_INT, &raw.rank,
       "Rank of the background; default: 0, which is automatic", "N"},
      {"window", 'w', 0, G_OPTION_ARG_STRING, &raw.window,
       "Frames that are factorized together, 0: all; default: as many as fit, at most 300", "N"},
      {"memory", 0, 0, G_OPTION_ARG_STRING, &raw.memory,
       "Memory for a window, in each process; default: 2G", "SIZE"},
      {"spool", 0, 0, G_OPTION_ARG_FILENAME, &raw.spool,
       "Folder for frames that do not fit it; default: OUT_DIR", "FOLDER"},
      {"lambda", 0, 0, G_OPTION_ARG_DOUBLE, &raw.lambda,
       "pcp: weight of the foreground; default: 0, which is automatic", "X"},
      {"noise", 0, 0, G_OPTION_ARG_DOUBLE, &raw.noise,
       "pcp: grey levels of noise, 0: exact; default: -1, which is estimated", "X"},
      {"threshold", 0, 0, G_OPTION_ARG_DOUBLE, &raw.threshold,
       "Standard deviations that foreground differs by; default: -1, which is automatic", "X"},
      {"mask-cleanup", 0, 0, G_OPTION_ARG_INT, &raw.mask_cleanup,
       "Pixels around of which the mask takes account, 0 to 15; default: -1, automatic", "N"},
      {"encoder", 'e', 0, G_OPTION_ARG_STRING, &raw.encoder,
       "Encoder and muxer; default: avenc_ffv1 ! matroskamux, which is lossless", "ELEMENTS"},
      {"extension", 0, 0, G_OPTION_ARG_STRING, &raw.extension,
       "Of the files; default: by the muxer", "NAME"},
      {"pieces", 'p', 0, G_OPTION_ARG_INT, &raw.pieces,
       "Files that each video is written as, for as many processes at once; default: 1", "N"},
      {"threads", 't', 0, G_OPTION_ARG_INT, &raw.threads,
       "Of each process; default: 0, the cores that it can have for itself", "N"},
      {"fresh", 0, 0, G_OPTION_ARG_NONE, &raw.fresh,
       "Begin anew, whatever has been done in OUT_DIR", nullptr},
      {"keep", 'k', 0, G_OPTION_ARG_NONE, &raw.keep, "Keep the factors, in OUT_DIR/.lowrank-batch",
       nullptr},
      {"statistics", 0, 0, G_OPTION_ARG_NONE, &raw.statistics,
       "Print a line a window: times, iterations, and what was exchanged", nullptr},
      {"quiet", 'q', 0, G_OPTION_ARG_NONE, &raw.quiet, "Print no progress", nullptr},
      {},
  };
  struct ContextFree {
    void operator()(GOptionContext* context) const { g_option_context_free(context); }
  };
  const std::unique_ptr<GOptionContext, ContextFree> context(
      g_option_context_new("IN - decompose a video, by one process or many"));
  g_option_context_set_summary(context.get(), summary);
  g_option_context_set_description(context.get(), description);
  g_option_context_add_main_entries(context.get(), entries, nullptr);
  g_option_context_add_group(context.get(), gst_init_get_option_group());
  GError* error = nullptr;
  if (!g_option_context_parse(context.get(), &argc, &argv, &error)) {
    const ErrorPtr owner(error);
    throw WrongUse(error->message);
  }
}

void require(bool condition, const std::string& what) {
  if (!condition)
    throw WrongUse(what);
}

std::string uri_of(const char* input) {
  if (gst_uri_is_valid(input))
    return input;
  const CharPtr uri(gst_filename_to_uri(input, nullptr));
  require(uri != nullptr, std::string("neither a file nor a URI: ") + input);
  return uri.get();
}

Method method_of(const std::string& name) {
  for (const auto& [nick, method] : methods)
    if (name == nick)
      return method;
  throw WrongUse("--method has to be pcp, fixed-rank, nmf or svd, not " + name);
}

int window_of(const std::string& text) {
  gchar* end = nullptr;
  const gint64 value = g_ascii_strtoll(text.c_str(), &end, 10);
  require(end != text.c_str() && *end == '\0' && value >= 0 &&
              value <= std::numeric_limits<int>::max() / 2,
          "--window has to be a number of frames, or 0 for all, not " + text);
  return static_cast<int>(value);
}

// The encoder counts as wrong use as well: its elements may not be installed, or not exist.
void set_encoder(const RawOptions& raw, Options& options) {
  options.encoder = raw.encoder ? raw.encoder : default_encoder();
  options.extension = raw.extension ? raw.extension : "";
  require(options.extension.find('/') == std::string::npos, "--extension has to be without /");
  if (!options.extension.empty())
    return;
  try {
    options.extension = extension_of(options.encoder);
  } catch (const std::runtime_error& error) {
    throw WrongUse("--encoder \"" + options.encoder + "\": " + error.what());
  }
}

}  // namespace

Options read_options(int argc, char** argv) {
  RawOptions raw;
  parse(raw, argc, argv);
  require(argc > 1, "needs a video");
  require(argc < 3, "takes one video, not " + std::to_string(argc - 1));
  require(raw.output != nullptr && *raw.output != '\0', "needs -o OUT_DIR");
  require(raw.rank >= 0, "--rank has to be 0 or more");
  require(raw.lambda >= 0 && std::isfinite(raw.lambda), "--lambda has to be 0 or more");
  require(std::isfinite(raw.noise), "--noise has to be a number");
  require(raw.threshold != 0 && std::isfinite(raw.threshold),
          "--threshold has to be more than 0, or -1");
  require(raw.mask_cleanup >= -1 && raw.mask_cleanup <= 15, "--mask-cleanup has to be -1 to 15");
  require(raw.pieces >= 1 && raw.pieces <= 9999, "--pieces has to be 1 to 9999");
  require(raw.threads >= 0, "--threads has to be 0 or more");
  const auto memory = parse_size(raw.memory);
  require(memory.has_value(),
          std::string("--memory has to be a size such as 500M or 2G, not ") + raw.memory);

  Options options;
  options.input = uri_of(argv[1]);
  options.output = std::filesystem::absolute(raw.output);
  options.method = raw.method;
  options.background.method = method_of(options.method);
  options.background.rank = raw.rank;
  options.background.lambda = raw.lambda;
  options.background.noise = raw.noise;
  options.background.threshold = raw.threshold;
  options.background.mask_cleanup = raw.mask_cleanup;
  if (raw.window)
    options.window = window_of(raw.window);
  options.memory = *memory;
  options.pieces = raw.pieces;
  options.threads = static_cast<unsigned>(raw.threads);
  options.spool = raw.spool ? std::filesystem::absolute(raw.spool) : options.output;
  options.fresh = raw.fresh;
  options.keep = raw.keep;
  options.quiet = raw.quiet;
  options.statistics = raw.statistics;
  set_encoder(raw, options);
  return options;
}

}  // namespace batch
