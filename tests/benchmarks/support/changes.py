# SPDX-License-Identifier: LGPL-2.1-or-later
"""Changes of all of the picture, edited into BGR frames: NAME -> edit(frame, frames since it began).

An edit gets frames from the change on, and gives back the frame as it would look then.
"""
import numpy as np


def _lit(frame, gain, offset=0):
    return np.clip(frame.astype(np.float32) * gain + offset, 0, 255).astype(np.uint8)


def _grid(frame):
    height, width = frame.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    return x / width, y / height


def switched(gain):
    """Light over all of the scene."""
    return lambda frame, _: _lit(frame, gain)


def lamp(frame, _):
    """Light from a lamp to the upper left."""
    x, y = _grid(frame)
    gain = 1 + 1.2 * np.exp(-((x - 0.4) / 0.5) ** 2 - ((y - 0.3) / 0.5) ** 2)
    return _lit(frame, gain[..., None])


def half(frame, _):
    """The right half lights up."""
    x, _ = _grid(frame)
    return _lit(frame, (1 + 0.9 / (1 + np.exp(-(x - 0.5) * 10)))[..., None])


def flash(length):
    """A flash that clips, for some frames."""
    return lambda frame, age: _lit(frame, 1.8, 60) if age < length else frame


def ir_cut(frame, age):
    """The filter leaves: no colour, other tones, a vignette and more noise."""
    x, y = _grid(frame)
    blue, green, red = (frame[..., i].astype(np.float32) / 255 for i in range(3))
    level = np.clip(0.7 * red + 0.2 * green + 0.1 * blue, 0, 1) ** 0.7
    level *= 1.1 - 0.3 * ((2 * x - 1) ** 2 + (2 * y - 1) ** 2)
    noise = np.random.default_rng(age).normal(0, 4, level.shape)
    gray = np.clip(190 * level + noise, 0, 255).astype(np.uint8)
    return np.repeat(gray[..., None], 3, axis=2)


def tone_curve(frame, age):
    """Exposure: another tone curve within ten frames."""
    exponent = 1 - 0.5 * min(1, age / 10)
    return (255 * (frame.astype(np.float32) / 255) ** exponent).astype(np.uint8)


def ramp(frame, age):
    """Dusk within six seconds."""
    return _lit(frame, 1 - 0.6 * min(1, age / 150))


EDITS = {
    "light off, ½": switched(0.5),
    "light on, 1.7": switched(1.7),
    "lamp": lamp,
    "half of the room": half,
    "flash, 1 frame": flash(1),
    "flash, 8 frames": flash(8),
    "IR-cut filter": ir_cut,
    "tone curve, 10 frames": tone_curve,
    "dusk, 150 frames": ramp,
}
