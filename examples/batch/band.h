// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <algorithm>
#include <cstddef>

#include <lowrank/image.h>
#include <lowrank/matrix_view.h>

namespace batch {

using lowrank::Index;

/// How the rows of M are laid out, and where it may be cut. A picture is cut into stripes of so
/// many lines, the last of which may be lower: M has the luma of a stripe, then its chroma, then
/// the next stripe. Tiles end where stripes do. So the tiles of a band are tiles of the whole
/// picture as well, and what is summed up in one is the same for any number of processes.
struct Cut {
  int stripe = 0;  ///< lines
  Index tile = 0;  ///< rows of M
};
/// For windows of so many frames.
Cut cut_of(const lowrank::ImageFormat& format, Index frames);

/// The lines of a picture that a process has, whole stripes, and the lines of chroma that go with
/// them.
struct Band {
  int first = 0;  ///< line of luma
  int lines = 0;
  int stripe = 0;
};

/// How many bands a picture can have.
int most_bands(const lowrank::ImageFormat& format, int stripe);
/// The `part`-th of `parts` bands of about the same height.
Band band_of(const lowrank::ImageFormat& format, int stripe, int part, int parts);
/// Rows of M.
Index rows_of(const lowrank::ImageFormat& format, const Band& band);

/// Calls `piece(plane, first, count)` for the rows of samples of planes, in the order in which M
/// has them.
template <typename Piece>
void for_each_piece(const lowrank::ImageFormat& format, const Band& band, const Piece& piece) {
  for (int line = band.first; line < band.first + band.lines; line += band.stripe) {
    const int end = std::min(line + band.stripe, band.first + band.lines);
    piece(0, line, end - line);
    for (int p = 1; p < format.planes(); p++) {
      const int shift = format.chroma_shift_y;
      piece(p, line >> shift, ((end + shift) >> shift) - (line >> shift));
    }
  }
}

/// Copies a column of the matrix of a band to where it is in planes that lie below each other.
template <typename T>
void place_column(const T* column, const lowrank::ImageFormat& format, const Band& band,
                  T* planes) {
  for_each_piece(format, band, [&](int plane, int first, int count) {
    Index offset = static_cast<Index>(format.plane_width(plane)) * first;
    for (int p = 0; p < plane; p++)
      offset += static_cast<Index>(format.plane_width(p)) * format.plane_height(p);
    const Index size = static_cast<Index>(format.plane_width(plane)) * count;
    std::copy_n(column, size, planes + offset);
    column += size;
  });
}

}  // namespace batch
