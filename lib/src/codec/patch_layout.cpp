// SPDX-License-Identifier: LGPL-2.1-or-later
#include <stdexcept>

#include "codec/layout.h"

namespace lowrank::codec {

std::unique_ptr<PictureEncoder> make_patch_encoder(const ImageFormat&, int, unsigned) {
  throw std::invalid_argument("layout patch is not built");
}

std::unique_ptr<PictureDecoder> make_patch_decoder(const ImageFormat&, unsigned) {
  throw std::invalid_argument("layout patch is not built");
}

}  // namespace lowrank::codec
