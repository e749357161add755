// SPDX-License-Identifier: LGPL-2.1-or-later
#include "job.h"

#include <gst/video/video.h>
#include <sys/stat.h>

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <filesystem>
#include <random>
#include <stdexcept>

#include <lowrank/window.h>

#include "files.h"
#include "sizes.h"
#include "spool.h"

namespace batch {
namespace {

constexpr int automatic_window = 300;

std::string number_text(double number) {
  char text[32];
  std::snprintf(text, sizeof text, "%.17g", number);
  return text;
}

// What says whether a video is still the one that a job was begun with.
Settings settings_of_input(const std::string& uri) {
  Settings settings = {{"input", uri}};
  const CharPtr name(g_filename_from_uri(uri.c_str(), nullptr, nullptr));
  if (!name)
    return settings;
  struct stat file {};
  if (stat(name.get(), &file) != 0)
    fail_with("cannot read", name.get());
  settings.emplace_back("size", std::to_string(file.st_size));
  settings.emplace_back(
      "modified", std::to_string(file.st_mtim.tv_sec) + '.' + std::to_string(file.st_mtim.tv_nsec));
  return settings;
}

void add_settings(Job& job, const VideoReader& video) {
  Settings& settings = job.settings;
  const Options& options = job.options;
  settings.emplace_back(
      "format", std::string(gst_video_format_to_string(GST_VIDEO_INFO_FORMAT(&video.info()))) +
                    ' ' + std::to_string(video.format().width) + 'x' +
                    std::to_string(video.format().height) + ", black " +
                    std::to_string(video.format().black));
  settings.emplace_back("--method", options.method);
  settings.emplace_back("--rank", std::to_string(options.background.rank));
  settings.emplace_back("--lambda", number_text(options.background.lambda));
  settings.emplace_back("--noise", number_text(options.background.noise));
}

// The folder has to be there for all, and the same one.
void share_folder(Job& job, Processes& processes, Checkpoint& checkpoint) {
  const std::filesystem::path token = checkpoint.folder() / "run";
  processes.together([&] {
    if (!processes.is_first())
      return;
    checkpoint.lock();
    if (job.options.fresh)
      checkpoint.clear();
    std::random_device random;
    job.run = (std::uint64_t{random()} << 32) | random();
    write_text(token, std::to_string(job.run));
  });
  job.run = static_cast<std::uint64_t>(processes.of_first(static_cast<std::int64_t>(job.run)));
  processes.together([&] {
    wait_for_text(token, std::to_string(job.run));
    if (read_text(token) != std::to_string(job.run))
      throw std::runtime_error(
          job.options.output.string() +
          " is not the folder that the first process has there: all machines have to share it");
  });
}

void open_video(Job& job, Processes& processes, std::unique_ptr<VideoReader>& video) {
  processes.together([&] {
    job.settings = settings_of_input(job.options.input);
    video = std::make_unique<VideoReader>(job.options.input);
    job.format = video->format();
    add_settings(job, *video);
  });
  // Times of files may differ where copies do not.
  const auto shared = [&](const char* name) {
    const std::string here = value_of(job.settings, name);
    const std::string there = processes.of_first(here);
    processes.together([&] {
      if (here != there)
        throw std::runtime_error(name_of(job.options.input) +
                                 " is another video than that of the first " + "process: " + name +
                                 ' ' + here + ", not " + there);
    });
  };
  shared("size");
  shared("format");
}

Index count_frames(const Job& job, Progress& progress) {
  VideoReader video(job.options.input);
  const std::int64_t announced = video.announced_frames();
  progress.begin("counting frames");
  Index frames = 0;
  while (video.next()) {
    frames++;
    progress.update(
        announced > 0 ? static_cast<double>(frames) / static_cast<double>(announced) : -1, frames);
  }
  progress.end();
  return frames;
}

// Of this process, with windows of so many frames.
Band own_band(const Job& job, const Processes& processes, Index window) {
  return band_of(job.format, cut_of(job.format, window).stripe, processes.part(),
                 processes.parts());
}

std::uint64_t factorizing_bytes(const Job& job, const Processes& processes, Index window) {
  const Index rows = rows_of(job.format, own_band(job, processes, window));
  return rows > 0 ? lowrank::factorize_window_memory(job.background, rows, window) : 0;
}
std::uint64_t all_bytes(const Job& job, const Processes& processes, Index window) {
  const Index rows = rows_of(job.format, own_band(job, processes, window));
  return factorizing_bytes(job, processes, window) + static_cast<std::uint64_t>(rows * window);
}

// The longest window, up to `most`, that takes at most --memory; 0 if none does.
Index fitting_window(const Job& job, const Processes& processes, Index most,
                     std::uint64_t (*needed)(const Job&, const Processes&, Index)) {
  Index fits = 0;
  for (Index above = most + 1; above - fits > 1;) {
    const Index middle = fits + (above - fits) / 2;
    (needed(job, processes, middle) <= job.options.memory ? fits : above) = middle;
  }
  return fits;
}

Index choose_window(const Job& job, Processes& processes) {
  const Index most = std::min<Index>(automatic_window, job.format.samples());
  const Index window = processes.smallest(fitting_window(job, processes, most, all_bytes));
  processes.together([&] {
    if (window == 0)
      throw std::runtime_error("--memory " + size_text(job.options.memory) +
                               " is too little for one frame: it takes " +
                               size_text(all_bytes(job, processes, 1)));
  });
  return window;
}

void set_band(Job& job, Processes& processes) {
  const Cut cut = cut_of(job.format, job.window);
  processes.together([&] {
    const int most = most_bands(job.format, cut.stripe);
    if (processes.parts() > most)
      throw std::runtime_error("a picture of " + std::to_string(job.format.height) +
                               " lines is enough for at most " + std::to_string(most) +
                               " processes");
  });
  job.band = own_band(job, processes, job.window);
  job.tile = cut.tile;
}

void check_window(Job& job, Processes& processes) {
  const Index samples = job.format.samples();
  const std::uint64_t needed = factorizing_bytes(job, processes, job.window);
  processes.together([&] {
    if (job.window > samples)
      throw std::runtime_error("--window can be at most the " + std::to_string(samples) +
                               " samples of a picture");
  });
  const Index fitting = processes.smallest(
      fitting_window(job, processes, std::min(job.window, samples), factorizing_bytes));
  processes.together([&] {
    if (fitting < job.window)
      throw std::runtime_error("factorizing " + std::to_string(job.window) + " frames takes " +
                               size_text(needed) + " in a process, and --memory allows " +
                               size_text(job.options.memory) + ": " +
                               (fitting > 0 ? "a --window of " + std::to_string(fitting) + " fits"
                                            : "not even one frame fits"));
  });
  job.in_file = all_bytes(job, processes, job.window) > job.options.memory;
}

// What was begun in the folder, if anything was.
Settings settings_begun(Processes& processes, const Checkpoint& checkpoint) {
  Settings begun;
  processes.together([&] {
    if (processes.is_first())
      begun = checkpoint.job();
  });
  return begun;
}

void check_begun(const Settings& begun, const Settings& wanted, const Job& job,
                 Processes& processes) {
  processes.together([&] {
    const std::string what = begun.empty() ? "" : difference(begun, wanted);
    if (!what.empty())
      throw std::runtime_error("the job that was begun in " + job.options.output.string() +
                               " is another one: " + what + "; --fresh begins anew");
  });
}

}  // namespace

Job prepare(const Options& options, Processes& processes, Checkpoint& checkpoint,
            Progress& progress, std::unique_ptr<VideoReader>& video) {
  Job job;
  job.options = options;
  job.background = options.background;
  job.background.threads = options.threads > 0 ? options.threads : processes.threads();
  open_video(job, processes, video);
  share_folder(job, processes, checkpoint);

  const Settings begun = settings_begun(processes, checkpoint);
  check_begun(begun, job.settings, job, processes);
  const auto begun_number = [&](const char* name) {
    return processes.of_first(std::atoll(value_of(begun, name).c_str()));
  };
  job.frames = begun_number("frames");
  const Index begun_window = begun_number("--window");
  if (options.window == 0 && job.frames == 0) {
    processes.together([&] {
      if (processes.is_first())
        job.frames = count_frames(job, progress);
    });
    job.frames = processes.of_first(job.frames);
  }
  if (options.window)
    job.window = *options.window > 0 ? *options.window : job.frames;
  else
    job.window = begun_window > 0 ? begun_window : choose_window(job, processes);
  job.settings.emplace_back("--window", std::to_string(job.window));
  check_begun(begun, job.settings, job, processes);
  set_band(job, processes);
  check_window(job, processes);
  set_frames(job, job.frames, processes, checkpoint);
  return job;
}

void set_frames(Job& job, Index frames, Processes& processes, Checkpoint& checkpoint) {
  job.frames = frames;
  processes.together([&] {
    Settings settings = job.settings;
    if (frames > 0)
      settings.emplace_back("frames", std::to_string(frames));
    if (processes.is_first())
      checkpoint.set_job(settings);
  });
}

}  // namespace batch
