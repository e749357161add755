// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <mpi.h>

#include <cstdint>

#include <lowrank/reduction.h>

namespace batch {

/// Joins the processes of a communicator. It has one of its own, of the same processes: nothing
/// else gets in between. Throws std::runtime_error with the text of MPI.
class MpiReduction final : public lowrank::Reduction {
 public:
  explicit MpiReduction(MPI_Comm processes);
  MpiReduction(const MpiReduction&) = delete;
  MpiReduction& operator=(const MpiReduction&) = delete;
  ~MpiReduction() override;

  int part() const override { return part_; }
  int parts() const override { return parts_; }
  void sum(std::span<double> values) override;
  void maximum(std::span<double> values) override;
  void broadcast(std::span<std::byte> bytes) override;
  /// Waits until all processes have come here, and takes no processor time for it.
  void wait();

  std::uint64_t calls() const { return calls_; }
  /// Of values that were handed over in those calls, each once, however MPI moves them.
  std::uint64_t bytes() const { return bytes_; }

 private:
  void reduce(std::span<double> values, MPI_Op operation);
  void count(std::size_t bytes);

  MPI_Comm processes_ = MPI_COMM_NULL;
  int part_ = 0;
  int parts_ = 1;
  std::uint64_t calls_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace batch
