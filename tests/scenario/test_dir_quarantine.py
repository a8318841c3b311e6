"""A directory that fails for long is left in peace, and those whom it concerns are told once."""

import pytest

from conftest import short_folder
from corp import OpenLdap
from directory import Directory
from muster import Sandbox, wait_until
from sink import Sink


@pytest.fixture
def sink():
    with Sink() as server:
        yield server


def start(folder, sink=None, **settings):
    """With these settings of `sync`, in seconds, and a mail server."""
    box = Sandbox(folder + "/box").start()
    box.stop()
    config = box.folder / "musterd.yaml"
    lines = "".join(f"  {name}: {value}\n" for name, value in settings.items())
    text = config.read_text().replace("sync:\n", "sync:\n" + lines, 1)
    if sink:
        text += f"mail:\n  url: {sink.url}\n  from: muster@example.org\n  allow_plain: true\n"
    config.write_text(text)
    box.start()
    return box


def unreachable(box, *options):
    directory = Directory(box)
    directory.muster("directory", "create", "acme", "corp", "--uri", "ldap://127.0.0.1:1",
                     "--base-dn", "dc=example", "--contact", "it@example.com", *options)
    return directory


def text_of(letter):
    return letter[2].get_content()


def test_a_directory_that_fails_is_tried_less_and_less_often_and_then_not(sink):
    with short_folder() as folder:
        box = start(folder, sink, quarantine_after_seconds=1, quarantine_try_seconds=2,
                    quarantine_off_seconds=10)
        try:
            directory = unreachable(box)
            quarantined = directory.wait_state("quarantined")
            assert quarantined["class"] == "net" and quarantined["next_try"]
            wait_until(lambda: sink.letters, 60, "a letter")
            paused = directory.wait_state("paused")
            assert paused["reason"] == "the directory is switched off"
            shown = directory.muster("directory", "show", "acme", "corp")
            assert shown["active"] is False
            wait_until(lambda: len(sink.letters) == 2, 60, "the second letter")
            subjects = [letter[2]["Subject"] for letter in sink.letters]
            assert subjects == ["Muster: the directory corp is in quarantine",
                                "Muster: the directory corp is switched off"]
            assert sink.letters[0][:2] == ("muster@example.org", ["it@example.com"])
            assert "connect" in text_of(sink.letters[0])
            directory.muster("directory", "resume", "acme", "corp")
            assert directory.muster("directory", "show", "acme", "corp")["active"] is True
        finally:
            box.stop()


def test_one_reason_is_one_letter_also_after_a_restart(sink):
    with short_folder() as folder:
        box = start(folder, sink, quarantine_after_seconds=1, quarantine_try_seconds=1)
        try:
            directory = unreachable(box)
            wait_until(lambda: sink.letters, 60, "a letter")
            box.stop()
            box.start()

            def repeats():
                rows = directory.muster("directory", "history", "acme", "corp")
                return sum(row.get("repeats", 0) for row in rows)
            before = repeats()
            wait_until(lambda: repeats() > before + 3, 60, "more failures")
            assert len(sink.letters) == 1
        finally:
            box.stop()


def test_a_directory_that_works_again_leaves_quarantine(sink):
    with short_folder() as folder, OpenLdap(folder + "/corp", people=8) as corp:
        box = start(folder, sink, quarantine_after_seconds=1, quarantine_try_seconds=1)
        try:
            directory = Directory(box).create(corp, "--contact", "it@example.com",
                                              uri="ldap://127.0.0.1:1")
            directory.wait_state("quarantined")
            directory.edit("--uri", corp.uri, secret=corp.sync_password)
            directory.follow()
            wait_until(lambda: sink.letters, 60, "a letter")
            told = len(sink.letters)
            directory.edit("--uri", "ldap://127.0.0.1:1", secret=corp.sync_password)
            directory.wait_state("quarantined")
            wait_until(lambda: len(sink.letters) > told, 60, "a letter of the second trouble")
        finally:
            box.stop()


def test_a_wrong_password_pauses_after_three_tries_and_is_told(sink):
    """73: more would lock the account."""
    with short_folder() as folder, OpenLdap(folder + "/corp", people=8) as corp:
        box = start(folder, sink)
        try:
            directory = Directory(box).create(corp, "--contact", "it@example.com",
                                              password="not-this-one")
            paused = directory.wait_state("paused")
            assert (paused["stage"], paused["class"]) == ("bind", "auth")
            letter = wait_until(lambda: sink.letters and sink.letters[0], 60, "a letter")
            assert letter[2]["Subject"] == "Muster: the directory corp waits for an administrator"
            assert "not-this-one" not in text_of(letter)
            log = (box.folder / "log").read_text(errors="replace")
            assert "not-this-one" not in log and corp.sync_password not in log
            rows = directory.muster("directory", "history", "acme", "corp")
            tries = sum(1 + row.get("repeats", 0) for row in rows)
            assert tries == 3
            directory.muster("directory", "update-secret", "acme", "corp", "--secret-file", "-",
                             secret=corp.sync_password + "\n")
            directory.follow()
        finally:
            box.stop()


def test_a_letter_that_is_refused_waits_and_is_sent_later(sink):
    sink.refusal = "451 later"
    with short_folder() as folder:
        box = start(folder, sink, quarantine_after_seconds=1, quarantine_try_seconds=2)
        try:
            directory = unreachable(box)
            directory.wait_state("quarantined")
            log = box.folder / "log"
            wait_until(lambda: "mail.failed" in log.read_text(errors="replace"), 60, "a refusal")
            assert not sink.letters
            sink.refusal = None
            wait_until(lambda: sink.letters, 240, "the letter")
        finally:
            box.stop()
