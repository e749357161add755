# SPDX-License-Identifier: LGPL-2.1-or-later
"""Scores of masks by the protocol of CDnet, and of a background plate."""
from dataclasses import dataclass

import cv2
import numpy as np

from support.sequences import grey, numbered


@dataclass
class Score:
    """Pixels counted over a sequence."""
    hits: int = 0
    false_alarms: int = 0
    misses: int = 0

    @property
    def precision(self):
        """Share of what was called moving that does move."""
        return self.hits / max(1, self.hits + self.false_alarms)

    @property
    def recall(self):
        """Share of what moves that was called moving."""
        return self.hits / max(1, self.hits + self.misses)

    @property
    def f_measure(self):
        """Harmonic mean of precision and recall."""
        return 2 * self.hits / max(1, 2 * self.hits + self.false_alarms + self.misses)


def called_moving(path, median=0):
    """A mask file as booleans; with `median`, smoothed by a median of that width first."""
    said = grey(path) > 127
    if not median:
        return said
    return cv2.medianBlur(said.astype(np.uint8), median) > 0


def score_masks(sequence, folder, median=0):
    """Scores a folder of masks, named by their frames' numbers."""
    masks = numbered(folder)
    score = Score()
    for number, moving, static in sequence.scored():
        if number not in masks:
            raise RuntimeError(f"{folder}: no mask for frame {number}")
        said = called_moving(masks[number], median)
        if said.shape != moving.shape:
            raise RuntimeError(f"{masks[number]}: {said.shape} where the truth is {moving.shape}")
        score.hits += np.count_nonzero(said & moving)
        score.false_alarms += np.count_nonzero(said & static)
        score.misses += np.count_nonzero(~said & moving)
    return score


def false_alarm_share(sequence, folder, median=0):
    """Mean share of the picture called moving while nothing does; None without such frames."""
    masks = numbered(folder)
    shares = [np.mean(called_moving(masks[number], median)) for number in sequence.known_empty()]
    return float(np.mean(shares)) if shares else None


def score_plate(image, truth):
    """Mean absolute error, share of pixels off by more than 20, and PSNR, in grey."""
    got, want = (cv2.imread(str(p), cv2.IMREAD_GRAYSCALE).astype(float) for p in (image, truth))
    error = np.abs(got - want)
    psnr = 10 * np.log10(255**2 / max(np.mean(error**2), 1e-12))
    return error.mean(), np.mean(error > 20), psnr
