// SPDX-License-Identifier: LGPL-2.1-or-later

// Two hundred pipelines at once, of all elements: each gives what it gives alone.
#include <memory>

#include "pipeline.h"
#include "scale.h"

namespace {

// A pipeline, and what all that comes to its sinks amounts to.
class Instance {
 public:
  explicit Instance(const std::string& line)
      : pipeline_(launch(line)), checksum_(g_checksum_new(G_CHECKSUM_SHA256)) {
    GstElement* sink = gst_bin_get_by_name(GST_BIN(pipeline_), "sink");
    GstPad* pad = gst_element_get_static_pad(sink, "sink");
    gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, on_buffer, this, nullptr);
    gst_object_unref(pad);
    gst_object_unref(sink);
  }
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;
  ~Instance() {
    finish(pipeline_);
    g_checksum_free(checksum_);
  }

  void start() { gst_element_set_state(pipeline_, GST_STATE_PLAYING); }
  // Of all frames, once the stream is over.
  std::string result() {
    fail_unless_equals_text(wait_for(pipeline_, GST_MESSAGE_EOS), "");
    return std::to_string(frames_) + " " + g_checksum_get_string(checksum_);
  }

 private:
  static GstPadProbeReturn on_buffer(GstPad*, GstPadProbeInfo* info, gpointer data) {
    auto* self = static_cast<Instance*>(data);
    GstMapInfo map;
    fail_unless(gst_buffer_map(GST_PAD_PROBE_INFO_BUFFER(info), &map, GST_MAP_READ));
    g_checksum_update(self->checksum_, map.data, static_cast<gssize>(map.size));
    gst_buffer_unmap(GST_PAD_PROBE_INFO_BUFFER(info), &map);
    self->frames_++;
    return GST_PAD_PROBE_OK;
  }

  GstElement* pipeline_;
  GChecksum* checksum_;
  int frames_ = 0;
};

std::string line(const char* format, int width, const char* rest) {
  return "videotestsrc pattern=ball num-buffers=12 ! video/x-raw,framerate=25/1,format=" +
         std::string(format) + ",width=" + std::to_string(width) + ",height=32 ! " + rest +
         " ! fakesink sync=false name=sink";
}

GST_START_TEST(two_hundred_at_once) {
  const std::string lines[] = {
      line("I420", 48, "rpcasplit threads=1"),
      line("BGRx", 40, "rpcasplit threads=2 foreground-mode=residual"),
      line("GRAY8", 32, "rpcasplit threads=1 method=svd window=5 name=s s.background"),
      line("I420", 32, "rpcasplit threads=1 method=pcp window=6 name=s s.mask"),
      line("I420", 48, "lowrankcompress threads=1"),
      line("Y444", 32, "lowrankcompress threads=2 layout=frame"),
      line("I420", 64, "lowrankcompress threads=1 ! lowrankparse ! lowrankdecompress threads=2"),
      line("GRAY8", 48,
           "lowrankcompress threads=1 ! lowrankdecompress threads=1 ! rpcasplit threads=1")};
  std::vector<std::string> alone;
  for (const std::string& one : lines) {
    Instance instance(one);
    instance.start();
    alone.push_back(instance.result());
    fail_unless(alone.back().rfind("12 ", 0) == 0, "%s: %s", one.c_str(), alone.back().c_str());
  }
  std::vector<std::unique_ptr<Instance>> instances;
  for (int i = 0; i < scale::scaled(25); i++)
    for (const std::string& one : lines)
      instances.push_back(std::make_unique<Instance>(one));
  fail_unless(instances.size() >= 200);
  for (const auto& instance : instances)
    instance->start();
  for (std::size_t i = 0; i < instances.size(); i++)
    fail_unless_equals_text(instances[i]->result(), alone[i % alone.size()].c_str());
}
GST_END_TEST

}  // namespace

int main() {
  return run_suite("life many", {two_hundred_at_once});
}
