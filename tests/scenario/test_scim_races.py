"""What many clients do at once over SCIM, and what is left of somebody who was deleted."""

import threading

import pytest

from muster import USER

MANY = 100
MISSING = "/Users/00000000-0000-7000-8000-000000000000"


def at_once(tenant, work):
    """Calls work(client, i) in as many threads, each with a connection of its own; the answers."""
    start, answers = threading.Barrier(MANY), [None] * MANY

    def run(i):
        client = tenant.scim()
        start.wait()
        answers[i] = work(client, i)
        client.close()
    threads = [threading.Thread(target=run, args=(i,)) for i in range(MANY)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def create(client, name, **more):
    return client.ask("POST", "/Users", {"schemas": [USER], "userName": name, **more})


def test_of_many_who_change_one_person_each_is_there(sandbox):
    """G3."""
    tenant = sandbox.new_tenant()
    client = tenant.scim()
    person = "/Users/" + client.create_user("ann").body["id"]
    answers = at_once(tenant, lambda each, i: each.patch(person, {
        "op": "add", "path": "phoneNumbers", "value": [{"value": f"+49 30 {1000 + i}"}]}))
    assert [answer.status for answer in answers] == [200] * MANY
    numbers = {phone["value"] for phone in client.get(person).body["phoneNumbers"]}
    assert numbers == {f"+49 30 {1000 + i}" for i in range(MANY)}
    client.close()


@pytest.mark.parametrize("words", [
    lambda i: {"name": "ann"},
    lambda i: {"name": f"ann{i}", "externalId": "e-1"},
], ids=["userName", "externalId"])
def test_of_many_who_take_one_name_one_has_it(sandbox, words):
    """G4."""
    tenant = sandbox.new_tenant()
    client = tenant.scim()
    answers = at_once(tenant, lambda each, i: create(each, **words(i)))
    statuses = sorted(answer.status for answer in answers)
    assert statuses == [201] + [409] * (MANY - 1)
    assert {answer.body["scimType"] for answer in answers if answer.status == 409} == {"uniqueness"}
    assert client.get("/Users").body["totalResults"] == 1
    client.close()


@pytest.mark.parametrize("mode", ["disable", "soft", "hard_if_no_history", "hard"])
def test_who_is_deleted_is_gone_in_every_mode(sandbox, mode):
    """G5: the name is free again or its person comes back, and old memberships do not."""
    tenant = sandbox.new_tenant()
    sandbox.muster("policy", "set", tenant.name, "delete.mode", "--value", mode, "--confirm", "0")
    client = tenant.scim()
    first = create(client, "ann").body["id"]
    group = "/Groups/" + client.create_group("crew", first).body["id"]
    assert client.ask("DELETE", "/Users/" + first).status == 204
    assert client.get("/Users/" + first).octets == client.get(MISSING).octets
    assert client.ask("DELETE", "/Users/" + first).status == 404
    assert client.get("/Users").body["totalResults"] == 0
    assert "members" not in client.get(group).body
    again = create(client, "ann")
    assert again.status == 201
    assert (again.body["id"] == first) == (mode == "disable")
    assert client.get("/Users").body["totalResults"] == 1
    if mode != "disable":
        assert "members" not in client.get(group).body
        assert client.get("/Users/" + first).status == 404
    client.close()
