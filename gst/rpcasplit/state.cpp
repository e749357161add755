// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpcasplit/state.h"

#include <utility>

#include "rpcasplit/debug.h"

namespace gst_lowrank {

State::State(const Pads& pads)
    : pads_(pads),
      progress_(pads.element),
      models_(pads.element, engine_),
      region_mask_(pads.element),
      plate_file_(pads.element),
      region_messages_(pads.element),
      outputs_{Output(Output::Role::foreground, pads.foreground),
               Output(Output::Role::background, pads.background),
               Output(Output::Role::mask, pads.mask)} {
  gst_segment_init(&segment_, GST_FORMAT_UNDEFINED);
}

void State::connect_engine() {
  engine_.set_cancelled([this] { return cancelled_.load(); });
  engine_.set_progress(
      [this](const lowrank::FactorizationProgress& progress) { progress_.report(progress); });
}

void State::set_cancelled(bool cancelled) {
  cancelled_ = cancelled;
  for (Output& output : outputs_)
    output.set_flushing(cancelled);
}

void State::prepare_stop() {
  stopping_ = true;
  set_cancelled(true);
}

Settings State::settings() const {
  const ObjectLocker locker(pads_.element);
  return settings_;
}

Figures State::figures() const {
  const ObjectLocker locker(pads_.element);
  return figures_;
}

void State::publish_figures() {
  if (configured_)
    counted_.engine = engine_.stats();
  const ObjectLocker locker(pads_.element);
  figures_ = counted_;
}

void State::start() {
  engine_ = lowrank::BackgroundEngine();
  connect_engine();
  region_mask_.load(settings().region_mask);
  hints_.clear();
  stopping_ = false;
  set_cancelled(false);
  reset_requested_ = false;
  model_expected_ = true;
  latency_ = 0;
  counted_ = {};
  gst_flow_combiner_reset(pads_.combiner);
  for (Output& output : outputs_)
    output.lateness().reset();
  gst_segment_init(&segment_, GST_FORMAT_UNDEFINED);
  publish_figures();
}

void State::save_at_end() {
  const Settings wanted = settings();
  if (!wanted.model_location.empty() && counted_.frames > 0 && configured_ && engine_.has_model())
    models_.save(wanted.model_location);
}

void State::stop() {
  models_.close();
  models_.forget();
  plate_file_.forget();
  region_mask_.forget();
  pending_.clear();
  stream_.reset();
  input_scratch_.reset();
  input_converter_.reset();
  for (Output& output : outputs_)
    output.reset();
  configured_ = false;
  // Memory and threads go with the engine. Nothing is allocated here: to stop must not fail.
  const lowrank::BackgroundEngine gone(std::move(engine_));
}

}  // namespace gst_lowrank
