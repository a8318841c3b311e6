"""cn=Monitor, the metrics and the log: what the server tells of its LDAP clients, and to whom."""

import json
import re
import sys

import ldap
import pytest

from muster import TOP, wait_until

sys.path.insert(0, str(TOP / "tests/ldap"))
from ldapraw import (ANY, Conn, bind, compare, ctl, delete, eq, msg, o_, pr, search, seq,  # noqa: E402
                     unbind)

PASSWORD = "Correct-horse-91"


def service(box, name, *options):
    done = box.muster("service", "create", "acme", name, *options, "--json")
    return f"cn={name},ou=services,{box.acme.base_dn}", json.loads(done.stdout)["password"]


@pytest.fixture(scope="module")
def watcher(sandbox):
    dn, password = service(sandbox, "watcher", "--permission", "monitor.view")
    connection = sandbox.ldap(sandbox.values["LDAP_URI"])
    connection.simple_bind_s(dn, password)
    return connection


def raw(box, dn=None, password=None):
    connection = Conn("127.0.0.1", int(box.values["LDAP_URI"].rpartition(":")[2]))
    if dn:
        assert connection.rpc(bind(dn, password))[-1].code == 0
    return connection


def figures(watcher, dn):
    entry = watcher.search_s(dn, ldap.SCOPE_BASE, attrlist=["+"])[0][1]
    return {name: int(values[0]) for name, values in entry.items()
            if name in ("monitorCounter", "monitorOpInitiated", "monitorOpCompleted")}


def test_only_who_may_see_it_finds_it(sandbox, watcher):
    dn, password = service(sandbox, "onlooker", "--permission", "users.view")
    onlooker, stranger = raw(sandbox, dn, password), raw(sandbox)
    for base in ("cn=Monitor", "cn=Operations,cn=Monitor", "cn=nothing,cn=Monitor"):
        done = onlooker.rpc(search(base, 0))[-1]
        assert (done.code, done.matched) == (32, "")
        assert onlooker.rpc(compare(base, "cn", "Monitor"))[-1].code == 32
        assert stranger.rpc(search(base, 0))[-1].code == 50
    assert "monitorContext" not in onlooker.rpc(search("", 0, ANY, ("+",)))[0].attrs
    assert watcher.search_s("", ldap.SCOPE_BASE, attrlist=["monitorContext"])[0][1] == \
        {"monitorContext": [b"cn=Monitor"]}


def test_it_is_a_tree_as_exporters_know_it(watcher):
    def names(base, scope, filter_="(objectClass=*)"):
        return {dn for dn, _ in watcher.search_s(base, scope, filter_, ["1.1"])}

    top = names("cn=Monitor", ldap.SCOPE_ONELEVEL)
    assert {f"cn={name},cn=Monitor" for name in (
        "Connections", "Operations", "Statistics", "Threads", "Time", "Waiters")} <= top
    everything = names("cn=monitor", ldap.SCOPE_SUBTREE)
    assert top < everything and "cn=Bind,cn=Operations,cn=Monitor" in everything
    counters = names("cn=Monitor", ldap.SCOPE_SUBTREE, "(objectClass=monitorCounterObject)")
    assert "cn=Entries,cn=Statistics,cn=Monitor" in counters and counters < everything
    assert names("cn=Monitor", ldap.SCOPE_SUBTREE, "(objectClass=monitor)") == everything
    assert names("CN=Search, cn=operations,cn=MONITOR", ldap.SCOPE_BASE) == \
        {"cn=Search,cn=Operations,cn=Monitor"}
    assert names("cn=Read,cn=Waiters,cn=Monitor", ldap.SCOPE_SUBTREE) == \
        {"cn=Read,cn=Waiters,cn=Monitor"}
    with pytest.raises(ldap.NO_SUCH_OBJECT):
        names("cn=Read,cn=Operations,cn=Monitor", ldap.SCOPE_BASE)
    for dn in everything:
        parent = dn.partition(",")[2]
        assert not parent or parent in everything


def test_its_figures_count_what_happens(sandbox, watcher):
    before = {name: figures(watcher, f"cn={name},cn=Monitor") for name in (
        "Search,cn=Operations", "Bind,cn=Operations", "Compare,cn=Operations",
        "Delete,cn=Operations", "Unbind,cn=Operations", "Entries,cn=Statistics",
        "Total,cn=Connections", "Denied,cn=Results")}
    client = raw(sandbox, sandbox.acme.bind_dn, sandbox.acme.bind_pw)
    found = len(client.rpc(search(sandbox.acme.base_dn, 2, pr("uid"), ("1.1",)))) - 1
    assert client.rpc(compare(sandbox.acme.admin_dn, "uid", "x"))[-1].code == 5
    assert client.rpc(delete("uid=nobody,ou=people," + sandbox.acme.base_dn))[-1].code != 0
    assert client.rpc(bind(sandbox.acme.bind_dn, "wrong"))[-1].code == 49
    client.send(msg(90, unbind()))
    assert client.recv() in ("EOF", "RST")

    def after(name):
        return figures(watcher, f"cn={name},cn=Monitor")

    for name, more in (("Bind,cn=Operations", 2), ("Compare,cn=Operations", 1),
                       ("Delete,cn=Operations", 1), ("Unbind,cn=Operations", 1)):
        for value in ("monitorOpInitiated", "monitorOpCompleted"):
            assert after(name)[value] - before[name][value] == more, name
    assert after("Search,cn=Operations")["monitorOpCompleted"] > \
        before["Search,cn=Operations"]["monitorOpCompleted"]
    assert after("Entries,cn=Statistics")["monitorCounter"] >= \
        before["Entries,cn=Statistics"]["monitorCounter"] + found
    assert after("Total,cn=Connections")["monitorCounter"] == \
        before["Total,cn=Connections"]["monitorCounter"] + 1
    assert after("Denied,cn=Results")["monitorCounter"] > \
        before["Denied,cn=Results"]["monitorCounter"]


def test_the_metrics_say_the_same(sandbox, watcher):
    def value(name):
        return sandbox.metric("muster_ldap_" + name)

    before = value("compares_total")
    client = raw(sandbox, sandbox.acme.bind_dn, sandbox.acme.bind_pw)
    for _ in range(5):
        client.rpc(compare(sandbox.acme.admin_dn, "uid", "x"))
    wait_until(lambda: value("compares_total") >= before + 5, 60, "the comparisons")
    secure = sandbox.acme.bind()
    wait_until(lambda: value("tls_connections") >= 1, 60, "the connection in TLS")
    secure.unbind_s()
    wait_until(lambda: value("tls_connections") == 0, 60, "its end")
    compared = figures(watcher, "cn=Compare,cn=Operations,cn=Monitor")["monitorOpCompleted"]
    wait_until(lambda: value("compares_total") == compared, 60, "the same figure")
    assert value("results_denied_total") > 0 and value("octets_total") > 0


def log_lines(box, event):
    lines = (box.folder / "log").read_text(encoding="utf-8", errors="replace").splitlines()
    return [line for line in lines if event in line]


def test_the_log_tells_refused_binds_writes_and_ends(own_sandbox):
    box = own_sandbox
    client = raw(box, box.acme.bind_dn, box.acme.bind_pw)
    client.rpc(search(box.acme.base_dn, 2, eq("uid", "quiet-canary")))
    client.rpc(delete("uid=writing-canary,ou=people," + box.acme.base_dn))
    client.rpc(bind(box.acme.bind_dn, "password-canary"))
    client.send(msg(90, unbind()))
    assert client.recv() in ("EOF", "RST")
    wait_until(lambda: log_lines(box, "reason=unbind"), 60, "the end of the connection")
    log = (box.folder / "log").read_text()
    assert "quiet-canary" not in log and "password-canary" not in log
    write, = [line for line in log_lines(box, "operation=delete") if "writing-canary" in line]
    assert "ldap.operation" in write and box.acme.bind_dn in write and re.search(r"result=\d+", write)
    refused = log_lines(box, "operation=bind")
    assert len(refused) == 1 and "result=49" in refused[0] and box.acme.bind_dn in refused[0]
    assert 'reason="the password is wrong"' in refused[0] and 'reason=""' not in write
    end = log_lines(box, "reason=unbind")[0]
    assert "ldap.end" in end and "operations=5" in end and "address=127.0.0.1" in end


def test_at_debug_each_operation_has_a_line_without_secrets(own_sandbox):
    box = own_sandbox
    box.stop()
    path = box.folder / "musterd.yaml"
    path.write_text(path.read_text() + "log:\n  level: debug\n")
    box.start()
    client = raw(box, box.acme.bind_dn, box.acme.bind_pw)
    session = ctl("1.3.6.1.4.1.21008.108.63.1", False, seq(
        o_("192.0.2.77"), o_("mail.example"), o_("1.3.6.1.4.1.21008.108.63.1.3"),
        o_("erin\nevil=1")))
    for attribute, value in (("uid", "seen-canary"), ("userPassword", "hidden-canary"),
                             ("resetToken", "token-canary"), ("pwdHistory", "history-canary")):
        client.rpc(search(box.acme.base_dn, 2, eq(attribute, value)), [session])
    client.rpc(compare(box.acme.admin_dn, "userPassword", "compared-canary"))
    assert "seen-canary" in "".join(log_lines(box, "operation=search"))
    log = (box.folder / "log").read_text()
    for secret in ("hidden", "token", "history", "compared"):
        assert f"{secret}-canary" not in log
    line = next(line for line in log_lines(box, "operation=search") if "seen-canary" in line)
    for part in ("scope=sub", "result=0", "entries=", "microseconds=", "controls=1", "192.0.2.77",
                 "mail.example", box.acme.base_dn):
        assert part in line, (part, line)
    assert "\\x0aevil=1" in line or "\\nevil=1" in line
