# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a child process takes: processor time, wall time, peak memory."""
import os
import statistics
import subprocess
import threading
import time
from dataclasses import dataclass


@dataclass
class Usage:
    """Seconds and MiB of one process, or a difference of two.

    `peak` is the most memory at any time, `kept` the median over the last third of the time.
    """
    cpu: float
    wall: float
    peak: float
    kept: float

    def __sub__(self, other):
        return Usage(self.cpu - other.cpu, self.wall - other.wall, self.peak - other.peak,
                     self.kept - other.kept)


class MemoryWatch(threading.Thread):
    """Looks at the resident memory of a process now and then until it ends."""
    INTERVAL = 0.02

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.path = f"/proc/{pid}/statm"
        self.seen = []

    def run(self):
        """Looks on."""
        page = os.sysconf("SC_PAGE_SIZE") / 2**20
        try:
            while pages := self.resident_pages():
                self.seen.append(pages * page)
                time.sleep(self.INTERVAL)
        except OSError:
            pass

    def resident_pages(self):
        """0 for a process that has ended."""
        with open(self.path, encoding="ascii") as statm:
            return int(statm.read().split()[1])

    def kept(self):
        """MiB."""
        return statistics.median(self.seen[-len(self.seen) // 3:] or [0])


def measure(words, env, errors=None):
    """Runs a command to its end and returns what it took; `errors` is where its stderr goes.

    Linux counts the memory of the parent at the time of the fork into the child's peak, so who
    calls this must be small: it should not import OpenCV or NumPy itself.
    """
    start = time.monotonic()
    with subprocess.Popen(words, env=env, stderr=errors) as process:
        watch = MemoryWatch(process.pid)
        watch.start()
        _, status, taken = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(" ".join(words))
    return Usage(taken.ru_utime + taken.ru_stime, time.monotonic() - start,
                 taken.ru_maxrss / 1024, watch.kept())
