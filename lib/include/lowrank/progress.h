// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <stdexcept>

#include "lowrank/export.h"

namespace lowrank {

/// Told by what runs for long how far it has come: `done`, 0 … 1, never falls; where the number of
/// steps is not known beforehand it is an estimate. Called on the thread that called the library,
/// between steps of the work; false cancels. What it throws is passed on.
using ProgressFunction = std::function<bool(double done)>;

/// Thrown by functions whose result has no status, when a ProgressFunction returned false.
class LOWRANK_API Cancelled : public std::runtime_error {
 public:
  /// what() says that `function` was cancelled.
  explicit Cancelled(const char* function);
};

}  // namespace lowrank
