// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include <lowrank/image.h>
#include <lowrank/tiled_view.h>

#include "band.h"

namespace batch {

/// The last frames of a video, of which each column of a matrix holds one: a window of them. A
/// frame goes to the column of its number modulo the window, where the oldest one was, so that
/// nothing is moved from window to window, and columns are those of rpcasplit. In memory, or in a
/// file without a name, which goes with the process.
class Spool {
 public:
  /// For a band of so many frames, with tiles of so many rows. An empty `folder` is memory; a file
  /// there is written with a quarter of `memory` at a time. Throws std::system_error when there is
  /// no room, and says how much is needed.
  Spool(const lowrank::ImageFormat& format, const Band& band, Index tile, Index frames,
        const std::filesystem::path& folder, std::uint64_t memory);
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;
  ~Spool();

  /// Takes the rows of the band of a picture, the one after that before, by its number in the
  /// video.
  void append(const lowrank::ImageView& frame, Index number);
  /// The columns in the order of memory.
  lowrank::TiledBytes view();
  Index column(Index number) const { return number % capacity_; }

 private:
  void map_file(const std::filesystem::path& folder);
  void place_waiting();

  Band band_;
  Index rows_;
  Index capacity_;
  Index height_;
  std::size_t size_;
  Index appended_ = 0;
  bool in_file_ = false;
  Index waiting_most_ = 1;
  std::vector<Index> waiting_;        ///< numbers of frames that are not in the matrix yet
  std::vector<std::uint8_t> packed_;  ///< those frames, the rows of each below each other
  std::uint8_t* data_ = nullptr;
};

}  // namespace batch
