"""One's own authenticator app: a seed is told once, and codes are asked for from when a right one has
shown that the app has it; whoever switches it off needs password and code."""

import uuid

import pytest

from browser import PASSWORD, Browser, signed_in
from muster import Api
from totp import code_of, now, seed_of


@pytest.fixture(scope="module")
def admin(sandbox):
    return Api(sandbox.values["API_URL"], sandbox.acme.api_token)


@pytest.fixture
def person(admin):
    name = f"p{uuid.uuid4().hex[:12]}"
    made = admin.post("/users", {"user": name, "emails": [f"{name}@example.com"],
                                 "roles": ["Viewer"], "password": PASSWORD})
    assert made.status == 201, made.body
    return name


def ask(browser):
    answer = browser.post("/session/totp", {"current": PASSWORD})
    assert answer.status == 200, answer.body
    return answer.body, seed_of(answer.body)


def switch_on(browser):
    """The seed, and the step that is used up."""
    told, seed = ask(browser)
    step = now()
    answer = browser.post(
        "/session/totp/on", {"seed": told["seed"], "code": code_of(seed, step)})
    assert answer.status == 204, answer.body
    return seed, step


def next_code(seed, used):
    return code_of(seed, max(used + 1, now()))


def refused(answer, attribute):
    assert (answer.status, answer.body["attribute"]) == (422, attribute), answer.body
    return True


def test_nothing_is_asked_before_a_right_code_and_a_code_from_then_on(sandbox, person):
    browser = signed_in(sandbox, "acme", person)
    assert browser.get("/session").body["totp"] is False
    told, seed = ask(browser)
    assert signed_in(sandbox, "acme", person)
    assert refused(browser.post(
        "/session/totp/on", {"seed": told["seed"], "code": code_of(seed, now() + 40)}), "code")
    assert signed_in(sandbox, "acme", person)
    seed, step = switch_on(browser)
    assert browser.get("/session").body["totp"] is True
    assert Browser(sandbox).sign_in("acme", person).status == 401
    assert signed_in(sandbox, "acme", person, code=next_code(seed, step))


def test_a_seed_is_of_who_asked_for_it_and_asking_needs_the_password(sandbox, admin, person):
    browser = signed_in(sandbox, "acme", person)
    assert refused(browser.post("/session/totp", {"current": "Wrong-horse-77"}), "current")
    admin_browser = signed_in(sandbox, "acme", sandbox.values["ACME_ADMIN"],
                              sandbox.values["ACME_ADMIN_PW"])
    theirs = admin_browser.post(
        "/session/totp", {"current": sandbox.values["ACME_ADMIN_PW"]}).body
    code = code_of(seed_of(theirs), now())
    assert refused(browser.post("/session/totp/on", {"seed": theirs["seed"], "code": code}), "code")
    assert refused(browser.post("/session/totp/on", {"seed": "?", "code": code}), "seed")


def test_it_is_switched_off_by_password_and_code_and_by_neither_alone(sandbox, person):
    browser = signed_in(sandbox, "acme", person)
    seed, step = switch_on(browser)
    assert browser.post("/session/totp", {"current": PASSWORD}).status == 409
    assert refused(browser.post(
        "/session/totp/off", {"current": PASSWORD, "code": code_of(seed, step + 40)}), "current")
    assert refused(browser.post("/session/totp/off", {
        "current": "Wrong-horse-77", "code": next_code(seed, step)}), "current")
    answer = browser.post(
        "/session/totp/off", {"current": PASSWORD, "code": next_code(seed, step)})
    assert answer.status == 204, answer.body
    assert browser.get("/session").body["totp"] is False
    assert signed_in(sandbox, "acme", person)
    assert browser.post(
        "/session/totp/off", {"current": PASSWORD, "code": "123456"}).status == 409


def test_the_ways_to_sign_in_are_not_ones_own_to_change_by_another_door(sandbox, person):
    browser = signed_in(sandbox, "acme", person)
    switch_on(browser)
    answer = browser.ask("PATCH", f"/users/{person}", {"auth_methods": ["password"]})
    assert answer.status == 403
    assert browser.ask("DELETE", f"/users/{person}/totp").status == 403


def test_the_seed_is_in_no_audit(sandbox, admin, person):
    browser = signed_in(sandbox, "acme", person)
    told, seed = ask(browser)
    assert browser.post("/session/totp/on", {
        "seed": told["seed"], "code": code_of(seed, now())}).status == 204
    answer = admin.get(f"/users/{person}/audit?limit=20")
    assert answer.body["items"]
    assert told["secret"].encode() not in answer.octets and told["seed"].encode() not in answer.octets
