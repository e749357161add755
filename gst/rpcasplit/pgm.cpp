// SPDX-License-Identifier: LGPL-2.1-or-later
#include "rpcasplit/pgm.h"

#include <stdexcept>
#include <string>

#include "common/size_limit.h"

namespace gst_lowrank {

namespace {

constexpr int max_level = 65535;

bool is_space(std::uint8_t c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

class Reader {
 public:
  explicit Reader(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  std::size_t left() const { return bytes_.size() - at_; }
  std::uint8_t byte() {
    if (left() == 0)
      throw std::runtime_error("it ends early");
    return bytes_[at_++];
  }

  /// A number of at most `most` after blanks and comments.
  int number(int most, const char* what) {
    skip_blanks();
    int value = 0;
    const std::size_t first = at_;
    for (; left() > 0 && bytes_[at_] >= '0' && bytes_[at_] <= '9'; at_++) {
      value = 10 * value + (bytes_[at_] - '0');
      if (value > most)
        throw std::runtime_error(std::string(what) + " is more than " + std::to_string(most));
    }
    if (at_ == first)
      throw std::runtime_error(left() == 0 ? "it ends early"
                                           : std::string(what) + " is not a number");
    return value;
  }

 private:
  void skip_blanks() {
    for (; left() > 0; at_++) {
      if (bytes_[at_] == '#')
        while (left() > 1 && bytes_[at_] != '\n' && bytes_[at_] != '\r')
          at_++;
      else if (!is_space(bytes_[at_]))
        return;
    }
  }

  std::span<const std::uint8_t> bytes_;
  std::size_t at_ = 0;
};

int raw_level(Reader& reader, int most) {
  int value = reader.byte();
  if (most > 255)
    value = 256 * value + reader.byte();
  if (value > most)
    throw std::runtime_error("a level is more than " + std::to_string(most));
  return value;
}

}  // namespace

GrayPicture parse_pgm(std::span<const std::uint8_t> bytes) {
  if (bytes.size() < 2 || bytes[0] != 'P' || (bytes[1] != '2' && bytes[1] != '5'))
    throw std::runtime_error("it is neither PNG nor PGM");
  const bool plain = bytes[1] == '2';
  Reader reader(bytes.subspan(2));
  GrayPicture picture;
  picture.width = reader.number(max_size, "the width");
  picture.height = reader.number(max_size, "the height");
  const int most = reader.number(max_level, "the largest level");
  if (picture.width == 0 || picture.height == 0 || most == 0)
    throw std::runtime_error("width, height and the largest level must not be 0");
  if (!is_space(reader.byte()))
    throw std::runtime_error("a blank has to follow the largest level");
  const std::size_t pixels =
      static_cast<std::size_t>(picture.width) * static_cast<std::size_t>(picture.height);
  // Before memory is taken for them; in plain text a blank lies between two levels.
  const std::size_t least = plain ? 2 * pixels - 1 : most > 255 ? 2 * pixels : pixels;
  if (reader.left() < least)
    throw std::runtime_error("it ends early");
  picture.pixels.reserve(pixels);
  for (std::size_t i = 0; i < pixels; i++) {
    const int level = plain ? reader.number(most, "a level") : raw_level(reader, most);
    picture.pixels.push_back(static_cast<std::uint8_t>((255 * level + most / 2) / most));
  }
  return picture;
}

}  // namespace gst_lowrank
