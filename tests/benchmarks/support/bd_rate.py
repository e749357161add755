# SPDX-License-Identifier: LGPL-2.1-or-later
"""Bjontegaard's delta rate (VCEG-M33), with monotone cubic interpolation in place of a cubic fit.

A curve is a list of (rate, PSNR) pairs in any order. The logarithm of the rate is interpolated over
the PSNR by PCHIP: cubic Hermite pieces with the slopes of Fritsch and Butland (1984), and at the
ends the three-point slopes that keep the shape.
"""
import math


class Curve:
    """The logarithm of the rate over the PSNR."""

    def __init__(self, points):
        ordered = sorted((psnr, rate) for rate, psnr in points)
        # A point at which more bits gave a lower PSNR lies on no function of it.
        kept = []
        for psnr, rate in ordered:
            while kept and kept[-1][1] >= rate:
                kept.pop()
            if not kept or psnr > kept[-1][0]:
                kept.append((psnr, rate))
        if len(kept) < 2:
            raise ValueError("a curve of fewer than two points")
        self.x = [psnr for psnr, _ in kept]
        self.y = [math.log(rate) for _, rate in kept]
        self.slopes = slopes(self.x, self.y)

    def rate(self, psnr):
        """The rate at which the curve reaches `psnr`; None outside its points."""
        if not self.x[0] <= psnr <= self.x[-1]:
            return None
        i = max(0, min(len(self.x) - 2, sum(x <= psnr for x in self.x) - 1))
        h = self.x[i + 1] - self.x[i]
        return math.exp(_piece((psnr - self.x[i]) / h, h, *self.y[i:i + 2], *self.slopes[i:i + 2]))

    def integral(self, low, high):
        """Of the logarithm of the rate from one PSNR to another, both within the curve."""
        total = 0.0
        for i, (a, b) in enumerate(zip(self.x, self.x[1:])):
            start, end = max(a, low), min(b, high)
            if start < end:
                h = b - a
                ends = (h, *self.y[i:i + 2], *self.slopes[i:i + 2])
                total += h * (_primitive((end - a) / h, *ends) - _primitive((start - a) / h, *ends))
        return total


def slopes(x, y):
    """The slopes of PCHIP at the points."""
    h = [b - a for a, b in zip(x, x[1:])]
    d = [(b - a) / step for a, b, step in zip(y, y[1:], h)]
    if len(d) == 1:
        return [d[0], d[0]]
    inner = [0.0 if left * right <= 0 else
             3 * (h0 + h1) / ((2 * h1 + h0) / left + (h1 + 2 * h0) / right)
             for h0, h1, left, right in zip(h, h[1:], d, d[1:])]
    return [_end_slope(*h[:2], *d[:2]), *inner, _end_slope(*h[:-3:-1], *d[:-3:-1])]


def _end_slope(h0, h1, d0, d1):
    slope = ((2 * h0 + h1) * d0 - h0 * d1) / (h0 + h1)
    if slope * d0 <= 0:
        return 0.0
    return 3 * d0 if d0 * d1 <= 0 and abs(slope) > 3 * abs(d0) else slope


def _piece(t, h, y0, y1, m0, m1):
    return ((2 * t - 3) * t * t + 1) * y0 + (3 - 2 * t) * t * t * y1 \
        + h * t * (1 - t) * ((1 - t) * m0 - t * m1)


def _primitive(t, h, y0, y1, m0, m1):
    return (t**4 / 2 - t**3 + t) * y0 + (t**3 - t**4 / 2) * y1 \
        + h * ((t**2 / 2 - 2 * t**3 / 3 + t**4 / 4) * m0 + (t**4 / 4 - t**3 / 3) * m1)


def bd_rate(reference, points):
    """By how much more bits `points` take than `reference` at the same PSNR: -0.5 is half.

    The mean is over the range of PSNR that both have; None where there is none.
    """
    one, other = Curve(reference), Curve(points)
    low, high = max(one.x[0], other.x[0]), min(one.x[-1], other.x[-1])
    if low >= high:
        return None
    difference = other.integral(low, high) - one.integral(low, high)
    return math.exp(difference / (high - low)) - 1
