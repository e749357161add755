// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lowrank/progress.h"

#include <string>

namespace lowrank {

Cancelled::Cancelled(const char* function)
    : std::runtime_error(std::string(function) + ": cancelled") {}

}  // namespace lowrank
