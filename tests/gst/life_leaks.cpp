// SPDX-License-Identifier: LGPL-2.1-or-later

// What all the other tests rely on: that an object which is left behind is found.
#include "leaks.h"
#include "support.h"

namespace {

GST_START_TEST(what_lives_is_found) {
  fail_unless(leaks::are_traced());
  fail_unless_equals_text(leaks::live_objects(), "");
  GstBuffer* buffer = gst_buffer_new();
  fail_unless_equals_text(leaks::live_objects(), "GstBuffer");
  gst_buffer_unref(buffer);
  GstElement* element = gst_element_factory_make("rpcasplit", nullptr);
  fail_unless(leaks::live_objects().find("GstRpcaSplit") != std::string::npos);
  gst_object_unref(element);
  fail_unless_equals_text(leaks::live_objects(), "");
}
GST_END_TEST

}  // namespace

int main() {
  return run_suite("life leaks", {what_lives_is_found});
}
