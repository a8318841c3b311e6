"""What a company does not do on purpose waits for a person: as a plan, and as a conflict about it."""

import pytest

from conftest import short_folder
from corp import OpenLdap
from directory import Directory
from muster import Sandbox

FREE = ("--limit-count", "1000", "--limit-percent", "100")


@pytest.fixture
def box():
    with short_folder() as folder, Sandbox(folder + "/box") as made:
        yield made


@pytest.fixture
def corp():
    with short_folder() as folder, OpenLdap(folder + "/corp") as made:
        yield made


@pytest.fixture
def directory(box, corp):
    made = Directory(box).create(corp, *FREE)
    made.wait_state("following")
    return made


def people(box):
    scim = box.acme.scim()
    found = scim.get("/Users?count=1000").body["Resources"]
    scim.close()
    return {user["userName"]: user for user in found}


def held_as(directory, kind):
    """The run is held, and that is open about it."""
    status = directory.wait_state("held")
    row, = directory.muster("conflict", "list", directory.tenant, "--kind", kind)
    assert row["state"] == "open"
    return status, row


def approve_once(directory, row):
    directory.muster("conflict", "settle", directory.tenant, row["id"], "--as", "approve-once")
    directory.wait_state("following")


def test_addresses_of_most_people_that_change_at_once_wait(box, corp, directory):
    before = people(box)
    company = corp.company()
    names = sorted(company)[:len(company) * 6 // 10]
    box.stop()
    corp.modify("\n".join(
        f"dn: {company[name].dn}\nchangetype: modify\nreplace: mail\n"
        f"mail: {name}@broken.example\n" for name in names))
    box.start()
    status, row = held_as(directory, "mass_change")
    assert "e-mail address" in status["reason"]
    assert people(box) == before
    approve_once(directory, row)
    after = people(box)
    assert {name: after[name]["emails"][0]["value"] for name in names} == {
        name: f"{name}@broken.example" for name in names}
