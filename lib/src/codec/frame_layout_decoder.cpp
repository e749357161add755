// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <utility>

#include "codec/byte_reader.h"
#include "codec/factor_coder.h"
#include "codec/frame_layout.h"
#include "codec/layout.h"
#include "raster.h"

namespace lowrank::codec {
namespace {

// The range coder may leave away zeros at its end, and reads a few bytes ahead.
constexpr std::size_t most_overrun = 16;

// What stands before the components of a plane, and their bytes.
struct CodedPlane {
  std::uint32_t rank = 0;
  PlaneFactors factors;  // still without components
  ByteSpan bytes;
};

bool read_plane(ByteReader& reader, int width, int height, CodedPlane& plane) {
  plane.rank = reader.varint();
  if (plane.rank == 0)
    return reader.ok();
  plane.factors.scale = reader.byte();
  plane.factors.fraction = reader.byte();
  plane.bytes = reader.bytes(reader.varint());
  return reader.ok() && plane.rank <= static_cast<std::uint32_t>(std::min(width, height)) &&
         plane.factors.scale >= 1 && plane.factors.fraction >= 1 &&
         plane.factors.fraction <= largest_fraction &&
         plane.bytes.size() >= least_bytes(plane.rank, width, height);
}

bool read_component(RangeDecoder& coder, FactorCoders& coders, int width, int height,
                    PlaneFactors::Component& component) {
  component.shift = static_cast<int>(coder.raw(shift_bits));
  if (component.shift > largest_shift)
    return false;
  component.column.resize(static_cast<std::size_t>(height));
  component.row.resize(static_cast<std::size_t>(width));
  if (!coders.columns.decode(coder, component.column, column_bits) ||
      !coders.rows.decode(coder, component.row, row_bits - component.shift))
    return false;
  for (std::int32_t& element : component.row)
    element *= 1 << component.shift;
  return coder.overrun() <= most_overrun;
}

// Reads as many components as are intact, and shown.
bool read_components(CodedPlane& plane, int width, int height, int max_rank) {
  RangeDecoder coder(plane.bytes);
  FactorCoders coders;
  const auto rank = static_cast<int>(plane.rank);
  const int shown = max_rank > 0 ? std::min(max_rank, rank) : rank;
  for (int i = 0; i < shown; i++) {
    PlaneFactors::Component component;
    if (!read_component(coder, coders, width, height, component))
      return false;
    plane.factors.components.push_back(std::move(component));
  }
  return shown < rank || coder.raw(end_mark_bits) == end_mark;
}

class FrameDecoder : public PictureDecoder {
 public:
  FrameDecoder(const ImageFormat& format, unsigned threads) : picture_(format), pool_(threads) {}

  bool decode(ByteSpan bytes, bool, int max_rank) override {
    ByteReader reader(bytes);
    const ImageFormat& format = picture_.format;
    bool intact = true;
    for (int p = 0; p < format.planes(); p++) {
      const int width = format.plane_width(p);
      const int height = format.plane_height(p);
      CodedPlane plane;
      // A plane that is not there keeps what it showed.
      if (!read_plane(reader, width, height, plane))
        return false;
      if (plane.rank > 0)
        intact &= read_components(plane, width, height, max_rank);
      reconstruct(plane.factors, picture_.planes[p].plane(), pool_);
    }
    return intact;
  }

  ImageView decoded() const override { return picture_.view(); }

 private:
  OwnedImage picture_;
  ThreadPool pool_;
};

}  // namespace

std::unique_ptr<PictureDecoder> make_frame_decoder(const ImageFormat& format, unsigned threads) {
  return std::make_unique<FrameDecoder>(format, threads);
}

}  // namespace lowrank::codec
