"""Writing over LDAP: add, modify, modifyDN, delete and Password Modify, through the same commands
as every door."""

import sys

import ldap
import pytest
from ldap.controls import LDAPControl
from ldap.controls.readentry import PostReadControl, PreReadControl

from conftest import short_folder
from muster import TOP, Sandbox, run

sys.path.insert(0, str(TOP / "tests/ldap"))
import ldapraw  # noqa: E402

PERMISSIVE = "1.2.840.113556.1.4.1413"
TREE_DELETE = "1.2.840.113556.1.4.805"
ASSERTION = "1.3.6.1.1.12"
PPOLICY = "1.3.6.1.4.1.42.2.27.8.5.1"
NEW = "Herbst-2026-x"


@pytest.fixture(scope="module")
def box():
    with short_folder() as folder:
        yield_box = Sandbox(folder + "/box").start()
        yield yield_box
        yield_box.stop()


class Company:
    """A tenant of its own with an Admin, spoken to over LDAPS."""

    def __init__(self, box):
        self.box, self.tenant = box, box.new_tenant()
        self.base = self.tenant.base_dn
        self.create_user("admin", "--role", "Admin")
        self.admin = self.bind("admin")

    def create_user(self, name, *more):
        secret = self.box.folder / f"{name}.password"
        secret.write_text(NEW + "\n")
        secret.chmod(0o600)
        self.box.muster("user", "create", self.tenant.name, name, "--name", name.title(),
                        "--email", f"{name}@x.test", "--password-file", secret, *more)

    def bind(self, name, password=NEW):
        connection = self.box.ldap()
        connection.simple_bind_s(self.user(name), password)
        return connection

    def user(self, name):
        return f"uid={name},ou=people,{self.base}"

    def group(self, name, kind="groups"):
        return f"cn={name},ou={kind},{self.base}"

    def add(self, name, connection=None, **more):
        values = {"objectClass": [b"inetOrgPerson"], "cn": [name.title().encode()],
                  "sn": [b"Tester"], **more}
        (connection or self.admin).add_s(self.user(name), list(values.items()))

    def add_group(self, name, *members, kind="groups"):
        values = [("objectClass", [b"groupOfNames"]), ("cn", [name.encode()])]
        if members:
            values.append(("member", [self.user(m).encode() for m in members]))
        self.admin.add_s(self.group(name, kind), values)

    def show(self, dn, *attributes):
        return self.admin.search_s(dn, ldap.SCOPE_BASE, attrlist=list(attributes) or None)[0][1]

    def modify(self, dn, *mods, controls=None):
        self.admin.modify_ext_s(dn, list(mods), serverctrls=controls)


@pytest.fixture(scope="module")
def company(box):
    return Company(box)


@pytest.fixture
def fresh(box):
    return Company(box)


def refused(call, *arguments, **more):
    """The result code and what the server says."""
    with pytest.raises(ldap.LDAPError) as caught:
        call(*arguments, **more)
    what = caught.value.args[0]
    return what["result"], what.get("info", ""), what.get("matched", "")


def code(call, *arguments, **more):
    return refused(call, *arguments, **more)[0]


# ---- add ----

def test_an_added_person_is_there_with_all_that_was_said(company):
    company.add("boss")
    company.add("full", mail=[b"full@x.test", b"second@x.test"], givenName=[b"Fu"],
                telephoneNumber=[b"+1 555 1"], employeeNumber=[b"77"], title=[b"Captain"],
                description=[b"one", b"two"], street=[b"Main 1"], l=[b"Bern"],
                manager=[company.user("boss").encode()], userPassword=[b"Sommer-2026-y"])
    shown = company.show(company.user("full"))
    assert shown["uid"] == [b"full"]
    assert sorted(shown["mail"]) == [b"full@x.test", b"second@x.test"]
    assert sorted(shown["description"]) == [b"one", b"two"]
    assert shown["manager"] == [company.user("boss").encode()]
    assert shown["l"] == [b"Bern"]
    assert "userPassword" not in shown
    company.bind("full", "Sommer-2026-y").unbind_s()


@pytest.mark.parametrize("more, expected", [
    ({"nosuch": [b"x"]}, 17),
    ({"cn": [b"x", b"X"]}, 20),
    ({"displayName": [b"a", b"b"]}, 19),
    ({"employeeNumber": [b""]}, 21),
    ({"uidNumber": [b"ten"]}, 21),
    ({"mail": [b"not an address"]}, 19),
    ({"uid": [b"other"]}, 64),
    ({"sn": []}, 2),
    ({"entryUUID": [b"01900000-0000-7000-8000-000000000000"]}, 19),
    ({"memberOf": [b"cn=x"]}, 19),
    ({"member": [b"cn=x"]}, 65),
    ({"objectClass": [b"nosuchclass"]}, 21),
    ({"objectClass": [b"groupOfNames"]}, 65),
    ({"objectClass": [b"posixAccount"]}, 65),
    ({"manager": [b"not a dn"]}, 21),
    ({"manager": [b"uid=nobody,ou=people,o=x"]}, 19),
    ({"userPassword": [b"{SSHA}AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"]}, 19),
    ({"userPassword": [b"{CRYPT}$6$abc$def"]}, 19),
])
def test_a_faulty_add_is_refused_by_its_code_and_attribute(company, more, expected):
    what, info, _ = refused(company.add, "faulty", **more)
    assert what == expected
    if expected not in (2, 64):
        assert next(iter(more)).lower() in info.lower() or expected == 65
    assert code(company.admin.search_s, company.user("faulty"), ldap.SCOPE_BASE) == 32


def test_a_person_needs_sn_and_cn(company):
    for missing in ("sn", "cn"):
        values = {"objectClass": [b"inetOrgPerson"], "cn": [b"x"], "sn": [b"x"]}
        del values[missing]
        what, info, _ = refused(company.admin.add_s, company.user("half"), list(values.items()))
        assert (what, missing in info) == (65, True)
    assert code(company.admin.add_s, company.user("half"), [("cn", [b"x"]), ("sn", [b"x"])]) == 65


def test_an_entry_is_added_where_there_is_a_place_for_it(company):
    entry = [("objectClass", [b"inetOrgPerson"]), ("cn", [b"x"]), ("sn", [b"x"])]
    places = {
        f"uid=x,ou=nope,{company.base}": 32,
        f"uid=x,{company.base}": 64,
        f"uid=x,{company.user('admin')}": 64,
        f"ou=people,{company.base}": 68,
        company.user("admin"): 68,
        company.user("ADMIN"): 68,
        f"cn=x,ou=services,{company.base}": 53,
        f"uid=x,ou=people,o=globex,{company.base.partition(',')[2]}": 32,
        "uid=x,dc=else": 32,
        "not a dn": 34,
    }
    assert {dn: code(company.admin.add_s, dn, entry) for dn in places} == places


def test_a_missing_parent_is_told_by_the_nearest_one_that_is_there(company):
    entry = [("objectClass", [b"inetOrgPerson"]), ("cn", [b"x"]), ("sn", [b"x"])]
    assert refused(company.admin.add_s, f"uid=x,ou=nope,{company.base}", entry)[2] == company.base


# ---- modify ----

def test_modifications_happen_in_their_order_or_not_at_all(company):
    company.add("order", description=[b"a"])
    dn = company.user("order")
    company.modify(dn, (ldap.MOD_DELETE, "description", [b"a"]),
                   (ldap.MOD_ADD, "description", [b"a", b"b"]),
                   (ldap.MOD_REPLACE, "title", [b"x"]), (ldap.MOD_ADD, "l", [b"Bern"]))
    assert sorted(company.show(dn)["description"]) == [b"a", b"b"]
    assert code(company.modify, dn, (ldap.MOD_REPLACE, "title", [b"y"]),
                (ldap.MOD_DELETE, "l", [b"Rome"])) == 16
    assert company.show(dn)["title"] == [b"x"]
    company.modify(dn, (ldap.MOD_DELETE, "title", None), (ldap.MOD_REPLACE, "l", None),
                   (ldap.MOD_REPLACE, "description", [b"b", b"c"]))
    shown = company.show(dn)
    assert ("title" in shown, "l" in shown) == (False, False)
    assert sorted(shown["description"]) == [b"b", b"c"]


@pytest.mark.parametrize("mod, expected", [
    ((ldap.MOD_ADD, "nosuch", [b"x"]), 17),
    ((ldap.MOD_ADD, "cn", [b"FAULTS"]), 20),
    ((ldap.MOD_ADD, "cn", [b"another"]), 19),
    ((ldap.MOD_DELETE, "title", None), 16),
    ((ldap.MOD_DELETE, "cn", [b"another"]), 16),
    ((ldap.MOD_REPLACE, "sn", None), 65),
    ((ldap.MOD_DELETE, "uid", None), 67),
    ((ldap.MOD_REPLACE, "uid", [b"other"]), 67),
    ((ldap.MOD_REPLACE, "createTimestamp", [b"20260101000000Z"]), 19),
    ((ldap.MOD_REPLACE, "uidNumber", [b"x"]), 21),
    ((ldap.MOD_REPLACE, "musterActive", [b"perhaps"]), 21),
    ((ldap.MOD_ADD, "objectClass", [b"nosuchclass"]), 21),
    ((ldap.MOD_ADD, "objectClass", [b"groupOfNames"]), 69),
    ((ldap.MOD_DELETE, "objectClass", [b"inetOrgPerson"]), 69),
    ((ldap.MOD_REPLACE, "objectClass", [b"organization"]), 69),
    ((ldap.MOD_DELETE, "objectClass", [b"posixAccount"]), 16),
    ((3, "cn", [b"1"]), 19),
    ((3, "employeeNumber", [b"1"]), 19),
    ((3, "gidNumber", [b"1"]), 16),
    ((3, "uidNumber", [b"9223372036854775807"]), 19),
    ((ldap.MOD_REPLACE, "userPassword", [b"{SSHA512}" + b"A" * 96]), 19),
])
def test_a_faulty_modification_is_refused_by_its_code(company, mod, expected):
    try:
        company.add("faults", uidNumber=[b"7"])
    except ldap.ALREADY_EXISTS:
        pass
    before = company.show(company.user("faults"), "*", "+")
    assert code(company.modify, company.user("faults"), mod) == expected
    assert company.show(company.user("faults"), "*", "+") == before


def test_known_auxiliary_classes_are_accepted(company):
    company.add("aux")
    company.modify(company.user("aux"),
                   (ldap.MOD_ADD, "objectClass", [b"posixAccount", b"ldapPublicKey"]),
                   (ldap.MOD_ADD, "uidNumber", [b"41"]), (ldap.MOD_ADD, "gidNumber", [b"41"]),
                   (ldap.MOD_ADD, "homeDirectory", [b"/home/aux"]),
                   (ldap.MOD_ADD, "sshPublicKey", [b"ssh-ed25519 AAAA aux"]))
    company.modify(company.user("aux"), (3, "uidNumber", [b"2"]), (3, "gidNumber", [b"-40"]))
    shown = company.show(company.user("aux"))
    assert (shown["uidNumber"], shown["gidNumber"]) == ([b"43"], [b"1"])
    assert b"posixAccount" in shown["objectClass"]


def test_a_permissive_modify_takes_what_is_so_already(company):
    company.add("lenient", description=[b"a"])
    dn, control = company.user("lenient"), [LDAPControl(PERMISSIVE, True)]
    company.modify(dn, (ldap.MOD_ADD, "description", [b"A", b"b"]),
                   (ldap.MOD_DELETE, "title", None), (ldap.MOD_DELETE, "description", [b"zz"]),
                   controls=control)
    assert sorted(company.show(dn)["description"]) == [b"a", b"b"]


def test_a_person_is_deactivated_and_reactivated(company):
    company.add("sleeper", userPassword=[NEW.encode()])
    company.bind("sleeper").unbind_s()
    company.modify(company.user("sleeper"), (ldap.MOD_REPLACE, "musterActive", [b"FALSE"]))
    assert code(company.bind, "sleeper") == 49
    company.modify(company.user("sleeper"), (ldap.MOD_REPLACE, "musterActive", [b"TRUE"]))
    company.bind("sleeper").unbind_s()


def test_an_address_that_another_has_breaks_a_rule(company):
    company.add("first", mail=[b"taken@x.test"])
    company.add("later", mail=[b"free@x.test"])
    what, info, _ = refused(company.modify, company.user("later"),
                            (ldap.MOD_REPLACE, "mail", [b"Taken@X.test"]))
    assert (what, "mail" in info) == (19, True)


# ---- groups ----

@pytest.mark.parametrize("kind", ["groups", "roles", "scopes"])
def test_containers_are_made_changed_renamed_and_deleted(company, kind):
    company.add_group("crew", kind=kind)
    dn = company.group("crew", kind)
    company.modify(dn, (ldap.MOD_REPLACE, "description", [b"who sails"]))
    assert company.show(dn)["description"] == [b"who sails"]
    company.admin.rename_s(dn, "cn=sailors")
    dn = company.group("sailors", kind)
    assert company.show(dn)["cn"] == [b"sailors"]
    company.admin.delete_s(dn)
    assert code(company.admin.search_s, dn, ldap.SCOPE_BASE) == 32


def test_members_join_and_leave_one_by_one(company):
    for name in ("m1", "m2", "m3"):
        company.add(name)
    company.add_group("team", "m1")
    dn, who = company.group("team"), [company.user(n).encode() for n in ("m1", "m2", "m3")]
    company.modify(dn, (ldap.MOD_ADD, "member", who[1:]))
    assert sorted(company.show(dn)["member"]) == who
    assert code(company.modify, dn, (ldap.MOD_ADD, "member", who[:1])) == 20
    assert code(company.modify, dn,
                (ldap.MOD_ADD, "member", [company.user("nobody").encode()])) == 19
    assert code(company.modify, dn, (ldap.MOD_ADD, "member", [b"junk"])) == 21
    company.modify(dn, (ldap.MOD_DELETE, "member", who[:2]), (ldap.MOD_ADD, "member", who[:1]))
    assert sorted(company.show(dn)["member"]) == [who[0], who[2]]
    assert code(company.modify, dn, (ldap.MOD_DELETE, "member", who[1:2])) == 16
    company.modify(dn, (ldap.MOD_REPLACE, "member", who[1:2]))
    assert company.show(dn)["member"] == who[1:2]
    assert company.show(company.user("m2"), "memberOf")["memberOf"] == [dn.encode()]
    company.modify(dn, (ldap.MOD_DELETE, "member", None))
    assert "member" not in company.show(dn)
    assert code(company.modify, dn, (ldap.MOD_DELETE, "member", None)) == 16


def test_a_built_in_role_stays_as_it_is(company):
    dn = company.group("Admin", "roles")
    assert code(company.admin.delete_s, dn) == 53
    assert code(company.modify, dn, (ldap.MOD_REPLACE, "description", [b"x"])) == 53


# ---- rename ----

def test_a_rename_takes_memberships_along(company):
    company.add("oldname")
    company.add_group("keepers", "oldname")
    company.admin.rename_s(company.user("oldname"), "uid=newname", delold=1)
    assert company.show(company.user("newname"))["uid"] == [b"newname"]
    assert company.show(company.group("keepers"))["member"] == [company.user("newname").encode()]
    assert code(company.admin.search_s, company.user("oldname"), ldap.SCOPE_BASE) == 32
    company.admin.rename_s(company.user("newname"), "uid=NewName", f"OU=People,{company.base}")
    assert company.show(company.user("newname"))["uid"] == [b"NewName"]


def test_a_rename_to_where_there_is_no_place_is_refused(company):
    company.add("mover")
    dn = company.user("mover")
    cases = {
        (dn, "uid=admin", None): 68,
        (dn, "nosuch=x", None): 17,
        (dn, "junk", None): 34,
        (dn, "uid=mover", f"ou=groups,{company.base}"): 53,
        (dn, "uid=mover", f"ou=nope,{company.base}"): 32,
        (dn, "uid=mover", "dc=else"): 71,
        (company.user("nobody"), "uid=x", None): 32,
        (f"ou=people,{company.base}", "ou=folk", None): 53,
    }
    assert {key: code(company.admin.rename_s, *key) for key in cases} == cases
    assert company.show(dn)["uid"] == [b"mover"]


def test_an_entry_may_come_to_be_named_otherwise(company):
    company.add("named", cn=[b"Named Person"])
    company.admin.rename_s(company.user("named"), "cn=Named Person", delold=0)
    dn = f"cn=Named Person,ou=people,{company.base}"
    assert company.show(dn)["uid"] == [b"named"]
    assert code(company.modify, dn, (ldap.MOD_REPLACE, "cn", [b"Other"])) == 67
    company.admin.rename_s(dn, "uid=named", delold=0)
    assert company.show(company.user("named"))["cn"] == [b"Named Person"]


# ---- delete ----

def test_a_deleted_person_is_gone(company):
    company.add("leaver")
    company.admin.delete_s(company.user("leaver"))
    assert code(company.admin.delete_s, company.user("leaver")) == 32
    company.add("leaver")
    company.admin.delete_ext_s(company.user("leaver"), serverctrls=[LDAPControl(TREE_DELETE, True)])


def test_what_has_entries_below_is_not_deleted(company):
    for dn in (f"ou=people,{company.base}", company.base, company.base.partition(",")[2]):
        assert code(company.admin.delete_s, dn) == 66
    assert code(company.admin.delete_s, "") == 53
    assert code(company.admin.delete_s, company.tenant.bind_dn) in (50, 53)


def test_the_last_admin_stays(company):
    assert code(company.admin.delete_s, company.user("admin")) == 53
    assert code(company.modify, company.user("admin"),
                (ldap.MOD_REPLACE, "musterActive", [b"FALSE"])) == 53


# ---- who may ----

def test_who_lacks_the_permission_learns_nothing_of_the_entry(company):
    company.add("plain", userPassword=[NEW.encode()])
    plain = company.bind("plain")
    mod = [(ldap.MOD_DELETE, "description", [b"zz"])]
    for name in ("plain", "admin", "nobody"):
        assert code(plain.modify_s, company.user(name), mod) == 50
        assert code(plain.delete_s, company.user(name)) == 50
        assert code(plain.rename_s, company.user(name), "uid=x") == 50
    assert code(company.add, "friend", plain) == 50


def test_nobody_writes_unbound(box, company):
    connection = box.ldap()
    assert code(connection.delete_s, company.user("admin")) == 50
    assert code(connection.passwd_s, None, None, NEW) == 50


def test_another_tenant_is_not_there(box, company):
    other = Company(box)
    other.add("here")
    title = [(ldap.MOD_REPLACE, "title", [b"x"])]
    for call in ((company.admin.delete_s, other.user("here")),
                 (company.admin.modify_s, other.user("here"), title),
                 (company.admin.rename_s, other.user("here"), "uid=x")):
        absent = (call[0], call[1].replace("here", "nothere"), *call[2:])
        assert refused(*call) == refused(*absent)
        assert refused(*call)[0] == 32


def test_a_tenant_may_switch_writing_off(fresh):
    fresh.add("still")
    fresh.box.muster("policy", "set", fresh.tenant.name, "ldap.writes", "--value", "false",
                     "--confirm", "0")
    assert code(fresh.modify, fresh.user("still"), (ldap.MOD_REPLACE, "title", [b"x"])) == 53
    assert code(fresh.add, "more") == 53
    assert code(fresh.admin.delete_s, fresh.user("still")) == 53


def test_who_would_write_behind_a_referral_is_sent_there(company):
    dn = f"ou=elsewhere,{company.base}"
    ldif = company.box.folder / "referral.ldif"
    ldif.write_text(f"dn: {dn}\nobjectClass: referral\nobjectClass: extensibleObject\n"
                    "ou: elsewhere\nref: ldap://127.0.0.1:9/ou=elsewhere,dc=other\n",
                    encoding="utf-8")
    company.box.muster("load", ldif)
    for name in (dn, f"uid=x,{dn}"):
        assert code(company.admin.modify_s, name, [(ldap.MOD_REPLACE, "title", [b"x"])]) == 10
        assert code(company.admin.delete_s, name) == 10
    managing = [LDAPControl("2.16.840.1.113730.3.4.2", True)]
    company.admin.delete_ext_s(dn, serverctrls=managing)


def test_what_names_an_entry_otherwise_stays_too(company):
    company.add("plural", description=[b"one", b"two"])
    company.admin.rename_s(company.user("plural"), "cn=Plural+description=one", delold=0)
    dn = f"cn=Plural+description=one,ou=people,{company.base}"
    for mod in [(ldap.MOD_DELETE, "description", None), (ldap.MOD_DELETE, "description", [b"one"]),
                (ldap.MOD_REPLACE, "description", [b"two"]), (ldap.MOD_REPLACE, "cn", [b"Other"])]:
        assert refused(company.admin.modify_s, dn, [mod])[:2] == (
            67, f"{mod[1]}: the entry is named by it: rename it instead")
    company.modify(dn, (ldap.MOD_DELETE, "description", [b"two"]),
                   (ldap.MOD_REPLACE, "uid", [b"singular"]))
    assert company.show(dn)["uid"] == [b"singular"]


# ---- aliases and referrals ----

ELSEWHERE = b"ldap://127.0.0.1:1/ou=elsewhere,dc=other"
MANAGE = [LDAPControl("2.16.840.1.113730.3.4.2", True, None)]


def alias(company, rdn, target, **more):
    dn = f"{rdn},{company.base}"
    values = {"objectClass": [b"alias", b"extensibleObject"],
              "aliasedObjectName": [target.encode()], **more}
    company.admin.add_s(dn, list(values.items()))
    return dn


def referral(company, rdn, *urls, **more):
    dn = f"{rdn},{company.base}"
    values = {"objectClass": [b"referral", b"extensibleObject"], "ref": list(urls), **more}
    company.admin.add_ext_s(dn, list(values.items()), serverctrls=MANAGE)
    return dn


def test_an_alias_is_added_led_elsewhere_and_deleted(company):
    company.add("target")
    dn = alias(company, "cn=Chief,ou=people", company.user("target"), cn=[b"chief"])
    assert company.show(dn)["aliasedObjectName"] == [company.user("target").encode()]
    company.add("successor")
    company.modify(dn, (ldap.MOD_REPLACE, "aliasedObjectName",
                        [company.user("successor").encode()]))
    company.admin.set_option(ldap.OPT_DEREF, ldap.DEREF_FINDING)
    assert company.show(dn)["uid"] == [b"successor"]
    company.admin.set_option(ldap.OPT_DEREF, ldap.DEREF_NEVER)
    assert code(alias, company, "cn=chief,ou=people", company.user("target")) == 68
    assert code(company.admin.modify_s, dn, [(ldap.MOD_DELETE, "aliasedObjectName", None)]) == 65
    company.admin.delete_s(dn)
    assert code(company.show, dn) == 32


def test_a_referral_is_managed_as_an_entry(company):
    dn = referral(company, "ou=elsewhere", ELSEWHERE, ou=[b"elsewhere"])
    assert code(company.admin.delete_s, dn) == 10
    assert code(company.admin.modify_s, dn, [(ldap.MOD_ADD, "ref", [b"ldap://x/"])]) == 10
    second = b"ldap://127.0.0.1:2/ou=elsewhere,dc=other"
    company.modify(dn, (ldap.MOD_ADD, "ref", [second]), controls=MANAGE)
    company.modify(dn, (ldap.MOD_DELETE, "ref", [ELSEWHERE]), controls=MANAGE)
    (_, entry), = company.admin.search_ext_s(dn, ldap.SCOPE_BASE, serverctrls=MANAGE)
    assert entry["ref"] == [second] and entry["ou"] == [b"elsewhere"]
    assert code(company.admin.modify_ext_s, dn, [(ldap.MOD_DELETE, "ref", None)],
                serverctrls=MANAGE) == 65
    assert code(company.admin.modify_ext_s, dn, [(ldap.MOD_REPLACE, "ou", [b"x"])],
                serverctrls=MANAGE) == 67
    renamed = company.admin.rename(dn, "ou=other", serverctrls=MANAGE)
    assert code(company.admin.result3, renamed) == 53
    company.admin.delete_ext_s(dn, serverctrls=MANAGE)
    assert code(company.admin.search_ext_s, dn, ldap.SCOPE_BASE, serverctrls=MANAGE) == 32


@pytest.mark.parametrize("rdn, more, expected", [
    ("cn=x,ou=people", {"aliasedObjectName": []}, 2),
    ("cn=x,ou=people", {"aliasedObjectName": [b"no dn"]}, 21),
    ("cn=x,ou=people", {"aliasedObjectName": [b"dc=a", b"dc=b"]}, 19),
    ("cn=x,ou=people", {"description": [b"more"]}, 65),
    ("cn=x,ou=people", {"cn": [b"y"]}, 65),
    ("cn=x,ou=people", {"ref": [ELSEWHERE]}, 65),
    ("cn=x,ou=people", {"objectClass": [b"alias", b"referral"]}, 65),
    ("cn=x,ou=people", {"objectClass": [b"alias", b"person"]}, 65),
    ("cn=x,ou=cats", {}, 32),
    ("cn=x,cn=Muster,ou=people", {}, 32),
    ("ou=people", {}, 68),
    ("uid=admin,ou=people", {}, 68),
    ("nosuch=x,ou=people", {}, 17),
])
def test_a_faulty_alias_is_refused_by_its_code(company, rdn, more, expected):
    assert code(alias, company, rdn, company.user("admin"), **more) == expected


def test_nothing_stands_below_an_alias_or_referral(company):
    dn = alias(company, "ou=staff", f"ou=people,{company.base}")
    assert code(alias, company, "cn=x,ou=staff", company.user("admin")) == 33
    company.admin.delete_s(dn)
    dn = referral(company, "ou=away", ELSEWHERE)
    assert code(company.admin.add_s, f"cn=x,{dn}", [("objectClass", [b"person"])]) == 10
    company.admin.delete_ext_s(dn, serverctrls=MANAGE)


def test_who_may_not_edit_people_makes_no_alias(company):
    company.create_user("planner")
    planner = company.bind("planner")
    dn = alias(company, "cn=kept,ou=people", company.user("admin"))
    values = [("objectClass", [b"alias"]), ("aliasedObjectName", [company.user("admin").encode()])]
    assert code(planner.add_s, f"cn=mine,ou=people,{company.base}", values) == 50
    assert code(planner.delete_s, dn) == 50
    company.admin.delete_s(dn)


def test_an_alias_is_read_before_and_after_its_change(company):
    dn = alias(company, "cn=read,ou=people", company.user("admin"))
    pre, post = PreReadControl(True, ["aliasedObjectName"]), PostReadControl(True, ["cn", "ref"])
    ident = company.admin.modify_ext(dn, [(ldap.MOD_REPLACE, "aliasedObjectName", [b"dc=other"])],
                                     serverctrls=[pre, post])
    _, _, _, controls = company.admin.result3(ident)
    seen = {c.controlType: (c.dn, c.entry) for c in controls}
    assert seen[pre.controlType] == (dn, {"aliasedObjectName": [company.user("admin").encode()]})
    assert seen[post.controlType] == (dn, {"cn": [b"read"]})
    company.admin.delete_s(dn)


# ---- controls ----

def test_what_was_and_what_is_come_with_the_answer(company):
    company.add("read", title=[b"before"])
    dn = company.user("read")
    pre, post = PreReadControl(True, ["title"]), PostReadControl(True, ["title", "uid"])
    answer = company.admin.modify_ext_s(dn, [(ldap.MOD_REPLACE, "title", [b"after"])],
                                        serverctrls=[pre, post])
    controls = {control.controlType: control for control in answer[3]}
    before, after = controls[pre.controlType], controls[post.controlType]
    assert (before.dn, before.entry) == (dn, {"title": [b"before"]})
    assert after.entry == {"title": [b"after"], "uid": [b"read"]}
    id_ = company.admin.rename(dn, "uid=read2", serverctrls=[PostReadControl(True, ["uid"])])
    assert company.admin.result3(id_)[3][0].entry == {"uid": [b"read2"]}
    company.admin.delete_s(company.user("read2"))
    id_ = company.admin.add_ext(
        company.user("read2"),
        [("objectClass", [b"inetOrgPerson"]), ("cn", [b"r"]), ("sn", [b"r"])],
        serverctrls=[PostReadControl(True, ["entryUUID", "userPassword", "cn"])])
    added = company.admin.result3(id_)[3][0].entry
    assert (set(added), added["cn"]) == ({"entryUUID", "cn"}, [b"r"])
    answer = company.admin.delete_ext_s(company.user("read2"),
                                        serverctrls=[PreReadControl(True, ["uid"])])
    assert answer[3][0].entry == {"uid": [b"read2"]}


def test_an_assertion_that_does_not_hold_stops_the_write(company):
    company.add("sure", title=[b"one"])
    dn = company.user("sure")

    def control(value):
        return [LDAPControl(ASSERTION, True,
                            encodedControlValue=ldapraw.eq("title", value))]
    assert code(company.modify, dn, (ldap.MOD_REPLACE, "title", [b"two"]),
                controls=control("zwei")) == 122
    assert code(company.admin.delete_ext_s, dn, serverctrls=control("zwei")) == 122
    company.modify(dn, (ldap.MOD_REPLACE, "title", [b"two"]), controls=control("ONE"))
    assert company.show(dn)["title"] == [b"two"]


def test_an_assertion_on_an_add_is_about_the_new_entry(company):
    dn = company.user("newcomer")
    entry = [("objectClass", [b"inetOrgPerson"]), ("uid", [b"newcomer"]), ("cn", [b"New"]),
             ("sn", [b"Comer"]), ("title", [b"one"])]

    def control(value):
        return [LDAPControl(ASSERTION, True,
                            encodedControlValue=ldapraw.eq("title", value))]
    assert code(company.admin.add_ext_s, dn, entry, serverctrls=control("two")) == 122
    company.admin.add_ext_s(dn, entry, serverctrls=control("ONE"))
    assert company.show(dn)["title"] == [b"one"]


# ---- passwords ----

def test_a_person_changes_the_own_password(company):
    company.add("changer", userPassword=[NEW.encode()])
    own = company.bind("changer")
    assert code(own.passwd_s, None, "wrong-old", "Winter-2026-z") == 53
    own.passwd_s(None, NEW, "Winter-2026-z")
    own.passwd_s(company.user("changer"), None, "Winter-2026-a")
    company.bind("changer", "Winter-2026-a").unbind_s()
    own.modify_s(company.user("changer"), [(ldap.MOD_REPLACE, "userPassword", [b"Winter-2026-b"])])
    own.modify_s(company.user("changer"), [(ldap.MOD_DELETE, "userPassword", [b"Winter-2026-b"]),
                                           (ldap.MOD_ADD, "userPassword", [b"Winter-2026-c"])])
    assert code(own.modify_s, company.user("changer"),
                [(ldap.MOD_DELETE, "userPassword", [b"wrong-old-one"]),
                 (ldap.MOD_ADD, "userPassword", [b"Winter-2026-d"])]) == 16
    company.bind("changer", "Winter-2026-c").unbind_s()
    assert code(company.bind, "changer", NEW) == 49


def test_the_server_makes_a_password_when_none_is_given(company):
    company.add("given", userPassword=[NEW.encode()])
    own = company.bind("given")
    _, made = own.passwd_s(None, NEW, None, extract_newpw=True)
    assert len(made.genPasswd) >= 16
    company.bind("given", made.genPasswd.decode()).unbind_s()


def test_anothers_password_needs_the_permission(company):
    company.add("owner", userPassword=[NEW.encode()])
    company.add("thief", userPassword=[NEW.encode()])
    thief = company.bind("thief")
    assert code(thief.passwd_s, company.user("owner"), None, "Winter-2026-z") == 50
    assert code(thief.passwd_s, company.user("nobody"), None, "Winter-2026-z") == 50
    assert code(thief.passwd_s, "owner", NEW, "Winter-2026-z") == 50
    for identity, password in ((company.user("owner"), "Winter-2026-1"),
                               ("owner", "Winter-2026-2"), ("u:owner", "Winter-2026-3"),
                               (f"dn:{company.user('owner')}", "Winter-2026-4"),
                               (f"owner@{company.tenant.name}", "Winter-2026-5")):
        company.admin.passwd_s(identity, None, password)
        company.bind("owner", password).unbind_s()
    assert code(company.admin.passwd_s, company.user("nobody"), None, "Winter-2026-z") == 32


def test_a_short_password_is_refused_and_the_control_says_why(company):
    company.add("short", userPassword=[NEW.encode()])
    own = company.bind("short")
    assert code(own.passwd_s, None, NEW, "abc") == 19
    id_ = own.modify_ext(company.user("short"), [(ldap.MOD_REPLACE, "userPassword", [b"abc"])],
                         serverctrls=[LDAPControl(PPOLICY, False)])
    assert code(own.result3, id_) == 19
    assert code(own.passwd_s, None, NEW, "{SSHA}" + "A" * 32) == 19


# ---- order and audit ----

def test_pipelined_writes_happen_in_their_order(company):
    dn = company.user("pipe")
    ids = [company.admin.add(dn, [("objectClass", [b"inetOrgPerson"]), ("cn", [b"p"]),
                                  ("sn", [b"p"])])]
    for n in range(50):
        ids.append(company.admin.modify(dn, [(ldap.MOD_REPLACE, "title", [b"%d" % n])]))
    ids.append(company.admin.rename(dn, "uid=pipe2"))
    ids.append(company.admin.modify(company.user("pipe2"), [(ldap.MOD_ADD, "l", [b"Bern"])]))
    for id_ in ids:
        company.admin.result3(id_)
    shown = company.show(company.user("pipe2"))
    assert (shown["title"], shown["l"]) == ([b"49"], [b"Bern"])


def test_each_change_leaves_one_row_of_the_audit(fresh):
    fresh.add("seen")
    fresh.modify(fresh.user("seen"), (ldap.MOD_REPLACE, "title", [b"x"]),
                 (ldap.MOD_REPLACE, "l", [b"Bern"]))
    fresh.modify(fresh.user("seen"), (ldap.MOD_REPLACE, "title", [b"x"]))
    fresh.admin.rename_s(fresh.user("seen"), "uid=seen2")
    fresh.admin.delete_s(fresh.user("seen2"))
    api = fresh.tenant.api("audit.view")
    rows = [row for row in api.pages(f"/tenants/{fresh.tenant.name}/audit?channel=ldap")]
    assert sorted(row["action"] for row in rows) == [
        "user.created", "user.deleted", "user.name.changed", "user.updated"]
    assert {row["actor"]["name"] for row in rows} == {"admin"}


def test_ldap_utils_write_an_ldif(company):
    ldif = company.box.folder / "change.ldif"
    ldif.write_text(f"""dn: {company.user('utils')}
changetype: add
objectClass: inetOrgPerson
cn: Utils
sn: Utils

dn: {company.user('utils')}
changetype: modify
add: mail
mail: utils@x.test
-
replace: title
title: Tool

dn: {company.user('utils')}
changetype: modrdn
newrdn: uid=utils2
deleteoldrdn: 1

dn: {company.user('utils2')}
changetype: delete
""", encoding="utf-8")
    done = run("ldapmodify", "-x", "-H", company.box.values["LDAP_URI"], "-D",
               company.user("admin"), "-w", NEW, "-f", ldif)
    assert done.returncode == 0
    assert code(company.admin.search_s, company.user("utils2"), ldap.SCOPE_BASE) == 32
