// SPDX-License-Identifier: LGPL-2.1-or-later
#include "mpi_reduction.h"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <stdexcept>
#include <string>
#include <thread>

#include "mpi_error.h"

namespace batch {
namespace {

// MPI counts in int.
constexpr std::size_t piece = std::size_t{1} << 30;

template <typename T, typename Function>
void in_pieces(std::span<T> values, const Function& function) {
  for (std::size_t first = 0; first < values.size(); first += piece) {
    const std::span<T> part = values.subspan(first, std::min(piece, values.size() - first));
    function(part.data(), static_cast<int>(part.size()));
  }
}

}  // namespace

double processor_seconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

MpiReduction::MpiReduction(MPI_Comm processes) {
  check_mpi(MPI_Comm_dup(processes, &processes_));
  check_mpi(MPI_Comm_set_errhandler(processes_, MPI_ERRORS_RETURN));
  check_mpi(MPI_Comm_rank(processes_, &part_));
  check_mpi(MPI_Comm_size(processes_, &parts_));
}

MpiReduction::~MpiReduction() {
  MPI_Comm_free(&processes_);
}

template <typename Function>
void MpiReduction::exchange(std::size_t bytes, const Function& function) {
  const double start = MPI_Wtime();
  const double processor_start = processor_seconds();
  function();
  traffic_.calls++;
  traffic_.bytes += bytes;
  traffic_.seconds += MPI_Wtime() - start;
  traffic_.processor_seconds += processor_seconds() - processor_start;
}

void MpiReduction::reduce(std::span<double> values, MPI_Op operation) {
  exchange(values.size_bytes(), [&] {
    in_pieces(values, [&](double* data, int size) {
      check_mpi(MPI_Allreduce(MPI_IN_PLACE, data, size, MPI_DOUBLE, operation, processes_));
    });
  });
}

void MpiReduction::sum(std::span<double> values) {
  reduce(values, MPI_SUM);
}

void MpiReduction::maximum(std::span<double> values) {
  reduce(values, MPI_MAX);
}

void MpiReduction::broadcast(std::span<std::byte> bytes) {
  exchange(bytes.size(), [&] {
    in_pieces(bytes, [&](std::byte* data, int size) {
      check_mpi(MPI_Bcast(data, size, MPI_BYTE, 0, processes_));
    });
  });
}

void MpiReduction::wait() {
  MPI_Request request = MPI_REQUEST_NULL;
  check_mpi(MPI_Ibarrier(processes_, &request));
  for (int done = 0;;) {
    check_mpi(MPI_Test(&request, &done, MPI_STATUS_IGNORE));
    if (done)
      return;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

}  // namespace batch
