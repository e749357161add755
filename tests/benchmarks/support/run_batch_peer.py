# SPDX-License-Identifier: LGPL-2.1-or-later
"""One factorization of a file of grey frames by other software: run_batch_peer.py TASK FILE PIXELS.

Prints a line of JSON. Tasks: sklearn:K, numpy-svd, admm:N (N iterations of the method of
multipliers as textbooks write it, a full SVD each), octave-svds:K, sgemm:M,N,K, dsyrk:M,N.
"""
import json
import math
import os
import subprocess
import sys
import tempfile
import time

import numpy

DECIMALS = 6


def clock():
    """Processor and wall time."""
    return time.process_time(), time.monotonic()


def since(start):
    """Members of the result."""
    cpu, wall = clock()
    return {"cpu": round(cpu - start[0], DECIMALS), "wall": round(wall - start[1], DECIMALS)}


def error(matrix, sigma):
    """Of the projection with these singular values, relative, Frobenius."""
    square = float(numpy.einsum("ij,ij->", matrix, matrix, dtype=numpy.float64))
    return math.sqrt(max(0.0, 1 - float(numpy.sum(numpy.square(sigma, dtype=numpy.float64))) /
                         square))


def randomized(matrix, rank):
    """scikit-learn's randomized SVD in single precision."""
    from sklearn.utils.extmath import randomized_svd  # pylint: disable=import-outside-toplevel
    floats = matrix.astype(numpy.float32)
    start = clock()
    sigma = randomized_svd(floats, rank, random_state=0)[1]
    return {**since(start), "error": error(floats, sigma)}


def full_svd(matrix):
    """NumPy's thin SVD in double precision."""
    doubles = matrix.astype(numpy.float64)
    start = clock()
    numpy.linalg.svd(doubles, full_matrices=False)
    return since(start)


def multipliers(matrix, iterations):
    """Alternating directions with a constant penalty; the time of one iteration."""
    data = matrix.astype(numpy.float64)
    weight = 1 / math.sqrt(max(data.shape))
    penalty = data.size / (4 * numpy.abs(data).sum())
    sparse = numpy.zeros_like(data)
    dual = numpy.zeros_like(data)
    start = clock()
    for _ in range(iterations):
        left, sigma, right = numpy.linalg.svd(data - sparse + dual / penalty, full_matrices=False)
        low = (left * numpy.maximum(sigma - 1 / penalty, 0)) @ right
        rest = data - low + dual / penalty
        sparse = numpy.sign(rest) * numpy.maximum(numpy.abs(rest) - weight / penalty, 0)
        gap = data - low - sparse
        dual += penalty * gap
    taken = since(start)
    return {key: value / iterations for key, value in taken.items()} | {
        "residual": float(numpy.linalg.norm(gap) / numpy.linalg.norm(data))}


def octave(path, pixels, rank):
    """Octave's svds, which is ARPACK, in double precision."""
    script = (f"f = fopen('{path}'); a = double(fread(f, [{pixels} Inf], 'uint8=>uint8')); "
              f"c = cputime; t = tic; s = svds(a, {rank}); "
              "printf('%g %g %.15g', cputime - c, toc(t), sqrt(1 - sum(s.^2)/sum(a(:).^2)));")
    with tempfile.TemporaryDirectory() as home:
        out = subprocess.run(["octave-cli", "--quiet", "--eval", script], check=True, text=True,
                             capture_output=True, env={**os.environ, "HOME": home}).stdout
    cpu, wall, wrong = map(float, out.split())
    return {"cpu": cpu, "wall": wall, "error": wrong}


def product(kind, sizes):
    """Seconds of a matrix product in SciPy's BLAS."""
    from scipy.linalg import blas  # pylint: disable=import-outside-toplevel
    random = numpy.random.default_rng(0)
    single = kind == "sgemm"
    real = numpy.float32 if single else numpy.float64
    rows, cols, *inner = sizes
    a = numpy.asfortranarray(random.random((rows, inner[0] if single else cols), dtype=real))
    b = numpy.asfortranarray(random.random((inner[0], cols), dtype=real)) if single else None
    call = (lambda: blas.sgemm(1, a, b)) if single else (lambda: blas.dsyrk(1, a, trans=1))
    call()
    start = clock()
    count = 0
    while clock()[1] - start[1] < 0.3:
        call()
        count += 1
    flops = 2 * rows * cols * inner[0] if single else rows * cols * cols
    return {"gflops": flops * count / since(start)["cpu"] * 1e-9}


def main(task, path, pixels):
    """Runs the task."""
    name, _, rest = task.partition(":")
    if name in ("sgemm", "dsyrk"):
        result = product(name, [int(size) for size in rest.split(",")])
    elif name == "octave-svds":
        result = octave(path, pixels, int(rest))
    else:
        matrix = numpy.fromfile(path, numpy.uint8).reshape(-1, pixels).T
        result = {"sklearn": lambda: randomized(matrix, int(rest)),
                  "numpy-svd": lambda: full_svd(matrix),
                  "admm": lambda: multipliers(matrix, int(rest))}[name]()
    print(json.dumps({"task": task, **result}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
