// SPDX-License-Identifier: LGPL-2.1-or-later
#include <chrono>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include "lowrank/codec.h"
#include "lowrank/svd.h"
#include "usage.h"

// The textbook's table of image compression by truncated SVD; --help says more.
namespace {

using namespace lowrank;

using Bytes = std::vector<std::uint8_t>;

struct Picture {
  Bytes samples;
  int width, height;

  double count() const { return static_cast<double>(width) * static_cast<double>(height); }
  ImageView view() const {
    return {{ColorModel::gray, width, height},
            {PlaneView{samples.data(), width, 1, width, height}}};
  }
};

Picture read(const char* name, int width, int height) {
  std::ifstream file(name, std::ios::binary);
  Picture picture{Bytes(std::istreambuf_iterator<char>(file), {}), width, height};
  if (width < 1 || height < 1 || std::ssize(picture.samples) != std::ptrdiff_t{width} * height)
    throw std::runtime_error(std::string(name) + " is not a picture of that size, a byte a pixel");
  return picture;
}

double psnr(double squares, double count) {
  return 10 * std::log10(255 * 255 * count / squares);
}

double best_psnr(const Picture& picture, const Svd& s, Index k) {
  double squares = 0;
  for (int y = 0; y < picture.height; y++)
    for (int x = 0; x < picture.width; x++) {
      double level = 0;
      for (Index i = 0; i < k; i++)
        level += static_cast<double>(s.sigma[static_cast<std::size_t>(i)]) *
                 static_cast<double>(s.u(x, i)) * static_cast<double>(s.v(y, i));
      const double shown = std::fmin(std::fmax(std::round(level), 0), 255);
      squares += std::pow(shown - picture.view().planes[0].row(y)[x], 2);
    }
  return psnr(squares, picture.count());
}

template <typename Call>
double milliseconds(const Call& call) {
  const auto start = std::chrono::steady_clock::now();
  call();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
      .count();
}

void line(const Picture& picture, const Svd& exact, int k) {
  StreamInfo info;
  info.format = picture.view().format;
  EncoderOptions options;
  options.layout = Layout::frame;
  options.rank = k;
  options.compute_psnr = true;
  Encoder encoder;
  encoder.configure(info, options);
  const double encoding = milliseconds([&] { encoder.push(picture.view(), {}); });
  EncodedPicture coded;
  encoder.pull(coded);
  Decoder decoder;
  const double decoding = milliseconds([&] { decoder.push(coded.bytes); });

  const long kept = static_cast<long>(k) * (picture.width + picture.height + 1);
  const EncoderStats stats = encoder.stats();
  std::printf("| %d | %ld | %.1f %% | %.2f | %.2f | %.2f | %.0f | %.0f |\n", k, kept,
              100 * static_cast<double>(kept) / picture.count(), best_psnr(picture, exact, k),
              stats.psnr, stats.bits_per_pixel, encoding, decoding);
}

void run(const Picture& picture, const std::vector<int>& ranks) {
  std::printf(
      "| k | kept values | of the picture's | best PSNR, dB | coded | bits a pixel | "
      "encoded in ms | decoded in ms |\n|---|---|---|---|---|---|---|---|\n");
  Matrix a(picture.width, picture.height);
  std::copy(picture.samples.begin(), picture.samples.end(), a.data());
  const Svd exact = svd(a);
  for (const int k : ranks)
    line(picture, exact, k);
}

}  // namespace

constexpr const char* help =
    R"(Usage: benchmark-rank-table FILE WIDTH HEIGHT [K...]

The textbook's table of image compression by truncated SVD, and what layout frame makes of it.
For each K: the values that are kept, K(m + n + 1), as a share of the picture's; PSNR of the best
approximation of that rank, as bytes; and PSNR, bits a pixel and times of the codec.

  FILE           one gray picture, a byte a pixel
  WIDTH, HEIGHT  of it
  K              components, 1 and more; by default 10 50 100
)";

int main(int argc, char** argv) {
  if (const auto status = benchmarks::answer_usage(argc, argv, help, 3, 1 << 20))
    return *status;
  try {
    std::vector<int> ranks;
    for (int i = 4; i < argc; i++)
      ranks.push_back(std::stoi(argv[i]));
    run(read(argv[1], std::stoi(argv[2]), std::stoi(argv[3])),
        ranks.empty() ? std::vector<int>{10, 50, 100} : ranks);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
