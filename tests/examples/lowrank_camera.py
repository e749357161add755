#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""lowrank-camera says what is wrong with its settings, keeps its model, and tells how it is.

    tests/examples/lowrank_camera.py LOWRANK-CAMERA
"""
import json
import os
import signal
import socket
import subprocess
import sys
import time

import support

PROGRAM = os.path.realpath(sys.argv[1])
CLIP = "source = filesrc location=clip.avi ! decodebin ! clocksync\nheartbeat = 0.5\n"
WRONG = {
    "": "needs either uri or source",
    "[camera]\nuri = a.avi\nsource = b\n": "needs either uri or source",
    "uri = a.avi\n": "group",
    "[camera]\nuri = a.avi\n[rpcaspilt]\nthreshold = 4\n": "[rpcaspilt]",
    "[camera]\nurl = a.avi\n": "[camera] url",
    "[camera]\nuri = a.avi\npatience = long\n": "[camera] patience: long",
    "[camera]\nuri = a.avi\npatience = 0\n": "[camera] patience",
    "[camera]\nuri = a.avi\nsave-every = -1\n": "[camera] save-every",
    "[camera]\nuri = a.avi\nrecording = yes\n": "[camera] recording: yes",
    "[camera]\nuri = a.avi\n[output]\nlines = all\n": "[output] lines: all",
    "[camera]\nuri = a.avi\n[output]\nplate = a.png\n": "[output] plate",
    "[camera]\nuri = a.avi\n[output]\nmask = nosuchsink\n": "nosuchsink",
    "[camera]\nsource = nosuchsrc\n": "nosuchsrc",
    "[camera]\nuri = a.avi\n[rpcasplit]\ntreshold = 4\n": "[rpcasplit] treshold",
    "[camera]\nuri = a.avi\n[rpcasplit]\nstats = a\n": "[rpcasplit] stats",
    "[camera]\nuri = a.avi\n[rpcasplit]\nmethod = onlin\n": "[rpcasplit] method: onlin",
    "[camera]\nuri = a.avi\n[rpcasplit]\nthreshold = 5000\n": "[rpcasplit] threshold: 5000",
    "[camera]\nuri = a.avi\n[rpcasplit]\npreset = none\n": "[rpcasplit] preset",
}


def write(name, text):
    os.makedirs("cameras", exist_ok=True)
    with open(f"cameras/{name}.conf", "w", encoding="utf-8") as file:
        file.write(text)


def command(name):
    return [PROGRAM, "--cameras", "cameras", "--state", ".", name]


class Run:
    """A camera at work."""

    def __init__(self, text, name="door", **options):
        write(name, text)
        self.process = subprocess.Popen(command(name), stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True, **options)
        self.lines = []

    def until(self, event):
        """Reads lines until one of an event, which is returned."""
        for text in self.process.stdout:
            self.lines.append(json.loads(text))
            if self.lines[-1]["event"] == event:
                return self.lines[-1]
        _, errors = self.process.communicate()
        return support.check(False, f"no {event} in {self.lines}\n{errors}")

    def end(self, number=None, status=0):
        """The rest of its lines; standard error is left in `errors`."""
        if number:
            self.process.send_signal(number)
        try:
            output, self.errors = self.process.communicate(timeout=30)
        finally:
            self.process.kill()
        support.check(self.process.returncode == status,
                      f"exits with {self.process.returncode}, not {status}:\n{self.errors}")
        support.check(not support.COMPLAINTS.search(self.errors), f"complains:\n{self.errors}")
        self.lines += map(json.loads, output.splitlines())
        support.check(self.lines[-1]["event"] == "stop", f"the last line is {self.lines[-1]}")
        return self.lines

    def of(self, event):
        return [line for line in self.lines if line["event"] == event]


def check_wrong_settings():
    for text, words in WRONG.items():
        write("wrong", text)
        output = support.run(*command("wrong"), status=2)
        support.check("cameras/wrong.conf: " in output and words in output,
                      f"{text!r} is told as {output!r}")
    output = support.run(*command("none"), status=2)
    support.check("cameras/none.conf" in output, f"a file that is not there: {output}")
    for name in ("../cameras/wrong", ".wrong", ""):
        support.run(*command(name), status=2)


def check_restart():
    """What it has learned by a signal is there at the first frame after it."""
    text = f"[camera]\n{CLIP}[output]\nlines = frames\n"
    for number in (signal.SIGTERM, signal.SIGUSR1, signal.SIGINT):
        run = Run(text)
        first = run.until("frame")
        run.until("heartbeat")
        run.until("heartbeat")
        run.end(number)
        loaded = [line["action"] for line in run.of("model")]
        if number == signal.SIGTERM:
            support.check(loaded == ["saved"], f"models are {loaded}")
            support.check(first["foreground_ratio"] == 0, f"without a model it is {first}")
        else:
            support.check(loaded == ["loaded", "saved"], f"models are {loaded}")
            support.check(0.002 < first["foreground_ratio"] < 0.05 and first["regions"],
                          f"with a model the first frame is {first}")
        stop = run.lines[-1]
        support.check(stop["reason"] == "signal" and stop["frames"] < 100, f"it ends with {stop}")
        support.check(len(run.of("frame")) == stop["frames"], f"{len(run.of('frame'))} lines")
        beat = run.of("heartbeat")[-1]
        support.check(2 < beat["frames_per_second"] < 30 and 0 < beat["mean_ms"] < 1000,
                      f"a heartbeat is {beat}")
        support.check({line["camera"] for line in run.lines} == {"door"}, "another camera")
    os.remove("door.model")


def check_outputs():
    """A file that is being written is complete; lines are of frames with regions."""
    run = Run(f"[camera]\n{CLIP}[rpcasplit]\nmin-region-size = 2000\nregion-mask = left.pgm\n"
              "[output]\nmask = videoconvert ! jpegenc ! avimux ! filesink location=mask.avi\n")
    run.until("heartbeat")
    run.until("frame")
    # One that is said twice hurries nothing.
    run.process.send_signal(signal.SIGTERM)
    run.end(signal.SIGTERM)
    support.check(all(region["x"] + region["width"] <= 400 and region["area"] >= 2000
                      for line in run.of("frame") for region in line["regions"]),
                  "the properties do not hold")
    found = support.run("gst-discoverer-1.0", "mask.avi")
    support.check("Duration: 0:00:00.000" not in found and "JPEG" in found, f"the file is {found}")
    os.remove("door.model")


def check_ends():
    """What the end of the stream means, and that nothing comes."""
    run = Run("[camera]\nuri = ../clip.avi\nrecording = true\nheartbeat = 0\n[output]\nlines = none\n")
    run.end()
    support.check([line["event"] for line in run.lines] == ["start", "model", "stop"] and
                  run.lines[-1]["frames"] == 153, f"lines are {run.lines}")
    run = Run("[camera]\nuri = ../clip.avi\n")
    run.end(status=1)
    support.check(run.lines[-1]["reason"] == "end of stream", f"ends with {run.lines[-1]}")
    run = Run("[camera]\nuri = none.avi\n")
    run.end(status=1)
    support.check(run.lines[-1]["reason"] == "error", f"ends with {run.lines[-1]}")
    run = Run("[camera]\nsource = appsrc\npatience = 1\n")
    run.end(status=1)
    support.check("no frame" in run.errors and run.lines[-1]["reason"] == "no frames", run.errors)


def check_stall():
    """Frames that stop coming are a failure; what was learned until then is kept."""
    run = Run("[camera]\nsource = fdsrc fd=0 ! decodebin\npatience = 1\n", "stall",
              stdin=subprocess.PIPE)
    with open("clip.avi", "rb") as clip:
        run.process.stdin.buffer.write(clip.read(400000))
        run.process.stdin.flush()
    run.process.stdin, pipe = None, run.process.stdin
    run.end(status=1)
    pipe.close()
    support.check(run.lines[-1]["frames"] > 5 and os.path.getsize("stall.model") > 100000,
                  f"ends with {run.lines[-1]}")


def check_kill():
    """The model is saved now and then."""
    run = Run(f"[camera]\n{CLIP}save-every = 0.5\n", "killed")
    run.until("model")
    run.process.kill()
    run.process.communicate()
    run = Run(f"[camera]\n{CLIP}", "killed")
    support.check(run.until("model")["action"] == "loaded", "nothing was saved")
    run.end(signal.SIGTERM)


def check_reader():
    """A reader of the lines that goes away ends it, with its model saved."""
    read, written = os.pipe()
    write("reader", f"[camera]\n{CLIP}[output]\nlines = frames\n")
    with subprocess.Popen(command("reader"), stdout=written, stderr=subprocess.PIPE) as process:
        os.close(written)
        os.read(read, 1)
        time.sleep(1)
        os.close(read)
        _, errors = process.communicate(timeout=30)
    support.check(process.returncode == 1 and b"standard output" in errors,
                  f"exits with {process.returncode}: {errors}")
    support.check(os.path.getsize("reader.model") > 100000, "nothing was saved")


def check_service_manager():
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind("notify")
        manager.settimeout(30)
        run = Run(f"[camera]\n{CLIP}", "service", env={**os.environ, "NOTIFY_SOCKET": "notify"})
        told = []
        while sum("STATUS" in text for text in told) < 2:
            told.append(manager.recv(4096).decode())
        run.end(signal.SIGTERM)
        while told[-1] != "STOPPING=1":
            told.append(manager.recv(4096).decode())
    support.check("READY=1" in told and told.count("READY=1") == 1, f"told is {told}")
    support.check(told[told.index("READY=1"):].count("WATCHDOG=1") > 3, f"told is {told}")
    # A stream of which nothing comes is not ready.
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind("\0lowrank-camera-test-" + str(os.getpid()))
        manager.settimeout(5)
        run = Run("[camera]\nsource = appsrc\npatience = 1\n", "service", env={
            **os.environ, "NOTIFY_SOCKET": "@lowrank-camera-test-" + str(os.getpid())})
        told = []
        while "STOPPING=1" not in told:
            told.append(manager.recv(4096).decode())
        run.end(status=1)
    support.check("WATCHDOG=1" in told and "READY=1" not in told, f"told is {told}")


def main():
    os.chdir(support.folder())
    support.start_of_clip("clip.avi", 1600000)
    os.mkdir("cameras")
    with open("cameras/left.pgm", "w", encoding="ascii") as file:
        file.write("P2\n2 1\n255\n255 0\n")
    check_wrong_settings()
    check_restart()
    check_outputs()
    check_ends()
    check_stall()
    check_kill()
    check_reader()
    check_service_manager()


main()
