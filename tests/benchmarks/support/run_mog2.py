# SPDX-License-Identifier: LGPL-2.1-or-later
"""Feeds BGR frames to OpenCV's MOG2, or to nothing: run_mog2 FILE WIDTH HEIGHT FRAMES mog2|none

FILE holds raw RGBA frames. A process of its own, so that its time and memory are its own.
"""
import sys

import cv2
import numpy as np


def main():
    """Runs over the frames."""
    path, method = sys.argv[1], sys.argv[5]
    width, height, frames = map(int, sys.argv[2:5])
    subtractor = cv2.createBackgroundSubtractorMOG2() if method == "mog2" else None
    with open(path, "rb") as video:
        for _ in range(frames):
            rgba = np.frombuffer(video.read(width * height * 4), np.uint8)
            bgr = cv2.cvtColor(rgba.reshape(height, width, 4), cv2.COLOR_RGBA2BGR)
            if subtractor:
                subtractor.apply(bgr)


if __name__ == "__main__":
    main()
