# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a child process takes: processor time, wall time, peak memory."""
import os
import subprocess
import time
from dataclasses import dataclass


@dataclass
class Usage:
    """Seconds and MiB of one process, or a difference of two."""
    cpu: float
    wall: float
    peak: float

    def __sub__(self, other):
        return Usage(self.cpu - other.cpu, self.wall - other.wall, self.peak - other.peak)


def measure(words, env):
    """Runs a command to its end and returns what it took.

    Linux counts the memory of the parent at the time of the fork into the child's peak, so who
    calls this must be small: it should not import OpenCV or NumPy itself.
    """
    start = time.monotonic()
    with subprocess.Popen(words, env=env) as process:
        _, status, taken = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(" ".join(words))
    return Usage(taken.ru_utime + taken.ru_stime, time.monotonic() - start,
                 taken.ru_maxrss / 1024)
