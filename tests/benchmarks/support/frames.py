# SPDX-License-Identifier: LGPL-2.1-or-later
"""Folders of pictures as video: files matched by their last number."""
import re
from pathlib import Path

IMAGES = {".png", ".bmp", ".jpg", ".jpeg", ".pgm", ".tif", ".tiff"}
DECODERS = {".jpg": ("jpegdec", "image/jpeg"), ".jpeg": ("jpegdec", "image/jpeg"),
            ".png": ("pngdec", "image/png")}
FRAMERATE = 25


def numbered(folder):
    """The images of a folder, as number -> path in the order of the numbers."""
    found = {}
    for path in Path(folder).iterdir():
        digits = re.findall(r"\d+", path.stem)
        if digits and path.suffix.lower() in IMAGES:
            found[int(digits[-1])] = path
    return dict(sorted(found.items()))


def source(frames):
    """The words of a pipeline that decodes such images from the first to the last."""
    first, last = min(frames), max(frames)
    path = frames[first]
    prefix, digits, rest = re.fullmatch(r"(.*?)(\d+)(\D*)", path.name).groups()
    if len(frames) != last - first + 1 or path.suffix.lower() not in DECODERS:
        raise RuntimeError(f"{path.parent}: wants JPEG or PNG files without a gap")
    pattern = str(path.parent / prefix).replace("%", "%%") + f"%0{len(digits)}d{rest}"
    decoder, media = DECODERS[path.suffix.lower()]
    return ["multifilesrc", f"location={pattern}", f"start-index={first}",
            f"stop-index={last}", f"caps={media},framerate={FRAMERATE}/1", "!", decoder]
