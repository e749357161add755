# SPDX-License-Identifier: LGPL-2.1-or-later
"""Time that codecs take to encode and decode, on the same frames at nearly the same PSNR."""
import os
import statistics
import subprocess
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from support import pipeline
from support.codecs import InProcess, Jpeg, LowRank, Point
from support.usage import measure


@dataclass
class Times:
    """Milliseconds a frame, and what came out."""
    encode_cpu: float
    encode_wall: float
    decode_cpu: float
    decode_wall: float
    point: Point


def nearest_setting(codec, raw, psnr, scratch):
    """The whole setting of a peer whose PSNR comes nearest."""
    low, high = min(codec.settings), max(codec.settings)
    falling = not isinstance(codec, InProcess)  # a rate factor, which counts the other way

    def at(setting):
        return codec.point(raw, setting, scratch).luma

    while high - low > 1:
        middle = (low + high) // 2
        if (at(middle) > psnr) == falling:
            low = middle
        else:
            high = middle
    return min((low, high), key=lambda setting: abs(at(setting) - psnr))


def time_in_process(codec, raw, setting, threads):
    """Of a program that times itself."""
    more = {"threads": threads} if isinstance(codec, LowRank) else {}
    result = codec.result(raw, setting, **more)
    return Times(*(1000 * result[name] / raw.frames for name in
                   ("encode_cpu", "encode_wall", "decode_cpu", "decode_wall")),
                 Point(result["bpp"], result["psnr"]))


def time_command(codec, raw, setting, threads, scratch):
    """Of an encoder's command and ffmpeg, less what starting them takes."""
    env = dict(os.environ)
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        nothing = replace(raw, width=64, height=64, frames=1)

        def both(video):
            coded = Path(folder) / f"c.{codec.suffix}"
            encode = measure(list(map(str, codec.encode_words(video, setting, coded, threads))),
                             env, subprocess.DEVNULL)
            decode = measure(["ffmpeg", "-v", "error", "-threads", str(threads), "-i", str(coded),
                              "-f", "null", "-"], env, subprocess.DEVNULL)
            return encode, decode

        start, whole = both(nothing), both(raw)
    encode, decode = (used - idle for used, idle in zip(whole, start))
    return Times(*(1000 * value / raw.frames
                   for value in (encode.cpu, encode.wall, decode.cpu, decode.wall)),
                 codec.point(raw, setting, scratch))


def rows(codecs, raw, quality, rounds, threads, scratch):
    """A row of text for each codec and number of threads."""
    ours = next(codec for codec in codecs if isinstance(codec, LowRank))
    pipeline.progress(f"{raw.name}: the peers' settings")
    psnr = ours.point(raw, quality, scratch).luma
    settings = {codec.label: quality if isinstance(codec, LowRank) else
                nearest_setting(codec, raw, psnr, scratch) for codec in codecs}
    # libjpeg has no threads.
    runs = [(codec, count) for codec in codecs for count in threads
            if count == 1 or not isinstance(codec, Jpeg)]
    measured = {}
    for one in range(rounds):
        for codec, count in runs:
            pipeline.progress(f"{raw.name}, round {one + 1} of {rounds}: {codec.label}, "
                              f"threads={count}")
            setting = settings[codec.label]
            took = time_in_process(codec, raw, setting, count) if isinstance(codec, InProcess) \
                else time_command(codec, raw, setting, count, scratch)
            measured.setdefault((codec.label, count), []).append(took)

    def median(label, count, name):
        return statistics.median(getattr(took, name) for took in measured[label, count])

    found = []
    for codec, count in runs:
        point = measured[codec.label, count][0].point
        wall = [median(codec.label, count, f"{side}_wall") for side in ("encode", "decode")]
        cpu = [median(codec.label, count, f"{side}_cpu") for side in ("encode", "decode")]
        found.append([codec.label, count,
                      f"{point.bits:.3f}", f"{point.luma:.2f}",
                      *(text for c, w in zip(cpu, wall)
                        for text in (f"{c:.1f}", f"{w:.1f}", f"{1000 / max(w, 1e-3):.0f}"))])
    return found


HEADER = ["", "threads", "bits a pixel", "PSNR (dB)", "encode: CPU ms", "wall ms",
          "frames a second", "decode: CPU ms", "wall ms", "frames a second"]
