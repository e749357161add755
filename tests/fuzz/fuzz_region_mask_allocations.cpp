// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Region masks of any bytes, when memory runs out at some allocation: that is std::bad_alloc and
// nothing else, and the same bytes then give the same picture.
#include <new>

#include "allocations.h"
#include "ensure.h"
#include "picture_checks.h"
#include "target.h"

namespace lowrank::fuzz {
namespace {

bool same(const std::optional<gst_lowrank::GrayPicture>& a,
          const std::optional<gst_lowrank::GrayPicture>& b) {
  if (!a || !b)
    return a.has_value() == b.has_value();
  return a->width == b->width && a->height == b->height && a->pixels == b->pixels;
}

void fail(const Settings& input) {
  // There are few allocations: a small number each time.
  const long first = 1 + input.bytes[3] % 8;
  allocations::fail_from(first, input.all_fail ? allocations::never : first);
  try {
    read_picture(input);
  } catch (const std::bad_alloc&) {
  }
  allocations::fail_never();
}

}  // namespace

int test_one_input(ByteSpan bytes) {
  const Settings input(bytes);
  const auto expected = read_picture(input);
  const long live = allocations::live;
  fail(input);
  ensure(allocations::live == live, "nothing is left behind");
  ensure(same(read_picture(input), expected), "after a failure the same picture is read");
  return 0;
}

}  // namespace lowrank::fuzz
