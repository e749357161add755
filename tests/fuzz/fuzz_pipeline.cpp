// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The elements lowrankparse and lowrankdecompress, of any bytes.
#include "ensure.h"
#include "pipeline_player.h"
#include "target.h"

namespace lowrank::fuzz {

int test_one_input(ByteSpan bytes) {
  const StreamInput input(bytes);
  const Played played = player().play(input);
  if (PipelinePlayer::repeats(input))
    ensure(player().play(input) == played, "the same stream gives the same pictures again");
  return 0;
}

}  // namespace lowrank::fuzz
