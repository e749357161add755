// SPDX-License-Identifier: LGPL-2.1-or-later
//
// A video as a matrix, and what its factorizations take for background:
//
//     gallery-separation VIDEO FOLDER [FRAMES]
//
// writes pictures, a plot, a video and tables into FOLDER. The video is scaled to 320 × 240, in
// gray; FRAMES are read at most.

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <limits>
#include <numeric>
#include <stdexcept>

#include <lowrank/background.h>
#include <lowrank/rpca.h>
#include <lowrank/svd.h>

#include "film.h"
#include "page.h"
#include "picture.h"
#include "plot.h"
#include "program.h"

namespace {

using gallery::number;
using gallery::Picture;
using lowrank::Index;

constexpr int width = 320, height = 240, pixels = width * height;

// Frames as the columns of a matrix of bytes.
class Video {
 public:
  Video(const std::string& path, Index most) {
    gallery::read_pictures(path, width, height, [&](Picture&& picture) {
      samples_.insert(samples_.end(), picture.samples.begin(), picture.samples.end());
      return ++frames_ < most;
    });
    if (frames_ < 20)
      throw std::runtime_error(path + " has fewer than 20 frames");
  }
  Index frames() const { return frames_; }
  lowrank::ByteView matrix() const { return {samples_.data(), pixels, frames_}; }
  Picture frame(Index index) const {
    Picture picture(width, height);
    std::copy_n(matrix().column(index), pixels, picture.samples.begin());
    return picture;
  }

 private:
  std::vector<std::uint8_t> samples_;
  Index frames_ = 0;
};

// Frame by frame what a method takes for background, and how long it took for all of them.
struct Background {
  std::string name;
  double seconds = 0;
  std::function<Picture(Index)> frame;
};

double seconds_of(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// Column `index` of U·Vᵀ by `rank` components.
Picture column(const lowrank::Matrix& u, const lowrank::Matrix& v, Index rank, Index index) {
  std::vector<double> sum(pixels);
  for (Index k = 0; k < rank; k++)
    for (Index i = 0; i < pixels; i++)
      sum[static_cast<std::size_t>(i)] +=
          static_cast<double>(u(i, k)) * static_cast<double>(v(index, k));
  Picture picture(width, height);
  std::transform(sum.begin(), sum.end(), picture.samples.begin(), gallery::level);
  return picture;
}

Background truncated(const Video& video, Index rank) {
  lowrank::Svd svd;
  const double seconds =
      seconds_of([&] { svd = lowrank::randomized_svd(video.matrix(), rank, {.threads = 0}); });
  lowrank::Matrix weighted = svd.v;
  for (Index k = 0; k < rank; k++)
    for (Index j = 0; j < weighted.rows(); j++)
      weighted(j, k) *= svd.sigma[static_cast<std::size_t>(k)];
  return {"truncated SVD, k = " + number(static_cast<double>(rank)), seconds,
          [u = svd.u, v = weighted, rank](Index j) { return column(u, v, rank, j); }};
}

Background robust(std::string name, const std::function<lowrank::PcpResult()>& solve) {
  lowrank::PcpResult result;
  const double seconds = seconds_of([&] { result = solve(); });
  name += ", rank " + number(static_cast<double>(result.rank()));
  return {name, seconds,
          [u = result.u, v = result.v](Index j) { return column(u, v, v.cols(), j); }};
}

Background online(const Video& video) {
  const lowrank::ImageFormat format{lowrank::ColorModel::gray, width, height};
  lowrank::BackgroundEngine engine;
  engine.configure(format, {});
  std::vector<Picture> backgrounds;
  const double seconds = seconds_of([&] {
    lowrank::ImageView input{format, {}};
    for (Index j = 0; j < video.frames(); j++) {
      input.planes[0] = {video.matrix().column(j), width, 1, width, height};
      engine.push(input);
      lowrank::Separation separation;
      while (engine.pull(separation)) {
        Picture picture(width, height);
        for (int y = 0; y < height; y++)
          std::copy_n(separation.background.planes[0].row(y), width, &picture.at(0, y));
        backgrounds.push_back(std::move(picture));
      }
    }
  });
  return {"online, frame by frame", seconds,
          [backgrounds](Index j) { return backgrounds[static_cast<std::size_t>(j)]; }};
}

// What no method has had a part in: of each pixel the median of all frames.
Picture median_plate(const Video& video) {
  Picture plate(width, height);
  std::vector<std::uint8_t> values(static_cast<std::size_t>(video.frames()));
  for (Index i = 0; i < pixels; i++) {
    for (Index j = 0; j < video.frames(); j++)
      values[static_cast<std::size_t>(j)] = video.matrix()(i, j);
    std::nth_element(values.begin(), values.begin() + video.frames() / 2, values.end());
    plate.samples[static_cast<std::size_t>(i)] = values[values.size() / 2];
  }
  return plate;
}

// Of what people change in the picture, Σ|M − plate| where that is more than 30 levels, the share
// that is in the background as well. Every tenth frame counts.
double left_of_people(const Video& video, const Picture& plate, const Background& background) {
  constexpr int clear = 30;
  double people = 0, left = 0;
  for (Index j = 0; j < video.frames(); j += 10) {
    const Picture l = background.frame(j);
    for (Index i = 0; i < pixels; i++) {
      const int still = plate.samples[static_cast<std::size_t>(i)];
      const int change = std::abs(video.matrix()(i, j) - still);
      if (change <= clear)
        continue;
      people += change;
      left += std::min(change, std::abs(l.samples[static_cast<std::size_t>(i)] - still));
    }
  }
  return people > 0 ? left / people : 0;
}

// M − L, gray where it is nothing.
Picture rest(const Picture& m, const Picture& l) {
  Picture s(m.width, m.height);
  for (std::size_t i = 0; i < s.samples.size(); i++)
    s.samples[i] = gallery::level(128.0 + m.samples[i] - l.samples[i]);
  return s;
}

// Rows of the matrix, one column a frame. A row of the picture is the mean of `group` rows.
Picture rows_of(const Video& video, Index first, Index count, Index group) {
  Picture picture(static_cast<int>(video.frames()), static_cast<int>(count / group));
  for (int y = 0; y < picture.height; y++)
    for (int x = 0; x < picture.width; x++) {
      const std::uint8_t* rows = video.matrix().column(x) + first + y * group;
      picture.at(x, y) =
          gallery::level(std::accumulate(rows, rows + group, 0.0) / static_cast<double>(group));
    }
  return picture;
}

// What is left of each row when its mean over time is taken away, eight times as strong.
Picture without_means(Picture picture) {
  for (int y = 0; y < picture.height; y++) {
    std::uint8_t* row = &picture.at(0, y);
    const double mean = std::accumulate(row, row + picture.width, 0.0) / picture.width;
    std::transform(row, row + picture.width, row,
                   [mean](std::uint8_t value) { return gallery::level(128 + 8 * (value - mean)); });
  }
  return picture;
}

void show_matrix(const Video& video, const std::string& folder) {
  const Picture whole = rows_of(video, 0, pixels, width);
  gallery::write_picture(whole, folder + "/matrix.png");
  gallery::write_picture(without_means(whole), folder + "/matrix-moving.png");
  constexpr Index line = 96;  // which many cross
  gallery::write_picture(rows_of(video, line * width, width, 1), folder + "/matrix-line.png");
}

void show_pursuit(const Video& video, const Background& pcp, const std::string& folder) {
  const Index chosen = std::min<Index>(250, video.frames() - 1);
  const Picture m = video.frame(chosen), l = pcp.frame(chosen);
  gallery::write_picture(m, folder + "/frame.jpg");
  gallery::write_picture(l, folder + "/pcp-L.jpg");
  gallery::write_picture(rest(m, l), folder + "/pcp-S.jpg");
  std::vector<Picture> film, excerpt;
  for (Index j = std::max<Index>(0, chosen - 75); j < std::min(video.frames(), chosen + 75); j++) {
    const Picture frame = video.frame(j), still = pcp.frame(j);
    film.push_back(gallery::side_by_side({frame, still, rest(frame, still)}));
    if (j % 4 == 0)
      excerpt.push_back(film.back());
  }
  gallery::write_video(film, 10, folder + "/pcp.webm");
  gallery::write_film(excerpt, 0.4, folder + "/pcp.svg");
}

void show_methods(const Video& video, const std::vector<Background>& backgrounds,
                  const std::string& folder) {
  const Picture plate = median_plate(video);
  const Index chosen = std::min<Index>(250, video.frames() - 1);
  gallery::Table table(folder, "methods",
                       {"method", "background at frame 250", "the rest, M − L",
                        "left of the people", "time (s)", "ms a frame"});
  int number_of = 0;
  for (const Background& background : backgrounds) {
    const std::string name = "method-" + number(++number_of);
    const Picture l = background.frame(chosen);
    gallery::write_picture(l, folder + "/" + name + "-L.jpg");
    gallery::write_picture(rest(video.frame(chosen), l), folder + "/" + name + "-S.jpg");
    table.row({background.name, "![](" + name + "-L.jpg)", "![](" + name + "-S.jpg)",
               number(100 * left_of_people(video, plate, background), 1) + " %",
               number(background.seconds, 1),
               number(1000 * background.seconds / static_cast<double>(video.frames()), 1)});
  }
}

void run(const std::string& path, const std::string& folder, Index most) {
  const Video video(path, most);
  const lowrank::ByteView m = video.matrix();
  std::printf("%td frames\n", video.frames());
  show_matrix(video, folder);
  gallery::plot_spectrum(lowrank::gram_svd(m, std::min<Index>(100, video.frames()), 0).sigma,
                         {1, 2, 5, 10, 20, 50, 100},
                         "The 100 leading singular values of the video's matrix",
                         folder + "/video-spectrum.svg");

  std::vector<Background> backgrounds;
  for (const Index rank : {1, 2, 5, 10})
    backgrounds.push_back(truncated(video, rank));
  // The tolerance of `rpcasplit method=pcp`.
  backgrounds.push_back(robust("principal component pursuit", [&] {
    return lowrank::principal_component_pursuit(
        m, {.tolerance = 5e-4, .threads = 0, .noise = -1, .progress = [](const auto& step) {
              std::printf("principal component pursuit, step %d, rank %td\n", step.iteration,
                          step.rank);
              return true;
            }});
  }));
  backgrounds.push_back(robust("fixed-rank decomposition", [&] {
    return lowrank::fixed_rank_decomposition(m, 2, {.threads = 0});
  }));
  backgrounds.push_back(online(video));
  show_pursuit(video, backgrounds[4], folder);
  show_methods(video, backgrounds, folder);
}

constexpr const char* manual = R"(Usage: gallery-separation VIDEO FOLDER [FRAMES]

Writes into FOLDER, for a video scaled to 320 x 240 in gray: its matrix as a picture, its singular
values, frame 250 taken apart by principal component pursuit, a film and a video of that, what several
methods take for background, and a table of Markdown. VIDEO is what GStreamer decodes; of it FRAMES are
read, or all. At least 20 are needed.

  --help   says this

Example: gallery-separation vtest.avi /tmp 100
Exit status: 0; 1 when VIDEO cannot be read or FOLDER not written; 2 for wrong use.
)";

}  // namespace

int main(int argc, char** argv) {
  return gallery::main_of(
      {manual, 2, 3,
       [](const std::vector<std::string>& arguments) {
         run(arguments[0], arguments[1],
             arguments.size() > 2 ? std::stol(arguments[2]) : std::numeric_limits<Index>::max());
       }},
      argc, argv);
}
