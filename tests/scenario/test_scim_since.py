"""What has changed since a moment: GET /Users?since= and /Groups?since=, from the journal."""

import threading
from datetime import datetime, timedelta, timezone
from urllib.parse import quote, urlencode

import pytest

from muster import Scim, USER

CHANGES = "urn:ietf:params:scim:api:messages:muster:2.0:Changes"


@pytest.fixture
def scim(sandbox):
    client = sandbox.new_tenant().scim()
    yield client
    client.close()


def create(client, name):
    made = client.create_user(name)
    assert made.status == 201, made.body
    return made.body["id"]


def retitle(client, user, title):
    assert client.patch(f"/Users/{user}", {"op": "replace", "path": "title",
                                           "value": title}).status == 200


def ask(client, since, kind="Users", **query):
    return client.get(f"/{kind}?{urlencode({'since': since, **query}, quote_via=quote)}")


def changes(client, since, kind="Users", **query):
    """The resources, the token behind them and whether more follow."""
    answer = ask(client, since, kind, **query)
    assert answer.status == 200, answer.body
    body = answer.body
    assert CHANGES in body["schemas"]
    assert body["itemsPerPage"] == body["totalResults"] == len(body["Resources"])
    return body["Resources"], body[CHANGES]["since"], body[CHANGES]["more"]


def now(client, kind="Users"):
    resources, token, more = changes(client, "", kind)
    assert (resources, more) == ([], False)
    return token


def test_each_comes_once_as_it_is_now_in_the_order_of_the_last_change(scim):
    start = now(scim)
    ada, bob, cyd = (create(scim, name) for name in ("ada", "bob", "cyd"))
    retitle(scim, ada, "first")
    retitle(scim, bob, "then")
    retitle(scim, ada, "last")
    assert scim.ask("DELETE", f"/Users/{cyd}").status == 204
    found, token, more = changes(scim, start)
    assert [(r["id"], r.get("title")) for r in found[:2]] == [(bob, "then"), (ada, "last")]
    assert found[0] == scim.get(f"/Users/{bob}").body
    gone = found[2]
    assert (gone["id"], gone["schemas"], not more) == (cyd, [USER], True)
    assert set(gone["meta"]) == {"resourceType", "deleted", "lastModified"}
    assert (gone["meta"]["resourceType"], gone["meta"]["deleted"]) == ("User", True)
    assert changes(scim, token) == ([], token, False)
    assert changes(scim, start)[0] == found, "a token is good again"
    retitle(scim, bob, "later")
    assert [r["id"] for r in changes(scim, token)[0]] == [bob]
    assert [set(r) for r in changes(scim, start, attributes="userName")[0]] == \
        [{"schemas", "id", "userName"}, {"schemas", "id", "meta"}, {"schemas", "id", "userName"}]


def test_a_membership_is_a_change_of_the_group(scim):
    ada = create(scim, "ada")
    group = scim.create_group("Shift").body["id"]
    people, groups = now(scim), now(scim, "Groups")
    assert scim.patch(f"/Groups/{group}", {"op": "add", "path": "members",
                                           "value": [{"value": ada}]}).status in (200, 204)
    assert changes(scim, people)[0] == []
    found, token, _ = changes(scim, groups, "Groups")
    assert [m["value"] for r in found for m in r["members"]] == [ada]
    assert "members" not in changes(scim, groups, "Groups", excludedAttributes="members")[0][0]
    assert scim.ask("DELETE", f"/Groups/{group}").status == 204
    assert [r["meta"]["deleted"] for r in changes(scim, token, "Groups")[0]] == [True]


def test_pages_go_on_where_the_last_one_ended(scim):
    start = now(scim)
    ids = [create(scim, f"p{i:02}") for i in range(25)]
    for count in (1, 4, 25, 1000):
        seen, token, more = [], start, True
        while more:
            found, token, more = changes(scim, token, count=count)
            assert len(found) <= count and (found or not more)
            seen += [r["id"] for r in found]
        assert seen == ids
    assert scim.ask("DELETE", f"/Users/{ids[3]}").status == 204
    assert [r["id"] for r in changes(scim, token)[0]] == [ids[3]]


def test_a_time_is_where_it_can_begin(scim):
    ada = create(scim, "ada")
    at = scim.get(f"/Users/{ada}").body["meta"]["lastModified"]
    bob = create(scim, "bob")
    everything = [r["id"] for r in changes(scim, "2020-01-01T00:00:00Z")[0]]
    assert everything[-2:] == [ada, bob]
    behind = [r["id"] for r in changes(scim, at)[0]]
    assert behind[-1] == bob, "what is shown to the millisecond may be found again"
    ahead = (datetime.now(timezone.utc) + timedelta(days=1)).isoformat()
    found, token, more = changes(scim, ahead)
    assert (found, more) == ([], False)
    retitle(scim, ada, "x")
    assert [r["id"] for r in changes(scim, token)[0]] == [ada]


def test_what_is_no_position_is_refused(sandbox, scim):
    token = now(scim)
    stranger = Scim(sandbox.acme.scim_url, sandbox.acme.scim_token)
    altered = token[:-6] + ("A" if token[-6] != "A" else "B") + token[-5:]
    for client, since, kind in ((scim, altered, "Users"), (scim, token, "Groups"),
                                (scim, "x", "Users"), (scim, "1", "Users"),
                                (scim, "2020-13-01T00:00:00Z", "Users"),
                                (stranger, token, "Users")):
        refused = ask(client, since, kind)
        assert (refused.status, refused.body["scimType"]) == (400, "invalidCursor"), refused.body
        assert "since" in refused.body["detail"]
    cursor = scim.get("/Users?cursor&count=1").body.get("nextCursor", token[:40])
    assert ask(scim, cursor).status == 400
    for name in ("filter", "sortBy", "startIndex", "cursor"):
        refused = ask(scim, token, **{name: "1"})
        assert (refused.status, refused.body["scimType"]) == (400, "invalidValue"), refused.body
        assert name in refused.body["detail"]
    assert ask(scim, token, count="many").body["scimType"] == "invalidValue"


class Writer(threading.Thread):
    def __init__(self, tenant, number):
        super().__init__()
        self.scim, self.number, self.failed = tenant.scim(), number, None

    def run(self):
        try:
            for i in range(25):
                user = create(self.scim, f"w{self.number}-{i}")
                retitle(self.scim, user, f"t{i}")
                if i % 3 == 0:
                    assert self.scim.ask("DELETE", f"/Users/{user}").status == 204
        except AssertionError as error:
            self.failed = error
        self.scim.close()


def test_nothing_is_missed_while_others_write(sandbox):
    """A copy that follows the changes ends as the list is."""
    tenant = sandbox.new_tenant()
    reader, copy = tenant.scim(), {}
    writers = [Writer(tenant, number) for number in range(4)]
    copy.update({r["id"]: r for r in reader.get("/Users?count=1000").body["Resources"]})
    token, more = now(reader), True
    for writer in writers:
        writer.start()
    while more or any(writer.is_alive() for writer in writers):
        found, token, more = changes(reader, token, count=7)
        for resource in found:
            copy.pop(resource["id"], None)
            if not resource["meta"].get("deleted"):
                copy[resource["id"]] = resource
    for writer in writers:
        writer.join()
        assert writer.failed is None
    found, token, more = changes(reader, token)
    while found:
        for resource in found:
            copy.pop(resource["id"], None)
            if not resource["meta"].get("deleted"):
                copy[resource["id"]] = resource
        found, token, more = changes(reader, token)
    listed = reader.get("/Users?count=1000").body["Resources"]
    assert len(listed) >= 4 * 16
    assert copy == {r["id"]: r for r in listed}
    reader.close()
