"""What Gitea's and Django's kin do through ldap3 of Python: directory.py URI CA [starttls]

One line of TAP for each thing that is tried.
"""

import ssl
import sys

import ldap3

BASE = "o=acme,dc=idp,dc=test"
PEOPLE = f"ou=people,{BASE}"
ALICE = f"uid=alice,{PEOPLE}"


def as_whom(name, password):
    tls = ldap3.Tls(ca_certs_file=sys.argv[2], validate=ssl.CERT_REQUIRED)
    server = ldap3.Server(sys.argv[1], tls=tls, get_info=ldap3.ALL, connect_timeout=60)
    connection = ldap3.Connection(server, name, password, receive_timeout=60)
    connection.open()
    if len(sys.argv) > 3:
        connection.start_tls()
    connection.bind()
    return connection


def service():
    return as_whom(f"cn=svc,ou=services,{BASE}", "svcpw-acme")


def finds():
    connection = service()
    connection.search(PEOPLE, "(&(objectClass=inetOrgPerson)(uid=alice))", attributes=["*", "+"])
    one, = connection.entries
    return (one.mail == "alice@acme.test" and one.entryUUID
            and f"cn=staff,ou=groups,{BASE}" in one.memberOf)


def pages():
    connection = service()
    connection.search(PEOPLE, "(uid=*)")
    whole = [entry.entry_dn for entry in connection.entries]
    paged = connection.extend.standard.paged_search(PEOPLE, "(uid=*)", paged_size=2,
                                                    paged_criticality=True)
    return len(whole) > 3 and sorted(whole) == sorted(entry["dn"] for entry in paged)


def schema():
    known = service().server.schema
    return "member" in known.attribute_types and "inetOrgPerson" in known.object_classes


ATTEMPTS = {
    "a person binds": lambda: as_whom(ALICE, "pw-alice").bound,
    "a wrong password is refused":
        lambda: as_whom(f"uid=bob,{PEOPLE}", "wrong").result["result"] == 49,
    "who is inactive is refused":
        lambda: as_whom(f"uid=disabled,{PEOPLE}", "pw-disabled").result["result"] == 49,
    "a person is found": finds,
    "pages equal one answer": pages,
    "compare tells true from false":
        lambda: [service().compare(ALICE, "uid", uid) for uid in ("alice", "bob")] == [True, False],
    "the schema is read and understood": schema,
    "who one is": lambda: "alice" in as_whom(ALICE, "pw-alice").extend.standard.who_am_i(),
}

for what, attempt in ATTEMPTS.items():
    why = ""
    try:
        holds = attempt()
    except Exception as e:  # pylint: disable=broad-exception-caught
        holds, why = False, f" # {type(e).__name__}: {e}"
    print("ok" if holds else "not ok", "-", what + why)
