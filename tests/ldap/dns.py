"""A thousand odd DNs, and what slapd makes of them.

`dns.py learn` asks a slapd of its own, in a temporary folder behind a Unix socket, and writes
dns.json: for each DN whether slapd takes it for one (else invalidDNSyntax), and of those that can
name a person, how the entry's DN comes back. tests/scenario/test_ldap_dns.py asks us the same."""

import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

import ldap
from ldap.dn import str2dn

SEED, COUNT = 4514, 1000
BASE = "ou=people,o=acme,dc=muster,dc=internal"
NAMING = ["cn", "CN", "commonName", "2.5.4.3", "sn", "surname", "description", "2.5.4.13", "title",
          "l", "localityName", "Description"]
TYPES = NAMING + ["uid", "0.9.2342.19200300.100.1.1", "ou", "o", "mail", "dc", "OID.2.5.4.3",
                  "nosuch", "1.2.3.4.5", "c n", "", "cn;lang-en", "-cn", "2cn", "cn_", "2.5.", "02.5"]
PIECES = ["a", "B", "z9", "x y", "é", "漢字", "e\u0301", "ß", "\\,", "\\+", '\\"', "\\\\", "\\<",
          "\\>", "\\;", "\\=", "\\#", "\\ ", "\\2C", "\\2c", "\\C3\\A9", "\\20", "\\0a", "=", "#",
          "'", "/", "*", "(", ")", "&", "  "]
FAULTS = ["\\", "\\c3", "\\g1", "\\a", '"', "<", ">", ";", ",", "+", "\\00", "\\ff", "\\x"]
WHOLE = ["", " ", "#", "#04", "#0401", "#040161", "#04024869", "#040148\\", "#0c0161", "#zz",
         '"quoted"', '"a,b"', '"a\\"b"', '"open', '"a"b', '" a "', "\\ ", " \\  ", "\\#04", "a ",
         " a", "a\\ ", "\\20a", "a\\20"]


def value(rng):
    kind = rng.random()
    if kind < 0.12:
        return rng.choice(WHOLE)
    pieces = [rng.choice(PIECES) for _ in range(rng.randint(1, 5))]
    if kind < 0.22:
        pieces.insert(rng.randint(0, len(pieces)), rng.choice(FAULTS))
    return "".join(pieces)


def rdn(rng):
    types = NAMING if rng.random() < 0.8 else TYPES
    count = rng.choice([1, 1, 1, 1, 2, 2, 3])
    around = rng.choice(["=", "=", "=", "=", " = ", "= ", " ="])
    parts = [rng.choice(types) + around + value(rng) for _ in range(count)]
    return rng.choice(["+", "+", " + ", "+ "]).join(parts)


def odd_dns(seed=SEED, count=COUNT):
    rng = random.Random(seed)
    dns = []
    while len(dns) < count:
        separator = rng.choice([",", ",", ",", ",", ", ", " ,", ";", " ; ", ",,"])
        dn = rdn(rng) + separator + BASE
        if dn not in dns:
            dns.append(dn)
    return dns


def code_of(call, *arguments):
    try:
        return 0, call(*arguments)
    except ldap.LDAPError as error:
        return error.args[0].get("result", -1), None


def is_base(connection, dn):
    """Whether a search takes it for a DN: there may be such an entry or not."""
    return code_of(connection.search_s, dn, ldap.SCOPE_BASE, "(objectClass=*)", ["1.1"])[0] != 34


def person(dn, number):
    """What is added beside the values of the RDN, which the server completes; None: it cannot be."""
    try:
        parts = str2dn(dn)
    except (ldap.DECODING_ERROR, UnicodeDecodeError):
        return None
    types = [ava[0].lower() for ava in parts[0]]
    if parts[1:] != str2dn(BASE) or not set(types) <= {name.lower() for name in NAMING} or len(set(types)) < len(types):
        return None
    present = {"cn" if name in ("commonname", "2.5.4.3") else
               "sn" if name == "surname" else name for name in types}
    values = [("objectClass", [b"inetOrgPerson"]), ("uid", [f"odd{number}".encode()])]
    return values + [(name, [b"Person"]) for name in ("cn", "sn") if name not in present]


def written(connection, dn, number):
    """The DN as an entry of that name comes back; else the code of its refusal."""
    values = person(dn, number)
    if values is None:
        return None
    code, _ = code_of(connection.add_s, dn, values)
    if code != 0:
        return code
    (shown, _), = connection.search_s(dn, ldap.SCOPE_BASE, attrlist=["1.1"])
    connection.delete_s(dn)
    return shown


def ask(connection, dns):
    return [[dn, is_base(connection, dn), written(connection, dn, n)] for n, dn in enumerate(dns)]


def plain(dn):
    """What a DN says, however it is escaped."""
    return [sorted((name, text) for name, text, _ in rdn) for rdn in str2dn(dn)]


def oracle(folder):
    lines = [f"include /etc/ldap/schema/{name}.schema" for name in
             ("core", "cosine", "inetorgperson")]
    lines += ["modulepath /usr/lib/ldap", "moduleload back_mdb", "database mdb",
              'suffix "dc=muster,dc=internal"', "rootdn cn=root,dc=muster,dc=internal",
              "rootpw root", f"directory {folder}"]
    (folder / "slapd.conf").write_text("\n".join(lines) + "\n")
    uri = "ldapi://" + quote(str(folder / "socket"), safe="")
    return uri, subprocess.Popen(["slapd", "-d", "0", "-h", uri, "-f", folder / "slapd.conf"])


def connected(uri):
    for _ in range(100):
        connection = ldap.initialize(uri)
        try:
            connection.simple_bind_s("cn=root,dc=muster,dc=internal", "root")
            return connection
        except ldap.SERVER_DOWN:
            time.sleep(0.1)
    raise SystemExit("slapd does not answer")


def learn():
    with tempfile.TemporaryDirectory(prefix="odd-") as name:
        uri, process = oracle(Path(name))
        try:
            connection = connected(uri)
            for dn, classes in [("dc=muster,dc=internal", [b"organization", b"dcObject"]),
                                ("o=acme,dc=muster,dc=internal", [b"organization"]),
                                (BASE, [b"organizationalUnit"])]:
                values = [("objectClass", classes)]
                if b"dcObject" in classes:
                    values.append(("o", [b"muster"]))
                connection.add_s(dn, values)
            rows = ask(connection, odd_dns())
        finally:
            process.terminate()
            process.wait()
    text = ",\n".join(json.dumps(row, ensure_ascii=True) for row in rows)
    Path(__file__).with_suffix(".json").write_text(f"[\n{text}\n]\n")


if __name__ == "__main__" and sys.argv[1:] == ["learn"]:
    learn()
