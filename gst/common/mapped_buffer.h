// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include <cstdint>
#include <span>

#include "common/guarded.h"

namespace gst_lowrank {

/// The bytes of a buffer, mapped to be read and unmapped when it goes. The buffer has to live as
/// long.
class MappedBuffer {
 public:
  explicit MappedBuffer(GstBuffer* buffer) : buffer_(buffer) {
    if (!gst_buffer_map(buffer, &map_, GST_MAP_READ))
      throw ElementError(GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ,
                         "A buffer cannot be mapped to be read.");
  }
  MappedBuffer(const MappedBuffer&) = delete;
  MappedBuffer& operator=(const MappedBuffer&) = delete;
  ~MappedBuffer() { gst_buffer_unmap(buffer_, &map_); }

  std::span<const std::uint8_t> bytes() const { return {map_.data, map_.size}; }

 private:
  GstBuffer* buffer_;
  GstMapInfo map_ = GST_MAP_INFO_INIT;
};

}  // namespace gst_lowrank
