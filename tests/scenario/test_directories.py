"""The directory servers of the scenarios: all of them have the company that is meant."""

import socket
import ssl

import ldap
import pytest

from conftest import short_folder
from corp import SERVERS, normal
from fault import Fault
from muster import wait_until


@pytest.fixture(scope="module", params=list(SERVERS))
def server(request):
    with short_folder() as folder:
        with SERVERS[request.param](folder + "/corp", people=60,
                                    options="--edge --huge --expiring-share 0.1") as made:
            yield made


def test_people_and_nested_groups_are_those_of_the_generator(server):
    company = server.company()
    name = "account" if server.kind == "samba" else "uid"
    truth = {person[name]: person for person in server.truth()["people"]}
    assert set(company) == set(truth) and len(truth) == 68
    for name, person in truth.items():
        assert company[name].groups == set(person["groups"]), name
        assert company[name].all_groups == set(person["all_groups"]), name
        ended = 0 < person["expires"] < 1_800_000_000
        assert company[name].active == (not person["disabled"] and not ended), name
    assert len({person.anchor for person in company.values()}) == 68


def by_anchor(server):
    return {person.anchor: person for person in server.company().values()}


def test_each_change_of_the_generator_is_taken(server):
    before = server.company()
    truth = server.truth()["people"]
    key = "account" if server.kind == "samba" else "uid"

    def anchor(number):
        return before[truth[number][key]].anchor

    def change(kind, number):
        server.modify(server._generate("change", kind, "--uid", truth[number]["uid"]))

    for kind, number in (("disable", 5), ("rename:one.other", 6), ("title:Seen", 7),
                         ("mail:new.mail@acme.example", 8), ("move-out", 9), ("delete", 10),
                         ("expire:1000000000", 11), ("group-add:app-viewers", 12),
                         ("recreate", 13)):
        change(kind, number)
    after = by_anchor(server)
    assert not after[anchor(5)].active
    assert after[anchor(6)] == server.company()["one.other"]
    assert after[anchor(6)].groups == before[truth[6][key]].groups
    assert after[anchor(7)].title == "Seen"
    assert after[anchor(8)].mails == {"new.mail@acme.example"}
    inside = {normal(dn) for dn, _ in server.read()}
    if server.base != server.suffix:
        assert anchor(9) not in after
    else:
        assert ",ou=leavers," in after[anchor(9)].dn.lower()
    assert anchor(10) not in after and normal(before[truth[10][key]].dn) not in inside
    assert not after[anchor(11)].active
    assert "app-viewers" in after[anchor(12)].groups
    assert anchor(13) not in after and truth[13][key] in server.company()
    change("enable", 5)
    change("move-in", 9)
    assert by_anchor(server)[anchor(5)].active
    assert normal(by_anchor(server)[anchor(9)].dn) == normal(before[truth[9][key]].dn)


def certificate_is_trusted(server):
    host, _, port = server.tls_uri.removeprefix("ldaps://").partition(":")
    context = ssl.create_default_context(cafile=server.ca_file)
    with socket.create_connection((host, int(port or 636)), 60) as plain:
        try:
            context.wrap_socket(plain, server_hostname=host).close()
            return True
        except ssl.SSLCertVerificationError:
            return False


def test_a_backup_a_crash_and_bad_certificates(server):
    before = server.company()
    server.backup()
    server.change("title:Later", "--pick", "3", "--skip", "20")
    later = server.company()
    assert later != before
    server.kill()
    server.start()
    assert server.company() == later
    server.restore()
    assert server.company() == before
    assert certificate_is_trusted(server)
    for kind in ("expired", "wrong-name", "strange"):
        server.use_certificate(kind)
        assert not certificate_is_trusted(server), kind
    server.use_certificate("good")
    assert certificate_is_trusted(server)


def test_a_frozen_server_accepts_and_says_nothing(server):
    host, _, port = server.uri.removeprefix("ldap://").partition(":")
    server.freeze()
    try:
        with socket.create_connection((host, int(port or 389)), 60) as connection:
            connection.sendall(bytes.fromhex("300c020101600702010304008000"))
            connection.settimeout(0.5)
            with pytest.raises(TimeoutError):
                connection.recv(1)
    finally:
        server.thaw()
    assert server.company()


def test_the_proxy_does_what_its_rules_say(server, tmp_path):
    def search(uri):
        connection = ldap.initialize(uri)
        connection.set_option(ldap.OPT_NETWORK_TIMEOUT, 60)
        connection.set_option(ldap.OPT_REFERRALS, 0)
        connection.simple_bind_s(server.sync_dn, server.sync_password)
        return connection.search_s(server.base, ldap.SCOPE_SUBTREE, "(cn=everyone)", ["member"])

    with Fault(server, tmp_path / "fault", most_values=25) as fault:
        _, values = search(fault.uri)[0]
        assert len(values["member;range=0-24"]) == 25
        fault.rules("searchReq 1 result 51 busy")
        with pytest.raises(ldap.BUSY):
            search(fault.uri)
        fault.rules()
        assert search(fault.uri)
        wait_until(lambda: fault.count("C->S.* searchReq") == 1 + 1 + 1, 60, "the log")
