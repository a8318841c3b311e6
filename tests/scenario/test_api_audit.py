"""The audit and the sign-in activity, as the admin API and the command line tell them."""

import csv
import io
import json
from urllib.parse import quote

import ldap
import pytest
from muster import BUILD, run, wait_until


@pytest.fixture(scope="module")
def tenant(sandbox):
    yield sandbox.new_tenant()


@pytest.fixture(scope="module")
def scim(tenant):
    client = tenant.scim()
    yield client
    client.close()


@pytest.fixture(scope="module")
def api(tenant):
    client = tenant.api("audit.view", "users.view")
    yield client
    client.close()


@pytest.fixture(scope="module")
def anna(scim):
    made = scim.create_user("anna", password="correct horse battery")
    assert made.status == 201, made.body
    path = "/Users/" + made.body["id"]
    assert scim.patch(path, {"op": "replace", "value": {"displayName": "=Anna, \"A\""}}).status == 200
    assert scim.patch(path, {"op": "replace", "value": {"active": False}}).status == 200
    assert scim.patch(path, {"op": "replace", "value": {"active": True}}).status == 200
    return made.body["id"]


def actions(items):
    return [item["action"] for item in items]


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_the_history_of_a_person_is_told_page_by_page(api, anna, limit):
    for path in (f"/users/anna/audit?limit={limit}", f"/objects/{anna}/audit?limit={limit}",
                 f"/audit?target={anna}&limit={limit}", f"/audit?target=anna&limit={limit}"):
        items = api.pages(path)
        assert actions(items) == ["user.reactivated", "user.deactivated", "user.name.changed",
                                  "user.created"], path
        assert all(item["target"]["id"] == anna for item in items)
        assert all(item["request"]["channel"] == "scim" for item in items)
        assert all(item["outcome"] == "success" and len(item["hash"]) == 64 for item in items)


def test_changes_are_told_before_and_after_and_secrets_never(api, anna):
    created, renamed = api.pages(f"/audit?target={anna}&oldest_first=true&action=user.*")[:2]
    paths = {change["path"]: change for change in created["changes"]}
    assert paths["password"] == {"old": None, "new": "***", "path": "password"}
    changed = {change["path"]: change["new"] for change in renamed["changes"]}
    assert changed["displayName"] == '=Anna, "A"'


def test_filters_narrow_and_the_unknown_is_refused(api, anna):
    assert actions(api.pages("/audit?target=anna&action=user.created")) == ["user.created"]
    assert api.pages("/audit?target=anna&outcome=denied") == []
    assert api.pages("/audit?target=anna&channel=ldap") == []
    assert api.pages("/audit?target=anna&to=2020-01-01T00:00:00Z") == []
    assert len(api.pages("/audit?target=anna&from=2020-01-01T00:00:00Z")) == 4
    assert len(api.pages("/audit?target=anna&text=" + quote("=anna, "))) == 1
    assert api.get("/audit?target=nobody").status == 422
    assert api.get("/audit?from=yesterday").status == 422
    assert api.get("/audit?cursor=x").status == 422
    whole = api.pages("/audit?limit=7")
    assert [row["seq"] for row in whole] == list(range(whole[0]["seq"], 0, -1))


def test_a_spreadsheet_gets_no_formula(api, anna):
    answer = api.get("/audit.csv?target=anna&oldest_first=true")
    assert answer.status == 200
    rows = list(csv.reader(io.StringIO(answer.octets.decode(), newline="")))
    assert rows[0] == ["Time", "Action", "Actor", "On behalf of", "Target", "Changes", "Outcome",
                       "Channel", "IP", "City", "Country", "Request id"]
    assert [row[1] for row in rows[1:]] == ["user.created", "user.name.changed",
                                            "user.deactivated", "user.reactivated"]
    assert '-> =Anna, "A"' in rows[2][5]
    assert not any(cell.startswith(tuple("=+-@\t\r")) for row in rows for cell in row)


def test_another_tenant_sees_nothing_of_it(sandbox, anna):
    other = sandbox.new_tenant().api("audit.view")
    missing = "01900000-0000-7000-8000-000000000000"
    there, nowhere = other.get(f"/objects/{anna}/audit"), other.get(f"/objects/{missing}/audit")
    assert there.status == nowhere.status == 404 and there.octets == nowhere.octets
    assert other.pages(f"/audit?text={anna}") == []
    other.close()


def test_a_refused_attempt_is_told(tenant, api, anna):
    weak = tenant.api("users.view")
    answer = weak.ask("DELETE", "/users/anna")
    weak.close()
    assert answer.status == 403
    row, = wait_until(lambda: api.get("/audit?outcome=denied").body["items"])
    assert row["action"] == "operation.refused" and row["actor"]["type"] == "service"
    assert row["changes"][0]["new"] == "USER_DELETE" and "users.de" in row["reason"]


def test_the_audit_is_for_those_who_may_see_it(tenant):
    weak = tenant.api("users.view")
    for path in ("/audit", "/audit.csv", "/users/anna/audit", "/users/anna/activity", "/activity",
                 "/audit/key", "/audit/checkpoints", "/all/audit"):
        assert weak.get(path).status == 403, path
    weak.close()


def test_sign_ins_are_told_with_their_count(tenant, api, anna):
    for _ in range(3):
        tenant.bind(tenant.user_dn("anna"), "correct horse battery").unbind_s()
    with pytest.raises(ldap.INVALID_CREDENTIALS):
        tenant.bind(tenant.user_dn("anna"), "wrong")

    def told():
        items = api.pages("/users/anna/activity")
        counts = {item["event"]: item["count"] for item in items}
        return items if counts == {"signin.succeeded": 3, "signin.failed": 1} else None

    for item in wait_until(told):
        assert item["user"] == "anna" and item["channel"] == "ldap" and item["ip"] == "127.0.0.1"
    used = {item.get("client") for item in api.pages("/activity")}
    assert len(used - {None}) >= 2, "the SCIM client and the API key have used their tokens"


def test_a_token_tells_when_it_was_last_used(tenant, scim, anna):
    assert scim.get("/Users?count=1").status == 200
    manager = tenant.api("clients.manage")

    def told():
        rows = manager.pages("/tokens")
        return any(row["type"] == "scim" and row.get("last_used", "").endswith("Z") for row in rows)

    wait_until(told)
    manager.close()


def test_operators_see_every_tenant_on_the_command_line(sandbox, anna):
    done = sandbox.muster("--json", "audit", "all", "--action", "user.created", "--limit", "1000")
    assert anna in done.stdout
    key = json.loads(sandbox.muster("--json", "audit", "key").stdout)
    assert len(key["key"]) == 64


def test_the_audit_verifies_with_the_seal_key_beside_the_daemon(sandbox, anna):
    run(BUILD / "muster", "audit", "verify", "--data", sandbox.folder / "data", "--key-file",
        sandbox.folder / "seal.key")
