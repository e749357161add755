// SPDX-License-Identifier: LGPL-2.1-or-later
#include "factors_file.h"

#include <glib.h>

#include <array>
#include <cstdio>
#include <cstring>
#include <memory>
#include <span>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "files.h"

namespace batch {
namespace {

constexpr std::string_view magic = "lowrank-batch factors 1\n";
constexpr std::size_t header_bytes = magic.size() + 8 + 8 + 5 * 4 + 3 * 4 + 8;
constexpr std::size_t sum_bytes = 16;

struct FileClose {
  void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};
struct SumFree {
  void operator()(GChecksum* sum) const noexcept { g_checksum_free(sum); }
};
using FilePtr = std::unique_ptr<std::FILE, FileClose>;

// A file whose bytes are summed up as they come and go.
class SummedFile {
 public:
  SummedFile(const std::filesystem::path& path, const char* mode)
      : file_(std::fopen(path.c_str(), mode)), sum_(g_checksum_new(G_CHECKSUM_MD5)), path_(path) {
    if (!file_)
      fail_with("cannot open", path);
  }

  void write(std::span<const std::byte> bytes) {
    add(bytes);
    put(bytes);
  }
  void read(std::span<std::byte> bytes) {
    get(bytes);
    add(bytes);
  }
  template <typename T>
  void write_number(T number) {
    write(std::as_bytes(std::span(&number, 1)));
  }
  template <typename T>
  void read_number(T& number) {
    read(std::as_writable_bytes(std::span(&number, 1)));
  }
  void write_sum() {
    const std::array<guint8, sum_bytes> sum = result();
    put(std::as_bytes(std::span(sum)));
    if (std::fflush(file_.get()) != 0)
      fail_with("cannot write", path_);
  }
  void check_sum() {
    std::array<guint8, sum_bytes> stored;
    get(std::as_writable_bytes(std::span(stored)));
    if (stored != result())
      throw std::runtime_error(path_.string() + " is damaged");
  }

 private:
  void add(std::span<const std::byte> bytes) {
    g_checksum_update(sum_.get(), reinterpret_cast<const guchar*>(bytes.data()),
                      static_cast<gssize>(bytes.size()));
  }
  void put(std::span<const std::byte> bytes) {
    if (std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) != bytes.size())
      fail_with("cannot write", path_);
  }
  void get(std::span<std::byte> bytes) {
    if (std::fread(bytes.data(), 1, bytes.size(), file_.get()) != bytes.size())
      throw std::runtime_error(path_.string() + " is cut short");
  }
  std::array<guint8, sum_bytes> result() {
    std::array<guint8, sum_bytes> bytes;
    gsize length = bytes.size();
    g_checksum_get_digest(sum_.get(), bytes.data(), &length);
    return bytes;
  }

  FilePtr file_;
  std::unique_ptr<GChecksum, SumFree> sum_;
  std::filesystem::path path_;
};

void exchange_header(FactorsHeader& header, const auto& number) {
  number(header.run);
  number(header.first);
  number(header.frames);
  number(header.part);
  number(header.parts);
  number(header.rank);
  number(header.iterations);
  number(header.band.first);
  number(header.band.lines);
  number(header.band.stripe);
  number(header.rows);
}

std::span<const std::byte> bytes_of(const lowrank::Matrix& matrix) {
  return std::as_bytes(
      std::span(matrix.data(), static_cast<std::size_t>(matrix.rows() * matrix.cols())));
}
std::span<std::byte> bytes_of(lowrank::Matrix& matrix) {
  return std::as_writable_bytes(
      std::span(matrix.data(), static_cast<std::size_t>(matrix.rows() * matrix.cols())));
}

FactorsHeader read_header(SummedFile& file, const std::filesystem::path& path) {
  std::array<char, magic.size()> start;
  file.read(std::as_writable_bytes(std::span(start)));
  if (std::string_view(start.data(), start.size()) != magic)
    throw std::runtime_error(path.string() + " holds no factors of this version");
  FactorsHeader header;
  exchange_header(header, [&](auto& number) { file.read_number(number); });
  const auto rows = static_cast<std::uintmax_t>(header.rows);
  const auto elements = (rows + static_cast<std::uintmax_t>(header.frames)) *
                        static_cast<std::uintmax_t>(header.rank);
  if (header.rows < 0 || header.frames < 0 || header.rank < 0 ||
      std::filesystem::file_size(path) != header_bytes + 4 * elements + rows + sum_bytes)
    throw std::runtime_error(path.string() + " is cut short");
  return header;
}

}  // namespace

void write_factors(const std::filesystem::path& path, FactorsHeader header,
                   const lowrank::WindowFactors& factors) {
  header.rank = static_cast<std::int32_t>(factors.u.cols());
  header.rows = static_cast<std::int64_t>(factors.noise.size());
  header.frames = static_cast<std::int32_t>(factors.v.rows());
  header.iterations = factors.iterations;
  const std::filesystem::path temporary = path.string() + ".new";
  {
    SummedFile file(temporary, "wb");
    file.write(std::as_bytes(std::span(magic)));
    exchange_header(header, [&](const auto& number) { file.write_number(number); });
    file.write(bytes_of(factors.u));
    file.write(bytes_of(factors.v));
    file.write(std::as_bytes(std::span(factors.noise)));
    file.write_sum();
  }
  move_file(temporary, path);
}

std::optional<FactorsHeader> read_header(const std::filesystem::path& path) try {
  SummedFile file(path, "rb");
  return read_header(file, path);
} catch (const std::runtime_error&) {
  return std::nullopt;
}

lowrank::WindowFactors read_factors(const std::filesystem::path& path, FactorsHeader& header) {
  SummedFile file(path, "rb");
  header = read_header(file, path);
  lowrank::WindowFactors factors;
  factors.u = lowrank::Matrix::uninitialized(header.rows, header.rank);
  factors.v = lowrank::Matrix::uninitialized(header.frames, header.rank);
  factors.noise.resize(static_cast<std::size_t>(header.rows));
  factors.iterations = header.iterations;
  file.read(bytes_of(factors.u));
  file.read(bytes_of(factors.v));
  file.read(std::as_writable_bytes(std::span(factors.noise)));
  file.check_sum();
  return factors;
}

}  // namespace batch
