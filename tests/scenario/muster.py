"""A real musterd for scenarios: started by contrib/sandbox, spoken to by SCIM, LDAP and `muster`."""

import http.client
import json
import os
import shlex
import signal
import subprocess
import time
from pathlib import Path
from urllib.parse import quote, urlsplit
from urllib.request import urlopen

import ldap

TOP = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("MUSTER_BUILD", TOP / "build")).resolve()
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


def run(*command, timeout=300, check=True):
    """Runs to the end with its output captured; a failure shows it."""
    done = subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=timeout,
                          env={**os.environ, "MUSTER_BUILD": str(BUILD)})
    if check and done.returncode != 0:
        raise AssertionError(f"{command} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done


def assignments(text):
    """Shell assignments, one a line, as `sandbox` prints them."""
    words = (word.partition("=") for word in shlex.split(text))
    return {name: value for name, equals, value in words if equals}


def wait_until(holds, seconds=60, what="it"):
    """The first true answer of holds(); time is only a limit against hanging. What is asked for as
    late as it is told may be a function."""
    end = time.monotonic() + seconds
    while True:
        answer = holds()
        if answer:
            return answer
        if time.monotonic() >= end:
            said = what() if callable(what) else what
            raise AssertionError(f"{said} did not come about within {seconds} s")
        time.sleep(0.02)


def has_ended(task):
    try:
        return Path(task, "stat").read_text("ascii", "replace").rpartition(")")[2].split()[0] in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return True


def is_running(pid):
    """Not ended, and not a zombie that nobody has waited for; of its threads the first may be one
    while another still holds the store."""
    try:
        tasks = os.listdir(f"/proc/{pid}/task")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return not all(has_ended(f"/proc/{pid}/task/{task}") for task in tasks)


class Answer:
    """A SCIM answer: status, headers, the parsed body and its octets."""

    def __init__(self, response):
        self.octets = response.read()
        self.status = response.status
        self.headers = response.headers
        is_json = "json" in (self.headers.get("Content-Type") or "")
        self.body = json.loads(self.octets) if self.octets and is_json else None


class Scim:
    """One client of one tenant: a kept connection, so one thread's."""

    def __init__(self, url, token):
        parts = urlsplit(url)
        self.base, self.token = parts.path.rstrip("/"), token
        self.connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=60)

    def ask(self, method, path, body=None, **headers):
        """Once more when it only reads and the kept connection had ended meanwhile (RFC 9110,
        section 9.2.2)."""
        try:
            self.send(method, path, body, **headers)
            return self.answer()
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            if method != "GET":
                raise
            self.connection.close()
            self.send(method, path, body, **headers)
            return self.answer()

    def send(self, method, path, body=None, **headers):
        head = {"Accept": "application/scim+json"}
        if self.token:
            head["Authorization"] = f"Bearer {self.token}"
        head.update({name.replace("_", "-"): value for name, value in headers.items()})
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
        if body is not None:
            head.setdefault("Content-Type", "application/scim+json")
        self.connection.request(method, self.base + path, body, head)

    def answer(self):
        """To what was sent."""
        return Answer(self.connection.getresponse())

    def get(self, path, **headers):
        return self.ask("GET", path, **headers)

    def find(self, kind, expression):
        return self.get(f"/{kind}?filter={quote(expression)}")

    def create_user(self, name, **more):
        return self.ask("POST", "/Users", {
            "schemas": [USER], "userName": name, "displayName": name.title(),
            "emails": [{"value": f"{name}@example.com", "primary": True}], **more})

    def create_group(self, name, *members):
        return self.ask("POST", "/Groups", {
            "schemas": [GROUP], "displayName": name, "members": [{"value": m} for m in members]})

    def patch(self, path, *operations):
        return self.ask("PATCH", path, {"schemas": [PATCH_OP], "Operations": list(operations)})

    def close(self):
        self.connection.close()


class Api(Scim):
    """One key of the admin API: a kept connection, so one thread's."""

    def send(self, method, path, body=None, **headers):
        headers.setdefault("Accept", "application/json")
        headers.setdefault("Content_Type", "application/json")
        super().send(method, path, body, **headers)

    def post(self, path, body=None, **headers):
        return self.ask("POST", path, body, **headers)

    def pages(self, path):
        """All items of a list, page by page."""
        joint = "&" if "?" in path else "?"
        items, answer = [], self.get(path)
        while True:
            assert answer.status == 200, answer.body
            items += answer.body["items"]
            if "next_cursor" not in answer.body:
                return items
            answer = self.get(f"{path}{joint}cursor={answer.body['next_cursor']}")


class Tenant:
    """What the sandbox says about a tenant, under names without its prefix."""

    def __init__(self, sandbox, values):
        self.sandbox, self.values = sandbox, values

    def __getattr__(self, name):
        try:
            return self.values[name.upper()]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def name(self):
        return self.scim_url.rsplit("/", 1)[1]

    def api(self, *permissions):
        """With a key that holds these permissions."""
        words = [word for name in permissions for word in ("--permission", name)]
        made = self.sandbox.muster("token", "create", self.name, f"key-{time.monotonic_ns()}",
                                   "--type", "api", *words, "--json")
        return Api(self.sandbox.values["API_URL"], json.loads(made.stdout)["token"])

    def show_roles(self):
        """The built-in roles are Groups to the tenant's connection from now on."""
        self.sandbox.muster("token", "edit", self.name, "sandbox-scim", "--roles-as-groups")

    def scim(self, token=None):
        return Scim(self.scim_url, token or self.scim_token)

    def bind(self, dn=None, password=None):
        """An LDAPS connection, signed in as the service account unless told otherwise."""
        connection = self.sandbox.ldap()
        connection.simple_bind_s(dn or self.bind_dn, password or self.bind_pw)
        return connection

    def user_dn(self, name):
        return f"uid={name},ou=people,{self.base_dn}"


class Sandbox:
    """A musterd with the tenants acme and globex in a folder of its own."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.values, self.made = {}, {}

    def start(self, *options):
        """Also again on the same folder: what was there is there."""
        done = run(TOP / "contrib/sandbox", "start", self.folder, *options)
        self.values = assignments(done.stdout)
        return self

    def stop(self):
        run(TOP / "contrib/sandbox", "stop", self.folder)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def new_tenant(self, *options):
        done = run(TOP / "contrib/sandbox", "tenant", self.folder, *options)
        made = Tenant(self, assignments(done.stdout))
        self.made[made.name] = made
        return made

    def tenant(self, name):
        if name in self.made:
            return self.made[name]
        prefix = name.upper() + "_"
        return Tenant(self, {key[len(prefix):]: value for key, value in self.values.items()
                             if key.startswith(prefix)})

    def muster(self, *words, check=True):
        return run(BUILD / "muster", "--socket", self.values["MUSTER_SOCKET"], *words, check=check)

    def verify(self):
        """Every record, index, edge and the audit chains, beside the running daemon."""
        data = self.folder / "data"
        run(BUILD / "muster", "verify", "--data", data, timeout=600)
        run(BUILD / "muster", "audit", "verify", "--data", data, timeout=600)

    @property
    def acme(self):
        return self.tenant("acme")

    @property
    def globex(self):
        return self.tenant("globex")

    @property
    def pid(self):
        return int(self.values["MUSTER_PID"])

    def signal(self, number):
        os.kill(self.pid, number)

    def metric(self, name):
        with urlopen(self.values["STATUS_URL"] + "/metrics", timeout=60) as answer:
            return next(int(line.split()[1]) for line in answer.read().decode().splitlines()
                        if line.startswith(name + " "))

    def kill(self):
        """Without a word, as a power cut would, and until it is gone."""
        self.signal(signal.SIGKILL)
        self.wait_end()

    def wait_end(self, seconds=60):
        wait_until(lambda: not is_running(self.pid), seconds, "the end of musterd")

    def ldap(self, uri=None):
        connection = ldap.initialize(uri or self.values["LDAPS_URI"])
        connection.set_option(ldap.OPT_X_TLS_CACERTFILE, self.values["CA_FILE"])
        connection.set_option(ldap.OPT_X_TLS_NEWCTX, 0)
        connection.set_option(ldap.OPT_NETWORK_TIMEOUT, 60)
        connection.set_option(ldap.OPT_TIMEOUT, 60)
        connection.set_option(ldap.OPT_REFERRALS, 0)
        return connection
