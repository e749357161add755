// SPDX-License-Identifier: LGPL-2.1-or-later
#include "mpi_reduction.h"

#include <algorithm>
#include <chrono>
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

MpiReduction::MpiReduction(MPI_Comm processes) {
  check_mpi(MPI_Comm_dup(processes, &processes_));
  check_mpi(MPI_Comm_set_errhandler(processes_, MPI_ERRORS_RETURN));
  check_mpi(MPI_Comm_rank(processes_, &part_));
  check_mpi(MPI_Comm_size(processes_, &parts_));
}

MpiReduction::~MpiReduction() {
  MPI_Comm_free(&processes_);
}

void MpiReduction::count(std::size_t bytes) {
  calls_++;
  bytes_ += bytes;
}

void MpiReduction::reduce(std::span<double> values, MPI_Op operation) {
  count(values.size_bytes());
  in_pieces(values, [&](double* data, int size) {
    check_mpi(MPI_Allreduce(MPI_IN_PLACE, data, size, MPI_DOUBLE, operation, processes_));
  });
}

void MpiReduction::sum(std::span<double> values) {
  reduce(values, MPI_SUM);
}

void MpiReduction::maximum(std::span<double> values) {
  reduce(values, MPI_MAX);
}

void MpiReduction::broadcast(std::span<std::byte> bytes) {
  count(bytes.size());
  in_pieces(bytes, [&](std::byte* data, int size) {
    check_mpi(MPI_Bcast(data, size, MPI_BYTE, 0, processes_));
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
