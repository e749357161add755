#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""motion-recorder writes one file of what moves once, with pre-roll and post-roll.

    tests/examples/motion_recorder.py MOTION-RECORDER
"""
import datetime
import os
import re
import resource
import sys

import support

# A corner of the clip where nobody is, somebody comes through, and nobody is again.
WIDTH, HEIGHT = 256, 192
FIRST, LAST = 470, 570
FRAME = WIDTH * HEIGHT * 3 // 2
MATROSKA = ["jpegenc quality=95 ! matroskamux ! filesink location=quiet.mkv"]


def cut():
    # Some more than wanted: a decoder may send what it holds after the end.
    support.launch(f"filesrc location={support.clip()} ! decodebin ! identity eos-after={LAST + 10} !",
                   f"videocrop left=320 top=384 right={768 - 320 - WIDTH} !",
                   "video/x-raw,format=I420 ! filesink location=corner")
    frames = support.frames("corner", FRAME)[FIRST:LAST + 1]
    support.check(len(frames) == LAST + 1 - FIRST, f"the clip has {len(frames)} frames")
    with open("quiet", "wb") as file:
        file.write(b"".join(frames))
    support.launch("filesrc location=quiet ! rawvideoparse format=i420",
                   f"width={WIDTH} height={HEIGHT} framerate=10/1 !", *MATROSKA)
    return len(frames)


def moving(limit):
    """The numbers of the frames of which the mask sets more than a share."""
    support.launch("filesrc location=quiet.mkv ! decodebin ! rpcasplit name=split",
                   "split.mask ! filesink location=mask")
    masks = support.frames("mask", WIDTH * HEIGHT)
    return [i for i, mask in enumerate(masks) if len(mask) - mask.count(0) > limit * len(mask)]


def timestamps(path):
    output = support.run("gst-launch-1.0", "--verbose", "filesrc", f"location={path}", "!",
                         "decodebin", "!", "identity", "silent=false", "!", "fakesink")
    found = re.findall(r"identity0: last-message = chain .*pts: (\d+):(\d+):([\d.]+)", output)
    return [int(h) * 3600 + int(m) * 60 + float(s) for h, m, s in found]


def check_file(name, before, after, moments, total):
    start = max(0, moments[0] - round(before * 10))
    end = min(total - 1, moments[-1] + round(after * 10))
    times = timestamps(name)
    support.check(len(times) == end - start + 1,
                  f"{len(times)} frames of {name}, {end - start + 1} expected")
    support.check(all(abs(time - i / 10) < 0.002 for i, time in enumerate(times)),
                  f"timestamps are {times}")
    output = support.run("gst-discoverer-1.0", name)
    length = float(re.search(r"Duration: 0:00:([\d.]+)", output)[1])
    support.check(abs(length - len(times) / 10) < 0.11, f"{name} lasts {length} s")


def check_pictures(name, before, moments):
    """The pre-roll is that part of the clip, and not something like it."""
    support.launch(f"filesrc location={name} ! decodebin ! videoconvert !",
                   "video/x-raw,format=I420 ! filesink location=recorded")
    recorded = support.frames("recorded", FRAME)
    original = support.frames("quiet", FRAME)[moments[0] - round(before * 10):]
    luma = WIDTH * HEIGHT
    for i in (0, len(recorded) // 2, len(recorded) - 1):
        error = sum(abs(a - b) for a, b in zip(recorded[i][:luma], original[i][:luma])) / luma
        support.check(error < 3, f"frame {i} of {name} differs by {error}")


def record(program, *options):
    folder = f"recordings-{len(os.listdir('.'))}"
    os.mkdir(folder)
    before = datetime.datetime.now().replace(microsecond=0)
    support.run(program, "quiet.mkv", "--folder", folder, *options)
    names = [os.path.join(folder, name) for name in os.listdir(folder)]
    for name in names:
        stamp = datetime.datetime.strptime(os.path.basename(name), "motion-%Y-%m-%d_%H-%M-%S.mkv")
        ahead = (stamp - before).total_seconds()
        support.check(0 <= ahead < 60, f"{name} is {ahead} s ahead")
    return names


def unknown_times(program, moments, total, *options):
    """What moves at a time that is not known, as a second rpcasplit says, hides nothing else."""
    support.launch("filesrc location=quiet.mkv ! decodebin ! jpegenc ! filesink location=quiet.jpegs")
    names = record(program, *options, "--settings",
                   "min-region-size=100 filesrc location=quiet.jpegs ! jpegparse ! jpegdec !"
                   " rpcasplit post-messages=true ! fakesink sync=false")
    support.check(len(names) == 1, f"files are {names}")
    check_file(names[0], 2, 1.5, moments, total)


def full_disk(program, whole, *options):
    """A file of which the last bytes cannot be written is a failure."""
    room = os.path.getsize(whole) - 8  # Matroska's numbers of tracks are random, of up to 8 bytes
    folder = f"full-{len(os.listdir('.'))}"
    os.mkdir(folder)
    told = support.run(program, "quiet.mkv", "--folder", folder, *options, status=1,
                       restore_signals=False,  # an error in place of SIGXFSZ
                       preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (room, room)))
    support.check("motion-" in told and " s\n" not in told, f"the file is told of so:\n{told}")


def main():
    program = os.path.realpath(sys.argv[1])
    os.chdir(support.folder())
    total = cut()
    moments = moving(0.005)
    support.check(len(moments) == moments[-1] - moments[0] + 1 and moments[0] > 30 and
                  moments[-1] < total - 30, f"of the clip, frames {moments} move")

    options = ("--before", "2", "--after", "1.5", "--limit", "0.5")
    names = record(program, *options)
    support.check(len(names) == 1, f"files are {names}")
    check_file(names[0], 2, 1.5, moments, total)
    check_pictures(names[0], 2, moments)
    full_disk(program, names[0], *options)
    unknown_times(program, moments, total, *options)
    # More than there is of either: the file ends with the stream.
    options = ("--before", "60", "--after", "60", "--limit", "0.5")
    names = record(program, *options)
    support.check(len(names) == 1, f"files are {names}")
    check_file(names[0], 60, 60, moments, total)
    full_disk(program, names[0], *options)
    # Nothing is that large.
    names = record(program, "--limit", "90")
    support.check(not names, f"files are {names}")

    support.run(program, "quiet.mkv", "--folder", "none", "--limit", "0.5", status=1)
    support.run(program, "none.mkv", status=1)
    support.run(program, status=2)


main()
