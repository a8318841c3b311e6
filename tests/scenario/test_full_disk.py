"""A full disk refuses writes; reads and sign-ins go on, and writing resumes by itself."""

import contextlib
import os
import subprocess
import tempfile

import ldap
import pytest

from directory import Directory
from evil import Evil, ber
from muster import Sandbox, wait_until

PASSWORD = "Correct-horse-77"


@pytest.fixture
def small_disk():
    """A file system of 40 MiB, where only the data of a sandbox and a filler lie."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small file system")
    with tempfile.TemporaryDirectory(prefix="muster-", ignore_cleanup_errors=True) as folder:
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=40m", "muster", folder],
                                 capture_output=True, text=True)
        if mounted.returncode != 0:
            pytest.skip("mounting is not allowed here: " + mounted.stderr.strip())
        try:
            yield folder
        finally:
            subprocess.run(["umount", "-l", folder], check=True)


def fill(path):
    """Takes what is left, to the last octet."""
    with open(path, "wb", buffering=0) as filler:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while True:
                    filler.write(b"\0" * size)
            except OSError:
                pass


def refused(scim):
    """Writes until one is refused: free pages inside the store serve some first."""
    for number in range(3000):
        answer = scim.create_user(f"filling-{number}", nickName="x" * 250)
        if answer.status != 201:
            return number, answer
    raise AssertionError("a full disk refused nothing")


def test_writes_are_refused_while_reads_and_binds_go_on(small_disk):
    box = Sandbox(small_disk + "/box").start()
    filler = small_disk + "/filler"
    try:
        scim = box.acme.scim()
        assert scim.create_user("resident", password=PASSWORD).status == 201
        fill(filler)
        written, refusal = refused(scim)
        assert refusal.status == 507, refusal.octets
        assert refusal.body["status"] == "507"

        for _ in range(3):
            assert scim.create_user("late").status == 507
            assert scim.find("Users", 'userName eq "resident"').body["totalResults"] == 1
            connection = box.acme.bind(box.acme.user_dn("resident"), PASSWORD)
            assert connection.whoami_s()
            admin = box.acme.bind(box.acme.admin_dn, box.acme.admin_pw)
            with pytest.raises(ldap.UNWILLING_TO_PERFORM):
                admin.delete_s(box.acme.user_dn("resident"))
            with pytest.raises(ldap.INVALID_CREDENTIALS):
                box.acme.bind(box.acme.user_dn("resident"), "wrong")
        assert scim.find("Users", 'userName eq "late"').body["totalResults"] == 0

        assert "reading only" in box.muster("status").stdout
        os.unlink(filler)
        assert "reading only" not in box.muster("status").stdout  # and nobody has written yet
        assert scim.create_user("late").status == 201
        assert scim.get("/Users?count=0").body["totalResults"] >= written + 2
        box.verify()
    finally:
        box.stop()


def test_an_approved_run_that_the_disk_stopped_is_ended_when_there_is_room(small_disk):
    """Whatever was stored of it: nobody is asked a second time."""
    crowd = 6000

    def answer(search):
        if ber.SYNC in search.controls:
            for number in range(crowd):
                search.person(number, 1)
            search.refreshed()
        else:
            search.done()

    box = Sandbox(small_disk + "/box").start()
    server, filler = Evil(answer), small_disk + "/filler"
    try:
        directory = Directory(box).create(server, uri=server.uri, confirmed=False)
        plan = directory.wait_state("held")["plan"]
        room = os.statvfs(small_disk)
        with open(filler, "wb") as file:
            file.write(b"\0" * (room.f_bavail * room.f_bsize - (7 << 20)))
        directory.approve(plan)
        wait_until(lambda: not isinstance(s := directory.try_status(), dict)
                   or s["state"] == "failed", 120, "the end of the room")
        with contextlib.suppress(ProcessLookupError):
            box.kill()
        os.unlink(filler)
        box.start()
        directory.follow()
        scim = box.acme.scim()
        assert scim.get("/Users?count=0").body["totalResults"] == crowd + 1
        assert [p["state"] for p in directory.plans()] == ["applied"]
        box.verify()
    finally:
        server.close()
        box.stop()
