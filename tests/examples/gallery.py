#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The gallery's figures hold together: on a frame of the clip and its first ones.

    tests/examples/gallery.py GALLERY-COMPRESSION GALLERY-SEPARATION
"""
import os
import sys

import support

SIDE = 512
FRAMES = 60


def table(folder, name):
    """The cells of a table, without its header."""
    with open(os.path.join(folder, name + ".table"), encoding="utf-8") as file:
        rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in file]
    support.check(set(rows[1]) == {"---"}, f"{name} is a table")
    return rows[2:]


def value(cell):
    return float(cell.split()[0])


def is_jpeg(folder, name):
    with open(os.path.join(folder, name), "rb") as file:
        data = file.read()
    support.check(data[:2] == b"\xff\xd8" and data[-2:] == b"\xff\xd9", f"{name} is a JPEG")


def compression(program, folder):
    clip = os.path.join(folder, "clip.avi")
    support.start_of_clip(clip, 400000)
    os.chdir(folder)
    support.launch("filesrc location=clip.avi ! decodebin ! videoconvert ! videoscale !",
                   f"video/x-raw,format=GRAY8,width={SIDE},height={SIDE},pixel-aspect-ratio=1/1 !",
                   "imagefreeze num-buffers=1 ! pngenc ! filesink location=photo.png")
    support.launch("filesrc location=photo.png ! decodebin ! videoconvert !",
                   "video/x-raw,format=GRAY8 ! filesink location=photo.gray")
    support.run(program, "photo.png", folder)
    with open("photo.gray", "rb") as file:
        squares = sum(sample * sample for sample in file.read())

    rows = table(folder, "photo-svd")
    support.check([int(row[0]) for row in rows] == [1, 5, 10, 20, 50, 100], "the ranks")
    before = 0
    for row in rows:
        k, values, energy, psnr = int(row[0]), value(row[1]), value(row[3]), value(row[4])
        support.check(values == k * (2 * SIDE + 1), f"values of {k} components")
        # What is not kept is the error (Eckart and Young), but for rounding to 8 bits.
        error = SIDE * SIDE * 255**2 / 10**(psnr / 10)
        support.check(abs(energy - 100 * (1 - error / squares)) < 0.2,
                      f"{k} components keep {energy} %, by the error {100 * (1 - error / squares)}")
        support.check(psnr > before, "each component makes the picture better")
        before = psnr
        is_jpeg(folder, f"photo-{k}.jpg")
    for row in table(folder, "photo-codec"):
        if not row[3].startswith("too few"):
            support.check(value(row[3]) > value(row[2]), "patches are the better picture")
            is_jpeg(folder, f"photo-{row[0]}-patch.jpg")


def separation(program, folder):
    support.run(program, "clip.avi", folder, "25")
    support.start_of_clip("clip.avi", 1600000)
    support.run(program, "clip.avi", folder, str(FRAMES))
    left = {}
    for i, row in enumerate(table(folder, "methods"), 1):
        left[row[0].split(",")[0] + (row[0][-2:] if "SVD" in row[0] else "")] = value(row[3])
        is_jpeg(folder, f"method-{i}-L.jpg")
        is_jpeg(folder, f"method-{i}-S.jpg")
    print(left)
    support.check(len(left) == 7 and all(0 <= share <= 100 for share in left.values()), "shares")
    support.check(left["truncated SVD 1"] < left["truncated SVD 5"] < left["truncated SVD10"],
                  "more components take more of the people")
    support.check(left["principal component pursuit"] < left["truncated SVD10"],
                  "principal component pursuit takes less than as many components do")
    with open("pcp.svg", encoding="utf-8") as file:
        film = file.read()
    support.check(film.count("<image ") == film.count("data:image/jpeg;base64,/9j/") == FRAMES // 4,
                  "the film has its pictures")
    seen = support.launch("filesrc location=pcp.webm ! decodebin ! videoconvert !",
                          "video/x-raw,format=GRAY8 ! filesink location=pcp.gray")
    support.check(os.path.getsize("pcp.gray") % (968 * 240) == 0 and
                  os.path.getsize("pcp.gray") // (968 * 240) == FRAMES, f"the video {seen}")


def full_disk(program, source, name, *rest):
    """A file that cannot be written is a failure, and named; nothing waits for it for ever."""
    os.mkdir(f"full-{name}")
    os.symlink("/dev/full", f"full-{name}/{name}")
    told = support.run(program, source, f"full-{name}", *rest, status=1)
    support.check(f"full-{name}/{name}" in told, f"{name} is not named:\n{told}")


def main():
    programs = [os.path.realpath(path) for path in sys.argv[1:]]
    folder = support.folder()
    support.clip()
    compression(programs[0], folder)
    separation(programs[1], folder)
    for name in ("photo.jpg", "photo-spectrum.svg", "photo-svd.table"):
        full_disk(programs[0], "photo.png", name)
    for name in ("pcp.webm", "pcp.svg"):
        full_disk(programs[1], "clip.avi", name, "25")
    for program in programs:
        support.run(program, status=2)
        support.run(program, "none.png", folder, status=1)


main()
