// SPDX-License-Identifier: LGPL-2.1-or-later
#include "progress.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace batch {
namespace {

constexpr int bar_width = 24;
// An estimate from less would jump about.
constexpr double least_share = 0.01;

}  // namespace

std::string duration_text(double seconds) {
  const auto whole = std::llround(std::max(0.0, seconds));
  char text[32];
  std::snprintf(text, sizeof text, "%lld:%02lld:%02lld", whole / 3600, whole / 60 % 60, whole % 60);
  return text;
}

Progress::Progress(bool quiet) : quiet_(quiet), terminal_(isatty(STDERR_FILENO) == 1) {}

void Progress::begin(const std::string& phase, double done) {
  phase_ = phase;
  begun_ = done_ = done;
  frames_ = 0;
  tenth_ = static_cast<int>(done * 10);
  start_ = Clock::now();
  shown_ = {};
}

std::string Progress::text(double elapsed) const {
  std::string line = phase_ + ' ';
  char text[64];
  if (done_ >= 0) {
    std::snprintf(text, sizeof text, "%3d %%", static_cast<int>(100 * done_));
    line += text;
    if (terminal_) {
      const auto filled = static_cast<std::size_t>(done_ * bar_width);
      line += " [" + std::string(filled, '#') + std::string(bar_width - filled, '.') + ']';
    }
  } else {
    line += std::to_string(frames_) + " frames";
  }
  if (elapsed > 0 && frames_ > 0) {
    const double rate = static_cast<double>(frames_) / elapsed;
    std::snprintf(text, sizeof text, rate < 10 ? "  %.2f frames/s" : "  %.0f frames/s", rate);
    line += text;
  }
  if (done_ - begun_ >= least_share)
    line += "  time left " + duration_text(elapsed * (1 - done_) / (done_ - begun_));
  return line;
}

void Progress::update(double done, std::int64_t frames) {
  if (quiet_)
    return;
  done_ = done < 0 ? done : std::clamp(done, std::max(0.0, done_), 1.0);
  frames_ = frames;
  const Clock::time_point now = Clock::now();
  const double elapsed = std::chrono::duration<double>(now - start_).count();
  if (terminal_) {
    if (now - shown_ < std::chrono::milliseconds(200) && done < 1)
      return;
    shown_ = now;
    std::fprintf(stderr, "\r%s\033[K", text(elapsed).c_str());
    std::fflush(stderr);
    bar_shown_ = true;
  } else if (const int tenth = static_cast<int>(done_ * 10 + 1e-9); tenth > tenth_) {
    tenth_ = tenth;
    std::fprintf(stderr, "%s\n", text(elapsed).c_str());
  }
}

void Progress::end() {
  if (bar_shown_)
    std::fputc('\n', stderr);
  bar_shown_ = false;
}

void Progress::note(const std::string& text) {
  if (quiet_)
    return;
  if (bar_shown_)
    std::fputs("\r\033[K", stderr);
  bar_shown_ = false;
  std::fprintf(stderr, "%s\n", text.c_str());
}

}  // namespace batch
