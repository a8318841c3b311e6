"""Active Directory by DirSync: Samba's domain controller.

One domain for the file; every test has a tenant of its own that follows it. What ought to hold is
asked of the domain controller as its administrator.
"""

import ldap
import ldap.modlist
import pytest
from ldap.controls import LDAPControl

from conftest import short_folder
from corp import SambaAd
from directory import Directory
from muster import wait_until

FREE = ("--limit-count", "1000", "--limit-percent", "100")
SHOW_DELETED = LDAPControl("1.2.840.113556.1.4.417", True)
PATIENCE = 90


@pytest.fixture(scope="module")
def corp():
    with short_folder() as folder, SambaAd(folder + "/corp", people=60) as made:
        yield made


@pytest.fixture
def admin(corp):
    connection = ldap.initialize(corp.admin_uri)
    connection.set_option(ldap.OPT_X_TLS_CACERTFILE, corp.ca_file)
    connection.set_option(ldap.OPT_X_TLS_NEWCTX, 0)
    connection.set_option(ldap.OPT_REFERRALS, 0)
    connection.simple_bind_s(corp.admin_dn, corp.admin_password)
    yield connection
    connection.unbind_s()


class Domain:
    """A tenant that follows the domain."""

    def __init__(self, sandbox, corp, *options, base=None, account=None, **create):
        self.tenant, self.corp = sandbox.new_tenant(), corp
        self.directory = Directory(sandbox, tenant=self.tenant.name)
        words = ["--base-dn", base or corp.base, "--bind-dn", account or corp.sync_dn]
        reach = ["--uri", create["uri"]] if "uri" in create else corp.connect_options()
        self.directory.muster("directory", "create", self.tenant.name, "corp", *reach, *words,
                              "--secret-file", "-", *FREE, *options,
                              secret=corp.sync_password + "\n")

    def follow(self):
        self.directory.follow()
        return self

    def people(self):
        scim = self.tenant.scim()
        found = scim.get("/Users?count=1000").body["Resources"]
        scim.close()
        return {user["userName"]: user for user in found if user["userName"] != "admin"}

    def active(self):
        return {name for name, user in self.people().items() if user["active"]}

    def expected(self):
        return {name for name, person in self.corp.company().items() if person.active}

    def wait(self, what, claim):
        return wait_until(claim, PATIENCE, f"{what} ({self.directory.try_status()})")

    def wait_right(self):
        """Exactly the domain's people may work, each in exactly the domain's groups."""
        company = self.corp.company()
        expected = {name for name, person in company.items() if person.active}
        self.wait("the domain's people", lambda: self.active() == expected)
        groups = {}
        for name, person in company.items():
            for group in person.groups:
                groups.setdefault(group, set()).add(name)
        for group, names in groups.items():
            self.wait(f"the members of {group}",
                      lambda g=group, n=names: self.directory.group(g) & set(company) == n)
        return self.people()

    def try_group(self, name):
        shown = self.directory.muster("group", "show", self.tenant.name, name, "--limit", 10000,
                                      check=False)
        return {m["name"] for m in shown["members"]} if isinstance(shown, dict) else None

    def fulls(self):
        return self.directory.status()["last_full"]

    def wait_full_after(self, before):
        self.wait("a full compare", lambda: self.fulls() != before
                  and self.directory.status()["state"] == "following")

    def wait_contact(self):
        before = self.directory.status()["last_contact"]
        self.wait("a contact", lambda: self.directory.status()["last_contact"] > before)

    def wait_note(self, words):
        self.wait(words, lambda: any(words in note for note in
                                     (self.directory.try_status() or {}).get("notes", [])))

    def wait_failed(self, failure):
        def failed():
            status = self.directory.try_status()
            return status if isinstance(status, dict) and status.get("class") == failure else None
        return self.wait(f"a failure of class {failure}", failed)

    def end(self):
        self.directory.edit("--active=no")


@pytest.fixture
def domain(sandbox, corp):
    made = Domain(sandbox, corp).follow()
    yield made
    made.end()


def change(corp, kind, number):
    uid = corp.truth()["people"][number]["uid"]
    corp.modify(corp._generate("change", kind, "--uid", uid))
    return corp.truth()["people"][number]["account"]


def test_the_whole_domain_comes_by_dirsync(domain):
    status = domain.directory.status()
    assert status["connector"] == "dirsync" and "Samba" in status["vendor"]
    domain.wait_right()
    company = domain.corp.company()
    for group in domain.corp.truth()["groups"]:
        members = domain.directory.group(group["name"])
        assert set(group["nested"]) <= members
        assert {m for m in members if m in company} == {
            name for name, person in company.items() if group["name"] in person.groups}


def test_nothing_changed_changes_nothing(domain):
    people = domain.wait_right()
    domain.wait_contact()
    domain.directory.compare()
    counts = domain.directory.status()["counts"]
    for name in ("created", "updated", "deactivated", "reactivated", "members_added",
                 "members_removed", "groups_updated"):
        assert counts[name] == 0, name
    assert domain.people() == people


def test_a_change_of_one_attribute_comes_with_all_the_others_kept(domain):
    before = domain.wait_right()
    name = change(domain.corp, "title:Boss", 2)
    domain.wait("the title", lambda: domain.people()[name].get("title") == "Boss")
    after = domain.people()
    for user in (before[name], after[name]):
        user.pop("meta")
        user.pop("title")
    assert after[name] == before[name]


def test_a_renamed_person_is_the_same_in_the_same_groups(domain, admin):
    account = domain.corp.truth()["people"][4]["account"]
    before = domain.wait_right()[account]
    person = domain.corp.company()[account]
    admin.rename_s(person.dn, "CN=Somebody Married")
    admin.modify_s(person.dn.replace(person.dn.split(",")[0], "CN=Somebody Married"),
                   [(ldap.MOD_REPLACE, "sn", b"Married")])
    domain.wait("the family name",
                lambda: domain.people()[account]["name"]["familyName"] == "Married")
    assert domain.wait_right()[account]["id"] == before["id"]
    domain.directory.compare()
    assert domain.wait_right()[account]["id"] == before["id"]


def test_disabled_by_account_control_until_enabled(domain):
    name = change(domain.corp, "disable", 6)
    domain.wait("disabled", lambda: name not in domain.active())
    change(domain.corp, "enable", 6)
    domain.wait("enabled", lambda: name in domain.active())


def test_a_password_that_must_change_disables_nobody(domain):
    name = change(domain.corp, "must-change", 7)
    domain.wait_contact()
    domain.directory.compare()
    assert name in domain.active()


def test_who_leaves_the_base_may_not_work_until_he_comes_back(domain):
    before = domain.wait_right()
    name = change(domain.corp, "move-out", 8)
    domain.wait("out", lambda: name not in domain.active())
    change(domain.corp, "move-in", 8)
    domain.wait("in again", lambda: name in domain.active())
    assert domain.wait_right()[name]["id"] == before[name]["id"]


def test_a_deleted_person_may_not_work_and_a_restored_one_is_the_same(domain, admin):
    before = domain.wait_right()
    account = domain.corp.truth()["people"][9]["account"]
    dn = domain.corp.company()[account].dn
    full = domain.fulls()
    guid = admin.search_s(dn, ldap.SCOPE_BASE, attrlist=["objectGUID"])[0][1]["objectGUID"][0]
    admin.delete_s(dn)
    domain.wait("deleted", lambda: account not in domain.active())
    assert domain.fulls() == full
    text = "".join(f"\\{octet:02x}" for octet in guid)
    tomb = admin.search_ext_s(domain.corp.suffix, ldap.SCOPE_SUBTREE, f"(objectGUID={text})",
                              ["cn"], serverctrls=[SHOW_DELETED])[0][0]
    admin.modify_ext_s(tomb, [(ldap.MOD_DELETE, "isDeleted", None),
                              (ldap.MOD_REPLACE, "distinguishedName", dn.encode())],
                       serverctrls=[SHOW_DELETED])
    admin.modify_s(dn, [(ldap.MOD_REPLACE, "userAccountControl", b"544")])
    domain.wait("restored", lambda: account in domain.active())
    assert domain.people()[account]["id"] == before[account]["id"]


def test_who_leaves_the_scope_by_an_attribute_may_not_work(sandbox, corp, admin):
    domain = Domain(sandbox, corp, "--scope-rule", "employeeType!=left").follow()
    account = corp.truth()["people"][11]["account"]
    dn = corp.company()[account].dn
    kind = admin.search_s(dn, ldap.SCOPE_BASE, attrlist=["employeeType"])[0][1]["employeeType"]
    domain.wait("in scope", lambda: account in domain.active())
    admin.modify_s(dn, [(ldap.MOD_REPLACE, "employeeType", b"left")])
    domain.wait("out of scope", lambda: account not in domain.active())
    admin.modify_s(dn, [(ldap.MOD_REPLACE, "employeeType", kind)])
    domain.wait("in scope again", lambda: account in domain.active())
    domain.end()


def test_members_that_are_nobody_are_counted_and_passed_over(sandbox, corp, admin):
    company = corp.company()
    one = sorted(n for n, p in company.items() if p.active)[0]
    contact = f"CN=A Contact,{corp.base}"
    admin.add_s(contact, ldap.modlist.addModlist({"objectClass": [b"contact"]}))
    dn = f"CN=mixed-crew,OU=groups,{corp.base}"
    admin.add_s(dn, ldap.modlist.addModlist({
        "objectClass": [b"group"], "sAMAccountName": [b"mixed-crew"],
        "groupType": [b"-2147483646"],
        "member": [contact.encode(), company[one].dn.encode(),
                   f"CN=Administrator,CN=Users,{corp.suffix}".encode()]}))
    domain = Domain(sandbox, corp).follow()
    assert domain.directory.group("mixed-crew") == {one}
    assert domain.directory.status()["counts"]["members_unresolved"] >= 2
    domain.end()
    for each in (dn, contact):
        admin.delete_s(each)


def test_references_to_other_servers_are_counted_and_not_followed(sandbox, corp):
    domain = Domain(sandbox, corp, base=corp.suffix).follow()
    domain.wait_note("references to other servers were not followed")
    assert domain.expected() <= domain.active()
    assert not any(name.endswith("$") for name in domain.people())
    domain.end()
