"""By pages and change numbers: what a server without any way to be followed is read by.

The same against OpenLDAP, whose change number is the entryCSN, and Samba, whose is the uSNChanged.
"""

import ldap.dn
import pytest

from conftest import short_folder
from corp import OpenLdap, SambaAd
from directory import Directory
from fault import Fault
from muster import Sandbox, wait_until
from oracle import Oracle

# Only who has no address of an own in the way, and no limit of a small company.
FREE = ("--connector", "paged", "--poll-seconds", "1", "--limit-count", "1000", "--limit-percent",
        "100")
PATIENCE = 90


@pytest.fixture(scope="module", params=[OpenLdap, SambaAd], ids=["openldap", "samba"])
def corp(request):
    with short_folder() as folder, request.param(folder + "/corp", people=60) as made:
        yield made


@pytest.fixture(scope="module")
def oracle(corp):
    """In step all along: every test leaves it so."""
    with short_folder() as folder, Sandbox(folder + "/box") as box:
        directory = Directory(box).create(corp, *FREE)
        directory.follow()
        yield Oracle(corp, box, directory)


class Apart(Oracle):
    """Of a tenant that was made for one test."""

    def __init__(self, corp, box, directory, tenant):
        super().__init__(corp, box, directory)
        self.made = tenant

    @property
    def tenant(self):
        return self.made


@pytest.fixture
def wire(corp, tmp_path):
    """... and one that pages come through a wire to, seven entries each."""
    with Fault(corp, tmp_path / "fault", most_entries=7) as fault:
        yield fault


@pytest.fixture
def other(sandbox, corp, wire):
    """A tenant of its own that follows over the wire."""
    tenant = sandbox.new_tenant()
    directory = Directory(sandbox, tenant=tenant.name).create(corp, *FREE, uri=wire.uri)
    directory.follow()
    yield Apart(corp, sandbox, directory, tenant)
    directory.edit("--active=no")


def person(oracle, number):
    """Somebody by number, and how the change of him is told to the generator."""
    return oracle.corp.user_name(number), ("--skip", str(number))


def failed(directory, failure):
    def reached():
        status = directory.try_status()
        return status if isinstance(status, dict) and status.get("class") == failure else None
    return wait_until(reached, PATIENCE,
                      lambda: f"class {failure} ({directory.try_status()})")


def test_the_first_run_is_all_that_the_company_says(oracle):
    assert oracle.directory.status()["connector"] == "paged"
    assert len(oracle.corp.company()) == 60
    oracle.check()


def test_a_poll_that_finds_nothing_changes_nothing(oracle):
    before = oracle.directory.status()
    with oracle.listen() as pushes:
        wait_until(lambda: oracle.directory.status()["last_contact"] > before["last_contact"],
                   PATIENCE, "a contact")
    assert pushes.messages == []
    assert oracle.directory.status()["last_full"] == before["last_full"]


def test_two_changes_of_a_second_both_arrive_and_each_once(oracle):
    name, words = person(oracle, 3)
    dn = oracle.corp.company()[name].dn
    with oracle.listen() as pushes:
        for title in ("First of a second", "Second of a second"):
            oracle.corp.modify(f"dn: {dn}\nchangetype: modify\nreplace: title\ntitle: {title}\n")
        oracle.settle()
    titles = [change["new"] for m in pushes.messages for change in m["data"]["changes"]]
    assert titles[-1] == "Second of a second" and len(titles) == len(set(titles))
    assert {m["data"]["userName"] for m in pushes.messages} == {name}


def test_a_renamed_person_is_the_same_with_all_memberships(oracle):
    name = oracle.corp.user_name(6)
    identity, groups = oracle.identities()[name], oracle.ours()[name].groups
    person_dn = oracle.corp.company()[name].dn
    kind = ldap.dn.str2dn(person_dn)[0][0][0]
    oracle.corp.modify(f"dn: {person_dn}\nchangetype: modrdn\nnewrdn: {kind}=mary.married\n"
                       "deleteoldrdn: 1\n")
    after = next(known for known, one in oracle.corp.company().items()
                 if one.dn.lower().startswith(f"{kind.lower()}=mary.married,"))
    oracle.settle()
    assert oracle.identities()[after] == identity and oracle.ours()[after].groups == groups


def test_who_joins_or_leaves_a_group_is_in_it_or_not(oracle):
    company = oracle.corp.company()
    group = next(g for g in oracle.corp.truth()["groups"] if len(g["members"]) > 4)
    inside = sorted(n for n, p in company.items() if group["name"] in p.groups and p.active)[0]
    outside = sorted(n for n, p in company.items() if group["name"] not in p.groups)[0]
    oracle.corp.modify(f"dn: {group['dn']}\nchangetype: modify\nadd: member\n"
                       f"member: {company[outside].dn}\n-\ndelete: member\n"
                       f"member: {company[inside].dn}\n")
    oracle.settle()
    assert outside in oracle.directory.group(group["name"])
    assert inside not in oracle.directory.group(group["name"])


def test_somebody_new_and_somebody_deleted(oracle):
    name, words = person(oracle, 14)
    before = set(oracle.corp.company())
    oracle.gone.add(name)
    oracle.corp.change("delete", *words)
    oracle.corp.change("hire:1")
    assert len(set(oracle.corp.company()) - before) == 1
    oracle.settle()
    oracle.check_again()


def test_a_page_that_is_too_large_is_asked_for_by_halves(other, wire):
    wire.rules(*(["once:page 1 result 11 too large"] * 2))
    wait_until(lambda: wire.count("searchReq.* result") >= 2, PATIENCE, "a page refused")
    name, words = person(other, 20)
    other.corp.change("title:By halves", *words)
    other.settle()
    assert other.directory.status()["state"] == "following"


@pytest.mark.parametrize("rule, failure, word", [
    ("result 51 busy", "busy", "page 3"), ("result 52 unavailable", "busy", "page 3"),
    ("result 3 time", "limit", "page 3"), ("close", "net", "")])
def test_the_third_page_that_fails_changes_nothing(other, wire, rule, failure, word):
    before, people = other.directory.status(), other.ours()
    wire.rules(f"page 3+ {rule}")
    other.directory.sync("--full")
    status = failed(other.directory, failure)
    assert word in status["reason"], status
    assert other.ours() == people and status["last_full"] == before["last_full"]
    wire.rules()
    other.directory.follow()
    other.settle()


def test_a_place_that_the_server_forgot_is_read_from_the_first_page_on(other, wire):
    full = other.directory.status()["last_full"]
    wire.rules("once:page 3 result 53 cookie of another connection")
    other.directory.compare()
    assert other.directory.status()["last_full"] != full
    other.settle()


def test_pages_that_come_again_and_again_end_the_run(other, wire):
    people = other.ours()
    wire.rules("page 2+ firstpage")
    other.directory.sync("--full")
    assert "again" in failed(other.directory, "protocol")["reason"]
    assert other.ours() == people
    wire.rules()
    other.directory.follow()
    other.settle()
