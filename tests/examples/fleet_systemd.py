#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""systemd finds nothing wrong with lowrank-camera@.service, nor with backoff.conf where it knows that.

    tests/examples/fleet_systemd.py FOLDER LOWRANK-CAMERA

Skipped without systemd-analyze. How the program talks to a service manager is a part of
lowrank_camera.py.
"""
import os
import re
import shutil
import subprocess
import sys

import support

PLACE = "/usr/local/bin/lowrank-camera"


def analyze(*words):
    """Exit status and all that is said."""
    done = subprocess.run(["systemd-analyze", *words], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=60, check=False)
    return done.returncode, done.stdout


def verify(unit, text):
    with open(unit, "w", encoding="utf-8") as file:
        file.write(text)
    status, output = analyze("verify", "--man=no", os.path.realpath(unit))
    # About units of this machine.
    own = [line for line in output.splitlines() if "lowrank-camera" in line]
    return status, own


def main():
    if not shutil.which("systemd-analyze"):
        print("there is no systemd-analyze")
        sys.exit(77)
    folder, program = map(os.path.realpath, sys.argv[1:])
    version = int(re.search(r"systemd (\d+)", analyze("--version")[1])[1])
    with open(os.path.join(folder, "lowrank-camera@.service"), encoding="utf-8") as file:
        unit = file.read()
    with open(os.path.join(folder, "backoff.conf"), encoding="utf-8") as file:
        backoff = file.read()
    support.check(unit.count(PLACE) == 1, "the program is not started, or twice")
    unit = unit.replace(PLACE, program)
    os.chdir(support.folder())

    name = "lowrank-camera@door.service"
    support.check(verify(name, unit) == (0, []), f"systemd says {verify(name, unit)}")
    if version >= 254:
        both = unit.replace("[Install]", backoff + "\n[Install]")
        support.check(verify(name, both) == (0, []), f"with it, {verify(name, both)}")
    # What is wrong is seen.
    wrong = unit.replace("WatchdogSec", "WatchdogSecs")
    support.check("WatchdogSecs" in "".join(verify(name, wrong)[1]), "a wrong key is not found")
    support.check(verify(name, unit.replace(program, "/nonexistent"))[1], "a program is not missed")

    verify(name, unit)
    if version >= 250:
        status, output = analyze("security", "--offline=yes", "--threshold=20",
                                 os.path.realpath(name))
        support.check(status == 0, f"more than 2.0 of exposure:\n{output}")
        print(output.strip().splitlines()[-1])


main()
