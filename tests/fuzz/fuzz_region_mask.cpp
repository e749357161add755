// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Region masks of any bytes: PNG and PGM pictures, read and brought to another size.
//
// Byte 0 of the settings is the width of that, less 1, and byte 1 its height.
#include "picture_checks.h"
#include "target.h"

namespace lowrank::fuzz {

int test_one_input(ByteSpan bytes) {
  const Settings input(bytes);
  read_picture(input);
  return 0;
}

}  // namespace lowrank::fuzz
