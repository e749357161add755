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

int test_one_input(ByteSpan bytes) {
  const StreamInput input(bytes);
  const Played expected = player().play(input);
  const long live = allocations::live;
  const long first = input.failing_allocation;
  allocations::fail_from(first, input.all_fail ? allocations::never : first);
  const Played played = player().play(input);
  allocations::fail_never();
  ensure(played.buffers <= expected.buffers + 1 || !PipelinePlayer::repeats(input),
         "no pictures come from nothing");
  const Played again = player().play(input);
  if (PipelinePlayer::repeats(input))
    ensure(again == expected, "after a failure the same pictures are decoded");
  ensure(allocations::live <= live, "nothing is left behind");
  return 0;
}

}  // namespace lowrank::fuzz
