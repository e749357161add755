#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A job array of Slurm plays cameras, and starts them again with what they have learned.

    tests/examples/fleet_slurm.py FOLDER LOWRANK-CAMERA

The cluster is one of this test: munged, slurmctld and slurmd of this user in a folder of their own, on
ports of 127.0.0.1 that are free. However the test ends, nothing of it is left; only SIGKILL leaves a slurmstepd
and, until the clip has ended, cameras. Skipped without Slurm.
"""
import ctypes
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time

import support

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "scancel", "scontrol", "squeue")
CAMERAS = ("door", "gate", "yard", "broken")
SETTINGS = """
[camera]
source = filesrc location={clip} ! decodebin ! clocksync
recording = true
save-every = 0.5
heartbeat = 1
[output]
lines = frames
"""
CONFIGURATION = """
ClusterName=fleet
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
# A job that is requeued waits for its credential to expire.
AuthInfo=socket={folder}/munge.socket,cred_expire=6
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
StateSaveLocation={folder}/slurmctld
SlurmdSpoolDir={folder}/slurmd
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerType=sched/builtin
SchedulerParameters=batch_sched_delay=0,sched_interval=1,sched_min_interval=0
SlurmdParameters=config_overrides
ReturnToService=2
KillWait=20
NodeName={node} NodeAddr=127.0.0.1 CPUs=8 RealMemory=8192 State=UNKNOWN
PartitionName=cameras Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


def until(condition, text, seconds=40):
    """Waits; the first true answer of the condition."""
    end = time.monotonic() + seconds
    while not (answer := condition()):
        support.check(time.monotonic() < end, text() if callable(text) else text)
        time.sleep(0.1)
    return answer


def descendants():
    """Of this process, orphans that it has adopted included."""
    found, new = [], [os.getpid()]
    while new:
        pid = new.pop()
        try:
            for thread in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{thread}/children", encoding="ascii") as file:
                    new += map(int, file.read().split())
        except OSError:
            continue
        found.append(pid)
    return found[1:]


def end_all():
    """Ends what was started, asking first."""
    for number, seconds in ((signal.SIGTERM, 5), (signal.SIGKILL, 5)):
        end = time.monotonic() + seconds
        while (left := descendants()) and time.monotonic() < end:
            for pid in left:
                try:
                    os.kill(pid, number)
                    os.waitpid(pid, os.WNOHANG)
                except OSError:
                    pass
            time.sleep(0.1)
    return descendants()


class Cluster:
    def __init__(self, folder):
        self.folder = folder
        sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
        ports = [one.getsockname()[1] for one in sockets]
        for one in sockets:
            one.close()
        user = subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()
        for name in ("slurmctld", "slurmd"):
            os.mkdir(name)
        with open("slurm.conf", "w", encoding="utf-8") as file:
            file.write(CONFIGURATION.format(ports=ports, user=user, folder=folder,
                                            node=socket.gethostname().split(".")[0]))
        with open(os.open("munge.key", os.O_CREAT | os.O_WRONLY, 0o400), "wb") as file:
            file.write(os.urandom(1024))
        os.environ["SLURM_CONF"] = f"{folder}/slurm.conf"

    def start(self):
        files = {name: f"{self.folder}/munge.{name}" for name in
                 ("socket", "pid-file", "log-file", "seed-file")}
        self.daemon("munged", "--foreground", "--force", f"--key-file={self.folder}/munge.key",
                    *(f"--{name}={path}" for name, path in files.items()))
        until(lambda: os.path.exists(files["socket"]), self.logs)
        self.daemon("slurmctld", "-D", "-c")
        self.daemon("slurmd", "-D")
        until(lambda: self.ask("sinfo", "--noheader", "--format=%t").strip() == "idle", self.logs)

    @staticmethod
    def daemon(*words):
        # It does not outlive this test, however that ends.
        libc = ctypes.CDLL(None)
        subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                         preexec_fn=lambda: libc.prctl(1, signal.SIGKILL))

    @staticmethod
    def ask(*words):
        return subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=30, check=False).stdout

    def logs(self):
        text = ""
        for name in ("munge.log-file", "slurmctld.log", "slurmd.log"):
            if os.path.exists(name):
                with open(name, encoding="utf-8") as file:
                    text += f"{name}:\n{file.read()[-3000:]}\n"
        return f"the cluster does not start:\n{text}"


class Camera:
    """What the task of a camera has written."""

    def __init__(self, job, index, name):
        self.task, self.index, self.name = f"{job}_{index}", index, name

    def text(self):
        if not os.path.exists(f"{self.index}.log"):
            return ""
        with open(f"{self.index}.log", encoding="utf-8") as file:
            return file.read()

    def runs(self):
        """The lines of each run."""
        runs = []
        for text in self.text().splitlines():
            if not text.startswith("{") or not text.endswith("}"):
                continue
            line = json.loads(text)
            support.check(line["camera"] == self.name, f"in the log of {self.name} is {line}")
            if line["event"] == "start":
                runs.append([])
            runs[-1].append(line)
        return runs

    def has(self, run, event, count=1):
        """Whether a run, counted from 0, has so many lines of an event."""
        runs = self.runs()
        return len(runs) > run and sum(line["event"] == event for line in runs[run]) >= count

    def wait(self, run, event, count=1):
        until(lambda: self.has(run, event, count),
              lambda: f"{self.name}, run {run}: no {event}\n{self.text()[-2000:]}\n"
                      f"{Cluster.ask('squeue')}")

    def process(self):
        return self.runs()[-1][0]["process"]

    def state(self):
        return Cluster.ask("squeue", "--noheader", "--format=%T", "--jobs", self.task).strip()


def check_restarted(camera, saved):
    """The second run has begun with what the first had learned."""
    first, second = camera.runs()[:2]
    before = [line for line in first if line["event"] == "frame"]
    after = [line for line in second if line["event"] == "frame"]
    support.check(before[0]["foreground_ratio"] == 0, f"without a model it is {before[0]}")
    models = [line["action"] for line in second if line["event"] == "model"]
    support.check(models[:1] == ["loaded"], f"models of the second run: {models}")
    support.check(all(0.002 < line["foreground_ratio"] < 0.05 for line in after[:5]),
                  f"{camera.name} learns anew: {[line['foreground_ratio'] for line in after[:5]]}")
    last = first[-1]["event"] == "stop" and first[-2].get("action") == "saved"
    support.check(last == saved, f"the first run of {camera.name} ends with {first[-2:]}")


def check_fleet(folder, program):
    clip = os.path.realpath("clip.avi")
    os.mkdir("cameras")
    for name in CAMERAS[:3]:
        with open(f"cameras/{name}.conf", "w", encoding="utf-8") as file:
            file.write(SETTINGS.format(clip=clip))
    with open("cameras/broken.conf", "w", encoding="utf-8") as file:
        file.write("[camera]\nsource = nosuchsource\n")
    os.environ.update(LOWRANK_CAMERA=program, LOWRANK_CAMERAS=os.path.realpath("cameras"),
                      LOWRANK_STATE=os.path.realpath("state"))
    output = support.run("sbatch", f"--array=0-{len(CAMERAS) - 1}", "--output=%a.log", "--parsable",
                         os.path.join(folder, "fleet.sbatch"), *CAMERAS)
    job = output.strip()
    cameras = [Camera(job, i, name) for i, name in enumerate(CAMERAS)]
    door, gate, yard, broken = cameras
    # As long as there is time for a model in each, and some frames.
    for camera in cameras[:3]:
        camera.wait(0, "model")
        camera.wait(0, "frame", 15)
    until(lambda: broken.state() == "", f"wrong settings are tried again:\n{broken.text()}")
    support.check("nosuchsource" in broken.text(), f"what is wrong is not told:\n{broken.text()}")

    # As Slurm does before the time limit, and as it does for a node that is needed elsewhere.
    support.run("scancel", "--batch", "--signal=USR1", door.task)
    support.run("scontrol", "requeue", gate.task)
    # The program dies.
    os.kill(yard.process(), signal.SIGKILL)
    for camera, saved in ((yard, False), (door, True), (gate, True)):
        camera.wait(1, "frame", 5)
        check_restarted(camera, saved)

    processes = [camera.process() for camera in cameras[:3]]
    support.run("scancel", job)
    until(lambda: not Cluster.ask("squeue", "--noheader", "--jobs", job).strip(), "jobs do not end")
    for camera in cameras[:3]:
        camera.wait(1, "stop")
        support.check(camera.runs()[1][-1]["reason"] == "signal" and len(camera.runs()) == 2,
                      f"{camera.name} ends with {camera.runs()[1][-1]}")
    until(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in processes), "cameras go on")


def main():
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    missing = [name for name in PROGRAMS if not shutil.which(name)]
    if missing:
        print(f"without {', '.join(missing)}")
        sys.exit(77)
    folder, program = map(os.path.realpath, sys.argv[1:])
    # Meson ends what takes too long by SIGTERM: what was started is ended then too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by SIGTERM"))
    ctypes.CDLL(None).prctl(36, 1)  # orphans come here
    os.chdir(support.folder())
    support.start_of_clip("clip.avi", 8000000)
    try:
        cluster = Cluster(os.getcwd())
        cluster.start()
        check_fleet(folder, program)
    finally:
        left = end_all()
    support.check(not left, f"processes are left: {left}")


main()
