"""Services that check passwords in the tree: PostgreSQL, squid, FreeRADIUS, saslauthd."""

import os
import pwd
import shlex
import subprocess
from glob import glob

import pytest

from apps import Program, need, start_on_free_port

NOBODY = [("bob", "wrong"), ("bob", ""), ("nosuchuser", "x"), ("disabled", "pw-disabled")]


# ---- PostgreSQL ----

def as_postgres(door, *command):
    """As the account of the server, which does not run as root."""
    owner = pwd.getpwnam("postgres")
    done = subprocess.run([str(word) for word in command], user=owner.pw_uid, group=owner.pw_gid,
                          extra_groups=[], env=door.environment, cwd=door.folder, timeout=120,
                          text=True, capture_output=True, stdin=subprocess.DEVNULL, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def postgres(door):
    """psql(database, user, password) answers code and errors."""
    programs = sorted(glob("/usr/lib/postgresql/*/bin"))
    if not programs or os.geteuid() != 0:
        pytest.skip("PostgreSQL is not installed" if not programs else "only root becomes postgres")
    folder = door.folder / "postgres"
    folder.mkdir()
    os.chown(folder, pwd.getpwnam("postgres").pw_uid, -1)
    folder.chmod(0o700)
    tls = "ldaptls=1 " if door.start_tls else ""
    rules = door.example(
        "pg_hba.conf", ("ldapscheme=ldaps", f"{tls}ldapscheme={door.uri.split(':')[0]}"),
        ("id.example.com", "localhost"), ("ldapport=636", f"ldapport={door.port}"),
        ("ldap ldapurl", f"ldap {tls}ldapurl"), ("samenet", "127.0.0.1/32"))
    rules = door.file("pg_hba.conf", f"local all postgres peer\n{rules}")
    as_postgres(door, f"{programs[-1]}/initdb", "-D", folder, "--no-sync", "-A", "peer")

    def start(port):
        owner = pwd.getpwnam("postgres")
        return Program(door.folder / "postgres.log", f"{programs[-1]}/postgres", "-D", folder,
                       "-p", port, "-k", folder, "-c", "listen_addresses=127.0.0.1",
                       "-c", f"hba_file={rules}", "-c", "fsync=off", user=owner.pw_uid,
                       group=owner.pw_gid, extra_groups=[], env=door.environment, cwd="/")
    program, port = start_on_free_port(start)
    program.wait_for(lambda: (folder / f".s.PGSQL.{port}").exists(), "PostgreSQL")
    program.wait_for(lambda: "ready to accept" in program.log.read_text(), "PostgreSQL")
    for words in ("CREATE ROLE alice LOGIN", "CREATE ROLE bob LOGIN", "CREATE ROLE outsider LOGIN",
                  "CREATE ROLE disabled LOGIN", "CREATE DATABASE members"):
        as_postgres(door, "psql", "-h", folder, "-p", port, "-qc", words)

    def psql(database, user, password):
        return door.run("psql", "-h", "127.0.0.1", "-p", port, "-U", user, "-d", database, "-Atc",
                        "SELECT current_user", PGPASSWORD=password, PGPASSFILE="/dev/null",
                        PGCONNECT_TIMEOUT="60").stdout.strip()
    yield psql
    program.end()


@pytest.mark.parametrize("database", ["members", "postgres"])
def test_postgresql_signs_in_whom_the_tree_knows(postgres, database):
    assert postgres(database, "alice", "pw-alice") == "alice"


@pytest.mark.parametrize("user, password", [NOBODY[0], NOBODY[1], NOBODY[3]])
@pytest.mark.parametrize("database", ["members", "postgres"])
def test_postgresql_signs_nobody_else_in(postgres, database, user, password):
    assert postgres(database, user, password) == ""


def test_postgresql_asks_for_the_group_where_it_is_told_to(postgres):
    assert postgres("postgres", "outsider", "pw-outsider") == "outsider"
    assert postgres("members", "outsider", "pw-outsider") == ""


# ---- squid ----

@pytest.fixture(scope="module")
def squid(door):
    """helper(start of its line in squid.conf, line) answers what the helper says to a line."""
    need("/usr/lib/squid/basic_ldap_auth", "/usr/lib/squid/ext_ldap_group_acl")
    lines = door.example("squid.conf", *[("-v 3", "-v 3 -Z")] * door.start_tls).splitlines()

    def ask(kind, words):
        line = next(line for line in lines if line.startswith(kind))
        command = shlex.split(line[line.index("/usr/lib"):])
        return door.run(*command, given=words + "\n").stdout.split()[0]
    return ask


def test_squid_lets_alice_use_the_proxy(squid):
    assert squid("auth_param", "alice pw-alice") == "OK"


@pytest.mark.parametrize("user, password", NOBODY)
def test_squid_lets_nobody_else_use_the_proxy(squid, user, password):
    assert squid("auth_param", f"{user} {password}") in ("ERR", "BH")


def test_squid_tells_members_of_a_group_from_others(squid):
    assert squid("external_acl_type", "alice staff") == "OK"
    assert squid("external_acl_type", "outsider staff") == "ERR"
    assert squid("external_acl_type", "alice nosuchgroup") == "ERR"


# ---- saslauthd ----

@pytest.fixture(scope="module")
def saslauthd(door):
    need("/usr/sbin/saslauthd", "/usr/sbin/testsaslauthd")
    changes = [("ldap_version: 3", "ldap_version: 3\nldap_start_tls: yes")] * door.start_tls
    config = door.file("saslauthd.conf", door.example("saslauthd.conf", *changes))
    folder = door.folder / "sasl"
    folder.mkdir()
    program = Program(door.folder / "saslauthd.log", "/usr/sbin/saslauthd", "-a", "ldap", "-O",
                      config, "-m", folder, "-n", "1", "-d", env=door.environment)
    program.wait_for((folder / "mux").exists, "saslauthd")

    def ask(user, password):
        said = door.run("/usr/sbin/testsaslauthd", "-f", folder / "mux", "-u", user, "-p", password)
        return "OK" in said.stdout
    yield ask
    program.end()


def test_saslauthd_knows_a_member(saslauthd):
    assert saslauthd("alice", "pw-alice")


@pytest.mark.parametrize("user, password", NOBODY + [("outsider", "pw-outsider")])
def test_saslauthd_knows_nobody_else(saslauthd, user, password):
    assert not saslauthd(user, password)


# ---- FreeRADIUS ----

RADIUS = """
prefix = /usr
libdir = /usr/lib/freeradius
logdir = {folder}
run_dir = {folder}
pidfile = {folder}/radiusd.pid
client here {{
	ipaddr = 127.0.0.1
	secret = testing
	proto = tcp
	require_message_authenticator = no
}}
security {{
	allow_vulnerable_openssl = yes
}}
thread pool {{
	start_servers = 1
	max_servers = 4
	min_spare_servers = 1
	max_spare_servers = 2
	max_requests_per_server = 0
}}
modules {{
	always reject {{
		rcode = reject
	}}
	{ldap}
}}
server default {{
	listen {{
		type = auth
		proto = tcp
		ipaddr = 127.0.0.1
		port = {port}
	}}
	authorize {{
		ldap
		if (ok || updated) {{
			if (!(LDAP-Group == "staff")) {{
				reject
			}}
			update control {{
				Auth-Type := LDAP
			}}
		}}
	}}
	authenticate {{
		Auth-Type LDAP {{
			ldap
		}}
	}}
}}
"""


@pytest.fixture(scope="module")
def radius(door):
    """ask(user, password): whether the server accepts them."""
    need("/usr/sbin/freeradius", "/usr/lib/freeradius/rlm_ldap.so", "radclient")
    folder = door.folder / "radius"
    changes = [("start_tls = no", "start_tls = yes")] * door.start_tls
    ldap = door.example("freeradius-ldap", *changes)
    door.file("radius/dictionary", "$INCLUDE /usr/share/freeradius/dictionary\n")

    def start(port):
        door.file("radius/radiusd.conf", RADIUS.format(folder=folder, port=port, ldap=ldap))
        return Program(door.folder / "radius.log", "/usr/sbin/freeradius", "-f", "-l", "stdout",
                       "-d", folder, env=door.environment)
    program, port = start_on_free_port(start)
    program.wait_for(lambda: "Ready to process" in program.log.read_text(), "FreeRADIUS")

    def ask(user, password):
        said = door.run("radclient", "-x", "-P", "tcp", "-r", "1", "-t", "30", f"127.0.0.1:{port}",
                        "auth", "testing",
                        given=f'User-Name = "{user}"\nUser-Password = "{password}"\n')
        assert "Access-" in said.stdout.partition("Received")[2], said.stdout + said.stderr
        return "Access-Accept" in said.stdout
    yield ask
    program.end()


def test_freeradius_accepts_a_member(radius):
    assert radius("alice", "pw-alice")


@pytest.mark.parametrize("user, password", NOBODY + [("outsider", "pw-outsider")])
def test_freeradius_accepts_nobody_else(radius, user, password):
    assert not radius(user, password)
