"""A company's slapd, the directory entry that follows it, and a wire between them that breaks."""

import json
import os
import re
import socket
import subprocess
import threading

from muster import BUILD, TOP, assignments, run, wait_until

FIXTURES = TOP / "tests/fixtures"
PASSWORD = "demo-Passw0rd"


class Corp:
    """The directory server in a folder of its own, and what ought to be known of it."""

    def __init__(self, folder, people=200, **settings):
        self.folder, self.people = folder, people
        self.settings = {"PEOPLE": str(people), **settings}
        self.values = {}

    def _script(self, verb):
        # Its output goes to a file: slapd inherits nothing that somebody waits for.
        done = subprocess.run([FIXTURES / "openldap.sh", verb, self.folder], text=True,
                              stdin=subprocess.DEVNULL, capture_output=verb != "start",
                              stdout=None if verb != "start" else open(self.folder + ".out", "w"),
                              env={**os.environ, **self.settings}, timeout=300)
        assert done.returncode == 0, f"openldap.sh {verb} ended with {done.returncode}"

    def start(self):
        self._script("start")
        with open(self.folder + ".out", encoding="utf-8") as f:
            self.values = assignments(f.read())
        return self

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        self._script("stop")

    def kill(self):
        self._script("kill")

    def __getattr__(self, name):
        try:
            return self.values["CORP_" + name.upper()]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def port(self):
        return int(self.uri.rpartition(":")[2])

    def _generate(self, *words):
        return run("/usr/bin/python3", FIXTURES / "gen_people.py", *words, "--people", self.people,
                   "--base", self.base).stdout

    def change(self, kind, *options):
        """One of the generator's changes; what was deleted before is passed over."""
        self.modify(self._generate("change", kind, *options))

    def modify(self, ldif):
        subprocess.run(["ldapmodify", "-c", "-x", "-H", self.uri, "-D", self.admin_dn,
                        "-w", self.admin_password], input=ldif, text=True, timeout=60,
                       capture_output=True, check=False)

    def truth(self):
        return json.loads(self._generate("truth"))

    def person(self, number):
        return self.truth()["people"][number]


class Directory:
    """The entry of a tenant that follows a company's server, by the command line."""

    def __init__(self, sandbox, tenant="acme", name="corp"):
        self.sandbox, self.tenant, self.name = sandbox, tenant, name

    def muster(self, *words, secret=None, check=True):
        command = [BUILD / "muster", "--socket", self.sandbox.values["MUSTER_SOCKET"], "--json",
                   *words]
        done = subprocess.run([str(word) for word in command], input=secret, text=True,
                              capture_output=True, timeout=60)
        if check:
            assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
        return json.loads(done.stdout) if done.returncode == 0 and done.stdout else done

    def create(self, corp, *options, uri=None, password=None):
        self.muster("directory", "create", self.tenant, self.name, "--uri", uri or corp.uri,
                    "--base-dn", corp.base, "--bind-dn", corp.sync_dn, "--secret-file", "-",
                    *options, secret=(password or corp.sync_password) + "\n")
        return self

    def status(self):
        return self.muster("directory", "status", self.tenant, self.name)

    def wait_state(self, state, seconds=120):
        def reached():
            status = self.muster("directory", "status", self.tenant, self.name, check=False)
            return status if isinstance(status, dict) and status["state"] == state else None
        return wait_until(reached, seconds, f"the state {state} (now: {self.try_status()})")

    def try_status(self):
        return self.muster("directory", "status", self.tenant, self.name, check=False)

    def wait_count(self, name, least, seconds=120):
        def reached():
            status = self.status()
            return status if status["counts"][name] >= least else None
        return wait_until(reached, seconds, f"{name} >= {least}")

    def sync(self, *options):
        return self.muster("directory", "sync", self.tenant, self.name, *options)

    def compare(self):
        """A full compare, to its end."""
        before = self.status()["last_full"]
        self.sync("--full")

        def done():
            status = self.status()
            return status if status["state"] == "following" and status["last_full"] > before else None
        return wait_until(done, 120, "a full compare")

    def plan(self, plan):
        """What the held run would do, a sentence a row."""
        rows = self.muster("directory", "plan", self.tenant, plan)
        return [row["change"] for row in rows]

    def approve(self, plan):
        return self.muster("directory", "approve", self.tenant, plan)

    def edit(self, *options, secret=None, check=True):
        secrets = ("--secret-file", "-") if secret else ()
        return self.muster("directory", "edit", self.tenant, self.name, *options, *secrets,
                           secret=secret and secret + "\n", check=check)

    def delete(self, people):
        """With the count that it asks for."""
        words = ("directory", "delete", self.tenant, self.name, "--people", people, "--count")
        refused = self.muster(*words, 1 << 30, check=False)
        count = re.search(r"it has (\d+) people", refused.stdout + refused.stderr)[1]
        return self.muster(*words, count)

    def group(self, name):
        members = self.muster("group", "show", self.tenant, name, "--limit", 10000)["members"]
        return {member["name"] for member in members}


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
