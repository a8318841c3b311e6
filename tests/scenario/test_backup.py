"""A backup taken under load opens, verifies and serves; verify works beside the daemon."""

import os
import stat
import subprocess
import threading

from muster import BUILD, run


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
