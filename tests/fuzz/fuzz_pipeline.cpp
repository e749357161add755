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
  if (!PipelinePlayer::repeats(input))
    return 0;
  const Played again = player().play(input);
  ensure(again.failed == played.failed, "the same stream comes to the same end again");
  // Behind an error a source sends the end of the stream, and what that drains races with the stop.
  if (!played.failed)
    ensure(again == played, "the same stream gives the same pictures again");
  return 0;
}

}  // namespace lowrank::fuzz
