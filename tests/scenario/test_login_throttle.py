"""Who was wrong too often waits, and only they."""

import json
import socket
import sys

import pytest

from conftest import short_folder
from muster import TOP, Sandbox, wait_until

sys.path.insert(0, str(TOP / "tests/ldap"))
from ldapraw import Conn, bind  # noqa: E402

PASSWORD, WRONG = "correct horse battery", "wrong horse"
FREE = 10
HERE, ELSEWHERE = "127.0.0.1", [f"127.0.0.{n}" for n in range(2, 7)]


@pytest.fixture(scope="module")
def box():
    with short_folder() as folder:
        sandbox = configured(folder, f"account_failures: {3 * FREE}")
        yield sandbox
        sandbox.stop()


def configured(folder, login):
    sandbox = Sandbox(folder + "/box").start()
    sandbox.stop()
    config = sandbox.folder / "musterd.yaml"
    config.write_text(f"{config.read_text()}\nlogin: {{{login}}}\n")
    return sandbox.start()


@pytest.fixture
def tenant(box):
    """With two people."""
    made = box.new_tenant()
    path = box.folder / "password"
    path.write_text(PASSWORD + "\n", encoding="utf-8")
    path.chmod(0o600)
    for name in ("ada", "bob"):
        box.muster("user", "create", made.name, name, "--name", name.title(), "--email",
                   f"{name}@example.com", "--role", "Viewer", "--password-file", path)
    return made


class From(Conn):
    """A connection in clear from one of loopback's addresses."""

    def __init__(self, tenant, address):
        port = int(tenant.sandbox.values["LDAP_URI"].rpartition(":")[2])
        super().__init__("127.0.0.1", port)
        self.close()
        self.s = socket.create_connection(("127.0.0.1", port), timeout=60,
                                          source_address=(address, 0))


def login(tenant, name, password, address=HERE):
    connection = From(tenant, address)
    answer = connection.rpc(bind(tenant.user_dn(name), password))[0]
    connection.close()
    return answer


def code(tenant, name, password, address=HERE):
    return login(tenant, name, password, address).code


def guess(tenant, name, times=FREE, address=HERE):
    for _ in range(times):
        assert code(tenant, name, WRONG, address) == 49


def throttled(tenant):
    return json.loads(tenant.sandbox.muster("login", "throttled", tenant.name, "--json").stdout)


def unseen(tenant):
    return tenant.sandbox.metric("muster_logins_throttled_total")


def hashes(tenant):
    return tenant.sandbox.metric("muster_password_hashes_total")


def test_behind_too_many_wrong_ones_the_right_password_waits_and_then_opens(tenant):
    guess(tenant, "ada")
    wait_until(lambda: code(tenant, "ada", PASSWORD) == 0)
    assert code(tenant, "ada", PASSWORD) == 0


def test_an_attempt_that_comes_too_early_is_answered_like_a_wrong_one_and_costs_no_hash(tenant):
    guess(tenant, "ada", FREE)
    # The delays grow: sooner or later one is longer than this machine is slow.
    for _ in range(60):
        before, seen, computed = login(tenant, "ada", WRONG), unseen(tenant), hashes(tenant)
        answer = login(tenant, "ada", PASSWORD)
        if unseen(tenant) == seen + 1:
            break
        guess(tenant, "ada", 1)
    assert unseen(tenant) == seen + 1 and hashes(tenant) == computed
    assert answer.code == 49 and answer.raw[5:] == before.raw[5:]


def test_others_at_the_same_address_are_let_in_meanwhile(tenant):
    guess(tenant, "ada", 3 * FREE)
    assert code(tenant, "bob", PASSWORD) == 0
    tenant.bind().unbind_s()


def test_nobody_is_locked_out_from_elsewhere(tenant):
    assert code(tenant, "ada", PASSWORD, HERE) == 0
    for address in ELSEWHERE:
        guess(tenant, "ada", FREE, address)
    assert any(not row.get("network") for row in throttled(tenant))
    assert code(tenant, "ada", PASSWORD, HERE) == 0


def test_an_administrator_sees_who_waits_and_lets_them_in(tenant):
    assert throttled(tenant) == []
    guess(tenant, "ada", FREE + 4)
    row = next(row for row in throttled(tenant) if row["kind"] == "user")
    assert (row["name"], row["network"]) == ("ada", HERE) and row["failures"] >= FREE
    tenant.sandbox.muster("user", "unlock", tenant.name, "ada")
    assert code(tenant, "ada", PASSWORD) == 0
    assert throttled(tenant) == []

    def events():
        shown = tenant.sandbox.muster("user", "activity", tenant.name, "ada", "--json").stdout
        return {row["event"] for row in json.loads(shown)}

    wait_until(lambda: "signin.locked" in events())


def test_a_service_account_that_waits_is_let_in_too(tenant):
    def attempt(password):
        connection = From(tenant, HERE)
        answer = connection.rpc(bind(tenant.bind_dn, password))[0]
        connection.close()
        return answer.code

    assert {attempt(WRONG) for _ in range(FREE + 4)} == {49}
    row, = (row for row in throttled(tenant) if row["kind"] == "client")
    assert row["network"] == HERE and row["failures"] >= FREE
    tenant.sandbox.muster("service", "unlock", tenant.name, row["name"])
    assert attempt(tenant.bind_pw) == 0
    assert throttled(tenant) == []


def test_a_name_that_nobody_has_waits_likewise(tenant):
    guess(tenant, "ghost", FREE)
    seen = unseen(tenant)

    def waits():
        login(tenant, "ghost", WRONG)
        return unseen(tenant) > seen

    wait_until(waits)
    assert any(row["kind"] == "user" and "name" not in row for row in throttled(tenant))


def test_another_company_may_have_somebody_of_the_same_name(tenant):
    other = tenant.sandbox.new_tenant()
    guess(tenant, "ada", FREE + 4)
    assert throttled(other) == []


def test_switched_off_nobody_waits():
    with short_folder() as folder:
        box = configured(folder, "unthrottled: true")
        for _ in range(4 * FREE):
            connection = From(box.acme, HERE)
            assert connection.rpc(bind(box.acme.user_dn("admin"), WRONG))[0].code == 49
            connection.close()
        assert box.metric("muster_logins_throttled_total") == 0
        box.acme.bind(box.acme.user_dn("admin"), box.acme.admin_pw).unbind_s()
        box.stop()
