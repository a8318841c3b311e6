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
from domain import Domain, administrator, change

SHOW_DELETED = LDAPControl("1.2.840.113556.1.4.417", True)


@pytest.fixture(scope="module")
def corp():
    with short_folder() as folder, SambaAd(folder + "/corp", people=60) as made:
        yield made


@pytest.fixture
def admin(corp):
    connection = administrator(corp)
    yield connection
    connection.unbind_s()


@pytest.fixture
def domain(sandbox, corp):
    made = Domain(sandbox, corp).follow()
    yield made
    made.end()


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


def checked(domain):
    """What the preflight says, a row a check."""
    return {row["check"]: row for row in domain.directory.muster(
        "directory", "check", domain.tenant.name, "corp")}


def test_a_domain_that_works_is_said_to(domain):
    rows = checked(domain)
    assert not [row for row in rows.values() if row["verdict"] == "bad"], rows
    for check in ("reach", "bind", "base", "people", "groups", "deletions", "connector", "vendor"):
        assert rows[check]["verdict"] == "good", (check, rows)
    assert rows["people"]["number"] == len(domain.corp.company())


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


def test_somebody_new_comes_with_groups(domain):
    people = set(domain.wait_right())
    domain.corp.modify(domain.corp._generate("change", "hire:2"))
    domain.wait("two more", lambda: len(domain.people()) == len(people) + 2)
    domain.wait_right()


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


def test_a_renamed_unit_leads_to_a_full_compare_and_leaves_all_as_they_are(domain, admin):
    before = domain.wait_right()
    plant = domain.corp.truth()["people"][10]["site"]
    full, units = domain.fulls(), all_units(domain.corp)
    domain.corp.change(f"unit-rename:{plant}:Renamed {plant}")
    domain.wait_full_after(full)
    after = domain.wait_right()
    assert {n: u["id"] for n, u in after.items()} == {n: u["id"] for n, u in before.items()}
    (old,), (new,) = units - all_units(domain.corp), all_units(domain.corp) - units
    admin.rename_s(new, ldap.dn.explode_dn(old)[0])
    domain.wait_right()


def all_units(corp):
    """Those that are in no other that was renamed."""
    found = {dn for dn, _ in corp.read("(objectClass=organizationalUnit)", ["ou"])}
    return {dn for dn in found if unit_of(dn) not in found or dn.count(",") < 5}


def unit_of(dn):
    return ",".join(ldap.dn.explode_dn(dn)[1:])


def test_all_of_a_unit_that_is_moved_out_may_not_work(domain, admin):
    domain.wait_right()
    units = [unit_of(p.dn) for p in domain.corp.company().values()]
    unit = max(set(units), key=units.count)
    inside = {n for n, p in domain.corp.company().items() if unit_of(p.dn) == unit and p.active}
    rdn, home = ldap.dn.explode_dn(unit)[0], unit_of(unit)
    leavers = "OU=leavers," + domain.corp.suffix
    admin.rename_s(unit, rdn, leavers)
    domain.wait("all of them out", lambda: not inside & domain.active())
    domain.wait_right()
    admin.rename_s(f"{rdn},{leavers}", rdn, home)
    domain.wait("all of them back", lambda: inside <= domain.active())


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


def test_members_that_come_and_go_are_two_changes(domain, admin):
    domain.wait_right()
    company = domain.corp.company()
    group = next(g for g in domain.corp.truth()["groups"] if len(g["members"]) > 4)
    inside = sorted(n for n, p in company.items() if group["name"] in p.groups)
    outside = sorted(set(company) - set(inside))
    before = domain.directory.status()["counts"]
    admin.modify_s(group["dn"], [
        (ldap.MOD_ADD, "member", [company[outside[0]].dn.encode()]),
        (ldap.MOD_DELETE, "member", [company[inside[0]].dn.encode()])])
    domain.wait("the members", lambda: domain.directory.group(group["name"]) & set(company)
                == set(inside[1:]) | {outside[0]})
    after = domain.directory.status()["counts"]
    assert after["members_added"] - before["members_added"] <= 1
    assert after["members_removed"] - before["members_removed"] <= 1
    domain.wait_right()


def test_a_primary_group_holds_those_whom_it_does_not_list(domain, admin):
    company = domain.corp.company()
    one, other = sorted(n for n, p in company.items() if p.active)[:2]
    dn = f"CN=primary-crew,OU=groups,{domain.corp.base}"
    admin.add_s(dn, ldap.modlist.addModlist({
        "objectClass": [b"group"], "sAMAccountName": [b"primary-crew"],
        "groupType": [b"-2147483646"], "member": [company[one].dn.encode()]}))
    domain.wait("the group", lambda: {one} == domain.try_group("primary-crew"))
    sid = admin.search_s(dn, ldap.SCOPE_BASE, attrlist=["objectSid"])[0][1]["objectSid"][0]
    rid = str(int.from_bytes(sid[-4:], "little")).encode()
    admin.modify_s(company[one].dn, [(ldap.MOD_REPLACE, "primaryGroupID", rid)])
    assert "member" not in admin.search_s(dn, ldap.SCOPE_BASE, attrlist=["member"])[0][1]
    admin.modify_s(dn, [(ldap.MOD_ADD, "member", [company[other].dn.encode()])])
    domain.wait("both", lambda: domain.directory.group("primary-crew") == {one, other})
    domain.directory.compare()
    assert domain.directory.group("primary-crew") == {one, other}
    admin.modify_s(company[one].dn, [(ldap.MOD_REPLACE, "primaryGroupID", b"513")])
    admin.modify_s(dn, [(ldap.MOD_DELETE, "member", [company[one].dn.encode()])])
    domain.wait("one less", lambda: domain.directory.group("primary-crew") == {other})
    admin.delete_s(dn)


def test_the_filter_says_which_classes_count(sandbox, corp, admin):
    company = corp.company()
    one, other = sorted(n for n, p in company.items() if p.active)[:2]

    def take(name, how):
        admin.modify_s(company[name].dn, [(how, "objectClass", b"posixAccount")])
    take(one, ldap.MOD_ADD)
    domain = Domain(sandbox, corp, "--user-filter", "(objectClass=posixAccount)").follow()
    assert domain.active() == {one}
    take(other, ldap.MOD_ADD)
    domain.wait("one more", lambda: domain.active() == {one, other})
    full = domain.fulls()
    admin.modify_s(company[one].dn, [(ldap.MOD_REPLACE, "title", b"Of this class")])
    domain.wait("the title", lambda: domain.people()[one].get("title") == "Of this class")
    take(one, ldap.MOD_DELETE)
    domain.wait("one less", lambda: domain.active() == {other})
    assert domain.fulls() == full
    take(other, ldap.MOD_DELETE)
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
                   f"CN=Administrator,CN=Users,{corp.suffix}".encode(),
                   f"CN=S-1-5-11,CN=ForeignSecurityPrincipals,{corp.suffix}".encode()]}))
    domain = Domain(sandbox, corp).follow()
    assert domain.directory.group("mixed-crew") == {one}
    assert domain.directory.status()["counts"]["members_unresolved"] == 3
    domain.end()
    for each in (dn, contact):
        admin.delete_s(each)


def test_groups_that_hold_each_other_have_all_their_people(sandbox, corp, admin):
    """47: three universal groups in a circle, each with somebody of its own."""
    company = corp.company()
    people = sorted(n for n, p in company.items() if p.active)[:3]
    dns = [f"CN=circle-{n},OU=groups,{corp.base}" for n in range(3)]
    for n, dn in enumerate(dns):
        admin.add_s(dn, ldap.modlist.addModlist({
            "objectClass": [b"group"], "sAMAccountName": [f"circle-{n}".encode()],
            "groupType": [b"-2147483640"], "member": [company[people[n]].dn.encode()]}))
    for n, dn in enumerate(dns):
        admin.modify_s(dn, [(ldap.MOD_ADD, "member", [dns[(n + 1) % 3].encode()])])
    maps = [word for n, role in enumerate(("Technician", "Viewer", "Supervisor"))
            for word in ("--group-map", f"circle-{n}=role:{role}")]
    domain = Domain(sandbox, corp, *maps).follow()

    def members():
        return [{member["name"] for member in domain.directory.muster(
            "role", "show", domain.tenant.name, role)["members"]}
            for role in ("Technician", "Viewer", "Supervisor")]

    def hold(n, change):
        admin.modify_s(dns[n], [(change, "member", [dns[(n + 1) % 3].encode()])])

    assert members() == [set(people)] * 3
    domain.wait_note("circle")
    assert not domain.directory.muster("conflict", "list", domain.tenant.name)
    # Which of the three memberships closed the circle is the server's order: each is opened once.
    for n in range(3):
        hold(n, ldap.MOD_DELETE)
        chain = [people[(n + 1 + k) % 3] for k in range(3)]
        below = {chain[k]: set(chain[k:]) for k in range(3)}
        domain.wait("no circle", lambda: members() == [below[who] for who in people])
        hold(n, ldap.MOD_ADD)
        domain.wait("a circle", lambda: members() == [set(people)] * 3)
    for n in range(3):
        hold(n, ldap.MOD_DELETE)
    domain.wait("no group in a group", lambda: members() == [{who} for who in people])
    domain.end()
    for dn in dns:
        admin.delete_s(dn)


def test_without_tls_no_password_is_accepted_and_that_is_said(sandbox, corp):
    """72: result 8; nobody comes."""
    domain = Domain(sandbox, corp, uri=corp.uri)
    failed = domain.wait_failed("config")
    assert failed["stage"] == "bind" and "TLS" in failed["reason"], failed
    assert domain.people() == {}
    domain.end()


def paused(domain, failure):
    """By a failure that only somebody can end."""
    def by_that():
        status = domain.directory.try_status()
        return isinstance(status, dict) and status["state"] == "paused" and (
            status.get("class") == failure) and status
    return domain.wait(f"a pause by {failure}", by_that)


@pytest.mark.parametrize("kind, words", [
    ("password", "wrong name or password"), ("disabled", "disabled"), ("expired", "expired")])
def test_an_account_that_may_not_bind_pauses_with_the_words_for_its_sub_code(
        sandbox, corp, admin, kind, words):
    """73: 52e, 533, 701; three tries and no more, so that nobody is locked."""
    domain = Domain(sandbox, corp, account=corp.plain_dn).follow()
    before = domain.people()
    dn = admin.search_s(corp.suffix, ldap.SCOPE_SUBTREE, "(sAMAccountName=svc-plain)", ["cn"])[0][0]
    was = admin.search_s(dn, ldap.SCOPE_BASE, attrlist=["userAccountControl", "accountExpires"])[0][1]
    domain.end()
    domain.directory.wait_state("paused")
    if kind == "disabled":
        admin.modify_s(dn, [(ldap.MOD_REPLACE, "userAccountControl", b"514")])
    elif kind == "expired":
        admin.modify_s(dn, [(ldap.MOD_REPLACE, "accountExpires", b"116444736010000000")])
    else:
        domain.directory.edit("--bind-dn", corp.plain_dn, secret="not-this-one-9")
    domain.directory.edit("--active=yes")
    failed = paused(domain, "auth")
    assert failed["stage"] == "bind" and words in failed["reason"], failed
    assert domain.people() == before
    locked = admin.search_s(dn, ldap.SCOPE_BASE, attrlist=["badPwdCount"])[0][1]
    assert int(locked.get("badPwdCount", [b"0"])[0]) <= 3
    domain.end()
    for name, value in was.items():
        admin.modify_s(dn, [(ldap.MOD_REPLACE, name, value)])


def test_who_is_locked_out_there_stays_active(domain, admin):
    """12: lockoutTime is no way of disabling somebody."""
    account = domain.corp.truth()["people"][3]["account"]
    person = domain.corp.company()[account]
    domain.wait_right()
    admin.modify_s(domain.corp.suffix, [(ldap.MOD_REPLACE, "lockoutThreshold", b"3")])
    for _ in range(3):
        connection = ldap.initialize(domain.corp.tls_uri)
        connection.set_option(ldap.OPT_X_TLS_CACERTFILE, domain.corp.ca_file)
        connection.set_option(ldap.OPT_X_TLS_NEWCTX, 0)
        with pytest.raises(ldap.INVALID_CREDENTIALS):
            connection.simple_bind_s(person.dn, "not-this-one-9")
        connection.unbind_s()
    values = admin.search_s(person.dn, ldap.SCOPE_BASE, attrlist=["lockoutTime"])[0][1]
    assert int(values["lockoutTime"][0]) > 0
    change(domain.corp, "title:Locked meanwhile", 3)
    domain.wait("the title", lambda: domain.people()[account].get("title") == "Locked meanwhile")
    domain.directory.compare()
    assert account in domain.active()
    admin.modify_s(domain.corp.suffix, [(ldap.MOD_REPLACE, "lockoutThreshold", b"0")])
    admin.modify_s(person.dn, [(ldap.MOD_REPLACE, "lockoutTime", b"0")])


def test_references_to_other_servers_are_counted_and_not_followed(sandbox, corp):
    domain = Domain(sandbox, corp, base=corp.suffix).follow()
    domain.wait_note("references to other servers were not followed")
    assert domain.expected() <= domain.active()
    assert not any(name.endswith("$") for name in domain.people())
    domain.end()


def test_an_account_that_sees_no_deletions_is_told_and_the_full_compare_finds_them(
        sandbox, corp, admin):
    domain = Domain(sandbox, corp, account=corp.plain_dn).follow()
    row = checked(domain)["deletions"]
    assert row["verdict"] == "warning" and "full compare" in row["text"], row
    domain.wait_note("deletions are not visible to this account")
    domain.wait_right()
    account = corp.truth()["people"][21]["account"]
    admin.delete_s(corp.company()[account].dn)
    other = change(corp, "title:Seen by all", 22)
    domain.wait("the title", lambda: domain.people()[other].get("title") == "Seen by all")
    assert account in domain.active()
    domain.directory.sync("--full")

    def gone():
        status = domain.directory.status()
        if status["state"] == "held":
            domain.directory.muster("directory", "approve", domain.tenant.name, status["plan"],
                                    check=False)
        return account not in domain.active()
    domain.wait("the deletion", gone)
    domain.end()


def test_a_base_that_is_gone_changes_nothing(sandbox, corp, admin):
    dn = "OU=Short,OU=leavers," + corp.suffix
    admin.add_s(dn, [("objectClass", [b"organizationalUnit"])])
    admin.add_s("CN=Temp One," + dn, ldap.modlist.addModlist({
        "objectClass": [b"user"], "sAMAccountName": [b"temp.one"], "mail": [b"temp@acme.example"],
        "sn": [b"One"], "userAccountControl": [b"544"]}))
    domain = Domain(sandbox, corp, base=dn).follow()
    assert domain.active() == {"temp.one"}
    admin.rename_s(dn, "OU=Other")
    failed = domain.wait_failed("config")
    assert "base not found" in failed["reason"] and domain.active() == {"temp.one"}
    admin.rename_s("OU=Other,OU=leavers," + corp.suffix, "OU=Short")
    domain.directory.follow()
    assert domain.active() == {"temp.one"}
    domain.end()
    for each in ("CN=Temp One," + dn, dn):
        admin.delete_s(each)


def test_a_restored_snapshot_stops_the_source(sandbox, corp):
    """87: the same controller with a lower change number than it had."""
    corp.backup()
    domain = Domain(sandbox, corp).follow()
    names = [change(corp, "title:After the snapshot", number) for number in (23, 24, 25)]
    domain.wait("the titles", lambda: all(
        domain.people()[name].get("title") == "After the snapshot" for name in names))
    before = domain.people()
    domain.end()
    domain.directory.wait_state("paused")
    corp.restore()
    domain.directory.edit("--active=yes")
    paused(domain, "rollback")
    assert domain.people() == before
    domain.directory.sync("--full")
    plan = domain.wait("the plan", lambda: domain.directory.try_status()["state"] == "held"
                       and domain.directory.try_status()["plan"])
    assert domain.people() == before
    assert {row["name"] for row in domain.directory.plan(plan, "update")} == set(names)
    domain.directory.approve(plan)
    domain.directory.follow()
    after = domain.wait_right()
    assert not [name for name in names if after[name].get("title") == "After the snapshot"]
    domain.end()
