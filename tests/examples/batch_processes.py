#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""lowrank-batch by several processes: they find what one finds, and a process that dies ends the
job, which goes on from there when it is started again.

    tests/examples/batch_processes.py LOWRANK-BATCH
"""
import os
import signal
import subprocess
import sys
import time

import batch_support as batch
import support

# One method for all numbers of processes, the others, which take longer, for some of them.
METHODS = {"svd": (2, 3, 4, 7), "fixed-rank": (3, 4), "nmf": (2, 7), "pcp": (3, 7)}
LIMIT = 1e-5


def command(program, folder, method, *more):
    return (program, "small.mkv", "-o", folder, "--method", method, "--window", str(batch.WINDOW),
            "--threads", "1", "--keep", "--quiet", *more)


def same_for_any_number(program, method):
    support.run(*command(program, method + "-1", method))
    alone = batch.backgrounds(method + "-1")
    for number in METHODS[method]:
        folder = f"{method}-{number}"
        told = support.run(*batch.mpirun(number), *command(program, folder, method, "--statistics"))
        support.check(told.count(f"processes={number} ") == batch.WINDOWS, told)
        for files in batch.parts(folder).values():
            support.check(len(files) == number, "each process leaves a part")
            support.check(all(part.v == files[0].v for part in files), "v is the same in all")
        differs = batch.difference(alone, batch.backgrounds(folder))
        print(f"{method} by {number}: L differs by {differs:.1e}")
        support.check(differs < LIMIT, f"{method} by {number} processes differs by {differs}")
    for name in batch.OUTPUTS:
        support.check(batch.times(f"{folder}/{name}.mkv") == batch.times("small.mkv"),
                      f"{folder}/{name} has the times of the video")


def in_pieces(program):
    """Each video as three files, by fewer processes and by more: together they are the one file."""
    for number in (2, 4):
        folder = f"pieces-{number}"
        told = support.run(*batch.mpirun(number), *command(program, folder, "svd", "--pieces", "3"))
        support.check(told == "", told)
        for name in batch.OUTPUTS:
            files = [f"{folder}/{name}-{piece:04}.mkv" for piece in range(3)]
            support.check(not os.path.exists(f"{folder}/{name}.mkv"), "there are the pieces alone")
            support.check(sum((batch.times(file) for file in files), [])
                          == batch.times("small.mkv"), f"the pieces of {name} have the times")
            frames = sum((batch.decoded(file, name == "mask") for file in files), [])
            support.check(frames == batch.decoded(f"svd-4/{name}.mkv", name == "mask"),
                          f"the pieces of {name} are the whole")
    told = support.run(program, "small.mkv", "-o", "many", "--method", "svd", "--pieces",
                       str(batch.FRAMES + 1), status=1)
    support.check(f"has {batch.FRAMES} frames" in told, told)


def children(process):
    with open(f"/proc/{process}/task/{process}/children", encoding="ascii") as file:
        return [int(child) for child in file.read().split()]


def dies_and_goes_on(program):
    """Kills a process as soon as the first window is there, and starts the job again."""
    line = command(program, "killed", "pcp")
    window = [f"killed/.lowrank-batch/window-0000.part-{rank:04}" for rank in range(3)]
    with open("killed.log", "w+", encoding="utf-8") as log:
        with subprocess.Popen([*batch.mpirun(3), *line], stdout=log, stderr=log) as job:
            end = time.monotonic() + 60
            while not all(os.path.exists(part) for part in window):
                support.check(time.monotonic() < end and job.poll() is None, "a window gets done")
                time.sleep(.002)
            ranks = children(job.pid)
            support.check(len(ranks) == 3, f"mpirun has three children: {ranks}")
            os.kill(ranks[1], signal.SIGKILL)
            status = job.wait(timeout=60)
        log.seek(0)
        told = log.read()
    support.check(status != 0, "a job that lost a process fails")
    support.check("signal 9" in told, f"what has happened is told:\n{told}")
    left = batch.parts("killed")
    support.check(1 <= len(left) <= batch.WINDOWS, f"windows of the job that was killed: {left.keys()}")
    support.check(not os.path.exists("killed/background.mkv"), "no half file has a name")

    told = support.run(*batch.mpirun(2), *(word for word in line if word != "--quiet"))
    support.check("before" in told, f"it goes on:\n{told}")
    support.check([part.count for part in batch.parts("killed")[0]] == [3, 3, 3],
                  "the first window is that of the three processes")
    differs = batch.difference(batch.backgrounds("pcp-1"), batch.backgrounds("killed"))
    support.check(differs < LIMIT, f"the job that was killed differs by {differs}")
    some = batch.decoded("killed/background.mkv")
    others = batch.decoded("pcp-1/background.mkv")
    support.check(len(some) == len(others) == batch.FRAMES, "all frames")
    worst = max(max(abs(a - b) for a, b in zip(one, other)) for one, other in zip(some, others))
    support.check(worst <= 1, f"the background differs by {worst} levels")


def interrupted(program):
    """Ctrl-C ends it cleanly; the next run goes on."""
    line = (program, "small.mkv", "-o", "stopped", "--method", "pcp", "--window", "8",
            "--threads", "1", "--keep")
    with subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                          text=True) as job:
        while not os.path.exists("stopped/.lowrank-batch/window-0000.part-0000"):
            support.check(job.poll() is None, "a window gets done")
            time.sleep(.002)
        job.send_signal(signal.SIGINT)
        told = job.communicate(timeout=60)[1]
        support.check(job.returncode == 128 + signal.SIGINT, f"{job.returncode}: {told}")
    support.check("goes on from here" in told, told)
    told = support.run(*line)
    support.check("factorized before" in told, told)


def one_at_a_time(program):
    """A second job in the same folder is told so, and more processes than lines as well."""
    import fcntl
    os.makedirs("busy/.lowrank-batch")
    with open("busy/.lowrank-batch/lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        told = support.run(*command(program, "busy", "svd"), status=1)
    support.check("another lowrank-batch is at work" in told, told)
    support.launch("videotestsrc num-buffers=4 ! video/x-raw,format=I420,width=32,height=6 !",
                   "avenc_ffv1 ! matroskamux ! filesink location=flat.mkv")
    told = support.run(*batch.mpirun(4), program, "flat.mkv", "-o", "flat", status=1)
    support.check("at most 3 processes" in told and told.count("at most") == 1, told)
    told = support.run(*batch.mpirun(2), program, "none.mkv", "-o", "none", status=1)
    support.check(told.count("none.mkv: No such file") == 1, told)
    told = support.run(*batch.mpirun(2), program, "--wrong", status=2)
    support.check(told.count("--wrong") == 1, told)


def main():
    program = os.path.realpath(sys.argv[1])
    support.clip()
    batch.mpirun(1)
    os.chdir(support.folder())
    batch.small_clip("small.mkv")
    for method in METHODS:
        same_for_any_number(program, method)
    in_pieces(program)
    dies_and_goes_on(program)
    interrupted(program)
    one_at_a_time(program)


main()
