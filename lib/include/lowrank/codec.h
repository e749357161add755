// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "lowrank/export.h"
#include "lowrank/image.h"

namespace lowrank {

/// Bytes to read.
using ByteSpan = std::span<const std::uint8_t>;

/// How pictures are factorized.
enum class Layout : std::uint8_t {
  patch,  ///< patches, each a sum of few of the components of one of the trained subspaces
  frame,  ///< each plane whole, by its truncated SVD: the textbook's way, for comparison
};

/// What an encoder may spend on a picture.
enum class Speed : std::uint8_t {
  fast,    ///< intra pictures of 1080p in real time on few cores
  medium,  ///< 720p in real time on two cores
  best,    ///< fewest bits
};

/// A fraction.
struct Rational {
  std::uint32_t numerator = 0;    ///< above the line
  std::uint32_t denominator = 1;  ///< below it
  /// Whether all members are equal.
  constexpr bool operator==(const Rational&) const = default;
};

/// How the lines of the pictures of a stream are to be shown.
enum class Scan : std::uint8_t {
  progressive,  ///< from top to bottom
  interleaved,  ///< every picture holds two fields
  mixed,        ///< PictureInfo::fields tells of each
};

/// What holds for all pictures of a stream. Colours are the code points of ISO/IEC 23091-2 (H.273);
/// 2 is "unspecified".
struct StreamInfo {
  /// `gray` or `ycbcr` with any chroma shifts, 8 bits, 1 … 16384 pixels a side. `black` is 16 for
  /// video range and 0 for full range.
  ImageFormat format;
  Rational frame_rate;             ///< pictures a second; 0/1 when it varies
  Rational pixel_aspect = {1, 1};  ///< width to height of a pixel, both > 0
  std::uint8_t primaries = 2;      ///< colour primaries
  std::uint8_t transfer = 2;       ///< transfer characteristics
  std::uint8_t matrix = 2;         ///< matrix coefficients
  std::uint8_t chroma_site = 0;    ///< GstVideoChromaSite's bits, passed through; 0 is unknown
  Scan scan = Scan::progressive;   ///< how the lines are to be shown
  /// Whether all members are equal.
  constexpr bool operator==(const StreamInfo&) const = default;
};

/// What comes with a picture, and comes out with it.
struct PictureInfo {
  std::optional<std::uint64_t> time;      ///< nanoseconds, of presentation
  std::optional<std::uint64_t> duration;  ///< nanoseconds
  /// Sum of: 1 interlaced, 2 top field first, 4 repeat the first field, 8 one field only.
  std::uint8_t fields = 0;
  /// Whether all members are equal.
  constexpr bool operator==(const PictureInfo&) const = default;
};

/// What an Encoder is to do.
struct EncoderOptions {
  Layout layout = Layout::patch;  ///< how pictures are factorized
  Speed speed = Speed::medium;    ///< what may be spent on a picture
  /// Rate and distortion, 1 … 100: the step of the quantiser is 1 grey level at 100, 11 at 75, 28
  /// at 50, 64 at 25 and 181 at 1.
  int quality = 75;
  /// Components that are kept, of a patch or of a plane, ≥ 0; 0 leaves it to `quality`, or to
  /// `energy`.
  int rank = 0;
  /// `frame`: the fewest components that hold this share of Σσ², 0 … 1; 0 is off.
  double energy = 0;
  /// Kilobits a second to be met on average by changing the quality; 0 is off. Needs a frame rate.
  int bitrate = 0;
  /// Pictures from one that stands alone to the next, ≥ 1; 1 is all of them; 0 is automatic, 10
  /// seconds at a known frame rate, at most 250.
  int key_interval = 0;
  /// `patch`: predict from the first `base_rank` components alone, 1 … 63, and keep them apart from
  /// the rest, so that the rest can be left away without drift; 0 is off.
  int base_rank = 0;
  bool compute_psnr = false;  ///< see EncoderStats::psnr
  unsigned threads =
      0;  ///< at most 1024, the caller's included; 0 is one a core; bytes stay the same
};

/// The bytes of one picture: a frame packet, behind a sequence packet if the picture is a key.
/// A file of them, one behind the other, is a stream; see docs/bitstream.md.
struct EncodedPicture {
  std::vector<std::uint8_t> bytes;  ///< the packets
  PictureInfo info;                 ///< as it was pushed
  bool key = false;                 ///< decoding can begin here
};

/// Figures of a stream since configure().
struct EncoderStats {
  std::uint64_t pictures = 0;  ///< encoded
  std::uint64_t bytes = 0;     ///< of all their packets
  double bits_per_pixel = 0;   ///< of the luma's pixels, mean
  double rank = 0;             ///< mean of all patches, or of all planes
  /// Of luma, dB, of the mean square error so far; infinite when there is none, 0 if not computed.
  double psnr = 0;
};

/// Encodes pictures, each when it comes.
///
///     encoder.configure(info, options);
///     encoder.push(picture, picture_info);
///     while (encoder.pull(result)) ...
///
/// Misuse throws std::invalid_argument or std::logic_error, which name what was wrong and what
/// would be right. Not thread-safe; encoders are independent of each other.
class LOWRANK_API Encoder {
 public:
  Encoder();
  /// What was moved from can be assigned to or destroyed.
  Encoder(Encoder&&) noexcept;
  /// What was moved from can be assigned to or destroyed.
  Encoder& operator=(Encoder&&) noexcept;
  ~Encoder();

  /// Begins a stream. The next picture is a key.
  void configure(const StreamInfo& info, const EncoderOptions& options);
  /// From the next picture on; `layout`, `base_rank` and `threads` must be those of configure().
  void set_options(const EncoderOptions& options);
  /// The next picture will stand alone.
  void request_key();

  /// Takes a picture in the format of the stream; it is read during the call only. Throws
  /// std::logic_error while a result waits to be pulled.
  void push(const ImageView& picture, const PictureInfo& info);
  /// Gives the picture that was pushed, encoded; false when there is none.
  bool pull(EncodedPicture& result);
  /// Nothing is held back, so that this does nothing; for symmetry.
  void drain() {}
  /// Drops what was not pulled. The next picture is a key.
  void flush();
  /// Pictures that are held back.
  int delay() const { return 0; }

  /// A sequence packet, as it stands before every key.
  std::vector<std::uint8_t> sequence_packet() const;
  /// Figures so far.
  EncoderStats stats() const;

  struct LOWRANK_LOCAL Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

/// What a stream may ask of a parser or decoder, whatever it says of itself.
struct CodecLimits {
  int side = 8192;                              ///< pixels of width and of height
  std::int64_t pixels = std::int64_t{1} << 28;  ///< of a picture: width × height
  /// Bytes of the packets of one picture; 0 is 64 KiB and 8 bytes a pixel.
  std::size_t payload = 0;
  /// Whether all members are equal.
  constexpr bool operator==(const CodecLimits&) const = default;
};

/// Why bytes were refused.
struct StreamError {
  /// Of a refusal.
  enum class Kind : std::uint8_t {
    none,                 ///< nothing was refused
    damaged,              ///< these bytes are not what an encoder writes, or some are missing
    unsupported_version,  ///< of the bitstream
    over_limit,           ///< more than CodecLimits allow
  };
  Kind kind = Kind::none;  ///< why
  std::string message;     ///< what was wrong, for people
};

/// A picture's place in a stream of bytes.
struct ParsedPicture {
  std::vector<std::uint8_t> bytes;  ///< with the sequence packet, if one stands before it
  StreamInfo stream;                ///< that it is of
  PictureInfo info;                 ///< its times and fields
  bool key = false;                 ///< decoding can begin here
  bool discontinuous = false;       ///< bytes before it were skipped
  /// Of `bytes`, those of the sequence packet, which stands first.
  std::size_t sequence_size = 0;
  /// Where it begins and ends among the bytes that were pushed since the start or flush(). More
  /// than `bytes` when packets of unknown types stand between.
  std::uint64_t begin = 0;
  std::uint64_t end = 0;  ///< see `begin`
};

/// What the first bytes of a picture tell of it. They are not checked for damage.
struct PictureOutline {
  std::size_t size = 0;  ///< bytes of all its packets
  StreamInfo stream;     ///< that it is of
  PictureInfo info;      ///< its times and fields
  bool key = false;      ///< decoding can begin here
};

/// Cuts a stream of bytes into pictures. Skips what is none: after damage it goes on at the next
/// packet whose header is whole. Takes memory for one picture, and for what was pushed and not
/// pulled; std::bad_alloc when it is short, after which the same call can be made again. Not
/// thread-safe.
class LOWRANK_API PacketParser {
 public:
  /// Throws std::invalid_argument for limits that are not positive.
  explicit PacketParser(const CodecLimits& limits = {});
  /// What was moved from can be assigned to or destroyed.
  PacketParser(PacketParser&&) noexcept;
  /// What was moved from can be assigned to or destroyed.
  PacketParser& operator=(PacketParser&&) noexcept;
  ~PacketParser();

  /// Takes the next bytes of the stream, in pieces of any size.
  void push(ByteSpan bytes);
  /// The next whole picture; false when more bytes have to be pushed first.
  bool pull(ParsedPicture& result);
  /// No more bytes: what is incomplete is dropped by the next pull().
  void drain();
  /// Forgets all bytes, not the stream's StreamInfo.
  void flush();
  /// The first reason since the last call for which bytes were skipped.
  StreamError take_error();
  /// Bytes pushed since the start or flush() that no picture will come from any more.
  std::uint64_t position() const;

  /// Reads the outline of the picture that begins at the first of `start`, to go through a file
  /// from picture to picture without reading it. A few hundred bytes are enough, or all that is
  /// left of the file. `outline.stream` holds for a picture without a sequence packet before it.
  /// False when no picture begins there, or `start` is too short to tell.
  static bool outline(ByteSpan start, PictureOutline& outline);

  /// Whether a stream begins here: 0 no, 100 certainly.
  static int likelihood(ByteSpan bytes);

  struct LOWRANK_LOCAL Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

/// What a Decoder is to do.
struct DecoderOptions {
  /// Components of a patch or plane that are shown; 0 is all of them. What the rest of the stream
  /// is predicted from does not depend on it.
  int max_rank = 0;
  unsigned threads =
      0;  ///< at most 1024, the caller's included; 0 is one a core; pictures stay the same
  CodecLimits limits;  ///< of streams that are decoded
};

/// A picture that was decoded.
struct DecodedPicture {
  ImageView image;    ///< valid until the decoder's next non-const member is called
  StreamInfo stream;  ///< that it is of
  PictureInfo info;   ///< its times and fields
  bool key = false;   ///< it stands alone
  /// Bytes of it were damaged or missing: parts show what an earlier picture showed.
  bool damaged = false;
};

/// Decodes pictures, each when it comes, of any bytes at all: what is no picture is refused with a
/// StreamError, never with a crash or with more memory than the limits allow. All arithmetic is in
/// integers: the same bytes give the same pictures on every machine.
///
/// Not thread-safe; decoders are independent of each other. std::bad_alloc when memory is short.
class LOWRANK_API Decoder {
 public:
  Decoder();
  /// What was moved from can be assigned to or destroyed.
  Decoder(Decoder&&) noexcept;
  /// What was moved from can be assigned to or destroyed.
  Decoder& operator=(Decoder&&) noexcept;
  ~Decoder();

  /// Forgets the stream. Throws std::invalid_argument for limits that are not positive, a negative
  /// `max_rank` and more than 1024 threads.
  void configure(const DecoderOptions& options);
  /// `max_rank` from the next picture on. Throws std::invalid_argument when it is negative.
  void set_max_rank(int max_rank);

  /// Takes the packets of one picture, or a sequence packet alone. When they cannot be decoded,
  /// because they are damaged, of a key that is missing, or over a limit, that is returned; then
  /// there is a picture to pull if an earlier one can stand for it.
  StreamError push(ByteSpan packets);
  /// Gives the picture that was pushed, decoded; false when there is none.
  bool pull(DecodedPicture& result);
  /// Nothing is held back, so that this does nothing; for symmetry.
  void drain() {}
  /// Forgets references: decoding goes on at the next key.
  void flush();
  /// Pictures that are held back.
  int delay() const { return 0; }

  struct LOWRANK_LOCAL Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace lowrank
