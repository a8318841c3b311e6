"""Web servers that ask the tree who may see a page: Apache and lighttpd."""

import base64
import http.client
from concurrent.futures import ThreadPoolExecutor

import pytest

from apps import ALICE, STAFF, Program, need, start_on_free_port

RULES = {  # a page of Apache's, and what it asks for
    "members": f"Require ldap-group {STAFF}",
    "any": "Require valid-user",
    "filter": f"Require ldap-filter memberOf={STAFF}",
    "attribute": "Require ldap-attribute uid=alice",
    "user": "Require ldap-user alice",
    "dn": f"AuthLDAPCompareDNOnServer on\n\tRequire ldap-dn {ALICE}",
}
MODULES = "mpm_event authn_core authz_core authz_user auth_basic ldap authnz_ldap".split()


NOBODY = [("bob", "wrong"), ("bob", ""), ("nosuchuser", "x"), ("*", "pw-alice"),
          ("alice)(uid=*", "pw-alice"), ("disabled", "pw-disabled")]


def page(port, name, user=None, password=None):
    """The status of a page, for somebody."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        head = {}
        if user is not None:
            words = base64.b64encode(f"{user}:{password}".encode()).decode()
            head["Authorization"] = f"Basic {words}"
        connection.request("GET", f"/{name}/index.html", headers=head)
        return connection.getresponse().status
    finally:
        connection.close()


def apache_config(door, port):
    changes = [("# Apache", "LDAPTrustedMode TLS\n# Apache")] if door.start_tls else []
    text = door.example("apache.conf", *changes)
    head, mark, pages = text.partition("<Location")
    asked = RULES["members"]
    assert asked in pages
    modules = "".join(f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n"
                      for name in MODULES)
    return (f"ServerRoot {door.folder}\nServerName localhost\nListen 127.0.0.1:{port}\n"
            f"PidFile {door.folder}/apache.pid\nMutex file:{door.folder}\n"
            f"ErrorLog {door.folder}/apache.log\nUser nobody\nGroup nogroup\n{modules}"
            f"DocumentRoot {door.folder}/pages\nLDAPCacheEntries 0\nLDAPOpCacheEntries 0\n{head}"
            + "".join(mark + pages.replace('"/members"', f'"/{name}"').replace(asked, rule)
                      for name, rule in RULES.items()))


@pytest.fixture(scope="module")
def apache(door):
    need("/usr/sbin/apache2")
    for name in RULES:
        door.file(f"pages/{name}/index.html", "here")

    def start(port):
        config = door.file("apache.conf", apache_config(door, port))
        return Program(door.folder / "apache.out", "/usr/sbin/apache2", "-f", config,
                       "-DFOREGROUND", env=door.environment)
    program, port = start_on_free_port(start)
    yield port
    program.end()


@pytest.mark.parametrize("name", RULES)
def test_apache_lets_alice_in_by_each_rule(apache, name):
    assert page(apache, name, "alice", "pw-alice") == 200


@pytest.mark.parametrize("name", [name for name in RULES if name != "any"])
def test_apache_keeps_who_is_no_member_out(apache, name):
    assert page(apache, name, "outsider", "pw-outsider") == 401


@pytest.mark.parametrize("user, password", NOBODY)
def test_apache_lets_nobody_in_whom_the_tree_does_not_know(apache, user, password):
    assert page(apache, "any", user, password) == 401


def test_apache_asks_for_a_name(apache):
    assert page(apache, "any") == 401


def test_apache_finds_a_name_in_any_case(apache):
    assert page(apache, "any", "ALICE", "pw-alice") == 200


def test_apache_serves_twenty_at_once_and_the_next(apache):
    with ThreadPoolExecutor(20) as several:
        seen = list(several.map(lambda _: page(apache, "any", "alice", "pw-alice"), range(20)))
    assert seen == [200] * 20
    assert page(apache, "members", "alice", "pw-alice") == 200


@pytest.fixture(scope="module")
def lighttpd(door):
    need("/usr/sbin/lighttpd", "/usr/lib/lighttpd/mod_authn_ldap.so")
    door.file("site/members/index.html", "here")
    text = door.example("lighttpd.conf")
    if door.start_tls:
        text += 'auth.backend.ldap.starttls = "enable"\n'

    def start(port):
        config = door.file("lighttpd.conf", (
            'server.modules = ("mod_auth", "mod_authn_ldap")\n'
            f'server.document-root = "{door.folder}/site"\nserver.bind = "127.0.0.1"\n'
            f'server.port = {port}\n{text}'))
        return Program(door.folder / "lighttpd.out", "/usr/sbin/lighttpd", "-D", "-f", config,
                       env=door.environment)
    program, port = start_on_free_port(start)
    yield port
    program.end()


def test_lighttpd_lets_a_member_in(lighttpd):
    assert page(lighttpd, "members", "alice", "pw-alice") == 200


@pytest.mark.parametrize("user, password", NOBODY + [("outsider", "pw-outsider")])
def test_lighttpd_keeps_everybody_else_out(lighttpd, user, password):
    assert page(lighttpd, "members", user, password) == 401
