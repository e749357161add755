// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pipeline.h"

#include <stdexcept>
#include <utility>

namespace batch {

Pipeline::Pipeline(ElementPtr pipeline, std::string subject)
    : pipeline_(std::move(pipeline)),
      bus_(gst_element_get_bus(pipeline_.get())),
      subject_(std::move(subject)) {}

Pipeline::~Pipeline() {
  gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
}

ElementPtr Pipeline::named(const char* name) const {
  return ElementPtr(gst_bin_get_by_name(GST_BIN(pipeline_.get()), name));
}

void Pipeline::play() {
  if (gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING) == GST_STATE_CHANGE_FAILURE)
    fail("cannot be started");
}

bool Pipeline::ended(GstClockTime patience) {
  const MessagePtr message(
      gst_bus_timed_pop_filtered(bus_.get(), ended_ ? 0 : patience,
                                 static_cast<GstMessageType>(GST_MESSAGE_EOS | GST_MESSAGE_ERROR)));
  if (message && GST_MESSAGE_TYPE(message.get()) == GST_MESSAGE_ERROR) {
    GError* error = nullptr;
    gst_message_parse_error(message.get(), &error, nullptr);
    const ErrorPtr owner(error);
    throw std::runtime_error(subject_ + ": " + error->message + " (" +
                             GST_MESSAGE_SRC_NAME(message.get()) + ")");
  }
  ended_ = ended_ || message;
  return ended_;
}

SamplePtr Pipeline::pull(GstAppSink* sink, const std::function<void()>& meanwhile) {
  for (;;) {
    meanwhile();
    SamplePtr sample(gst_app_sink_try_pull_sample(sink, GST_SECOND / 10));
    if (sample)
      return sample;
    // An error is on the bus before the end that it brings is here.
    const bool end = gst_app_sink_is_eos(sink);
    ended();
    if (end)
      return nullptr;
  }
}

void Pipeline::fail(const std::string& otherwise) {
  ended();
  throw std::runtime_error(subject_ + ": " + otherwise);
}

ElementPtr parse(const std::string& description, bool bin) {
  GError* error = nullptr;
  GstElement* parsed = bin ? gst_parse_bin_from_description(description.c_str(), TRUE, &error)
                           : gst_parse_launch(description.c_str(), &error);
  ElementPtr element(parsed != nullptr ? GST_ELEMENT(gst_object_ref_sink(parsed)) : nullptr);
  if (error != nullptr) {
    const ErrorPtr owner(error);
    throw std::runtime_error(error->message);
  }
  return element;
}

}  // namespace batch
