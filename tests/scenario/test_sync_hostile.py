"""A directory server that lies: what it sends is bounded, and half of it never counts."""

import uuid

import pytest

from directory import Directory
from evil import BASE, Peer

SYNC_STATE = b"1.3.6.1.4.1.4203.1.9.1.2"
SYNC_INFO = b"1.3.6.1.4.1.4203.1.9.1.4"


def tlv(tag, *parts):
    content = b"".join(parts)
    size = len(content)
    length = bytes([size]) if size < 128 else b"\x84" + size.to_bytes(4, "big")
    return bytes([tag]) + length + content


def text(value):
    return tlv(0x04, value.encode() if isinstance(value, str) else value)


def message(number, *parts):
    return tlv(0x30, tlv(0x02, bytes([number])), *parts)


def result(tag, code, *more):
    return tlv(tag, tlv(0x0A, bytes([code])), text(""), text(""), *more)


def anchor(number):
    return uuid.UUID(int=number + 1).bytes


def entry(number, dn=None, controls=True, **attributes):
    """A person as RFC 4533 sends one: attributes as given, over those that everybody has."""
    values = {"objectClass": ["inetOrgPerson"], "uid": [f"person{number}"], "cn": ["A Person"],
              "sn": ["Person"], **attributes}
    rows = [tlv(0x30, text(name), tlv(0x31, *(text(v) for v in of)))
            for name, of in values.items() if of]
    state = tlv(0x30, tlv(0x0A, b"\x01"), text(anchor(number)))
    found = tlv(0x64, text(dn if dn is not None else f"uid=person{number},{BASE}"),
                tlv(0x30, *rows))
    extra = [tlv(0xA0, tlv(0x30, text(SYNC_STATE), text(state)))] if controls else []
    return message(3, found, *extra)


def refreshed():
    value = tlv(0xA2, text("rid=000"), tlv(0x01, b"\xff"))
    return message(3, tlv(0x79, tlv(0x80, SYNC_INFO), tlv(0x81, value)))


def root_entry():
    """What a server says of itself before anything is asked of it: that it knows RFC 4533."""
    rows = [tlv(0x30, text(name), tlv(0x31, text(value))) for name, value in
            (("objectClass", "OpenLDAProotDSE"), ("supportedControl", "1.3.6.1.4.1.4203.1.9.1.1"))]
    return message(2, tlv(0x64, text(""), tlv(0x30, *rows))) + message(2, result(0x65, 0))


class Liar(Peer):
    """Accepts any bind, tells what it is, answers the search with the octets it was given, and stays."""

    def __init__(self, *answer, root=None):
        self.answer, self.root = answer, root or root_entry()
        super().__init__()

    def talk(self, client):
        client.recv(65536)
        client.sendall(message(1, result(0x61, 0)))
        client.recv(65536)
        client.sendall(self.root)
        client.recv(65536)
        for part in self.answer:
            for octets in part if not isinstance(part, bytes) else (part,):
                client.sendall(octets)
        while client.recv(65536):
            pass


@pytest.fixture
def follow(sandbox):
    """Starts following a liar in a tenant of its own."""
    liars = []

    def start(*answer, root=None):
        liar = Liar(*answer, root=root)
        liars.append(liar)
        tenant = sandbox.new_tenant()
        name = tenant.base_dn.split(",")[0].removeprefix("o=")
        return Directory(sandbox, tenant=name).create(liar, uri=liar.uri), tenant
    yield start
    for liar in liars:
        liar.close()


def people(tenant):
    scim = tenant.scim()
    found = scim.get("/Users?count=1000").body["Resources"]
    scim.close()
    return {user["userName"]: user for user in found}


def test_a_sound_answer_is_followed(follow):
    directory, tenant = follow(entry(1), entry(2), refreshed())
    directory.follow()
    assert set(people(tenant)) == {"person1", "person2"}


@pytest.mark.parametrize("what, answer, failure", [
    ("a message of 600 MB", [entry(1), b"\x30\x84\x24\x00\x00\x00" + b"\x00" * 64], "protocol net"),
    ("no LDAP", [entry(1), b"HTTP/1.1 400 Bad Request\r\n" * 40], "protocol net"),
    ("an entry without its state", [entry(1), entry(2, controls=False), refreshed()], "protocol"),
    ("a limit in the middle", [entry(1), message(3, result(0x65, 4))], "limit"),
    ("an end without a refresh", [entry(1), message(3, result(0x65, 0))], "net"),
    ("an extended answer", [entry(1), message(3, result(0x78, 12))], "protocol"),
    ("a busy server", [message(3, result(0x65, 51))], "busy"),
    ("a missing base", [message(3, result(0x65, 32))], "config"),
])
def test_a_broken_answer_applies_nothing(follow, what, answer, failure):
    directory, tenant = follow(*answer)
    failed = directory.wait_failed()
    assert failed["class"] in failure.split(), what
    assert people(tenant) == {}


@pytest.mark.parametrize("what, root, failure", [
    ("nothing to be seen", message(2, result(0x65, 50)), "config"),
    ("no way to follow it", message(2, tlv(0x64, text(""), tlv(0x30, tlv(
        0x30, text("vendorName"), tlv(0x31, text("X\x00\n")))))) + message(2, result(0x65, 0)),
     "config"),
    ("a busy server", message(2, result(0x65, 51)), "busy config"),
    ("no LDAP", b"HTTP/1.1 400 Bad Request\r\n" * 40, "protocol net"),
])
def test_a_server_that_says_nothing_sound_of_itself_is_not_asked_more(follow, what, root, failure):
    directory, tenant = follow(entry(1), refreshed(), root=root)
    failed = directory.wait_failed()
    assert failed["class"] in failure.split(), what
    assert failed["stage"] == "discover", what
    assert people(tenant) == {}


def test_endless_entries_end_at_the_limit(follow):
    block = b"".join(entry(n) for n in range(5000))
    directory, tenant = follow([block] * 200)
    failed = directory.wait_failed()
    assert failed["class"] == "limit"
    assert people(tenant) == {}


def test_one_bad_entry_stops_none_of_the_others(follow):
    directory, tenant = follow(
        entry(1),
        entry(2, dn=b"uid=a\x00b," + BASE.encode()),
        entry(3, dn=b"uid=\xff\xfe," + BASE.encode()),
        entry(4, sn=[b"\xff\xfe"]),
        entry(5, mail=[f"x{n}@example.com" for n in range(500)]),
        entry(6, title=["T" * 100_000]),
        entry(7, uid=[]),
        entry(8, cn=["\x00"]),
        refreshed())
    status = directory.follow()
    found = people(tenant)
    assert {"person1", "person4", "person5", "person6", "person8"} <= set(found)
    assert not {"person2", "person3", "person7"} & set(found)
    assert len(found["person5"]["emails"]) <= 16
    assert "title" not in found["person6"]
    assert status["counts"]["held"] >= 3
    kept = directory.muster("conflict", "list", directory.tenant, "--kind", "bad_value")
    whole = [row for row in kept if row.get("attribute") == "the entry"]
    assert len(whole) == 2 and {row["state"] for row in whole} == {"open"}
    assert sum(row.get("attribute") == "title" for row in kept) == 1
    assert any("title: the value is longer" in note for note in status["notes"])


def test_the_same_anchor_twice_is_one_person_as_said_last(follow):
    directory, tenant = follow(entry(1, title=["First"]), entry(1, title=["Second"]), refreshed())
    directory.follow()
    assert people(tenant)["person1"]["title"] == "Second"


def test_one_name_for_two_anchors_stays_with_the_first(follow):
    directory, tenant = follow(entry(1), entry(2, uid=["PERSON1"], mail=["b@example.com"]),
                               refreshed())
    status = directory.follow()
    assert set(people(tenant)) == {"person1"}
    assert status["counts"]["held"] >= 1


def test_no_attribute_reaches_permissions_or_activity(follow):
    directory, tenant = follow(
        entry(1, musterPermission=["users.view"], musterActive=["TRUE"], memberOf=["cn=Admin"],
              userPassword=["clear-text"]), refreshed())
    directory.follow()
    user = people(tenant)["person1"]
    assert "roles" not in user and "groups" not in user
    assert "clear-text" not in str(directory.muster("user", "show", directory.tenant, "person1"))
