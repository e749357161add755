// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The packet parser alone, of any bytes: many more of them than with the decoder.
#include "ensure.h"
#include "stream_checks.h"
#include "target.h"

namespace lowrank::fuzz {

int test_one_input(ByteSpan bytes) {
  const StreamInput input(bytes);
  PacketParser::likelihood(HeapCopy(input.stream));
  PictureOutline outline;
  PacketParser::outline(HeapCopy(input.stream), outline);
  const std::vector<ParsedPicture> pictures = parse(input, input.piece);
  for (const ParsedPicture& picture : pictures)
    check_outline(picture);
  return 0;
}

}  // namespace lowrank::fuzz
