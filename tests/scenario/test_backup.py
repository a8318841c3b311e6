"""A backup taken under load opens, verifies and serves; verify works beside the daemon."""

import os
import stat
import subprocess
import threading

import ldap

from muster import BUILD, run, wait_until


def muster(box, *words):
    return subprocess.run([str(BUILD / "muster"), *map(str, words)], text=True, timeout=120,
                          stdin=subprocess.DEVNULL, capture_output=True,
                          env={**os.environ, "MUSTER_SOCKET": box.values["MUSTER_SOCKET"]})


class Load(threading.Thread):
    """Creates people until it is told to end; keeps what was acknowledged."""

    def __init__(self, box, name):
        super().__init__()
        self.scim, self.prefix, self.made, self.ended = box.acme.scim(), name, [], False

    def run(self):
        while not self.ended:
            name = f"{self.prefix}{len(self.made)}"
            assert self.scim.create_user(name).status == 201
            self.made.append(name)


def test_a_backup_under_load_is_whole(own_sandbox, tmp_path):
    loads = [Load(own_sandbox, name) for name in ("a", "b")]
    for load in loads:
        load.start()
    try:
        counts = []
        for i in range(5):
            before = [list(load.made) for load in loads]
            done = muster(own_sandbox, "backup", tmp_path / f"copy{i}")
            assert done.returncode == 0, done.stderr
            counts.append(before)
    finally:
        for load in loads:
            load.ended = True
            load.join()
    for i, before in enumerate(counts):
        copy = tmp_path / f"copy{i}"
        for path in (copy, *copy.iterdir()):
            assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0
        for words in (("verify",), ("audit", "verify")):
            done = muster(own_sandbox, *words, "--data", copy)
            assert done.returncode == 0, done.stdout + done.stderr
    restored = own_sandbox.folder / "data"
    own_sandbox.stop()
    run("rm", "-rf", restored)
    (tmp_path / "copy4").rename(restored)
    own_sandbox.start()
    scim = own_sandbox.acme.scim()
    for name in counts[4][0] + counts[4][1]:
        assert scim.find("Users", f'userName eq "{name}"').body["totalResults"] == 1
    assert scim.create_user("after").status == 201


def test_a_backup_does_not_overwrite(own_sandbox, tmp_path):
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "data.mdb").write_text("mine", encoding="ascii")
    done = muster(own_sandbox, "backup", tmp_path / "there")
    assert done.returncode != 0
    assert (tmp_path / "there" / "data.mdb").read_text(encoding="ascii") == "mine"


def test_verify_runs_beside_the_daemon_and_tells_of_damage(own_sandbox):
    data = own_sandbox.folder / "data"
    assert muster(own_sandbox, "verify", "--data", data).returncode == 0
    own_sandbox.stop()
    path = data / "data.mdb"
    octets = path.read_bytes()
    assert b"Sandbox Admin" in octets
    path.write_bytes(octets.replace(b"Sandbox Admin", b"Sandbox admin"))
    done = muster(own_sandbox, "verify", "--data", data)
    assert done.returncode == 74 and done.stdout.strip()


def test_an_older_copy_of_the_store_is_told_from_the_anchors(own_sandbox, tmp_path):
    """Whole in itself: only the file that grew on knows what it lacks."""
    box, data = own_sandbox, own_sandbox.folder / "data"
    box.stop()
    older = (data / "data.mdb").read_bytes()
    people = tmp_path / "people.jsonl"
    people.write_text("".join(f'{{"userName": "person-{i}"}}\n' for i in range(1000)),
                      encoding="ascii")
    box.start()
    box.muster("load", people, "--tenant", "acme")
    box.stop()  # a checkpoint of a thousand rows is anchored
    assert (data / "audit-anchors.log").read_bytes()
    assert muster(box, "audit", "verify", "--data", data).returncode == 0
    log = box.folder / "log"
    assert "audit.alarm" not in log.read_text(encoding="utf-8")
    (data / "data.mdb").write_bytes(older)
    assert muster(box, "verify", "--data", data).returncode == 0
    done = muster(box, "audit", "verify", "--data", data)
    assert done.returncode == 74 and "were cut off" in done.stdout, done.stdout + done.stderr
    box.start()
    alarms = [line for line in log.read_text(encoding="utf-8").splitlines()
              if "audit.alarm" in line]
    assert len(alarms) == 1 and "an older copy of the store" in alarms[0]
    assert box.acme.scim().create_user("later").status == 201
    assert muster(box, "audit", "verify", "--data", data).returncode == 74


def test_numbers_and_sign_ins_come_back_with_a_backup(own_sandbox, tmp_path):
    """What stands beside the entries: how far numbers were given, when somebody signed in and when
    an entry changed."""
    box, data = own_sandbox, own_sandbox.folder / "data"
    path = box.folder / "password"
    path.write_text("correct horse battery\n", encoding="utf-8")
    path.chmod(0o600)

    def make(name):
        box.muster("user", "create", "acme", name, "--name", name.title(), "--email",
                   f"{name}@example.com", "--role", "Viewer", "--password-file", path)
        return int(shown(name)["uidNumber"][0])

    def shown(name):
        client = box.acme.bind()
        (_, entry), = client.search_s(box.acme.user_dn(name), ldap.SCOPE_BASE, "(objectClass=*)",
                                      ["uidNumber", "entryCSN", "authTimestamp"])
        client.unbind_s()
        return entry

    def sign_in(name):
        box.acme.bind(box.acme.user_dn(name), "correct horse battery").unbind_s()
        return wait_until(lambda: shown(name).get("authTimestamp"), what="the sign-in to be kept")

    box.muster("policy", "set", "acme", "posix.enabled", "--value", "true", "--confirm", "0")
    numbers = [make("ada"), make("bob")]
    sign_in("ada")
    before = shown("ada")
    assert muster(box, "backup", tmp_path / "copy").returncode == 0
    make("later")
    sign_in("bob")
    box.stop()
    run("rm", "-rf", data)
    (tmp_path / "copy").rename(data)
    box.start()
    assert shown("ada") == before and "authTimestamp" not in shown("bob")
    assert make("carl") > max(numbers)
    sign_in("bob")
    box.verify()
    box.muster("user", "delete", "acme", "bob")
    box.verify()
