// SPDX-License-Identifier: LGPL-2.1-or-later
#include "codec/patch_header.h"

#include "codec/byte_reader.h"
#include "codec/byte_writer.h"
#include "codec/patch_state.h"
#include "codec/quantizer.h"

namespace lowrank::codec {

std::optional<PatchPayload> read_payload(ByteSpan bytes, int slices) {
  ByteReader reader(bytes);
  PatchPayload payload;
  payload.header.step_index = reader.byte();
  const int offset = reader.byte();
  payload.header.chroma_offset = offset < 128 ? offset : offset - 256;
  const int deblock = reader.byte();
  payload.header.deblock = {deblock & 15, deblock >> 4};
  payload.base_rank = reader.byte();
  if (payload.header.step_index >= step_indices || payload.header.deblock[0] > 4 ||
      payload.header.deblock[1] > 4 || payload.base_rank >= components)
    return {};
  std::vector<std::uint32_t> sizes;
  const int chunks = payload.base_rank > 0 ? 2 : 1;
  for (int i = 0; i < slices * chunks; i++)
    sizes.push_back(reader.varint());
  for (int slice = 0; slice < slices; slice++)
    payload.base.push_back(reader.bytes(sizes[static_cast<std::size_t>(slice)]));
  payload.rest.resize(payload.base.size());
  for (std::size_t i = payload.base.size(); i < sizes.size(); i++)
    payload.rest[i - payload.base.size()] = reader.bytes(sizes[i]);
  if (!reader.ok())
    return {};
  return payload;
}

void write_payload(const PatchHeader& header, int base_rank,
                   const std::vector<std::vector<std::uint8_t>>& base,
                   const std::vector<std::vector<std::uint8_t>>& rest,
                   std::vector<std::uint8_t>& out) {
  ByteWriter writer(out);
  writer.byte(static_cast<unsigned>(header.step_index));
  writer.byte(static_cast<unsigned>(header.chroma_offset) & 0xFF);
  writer.byte(static_cast<unsigned>(header.deblock[0] | header.deblock[1] << 4));
  writer.byte(static_cast<unsigned>(base_rank));
  for (const auto& slice : base)
    writer.varint(slice.size());
  if (base_rank > 0)
    for (const auto& slice : rest)
      writer.varint(slice.size());
  for (const auto& slice : base)
    writer.bytes(slice);
  if (base_rank > 0)
    for (const auto& slice : rest)
      writer.bytes(slice);
}

}  // namespace lowrank::codec
