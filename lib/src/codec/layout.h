// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "lowrank/codec.h"

namespace lowrank::codec {

/// What the coding of one picture is to reach.
struct CodingTask {
  bool key = true;      ///< refer to no other picture
  int step_index = 21;  ///< see quality.h
  int rank = 0;         ///< bound, 0 none
  double energy = 0;    ///< see EncoderOptions
  Speed speed = Speed::medium;
};

/// Encodes the pictures of a stream in one layout, and decodes them as it goes.
class PictureEncoder {
 public:
  virtual ~PictureEncoder() = default;
  /// Appends what stands behind the layout's byte in a picture's packet. The planes of the picture
  /// may have any strides.
  virtual void encode(const ImageView& picture, const CodingTask& task,
                      std::vector<std::uint8_t>& out) = 0;
  /// What a decoder shows for the picture encoded last, all components.
  virtual ImageView decoded() const = 0;
  /// Mean rank of the patches or planes of that picture.
  virtual double rank() const = 0;
  /// Share of it that was taken from other pictures as it was there.
  virtual double unchanged() const { return 0; }
};

/// Decodes them, from any bytes.
class PictureDecoder {
 public:
  virtual ~PictureDecoder() = default;
  /// Decodes what stands behind the layout's byte. Every size in it is checked before it is
  /// believed. False when the bytes are damaged: decoded() is then what could be made of them.
  virtual bool decode(ByteSpan bytes, bool key, int max_rank) = 0;
  virtual ImageView decoded() const = 0;
};

// The format is one that StreamInfo allows; options were checked.
std::unique_ptr<PictureEncoder> make_frame_encoder(const ImageFormat& format, unsigned threads);
std::unique_ptr<PictureDecoder> make_frame_decoder(const ImageFormat& format, unsigned threads);
std::unique_ptr<PictureEncoder> make_patch_encoder(const ImageFormat& format, int base_rank,
                                                   unsigned threads);
std::unique_ptr<PictureDecoder> make_patch_decoder(const ImageFormat& format, unsigned threads);

}  // namespace lowrank::codec
