// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "stream_input.h"

/// What must hold of any bytes: ensure() ends the program where it does not.
namespace lowrank::fuzz {

/// Pictures of an input that are decoded.
constexpr std::size_t most_pictures = 12;

/// Cuts the stream into pictures, the parser getting it in pieces of `piece` bytes, the first of
/// them smaller. Checks each against the bytes that it came from.
std::vector<ParsedPicture> parse(const StreamInput& input, std::size_t piece);

/// Whether two parsers saw the same.
bool same(const std::vector<ParsedPicture>& a, const std::vector<ParsedPicture>& b);

/// What a decoder made of the bytes of a picture.
struct Outcome {
  StreamError::Kind error = StreamError::Kind::none;
  std::uint64_t samples = 0;  ///< a hash of all; 0 without a picture
  bool shown = false;
  bool damaged = false;
  bool operator==(const Outcome&) const = default;
};

/// Gives a copy of the bytes to the decoder, and checks what comes out.
Outcome decode(Decoder& decoder, ByteSpan packets);

/// The same of what a parser found, which is one picture.
Outcome decode(Decoder& decoder, const ParsedPicture& picture);

/// The outline of a picture, from all and from some of its bytes.
void check_outline(const ParsedPicture& picture);

}  // namespace lowrank::fuzz
