# SPDX-License-Identifier: LGPL-2.1-or-later
"""Patches to learn from, each with its border as a decoder would see it."""
from dataclasses import dataclass

import numpy as np

from .pictures import crop, degrade

STEPS = (6.0, 45.0)
# Small pictures are seen so often at most.
PASSES = 16
# A patch with less contrast than this, in squares of the step, says nothing.
FLAT = 0.12


@dataclass
class Samples:
    """Rows of patches and of borders, both less the mean of the border, and the step of the
    quantiser that each was seen through."""
    patches: np.ndarray
    borders: np.ndarray
    steps: np.ndarray

    def __len__(self):
        return len(self.steps)

    def __getitem__(self, rows):
        return Samples(self.patches[rows], self.borders[rows], self.steps[rows])


def draw_step(random):
    low, high = np.log(STEPS)
    return float(np.exp(random.uniform(low, high)))


def contrasting(samples):
    """Those of which a quantiser leaves something."""
    return samples[np.square(samples.patches).mean(1) > FLAT * np.square(samples.steps)]


def collect(pictures, geometry, per_picture, random, step=None):
    """Samples of every picture, at most `per_picture`: shifted and mirrored at random, and each
    time through a quantiser of another step, or of the one given. A small picture is seen
    several times."""
    parts = []
    for picture in pictures:
        missing = per_picture
        for _ in range(PASSES):
            oy, ox = random.integers(0, 16, 2)
            view = picture[:, ::-1] if random.integers(2) else picture
            clean = crop(view, oy, ox)
            s = step or draw_step(random)
            y, x, clipped = geometry.positions(*clean.shape)
            if len(y) > missing:
                chosen = np.sort(random.choice(len(y), missing, replace=False))
                y, x, clipped = y[chosen], x[chosen], clipped[chosen]
            borders, mean = geometry.borders(degrade(clean, s), y, x, clipped)
            parts.append(Samples(geometry.patches(clean, y, x) - mean, borders,
                                 np.full(len(y), s, np.float32)))
            missing -= len(y)
            if missing <= 0:
                break
    return Samples(*(np.concatenate([getattr(p, name) for p in parts])
                     for name in ("patches", "borders", "steps")))
