"""Who sees what over LDAP: what an administrator says of a service account, and what people see."""

import json
import sys

import pytest

from muster import TOP, wait_until

sys.path.insert(0, str(TOP / "tests/ldap"))
from ldapraw import (ANY, And, Conn, Not, Or, bind, compare, ctl, eq, extop, ge, o_, pr,  # noqa: E402
                     search, seq, sub, WHOAMI)

PASSWORD = "Correct-horse-90"


class Client(Conn):
    def __init__(self, box, dn=None, password=None):
        super().__init__("127.0.0.1", int(box.values["LDAP_URI"].rpartition(":")[2]))
        if dn:
            self.must_bind(dn, password)

    def bind_code(self, dn, password):
        return self.rpc(bind(dn, password))[-1].code

    def must_bind(self, dn, password):
        assert self.bind_code(dn, password) == 0

    def ask(self, *args, **kwargs):
        """Entries and the final answer."""
        answers = self.rpc(search(*args, **kwargs))
        assert not isinstance(answers[-1], str), answers
        return answers[:-1], answers[-1]

    def names(self, *args, **kwargs):
        entries, done = self.ask(*args, **kwargs)
        assert done.code == 0, done
        return sorted(entry.dn.partition(",")[0] for entry in entries)

    def compare(self, dn, attribute, value):
        return self.rpc(compare(dn, attribute, value))[-1].code


class Company:
    """Ada and Bert of the group crew, Cleo of nothing; Ada reports to Cleo."""

    def __init__(self, box):
        self.box, self.tenant = box, box.new_tenant()
        self.name, self.base = self.tenant.name, self.tenant.base_dn
        self.people, self.groups = f"ou=people,{self.base}", f"ou=groups,{self.base}"
        scim = self.tenant.scim()
        self.ids = {name: scim.create_user(
            name, password=PASSWORD, title=f"Title {name}",
            phoneNumbers=[{"value": "+49 30 1234", "type": "work"}]).body["id"]
            for name in ("ada", "bert", "cleo")}
        made = scim.ask("POST", "/Groups", {
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "crew",
            "members": [{"value": self.ids[name]} for name in ("ada", "bert")]})
        assert made.status == 201, made.body
        self.crew = f"cn=crew,{self.groups}"
        scim.close()

    def dn(self, name):
        return f"uid={name},{self.people}"

    def service(self, name, *options):
        self.box.muster("service", "create", self.name, name, *options,
                        "--password-file", self.password_file())
        return f"cn={name},ou=services,{self.base}"

    def password_file(self):
        path = self.box.folder / "service-password"
        path.write_text(PASSWORD)
        path.chmod(0o600)
        return path

    def client(self, name, *options):
        return Client(self.box, self.service(name, *options), PASSWORD)

    def person(self, name):
        return Client(self.box, self.dn(name), PASSWORD)

    def policy(self, name, value):
        words = ("policy", "set", self.name, name, "--value", value)
        effect = json.loads(self.box.muster(*words, "--json").stdout or "{}")
        if "count" in effect:
            self.box.muster(*words, "--confirm", effect["count"])

    def shown(self, name):
        return json.loads(self.box.muster("service", "show", self.name, name, "--json").stdout)


@pytest.fixture(scope="module")
def company(sandbox):
    return Company(sandbox)


# ---- attributes ----

@pytest.fixture(scope="module")
def narrow(company):
    return company.client("narrow", "--attribute", "uid", "--attribute", "cn",
                          "--attribute", "member")


@pytest.mark.parametrize("asked", [("*",), ("*", "+"), ("uid", "cn", "title", "mail"), ()])
def test_attributes_that_are_not_listed_are_absent(company, narrow, asked):
    entries, _ = narrow.ask(company.dn("ada"), 0, ANY, asked)
    assert set(entries[0].attrs) <= {"objectClass", "uid", "cn"}
    assert entries[0].attrs["uid"] == [b"ada"]


@pytest.mark.parametrize("filter_", [
    eq("title", "Title ada"), pr("title"), sub("title", (0x80, "Title")), ge("title", "A"),
    Not(eq("title", "Title ada")), Not(pr("title")), eq("memberOf", "cn=crew"),
    Not(Or(eq("uid", "ada"), eq("title", "x"))), And(eq("uid", "ada"), eq("title", "Title ada")),
])
def test_asking_for_an_attribute_that_is_not_listed_is_undefined(company, narrow, filter_):
    assert narrow.names(company.people, 1, filter_) == []


def test_who_is_left_out_by_the_filter_is_no_member_by_name_either(sandbox):
    company = Company(sandbox)
    company.policy("posix.enabled", "true")
    client = company.client("some", "--filter", "(|(uid=ada)(objectClass=groupOfNames))")
    wait_until(lambda: client.names(company.groups, 1, eq("memberUid", "ada")) == ["cn=crew"])
    assert client.names(company.groups, 1, eq("memberUid", "bert")) == []
    assert client.names(company.groups, 1, eq("member", company.dn("bert"))) == []
    assert client.compare(company.crew, "memberUid", "ada") == 6
    assert client.compare(company.crew, "memberUid", "bert") == 5


def test_what_is_listed_decides_beside_what_is_not(company, narrow):
    assert narrow.names(company.people, 1, Or(eq("uid", "ada"), eq("title", "x"))) == ["uid=ada"]
    assert narrow.names(company.people, 1, Not(And(eq("uid", "ada"), eq("title", "x")))) == \
        ["uid=bert", "uid=cleo"]


def test_comparing_what_is_not_listed_is_no_such_attribute(company, narrow):
    assert narrow.compare(company.dn("ada"), "uid", "ADA") == 6
    assert narrow.compare(company.dn("ada"), "title", "Title ada") == 16
    assert narrow.compare(company.dn("ada"), "nosuch", "x") == 17
    assert narrow.compare(company.dn("ada"), "userPassword", PASSWORD) == 50
    assert narrow.compare(company.crew, "member", company.dn("ada")) == 6


def test_an_account_that_is_not_restricted_sees_all_that_its_permissions_give(company):
    client = company.client("wide")
    entries, _ = client.ask(company.dn("ada"), 0, ANY, ("*",))
    assert {"uid", "cn", "title", "telephoneNumber"} <= set(entries[0].attrs)
    people_only = company.client("people-only", "--permission", "users.view")
    assert people_only.names(company.people, 1, ANY, ("1.1",)) == \
        ["uid=ada", "uid=bert", "uid=cleo"]
    assert people_only.names(company.groups, 1, ANY, ("1.1",)) == []
    assert people_only.ask(company.crew, 0)[1].code == 32


def test_what_is_changed_holds_on_connections_that_are_open(company):
    client = company.client("changing")
    assert "title" in client.ask(company.dn("ada"), 0)[0][0].attrs
    company.box.muster("service", "edit", company.name, "changing", "--attribute", "uid")
    assert set(client.ask(company.dn("ada"), 0)[0][0].attrs) == {"objectClass", "uid"}
    company.box.muster("service", "edit", company.name, "changing", "--attribute", "")
    assert "title" in client.ask(company.dn("ada"), 0)[0][0].attrs


def test_dereferencing_shows_no_more_of_others(company, narrow):
    deref = ctl("1.3.6.1.4.1.4203.666.5.16", True,
                seq(seq(o_("member"), seq(o_("uid"), o_("title")))))
    answer = narrow.rpc(search(company.crew, 0, ANY, ("cn",)), [deref])[0]
    octets = dict(answer.ctrls)["1.3.6.1.4.1.4203.666.5.16"]
    assert b"ada" in octets and b"Title" not in octets and b"title" not in octets


# ---- base ----

def test_outside_its_base_nothing_exists(company):
    client = company.client("based", "--base", company.people)
    assert client.names(company.people, 2, eq("objectClass", "person"), ("1.1",)) == \
        ["uid=ada", "uid=bert", "uid=cleo"]
    assert client.names(company.dn("ada"), 0) == ["uid=ada"]
    for dn in (company.base, company.groups, company.crew, f"ou=services,{company.base}",
               "dc=muster,dc=internal", f"uid=nobody,{company.groups}"):
        for scope in (0, 1, 2):
            done = client.ask(dn, scope)[1]
            assert (done.code, done.matched) == (32, ""), dn
        assert client.compare(dn, "objectClass", "top") == 32
    assert client.ask("", 0)[0][0].dn == ""


def test_a_base_may_be_one_entry(company):
    client = company.client("single", "--base", company.dn("bert"))
    assert client.names(company.dn("bert"), 2) == ["uid=bert"]
    assert client.ask(company.dn("ada"), 0)[1].code == 32
    assert client.ask(company.people, 1)[1].code == 32


# ---- filter ----

@pytest.fixture(scope="module")
def crew_only(company):
    return company.client("crew-only", "--filter",
                          f"(|(memberOf={company.crew})(objectClass=groupOfNames))")


def test_entries_outside_its_filter_do_not_exist(company, crew_only):
    assert crew_only.names(company.people, 1, ANY, ("1.1",)) == ["uid=ada", "uid=bert"]
    assert crew_only.names(company.people, 1, Not(eq("uid", "ada")), ("1.1",)) == ["uid=bert"]
    absent = crew_only.ask(f"uid=nobody,{company.people}", 0)[1]
    hidden = crew_only.ask(company.dn("cleo"), 0)[1]
    assert (hidden.code, hidden.matched) == (absent.code, absent.matched) == (32, company.people)
    assert crew_only.compare(company.dn("cleo"), "uid", "cleo") == 32
    assert crew_only.compare(company.dn("ada"), "uid", "ada") == 6


def test_the_dn_of_a_member_outside_the_filter_is_not_shown(company):
    client = company.client("bert-only", "--filter", "(|(uid=bert)(cn=crew))")
    entries, _ = client.ask(company.crew, 0, ANY, ("member",))
    assert entries[0].attrs["member"] == [company.dn("bert").encode()]
    assert client.names(company.groups, 1, eq("member", company.dn("ada"))) == []
    assert client.names(company.groups, 1, eq("member", company.dn("bert"))) == ["cn=crew"]
    assert client.compare(company.crew, "member", company.dn("ada")) == 5
    assert client.compare(company.crew, "member", company.dn("bert")) == 6


def test_a_filter_follows_what_it_names(company, crew_only):
    scim = company.tenant.scim()
    made = scim.create_user("dora", password=PASSWORD)
    group = scim.ask("GET", '/Groups?filter=displayName%20eq%20"crew"').body["Resources"][0]["id"]
    patch = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [
        {"op": "add", "path": "members", "value": [{"value": made.body["id"]}]}]}
    assert scim.ask("PATCH", f"/Groups/{group}", patch).status in (200, 204)
    assert "uid=dora" in crew_only.names(company.people, 1, ANY, ("1.1",))
    scim.ask("DELETE", f"/Users/{made.body['id']}")
    assert crew_only.names(company.people, 1, ANY, ("1.1",)) == ["uid=ada", "uid=bert"]


# ---- limits ----

def test_a_size_limit_is_what_nobody_gets_beyond(company):
    client = company.client("few", "--size-limit", "2")
    for asked, found, code in ((0, 2, 4), (1, 1, 4), (2, 2, 4), (3, 0, 11), (1000, 0, 11)):
        entries, done = client.ask(company.people, 1, ANY, ("1.1",), size=asked)
        assert (len(entries), done.code) == (found, code), asked
    assert client.ask(company.people, 1, eq("uid", "ada"), ("1.1",))[1].code == 0


def test_a_rate_is_kept_to_and_then_busy(company):
    client = company.client("slow", "--rate", "1")
    codes = [client.ask(company.dn("ada"), 0)[1].code for _ in range(30)]
    assert codes[0] == 0 and 51 in codes and set(codes) == {0, 51}
    wait_until(lambda: client.ask(company.dn("ada"), 0)[1].code == 0, 60, "room in the rate")


def test_an_account_has_so_many_connections(company):
    dn = company.service("pooled", "--connections", "2")
    first, second = Client(company.box, dn, PASSWORD), Client(company.box, dn, PASSWORD)
    third = Client(company.box)
    assert third.bind_code(dn, PASSWORD) == 51
    assert third.rpc(extop(WHOAMI))[-1].val in (None, b"")
    second.must_bind(dn, PASSWORD)  # a bind again takes no second place
    first.close()
    wait_until(lambda: third.bind_code(dn, PASSWORD) == 0, 60, "a free place")


# ---- from where, and through what ----

def test_from_elsewhere_the_right_password_is_a_wrong_one(company):
    dn = company.service("elsewhere", "--address", "192.0.2.0/24", "--address", "2001:db8::/32")
    client = Client(company.box)
    right = client.rpc(bind(dn, PASSWORD), mid=7)[-1]
    wrong = client.rpc(bind(dn, "wrong"), mid=7)[-1]
    assert right.raw == wrong.raw and right.code == 49
    company.box.muster("service", "edit", company.name, "elsewhere", "--address", "127.0.0.0/8")
    client.must_bind(dn, PASSWORD)


def test_people_bind_through_an_application_where_the_tenant_says_so(sandbox):
    company = Company(sandbox)
    dn = company.service("app")
    company.policy("ldap.bind_through", "application")
    stranger = Client(sandbox)
    assert stranger.bind_code(company.dn("ada"), PASSWORD) == 49
    pooled = Client(sandbox, dn, PASSWORD)
    assert pooled.bind_code(company.dn("ada"), PASSWORD) == 0
    assert pooled.bind_code(company.dn("bert"), "wrong") == 49
    assert pooled.bind_code(company.dn("bert"), PASSWORD) == 0
    sandbox.muster("service", "edit", company.name, "app", "--address", "127.0.0.1")
    assert stranger.bind_code(company.dn("ada"), PASSWORD) == 0
    company.service("other", "--address", "127.0.0.0/8")
    assert stranger.bind_code(company.dn("ada"), PASSWORD) == 49  # two applications are there


# ---- people ----

def test_a_person_sees_the_own_entry_and_what_the_policy_adds(sandbox):
    company = Company(sandbox)
    ada = company.person("ada")
    assert ada.names(company.base, 2, pr("uid")) == ["uid=ada"]
    assert ada.ask(company.dn("bert"), 0)[1].code == 32
    assert ada.ask(company.crew, 0)[1].code == 32

    company.policy("ldap.people_see", "people")
    assert ada.names(company.people, 1) == ["uid=ada", "uid=bert", "uid=cleo"]
    other = ada.ask(company.dn("bert"), 0, ANY, ("*", "+"))[0][0].attrs
    assert {"uid", "cn"} <= set(other)
    assert not {"title", "telephoneNumber", "memberOf", "authTimestamp"} & set(other)
    own = ada.ask(company.dn("ada"), 0, ANY, ("*", "+"))[0][0].attrs
    assert {"title", "telephoneNumber", "memberOf"} <= set(own)
    assert ada.names(company.people, 1, sub("title", (0x80, "Title"))) == ["uid=ada"]
    assert ada.names(company.people, 1, Not(eq("title", "x"))) == ["uid=ada"]
    assert ada.compare(company.dn("bert"), "title", "Title bert") == 16
    assert ada.compare(company.dn("ada"), "title", "Title ada") == 6
    assert ada.ask(company.crew, 0)[1].code == 32

    company.policy("ldap.people_see", "people groups")
    assert ada.names(company.groups, 1) == ["cn=crew"]
    assert len(ada.ask(company.crew, 0)[0][0].attrs["member"]) == 2
    company.policy("ldap.people_see", "groups")
    assert ada.names(company.base, 2, pr("uid")) == ["uid=ada"]
    assert "member" not in ada.ask(company.crew, 0)[0][0].attrs
    company.policy("ldap.people_see", "")
    assert ada.ask(company.crew, 0)[1].code == 32


# ---- administration ----

def test_what_was_said_is_shown_in_the_words_it_was_said(company):
    filter_, base = "( cn=x)", f"OU=People,{company.base}"
    company.service("told", "--attribute", "UID", "--base", base, "--filter", "(&(cn=a*)(!(sn=b)))",
                    "--size-limit", "10", "--time-limit", "5", "--rate", "20",
                    "--connections", "3", "--address", "192.0.2.0/24", "--bind-group", "crew",
                    "--bind-group", "role:Viewer", "--bind-factor", "password")
    shown = company.shown("told")
    assert {key: shown[key] for key in (
        "attributes", "base", "filter", "size_limit", "time_limit", "rate", "connections",
        "addresses", "bind_factor")} == {
            "attributes": ["UID"], "base": base, "filter": "(&(cn=a*)(!(sn=b)))",
            "size_limit": 10, "time_limit": 5, "rate": 20, "connections": 3,
            "addresses": ["192.0.2.0/24"], "bind_factor": "password"}
    assert sorted(shown["bind_groups"]) == ["group:crew", "role:Viewer"]
    done = company.box.muster("service", "edit", company.name, "told", "--filter", filter_,
                              check=False)
    assert done.returncode == 65
    company.box.muster("service", "edit", company.name, "told", "--filter", "", "--base", "",
                       "--size-limit", "0")
    shown = company.shown("told")
    assert "filter" not in shown and "base" not in shown and shown["size_limit"] == 0
    assert shown["time_limit"] == 5


@pytest.mark.parametrize("option, value, told", [
    ("--filter", "(cn=x", "at character 6 of the filter"),
    ("--filter", "(nosuch=x)", "an attribute that there is not"),
    ("--filter", "(userPassword=*)", "an attribute that there is not"),
    ("--filter", "(cn:nosuchrule:=x)", "matching rule"),
    ("--attribute", "nosuch", "nosuch"), ("--attribute", "userPassword", "userPassword"),
    ("--base", "not a dn", "no distinguished name"),
    ("--base", "o=globex,dc=muster,dc=internal", "no entry of the tenant"),
    ("--base", "dc=muster,dc=internal", "no entry of the tenant"),
    ("--address", "192.0.2.1/24", "zeros behind its length"), ("--address", "here", "192.0.2.0/24"),
    ("--size-limit", "-1", "not a number"), ("--rate", "100001", "100000"),
    ("--bind-group", "nobody", "nobody"),
])
def test_what_cannot_be_is_refused_with_what_is_wrong(company, option, value, told):
    done = company.box.muster("service", "create", company.name, "wrong", option, value,
                              check=False)
    assert done.returncode in (64, 65) and told in done.stderr, done.stderr
    assert company.box.muster("service", "show", company.name, "wrong", check=False).returncode != 0


def test_a_rotated_password_is_the_only_one(company):
    dn = company.service("rotated")
    done = company.box.muster("service", "rotate", company.name, "rotated", "--json")
    password = json.loads(done.stdout)["password"]
    client = Client(company.box)
    assert client.bind_code(dn, PASSWORD) == 49
    assert client.bind_code(dn, password) == 0


def test_nobody_edits_a_token_as_a_service_account(company):
    company.box.muster("token", "create", company.name, "a-token")
    done = company.box.muster("service", "edit", company.name, "a-token", "--rate", "5",
                              check=False)
    assert done.returncode == 69


def sort_by(attribute):
    return ctl("1.2.840.113556.1.4.473", True, seq(seq(o_(attribute))))


def test_nobody_sorts_or_asserts_by_what_is_not_listed(company, narrow):
    by_uid = narrow.rpc(search(company.people, 1, ANY, ("uid",)), [sort_by("uid")])
    assert by_uid[-1].code == 0 and len(by_uid) == 4
    assert narrow.rpc(search(company.people, 1, ANY, ("uid",)), [sort_by("title")])[-1].code == \
        narrow.rpc(search(company.people, 1, ANY, ("uid",)), [sort_by("nosuch")])[-1].code == 12
    for filter_, code in ((eq("uid", "ada"), 0), (eq("title", "Title ada"), 122),
                          (Not(eq("title", "x")), 122)):
        asserted = ctl("1.3.6.1.1.12", True, filter_)
        assert narrow.rpc(search(company.dn("ada"), 0), [asserted])[-1].code == code
