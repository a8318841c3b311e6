"""Webhooks at a real receiver: signatures, order, repeats, refusals, kills."""

import importlib.machinery
import importlib.util
import json
import os
import socket
import subprocess
import threading
import time

import pytest

from muster import BUILD, TOP, wait_until
from receiver import Receiver

_loader = importlib.machinery.SourceFileLoader("webhook_verify", str(TOP / "contrib/webhook-verify"))
verifier = importlib.util.module_from_spec(importlib.util.spec_from_loader("webhook_verify", _loader))
_loader.exec_module(verifier)


@pytest.fixture
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.close()


def muster(box, *words):
    done = subprocess.run([str(BUILD / "muster"), "--json", *map(str, words)], text=True,
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=60,
                          env={**os.environ, "MUSTER_SOCKET": box.values["MUSTER_SOCKET"]})
    assert done.returncode == 0, (words, done.stderr)
    return json.loads(done.stdout) if done.stdout.strip() else None


def hook(box, tenant, name, receiver, *events):
    words = [word for event in events for word in ("--event", event)]
    made = muster(box, "webhook", "create", tenant, name, "--uri",
                  f"http://127.0.0.1:{receiver.port}/", *words)
    return verifier.base64.b64decode(made["secret"].removeprefix("whsec_"))


def set_active(scim, user, active):
    assert scim.patch(f"/Users/{user}", {"op": "replace", "path": "active",
                                         "value": active}).status in (200, 204)


def test_each_message_is_signed_and_says_what_changed(sandbox, receiver):
    key = hook(sandbox, "acme", "signed", receiver, "user.*")
    scim = sandbox.acme.scim()
    user = scim.create_user("sig", password="secret-word-77").body["id"]
    set_active(scim, user, False)
    wait_until(lambda: len(receiver.accepted()) >= 2, what="two messages")
    created, deactivated = receiver.accepted()[:2]
    for m in (created, deactivated):
        assert verifier.is_genuine([key], m["id"], m["stamp"], m["signature"], m["body"])
        assert not verifier.is_genuine([key], m["id"], m["stamp"], m["signature"],
                                       m["body"].replace(b"sig", b"gis"))
        assert not verifier.is_genuine([key], m["id"] + "0", m["stamp"], m["signature"], m["body"])
        assert not verifier.is_genuine([b"x" * 32], m["id"], m["stamp"], m["signature"], m["body"])
        assert not verifier.is_genuine([key], m["id"], m["stamp"], m["signature"], m["body"],
                                       now=time.time() + 360)
        assert b"secret-word" not in m["body"] and b"argon2" not in m["body"]
    assert created["type"] == "user.created" and created["data"]["userName"] == "sig"
    assert deactivated["type"] == "user.deactivated"
    assert deactivated["data"]["tenant"] == "acme" and deactivated["data"]["id"] == user
    assert deactivated["data"]["active"] is False
    assert {"path": "active", "old": True, "new": False} in deactivated["data"]["changes"]
    muster(sandbox, "webhook", "delete", "acme", "signed")


def shown(box, tenant, name):
    return muster(box, "webhook", "show", tenant, name)


def key_of(secret):
    return verifier.base64.b64decode(secret.removeprefix("whsec_"))


def signed_by(message, *keys):
    """Which of the keys the newest message is signed with."""
    return [verifier.is_genuine([key], message["id"], message["stamp"], message["signature"],
                                message["body"]) for key in keys]


def told_next(scim, receiver, user):
    scim.create_user(user)
    wait_until(lambda: receiver.accepted() and
               receiver.accepted()[-1]["data"]["userName"] == user, 60, f"{user} is told")
    return receiver.accepted()[-1]


def test_a_secret_is_rotated_without_a_gap(sandbox, receiver):
    first = hook(sandbox, "acme", "turning", receiver, "user.created")
    scim = sandbox.acme.scim()
    assert signed_by(told_next(scim, receiver, "turn1"), first) == [True]
    assert "old_expires" not in shown(sandbox, "acme", "turning")

    made = muster(sandbox, "webhook", "rotate", "acme", "turning")
    second = key_of(made["secret"])
    assert second != first and shown(sandbox, "acme", "turning")["old_expires"] == made["old_expires"]
    assert signed_by(told_next(scim, receiver, "turn2"), first, second) == [True, True]

    # Another rotation meanwhile: of the old ones only the last one holds.
    third = key_of(muster(sandbox, "webhook", "rotate", "acme", "turning")["secret"])
    message = told_next(scim, receiver, "turn3")
    assert signed_by(message, first, second, third) == [False, True, True]

    muster(sandbox, "webhook", "end-old-secret", "acme", "turning")
    assert "old_expires" not in shown(sandbox, "acme", "turning")
    message = told_next(scim, receiver, "turn4")
    assert signed_by(message, second, third) == [False, True]
    assert len(message["signature"].split()) == 1

    fourth = muster(sandbox, "webhook", "rotate", "acme", "turning", "--overlap-hours", "0")
    assert "old_expires" not in fourth
    message = told_next(scim, receiver, "turn5")
    assert signed_by(message, third, key_of(fourth["secret"])) == [False, True]
    muster(sandbox, "webhook", "delete", "acme", "turning")


def test_an_old_secret_holds_over_a_restart(own_sandbox, receiver):
    first = hook(own_sandbox, "acme", "lasting", receiver, "user.created")
    second = key_of(muster(own_sandbox, "webhook", "rotate", "acme", "lasting")["secret"])
    own_sandbox.stop()
    own_sandbox.start()
    message = told_next(own_sandbox.acme.scim(), receiver, "after-it")
    assert signed_by(message, first, second) == [True, True]


def test_a_rotation_tells_no_secret_but_in_its_answer(sandbox):
    api = sandbox.acme.api("webhooks.manage", "audit.view")
    made = api.post("/webhooks", {"name": "discreet", "uri": "https://127.0.0.1/hook"})
    assert made.status == 201
    turned = api.post("/webhooks/discreet/rotate", {"overlap_hours": 2})
    assert turned.status == 200 and turned.body["secret"] != made.body["secret"]
    given = made.body["secret"].replace("whsec_", "whsec_AAAA")
    said = api.post("/webhooks/discreet/rotate", {"secret": given})
    assert said.status == 200 and "secret" not in said.body, "the asker has it"
    for wrong in ({"overlap_hours": 721}, {"secret": "whsec_c2hvcnQ="}, {"secret": "no"}):
        assert api.post("/webhooks/discreet/rotate", wrong).status == 422, wrong
    seen = api.get("/webhooks/discreet").octets + api.get(f"/objects/{made.body['id']}/audit").octets
    for secret in (made.body["secret"], turned.body["secret"], given):
        assert secret.encode() not in seen and secret[6:].encode() not in seen
    assert api.ask("DELETE", "/webhooks/discreet").status == 204


def test_an_edit_says_where_and_what_and_meets_no_other(sandbox, receiver):
    hook(sandbox, "acme", "moving", receiver, "group.*")
    api = sandbox.acme.api("webhooks.manage")
    found = api.get("/webhooks/moving")
    assert found.body["events"] == ["group.*"] and "last_delivered" not in found.body
    tag = found.headers["ETag"]
    assert api.ask("PATCH", "/webhooks/moving", {"events": ["user.created"]}, If_Match=tag).status == 204
    late = api.ask("PATCH", "/webhooks/moving", {"events": ["role.*"]}, If_Match=tag)
    assert late.status == 412
    assert api.get("/webhooks/moving").body["events"] == ["user.created"]
    for wrong in ({"uri": ""}, {"uri": "ftp://127.0.0.1/"}, {"events": ["User!"]}):
        assert api.ask("PATCH", "/webhooks/moving", wrong).status == 422, wrong
    told_next(sandbox.acme.scim(), receiver, "moved")
    now = wait_until(lambda: "last_delivered" in api.get("/webhooks/moving").body and
                     api.get("/webhooks/moving").body, 60, "the delivery is shown")
    assert "last_failed" not in now
    assert api.ask("PATCH", "/webhooks/moving", {"events": []}).status == 204
    assert api.get("/webhooks/moving").body["events"] == []
    muster(sandbox, "webhook", "delete", "acme", "moving")


def test_what_failed_last_is_shown_also_after_a_restart(own_sandbox):
    receiver = Receiver()
    receiver.answer = lambda message: 503
    hook(own_sandbox, "acme", "ailing", receiver)
    failing = wait_until(lambda: "last_status" in shown(own_sandbox, "acme", "ailing") and
                         shown(own_sandbox, "acme", "ailing"), 60, "the failure")
    assert failing["last_status"] == 503 and failing["failing_since"] <= failing["last_failed"]
    receiver.close()
    # Nobody listens at a port that is only held.
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        muster(own_sandbox, "webhook", "edit", "acme", "ailing", "--uri",
               f"http://127.0.0.1:{held.getsockname()[1]}/")
        wait_until(lambda: "last_error" in shown(own_sandbox, "acme", "ailing"), 60, "no answer")
        assert "last_status" not in shown(own_sandbox, "acme", "ailing")
        own_sandbox.stop()
        own_sandbox.start()
        after = shown(own_sandbox, "acme", "ailing")
    assert after["last_failed"] >= failing["last_failed"] and after["last_error"]


def test_another_tenants_changes_are_not_told(sandbox, receiver):
    hook(sandbox, "globex", "own", receiver)
    sandbox.acme.scim().create_user("foreign")
    sandbox.globex.scim().create_user("native")
    wait_until(lambda: "user.created" in receiver.types(), what="the own person")
    assert all(m["data"]["tenant"] == "globex" and b"foreign" not in m["body"]
               for m in receiver.messages)
    muster(sandbox, "webhook", "delete", "globex", "own")


def test_only_wanted_types_come(sandbox, receiver):
    hook(sandbox, "acme", "picky", receiver, "user.deleted", "group.*")
    scim = sandbox.acme.scim()
    user = scim.create_user("picked").body["id"]
    scim.create_group("picked-ones", user)
    scim.ask("DELETE", f"/Users/{user}")
    wait_until(lambda: "user.deleted" in receiver.types(), what="the deletion")
    assert set(receiver.types()) <= {"user.deleted", "group.created", "group.member.added"}
    assert "group.created" in receiver.types()
    muster(sandbox, "webhook", "delete", "acme", "picky")


def test_a_receiver_that_fails_is_asked_again_with_the_same_message(sandbox, receiver):
    failures = iter([500, 503, 302])
    receiver.answer = lambda message: next(failures, 204)
    hook(sandbox, "acme", "flaky", receiver, "user.*")
    scim = sandbox.acme.scim()
    users = [scim.create_user(f"flaky{i}").body["id"] for i in range(3)]
    wait_until(lambda: len(receiver.accepted()) == 3, seconds=120, what="all three")
    assert len({m["id"] for m in receiver.messages[:4]}) == 1
    assert [m["status"] for m in receiver.messages[:4]] == [500, 503, 302, 204]
    assert [m["data"]["id"] for m in receiver.accepted()] == users
    muster(sandbox, "webhook", "delete", "acme", "flaky")


def rejected(box, *words):
    return muster(box, "conflict", "list", "acme", "--kind", "push_rejected", *words)


def test_whom_a_receiver_refuses_is_listed_until_the_message_is_taken(sandbox, receiver):
    """80: 5xx and 429 are only tried again; other people's messages wait in their order."""
    answers = [503, 429]
    receiver.answer = lambda message: answers.pop() if answers else 422
    hook(sandbox, "acme", "strict", receiver, "user.created")
    scim = sandbox.acme.scim()
    ids = [scim.create_user(f"strict{i}").body["id"] for i in range(2)]
    row = wait_until(lambda: rejected(sandbox, "--source", "strict"), 60, "a conflict")[0]
    assert (row["subject"]["id"], row["state"], row["theirs"]) == (ids[0], "open", "status 422")
    assert row["source"]["kind"] == "webhook" and row["attribute"] == receiver.messages[0]["id"]
    shown = muster(sandbox, "conflict", "show", "acme", row["id"])
    assert shown["facts"] == ["event=user.created"] and "retry" in shown["answers"]
    assert [m["status"] for m in receiver.messages[:3]] == [429, 503, 422]
    # Asked to try again it does so at once, and is refused again.
    before = len(receiver.messages)
    muster(sandbox, "conflict", "settle", "acme", row["id"], "--as", "retry")
    wait_until(lambda: len(receiver.messages) > before, 60, "another try")
    wait_until(lambda: rejected(sandbox, "--state", "open"), 60, "it is open again")
    receiver.answer = lambda message: 204
    muster(sandbox, "conflict", "settle", "acme", row["id"], "--as", "retry")
    wait_until(lambda: len(receiver.accepted()) == 2, 120, "both messages")
    assert [m["data"]["id"] for m in receiver.accepted()] == ids
    muster(sandbox, "webhook", "delete", "acme", "strict")


def test_a_refusal_closes_when_the_receiver_takes_the_message(own_sandbox):
    """80: even where the daemon was stopped in between."""
    receiver = Receiver()
    receiver.answer = lambda message: 400
    hook(own_sandbox, "acme", "late", receiver, "user.created")
    own_sandbox.acme.scim().create_user("late")
    row = wait_until(lambda: rejected(own_sandbox, "--state", "open"), 60, "a conflict")[0]
    own_sandbox.stop()
    receiver.answer = lambda message: 204
    own_sandbox.start()
    closed = wait_until(lambda: rejected(own_sandbox, "--state", "closed"), 120, "its end")[0]
    assert closed["id"] == row["id"] and "taken" in closed["cause"]
    receiver.close()


def test_gone_switches_the_hook_off(sandbox, receiver):
    receiver.answer = lambda message: 410
    hook(sandbox, "acme", "gone", receiver, "user.*")
    scim = sandbox.acme.scim()
    scim.create_user("gone1")

    def row():
        return next(r for r in muster(sandbox, "webhook", "list", "acme") if r["name"] == "gone")
    wait_until(lambda: not row()["active"], what="switching off")
    receiver.answer = lambda message: 204
    scim.create_user("gone2")
    muster(sandbox, "webhook", "activate", "acme", "gone")
    wait_until(receiver.accepted, what="the next message")
    assert receiver.accepted()[0]["data"]["userName"] == "gone2"
    muster(sandbox, "webhook", "delete", "acme", "gone")


def test_kills_lose_and_reorder_nothing(own_sandbox):
    """The daemon is killed while people are switched on and off and the receiver stumbles."""
    receiver = Receiver()
    count = [0]

    def answer(_):
        count[0] += 1
        return 500 if count[0] % 7 == 0 else 204
    receiver.answer = answer
    hook(own_sandbox, "acme", "tough", receiver, "user.deactivated", "user.reactivated")
    expected = []
    user = own_sandbox.acme.scim().create_user("tough").body["id"]
    for round_ in range(6):
        scim = own_sandbox.acme.scim()
        for i in range(10):
            set_active(scim, user, i % 2 == 1)
            expected.append("user.reactivated" if i % 2 else "user.deactivated")
        time.sleep(0.02 * round_)
        own_sandbox.kill()
        own_sandbox.start()

    def first_deliveries():
        seen = {}
        for m in receiver.accepted():
            seen.setdefault(m["id"], m["type"])
        return list(seen.values())
    wait_until(lambda: len(first_deliveries()) >= len(expected), 300, "every message")
    assert first_deliveries() == expected
    accepted = [m["data"]["sequence"] for m in receiver.accepted()]
    repeats = len(accepted) - len(set(accepted))
    # Only what was sent since the cursor was last stored may come again.
    assert repeats <= len(expected)
    receiver.close()


def test_a_slow_receiver_does_not_hold_up_another(sandbox, receiver):
    slow = Receiver()
    release = threading.Event()

    def wait(_):
        release.wait(300)
        return 204
    slow.answer = wait
    hook(sandbox, "acme", "slow", slow, "user.*")
    hook(sandbox, "acme", "quick", receiver, "user.*")
    scim = sandbox.acme.scim()
    for i in range(5):
        scim.create_user(f"brisk{i}")
    wait_until(lambda: len(receiver.accepted()) == 5, what="the quick one's messages")
    assert not slow.messages
    release.set()
    wait_until(lambda: len({m["id"] for m in slow.accepted()}) == 5, 120,
               "the slow one's messages")
    for name in ("slow", "quick"):
        muster(sandbox, "webhook", "delete", "acme", name)
    slow.close()
