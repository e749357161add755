// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lowrank/version.h"

#define LOWRANK_STRINGIFY_(x) #x
#define LOWRANK_STRINGIFY(x) LOWRANK_STRINGIFY_(x)

namespace lowrank {

const char* api_version() noexcept {
  return LOWRANK_STRINGIFY(LOWRANK_API_VERSION_MAJOR) "." LOWRANK_STRINGIFY(
      LOWRANK_API_VERSION_MINOR) "." LOWRANK_STRINGIFY(LOWRANK_API_VERSION_PATCH);
}

}  // namespace lowrank
