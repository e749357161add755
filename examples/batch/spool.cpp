// SPDX-License-Identifier: LGPL-2.1-or-later
#include "spool.h"

#include <fcntl.h>
#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "files.h"
#include "sizes.h"

namespace batch {
namespace {

// A frame by itself would touch every page of a file, for some hundred bytes in each. The
// factorization takes no memory yet while frames are gathered.
Index waiting_frames(std::uint64_t memory, Index rows, Index frames) {
  return std::clamp<Index>(static_cast<Index>(memory / 4) / rows, 1, frames);
}

}  // namespace

Spool::Spool(const lowrank::ImageFormat& format, const Band& band, Index tile, Index frames,
             const std::filesystem::path& folder, std::uint64_t budget)
    : band_(band),
      rows_(rows_of(format, band)),
      capacity_(frames),
      height_(tile),
      size_(static_cast<std::size_t>(rows_) * static_cast<std::size_t>(frames)) {
  if (!folder.empty()) {
    map_file(folder);
    in_file_ = true;
    waiting_most_ = waiting_frames(budget, rows_, capacity_);
    return;
  }
  void* memory = mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    throw std::system_error(errno, std::generic_category(),
                            "no " + size_text(size_) + " of memory for a window");
  data_ = static_cast<std::uint8_t*>(memory);
  madvise(data_, size_, MADV_HUGEPAGE);
}

// The file has all its blocks from the beginning: they lie together, and a disk that is full is an
// error here, not a signal later.
void Spool::map_file(const std::filesystem::path& folder) {
  std::string name = (folder / "spool-XXXXXX").string();
  const Descriptor file(mkostemp(name.data(), O_CLOEXEC));
  if (file.get() < 0)
    fail_with("cannot make a file in", folder);
  std::filesystem::remove(name);
  if (const int error = posix_fallocate(file.get(), 0, static_cast<off_t>(size_)); error != 0)
    throw std::system_error(
        error, std::generic_category(),
        "no " + size_text(size_) + " for the frames of a window in " + folder.string());
  void* memory = mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
  if (memory == MAP_FAILED)
    fail_with("cannot map a file in", folder);
  data_ = static_cast<std::uint8_t*>(memory);
}

Spool::~Spool() {
  munmap(data_, size_);
}

void Spool::append(const lowrank::ImageView& frame, Index number) {
  if (std::ssize(waiting_) == waiting_most_)
    place_waiting();
  waiting_.push_back(number);
  packed_.resize(waiting_.size() * static_cast<std::size_t>(rows_));
  std::uint8_t* packed = packed_.data() + packed_.size() - rows_;
  for_each_piece(frame.format, band_, [&](int p, int first, int count) {
    const lowrank::PlaneView& plane = frame.planes[static_cast<std::size_t>(p)];
    for (int y = first; y < first + count; y++, packed += plane.width)
      std::copy_n(plane.row(y), plane.width, packed);
  });
  appended_++;
}

// Pages around those that are written are not wanted, while a factorization reads all in order.
void Spool::place_waiting() {
  if (in_file_)
    madvise(data_, size_, MADV_RANDOM);
  for (Index row = 0; row < rows_; row += height_) {
    const Index count = std::min(height_, rows_ - row);
    const std::uint8_t* packed = packed_.data() + row;
    for (const Index number : waiting_) {
      std::copy_n(packed, count, data_ + row * capacity_ + column(number) * count);
      packed += rows_;
    }
  }
  waiting_.clear();
  packed_.clear();
}

lowrank::TiledBytes Spool::view() {
  place_waiting();
  packed_.shrink_to_fit();
  if (in_file_)
    madvise(data_, size_, MADV_SEQUENTIAL);
  return {data_, rows_, std::min(appended_, capacity_), height_, capacity_};
}

}  // namespace batch
