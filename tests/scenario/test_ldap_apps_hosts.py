"""Linux hosts whose people and groups live in the tree: sssd and nslcd, each in its own mounts."""

import os
import sys

import pytest

from apps import Program, need
from muster import wait_until

# Before the program and whoever asks it, in a private mount namespace: what stands in for the
# machine's own files, as pairs of a place and what is put there.
ENTER = """
set -e
while [ "$1" != -- ]; do mount --bind "$2" "$1"; shift 2; done
shift
exec "$@"
"""


class Host:
    """A daemon in a mount namespace, and commands that see what it sees."""

    def __init__(self, door, log, places, *command):
        self.door = door
        if os.geteuid() != 0 or door.run("unshare", "-m", "true").returncode != 0:
            pytest.skip("a private mount namespace is not permitted here")
        words = [word for pair in places.items() for word in pair]
        self.program = Program(log, "unshare", "-m", "bash", "-c", ENTER, "bash", *words, "--",
                               *command, env=door.environment)

    def run(self, *command, given=None):
        return self.door.run("nsenter", "-m", f"--target={self.program.process.pid}", *command,
                             given=given)

    def until(self, *command):
        """Until the command succeeds: the daemon is up and has the tree."""
        wait_until(lambda: self.program.ended() or self.run(*command).returncode == 0, 60,
                   "the daemon")
        assert not self.program.ended(), self.program.log.read_text(errors="replace")[-2000:]


# ---- sssd ----

NSSWITCH = "passwd: files sss\ngroup: files sss\nshadow: files\nhosts: files\n"
PAM = ("auth required pam_sss.so\naccount required pam_sss.so\n"
       "session required pam_permit.so\n")


def sssd_config(door):
    """The example, with two entries a page and nothing remembered."""
    changes = [("ldap_schema", "ldap_id_use_start_tls = true\nldap_schema")] * door.start_tls
    text = door.example("sssd.conf", *changes)
    nss = "[nss]\nmemcache_timeout = 0\nentry_negative_timeout = 0\n[domain/acme]"
    return text.replace("[domain/acme]", nss) + (
        "ldap_page_size = 2\nenumerate = true\nentry_cache_timeout = 1\n"
        "cache_credentials = false\n")


@pytest.fixture(scope="module")
def sssd(door):
    need("/usr/sbin/sssd", "/usr/lib/x86_64-linux-gnu/sssd/libsss_ldap.so", "pamtester",
         "/usr/lib/x86_64-linux-gnu/libnss_sss.so.2",
         "/usr/lib/x86_64-linux-gnu/security/pam_sss.so")
    folder = door.folder / "sssd"
    door.file("sssd/etc/sssd.conf", sssd_config(door), 0o600)
    door.file("sssd/nsswitch.conf", NSSWITCH)
    door.file("sssd/pam/muster", PAM)
    for name in ("run", "log", "lib"):
        (folder / name).mkdir()
    for name in ("db", "deskprofile", "gpo_cache", "keytabs", "mc", "pipes/private", "pubconf",
                 "pubconf/krb5.include.d", "secrets"):
        (folder / "lib" / name).mkdir(parents=True)
    host = Host(door, folder / "out",
                {"/var/lib/sss": folder / "lib", "/var/log/sssd": folder / "log",
                 "/etc/sssd": folder / "etc", "/run": folder / "run",
                 "/etc/nsswitch.conf": folder / "nsswitch.conf", "/etc/pam.d": folder / "pam"},
                "/usr/sbin/sssd", "-i", "--logger=stderr")
    try:
        host.until("getent", "-s", "sss", "passwd", "alice")
        yield host
    finally:
        host.program.end()


def test_sssd_knows_people_by_name_and_number(sssd):
    line = sssd.run("getent", "passwd", "alice").stdout
    assert line.startswith("alice:*:1001:2000:"), line
    assert line.rstrip().endswith(":/home/alice:/bin/sh")
    assert sssd.run("getent", "passwd", "1001").stdout == line


def test_sssd_knows_groups_and_their_members(sssd):
    line = sssd.run("getent", "-s", "sss", "group", "staff").stdout.strip()
    assert line.startswith("staff:*:2001:")
    assert {"alice", "bob"} <= set(line.rpartition(":")[2].split(","))
    assert sssd.run("getent", "-s", "sss", "group", "2001").stdout.startswith("staff:")


def test_sssd_knows_whose_groups_are_which(sssd):
    assert "staff" in sssd.run("id", "-nG", "alice").stdout.split()
    assert "staff" not in sssd.run("id", "-nG", "outsider").stdout.split()


@pytest.mark.parametrize("name", ["nosuchuser", "al*"])
def test_sssd_knows_nobody_else(sssd, name):
    assert sssd.run("getent", "passwd", name).returncode == 2


def test_sssd_lists_everybody_page_by_page(sssd):
    wait_until(lambda: "outsider:" in sssd.run("getent", "passwd").stdout, 60, "the list")


def test_sssd_lets_a_member_in(sssd):
    done = sssd.run("pamtester", "muster", "alice", "authenticate", "acct_mgmt",
                    given="pw-alice\n")
    assert done.returncode == 0, done.stderr


def test_sssd_lets_in_only_whom_the_access_filter_names(sssd):
    ask = ("pamtester", "muster", "outsider")
    assert sssd.run(*ask, "authenticate", given="pw-outsider\n").returncode == 0
    assert sssd.run(*ask, "authenticate", "acct_mgmt", given="pw-outsider\n").returncode != 0


@pytest.mark.parametrize("user, password", [
    ("bob", "wrong"), ("bob", ""), ("disabled", "pw-disabled"), ("nosuchuser", "x")])
def test_sssd_lets_nobody_else_in(sssd, user, password):
    done = sssd.run("pamtester", "muster", user, "authenticate", given=password + "\n")
    assert done.returncode != 0


# ---- nslcd ----

# What pam_ldap asks: the password, then whether this person may enter.
NSLCD_PAM = """
import sys
sys.path.insert(0, "/usr/share/nslcd-utils")
import constants, nslcd
user, password = sys.argv[1:]
ask = nslcd.NslcdClient(constants.NSLCD_ACTION_PAM_AUTHC)
for word in (user, "muster", "", "", ""):
    ask.write_string(word)
ask.write_string(password)
if ask.get_response() != constants.NSLCD_RESULT_BEGIN:
    sys.exit(1)
ask.read_int32() and sys.exit(2)
"""


@pytest.fixture(scope="module")
def nslcd(door):
    need("/usr/sbin/nslcd", "getent.ldap", "/usr/share/nslcd-utils/nslcd.py")
    folder = door.folder / "nslcd"
    changes = [("tls_reqcert demand", "ssl start_tls\ntls_reqcert demand")] * door.start_tls
    door.file("nslcd/nslcd.conf", door.example("nslcd.conf", *changes), 0o600)
    (folder / "run/nslcd").mkdir(parents=True)
    (folder / "run/nslcd").chmod(0o777)
    host = Host(door, folder / "out",
                {"/etc/nslcd.conf": folder / "nslcd.conf", "/run": folder / "run"},
                "/usr/sbin/nslcd", "-n")
    try:
        host.until("getent.ldap", "passwd", "alice")
        yield host
    finally:
        host.program.end()


def test_nslcd_knows_people_by_name_and_number(nslcd):
    line = nslcd.run("getent.ldap", "passwd", "alice").stdout
    assert line.startswith("alice:*:1001:2000:") and line.rstrip().endswith(":/home/alice:/bin/sh")
    assert nslcd.run("getent.ldap", "passwd", "1001").stdout == line


def test_nslcd_knows_groups_and_their_members(nslcd):
    line = nslcd.run("getent.ldap", "group", "staff").stdout.strip()
    assert line.startswith("staff:*:2001:")
    assert {"alice", "bob"} <= set(line.rpartition(":")[2].split(","))


def test_nslcd_lists_everybody(nslcd):
    names = {line.partition(":")[0] for line in nslcd.run("getent.ldap", "passwd").stdout.split()}
    assert {"alice", "bob", "carol", "outsider"} <= names


def test_nslcd_knows_nobody_else(nslcd):
    assert "nosuchuser" not in nslcd.run("getent.ldap", "passwd", "nosuchuser").stdout


@pytest.mark.parametrize("user, password, known", [
    ("alice", "pw-alice", True), ("bob", "wrong", False), ("disabled", "pw-disabled", False),
    ("nosuchuser", "x", False)])
def test_nslcd_checks_passwords(nslcd, user, password, known):
    done = nslcd.run(sys.executable, "-c", NSLCD_PAM, user, password)
    assert (done.returncode == 0) is known, done.stderr
