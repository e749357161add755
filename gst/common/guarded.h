// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace gst_lowrank {

/// An error that already knows under which GStreamer domain and code it is to be posted.
class ElementError : public std::runtime_error {
 public:
  ElementError(GQuark domain, gint code, const std::string& text)
      : std::runtime_error(text), domain_(domain), code_(code) {}
  GQuark domain() const { return domain_; }
  gint code() const { return code_; }

 private:
  GQuark domain_;
  gint code_;
};

/// Posts the exception being handled as an error message of `element`. Call it in a catch block.
void post_current_exception(GstElement* element) noexcept;

/// Posts a warning of `element`.
void post_warning(GstElement* element, GQuark domain, gint code, const std::string& text);

/// Runs `body`, the C++ behind a vfunc or pad function. No exception leaves: one that arrives here
/// becomes an error message of `element`, and the caller gets `on_error`.
template <typename Result, typename Body>
Result guarded(GstElement* element, Result on_error, Body&& body) noexcept {
  try {
    return std::forward<Body>(body)();
  } catch (...) {
    post_current_exception(element);
    return on_error;
  }
}

}  // namespace gst_lowrank
