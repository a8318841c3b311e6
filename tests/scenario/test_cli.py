"""`muster` against a running daemon: what it prints, what it refuses, and how it ends."""

import fcntl
import json
import os
import struct
import subprocess
import termios

import ldap
import pytest

from conftest import short_folder
from muster import BUILD, TOP, Sandbox, assignments, run

TREE = """version: 1

dn: o=acme,{suffix}
objectClass: organization
o: acme

# a person with a folded and a base64 value
dn: uid=zoe,ou=people,o=acme,{suffix}
objectClass: inetOrgPerson
objectClass: posixAccount
uid: zoe
cn:: Wm/DqyBNw7xsbGVy
sn: Mu
 eller
mail: zoe@example.com
mail: z@example.com
uidNumber: 4001
gidNumber: 4000
homeDirectory: /home/zoe
userPassword: pw-zoe-1234

dn: uid=old,ou=people,o=acme,{suffix}
objectClass: inetOrgPerson
uid: old
cn: Old Hand
sn: Hand
pwdAccountLockedTime: 000001010000Z
userPassword: pw-old-1234

dn: cn=alias,ou=people,o=acme,{suffix}
objectClass: alias
objectClass: extensibleObject
cn: alias
aliasedObjectName: uid=zoe,ou=people,o=acme,{suffix}

dn: cn=night,ou=groups,o=acme,{suffix}
objectClass: groupOfNames
cn: night
member: UID=Zoe, OU=People, o=acme,{suffix}
member: uid=nobody,ou=people,o=acme,{suffix}

dn: cn=all,ou=groups,o=acme,{suffix}
objectClass: groupOfNames
cn: all
member: cn=night,ou=groups,o=acme,{suffix}

dn: cn=Viewer,ou=roles,o=acme,{suffix}
objectClass: groupOfNames
cn: Viewer
member: uid=zoe,ou=people,o=acme,{suffix}

dn: cn=wiki,ou=services,o=acme,{suffix}
objectClass: simpleSecurityObject
objectClass: organizationalRole
cn: wiki
userPassword: pw-wiki-1234
"""


def muster(sandbox, *words, text=None, check=True):
    done = subprocess.run([str(BUILD / "muster"), "--json", *map(str, words)], text=True,
                          input=text or "", capture_output=True, timeout=60,
                          env={**os.environ, "MUSTER_SOCKET": sandbox.values["MUSTER_SOCKET"]})
    if check:
        assert done.returncode == 0, (words, done.stderr)
        return json.loads(done.stdout) if done.stdout.startswith(("{", "[", "null")) else None
    return done


def test_a_person_from_creation_to_deletion(sandbox):
    made = muster(sandbox, "user", "create", "acme", "kim", "--email", "kim@example.com",
                  "--role", "Viewer", "--generate")
    dn = sandbox.acme.user_dn("kim")
    sandbox.acme.bind(dn, made["password"])
    shown = muster(sandbox, "user", "show", "acme", "kim")
    assert shown["roles"] == ["Viewer"] and shown["emails"] == ["kim@example.com"]
    assert "password" not in shown and "argon2" not in json.dumps(shown)
    muster(sandbox, "user", "deactivate", "acme", "kim")
    with pytest.raises(ldap.INVALID_CREDENTIALS):
        sandbox.acme.bind(dn, made["password"])
    muster(sandbox, "user", "activate", "acme", "kim")
    muster(sandbox, "user", "set-password", "acme", "kim", "--password-file", "-", text="new-one-77\n")
    sandbox.acme.bind(dn, "new-one-77")
    muster(sandbox, "user", "delete", "acme", "kim")
    assert muster(sandbox, "user", "show", "acme", "kim", check=False).returncode == 69


def test_a_secret_file_that_others_may_read_is_refused(sandbox, tmp_path):
    path = tmp_path / "password"
    path.write_text("pw-12345678\n", encoding="ascii")
    path.chmod(0o644)
    done = muster(sandbox, "user", "create", "acme", "lee", "--password-file", path, check=False)
    assert done.returncode != 0 and str(path) in done.stderr
    path.chmod(0o600)
    muster(sandbox, "user", "create", "acme", "lee", "--password-file", path)
    sandbox.acme.bind(sandbox.acme.user_dn("lee"), "pw-12345678")


@pytest.mark.parametrize("words, status, names", [
    (("tenant", "show", "nowhere"), 69, "tenant"),
    (("user", "show", "acme", "nobody"), 69, "user"),
    (("tenant", "create", "acme"), 73, ""),
    (("user", "create", "acme", "x", "--role", "Nothing"), 65, "role"),
    (("user", "create", "acme", "x", "--colour", "red"), 65, "--colour"),
    (("user", "create", "acme"), 65, "user"),
    (("user", "list", "acme", "--limit", "many"), 65, "many"),
    (("token", "create", "acme", "t", "--type", "service"), 65, "type"),
    (("token", "create", "acme", "t", "--permission", "fly"), 65, "permission"),
    (("webhook", "create", "acme", "w", "--uri", "ftp://example.com"), 65, "uri"),
    (("webhook", "create", "acme", "w", "--uri", "https://example.com:25/"), 65, "uri"),
    (("directory", "create", "acme", "d", "--uri", "ftp://x", "--base-dn", "dc=x"), 65, "uri"),
    (("user", "deactivate", "acme", "admin"), 73, ""),
    (("settings", "edit", "acme", "--language", "xx"), 65, "muster: language: "),
    (("user", "deactivate", "acme", "admin", "--reason", "bored"), 65, "muster: reason: "),
    (("scope", "create", "acme", "x" * 2000), 65, "muster: scope: "),
    (("audit", "list", "acme", "--channel", "fax"), 65, "muster: channel: "),
    (("audit", "list", "acme", "--outcome", "bad"), 65, "muster: outcome: "),
    (("user", "create", "acme", "x", "--apps", "{}"), 65, "--apps"),
    (("backup", "relative/../x\x01"), 74, ""),
    (("fly",), 64, "fly"),
])
def test_a_refusal_names_what_is_wrong(sandbox, words, status, names):
    done = muster(sandbox, *words, check=False)
    assert done.returncode == status, done.stderr
    assert names in done.stderr and done.stdout == ""


def test_people_read_tables(sandbox):
    done = subprocess.run([str(BUILD / "muster"), "user", "list", "acme"], text=True,
                          capture_output=True, timeout=60,
                          env={**os.environ, "MUSTER_SOCKET": sandbox.values["MUSTER_SOCKET"]})
    head, *rows = done.stdout.splitlines()
    assert head.split()[:2] == ["user", "name"]
    assert any(row.startswith("admin ") and row[head.index("active"):].startswith("yes")
               for row in rows)


def test_without_a_daemon_it_says_so(tmp_path):
    done = subprocess.run([str(BUILD / "muster"), "--socket", str(tmp_path / "none"), "status"],
                          text=True, capture_output=True, timeout=60)
    assert done.returncode == 75 and "no daemon" in done.stderr


def test_what_is_missing_is_said_with_where_to_read_on():
    def said(*words):
        return subprocess.run([str(BUILD / "muster"), *words], text=True, capture_output=True,
                              timeout=60)
    lacking = said("user", "create", "acme")
    assert lacking.returncode == 65
    assert lacking.stderr == "muster: user is missing; see muster help user create\n"
    some = said("help", "webhook")
    assert some.returncode == 0
    assert {line.split()[0] for line in some.stdout.splitlines()} == {"webhook"}
    assert said("help", "frob").returncode == 69


def completed(*words):
    script = ('source <("$1" completion bash); shift; COMP_WORDS=("$@"); COMP_CWORD=$(($#-1)); '
              '_muster; echo "${COMPREPLY[@]}"')
    done = subprocess.run(["bash", "-c", script, "bash", str(BUILD / "muster"), "muster", *words],
                          text=True, capture_output=True, check=True, timeout=60)
    return done.stdout.split()


@pytest.mark.parametrize("words, offered", [
    (("pol",), ["policy"]),
    (("policy", ""), ["list", "set", "show"]),
    (("user", "create", "acme", "x", "--ro"), ["--role"]),
    (("--json", "--socket", "/run/x", "policy", "s"), ["set", "show"]),
    (("help", "policy", "s"), ["set", "show"]),
    (("audit", "verify", "--"), ["--anchors", "--data", "--key-file"]),
    (("--",), ["--json", "--socket"]),
])
def test_bash_completes_words(words, offered):
    assert completed(*words) == offered


def test_help_knows_every_verb(sandbox):
    words = [line.split("\"")[1] for line in
             (TOP / "schema/operations.def").read_text(encoding="utf-8").splitlines()
             if line.startswith("OPERATION(") and "\"" in line.split(",")[2]]
    done = subprocess.run([str(BUILD / "muster"), "help"], text=True, capture_output=True,
                          timeout=60)
    for verb in words:
        assert f"  {verb} " in done.stdout
    one = subprocess.run([str(BUILD / "muster"), "help", "user", "create"], text=True,
                         capture_output=True, timeout=60)
    assert "--password-file FILE|-" in one.stdout
    assert "--apps" not in one.stdout and "--limit" not in one.stdout


def test_ldif_brings_people_groups_roles_and_services(sandbox, tmp_path):
    path = tmp_path / "tree.ldif"
    path.write_text(TREE.format(suffix=sandbox.values["SUFFIX"]), encoding="utf-8")
    done = muster(sandbox, "load", path, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("6 created, 1 there already, 0 refused; 1 records")
    assert "1 members unknown" in done.stdout
    zoe = muster(sandbox, "user", "show", "acme", "zoe")
    assert zoe["common_name"] == "Zoë Müller" and zoe["family"] == "Mueller"
    assert zoe["emails"] == ["zoe@example.com", "z@example.com"] and zoe["uid_number"] == 4001
    assert zoe["roles"] == ["Viewer"] and zoe["groups"] == ["night"]
    assert [m["name"] for m in muster(sandbox, "group", "show", "acme", "all")["members"]] == ["night"]
    sandbox.acme.bind(sandbox.acme.user_dn("zoe"), "pw-zoe-1234")
    sandbox.acme.bind(f"cn=wiki,ou=services,{sandbox.acme.base_dn}", "pw-wiki-1234")
    with pytest.raises(ldap.INVALID_CREDENTIALS):
        sandbox.acme.bind(sandbox.acme.user_dn("old"), "pw-old-1234")
    again = muster(sandbox, "load", path, check=False)
    assert again.stdout.startswith("0 created, 7 there already, 0 refused")


def test_scim_lines_are_loaded_too(sandbox, tmp_path):
    path = tmp_path / "people.jsonl"
    rows = [{"userName": "ida", "displayName": "Ida", "password": "pw-ida-1234",
             "name": {"familyName": "Berg", "givenName": "Ida"}, "externalId": "e-1",
             "emails": [{"value": "ida@example.com", "type": "work", "primary": True},
                        {"value": "i@example.com", "type": "home"}],
             "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "R&D"}},
            {"userName": "out", "active": False},
            {"displayName": "lab", "members": [{"value": "ida"}, "out"]}]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    done = muster(sandbox, "load", path, "--tenant", "globex", check=False)
    assert done.returncode == 0, done.stderr
    ida = muster(sandbox, "user", "show", "globex", "ida")
    assert ida["external_id"] == "e-1" and ida["department"] == "R&D"
    assert ida["emails"] == ["ida@example.com", "i@example.com"]
    assert ida["email_type"] == ["work", "home"] and ida["groups"] == ["lab"]
    assert muster(sandbox, "user", "show", "globex", "out")["active"] is False


def test_a_sandbox_begins_with_lines_that_name_no_tenant(tmp_path):
    path = tmp_path / "people.jsonl"
    path.write_text('{"userName": "ida"}\n{"userName": "bo", "tenant": "globex"}\n', encoding="utf-8")
    with short_folder() as folder:
        box = Sandbox(folder)
        run(TOP / "contrib/sandbox", "start", "--load", path, folder)
        try:
            box.values = assignments(run(TOP / "contrib/sandbox", "show", folder).stdout)
            assert muster(box, "user", "show", "acme", "ida")["user_name"] == "ida"
            assert muster(box, "user", "show", "globex", "bo")["user_name"] == "bo"
        finally:
            box.stop()


@pytest.mark.parametrize("text, line", [
    ("dn: uid=a,ou=people,o=acme\nuid a\n", 2),
    ("dn: uid=a,ou=people,o=acme\nuid:: *\n", 2),
    ("uid: a\n", 1),
    ("dn: uid=a,ou=people,o=acme\nchangetype: delete\n", 2),
    ("dn: uid=a,ou=people,o=acme\njpegPhoto:< file:///etc/passwd\n", 2),
])
def test_ldif_that_cannot_be_read_names_its_line(sandbox, tmp_path, text, line):
    path = tmp_path / "bad.ldif"
    path.write_text(text, encoding="utf-8")
    done = muster(sandbox, "load", path, check=False)
    assert done.returncode != 0 and f"line {line}" in done.stderr


def test_audit_and_status_answer(sandbox):
    assert muster(sandbox, "status")["state"] == "ready"
    rows = muster(sandbox, "audit", "tail", "acme", "--lines", "3")
    assert len(rows) == 3 and all(row["channel" if "channel" in row else "action"] for row in rows)
    muster(sandbox, "reload")


def test_the_audit_is_printed_for_people_and_exported(sandbox):
    muster(sandbox, "scope", "create", "acme", "Reading Room")
    lines = sandbox.muster("audit", "tail", "acme", "--lines", "1").stdout.splitlines()
    assert lines[0].split() == ["seq", "time", "actor", "channel", "action", "target", "outcome",
                                "changes"]
    assert "scope.created" in lines[1] and "scope Reading Room" in lines[1]
    assert "displayName: - -> Reading Room" in lines[1]
    exported = sandbox.muster("audit", "export", "acme", "--action", "scope.*").stdout
    head, *rows = exported.splitlines()
    assert head.startswith("Time,Action,Actor,") and "Reading Room" in rows[0]


def test_a_policy_says_how_it_is_confirmed(sandbox):
    ask = ("policy", "set", "globex", "links.reset_ttl", "--value", "7200")
    effect = muster(sandbox, *ask)
    assert not effect["applied"] and effect["sentence"].endswith("confirm 0")
    assert muster(sandbox, *ask, "--confirm", "0")["applied"]
    assert muster(sandbox, "policy", "show", "globex", "links.reset_ttl")["value"] == "7200"


def test_tokens_and_services_are_listed_apart(sandbox):
    tokens = muster(sandbox, "token", "list", "acme")
    assert {row["type"] for row in tokens} == {"scim", "api"}
    assert "users.view" in next(row for row in tokens if row["type"] == "scim")["permissions"]
    assert {row["type"] for row in muster(sandbox, "service", "list", "acme")} == {"service"}


def test_a_table_is_no_wider_than_the_terminal(sandbox):
    """Whoever reads by a program gets all of it."""
    words = (BUILD / "muster", "--socket", sandbox.values["MUSTER_SOCKET"], "user", "list", "acme")
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 50, 0, 0))
    done = subprocess.run(words, stdout=theirs, stderr=subprocess.PIPE, timeout=60, check=True)
    os.close(theirs)
    shown = os.read(ours, 65536).decode()
    os.close(ours)
    lines = shown.splitlines()
    assert lines[0].startswith("user") and all(len(line) <= 50 for line in lines), done.stderr
    assert "role_ids" in sandbox.muster(*words[3:]).stdout.splitlines()[0]
