# SPDX-License-Identifier: LGPL-2.1-or-later
"""Raw 8-bit files of pictures and clips, their planes packed one behind the other."""
import hashlib
import re
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from support import frames, pipeline

FORMATS = {"gray": "GRAY8", "i420": "I420"}


@dataclass(frozen=True)
class Raw:
    """Frames of one size in a file."""
    name: str
    path: Path
    width: int
    height: int
    color: str  # "gray" or "i420"
    frames: int

    @property
    def frame_bytes(self):
        """Of one frame."""
        return self.width * self.height * {"gray": 2, "i420": 3}[self.color] // 2

    @property
    def pixels(self):
        """Of all frames."""
        return self.width * self.height * self.frames

    @cached_property
    def digest(self):
        """Names the frames."""
        sha = hashlib.sha256(f"{self.width} {self.height} {self.color}".encode())
        with open(self.path, "rb") as file:
            for _ in range(self.frames):
                sha.update(file.read(self.frame_bytes))
        return sha.hexdigest()

    def first(self, count):
        """The first frames, as many at most."""
        return replace(self, frames=min(count, self.frames))

    def words(self):
        """Arguments of benchmark-codec, benchmark-jpeg and benchmark-psnr."""
        return [str(self.path), str(self.width), str(self.height), self.color]


def _source(path):
    folder = path / "input" if (path / "input").is_dir() else path
    if folder.is_dir():
        return frames.source(frames.numbered(folder))
    return ["filesrc", f"location={path}", "!", "decodebin"]


def _size(source, path, env):
    said = pipeline.run(["gst-launch-1.0", "-v", *source, "!", "fakesink", "name=end",
                         "num-buffers=1"], env)
    found = re.findall(r"/GstFakeSink:end\.GstPad:sink: caps = video/x-raw.*?width=\(int\)(\d+)"
                       r".*?height=\(int\)(\d+)", said)
    if not found:
        raise RuntimeError(f"{path} holds no picture")
    return tuple(map(int, found[-1]))


def convert(path, folder, color, env, most=1, size=None):
    """Writes the first `most` frames of a clip, picture or folder of pictures; with `size`, scaled.

    Sides are cut to multiples of 8 and 2, so that GStreamer's rows are packed.
    """
    pipeline.progress(f"preparing {path.name}")
    source = _source(path)
    width, height = size or _size(source, path, env)
    name = path.stem
    target = Path(folder) / f"{name}-{width}x{height}.{color}"
    if size:
        fit = f"videoscale ! video/x-raw,width={width},height={height}"
    else:
        fit = f"videocrop right={width % 8} bottom={height % 2}"
        width, height = width - width % 8, height - height % 2
    # identity ends the stream at about the frame of that number.
    pipeline.run(pipeline.command(
        source, f"! identity eos-after={most + 1} ! {fit} ! videoconvert !",
        f"video/x-raw,format={FORMATS[color]} ! filesink", [f"location={target}"]), env)
    raw = Raw(name, target, width, height, color, most)
    count, rest = divmod(target.stat().st_size, raw.frame_bytes)
    if rest or not count:
        raise RuntimeError(f"{path}: not {width}x{height} throughout")
    return raw.first(count)
