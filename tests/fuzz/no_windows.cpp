// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Stands in for the methods over windows where only models are loaded: these have none, and with
// the sanitizers the factorizations would take long to build.
#include <stdexcept>

#include "engine.h"

namespace lowrank {

std::unique_ptr<SeparationMethod> make_window_method(const ImageFormat&, const BackgroundOptions&,
                                                     const Callbacks&) {
  throw std::logic_error("no windows here");
}

}  // namespace lowrank
