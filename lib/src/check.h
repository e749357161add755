// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>

#include "lowrank/matrix_view.h"
#include "lowrank/tiled_view.h"
#include "row_parts.h"

/// Checks that public functions make of their input. Each throws std::invalid_argument with a
/// message that begins with `caller`, names what is wrong and says what would be right.
namespace lowrank::check {

/// A view that can be read: sizes of at least 1, data not null, stride of at least the rows.
void shape(const char* caller, const void* data, Index rows, Index cols, Index stride);

template <typename T>
void shape(const char* caller, MatrixView<T> a) {
  shape(caller, a.data, a.rows, a.cols, a.stride);
}

/// Tiles that can be read: sizes of at least 1, data not null, room for the columns, a height that
/// blocks of rows may have.
void tiles(const char* caller, const TiledBytes& a);

/// At least as many rows, of all parts, as columns.
void tall(const char* caller, const RowParts& parts, Index cols);

/// No NaN and no infinity; the message holds the position of the first, in order of columns.
void finite(const char* caller, FloatView a);
inline void finite(const char*, ByteView) {}

/// 1 <= k <= min(rows, cols).
void rank(const char* caller, Index k, Index rows, Index cols);

[[noreturn]] void fail(const char* caller, const std::string& message);

/// Of what has no `caller`: the message is all that is said where something does not hold.
void require(bool holds, std::string_view message);

}  // namespace lowrank::check
