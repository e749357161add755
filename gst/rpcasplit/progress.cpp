// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpcasplit/progress.h"

#include <cmath>
#include <string>

namespace gst_lowrank {

namespace {

constexpr gint64 patience = G_USEC_PER_SEC;
constexpr gint64 interval = G_USEC_PER_SEC / 4;

using lowrank::FactorizationProgress;

GstProgressType type_of_end(FactorizationProgress::State state) {
  switch (state) {
    case FactorizationProgress::State::complete:
      return GST_PROGRESS_TYPE_COMPLETE;
    case FactorizationProgress::State::failed:
      return GST_PROGRESS_TYPE_ERROR;
    default:
      return GST_PROGRESS_TYPE_CANCELED;
  }
}

const char* name_of(lowrank::Method method) {
  switch (method) {
    case lowrank::Method::svd:
      return "truncated SVD";
    case lowrank::Method::nmf:
      return "non-negative factorization";
    case lowrank::Method::fixed_rank:
      return "fixed-rank decomposition";
    default:
      return "principal component pursuit";
  }
}

std::string text_of(const FactorizationProgress& progress, int percent) {
  std::string text = name_of(progress.method);
  text += " of " + std::to_string(progress.frames) + " frames: ";
  if (progress.iterations > 0)
    text += "iteration " + std::to_string(progress.iterations) + ", ";
  return text + std::to_string(percent) + " %";
}

}  // namespace

void ProgressMessages::report(const FactorizationProgress& progress) {
  const gint64 now = g_get_monotonic_time();
  if (progress.state != FactorizationProgress::State::running) {
    if (started_)
      post(type_of_end(progress.state), progress);
    started_ = false;
    begun_ = 0;
    return;
  }
  if (begun_ == 0)
    begun_ = now;
  if (now - begun_ < patience || (started_ && now - posted_ < interval))
    return;
  post(started_ ? GST_PROGRESS_TYPE_CONTINUE : GST_PROGRESS_TYPE_START, progress);
  started_ = true;
  posted_ = now;
}

void ProgressMessages::post(GstProgressType type, const FactorizationProgress& progress) {
  const int percent = static_cast<int>(std::floor(100 * progress.done));
  GstMessage* message = gst_message_new_progress(GST_OBJECT(element_), type, "factorize",
                                                 text_of(progress, percent).c_str());
  gst_structure_set(gst_message_writable_structure(message), "percent", G_TYPE_INT, percent,
                    "percent-complete", G_TYPE_DOUBLE, 100 * progress.done, nullptr);
  gst_element_post_message(element_, message);
}

}  // namespace gst_lowrank
