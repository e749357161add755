# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tables as C++."""
import numpy as np

COLUMNS = 100
HEAD = """// SPDX-License-Identifier: LGPL-2.1-or-later
// Written by lib/tools/train-codec-tables: not to be edited.
// clang-format off
#include "codec/tables.h"

namespace lowrank::codec {
"""
TAIL = """
}  // namespace lowrank::codec
"""


def integers(table, unit):
    """Rounded to multiples of 1/unit; int16 has to hold them."""
    rounded = np.rint(np.asarray(table, np.float64) * unit).astype(np.int64)
    if np.abs(rounded).max() > 32767:
        raise ValueError(f"largest entry {np.abs(table).max():.2f} does not fit units of 1/{unit}")
    return rounded


def lines(numbers):
    """Numbers, as many a line as fit."""
    line = ""
    for number in numbers:
        text = f"{number},"
        if len(line) + len(text) > COLUMNS:
            yield line
            line = ""
        line += text
    yield line


def write(path, tables):
    """tables: of (name, array of integers)."""
    with open(path, "w", encoding="ascii") as out:
        out.write(HEAD)
        for name, table in tables:
            shape = "".join(f"[{n}]" for n in table.shape)
            out.write(f"\nconst std::int16_t {name}{shape} = {{\n")
            for line in lines(table.ravel()):
                out.write(line + "\n")
            out.write("};\n")
        out.write(TAIL)
