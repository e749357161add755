# SPDX-License-Identifier: LGPL-2.1-or-later
"""Labelled sequences: folders with input/ and groundtruth/, files matched by their last number.

CDnet's labels are 255 moving, 0 static, 50 hard shadow, 85 outside the region of interest and
170 unknown. Other truth is white on black.
"""
import re
import sys
from pathlib import Path

import cv2
import numpy as np

from support import frames
from support.frames import IMAGES, numbered


def grey(path):
    """An image of labels: one channel, the brightest where the file has colour."""
    image = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if image is None:
        raise RuntimeError(f"cannot read {path}")
    return image if image.ndim == 2 else image[..., :3].max(axis=2)


class Sequence:
    """One folder of labelled video."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.name = self.folder.name
        self.frames = numbered(self.folder / "input")
        self.truths = numbered(self.folder / "groundtruth")
        self.height, self.width = cv2.imread(str(next(iter(self.frames.values())))).shape[:2]
        scored = self.folder / "temporalROI.txt"
        self.has_scored_range = scored.exists()
        self.first_scored, self.last_scored = 0, sys.maxsize
        if self.has_scored_range:
            self.first_scored, self.last_scored = map(
                int, re.findall(r"\d+", scored.read_text(encoding="utf-8"))[:2])

    def labels(self, number):
        """Where frame `number` moves and where it does not; what is in neither is not scored."""
        truth = grey(self.truths[number])
        if self.has_scored_range or np.isin(truth, (85, 170)).any():
            return truth == 255, (truth == 0) | (truth == 50)
        return truth > 127, truth <= 127

    def scored(self):
        """Yields number, moving, static for each frame that counts."""
        for number in self.truths:
            if number in self.frames and self.first_scored <= number <= self.last_scored:
                moving, static = self.labels(number)
                if moving.any() or static.any():
                    yield number, moving, static

    def known_empty(self):
        """The frames before the first scored one whose truth says that nothing moves."""
        return [number for number in self.truths
                if number in self.frames and number < self.first_scored and self._empty(number)]

    def _empty(self, number):
        moving, static = self.labels(number)
        return static.any() and not moving.any()

    def plate(self):
        """The picture of the empty scene, where the sequence has one."""
        folder = self.folder / "background"
        images = [p for p in sorted(folder.glob("*")) if p.suffix.lower() in IMAGES]
        return images[0] if images else None

    def darken(self, folder):
        """Puts pictures of the same scene in a quarter of the light in the place of the frames.

        They are 4 grey levels above black, with normal noise of 2 to 5 levels that grows with the
        root of the light, always the same. The plate is left aside: it is of the scene by day.
        """
        random = np.random.default_rng(1)
        folder.mkdir(parents=True)
        for number, path in self.frames.items():
            light = cv2.imread(str(path)).astype(np.float32) / 255
            noise = (2 + 3 * np.sqrt(light)) * random.standard_normal(light.shape, np.float32)
            dark = np.clip(np.rint(4 + 255 / 4 * light + noise), 0, 255).astype(np.uint8)
            self.frames[number] = folder / f"dark{number:06d}.png"
            cv2.imwrite(str(self.frames[number]), dark, [cv2.IMWRITE_PNG_COMPRESSION, 1])
        self.plate = lambda: None

    def source(self):
        """The words of a pipeline that decodes the frames from the first to the last."""
        return frames.source(self.frames)


def find(data, names):
    """The sequences below `data`, all of them or those that are named."""
    folders = [Path(data) / name for name in names] if names else sorted(Path(data).iterdir())
    labelled = [f for f in folders if (f / "input").is_dir() and (f / "groundtruth").is_dir()]
    if names and len(labelled) != len(names):
        absent = set(names) - {f.name for f in labelled}
        raise RuntimeError(f"{data} has no sequence {', '.join(sorted(absent))}")
    return [Sequence(folder) for folder in labelled]
