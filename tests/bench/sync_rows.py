"""The rows of a company's directory: a real slapd and a real Samba are followed from the first plan
to one person's deactivation. Memory is the kernel's own peak, so what is mapped of the store and
touched is in it; CPU time is that of musterd and of its children together."""

import os
import statistics
import sys
import threading
import time

import ldap

PERSIST, POLLING = "persist", "DirSync, polled each second"
FREE = ("--limit-count", "1000", "--limit-percent", "100", "--run-limit", "small-percent=100")
TEAMS = 2000
ONCE_FROM = 50000  # people; more are measured once
LEAVERS = 200
WAIT = 1800  # seconds for a run
TICK = os.sysconf("SC_CLK_TCK")


def fail(sentence):
    sys.exit(f"bench: {sentence}")


def stat_of(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as stat:
        name, _, rest = stat.read().partition("(")[2].rpartition(") ")
    return name, rest.split()


def children(pid):
    found = []
    for word in os.listdir("/proc"):
        try:
            if word.isdigit() and int(stat_of(word)[1][1]) == pid:
                found.append(int(word))
        except (FileNotFoundError, ProcessLookupError):
            pass
    return found


def cpu_of(pid, waited=False):
    """Seconds; `waited`: with the children that have ended."""
    try:
        return sum(int(word) for word in stat_of(pid)[1][11:15 if waited else 13]) / TICK
    except (FileNotFoundError, ProcessLookupError):
        return 0.0


def status_of(pid, name):
    with open(f"/proc/{pid}/status", encoding="utf-8") as status:
        return next((int(line.split()[1]) for line in status if line.startswith(name + ":")), 0)


class Watch:
    """The peaks of a phase, in MiB: of musterd, of that what is its own and not the store's, and of
    the child."""

    def __init__(self, pid):
        self.pid = pid
        self.own = self.child = 0
        self.done = threading.Event()
        self.thread = threading.Thread(target=self.look)

    def cpu(self):
        return cpu_of(self.pid, True) + sum(cpu_of(child) for child in children(self.pid))

    def look(self):
        while not self.done.wait(0.05):
            self.own = max(self.own, status_of(self.pid, "RssAnon"))
            for child in children(self.pid):
                try:
                    self.child = max(self.child, status_of(child, "VmHWM"))
                except (FileNotFoundError, ProcessLookupError):
                    pass

    def __enter__(self):
        with open(f"/proc/{self.pid}/clear_refs", "w", encoding="utf-8") as peak:
            peak.write("5")
        self.began, self.cpu_before = time.monotonic(), self.cpu()
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.seconds = time.monotonic() - self.began
        self.cpu_seconds = self.cpu() - self.cpu_before
        self.done.set()
        self.thread.join()
        self.row = {"seconds": self.seconds, "cpu": self.cpu_seconds,
                    "peak": status_of(self.pid, "VmHWM") / 1024, "own": self.own / 1024,
                    "child": self.child / 1024}


class Phases:
    """One directory, followed by one tenant of a musterd of its own."""

    def __init__(self, harness, folder, corp, options):
        self.harness, self.corp = harness, corp
        self.box = harness.Sandbox(folder).start()
        self.directory = harness.Directory(self.box)
        self.options = options
        self.rows = {}

    def watch(self):
        return Watch(self.box.pid)

    def wait(self, holds, what):
        end = time.monotonic() + WAIT
        while True:
            status = self.directory.try_status()
            if isinstance(status, dict):
                if status["state"] in ("failed", "paused"):
                    fail(f"{what}: {status}")
                if holds(status):
                    return status
            if time.monotonic() > end:
                fail(f"{what} did not come: {status}")
            time.sleep(0.02)

    def first_plan(self):
        with self.watch() as watch:
            self.directory.create(self.corp, *self.options, confirmed=False)
            self.held = self.wait(lambda status: status["state"] == "held", "the first plan")
        self.rows["first plan"] = watch.row

    def approval(self):
        with self.watch() as watch:
            self.directory.approve(self.held["plan"])
            self.wait(lambda status: status["state"] == "following", "its application")
        self.rows["applied after its approval"] = watch.row

    def unchanged(self):
        before = children(self.box.pid)
        with self.watch() as watch:
            self.directory.sync()
            self.wait(lambda status: status["state"] == "following" and not
                      set(before) & set(children(self.box.pid)), "a delta")
        self.rows["delta, nothing changed"] = watch.row

    def full(self):
        before = self.directory.status()["last_full"]
        with self.watch() as watch:
            self.directory.sync("--full")
            self.wait(lambda status: status["state"] == "following" and
                      status["last_full"] > before, "a full compare")
        self.rows["full compare, nothing changed"] = watch.row

    def run(self):
        self.first_plan()
        self.approval()
        self.unchanged()
        self.full()
        return self.rows

    # ---- from a change there to a refusal here ----

    def leavers(self):
        """People who may bind, with their names there and here."""
        scim = self.box.acme.scim()
        found = []
        for user in scim.get("/Users?count=1000&filter=active%20eq%20true&attributes=userName"
                             ).body["Resources"]:
            if user["userName"] != "admin" and len(found) < LEAVERS:
                found.append((user["id"], user["userName"]))
        dns = {values[self.corp.name_attribute.lower()][0].decode(): dn for dn, values in
               self.corp.read(f"(objectClass={self.corp.person_class})",
                              [self.corp.name_attribute])}
        return scim, [(id, name, dns[name]) for id, name in found]

    def give_passwords(self, scim, people):
        for id, _, _ in people:
            answer = scim.patch(f"/Users/{id}", {"op": "replace", "path": "password",
                                                 "value": self.harness.PASSWORD})
            if answer.status not in (200, 204):
                fail(f"a password: {answer.status} {answer.body}")

    def refusals(self, disable, own_passwords):
        """Seconds of each, from the server's answer to the first bind that is refused."""
        scim, people = self.leavers()
        if not own_passwords:
            self.give_passwords(scim, people)
        admin = ldap.initialize(self.corp.admin_uri)
        admin.set_option(ldap.OPT_X_TLS_CACERTFILE, self.corp.ca_file)
        admin.set_option(ldap.OPT_X_TLS_NEWCTX, 0)
        admin.simple_bind_s(self.corp.admin_dn, self.corp.admin_password)
        here, took = self.box.ldap(), []
        for _, name, dn in people:
            here.simple_bind_s(self.box.acme.user_dn(name), self.harness.PASSWORD)
            admin.modify_s(dn, disable)
            began = time.monotonic()
            while self.may_bind(here, name):
                if time.monotonic() - began > WAIT:
                    fail(f"{name} may bind for ever")
            took.append(time.monotonic() - began)
        return took

    def may_bind(self, here, name):
        try:
            here.simple_bind_s(self.box.acme.user_dn(name), self.harness.PASSWORD)
            return True
        except ldap.INVALID_CREDENTIALS:
            return False


class SyncBench:
    def __init__(self, args, folder, harness):
        self.args, self.folder, self.harness = args, folder, harness
        self.number = 0
        self.phases = self.corp = None

    def stop(self):
        if self.phases:
            self.phases.box.stop()
        if self.corp:
            self.corp.stop()
        self.phases = self.corp = None

    def start(self, corp, options):
        self.number += 1
        self.phases = Phases(self.harness, f"{self.folder}/box{self.number}", corp, options)
        return self.phases

    def server(self, kind, name, count, *options):
        """It is made in the folder of --kept once and goes back then to how it was made."""
        folder = f"{self.args.kept or self.folder}/{name}{count}"
        return kind(folder, count, " ".join((f"--teams {min(TEAMS, count // 10)}", *options)))

    def begin(self, corp):
        self.corp = corp.start()
        if self.args.kept and os.path.exists(corp.folder + "/data.backup"):
            corp.restore()
        elif self.args.kept:
            corp.backup()

    def followed(self, title, count, corp, options, latency):
        began = time.monotonic()
        self.begin(corp)
        print(f"\n{title}, {count:,} people: there in {time.monotonic() - began:.0f} s", flush=True)
        runs, rounds = [], 1 if count >= ONCE_FROM else self.args.rounds
        for left in reversed(range(rounds)):
            runs.append(self.start(self.corp, options).run())
            if left:
                self.phases.box.stop()
        self.show(runs)
        disable, own_passwords = latency
        took = sorted(self.phases.refusals(disable, own_passwords))
        print(f"deactivated there, bind refused here, {len(took)} times: "
              f"p50 {took[len(took) // 2] * 1000:.0f} ms, "
              f"p99 {took[len(took) * 99 // 100] * 1000:.0f} ms; "
              f"load average {os.getloadavg()[0]:.1f}", flush=True)
        self.stop()

    @staticmethod
    def show(runs):
        print(f"{'':34}{'s':>8}{'CPU s':>8}{'MiB':>7}{'own':>7}{'child':>7}")
        for title in runs[0]:
            mid = {key: statistics.median(run[title][key] for run in runs)
                   for key in runs[0][title]}
            print(f"{title:34}{mid['seconds']:8.2f}{mid['cpu']:8.2f}{mid['peak']:7.0f}"
                  f"{mid['own']:7.0f}{mid['child']:7.0f}   load {os.getloadavg()[0]:.1f}",
                  flush=True)

    def run(self):
        corp = self.harness.corp
        for count in self.args.people:
            if "slapd" in self.args.servers:
                made = self.server(corp.OpenLdap, "slapd", count, "--scheme ssha")
                self.followed(f"slapd, {PERSIST}", count, made, FREE,
                              ([(ldap.MOD_REPLACE, "pwdAccountLockedTime", b"000001010000Z")],
                               True))
            if "samba" in self.args.servers:
                made = self.server(corp.SambaAd, "samba", count)
                self.followed(f"Samba, {POLLING}", count, made, (*FREE, "--poll-seconds", "1"),
                              ([(ldap.MOD_REPLACE, "userAccountControl", b"514")], False))


class Harness:
    """Of the scenarios: they know how to start the servers and how to speak to musterd."""

    def __init__(self, top, build):
        os.environ["MUSTER_BUILD"] = os.path.abspath(build)
        sys.path.insert(0, os.path.join(top, "tests", "scenario"))
        import corp
        from directory import Directory
        from muster import Sandbox
        self.corp, self.Directory, self.Sandbox = corp, Directory, Sandbox
        self.PASSWORD = corp.PASSWORD
