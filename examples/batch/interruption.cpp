// SPDX-License-Identifier: LGPL-2.1-or-later
#include "interruption.h"

#include <csignal>
#include <initializer_list>

namespace batch {
namespace {

volatile std::sig_atomic_t noted = 0;

}  // namespace

void note_signals() {
  struct sigaction action {};
  action.sa_handler = [](int signal) { noted = signal; };
  action.sa_flags = static_cast<int>(SA_RESETHAND) | SA_RESTART;
  for (const int signal : {SIGINT, SIGTERM})
    sigaction(signal, &action, nullptr);
}

int noted_signal() {
  return noted;
}

void check_interruption() {
  if (noted != 0)
    throw Interrupted(noted);
}

}  // namespace batch
