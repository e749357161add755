#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""rtsp-server serves all mount points at once, one of them to two clients, and ends by a signal.

    tests/examples/rtsp_server.py RTSP-SERVER
"""
import os
import signal
import subprocess
import sys
import threading

import support

WIDTH, HEIGHT, FRAMES = 192, 144, 12


def receive(url, path):
    # An endless file: the client ends by itself, and closes its connection.
    support.launch(f"rtspsrc location={url} protocols=tcp latency=0 ! rtpvp8depay ! vp8dec !",
                   f"identity eos-after={FRAMES + 1} ! videoconvert ! videoscale !",
                   f"video/x-raw,format=GRAY8,width={WIDTH},height={HEIGHT} !",
                   f"filesink location={path}")


def receive_all(urls, folder):
    paths = [os.path.join(folder, f"{i}.gray") for i in range(len(urls))]
    clients = [threading.Thread(target=receive, args=pair) for pair in zip(urls, paths)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    return [support.frames(path, WIDTH * HEIGHT) for path in paths]


def share(frame, low, high):
    return sum(low <= sample <= high for sample in frame) / len(frame)


def check_pictures(foreground, background, mask, other):
    for name, pictures in (("foreground", foreground), ("background", background), ("mask", mask),
                           ("foreground again", other)):
        support.check(len(pictures) == FRAMES, f"{name} has {len(pictures)} frames")
    # People on a pavement: some of the picture moves, most of it does not.
    for name, pictures in (("foreground", foreground), ("mask", mask), ("foreground again", other)):
        dark = share(pictures[-1], 0, 20)
        support.check(0.8 < dark < 0.999, f"{dark} of {name} is dark")
    white = share(mask[-1], 235, 255)
    support.check(white > 0.001, f"{white} of the mask is white")
    grey = share(background[-1], 21, 234)
    support.check(grey > 0.8, f"{grey} of the background is neither black nor white")


def failures(program, folder):
    """What cannot be played, or not again, is said, and is a failure."""
    told = support.run(program, "--port", "0", os.path.join(folder, "none.avi"), status=1)
    support.check("error: " in told, f"what cannot be played is not told of:\n{told}")
    pipe = os.path.join(folder, "pipe.avi")
    os.mkfifo(pipe)
    # GStreamer opens it, goes, and opens it again; by a reader of its own the pipe does not break.
    threading.Thread(target=support.start_of_clip, args=(os.open(pipe, os.O_RDWR), 400000),
                     daemon=True).start()
    told = support.run(program, "--port", "0", pipe, status=1)
    support.check("cannot be played again" in told, f"the end of a pipe is told of so:\n{told}")


def main():
    program = sys.argv[1]
    folder = support.folder()
    part = os.path.join(folder, "part of the clip.avi")
    support.start_of_clip(part, 1600000)
    with subprocess.Popen([program, "--port", "0", part], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True) as server:
        try:
            urls = [server.stdout.readline().strip() for _ in range(3)]
            support.check([url.rsplit("/", 1)[-1] for url in urls] ==
                          ["foreground", "background", "mask"], f"mount points are {urls}")
            pictures = receive_all([*urls, urls[0]], folder)
            # Who comes after the last one has left is served as well.
            again = receive_all(urls[:1], folder)
            port = urls[0].split(":")[2].split("/")[0]
            support.run(program, "--port", port, part, status=1)
            server.send_signal(signal.SIGINT)
            output, _ = server.communicate(timeout=20)
        finally:
            server.kill()
    support.check(server.returncode == 0, f"the server exits with {server.returncode}:\n{output}")
    support.check(output == "", f"the server says:\n{output}")
    check_pictures(*pictures)
    support.check(len(again[0]) == FRAMES, "a later client gets no frames")
    failures(program, folder)
    print(f"{FRAMES} frames from each of {urls}")


main()
