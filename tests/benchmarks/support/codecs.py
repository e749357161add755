# SPDX-License-Identifier: LGPL-2.1-or-later
"""lowrankcompress and its peers: what a raw file takes at a setting, and what is left of it.

Every codec gets the same planes and gives planes back, so that no conversion counts. Bits are those
of the whole file, its headers included, less the supplemental messages (SEI) in which x264 and x265
tell their settings. PSNR is that of the mean square error over all frames, a component at a time.
"""
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from support import pipeline

SPEEDS = ("fast", "medium", "best")


@dataclass(frozen=True)
class Point:
    """Of a curve."""
    bits: float  # a pixel of luma
    psnr: list  # dB, a component

    @property
    def luma(self):
        """dB."""
        return self.psnr[0]

    @property
    def all(self):
        """Weighted 6:1:1, dB; luma where that is all."""
        return (6 * self.psnr[0] + sum(self.psnr[1:])) / 8 if len(self.psnr) == 3 else self.psnr[0]


def run(words, stdin=None):
    """Runs a command and returns what it wrote; what it said is shown where it fails."""
    done = subprocess.run([str(word) for word in words], check=False, capture_output=True,
                          stdin=stdin)
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, words))}\n{done.stderr.decode(errors='replace')}")
    return done.stdout


class Codec:
    """A codec whose results are kept in a folder, since peers do not change."""
    package = ""  # Debian's, where it comes from
    programs = ()
    kept = True

    def __init__(self, label, settings, build):
        self.label, self.settings, self.build = label, settings, build

    def require(self):
        """Raises Missing where it is not installed."""
        if any(not shutil.which(str(program)) for program in self.programs):
            raise pipeline.Missing(f"install {self.package}")

    def described(self):
        """How it is run, for people."""
        raise NotImplementedError

    def version(self):
        """Of what runs."""
        return run([self.programs[0], "--version"]).decode().split()[1]

    def point(self, raw, setting, scratch):
        """The Point of a raw file at one of the settings."""
        if not self.kept:
            return self.measure(raw, setting, scratch)
        key = f"{self.described()} {self.version()} {setting} {raw.digest}"
        path = Path(scratch) / "peers" / f"{hashlib.sha256(key.encode()).hexdigest()}.json"
        if path.exists():
            return Point(*json.loads(path.read_text(encoding="ascii")))
        point = self.measure(raw, setting, scratch)
        path.parent.mkdir(exist_ok=True)
        part = path.with_suffix(".part")
        part.write_text(json.dumps([point.bits, point.psnr]), encoding="ascii")
        part.rename(path)
        return point

    def measure(self, raw, setting, scratch):
        """The same, by running it."""
        raise NotImplementedError


class InProcess(Codec):
    """A program of ours that encodes, decodes and compares, and prints JSON."""
    program = ""

    def __init__(self, label, settings, build, **options):
        super().__init__(label, settings, build)
        self.options = options

    @property
    def path(self):
        """Of the program."""
        return self.build / "tests" / "benchmarks" / self.program

    def require(self):
        if not self.path.exists():
            raise pipeline.Missing(f"{self.path} is not there: {self.package}")

    def result(self, raw, setting, **more):
        """What the program prints."""
        options = {**self.options, "quality": setting, "pictures": raw.frames, **more}
        return json.loads(run([self.path, *raw.words(),
                               *(f"{name.replace('_', '-')}={value}"
                                 for name, value in options.items())]))

    def measure(self, raw, setting, scratch):
        result = self.result(raw, setting)
        return Point(result["bpp"], result["psnr"])


class LowRank(InProcess):
    """This library."""
    package = "build with -Dbenchmarks=enabled, or say --build"
    program = "benchmark-codec"
    kept = False

    def described(self):
        return "lowrankcompress " + " ".join(f"{k}={v}" for k, v in self.options.items())


class Jpeg(InProcess):
    """libjpeg(-turbo), every frame for itself."""
    package = "install libjpeg-dev and build with -Dbenchmarks=enabled"
    program = "benchmark-jpeg"

    def described(self):
        tables = "standard" if self.options.get("optimize") == 0 else "optimised"
        return f"libjpeg, {tables} Huffman tables, 4:2:0"

    def version(self):
        return run([self.path, "version"]).decode().strip()


class WebP(Codec):
    """Google's cwebp. It has no gray pictures: those get chroma of 128, which takes few bits."""
    package = "webp"
    programs = ("cwebp", "dwebp")

    def __init__(self, label, settings, build, *arguments):
        super().__init__(label, settings, build)
        self.arguments = ["-m", "6", *arguments]

    def described(self):
        return " ".join(["cwebp", *self.arguments, "-q", "N"])

    def version(self):
        return run(["cwebp", "-version"]).decode().splitlines()[0]

    def measure(self, raw, setting, scratch):
        if raw.width % 2 or raw.frames != 1:
            raise RuntimeError("WebP wants one picture of even sides")
        with tempfile.TemporaryDirectory(dir=scratch) as folder:
            planes, coded, decoded = (Path(folder) / name for name in ("in.yuv", "c", "out.yuv"))
            content = raw.path.read_bytes()[:raw.frame_bytes]
            if raw.color == "gray":
                content += b"\x80" * (raw.pixels // 2)
            planes.write_bytes(content)
            run(["cwebp", "-quiet", *self.arguments, "-q", setting, "-s", raw.width, raw.height, planes,
                 "-o", coded])
            run(["dwebp", "-quiet", coded, "-yuv", "-o", decoded])
            decoded.write_bytes(decoded.read_bytes()[:raw.frame_bytes])
            return Point(8 * coded.stat().st_size / raw.pixels, compare(self.build, raw, decoded))


class Video(Codec):
    """x264 or x265 by its command line, decoded by ffmpeg."""
    supplemental = {}

    def __init__(self, label, settings, build, preset, interval):
        super().__init__(label, settings, build)
        self.preset, self.interval = preset, interval

    @property
    def arguments(self):
        """Of every run."""
        return ["--preset", self.preset, "--tune", "psnr", "--keyint", str(self.interval)]

    def described(self):
        return " ".join([self.programs[0], *self.arguments, "--crf", "N"])

    def encode_words(self, raw, setting, coded, threads=1):
        """The command that encodes."""
        raise NotImplementedError

    def measure(self, raw, setting, scratch):
        with tempfile.TemporaryDirectory(dir=scratch) as folder:
            coded = Path(folder) / f"c.{self.suffix}"
            run(self.encode_words(raw, setting, coded))
            return Point(self.bits(coded) / raw.pixels, self.psnr(raw, coded))

    def psnr(self, raw, coded):
        """Of a coded file, a component."""
        # Not -pix_fmt gray, which stretches luma from video range to full range.
        planes = {"gray": ["-vf", "extractplanes=y"], "i420": ["-pix_fmt", "yuv420p"]}[raw.color]
        words = ["ffmpeg", "-v", "error", "-i", str(coded), "-vsync", "passthrough", *planes,
                 "-f", "rawvideo", "-"]
        with subprocess.Popen(words, stdout=subprocess.PIPE) as decoder:
            return compare(self.build, raw, decoder.stdout)

    def bits(self, coded):
        """Of all NAL units but supplemental messages, start codes included."""
        content = coded.read_bytes()
        starts = [match.start() for match in re.finditer(b"\0\0\1", content)] + [len(content)]
        return 8 * sum(end - start for start, end in zip(starts, starts[1:])
                       if self.unit(content[start + 3]) not in self.supplemental)

    @staticmethod
    def unit(byte):
        """The type of a NAL unit by its first byte."""
        raise NotImplementedError


class X264(Video):
    """H.264."""
    package = "x264 and ffmpeg"
    programs = ("x264", "ffmpeg")
    suffix = "264"
    supplemental = {6}

    @staticmethod
    def unit(byte):
        return byte & 31

    def encode_words(self, raw, setting, coded, threads=1):
        form = {"gray": "i400", "i420": "i420"}[raw.color]
        return ["x264", "--quiet", *self.arguments, "--crf", setting, "--threads", threads,
                "--demuxer", "raw", "--input-csp", form, "--output-csp", form,
                "--input-res", f"{raw.width}x{raw.height}", "--fps", 25, "--frames", raw.frames,
                "-o", coded, raw.path]


class X265(Video):
    """H.265."""
    package = "x265 and ffmpeg"
    programs = ("x265", "ffmpeg")
    suffix = "265"
    supplemental = {39, 40}

    @staticmethod
    def unit(byte):
        return byte >> 1 & 63

    def version(self):
        done = subprocess.run(["x265", "--version"], check=True, capture_output=True, text=True)
        return re.search(r"version (\S+)", done.stdout + done.stderr)[1]

    def encode_words(self, raw, setting, coded, threads=1):
        form = {"gray": "i400", "i420": "i420"}[raw.color]
        return ["x265", "--log-level", "error", *self.arguments, "--crf", setting,
                "--pools", "none" if threads == 1 else threads, "--frame-threads", threads,
                "--input-csp", form, "--input-res", f"{raw.width}x{raw.height}", "--fps", 25,
                "--frames", raw.frames, "--input", raw.path, "-o", coded]


def compare(build, raw, decoded):
    """PSNR of the components of decoded planes, a path or an open pipe."""
    words = [build / "tests" / "benchmarks" / "benchmark-psnr", *raw.words(),
             f"pictures={raw.frames}"]
    if isinstance(decoded, Path):
        with open(decoded, "rb") as file:
            return json.loads(run(words, file))["psnr"]
    return json.loads(run(words, decoded))["psnr"]


def available(codecs):
    """Those that are here; says which peer is not, and how to get it."""
    found = []
    for codec in codecs:
        try:
            codec.require()
            found.append(codec)
        except pipeline.Missing as missing:
            if isinstance(codec, LowRank):
                raise
            print(f"compress: leaving {codec.label} out: {missing}", file=sys.stderr)
    return found
