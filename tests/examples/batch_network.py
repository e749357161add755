#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""lowrank-batch over a network: processes in network namespaces of their own, which reach each
other by TCP only, find what one process finds. Needs root, iproute2 and Open MPI, and is skipped
without.

    tests/examples/batch_network.py LOWRANK-BATCH
"""
import atexit
import os
import shutil
import subprocess
import sys

import batch_support as batch
import support

HOSTS = 3
NET = "10.213.77"


def ip(*arguments, check=True):
    return subprocess.run(["ip", *arguments], check=check, capture_output=True, text=True,
                          timeout=30)


def name(host):
    return f"lowrank-{os.getpid()}-{host}"


def remove():
    for host in range(HOSTS):
        ip("netns", "del", name(host), check=False)
    ip("netns", "del", name("switch"), check=False)


def address(host):
    return f"{NET}.{host + 1}"


def build():
    """A switch in a namespace of its own, and a machine each at its ports."""
    switch = name("switch")
    ip("netns", "add", switch)
    ip("-n", switch, "link", "add", "bridge", "type", "bridge")
    ip("-n", switch, "link", "set", "bridge", "up")
    for host in range(HOSTS):
        ip("netns", "add", name(host))
        ip("-n", switch, "link", "add", f"port{host}", "type", "veth", "peer", "name", "eth0",
           "netns", name(host))
        ip("-n", switch, "link", "set", f"port{host}", "master", "bridge", "up")
        ip("-n", name(host), "addr", "add", f"{address(host)}/24", "dev", "eth0")
        ip("-n", name(host), "link", "set", "eth0", "up")
        ip("-n", name(host), "link", "set", "lo", "up")


def network():
    """Skips the test where there can be none."""
    if os.geteuid() != 0 or not shutil.which("ip"):
        print("no root, or no ip of iproute2")
        sys.exit(77)
    atexit.register(remove)
    try:
        build()
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        print(f"no network namespaces here: {error} {error.stderr}")
        sys.exit(77)


def remote_shell(path):
    """What mpirun starts its daemons with: a machine is a namespace, its name and its folder."""
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"""#!/bin/sh
# REMOTE-SHELL HOST COMMAND...
host=$(( ${{1##*.}} - 1 ))
shift
mkdir -p "$PWD/tmp-$host"
exec ip netns exec "lowrank-{os.getpid()}-$host" env TMPDIR="$PWD/tmp-$host" \\
  unshare --uts sh -c "hostname machine-$host; $*"
""")
    os.chmod(path, 0o755)


def main():
    program = os.path.realpath(sys.argv[1])
    support.clip()
    batch.mpirun(1)
    os.chdir(support.folder())
    network()
    remote_shell("remote-shell")
    batch.small_clip("small.mkv")
    line = (program, os.path.realpath("small.mkv"), "--method", "fixed-rank", "--window",
            str(batch.WINDOW), "--threads", "1", "--keep", "--quiet", "-o")
    support.run(*line, "alone")
    hosts = ",".join(f"{address(host)}:1" for host in range(HOSTS))
    told = support.run(
        os.path.realpath("remote-shell"), address(0),
        *batch.mpirun(HOSTS, "--host", hosts, "--mca", "btl", "tcp,self", "--mca", "pml", "ob1",
                      "--mca", "plm_rsh_agent", os.path.realpath("remote-shell"),
                      "--mca", "oob_tcp_if_include", f"{NET}.0/24",
                      "--mca", "btl_tcp_if_include", f"{NET}.0/24", "--map-by", "node"),
        *line, os.path.realpath(".") + "/apart", "--statistics")
    support.check(told.count(f"processes={HOSTS} ") == batch.WINDOWS, told)
    for host in range(HOSTS):
        sent = int(ip("netns", "exec", name(host), "cat",
                      "/sys/class/net/eth0/statistics/tx_bytes").stdout)
        print(f"machine {host} has sent {sent} bytes")
        support.check(sent > 10000, f"machine {host} takes part")
    differs = batch.difference(batch.backgrounds("alone"), batch.backgrounds("apart"))
    print(f"L differs by {differs:.1e}")
    support.check(differs < 1e-5, f"over a network L differs by {differs}")


main()
