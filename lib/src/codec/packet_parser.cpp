// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "codec/byte_reader.h"
#include "codec/crc.h"
#include "codec/limits.h"
#include "codec/packet.h"
#include "codec/picture_header.h"
#include "codec/sequence.h"

namespace lowrank {

using codec::HeaderCheck;
using codec::PacketHeader;
using codec::PacketType;

namespace {

// A packet whose payload is damaged may have its true size wrong, so what it says is its payload is
// looked through for other packets. Headers made for the purpose could have the same bytes checked
// over and over: after so many such packets within each other, all of them are passed over.
constexpr int most_nested_failures = 8;

}  // namespace

struct PacketParser::Impl {
  CodecLimits limits;
  std::vector<std::uint8_t> buffer;
  std::size_t front = 0;     // what was consumed of it
  std::uint64_t passed = 0;  // bytes before the buffer
  bool draining = false;
  std::uint64_t suspect_end = 0;  // of the payloads that were damaged
  int nested_failures = 0;
  std::vector<std::uint8_t> sequence;  // the packet that the next picture takes along
  std::uint64_t sequence_begin = 0;    // where it stands
  std::optional<StreamInfo> stream;
  bool discontinuous = false;
  StreamError error;

  enum class Step : std::uint8_t { needs_bytes, consumed, picture };

  ByteSpan ahead() const { return ByteSpan(buffer).subspan(front); }
  std::uint64_t position() const { return passed + front; }

  void note(StreamError::Kind kind, std::string message) {
    if (error.kind == StreamError::Kind::none)
      error = {kind, std::move(message)};
  }

  void skip(std::size_t count, StreamError::Kind kind, std::string message) {
    note(kind, std::move(message));
    front += count;
    sequence.clear();  // what it announced may have been skipped
    discontinuous = true;
  }

  Step skip_to_next_start(StreamError::Kind kind, std::string message) {
    skip(codec::find_packet(ahead(), 1), kind, std::move(message));
    return Step::consumed;
  }

  Step skip_damaged(std::string message) {
    return skip_to_next_start(StreamError::Kind::damaged, std::move(message));
  }

  Step pass_over_damaged(const PacketHeader& header) {
    const std::string message = "a packet whose checksum is wrong";
    if (position() >= suspect_end)
      nested_failures = 0;
    suspect_end = std::max(suspect_end, position() + header.size + header.payload_size);
    if (++nested_failures <= most_nested_failures)
      return skip_damaged(message);
    skip(static_cast<std::size_t>(suspect_end - position()), StreamError::Kind::damaged, message);
    return Step::consumed;
  }

  std::size_t limit_for(const PacketHeader& header) const {
    if (header.type == PacketType::sequence || !stream)
      return codec::small_payload_limit;
    return codec::payload_limit(limits, stream->format);
  }

  Step step(ParsedPicture& result) {
    if (ahead().empty()) {
      if (draining && !sequence.empty())
        skip(0, StreamError::Kind::damaged, "the stream ends behind a sequence packet");
      return Step::needs_bytes;
    }
    PacketHeader header;
    switch (codec::read_packet_header(ahead(), header)) {
      case HeaderCheck::none:
        return skip_damaged("bytes that are no packet");
      case HeaderCheck::incomplete:
        return draining ? skip_damaged("the stream ends within a packet") : Step::needs_bytes;
      case HeaderCheck::whole:
        break;
    }
    if (header.version != codec::bitstream_version)
      return skip_to_next_start(
          StreamError::Kind::unsupported_version,
          "version " + std::to_string(header.version) + " of the bitstream; only 1 is known");
    if (header.type == PacketType::key_picture && sequence.empty())
      return skip_damaged("a key picture without a sequence packet");
    if (header.is_picture() && !stream)
      return skip_damaged("a picture before the first sequence packet");
    if (header.payload_size > limit_for(header))
      return skip_to_next_start(StreamError::Kind::over_limit,
                                "a packet of " + std::to_string(header.payload_size) +
                                    " bytes, over the limit of " +
                                    std::to_string(limit_for(header)));
    if (ahead().size() - header.size < header.payload_size)
      return draining ? skip_damaged("the stream ends within a packet") : Step::needs_bytes;
    const ByteSpan payload = ahead().subspan(header.size, header.payload_size);
    if (codec::crc16(payload) != header.payload_checksum)
      return pass_over_damaged(header);
    return take(header, payload, result);
  }

  // A packet that is whole.
  Step take(const PacketHeader& header, ByteSpan payload, ParsedPicture& result) {
    const ByteSpan packet = ahead().first(header.size + header.payload_size);
    if (header.is_picture())
      return take_picture(header, packet, payload, result);
    if (header.type == PacketType::sequence)
      return take_sequence(packet, payload);
    front += packet.size();
    return Step::consumed;
  }

  Step take_sequence(ByteSpan packet, ByteSpan payload) {
    StreamInfo info;
    StreamError wrong = codec::read_sequence(payload, limits, info);
    if (wrong.kind != StreamError::Kind::none) {
      stream.reset();
      skip(packet.size(), wrong.kind, std::move(wrong.message));
      return Step::consumed;
    }
    stream = info;
    sequence.assign(packet.begin(), packet.end());
    sequence_begin = position();
    front += packet.size();
    return Step::consumed;
  }

  Step take_picture(const PacketHeader& header, ByteSpan packet, ByteSpan payload,
                    ParsedPicture& result) {
    codec::ByteReader reader(payload);
    codec::PictureHeader picture;
    if (!codec::read_picture_header(reader, stream->frame_rate, picture)) {
      skip(packet.size(), StreamError::Kind::damaged, "a picture whose header is damaged");
      return Step::consumed;
    }
    // The sequence packet stays until there is memory for both.
    std::vector<std::uint8_t> bytes(sequence.size() + packet.size());
    std::copy(packet.begin(), packet.end(),
              std::copy(sequence.begin(), sequence.end(), bytes.begin()));
    result.sequence_size = sequence.size();
    result.begin = sequence.empty() ? position() : sequence_begin;
    result.end = position() + packet.size();
    result.bytes = std::move(bytes);
    sequence.clear();
    result.stream = *stream;
    result.info = picture.info;
    result.key = header.type == PacketType::key_picture;
    result.discontinuous = std::exchange(discontinuous, false);
    front += packet.size();
    return Step::picture;
  }

  void drop_consumed() {
    buffer.erase(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(front));
    passed += front;
    front = 0;
  }

  void forget_bytes() {
    buffer.clear();
    front = 0;
    passed = 0;
    suspect_end = 0;
    sequence.clear();
    draining = false;
    discontinuous = false;
  }
};

PacketParser::PacketParser(const CodecLimits& limits) {
  codec::check_limits("PacketParser", limits);
  impl_ = std::make_unique<Impl>();
  impl_->limits = limits;
}

PacketParser::PacketParser(PacketParser&&) noexcept = default;
PacketParser& PacketParser::operator=(PacketParser&&) noexcept = default;
PacketParser::~PacketParser() = default;

void PacketParser::push(ByteSpan bytes) {
  impl_->drop_consumed();
  impl_->draining = false;
  impl_->buffer.insert(impl_->buffer.end(), bytes.begin(), bytes.end());
}

bool PacketParser::pull(ParsedPicture& result) {
  Impl::Step step;
  do {
    step = impl_->step(result);
  } while (step == Impl::Step::consumed);
  return step == Impl::Step::picture;
}

void PacketParser::drain() {
  impl_->draining = true;
}

void PacketParser::flush() {
  impl_->forget_bytes();
}

StreamError PacketParser::take_error() {
  return std::exchange(impl_->error, {});
}

std::uint64_t PacketParser::position() const {
  return impl_->sequence.empty() ? impl_->position() : impl_->sequence_begin;
}

int PacketParser::likelihood(ByteSpan bytes) {
  constexpr int no = 0, maybe = 50, probably = 90, certainly = 100;
  constexpr std::size_t telling = 4;
  PacketHeader header;
  switch (codec::read_packet_header(bytes, header)) {
    case HeaderCheck::none:
      return no;
    case HeaderCheck::incomplete:
      return bytes.size() >= telling ? maybe : no;
    case HeaderCheck::whole:
      break;
  }
  const ByteSpan behind = bytes.subspan(header.size);
  if (header.type != PacketType::sequence || behind.size() < header.payload_size)
    return probably;
  const ByteSpan payload = behind.first(header.payload_size);
  return codec::crc16(payload) == header.payload_checksum ? certainly : maybe;
}

}  // namespace lowrank
