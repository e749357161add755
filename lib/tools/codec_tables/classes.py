# SPDX-License-Identifier: LGPL-2.1-or-later
"""Classes of patches: for each a linear predictor from the border, and the principal components
of what it leaves, found in turns with who belongs to which, as in k-subspaces (Bradley,
Mangasarian, "k-plane clustering", 2000; Tseng, "Nearest q-flat to m points", 2000); the bases then
turned so that few components are left after quantisation: sparse orthonormal transforms (Sezer,
Guleryuz, Altunbasak, "Approximation and compression with sparse orthonormal transforms", 2015)."""
import numpy as np

CHUNK = 32768
# Coefficients below this many steps are taken for lost.
THRESHOLD = 0.7


def regress(samples, weights, ridge=2e-3):
    """The predictor, by weighted least squares: pixels x border."""
    weighted = samples.borders * weights[:, None]
    gram = (weighted.T @ samples.borders).astype(np.float64)
    right = (weighted.T @ samples.patches).astype(np.float64)
    gram += np.eye(len(gram)) * (np.trace(gram) / len(gram) * ridge)
    return np.linalg.solve(gram, right).T.astype(np.float32)


def principal_components(residuals, weights):
    """Orthonormal rows, by falling energy."""
    covariance = ((residuals * weights[:, None]).T @ residuals).astype(np.float64)
    _, vectors = np.linalg.eigh(covariance)
    return np.ascontiguousarray(vectors[:, ::-1].T.astype(np.float32))


def nearest_orthonormal(matrix):
    """The solution of the Procrustes problem."""
    left, _, right = np.linalg.svd(matrix.astype(np.float64))
    return (left @ right).astype(np.float32)


def sparse_transform(residuals, steps, weights, basis, rounds=3):
    """Orthonormal rows near `basis` from fewer of which the residuals are made, by falling energy."""
    for _ in range(rounds):
        c = residuals @ basis.T
        c[np.abs(c) < THRESHOLD * steps[:, None]] = 0
        basis = nearest_orthonormal((c * weights[:, None]).T @ residuals)
    energy = (np.square(residuals @ basis.T) * weights[:, None]).sum(0)
    return basis[np.argsort(-energy, kind="stable")]


def fit(samples, weights, start, sparse):
    """A predictor, and a basis of its residuals: the principal components, or for sparse residuals
    one that starts from these or from `start`."""
    predictor = regress(samples, weights)
    residuals = samples.patches - samples.borders @ predictor.T
    basis = principal_components(residuals, weights) if start is None else start
    if sparse:
        basis = sparse_transform(residuals, samples.steps, weights, basis)
    return predictor, basis


def coefficients(samples, predictor, basis):
    """Of the residuals, a row each sample."""
    return samples.patches @ basis.T - samples.borders @ (basis @ predictor).T


def bits(c, scale):
    """Nearly the bits that coefficients take: sum of log2(1 + (c / scale)^2)."""
    x = np.square(c / scale[:, None]) + 1
    # One logarithm for four; larger products would leave the range of a float.
    return np.log2(x.reshape(len(x), -1, 4).prod(2)).sum(1)


class Classes:
    """predictors[k], bases[k] and the share of the samples that take class k."""

    def __init__(self, predictors, bases, shares):
        self.predictors, self.bases, self.shares = predictors, bases, shares

    def __len__(self):
        return len(self.shares)

    def costs(self, samples, scale):
        """Of each sample in each class."""
        costs = np.empty((len(samples), len(self)), np.float32)
        for first in range(0, len(samples), CHUNK):
            part = slice(first, first + CHUNK)
            for k in range(len(self)):
                c = coefficients(samples[part], self.predictors[k], self.bases[k])
                costs[part, k] = bits(c, scale[part])
        return costs - np.log2(self.shares).astype(np.float32)

    def sorted(self):
        order = np.argsort(-self.shares, kind="stable")
        return Classes(self.predictors[order], self.bases[order], self.shares[order])


def orientation_labels(samples, count, size):
    """A first guess: by the direction of the gradient where it has one, by energy elsewhere."""
    patches = samples.patches.reshape(-1, size, size)
    gx = np.diff(patches, axis=2)[:, :-1]
    gy = np.diff(patches, axis=1)[:, :, :-1]
    xx, yy, xy = ((a * b).mean((1, 2)) for a, b in ((gx, gx), (gy, gy), (gx, gy)))
    angle = (0.5 * np.arctan2(2 * xy, xx - yy) / np.pi) % 1
    coherence = np.hypot(xx - yy, 2 * xy) / (xx + yy + 1e-3)
    directions = count - 2
    labels = np.minimum((angle * directions).astype(int), directions - 1)
    plain = coherence < 0.35
    middle = np.median((xx + yy)[plain]) if plain.any() else 0
    labels[plain] = np.where((xx + yy)[plain] < middle, directions, directions + 1)
    return labels


def train(samples, scale, labels, count, iterations, report, plain=8):
    """Classes that make the samples cheap, starting from labels, 0 ... count - 1; the bases are
    principal components in the first `plain` iterations."""
    spread = np.square(samples.patches).mean(1)
    classes = None
    for iteration in range(iterations):
        weights = 1 / (spread + np.square(scale))
        shares = (np.bincount(labels, minlength=count) + 1) / (len(labels) + count)
        fits = []
        for k in range(count):
            rows = np.flatnonzero(labels == k)
            start = classes.bases[k] if iteration > plain else None
            fits.append(fit(samples[rows], weights[rows], start, iteration >= plain))
        classes = Classes(np.stack([f[0] for f in fits]), np.stack([f[1] for f in fits]), shares)
        costs = classes.costs(samples, scale)
        labels = costs.argmin(1)
        for k in range(count):
            rows = labels == k
            residuals = (samples.patches[rows]
                         - samples.borders[rows] @ classes.predictors[k].T)
            spread[rows] = np.square(residuals).mean(1)
        report(f"iteration {iteration + 1}: {costs.min(1).mean() / samples.patches.shape[1]:.4f}")
    return classes.sorted()
