// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Models, see docs/model.md: numbers of the header, of planes and of what follows them change; with
// the length that the header asks for and a checksum that is right, most of the time.
#include <bit>
#include <limits>

#include "crc32.h"
#include "mutations.h"

namespace lowrank::fuzz {
namespace {

constexpr std::size_t header_size = 26;
constexpr std::size_t check_size = 4;
constexpr std::size_t change_size = 57;
constexpr std::size_t tracking_size = 8 + 8 + 4 + 4 + 4 + 4 + 8 + 8 + 1;

std::size_t half(std::size_t size, bool halved) {
  return halved ? (size + 1) / 2 : size;
}

// Bytes of the model that the header speaks of, and where what is no plane begins.
struct Layout {
  std::size_t size;
  std::size_t change_at;
};

Layout layout_of(const Bytes& model) {
  const auto word = [&](std::size_t at) { return std::size_t{model[at]} | model[at + 1] << 8; };
  const std::size_t width = word(18);
  const std::size_t height = word(20);
  const std::size_t luma = width * height;
  const std::size_t chroma = half(width, model[13] != 0) * half(height, model[14] != 0);
  const std::size_t samples = luma + (model[12] == 1 ? 2 * chroma : model[12] == 2 ? 2 * luma : 0);
  const std::size_t cell = height <= 576 ? 8 : height <= 1200 ? 16 : 32;
  const std::size_t cells = ((width + cell - 1) / cell) * ((height + cell - 1) / cell);
  Layout layout{};
  layout.change_at = header_size + 4 * samples + 5 * luma + (width + 7) / 8 * height +
                     model[17] * (4 + 2 * luma) + 4 * cells;
  layout.size = layout.change_at + change_size + tracking_size + 4 * word(22) + check_size;
  return layout;
}

void write(Bytes& bytes, std::size_t at, std::uint64_t value, std::size_t size) {
  for (std::size_t i = 0; i < size && at + i < bytes.size(); i++)
    bytes[at + i] = static_cast<std::uint8_t>(value >> (8 * i));
}

void write_real(Bytes& bytes, std::size_t at, RandomChanges& random) {
  using Limits = std::numeric_limits<double>;
  static constexpr std::array<double, 14> telling{0,
                                                  -0.0,
                                                  1,
                                                  -1,
                                                  0.5,
                                                  0.3,
                                                  3,
                                                  1e-40,
                                                  1e6,
                                                  3.4e38,
                                                  1.7e308,
                                                  -3.4e38,
                                                  Limits::infinity(),
                                                  Limits::quiet_NaN()};
  const double value = telling[random.below(telling.size())];
  if (random.below(2) == 0)
    write(bytes, at, std::bit_cast<std::uint64_t>(value), 8);
  else
    write(bytes, at, std::bit_cast<std::uint32_t>(static_cast<float>(value)), 4);
}

// What lies in the file order, all planes of one kind of value.
void fill(Bytes& bytes, std::size_t first, std::size_t last, RandomChanges& random) {
  if (last <= first)
    return;
  const std::size_t at = first + random.below(last - first);
  const std::size_t end = std::min(last, at + 1 + random.below(last - at));
  const std::uint8_t low = random.byte();
  const std::uint8_t high = random.below(2) == 0 ? low : random.byte();
  for (std::size_t i = at; i < end; i++)
    bytes[i] = i % 2 == 0 ? low : high;
}

void change_model(Bytes& model, ByteSpan other, RandomChanges& random) {
  const std::size_t planes_end = std::min(layout_of(model).change_at, model.size());
  const std::size_t tail = model.size() - planes_end;
  switch (random.below(8)) {
    case 0:
      random.change_bytes(model);
      return;
    case 1:
      random.splice(model, other);
      return;
    case 2:
      model[17] = static_cast<std::uint8_t>(random.below(16));
      return;
    case 3:
      write(model, 22, random.below(20), 2);
      return;
    case 4:
    case 5:
      if (tail > 0)
        write_real(model, planes_end + random.below(tail), random);
      return;
    case 6:
      if (tail > 0)
        model[planes_end + random.below(tail)] = random.byte();
      return;
    default:
      fill(model, header_size, planes_end, random);
  }
}

}  // namespace

const std::size_t most_input_bytes = 12 * 1024;

Bytes mutated_rest(ByteSpan rest, ByteSpan other, RandomChanges& random) {
  Bytes model(rest.begin(), rest.end());
  do {
    if (model.size() < header_size + check_size)
      random.change_bytes(model);
    else
      change_model(model, other, random);
  } while (random.below(2) == 0);
  if (model.size() < header_size + check_size)
    return model;
  const Layout layout = layout_of(model);
  if (random.most_of_the_time() && layout.size <= random.most())
    model.resize(layout.size);
  if (random.most_of_the_time())
    write(model, model.size() - check_size,
          model_crc32(ByteSpan(model).first(model.size() - check_size)), check_size);
  return model;
}

}  // namespace lowrank::fuzz
