#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""lowrank-batch over a network: processes in network namespaces of their own, which reach each
other by TCP only, find what one process finds. Needs root, iproute2 and Open MPI, and is skipped
without.

    tests/examples/batch_network.py LOWRANK-BATCH
"""
import atexit
import os
import sys

import batch_support as batch
import support
from network_namespaces import Network, Unavailable

MACHINES = 3


def network():
    try:
        machines = Network(MACHINES)
    except Unavailable as reason:
        print(reason)
        sys.exit(77)
    atexit.register(machines.close)
    return machines


def main():
    program = os.path.realpath(sys.argv[1])
    support.clip()
    batch.mpirun(1)
    os.chdir(support.folder())
    machines = network()
    batch.small_clip("small.mkv")
    line = (program, os.path.realpath("small.mkv"), "--method", "fixed-rank", "--window",
            str(batch.WINDOW), "--threads", "1", "--keep", "--quiet", "-o")
    support.run(*line, "alone")
    before, options = machines.mpirun(os.path.realpath("remote-shell"))
    told = support.run(*before, *batch.mpirun(MACHINES, *options), *line,
                       os.path.realpath(".") + "/apart", "--statistics")
    support.check(told.count(f"processes={MACHINES} ") == batch.WINDOWS, told)
    for machine in range(MACHINES):
        sent = machines.sent(machine)
        print(f"machine {machine} has sent {sent} bytes")
        support.check(sent > 10000, f"machine {machine} takes part")
    differs = batch.difference(batch.backgrounds("alone"), batch.backgrounds("apart"))
    print(f"L differs by {differs:.1e}")
    support.check(differs < 1e-5, f"over a network L differs by {differs}")


main()
