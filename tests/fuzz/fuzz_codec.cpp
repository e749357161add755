// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The packet parser and the decoder, of any bytes.
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "ensure.h"
#include "packets.h"
#include "stream_checks.h"
#include "stream_input.h"
#include "target.h"

namespace lowrank::fuzz {
namespace {

// The pictures that a parser found. The second decoder has one thread and must show the same.
void decode_pictures(const StreamInput& input, std::span<const ParsedPicture> pictures) {
  Decoder decoder;
  Decoder single;
  DecoderOptions options = input.options;
  decoder.configure(options);
  options.threads = 1;
  single.configure(options);
  for (std::size_t n = 0; n < pictures.size(); n++) {
    if (n == 2 && input.rank_changes) {
      decoder.set_max_rank(3);
      single.set_max_rank(3);
    }
    if (n == 3 && input.flushes) {
      decoder.flush();
      single.flush();
    }
    const Outcome outcome = decode(decoder, pictures[n]);
    if (input.options.threads > 1)
      ensure(outcome == decode(single, pictures[n]), "threads change nothing");
  }
}

// The same without a parser, each packet alone, and with what is no packet.
void decode_packets(const StreamInput& input) {
  Decoder decoder;
  decoder.configure(input.options);
  const std::vector<Packet> packets = split(input.stream);
  for (std::size_t i = 0; i < std::min(packets.size(), most_pictures); i++)
    decode(decoder, ByteSpan(joined({packets[i]})));
  decode(decoder, input.stream);
  decode(decoder, ByteSpan());
}

}  // namespace

int test_one_input(ByteSpan bytes) {
  const StreamInput input(bytes);
  PacketParser::likelihood(HeapCopy(input.stream));
  PictureOutline outline;
  PacketParser::outline(HeapCopy(input.stream), outline);

  const std::vector<ParsedPicture> pictures = parse(input, input.piece);
  ensure(same(pictures, parse(input, SIZE_MAX / 4)), "the size of the pieces changes nothing");
  for (const ParsedPicture& picture : pictures)
    check_outline(picture);
  decode_pictures(input, std::span(pictures).first(std::min(pictures.size(), most_pictures)));
  decode_packets(input);
  return 0;
}

}  // namespace lowrank::fuzz
