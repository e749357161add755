# SPDX-License-Identifier: LGPL-2.1-or-later
"""The element and its peers: each turns a sequence into a folder of masks, NUMBER.png.

Where the sequence has a picture of the empty scene and the method has a model of the background,
FOLDER/background holds the plate, its last file being the one after the last frame.
"""
import subprocess

import cv2
import numpy as np

from support import pipeline

NAME = "%06d.png"


class RpcaSplit:
    """The element, through the pipeline that a user would write."""
    label = "rpcasplit"

    def __init__(self, env, properties=(), pictures=False):
        self.env = env
        self.properties = list(properties)
        self.pictures = pictures

    def require(self):
        """Raises Missing where the element is not there."""
        pipeline.require_rpcasplit(self.env)

    def run(self, sequence, folder):
        """Writes masks, the background where it can be judged, all pictures where wanted."""
        pads = {"mask": folder}
        if self.pictures or sequence.plate():
            pads["background"] = folder / "background"
        if self.pictures:
            pads["foreground"] = folder / "foreground"
        branches = []
        for pad, place in pads.items():
            place.mkdir(parents=True, exist_ok=True)
            branches += [f"s.{pad} ! queue ! videoconvert ! pngenc compression-level=1",
                         "! multifilesink", [f"location={place / NAME}"],
                         f"index={min(sequence.frames)}"]
        pipeline.run(pipeline.command(sequence.source(), "! rpcasplit name=s", self.properties,
                                      *branches), self.env)


class Engine:
    """The library's engine with a step left out, or all of them in."""
    STEPS = ("startup", "light", "stabilization", "chroma", "noise", "shadows",
             "moving_background", "filling", "selective_update", "absorption", "scene_change")

    def __init__(self, env, step=None):
        self.env = env
        self.steps = [step] if step else []
        self.label = f"without {step}" if step else "all steps"
        self.program = pipeline.REPOSITORY / "build" / "tests" / "benchmarks" / "benchmark-separate"

    def require(self):
        """Raises Missing where the program is not built."""
        if not self.program.exists():
            raise pipeline.Missing(f"build {self.program.name}: meson configure build "
                                   "-Dbenchmarks=enabled && ninja -C build")

    def run(self, sequence, folder):
        """Writes masks."""
        words = pipeline.command(sequence.source(), "! videoconvert ! video/x-raw,format=I420",
                                 "! fdsink fd=1")
        size = [str(sequence.width), str(sequence.height)]
        with subprocess.Popen(words, env=self.env, stdout=subprocess.PIPE) as source, \
                subprocess.Popen([str(self.program), *size, *self.steps],
                                 stdin=source.stdout, stdout=subprocess.PIPE) as engine:
            source.stdout.close()
            for number in sequence.frames:
                mask = np.frombuffer(engine.stdout.read(sequence.width * sequence.height), np.uint8)
                mask = mask.reshape(sequence.height, sequence.width)
                cv2.imwrite(str(folder / (NAME % number)), mask)
        if source.returncode or engine.returncode:
            raise RuntimeError(" ".join([*words, "|", str(self.program), *size, *self.steps]))


class Segmentation:
    """GStreamer's segmentation element (method mog2), whose test-mode shows its mask."""
    label = "segmentation"

    def __init__(self, env):
        self.env = env

    def require(self):
        """Raises Missing where the element is not installed."""
        pipeline.require_segmentation(self.env)

    def run(self, sequence, folder):
        """Writes the masks."""
        words = pipeline.command(sequence.source(), "! videoconvert ! video/x-raw,format=RGBA",
                                 "! segmentation method=mog2 test-mode=true ! fdsink fd=1")
        with subprocess.Popen(words, env=self.env, stdout=subprocess.PIPE) as process:
            for number in sequence.frames:
                picture = process.stdout.read(sequence.width * sequence.height * 4)
                rgba = np.frombuffer(picture, np.uint8)
                rgba = rgba.reshape(sequence.height, sequence.width, 4)
                cv2.imwrite(str(folder / (NAME % number)), rgba[..., 0])
        if process.returncode:
            raise RuntimeError(" ".join(words))


class OpenCv:
    """One of OpenCV's background subtractors with its default parameters."""

    def __init__(self, label):
        self.label = label
        self.maker = f"createBackgroundSubtractor{label}"

    def _module(self):
        return cv2 if hasattr(cv2, self.maker) else getattr(cv2, "bgsegm", None)

    def require(self):
        """Raises Missing where this OpenCV comes without the subtractor."""
        if not hasattr(self._module(), self.maker):
            raise pipeline.Missing(f"OpenCV {cv2.__version__} has no {self.label}: "
                                   "install python3-opencv, or an OpenCV with bgsegm")

    def run(self, sequence, folder):
        """Writes masks, and the plate where it can be judged."""
        subtractor = getattr(self._module(), self.maker)()
        for number, path in sequence.frames.items():
            cv2.imwrite(str(folder / (NAME % number)), subtractor.apply(cv2.imread(str(path))))
        if sequence.plate():
            (folder / "background").mkdir()
            cv2.imwrite(str(folder / "background" / (NAME % number)),
                        subtractor.getBackgroundImage())
