# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the tests of the examples share: the clip, its parts, and pictures as bytes."""
import atexit
import os
import re
import shutil
import subprocess
import sys
import tempfile

COMPLAINTS = re.compile(r"CRITICAL|GLib-WARNING|GStreamer-WARNING|Traceback")


def check(condition, text):
    if not condition:
        print(f"FAILED: {text}")
        sys.exit(1)


def clip():
    """The path of vtest.avi; the test is skipped without it."""
    path = os.environ.get("LOWRANK_CLIP", "")
    if not os.path.isfile(path) or not os.path.getsize(path):
        print("no clip: set LOWRANK_CLIP to vtest.avi, which .ci/fetch-clip gets")
        sys.exit(77)
    return os.path.realpath(path)


def folder():
    """A folder for this test, removed at its end."""
    path = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, path)
    return path


def start_of_clip(path, size):
    """The first bytes of the clip: 400 000 are 25 frames of 0.1 s, 1 600 000 are 153."""
    with open(clip(), "rb") as whole, open(path, "wb") as part:
        part.write(whole.read(size))


def run(*command, status=0, **options):
    """What a command prints. It has to exit with the status, and nothing may be critical."""
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                            timeout=60, check=False, **options)
    check(result.returncode == status,
          f"{command} exits with {result.returncode}, not {status}:\n{result.stdout}")
    check(not COMPLAINTS.search(result.stdout), f"{command} complains:\n{result.stdout}")
    return result.stdout


def launch(*description, **options):
    """Runs gst-launch-1.0 with the words of the strings."""
    return run("gst-launch-1.0", "--quiet", *" ".join(description).split(), **options)


def frames(path, size):
    """Raw frames of a file."""
    with open(path, "rb") as file:
        data = file.read()
    check(len(data) > 0 and len(data) % size == 0, f"{path} holds {len(data) / size} frames")
    return [data[i:i + size] for i in range(0, len(data), size)]
