"""The provisioning log: what a connection asked for, what became of it, and once more."""

import csv
import json
import re
import threading
from http.client import HTTPException
from urllib.parse import quote

import pytest

from muster import PATCH_OP, USER, wait_until

SECRET = "Zebra-Hunter-2"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"


class Log:
    """A tenant with a connection and somebody who reads its log."""

    def __init__(self, sandbox):
        self.tenant = sandbox.new_tenant()
        self.scim = self.tenant.scim()
        self.api = self.tenant.api("integrations.manage")

    def rows(self, query="", least=1):
        """Once at least so many are written."""
        found = []

        def are_there():
            found[:] = self.api.pages("/provisioning" + (f"?{query}" if query else ""))
            return len(found) >= least

        wait_until(are_there, what=f"{least} rows of {query!r}")
        return found

    def row_of(self, answer):
        """Of an answer, by the id that it names."""
        return self.rows("request=" + answer.headers["Muster-Request-Id"])[0]

    def show(self, row):
        answer = self.api.get(f"/provisioning/{row['row']}")
        assert answer.status == 200, answer.body
        return answer.body

    def replay(self, row, **more):
        return self.api.post(f"/provisioning/{row['row']}/replay", more)

    def close(self):
        self.scim.close()
        self.api.close()


@pytest.fixture
def log(sandbox):
    log = Log(sandbox)
    yield log
    log.close()


# ---- rows ----

def test_a_row_says_who_what_and_what_became_of_it(log):
    answer = log.scim.ask("POST", "/Users?attributes=userName", {
        "schemas": [USER], "userName": "anna", "externalId": "00u1",
        "emails": [{"value": "anna@example.com"}]}, User_Agent="Okta SCIM Client 1.0")
    assert answer.status == 201
    row = log.row_of(answer)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", row.pop("time"))
    assert row.pop("row") > 0 and row.pop("micros") > 0 and row.pop("journal") > 0
    assert re.fullmatch(r"[0-9a-f-]{36}", row.pop("token_id"))
    assert row == {
        "outcome": "succeeded", "status": 201, "method": "POST",
        "path": f"/scim/v2/{log.tenant.name}/Users?attributes=userName", "type": "User",
        "subject": "anna", "subject_id": answer.body["id"], "external_id": "00u1",
        "scim_type": None, "detail": None, "dry_run": False, "count": 1, "token": "sandbox-scim",
        "ip": "127.0.0.1", "user_agent": "Okta SCIM Client 1.0",
        "request": answer.headers["Muster-Request-Id"], "bulk": None, "replay_of": None,
        "missing": None}


def test_show_has_the_body_and_the_changes(log):
    user = log.scim.create_user("ben").body["id"]
    body = json.dumps({"schemas": [PATCH_OP], "Operations": [
        {"op": "replace", "path": "title", "value": "Fitter"}]}, indent=1)
    answer = log.scim.ask("PATCH", f"/Users/{user}", body, If_Match="W/\"1\"")
    assert answer.status == 200
    entry = log.show(log.row_of(answer))
    assert entry["body"] == body and entry["body_octets"] == len(body)
    assert entry["if_match"] == "W/\"1\"" and not entry["redacted"] and not entry["cut"]
    assert [change["action"] for change in entry["changes"]] == ["user.updated"]
    assert entry["changes"][0]["target"] == "ben"
    assert {"path": "title", "old": None, "new": "Fitter"} in entry["changes"][0]["changes"]
    again = log.show(log.row_of(log.scim.ask("PATCH", f"/Users/{user}", body)))
    assert again["outcome"] == "unchanged" and again["changes"] == [] and not again["journal"]


def test_a_refusal_says_why(log):
    log.scim.create_user("cleo")
    refused = log.scim.create_user("cleo")
    row = log.row_of(refused)
    assert (row["outcome"], row["status"], row["scim_type"]) == ("refused", 409, "uniqueness")
    assert row["detail"] == refused.body["detail"]
    assert row["subject"] == "cleo" and row["subject_id"] is None and row["journal"] is None
    gone = log.scim.get("/Users/01234567-89ab-7def-8123-456789abcdef")
    row = log.row_of(gone)
    assert (row["status"], row["method"], row["type"]) == (404, "GET", "User")
    assert row["subject_id"] == "01234567-89ab-7def-8123-456789abcdef"
    removed = log.scim.create_user("dora").body["id"]
    row = log.row_of(log.scim.ask("DELETE", f"/Users/{removed}"))
    assert (row["method"], row["subject"], row["subject_id"]) == ("DELETE", "dora", removed)


def test_reads_that_succeed_are_counted(sandbox):
    log = Log(sandbox)
    user = log.scim.create_user("eva").body["id"]
    for _ in range(50):
        assert log.scim.get(f"/Users/{user}").status == 200
        assert log.scim.find("Users", 'userName eq "eva"').status == 200
    log.scim.close()
    # A minute is a long time; what is counted is written when the daemon ends, too.
    assert log.rows("problems=true", 0) == []
    assert [row["method"] for row in log.rows()] == ["POST"]


def test_counted_reads_are_written_at_the_end(own_sandbox):
    tenant = own_sandbox.acme
    client = tenant.scim()
    for _ in range(50):
        assert client.get("/Users").status == 200
        assert client.get("/Groups").status == 200
    client.close()
    own_sandbox.stop()
    own_sandbox.start()
    api = own_sandbox.acme.api("integrations.manage")
    counted = [row for row in api.pages("/provisioning?method=GET") if row["path"] == "/Users"]
    assert sum(row["count"] for row in counted) == 50
    assert {row["status"] for row in counted} == {200}
    own_sandbox.verify()


def test_a_stranger_is_counted_and_not_logged(sandbox):
    log = Log(sandbox)
    before = sandbox.metric("muster_tokens_refused_total")
    stranger = log.tenant.scim("mst_scim_no-such-token")
    assert stranger.get("/Users").status == 401
    assert sandbox.metric("muster_tokens_refused_total") == before + 1
    assert log.row_of(log.scim.get("/Users/nobody"))["row"] == 1
    stranger.close()
    log.close()


# ---- secrets ----

@pytest.mark.parametrize("body", [
    {"schemas": [USER], "userName": "fred", "password": SECRET},
    {"schemas": [USER], "userName": "fred", f"{USER}:password": SECRET},
    {"schemas": [PATCH_OP], "Operations": [{"op": "add", "path": "password", "value": SECRET}]},
    {"schemas": [PATCH_OP], "Operations": [{"op": "add", "value": {"password": SECRET}}]},
    {"schemas": [BULK], "Operations": [{"method": "POST", "path": "/Users", "bulkId": "a", "data": {
        "schemas": [USER], "userName": "fred", "PASSWORD": SECRET}}]},
])
def test_no_password_is_in_the_log(log, body):
    path = "/Users" if "userName" in body else "/Bulk"
    if body["schemas"] == [PATCH_OP]:
        user = log.scim.create_user("fred").body["id"]
        path = f"/Users/{user}"
    answer = log.scim.ask("PATCH" if body["schemas"] == [PATCH_OP] else "POST", path, body)
    assert answer.status < 300 or path == "/Bulk", answer.body
    row = log.row_of(answer) if "Muster-Request-Id" in answer.headers else log.rows()[0]
    entry = log.show(row)
    for shown in [entry] + [log.show(other) for other in log.rows()]:
        assert SECRET not in json.dumps(shown) and log.tenant.scim_token not in json.dumps(shown)
    if answer.status < 300:
        assert entry["redacted"] and "[redacted]" in entry["body"]
        refused = log.replay(row)
        assert refused.status == 409 and "secret" in refused.body["detail"]


def test_a_body_that_is_no_json_is_a_digest(log):
    bodies = [f'{{"password": "{SECRET}"', f'{{"password": "{SECRET}"', f'password={SECRET}']
    entries = [log.show(log.row_of(log.scim.ask("POST", "/Users", body))) for body in bodies]
    for entry in entries:
        assert entry["status"] == 400 and entry["body"] is None
        assert re.fullmatch(r"[0-9a-f]{32}", entry["body_digest"])
        assert SECRET not in json.dumps(entry)
        assert log.replay(entry).status == 409
    digests = [entry["body_digest"] for entry in entries]
    assert digests[0] == digests[1] != digests[2]


def test_a_secret_in_the_query_is_taken_out(log):
    answer = log.scim.get(f"/Users?filter={quote('password sw ' + json.dumps(SECRET))}")
    assert answer.status == 400
    row = log.row_of(answer)
    assert row["path"].endswith("/Users?filter=[redacted]")
    kept = log.row_of(log.scim.get(f"/Users?filter={quote('nonsense eq 1')}"))
    assert kept["path"].endswith("/Users?filter=" + quote("nonsense eq 1"))


def test_a_reason_does_not_repeat_a_secret(log):
    user = log.scim.create_user("gina").body["id"]
    for path in [f'emails[password eq "{SECRET}"].value', f"password.{SECRET}",
                 f'password[value eq "{SECRET}"]']:
        answer = log.scim.patch(f"/Users/{user}", {"op": "replace", "path": path, "value": "x"})
        assert answer.status == 400
        assert SECRET not in json.dumps(log.show(log.row_of(answer)))
    row = log.row_of(log.scim.get(f"/Users?sortBy=password.{SECRET}"))
    assert row["path"].endswith("sortBy=[redacted]") and SECRET not in json.dumps(log.show(row))


def test_a_password_of_a_bulk_refers_to_nothing(log):
    user = log.scim.create_user("hugo").body["id"]
    text = f"bulkId:{SECRET}"
    made = {"schemas": [USER], "userName": "hans", "password": text}
    answer = log.scim.ask("POST", "/Bulk", {"schemas": [BULK], "Operations": [
        {"method": "POST", "path": "/Users", "bulkId": "a", "data": made}] + [
        {"method": "PATCH", "path": f"/Users/{user}", "data": {
            "schemas": [PATCH_OP], "Operations": [operation]}} for operation in (
                {"op": "add", "path": "password", "value": text},
                {"op": "add", "value": {"password": text}},
                {"op": "add", "path": f'password[value eq "{text}"]', "value": "x"})]})
    found = [operation["status"] for operation in answer.body["Operations"]]
    assert found == ["201", "200", "200", "400"]
    rows = log.rows("request=" + answer.headers["Muster-Request-Id"], least=5)
    assert SECRET not in json.dumps([log.show(row) for row in rows])
    log.tenant.bind(log.tenant.user_dn("hans"), text).unbind_s()


def test_a_long_body_is_cut_and_says_so(log):
    body = {"schemas": [USER], "userName": "greta", "nickName": "x" * 100000}
    entry = log.show(log.row_of(log.scim.ask("POST", "/Users", body)))
    assert entry["cut"] and len(entry["body"]) == 65536 and entry["body_octets"] > 100000
    refused = log.replay(entry)
    assert refused.status == 409 and "too long" in refused.body["detail"]


# ---- search ----

def test_rows_are_found_by_all_that_matters(log):
    anna = log.scim.create_user("anna", externalId="X-1").body["id"]
    log.scim.create_user("anna")
    log.scim.create_group("fitters", anna)
    log.scim.patch(f"/Users/{anna}", {"op": "replace", "path": "title", "value": "Fitter"})
    rows = log.rows(least=4)
    assert [row["method"] for row in rows] == ["PATCH", "POST", "POST", "POST"]
    times = [row["time"] for row in rows]
    assert times == sorted(times, reverse=True)
    token = rows[0]["token_id"]

    def found(query):
        return [row["row"] for row in log.rows(query, 0)]

    assert found(f"subject={anna}") == [4, 1]
    assert found("name=ANNA") == [4, 2, 1] and found("name=x-1") == [4, 1]
    assert found("method=PATCH") == [4] and found("type=Group") == [3]
    assert found("status=4") == found("status=409") == found("outcome=refused") == [2]
    assert found("problems=true") == [2] and found("outcome=succeeded") == [4, 3, 1]
    assert found("text=already") == [2] and found("text=/groups") == [3]
    assert found(f"token={token}") == found("token=sandbox-scim") == [4, 3, 2, 1]
    assert found(f"request={rows[1]['request']}") == [3]
    assert found(f"from={times[0]}")[0] == 4 and found("to=2020-01-01T00:00:00Z") == []
    assert found(f"limit=1&subject={anna}") == [4, 1]
    table = log.api.get("/provisioning.csv?method=POST")
    lines = list(csv.reader(table.octets.decode().splitlines()))
    assert [line[0] for line in lines] == ["Row", "3", "2", "1"]
    for bad in ["outcome=x", "status=42", "from=x", "subject=x", "token=nobody", "cursor=x",
                "limit=0"]:
        assert log.api.get(f"/provisioning?{bad}").status in (400, 422), bad


def test_a_cursor_is_good_for_its_own_query(log):
    for i in range(5):
        log.scim.create_user(f"person{i}")
    log.rows(least=5)
    cursor = log.api.get("/provisioning?limit=2").body["next_cursor"]
    assert log.api.get(f"/provisioning?limit=2&cursor={cursor}").body["items"][0]["row"] == 3
    assert log.api.get(f"/provisioning?limit=2&method=POST&cursor={cursor}").status == 400


def test_another_tenant_sees_nothing(sandbox, log):
    row = log.row_of(log.scim.create_user("hans"))
    other = Log(sandbox)
    assert other.api.get("/provisioning").body["items"] == []
    for path in [f"/provisioning/{row['row']}", "/provisioning/99999"]:
        answer = other.api.get(path)
        assert answer.status == 404
        assert answer.body["detail"] == other.api.get("/provisioning/77").body["detail"]
    assert other.replay(row).status == 404
    assert other.rows(f"request={row['request']}", 0) == []
    other.close()
    reader = log.tenant.api("users.view")
    assert reader.get("/provisioning").status == 403
    assert reader.post(f"/provisioning/{row['row']}/replay", {}).status == 403
    reader.close()


def test_the_command_line_lists_shows_and_replays(sandbox, log):
    row = log.row_of(log.scim.create_user("ida"))
    listed = sandbox.muster("provision", "list", log.tenant.name, "--name", "ida")
    assert "ida" in listed.stdout and "succeeded" in listed.stdout
    shown = sandbox.muster("provision", "show", log.tenant.name, str(row["row"]), "--json")
    assert json.loads(shown.stdout)["subject"] == "ida"
    again = sandbox.muster("provision", "replay", log.tenant.name, str(row["row"]), "--json")
    assert json.loads(again.stdout)["status"] == 409


# ---- Bulk and dry runs ----

def test_a_bulk_has_a_row_and_one_for_each_operation(log):
    answer = log.scim.ask("POST", "/Bulk", {"schemas": [BULK], "Operations": [
        {"method": "POST", "path": "/Users", "bulkId": "a", "data": {
            "schemas": [USER], "userName": "jan"}},
        {"method": "POST", "path": "/Users", "bulkId": "b", "data": {
            "schemas": [USER], "userName": "jan"}},
        {"method": "DELETE", "path": "/Users/01234567-89ab-7def-8123-456789abcdef"}]})
    assert answer.status == 200
    rows = log.rows("request=" + answer.headers["Muster-Request-Id"], 4)
    whole, *operations = rows[::-1]
    assert whole["path"].endswith("/Bulk") and whole["bulk"] is None and whole["status"] == 200
    assert {row["bulk"] for row in operations} == {whole["row"]}
    assert [(row["method"], row["path"].split("/")[1], row["status"]) for row in operations] == [
        ("POST", "Users", 201), ("POST", "Users", 409), ("DELETE", "Users", 404)]
    made = log.show(operations[0])
    assert made["subject"] == "jan" and made["changes"][0]["action"] == "user.created"
    assert json.loads(made["body"])["userName"] == "jan"


def test_a_dry_run_is_told_as_one(log):
    answer = log.scim.ask("POST", "/Users?dryRun=true", {"schemas": [USER], "userName": "kim"})
    assert answer.status == 200
    entry = log.show(log.row_of(answer))
    assert entry["dry_run"] and entry["changes"] == [] and entry["journal"] is None


# ---- once more ----

def test_a_request_is_run_again_when_its_cause_is_mended(log):
    log.scim.create_user("lea", externalId="first")
    failed = log.scim.ask("POST", "/Users", {"schemas": [USER], "userName": "Lea",
                                             "externalId": "second"})
    assert failed.status == 409
    row = log.row_of(failed)
    again = log.replay(row).body
    assert (again["status"], again["dry_run"]) == (409, True)
    person = log.scim.find("Users", 'userName eq "lea"').body["Resources"][0]["id"]
    log.scim.patch(f"/Users/{person}", {"op": "replace", "path": "userName", "value": "lea.old"})
    dry = log.replay(row).body
    assert dry["dry_run"] and dry["status"] == 200
    assert log.scim.find("Users", 'userName eq "lea"').body["totalResults"] == 0
    done = log.replay(row, commit=True).body
    assert done["status"] == 201 and done["row"] == row["row"] and not done["dry_run"]
    assert done["answer"]["externalId"] == "second"
    assert log.scim.find("Users", 'userName eq "lea"').body["totalResults"] == 1
    replays = [other for other in log.rows("name=lea", 4) if other["replay_of"] == row["row"]]
    assert [(other["status"], other["dry_run"]) for other in replays] == [
        (201, False), (200, True), (409, True)]
    assert replays[0]["token"] == row["token"] and replays[0]["journal"]
    auditor = log.tenant.api("audit.view")
    audited = auditor.pages("/audit?action=provisioning.replayed")
    assert len(audited) == 1 and audited[0]["reference"] == f"provisioning row {row['row']}"
    assert audited[0]["actor"]["name"].startswith("key-")
    assert audited[0]["target"]["name"] == row["token"]
    made = auditor.pages("/audit?action=user.created")[0]
    assert made["actor"]["name"] == row["token"]
    auditor.close()


def test_reads_and_what_is_gone_are_not_run_again(sandbox, log):
    read = log.row_of(log.scim.get("/Users/nobody"))
    assert log.replay(read).status == 409
    assert log.replay({"row": 12345}).status == 404
    row = log.row_of(log.scim.create_user("mia"))
    sandbox.muster("token", "revoke", log.tenant.name, row["token"])
    refused = log.replay(row, commit=True)
    assert refused.status == 409 and "connection" in refused.body["detail"]


# ---- much at once ----

def test_a_flood_is_bounded_and_its_loss_told(own_sandbox):
    """What does not fit is dropped and counted; the daemon neither grows nor waits."""
    tenant = own_sandbox.acme
    body = json.dumps({"schemas": [USER], "userName": "", "nickName": "x" * 60000})
    lost = "muster_provisioning_rows_lost_total"

    def flood():
        client = tenant.scim()
        for _ in range(150):
            assert client.ask("POST", "/Users", body).status in (400, 429)
        client.close()

    threads = [threading.Thread(target=flood) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    api = tenant.api("integrations.manage")

    def all_told():
        rows = api.pages("/provisioning?limit=200")
        missing = sum(row["missing"] or 0 for row in rows)
        return len(rows) + own_sandbox.metric(lost) == 600 and missing <= own_sandbox.metric(lost)

    wait_until(all_told, what="rows and losses")
    own_sandbox.verify()


def test_a_power_cut_leaves_a_log_without_holes(own_sandbox):
    """What was written is whole; the last second may be missing, and numbers go on."""
    log = Log(own_sandbox)
    stop = threading.Event()

    def write(name):
        client = log.tenant.scim()
        try:
            for i in range(100000):
                client.create_user(f"{name}{i}")
        except (OSError, HTTPException):
            stop.set()
        client.close()

    threads = [threading.Thread(target=write, args=(name,)) for name in ("anna", "ben")]
    for thread in threads:
        thread.start()
    log.rows(least=50)
    own_sandbox.kill()
    for thread in threads:
        thread.join()
    assert stop.is_set()
    own_sandbox.start()
    own_sandbox.verify()
    words = ["provision", "list", log.tenant.name, "--limit", "1", "--json"]
    newest = json.loads(own_sandbox.muster(*words).stdout)[0]
    assert newest["row"] >= 50 and newest["missing"] is None
    own_sandbox.muster("provision", "show", log.tenant.name, "1")
    log.close()
