"""An RTSP server for video files, for Debian's own python3 (it has GStreamer's bindings; ours has not).

    /usr/bin/python3 simulation/rtsp_server.py --port 8554 cam1=a.mp4 cam2=b.mp4

H.264 is passed through as it is. A file is sent in real time from its start to each client; with
--loop it begins again at the end, its stamps going on. Prints `ready PORT` when it listens and
stops on SIGTERM. It imports nothing of this project.
"""

from __future__ import annotations

import argparse
import signal
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

LAUNCH = (
    '( filesrc location="{path}" ! qtdemux ! h264parse config-interval=-1 '
    "! rtph264pay name=pay0 pt=96 config-interval=-1 )"
)
LOOP_LAUNCH = (
    '( multifilesrc location="{path}" loop=true ! tsdemux ! h264parse config-interval=-1 '
    "! rtph264pay name=pay0 pt=96 config-interval=-1 )"
)


def main() -> int:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(description="Serve video files over RTSP.")
    parser.add_argument("--port", required=True, help="TCP port; 0 takes a free one")
    parser.add_argument("--loop", action="store_true", help="files are MPEG-TS and repeat for ever")
    parser.add_argument("--shared", action="store_true", help="all clients see the same instant")
    parser.add_argument("mounts", nargs="+", help="NAME=FILE")
    args = parser.parse_args()
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(args.port)
    for mount in args.mounts:
        name, path = mount.split("=", 1)
        factory = GstRtspServer.RTSPMediaFactory()
        launch = LOOP_LAUNCH if args.loop else LAUNCH
        factory.set_launch(launch.format(path=path.replace('"', '\\"')))
        factory.set_shared(args.shared or args.loop)
        server.get_mount_points().add_factory("/" + name, factory)
    loop = GLib.MainLoop()
    if server.attach(None) == 0:
        sys.stderr.write(f"rtsp_server: port {args.port} cannot be used\n")
        return 2
    GLib.timeout_add_seconds(2, clean, server)
    for number in (signal.SIGTERM, signal.SIGINT):
        GLib.unix_signal_add(GLib.PRIORITY_HIGH, number, loop.quit)
    sys.stdout.write(f"ready {server.get_bound_port()}\n")
    sys.stdout.flush()
    loop.run()
    return 0


def clean(server: GstRtspServer.RTSPServer) -> bool:
    """Forget sessions whose client is gone."""
    server.get_session_pool().cleanup()
    return True


if __name__ == "__main__":
    sys.exit(main())
