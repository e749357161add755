// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Models of any bytes, when memory runs out at some allocation while they are loaded and used: that
// is std::bad_alloc and nothing else, and the same engine still works.
#include <new>

#include "allocations.h"
#include "ensure.h"
#include "model_input.h"
#include "target.h"

namespace lowrank::fuzz {
namespace {

struct Seen {
  bool loaded = false;
  std::vector<SeparatedFrame> frames;
  bool operator==(const Seen&) const = default;
};

// Learns afresh, so that it can be done again with the same engine.
Seen play(BackgroundEngine& engine, const ModelInput& input) {
  Seen seen;
  engine.reset();
  seen.frames.push_back(show(engine, input, 0));
  try {
    engine.load_model(HeapCopy(input.model));
    seen.loaded = true;
  } catch (const ModelError&) {
  }
  for (int t = 1; t < 3; t++)
    seen.frames.push_back(show(engine, input, t));
  return seen;
}

void fail_and_go_on(const ModelInput& input, const Seen& expected) {
  BackgroundEngine engine = make_engine(input, 1);
  const long first = input.failing_allocation;
  allocations::fail_from(first, input.all_fail ? allocations::never : first);
  try {
    play(engine, input);
  } catch (const std::bad_alloc&) {
  }
  allocations::fail_never();
  ensure(play(engine, input) == expected, "after a failure the same engine does the same");
}

}  // namespace

int test_one_input(ByteSpan bytes) {
  const ModelInput input(bytes);
  BackgroundEngine engine = make_engine(input, 1);
  const Seen expected = play(engine, input);
  const long live = allocations::live;
  fail_and_go_on(input, expected);
  ensure(allocations::live == live, "nothing is left behind");
  return 0;
}

}  // namespace lowrank::fuzz
