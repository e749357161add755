# SPDX-License-Identifier: LGPL-2.1-or-later
"""Patches and the samples around them that a decoder knows, in the order of the tables."""
import numpy as np

BLOCK = 16


class Geometry:
    """Where the pixels of a patch of size x size and its border are, from its top left pixel.

    The border is two rows above, each from x - 2 to x + 2 size - 1, and then two columns to the
    left, each of `size`; the nearest row or column first.
    """

    def __init__(self, size):
        self.size = size
        self.pixels = size * size
        line = range(-2, 2 * size)
        self.border_y = np.array([-r for r in (1, 2) for _ in line]
                                 + [y for _ in (1, 2) for y in range(size)])
        self.border_x = np.array([x for _ in (1, 2) for x in line]
                                 + [-r for r in (1, 2) for _ in range(size)])
        self.border = len(self.border_y)
        row = 2 * size + 2
        # The nearest row above and column to the left, whose mean is taken off everything.
        self.adjacent = np.array([2 + x for x in range(size)]
                                 + [2 * row + y for y in range(size)])
        self.patch_y, self.patch_x = (a.ravel() for a in np.mgrid[0:size, 0:size])

    def positions(self, height, width):
        """Patches whose border lies in the picture: y, x, and whether what is above and to the
        right is not decoded yet, since patches of a block are coded in Z order."""
        y, x = (a.ravel() for a in np.mgrid[BLOCK:height - BLOCK + 1:self.size,
                                            BLOCK:width - 2 * BLOCK + 1:self.size])
        return y, x, (y % BLOCK != 0) & (x % BLOCK != 0)

    def borders(self, decoded, y, x, clipped):
        """The border of each patch, one a row, and its mean."""
        limit = np.where(clipped, self.size - 1, 2 * self.size)[:, None]
        dx = np.minimum(self.border_x[None], limit)
        border = decoded[y[:, None] + self.border_y, x[:, None] + dx].astype(np.float32)
        mean = border[:, self.adjacent].mean(1, keepdims=True)
        return border - mean, mean

    def patches(self, picture, y, x):
        """The pixels of each patch, one a row."""
        return picture[y[:, None] + self.patch_y, x[:, None] + self.patch_x].astype(np.float32)
