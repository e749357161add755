// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Makes the seeds of the region masks: PNG of all kinds, written by libpng, and PGM.
//
//   make-picture-corpus FOLDER
#include <png.h>

#include "corpus_files.h"

namespace lowrank::fuzz {
namespace {

struct Kind {
  const char* name;
  int width, height, depth, color, interlace;
};

constexpr Kind kinds[] = {
    {"png-gray", 24, 16, 8, PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE},
    {"png-gray-1", 19, 7, 1, PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE},
    {"png-gray-2", 9, 9, 2, PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_ADAM7},
    {"png-gray-16", 8, 12, 16, PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE},
    {"png-gray-alpha", 12, 10, 8, PNG_COLOR_TYPE_GRAY_ALPHA, PNG_INTERLACE_NONE},
    {"png-rgb", 10, 10, 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_ADAM7},
    {"png-rgb-16", 5, 4, 16, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE},
    {"png-rgba", 11, 9, 8, PNG_COLOR_TYPE_RGB_ALPHA, PNG_INTERLACE_NONE},
    {"png-rgba-16", 6, 5, 16, PNG_COLOR_TYPE_RGB_ALPHA, PNG_INTERLACE_ADAM7},
    {"png-palette", 16, 16, 8, PNG_COLOR_TYPE_PALETTE, PNG_INTERLACE_NONE},
    {"png-palette-4", 17, 5, 4, PNG_COLOR_TYPE_PALETTE, PNG_INTERLACE_ADAM7},
};

void add_palette(png_structp png, png_infop info) {
  std::array<png_color, 16> palette{};
  std::array<png_byte, 8> alpha{};
  for (std::size_t i = 0; i < palette.size(); i++)
    palette[i] = {static_cast<png_byte>(16 * i), static_cast<png_byte>(255 - 9 * i), 77};
  for (std::size_t i = 0; i < alpha.size(); i++)
    alpha[i] = static_cast<png_byte>(255 - 20 * i);
  png_set_PLTE(png, info, palette.data(), static_cast<int>(palette.size()));
  png_set_tRNS(png, info, alpha.data(), static_cast<int>(alpha.size()), nullptr);
}

Bytes png_of(const Kind& kind) {
  Bytes bytes;
  png_structp png = png_create_write_struct(
      PNG_LIBPNG_VER_STRING, nullptr,
      [](png_structp, png_const_charp what) { throw std::runtime_error(what); }, nullptr);
  png_infop info = png_create_info_struct(png);
  png_set_write_fn(
      png, &bytes,
      [](png_structp from, png_bytep data, std::size_t size) {
        auto* to = static_cast<Bytes*>(png_get_io_ptr(from));
        to->insert(to->end(), data, data + size);
      },
      nullptr);
  png_set_IHDR(png, info, static_cast<png_uint_32>(kind.width),
               static_cast<png_uint_32>(kind.height), kind.depth, kind.color, kind.interlace,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  if (kind.color == PNG_COLOR_TYPE_PALETTE)
    add_palette(png, info);
  if (kind.color == PNG_COLOR_TYPE_GRAY)
    png_set_gAMA(png, info, 1 / 1.8);
  png_write_info(png, info);
  const int passes = png_set_interlace_handling(png);
  for (int pass = 0; pass < passes; pass++)
    for (int y = 0; y < kind.height; y++) {
      Bytes row(png_get_rowbytes(png, info));
      for (std::size_t i = 0; i < row.size(); i++)
        row[i] = static_cast<std::uint8_t>(kind.color == PNG_COLOR_TYPE_PALETTE ? (y + 3) % 16
                                           : i < row.size() / 2                 ? 3 * y
                                                                                : 255);
      png_write_row(png, row.data());
    }
  png_write_end(png, info);
  png_destroy_write_struct(&png, &info);
  return bytes;
}

std::string pgm(const std::string& header, int count, int largest) {
  const bool plain = header[1] == '2';
  std::string bytes = header;
  for (int i = 0; i < count; i++) {
    const int level = i * 37 % (largest + 1);
    if (plain) {
      bytes += std::to_string(level) + (i % 5 == 4 ? "\n" : " ");
      continue;
    }
    if (largest > 255)
      bytes += static_cast<char>(level >> 8);
    bytes += static_cast<char>(level);
  }
  return bytes;
}

void make_corpus(const std::string& folder) {
  std::uint8_t number = 0;
  const auto add = [&](const std::string& name, const auto& file) {
    number++;
    Bytes bytes{static_cast<std::uint8_t>(7 * number), static_cast<std::uint8_t>(5 * number),
                static_cast<std::uint8_t>(number % 4 == 0 ? 32 : 0), number};
    bytes.insert(bytes.end(), file.begin(), file.end());
    write_seed(folder, name, bytes);
  };
  for (const Kind& kind : kinds)
    add(kind.name, png_of(kind));
  add("pgm", pgm("P5\n# zones\n20 10\n255\n", 200, 255));
  add("pgm-few-levels", pgm("P5 7 5 3 ", 35, 3));
  add("pgm-16", pgm("P5\n9 6\n65535\n", 54, 65535));
  add("pgm-text", pgm("P2 6 7\r\n# levels\r\n100\n", 42, 100));
  add("pgm-text-16", pgm("P2\n4\t4\n1000\n", 16, 1000));
}

}  // namespace
}  // namespace lowrank::fuzz

int main(int count, char** arguments) {
  return lowrank::fuzz::make_corpus_in(count, arguments, lowrank::fuzz::make_corpus);
}
