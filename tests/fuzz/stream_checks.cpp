// SPDX-License-Identifier: LGPL-2.1-or-later
#include "stream_checks.h"

#include "ensure.h"

namespace lowrank::fuzz {
namespace {

bool same(const ParsedPicture& a, const ParsedPicture& b) {
  return a.bytes == b.bytes && a.stream == b.stream && a.info == b.info && a.key == b.key &&
         a.discontinuous == b.discontinuous && a.sequence_size == b.sequence_size &&
         a.begin == b.begin && a.end == b.end;
}

void check_picture(const ParsedPicture& picture, const StreamInput& input, std::uint64_t from) {
  const ImageFormat& format = picture.stream.format;
  const CodecLimits& limits = input.options.limits;
  ensure(picture.begin >= from && picture.end <= input.stream.size(), "pictures lie in a row");
  ensure(picture.bytes.size() <= picture.end - picture.begin,
         "a picture has no more than it spans");
  ensure(picture.sequence_size < picture.bytes.size(), "a picture has a packet of its own");
  ensure(!picture.key || picture.sequence_size > 0, "keys have a sequence packet");
  ensure(format.width >= 1 && format.height >= 1 && format.width <= limits.side &&
             format.height <= limits.side &&
             std::int64_t{format.width} * format.height <= limits.pixels,
         "pictures are within the limits");
  const ByteSpan span = input.stream.subspan(picture.begin, picture.end - picture.begin);
  const ByteSpan bytes = picture.bytes;
  const ByteSpan own = bytes.subspan(picture.sequence_size);
  ensure(
      std::ranges::equal(bytes.first(picture.sequence_size), span.first(picture.sequence_size)) &&
          std::ranges::equal(own, span.last(own.size())),
      "the bytes of a picture are those of the stream");
}

std::uint64_t hash(const ImageView& image) {
  std::uint64_t digest = 0xcbf29ce484222325;
  for (int p = 0; p < image.format.planes(); p++) {
    const PlaneView& plane = image.planes[static_cast<std::size_t>(p)];
    ensure(
        plane.width == image.format.plane_width(p) && plane.height == image.format.plane_height(p),
        "planes have the size of the format");
    for (int y = 0; y < plane.height; y++)
      for (int x = 0; x < plane.width; x++)
        digest = (digest ^ plane.row(y)[x * plane.pixel_stride]) * 0x100000001b3;
  }
  return digest;
}

}  // namespace

std::vector<ParsedPicture> parse(const StreamInput& input, std::size_t piece) {
  PacketParser parser(input.options.limits);
  std::vector<ParsedPicture> pictures;
  std::uint64_t from = 0;
  std::uint64_t position = 0;
  const auto pull = [&] {
    ParsedPicture picture;
    while (parser.pull(picture)) {
      check_picture(picture, input, from);
      from = picture.end;
      pictures.push_back(picture);
    }
    ensure(!parser.pull(picture), "no picture comes behind the last one");
    ensure(parser.position() >= std::max(position, from), "the parser goes forwards");
    position = parser.position();
  };
  std::size_t size = 1;
  for (ByteSpan left = input.stream; !left.empty(); size = std::min(piece, 2 * size + 1)) {
    const std::size_t count = std::min(size, left.size());
    parser.push(HeapCopy(left.first(count)));
    left = left.subspan(count);
    pull();
  }
  parser.drain();
  pull();
  ensure(position == input.stream.size(), "all bytes that were pushed are done with");
  return pictures;
}

bool same(const std::vector<ParsedPicture>& a, const std::vector<ParsedPicture>& b) {
  return std::ranges::equal(a, b, [](const auto& x, const auto& y) { return same(x, y); });
}

Outcome decode(Decoder& decoder, ByteSpan packets) {
  Outcome outcome;
  const StreamError error = decoder.push(HeapCopy(packets));
  outcome.error = error.kind;
  ensure((error.kind == StreamError::Kind::none) == error.message.empty(), "errors have a message");
  DecodedPicture picture;
  outcome.shown = decoder.pull(picture);
  if (!outcome.shown)
    return outcome;
  outcome.damaged = picture.damaged;
  ensure(picture.image.format == picture.stream.format, "a picture has the format of the stream");
  outcome.samples = hash(picture.image);
  ensure(!decoder.pull(picture), "there is one picture at a time");
  return outcome;
}

Outcome decode(Decoder& decoder, const ParsedPicture& picture) {
  const Outcome outcome = decode(decoder, ByteSpan(picture.bytes));
  const bool fine = outcome.error == StreamError::Kind::none;
  ensure(outcome.error != StreamError::Kind::over_limit, "parser and decoder have the same limits");
  ensure(outcome.shown || !fine, "an intact picture is shown");
  ensure(!outcome.shown || outcome.damaged != fine, "what is damaged is an error");
  return outcome;
}

void check_outline(const ParsedPicture& picture) {
  const bool others_between = picture.end - picture.begin != picture.bytes.size();
  if (others_between)
    return;
  PictureOutline outline;
  outline.stream = picture.stream;
  ensure(PacketParser::outline(HeapCopy(picture.bytes), outline), "a picture has an outline");
  ensure(outline.size == picture.bytes.size() && outline.stream == picture.stream &&
             outline.info == picture.info && outline.key == picture.key,
         "the outline is that of the picture");
  const std::size_t few = std::min<std::size_t>(picture.bytes.size(), 300);
  for (std::size_t count = few; count > 0; count = count * 3 / 4) {
    PictureOutline short_outline;
    short_outline.stream = picture.stream;
    if (PacketParser::outline(HeapCopy(ByteSpan(picture.bytes).first(count)), short_outline))
      ensure(short_outline.size == outline.size && short_outline.key == outline.key,
             "fewer bytes give the same outline or none");
  }
}

}  // namespace lowrank::fuzz
