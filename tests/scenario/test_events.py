"""Pages are told that something has changed: of which topics, to whom may see it, and as long as they
may."""

import signal
import uuid

import pytest

from browser import PASSWORD, Events, signed_in
from muster import Api, wait_until

OTHER = "Another-horse-78"


class Company(Api):
    """An API key that knows where it is."""

    def __init__(self, url, token):
        super().__init__(url, token)
        self.url = url


@pytest.fixture(scope="module")
def admin(sandbox):
    return Company(sandbox.values["API_URL"], sandbox.acme.api_token)


@pytest.fixture
def operator(sandbox):
    return Company(sandbox.values["API_URL"], sandbox.values["OPERATOR_TOKEN"])


def make(api, role):
    name = f"e{uuid.uuid4().hex[:12]}"
    made = api.post("/users", {"user": name, "emails": [f"{name}@example.com"], "roles": [role],
                               "password": PASSWORD})
    assert made.status == 201, made.body
    return name


@pytest.fixture
def nobody(admin):
    """May do nothing here."""
    role = f"r{uuid.uuid4().hex[:12]}"
    assert admin.post("/roles", {"role": role, "permissions": ["tasks.view"]}).status == 201
    return make(admin, role)


def a_scope(api, under=""):
    made = api.post(f"{under}/scopes", {"scope": f"s{uuid.uuid4().hex[:12]}"})
    assert made.status == 201, made.body


def settings(api, under=""):
    """A change that everybody may hear of."""
    answer = api.ask("PATCH", f"{under}/settings", {"support_contact": uuid.uuid4().hex})
    assert answer.status < 300, answer.body


def test_a_change_is_told_by_its_topics(sandbox, admin):
    events = Events(signed_in(sandbox, "acme", make(admin, "Admin"))).told()
    a_scope(admin)
    assert events.until("scopes") >= {"scopes", "audit"}
    name = make(admin, "Viewer")
    assert events.until("users") >= {"users", "audit"}
    assert admin.ask("DELETE", f"/users/{name}").status < 300
    events.until("users")
    assert sandbox.acme.scim().create_group(f"g{uuid.uuid4().hex[:8]}").status == 201
    assert events.until("provisioning") >= {"groups", "provisioning"}
    events.close()


def test_what_was_refused_is_told_when_it_stands_in_the_audit(sandbox, admin, nobody):
    poor = signed_in(sandbox, "acme", nobody)
    events = Events(signed_in(sandbox, "acme", make(admin, "Admin"))).told()
    a_scope(admin)
    events.until("scopes")  # all that was before is told
    refused = poor.ask("POST", "/scopes", {"scope": "mine"})
    assert refused.status == 403, refused.body
    assert not events.until("audit") & {"users", "roles", "scopes"}
    rows = admin.get("/audit?outcome=denied&limit=1").body["items"]
    assert rows[0]["action"] == "operation.refused"
    events.close()


def test_who_may_not_see_it_is_not_told(sandbox, admin, nobody):
    events = Events(signed_in(sandbox, "acme", nobody)).told()
    a_scope(admin)
    make(admin, "Viewer")
    settings(admin)
    assert events.until("settings") <= {"settings", "session"}
    events.close()


def test_what_happens_in_another_company_is_not_told(sandbox, admin):
    events = Events(signed_in(sandbox, "acme", make(admin, "Admin"))).told()
    globex = Api(sandbox.values["API_URL"], sandbox.globex.api_token)
    a_scope(globex)
    settings(admin)
    assert "scopes" not in events.until("settings")
    events.close()


def test_a_page_hears_when_its_person_may_do_more_or_less(sandbox, admin, nobody):
    events = Events(signed_in(sandbox, "acme", nobody)).told()
    assert admin.post("/roles/Admin/members", {"user": nobody}).status < 300
    events.until("session")
    a_scope(admin)
    events.until("scopes")
    assert admin.ask("DELETE", f"/roles/Admin/members/{nobody}").status < 300
    events.until("session")
    a_scope(admin)
    settings(admin)
    assert "scopes" not in events.until("settings")
    events.close()


def test_a_directory_that_is_in_trouble_is_told(sandbox, admin):
    events = Events(signed_in(sandbox, "acme", make(admin, "Admin"))).told()
    name = f"d{uuid.uuid4().hex[:8]}"
    made = admin.post("/directories", {"name": name, "uri": "ldap://127.0.0.1:9",
                                       "base_dn": "dc=example"})
    assert made.status == 201, made.body
    events.until("directories")
    assert admin.ask("DELETE", f"/directories/{name}?people=keep&count=0").status < 300
    events.until("directories")
    events.close()


def test_sessions_are_a_topic_of_who_may_end_them(sandbox, admin, nobody):
    events = Events(signed_in(sandbox, "acme", make(admin, "Admin"))).told()
    signed_in(sandbox, "acme", nobody)
    events.until("sessions")
    events.close()


def test_a_key_and_an_operator_hear_too(sandbox, admin, operator):
    key, there = Events(admin).told(), Events(operator, "/tenants/globex/events").told()
    a_scope(admin)
    key.until("scopes")
    a_scope(operator, "/tenants/globex")
    there.until("scopes")
    for events in (key, there):
        events.close()
    answer = admin.get("/tenants/globex/events")
    assert answer.status == 404


def test_nobody_without_a_session_or_key_listens(sandbox):
    assert Events(Company(sandbox.values["API_URL"], None)).status == 401


@pytest.mark.parametrize("end", ["sign_out", "revoked", "deactivated", "deleted", "password"])
def test_a_stream_ends_with_its_session(sandbox, admin, nobody, end):
    browser = signed_in(sandbox, "acme", nobody)
    events = Events(browser).told()
    done = {
        "sign_out": browser.sign_out,
        "revoked": lambda: admin.ask("DELETE", f"/users/{nobody}/sessions"),
        "deactivated": lambda: admin.post(f"/users/{nobody}/deactivate"),
        "deleted": lambda: admin.ask("DELETE", f"/users/{nobody}"),
        "password": lambda: admin.post(f"/users/{nobody}/password", {"password": OTHER}),
    }[end]()
    assert done.status < 300, done.body
    assert events.ends()[0] == "end"


def test_a_stream_ends_with_its_key(sandbox, admin):
    name = f"k{uuid.uuid4().hex[:8]}"
    made = admin.post("/tokens", {"name": name, "type": "api", "permissions": ["users.view"]})
    assert made.status == 201
    events = Events(Company(admin.url, made.body["token"])).told()
    assert admin.ask("DELETE", f"/tokens/{name}").status < 300
    assert events.ends()[0] == "end"


def test_a_person_has_so_many_pages_and_no_more(sandbox, admin, nobody):
    browser = signed_in(sandbox, "acme", nobody)
    pages = [Events(browser).told() for _ in range(9)]
    pages[0].ends()
    settings(admin)
    for page in pages[1:]:
        page.until("settings")
        page.close()


def test_a_heart_beats_while_nothing_happens(own_sandbox):
    api = Company(own_sandbox.values["API_URL"], own_sandbox.acme.api_token)
    events = Events(api).told()
    while (event := events.next()) != ("", None):
        assert event, "the stream ended"
    events.close()


def test_pages_that_are_closed_leave_nothing_behind(own_sandbox):
    api = Company(own_sandbox.values["API_URL"], own_sandbox.acme.api_token)
    for events in [Events(api).told() for _ in range(8)]:
        events.close()
    wait_until(lambda: own_sandbox.metric("muster_http_streams") == 0, 180,
               "the end of the streams")


def test_a_daemon_that_stops_waits_for_no_page(own_sandbox):
    api = Company(own_sandbox.values["API_URL"], own_sandbox.acme.api_token)
    pages = [Events(api).told() for _ in range(4)]
    own_sandbox.signal(signal.SIGTERM)
    for page in pages:
        try:
            page.ends()
        except OSError:
            pass
    own_sandbox.wait_end()
