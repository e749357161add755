# SPDX-License-Identifier: LGPL-2.1-or-later
"""GStreamer pipelines as child processes, with the plugin of the build tree in reach."""
import os
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]


class Missing(Exception):
    """Something that a benchmark needs is not here; the message says what to do."""


def environment(scratch):
    """The environment of a pipeline: the built plugin, and a registry of our own in `scratch`."""
    plugins = os.environ.get("GST_PLUGIN_PATH") or str(REPOSITORY / "build" / "gst")
    return {**os.environ, "GST_PLUGIN_PATH": plugins,
            "GST_REGISTRY": str(Path(scratch).resolve() / "benchmark.gst-registry")}


def require_element(name, env, advice):
    """Raises Missing with `advice` where GStreamer does not know the element."""
    try:
        # Without --exists, which wants version 1.0 of an element at least.
        found = subprocess.run(["gst-inspect-1.0", name], env=env, check=False,
                               capture_output=True).returncode == 0
    except FileNotFoundError as error:
        raise Missing("gst-launch-1.0 is missing: install gstreamer1.0-tools "
                      "and gstreamer1.0-plugins-good") from error
    if not found:
        raise Missing(f"GStreamer has no element {name}: {advice}")


def require_rpcasplit(env):
    """Raises Missing where the plugin of this repository was not found."""
    require_element("rpcasplit", env, "build it (meson setup build && ninja -C build), "
                    f"or set GST_PLUGIN_PATH, now {env['GST_PLUGIN_PATH']}")


def require_segmentation(env):
    """Raises Missing where GStreamer's own background subtraction is not installed."""
    require_element("segmentation", env, "install gstreamer1.0-opencv")


def command(*parts):
    """The gst-launch-1.0 command for parts of a pipeline, each split at its spaces.

    A part that may hold spaces of its own, such as a file name, is given as a one-element list.
    """
    words = ["gst-launch-1.0", "-q"]
    for part in parts:
        words += part if isinstance(part, list) else part.split()
    return words


def run(words, env):
    """Runs a pipeline to its end and returns what it said, which is shown only where it fails."""
    done = subprocess.run(words, env=env, check=False, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)}\n{done.stderr or done.stdout}")
    return done.stdout


def progress(text):
    """Shows `text` in place of the last progress line, where somebody is watching."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)
    elif text:
        print(text, file=sys.stderr, flush=True)
