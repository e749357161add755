// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Decomposes a whole video into background, foreground and mask, by one process or by many that
// share the lines of its pictures. See docs/batch.md.
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <string>
#include <system_error>

#include "factorizing.h"
#include "interruption.h"
#include "job.h"
#include "options.h"
#include "processes.h"
#include "progress.h"
#include "sizes.h"
#include "writing.h"

namespace {

using namespace batch;

constexpr int exit_wrong_use = 2;

// Before MPI runs: all processes are given the same command line, and one of them says what is
// wrong with it.
bool is_first_process() {
  for (const char* name : {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "SLURM_PROCID"})
    if (const char* rank = std::getenv(name); rank != nullptr && std::string(rank) != "0")
      return false;
  return true;
}

void describe(const Job& job, const Processes& processes, Progress& progress) {
  const auto bytes = static_cast<std::uint64_t>(rows_of(job.format, job.band) * job.window);
  std::string text = job.options.method + ", windows of " + std::to_string(job.window) +
                     " frames, " + size_text(bytes) +
                     (job.in_file ? " in a file of " + job.options.spool.string() : " in memory");
  text += ", " + std::to_string(job.background.threads) +
          (job.background.threads == 1 ? " thread" : " threads");
  if (processes.parts() > 1)
    text += ", in each of " + std::to_string(processes.parts()) + " processes";
  progress.note(text);
}

void run(const Options& options, Processes& processes) {
  const auto start = std::chrono::steady_clock::now();
  Progress progress(options.quiet || !processes.is_first());
  Checkpoint checkpoint(options.output);
  std::unique_ptr<VideoReader> video;
  Job job = prepare(options, processes, checkpoint, progress, video);
  describe(job, processes, progress);
  std::vector<int> parts = Factorizing(job, processes, checkpoint, progress, *video).run();
  video.reset();
  Writing(job, processes, checkpoint, progress, std::move(parts)).run();
  processes.together([&] {
    if (processes.is_first() && !options.keep)
      checkpoint.remove();
  });
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  progress.note(std::to_string(job.frames) + " frames in " + duration_text(seconds) + ", in " +
                options.output.string());
}

int status_of(const Options& options, Processes& processes) try {
  note_signals();
  run(options, processes);
  return EXIT_SUCCESS;
} catch (const Told& told) {
  return told.status();
} catch (const Interrupted& interrupted) {
  if (processes.is_first())
    std::fprintf(stderr, "lowrank-batch: ended early; the same command goes on from here\n");
  return 128 + interrupted.signal();
} catch (const std::exception& error) {
  processes.complain(error.what());
  if (processes.parts() > 1)
    processes.abort(EXIT_FAILURE);
  return EXIT_FAILURE;
}

}  // namespace

int main(int argc, char** argv) try {
  const Options options = read_options(argc, argv);
  Processes processes;
  return status_of(options, processes);
} catch (const WrongUse& error) {
  if (is_first_process())
    std::fprintf(stderr, "lowrank-batch: %s; --help says what there is\n", error.what());
  return exit_wrong_use;
} catch (const std::exception& error) {
  std::fprintf(stderr, "lowrank-batch: %s\n", error.what());
  return EXIT_FAILURE;
}
