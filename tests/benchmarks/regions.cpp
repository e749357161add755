// SPDX-License-Identifier: LGPL-2.1-or-later
//
// What zones, regions and messages cost rpcasplit; --help says more.
#include <glib/gstdio.h>
#include <gst/gst.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "usage.h"

namespace {

using Setting = std::pair<const char*, const char*>;
const std::vector<Setting> settings = {
    {"plain", ""},
    {"min-region-size=100", "min-region-size=100"},
    {"roi-meta=true", "roi-meta=true"},
    {"roi-meta=true min-region-size=100 post-messages=true",
     "roi-meta=true min-region-size=100 post-messages=true"},
    {"region-mask=FILE, no pixel of 255", "region-mask="},
    {"plain, again", ""},
};

/// Processor time of the streaming thread between an element's sink pad and its mask pad.
class Watch {
 public:
  explicit Watch(GstElement* element) {
    probe(element, "sink", [](GstPad*, GstPadProbeInfo*, gpointer self) {
      static_cast<Watch*>(self)->started_ = now();
      return GST_PAD_PROBE_OK;
    });
    probe(element, "mask", [](GstPad*, GstPadProbeInfo*, gpointer self) {
      auto* watch = static_cast<Watch*>(self);
      watch->times_.push_back(now() - watch->started_);
      return GST_PAD_PROBE_OK;
    });
  }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  double median_milliseconds() {
    const auto middle = times_.begin() + static_cast<std::ptrdiff_t>(times_.size() / 2);
    std::nth_element(times_.begin(), middle, times_.end());
    return times_.empty() ? 0 : *middle;
  }

 private:
  static double now() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return 1e3 * static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_nsec);
  }
  void probe(GstElement* element, const char* name, GstPadProbeCallback callback) {
    GstPad* pad = gst_element_get_static_pad(element, name);
    gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, callback, this, nullptr);
    gst_object_unref(pad);
  }

  double started_ = 0;
  std::vector<double> times_;
};

// Messages are read, as an application would, and errors end the run.
bool run_to_the_end(GstElement* pipeline) {
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  GstBus* bus = gst_element_get_bus(pipeline);
  bool good = false;
  for (bool over = false; !over;) {
    GstMessage* message = gst_bus_timed_pop(bus, GST_CLOCK_TIME_NONE);
    good = GST_MESSAGE_TYPE(message) == GST_MESSAGE_EOS;
    over = good || GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR;
    if (over && !good) {
      GError* error = nullptr;
      gst_message_parse_error(message, &error, nullptr);
      std::fprintf(stderr, "%s\n", error->message);
      g_error_free(error);
    }
    gst_message_unref(message);
  }
  gst_object_unref(bus);
  return good;
}

}  // namespace

constexpr const char* help =
    R"(Usage: benchmark-regions CLIP [WIDTH HEIGHT]

What zones, regions and messages cost rpcasplit. Elements with and without them take turns frame by
frame in one pipeline, on one thread; each line is the median over the frames of the processor time
of an element, and what it is more than the mean of those of the two plain ones.

  CLIP           a video that GStreamer decodes
  WIDTH, HEIGHT  what it is scaled to, if they are there

GStreamer must find rpcasplit, as with GST_PLUGIN_PATH=build/gst.
)";

int main(int count, char** words) {
  if (const auto status = benchmarks::answer_usage(count, words, help, 1, 3))
    return *status;
  if (count == 3) {
    std::fprintf(stderr, "benchmark-regions: WIDTH needs a HEIGHT; --help says more\n");
    return 2;
  }
  gst_init(nullptr, nullptr);
  gchar* folder = g_dir_make_tmp("lowrank-XXXXXX", nullptr);
  const std::string zones = std::string(folder) + "/zones.pgm";
  g_file_set_contents(zones.c_str(), "P2 1 1 255 254", -1, nullptr);
  std::string line =
      "filesrc name=source ! decodebin ! videoconvert ! videoscale ! "
      "video/x-raw,format=I420";
  if (count == 4)
    line += std::string(",width=") + words[2] + ",height=" + words[3];
  line += " ! tee name=t";
  for (std::size_t i = 0; i < settings.size(); i++)
    line += "  t. ! rpcasplit threads=1 name=s" + std::to_string(i) + " " + settings[i].second +
            (g_str_has_suffix(settings[i].second, "=") ? zones : "") + "  s" + std::to_string(i) +
            ".mask ! fakesink sync=false async=false";
  GError* error = nullptr;
  GstElement* pipeline = gst_parse_launch(line.c_str(), &error);
  if (error != nullptr) {
    std::fprintf(stderr, "%s\n", error->message);
    return 1;
  }
  GstElement* source = gst_bin_get_by_name(GST_BIN(pipeline), "source");
  g_object_set(source, "location", words[1], nullptr);
  gst_object_unref(source);
  std::vector<std::unique_ptr<Watch>> watches;
  for (std::size_t i = 0; i < settings.size(); i++) {
    const std::string name = std::string("s").append(std::to_string(i));
    GstElement* element = gst_bin_get_by_name(GST_BIN(pipeline), name.c_str());
    watches.push_back(std::make_unique<Watch>(element));
    gst_object_unref(element);
  }
  const bool good = run_to_the_end(pipeline);
  const double plain =
      (watches.front()->median_milliseconds() + watches.back()->median_milliseconds()) / 2;
  for (std::size_t i = 0; good && i < settings.size(); i++) {
    const double median = watches[i]->median_milliseconds();
    std::printf("%-56s %7.3f ms a frame  %+5.1f %%\n", settings[i].first, median,
                100 * (median / plain - 1));
  }
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_object_unref(pipeline);
  g_remove(zones.c_str());
  g_rmdir(folder);
  g_free(folder);
  return good ? 0 : 1;
}
