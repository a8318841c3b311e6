"""The rows of the SCIM door: musterd at each size beside scimmy-routers, which keeps people in
memory and is asked at small sizes only, and beside the least answer that libmicrohttpd gives."""

import http.client
import json
import os
import shutil
import statistics
import subprocess
import sys
import time

CREW, SITE, REGION = 500, 5000, 100000
SCIMMY_MOST = 10000  # people
SCIMMY_PACKAGES = ["express@4", "scimmy@1", "scimmy-routers@1"]
TOKEN = "bench-token"
SEEN = 60  # seconds for a server to answer
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
GIVEN = ["Anna", "Bernd", "Carla", "Deniz", "Emil", "Farah", "Greta", "Hugo", "Ines", "Jan"]
FAMILY = ["Berg", "Weber", "Kowalski", "Moreau", "Rossi", "Silva", "Novak", "Larsen", "Demir"]


def fail(sentence):
    sys.exit(f"bench: {sentence}")


class People:
    """As LDIF for musterd, as SCIM for scimmy, as names for the load generator. Each is in a crew,
    in a site and in a region, whatever the size; the first region is the group that rows change."""

    def __init__(self, folder, count, base):
        self.count, self.base = count, base
        self.ldif = os.path.join(folder, f"scim-{count}.ldif")
        self.names = os.path.join(folder, f"scim-{count}.people")
        self.lines = os.path.join(folder, f"scim-{count}.jsonl")
        with open(self.ldif, "w", encoding="utf-8") as ldif, \
                open(self.names, "w", encoding="utf-8") as names:
            for i in range(count):
                ldif.write(self.person(i))
                names.write(f"{self.name(i)}\t-\t-\t0\n")
            for title, size in ("crew", CREW), ("site", SITE), ("region", REGION):
                for first in range(0, count, size):
                    self.group(ldif, f"{title}-{first // size}",
                               range(first, min(first + size, count)))
        if count <= SCIMMY_MOST:
            with open(self.lines, "w", encoding="utf-8") as lines:
                for i in range(count):
                    lines.write(json.dumps(self.resource(i)) + "\n")

    @staticmethod
    def name(i):
        return f"user{i:07d}"

    def person(self, i):
        given, family = GIVEN[i % len(GIVEN)], FAMILY[i // 7 % len(FAMILY)]
        return (f"dn: uid={self.name(i)},ou=people,{self.base}\nobjectClass: inetOrgPerson\n"
                f"uid: {self.name(i)}\ncn: {given} {family}\nsn: {family}\ngivenName: {given}\n"
                f"displayName: {family}, {given}\nmail: {self.name(i)}@plant.example\n"
                f"title: Technician\nemployeeNumber: {100000 + i}\n"
                f"telephoneNumber: +49 711 {1000000 + i}\n\n")

    def group(self, ldif, name, members):
        ldif.write(f"dn: cn={name},ou=groups,{self.base}\nobjectClass: groupOfNames\ncn: {name}\n")
        ldif.writelines(f"member: uid={self.name(i)},ou=people,{self.base}\n" for i in members)
        ldif.write("\n")

    def resource(self, i):
        given, family = GIVEN[i % len(GIVEN)], FAMILY[i // 7 % len(FAMILY)]
        groups = [f"crew-{i // CREW}", f"site-{i // SITE}", f"region-{i // REGION}"]
        return {
            "schemas": [USER, ENTERPRISE], "userName": self.name(i), "active": True,
            "name": {"formatted": f"{given} {family}", "familyName": family, "givenName": given},
            "displayName": f"{family}, {given}", "title": "Technician",
            "emails": [{"value": f"{self.name(i)}@plant.example"}],
            "phoneNumbers": [{"value": f"+49 711 {1000000 + i}"}],
            ENTERPRISE: {"employeeNumber": str(100000 + i)},
            "groups": [{"value": f"0192a000-0000-7000-8000-{number:012d}", "display": name,
                        "type": "direct"} for number, name in enumerate(groups)],
        }


class Listening:
    """A server that prints its port and ends with its standard input."""

    def __init__(self, name, argv):
        self.name, self.token, self.path = name, TOKEN, "/scim/v2"
        self.process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)
        self.pid = self.process.pid
        line = self.process.stdout.readline()
        if not line.strip().isdigit():
            fail(f"{name} does not start")
        self.port = line.strip()

    def stop(self):
        self.process.stdin.close()
        self.process.wait()


class Muster:
    """musterd with these people loaded."""

    def __init__(self, sandbox):
        self.sandbox, self.pid = sandbox, sandbox.pid
        self.port, self.path, self.token = sandbox.http_port, sandbox.scim_path, sandbox.token

    def answer_size(self, name):
        """Octets of a GET by id."""
        connection = http.client.HTTPConnection("127.0.0.1", int(self.port), timeout=SEEN)
        headers = {"Authorization": f"Bearer {self.token}"}

        def get(path):
            connection.request("GET", self.path + path, headers=headers)
            answer = connection.getresponse()
            body = answer.read()
            if answer.status != 200:
                fail(f"GET {path}: {answer.status} {body!r}")
            return body

        found = json.loads(get(f"/Users?filter=userName%20eq%20%22{name}%22&attributes=id"))
        return len(get(f"/Users/{found['Resources'][0]['id']}"))

    def stop(self):
        self.sandbox.stop()


def scimmy_folder(build):
    """The folder with scimmy-routers and what it needs, or None: npm is not there."""
    folder = os.path.join(os.path.abspath(build), "tests", "bench", "scimmy")
    if not shutil.which("npm") or not shutil.which("node"):
        print("scimmy-routers is left out: npm is not installed")
        return None
    os.makedirs(folder, exist_ok=True)
    here = os.path.dirname(os.path.abspath(__file__))
    shutil.copy(os.path.join(here, "scimmy.mjs"), folder)
    if not os.path.exists(os.path.join(folder, "node_modules", "scimmy-routers")):
        done = subprocess.run(
            ["npm", "install", "--no-audit", "--no-fund", "--prefix", folder, *SCIMMY_PACKAGES],
            capture_output=True, text=True, check=False)
        if done.returncode:
            print("scimmy-routers is left out: npm did not install it: "
                  + (done.stderr.strip().splitlines() or ["no reason given"])[-1])
            return None
    return folder


class ScimBench:
    """`start_muster(ldif)` starts a loaded daemon; `program(name)` is the path of a load generator;
    `call(argv)` its line of JSON."""

    # title, mode, connections, beside scimmy, beside hello
    ROWS = (
        ("GET by id, 1 connection", "get", 1, True),
        ("GET by id, 16 connections", "get", 16, True),
        ("GET by id, 64 connections", "get", 64, True),
        ("filter by userName, 1 connection", "filter", 1, True),
        ("filter by userName, 16 connections", "filter", 16, True),
        ("filter by userName, 64 connections", "filter", 64, True),
        ("list of 100, 16 connections", "list", 16, False),
        ("group of up to 100,000 without members", "group", 16, False),
        ("its members, one removed, one added", "toggle", 1, False),
        ("PATCH active, 64 connections", "patch", 64, False),
        ("POST, 64 connections", "create", 64, False),
        ("Bulk of 100 POSTs, 8 connections, a person", "bulk", 8, False),
    )
    NOT_SCIMMY = ("group", "toggle")

    def __init__(self, args, folder, base, start_muster, program, call):
        self.args, self.folder, self.base = args, folder, base
        self.start_muster, self.program, self.call = start_muster, program, call
        self.servers = []

    def load(self, server, mode, connections, people, **options):
        argv = [self.program("scimload"), "-m", mode, "-f", people.names, "-p", str(server.port),
                "-u", server.path, "-P", str(server.pid), "-c", str(connections),
                "-t", str(self.args.seconds), "-a", server.token]
        for option, value in options.items():
            argv += [f"-{option}", str(value)]
        return self.call(argv)

    @staticmethod
    def median(runs, key):
        return statistics.median(run[key] for run in runs)

    @staticmethod
    def head():
        print(f"{'':50}{'CPU us of the server':^38}{'a second':^38}")
        names = f"{'musterd':>8}{'hello':>7}{'of it':>7}{'scimmy':>8}{'times':>8}"
        print(f"{'':50}{names}{names}", flush=True)

    def show(self, title, ours, hello, scimmy):
        line = f"{title:50}"
        for key, better in ("cpu_us", False), ("rate", True):
            own = self.median(ours, key)
            digits = 0 if better else 1
            line += f"{own:8.{digits}f}"
            if hello:
                other = self.median(hello, key)
                line += f"{other:7.{digits}f}{own / other:7.2f}"
            else:
                line += f"{'':14}"
            if scimmy:
                other = self.median(scimmy, key)
                times = own / other if better else other / own
                line += f"{other:8.0f}{times:8.1f}"
            else:
                line += f"{'':16}"
        print(line.rstrip(), flush=True)

    def row(self, row, people, servers):
        title, mode, connections, beside_hello = row
        title = f"{people.count:>8,} {title}"
        if self.args.only and not any(word in title for word in self.args.only.split(",")):
            return
        muster, hello, scimmy, octets = servers
        options = {"g": "region-0"} if mode in self.NOT_SCIMMY else {}
        if mode == "toggle":
            options["f"] = self.leavers(people)
        runs = [], [], []
        for _ in range(self.args.rounds):
            runs[0].append(self.load(muster, mode, connections, people, **options))
            if beside_hello:
                runs[1].append(self.load(hello, "hello", connections, people, n=octets))
            if scimmy and mode not in self.NOT_SCIMMY:
                runs[2].append(self.load(scimmy, mode, connections, people))
        self.show(title, *runs)

    def leavers(self, people):
        """A few people, who leave the first region and come back."""
        path = people.names + ".leavers"
        with open(path, "w", encoding="utf-8") as out:
            members = min(people.count, REGION)
            for i in range(0, members, max(1, members // 200)):
                out.write(f"{people.name(i)}\t-\t-\t0\n")
        return path

    def size(self, count, scimmy_at):
        people = People(self.folder, count, self.base)
        begun = time.monotonic()
        muster = Muster(self.start_muster(people.ldif, count))
        self.servers.append(muster)
        took = time.monotonic() - begun
        print(f"{count:>8,} people and their groups loaded in {took:.1f} s, start included",
              flush=True)
        os.remove(people.ldif)
        octets = muster.answer_size(people.name(count // 2))
        hello = Listening("hello", [self.program("hello"), str(octets), str(os.cpu_count())])
        self.servers.append(hello)
        scimmy = None
        if scimmy_at and count <= SCIMMY_MOST:
            scimmy = Listening("scimmy-routers", ["node", os.path.join(scimmy_at, "scimmy.mjs"),
                                                  people.lines, TOKEN])
            self.servers.append(scimmy)
        for row in self.ROWS:
            self.row(row, people, (muster, hello, scimmy, octets))
        self.stop()

    def stop(self):
        for server in self.servers:
            server.stop()
        self.servers = []

    def run(self):
        scimmy_at = scimmy_folder(self.args.build)
        self.head()
        for count in self.args.people:
            self.size(count, scimmy_at)
