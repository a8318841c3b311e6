"""What the operators' own realm is told over all companies, and nobody else."""

import csv
import io
import re
import time
from datetime import datetime, timezone

import pytest
from muster import Api
from test_reload import new_certificate, reload


@pytest.fixture(scope="module")
def operator(sandbox):
    client = Api(sandbox.values["API_URL"], sandbox.values["OPERATOR_TOKEN"])
    yield client
    client.close()


def next_moment():
    """Rows of one millisecond stand by company."""
    now = time.time_ns() // 1_000_000
    while time.time_ns() // 1_000_000 <= now:
        pass


@pytest.fixture(scope="module")
def three(sandbox):
    """Three companies whose people are made in turns: their journals lie between each other's."""
    tenants = [sandbox.new_tenant() for _ in range(3)]
    clients = [tenant.scim() for tenant in tenants]
    made = []
    for turn in range(7):
        for tenant, client in zip(tenants, clients):
            answer = client.create_user(f"turn-{turn}", displayName=f"Merged {turn}")
            assert answer.status == 201, answer.body
            made.append((tenant.name, answer.body["id"]))
            next_moment()
    for client in clients:
        client.close()
    return tenants, made


def of_ours(rows, tenants):
    names = {tenant.name for tenant in tenants}
    return [(row["company"], row["target"]["id"]) for row in rows if row["company"] in names]


@pytest.mark.parametrize("limit", [1, 2, 5, 1000])
def test_the_audit_of_all_companies_is_merged_by_time_page_by_page(operator, three, limit):
    tenants, made = three
    asked = f"/all/audit?action=user.created&text=Merged&limit={limit}"
    newest = operator.pages(asked)
    assert of_ours(newest, tenants) == made[::-1]
    assert of_ours(operator.pages(asked + "&oldest_first=true"), tenants) == made
    times = [row["time"] for row in newest]
    assert times == sorted(times, reverse=True)


def test_all_rows_of_all_companies_come_once_whatever_the_page(operator, three):
    tenants, _ = three
    end = operator.get("/all/audit?limit=1").body["items"][0]["time"]
    asked = f"/all/audit?to={end.replace('+', '%2B')}"
    whole = [row["id"] for row in operator.pages(asked + "&limit=1000")]
    assert len(set(whole)) == len(whole) > 21
    assert [row["id"] for row in operator.pages(asked + "&limit=7")] == whole
    upward = [row["id"] for row in operator.pages(asked + "&limit=11&oldest_first=true")]
    assert sorted(upward) == sorted(whole)
    rows = operator.pages(asked + "&limit=1000")
    for tenant in tenants:
        own = [row["id"] for row in operator.pages(f"/tenants/{tenant.name}/audit?limit=1000")]
        assert [row["id"] for row in rows if row["company"] == tenant.name] == own
    assert any(row["company"] == "@operator" for row in rows)


def test_a_window_of_time_holds_across_pages(operator, three):
    tenants, made = three
    rows = [row for row in operator.pages("/all/audit?action=user.created&text=Merged&limit=1000")
            if row["company"] in {tenant.name for tenant in tenants}]
    first, last = rows[14]["time"], rows[4]["time"]
    wanted = [row["id"] for row in rows if first <= row["time"] <= last]
    for order in ("", "&oldest_first=true"):
        found = operator.pages(f"/all/audit?action=user.created&text=Merged&limit=3"
                               f"&from={first}&to={last}{order}")
        ids = [row["id"] for row in found if row["id"] in {one["id"] for one in rows}]
        assert ids == (wanted[::-1] if order else wanted)
    assert len(made) == 21


@pytest.mark.parametrize("cursor", ["x", "1", "1.2", "0.1.1", "5.1.0", "5.4294967296.1", "1.1.1.1",
                                    "99999999999999999999.1.1", "-5.1.1"])
def test_a_cursor_of_another_list_is_refused(operator, cursor):
    answer = operator.get(f"/all/audit?cursor={cursor}")
    assert answer.status == 422 and answer.body["attribute"] == "cursor"


def test_what_little_is_found_leads_on_and_ends(operator, three):
    tenants, made = three
    asked = f"/all/audit?text={made[0][1]}&limit=1"
    assert of_ours(operator.pages(asked), tenants) == [made[0]]


def rows_of(answer):
    assert answer.status == 200 and answer.headers["Content-Type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(answer.octets.decode(), newline="")))


@pytest.mark.parametrize("order", ["", "&oldest_first=true"])
def test_the_file_has_the_rows_of_the_list_with_their_companies(operator, three, order):
    tenants, made = three
    asked = "action=user.created&text=Merged" + order
    listed = operator.pages(f"/all/audit?{asked}&limit=1000")
    rows = rows_of(operator.get(f"/all/audit.csv?{asked}"))
    assert [(row["Time"], row["Company"], row["Target"]) for row in rows] == [
        (row["time"], row["company"], row["target"]["name"]) for row in listed]
    assert {tenant.name for tenant in tenants} <= {row["Company"] for row in rows}
    assert len(rows) >= len(made)
    assert rows_of(operator.get("/all/audit.csv?from=2001-01-01T00:00:00Z&to=2001-01-02T00:00:00Z")) == []


def test_the_operators_own_rows_are_of_no_company_and_no_formula(operator, three):
    end = operator.get("/all/audit?limit=1").body["items"][0]["time"].replace("+", "%2B")
    listed = operator.pages(f"/all/audit?to={end}&limit=1000")
    rows = rows_of(operator.get(f"/all/audit.csv?to={end}"))
    assert [row["Company"] for row in rows] == [
        "" if row["company"] == "@operator" else row["company"] for row in listed]
    assert "" in {row["Company"] for row in rows}
    assert not any(cell.startswith(tuple("=+-@\t\r")) for row in rows for cell in row.values())


OPERATORS_ONLY = [
    ("GET", "/tenants", None),
    ("POST", "/tenants", {"name": "sneaky"}),
    ("POST", "/tenants/{name}/suspend", None),
    ("POST", "/tenants/{name}/resume", None),
    ("PATCH", "/tenants/{name}", {"type": "demo"}),
    ("POST", "/tenants/{name}/erase", {"confirm": "{name}"}),
    ("GET", "/all/audit", None),
    ("GET", "/all/audit.csv", None),
    ("GET", "/all/admins", None),
    ("GET", "/data-requests?text=anna&reason=curious", None),
    ("GET", "/status", None),
]


@pytest.mark.parametrize("method,path,body", OPERATORS_ONLY)
def test_what_is_the_operators_is_refused_to_a_companys_admin(sandbox, method, path, body):
    values = sandbox.values
    admin = Api(values["API_URL"], values["ACME_API_TOKEN"])
    filled = {key: value.format(name="acme") for key, value in body.items()} if body else None
    answer = admin.ask(method, path.format(name="acme"), filled)
    admin.close()
    assert answer.status == 403, answer.body


def test_an_admin_of_a_company_enters_no_other(sandbox, three):
    tenants, _ = three
    admin = Api(sandbox.values["API_URL"], sandbox.values["ACME_API_TOKEN"])
    for path in ("", "/users", "/audit", "/overview", "/events"):
        assert admin.get(f"/tenants/{tenants[0].name}{path}").status in (403, 404), path
    assert admin.get("/session").body["operator"] is False
    admin.close()


def days_left(text):
    end = datetime.strptime(re.sub(r"\.\d+", "", text), "%Y-%m-%dT%H:%M:%SZ")
    return (end.replace(tzinfo=timezone.utc) - datetime.now(timezone.utc)).total_seconds() / 86400


def test_the_status_tells_when_the_certificate_of_each_door_ends(own_sandbox):
    operator = Api(own_sandbox.values["API_URL"], own_sandbox.values["OPERATOR_TOKEN"])
    status = operator.get("/status").body
    before = status["certificate_ends"]
    assert set(before) <= set(status["doors"]) and {"ldap", "ldaps"} <= set(before)
    assert "status" not in before and "http" not in before
    assert all(days_left(end) > 31 for end in before.values()), before
    new_certificate(own_sandbox)
    assert reload(own_sandbox).returncode == 0
    after = operator.get("/status").body["certificate_ends"]
    assert set(after) == set(before)
    assert all(29 < days_left(end) <= 30 for end in after.values()), after
    operator.close()
