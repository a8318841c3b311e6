"""People come by CSV: a plan of three classes, committed as it was read or rejected."""

import csv
import io

import pytest

from company import Company, done
from muster import Api, wait_until

RIGHTS = ("users.view", "users.create", "users.edit", "users.deactivate", "users.delete",
          "roles.view", "roles.edit", "roles.assign_any", "scopes.view", "scopes.edit",
          "scopes.assign", "audit.view", "settings.edit")
HEADER = "name,email,username,roles,production_sites,active"
OVER = ("done", "failed", "cancelled")


@pytest.fixture(scope="module")
def tenant(sandbox):
    made = sandbox.new_tenant()
    sandbox.muster("policy", "set", made.name, "email.uniqueness", "--value", "tenant",
                   "--confirm", "0")
    return made


@pytest.fixture
def api(tenant):
    client = tenant.api(*RIGHTS)
    yield client
    for item in client.pages("/imports"):
        if item["state"] == "planned":
            client.post(f"/imports/{item['import']}/reject")
    client.close()


def upload(api, text, path="/imports", **headers):
    body = text if isinstance(text, bytes) else text.encode()
    return api.ask("POST", path, body, Content_Type="text/csv", **headers)


def plan(api, *lines, header=HEADER, path="/imports"):
    answer = upload(api, "\r\n".join((header, *lines)) + "\r\n", path)
    assert answer.status == 201, answer.body
    return answer.body


def rows(api, made, of=None):
    return api.pages(f"/imports/{made['import']}/rows?limit=100" + (f"&class={of}" if of else ""))


def commit(api, made):
    answer = api.post(f"/imports/{made['import']}/commit")
    assert answer.status == 200, answer.body
    wait_until(lambda: api.get(f"/imports/{made['import']}").body["state"] in OVER, 300, "the end")
    return api.get(f"/imports/{made['import']}").body


def line(name, roles="Viewer", sites="", active="1"):
    return f"{name.title()},{name}@example.com,{name},{roles},{sites},{active}"


def counts(made):
    return tuple(made[name] for name in ("total", "importable", "errors", "duplicates"))


def only(api, *lines, **more):
    made = plan(api, *lines, **more)
    found = rows(api, made)
    assert len(found) == 1
    return found[0]


def refused(api, text):
    answer = upload(api, text)
    assert answer.status >= 400, answer.body
    return answer.status, answer.body["detail"]


def user_count(api):
    return api.get("/users?limit=1&total=true").body["total"]


def test_the_template_has_the_header_of_an_export(api, tenant):
    template = api.get("/imports/template")
    assert template.headers["Content-Type"].startswith("text/csv")
    assert template.octets.decode() == HEADER + "\r\n"
    tenant.scim().create_user("exported")
    job = api.post("/users/bulk", {"action": "export", "users": ["exported"]}).body["job"]
    wait_until(lambda: api.get(f"/jobs/{job}").body["state"] in OVER, 60, "the export")
    assert api.get(f"/jobs/{job}/result").octets.decode().startswith(HEADER + "\r\n")


def test_each_preset_has_its_columns(sandbox):
    for preset, header in (
            ("users-app", "first_name,last_name,email,user_type,parent_user,organization,"
                          "security_groups,role,apps"),
            ("titanus", "first_name,last_name,email,phone,groups,full_access,facilities")):
        assert Company(sandbox, preset).api.get("/imports/template").octets.decode() == (
            header + "\r\n")


def test_people_of_the_other_presets_come_with_all_their_columns(sandbox):
    company = Company(sandbox, "users-app")
    header = company.api.get("/imports/template").octets.decode().strip()
    company.api.post("/scopes", {"scope": "Press line"})
    boss = "Ada,Boss,ada@example.com,Distributor,,Works Ltd,Press line,Distributor Admin,"
    roles = [role["role"] for role in company.api.pages("/roles")]
    boss = boss.replace("Distributor Admin", roles[0])
    assert commit(company.api, plan(company.api, boss, header=header))["done"] == 1
    made = plan(company.api, f"Bo,Below,bo@example.com,Customer,ada@example.com,,,{roles[0]},a1;a2",
                f"No,Boss,no@example.com,Customer,nobody@example.com,,,{roles[0]},",
                boss, header=header)
    found = rows(company.api, made)
    assert [row["class"] for row in found] == ["importable", "error", "duplicate"], found
    assert (found[1]["code"], found[1]["column"]) == ("user_unknown", "parent_user")
    commit(company.api, made)
    below = company.show("bo@example.com")
    assert below["parent"] == "ada@example.com"
    assert [app["value"] for app in below["apps"]] == ["a1", "a2"]
    again = plan(company.api, f"Bo,Below,bo@example.com,Customer,ada@example.com,,,{roles[0]},a1;a2",
                 header=header)
    assert (again["duplicates"], again["differing"]) == (1, 0)


def test_who_is_limited_to_a_site_imports_into_no_other(sandbox):
    company = Company(sandbox, "pegotec")
    for site in ("North", "South"):
        done(company.api.post("/scopes", {"scope": site}), 201)
    done(company.api.post("/roles", {"role": "Clerk", "permissions": [
        "users.view", "users.create", "roles.view", "roles.assign", "scopes.view",
        "scopes.assign"]}), 201)
    company.made("clerk", "Clerk", scopes=["North"])
    token = company.told("token", "create", company.name, "clerk's", "--type", "personal",
                         "--user", "clerk")["token"]
    clerk = Api(sandbox.values["API_URL"], token)
    made = plan(clerk, line("north", "Clerk", "North"), line("south", "Clerk", "South"),
                line("everywhere", "Clerk"))
    found = rows(clerk, made)
    assert [row["class"] for row in found] == ["importable", "error", "error"], found
    assert [row.get("column") for row in found[1:]] == ["production_sites"] * 2
    assert commit(clerk, made)["done"] == 1
    assert company.show("north")["scopes"] == ["North"]
    clerk.close()


def test_the_reference_rows_are_imported_with_roles_and_sites(api):
    for site in ("Bandung Plant", "Medan Plant"):
        assert api.post("/scopes", {"scope": site}).status == 201
    made = plan(api,
                'Alice Smith,alice@example.com,alice.smith,Technician;Viewer,'
                '"Bandung Plant;Medan Plant",1',
                "Bob Jones,bob@example.com,,Supervisor,Bandung Plant,0")
    assert counts(made) == (2, 2, 0, 0), rows(api, made)
    assert made["state"] == "planned"
    assert api.get("/users/alice.smith").status == 404
    over = commit(api, made)
    assert (over["state"], over["done"], over["refused"], over["through"]) == ("done", 2, 0, 2)
    alice = api.get("/users/alice.smith").body
    assert sorted(alice["roles"]) == ["Technician", "Viewer"]
    assert sorted(alice["scopes"]) == ["Bandung Plant", "Medan Plant"]
    assert alice["active"] and alice["name"] == "Alice Smith"
    bob = api.get("/users/bob@example.com").body
    assert not bob["active"] and bob["scopes"] == ["Bandung Plant"]
    assert {row["outcome"] for row in rows(api, made)} == {"created"}
    assert rows(api, made)[0]["id"] == alice["id"]


def test_each_wrong_line_says_column_and_reason(api):
    wrong = {
        "N,,nomail,Viewer,,1": ("email_missing", "email"),
        "N,nonsense,nonsense,Viewer,,1": ("email_malformed", "email"),
        "N,norole@example.com,,Nobody,,1": ("role_unknown", "roles"),
        "N,nosite@example.com,,Viewer,Atlantis,1": ("site_unknown", "production_sites"),
        ",noname@example.com,,Viewer,,1": ("required_blank", "name"),
        "N,blank@example.com,,,,1": ("required_blank", "roles"),
        "N,noactive@example.com,,Viewer,,": ("required_blank", "active"),
        "N,yes@example.com,,Viewer,,yes": ("value_malformed", "active"),
        "N,short@example.com": ("cells", None),
        "N,operator@example.com,,PegotecUser,,1": ("role_unknown", "roles"),
    }
    made = plan(api, *wrong, line("sound"))
    assert counts(made) == (len(wrong) + 1, 1, len(wrong), 0)
    found = rows(api, made, "error")
    assert [(row["code"], row.get("column")) for row in found] == list(wrong.values())
    assert [row["line"] for row in found] == list(range(2, 2 + len(wrong)))
    assert all(row["detail"] and row["outcome"] == "skipped" for row in found)
    over = commit(api, made)
    assert (over["done"], over["refused"], over["errors"]) == (1, 0, len(wrong))
    assert api.get("/users/sound").status == 200


def test_what_is_here_already_is_a_duplicate_and_harmless(api):
    lines = [line(f"again{n}") for n in range(3)]
    assert commit(api, plan(api, *lines))["done"] == 3
    before = user_count(api)
    made = plan(api, *lines, line("again1").replace("Again1,", "Another Name,"))
    assert counts(made) == (4, 0, 1, 3)
    made = plan(api, *lines)
    assert (made["duplicates"], made["differing"]) == (3, 0)
    over = commit(api, made)
    assert (over["state"], over["done"], over["refused"]) == ("done", 0, 0)
    assert user_count(api) == before


def test_a_person_is_never_taken_for_another(api):
    commit(api, plan(api, line("first"), line("second")))
    assert only(api, "N,first@example.com,newname,Viewer,,1")["code"] == "email_taken"
    assert only(api, "N,first@example.com,second,Viewer,,1")["code"] == "email_taken"
    assert only(api, "N,unheard@example.com,second,Viewer,,1")["code"] == "username_taken"
    assert only(api, "First,FIRST@example.com,,Viewer,,1")["class"] == "duplicate"


def test_one_person_twice_in_a_file_is_told(api):
    made = plan(api, line("twin"), line("twin"), line("twin", active="0"),
                "Twin,other@example.com,TWIN,Viewer,,1")
    assert counts(made) == (4, 1, 2, 1)
    found = rows(api, made)
    assert [row["class"] for row in found] == ["importable", "duplicate", "error", "error"]
    assert "line 2" in found[1]["detail"]
    assert [(row["code"], row["column"]) for row in found[2:]] == [
        ("twice_in_file", "email"), ("twice_in_file", "username")]


def test_differing_data_changes_people_only_where_the_policy_lets_it(api):
    commit(api, plan(api, line("known"), line("known2")))
    lines = ("New Name,known@example.com,known,Viewer;Technician,,0", line("known2"))
    made = plan(api, *lines)
    assert (made["duplicates"], made["differing"], made["importable"]) == (2, 1, 0)
    assert rows(api, made)[0]["differs"] == ["name", "roles", "active"]
    text = "\n".join((HEADER, *lines))
    assert upload(api, text, "/imports?update=true").status == 403
    assert api.ask("PATCH", "/policies/imports.update", {"value": "true", "confirm": 0}).status == 200
    made = plan(api, *lines, path="/imports?update=true")
    assert (made["importable"], made["updates"], made["duplicates"]) == (1, 1, 1)
    assert commit(api, made)["done"] == 1
    known = api.get("/users/known").body
    assert (known["name"], known["active"], known["roles"]) == ("New Name", False, ["Viewer"])
    assert rows(api, made)[0]["outcome"] == "updated"
    api.ask("PATCH", "/policies/imports.update", {"value": "false", "confirm": 0})


def test_a_line_that_became_stale_is_told_and_overwrites_nothing(api):
    commit(api, plan(api, line("stale1")))
    assert api.ask("PATCH", "/policies/imports.update", {"value": "true", "confirm": 0}).status == 200
    made = plan(api, line("stale0"), line("stale1").replace("Stale1", "From The File"),
                line("stale2"), path="/imports?update=true")
    assert counts(made) == (3, 3, 0, 0)
    api.ask("PATCH", "/users/stale1", {"name": "By Hand"})
    assert api.post("/users", {"user": "stale2", "name": "By Hand", "roles": ["Viewer"],
                               "emails": ["stale2@example.com"]}).status == 201
    over = commit(api, made)
    assert (over["done"], over["refused"]) == (1, 2)
    late = rows(api, made, "refused")
    assert [row["line"] for row in late] == [3, 4]
    assert [row["code"] for row in late] == ["version", "exists"]
    assert api.get("/users/stale1").body["name"] == "By Hand"
    assert api.get("/users/stale2").body["name"] == "By Hand"
    errors = api.get(f"/imports/{made['import']}/errors").octets.decode()
    assert [row["row"] for row in csv.DictReader(io.StringIO(errors))] == ["3", "4"]
    api.ask("PATCH", "/policies/imports.update", {"value": "false", "confirm": 0})


def test_wrong_lines_are_corrected_and_imported_again_without_doubles(api):
    before = user_count(api)
    lines = [line(f"cycle{n:02d}") for n in range(28)] + [line("cycle00"), line("cycle01")]
    for n in (4, 14, 24):
        lines[n] = line(f"cycle{n:02d}", roles="Nonesuch")
    made = plan(api, *lines)
    assert counts(made) == (30, 25, 3, 2)
    commit(api, made)
    wrong = api.get(f"/imports/{made['import']}/errors").octets.decode()
    assert wrong.startswith(HEADER + ",row,reason\r\n") and wrong.count("\r\n") == 4
    again = upload(api, wrong.replace("Nonesuch", "Viewer")).body
    assert counts(again) == (3, 3, 0, 0)
    commit(api, again)
    assert user_count(api) == before + 28
    last = plan(api, *[text.replace("Nonesuch", "Viewer") for text in lines])
    assert counts(last) == (30, 0, 0, 30)


def test_a_rejected_plan_does_nothing_and_is_over(api):
    made = plan(api, line("rejected"))
    assert api.post(f"/imports/{made['import']}/reject").body["state"] == "cancelled"
    assert api.post(f"/imports/{made['import']}/commit").status == 409
    assert api.get("/users/rejected").status == 404
    assert rows(api, made)[0]["outcome"] == "dropped"


def test_a_plan_is_committed_once_by_who_made_it(api, tenant):
    made = plan(api, line("once"))
    other = tenant.api(*RIGHTS)
    assert other.get(f"/imports/{made['import']}").status == 200
    assert other.get(f"/imports/{made['import']}/rows").status == 403
    assert other.get(f"/imports/{made['import']}/errors").status == 403
    assert other.post(f"/imports/{made['import']}/commit").status == 403
    assert commit(api, made)["done"] == 1
    assert api.post(f"/imports/{made['import']}/commit").status == 409
    other.close()


def test_lines_are_not_told_to_others_as_rows_of_a_job(api, tenant):
    made = plan(api, line("told"), line("untold", roles="SECRETCELL"))
    commit(api, made)
    other = tenant.api(*RIGHTS)
    for client, status in ((api, 200), (other, 403)):
        for what in ("rows", "summary"):
            answer = client.get(f"/jobs/{made['import']}/{what}")
            assert answer.status == status
            assert (b"SECRETCELL" in answer.octets) == (client is api)
    assert other.get(f"/jobs/{made['import']}").body["done"] == 1
    other.close()


def test_another_tenants_import_is_not_there(api, sandbox):
    made = plan(api, line("mine"))
    other = sandbox.new_tenant().api(*RIGHTS)
    for method, path in (("GET", ""), ("GET", "/rows"), ("GET", "/errors"), ("POST", "/commit"),
                         ("POST", "/reject")):
        assert other.ask(method, f"/imports/{made['import']}{path}").status == 404
    assert other.pages("/imports") == []
    other.close()


def test_who_may_not_create_people_imports_none(tenant, sandbox):
    viewer = tenant.api("users.view", "roles.view")
    assert upload(viewer, HEADER + "\n" + line("nope")).status == 403
    assert viewer.get("/imports/template").status == 403
    viewer.close()
    plain = tenant.api("users.view", "users.create", "roles.view", "roles.assign")
    made = plan(plain, line("ungranted", roles="Admin"))
    assert counts(made) == (1, 0, 1, 0)
    row = rows(plain, made)[0]
    assert (row["code"], row["column"]) == ("grant_ceiling", "roles")
    plain.close()


def test_an_idempotency_key_makes_one_plan(api):
    text = HEADER + "\n" + line("keyed")
    first = upload(api, text, Idempotency_Key="import-once")
    again = upload(api, text, Idempotency_Key="import-once")
    assert first.body["import"] == again.body["import"]


def test_separator_mark_and_ends_of_lines_are_as_programs_write_them(api):
    assert counts(upload(api, "\ufeff" + HEADER + "\n" + line("marked") + "\n").body) == (1, 1, 0, 0)
    assert counts(upload(api, HEADER + "\r" + line("oldmac")).body) == (1, 1, 0, 0)
    made = upload(api, HEADER.replace(",", ";") + "\n"
                  + 'Semi;semi@example.com;semi;"Viewer;Technician";;1\n').body
    assert counts(made) == (1, 1, 0, 0)
    made = upload(api, HEADER + '\n\n"Comma, Name",two@example.com,,Viewer,,1\n\n"X\nY",x,,Viewer,,1\nZ,z\n').body
    assert [(row["line"], row["class"]) for row in rows(api, made)] == [
        (3, "importable"), (5, "error"), (7, "error")]


@pytest.mark.parametrize("text, said", [
    ("", "csv"),
    (HEADER + "\n", "nobody"),
    ("name,email\n", "line 1"),
    (HEADER + ",password\n", "column 51"),
    (HEADER.replace("username", "name") + "\n", "line 1, column 12"),
    (HEADER.replace("name,", "Name,", 1) + "\n", "line 1, column 1"),
    (HEADER + '\na,"b,c\nd', "line 2, column 3"),
    (HEADER + '\na,b"c,d', "line 2, column 4"),
    (HEADER + '\n"a"b,c', "line 2, column 4"),
    (HEADER.encode() + b"\nx,\xff\xfe,", "line 2, column 3"),
    (HEADER.encode() + b"\nx,y,\n\xc3\xa4\x00", "line 3, column 2"),
    (HEADER + "\n" + "x" * 70000, "line 2, column 1"),
    (HEADER + "\n" + "," * 100, "line 2, column 65"),
])
def test_what_is_no_such_file_is_refused_with_its_place(api, text, said):
    status, detail = refused(api, text)
    assert status in (400, 413, 422) and said in detail, detail


def test_a_file_has_its_limits(api, sandbox, tenant):
    status, detail = refused(api, HEADER + "\n" + "\n".join(line(f"r{n}") for n in range(5001)))
    assert status == 413 and "5000 rows" in detail
    status, detail = refused(api, HEADER + "\n" + "x" * 5300000)
    assert status == 413 and "5242880 octets" in detail
    assert upload(api, b"," * (10 * 1024 * 1024)).status == 413
    status, detail = refused(api, HEADER + "\n" + "\n".join(
        line(f"r{n}", roles="x" * 20000) for n in range(90)))
    assert status == 413 and "from line 2 on the lines are too long" in detail
    api.connection.putrequest("POST", api.base + "/imports")
    api.connection.putheader("Authorization", f"Bearer {api.token}")
    api.connection.putheader("Content-Type", "text/csv")
    api.connection.putheader("Content-Length", str(17 * 1024 * 1024))
    api.connection.endheaders()
    assert api.answer().status == 413


def test_formulas_are_text_on_both_ways(api):
    made = plan(api, "\"'=HYPERLINK(\"\"x\"\")\",formula@example.com,formula,Viewer,,1",
                "=1+1,plus@example.com,plus,Nobody,,1")
    assert [row["class"] for row in rows(api, made)] == ["importable", "error"]
    errors = api.get(f"/imports/{made['import']}/errors").octets.decode()
    assert "\r\n'=1+1," in errors
    commit(api, made)
    assert api.get("/users/formula").body["name"] == '=HYPERLINK("x")'


def test_an_import_is_told_in_the_audit(api):
    made = plan(api, line("audited"))
    commit(api, made)
    actions = [row["action"] for row in api.pages("/audit?action=import.*&limit=100")]
    for action in ("import.planned", "import.committed", "import.completed"):
        assert action in actions
    told = api.get("/users/audited/audit?limit=10").body["items"]
    created = [row for row in told if row["action"] == "user.created"]
    assert [row["request"]["channel"] for row in created] == ["csv"]


def test_the_command_line_imports_too(sandbox, tenant, tmp_path):
    file = tmp_path / "people.csv"
    file.write_text(HEADER + "\n" + line("shelled") + "\n")
    assert sandbox.muster("import", "template", tenant.name).stdout.strip() == HEADER
    made = sandbox.muster("import", "plan", tenant.name, file, "--json").stdout
    key = made.split('"import":')[1].split('"')[1]
    assert "shelled" in sandbox.muster("import", "rows", tenant.name, key).stdout
    assert key in sandbox.muster("import", "list", tenant.name).stdout
    assert "done" in sandbox.muster("import", "commit", tenant.name, key).stdout
    assert "shelled" in sandbox.muster("user", "show", tenant.name, "shelled").stdout


def test_five_thousand_rows_run_on_after_kill_9_each_once(own_sandbox):
    tenant = own_sandbox.new_tenant()
    api = tenant.api(*RIGHTS)
    total = 5000
    made = plan(api, *[line(f"m{n:04d}") for n in range(total)])
    assert counts(made) == (total, total, 0, 0)
    second = plan(api, line("waits"))
    assert api.post(f"/imports/{made['import']}/commit").status == 200
    wait_until(lambda: api.get(f"/imports/{made['import']}").body["done"] > 0, 60, "the first rows")
    if api.get(f"/imports/{made['import']}").body["state"] == "running":
        busy = api.post(f"/imports/{second['import']}/commit")
        if busy.status == 409:
            assert int(busy.headers["Retry-After"]) > 0
    own_sandbox.kill()
    own_sandbox.start()
    api.close()
    wait_until(lambda: api.get(f"/imports/{made['import']}").body["state"] in OVER, 300, "the end")
    over = api.get(f"/imports/{made['import']}").body
    assert (over["state"], over["done"], over["refused"]) == ("done", total, 0)
    found = api.pages("/users?limit=1000&contains=m")
    assert len({item["user"] for item in found if item["user"][1:].isdigit()}) == total
    assert {row["outcome"] for row in rows(api, made)} == {"created"}
    again = plan(api, *[line(f"m{n:04d}") for n in range(total)])
    assert counts(again) == (total, 0, 0, total)
    api.close()
    own_sandbox.verify()
