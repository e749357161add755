// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

// What the benchmarks of the codec and of its peers share: raw 8-bit pictures, settings given as
// NAME=VALUE, times, and the JSON that tells them.

#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "lowrank/image.h"

namespace benchmarks {

using Bytes = std::vector<std::uint8_t>;

/// Adds up the processor time of all threads and the wall time between start() and stop().
class Clock {
 public:
  void start() {
    wall_ = std::chrono::steady_clock::now();
    cpu_ = std::clock();
  }
  void stop() {
    wall += std::chrono::duration<double>(std::chrono::steady_clock::now() - wall_).count();
    cpu += static_cast<double>(std::clock() - cpu_) / CLOCKS_PER_SEC;
  }
  double wall = 0;
  double cpu = 0;

 private:
  std::chrono::steady_clock::time_point wall_;
  std::clock_t cpu_ = 0;
};

/// NAME=VALUE words.
class Settings {
 public:
  Settings(int count, char** words) {
    for (int i = 0; i < count; i++) {
      const std::string word = words[i];
      const std::size_t equals = word.find('=');
      words_[word.substr(0, equals)] = equals == std::string::npos ? "" : word.substr(equals + 1);
    }
  }
  std::string text(const std::string& name, const std::string& otherwise) const {
    const auto found = words_.find(name);
    return found == words_.end() ? otherwise : found->second;
  }
  int number(const std::string& name, int otherwise) const {
    return std::stoi(text(name, std::to_string(otherwise)));
  }

 private:
  std::map<std::string, std::string> words_;
};

/// The format that WIDTH HEIGHT gray|i420 name.
inline lowrank::ImageFormat format_of(const char* width, const char* height,
                                      const std::string& color) {
  lowrank::ImageFormat format;
  format.width = std::stoi(width);
  format.height = std::stoi(height);
  if (color == "i420") {
    format.color = lowrank::ColorModel::ycbcr;
    format.chroma_shift_x = format.chroma_shift_y = 1;
  } else if (color != "gray") {
    throw std::invalid_argument("gray or i420, not " + color);
  }
  return format;
}

/// A picture whose planes lie packed, one behind the other.
inline lowrank::ImageView view_of(const lowrank::ImageFormat& format, const std::uint8_t* data) {
  lowrank::ImageView image{format, {}};
  for (int p = 0; p < format.planes(); p++) {
    const int width = format.plane_width(p);
    const int height = format.plane_height(p);
    image.planes[static_cast<std::size_t>(p)] = {data, width, 1, width, height};
    data += static_cast<std::ptrdiff_t>(width) * height;
  }
  return image;
}

/// Mean square errors of the components over all pictures.
class Errors {
 public:
  void add(const lowrank::ImageView& a, const lowrank::ImageView& b) {
    planes_ = a.format.planes();
    for (std::size_t p = 0; p < static_cast<std::size_t>(planes_); p++) {
      const lowrank::PlaneView& plane = a.planes[p];
      std::int64_t sum = 0;
      for (int y = 0; y < plane.height; y++) {
        for (int x = 0; x < plane.width; x++) {
          const int difference = plane.row(y)[x] - b.planes[p].row(y)[x];
          sum += difference * difference;
        }
      }
      squares_[p] += static_cast<double>(sum);
      samples_[p] += static_cast<double>(plane.width) * plane.height;
    }
  }
  /// "psnr": [of each component, dB]; 99 where there is no error.
  std::string json() const {
    std::string text = "\"psnr\": [";
    for (std::size_t p = 0; p < static_cast<std::size_t>(planes_); p++) {
      const double psnr =
          squares_[p] > 0 ? 10 * std::log10(255.0 * 255.0 * samples_[p] / squares_[p]) : 99;
      char number[32];
      std::snprintf(number, sizeof number, "%s%.4f", p > 0 ? ", " : "", psnr);
      text += number;
    }
    return text + "]";
  }

 private:
  int planes_ = 0;
  double squares_[3] = {};
  double samples_[3] = {};
};

/// Prints what a codec took for `pictures`.
inline void print_result(const lowrank::ImageFormat& format, int pictures, std::size_t bytes,
                         const Errors& errors, double rank, const Clock& encoding,
                         const Clock& decoding) {
  const double pixels = static_cast<double>(format.width) * format.height * pictures;
  std::printf(
      "{\"pictures\": %d, \"bytes\": %zu, \"bpp\": %.6f, %s, \"rank\": %.3f, "
      "\"encode_cpu\": %.4f, \"encode_wall\": %.4f, \"decode_cpu\": %.4f, "
      "\"decode_wall\": %.4f}\n",
      pictures, bytes, 8 * static_cast<double>(bytes) / pixels, errors.json().c_str(), rank,
      encoding.cpu, encoding.wall, decoding.cpu, decoding.wall);
}

}  // namespace benchmarks
