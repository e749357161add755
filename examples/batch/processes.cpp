// SPDX-License-Identifier: LGPL-2.1-or-later
#include "processes.h"

#include <mpi.h>
#include <sched.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "interruption.h"
#include "mpi_error.h"

namespace batch {
namespace {

unsigned usable_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0)
    return 1;
  return static_cast<unsigned>(std::max(1, CPU_COUNT(&set)));
}

unsigned processes_of_this_machine() {
  MPI_Comm machine = MPI_COMM_NULL;
  check_mpi(MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &machine));
  int count = 1;
  check_mpi(MPI_Comm_size(machine, &count));
  check_mpi(MPI_Comm_free(&machine));
  return static_cast<unsigned>(std::max(1, count));
}

}  // namespace

void check_mpi(int code) {
  if (code == MPI_SUCCESS)
    return;
  char text[MPI_MAX_ERROR_STRING] = "";
  int length = 0;
  MPI_Error_string(code, text, &length);
  throw std::runtime_error(std::string("the other processes cannot be reached: ") + text);
}

Processes::Processes() {
  int provided = 0;
  check_mpi(MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &provided));
  if (provided < MPI_THREAD_FUNNELED)
    throw std::runtime_error("MPI allows no threads");
  MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
  reduction_ = std::make_unique<MpiReduction>(MPI_COMM_WORLD);
  const unsigned here = processes_of_this_machine();
  threads_ = std::max(1u, std::min(usable_cores(), std::thread::hardware_concurrency() / here));
}

Processes::~Processes() {
  reduction_.reset();
  MPI_Finalize();
}

void Processes::together(const std::function<void()>& step) {
  std::string what;
  int signal = 0;
  bool told = false;
  try {
    step();
  } catch (const Interrupted& interrupted) {
    signal = interrupted.signal();
  } catch (const Told&) {
    told = true;
  } catch (const std::exception& error) {
    what = error.what();
    if (what.empty())
      what = "unknown error";
  }
  reduction_->wait();
  const int failed = what.empty() ? 0 : parts() - part();
  double state[] = {static_cast<double>(failed), static_cast<double>(signal), told ? 1.0 : 0.0};
  reduction_->maximum(state);
  if (state[0] > 0 && failed == static_cast<int>(state[0]))
    complain(what);
  if (state[0] > 0 || state[2] > 0)
    throw Told(EXIT_FAILURE);
  if (state[1] > 0)
    throw Interrupted(static_cast<int>(state[1]));
}

std::int64_t Processes::of_first(std::int64_t value) {
  reduction_->broadcast(std::as_writable_bytes(std::span(&value, 1)));
  return value;
}

std::string Processes::of_first(std::string text) {
  text.resize(static_cast<std::size_t>(of_first(static_cast<std::int64_t>(text.size()))));
  reduction_->broadcast(std::as_writable_bytes(std::span(text.data(), text.size())));
  return text;
}

std::int64_t Processes::largest(std::int64_t value) {
  auto number = static_cast<double>(value);
  reduction_->maximum({&number, 1});
  return static_cast<std::int64_t>(number);
}

std::int64_t Processes::smallest(std::int64_t value) {
  return -largest(-value);
}

void Processes::complain(const std::string& what) const {
  if (parts() > 1)
    std::fprintf(stderr, "lowrank-batch: process %d of %d: %s\n", part(), parts(), what.c_str());
  else
    std::fprintf(stderr, "lowrank-batch: %s\n", what.c_str());
}

void Processes::abort(int status) const {
  std::fflush(nullptr);
  MPI_Abort(MPI_COMM_WORLD, status);
  std::abort();
}

}  // namespace batch
