#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Plays a video or the camera, shows what moves, and prints a line a frame.

A line holds the frame's time (- if it has none), the share of the picture that moves, and a box
WIDTHxHEIGHT+X+Y for each region. While it plays, a line "PROPERTY VALUE" on standard input sets a property of rpcasplit,
such as "threshold 5"; "reset" forgets the background. Ctrl-C ends the stream, a second one the
program.
"""
import argparse
import signal
import sys

import gi

gi.require_version("Gst", "1.0")
from gi.repository import GLib, GObject, Gst  # noqa: E402


EPILOG = """
Examples:
  watch.py street.avi
  watch.py --camera
  watch.py --sink fakesink street.avi

Exit status: 0 at the end or after Ctrl-C, 1 if something cannot be played, 2 for wrong use.
"""


class Application:
    def __init__(self, uri, sink):
        source = "uridecodebin name=source" if uri else "autovideosrc"
        self.pipeline = Gst.parse_launch(
            f"{source} ! videoconvert ! rpcasplit name=split post-messages=true ! {sink}")
        self.split = self.pipeline.get_by_name("split")
        if uri:
            self.pipeline.get_by_name("source").props.uri = uri
        self.loop = GLib.MainLoop()
        self.stopping = False
        self.status = 0

    def run(self):
        sys.excepthook = self.on_exception
        bus = self.pipeline.get_bus()
        bus.add_signal_watch()
        bus.connect("message", self.on_message)
        for number in (signal.SIGINT, signal.SIGTERM):
            GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, number, self.on_signal)
        GLib.io_add_watch(sys.stdin.fileno(), GLib.PRIORITY_DEFAULT,
                          GLib.IOCondition.IN | GLib.IOCondition.HUP, self.on_input)
        # A failure is on the bus, with its reason.
        self.pipeline.set_state(Gst.State.PLAYING)
        self.loop.run()
        self.pipeline.set_state(Gst.State.NULL)
        bus.remove_signal_watch()
        return self.status

    def on_exception(self, *exception):
        # One that leaves a callback would leave the loop running.
        sys.__excepthook__(*exception)
        self.status = 1
        self.loop.quit()

    def on_message(self, _bus, message):
        if message.type == Gst.MessageType.ERROR:
            error, details = message.parse_error()
            print(f"error: {message.src.name}: {error.message}\n{details or ''}", file=sys.stderr)
            self.status = 1
            self.loop.quit()
        elif message.type == Gst.MessageType.WARNING:
            error, _ = message.parse_warning()
            print(f"warning: {message.src.name}: {error.message}", file=sys.stderr)
        elif message.type == Gst.MessageType.EOS:
            print(self.split.props.stats.get_value("frames"), "frames")
            self.loop.quit()
        elif message.type == Gst.MessageType.ELEMENT and message.has_name("rpcasplit"):
            self.print_frame(message.get_structure())

    @staticmethod
    def print_frame(frame):
        time = frame.get_value("stream-time")
        time = f"{time / Gst.SECOND:.3f}" if time != Gst.CLOCK_TIME_NONE else "-"
        share = frame.get_value("foreground-ratio")
        line = f"{time:>8} s  {100 * share:6.2f} %"
        for region in frame.get_value("regions"):
            x, y, width, height = map(region.get_value, ("x", "y", "width", "height"))
            line += f"  {width}x{height}+{x}+{y}"
        print(line, flush=True)

    def on_input(self, _file, _condition):
        line = sys.stdin.buffer.raw.readline().decode()  # nothing is left in a buffer
        if not line:
            return GLib.SOURCE_REMOVE
        self.obey(line.split(maxsplit=1))
        return GLib.SOURCE_CONTINUE

    def obey(self, words):
        if len(words) == 2:
            self.set_property(words[0], words[1].strip())
        elif words == ["reset"]:
            self.split.emit("reset")
        elif words:
            print("either PROPERTY VALUE, or reset", file=sys.stderr)

    def set_property(self, name, text):
        spec = self.split.find_property(name)
        if not spec or not spec.flags & GObject.ParamFlags.WRITABLE:
            print(f"no property to set: {name}", file=sys.stderr)
            return
        Gst.util_set_object_arg(self.split, name, text)  # leaves it alone if text is no value
        value = GObject.Value(spec.value_type, self.split.get_property(name))
        print(f"{name} is {Gst.value_serialize(value)}", flush=True)

    def on_signal(self):
        # End of stream lets every element finish; who cannot wait for it asks twice.
        if self.stopping or not self.pipeline.send_event(Gst.Event.new_eos()):
            self.loop.quit()
        self.stopping = True
        return GLib.SOURCE_CONTINUE


def main():
    parser = argparse.ArgumentParser(description=__doc__, epilog=EPILOG,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-c", "--camera", action="store_true",
                        help="watch the first camera that GStreamer finds, in place of a file")
    parser.add_argument("video", nargs="?", metavar="FILE|URI", help="video to be played")
    parser.add_argument("-s", "--sink", metavar="ELEMENTS", default="videoconvert ! autovideosink",
                        help="where the foreground goes, as for gst-launch-1.0; default: %(default)s")
    arguments = parser.parse_args()
    if arguments.camera == bool(arguments.video):
        parser.error("needs either one FILE or URI, or --camera")
    Gst.init(None)
    uri = None
    if arguments.video:
        is_uri = Gst.uri_is_valid(arguments.video)
        uri = arguments.video if is_uri else Gst.filename_to_uri(arguments.video)
    try:
        application = Application(uri, arguments.sink)
    except GLib.Error as error:
        sys.exit(error.message)
    sys.exit(application.run())


main()
