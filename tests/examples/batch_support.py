# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the tests of lowrank-batch share: a small clip, MPI, and the factors that are left."""
import array
import os
import re
import struct
import sys

import support

sys.path.append(os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "support"))
from mpi import mpirun  # noqa: E402  for those who import this

WIDTH = 192
HEIGHT = 144
FRAMES = 25
WINDOW = 10  # frames 0 to 9, 8 to 17, and the last ones, 15 to 24
WINDOWS = 3
SAMPLES = WIDTH * HEIGHT * 3 // 2
OUTPUTS = ("background", "foreground", "mask")


def small_clip(path):
    """The first frames of the clip, small, in I420 and without loss."""
    support.start_of_clip("start.avi", 400000)
    support.launch("filesrc location=start.avi ! decodebin ! videoconvert ! videoscale !",
                   f"video/x-raw,format=I420,width={WIDTH},height={HEIGHT} !",
                   f"avenc_ffv1 ! matroskamux ! filesink location={path}")
    support.check(len(times(path)) == FRAMES, f"the clip has {FRAMES} frames")


def times(path):
    """The time of each frame of a file, in order."""
    told = support.run("gst-launch-1.0", "--verbose", *f"filesrc location={path} ! matroskademux !"
                       "identity silent=false ! fakesink silent=true".replace("!", " ! ").split())
    return re.findall(r"pts: ([\d:.]+),", told)


def decoded(path, gray=False):
    """The frames of a file."""
    pixel = "GRAY8" if gray else "I420"
    support.launch(f"filesrc location={path} ! decodebin ! video/x-raw,format={pixel} !",
                   "filesink location=frames.raw")
    return support.frames("frames.raw", WIDTH * HEIGHT if gray else SAMPLES)


class Part:
    """A file of factors, as examples/batch/factors_file.h has them."""

    MAGIC = b"lowrank-batch factors 1\n"
    HEADER = struct.Struct("=Qqiiiiiiiiq")

    def __init__(self, path):
        with open(path, "rb") as file:
            data = file.read()
        support.check(data.startswith(self.MAGIC), f"{path} holds factors")
        (_, self.first_frame, self.frames, self.number, self.count, self.rank, self.iterations,
         self.line, self.lines, self.stripe, self.rows) = self.HEADER.unpack_from(data, len(self.MAGIC))
        start = len(self.MAGIC) + self.HEADER.size
        middle = start + 4 * self.rows * self.rank
        self.u = array.array("f", data[start:middle])
        self.v = array.array("f", data[middle:middle + 4 * self.frames * self.rank])
        support.check(len(data) == middle + 4 * len(self.v) + self.rows + 16,
                      f"{path} has the size that its header says")

    def places(self):
        """Where each row is in the matrix of the whole picture."""
        end = self.line + self.lines
        for line in range(self.line, end, self.stripe):
            lines = min(self.stripe, end - line)
            yield from range(line * WIDTH, (line + lines) * WIDTH)
            for before in (WIDTH * HEIGHT, WIDTH * HEIGHT * 5 // 4):
                yield from range(before + line * WIDTH // 4, before + (line + lines) * WIDTH // 4)

    def background(self, every):
        """L of each so-manieth row of the whole picture, by its place."""
        result = {}
        for row, place in enumerate(self.places()):
            if place % every == 0:
                result[place] = [
                    sum(self.u[row + k * self.rows] * self.v[frame + k * self.frames]
                        for k in range(self.rank)) for frame in range(self.frames)]
        return result


def parts(folder):
    """The parts of each window."""
    folder = os.path.join(folder, ".lowrank-batch")
    windows = {}
    for name in sorted(os.listdir(folder)):
        match = re.fullmatch(r"window-(\d+)\.part-(\d+)", name)
        if match:
            windows.setdefault(int(match[1]), []).append(Part(os.path.join(folder, name)))
    return windows


def backgrounds(folder, every=41):
    """L of each window, of some rows."""
    result = {}
    for window, files in parts(folder).items():
        result[window] = {}
        for part in files:
            result[window].update(part.background(every))
        support.check(len(result[window]) == (SAMPLES + every - 1) // every,
                      f"the {len(files)} parts of window {window} of {folder} are the whole picture")
    return result


def difference(one, other):
    """‖L − L'‖ / ‖L‖ of the windows of two runs, the largest."""
    support.check(one.keys() == other.keys(), "as many windows")
    largest = 0
    for window, rows in one.items():
        squares = distance = 0
        for place, row in rows.items():
            squares += sum(value * value for value in row)
            distance += sum((a - b)**2 for a, b in zip(row, other[window][place]))
        largest = max(largest, (distance / squares)**0.5)
    return largest
