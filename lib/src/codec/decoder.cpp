// SPDX-License-Identifier: LGPL-2.1-or-later
#include <optional>
#include <string>
#include <utility>

#include "check.h"
#include "codec/byte_reader.h"
#include "codec/crc.h"
#include "codec/layout.h"
#include "codec/limits.h"
#include "codec/packet.h"
#include "codec/picture_header.h"
#include "codec/sequence.h"
#include "thread_pool.h"

namespace lowrank {

using codec::HeaderCheck;
using codec::PacketHeader;
using codec::PacketType;

namespace {

const StreamError fine;

StreamError damaged(std::string message) {
  return {StreamError::Kind::damaged, std::move(message)};
}

bool is_fine(const StreamError& error) {
  return error.kind == StreamError::Kind::none;
}

void check_max_rank(const char* caller, int max_rank) {
  if (max_rank < 0)
    check::fail(caller, "max_rank is " + std::to_string(max_rank) +
                            ", but must be 0 (all components) or more");
}

std::unique_ptr<codec::PictureDecoder> make_decoder(Layout layout, const ImageFormat& format,
                                                    unsigned threads) {
  return layout == Layout::frame ? codec::make_frame_decoder(format, threads)
                                 : codec::make_patch_decoder(format, threads);
}

struct Packet {
  PacketHeader header;
  ByteSpan payload;
};

// The next packet, whose checksums are right.
StreamError read_packet(codec::ByteReader& reader, Packet& packet) {
  if (codec::read_packet_header(reader.rest(), packet.header) != HeaderCheck::whole)
    return damaged("bytes that are no packet");
  reader.bytes(packet.header.size);
  if (packet.header.version != codec::bitstream_version)
    return {
        StreamError::Kind::unsupported_version,
        "version " + std::to_string(packet.header.version) + " of the bitstream; only 1 is known"};
  packet.payload = reader.bytes(packet.header.payload_size);
  if (!reader.ok())
    return damaged("a packet that is cut off");
  if (codec::crc16(packet.payload) != packet.header.payload_checksum)
    return damaged("a packet whose checksum is wrong");
  return fine;
}

}  // namespace

struct Decoder::Impl {
  DecoderOptions options;
  std::optional<StreamInfo> stream;
  std::unique_ptr<codec::PictureDecoder> pictures;
  Layout layout = Layout::patch;
  bool shows = false;       // `pictures` holds one
  bool in_step = false;     // and it is what a predicted picture refers to
  std::uint8_t number = 0;  // its number
  std::optional<DecodedPicture> waiting;

  StreamError push(ByteSpan packets) {
    waiting.reset();
    StreamError error = take_packets(packets);
    if (!is_fine(error) && !waiting)
      conceal({});
    return error;
  }

  StreamError take_packets(ByteSpan packets) {
    if (packets.empty())
      return damaged("no bytes");
    codec::ByteReader reader(packets);
    while (reader.left() > 0) {
      Packet packet;
      StreamError error = read_packet(reader, packet);
      if (is_fine(error) && waiting)
        error = damaged("more than one picture at a time");
      else if (is_fine(error))
        error = take(packet);
      if (!is_fine(error))
        return error;
    }
    return fine;
  }

  StreamError take(const Packet& packet) {
    if (packet.header.type == PacketType::sequence)
      return take_sequence(packet.payload);
    return packet.header.is_picture() ? take_picture(packet) : fine;
  }

  StreamError take_sequence(ByteSpan payload) {
    StreamInfo info;
    StreamError error = codec::read_sequence(payload, options.limits, info);
    if (!is_fine(error)) {
      forget_stream();
      return error;
    }
    if (stream && stream->format != info.format)
      forget_stream();
    stream = info;
    return fine;
  }

  StreamError take_picture(const Packet& packet) {
    if (!stream)
      return damaged("a picture without a sequence packet");
    const std::size_t limit = codec::payload_limit(options.limits, stream->format);
    if (packet.payload.size() > limit)
      return {StreamError::Kind::over_limit,
              "a picture of " + std::to_string(packet.payload.size()) +
                  " bytes, over the limit of " + std::to_string(limit)};
    codec::ByteReader reader(packet.payload);
    codec::PictureHeader header;
    if (!codec::read_picture_header(reader, stream->frame_rate, header))
      return damaged("a picture whose header is damaged");
    const bool key = packet.header.type == PacketType::key_picture;
    if (StreamError error = key ? fine : check_order(header); !is_fine(error)) {
      conceal(header.info);
      return error;
    }
    return decode(header, key, reader.rest());
  }

  // Whether what a predicted picture refers to was decoded.
  StreamError check_order(const codec::PictureHeader& header) const {
    if (!in_step || header.layout != layout)
      return damaged("a predicted picture; decoding goes on at the next key picture");
    const auto expected = static_cast<std::uint8_t>(number + 1);
    if (header.number != expected)
      return damaged("picture " + std::to_string(header.number) + " comes where " +
                     std::to_string(expected) +
                     " should; decoding goes on at the next key picture");
    return fine;
  }

  StreamError decode(const codec::PictureHeader& header, bool key, ByteSpan bytes) {
    in_step = false;
    if (!pictures || header.layout != layout) {
      shows = false;
      pictures.reset();  // before there is another one
      pictures = make_decoder(header.layout, stream->format, options.threads);
      layout = header.layout;
    }
    const bool intact = pictures->decode(bytes, key, options.max_rank);
    shows = true;
    in_step = intact;
    number = header.number;
    waiting = DecodedPicture{pictures->decoded(), *stream, header.info, key, !intact};
    return intact ? fine : damaged("a picture whose content is damaged");
  }

  void conceal(const PictureInfo& info) {
    in_step = false;
    if (shows && stream)
      waiting = DecodedPicture{pictures->decoded(), *stream, info, false, true};
  }

  void forget_stream() {
    stream.reset();
    pictures.reset();
    shows = false;
    in_step = false;
  }
};

Decoder::Decoder() : impl_(std::make_unique<Impl>()) {}
Decoder::Decoder(Decoder&&) noexcept = default;
Decoder& Decoder::operator=(Decoder&&) noexcept = default;
Decoder::~Decoder() = default;

void Decoder::configure(const DecoderOptions& options) {
  constexpr const char* caller = "Decoder::configure";
  check_max_rank(caller, options.max_rank);
  codec::check_limits(caller, options.limits);
  if (options.threads > most_threads)
    check::fail(caller, "threads is " + std::to_string(options.threads) +
                            ", but must be 0 (one a core) to " + std::to_string(most_threads));
  impl_ = std::make_unique<Impl>();
  impl_->options = options;
}

void Decoder::set_max_rank(int max_rank) {
  check_max_rank("Decoder::set_max_rank", max_rank);
  impl_->options.max_rank = max_rank;
}

StreamError Decoder::push(ByteSpan packets) {
  return impl_->push(packets);
}

bool Decoder::pull(DecodedPicture& result) {
  if (!impl_->waiting)
    return false;
  result = *std::exchange(impl_->waiting, std::nullopt);
  return true;
}

void Decoder::flush() {
  impl_->waiting.reset();
  impl_->in_step = false;
  impl_->shows = false;
}

}  // namespace lowrank
