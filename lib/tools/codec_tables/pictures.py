# SPDX-License-Identifier: LGPL-2.1-or-later
"""Photographs, and the noise of a codec on them."""
import numpy as np
from PIL import Image

from .geometry import BLOCK

SUFFIXES = {".png", ".jpg", ".jpeg"}
SMALLEST = 6 * BLOCK
# The long side of a photograph in a JPEG file is averaged down to about this.
LONG_SIDE = 700


def load(directories):
    """The photographs of the directories, gray, by name. Those in JPEG files are averaged down,
    which takes away most of what JPEG and the sensor did to them."""
    pictures = []
    for directory in directories:
        for path in sorted(p for p in directory.iterdir() if p.suffix.lower() in SUFFIXES):
            with Image.open(path) as image:
                gray = image.convert("L")
            if path.suffix.lower() != ".png":
                gray = gray.reduce(max(2, round(max(gray.size) / LONG_SIDE)))
            pixels = np.asarray(gray)
            if min(pixels.shape) >= SMALLEST:
                pictures.append(pixels)
    return pictures


def dct(size):
    """The orthonormal cosine transform, a row each component."""
    k, x = np.mgrid[0:size, 0:size]
    rows = np.cos(np.pi * (2 * x + 1) * k / (2 * size)) * np.sqrt(2 / size)
    rows[0] /= np.sqrt(2)
    return rows


def crop(picture, y, x):
    """A copy from (y, x) on whose sides are multiples of the block's."""
    height = (picture.shape[0] - y) // BLOCK * BLOCK
    width = (picture.shape[1] - x) // BLOCK * BLOCK
    return picture[y:y + height, x:x + width].copy()


def quantise(c, step):
    """Rounded to multiples of the step, less up than down, as an encoder that minds the rate."""
    magnitude = np.floor(np.abs(c) / step + 0.36)
    return np.sign(c) * magnitude * step


def degrade(picture, step):
    """What is left after blocks of 8x8 have been through a quantised cosine transform."""
    transform = dct(8).astype(np.float32)
    height, width = picture.shape
    blocks = picture.reshape(height // 8, 8, width // 8, 8).transpose(0, 2, 1, 3)
    c = transform @ (blocks.astype(np.float32) - 128) @ transform.T
    blocks = transform.T @ quantise(c, np.float32(step)) @ transform + 128
    decoded = blocks.transpose(0, 2, 1, 3).reshape(height, width)
    return np.clip(np.rint(decoded), 0, 255).astype(np.uint8)
