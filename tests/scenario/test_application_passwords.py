"""What an application asks of who signs in through it: a group, a code behind the password, a
password that was made for it alone."""

import json
import re
import sys

import pytest

from muster import TOP
from totp import code_of, now, seed_of

sys.path.insert(0, str(TOP / "tests/ldap"))
from ldapraw import PWMOD, WHOAMI, Conn, bind, ctl, extop, o_, sasl, seq  # noqa: E402

PASSWORD = "correct horse battery"


class Application:
    """A service account, and how people sign in through it: on its connections."""

    def __init__(self, tenant, name, *words):
        self.tenant = tenant
        made = json.loads(tenant.sandbox.muster(
            "service", "create", tenant.name, name, "--json").stdout)
        self.dn = f"cn={name},ou=services,{tenant.base_dn}"
        self.password, self.name = made["password"], name
        if words:
            tenant.sandbox.muster("service", "edit", tenant.name, name, *words)

    def open(self):
        connection = raw(self.tenant)
        assert connection.rpc(bind(self.dn, self.password))[0].code == 0
        return connection

    def login(self, name, password):
        connection = self.open()
        code = connection.rpc(bind(self.tenant.user_dn(name), password))[0].code
        connection.close()
        return code


def raw(tenant):
    return Conn("127.0.0.1", int(tenant.sandbox.values["LDAP_URI"].rpartition(":")[2]))


def directly(tenant, name, password):
    connection = raw(tenant)
    code = connection.rpc(bind(tenant.user_dn(name), password))[0].code
    connection.close()
    return code


@pytest.fixture
def api(tenant):
    path = tenant.sandbox.folder / "password"
    path.write_text(PASSWORD + "\n", encoding="utf-8")
    path.chmod(0o600)
    for name in ("ada", "bob"):
        tenant.sandbox.muster("user", "create", tenant.name, name, "--name", name.title(),
                              "--email", f"{name}@example.com", "--role", "Viewer",
                              "--password-file", path)
    client = tenant.api("users.view", "users.set_password", "users.edit", "roles.assign_any")
    yield client
    client.close()


def make(api, user, name, **more):
    answer = api.post(f"/users/{user}/app-passwords", {"name": name, **more})
    assert answer.status in (200, 201), answer.body
    return answer.body["password"]


def test_a_password_for_one_application_opens_that_one_alone(tenant, api):
    mail = Application(tenant, "mail", "--bind-factor", "application")
    wiki = Application(tenant, "wiki")
    password = make(api, "ada", "phone", service="mail")
    assert re.fullmatch("[a-z0-9]{24}", password)
    assert mail.login("ada", password) == 0
    assert mail.login("ada", PASSWORD) == 49
    assert mail.login("bob", password) == 49
    assert wiki.login("ada", password) == 49 and wiki.login("ada", PASSWORD) == 0
    assert directly(tenant, "ada", password) == 49


def test_a_password_for_any_opens_where_nothing_better_is_asked_for(tenant, api):
    mail = Application(tenant, "mail", "--bind-factor", "application")
    wiki = Application(tenant, "wiki")
    password = make(api, "ada", "laptop")
    assert wiki.login("ada", password) == 0 and directly(tenant, "ada", password) == 0
    assert mail.login("ada", password) == 49


def test_they_are_listed_without_being_told_and_can_be_taken_away(tenant, api):
    Application(tenant, "mail")
    password = make(api, "ada", "phone", service="mail")
    make(api, "ada", "laptop")
    rows = {row["name"]: row for row in api.pages("/users/ada/app-passwords")}
    assert set(rows) == {"phone", "laptop"} and rows["phone"]["service"] == "mail"
    assert "service" not in rows["laptop"] and password not in json.dumps(rows)
    assert api.post("/users/ada/app-passwords", {"name": "phone"}).status == 409
    assert password not in json.dumps(api.get("/users/ada").body)
    assert api.ask("DELETE", "/users/ada/app-passwords/laptop").status == 204
    assert api.ask("DELETE", "/users/ada/app-passwords/laptop").status == 404
    assert [row["name"] for row in api.pages("/users/ada/app-passwords")] == ["phone"]
    assert api.post("/users/ada/app-passwords", {"name": "x", "service": "none"}).status == 422


def test_a_person_has_at_most_twenty(tenant, api):
    for i in range(20):
        make(api, "ada", f"device {i}")
    assert api.post("/users/ada/app-passwords", {"name": "one more"}).status == 400


def test_it_ends_with_the_person_and_never_becomes_the_password(tenant, api):
    password = make(api, "ada", "laptop")
    connection = raw(tenant)
    assert connection.rpc(bind(tenant.user_dn("ada"), password))[0].code == 0
    for old in (password, PASSWORD):
        change = extop(PWMOD, seq(o_(old, 0x81), o_("stolen horse", 0x82)))
        assert connection.rpc(change)[-1].code != 0
    assert directly(tenant, "ada", PASSWORD) == 0
    tenant.sandbox.muster("user", "deactivate", tenant.name, "ada")
    assert directly(tenant, "ada", password) == 49


def test_naming_oneself_as_whom_one_acts_for_makes_no_more_of_it(tenant, api):
    """An authorization identity in the bind (RFC 4513), or with the request (RFC 4370)."""
    password, ada = make(api, "ada", "laptop"), tenant.user_dn("ada")
    change = extop(PWMOD, seq(o_("stolen horse 1", 0x82)))
    as_ada = ctl("2.16.840.1.113730.3.4.18", True, "dn:" + ada)
    connection = raw(tenant)
    plain = f"dn:{ada}\0dn:{ada}\0{password}".encode()
    assert connection.rpc(bind("", auth=sasl("PLAIN", plain)))[0].code == 0
    assert connection.rpc(extop(WHOAMI))[-1].val.decode() == "dn:" + ada
    for controls in (None, [as_ada]):
        assert connection.rpc(change, controls)[-1].code == 50
    assert connection.rpc(bind(ada, password))[0].code == 0
    for controls in (None, [as_ada]):
        assert connection.rpc(change, controls)[-1].code == 50
    connection.close()
    assert directly(tenant, "ada", PASSWORD) == 0


def test_who_acts_for_people_does_not_become_them(tenant, scim):
    """A password of their choice would be worth the account, for good."""
    assert scim.create_user("cleo", password=PASSWORD).status == 201
    portal = Application(tenant, "portal", "--permission", "ldap.proxy")
    connection = portal.open()
    as_cleo = [ctl("2.16.840.1.113730.3.4.18", True, "u:cleo")]
    assert connection.rpc(extop(WHOAMI), as_cleo)[-1].val.decode() == "dn:" + tenant.user_dn("cleo")
    for old in ((), (o_(PASSWORD, 0x81),)):
        change = extop(PWMOD, seq(*old, o_("stolen horse 2", 0x82)))
        assert connection.rpc(change, as_cleo)[-1].code == 50
    connection.close()
    assert directly(tenant, "cleo", PASSWORD) == 0


def test_who_may_not_set_passwords_makes_none(tenant, api):
    weak = tenant.api("users.view", "users.edit")
    for path in ("/users/ada/app-passwords", "/users/ada/totp", "/users/ada/unlock"):
        assert weak.post(path, {"name": "x"} if "app" in path else {}).status == 403
    weak.close()


# ---- codes ----

def test_a_code_stands_behind_the_password_and_opens_once(tenant, api):
    vpn = Application(tenant, "vpn", "--bind-factor", "password+totp")
    assert vpn.login("ada", PASSWORD) == 49
    answer = api.post("/users/ada/totp", {})
    assert answer.status == 200, answer.body
    seed = seed_of(answer.body)
    assert vpn.login("ada", PASSWORD) == 49
    step = now()
    assert vpn.login("ada", "wrong horse" + code_of(seed, step)) == 49
    assert vpn.login("ada", PASSWORD + code_of(seed, step)) == 0
    assert vpn.login("ada", PASSWORD + code_of(seed, step)) == 49
    assert vpn.login("ada", PASSWORD + code_of(seed, step - 1)) == 49
    assert vpn.login("ada", PASSWORD + code_of(seed, step + 1)) == 0
    assert vpn.login("bob", PASSWORD) == 49
    assert directly(tenant, "ada", PASSWORD) == 0
    assert api.ask("DELETE", "/users/ada/totp").status == 204
    assert vpn.login("ada", PASSWORD + code_of(seed, step + 2)) == 49


def test_an_administrator_tries_a_code(tenant, api):
    assert api.post("/users/ada/totp/verify", {"code": "123456"}).status == 409
    seed = seed_of(api.post("/users/ada/totp", {}).body)
    step = now()

    def verify(code):
        return api.post("/users/ada/totp/verify", {"code": code}).body["valid"]

    assert verify(code_of(seed, step + 40)) is False
    assert verify("no code") is False
    assert verify(code_of(seed, step)) is True
    assert verify(code_of(seed, step)) is False


def test_who_has_codes_among_the_own_ways_needs_one_unless_the_application_says_else(tenant, api):
    plain = Application(tenant, "plain", "--bind-factor", "password")
    seed = seed_of(api.post("/users/ada/totp", {}).body)
    assert api.ask("PATCH", "/users/ada", {"auth_methods": ["password", "totp"]}).status == 204
    assert directly(tenant, "ada", PASSWORD) == 49
    assert directly(tenant, "ada", PASSWORD + code_of(seed, now())) == 0
    assert plain.login("ada", PASSWORD) == 0


def test_nothing_of_it_is_in_the_audit_or_on_the_wire(tenant, api):
    seed = api.post("/users/ada/totp", {}).body["secret"]
    password = make(api, "ada", "phone")
    rows = tenant.sandbox.muster("audit", "list", tenant.name, "--json").stdout
    assert seed not in rows and password not in rows
    service = tenant.bind()
    [(_, entry)] = service.search_s(tenant.user_dn("ada"), 0, attrlist=["*", "+"])
    assert not [name for name in entry if "totp" in name.lower() or "apppass" in name.lower()]
    service.unbind_s()


# ---- whom an application admits ----

def test_an_application_admits_the_people_of_its_groups(tenant, api):
    scim = tenant.scim()
    ada = scim.find("Users", 'userName eq "ada"').body["Resources"][0]["id"]
    inner = scim.create_group("inner", ada).body["id"]
    assert scim.create_group("outer", inner).status == 201
    wiki = Application(tenant, "wiki", "--bind-group", "outer")
    assert wiki.login("ada", PASSWORD) == 0
    assert wiki.login("bob", PASSWORD) == 49
    assert directly(tenant, "bob", PASSWORD) == 0
    scim.close()
