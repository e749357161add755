// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

namespace batch {

/// Throws std::runtime_error with MPI's text for what is not MPI_SUCCESS.
void check_mpi(int code);

}  // namespace batch
