#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""lowrank-batch alone: what it writes is what rpcasplit gives, it goes on where it was ended, and
says what is wrong.

    tests/examples/batch.py LOWRANK-BATCH
"""
import os
import re
import sys

import batch_support as batch
import support

# The share of samples of the background that may differ by more than a level. The rows of M are in
# another order, by which nmf finds another of its many factorizations.
METHODS = {"svd": .0001, "fixed-rank": .0001, "nmf": .01, "pcp": .0001}

LONG_WINDOW = 16  # long enough for people to have moved


def by_element(method):
    """Background and mask of rpcasplit."""
    support.launch(f"filesrc location=small.mkv ! decodebin ! rpcasplit name=s method={method}",
                   f"window={LONG_WINDOW}",
                   "s.background ! queue max-size-buffers=0 max-size-bytes=0 max-size-time=0 !",
                   "filesink location=background.raw",
                   "s.mask ! queue max-size-buffers=0 max-size-bytes=0 max-size-time=0 !",
                   "filesink location=mask.raw",
                   "s.foreground ! queue max-size-buffers=0 max-size-bytes=0 max-size-time=0 !",
                   "filesink location=foreground.raw")
    return {name: support.frames(f"{name}.raw", batch.WIDTH * batch.HEIGHT
                                 if name == "mask" else batch.SAMPLES) for name in batch.OUTPUTS}


def share_that_differs(some, others, levels):
    differ = count = 0
    for one, other in zip(some, others):
        differ += sum(abs(a - b) > levels for a, b in zip(one, other))
        count += len(one)
    return differ / count


def like_the_element(program, method):
    told = support.run(program, "small.mkv", "-o", method, "--method", method, "--window",
                       str(LONG_WINDOW))
    for phase in ("factorizing 100 %", "writing 100 %", f"{batch.FRAMES} frames in "):
        support.check(phase in told, f"{method} tells of {phase}:\n{told}")
    support.check(not os.path.exists(f"{method}/.lowrank-batch"), "nothing else is left")
    wanted = by_element(method)
    for name in batch.OUTPUTS:
        support.check(batch.times(f"{method}/{name}.mkv") == batch.times("small.mkv"),
                      f"{name} has the times of the video")
        frames = batch.decoded(f"{method}/{name}.mkv", name == "mask")
        support.check(len(frames) == batch.FRAMES, f"{name} has all frames")
        differ = share_that_differs(frames, wanted[name], 1 if name == "background" else 0)
        print(f"{method} {name}: {100 * differ:.4f} % differ from rpcasplit's")
        support.check(differ <= (METHODS[method] if name == "background" else .002),
                      f"{method} {name}")
    moving = sum(frame.count(255) for frame in wanted["mask"]) / len(wanted["mask"])
    support.check(moving > 20, f"{method}: something moves, {moving} pixels a frame")


def goes_on(program):
    """What was factorized and what was written is not done again."""
    command = (program, "small.mkv", "-o", "again", "--method", "svd", "--window",
               str(batch.WINDOW), "--keep")
    support.run(*command)
    whole = batch.backgrounds("again")
    with open("again/background.mkv", "rb") as file:
        written = file.read()
    checkpoint = "again/.lowrank-batch/"
    before = os.stat(checkpoint + "window-0001.part-0000").st_mtime_ns
    # As it is when it was killed in the third window.
    for name in ("window-0002.part-0000", "background.done"):
        os.remove(checkpoint + name)
    with open(checkpoint + "job", encoding="utf-8") as file:
        job = [line for line in file if not line.startswith("frames=")]
    with open(checkpoint + "job", "w", encoding="utf-8") as file:
        file.writelines(job)
    os.remove("again/background.mkv")
    mask = os.stat("again/mask.mkv").st_mtime_ns
    told = support.run(*command)
    support.check("2 windows were factorized before" in told, told)
    support.check(os.stat(checkpoint + "window-0001.part-0000").st_mtime_ns == before,
                  "the window before is the same")
    with open("again/background.mkv", "rb") as file:
        support.check(len(file.read()) == len(written), "the same background")
    support.check(batch.difference(whole, batch.backgrounds("again")) == 0, "the same L")
    support.check(os.stat("again/mask.mkv").st_mtime_ns == mask, "the mask was left")
    told = support.run(*command)
    support.check("all windows were factorized before" in told, told)

    # A part that is damaged is made again, or noticed.
    with open(checkpoint + "window-0000.part-0000", "r+b") as file:
        file.truncate(1000)
    told = support.run(*command)
    support.check("all windows" not in told and len(batch.parts("again")) == batch.WINDOWS, told)
    with open(checkpoint + "window-0000.part-0000", "r+b") as file:
        file.seek(2000)
        file.write(b"\xff\xff\xff\xff")
    os.remove(checkpoint + "background.done")
    told = support.run(*command, status=1)
    support.check("window-0000.part-0000 is damaged" in told, told)

    told = support.run(program, "small.mkv", "-o", "again", "--method", "svd", "--window", "20",
                       status=1)
    support.check("--window was 10, not 20" in told and "--fresh" in told, told)
    told = support.run(program, "small.mkv", "-o", "again", "--method", "pcp", status=1)
    support.check("--method was svd, not pcp" in told, told)
    os.utime("small.mkv", (1, 1))
    told = support.run(*command, status=1)
    support.check("modified was" in told, told)
    support.run(*command, "--fresh")


def memory(program):
    """Frames in a file give the same as frames in memory."""
    told = support.run(program, "small.mkv", "-o", "x", "--method", "svd", "--window", "25",
                       "--memory", "1M", status=1)
    least = re.search(r"takes ([\d.]+) MiB in a process", told)
    support.check(least and "--memory allows 1.0 MiB" in told, told)
    for name, size in (("in-memory", "1G"), ("in-file", f"{float(least[1]) + .1}M")):
        told = support.run(program, "small.mkv", "-o", name, "--method", "svd", "--window", "0",
                           "--memory", size, "--keep", "--statistics")
        support.check(("in a file of" if name == "in-file" else "in memory") in told, told)
        support.check(f"window=0 first=0 frames={batch.FRAMES} rank=1" in told, told)
    differs = batch.difference(batch.backgrounds("in-memory"), batch.backgrounds("in-file"))
    support.check(differs == 0, f"L of frames in a file differs by {differs}")
    support.check([name for name in os.listdir("in-file") if name.startswith("spool")] == [],
                  "the file is gone")
    told = support.run(program, "small.mkv", "-o", "x", "--method", "svd", "--window", "20000",
                       "--memory", "1G", status=1)
    support.check("a --window of " in told and "fits" in told, told)


def encoders(program):
    support.run(program, "small.mkv", "-o", "jpeg", "--method", "svd", "--quiet", "--encoder",
                "jpegenc ! avimux")
    support.check(sorted(os.listdir("jpeg")) == ["background.avi", "foreground.avi", "mask.avi"],
                  "names end as the muxer says")
    told = support.run(program, "small.mkv", "-o", "ends", "--method", "svd", "--encoder",
                       "identity error-after=9 ! jpegenc ! matroskamux", status=1)
    support.check(re.search(r"ground\.part: .*identity|mask\.part: .*identity", told), told)
    support.check(os.listdir("ends") == [".lowrank-batch"], "no half file has a name")
    # One that takes no more frames, while some wait for it and when all the others do.
    for last in (3, 20):
        told = support.run(program, "small.mkv", "-o", f"ends-{last}", "--method", "svd", "--encoder",
                           f"identity eos-after={last} ! jpegenc ! matroskamux", status=1)
        support.check("the encoder ended before the video did" in told, told)
        support.check(os.listdir(f"ends-{last}") == [".lowrank-batch"], "no half file has a name")


def wrong(program):
    for arguments, text in (
            (["small.mkv"], "needs -o"),
            (["-o", "x"], "needs a video"),
            (["small.mkv", "-o", "x", "--method", "online"], "pcp, fixed-rank, nmf or svd"),
            (["small.mkv", "-o", "x", "--window", "many"], "--window has to be a number"),
            (["small.mkv", "-o", "x", "--memory", "2X"], "such as 500M or 2G"),
            (["small.mkv", "-o", "x", "--rank", "-1"], "--rank has to be 0 or more"),
            (["small.mkv", "-o", "x", "--threshold", "0"], "--threshold has to be"),
            (["small.mkv", "-o", "x", "--encoder", "nosuchenc ! matroskamux"], "nosuchenc"),
            (["small.mkv", "-o", "x", "--encoder", "pngenc"], "--extension"),
            (["small.mkv", "other.mkv", "-o", "x"], "one video")):
        told = support.run(program, *arguments, status=2)
        support.check(text in told, f"{arguments} is told {text}: {told}")
    for name, text in (("none.mkv", "none.mkv: No such file"), (__file__, "no video")):
        told = support.run(program, name, "-o", "x", status=1)
        support.check(text in told, told)


def main():
    program = os.path.realpath(sys.argv[1])
    support.clip()
    os.chdir(support.folder())
    batch.small_clip("small.mkv")
    for method in METHODS:
        like_the_element(program, method)
    goes_on(program)
    memory(program)
    encoders(program)
    wrong(program)


main()
