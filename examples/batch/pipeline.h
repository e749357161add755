// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/app/gstappsink.h>

#include <functional>
#include <string>

#include "gst_ptr.h"

namespace batch {

/// A pipeline that runs until it goes. What it posts as an error is thrown as std::runtime_error.
class Pipeline {
 public:
  /// `subject` is what messages of errors begin with.
  Pipeline(ElementPtr pipeline, std::string subject);
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;
  ~Pipeline();

  GstElement* get() const { return pipeline_.get(); }
  ElementPtr named(const char* name) const;
  void play();
  /// Whether it has ended; waits so long for that, or for an error.
  bool ended(GstClockTime patience = 0);
  /// The next of an appsink of it; null at the end. Calls `meanwhile` before and, some ten times a
  /// second, while it waits.
  SamplePtr pull(
      GstAppSink* sink, const std::function<void()>& meanwhile = [] {});
  /// Throws the error that it has posted, or else says this.
  [[noreturn]] void fail(const std::string& otherwise);

 private:
  ElementPtr pipeline_;
  BusPtr bus_;
  std::string subject_;
  bool ended_ = false;
};

/// A pipeline, or with `bin` a bin with pads for what is not linked, from its description.
ElementPtr parse(const std::string& description, bool bin = false);

}  // namespace batch
