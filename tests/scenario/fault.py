"""Wires between us and a directory server that break."""

import re
import socket
import subprocess
import sys
import threading
from pathlib import Path

from corp import FIXTURES
from muster import wait_until


class Fault:
    """A proxy that reads LDAP and does what its rules say: tests/fixtures/ldap_fault.py tells how.

    Also dresses Samba as Windows does: most_values of an attribute in one answer, most_entries of
    a page, dirsync_page entries of a DirSync answer; more of the proxy's options.
    """

    def __init__(self, server, folder, uri=None, most_values=0, most_entries=0, dirsync_page=0,
                 more=()):
        Path(folder).mkdir(exist_ok=True)
        self.rule_file, self.log_file = Path(folder, "rules"), Path(folder, "log")
        port_file = Path(folder, "port")
        to = uri or (server.tls_uri if server.kind == "samba" else server.uri)
        command = [sys.executable, FIXTURES / "ldap_fault.py", "--to", to, "--ca", server.ca_file,
                   "--rules", self.rule_file, "--log", self.log_file, "--portfile", port_file]
        for option, value in (("--maxval", most_values), ("--maxpage", most_entries),
                              ("--dirsync-page", dirsync_page)):
            command += [option, value] if value else []
        command += more
        self.rule_file.write_text("", encoding="utf-8")
        self.process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL)
        port = wait_until(lambda: port_file.exists() and port_file.read_text().endswith("\n")
                          and int(port_file.read_text()), 60, "the proxy")
        self.uri = f"ldap://127.0.0.1:{port}"

    def rules(self, *rules):
        """From now on these, none: everything passes."""
        new = self.rule_file.with_suffix(".new")
        new.write_text("".join(rule + "\n" for rule in rules), encoding="utf-8")
        new.rename(self.rule_file)

    def log(self):
        """A line for each message that passed."""
        return self.log_file.read_text(encoding="utf-8").splitlines()

    def count(self, pattern):
        return sum(bool(re.search(pattern, line)) for line in self.log())

    def close(self):
        self.process.terminate()
        self.process.wait(60)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Wire:
    """A port that forwards to the server and, when told, ends in the middle of its answer."""

    def __init__(self, port):
        self.target, self.cut_after = port, None
        self.received = b""  # what came from the client
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def uri(self):
        return f"ldap://127.0.0.1:{self.port}"

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                client.close()
                continue
            threading.Thread(target=self._up, args=(client, server), daemon=True).start()
            threading.Thread(target=self._down, args=(server, client), daemon=True).start()

    def _up(self, client, server):
        try:
            while data := client.recv(65536):
                self.received += data
                server.sendall(data)
        except OSError:
            pass
        finally:
            server.close()

    def _down(self, server, client):
        passed, limit = 0, self.cut_after
        try:
            while data := server.recv(4096):
                if limit is not None and passed + len(data) > limit:
                    client.sendall(data[:limit - passed])
                    break
                client.sendall(data)
                passed += len(data)
        except OSError:
            pass
        finally:
            for end in (client, server):
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
                end.close()

    def close(self):
        self.listener.close()
