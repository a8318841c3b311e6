"""Bulk actions: a job is planned, read, run, cancelled, resumed after kill -9; every row exactly once."""

import csv
import io
from urllib.parse import quote

import pytest

from company import Company, done
from muster import wait_until

RIGHTS = ("users.view", "users.deactivate", "users.delete", "roles.view", "roles.assign_any",
          "scopes.view", "scopes.edit", "scopes.assign", "audit.view")
OVER = ("done", "failed", "cancelled")


def people(tenant, count, prefix="p"):
    scim = tenant.scim()
    names = [f"{prefix}{n:04d}" for n in range(count)]
    for name in names:
        assert scim.create_user(name).status == 201
    scim.close()
    return names


@pytest.fixture(scope="module")
def tenant(sandbox):
    return sandbox.new_tenant()


@pytest.fixture(scope="module")
def names(tenant):
    return people(tenant, 25)


@pytest.fixture(scope="module")
def api(tenant, names):
    client = tenant.api(*RIGHTS)
    yield client
    client.close()


def bulk(api, action, **more):
    headers = {key: more.pop(key) for key in list(more) if key[0].isupper()}
    return api.ask("POST", "/users/bulk", {"action": action, **more}, **headers)


def planned(api, action, **more):
    answer = bulk(api, action, preview=True, **more)
    assert answer.status == 202, answer.body
    assert answer.body["state"] == "planned"
    return answer.body["job"]


def finished(api, job):
    wait_until(lambda: api.get(f"/jobs/{job}").body["state"] in OVER, 300, "the end of a job")
    return api.get(f"/jobs/{job}").body


def outcomes(api, job):
    return {row["user"] if "user" in row else row["id"]: row["outcome"]
            for row in api.pages(f"/jobs/{job}/rows?limit=7")}


def active(api):
    return {item["user"]: item["active"] for item in api.pages("/users?limit=1000")}


def test_a_preview_counts_whom_the_filter_finds(api, names):
    filter = " or ".join(f'user eq "{name}"' for name in names[:3])
    refused = bulk(api, "deactivate", filter=filter)
    assert (refused.status, refused.body["attribute"]) == (422, "expected_count")
    job = planned(api, "deactivate", filter=filter)
    assert api.get(f"/jobs/{job}").body["total"] == 3
    assert api.ask("POST", f"/jobs/{job}/cancel").status == 200


def test_a_plan_is_read_before_it_is_run(api, names):
    job = planned(api, "deactivate", users=names[:5])
    assert outcomes(api, job) == dict.fromkeys(names[:5], "changed")
    assert all(active(api)[name] for name in names)
    answer = api.ask("POST", f"/jobs/{job}/run")
    assert answer.status == 202, answer.body
    done = finished(api, job)
    assert (done["state"], done["total"], done["done"], done["failed"]) == ("done", 5, 5, 0)
    assert [name for name in names if not active(api)[name]] == names[:5]
    assert api.ask("POST", f"/jobs/{job}/run").status == 409
    assert api.ask("POST", f"/jobs/{job}/cancel").status == 409
    again = finished(api, bulk(api, "deactivate", users=names[:6]).body["job"])
    assert again["done"] == 6
    assert outcomes(api, again["job"]) == {**dict.fromkeys(names[:5], "unchanged"),
                                           names[5]: "changed"}
    finished(api, bulk(api, "reactivate", users=names[:6]).body["job"])
    assert all(active(api)[name] for name in names)


def test_a_filter_must_find_as_many_as_expected(api, names):
    text = 'user sw "p001"'
    answer = bulk(api, "deactivate", filter=text, expected_count=11)
    assert answer.status == 409 and "10 match" in answer.body["detail"], answer.body
    answer = bulk(api, "deactivate", filter=text)
    assert answer.status == 422, answer.body
    assert all(active(api)[name] for name in names)
    assert finished(api, bulk(api, "deactivate", filter=text, expected_count=10).body["job"])[
        "done"] == 10
    finished(api, bulk(api, "reactivate", filter=text, expected_count=10).body["job"])


def test_roles_and_scopes_are_given_and_taken(api, names):
    assert api.ask("POST", "/scopes", {"scope": "Site 1"}).status == 201
    for give, take, key, value in (("assign-role", "unassign-role", "role", "Viewer"),
                                   ("assign-scope", "unassign-scope", "scope", "Site 1")):
        assert bulk(api, give, users=names[:3]).status == 422
        assert bulk(api, give, users=names[:3], **{key: "nix"}).status == 404
        done = finished(api, bulk(api, give, users=names[:3], **{key: value}).body["job"])
        assert done["done"] == 3 and done[key] == value, done
        wanted = quote(f'member_of eq "{key}:{value}" and user sw "p"')
        assert [item["user"] for item in api.pages(f"/users?sort=user&filter={wanted}")] \
            == names[:3]
        if key == "role":
            # Nobody is left without one.
            finished(api, bulk(api, give, users=names[:3], role="Manager").body["job"])
        done = finished(api, bulk(api, take, users=names[:3], **{key: value}).body["job"])
        assert done["done"] == 3, api.pages(f"/jobs/{done['job']}/rows")
        assert api.pages(f"/users?filter={wanted}") == []


def test_each_row_is_refused_for_itself(api, tenant):
    gone = tenant.scim().create_user("gone").body["id"]
    job = planned(api, "delete", users=[gone, "p0024"])
    assert tenant.scim().ask("DELETE", f"/Users/{gone}").status == 204
    api.ask("POST", f"/jobs/{job}/run")
    done = finished(api, job)
    assert (done["state"], done["done"], done["failed"]) == ("done", 1, 1)
    rows = api.pages(f"/jobs/{job}/rows")
    assert (rows[0]["outcome"], rows[0]["code"]) == ("refused", "not_found")
    assert rows[1]["outcome"] == "changed"


def test_a_job_is_told_in_numbers_before_and_after(api, tenant, names):
    gone = tenant.scim().create_user("gone-too").body["id"]
    job = planned(api, "deactivate", users=[gone, *names[20:23]])
    before = api.get(f"/jobs/{job}/summary").body
    assert (before["total"], before["looked_at"], before["changed"], before["refused"]) == (4, 4, 4, 0)
    assert tenant.scim().ask("DELETE", f"/Users/{gone}").status == 204
    foreseen = api.get(f"/jobs/{job}/summary").body
    assert (foreseen["changed"], foreseen["refused"], foreseen["waiting"]) == (3, 1, 0)
    assert [(row["row"], row["id"], row["code"]) for row in foreseen["refusals"]] == [(1, gone, "not_found")]
    api.ask("POST", f"/jobs/{job}/run")
    finished(api, job)
    after = api.get(f"/jobs/{job}/summary").body
    assert (after["changed"], after["refused"], after["refusals"][0]["run"]) == (3, 1, True)
    finished(api, bulk(api, "reactivate", users=names[20:23]).body["job"])


def test_a_repeated_request_is_one_job(api, names):
    text = 'user sw "p000" and active eq true'
    first = bulk(api, "deactivate", filter=text, expected_count=10, Idempotency_Key="bulk-1")
    assert first.status == 202, first.body
    finished(api, first.body["job"])
    again = bulk(api, "deactivate", filter=text, expected_count=10, Idempotency_Key="bulk-1")
    assert (again.status, again.body["job"]) == (202, first.body["job"]), again.body
    other = bulk(api, "reactivate", filter=text, expected_count=10, Idempotency_Key="bulk-1")
    assert other.status == 422 or other.status == 409, other.body
    finished(api, bulk(api, "reactivate", users=names[:10]).body["job"])


def test_who_may_not_do_it_makes_no_job_of_it(sandbox, tenant, api, names):
    viewer = tenant.api("users.view")
    assert bulk(viewer, "deactivate", users=names[:1]).status == 403
    job = planned(api, "deactivate", users=names[:1])
    assert viewer.ask("POST", f"/jobs/{job}/run").status == 403
    assert viewer.ask("POST", f"/jobs/{job}/cancel").status == 403
    viewer.close()
    stranger = sandbox.new_tenant().api(*RIGHTS)
    never = "00000000-0000-7000-8000-000000000000"
    for method, path in (("GET", "/jobs/{}"), ("GET", "/jobs/{}/rows"), ("GET", "/jobs/{}/result"),
                         ("GET", "/jobs/{}/summary"), ("POST", "/jobs/{}/run"), ("POST", "/jobs/{}/cancel")):
        theirs = stranger.ask(method, path.format(job))
        assert theirs.status == 404
        assert theirs.octets == stranger.ask(method, path.format(never)).octets
    stranger.close()
    assert api.ask("POST", f"/jobs/{job}/cancel").body["state"] == "cancelled"
    assert api.ask("POST", f"/jobs/{job}/run").status == 409


def test_a_revoked_key_stops_its_job(sandbox, tenant, api, names):
    client = tenant.api(*RIGHTS)
    job = planned(client, "deactivate", users=names[:4])
    client.close()
    keys = sandbox.muster("token", "list", tenant.name, "--json").stdout
    assert keys
    job_api = api.get(f"/jobs/{job}").body
    sandbox.muster("token", "revoke", tenant.name, job_api["created_by"])
    answer = sandbox.muster("job", "run", tenant.name, job)
    assert answer.returncode == 0
    done = finished(api, job)
    assert (done["state"], done["done"]) == ("failed", 0), done
    assert all(active(api)[name] for name in names[:4])


def test_an_export_is_downloaded(api, names, sandbox, tenant):
    job = bulk(api, "export", users=names[:12]).body["job"]
    assert finished(api, job)["state"] == "done"
    api.send("GET", f"/jobs/{job}/result")
    response = api.connection.getresponse()
    text = response.read().decode()
    assert response.status == 200 and response.headers["Content-Type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["username"] for row in rows] == names[:12]
    assert rows[0]["email"] == f"{names[0]}@example.com" and rows[0]["active"] == "1"
    file = next((sandbox.folder / "data").glob(f"job-*-{job}.csv"))
    assert file.stat().st_mode & 0o777 == 0o600
    assert api.get(f"/jobs/{job}").body["file"] == "here"
    file.unlink()
    assert api.get(f"/jobs/{job}").body["file"] == "gone"
    assert api.get(f"/jobs/{job}/result").status == 404
    other = planned(api, "export", users=names[:1])
    assert api.get(f"/jobs/{other}/result").status == 404
    assert "file" not in api.get(f"/jobs/{other}").body


def test_an_export_tells_nobody_of_people_who_are_hidden(sandbox):
    company = Company(sandbox, "users-app")
    done(company.api.post("/roles", {"role": "Clerk", "level": 2, "permissions": [
        "users.view", "roles.view"]}), 201)
    done(company.api.post("/roles", {"role": "Chief", "level": 4, "permissions": [
        "users.view"]}), 201)
    boss = company.made("boss", "Chief")
    company.made("clerk", "Clerk")
    company.made("colleague", "Clerk")
    clerk = company.person("clerk")
    assert clerk.get("/users/boss").status == 404
    job = finished(clerk, bulk(clerk, "export", users=[boss, "colleague"]).body["job"])["job"]
    text = clerk.get(f"/jobs/{job}/result").octets
    assert b"colleague@" in text and b"boss@" not in text
    assert b"colleague@" in company.api.get(f"/jobs/{job}/result").octets
    job = finished(company.api, bulk(company.api, "export", users=[boss]).body["job"])["job"]
    assert b"boss@" in company.api.get(f"/jobs/{job}/result").octets
    assert clerk.get(f"/jobs/{job}/result").status == 403
    assert clerk.get(f"/jobs/{job}").body["file"] == "withheld"
    assert company.api.get(f"/jobs/{job}").body["file"] == "here"
    clerk.close()
    company.close()


def test_the_command_line_has_jobs_too(sandbox, tenant, names):
    made = sandbox.muster("user", "bulk", tenant.name, "deactivate", "--user", names[20],
                          "--preview", "--json")
    job = made.stdout.split('"job":')[1].split('"')[1]
    assert "planned" in sandbox.muster("job", "show", tenant.name, job).stdout
    assert names[20] in sandbox.muster("job", "rows", tenant.name, job).stdout
    assert job in sandbox.muster("job", "list", tenant.name).stdout
    sandbox.muster("job", "cancel", tenant.name, job)


def test_a_job_ends_after_kill_9_with_every_row_once(own_sandbox):
    """Killed again and again while it runs, until a kill came in the middle."""
    tenant = own_sandbox.new_tenant()
    total = 2000
    names = people(tenant, total, "k")
    api = tenant.api(*RIGHTS)
    in_the_middle = False
    for attempt in range(6):
        action = ("deactivate", "reactivate")[attempt % 2]
        job = bulk(api, action, filter='user sw "k"', expected_count=total).body["job"]
        wait_until(lambda: api.get(f"/jobs/{job}").body["done"] > 0, 60, "the first rows")
        own_sandbox.kill()
        own_sandbox.start()
        api.close()
        state = api.get(f"/jobs/{job}").body
        done = finished(api, job)
        assert (done["state"], done["done"], done["failed"]) == ("done", total, 0), done
        rows = api.pages(f"/jobs/{job}/rows?limit=1000")
        assert sorted(row["user"] for row in rows) == names
        assert {row["outcome"] for row in rows} == {"changed"}
        assert set(active(api)[name] for name in names) == {action == "reactivate"}
        in_the_middle = state["done"] < total
        if in_the_middle:
            break
    print("killed in the middle:", in_the_middle)
    api.close()
    own_sandbox.verify()
