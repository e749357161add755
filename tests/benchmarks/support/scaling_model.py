# SPDX-License-Identifier: LGPL-2.1-or-later
"""The model of docs/scaling.md: what lowrank-batch takes of time by rows, and by pieces of time."""
import math
from dataclasses import dataclass

MARGIN = 8  # directions that are carried beyond the rank, see lib/src/pcp/one_pass_svt.h
ROUNDS = 5  # of nmf, each of which begins with what is nearly an iteration, see window/robust_nmf.cpp
SMALL = 32  # frames up to which the Gram matrix is taken


def directions(method, frames, rank):
    """Columns p of the subspace of an iteration; 0 where it goes by the Gram matrix. For pcp, whose
    rank grows, what it is at the end."""
    carried = rank + MARGIN if method == "fixed-rank" else min(rank + rank // 4, frames) + MARGIN
    return 0 if frames <= SMALL or carried > frames / 2 else carried


def bytes_of_iteration(method, frames, rank):
    """What a process hands over in an iteration, each number once."""
    n, r = frames, rank
    if method == "nmf":
        sums = n * r + r * r + r + 2 * r + 1
        agreed = 4 * n * r + 16 + 8 * 2 * r + 2 * 8 * (r * r + r)
        return 8 * sums + agreed
    p = directions(method, n, r)
    basis = (n + p) * p if p else n * n
    leading = p or min(n, r + MARGIN)
    kept = p * r if p and (method == "pcp" or p <= n // 32) else 0
    return 8 * (basis + 4 + 1) + 4 * (n * (2 * r + leading) + kept) + 8 * 8 + 16


def bytes_of_iterations(method, frames, rank, iterations):
    """Of a window; without the single numbers that are handed over once."""
    if method == "svd":
        return 8 * (frames * frames + frames * rank + rank)
    if method == "nmf":
        iterations += ROUNDS
    return iterations * bytes_of_iteration(method, frames, rank)


@dataclass
class Cluster:
    """Nodes, each with one process, and what is between them."""
    cores: int
    latency: float
    bandwidth: float

    def exchanging(self, size, processes):
        """Seconds that a sum of so many bytes takes: there and back over a tree, and of each byte
        what all others have, as the usual algorithms have it (Thakur, Rabenseifner, Gropp,
        "Optimization of collective communication operations in MPICH", 2005)."""
        steps = 2 * math.ceil(math.log2(processes))
        return (steps * self.latency
                + 2 * (processes - 1) / processes * size / self.bandwidth)


@dataclass
class Costs:
    """What a method takes."""
    method: str
    iterations: int
    rank: int
    seconds_an_element: float  # of M, an iteration, on one core

    def computing(self, rows, frames, processes, cluster):
        """Seconds of a window; svd, which has no iterations, counts as one."""
        return (self.iterations * self.seconds_an_element * rows * frames
                / processes / cluster.cores)

    def exchanging(self, frames, processes, cluster):
        """Seconds of a window. An iteration has a sum of matrices, four broadcasts, and numbers."""
        if self.method == "svd":
            return cluster.exchanging(bytes_of_iterations("svd", frames, self.rank, 1), processes)
        size = bytes_of_iteration(self.method, frames, self.rank)
        small = 8 * cluster.exchanging(16, processes)
        return self.iterations * (cluster.exchanging(size, processes) + small)

    def factorizing(self, rows, frames, processes, cluster):
        """Seconds of a window."""
        return (self.computing(rows, frames, processes, cluster)
                + self.exchanging(frames, processes, cluster))


@dataclass
class Job:
    """A video, and how it is cut."""
    width: int
    height: int
    frames: int
    window: int

    @property
    def rows(self):
        """Samples of a frame."""
        return self.width * self.height * 3 // 2

    @property
    def windows(self):
        """A quarter of each is of the next one as well."""
        return math.ceil(self.frames / (self.window - self.window // 4))


@dataclass
class Picture:
    """Seconds that a frame of the job takes of a machine: until it is decoded and its samples are
    kept, and until it is separated and encoded as three videos."""
    reading: float
    writing: float


@dataclass
class Prediction:
    """Seconds, and bytes of a node."""
    reading: float
    computing: float
    exchanging: float
    writing: float
    by_rows: float
    by_time: float
    memory: float


def predict(job, costs, cluster, nodes, picture):
    """Of one process a node, all cores its own. By rows every node decodes all of the video, and
    again up to the piece that it writes, one a node; by time each node has a part of the video to
    itself."""
    reading = job.frames * picture.reading
    computing = job.windows * costs.computing(job.rows, job.window, nodes, cluster)
    exchanging = job.windows * costs.exchanging(job.window, nodes, cluster)
    writing = reading * (nodes - 1) / nodes + job.frames * picture.writing / nodes
    alone = (reading + job.windows * costs.computing(job.rows, job.window, 1, cluster)
             + job.frames * picture.writing)
    rows = job.rows / nodes
    # The window, the factors of two iterations and their samples, the products with the directions.
    memory = rows * job.window + 12 * (rows + job.window) * costs.rank + 4 * rows * (
        costs.rank + MARGIN)
    return Prediction(reading, computing, exchanging, writing,
                      reading + computing + exchanging + writing, alone / nodes, memory)
