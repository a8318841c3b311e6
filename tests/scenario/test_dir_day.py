"""What comes one by one counts as what comes at once: for a day, whatever happens in between."""

import pytest

from conftest import short_folder
from corp import OpenLdap
from directory import Directory
from muster import Sandbox, wait_until

FREE = ("--limit-count", "1000", "--limit-percent", "100", "--run-limit", "small-percent=100")
RULES = ("--disabled-rule", "businessCategory=gone", "--map", "account_expires=roomNumber",
         "--map", "office=destinationIndicator")


class Company:
    """A small one, in a tenant that follows it."""

    def __init__(self, box, corp):
        self.box, self.corp = box, corp
        self.dns = {name: person.dn for name, person in sorted(corp.company().items())
                    if person.active}
        self.names = list(self.dns)

    def follow(self, *options):
        self.directory = Directory(self.box).create(self.corp, *RULES, *options)
        self.directory.wait_state("following")
        return self.directory

    def put(self, attribute, values):
        """Of each who is named; None: no value."""
        self.corp.modify("\n".join(
            f"dn: {self.dns[name]}\nchangetype: modify\nreplace: {attribute}\n"
            + (f"{attribute}: {value}\n" if value else "") for name, value in values.items()))

    def people(self):
        scim = self.box.acme.scim()
        found = scim.get("/Users?count=1000").body["Resources"]
        scim.close()
        return {user["userName"]: user for user in found}

    def wait(self, what, is_so):
        def reached():
            status = self.directory.status()
            assert status["state"] != "held", status
            return is_so(self.people())
        wait_until(reached, 60, what)

    def put_one(self, attribute, name, value, is_so):
        self.put(attribute, {name: value})
        self.wait(f"{attribute} of {name}", lambda people: is_so(people[name]))

    def mail(self, name, value):
        self.put_one("mail", name, value, lambda user: user["emails"][0]["value"] == value)

    def title(self, name, value):
        self.put_one("title", name, value, lambda user: user["title"] == value)

    def disable(self, name):
        self.put_one("businessCategory", name, "gone", lambda user: not user["active"])

    def enable(self, name):
        self.put_one("businessCategory", name, None, lambda user: user["active"])

    def live_on(self):
        """A restart, a pause and an edit."""
        self.box.stop()
        self.box.start()
        self.directory.wait_state("following")
        self.directory.edit("--active=no")
        self.directory.wait_state("paused")
        self.directory.edit("--active=yes", "--group-depth", "5")
        self.directory.wait_state("following")

    def held(self, words):
        """The run waits, nobody is changed by it; then somebody approves it."""
        before = self.people()
        status = self.directory.wait_state("held")
        assert words in status["reason"]
        assert self.people() == before
        self.directory.approve(status["plan"])
        self.directory.wait_state("following")


@pytest.fixture
def company():
    with short_folder() as folder, OpenLdap(folder + "/small", people=40) as corp, \
            Sandbox(folder + "/box") as box:
        yield Company(box, corp)


def test_addresses_that_change_one_by_one_wait(company):
    company.follow(*FREE, "--run-limit", "value-percent=100")
    names = company.names
    # One person is one, how often ever.
    for number in range(4):
        company.mail(names[0], f"again.{number}@acme.example")
    for number, name in enumerate(names[1:9]):
        company.mail(name, f"{name}@broken.example")
        if number == 4:
            company.live_on()
    company.put("mail", {names[9]: "tenth@broken.example"})
    company.held("the e-mail address of 10 of")
    # What was approved is over: from here on it counts anew.
    company.mail(names[10], "next@acme.example")


def test_values_that_change_one_by_one_wait(company):
    company.follow(*FREE)
    names = company.names
    free = max(len(names) // 2, 19)
    for name in names[:free - 2]:
        company.put("title", {name: "Of the day"})
    company.wait("the titles", lambda people: all(
        people[name]["title"] == "Of the day" for name in names[:free - 2]))
    company.live_on()
    for name in names[free - 2:free]:
        company.title(name, "Of the day")
    company.put("title", {names[free]: "Of the day"})
    company.held(f"title of {free + 1} of")
    company.title(names[free + 1], "Of the day")


def test_admins_that_go_one_by_one_wait_as_do_their_addresses(company):
    directory = company.follow(*FREE, "--run-limit", "admins=1")
    names = company.names
    for name in names[:5]:
        directory.muster("role", "assign", "acme", "Admin", name)
    company.disable(names[0])
    company.live_on()
    company.put("businessCategory", {names[1]: "gone"})
    company.held("2 Admins")
    assert not company.people()[names[1]]["active"]
    # It counts anew, and whoever gets the address of an Admin is taken for one.
    company.mail(names[2], "another@acme.example")
    company.mail(names[2], "and.another@acme.example")
    company.mail(names[8], "of.no.admin@acme.example")
    company.put("mail", {names[3]: "somebody@broken.example"})
    company.held("2 Admins")


def test_who_comes_back_makes_room_for_nobody_else(company):
    strangers = company.names[:6]
    company.put("businessCategory", {name: "gone" for name in strangers})
    company.follow("--limit-count", "2", "--limit-percent", "0")
    names = company.names[6:]
    company.disable(names[0])
    company.disable(names[1])
    for name in strangers:
        company.enable(name)
    # One of the two is: that counts, and once.
    company.enable(names[0])
    company.disable(names[0])
    company.put("businessCategory", {names[2]: "gone"})
    company.held("2 more were in 24 hours; the limit is 2")
    company.disable(names[3])


def test_a_day_on_which_most_are_to_be_deactivated_waits(company):
    """The clock would not ask."""
    company.follow("--limit-count", "2", "--limit-percent", "0")
    names = company.names
    company.put("roomNumber", {name: "20400101000000Z" for name in names[:2]})
    company.wait("two ends", lambda people: all(
        company.directory.muster("user", "show", "acme", name).get("expires")
        for name in names[:2]))
    # Later, or never, takes nothing.
    company.put("roomNumber", {names[0]: "20410101000000Z", names[1]: None})
    company.wait("a later end and none", lambda people: [company.directory.muster(
        "user", "show", "acme", name).get("expires", "never")[:5] for name in names[:2]]
        == ["2041-", "never"])
    # In one run: one by one, the first of them may.
    company.directory.edit("--active=no")
    company.directory.wait_state("paused")
    company.put("roomNumber", {name: "20390101000000Z" for name in names[2:5]})
    company.directory.edit("--active=yes")
    company.held("get a day on which they are")
