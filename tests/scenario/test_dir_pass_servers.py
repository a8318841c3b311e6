"""The password lives in Active Directory (Samba) or 389 Directory Server: each has words of its
own for why it is not accepted."""

import base64
import re
import time
from pathlib import Path

import ldap
import pytest

from conftest import short_folder
from corp import PASSWORD, Ds389, SambaAd
from directory import Directory
from muster import Sandbox, run
from test_dir_pass import EXPIRED, MUST_CHANGE, attempt, until

REFUSED = ("INVALID_CREDENTIALS", None)


class World:
    def __init__(self, corp, box):
        self.corp, self.box = corp, box
        self.directory = Directory(box).create(corp, "--pass-through")
        self.directory.follow(300)
        people = [person for person in corp.truth()["people"] if not person["disabled"]]
        self.people = iter(people)

    def somebody(self):
        """A name here; the company's word for who it is."""
        person = next(self.people)
        return person["account" if self.corp.kind == "samba" else "uid"], person["uid"]

    def attempt(self, name, password=PASSWORD):
        return attempt(self.box, self.box.acme.user_dn(name), password)[:2]

    def until_ok(self, name, password=PASSWORD):
        until(self.box, name, "OK", password)

    def dn(self, name):
        return self.corp.read(f"({self.corp.name_attribute}={name})", ["cn"])[0][0]

    def set(self, dn, **values):
        self.corp.modify("".join(
            f"dn: {dn}\nchangetype: modify\nreplace: {name}\n{name}: {value}\n\n"
            for name, value in values.items()))

    def put(self, dn, name, *values):
        """These octets, or none."""
        rows = "".join(f"{name}:: {base64.b64encode(value).decode()}\n" for value in values)
        self.corp.modify(f"dn: {dn}\nchangetype: modify\nreplace: {name}\n{rows}")

    def fail_there(self, dn, times):
        for _ in range(times):
            connection = ldap.initialize(self.corp.tls_uri)
            connection.set_option(ldap.OPT_X_TLS_CACERTFILE, self.corp.ca_file)
            connection.set_option(ldap.OPT_X_TLS_NEWCTX, 0)
            with pytest.raises(ldap.LDAPError):
                connection.simple_bind_s(dn, "wrong")
            connection.unbind_s()


@pytest.fixture(scope="module")
def samba():
    with short_folder() as folder, SambaAd(folder + "/corp", people=20) as corp, \
            Sandbox(folder + "/box") as box:
        yield World(corp, box)


@pytest.fixture(scope="module")
def ds389():
    with short_folder() as folder, Ds389(folder + "/corp", people=40,
                                         options="--scheme ssha") as corp, \
            Sandbox(folder + "/box") as box:
        yield World(corp, box)


def test_active_directory_right_and_wrong(samba):
    name, _ = samba.somebody()
    assert samba.attempt(name) == ("OK", None)
    assert samba.attempt(name, "wrong") == REFUSED


def test_active_directory_773_must_change(samba):
    name, uid = samba.somebody()
    samba.corp.change("must-change", "--uid", uid)
    assert samba.attempt(name) == ("INVALID_CREDENTIALS", MUST_CHANGE)
    assert samba.attempt(name, "wrong") == REFUSED


def test_active_directory_533_disabled_there(samba):
    name, uid = samba.somebody()
    samba.corp.change("disable", "--uid", uid)
    assert samba.attempt(name) == REFUSED
    samba.corp.change("enable", "--uid", uid)
    samba.until_ok(name)


def test_active_directory_701_the_account_has_ended_there(samba):
    name, uid = samba.somebody()
    samba.corp.change("expire:1000000000", "--uid", uid)
    assert samba.attempt(name) == REFUSED


NEVER, ANY_TIME = bytes(21), b"\xff" * 21


def refused_there(samba, dn):
    """By which sub-code, if it is; asked of it without us."""
    connection = ldap.initialize(samba.corp.tls_uri)
    connection.set_option(ldap.OPT_X_TLS_CACERTFILE, samba.corp.ca_file)
    connection.set_option(ldap.OPT_X_TLS_NEWCTX, 0)
    try:
        connection.simple_bind_s(dn, PASSWORD)
        return None
    except ldap.INVALID_CREDENTIALS as refused:
        return re.search(r"data ([0-9a-f]+)", refused.args[0]["info"])[1]
    finally:
        connection.unbind_s()


def set_password_time(corp, dn, when):
    """What LDAP lets nobody set, its store does, by a control of Samba's own."""
    filetime = (int(when) + 11644473600) * 10_000_000
    change = Path(corp.folder, "change.ldif")
    change.write_text(f"dn:: {base64.b64encode(dn.encode()).decode()}\nchangetype: modify\n"
                      f"replace: pwdLastSet\npwdLastSet: {filetime}\n", encoding="ascii")
    run("ldbmodify", "-H", corp.folder + "/data/private/sam.ldb",
        "--controls=local_oid:1.3.6.1.4.1.7165.4.3.12:0", change)


def test_active_directory_530_not_at_this_hour(samba):
    name, _ = samba.somebody()
    dn = samba.dn(name)
    samba.put(dn, "logonHours", NEVER)
    assert refused_there(samba, dn) == "530"
    assert samba.attempt(name) == REFUSED
    samba.put(dn, "logonHours", ANY_TIME)
    samba.until_ok(name)


def test_active_directory_531_not_from_here(samba):
    name, _ = samba.somebody()
    dn = samba.dn(name)
    samba.put(dn, "userWorkstations", b"ELSEWHERE")
    assert refused_there(samba, dn) == "531"
    assert samba.attempt(name) == REFUSED
    samba.put(dn, "userWorkstations")
    samba.until_ok(name)


def test_active_directory_532_the_password_has_expired(samba):
    name, _ = samba.somebody()
    dn = samba.dn(name)
    set_password_time(samba.corp, dn, time.time() - 365 * 86400)
    assert refused_there(samba, dn) == "532"
    assert samba.attempt(name) == ("INVALID_CREDENTIALS", EXPIRED)
    assert samba.attempt(name, "wrong") == REFUSED
    set_password_time(samba.corp, dn, time.time())
    samba.until_ok(name)


def test_active_directory_775_locked_there(samba):
    name, _ = samba.somebody()
    samba.set(samba.corp.suffix, lockoutThreshold=4)
    dn = samba.dn(name)
    samba.fail_there(dn, 4)
    assert samba.attempt(name) == REFUSED
    samba.set(dn, lockoutTime=0)
    samba.until_ok(name)


def test_389_right_and_wrong(ds389):
    name, _ = ds389.somebody()
    assert ds389.attempt(name) == ("OK", None)
    assert ds389.attempt(name, "wrong") == REFUSED


def test_389_inactivated_there_whatever_the_password(ds389):
    name, uid = ds389.somebody()
    ds389.corp.change("disable", "--uid", uid)
    assert ds389.attempt(name) == REFUSED
    assert ds389.attempt(name, "wrong") == REFUSED


def test_389_locked_there(ds389):
    name, _ = ds389.somebody()
    ds389.set("cn=config", passwordLockout="on", passwordMaxFailure=3, passwordLockoutDuration=3600)
    ds389.fail_there(ds389.dn(name), 3)
    assert ds389.attempt(name) == REFUSED


def test_389_must_change_after_a_reset(ds389):
    name, uid = ds389.somebody()
    ds389.set("cn=config", passwordMustChange="on")
    ds389.corp.change("password:reset-Passw0rd", "--uid", uid)
    assert ds389.attempt(name, "reset-Passw0rd") == ("INVALID_CREDENTIALS", MUST_CHANGE)
    assert ds389.attempt(name, "wrong") == REFUSED


def test_389_expired(ds389):
    name, uid = ds389.somebody()
    ds389.set("cn=config", passwordMustChange="off", passwordExp="on", passwordMaxAge=86400)
    ds389.corp.change("password:brief-Passw0rd", "--uid", uid)
    ds389.set(ds389.dn(name), passwordExpirationTime="20200101000000Z")
    assert ds389.attempt(name, "brief-Passw0rd") == ("INVALID_CREDENTIALS", EXPIRED)
