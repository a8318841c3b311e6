"""Filters as RFC 4511 and RFC 4517 have them, and beside a slapd that holds the same people."""

import sys

import ldap
import pytest

from ldap_tree import box, client  # noqa: F401
from muster import TOP

sys.path.insert(0, str(TOP / "tests/ldap"))
import ldapraw  # noqa: E402

ACME = "o=acme,dc=idp,dc=test"
PEOPLE = "ou=people," + ACME


def found(client, filter_, base=PEOPLE):
    return sorted(dn for dn, _ in client.search_s(base, ldap.SCOPE_SUBTREE, filter_, ("1.1",)) if dn)


def is_alice(client, filter_):
    """Of alice alone: what holds for others besides is no matter here."""
    return bool(found(client, f"(&(uid=alice){filter_})"))


@pytest.mark.parametrize("filter_, holds", [
    ("(cn:caseExactMatch:=Alice Example)", True),
    ("(cn:caseExactMatch:=alice example)", False),
    ("(cn:2.5.13.5:=Alice  Example )", True),
    ("(cn:caseIgnoreMatch:=ALICE EXAMPLE)", True),
    ("(cn:caseExactSubstringsMatch:=Al\\2apl\\2a)", True),
    ("(cn:caseExactSubstringsMatch:=al\\2a)", False),
    ("(cn:caseIgnoreSubstringsMatch:=al\\2a\\5c2a\\2a)", False),
    ("(uidNumber:integerMatch:=1001)", True),
    ("(uidNumber:integerOrderingMatch:=1002)", True),       # before
    ("(uidNumber:integerOrderingMatch:=1001)", False),
    ("(uidNumber<=99999999999999999999)", True),
    ("(uidNumber>=99999999999999999999)", False),
    ("(uidNumber>=-99999999999999999999)", True),
    ("(uidNumber=99999999999999999999)", False),
    ("(mail:caseIgnoreIA5Match:=ALICE@acme.test)", True),
    ("(mail:caseExactIA5Match:=ALICE@acme.test)", False),
    ("(cn:caseIgnoreOrderingMatch:=b)", True),
    ("(uidNumber:1.2.840.113556.1.4.803:=9)", True),        # 1001 is 1111101001
    ("(uidNumber:1.2.840.113556.1.4.803:=2)", False),
    ("(uidNumber:1.2.840.113556.1.4.804:=3)", True),
    ("(uidNumber:1.2.840.113556.1.4.804:=6)", False),
    ("(telephoneNumber:telephoneNumberMatch:=+155501001)", True),
    ("(uid:=ALICE)", True),
    ("(:caseExactMatch:=Alice Example)", True),
    ("(:caseExactMatch:=aliCE exampLE)", False),
    ("(:integerMatch:=1001)", True),
    ("(objectClass:objectIdentifierMatch:=2.16.840.1.113730.3.2.2)", True),
    ("(name=alice example)", True),
    ("(name=ali*)", True),
    ("(name=*)", True),
    ("(2.5.4.41=Example)", True),
    ("(name=nobody)", False),
])
def test_extensible_matches_hold_or_not(client, filter_, holds):
    assert is_alice(client, filter_) is holds
    assert is_alice(client, f"(!{filter_})") is not holds


@pytest.mark.parametrize("filter_", [
    "(uidNumber:caseExactMatch:=1001)", "(cn:integerMatch:=1)", "(nosuch:caseExactMatch:=x)",
    "(uidNumber=01001)", "(uidNumber=+1001)", "(entryCSN>=20)", "(memberUid=ali*)", "(mail=\u00e4)",
    "(mail:caseIgnoreMatch:=alice@acme.test)", "(cn:caseIgnoreIA5Match:=Alice Example)",
    "(uidNumber=10*)", "(objectClass>=top)", "(mail>=a)", "(uidNumber=x)", "(nosuch=x)", "(nosuch=*)",
    "(cn;nosuch=x)", "(member=not-a-dn)", "(objectClass=nosuch)", "(createTimestamp=yesterday)",
    "(entryUUID=x)", "(userPassword=*)", "(userPassword=x)", "(userPassword:octetStringMatch:=x)",
    "(sAMAccountName=alice)", "(cn=ali\\00ce)",
])
def test_what_cannot_be_told_is_undefined_and_so_is_its_opposite(client, filter_):
    assert not is_alice(client, filter_)
    assert not is_alice(client, f"(!{filter_})")


@pytest.mark.parametrize("filter_", [
    "(jpegPhoto=*)", "(cn;lang-de=Alice Example)", "(manager=uid=nobody," + PEOPLE + ")", "(dc=test)",
    "(subschemaSubentry=cn=other)",
])
def test_what_is_known_and_not_there_is_false(client, filter_):
    assert not is_alice(client, filter_)
    assert is_alice(client, f"(!{filter_})")


@pytest.mark.parametrize("filter_, holds", [
    ("(ou:dn:=people)", True), ("(ou:dn:=groups)", False), ("(o:dn:=ACME)", True), ("(o:dn:=globex)", False),
    ("(dc:dn:=test)", True), ("(uid:dn:=alice)", True), ("(:dn:caseIgnoreMatch:=people)", True),
    ("(ou:dn:caseExactMatch:=People)", False),
])
def test_the_dn_belongs_to_an_entry_when_it_is_asked_for(client, filter_, holds):
    assert is_alice(client, filter_) is holds


@pytest.mark.parametrize("value", [
    "20000101000000Z", "200001010000Z", "2000010100Z", "20000101000000.5Z", "20000101000000,5Z",
    "20000101010000+0100", "2000010100-0530",
])
def test_times_are_written_in_many_ways(client, value):
    assert is_alice(client, f"(createTimestamp>={value})")
    assert not is_alice(client, f"(createTimestamp<={value})")


@pytest.mark.parametrize("filter_, names", [
    ("(objectClass=organizationalUnit)", [PEOPLE]),
    ("(&(ou=peo*)(!(uid=*)))", [PEOPLE]),
    ("(&(ou>=people)(hasSubordinates=TRUE))", [PEOPLE]),
    ("(entryDN=OU=People, o=acme,dc=idp,dc=test)", [PEOPLE]),
    ("(&(ou:caseExactMatch:=people)(structuralObjectClass=organizationalUnit))", [PEOPLE]),
    ("(&(o:dn:=acme)(objectClass=organizationalUnit))", [PEOPLE]),
    ("(&(subschemaSubentry=CN=subschema)(objectClass=organizationalUnit))", [PEOPLE]),
    ("(&(createTimestamp>=20000101000000Z)(objectClass=organizationalUnit))", [PEOPLE]),
])
def test_the_tree_s_own_entries_are_matched_as_others_are(client, filter_, names):
    assert found(client, filter_) == names


def test_the_root_and_the_schema_are_matched_too(client):
    def at(base, filter_):
        return len(client.search_s(base, ldap.SCOPE_BASE, filter_, ("1.1",)))
    assert at("", "(supportedFeatures=1.3.6.1.4.1.4203.1.5.1)") == 1
    assert at("", "(supportedControl=*)") == 1
    assert at("", "(vendorName=Mus*)") == 1
    assert at("cn=Subschema", "(objectClasses=2.5.6.6)") == 1
    assert at("cn=Subschema", "(attributeTypes=2.5.4.3)") == 1
    assert at("cn=Subschema", "(attributeTypes=2.5.4.333)") == 0
    assert at("cn=Subschema", "(attributeTypes=commonName)") == 1
    assert at("cn=Subschema", "(objectClasses=Person)") == 1
    assert at("cn=Subschema", "(matchingRules=caseIgnoreMatch)") == 1
    assert at("cn=Subschema", "(!(objectClasses=nosuch))") == 0


def test_a_postal_address_has_lines(box, client):
    admin = ldap.initialize(box.values["LDAP_URI"])
    admin.simple_bind_s(box.acme.admin_dn, box.acme.admin_pw)
    alice = "uid=alice," + PEOPLE
    shown = b"Box \\24 5$1 Back\\5Cslash Street$Berlin"
    admin.modify_s(alice, [(ldap.MOD_ADD, "postalAddress", [shown])])
    try:
        assert client.search_s(alice, ldap.SCOPE_BASE, "(uid=*)", ["postalAddress"]) == [
            (alice, {"postalAddress": [shown]})]
        person = box.acme.scim().find("Users", 'userName eq "alice"').body["Resources"][0]
        assert person["addresses"][0]["formatted"] == "Box $ 5\n1 Back\\slash Street\nBerlin"
        for value in ("BOX \\5c24 5 $ 1 back\\5c5cslash street$berlin", "box*berlin", "*street$ber*"):
            assert is_alice(client, f"(postalAddress={value})"), value
        assert not is_alice(client, "(postalAddress=Box $ 5$1 Back\\5c5cslash Street$Berlin$x)")
        assert client.compare_s(alice, "postalAddress", shown.lower()) is True
        admin.modify_s(alice, [(ldap.MOD_DELETE, "postalAddress", [shown])])
    finally:
        admin.unbind_s()


@pytest.mark.parametrize("wanted, names", [
    (["@person"], {"objectClass", "cn", "sn", "telephoneNumber"}),
    (["@2.5.6.6", "uid"], {"objectClass", "cn", "sn", "telephoneNumber", "uid"}),
    (["@posixAccount"], {"objectClass", "cn", "uid", "uidNumber", "gidNumber", "homeDirectory", "loginShell", "gecos"}),
    (["@nosuch"], set()), (["@"], set()),
])
def test_a_class_stands_for_its_attributes(client, wanted, names):
    (_, entry), = client.search_s("uid=alice," + PEOPLE, ldap.SCOPE_BASE, "(uid=*)", wanted)
    assert set(entry) == names


# ---- requests that libraries do not make, or hide the answer of ----

@pytest.fixture
def raw(box):
    port = int(box.values["LDAP_URI"].rpartition(":")[2])
    raw = ldapraw.Conn("127.0.0.1", port, timeout=30)
    assert raw.rpc(ldapraw.bind(box.acme.bind_dn, box.acme.bind_pw), timeout=30)[-1].code == 0
    yield raw
    raw.close()


@pytest.mark.parametrize("base, left_out", [(ACME, ACME), (PEOPLE, PEOPLE)])
def test_subordinates_are_the_subtree_without_its_base(raw, base, left_out):
    def names(scope):
        answer = raw.rpc(ldapraw.search(base, scope, attrs=("1.1",)), timeout=30)
        assert answer[-1].code == 0
        return {a.dn for a in answer if a.op == "Entry"}
    assert names(2) - names(3) == {left_out}
    assert names(3)


def test_a_person_has_no_subordinates(raw):
    answer = raw.rpc(ldapraw.search("uid=alice," + PEOPLE, 3), timeout=30)
    assert [(a.op, a.code) for a in answer] == [("Done", 0)]


def test_what_would_be_below_a_person_is_matched_by_the_person(raw):
    answer = raw.rpc(ldapraw.search("cn=x,cn=y,uid=alice," + PEOPLE, 0), timeout=30)[-1]
    assert (answer.code, answer.matched) == (32, "uid=alice," + PEOPLE)


@pytest.mark.parametrize("selectors, shown", [
    (("@person",), {"objectClass", "cn", "sn", "telephoneNumber"}),
    (("@2.5.6.6",), {"objectClass", "cn", "sn", "telephoneNumber"}),
    (("@POSIXACCOUNT",), {"objectClass", "cn", "uid", "uidNumber", "gidNumber", "homeDirectory",
                          "loginShell", "gecos"}),
    (("@top", "mail"), {"objectClass", "mail"}),
    (("@nosuch",), set()), (("@",), set()), (("@person;x",), set()),
])
def test_the_attributes_of_a_class_are_asked_for_at_once(raw, selectors, shown):
    entry = raw.rpc(ldapraw.search("uid=alice," + PEOPLE, 0, attrs=selectors), timeout=30)[0]
    assert set(entry.attrs) == shown


@pytest.mark.parametrize("attribute, value, code", [
    ("nosuch", "x", 17), ("!!", "x", 17), ("", "x", 17), ("jpegPhoto", "x", 16),
    ("cn;lang-en", "x", 16), ("memberOf", "no name", 21), ("entryDN", "no name", 21),
    ("name", "Alice", 6), ("name", "nobody", 5), ("2.5.4.41", "alice example", 6),
])
def test_a_compare_tells_what_is_wrong_with_it(raw, attribute, value, code):
    answer = raw.rpc(ldapraw.compare("uid=alice," + PEOPLE, attribute, value), timeout=30)
    assert answer[-1].code == code


def test_another_choice_of_authentication_is_not_supported(raw):
    for choice in (0x81, 0x82, 0xa4):
        auth = ldapraw.bind(auth=ldapraw.o_("", choice))
        assert raw.rpc(auth, timeout=30)[-1].code == 7


def test_a_one_is_true_too(raw):
    one = b"\x01\x01\x01"
    answer = raw.rpc(ldapraw.extop(ldapraw.WHOAMI), [ldapraw.ctl("1.2.3", rawcrit=one)],
                     timeout=30)
    assert answer[-1].code == 12
