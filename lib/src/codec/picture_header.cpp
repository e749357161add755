// SPDX-License-Identifier: LGPL-2.1-or-later
#include "codec/picture_header.h"

#include <optional>

#include "codec/byte_writer.h"

namespace lowrank::codec {
namespace {

__extension__ using Wide = unsigned __int128;

constexpr std::uint64_t second = 1'000'000'000;

enum Mode : unsigned { absent = 0, on_grid = 1, explicitly = 2 };

// The times of the pictures of a stream at a constant rate, exactly.
class Grid {
 public:
  explicit Grid(const Rational& frame_rate) : rate_(frame_rate) {}

  bool exists() const { return rate_.numerator > 0; }

  std::optional<std::uint64_t> time(Wide n) const {
    const Wide whole = n * rate_.denominator * second / rate_.numerator;
    return whole <= UINT64_MAX ? std::optional(static_cast<std::uint64_t>(whole)) : std::nullopt;
  }

  /// The n of a time, if it has one.
  std::optional<std::uint64_t> index(std::uint64_t time_) const {
    const Wide unit = Wide{rate_.denominator} * second;
    const Wide n = (Wide{time_} * rate_.numerator + unit - 1) / unit;
    if (n > UINT64_MAX || time(n) != time_)
      return std::nullopt;
    return static_cast<std::uint64_t>(n);
  }

  /// How long a picture is shown that begins at `n`, or anywhere.
  std::optional<std::uint64_t> duration(const std::optional<std::uint64_t>& n) const {
    if (!n)
      return time(1);
    const std::optional<std::uint64_t> begin = time(*n);
    const std::optional<std::uint64_t> end = time(Wide{*n} + 1);
    return begin && end ? std::optional(*end - *begin) : std::nullopt;
  }

 private:
  Rational rate_;
};

}  // namespace

void append_picture_header(const PictureHeader& header, const Rational& frame_rate,
                           std::vector<std::uint8_t>& out) {
  const PictureInfo& info = header.info;
  const Grid grid(frame_rate);
  const std::optional<std::uint64_t> n =
      grid.exists() && info.time ? grid.index(*info.time) : std::nullopt;
  const unsigned time_mode = !info.time ? absent : n ? on_grid : explicitly;
  const unsigned duration_mode = !info.duration                                        ? absent
                                 : grid.exists() && grid.duration(n) == *info.duration ? on_grid
                                                                                       : explicitly;
  ByteWriter writer(out);
  writer.byte(time_mode | duration_mode << 2 | static_cast<unsigned>(info.fields) << 4);
  if (time_mode != absent)
    writer.varint(n ? *n : *info.time);
  if (duration_mode == explicitly)
    writer.varint(*info.duration);
  writer.byte(header.number);
  writer.byte(static_cast<unsigned>(header.layout));
}

bool read_picture_header(ByteReader& reader, const Rational& frame_rate, PictureHeader& header) {
  const unsigned modes = reader.byte();
  const unsigned time_mode = modes & 3;
  const unsigned duration_mode = modes >> 2 & 3;
  const Grid grid(frame_rate);
  const bool needs_grid = time_mode == on_grid || duration_mode == on_grid;
  if (time_mode > explicitly || duration_mode > explicitly || (needs_grid && !grid.exists()))
    return false;

  PictureInfo info;
  info.fields = static_cast<std::uint8_t>(modes >> 4);
  std::optional<std::uint64_t> n;
  if (time_mode == on_grid) {
    n = reader.varint64();
    info.time = grid.time(*n);
  } else if (time_mode == explicitly) {
    info.time = reader.varint64();
  }
  if (duration_mode == on_grid)
    info.duration = grid.duration(n);
  else if (duration_mode == explicitly)
    info.duration = reader.varint64();
  const bool in_range = (time_mode == absent) == !info.time &&  //
                        (duration_mode == absent) == !info.duration;

  const std::uint8_t number = reader.byte();
  const std::uint8_t layout = reader.byte();
  if (!reader.ok() || !in_range || layout > static_cast<std::uint8_t>(Layout::frame))
    return false;
  header = {info, number, static_cast<Layout>(layout)};
  return true;
}

}  // namespace lowrank::codec
