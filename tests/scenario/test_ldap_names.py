"""Entries that are named otherwise than by uid or cn, and how DNs are read and written."""

import ldap
import pytest

from conftest import short_folder
from muster import Sandbox

BASE = "o=acme,dc=muster,dc=internal"
PEOPLE, GROUPS = f"ou=people,{BASE}", f"ou=groups,{BASE}"
SMITH = f"cn=Smith\\2C Jo \\2B Co,{PEOPLE}"
MULTI = f"cn=Multi+uid=mv,{PEOPLE}"
MAIL = f"mail=m@x.test,{PEOPLE}"
NUMBER = f"employeeNumber=7,{PEOPLE}"
TEAM = f"description=The Team,{GROUPS}"
TREE = f"""dn: cn=Smith\\, Jo \\+ Co,{PEOPLE}
objectClass: inetOrgPerson
uid: smith
cn: Smith, Jo + Co
sn: Smith
userPassword: pw-smith

dn: CN=Multi+UID=mv,{PEOPLE}
objectClass: inetOrgPerson
uid: mv
cn: multi
sn: Multi
manager: cn="Smith, Jo + Co",{PEOPLE}

dn: mail=m@x.test,{PEOPLE}
objectClass: inetOrgPerson
uid: mailer
userPassword: pw-mailer-1
cn: Mailer
sn: Mailer
mail: m@x.test

dn: employeeNumber=7,{PEOPLE}
objectClass: inetOrgPerson
uid: seven
cn: Seven
sn: Seven
employeeNumber: 7

dn: uid=plain,{PEOPLE}
objectClass: inetOrgPerson
uid: plain
cn: Plain
sn: Plain

dn: description=The Team,{GROUPS}
objectClass: groupOfNames
cn: team
description: The Team
member: {SMITH}
member: uid=mv+cn=multi,{PEOPLE}
member: uid=plain,{PEOPLE}

"""


@pytest.fixture(scope="module")
def box():
    with short_folder() as folder:
        tree = folder + "/tree.ldif"
        with open(tree, "w", encoding="utf-8") as out:
            out.write(TREE)
        box = Sandbox(folder + "/box")
        box.start("--suffix", "dc=muster,dc=internal", "--load", tree)
        yield box
        box.stop()


def base(connection, dn, *attributes):
    (found, entry), = connection.search_s(dn, ldap.SCOPE_BASE, attrlist=attributes or ["1.1"])
    return found, entry


@pytest.mark.parametrize("written, name", [
    (SMITH, SMITH),
    (f"CN=smith\\, jo \\+ co,{PEOPLE}", SMITH),
    (f'cn="Smith, Jo + Co",{PEOPLE}', SMITH),
    (f"cn=Smith\\2c Jo \\2b Co;{PEOPLE.replace(',', ';')}", SMITH),
    (f"2.5.4.3=#040e536d6974682c204a6f202b20436f,{PEOPLE}", SMITH),
    (f"OID.2.5.4.3=Smith\\2C Jo \\2B Co,{PEOPLE}", SMITH),
    (MULTI, MULTI),
    (f"uid=MV + commonName=multi , {PEOPLE}", MULTI),
    (MAIL, MAIL),
    (f"rfc822Mailbox=M@X.test,{PEOPLE}", MAIL),
    (NUMBER, NUMBER),
    (TEAM, TEAM),
    (f"uid=PLAIN,{PEOPLE}", f"uid=plain,{PEOPLE}"),
])
def test_a_name_is_found_in_each_spelling_and_shown_in_one(box, written, name):
    assert base(box.acme.bind(), written)[0] == name


@pytest.mark.parametrize("dn", [f"uid=smith,{PEOPLE}", f"uid=mv,{PEOPLE}", f"cn=multi,{PEOPLE}",
                                f"uid=mailer,{PEOPLE}", f"cn=team,{GROUPS}", f"cn=Plain,{PEOPLE}",
                                f"uid=plain+cn=Plain,{PEOPLE}"])
def test_an_entry_has_one_name(box, dn):
    with pytest.raises(ldap.NO_SUCH_OBJECT):
        base(box.acme.bind(), dn)


@pytest.mark.parametrize("dn", [f"nosuch=x,{PEOPLE}", f"cn=a\\zz,{PEOPLE}", f'cn="a,{PEOPLE}',
                                f"cn=a,,{PEOPLE}", f"cn=\\00,{PEOPLE}",
                                "cn=" + "a" * 5000 + f",{PEOPLE}", "cn=a," * 100 + PEOPLE])
def test_what_is_no_name_is_said_to_be_none(box, dn):
    with pytest.raises(ldap.INVALID_DN_SYNTAX):
        base(box.acme.bind(), dn)


def test_dns_as_values_are_the_entries_own(box):
    c = box.acme.bind()
    _, team = base(c, TEAM, "member", "entryDN")
    assert sorted(dn.decode() for dn in team["member"]) == sorted(
        [SMITH, MULTI, f"uid=plain,{PEOPLE}"])
    assert team["entryDN"] == [TEAM.encode()]
    for dn in [SMITH, MULTI, f"uid=plain,{PEOPLE}"]:
        _, person = base(c, dn, "memberOf", "entryDN")
        assert TEAM.encode() in person["memberOf"] and person["entryDN"] == [dn.encode()]
    for value in [SMITH, f"uid=mv+cn=multi,{PEOPLE}", f"uid=plain,{PEOPLE}"]:
        assert c.search_s(GROUPS, ldap.SCOPE_ONELEVEL, f"(member={value.replace(chr(92), '%s5c' % chr(92))})",
                          ["1.1"])[0][0] == TEAM
    assert c.compare_s(TEAM, "member", f"CN=MULTI+UID=MV,{PEOPLE}".encode())
    assert not c.compare_s(TEAM, "member", f"uid=mv,{PEOPLE}".encode())


def test_who_is_named_otherwise_binds_by_that_name(box):
    c = box.acme.bind(SMITH, "pw-smith")
    assert c.whoami_s() == f"dn:{SMITH}"
    with pytest.raises(ldap.INVALID_CREDENTIALS):
        box.acme.bind(f"uid=smith,{PEOPLE}", "pw-smith")


def test_a_name_follows_its_values(box):
    c = box.acme.bind()
    box.muster("user", "edit", "acme", "mailer", "--email", "new@x.test")
    moved = f"mail=new@x.test,{PEOPLE}"
    assert base(c, moved)[0] == moved
    with pytest.raises(ldap.NO_SUCH_OBJECT):
        base(c, MAIL)
    box.muster("user", "edit", "acme", "mailer", "--email", "m@x.test")
    assert base(c, MAIL)[0] == MAIL


def test_a_connection_kept_open_follows_a_new_name(box):
    service = box.acme.bind()
    box.muster("user", "edit", "acme", "plain", "--user-name", "plainer")
    try:
        _, team = base(service, TEAM, "member")
        assert f"uid=plainer,{PEOPLE}".encode() in team["member"]
        with pytest.raises(ldap.NO_SUCH_OBJECT):
            base(service, f"uid=plain,{PEOPLE}")
    finally:
        box.muster("user", "edit", "acme", "plainer", "--user-name", "plain")


def test_who_is_bound_follows_the_own_new_name(box):
    person = box.acme.bind(MAIL, "pw-mailer-1")
    assert person.whoami_s() == f"dn:{MAIL}"
    box.muster("user", "edit", "acme", "mailer", "--email", "other@x.test")
    try:
        assert person.whoami_s() == f"dn:mail=other@x.test,{PEOPLE}"
    finally:
        box.muster("user", "edit", "acme", "mailer", "--email", "m@x.test")
    assert person.whoami_s() == f"dn:{MAIL}"


def test_the_store_is_sound(box):
    box.verify()
