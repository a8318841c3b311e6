"""Who a connection is: SASL, client certificates, login names, authorization identities."""

import base64
import hashlib
import hmac
import itertools
import json
import os
import random
import re
import signal
import ssl
import subprocess
import sys

import ldap
import ldap.sasl
import pytest

from conftest import short_folder
from muster import TOP, Sandbox, run, wait_until

sys.path.insert(0, str(TOP / "tests/ldap"))
from ldapraw import STARTTLS, WHOAMI, Conn, bind, compare, ctl, eq, extop, modify, sasl, search, tlv  # noqa: E402

AUTHZ_ID, AUTHZ_ID_RESPONSE = "2.16.840.1.113730.3.4.16", "2.16.840.1.113730.3.4.15"
PROXIED = "2.16.840.1.113730.3.4.18"
IN_PROGRESS = 14
BINDS = int(os.environ.get("MUSTER_BINDS", "1500"))
PEOPLE = {name: f"pw-{name}-1" for name in ("alice", "bob", "carol", "josé")}


@pytest.fixture(scope="module")
def box():
    with short_folder() as folder:
        sandbox = Sandbox(folder + "/box").start()
        sandbox.muster("policy", "set", "acme", "password.scram", "--value", "true",
                       "--confirm", "0")
        for name, password in PEOPLE.items():
            make_person(sandbox, "acme", name, password, f"{name[0]}.mail@acme.test")
        make_person(sandbox, "globex", "alice", "pw-other-1", "a.mail@acme.test")
        yield sandbox
        sandbox.stop()


def make_person(box, tenant, name, password, mail, *more):
    path = box.folder / "password"
    path.write_text(password + "\n", encoding="utf-8")
    path.chmod(0o600)
    box.muster("user", "create", tenant, name, "--name", name.title(), "--email", mail,
               "--password-file", path, *more)
    return f"uid={name},ou=people,o={tenant},{box.values['SUFFIX']}"


def make_proxy(box, name, *permissions, tenant="acme"):
    """A service account with ldap.proxy and what else is named: DN and password."""
    words = [word for one in ("ldap.proxy", *permissions) for word in ("--permission", one)]
    made = box.muster("service", "create", tenant, name, *words)
    password = re.search(r"^password\s+(\S+)", made.stdout, re.M).group(1)
    return f"cn={name},ou=services,{box.tenant(tenant).base_dn}", password


def brief(value):
    """For the name of a test case."""
    return repr(value)[:40]


# ---- certificates ----

class Authority:
    """Signs certificates of clients."""

    def __init__(self, folder, certificate, key):
        self.folder, self.certificate, self.key = folder, certificate, key
        self.serial = itertools.count(1)

    @classmethod
    def make(cls, folder):
        folder.mkdir(exist_ok=True)
        certificate, key = folder / "other-ca.pem", folder / "other-ca.key"
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-nodes", "-days", "10", "-subj", "/CN=Another CA", "-keyout", key,
            "-out", certificate)
        return cls(folder, certificate, key)

    def sign(self, subject, *extensions, days=10, usage="clientAuth"):
        """Paths of a certificate and its key."""
        self.folder.mkdir(exist_ok=True)
        n = next(self.serial)
        key, request, certificate, lines = (self.folder / f"{n}.{end}"
                                            for end in ("key", "csr", "pem", "ext"))
        lines.write_text("\n".join([f"extendedKeyUsage={usage}", *extensions, ""]))
        run("openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-utf8", "-subj", subject, "-keyout", key, "-out", request)
        run("openssl", "x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey",
            self.key, "-set_serial", 1000 + n, "-days", days, "-extfile", lines,
            "-out", certificate)
        return certificate, key


@pytest.fixture(scope="module")
def authority(box):
    tls = box.folder / "tls"
    return Authority(box.folder / "clients", tls / "client-ca.pem", tls / "client-ca.key")


class Client(Conn):
    """A raw connection, plain or over TLS with or without a certificate."""

    def __init__(self, box, tls=False, certificate=None, version=None):
        uri = box.values["LDAPS_URI" if tls else "LDAP_URI"]
        self.context = None
        if tls or certificate:
            self.context = ssl.create_default_context(cafile=box.values["CA_FILE"])
            self.context.check_hostname = False
            if version:
                self.context.maximum_version = version
            if certificate:
                self.context.load_cert_chain(*certificate)
        super().__init__("127.0.0.1", int(uri.rpartition(":")[2]), self.context if tls else None)

    def ask(self, operation, *controls):
        answers = self.rpc(operation, list(controls) or None)
        assert not isinstance(answers[-1], str), answers
        return answers[-1]

    def entries(self, operation, *controls):
        answers = self.rpc(operation, list(controls) or None)
        return [answer.dn for answer in answers[:-1]], answers[-1].code

    def code(self, operation, *controls):
        return self.ask(operation, *controls).code

    def login(self, name, password):
        return self.code(bind(name, password))

    def external(self, credentials=b""):
        return self.code(bind(auth=sasl("EXTERNAL", credentials)))

    def plain(self, authcid, password, authzid=""):
        message = f"{authzid}\0{authcid}\0{password}"
        return self.code(bind(auth=sasl("PLAIN", message.encode())))

    def whoami(self, *controls):
        answer = self.ask(extop(WHOAMI), *controls)
        assert answer.code == 0, answer
        return (answer.val or b"").decode()

    def mechanisms(self):
        answers = self.rpc(search("", 0, attrs=("supportedSASLMechanisms",)))
        return {name.decode() for name in answers[0].attrs["supportedSASLMechanisms"]}

    def start_tls(self):
        assert self.code(extop(STARTTLS)) == 0
        self.s = self.context.wrap_socket(self.s, server_hostname="127.0.0.1")


@pytest.fixture
def client(box):
    connection = Client(box)
    yield connection
    connection.close()


def certified(box, certificate, **more):
    return Client(box, tls=True, certificate=certificate, **more)


def sandbox_certificate(box):
    return box.values["CLI_CERT"], box.values["CLI_KEY"]


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_certificate_says_who_its_owner_is(box, version):
    connection = certified(box, sandbox_certificate(box), version=version)
    assert connection.mechanisms() == {"EXTERNAL", "PLAIN", "SCRAM-SHA-256"}
    assert connection.whoami() == ""
    assert connection.external() == 0
    assert connection.whoami() == "dn:" + box.acme.user_dn("alice")
    assert connection.entries(search(box.acme.base_dn, 2, eq("uid", "alice"))) == \
        ([box.acme.user_dn("alice")], 0)


@pytest.mark.parametrize("subject, extension, person", [
    ("/O=acme/CN=alice", None, "alice"), ("/O=ACME/CN=ALICE", None, "alice"),
    ("/O=acme/CN=josé", None, "josé"),
    ("/DC=internal/DC=muster/O=acme/OU=people/UID=bob", None, "bob"),
    ("/DC=internal/DC=muster/O=acme/OU=people/UID=bob/", "subjectAltName=email:alice@acme", "bob"),
    ("/CN=Bob Example", "subjectAltName=email:bob@acme", "bob"),
    ("/CN=Bob Example", "subjectAltName=otherName:msUPN;UTF8:bob@acme", "bob"),
    ("/CN=Bob Example", "subjectAltName=DNS:host.test,email:b.mail@acme.test@acme", "bob"),
    ("/O=globex/CN=alice", None, None),
    ("/O=acme/CN=nobody", None, None), ("/O=nowhere/CN=alice", None, None), ("/CN=alice", None, None),
    ("/O=acme/O=globex/CN=alice", None, None), ("/O=acme/CN=alice/CN=bob", None, None),
    ("/O=acme/CN=nobody", "subjectAltName=email:bob@acme", None),
    ("/CN=x", "subjectAltName=email:a.mail@acme.test", None),
    ("/CN=x", "subjectAltName=DNS:alice.acme", None),
    ("/DC=internal/DC=muster/O=acme/OU=people/UID=nobody", "subjectAltName=email:bob@acme", None),
])
def test_the_first_name_of_a_certificate_that_applies_decides(
        box, authority, subject, extension, person):
    certificate = authority.sign(subject, *([extension] if extension else []))
    connection = certified(box, certificate)
    if subject == "/O=globex/CN=alice":
        assert connection.external() == 0
        assert connection.whoami() == "dn:" + box.globex.user_dn("alice")
        return
    assert connection.external() == (0 if person else 49)
    assert connection.whoami() == ("dn:" + box.acme.user_dn(person) if person else "")


def test_a_service_account_signs_in_by_its_certificate(box, authority):
    connection = certified(box, authority.sign("/O=acme/CN=sandbox"))
    assert connection.external() == 0
    assert connection.whoami() == "dn:" + box.acme.bind_dn
    assert len(connection.entries(search("ou=people," + box.acme.base_dn, 1))[0]) > 3


def test_a_name_that_a_person_and_a_service_share_is_neither(box, authority):
    box.muster("service", "create", "acme", "twin")
    certificate = authority.sign("/O=acme/CN=twin")
    assert certified(box, certificate).external() == 0
    make_person(box, "acme", "twin", "pw-twin-1", "twin@acme.test")
    assert certified(box, certificate).external() == 49


def test_a_certificate_that_does_not_count_is_as_none_and_breaks_nothing(box, authority):
    other = Authority.make(box.folder / "other")
    for certificate in (other.sign("/O=acme/CN=alice"),
                        authority.sign("/O=acme/CN=alice", usage="serverAuth"),
                        authority.sign("/O=acme/CN=alice", days=-1)):
        connection = certified(box, certificate)
        assert connection.mechanisms() == {"PLAIN", "SCRAM-SHA-256"}
        assert connection.external() == 7
        assert connection.login(box.acme.user_dn("alice"), PEOPLE["alice"]) == 0
        assert connection.whoami() == "dn:" + box.acme.user_dn("alice")


def test_other_authorities_count_after_a_reload_and_broken_ones_change_nothing(box, authority):
    other = Authority.make(box.folder / "next")
    old, new = authority.sign("/O=acme/CN=carol"), other.sign("/O=acme/CN=carol")
    path, before = authority.certificate, authority.certificate.read_bytes()

    def reload(octets, holds, what):
        path.write_bytes(octets)
        box.signal(signal.SIGHUP)
        wait_until(holds, what=what)

    try:
        standing = certified(box, old)
        log = box.folder / "log"
        reload(b"nothing", lambda: "reload_refused" in log.read_text(encoding="utf-8"),
               "the refusal in the log")
        assert certified(box, old).external() == 0
        reload(other.certificate.read_bytes(), lambda: certified(box, new).external() == 0,
               "the new authority")
        assert certified(box, old).external() == 7
        assert standing.external() == 0, "a session keeps what it began with"
    finally:
        reload(before, lambda: certified(box, old).external() == 0, "the authority of before")


def test_without_a_certificate_or_without_tls_there_is_no_external(box):
    for connection in (Client(box), Client(box, tls=True)):
        assert connection.mechanisms() == {"PLAIN", "SCRAM-SHA-256"}
        assert connection.external() == 7


def test_start_tls_drops_who_one_was_and_brings_the_certificate(box):
    connection = Client(box, certificate=sandbox_certificate(box))
    assert connection.login(box.acme.user_dn("bob"), PEOPLE["bob"]) == 0
    connection.start_tls()
    assert connection.whoami() == ""
    assert connection.external() == 0
    assert connection.whoami() == "dn:" + box.acme.user_dn("alice")


def test_start_tls_ends_an_exchange_that_is_under_way(box):
    connection = Client(box, certificate=sandbox_certificate(box))
    scram = Scram(connection, "alice@acme", PEOPLE["alice"])
    assert scram.begin().code == IN_PROGRESS
    connection.start_tls()
    assert scram.finish().code == 2
    assert connection.whoami() == ""


def test_a_resumed_session_has_its_certificate(box):
    first = certified(box, sandbox_certificate(box), version=ssl.TLSVersion.TLSv1_2)
    assert first.external() == 0
    session = first.s.session
    first.close()
    again = Conn("127.0.0.1", int(box.values["LDAPS_URI"].rpartition(":")[2]))
    again.s = first.context.wrap_socket(again.s, server_hostname="127.0.0.1", session=session)
    assert again.s.session_reused
    assert again.rpc(bind(auth=sasl("EXTERNAL", b"")))[-1].code == 0
    assert again.rpc(extop(WHOAMI))[-1].val.decode() == "dn:" + box.acme.user_dn("alice")


def test_tls_1_2_is_not_negotiated_again(box):
    peer = subprocess.run(
        ["openssl", "s_client", "-connect", box.values["LDAPS_URI"][len("ldaps://"):], "-tls1_2",
         "-CAfile", box.values["CA_FILE"]],
        input=b"R\n", capture_output=True, timeout=60, check=False)
    assert b"RENEGOTIATING" in peer.stdout + peer.stderr
    assert b"no renegotiation" in peer.stderr


def test_who_came_by_certificate_ends_renamed_or_anonymous_with_the_next_operation(box, authority):
    dn = make_person(box, "acme", "dora", "pw-dora-1", "dora@acme.test")
    certificate = authority.sign("/O=acme/CN=dora")
    connection = certified(box, certificate)
    assert connection.external() == 0
    box.muster("user", "edit", "acme", "dora", "--user-name", "theodora")
    assert connection.whoami() == "dn:" + dn.replace("dora", "theodora")
    box.muster("user", "deactivate", "acme", "theodora")
    assert connection.whoami() == ""
    assert connection.external() == 49
    box.muster("user", "edit", "acme", "theodora", "--user-name", "dora")
    assert connection.external() == 49
    box.muster("user", "activate", "acme", "dora")
    assert connection.external() == 0


def test_a_suspended_company_has_nobody_by_certificate(box, authority):
    tenant = box.new_tenant()
    make_person(box, tenant.name, "eva", "pw-eva-12", "eva@x.test")
    connection = certified(box, authority.sign(f"/O={tenant.name}/CN=eva"))
    assert connection.external() == 0
    box.muster("tenant", "suspend", tenant.name)
    assert connection.whoami() == ""
    assert connection.external() == 49
    assert connection.login("eva@" + tenant.name, "pw-eva-12") == 49
    box.muster("tenant", "resume", tenant.name)
    assert connection.external() == 0


# ---- PLAIN ----

@pytest.mark.parametrize("form", ["alice@acme", "ALICE@ACME", "u:alice@acme", "{dn}", "dn:{dn}",
                                  "a.mail@acme.test@acme"])
def test_plain_takes_dns_and_login_names(box, client, form):
    authcid = form.format(dn=box.acme.user_dn("alice"))
    assert client.plain(authcid, "wrong") == 49
    assert client.whoami() == ""
    assert client.plain(authcid, PEOPLE["alice"]) == 0
    assert client.whoami() == "dn:" + box.acme.user_dn("alice")


@pytest.mark.parametrize("authcid", ["alice", "alice@nowhere", "nobody@acme", "u:alice", "dn:nothing",
                                     "dn:", "u:", "a.mail@acme.test", "alice@", "@acme",
                                     "dn:uid=alice,ou=people,o=acme", "x:alice@acme"])
def test_plain_has_one_answer_for_whoever_is_not_there(client, authcid):
    assert client.plain(authcid, PEOPLE["alice"]) == 49


@pytest.mark.parametrize("message", [b"", b"alice", b"\0alice@acme", b"\0alice@acme\0", b"\0\0pw",
                                     b"\0a\0b\0c", b"\0\xff\0pw", b"x" * 9000], ids=brief)
def test_what_is_no_plain_message_is_a_protocol_error(client, message):
    assert client.code(bind(auth=sasl("PLAIN", message))) == 2
    assert client.whoami() == ""


def test_who_sends_no_message_is_asked_for_one(box, client):
    answer = client.ask(bind(auth=sasl("PLAIN")))
    assert (answer.code, answer.sasl) == (IN_PROGRESS, b"")
    assert client.plain("alice@acme", PEOPLE["alice"]) == 0
    answer = client.ask(bind(auth=sasl("SCRAM-SHA-256")))
    assert (answer.code, answer.sasl) == (IN_PROGRESS, b"")
    assert client.whoami() == ""
    assert Scram(client, "alice@acme", PEOPLE["alice"]).run() == 0


def test_openldap_speaks_plain_and_scram(box):
    for mechanism in ("PLAIN", "SCRAM-SHA-256"):
        connection = box.ldap()
        connection.set_option(ldap.OPT_X_SASL_SECPROPS, "none")
        values = {ldap.sasl.CB_AUTHNAME: "alice@acme", ldap.sasl.CB_PASS: PEOPLE["alice"]}
        connection.sasl_interactive_bind_s("", ldap.sasl.sasl(values, mechanism))
        assert connection.whoami_s() == "dn:" + box.acme.user_dn("alice")
        values[ldap.sasl.CB_PASS] = "wrong"
        with pytest.raises(ldap.INVALID_CREDENTIALS):
            connection.sasl_interactive_bind_s("", ldap.sasl.sasl(values, mechanism))
        assert connection.whoami_s() == ""


@pytest.mark.parametrize("mechanism", ["", "NO-SUCH", "GSSAPI", "DIGEST-MD5", "SCRAM-SHA-256-PLUS",
                                       "EXTERNAL", "plain "])
def test_a_mechanism_that_is_not_possible_is_said_so(client, mechanism):
    for credentials in (None, b"", b"n,,n=alice@acme,r=abc"):
        assert client.code(bind(auth=sasl(mechanism, credentials))) == 7


@pytest.mark.parametrize("auth", [tlv(0xa3), tlv(0xa3, b"\x04"), tlv(0xa3, tlv(2, b"\x01")),
                                  tlv(0xa3, tlv(4, b"PLAIN"), tlv(4, b"x"), tlv(4, b"y"))])
def test_credentials_that_are_malformed_are_a_protocol_error(client, auth):
    assert client.code(bind(auth=auth)) == 2
    assert client.whoami() == ""


# ---- SCRAM ----

class Scram:
    """A client of SCRAM-SHA-256 that can also be wrong."""

    salted = {}

    def __init__(self, connection, name, password, header="n,,"):
        self.connection, self.password, self.header = connection, password, header
        self.bare = f"n={name.replace('=', '=3D').replace(',', '=2C')},r=nonce{id(self)}"
        self.challenge = ""

    def begin(self):
        answer = self.connection.ask(
            bind(auth=sasl("SCRAM-SHA-256", (self.header + self.bare).encode())))
        self.challenge = (answer.sasl or b"").decode()
        return answer

    @property
    def parts(self):
        return dict(part.split("=", 1) for part in self.challenge.split(","))

    def key(self):
        salt, count = self.parts["s"], int(self.parts["i"])
        known = (self.password, salt, count)
        if known not in self.salted:
            self.salted[known] = hashlib.pbkdf2_hmac(
                "sha256", self.password.encode(), base64.b64decode(salt), count)
        return self.salted[known]

    def finish(self, nonce=None, header=None, flip=0):
        unproved = "c=" + base64.b64encode((header or self.header).encode()).decode() + \
            ",r=" + (nonce or self.parts["r"])
        said = ",".join([self.bare, self.challenge, unproved]).encode()
        client_key = hmac.digest(self.key(), b"Client Key", "sha256")
        signature = hmac.digest(hashlib.sha256(client_key).digest(), said, "sha256")
        proof = bytes(a ^ b for a, b in zip(client_key, signature))
        proof = bytes([proof[0] ^ flip]) + proof[1:]
        message = f"{unproved},p={base64.b64encode(proof).decode()}"
        answer = self.connection.ask(bind(auth=sasl("SCRAM-SHA-256", message.encode())))
        if answer.code == 0:
            server = hmac.digest(hmac.digest(self.key(), b"Server Key", "sha256"), said, "sha256")
            assert answer.sasl == b"v=" + base64.b64encode(server)
        else:
            assert answer.sasl is None
        return answer

    def run(self, **wrong):
        assert self.begin().code == IN_PROGRESS
        return self.finish(**wrong).code


@pytest.mark.parametrize("name", ["alice@acme", "Alice@Acme", "u:alice@acme", "josé@acme",
                                  "uid=alice,ou=people,o=acme,dc=muster,dc=internal",
                                  "dn:uid=alice,ou=people,o=acme,dc=muster,dc=internal"])
@pytest.mark.parametrize("header", ["n,,", "y,,"])
def test_scram_proves_who_knows_the_password_and_who_has_the_verifier(box, client, name, header):
    person = "josé" if "jos" in name else "alice"
    scram = Scram(client, name, PEOPLE[person], header)
    assert scram.begin().code == IN_PROGRESS
    assert int(scram.parts["i"]) >= 4096
    assert scram.finish().code == 0
    assert client.whoami() == "dn:" + box.acme.user_dn(person)


@pytest.mark.parametrize("wrong", [{"flip": 1}, {"nonce": "other"}, {"header": "y,,"}])
def test_a_final_message_that_differs_proves_nothing(client, wrong):
    assert Scram(client, "alice@acme", PEOPLE["alice"]).run(**wrong) == 49
    assert client.whoami() == ""
    assert Scram(client, "alice@acme", PEOPLE["alice"]).run() == 0


def test_a_wrong_password_is_found_out_at_the_end(client):
    assert Scram(client, "carol@acme", "wrong").run() == 49
    assert client.whoami() == ""


@pytest.mark.parametrize("name", ["nobody@acme", "alice@globex", "alice@nowhere", "alice",
                                  "uid=nobody,ou=people,o=acme,dc=muster,dc=internal"])
def test_who_has_no_verifier_is_led_through_the_same_steps(client, name):
    known, one, two = (Scram(client, n, "wrong") for n in ("alice@acme", name, name.upper()))
    for scram in (known, one, two):
        assert scram.begin().code == IN_PROGRESS
        client.whoami()
    assert one.parts["s"] == two.parts["s"] != known.parts["s"]
    assert one.parts["i"] == known.parts["i"]
    assert len(one.parts["s"]) == len(known.parts["s"])
    assert Scram(client, name, "wrong").run() == 49


@pytest.mark.parametrize("message", [
    b"n", b"n,,", b"n,,n=alice@acme", b"n,,n=,r=abc", b"n,,n=a=b,r=abc", b"x,,n=a,r=abc",
    b"p=tls-exporter,,n=alice@acme,r=abc", b"n,,m=x,n=a,r=abc", b"n,,n=a,r=a b", b"\0", b"x" * 9000],
    ids=brief)
def test_what_is_no_first_message_is_a_protocol_error(client, message):
    assert client.code(bind(auth=sasl("SCRAM-SHA-256", message))) == 2


BETWEEN = {
    "search": lambda c: c.rpc(search("", 0)), "compare": lambda c: c.rpc(compare("", "cn", "x")),
    "whoami": lambda c: c.rpc(extop(WHOAMI)), "anonymous": lambda c: c.rpc(bind()),
    "no mechanism": lambda c: c.rpc(bind(auth=sasl(""))),
    "another mechanism": lambda c: c.rpc(bind(auth=sasl("PLAIN", b"x"))),
    "malformed": lambda c: c.rpc(bind(auth=tlv(0xa4, b"x"))),
    "control": lambda c: c.rpc(bind(auth=sasl("SCRAM-SHA-256", b"x")), [ctl("1.2.3", True)]),
    "version": lambda c: c.rpc(bind(ver=2, auth=sasl("SCRAM-SHA-256", b"x"))),
}


@pytest.mark.parametrize("between", BETWEEN)
def test_anything_but_the_next_step_ends_an_exchange(box, client, between):
    scram = Scram(client, "alice@acme", PEOPLE["alice"])
    assert scram.begin().code == IN_PROGRESS
    BETWEEN[between](client)
    assert scram.finish().code == 2
    assert client.whoami() == ""
    assert scram.run() == 0


def test_an_exchange_makes_the_connection_anonymous_from_its_first_step(box, client):
    assert client.login("alice@acme", PEOPLE["alice"]) == 0
    assert Scram(client, "bob@acme", PEOPLE["bob"]).begin().code == IN_PROGRESS
    assert client.whoami() == ""


def test_who_is_deactivated_between_the_steps_does_not_come_in(box, client):
    make_person(box, "acme", "fred", "pw-fred-1", "fred@acme.test")
    scram = Scram(client, "fred@acme", "pw-fred-1")
    assert scram.begin().code == IN_PROGRESS
    box.muster("user", "deactivate", "acme", "fred")
    assert scram.finish().code == 49


def test_a_new_password_has_a_new_verifier(box, client):
    make_person(box, "acme", "gina", "pw-gina-1", "gina@acme.test")
    assert Scram(client, "gina@acme", "pw-gina-1").run() == 0
    path = box.folder / "password"
    path.write_text("pw-gina-2\n")
    box.muster("user", "set-password", "acme", "gina", "--password-file", path)
    assert Scram(client, "gina@acme", "pw-gina-1").run() == 49
    assert Scram(client, "gina@acme", "pw-gina-2").run() == 0


# ---- login names ----

@pytest.mark.parametrize("name", ["alice@acme", "ALICE@acme", "a.mail@acme.test@acme"])
def test_a_login_name_stands_for_a_dn(box, client, name):
    assert client.login(name, PEOPLE["alice"]) == 0
    assert client.whoami() == "dn:" + box.acme.user_dn("alice")
    assert client.login("alice@globex", "pw-other-1") == 0
    assert client.whoami() == "dn:" + box.globex.user_dn("alice")


def test_names_and_passwords_of_one_company_open_nothing_in_another(box, client):
    for name in ("alice@globex", "a.mail@acme.test@globex", "bob@globex"):
        assert client.login(name, PEOPLE["alice"]) == 49
    assert client.login("alice@acme", "pw-other-1") == 49


def test_a_name_that_is_nobodys_has_the_answer_of_a_wrong_password(client):
    answers = {bytes(client.ask(bind(name, "wrong")).raw[5:]) for name in (
        "alice@acme", "nobody@acme", "alice@nowhere", "a.mail@acme.test", "@", "a@b@c",
        "uid=nobody,ou=people,o=acme,dc=muster,dc=internal",
        "uid=alice,ou=people,o=nowhere,dc=muster,dc=internal")}
    assert len(answers) == 1


@pytest.mark.parametrize("name", ["alice", "not a dn", b"alice\0@acme", b"\xff@acme", "=x",
                                  "x" * 2000 + "@acme"], ids=brief)
def test_what_could_be_no_name_is_an_invalid_dn(client, name):
    assert client.login(name, "x") == 34


def test_a_company_decides_what_stands_for_a_dn(box, client):
    tenant = box.new_tenant()
    tenant.values["API_URL"] = box.values["API_URL"]
    make_person(box, tenant.name, "hugo", "pw-hugo-1", "h.mail@x.test")
    settings = tenant.api("settings.edit")

    def change(policy, value):
        said = settings.ask("PATCH", f"/policies/{policy}", {"value": value, "confirm": 0})
        assert said.status == 200, said.body

    def allow(words):
        change("ldap.login_names", words)
        return [client.login(f"{name}@{tenant.name}", "pw-hugo-1")
                for name in ("hugo", "h.mail@x.test")]

    assert allow("user_name email") == [0, 49], "an address that several may share"
    change("email.uniqueness", "tenant")
    assert allow("user_name email") == [0, 0]
    assert allow("user_name") == [0, 49]
    assert allow("email") == [49, 0]
    assert allow("") == [49, 49]
    assert client.login(f"uid=hugo,ou=people,{tenant.base_dn}", "pw-hugo-1") == 0


# ---- authorization identities ----

def told(answer):
    return dict(answer.ctrls).get(AUTHZ_ID_RESPONSE)


def test_a_bind_tells_who_one_has_become(box, client):
    dn = b"dn:" + box.acme.user_dn("alice").encode()
    for critical in (False, True):
        control = ctl(AUTHZ_ID, critical)
        assert told(client.ask(bind("alice@acme", PEOPLE["alice"]), control)) == dn
        assert told(client.ask(bind(), control)) == b""
        assert told(client.ask(bind("alice@acme", "wrong"), control)) is None
        message = f"\0alice@acme\0{PEOPLE['alice']}".encode()
        assert told(client.ask(bind(auth=sasl("PLAIN", message)), control)) == dn
    assert told(client.ask(bind("alice@acme", PEOPLE["alice"]))) is None
    assert client.code(search("", 0), ctl(AUTHZ_ID, True)) == 12


def test_an_authorization_identity_is_ones_own_or_needs_the_permission(box, authority):
    connection = certified(box, sandbox_certificate(box))
    alice, bob = box.acme.user_dn("alice"), box.acme.user_dn("bob")
    for own in (f"dn:{alice}", "u:alice", "u:alice@acme"):
        assert connection.external(own.encode()) == 0
        assert connection.whoami() == "dn:" + alice
        assert connection.plain("alice@acme", PEOPLE["alice"], own) == 0
    for other in (f"dn:{bob}", "u:bob", "u:nobody", "dn:", "bob", "u:alice@globex", "dn:x"):
        assert connection.external(other.encode()) == 50
        assert connection.whoami() == ""
        assert connection.plain("alice@acme", PEOPLE["alice"], other) == 50
        assert connection.whoami() == ""
    assert Scram(connection, "alice@acme", PEOPLE["alice"], "n,a=u:bob,").run() == 50
    assert Scram(connection, "alice@acme", PEOPLE["alice"], "n,a=u:alice,").run() == 0
    proxy, password = make_proxy(box, "gate")
    assert connection.plain(proxy, password, "u:bob") == 0
    assert connection.whoami() == "dn:" + bob
    assert connection.plain(proxy, "wrong", "u:bob") == 49
    assert certified(box, authority.sign("/O=acme/CN=gate")).external(b"u:bob") == 0


def proxied(authzid, critical=True):
    return ctl(PROXIED, critical, authzid.encode())


@pytest.fixture(scope="module")
def proxy(box):
    return make_proxy(box, "portal", "groups.view")


@pytest.fixture
def portal(client, proxy):
    assert client.login(*proxy) == 0
    return client


@pytest.mark.parametrize("form", ["dn:{dn}", "u:bob", "u:bob@acme", "u:b.mail@acme.test"])
def test_a_proxy_acts_as_whom_it_names(box, portal, proxy, form):
    bob = box.acme.user_dn("bob")
    control = proxied(form.format(dn=bob))
    assert portal.whoami(control) == "dn:" + bob
    people = search("ou=people," + box.acme.base_dn, 1, eq("objectClass", "person"))
    assert portal.entries(people, control)[0] == [bob]
    assert portal.code(compare(bob, "uid", "bob"), control) == 6
    assert portal.code(compare(box.acme.user_dn("alice"), "uid", "alice"), control) == 32
    assert portal.whoami() == "dn:" + proxy[0]


def test_a_proxy_for_nobody_is_anonymous(box, portal):
    for nobody in ("", "dn:"):
        assert portal.whoami(proxied(nobody)) == ""
        assert portal.code(search(box.acme.base_dn, 2), proxied(nobody)) == 50


@pytest.mark.parametrize("authzid", ["u:nobody", "u:alice@globex", "u:admin", "u:", "x", "alice",
                                     "dn:nothing", "dn:uid=alice,ou=people,o=globex,{suffix}",
                                     "dn:uid=admin,ou=people,o=acme,{suffix}", "dn:o=acme,{suffix}",
                                     "dn:cn=sandbox,ou=services,o=acme,{suffix}"])
def test_whom_a_proxy_may_not_act_for_has_one_answer(box, portal, authzid):
    control = proxied(authzid.format(suffix=box.values["SUFFIX"]))
    denied = portal.ask(extop(WHOAMI), control)
    assert denied.code == 123 and not denied.diag and not denied.matched
    assert portal.code(search(box.acme.base_dn, 2), control) == 123


def test_who_lacks_the_permission_is_no_proxy(box, client):
    for name, password in ((None, None), (box.acme.bind_dn, box.acme.bind_pw),
                           ("alice@acme", PEOPLE["alice"])):
        assert client.login(name or "", password or "") == 0
        for whom in ("u:bob", "u:nobody", ""):
            assert client.code(extop(WHOAMI), proxied(whom)) == 123


def test_an_admin_acts_for_anybody_of_the_own_company(box, client):
    assert client.login(box.acme.admin_dn, box.acme.admin_pw) == 0
    assert client.whoami(proxied("u:alice")) == "dn:" + box.acme.user_dn("alice")
    assert client.whoami(proxied("dn:" + box.acme.admin_dn)) == "dn:" + box.acme.admin_dn
    for other in ("u:alice@globex", "dn:" + box.acme.bind_dn, "dn:" + box.globex.user_dn("alice")):
        assert client.code(extop(WHOAMI), proxied(other)) == 123


def test_who_sees_a_part_only_acts_for_people_without_permissions(box, client):
    viewer = make_person(box, "acme", "vera", "pw-vera-1", "vera@acme.test")
    box.muster("role", "create", "acme", "Onlooker", "--permission", "users.view")
    box.muster("role", "assign", "acme", "Onlooker", "vera")
    assert client.login(*make_proxy(box, "window", "users.view")) == 0
    assert client.whoami(proxied("u:vera")) == "dn:" + viewer
    box.muster("service", "edit", "acme", "window", "--attribute", "cn")
    assert client.code(extop(WHOAMI), proxied("u:vera")) == 123
    assert client.whoami(proxied("u:bob")) == "dn:" + box.acme.user_dn("bob")


def test_whom_an_application_does_not_let_in_it_does_not_act_for(box, client):
    box.muster("role", "create", "acme", "Guest")
    box.muster("role", "assign", "acme", "Guest", "alice")
    name, password = make_proxy(box, "lobby")
    box.muster("service", "edit", "acme", "lobby", "--bind-group", "role:Guest")
    assert client.login(name, password) == 0
    assert client.whoami(proxied("u:alice")) == "dn:" + box.acme.user_dn("alice")
    assert client.code(extop(WHOAMI), proxied("u:bob")) == 123
    assert client.plain(name, password, "u:bob") == 50


def test_a_connection_for_others_is_one_of_the_proxys_own(box):
    name, password = make_proxy(box, "single")
    box.muster("service", "edit", "acme", "single", "--connections", "1")
    first, second = Client(box), Client(box)
    assert first.plain(name, password, "u:bob") == 0
    assert second.login(name, password) == second.plain(name, password, "u:bob") == 51
    assert first.login("", "") == 0
    assert second.plain(name, password, "u:bob") == 0


def rows(box, agent):
    """Of the audit: what the service account did or was refused over LDAP."""
    found = json.loads(box.muster("audit", "list", "acme", "--json").stdout)
    return [row for row in found
            if row["actor"]["name"] == agent and row["request"]["channel"] == "ldap"]


def test_what_a_proxy_writes_is_done_with_the_persons_rights_and_names_both(box, client):
    person = make_person(box, "acme", "walter", "pw-walter-1", "walter@acme.test")
    box.muster("role", "create", "acme", "Corrector", "--permission", "users.view", "--permission",
               "users.edit")
    make_person(box, "acme", "edith", "pw-edith-1", "edith@acme.test")
    box.muster("role", "assign", "acme", "Corrector", "edith")
    change = modify(person, [(2, "title", ["Dr"])])
    assert client.login(*make_proxy(box, "desk", "users.view", "users.edit")) == 0
    assert client.code(change, proxied("u:bob")) == 50
    assert client.code(change, proxied("u:edith")) == 0
    wait_until(lambda: len(rows(box, "desk")) == 2, what="both rows of the audit")
    denied, done = sorted(rows(box, "desk"), key=lambda row: row["outcome"])
    for row, whom in ((denied, "bob"), (done, "edith")):
        assert (row["actor"]["name"], row["subject"]["name"]) == ("desk", whom)
        assert row["delegation"]["kind"] == "proxy"
    box.muster("service", "edit", "acme", "desk", "--permission", "users.view")
    assert client.code(modify(person, [(2, "title", ["Prof"])]), proxied("u:edith")) == 123
    assert client.entries(search(person, 0, attrs=("title",)))[1] == 0


def test_a_proxied_control_stands_where_it_is_allowed_and_is_critical(box, portal):
    assert portal.code(extop(WHOAMI), proxied("u:bob", critical=False)) == 2
    assert portal.code(extop(WHOAMI), proxied("u:bob"), proxied("u:bob")) == 2
    assert portal.code(extop(STARTTLS), proxied("u:bob")) == 12
    assert portal.code(bind("alice@acme", PEOPLE["alice"]), proxied("u:bob")) == 12


def test_what_changes_about_proxy_or_person_counts_at_once(box, client):
    make_person(box, "acme", "ida", "pw-ida-12", "ida@acme.test")
    name, password = make_proxy(box, "kiosk")
    assert client.login(name, password) == 0
    assert client.whoami(proxied("u:ida")) == "dn:" + box.acme.user_dn("ida")
    box.muster("user", "deactivate", "acme", "ida")
    assert client.code(extop(WHOAMI), proxied("u:ida")) == 123
    box.muster("user", "activate", "acme", "ida")
    assert client.plain(name, password, "u:ida") == 0
    assert client.whoami() == "dn:" + box.acme.user_dn("ida")
    assert client.code(extop(WHOAMI), proxied("u:ida")) == 123, "nobody acts for others as another"
    box.muster("role", "assign", "acme", "Admin", "ida")
    assert client.whoami() == "", "who may do more than the proxy is not acted for"
    assert client.plain(name, password, "u:ida") == 50


def test_a_proxied_search_that_waits_stays_with_whom_it_is_for(box, proxy):
    """Answers of two searches of one connection, the second one proxied, in full."""
    connection = Client(box)
    assert connection.login(box.acme.admin_dn, box.acme.admin_pw) == 0
    people = search("ou=people," + box.acme.base_dn, 1, attrs=("1.1",))
    everybody = connection.entries(people)[0]
    for _ in range(50):
        assert connection.entries(people)[0] == everybody
        assert connection.entries(people, proxied("u:bob"))[0] == [box.acme.user_dn("bob")]


def test_reading_for_others_is_counted(box, portal):
    before = box.metric("muster_ldap_proxied_total")
    portal.whoami(proxied("u:bob"))
    assert portal.code(extop(WHOAMI), proxied("u:nobody")) == 123
    assert box.metric("muster_ldap_proxied_total") == before + 1


# ---- all of it ----

def test_binds_in_any_order_leave_one_who_the_last_good_one_said(box):
    """On one connection; the model is one word: who one is."""
    seed = 4513
    print("seed", seed)
    dice = random.Random(seed)
    connection = certified(box, sandbox_certificate(box))
    dns = {name: "dn:" + box.acme.user_dn(name) for name in PEOPLE}
    proxy = make_proxy(box, "random")
    scram = None

    def begin(name):
        nonlocal scram
        if scram:
            scram = None
            return Scram(connection, "x", "x").begin().code, ""
        scram = Scram(connection, f"{name}@acme", PEOPLE[name])
        return scram.begin().code, ""

    def finish(name):
        """Right only when it is the next step of an exchange that nothing ended."""
        nonlocal scram
        if not scram:
            assert begin(name)[0] == IN_PROGRESS
        ours, scram = scram, None
        whose = re.match(r"n=(.*?)@", ours.bare).group(1)
        return ours.finish().code, dns[whose]

    def ended(code, who=""):
        nonlocal scram
        scram = None
        return code, who

    nobody = itertools.count()
    steps = {
        "simple": lambda n: ended(connection.login(box.acme.user_dn(n), PEOPLE[n]), dns[n]),
        "login name": lambda n: ended(connection.login(n + "@acme", PEOPLE[n]), dns[n]),
        "plain": lambda n: ended(connection.plain(n + "@acme", PEOPLE[n]), dns[n]),
        "external": lambda n: ended(connection.external(), dns["alice"]),
        "for another": lambda n: ended(connection.plain(*proxy, f"u:{n}"), dns[n]),
        "anonymous": lambda n: ended(connection.login("", "")),
        "no password": lambda n: ended(connection.login(box.acme.user_dn(n), "")),
        "no name": lambda n: ended(connection.login("", "x")),
        "no dn": lambda n: ended(connection.login("not a dn", "x")),
        "version": lambda n: ended(connection.code(bind(n + "@acme", PEOPLE[n], ver=2))),
        "control": lambda n: ended(connection.code(bind(n + "@acme", "x"), ctl("1.2.3.4", True))),
        "no mechanism": lambda n: ended(connection.code(bind(auth=sasl("")))),
        "malformed": lambda n: ended(connection.code(bind(auth=sasl("PLAIN", b"x")))),
        "not for another": lambda n: ended(connection.external(b"u:bob")),
        "begin": begin, "finish": finish,
    }
    good = {"simple", "login name", "plain", "external", "for another", "anonymous", "finish"}
    names = list(steps)
    who = ""
    for i in range(BINDS):
        step, name = dice.choice(names), dice.choice(list(PEOPLE))
        if dice.random() < 0.01:
            assert connection.login(f"nobody{next(nobody)}@acme", "x") == 49
            who, scram = "", None
        code, then = steps[step](name)
        assert (code == 0) == (step in good), (i, step, code)
        who = then if code == 0 else ""
        if not scram and dice.random() < 0.5:
            assert connection.whoami() == who, (i, step)
    assert connection.whoami() == who or scram
