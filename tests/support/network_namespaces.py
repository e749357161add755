# SPDX-License-Identifier: LGPL-2.1-or-later
"""Machines of a network that are namespaces of this one: they reach each other by TCP only."""
import os
import shutil
import subprocess


class Unavailable(Exception):
    """There can be none here; says why."""


class Network:
    """A switch in a namespace of its own, and a machine each at its ports, until close()."""

    PREFIX = "10.213.77"

    def __init__(self, machines):
        self.machines = machines
        if os.geteuid() != 0 or not shutil.which("ip"):
            raise Unavailable("no root, or no ip of iproute2")
        try:
            self._build()
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            self.close()
            raise Unavailable(f"no network namespaces here: {error} {error.stderr}") from error

    def close(self):
        for machine in (*range(self.machines), "switch"):
            _run("ip", "netns", "del", self.name(machine), check=False)

    @staticmethod
    def name(machine):
        """Of its namespace."""
        return f"lowrank-{os.getpid()}-{machine}"

    def address(self, machine):
        return f"{self.PREFIX}.{machine + 1}"

    def _build(self):
        switch = self.name("switch")
        _run("ip", "netns", "add", switch)
        _run("ip", "-n", switch, "link", "add", "bridge", "type", "bridge")
        _run("ip", "-n", switch, "link", "set", "bridge", "up")
        for machine in range(self.machines):
            name = self.name(machine)
            _run("ip", "netns", "add", name)
            _run("ip", "-n", switch, "link", "add", f"port{machine}", "type", "veth", "peer", "name",
                 "eth0", "netns", name)
            _run("ip", "-n", switch, "link", "set", f"port{machine}", "master", "bridge", "up")
            _run("ip", "-n", name, "addr", "add", f"{self.address(machine)}/24", "dev", "eth0")
            _run("ip", "-n", name, "link", "set", "eth0", "up")
            _run("ip", "-n", name, "link", "set", "lo", "up")

    def limit(self, rate):
        """So many bits a second leave each machine at most, as tc writes them; None: no limit."""
        for machine in range(self.machines):
            command = ["ip", "netns", "exec", self.name(machine), "tc", "qdisc"]
            _run(*command, "del", "dev", "eth0", "root", check=False)
            if rate:
                _run(*command, "add", "dev", "eth0", "root", "tbf", "rate", rate, "burst", "3kb",
                     "latency", "1s")

    def sent(self, machine):
        """Bytes that have left it."""
        return int(_run("ip", "netns", "exec", self.name(machine), "cat",
                        "/sys/class/net/eth0/statistics/tx_bytes").stdout)

    def mpirun(self, shell):
        """What comes before mpirun, which is on the first machine, and its options for a process on
        each; `shell` is where the program is written that starts its daemons, as ssh would."""
        folder = os.path.dirname(shell)
        on_machine = f"""mkdir -p "{folder}/tmp-$machine"
exec ip netns exec "{self.name('$machine')}" env TMPDIR="{folder}/tmp-$machine" unshare --uts \\
  sh -c 'hostname "machine-$0"; exec "$@"' "$machine"\
"""
        with open(shell, "w", encoding="utf-8") as file:
            file.write(f"""#!/bin/sh
# REMOTE-SHELL ADDRESS COMMAND...
machine=$(( ${{1##*.}} - 1 ))
shift
{on_machine} sh -c "$*"
""")
        os.chmod(shell, 0o755)
        machines = ",".join(f"{self.address(machine)}:1" for machine in range(self.machines))
        return ["sh", "-c", f'machine=0; {on_machine} "$@"', "sh"], [
            "--host", machines, "--mca", "btl", "tcp,self", "--mca", "pml", "ob1", "--mca",
            "plm_rsh_agent", shell, "--mca", "oob_tcp_if_include", f"{self.PREFIX}.0/24", "--mca",
            "btl_tcp_if_include", f"{self.PREFIX}.0/24", "--map-by", "node"]


def _run(*command, check=True):
    return subprocess.run(command, check=check, capture_output=True, text=True, timeout=30)
