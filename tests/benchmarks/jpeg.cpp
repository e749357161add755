// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Encodes raw pictures with libjpeg and decodes them again; --help says more.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string>

#include <jpeglib.h>

#include "raw_pictures.h"
#include "usage.h"

namespace {

using namespace benchmarks;

constexpr int block = DCTSIZE;

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)
#ifdef LIBJPEG_TURBO_VERSION
#define LIBRARY_VERSION "libjpeg-turbo " TEXT(LIBJPEG_TURBO_VERSION)
#else
#define LIBRARY_VERSION "libjpeg " TEXT(JPEG_LIB_VERSION)
#endif

/// Planes whose sides are filled up to whole MCUs, as libjpeg wants raw data.
class Padded {
 public:
  explicit Padded(const lowrank::ImageFormat& format) : format_(format) {
    const int unit = format.planes() == 1 ? block : 2 * block;
    rows_ = (format.height + unit - 1) / unit * unit;
    const int width = (format.width + unit - 1) / unit * unit;
    for (int p = 0; p < format.planes(); p++) {
      const auto plane = static_cast<std::size_t>(p);
      strides_[plane] = p == 0 ? width : width / 2;
      samples_[plane].resize(static_cast<std::size_t>(strides_[plane]) *
                             static_cast<std::size_t>(p == 0 ? rows_ : rows_ / 2));
    }
  }

  /// Copies a picture and repeats its last column and row.
  void set(const lowrank::ImageView& picture) {
    for (std::size_t p = 0; p < static_cast<std::size_t>(format_.planes()); p++) {
      const lowrank::PlaneView& from = picture.planes[p];
      const int rows = p == 0 ? rows_ : rows_ / 2;
      for (int y = 0; y < rows; y++) {
        const std::uint8_t* row = from.row(std::min(y, from.height - 1));
        std::uint8_t* to = samples_[p].data() + static_cast<std::ptrdiff_t>(y) * strides_[p];
        std::copy(row, row + from.width, to);
        std::fill(to + from.width, to + strides_[p], row[from.width - 1]);
      }
    }
  }

  lowrank::ImageView view() const {
    lowrank::ImageView image{format_, {}};
    for (std::size_t p = 0; p < static_cast<std::size_t>(format_.planes()); p++) {
      const int plane = static_cast<int>(p);
      image.planes[p] = {samples_[p].data(), strides_[p], 1, format_.plane_width(plane),
                         format_.plane_height(plane)};
    }
    return image;
  }

  /// The rows of the MCUs that begin at luma row `y`.
  struct Rows {
    JSAMPROW rows[3][2 * block];
    JSAMPARRAY planes[3];
  };
  void mcu_rows(int y, Rows& rows) {
    for (std::size_t p = 0; p < static_cast<std::size_t>(format_.planes()); p++) {
      const int count = p == 0 ? mcu_height() : block;
      const int first = p == 0 ? y : y / 2;
      for (int i = 0; i < count; i++)
        rows.rows[p][i] = samples_[p].data() + static_cast<std::ptrdiff_t>(first + i) * strides_[p];
      rows.planes[p] = rows.rows[p];
    }
  }
  int mcu_height() const { return format_.planes() == 1 ? block : 2 * block; }

 private:
  lowrank::ImageFormat format_;
  int rows_ = 0;
  int strides_[3] = {};
  Bytes samples_[3];
};

/// Bytes that libjpeg allocates.
struct Packet {
  unsigned char* data = nullptr;
  unsigned long size = 0;
  Packet() = default;
  Packet(const Packet&) = delete;
  Packet& operator=(const Packet&) = delete;
  ~Packet() { std::free(data); }
};

void encode(Padded& picture, const lowrank::ImageFormat& format, int quality, bool optimize,
            Packet& packet) {
  jpeg_compress_struct jpeg;
  jpeg_error_mgr errors;
  jpeg.err = jpeg_std_error(&errors);
  jpeg_create_compress(&jpeg);
  jpeg_mem_dest(&jpeg, &packet.data, &packet.size);
  jpeg.image_width = static_cast<JDIMENSION>(format.width);
  jpeg.image_height = static_cast<JDIMENSION>(format.height);
  jpeg.input_components = format.planes();
  jpeg.in_color_space = format.planes() == 1 ? JCS_GRAYSCALE : JCS_YCbCr;
  jpeg_set_defaults(&jpeg);  // 4:2:0
  jpeg_set_quality(&jpeg, quality, TRUE);
  jpeg.optimize_coding = optimize ? TRUE : FALSE;
  jpeg.raw_data_in = TRUE;
  jpeg_start_compress(&jpeg, TRUE);
  Padded::Rows rows;
  while (jpeg.next_scanline < jpeg.image_height) {
    picture.mcu_rows(static_cast<int>(jpeg.next_scanline), rows);
    jpeg_write_raw_data(&jpeg, rows.planes, static_cast<JDIMENSION>(picture.mcu_height()));
  }
  jpeg_finish_compress(&jpeg);
  jpeg_destroy_compress(&jpeg);
}

void decode(const Packet& packet, Padded& picture) {
  jpeg_decompress_struct jpeg;
  jpeg_error_mgr errors;
  jpeg.err = jpeg_std_error(&errors);
  jpeg_create_decompress(&jpeg);
  jpeg_mem_src(&jpeg, packet.data, packet.size);
  jpeg_read_header(&jpeg, TRUE);
  jpeg.raw_data_out = TRUE;
  jpeg.do_fancy_upsampling = FALSE;
  jpeg_start_decompress(&jpeg);
  Padded::Rows rows;
  while (jpeg.output_scanline < jpeg.output_height) {
    picture.mcu_rows(static_cast<int>(jpeg.output_scanline), rows);
    jpeg_read_raw_data(&jpeg, rows.planes, static_cast<JDIMENSION>(picture.mcu_height()));
  }
  jpeg_finish_decompress(&jpeg);
  jpeg_destroy_decompress(&jpeg);
}

int run(int argc, char** argv) {
  if (argc == 2 && std::string(argv[1]) == "version") {
    std::printf("%s\n", LIBRARY_VERSION);
    return 0;
  }
  if (argc < 5)
    throw std::invalid_argument("needs FILE WIDTH HEIGHT gray|i420; --help says more");
  const lowrank::ImageFormat format = format_of(argv[2], argv[3], argv[4]);
  const Settings settings(argc - 5, argv + 5);
  const int quality = settings.number("quality", 75);
  const bool optimize = settings.number("optimize", 1) != 0;
  const int most = settings.number("pictures", 1 << 30);
  std::ifstream in(argv[1], std::ios::binary);
  Bytes samples(static_cast<std::size_t>(format.samples()));
  Padded original(format);
  Padded decoded(format);
  Errors errors;
  Clock encoding;
  Clock decoding;
  std::size_t bytes = 0;
  int pictures = 0;
  while (pictures < most && in.read(reinterpret_cast<char*>(samples.data()), std::ssize(samples))) {
    original.set(view_of(format, samples.data()));
    Packet packet;
    encoding.start();
    encode(original, format, quality, optimize, packet);
    encoding.stop();
    decoding.start();
    decode(packet, decoded);
    decoding.stop();
    bytes += packet.size;
    errors.add(original.view(), decoded.view());
    pictures++;
  }
  if (pictures == 0)
    throw std::runtime_error(std::string(argv[1]) + " holds no picture of that size");
  print_result(format, pictures, bytes, errors, 0, encoding, decoding);
  return 0;
}

}  // namespace

constexpr const char* help =
    R"(Usage: benchmark-jpeg FILE WIDTH HEIGHT gray|i420 [NAME=VALUE...]
       benchmark-jpeg version

Encodes raw 8-bit pictures one by one with libjpeg and decodes them again, as benchmark-codec does
with this library's codec, and prints the same line of JSON. Planes go in and come out as they are,
with no conversion of colours or sizes.

  quality   1 to 100
  optimize  0 or 1: Huffman tables made for the picture
  pictures  how many at most
)";

int main(int argc, char** argv) {
  if (const auto status = benchmarks::answer_usage(argc, argv, help, 1, 1 << 20))
    return *status;
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "benchmark-jpeg: %s\n", error.what());
    return 1;
  }
}
