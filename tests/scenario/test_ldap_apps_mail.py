"""Mail servers on the tree: Dovecot signs in and looks up, Postfix finds addresses."""

import imaplib
import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from apps import Program, need, start_on_free_port

DOVECOT = """
base_dir = {folder}/base
state_dir = {folder}/base
log_path = {folder}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
default_internal_user = nobody
default_internal_group = nogroup
default_login_user = nobody
first_valid_uid = 1
mail_location = maildir:{folder}/mail/%u
auth_mechanisms = plain login
auth_failure_delay = 0
service imap-login {{
	chroot =
	inet_listener imap {{
		port = {port}
	}}
	inet_listener imaps {{
		port = 0
	}}
}}
service anvil {{
	chroot =
	unix_listener anvil-auth-penalty {{
		mode = 0
	}}
}}
service stats {{
	chroot =
}}
passdb {{
	driver = ldap
	args = {ldap}
}}
userdb {{
	driver = ldap
	args = {ldap}
}}
"""


@pytest.fixture(scope="module")
def dovecot(door):
    """What `doveadm -c FILE` needs, and the port of IMAP."""
    need("/usr/sbin/dovecot", "/usr/lib/dovecot/modules/auth/libauthdb_ldap.so")
    if os.geteuid() != 0:
        pytest.skip("only root starts Dovecot")
    changes = [("vmail", "65534")] + [("dn = cn=", "tls = yes\ndn = cn=")] * door.start_tls
    ldap = door.file("dovecot-ldap.conf.ext", door.example("dovecot-ldap.conf.ext", *changes))
    mail = door.folder / "mail"
    mail.mkdir()
    mail.chmod(0o777)

    def start(port):
        config = door.file("dovecot.conf",
                           DOVECOT.format(folder=door.folder, port=port, ldap=ldap))
        return Program(door.folder / "dovecot.out", "/usr/sbin/dovecot", "-F", "-c", config)
    program, port = start_on_free_port(start)
    yield door.folder / "dovecot.conf", port
    program.end()


@pytest.fixture
def sign_in(door, dovecot):
    return lambda user, password: door.run(
        "doveadm", "-c", dovecot[0], "auth", "test", user, password).returncode == 0


def test_dovecot_signs_a_member_in_by_name_or_address(sign_in):
    assert sign_in("alice", "pw-alice")
    assert sign_in("alice@acme.test", "pw-alice")


@pytest.mark.parametrize("user, password", [
    ("bob", "wrong"), ("bob", ""), ("disabled", "pw-disabled"), ("nosuchuser", "x"),
    ("*", "pw-alice"), ("outsider", "pw-outsider")])
def test_dovecot_signs_nobody_else_in(sign_in, user, password):
    assert not sign_in(user, password)


def test_dovecot_opens_the_mailbox_of_who_signs_in(dovecot):
    client = imaplib.IMAP4("127.0.0.1", dovecot[1], timeout=60)
    assert client.login("alice", "pw-alice")[0] == "OK"
    assert client.select()[0] == "OK"
    client.logout()


def test_dovecot_knows_where_somebody_lives(door, dovecot):
    asked = door.run("doveadm", "-c", dovecot[0], "user", "alice")
    assert "/home/alice" in asked.stdout, asked.stderr
    assert door.run("doveadm", "-c", dovecot[0], "user", "nosuchuser").returncode != 0


def test_dovecot_lists_everybody(door, dovecot):
    asked = door.run("doveadm", "-c", dovecot[0], "user", "*")
    assert {"alice", "bob", "carol", "outsider"} <= set(asked.stdout.split()), asked.stderr


def test_dovecot_signs_thirty_in_at_once(sign_in):
    with ThreadPoolExecutor(30) as several:
        assert all(several.map(lambda _: sign_in("alice", "pw-alice"), range(30)))


@pytest.fixture(scope="module")
def postmap(door):
    """What a lookup in an LDAP table of that name answers, empty when nothing is found."""
    need("/usr/sbin/postmap", "/usr/lib/postfix/postfix-ldap.so")
    door.file("postfix/main.cf", "compatibility_level = 3.6\nmyhostname = mail.acme.test\n")
    changes = [("version = 3", "version = 3\nstart_tls = yes")] * door.start_tls

    def ask(table, key):
        path = door.file(f"postfix/{table}", door.example(table, *changes))
        # It closes each descriptor that it might have, which may be many.
        asked = door.run("prlimit", "--nofile=256", "/usr/sbin/postmap", "-c", path.parent, "-q",
                         key, f"ldap:{path}")
        assert not asked.stderr, asked.stderr
        return asked.stdout.strip()
    return ask


def test_postfix_finds_who_is_behind_an_address(postmap):
    assert postmap("postfix-aliases.cf", "alice@acme.test") == "alice"
    assert not postmap("postfix-aliases.cf", "nosuchuser@acme.test")


def test_postfix_takes_an_address_for_no_pattern(postmap):
    assert not postmap("postfix-aliases.cf", "*@acme.test")


def test_postfix_sends_to_the_members_of_a_group(postmap):
    members = postmap("postfix-lists.cf", "staff@acme.test").split(",")
    assert {"alice@acme.test", "bob@acme.test"} <= set(members)


def test_postfix_sends_to_the_members_of_groups_in_a_group(postmap):
    members = postmap("postfix-lists.cf", "everyone@acme.test").split(",")
    assert {"alice@acme.test", "outsider@acme.test"} <= set(members)
