// SPDX-License-Identifier: LGPL-2.1-or-later
#include "writing.h"

#include <array>
#include <cstdio>
#include <stdexcept>
#include <utility>

#include <lowrank/composite.h>

#include "files.h"
#include "interruption.h"

namespace batch {
namespace {

using Paint = void (*)(const lowrank::Separation& result, const lowrank::MutableImageView& target);

struct Kind {
  const char* name;
  bool gray;
  Paint paint;
};

constexpr std::array<Kind, 3> kinds = {{
    {"background", false,
     [](const lowrank::Separation& result, const lowrank::MutableImageView& target) {
       lowrank::copy_image(result.background, target);
     }},
    {"foreground", false,
     [](const lowrank::Separation& result, const lowrank::MutableImageView& target) {
       lowrank::composite_masked(result.input, result.mask, target);
     }},
    {"mask", true,
     [](const lowrank::Separation& result, const lowrank::MutableImageView& target) {
       lowrank::copy_plane(result.mask, target.planes[0]);
     }},
}};

GstVideoInfo gray_like(const GstVideoInfo& like) {
  GstVideoInfo info;
  gst_video_info_set_format(&info, GST_VIDEO_FORMAT_GRAY8,
                            static_cast<guint>(GST_VIDEO_INFO_WIDTH(&like)),
                            static_cast<guint>(GST_VIDEO_INFO_HEIGHT(&like)));
  info.colorimetry.range = GST_VIDEO_COLOR_RANGE_0_255;
  info.fps_n = like.fps_n;
  info.fps_d = like.fps_d;
  info.par_n = like.par_n;
  info.par_d = like.par_d;
  return info;
}

}  // namespace

struct Writing::Output {
  std::string name;
  Paint paint;
  std::filesystem::path file;
  std::unique_ptr<VideoWriter> writer;
};

Writing::Writing(const Job& job, Processes& processes, Checkpoint& checkpoint, Progress& progress,
                 std::vector<int> parts)
    : job_(job),
      processes_(processes),
      checkpoint_(checkpoint),
      progress_(progress),
      parts_(std::move(parts)),
      plan_(job.window, job.frames) {}

std::filesystem::path Writing::final_path(const std::string& name) const {
  return job_.options.output / (name + '.' + job_.options.extension);
}

std::filesystem::path Writing::marker(const std::string& name) const {
  return checkpoint_.folder() / (name + ".done");
}

// What an output is made by, besides the factors.
std::string Writing::settings() const {
  return job_.options.encoder + '\n' + job_.options.extension + '\n' +
         std::to_string(job_.options.pieces) + '\n' + std::to_string(job_.background.threshold) +
         '\n' + std::to_string(job_.background.mask_cleanup) + '\n';
}

bool Writing::is_done(const std::string& name) const {
  return read_text(marker(name)) == settings() && std::filesystem::exists(final_path(name));
}

void Writing::run() {
  processes_.together([&] {
    if (job_.options.pieces > job_.frames)
      throw std::runtime_error("the video has " + std::to_string(job_.frames) +
                               " frames, which are no " + std::to_string(job_.options.pieces) +
                               " pieces");
  });
  processes_.together([&] {
    try {
      write_outputs();
    } catch (const Interrupted&) {
      throw;
    } catch (const std::exception& error) {
      // The others may have long to go.
      processes_.complain(error.what());
      throw Told(EXIT_FAILURE);
    }
  });
}

std::string Writing::name_of_piece(std::size_t kind, Index piece) const {
  const std::string name = kinds[kind].name;
  if (job_.options.pieces == 1)
    return name;
  char number[16];
  std::snprintf(number, sizeof number, "-%04td", piece);
  return name + number;
}

// A piece by one process, whose frames are separated once, where there are enough of them.
bool Writing::is_mine(std::size_t kind, Index piece) const {
  const Index number = job_.options.pieces >= processes_.parts()
                           ? piece
                           : piece * std::ssize(kinds) + static_cast<Index>(kind);
  return number % processes_.parts() == processes_.part();
}

// Not written yet, of those that this process has to write.
std::vector<Writing::Output> Writing::open_outputs(Index piece, const GstVideoInfo& info) const {
  std::vector<Output> outputs;
  for (std::size_t k = 0; k < kinds.size(); k++) {
    const std::string name = name_of_piece(k, piece);
    if (!is_mine(k, piece) || is_done(name))
      continue;
    std::filesystem::path file = checkpoint_.folder() / (name + ".part");
    auto writer = std::make_unique<VideoWriter>(file, kinds[k].gray ? gray_like(info) : info,
                                                job_.options.encoder);
    outputs.push_back({name, kinds[k].paint, std::move(file), std::move(writer)});
  }
  return outputs;
}

void Writing::write_outputs() {
  VideoReader video(job_.options.input);
  lowrank::WindowRenderer renderer(job_.format, job_.background);
  progress_.begin("writing");
  for (Index piece = 0; piece < job_.options.pieces; piece++)
    write_piece(piece, video, renderer);
  progress_.end();
}

void Writing::next_frame(VideoReader& video) {
  if (!video.next())
    throw std::runtime_error("the video has fewer frames than before");
  read_++;
  progress_.update(static_cast<double>(read_) / static_cast<double>(job_.frames), read_);
}

void Writing::write_piece(Index piece, VideoReader& video, lowrank::WindowRenderer& renderer) {
  std::vector<Output> outputs = open_outputs(piece, video.info());
  if (outputs.empty())
    return;
  while (read_ < first_of(piece))
    next_frame(video);
  while (read_ < first_of(piece + 1)) {
    const Index number = read_;
    next_frame(video);
    const lowrank::Separation result = separate(renderer, video.image(), number);
    for (Output& output : outputs)
      output.writer->write(
          video.time(), video.duration(),
          [&](const lowrank::MutableImageView& target) { output.paint(result, target); });
  }
  if (read_ == job_.frames && video.next())
    throw std::runtime_error("the video has more frames than before");
  for (Output& output : outputs) {
    output.writer->finish();
    move_file(output.file, final_path(output.name));
    write_text(marker(output.name), settings());
  }
}

lowrank::Separation Writing::separate(lowrank::WindowRenderer& renderer,
                                      const lowrank::ImageView& frame, Index number) {
  const WindowPlan::Place place = plan_.place(number);
  const auto column = [&](Index window) {
    return lowrank::WindowColumn{&factors(window), number - plan_.first(window)};
  };
  if (!place.fades) {
    std::erase_if(loaded_, [&](const auto& entry) { return entry.first < place.window; });
    return renderer.separate(frame, column(place.window));
  }
  return renderer.separate(frame, column(place.window), column(place.window - 1), place.weight);
}

const lowrank::WindowFactors& Writing::factors(Index window) {
  const auto found = loaded_.find(window);
  if (found != loaded_.end())
    return found->second;
  return loaded_
      .emplace(window,
               checkpoint_.read(window, parts_[static_cast<std::size_t>(window)], job_.format))
      .first->second;
}

}  // namespace batch
