"""The entry of a tenant that follows a company's server, by the command line."""

import json
import re
import subprocess

from muster import BUILD, wait_until


class Directory:
    """The entry of a tenant that follows a company's server, by the command line."""

    def __init__(self, sandbox, tenant="acme", name="corp"):
        self.sandbox, self.tenant, self.name = sandbox, tenant, name
        self.failure_seen = ""

    def muster(self, *words, secret=None, check=True):
        command = [BUILD / "muster", "--socket", self.sandbox.values["MUSTER_SOCKET"], "--json",
                   *words]
        done = subprocess.run([str(word) for word in command], input=secret, text=True,
                              capture_output=True, timeout=60)
        if check:
            assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
        return json.loads(done.stdout) if done.returncode == 0 and done.stdout else done

    def create(self, corp, *options, uri=None, password=None, confirmed=True):
        """Confirmed: its first run is applied at once."""
        reach = ["--uri", uri] if uri else corp.connect_options()
        self.muster("directory", "create", self.tenant, self.name, *reach, "--base-dn", corp.base,
                    "--bind-dn", corp.sync_dn, "--secret-file", "-", *options,
                    *(("--run-limit", "first=1") if confirmed else ()),
                    secret=(password or corp.sync_password) + "\n")
        return self

    def status(self):
        return self.muster("directory", "status", self.tenant, self.name)

    def wait_state(self, state, seconds=120):
        def reached():
            status = self.muster("directory", "status", self.tenant, self.name, check=False)
            return status if isinstance(status, dict) and status["state"] == state else None
        return wait_until(reached, seconds,
                          lambda: f"the state {state} (now: {self.try_status()})")

    def wait_failed(self, stage=None, failure=None, seconds=120):
        """A run that failed since the last one that was waited for, from the history: its state
        lasts no longer than until the next try."""
        def failed():
            found = [run for run in self.history() if run["result"] == "failed"
                     and run["ended"] > self.failure_seen
                     and run["stage"] == (stage or run["stage"])
                     and run["class"] == (failure or run["class"])]
            return found[0] if found else None
        run = wait_until(failed, seconds, f"a failed run (status: {self.try_status()})")
        self.failure_seen = run["ended"]
        return run

    def history(self):
        """What became of the runs, the newest first."""
        runs = self.muster("directory", "history", self.tenant, self.name, check=False)
        return runs if isinstance(runs, list) else []

    def follow(self, seconds=120):
        """In step with the server; the first run waits for somebody who confirms it."""
        def reached():
            status = self.try_status()
            if not isinstance(status, dict):
                return None
            if status["state"] == "held" and not status.get("last_full"):
                self.muster("directory", "approve", self.tenant, status["plan"], check=False)
            return status if status["state"] == "following" else None
        return wait_until(reached, seconds,
                          lambda: f"the first run (now: {self.try_status()})")

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

        def asked():  # refused while a run of its own is under way
            answer = self.muster("directory", "sync", self.tenant, self.name, "--full", check=False)
            return getattr(answer, "returncode", 0) == 0
        wait_until(asked, 60, "a full compare that may begin")

        def done():
            status = self.status()
            return status if status["state"] == "following" and status["last_full"] > before else None
        return wait_until(done, 120, lambda: f"a full compare (now: {self.try_status()})")

    def plan(self, plan, action=None):
        """What the run would do, a row an object."""
        return self.muster("directory", "plan", self.tenant, plan, "--limit", 1000,
                           *(("--action", action) if action else ()))

    def plans(self):
        """Of all runs, the oldest first."""
        return self.muster("directory", "plans", self.tenant, self.name, "--limit", 1000)

    def reject(self, plan):
        return self.muster("directory", "reject", self.tenant, plan)

    def approve(self, plan):
        return self.muster("directory", "approve", self.tenant, plan)

    def edit(self, *options, secret=None, check=True):
        secrets = ("--secret-file", "-") if secret else ()
        return self.muster("directory", "edit", self.tenant, self.name, *options, *secrets,
                           secret=secret and secret + "\n", check=check)

    def delete(self, people):
        """With the count that it asks for, and again while a run makes that another one."""
        words = ("directory", "delete", self.tenant, self.name, "--people", people, "--count")
        count = 1 << 30
        for _ in range(50):
            done = self.muster(*words, count, check=False)
            if getattr(done, "returncode", 0) == 0:
                return done
            count = re.search(r"it has (\d+) people", done.stderr)[1]
        raise AssertionError(f"another number each time, at last {count}")

    def group(self, name):
        members = self.muster("group", "show", self.tenant, name, "--limit", 10000)["members"]
        return {member["name"] for member in members}
