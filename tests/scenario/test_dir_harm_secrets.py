"""After a long life with a company's directory, its secrets are nowhere but where they belong."""

import json
import subprocess
import threading
from pathlib import Path
from urllib.request import urlopen

import ldap
import pytest

from conftest import short_folder
from corp import PASSWORD, OpenLdap
from directory import Directory
from fault import Fault
from harm import children, export
from muster import Sandbox, wait_until

OTHER = "Other-Passw0rd-of-theirs"
WRONG = "Wrong-Passw0rd-of-hers"
BIND_WRONG = "Bind-Passw0rd-that-is-none"


@pytest.fixture
def world():
    with short_folder() as folder, OpenLdap(
            folder + "/corp", people=30, options="--scheme ssha") as corp, \
            Fault(corp, folder + "/fault") as fault, Sandbox(folder + "/box") as box:
        yield corp, fault, box


def sign_in(box, name, password):
    try:
        box.acme.bind(box.acme.user_dn(name), password).unbind_s()
        return True
    except ldap.LDAPError:
        return False


def of_the_process(pid, name):
    try:
        return Path("/proc", str(pid), name).read_bytes()
    except OSError:
        return b""


class Watch(threading.Thread):
    """What the children show of themselves as long as they live."""

    def __init__(self, box):
        super().__init__(daemon=True)
        self.box, self.seen, self.over = box, set(), threading.Event()

    def run(self):
        while not self.over.wait(0.01):
            for pid in children(self.box.pid):
                self.seen |= {of_the_process(pid, "cmdline"), of_the_process(pid, "environ")}


def live(corp, fault, box):
    """All that is told of somewhere: good runs and bad ones, passwords right and wrong."""
    directory = Directory(box).create(corp, "--pass-through", "--limit-count", "1000", uri=fault.uri,
                                      confirmed=False)
    plan = directory.wait_state("held")["plan"]
    directory.plan(plan)
    directory.follow()
    people = [p["uid"] for p in corp.truth()["people"] if not p["disabled"]]
    dns = {name: person.dn for name, person in corp.company().items()}
    assert sign_in(box, people[0], PASSWORD) and not sign_in(box, people[0], WRONG)
    corp.modify(f"dn: {dns[people[1]]}\nchangetype: modify\nreplace: userPassword\n"
                f"userPassword: {OTHER}\n-\nreplace: title\ntitle: Changed\n")
    wait_until(lambda: sign_in(box, people[1], OTHER), 60)
    for rule in ("bindReq * result 49 no", "any * close", "entry 3 close"):
        fault.rules(rule)
        directory.muster("directory", "sync", directory.tenant, directory.name, "--full",
                         check=False)
        wait_until(lambda: directory.status()["state"] in ("failed", "paused"), 90)
        sign_in(box, people[2], WRONG)
        fault.rules()
        directory.muster("directory", "resume", directory.tenant, directory.name, check=False)
        directory.follow()
    for verb in (("check",), ("person", people[0]), ("person", people[0], "--apply"),
                 ("preview", people[0])):
        directory.muster("directory", verb[0], directory.tenant, directory.name, *verb[1:],
                         check=False)
    directory.muster("directory", "update-secret", directory.tenant, directory.name,
                     "--secret-file", "-", secret=BIND_WRONG + "\n")
    wait_until(lambda: directory.status()["state"] in ("failed", "paused"), 120)
    directory.muster("directory", "update-secret", directory.tenant, directory.name,
                     "--secret-file", "-", secret=corp.sync_password + "\n")
    directory.muster("directory", "resume", directory.tenant, directory.name, check=False)
    directory.follow()
    directory.compare()
    return directory


def shown(directory, box, folder):
    """By name: all that anybody may read of us."""
    tenant, name = directory.tenant, directory.name

    def said(*words):
        return str(directory.muster(*words, check=False))
    texts = {
        "status": json.dumps(directory.status()), "directory": said("directory", "show", tenant, name),
        "history": said("directory", "history", tenant, name, "--limit", "1000"),
        "plans": "".join(str(directory.plan(plan["id"])) for plan in directory.plans()
                         if plan["rows"]),
        "conflicts": said("conflict", "list", tenant),
        "provisioning": said("provision", "list", tenant, "--token", name, "--limit", "1000"),
        "rows": "".join(said("provision", "show", tenant, row["row"]) for row in directory.muster(
            "provision", "list", tenant, "--token", name, "--limit", 100)),
        "audit": said("audit", "list", tenant),
        "users": said("user", "list", tenant),
        "export": json.dumps(export(box, tenant, folder)),
        "log": (box.folder / "log").read_text(encoding="utf-8"),
        "processes": box.muster("status").stdout,
    }
    for page in ("metrics", "status.txt"):
        with urlopen(f"{box.values['STATUS_URL']}/{page}", timeout=60) as answer:
            texts[page] = answer.read().decode()
    return texts


def test_no_secret_is_shown_anywhere(world, tmp_path):
    corp, fault, box = world
    watch = Watch(box)
    watch.start()
    directory = live(corp, fault, box)
    watch.over.set()
    watch.join()
    texts = shown(directory, box, tmp_path)
    assert not [name for name, text in texts.items() if text.startswith("CompletedProcess")]
    assert "Changed" in texts["export"] and "sync.failed" in texts["log"]
    assert directory.name in texts["plans"] or "create" in texts["plans"]
    context = corp.read("(objectClass=*)", ["contextCSN"], base=corp.suffix,
                        scope=ldap.SCOPE_BASE)[0][1]["contextcsn"][0].decode()
    hashes = [value.decode() for _, values in corp.read("(userPassword=*)", ["userPassword"])
              for value in values["userpassword"]]
    assert hashes and context
    secrets = [*corp.secrets(), OTHER, WRONG, BIND_WRONG, context.partition("#")[0], *hashes]
    for secret in secrets:
        assert not [name for name, text in texts.items() if secret in text], secret
        assert not [seen for seen in watch.seen if secret.encode() in seen]
    assert b"muster-sync\0" in watch.seen
    # In the store itself: none in clear. The cookie is there, and nothing shows it.
    directory.edit("--active=no")
    box.stop()
    store = (box.folder / "data/data.mdb").read_bytes()
    for secret in [*corp.secrets(), OTHER, WRONG, BIND_WRONG]:
        assert secret.encode() not in store, secret
    listed = subprocess.run(["grep", "-rlaF", corp.sync_password, str(box.folder)], text=True,
                            capture_output=True, check=False)
    assert listed.stdout == "", listed.stdout
    box.start()
