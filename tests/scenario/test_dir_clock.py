"""The machine's clock is set back while a directory is followed. Its monotonic clock never is."""

from pathlib import Path

import pytest

from conftest import short_folder
from corp import Ds389
from dir_changes import PLACE, Followed, change, picked
from muster import BUILD, Sandbox, wait_until

FAKETIME = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
HOUR = 3600


class Clock:
    """Of a daemon that is started with it."""

    def __init__(self, folder, monkeypatch):
        self.file = Path(folder, "clock")
        self.set(0)
        for name, value in (("LD_PRELOAD", str(FAKETIME)), ("FAKETIME_NO_CACHE", "1"),
                            ("FAKETIME_TIMESTAMP_FILE", str(self.file)),
                            ("FAKETIME_DONT_FAKE_MONOTONIC", "1")):
            monkeypatch.setenv(name, value)

    def set(self, seconds):
        new = self.file.with_suffix(".new")
        new.write_text(f"{seconds:+d}\n", encoding="ascii")
        new.rename(self.file)


@pytest.fixture
def corp():
    with short_folder() as folder, Ds389(folder + "/corp", people=20, **PLACE) as made:
        yield made


@pytest.mark.skipif("enable-sanitizers" in (BUILD / "config.status").read_text(encoding="utf-8"),
                    reason="libfaketime cannot be loaded before AddressSanitizer's own runtime")
def test_a_clock_that_is_set_back_stops_nothing(corp, monkeypatch):
    """92: schedules go on, and what changes arrives."""
    with short_folder() as folder:
        with monkeypatch.context() as only_the_daemon:
            clock = Clock(folder, only_the_daemon)
            box = Sandbox(folder + "/box").start()
        try:
            follow_through(Followed(box, corp), clock)
            box.verify()
        finally:
            box.stop()


def follow_through(followed, clock):
    before = followed.wait_right()
    full, contact = followed.full(), followed.directory.status()["last_contact"]
    clock.set(-HOUR)
    change(followed, "title:An hour ago", picked(followed, 2))
    wait_until(lambda: followed.people()[picked(followed, 2)].title == "An hour ago", 90)
    followed.directory.sync()
    wait_until(lambda: followed.directory.status()["last_contact"] < contact, 90,
               "a contact by the new clock")
    followed.directory.wait_state("following")
    # Asked for: no time of before puts it off.
    followed.directory.sync("--full")
    wait_until(lambda: followed.full() < full, 90, "a full compare")
    gone = picked(followed, 3)
    change(followed, "delete", gone)
    followed.wait_active(gone, False)
    clock.set(0)
    change(followed, "title:Now", picked(followed, 4))
    after = followed.wait_right()
    assert {name: person.id for name, person in after.items()} == {
        name: person.id for name, person in before.items()}
    followed.directory.edit("--active=no")
