"""What the tests of real applications share: doors into the tree, configuration, processes."""

import os
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from muster import TOP, Sandbox, wait_until

BASE = "o=acme,dc=idp,dc=test"
PEOPLE = f"ou=people,{BASE}"
GROUPS = f"ou=groups,{BASE}"
STAFF = f"cn=staff,{GROUPS}"
SERVICE = f"cn=svc,ou=services,{BASE}"
SERVICE_PASSWORD = "svcpw-acme"
ALICE = f"uid=alice,{PEOPLE}"

EXAMPLE = {  # what stands in contrib/clients, and what the tree has in its place
    "cn=portal,": "cn=svc,",
    "portal-secret": SERVICE_PASSWORD,
    "dc=muster,dc=internal": "dc=idp,dc=test",
}


def start_tree(folder):
    """tests/ldap/tree.ldif in a sandbox; the person named disabled is."""
    box = Sandbox(folder + "/box")
    box.start("--suffix", "dc=idp,dc=test", "--load", TOP / "tests/ldap/tree.ldif")
    box.muster("user", "deactivate", "acme", "disabled")
    return box


class Door:
    """A way into the tree that keeps passwords from the wire, and a folder for who goes it."""

    def __init__(self, box, kind, folder):
        self.start_tls = kind == "starttls"
        name = "LDAP_URI" if self.start_tls else "LDAPS_URI"
        self.port = int(box.values[name].rpartition(":")[2])
        self.uri = f"{'ldap' if self.start_tls else 'ldaps'}://localhost:{self.port}"
        self.plain_uri = box.values["LDAP_URI"]
        self.folder = Path(folder)
        self.folder.chmod(0o755)
        # The sandbox's own folder is its owner's alone; an application may be somebody else.
        self.ca = shutil.copy(box.values["CA_FILE"], self.folder / "ca.pem")
        Path(self.ca).chmod(0o644)
        self.environment = {**os.environ, "LDAPTLS_CACERT": str(self.ca)}

    def example(self, name, *changes):
        """A file of contrib/clients for this door; each change is a pair of texts."""
        text = (TOP / "contrib/clients" / name).read_text(encoding="utf-8")
        shared = {**EXAMPLE, "ldaps://id.example.com": self.uri,
                  "/etc/ssl/muster-ca.pem": str(self.ca)}
        for old, new in (*(pair for pair in shared.items() if pair[0] in text), *changes):
            assert old in text, f"{name} has no {old}"
            text = text.replace(old, new)
        assert "example.com" not in text
        return text

    def file(self, name, text, mode=0o644):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(mode)
        return path

    def run(self, *command, given=None, cwd=None, **environment):
        """To its end; answers code, output and errors."""
        return subprocess.run([str(word) for word in command], input=given, text=True, timeout=120,
                              capture_output=True, cwd=cwd, check=False,
                              env={**self.environment, **environment},
                              stdin=subprocess.DEVNULL if given is None else None)


class Program:
    """A process of an application, in the foreground, ended by its number.

    It has a session of its own: some tell their whole process group to end, which must not be ours.
    """

    def __init__(self, log, *command, **options):
        self.log = Path(log)
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(  # pylint: disable=consider-using-with
                [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=out,
                stderr=subprocess.STDOUT, start_new_session=True, **options)

    def ended(self):
        return self.process.poll() is not None

    def wait_for(self, holds, what):
        """Until it holds; fails at once, with what was logged, when the process ended before."""
        def seen():
            assert not self.ended(), f"{what}: {self.log.read_text(errors='replace')[-2000:]}"
            return holds()
        return wait_until(seen, 60, what)

    def end(self):
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(30)


def answers(port):
    """Whether somebody listens on that port of loopback."""
    with socket.socket() as probe:
        probe.settimeout(5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def start_on_free_port(start):
    """start(port) makes a Program that listens there; who finds the port taken gets another."""
    for _ in range(10):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        program = start(port)
        wait_until(lambda: program.ended() or answers(port), 60, "the application")
        if not program.ended():
            return program, port
    raise AssertionError(program.log.read_text(errors="replace")[-2000:])


def need(*paths):
    """Skips where one of these is not installed."""
    for path in paths:
        if not (shutil.which(path) or Path(path).exists()):
            pytest.skip(f"{path} is not installed")
