// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <utility>
#include <vector>

#include "raster.h"

namespace lowrank {

/// Bytes that a mask of that size takes: a bit a pixel, each row from a byte on.
constexpr std::uint64_t mask_bytes(int width, int height) {
  return static_cast<std::uint64_t>((width + 7) / 8) * static_cast<std::uint64_t>(height);
}

/// Writes numbers and planes of a model, least significant byte first.
class ModelWriter {
 public:
  explicit ModelWriter(std::size_t size) { bytes_.reserve(size); }

  void bytes(std::span<const std::uint8_t> values);

  /// An unsigned integer in as many bytes as its type has.
  template <typename Unsigned>
  void number(Unsigned value) {
    for (std::size_t i = 0; i < sizeof value; i++)
      bytes_.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  }
  void real(float value) { number(std::bit_cast<std::uint32_t>(value)); }
  void real(double value) { number(std::bit_cast<std::uint64_t>(value)); }

  template <typename Sample>
  void plane(const Raster<Sample>& raster) {
    const auto width = static_cast<std::size_t>(raster.width());
    for (int y = 0; y < raster.height(); y++) {
      const Sample* row = raster.row(y);
      if constexpr (std::endian::native == std::endian::little || sizeof(Sample) == 1)
        bytes({reinterpret_cast<const std::uint8_t*>(row), width * sizeof(Sample)});
      else
        for (std::size_t x = 0; x < width; x++)
          number(static_cast<std::uint16_t>(row[x]));
    }
  }

  void mask(const Raster<std::uint8_t>& raster);

  const std::vector<std::uint8_t>& written() const { return bytes_; }
  std::vector<std::uint8_t> take() { return std::move(bytes_); }

 private:
  std::vector<std::uint8_t> bytes_;
};

/// Reads what ModelWriter writes. What is not there, or is no number of the range asked for, throws
/// ModelError.
class ModelReader {
 public:
  explicit ModelReader(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  std::span<const std::uint8_t> bytes(std::size_t count);

  template <typename Unsigned>
  Unsigned number() {
    const auto from = bytes(sizeof(Unsigned));
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < from.size(); i++)
      value |= std::uint64_t{from[i]} << (8 * i);
    return static_cast<Unsigned>(value);
  }

  template <typename Unsigned>
  Unsigned number(Unsigned least, Unsigned most, const char* name) {
    const auto value = number<Unsigned>();
    if (value < least || value > most)
      refuse(name);
    return value;
  }

  /// A number, neither infinite nor NaN.
  float real(float least, float most, const char* name) {
    return checked(std::bit_cast<float>(number<std::uint32_t>()), least, most, name);
  }
  double real(double least, double most, const char* name) {
    return checked(std::bit_cast<double>(number<std::uint64_t>()), least, most, name);
  }

  template <typename Sample>
  void plane(Raster<Sample>& raster) {
    const auto width = static_cast<std::size_t>(raster.width());
    for (int y = 0; y < raster.height(); y++) {
      const auto from = bytes(width * sizeof(Sample));
      Sample* row = raster.row(y);
      if constexpr (std::endian::native == std::endian::little || sizeof(Sample) == 1)
        std::memcpy(row, from.data(), from.size());
      else
        for (std::size_t x = 0; x < width; x++)
          row[x] = static_cast<Sample>(from[2 * x] | from[2 * x + 1] << 8);
    }
  }

  void mask(Raster<std::uint8_t>& raster);

 private:
  template <typename Real>
  static Real checked(Real value, Real least, Real most, const char* name) {
    if (!(value >= least && value <= most))
      refuse(name);
    return value;
  }

  [[noreturn]] static void refuse(const char* name);

  std::span<const std::uint8_t> bytes_;
};

}  // namespace lowrank
