// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "support.h"
#include "temporary_folder.h"

using Bytes = std::vector<std::uint8_t>;

// One element, or several in a row, with a harness and a bus.
class Chain {
 public:
  // A launch line of elements; properties as on a command line.
  explicit Chain(const std::string& line);
  Chain(const Chain&) = delete;
  Chain& operator=(const Chain&) = delete;
  ~Chain();

  GstHarness* harness() const { return harness_; }
  GstElement* element(const char* name) const;
  void set_caps(const std::string& caps) { gst_harness_set_src_caps_str(harness_, caps.c_str()); }
  void set(const char* name, const char* property, const char* value) const;
  GstFlowReturn push(GstBuffer* buffer) { return gst_harness_push(harness_, buffer); }
  GstFlowReturn push(const Bytes& bytes);
  bool push_event(GstEvent* event) { return gst_harness_push_event(harness_, event); }
  bool finish() { return push_event(gst_event_new_eos()); }
  void flush();
  guint waiting() const { return gst_harness_buffers_in_queue(harness_); }
  // The next buffer; fails the test when there is none.
  GstBuffer* pull() const;
  // All that wait.
  std::vector<GstBuffer*> pull_all() const;
  // Caps that left last.
  std::string caps() const { return caps_of(harness_->sinkpad); }
  // Text of the next error on the bus, empty when there is none.
  std::string error() const { return error_on(bus_); }
  bool has_message(GstMessageType type) const { return take_message(bus_, type); }

 private:
  GstElement* bin_;
  GstBus* bus_;
  GstHarness* harness_;
};

void unref_all(const std::vector<GstBuffer*>& buffers);

Bytes bytes_of(GstBuffer* buffer);
Bytes bytes_of(const std::vector<GstBuffer*>& buffers);

// A clip of make_frame() pictures, encoded by the element with these properties.
Bytes encode(const std::string& properties, const std::string& caps, int frames, int first = 0);

// What the bytes of a stream, without any caps, decode to.
struct Decoded {
  std::vector<GstBuffer*> buffers;
  std::string caps;
};
Decoded decode(const Bytes& stream, const std::string& properties = "");

// The value of a field of caps, as text.
std::string field(const std::string& caps, const char* name);

// Where the pictures of a stream begin, each with its sequence packet, and where the last one ends.
std::vector<std::size_t> boundaries(const Bytes& stream);

// The mean of the absolute differences of two pictures' samples, of all components.
double difference(GstBuffer* a, GstBuffer* b, const GstVideoInfo& info);

// A file of a test, gone with it.
class File {
 public:
  explicit File(const Bytes& bytes)
      : path_(folder_.write("stream.lrv", std::string(bytes.begin(), bytes.end()))) {}
  const std::string& path() const { return path_; }

 private:
  TemporaryFolder folder_;
  std::string path_;
};
