# SPDX-License-Identifier: LGPL-2.1-or-later
"""Markdown tables."""


def markdown(header, rows):
    """A table, its columns padded so that it also reads well as text."""
    cells = [list(map(str, row)) for row in [header, *rows]]
    widths = [max(3, *(len(row[i]) for row in cells)) for i in range(len(header))]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |"
             for row in cells]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([lines[0], rule, *lines[1:]])
