# SPDX-License-Identifier: LGPL-2.1-or-later
"""Curves of PSNR over rate as SVG, on logarithmic rates."""
import math
from html import escape

WIDTH, HEIGHT = 900, 440
LEFT, RIGHT, TOP, BOTTOM = 62, 236, 40, 52
# After Okabe and Ito, whose colours are told apart by those who see few: this library's curves are
# shades of one, and drawn through.
OURS = ("#f5a35c", "#d55e00", "#7a3300")
PEERS = ("#0072b2", "#009e73", "#cc79a7", "#56b4e9", "#000000")
STEPS = (1, 2, 5)


def _ticks(low, high):
    found = [step * 10**power for power in range(math.floor(math.log10(low)), 6) for step in STEPS]
    return [tick for tick in found if low <= tick <= high]


class Axes:
    """From bits a pixel and dB to places in the picture."""

    def __init__(self, curves):
        rates = [rate for _, points in curves for rate, _ in points]
        psnrs = [psnr for _, points in curves for _, psnr in points]
        self.rates = min(rates) / 1.08, max(rates) * 1.08
        self.psnrs = math.floor(min(psnrs)), math.ceil(max(psnrs))

    def x(self, rate):
        """Of a rate."""
        low, high = map(math.log, self.rates)
        return LEFT + (math.log(rate) - low) / (high - low) * (WIDTH - LEFT - RIGHT)

    def y(self, psnr):
        """Of a PSNR."""
        low, high = self.psnrs
        return HEIGHT - BOTTOM - (psnr - low) / (high - low) * (HEIGHT - TOP - BOTTOM)

    def drawn(self):
        """Grid and labels."""
        lines, right, bottom = [], WIDTH - RIGHT, HEIGHT - BOTTOM
        for rate in _ticks(*self.rates):
            x = self.x(rate)
            lines.append(f'<path class="grid" d="M{x:.1f} {TOP}V{bottom}"/>')
            lines.append(f'<text x="{x:.1f}" y="{bottom + 18}" text-anchor="middle">{rate:g}</text>')
        step = 2 if self.psnrs[1] - self.psnrs[0] > 8 else 1
        for psnr in range(self.psnrs[0] + self.psnrs[0] % step, self.psnrs[1] + 1, step):
            y = self.y(psnr)
            lines.append(f'<path class="grid" d="M{LEFT} {y:.1f}H{right}"/>')
            lines.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{psnr}</text>')
        lines.append(f'<path class="axis" d="M{LEFT} {TOP}V{bottom}H{right}"/>')
        lines.append(f'<text x="{(LEFT + right) // 2}" y="{HEIGHT - 12}" text-anchor="middle">'
                     'bits a pixel</text>')
        lines.append(f'<text transform="translate(18 {(TOP + bottom) // 2}) rotate(-90)" '
                     'text-anchor="middle">PSNR of luma (dB)</text>')
        return lines


def _curve(axes, points, color, dash):
    places = [(axes.x(rate), axes.y(psnr)) for rate, psnr in sorted(points)]
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
    lines = [f'<path class="curve" stroke="{color}"{dash} d="{path}"/>']
    return lines + [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.6" fill="{color}"/>'
                    for x, y in places]


def _styles(curves):
    """The colour and the dashes of each curve."""
    ours = [label for label, _ in curves if label.startswith("lowrank")]
    shades = OURS if len(ours) > 1 else OURS[1:]
    peers = [label for label, _ in curves if label not in ours]
    return {**{label: (shades[i % len(shades)], "") for i, label in enumerate(ours)},
            **{label: (PEERS[i % len(PEERS)], ' stroke-dasharray="6 3"')
               for i, label in enumerate(peers)}}


def write(path, title, curves):
    """Writes curves, each a label and its (bits a pixel, dB) pairs."""
    axes, styles = Axes(curves), _styles(curves)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="13">',
        "<style>.grid{stroke:#ddd}.axis{stroke:#333;fill:none}.curve{fill:none;stroke-width:2}"
        "</style>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        f'<text x="{LEFT}" y="24" font-size="15" font-weight="bold">{escape(title)}</text>',
        *axes.drawn()]
    left = WIDTH - RIGHT + 14
    for i, (label, points) in enumerate(curves):
        color, dash = styles[label]
        y = TOP + 16 + 22 * i
        lines += [*_curve(axes, points, color, dash),
                  f'<path class="curve" stroke="{color}"{dash} d="M{left} {y}h28"/>',
                  f'<text x="{left + 36}" y="{y + 4}">{escape(label)}</text>']
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([*lines, "</svg>", ""]), encoding="utf-8")
