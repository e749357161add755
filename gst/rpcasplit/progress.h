// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include "lowrank/background.h"

namespace gst_lowrank {

/// Posts progress messages of `element` for factorizations that take long: `start` after a second,
/// then `continue` up to four times a second, and at the end `complete`, `canceled` or `error`,
/// with the code `factorize` and the fields `percent` (#gint) and `percent-complete` (#gdouble).
///
/// report() may be called on any thread, but on one at a time.
class ProgressMessages {
 public:
  explicit ProgressMessages(GstElement* element) : element_(element) {}

  void report(const lowrank::FactorizationProgress& progress);

 private:
  void post(GstProgressType type, const lowrank::FactorizationProgress& progress);

  GstElement* element_;
  gint64 begun_ = 0;  ///< microseconds
  gint64 posted_ = 0;
  bool started_ = false;  ///< there was a message of this factorization
};

}  // namespace gst_lowrank
