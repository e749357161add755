# SPDX-License-Identifier: LGPL-2.1-or-later
"""Contact sheets: input, background, foreground, mask and truth of a few frames."""
import cv2
import numpy as np

from support.sequences import numbered

ROWS = 4


def write_sheet(sequence, folder, sheet):
    """Writes a picture with one row a frame, from what the element left in `folder`."""
    frames = [number for number, moving, _ in sequence.scored() if moving.any()]
    chosen = [frames[i] for i in np.linspace(0, len(frames) - 1, min(ROWS, len(frames)), dtype=int)]
    columns = [sequence.frames, *(numbered(folder / part) for part in
                                  ("background", "foreground", ".")), sequence.truths]
    rows = [np.hstack([cv2.imread(str(column[number])) for column in columns])
            for number in chosen]
    sheet.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(sheet), np.vstack(rows))
