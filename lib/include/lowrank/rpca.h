// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <functional>

#include "lowrank/export.h"
#include "lowrank/matrix_view.h"

namespace lowrank {

enum class PcpStatus : std::uint8_t { converged, iteration_limit, cancelled };

struct PcpProgress {
  int iteration;
  double residual;  ///< ‖M − L − S‖ / ‖M‖, Frobenius
  Index rank;
};

struct PcpOptions {
  double lambda = 0;
  double tolerance = 1e-7;
  int max_iterations = 500;
  Index max_rank = 0;
  unsigned threads = 1;
  bool keep_sparse = false;
  std::function<bool(const PcpProgress&)> progress;
};

struct PcpResult {
  PcpStatus status = PcpStatus::iteration_limit;
  Matrix u;
  Matrix v;
  Matrix sparse;
  int iterations = 0;
  double residual = 0;
  double objective = 0;
  double sparse_share = 0;
  Index rank() const { return u.cols(); }
};

LOWRANK_API PcpResult principal_component_pursuit(FloatView m, const PcpOptions& options = {});
LOWRANK_API PcpResult principal_component_pursuit(ByteView m, const PcpOptions& options = {});
LOWRANK_API std::uint64_t pcp_memory(Index rows, Index cols);

}  // namespace lowrank
