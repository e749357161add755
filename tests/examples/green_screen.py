#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""green_screen puts who moves, and only those, before another picture.

    tests/examples/green_screen.py GREEN_SCREEN
"""
import os
import sys

import support

WIDTH, HEIGHT = 768, 576
PICTURE = 0xFFE02080  # ARGB; far from all colours of the clip


def rgb(path, raw):
    support.launch(f"filesrc location={path} ! decodebin ! videoconvert !",
                   f"video/x-raw,format=RGB ! filesink location={raw}")
    return support.frames(raw, WIDTH * HEIGHT * 3)


def masks(path, raw):
    support.launch(f"filesrc location={path} ! decodebin ! rpcasplit name=split",
                   f"split.mask ! filesink location={raw}")
    return support.frames(raw, WIDTH * HEIGHT)


def near(a, b):
    return max(abs(x - y) for x, y in zip(a, b)) < 60


def uniform(mask, x, y, value):
    """Whether the mask has one value around a pixel; its edge is soft, and VP8 blurs it."""
    return all(mask[row * WIDTH + x - 8:row * WIDTH + x + 9] == value * 17
               for row in range(y - 8, y + 9))


def main():
    program = os.path.realpath(sys.argv[1])
    folder = support.folder()
    clip = os.path.join(folder, "people's clip.avi")
    picture = os.path.join(folder, "a picture.png")
    result = os.path.join(folder, "the result.webm")
    support.start_of_clip(clip, 800000)
    # Of another size than the video.
    support.run("gst-launch-1.0", "--quiet", "videotestsrc", "num-buffers=1",
                "pattern=solid-color", f"foreground-color={PICTURE}", "!",
                "video/x-raw,width=300,height=500", "!", "pngenc", "!", "filesink",
                f"location={picture}")
    support.run(program, clip, picture, result)

    os.symlink(clip, os.path.join(folder, "clip"))
    os.symlink(result, os.path.join(folder, "result"))
    os.chdir(folder)
    before, after, mask = rgb("clip", "clip.rgb"), rgb("result", "result.rgb"), masks("clip", "m")
    support.check(len(before) == len(after) == len(mask),
                  f"{len(after)} frames are left of {len(before)}")

    color = PICTURE.to_bytes(4, "big")[1:]
    people = picture_seen = wrong = 0
    for i in range(20, len(before), 15):
        for y in range(8, HEIGHT - 8, 6):
            for x in range(8, WIDTH - 8, 6):
                at = (y * WIDTH + x) * 3
                if uniform(mask[i], x, y, b"\xff"):
                    people += 1
                    wrong += not near(after[i][at:at + 3], before[i][at:at + 3])
                elif uniform(mask[i], x, y, b"\0"):
                    picture_seen += 1
                    wrong += not near(after[i][at:at + 3], color)
    print(f"{people} pixels of people and {picture_seen} of the picture looked at, {wrong} wrong")
    support.check(people > 20, "no people in the result")
    support.check(picture_seen > 10000, "no picture in the result")
    support.check(wrong <= (people + picture_seen) // 1000, "pixels of neither")

    support.run(program, clip, os.path.join(folder, "none.png"), result, status=1)
    support.run(program, status=2)


main()
