// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Models of any bytes, loaded into an engine and used.
#include "ensure.h"
#include "model_input.h"
#include "target.h"

namespace lowrank::fuzz {
namespace {

constexpr int frames = 3;

bool loads(BackgroundEngine& engine, const ModelInput& input) {
  try {
    engine.load_model(HeapCopy(input.model));
    return true;
  } catch (const ModelError& error) {
    ensure(*error.what() != '\0', "a refusal says why");
    return false;
  }
}

// A refused model must leave no trace.
void check_refused(BackgroundEngine& engine, const ModelInput& input) {
  BackgroundEngine untouched = make_engine(input, 1);
  ensure(engine.has_model() == untouched.has_model(), "a refused model changes nothing");
  for (int t = 0; t < 2; t++)
    ensure(show(engine, input, t) == show(untouched, input, t), "a refused model changes nothing");
}

// What was loaded is used, by one and by several threads, and saved and loaded again.
void check_loaded(BackgroundEngine& engine, const ModelInput& input) {
  BackgroundEngine other = make_engine(input, input.other_threads);
  ensure(loads(other, input), "what loads once loads twice");
  for (int t = 0; t < frames; t++)
    ensure(show(engine, input, t) == show(other, input, t), "threads change nothing");
  ensure(engine.has_model() == other.has_model(), "threads change nothing");
  if (!engine.has_model())  // what was loaded has nothing to do with the frames: learned afresh
    return;
  const Bytes saved = engine.save_model();
  ensure(saved == other.save_model(), "threads change nothing in the model");
  BackgroundEngine third = make_engine(input, 1);
  third.load_model(HeapCopy(saved));
  if (input.options.update != Update::frozen)
    ensure(show(third, input, frames) == show(engine, input, frames),
           "a saved model goes on as the engine does");
}

}  // namespace

int test_one_input(ByteSpan bytes) {
  const ModelInput input(bytes);
  BackgroundEngine engine = make_engine(input, 1);
  if (loads(engine, input))
    check_loaded(engine, input);
  else
    check_refused(engine, input);
  return 0;
}

}  // namespace lowrank::fuzz
