#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A watch program prints every frame, obeys while it plays, and ends by a signal.

    tests/examples/watch.py COMMAND…
"""
import os
import re
import signal
import subprocess
import sys

import support

COMMAND = sys.argv[1:]
FRAME = re.compile(r" *(\d+\.\d{3}) s +(\d+\.\d\d) %((?:  \d+x\d+\+\d+\+\d+)*)")
WIDTH, HEIGHT = 768, 576


def parse(line):
    """Time, share in percent, and boxes (width, height, x, y) of a line."""
    match = FRAME.fullmatch(line.rstrip("\n"))
    support.check(match, f"not a line of a frame: {line!r}")
    boxes = [tuple(map(int, re.split(r"[x+]", box))) for box in match[3].split()]
    return float(match[1]), float(match[2]), boxes


def check_whole_file(path):
    lines = support.run(*COMMAND, path, "--sink", "fakesink", stdin=subprocess.DEVNULL).splitlines()
    support.check(lines[-1] == "25 frames", f"the last line is {lines[-1]}")
    frames = [parse(line) for line in lines[:-1]]
    support.check([round(time, 3) for time, _, _ in frames] == [i / 10 for i in range(25)],
                  f"times are {[time for time, _, _ in frames]}")
    people = [(share, boxes) for _, share, boxes in frames if share > 0]
    support.check(len(people) > 15, f"something moves in {len(people)} frames only")
    for share, boxes in people:
        support.check(all(x + w <= WIDTH and y + h <= HEIGHT for w, h, x, y in boxes),
                      f"boxes beyond the picture: {boxes}")
        covered = 100 * sum(w * h for w, h, _, _ in boxes) / (WIDTH * HEIGHT)
        support.check(covered > share - 0.01, f"boxes cover {covered} %, the mask {share} %")


def check_unknown_times(path):
    """Pictures in a row, of which the first alone has a time."""
    pictures = path + ".jpegs"
    support.launch(f"filesrc location={path} ! decodebin ! videoconvert ! jpegenc !",
                   f"filesink location={pictures}")
    lines = support.run(*COMMAND, pictures, "--sink", "fakesink",
                        stdin=subprocess.DEVNULL).splitlines()
    support.check(len(lines) == 26, f"{len(lines)} lines of 25 pictures")
    support.check(all(re.match(r" {7}- s +\d+\.\d\d %", line) for line in lines[1:-1]),
                  f"times are made up: {lines}")


class Session:
    """The program at work in real time."""

    def __init__(self, path):
        self.process = subprocess.Popen([*COMMAND, path, "--sink", "fakesink sync=true"],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True, bufsize=1)

    def say(self, line):
        self.process.stdin.write(line + "\n")

    def next(self):
        return self.process.stdout.readline()

    def shares(self, count):
        return [parse(self.next())[1] for _ in range(count)]

    def answer(self):
        """The next line that is not a frame."""
        line = self.next()
        while FRAME.match(line):
            line = self.next()
        return line.strip()


def check_orders(session):
    support.check(min(session.shares(10)[5:]) > 0.2, "nobody moves at the beginning")
    session.say("reset")
    support.check(0 in session.shares(8), "reset does not forget the background")
    # Both at once: the second must not wait for a third.
    session.say("threshold 1000\nforeground-mode residual")
    support.check(session.answer() == "threshold is 1000", "threshold is not set")
    support.check(session.answer() == "foreground-mode is residual", "the mode is not set")
    support.check(session.shares(8)[-1] == 0, "a threshold of 1000 lets something through")
    session.say("no-such-property 1")
    support.check("no-such-property" in session.answer(), "an unknown property is not refused")
    session.say("threshold none")
    support.check(session.answer() == "threshold is 1000", "text is taken as a threshold")


def main():
    folder = support.folder()
    few = os.path.join(folder, "25 frames.avi")
    support.start_of_clip(few, 400000)
    check_whole_file(few)
    few = few.replace(" ", "-")
    support.start_of_clip(few, 400000)
    check_unknown_times(few)

    long = os.path.join(folder, "153 frames.avi")
    support.start_of_clip(long, 1600000)
    session = Session(long)
    try:
        check_orders(session)
        session.process.stdin.close()
        session.shares(2)  # goes on without standard input
        session.process.send_signal(signal.SIGINT)
        rest = session.process.stdout.read().splitlines()
        status = session.process.wait(timeout=20)
    finally:
        session.process.kill()
    support.check(status == 0, f"exits with {status} after a signal:\n{rest}")
    support.check(re.fullmatch(r"\d+ frames", rest[-1]), f"ends with {rest[-1]}")
    support.check(int(rest[-1].split()[0]) < 120, "the signal does not end it")

    output = support.run(*COMMAND, os.path.join(folder, "none.avi"), "--sink",
                         "fakesink", status=1)
    support.check("error" in output, f"no error for a file that is not there:\n{output}")
    support.check("nosuchsink" in support.run(*COMMAND, few, "--sink", "nosuchsink", status=1),
                  "a sink that is not there is not named")


main()
