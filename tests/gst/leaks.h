// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

// What the tracer `leaks` of GStreamer (GST_TRACERS=leaks) knows of.
namespace leaks {

// Whether the tracer is there.
bool are_traced();

// Types of the objects that live, each as often as there are such objects. What GStreamer keeps to
// its end by design is not counted.
std::string live_objects();

// Fails the test when an object lives on. Threads may take a while to let go of their last ones.
void fail_if_any();

}  // namespace leaks
