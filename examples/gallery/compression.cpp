// SPDX-License-Identifier: LGPL-2.1-or-later
//
// A photograph by ever more of its singular values, and the codec's patches at the same bytes:
//
//     gallery-compression PHOTO FOLDER
//
// writes pictures, a plot and tables into FOLDER. The photograph is scaled to 512 × 512, in gray.

#include <algorithm>
#include <cmath>
#include <optional>

#include <lowrank/codec.h>
#include <lowrank/svd.h>

#include "page.h"
#include "picture.h"
#include "plot.h"
#include "program.h"

namespace {

using gallery::number;
using gallery::Picture;
using lowrank::Index;

constexpr int side = 512;

// One row a row of pixels.
lowrank::Matrix matrix_of(const Picture& picture) {
  lowrank::Matrix a(picture.height, picture.width);
  for (int y = 0; y < picture.height; y++)
    for (int x = 0; x < picture.width; x++)
      a(y, x) = picture.at(x, y);
  return a;
}

// U·diag(σ)·Vᵀ.
Picture product(const lowrank::Svd& svd) {
  Picture picture(static_cast<int>(svd.v.rows()), static_cast<int>(svd.u.rows()));
  for (int y = 0; y < picture.height; y++)
    for (int x = 0; x < picture.width; x++) {
      double sum = 0;
      for (std::size_t i = 0; i < svd.sigma.size(); i++)
        sum += static_cast<double>(svd.u(y, static_cast<Index>(i))) *
               static_cast<double>(svd.sigma[i]) *
               static_cast<double>(svd.v(x, static_cast<Index>(i)));
      picture.at(x, y) = gallery::level(sum);
    }
  return picture;
}

double energy(const lowrank::Svd& svd) {
  double sum = 0;
  for (const float sigma : svd.sigma)
    sum += static_cast<double>(sigma) * static_cast<double>(sigma);
  return sum;
}

struct Coded {
  std::size_t bytes = 0;
  Picture picture;
};

Coded code(const Picture& picture, const lowrank::EncoderOptions& options) {
  const lowrank::ImageFormat format{lowrank::ColorModel::gray, picture.width, picture.height};
  lowrank::ImageView view{format, {}};
  view.planes[0] = {picture.samples.data(), picture.width, 1, picture.width, picture.height};
  lowrank::Encoder encoder;
  encoder.configure({.format = format, .frame_rate = {}}, options);
  encoder.push(view, {});
  lowrank::EncodedPicture encoded;
  encoder.pull(encoded);

  lowrank::Decoder decoder;
  decoder.configure({});
  decoder.push(encoded.bytes);
  lowrank::DecodedPicture decoded;
  decoder.pull(decoded);
  Coded result{encoded.bytes.size(), Picture(picture.width, picture.height)};
  for (int y = 0; y < picture.height; y++)
    std::copy_n(decoded.image.planes[0].row(y), picture.width, &result.picture.at(0, y));
  return result;
}

// The best quality whose patches take no more bytes than that.
std::optional<Coded> patches_within(const Picture& picture, std::size_t bytes) {
  std::optional<Coded> best;
  for (int low = 1, high = 100; low <= high;) {
    const int quality = (low + high) / 2;
    Coded coded = code(picture, {.speed = lowrank::Speed::best, .quality = quality});
    if (coded.bytes <= bytes) {
      best = std::move(coded);
      low = quality + 1;
    } else {
      high = quality - 1;
    }
  }
  return best;
}

void run(const std::string& photo, const std::string& folder) {
  Picture picture;
  gallery::read_pictures(photo, side, side, [&](Picture&& first) {
    picture = std::move(first);
    return false;
  });
  if (picture.samples.empty())
    throw std::runtime_error(photo + " holds no picture");
  gallery::write_picture(picture, folder + "/photo.jpg");

  const std::vector<int> ranks{1, 5, 10, 20, 50, 100};
  const lowrank::Matrix a = matrix_of(picture);
  const lowrank::Svd all = lowrank::svd(a);
  gallery::plot_spectrum(all.sigma, ranks, "Singular values of the photograph, largest first",
                         folder + "/photo-spectrum.svg");

  gallery::Table svd(
      folder, "photo-svd",
      {"k", "values kept, k(m + n + 1)", "share of the m·n pixels", "energy kept", "PSNR (dB)"});
  gallery::Table codec(
      folder, "photo-codec",
      {"k", "bytes", "`layout=frame rank=k` (dB)", "`layout=patch`, in no more bytes (dB)"});
  for (const int k : ranks) {
    const lowrank::Svd leading = lowrank::randomized_svd(a, k);
    const Picture shown = product(leading);
    const std::string name = folder + "/photo-" + std::to_string(k);
    gallery::write_picture(shown, name + ".jpg");
    const int values = k * (2 * side + 1);
    svd.row({number(k), number(values), number(100.0 * values / (side * side), 1) + " %",
             number(100 * energy(leading) / energy(all), 2) + " %",
             number(gallery::psnr(picture, shown), 1)});

    const Coded frame = code(picture, {.layout = lowrank::Layout::frame, .rank = k});
    const std::optional<Coded> patch = patches_within(picture, frame.bytes);
    if (patch)
      gallery::write_picture(patch->picture, name + "-patch.jpg");
    codec.row({number(k), number(static_cast<double>(frame.bytes)),
               number(gallery::psnr(picture, frame.picture), 1),
               patch ? number(gallery::psnr(picture, patch->picture), 1) : "too few bytes"});
  }
}

constexpr const char* manual = R"(Usage: gallery-compression PHOTO FOLDER

Writes into FOLDER, for a photograph scaled to 512 x 512 in gray: the picture by 1, 5, 10, 20, 50 and
100 of its singular values, the codec's patches at the same bytes, a plot of the singular values, and
tables of Markdown. PHOTO is what GStreamer decodes.

  --help   says this

Example: gallery-compression astronaut.png /tmp
Exit status: 0; 1 when PHOTO cannot be read or FOLDER not written; 2 for wrong use.
)";

}  // namespace

int main(int argc, char** argv) {
  return gallery::main_of(
      {manual, 2, 2,
       [](const std::vector<std::string>& arguments) { run(arguments[0], arguments[1]); }},
      argc, argv);
}
