"""Lists over SCIM: in an order, and page by page, while others write."""

import json
import threading
from urllib.parse import quote, urlencode

import pytest

from muster import USER

SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
TITLES = ["Mechanic", "", "Driver", "Planner"]


def create(client, user_name, i):
    """A quarter of them has no title."""
    made = client.ask("POST", "/Users", {
        "schemas": [USER], "userName": user_name, "title": TITLES[i % 4],
        "name": {"familyName": f"F{i % 9}"}})
    assert made.status == 201, made.body
    return made.body["id"]


@pytest.fixture(scope="module")
def scim(sandbox):
    client = sandbox.new_tenant().scim()
    for i in range(40):
        create(client, f"p{i * 7 % 40:02}", i)
    yield client
    client.close()


def listed(client, kind="Users", **query):
    return client.get(f"/{kind}?{urlencode(query, quote_via=quote)}")


def searched(client, **members):
    return client.ask("POST", "/Users/.search", {"schemas": [SEARCH], **members})


def names(answer):
    assert answer.status == 200, answer.body
    return [resource["userName"] for resource in answer.body["Resources"]]


def refused(answer, status, scim_type):
    assert (answer.status, answer.body.get("scimType")) == (status, scim_type), answer.body
    return answer.body["detail"]


def pages(client, between=lambda seen: None, ask=listed, **query):
    """The names of all pages of a walk by cursor; between(names so far) runs after each."""
    seen, cursor = [], ""
    while True:
        answer = ask(client, cursor=cursor, **query)
        seen += names(answer)
        assert "startIndex" not in answer.body
        assert answer.body["itemsPerPage"] == len(answer.body["Resources"])
        if "nextCursor" not in answer.body:
            return seen
        cursor = answer.body["nextCursor"]
        between(seen)


# ---- in an order ----

def test_people_come_in_the_order_asked_for(scim):
    order = [f"p{i:02}" for i in range(40)]
    assert names(listed(scim, sortBy="userName")) == order
    assert names(listed(scim, sortBy="USERNAME", sortOrder="Descending")) == order[::-1]
    assert names(listed(scim, sortBy="userName", startIndex=5, count=3)) == order[4:7]
    assert names(searched(scim, sortBy="userName", sortOrder="descending", count=2)) == \
        order[:-3:-1]
    created = [f"p{i * 7 % 40:02}" for i in range(40)]
    assert names(listed(scim, sortBy="meta.created")) == created
    assert names(listed(scim, sortOrder="ascending")) == created


def test_who_has_no_value_comes_last_and_descending_first(scim):
    people = listed(scim, sortBy="title").body["Resources"]
    assert [p.get("title", "") for p in people] == \
        ["Driver"] * 10 + ["Mechanic"] * 10 + ["Planner"] * 10 + [""] * 10
    assert names(listed(scim, sortBy="title", sortOrder="descending")) == \
        [p["userName"] for p in people[::-1]]


@pytest.mark.parametrize("name", ["emails", "emails.value", "phoneNumbers", "ims", "ims.value"])
def test_of_several_values_the_primary_one_decides(sandbox, name):
    """RFC 7644 section 3.4.2.3."""
    client = sandbox.new_tenant().scim()
    values = {"one": ["1", "9"], "two": ["5", "2"], "three": ["3"]}
    for user, (first, *more) in values.items():
        made = client.ask("POST", "/Users", {"schemas": [USER], "userName": user, **{
            attribute: [{"value": form.format(first), "primary": not more}]
            + [{"value": form.format(value), "primary": True} for value in more]
            for attribute, form in (("emails", "{}@x.example"), ("phoneNumbers", "+49 {}"),
                                    ("ims", "im{}"))}})
        assert made.status == 201, made.body
    assert names(listed(client, sortBy=name)) == ["two", "three", "one"]
    assert names(listed(client, sortBy=name, sortOrder="descending")) == ["one", "three", "two"]
    client.close()


def test_groups_are_sorted_too(scim):
    for name in ("Zebra", "apple", "Mango"):
        assert scim.create_group(name).status == 201
    groups = listed(scim, "Groups", sortBy="displayName", count=1000).body["Resources"]
    found = [group["displayName"] for group in groups]
    assert found == sorted(found, key=str.lower) and {"Zebra", "apple", "Mango"} <= set(found)


@pytest.mark.parametrize("name", ["name", "password", "nosuch", "groups", "meta.version",
                                  "urn:ietf:params:scim:schemas:core:2.0:User"])
def test_what_nothing_is_sorted_by_is_named(scim, name):
    for answer in (listed(scim, sortBy=name), searched(scim, sortBy=name)):
        detail = refused(answer, 400, "invalidValue")
        assert detail and "sorted" in detail
    assert "sortOrder" in refused(
        listed(scim, sortBy="userName", sortOrder="upwards"), 400, "invalidValue")


def test_far_behind_a_sorted_list_is_read_by_cursor(scim):
    assert "startIndex" in refused(
        listed(scim, sortBy="userName", startIndex=10001), 400, "tooMany")
    assert names(listed(scim, startIndex=10001)) == []


# ---- by cursor ----

ORDERS = [{}, {"sortBy": "userName"}, {"sortBy": "userName", "sortOrder": "descending"},
          {"sortBy": "title"}, {"sortBy": "title", "sortOrder": "descending"},
          {"sortBy": "name.familyName"}, {"sortBy": "meta.created", "sortOrder": "descending"},
          {"filter": 'title eq "Driver" or title eq "Planner"', "sortBy": "title"}]


@pytest.mark.parametrize("query", ORDERS, ids=json.dumps)
def test_a_walk_meets_what_the_whole_list_holds(scim, query):
    whole = names(listed(scim, **query))
    for count in (1, 7, 40, 1000):
        assert pages(scim, count=count, **query) == whole
    assert pages(scim, ask=searched, count=7, **query) == whole
    assert listed(scim, cursor="", **query).body["totalResults"] == len(whole)


@pytest.mark.parametrize("query", ORDERS[:-1], ids=json.dumps)
def test_nobody_is_lost_or_doubled_while_others_go_and_come(sandbox, query):
    client, other = (t.scim() for t in [sandbox.new_tenant()] * 2)
    ids = {}
    for i in range(30):
        name = f"u{i * 7 % 30:02}"
        ids[name] = create(client, name, i)
    whole, gone, unmet, came = names(listed(client, **query)), set(), set(), []

    def others(seen):
        """One goes whom the walk has met, one whom it has not, and the one where it stands."""
        left = [name for name in whole if name not in seen and name not in gone]
        unmet.update(left[len(left) // 2:][:1])
        for name in ({seen[0], seen[-1]} | unmet) - gone:
            if name in ids:
                assert other.ask("DELETE", f"/Users/{ids[name]}").status == 204
                gone.add(name)
        came.append(f"v{len(came):02}")
        create(other, came[-1], len(came))

    seen = pages(client, others, count=4, **query)
    assert len(seen) == len(set(seen))
    stayed = [name for name in whole if name not in gone]
    assert len(gone) > 10 and [name for name in seen if name in stayed] == stayed
    assert unmet and not unmet & set(seen)
    assert set(seen) <= set(whole) | set(came)
    client.close()
    other.close()


def test_a_cursor_is_good_for_its_query_alone(sandbox, scim):
    cursor = listed(scim, cursor="", count=3, sortBy="title").body["nextCursor"]
    after = names(listed(scim, cursor=cursor, count=3, sortBy="title"))
    assert after == names(listed(scim, sortBy="title"))[3:6]
    assert after == names(searched(scim, cursor=cursor, count=3, sortBy="title"))
    assert after == names(listed(scim, cursor=cursor, count=3, sortBy="title",
                                 attributes="userName"))
    altered = cursor[:-6] + ("A" if cursor[-6] != "A" else "B") + cursor[-5:]
    for query in ({}, {"sortBy": "userName"}, {"sortBy": "title", "sortOrder": "descending"},
                  {"sortBy": "title", "filter": "title pr"}):
        refused(listed(scim, cursor=cursor, **query), 400, "invalidCursor")
    refused(listed(scim, "Groups", cursor=cursor), 400, "invalidCursor")
    for text in (altered, cursor[:-1], "x", "x" * 5000):
        assert "cursor" in refused(
            listed(scim, cursor=text, sortBy="title"), 400, "invalidCursor")
    refused(searched(scim, cursor=7), 400, "invalidCursor")
    stranger = sandbox.acme.scim()
    refused(listed(stranger, cursor=cursor, sortBy="title"), 400, "invalidCursor")


def test_beside_a_cursor_count_and_start_are_judged(scim):
    refused(listed(scim, cursor="", count="many"), 400, "invalidCount")
    refused(searched(scim, cursor="", count="many"), 400, "invalidCount")
    refused(listed(scim, count="many"), 400, "invalidValue")
    assert "startIndex" in refused(listed(scim, cursor="", startIndex=3), 400, "invalidValue")
    assert len(names(listed(scim, cursor="", startIndex=1, count=2))) == 2
    empty = listed(scim, cursor="", count=0).body
    assert (empty["totalResults"], empty["Resources"]) == (40, [])
    assert "nextCursor" not in empty
    cursor = listed(scim, cursor="", count=2).body["nextCursor"]
    assert listed(scim, cursor=cursor, count=5).body["totalResults"] == 40


def test_what_is_offered_is_said(scim):
    config = scim.get("/ServiceProviderConfig").body
    assert config["sort"] == {"supported": True}
    assert config["pagination"]["cursor"] and config["pagination"]["index"]
    assert config["pagination"]["cursorTimeout"] == 24 * 3600


# ---- last, since it takes longest ----

class Walk(threading.Thread):
    """Reads all pages again and again until it is told to end."""

    def __init__(self, tenant, query, stayers):
        super().__init__()
        self.client, self.query, self.stayers = tenant.scim(), query, stayers
        self.walks, self.failed, self.ending = 0, None, threading.Event()

    def run(self):
        try:
            while self.walks < 2 or not self.ending.is_set():
                seen = pages(self.client, count=17, **self.query)
                assert len(seen) == len(set(seen)), "somebody came twice"
                assert self.stayers <= set(seen), "somebody is lost"
                self.walks += 1
        except Exception as error:  # told by the thread that waits
            self.failed = error
        self.client.close()


class Churn(threading.Thread):
    """People who come and go."""

    def __init__(self, tenant, name):
        super().__init__()
        self.client, self.name, self.failed = tenant.scim(), name, None

    def run(self):
        try:
            here = []
            for i in range(30):
                here.append(create(self.client, f"{self.name}{i}", i))
                if i % 3:
                    gone = here.pop(i * 7 % len(here))
                    assert self.client.ask("DELETE", f"/Users/{gone}").status == 204
        except Exception as error:
            self.failed = error
        self.client.close()


def test_twenty_walks_lose_and_double_nobody_beside_who_comes_and_goes(sandbox):
    tenant = sandbox.new_tenant()
    client = tenant.scim()
    stayers = {f"s{i * 37 % 60:02}" for i in range(60)}
    for i, name in enumerate(sorted(stayers, key=lambda name: name[::-1])):
        create(client, name, i)
    client.close()
    walks = [Walk(tenant, query, stayers) for query in (ORDERS[:7] * 3)[:20]]
    churns = [Churn(tenant, name) for name in ("a", "s5x", "z")]
    for thread in walks + churns:
        thread.start()
    for churn in churns:
        churn.join()
    for walk in walks:
        walk.ending.set()
    for walk in walks:
        walk.join()
    assert [thread.failed for thread in walks + churns] == [None] * 23
    assert all(walk.walks >= 2 for walk in walks)
