// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The elements lowrankparse and lowrankdecompress, of any bytes, when memory runs out at some
// allocation of theirs: that is an error of the element or a damaged picture, and the same elements
// then play the same stream as if nothing had been.
#include "allocations.h"
#include "ensure.h"
#include "pipeline_player.h"
#include "target.h"

namespace lowrank::fuzz {

namespace {

void fail_and_go_on(const StreamInput& input, const Played& expected) {
  const long first = input.failing_allocation;
  allocations::fail_from(first, input.all_fail ? allocations::never : first);
  const Played played = player().play(input);
  allocations::fail_never();
  const Played again = player().play(input);
  // What comes behind an error is not defined, see fuzz_pipeline.cpp.
  if (!PipelinePlayer::repeats(input) || expected.failed)
    return;
  ensure(played.buffers <= expected.buffers + 1, "no pictures come from nothing");
  ensure(again == expected, "after a failure the same pictures are decoded");
}

}  // namespace

int test_one_input(ByteSpan bytes) {
  const StreamInput input(bytes);
  const Played expected = player().play(input);
  long live = allocations::live;
  fail_and_go_on(input, expected);
  if (allocations::live > live) {
    // Tables that the library makes at its first picture stay; what is left behind, grows again.
    live = allocations::live;
    fail_and_go_on(input, expected);
  }
  ensure(allocations::live <= live, "nothing is left behind");
  return 0;
}

}  // namespace lowrank::fuzz
