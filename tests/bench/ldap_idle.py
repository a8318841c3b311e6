#!/usr/bin/env python3
"""What an idle LDAP connection costs musterd: resident memory before, after, and a connection.

    ldap_idle.py PID PORT COUNT [--tls CA_FILE] [--bind DN PASSWORD]

Bound connections stay; others are let go after the unbound deadline, so they have to be opened
within it.
"""

import argparse
import resource
import ssl
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "ldap"))
from ldapraw import Conn, bind, extop, WHOAMI  # noqa: E402


def resident_kib(pid):
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise SystemExit(f"no process {pid}")


def settled(pid):
    """Once it has stopped changing."""
    last = resident_kib(pid)
    while True:
        time.sleep(1.5)
        now = resident_kib(pid)
        if abs(now - last) < 64:
            return now
        last = now


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pid", type=int)
    parser.add_argument("port", type=int)
    parser.add_argument("count", type=int)
    parser.add_argument("--tls", metavar="CA_FILE")
    parser.add_argument("--bind", nargs=2, metavar=("DN", "PASSWORD"))
    options = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    context = ssl.create_default_context(cafile=options.tls) if options.tls else None

    def connect():
        connection = Conn("127.0.0.1", options.port, tls=context)
        if options.bind:
            assert connection.rpc(bind(*options.bind))[-1].code == 0
        else:
            assert connection.rpc(extop(WHOAMI))[-1].code == 0
        return connection

    for _ in range(200):  # what is allocated once is not a connection's
        connect().close()
    before = settled(options.pid)
    began = time.monotonic()
    held = [connect() for _ in range(options.count)]
    took = time.monotonic() - began
    after = settled(options.pid)
    assert held[0].rpc(extop(WHOAMI))[-1].code == 0 and held[-1].rpc(extop(WHOAMI))[-1].code == 0
    print(f"{options.count} connections in {took:.1f} s: {before} KiB -> {after} KiB, "
          f"{(after - before) / options.count:.2f} KiB each")


if __name__ == "__main__":
    main()
