// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <mpi.h>

#include <cstdint>

#include <lowrank/reduction.h>

namespace batch {

/// What all threads of this process have taken so far.
double processor_seconds();

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

  /// What the calls so far have come to.
  struct Traffic {
    std::uint64_t calls = 0;
    std::uint64_t bytes = 0;       ///< of values, each once, however MPI moves them
    double seconds = 0;            ///< until they returned, waiting for others included
    double processor_seconds = 0;  ///< of this process meanwhile: many MPIs wait in a loop
  };
  const Traffic& traffic() const { return traffic_; }

 private:
  void reduce(std::span<double> values, MPI_Op operation);
  template <typename Function>
  void exchange(std::size_t bytes, const Function& function);

  MPI_Comm processes_ = MPI_COMM_NULL;
  int part_ = 0;
  int parts_ = 1;
  Traffic traffic_;
};

}  // namespace batch
