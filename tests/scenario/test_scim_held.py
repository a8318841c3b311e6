"""A connection that deactivates or deletes more people than it should is stopped, and an
administrator decides about the rest."""

import json
import re
from urllib.request import urlopen

import pytest

from muster import Scim

PEOPLE = 60
LIMIT = 20


class Company:
    def __init__(self, sandbox, tenant, local=False):
        self.sandbox, self.name = sandbox, tenant.name
        self.url = tenant.scim_url
        self.setup = self.connect("setup")
        make = self.local_person if local else self.person
        self.ids = [make(i) for i in range(PEOPLE)]

    def muster(self, *words, check=True):
        return self.sandbox.muster(*words, check=check)

    def told(self, *words):
        return json.loads(self.muster(*words, "--json").stdout)

    def connect(self, name, *options):
        token = self.told("token", "create", self.name, name, "--rate", "0", *options)["token"]
        return Scim(self.url, token)

    def person(self, i):
        made = self.setup.create_user(f"person{i:02}")
        assert made.status == 201, made.body
        return made.body["id"]

    def local_person(self, i):
        """Whom a connection that adopts may delete."""
        return self.told("user", "create", self.name, f"person{i:02}", "--name", "Person")["id"]

    def held(self):
        return self.told("held", "list", self.name, "--limit", "1000")

    def decide(self, how, id):
        return self.muster("held", how, self.name, id, check=False)

    def is_active(self, id):
        return self.setup.get(f"/Users/{id}").body["active"]

    def is_there(self, id):
        return self.setup.get(f"/Users/{id}").status == 200


@pytest.fixture
def company(sandbox):
    made = Company(sandbox, sandbox.new_tenant())
    yield made
    made.setup.close()


@pytest.fixture
def entra(company):
    client = company.connect("entra")
    yield client
    client.close()


def told_to_wait(answer):
    assert answer.status == 429, answer.body
    assert answer.headers["Retry-After"] == "3600"
    assert "administrator" in answer.body["detail"]
    return answer


def deactivate(client, id):
    return client.patch(f"/Users/{id}", {"op": "Replace", "path": "active", "value": "False"})


def first_held(client, ids, ask):
    """How many went through before the first one that waits; all behind it wait too."""
    answers = [ask(client, id) for id in ids]
    through = next(i for i, answer in enumerate(answers) if answer.status == 429)
    assert all(answer.status in (200, 204) for answer in answers[:through])
    for answer in answers[through:]:
        told_to_wait(answer)
    return through


def test_a_client_that_deletes_everybody_is_stopped(own_sandbox):
    company = Company(own_sandbox, own_sandbox.new_tenant(), local=True)
    entra = company.connect("entra", "--adopts")
    # The small company's rule is the stricter one here: a fifth of the people.
    through = first_held(entra, company.ids, lambda c, id: c.ask("DELETE", f"/Users/{id}"))
    assert through == PEOPLE // 5
    for i, id in enumerate(company.ids):
        assert company.is_there(id) == (i >= through)
    assert len(company.held()) == PEOPLE - through
    token, tenant = entra.token, company.name
    entra.close()
    company.setup.close()
    own_sandbox.stop()
    own_sandbox.start()
    url = own_sandbox.acme.scim_url.rsplit("/", 1)[0] + "/" + tenant
    entra = Scim(url, token)
    company.url, company.setup = url, Scim(url, company.setup.token)
    told_to_wait(entra.ask("DELETE", f"/Users/{company.ids[-1]}"))
    rows = company.held()
    assert len(rows) == PEOPLE - through
    assert {row["held_act"] for row in rows} == {"delete"}
    chosen = rows[0]
    assert company.decide("approve", chosen["id"]).returncode == 0
    assert not company.is_there(chosen["held_subject"])
    assert company.is_there(rows[1]["held_subject"])
    log = company.told("audit", "list", company.name, "--limit", "3")
    assert any(row["action"] == "user.deleted" and row["actor"]["type"] != "client"
               for row in log), log
    done = company.told("held", "reject-all", tenant, "--connection", "entra", "--act", "delete")
    assert (done["done"], done["refused"]) == (PEOPLE - through - 1, 0)
    refused = entra.ask("DELETE", f"/Users/{rows[1]['held_subject']}")
    assert refused.status == 403 and "administrator" in refused.body["detail"]
    own_sandbox.verify()
    entra.close()
    company.setup.close()


def test_put_and_patch_are_one_to_the_limit(company, entra):
    def put(client, id):
        user = client.get(f"/Users/{id}").body
        return client.ask("PUT", f"/Users/{id}", {**user, "active": False})
    company.muster("token", "edit", company.name, "entra", "--limit-count", "4",
                   "--limit-percent", "0")
    for i, id in enumerate(company.ids[:4]):
        assert (put if i % 2 else deactivate)(entra, id).status == 200
    told_to_wait(put(entra, company.ids[4]))
    told_to_wait(deactivate(entra, company.ids[5]))
    assert [company.is_active(id) for id in company.ids[:6]] == [False] * 4 + [True] * 2
    # Whoever comes back gives room again.
    back = entra.patch(f"/Users/{company.ids[0]}", {"op": "replace", "value": {"active": True}})
    assert back.status == 200
    assert deactivate(entra, company.ids[6]).status == 200
    told_to_wait(deactivate(entra, company.ids[7]))
    assert entra.patch(f"/Users/{company.ids[7]}", {
        "op": "replace", "path": "title", "value": "Chief"}).status == 200


def test_who_is_active_after_all_waits_no_more(company, entra):
    company.muster("token", "edit", company.name, "entra", "--limit-count", "0",
                   "--limit-percent", "0")
    zoe, other = company.ids[:2]
    told_to_wait(deactivate(entra, zoe))
    told_to_wait(deactivate(entra, other))
    assert entra.patch(f"/Users/{zoe}", {"op": "replace", "path": "title",
                                         "value": "Chief"}).status == 200
    assert len(company.held()) == 2
    assert entra.patch(f"/Users/{zoe}", {"op": "replace", "path": "active",
                                         "value": True}).status == 200
    assert [row["held_subject"] for row in company.held()] == [other]
    user = entra.get(f"/Users/{other}").body
    assert entra.ask("PUT", f"/Users/{other}", user).status == 200
    assert company.held() == []


def test_a_connection_may_undo_what_it_has_just_done(company, entra):
    ids = [entra.create_user(f"mine{i}").body["id"] for i in range(30)]
    for id in ids:
        assert entra.ask("DELETE", f"/Users/{id}").status == 204
    assert company.held() == []


def test_what_waits_is_counted(company, entra):
    def metric():
        with urlopen(company.sandbox.values["STATUS_URL"] + "/metrics", timeout=60) as answer:
            return int(re.search(r"^muster_held_total (\d+)$", answer.read().decode(), re.M)[1])
    company.muster("token", "edit", company.name, "entra", "--limit-count", "0",
                   "--limit-percent", "0")
    before = metric()
    told_to_wait(deactivate(entra, company.ids[0]))
    assert metric() == before + 1
    assert company.told("tenant", "show", company.name)["held"] == 1
    assert waiting(company) == {"tenant": company.name, "held": 1, "conflicts": 0, "plans": 0}
    row, = company.held()
    company.decide("reject", row["id"])
    assert waiting(company) is None


def waiting(company):
    rows = company.told("status")["waiting"]
    return next((row for row in rows if row["tenant"] == company.name), None)


def test_what_is_approved_is_done(company, entra):
    company.muster("token", "edit", company.name, "entra", "--limit-count", "0",
                   "--limit-percent", "0")
    told_to_wait(deactivate(entra, company.ids[0]))
    row, = company.held()
    assert company.decide("approve", "01a20143-c85e-7fc6-83b8-1a6a881316f9").returncode != 0
    assert company.decide("approve", row["id"]).returncode == 0
    assert not company.is_active(company.ids[0])
    shown = entra.get(f"/Users/{company.ids[0]}").body
    assert shown["active"] is False


def test_an_account_that_ends_counts_like_any_deactivation(company, entra):
    company.muster("token", "edit", company.name, "entra", "--limit-count", "0",
                   "--limit-percent", "0")
    ends = "urn:ietf:params:scim:schemas:extension:muster:2.0:User:expires"
    told_to_wait(entra.patch(f"/Users/{company.ids[0]}", {
        "op": "add", "path": ends, "value": "2001-01-01T00:00:00Z"}))
    assert company.held()[0]["held_act"] == "deactivate"
    assert entra.patch(f"/Users/{company.ids[0]}", {
        "op": "add", "path": ends, "value": "2091-01-01T00:00:00Z"}).status == 200
