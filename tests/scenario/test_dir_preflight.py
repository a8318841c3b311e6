"""What is wrong with a directory is said in plain words, before anything depends on it."""

import pytest

from conftest import short_folder
from corp import Ds389, OpenLdap
from directory import Directory

MAPS = ("--group-map", "app-technicians=role:Technician", "--group-map", "no-such=role:Viewer")


@pytest.fixture(scope="module", params=[OpenLdap, Ds389], ids=["openldap", "389"])
def corp(request):
    with short_folder() as folder, request.param(folder + "/corp", people=40) as server:
        yield server


@pytest.fixture(scope="module")
def slapd():
    with short_folder() as folder, OpenLdap(folder + "/corp", people=200) as server:
        yield server


def new_directory(sandbox, corp, *options, **more):
    company = sandbox.new_tenant()
    return Directory(sandbox, tenant=company.name).create(corp, *options, **more)


def ask(directory):
    return directory.muster("directory", "check", directory.tenant, directory.name)


def of(rows, check):
    found = [row for row in rows if row["check"] == check]
    assert found, (check, rows)
    return found[0]


def bad(rows):
    return [(row["check"], row["text"]) for row in rows if row["verdict"] == "bad"]


def test_a_directory_that_works_is_said_to(sandbox, corp):
    rows = ask(new_directory(sandbox, corp, *MAPS))
    assert not bad(rows), rows
    for check in ("reach", "bind", "base", "limits", "people", "groups", "deletions", "connector",
                  "memberOf", "vendor"):
        assert of(rows, check)["verdict"] == "good", (check, rows)
    assert of(rows, "people")["number"] == len(corp.truth()["people"])
    mapped = {row["text"]: row["verdict"] for row in rows if row["check"] == "mapped-group"}
    assert mapped == {"the group app-technicians exists": "good",
                      "no group is called no-such": "warning"}
    assert all("advice" in row for row in rows if row["verdict"] != "good")
    missing, = (row for row in rows if row["text"] == "no group is called no-such")
    assert missing["because"] == [{"code": "no-group", "values": {"group": "no-such"}}]
    assert missing["advised"] == [{"code": "do-mapped-group", "values": {}}]
    assert not any(secret in str(rows) for secret in corp.secrets())


def test_each_server_is_asked_by_itself(sandbox, slapd):
    directory = new_directory(sandbox, slapd, "--failover-uri", "ldap://127.0.0.1:1")
    rows = ask(directory)
    first = [row for row in rows if row["server"] == slapd.uri]
    other = [row for row in rows if row["server"] == "ldap://127.0.0.1:1"]
    assert not bad(first)
    assert [(row["check"], row["verdict"]) for row in other] == [("reach", "bad")]
    assert "firewall" in other[0]["advice"]


@pytest.mark.parametrize("options,check,words", [
    (("--base-dn", "ou=nowhere,dc=corp,dc=example"), "base", "no such entry"),
    (("--user-filter", "(objectClass=device)"), "people", "nobody found"),
    (("--scope-rule", "employeeType=nobody-is"), "people", "left out by rules"),
])
def test_what_cannot_work_is_told_with_advice(sandbox, slapd, options, check, words):
    directory = new_directory(sandbox, slapd)
    directory.edit(*options)
    row = of(ask(directory), check)
    assert row["verdict"] != "good" and words in row["text"] and row["advice"], row


def test_a_wrong_password_is_told_as_such(sandbox, corp):
    rows = ask(new_directory(sandbox, corp, password="not-this-one"))
    assert of(rows, "reach")["verdict"] == "good"
    refused = of(rows, "bind")
    assert refused["verdict"] == "bad" and "password" in refused["advice"], rows
    assert "not-this-one" not in str(rows)


def test_a_size_limit_is_found(sandbox, slapd):
    directory = new_directory(sandbox, slapd)
    directory.edit("--bind-dn", slapd.limited_dn, secret=slapd.sync_password)
    row = of(ask(directory), "limits")
    assert row["verdict"] in ("good", "bad"), row


def test_a_certificate_of_others_is_explained(sandbox, slapd):
    directory = new_directory(sandbox, slapd, uri=slapd.tls_uri)
    row = of(ask(directory), "tls")
    assert row["verdict"] == "bad" and "not trusted" in row["text"] and "ca-file" in row["advice"]
    directory.edit("--ca-file", slapd.ca_file, secret=slapd.sync_password)
    rows = ask(directory)
    assert not bad(rows) and "days" in of(rows, "certificate")["text"]


def test_a_certificate_that_ends_soon_is_a_warning(sandbox):
    """71: thirty days before."""
    with short_folder() as folder, OpenLdap(folder + "/corp", people=8) as server:
        server.use_certificate("soon", 86400 * 20)
        directory = new_directory(sandbox, server, "--ca-file", server.ca_file,
                                  uri=server.tls_uri)
        row = of(ask(directory), "certificate")
        assert row["verdict"] == "warning" and "renewed" in row["advice"], row


def test_what_the_servers_refuse_is_not_saved_when_that_is_asked(sandbox, slapd):
    directory = new_directory(sandbox, slapd)
    shown = directory.muster("directory", "show", directory.tenant, "corp")
    refused = directory.edit("--base-dn", "ou=nowhere,dc=corp,dc=example", "--check", check=False)
    assert refused.returncode != 0 and "no such entry" in refused.stdout + refused.stderr
    assert directory.muster("directory", "show", directory.tenant, "corp") == shown
    directory.edit("--limit-count", "7", "--check")
    refused = directory.muster(
        "directory", "create", directory.tenant, "other", "--uri", "ldap://127.0.0.1:1",
        "--base-dn", slapd.base, "--check", check=False)
    assert refused.returncode != 0 and "reach" in refused.stdout + refused.stderr
