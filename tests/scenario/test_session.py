"""Sessions: somebody signs in with a browser. What the browser holds opens what the person may do,
only to pages of this site, and only as long as the person is let in."""

import hashlib
import json
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from browser import PASSWORD, Browser, signed_in
from muster import Api, wait_until

OTHER = "Another-horse-78"


@pytest.fixture(scope="module")
def admin(sandbox):
    return Api(sandbox.values["API_URL"], sandbox.acme.api_token)


@pytest.fixture
def person(admin):
    """Without a permission, but with a password."""
    return make(admin)


def make(api, *roles, tenant=None, **more):
    name = f"p{uuid.uuid4().hex[:12]}"
    under = f"/tenants/{tenant}" if tenant else ""
    made = api.post(f"{under}/users", {
        "user": name, "emails": [f"{name}@example.com"], "roles": list(roles) or ["Viewer"],
        "password": PASSWORD, **more})
    assert made.status == 201, made.body
    return name


def ended(answer):
    assert answer.status == 401, answer.octets
    assert answer.body["detail"] == "the session has ended; sign in again"
    return True


def refused(answer, attribute):
    assert (answer.status, answer.body["code"]) == (403, "forbidden"), answer.body
    assert answer.body["attribute"] == attribute
    return True


# ---- signing in and out ----

def test_who_signs_in_is_told_who_they_are_and_what_they_may(sandbox, admin, person):
    browser = Browser(sandbox)
    answer = browser.sign_in("acme", person)
    assert answer.status == 200
    who = answer.body
    assert (who["user_name"], who["tenant"], who["operator"]) == (person, "acme", False)
    assert who["kind"] == "user" and who["must_change"] is False
    assert "users.edit" not in who["permissions"]
    again = browser.get("/session").body
    assert {**again, "idle_end": None} == {**who, "idle_end": None}
    assert again["csrf"] and again["session"]


def test_an_e_mail_address_signs_in_like_a_user_name(sandbox, person):
    assert signed_in(sandbox, "acme", f"{person.upper()}@example.com").who["user_name"] == person


def test_the_cookie_is_for_this_site_alone_and_no_script_reads_it(sandbox, person):
    cookie = Browser(sandbox).sign_in("acme", person).headers["Set-Cookie"]
    parts = cookie.split("; ")
    assert parts[0].startswith("muster=") and set(parts[1:]) == {
        "Path=/", "HttpOnly", "SameSite=Strict"}
    assert len(parts[0]) == len("muster=") + 54


def test_a_page_over_tls_gets_a_cookie_that_only_this_host_can_have_set(sandbox, person):
    browser = Browser(sandbox)
    browser.origin = browser.origin.replace("http://", "https://")
    cookie = browser.post("/session", {"tenant": "acme", "user": person, "password": PASSWORD})
    assert cookie.status == 200
    parts = cookie.headers["Set-Cookie"].split("; ")
    assert parts[0].startswith("__Host-muster=")
    assert set(parts[1:]) == {"Path=/", "HttpOnly", "SameSite=Strict", "Secure"}
    assert browser.get("/session", Cookie=parts[0]).status == 200


def test_no_answer_of_a_session_is_kept_by_a_cache(sandbox, person):
    browser = Browser(sandbox)
    for answer in (browser.sign_in("acme", person), browser.get("/session"),
                   browser.get("/sessions"), browser.sign_out()):
        assert answer.headers["Cache-Control"] == "no-store"


def test_who_signs_out_is_out_and_the_cookie_is_worth_nothing(sandbox, person):
    browser = signed_in(sandbox, "acme", person)
    answer = browser.sign_out()
    assert answer.status == 204
    assert answer.headers["Set-Cookie"].startswith("muster=; ")
    assert "Max-Age=0" in answer.headers["Set-Cookie"]
    for _ in range(2):
        assert ended(browser.get("/session"))
        assert ended(browser.sign_out())
    assert browser.scim().get("/Me").status == 401


def test_every_door_opens_as_for_a_key_of_the_person(sandbox, admin):
    browser = signed_in(sandbox, "acme", make(admin, "Admin"))
    assert browser.get("/users?limit=1").status == 200
    made = browser.post("/scopes", {"scope": f"s{uuid.uuid4().hex[:8]}"})
    assert made.status == 201, made.body
    scim = browser.scim()
    assert scim.get("/Users?count=1").status == 200
    group = f"g{uuid.uuid4().hex[:8]}"
    assert scim.create_group(group).status == 201
    assert browser.get(f"/groups/{group}").status == 200
    row = admin.get(f"/audit?action=scope.created&limit=1").body["items"][0]
    assert row["actor"]["name"] == browser.who["user_name"]


def test_what_the_person_may_not_do_is_refused(sandbox, person):
    browser = signed_in(sandbox, "acme", person)
    answer = browser.post("/scopes", {"scope": "never"})
    assert (answer.status, answer.body["code"]) == (403, "forbidden")
    assert "scopes.edit" in answer.body["detail"]


def test_a_role_that_is_given_or_taken_counts_at_once(sandbox, admin, person):
    browser = signed_in(sandbox, "acme", person)
    assert "users.edit" not in browser.who["permissions"]
    assert admin.post("/roles/Admin/members", {"user": person}).status < 300
    assert "users.edit" in browser.get("/session").body["permissions"]
    assert browser.get("/tokens").status == 200
    assert admin.ask("DELETE", f"/roles/Admin/members/{person}").status < 300
    assert browser.get("/tokens").status == 403


# ---- whoever is not let in ----

def test_whatever_is_wrong_the_answer_is_one(sandbox, admin, person):
    away = make(admin)
    assert admin.post(f"/users/{away}/deactivate").status < 300
    wrong = [("acme", person, "Wrong-horse-77"), ("acme", "nobody", PASSWORD),
             ("no-such-company", person, PASSWORD), ("globex", person, PASSWORD),
             ("acme", away, PASSWORD), ("@operator", person, PASSWORD),
             ("", person, PASSWORD), ("acme", person[:-1], PASSWORD)]
    answers = [Browser(sandbox).sign_in(*each) for each in wrong]
    told = {(a.status, a.octets, a.headers.get("Set-Cookie")) for a in answers}
    assert len(told) == 1 and answers[0].status == 401, told
    assert "WWW-Authenticate" in answers[0].headers


@pytest.mark.parametrize("body, attribute", [
    ({"tenant": "acme", "user": "a"}, "password"),
    ({"tenant": "acme", "password": "a"}, "user"),
    ({"tenant": "acme", "user": 7, "password": "a"}, "user"),
    ({"tenant": "acme", "user": "a", "password": "b", "remember": True}, "remember")])
def test_a_sign_in_that_lacks_something_is_refused_by_name(sandbox, body, attribute):
    answer = Browser(sandbox).post("/session", body)
    assert answer.status == 422 and answer.body["attribute"] == attribute, answer.body


def test_nobody_makes_us_keep_a_long_body(sandbox):
    answer = Browser(sandbox).post("/session", json.dumps({"user": "a" * 40000}))
    assert answer.status == 413


def test_an_application_password_opens_no_browser(sandbox, admin, person):
    made = admin.post(f"/users/{person}/app-passwords", {"name": "mail"})
    assert made.status < 300, made.body
    assert Browser(sandbox).sign_in("acme", person, made.body["password"]).status == 401


# ---- what a browser shows ----

def test_a_page_of_another_site_changes_nothing(sandbox, person):
    browser = signed_in(sandbox, "acme", person)
    for origin in ("https://evil.example", "null", "http://127.0.0.1", browser.origin + ".evil",
                   browser.origin.replace("http:", "ftp:"), browser.origin + "/"):
        answer = browser.ask("PATCH", "/session", {"language": "de"}, Origin=origin)
        assert refused(answer, "Origin"), origin
    assert refused(browser.ask("PATCH", "/session", {"language": "de"}, Origin=None), "Origin")
    assert refused(browser.ask("PATCH", "/session", {"language": "de"}, Origin=None,
                               Sec_Fetch_Site="same-site"), "Origin")
    assert browser.get("/session").body["own_language"] is None
    assert browser.ask("PATCH", "/session", {"language": "de"}, Origin=None,
                       Sec_Fetch_Site="same-origin").status == 204
    assert browser.get("/session").body["own_language"] == "de"


def test_a_page_without_its_token_changes_nothing(sandbox, person):
    browser, other = (signed_in(sandbox, "acme", person) for _ in range(2))
    for csrf in (None, "", "a", browser.csrf[:-1], browser.csrf + "a", other.csrf,
                 browser.cookie):
        for door, path in ((browser, "/session"), (browser.scim(), "/Me")):
            answer = door.ask("PATCH", path, {}, X_CSRF_Token=csrf)
            assert answer.status == 403, (csrf, path, answer.body)
            assert "X-CSRF-Token" in (answer.body.get("attribute"), answer.body["detail"][:12]) \
                or "token" in answer.body["detail"]


def test_another_site_signs_nobody_in(sandbox, person):
    """Else one would work in somebody else's account without knowing it."""
    browser = Browser(sandbox)
    for origin in ("https://evil.example", "null", None):
        answer = browser.post("/session", {"tenant": "acme", "user": person,
                                           "password": PASSWORD}, Origin=origin)
        assert refused(answer, "Origin") and "Set-Cookie" not in answer.headers


def test_a_cookie_and_a_key_at_once_are_nobody(sandbox, admin, person):
    browser = signed_in(sandbox, "acme", person)
    for door, path in ((browser, "/session"), (browser.scim(), "/Me")):
        answer = door.get(path, Authorization=f"Bearer {sandbox.acme.api_token}")
        assert answer.status == 400, answer.body
    answer = browser.post("/session", {"user": "a", "password": "b"}, Cookie=None,
                          Authorization=f"Bearer {sandbox.acme.api_token}")
    assert answer.status == 400


def test_two_cookies_of_the_name_are_refused(sandbox, person):
    browser = signed_in(sandbox, "acme", person)
    for cookie in (f"muster={browser.cookie}; muster={browser.cookie}",
                   f"muster={browser.cookie}; a=b; muster=", "muster=a; muster=b"):
        answer = browser.get("/session", Cookie=cookie)
        assert answer.status == 400 and answer.body["attribute"] == "Cookie", answer.body
        assert browser.scim().get("/Me", Cookie=cookie).status == 400
    assert browser.get("/session", Cookie=f"a=b; muster={browser.cookie}; c").status == 200


def test_a_cookie_that_was_tampered_with_opens_nothing(sandbox, admin, person):
    browser = signed_in(sandbox, "acme", person)
    token = browser.cookie
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for place in range(len(token)):
        other = letters[(letters.index(token[place]) + 1) % 64]
        assert browser.get("/session", Cookie=f"muster={token[:place]}{other}{token[place + 1:]}"
                           ).status == 401, place
    for made_up in ("", "a", token[:-1], token + "A", token * 40, "mst_api_x", f'"{token}"',
                    hashlib.sha256(token.encode()).hexdigest(), "%00", token.lower()):
        assert browser.get("/session", Cookie=f"muster={made_up}").status == 401, made_up
    assert browser.get("/session", Authorization=f"Bearer {token}", Cookie=None).status == 401
    assert browser.get("/session").status == 200


def test_a_session_that_somebody_fixed_is_not_the_one_that_is_begun(sandbox, person):
    mine = signed_in(sandbox, "acme", person)
    victim = Browser(sandbox)
    victim.cookie = mine.cookie
    planted = mine.cookie
    assert victim.sign_in("acme", person).status == 200
    assert victim.cookie != planted
    assert mine.csrf != victim.csrf


def test_another_company_is_not_there(sandbox, admin):
    browser = signed_in(sandbox, "acme", make(admin, "Admin"))
    foreign, nowhere = (browser.get(f"/tenants/{name}/users") for name in ("globex", "no-such"))
    assert foreign.status == 404 and foreign.octets == nowhere.octets
    assert browser.window("/scim/v2/globex").get("/Users").status == 404


# ---- the end ----

def test_one_ends_ones_own_sessions_one_by_one_or_all(sandbox, person):
    browsers = [signed_in(sandbox, "acme", person) for _ in range(4)]
    mine, rows = browsers[0], browsers[0].get("/sessions").body["items"]
    assert len(rows) == 4
    assert [row["session"] for row in rows if row["current"]] == [mine.who["session"]]
    assert mine.ask("DELETE", f"/sessions/{browsers[1].who['session']}").status == 204
    assert ended(browsers[1].get("/session"))
    assert browsers[2].get("/session").status == 200
    assert mine.ask("DELETE", "/sessions").status == 204
    assert ended(browsers[2].get("/session")) and ended(browsers[3].get("/session"))
    assert [row["current"] for row in mine.get("/sessions").body["items"]] == [True]
    assert mine.ask("DELETE", f"/sessions/{browsers[1].who['session']}").status == 404


def test_a_session_says_from_where_it_came(sandbox, person):
    browser = Browser(sandbox)
    answer = browser.post("/session", {"tenant": "acme", "user": person, "password": PASSWORD},
                          User_Agent="Mozilla/5.0 \u00e4" + "x" * 400)
    assert answer.status == 200
    cookie = answer.headers["Set-Cookie"].split(";")[0]
    row, = browser.get("/sessions", Cookie=cookie).body["items"]
    assert row["ip"] == "127.0.0.1" and row["current"]
    assert row["user_agent"].startswith("Mozilla/5.0 ?") and len(row["user_agent"]) <= 160


def test_nobody_ends_a_session_of_somebody_else_without_the_permission(sandbox, admin, person):
    mine, other = signed_in(sandbox, "acme", make(admin)), signed_in(sandbox, "acme", person)
    session = other.who["session"]
    assert mine.ask("DELETE", f"/sessions/{session}").status == 404
    assert mine.get(f"/users/{person}/sessions").status == 403
    assert mine.ask("DELETE", f"/users/{person}/sessions").status == 403
    assert mine.ask("DELETE", f"/users/{person}/sessions/{session}").status == 403
    assert other.get("/session").status == 200


def test_an_administrator_signs_somebody_out_and_the_audit_says_so(sandbox, admin, person):
    browsers = [signed_in(sandbox, "acme", person) for _ in range(3)]
    rows = admin.get(f"/users/{person}/sessions").body["items"]
    assert {row["session"] for row in rows} == {b.who["session"] for b in browsers}
    assert admin.ask(
        "DELETE", f"/users/{person}/sessions/{browsers[0].who['session']}").status == 204
    assert ended(browsers[0].get("/session")) and browsers[1].get("/session").status == 200
    sandbox.muster("user", "sign-out", "acme", person)
    assert ended(browsers[1].get("/session")) and ended(browsers[2].get("/session"))
    rows = admin.get("/audit?action=session.*&limit=20").body["items"]
    about = [row for row in rows if row["target"]["name"] == person]
    assert [row["action"] for row in about].count("session.begun") == 3
    assert [row["action"] for row in about].count("session.ended") == 2


def test_who_signs_in_and_out_stands_in_the_audit(sandbox, admin, person):
    browser = signed_in(sandbox, "acme", person)
    browser.sign_out()
    rows = admin.get("/audit?action=session.*&limit=10").body["items"]
    mine = [row for row in rows if row["target"]["name"] == person]
    assert [row["action"] for row in mine] == ["session.ended", "session.begun"]
    assert all(row["actor"]["name"] == person and row["request"]["ip"] == "127.0.0.1" for row in mine)
    text = json.dumps(mine)
    assert browser.cookie not in text and browser.csrf not in text and PASSWORD not in text


def test_a_sign_in_shows_as_activity(sandbox, admin, person):
    Browser(sandbox).sign_in("acme", person, "Wrong-horse-77")
    signed_in(sandbox, "acme", person)

    def events():
        return {row["event"] for row in admin.get(f"/users/{person}/activity").body["items"]}
    wait_until(lambda: events() >= {"signin.succeeded", "signin.failed"}, what="the activity")


def test_who_is_deactivated_or_deleted_is_out(sandbox, admin):
    for end in (lambda name: admin.post(f"/users/{name}/deactivate"),
                lambda name: admin.ask("DELETE", f"/users/{name}")):
        name = make(admin)
        browser = signed_in(sandbox, "acme", name)
        assert end(name).status < 300
        assert ended(browser.get("/session"))


def test_who_is_let_in_again_signs_in_again(sandbox, admin, person):
    browser = signed_in(sandbox, "acme", person)
    assert admin.post(f"/users/{person}/deactivate").status < 300
    assert admin.post(f"/users/{person}/activate").status < 300
    assert ended(browser.get("/session"))
    assert signed_in(sandbox, "acme", person).get("/session").status == 200


def test_a_new_password_ends_all_other_sessions(sandbox, admin, person):
    mine, other = (signed_in(sandbox, "acme", person) for _ in range(2))
    answer = mine.post("/session/password", {"current": PASSWORD, "password": OTHER})
    assert answer.status == 204, answer.body
    assert mine.get("/session").status == 200
    assert ended(other.get("/session"))
    assert Browser(sandbox).sign_in("acme", person).status == 401
    assert admin.post(f"/users/{person}/password", {"password": PASSWORD}).status < 300
    assert ended(mine.get("/session"))


def test_a_new_password_needs_the_present_one(sandbox, person):
    browser = signed_in(sandbox, "acme", person)
    answer = browser.post("/session/password", {"current": "Wrong-horse-77", "password": OTHER})
    assert answer.status == 422 and answer.body["attribute"] == "current"
    answer = browser.post("/session/password", {"current": PASSWORD, "password": "short"})
    assert answer.status == 422 and answer.body["attribute"] == "password"
    assert signed_in(sandbox, "acme", person)


def test_who_must_choose_a_password_does_nothing_else_before(sandbox, admin):
    name = make(admin, "Admin", must_change=True)
    browser = signed_in(sandbox, "acme", name)
    assert browser.who["must_change"] is True and browser.who["permissions"] == []
    for path in ("/settings", "/sessions", "/users"):
        answer = browser.get(path)
        assert answer.status == 403 and answer.body["attribute"] == "password", path
    assert browser.scim().get("/Me").status == 403
    answer = browser.post("/session/password", {"current": PASSWORD, "password": OTHER})
    assert answer.status == 204, answer.body
    assert browser.get("/users").status == 200
    assert browser.get("/session").body["must_change"] is False


def test_a_suspended_company_is_out_and_stays_out(sandbox):
    operator = Api(sandbox.values["API_URL"], sandbox.values["OPERATOR_TOKEN"])
    company = f"c{uuid.uuid4().hex[:10]}"
    assert operator.post("/tenants", {"name": company}).status == 201
    name = make(operator, tenant=company)
    browser = signed_in(sandbox, company, name)
    assert operator.post(f"/tenants/{company}/suspend").status < 300
    assert ended(browser.get("/session"))
    assert Browser(sandbox).sign_in(company, name).status == 401
    assert operator.post(f"/tenants/{company}/resume").status < 300
    assert ended(browser.get("/session"))
    assert signed_in(sandbox, company, name).get("/session").status == 200


def test_with_one_browser_too_many_the_one_longest_unused_is_out(sandbox, admin, person):
    browsers = []
    for _ in range(10):
        browsers.append(signed_in(sandbox, "acme", person))
    assert browsers[0].get("/session").status == 200
    extra = signed_in(sandbox, "acme", person)
    assert ended(browsers[1].get("/session"))
    for browser in [browsers[0], *browsers[2:], extra]:
        assert browser.get("/session").status == 200
    assert len(extra.get("/sessions").body["items"]) == 10


def test_revocations_at_once_leave_nothing_open(sandbox, admin, person):
    browsers = [signed_in(sandbox, "acme", person) for _ in range(8)]

    def end(browser):
        return browser.ask("DELETE", "/sessions").status

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(end, browsers))
    assert 204 in statuses and set(statuses) <= {204, 401}, statuses
    assert len([b for b in browsers if b.get("/session").status == 200]) == 1


def test_nothing_is_written_by_who_was_signed_out_meanwhile(sandbox, admin):
    """What waited in a queue is asked for anew by the writer."""
    name = make(admin, "Admin")
    browser = signed_in(sandbox, "acme", name)
    made = []

    def write(i):
        answer = browser.window().post("/scopes", {"scope": f"race-{name}-{i}"})
        return answer.status, time.monotonic()

    with ThreadPoolExecutor(8) as pool:
        writes = [pool.submit(write, i) for i in range(64)]
        assert admin.ask("DELETE", f"/users/{name}/sessions").status == 204
        made = [each.result() for each in writes]
    assert {status for status, _ in made} <= {201, 401}
    assert write("late")[0] == 401


def test_sessions_outlive_a_restart_and_only_their_hash_is_kept(own_sandbox):
    api = Api(own_sandbox.values["API_URL"], own_sandbox.acme.api_token)
    name = make(api)
    browser, gone = signed_in(own_sandbox, "acme", name), signed_in(own_sandbox, "acme", name)
    assert gone.sign_out().status == 204
    own_sandbox.kill()
    own_sandbox.start()
    after = Browser(own_sandbox)
    after.cookie = browser.cookie
    assert after.get("/session").body["csrf"] == browser.csrf
    after.cookie = gone.cookie
    assert ended(after.get("/session"))
    own_sandbox.stop()
    for file in own_sandbox.folder.rglob("*"):
        if file.is_file() and file.name not in ("env", "env.new"):
            assert browser.cookie.encode() not in file.read_bytes(), file
    own_sandbox.start()


# ---- the operators ----

def test_an_operator_enters_any_company_by_its_path(sandbox):
    operator = Api(sandbox.values["API_URL"], sandbox.values["OPERATOR_TOKEN"])
    name = f"op{uuid.uuid4().hex[:8]}"
    role = f"Support {name}"
    sandbox.muster("role", "create", "@operator", role, "--permission", "users.view",
                   "--permission", "tenants.switch", "--permission", "companies.manage")
    made = operator.post("/users", {"user": name, "emails": [f"{name}@example.com"],
                                    "roles": [role], "password": PASSWORD})
    assert made.status == 201, made.body
    browser = signed_in(sandbox, "@operator", name)
    assert browser.who["operator"] is True and browser.who["tenant"] == "@operator"
    assert "tenants.switch" in browser.who["permissions"]
    assert browser.get("/tenants").status == 200
    assert browser.get("/tenants/acme/users?limit=1").status == 200
    assert browser.get("/tenants/globex/users?limit=1").status == 200
    assert browser.post("/tenants/acme/scopes", {"scope": "x"}).status == 403
    assert browser.sign_out().status == 204


# ---- what a key hears ----

def test_a_key_hears_who_it_is_too(sandbox, admin):
    who = admin.get("/session").body
    assert who["kind"] == "client" and who["tenant"] == "acme" and "csrf" not in who
    assert admin.ask("DELETE", "/session").status == 404
    assert admin.get("/sessions").status == 404


# ---- floods ----

def test_a_flood_of_wrong_passwords_costs_others_nothing(own_sandbox):
    """Of one name and of many: memory is bounded, and who comes from elsewhere is let in."""
    api = Api(own_sandbox.values["API_URL"], own_sandbox.acme.api_token)
    victim, other = make(api), make(api)

    def attack(worker):
        browser = Browser(own_sandbox)
        return {browser.sign_in("acme", victim if worker % 2 else f"guess-{worker}-{i}",
                                f"Wrong-{i}").status for i in range(25)}

    with ThreadPoolExecutor(20) as pool:
        attacks = [pool.submit(attack, worker) for worker in range(20)]
        elsewhere = Browser(own_sandbox, address="127.77.0.1")
        wait_until(lambda: elsewhere.sign_in("acme", other).status == 200, 120,
                   "the sign-in from elsewhere")
        assert set().union(*(each.result(500) for each in attacks)) <= {401, 503}
    assert elsewhere.window().get("/session").status == 200
    api = Api(own_sandbox.values["API_URL"], own_sandbox.acme.api_token)
    assert api.post(f"/users/{victim}/unlock").status < 300
    assert Browser(own_sandbox, address="127.77.0.1").sign_in("acme", victim).status == 200
