"""What a directory's rows make of its people: mapping, scope, who is disabled and until when."""

import time

import ldap
import pytest

from conftest import short_folder
from corp import PASSWORD, OpenLdap
from directory import Directory
from muster import Sandbox, wait_until

ROWS = ("--map", 'display_name=template("{sn}, {givenName}")',
        "--map", 'user_type=map(employeeType, "internal"->"Employee", "external"->"Contractor")',
        "--map", 'division=first(rdn("ou"))',
        "--map", 'nick_name=lower(split(carLicense, "/", 2))',
        "--map", "account_expires=roomNumber",
        "--scope-rule", "destinationIndicator!=outside",
        "--scope-rule", "not below ou=Leavers,dc=example,dc=com",
        "--disabled-rule", "businessCategory=(leaver, retired)",
        "--authority-rule", "department=source_until_edited",
        "--authority-rule", "office=local")


@pytest.fixture(scope="module")
def world():
    """A company of 60 that is followed with rows of its own."""
    with short_folder() as folder, OpenLdap(folder + "/corp", people=60) as corp, \
            Sandbox(folder + "/box") as box:
        directory = Directory(box).create(corp, *ROWS)
        directory.follow()
        yield corp, box, directory


@pytest.fixture
def people(world):
    """Those who can sign in, and that nobody's test has changed yet."""
    corp, _, _ = world
    taken = people.__dict__.setdefault("taken", set())

    def take():
        person = next(p for p in corp.truth()["people"][3:]
                      if not p["disabled"] and not p["expires"] and p["uid"] not in taken)
        taken.add(person["uid"])
        return person["uid"]
    return take


def show(world, name):
    return world[2].muster("user", "show", "acme", name)


def dn_of(corp, name):
    return corp.company()[name].dn


def put(corp, name, attribute, *values):
    rows = "".join(f"{attribute}: {value}\n" for value in values)
    corp.modify(f"dn: {dn_of(corp, name)}\nchangetype: modify\nreplace: {attribute}\n{rows}-\n")


def may_bind(world, name):
    box = world[1]
    try:
        box.acme.bind(box.acme.user_dn(name), PASSWORD).unbind_s()
        return True
    except ldap.INVALID_CREDENTIALS:
        return False


def status_of(world, name):
    shown = show(world, name)
    return "active" if shown["active"] else shown.get("status_reason", "inactive")


def wait_status(world, name, status):
    wait_until(lambda: status_of(world, name) == status, 120, f"{name} to be {status}")


def test_the_rows_make_the_values(world, people):
    corp, _, _ = world
    name = people()
    truth = next(person for person in corp.truth()["people"] if person["uid"] == name)
    shown = show(world, name)
    assert shown["name"] == f'{truth["sn"]}, {truth["givenName"]}'
    put(corp, name, "carLicense", "LYS/Nick/3")
    put(corp, name, "employeeType", "EXTERNAL")
    wait_until(lambda: show(world, name).get("user_type") == "Contractor", 120, "the type")
    shown = show(world, name)
    assert shown["nick_name"] == "nick"
    # The site changes by the unit that the entry stands in.
    assert shown["division"] == dn_of(corp, name).split(",")[1].split("=")[1]


def test_an_address_in_another_case_is_the_same_address(world, people):
    corp, _, directory = world
    name = people()
    before = show(world, name)
    put(corp, name, "mail", *(address.upper() for address in before["emails"]))
    put(corp, name, "title", "Seen After")
    wait_until(lambda: show(world, name).get("title") == "Seen After", 120, "the title")
    after = show(world, name)
    assert [address.lower() for address in after["emails"]] == before["emails"]
    assert after["id"] == before["id"] and may_bind(world, name)
    assert directory.muster("conflict", "list", "acme") == []


def test_who_leaves_by_an_attribute_is_out_of_scope_until_it_changes_back(world, people):
    corp, _, _ = world
    name = people()
    before = show(world, name)
    put(corp, name, "destinationIndicator", "outside")
    wait_status(world, name, "directory")
    assert not may_bind(world, name)
    put(corp, name, "destinationIndicator", "inside")
    wait_status(world, name, "active")
    assert show(world, name)["id"] == before["id"] and may_bind(world, name)


def test_a_rule_of_ones_own_disables_and_the_administrators_word_stands_beside_it(world, people):
    corp, _, directory = world
    name = people()
    put(corp, name, "businessCategory", "Retired")
    wait_status(world, name, "directory")
    put(corp, name, "businessCategory", "busy")
    wait_status(world, name, "active")
    directory.muster("user", "deactivate", "acme", name)
    put(corp, name, "businessCategory", "leaver")
    wait_until(lambda: directory.status()["counts"]["deactivated"], 120, "the deactivation")
    put(corp, name, "businessCategory", "busy")
    wait_until(lambda: directory.status()["counts"]["reactivated"], 120, "the return")
    assert not show(world, name)["active"]
    directory.muster("user", "activate", "acme", name)
    assert show(world, name)["active"]


def test_the_servers_own_way_of_disabling_counts_and_a_lock_out_does_not(world, people):
    corp, _, _ = world
    name, other = people(), people()
    put(corp, other, "pwdAccountLockedTime", "20260101000000Z")
    put(corp, name, "pwdAccountLockedTime", "000001010000Z")
    wait_status(world, name, "directory")
    put(corp, other, "title", "Seen")
    wait_until(lambda: show(world, other).get("title") == "Seen", 120, "the title")
    assert show(world, other)["active"]
    put(corp, name, "pwdAccountLockedTime")
    wait_status(world, name, "active")


def test_an_account_ends_at_its_time_without_a_word_and_comes_back_when_the_date_moves(
        world, people):
    corp, _, directory = world
    name = people()
    ends = time.time() + 6
    put(corp, name, "roomNumber", time.strftime("%Y%m%d%H%M%SZ", time.gmtime(ends)))
    wait_until(lambda: show(world, name).get("expires"), 120, "the expiry")
    wait_status(world, name, "expired")
    assert time.time() >= int(ends)
    assert not may_bind(world, name)
    put(corp, name, "roomNumber", "20990101000000Z")
    wait_status(world, name, "active")
    wait_until(lambda: may_bind(world, name), 120, "the sign-in")
    put(corp, name, "roomNumber")
    wait_until(lambda: not show(world, name).get("expires"), 120, "no expiry")
    rows = directory.muster("audit", "list", "acme", "--action", "user.deactivated")
    assert any(row.get("reason") == "expired" for row in rows), rows


def test_a_field_that_the_directory_gives_is_not_edited_here(world, people):
    _, _, directory = world
    name = people()
    refused = directory.muster("user", "edit", "acme", name, "--title", "Mine", check=False)
    assert refused.returncode != 0 and "the directory corp" in refused.stdout + refused.stderr
    assert show(world, name).get("title") != "Mine"


def test_what_is_ours_by_rule_is_edited_here_and_stays(world, people):
    corp, _, directory = world
    name = people()
    theirs = show(world, name)["department"]
    put(corp, name, "physicalDeliveryOfficeName", "Elsewhere")
    directory.muster("user", "edit", "acme", name, "--department", "Here")
    put(corp, name, "departmentNumber", "There")
    put(corp, name, "title", "Seen")
    wait_until(lambda: show(world, name)["title"] == "Seen", 120, "the title")
    shown = show(world, name)
    assert shown["department"] == "Here" and shown["office"] != "Elsewhere"
    directory.compare()
    assert show(world, name)["department"] == "Here"
    directory.muster("user", "edit", "acme", name, "--department", "")
    wait_until(lambda: show(world, name).get("department") == "There", 120, "theirs again")
    assert theirs != "There"


def test_filters_that_hide_who_leaves_are_refused_with_the_way_out(world):
    _, _, directory = world
    for filter, words in (("(&(objectClass=user)(objectCategory=person))", "no objectCategory"),
                          ("(&(objectClass=person)(employeeType=internal))", "scope rule"),
                          ("(objectClass=*)(uid=*", "character"),
                          ("(uid=*)(uid=*)", "character"),
                          (r"(objectClass=\zz)", "hexadecimal")):
        refused = directory.edit("--user-filter", filter, check=False)
        assert refused.returncode != 0 and words in refused.stderr + refused.stdout, filter


def test_rows_that_cannot_be_are_refused_with_their_place(world):
    _, _, directory = world
    before = directory.muster("directory", "show", "acme", "corp")
    for option, row, words in (("--map", "title=lower(x", "at character 14"),
                               ("--map", "title=x)(uid=*", "at character 8"),
                               ("--map", "full_access=x", "a directory may give"),
                               ("--map", "title=memberOf", "group mapping"),
                               ("--map", "title=userPassword", "a secret"),
                               ("--scope-rule", "a b=c", "at character"),
                               ("--scope-rule", "below nonsense", "the DN"),
                               ("--disabled-rule", "x<tomorrow", "<today"),
                               ("--authority-rule", "title=mine", "source_until_edited"),
                               ("--disabled-preset", "novell", "openldap")):
        refused = directory.edit(option, row, check=False)
        assert refused.returncode != 0 and words in refused.stderr + refused.stdout, row
    assert directory.muster("directory", "show", "acme", "corp") == before


def test_a_preview_shows_for_a_person_what_changed_rows_would_give_and_saves_nothing(
        world, people):
    corp, _, directory = world
    name = people()
    before = directory.muster("directory", "show", "acme", "corp")

    def preview(*options, check=True):
        return directory.muster("directory", "preview", "acme", "corp", name, *options,
                                check=check)
    steps = preview("--map", 'title=upper(template("{givenName} of {employeeType}"))',
                    "--map", "title=title", "--disabled-rule", f"uid={name}",
                    "--scope-rule", "uid=*")
    said = {(step["step"], step["text"].split(":")[0]): step for step in steps}
    person = next(person for person in corp.truth()["people"] if person["uid"] == name)
    wanted = f'{person["givenName"]} of {person["employeeType"]}'
    assert said["theirs", "uid"]["text"] == f"uid: {name}"
    row = 'title=upper(template("{givenName} of {employeeType}"))'
    assert said["row", row]["good"]
    assert said["row", row]["text"].casefold() == f"{row}: {wanted}".casefold()
    assert said["row", "title=title"]["text"].endswith("not needed")
    verdict = next(step for step in steps if step["step"] == "in-scope")
    assert verdict["text"] == f"disabled by the rule uid={name}"
    assert PASSWORD not in str(steps) and "{SSHA" not in str(steps)
    assert show(world, name)["active"] and directory.muster(
        "directory", "show", "acme", "corp") == before
    out = preview("--scope-rule", "uid=nobody")
    assert any("left out by the rule uid=nobody" in step["text"] for step in out)
    refused = preview("--map", "title=lower(x", check=False)
    assert refused.returncode != 0 and "at character 14" in refused.stdout + refused.stderr


def test_names_with_filter_characters_find_nobody(world):
    _, _, directory = world
    for name in ("*", "*)(uid=*", "a\\2a", "(objectClass=*)"):
        steps = directory.muster("directory", "preview", "acme", "corp", name)
        assert [step["text"] for step in steps] == ["nobody in the directory is called so"], name


def test_of_two_directories_the_one_that_comes_first_says_it_whatever_order_they_ran_in(
        world, people):
    corp, box, hr = world
    name = people()
    put(corp, name, "businessCategory", "From It")
    it = Directory(box, name="it").create(
        corp, "--precedence", "10", "--scope-rule", f"uid={name}",
        "--map", "title=businessCategory", "--map", "phone=", "--map", "password=")
    it.follow()
    conflict = wait_until(lambda: it.muster("conflict", "list", "acme"), 120, "the conflict")[0]
    title = show(world, name)["title"]
    it.muster("conflict", "settle", "acme", conflict["id"], "--as", "link",
              "--to", show(world, name)["id"])
    wait_until(lambda: show(world, name)["title"] == "From It", 120, "the other's title")
    put(corp, name, "title", "From Hr")
    hr.compare()
    assert show(world, name)["title"] == "From It"
    put(corp, name, "businessCategory")
    wait_until(lambda: show(world, name)["title"] == "From Hr", 120, f"not {title}")
    put(corp, name, "businessCategory", "It again")
    wait_until(lambda: show(world, name)["title"] == "It again", 120, "the first one's title")


def test_a_narrower_scope_is_planned_and_waits(world):
    corp, _, directory = world
    active = lambda: sum(user["active"] for user in directory.muster("user", "list", "acme"))
    before = active()
    directory.edit("--scope-rule", "employeeType=nobody")
    held = directory.wait_state("held")
    assert active() == before
    assert len(directory.plan(held["plan"])) >= 20
    directory.edit("--scope-rule", "destinationIndicator!=outside")
    directory.wait_state("following")
    assert active() == before
