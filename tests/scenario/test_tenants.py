"""A tenant's life: suspended with every door closed, resumed with nothing lost."""

import base64
import hashlib
import json
import struct
import subprocess
import threading
import uuid
import zlib
from pathlib import Path
from urllib.parse import quote

import ldap
import pytest

from conftest import short_folder
from corp import PASSWORD, OpenLdap
from directory import Directory
from muster import BUILD, Api, Sandbox, Scim, run, wait_until
from receiver import Receiver
from test_webhook import hook, muster


def chunk(name, data=b""):
    return (struct.pack(">I", len(data)) + name + data +
            struct.pack(">I", zlib.crc32(name + data)))


# One black point.
PIXEL = (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)) +
         chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND"))


@pytest.fixture(scope="module")
def world():
    """acme follows a company of 30 and tells a receiver; globex only tells it."""
    with short_folder() as folder, OpenLdap(folder + "/corp", people=30) as corp, \
            Sandbox(folder + "/box") as box:
        directory = Directory(box).create(corp)
        directory.follow()
        receiver = Receiver()
        hook(box, "acme", "told", receiver, "user.created")
        hook(box, "globex", "told", receiver, "user.created")
        yield corp, box, directory, receiver
        receiver.close()


def names_told(receiver):
    return [message["data"]["userName"] for message in receiver.accepted()]


def sync_processes(box):
    """The daemon's children that have not ended: they talk to directories."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = stat.read_text(errors="replace").rpartition(")")[2].split()[:2]
        except OSError:
            continue  # it ended meanwhile
        if int(parent) == box.pid and state != "Z":
            found.append(stat.parent.name)
    return found


def search(connection, tenant):
    return connection.search_s(f"ou=people,{tenant.base_dn}", ldap.SCOPE_ONELEVEL, "(uid=*)",
                               ["uid"])


def may_bind(tenant, name):
    try:
        tenant.bind(tenant.user_dn(name), PASSWORD).unbind_s()
        return True
    except ldap.INVALID_CREDENTIALS:
        return False


def test_a_suspension_closes_every_door_and_a_resumption_opens_them(world):
    corp, box, directory, receiver = world
    dn, person = next((p["dn"], p["uid"]) for p in corp.truth()["people"]
                      if not p["disabled"] and p["dn"].isascii())
    service, own = box.acme.bind(), box.acme.bind(box.acme.user_dn(person), PASSWORD)
    before = len(search(service, box.acme))
    scim, other = box.acme.scim(), box.globex.scim()
    assert scim.get("/Users?count=1").status == 200
    assert may_bind(box.acme, person)  # and from now on without hashing
    assert sync_processes(box)
    scim.create_user("early")
    wait_until(lambda: "early" in names_told(receiver), what="the first message")

    muster(box, "tenant", "suspend", "acme")
    assert not muster(box, "tenant", "show", "acme")["active"]
    for connection in (service, own):
        with pytest.raises(ldap.INSUFFICIENT_ACCESS):
            search(connection, box.acme)
    with pytest.raises(ldap.INVALID_CREDENTIALS):
        box.acme.bind()
    assert not may_bind(box.acme, person)
    refused = scim.get("/Users?count=1")
    assert refused.status == 401
    assert scim.create_user("refused").status == 401
    wait_until(lambda: not sync_processes(box), what="the end of the sync process")
    corp.modify(f"dn: {dn}\nchangetype: modify\nreplace: title\ntitle: Suspended\n")
    # The operator still works in it; its receiver is not told, while another's is.
    muster(box, "user", "create", "acme", "meanwhile")
    assert other.create_user("neighbour").status == 201
    wait_until(lambda: "neighbour" in names_told(receiver), what="the neighbour's message")
    assert "meanwhile" not in names_told(receiver)
    assert not sync_processes(box)

    muster(box, "tenant", "resume", "acme")
    assert len(search(box.acme.bind(), box.acme)) == before + 2
    assert may_bind(box.acme, person)
    assert scim.get("/Users?count=1").status == 200
    wait_until(lambda: "meanwhile" in names_told(receiver), what="the message that waited")
    assert names_told(receiver).count("meanwhile") == 1
    directory.follow()

    def has_followed():
        found = scim.find("Users", f'userName eq "{person}"').body["Resources"][0]
        return found.get("title") == "Suspended"
    wait_until(has_followed, 120, "what changed upstream meanwhile")
    box.verify()


def test_a_tenant_is_made_after_a_preset_and_listed_by_company(sandbox):
    muster(sandbox, "tenant", "create", "maker", "--preset", "titanus", "--type", "demo",
           "--parent", "globex")
    assert muster(sandbox, "policy", "show", "maker", "scope.kind")["value"] == "facility"
    row = next(r for r in muster(sandbox, "tenant", "list") if r["tenant"] == "maker")
    assert (row["type"], row["parent"]) == ("demo", "globex")
    muster(sandbox, "tenant", "group", "maker", "--parent", "")
    assert muster(sandbox, "tenant", "show", "maker")["parent"] is None
    assert "no preset" in sandbox.muster("tenant", "create", "other", "--preset", "sap",
                                         check=False).stderr


def test_settings_and_features_are_edited_and_what_is_unknown_is_named(sandbox):
    muster(sandbox, "settings", "edit", "acme", "--name", "Acme Ltd", "--timezone", "Asia/Makassar",
           "--language", "pt-BR", "--support-contact", "help@acme.example")
    shown = muster(sandbox, "settings", "show", "acme")
    assert shown["name"] == "Acme Ltd" and shown["timezone"] == "Asia/Makassar"
    assert shown["language"] == "pt-BR" and shown["support_contact"] == "help@acme.example"
    for option, wrong in (("--timezone", "Asia/Atlantis"), ("--language", "tlh")):
        refused = sandbox.muster("settings", "edit", "acme", option, wrong, check=False)
        assert refused.returncode != 0 and wrong in refused.stderr
    muster(sandbox, "settings", "edit", "acme", "--name", "")
    assert muster(sandbox, "settings", "show", "acme")["name"] is None
    muster(sandbox, "feature", "create", "acme", "maps", "--of-tenant")
    muster(sandbox, "feature", "on", "acme", "maps")
    assert muster(sandbox, "feature", "list", "acme") == [
        {"feature": "maps", "owner": "tenant", "on": True}]
    assert sandbox.muster("feature", "off", "acme", "nothing", check=False).returncode != 0
    muster(sandbox, "feature", "delete", "acme", "maps")


def test_a_policy_says_whom_it_touches_before_it_changes(sandbox):
    muster(sandbox, "tenant", "create", "cautious")
    for name in ("ann", "ben"):
        muster(sandbox, "user", "create", "cautious", name)
    before = muster(sandbox, "policy", "set", "cautious", "scope.empty_means", "--value", "none")
    assert before["count"] == 2 and not before["applied"]
    assert [person["user"] for person in before["people"]] == ["ann", "ben"]
    assert muster(sandbox, "policy", "show", "cautious", "scope.empty_means")["value"] == "all"
    muster(sandbox, "user", "create", "cautious", "cem")
    stale = sandbox.muster("policy", "set", "cautious", "scope.empty_means", "--value", "none",
                           "--confirm", "2", check=False)
    assert stale.returncode != 0 and "3 people" in stale.stderr
    done = muster(sandbox, "policy", "set", "cautious", "scope.empty_means", "--value", "none",
                  "--confirm", "3")
    assert done["applied"]
    assert muster(sandbox, "policy", "show", "cautious", "scope.empty_means")["value"] == "none"
    assert "scope.empty_means=none" in json.dumps(muster(sandbox, "audit", "tail", "cautious"))
    # Back to the preset's.
    muster(sandbox, "policy", "set", "cautious", "scope.empty_means", "--confirm", "3")
    assert muster(sandbox, "policy", "show", "cautious", "scope.empty_means")["value"] == "all"


def test_fewer_admins_than_a_policy_would_ask_for_are_refused(sandbox):
    muster(sandbox, "tenant", "create", "single")
    muster(sandbox, "user", "create", "single", "ada", "--role", "Admin")
    refused = sandbox.muster("policy", "set", "single", "admins.min_hard", "--value", "2",
                             "--confirm", "1", check=False)
    assert refused.returncode != 0 and "Admin" in refused.stderr, refused.stdout
    muster(sandbox, "user", "create", "single", "bob", "--role", "Admin")
    muster(sandbox, "policy", "set", "single", "admins.min_hard", "--value", "2", "--confirm", "2")
    assert sandbox.muster("user", "deactivate", "single", "bob", check=False).returncode != 0


def populate(box, tenant, count):
    lines = [json.dumps({"userName": f"user{i:04d}", "displayName": f"User {i}",
                         "emails": [{"value": f"user{i}@example.com"}],
                         "password": "secret-Passw0rd" if i == 0 else None})
             for i in range(count)]
    lines.append(json.dumps({"displayName": "staff",
                             "members": [f"user{i:04d}" for i in range(count)]}))
    path = box.folder / f"{tenant}.jsonl"
    path.write_text("\n".join(lines) + "\n")
    box.muster("load", "--tenant", tenant, path)


def test_an_export_holds_all_but_secrets_and_can_be_loaded(sandbox):
    muster(sandbox, "tenant", "create", "mover")
    populate(sandbox, "mover", 1200)
    path = sandbox.folder / "mover-export.jsonl"
    told = muster(sandbox, "tenant", "export", "mover", path)
    assert path.stat().st_mode & 0o777 == 0o600
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert told["lines"] == len(lines) and lines[0]["tenant"] == "mover"
    people = [line for line in lines if line.get("kind") == "user"]
    assert len(people) == 1200 and people[0]["attributes"]["email"] == ["user0@example.com"]
    members = [line for line in lines if line.get("name") == "staff" and "members" in line]
    assert sum(len(line["members"]) for line in members) == 1200
    assert len({line["kind"] for line in lines[1:]} & {"role", "settings", "group"}) == 3
    assert "argon2" not in path.read_text() and "secret-" not in path.read_text()
    assert sandbox.muster("tenant", "export", "mover", path, check=False).returncode != 0
    muster(sandbox, "tenant", "create", "landed")
    sandbox.muster("load", "--tenant", "landed", path)
    assert muster(sandbox, "tenant", "show", "landed")["users"] == 1200
    shown = muster(sandbox, "group", "show", "landed", "staff", "--limit", "10000")
    assert len(shown["members"]) == 1200


def tenants(box):
    return {row["tenant"]: row for row in muster(box, "tenant", "list")}


def realm_api(box, *permissions):
    """With an operator's key."""
    words = [word for name in permissions for word in ("--permission", name)]
    name = f"key-{uuid.uuid4()}"
    made = muster(box, "token", "create", "@operator", name, "--type", "api", *words)
    api = Api(box.values["API_URL"], made["token"])
    api.name = name
    return api


def test_an_erasure_goes_on_by_itself_after_a_kill_and_leaves_nothing(own_sandbox):
    box = own_sandbox
    muster(box, "tenant", "create", "gone")
    populate(box, "gone", 3000)
    token = muster(box, "token", "create", "gone", "idp")["token"]
    for words in (("gone", "--confirm", "gone"), ("gone", "--confirm", "acme")):
        assert box.muster("tenant", "erase", *words, check=False).returncode != 0
    muster(box, "tenant", "suspend", "gone")
    assert not tenants(box)["gone"]["erasing"]
    begun = muster(box, "tenant", "erase", "gone", "--confirm", "gone")
    assert begun["tenant"] == "gone" and begun["erasing"]
    box.kill()
    run(BUILD / "muster", "verify", "--data", box.folder / "data", timeout=600)
    box.start()
    # Nobody asks again. While it is there it is shown as what it is, and stays so.
    left = tenants(box).get("gone")
    assert left is None or (left["erasing"] and not left["active"])
    assert box.muster("tenant", "resume", "gone", check=False).returncode != 0
    wait_until(lambda: "gone" not in tenants(box), 120, "the end of the erasure")
    rows = muster(box, "audit", "tail", "@operator", "--lines", "9")
    assert [row["action"] for row in rows].count("tenant.erase.started") == 1
    erased = next(row for row in rows if row["action"] == "tenant.erased")
    assert erased["target"]["name"] == "gone" and "3000 user" in json.dumps(erased["changes"])
    scim = Scim(box.acme.scim_url.replace("/acme", "/gone"), token)
    assert scim.get("/Users").status in (401, 404)
    box.verify()
    muster(box, "tenant", "create", "gone")
    assert muster(box, "tenant", "show", "gone")["users"] == 0


def test_an_operators_key_erases_over_http_and_no_other_key(sandbox):
    victim, other = sandbox.new_tenant(), sandbox.new_tenant()
    victim.scim().create_user("vera")
    path, body = f"/tenants/{victim.name}/erase", {"confirm": victim.name}
    manager = realm_api(sandbox, "companies.manage", "tenants.switch")
    weak = realm_api(sandbox, "tenants.switch", "data_requests.manage")
    stranger = other.api("users.view", "settings.edit")
    own = victim.api("users.view", "settings.edit")
    for key, status in ((weak, 403), (stranger, 404), (own, 403)):
        assert key.ask("POST", path, body).status == status
    nowhere = stranger.ask("POST", "/tenants/never-was/erase", {"confirm": "never-was"})
    assert nowhere.octets == stranger.ask("POST", path, body).octets
    assert manager.ask("POST", path, body).status == 409  # it is not suspended
    assert manager.ask("POST", f"/tenants/{victim.name}/suspend").status == 204
    assert manager.ask("POST", path, {"confirm": other.name}).status == 409
    answer = manager.ask("POST", path, body)
    assert answer.status == 202
    assert answer.body["tenant"] == victim.name and answer.body["erasing"] is True
    again = manager.ask("POST", path, body)
    assert again.status in (202, 404)
    wait_until(lambda: manager.get(f"/tenants/{victim.name}").status == 404,
               what="the end of the erasure")
    assert manager.ask("POST", path, body).status == 404
    assert own.get("/settings").status == 401
    assert stranger.get("/settings").status == 200
    for key in (manager, weak, stranger, own):
        key.close()


def test_an_operators_key_answers_a_data_request_over_http_and_no_other_key(sandbox):
    tenant, other = sandbox.new_tenant(), sandbox.new_tenant()
    for each in (tenant, other):
        assert each.scim().create_user("dora").status == 201
    officer = realm_api(sandbox, "data_requests.manage", "tenants.switch")
    weak = realm_api(sandbox, "companies.manage", "tenants.switch")
    own, stranger = tenant.api("users.view"), other.api("users.view", "audit.view")
    why = {"reason": "asked by letter"}
    find = "/data-requests?text=dora%40example.com&reason=asked%20by%20letter"
    path = f"/data-requests/{tenant.name}/dora"
    for key, status in ((weak, 403), (own, 403), (stranger, 404)):
        assert key.ask("POST", path, why).status == status
    for key in (weak, own, stranger):
        assert key.get(find).status == 403
    nowhere = stranger.ask("POST", "/data-requests/never-was/dora", why)
    assert nowhere.octets == stranger.ask("POST", path, why).octets
    assert officer.ask("POST", path, {}).status == 422
    found = officer.get(find)
    assert found.status == 200
    assert {row["tenant"] for row in found.body["items"]} >= {tenant.name, other.name}
    bundle = officer.ask("POST", path, why)
    assert bundle.status == 200
    assert bundle.body["subject"]["emails"] == ["dora@example.com"]
    assert bundle.body["audit"][-1]["action"] == "data_request.answered"
    assert officer.ask("POST", f"/data-requests/{tenant.name}/nobody", why).status == 404
    for key in (officer, weak, own, stranger):
        key.close()


def test_a_data_request_names_support_staff_as_the_company_sees_them(sandbox):
    tenant = sandbox.new_tenant()
    staff = realm_api(sandbox, "tenants.switch", "users.create", "users.view",
                      "roles.assign_any", "data_requests.manage")
    made = staff.ask("POST", f"/tenants/{tenant.name}/users",
                     {"user": "sue", "emails": ["sue@example.com"], "roles": ["Viewer"]})
    assert made.status == 201, made.body

    def bundle():
        told = staff.ask("POST", f"/data-requests/{tenant.name}/sue", {"reason": "asked"})
        assert told.status == 200
        return told.body["audit"]

    def actors():
        return [row["actor"]["name"] for row in bundle()]
    assert muster(sandbox, "policy", "show", tenant.name, "support.display")["value"] == "label"
    assert set(actors()) == {"Pegotec support"}
    assert staff.name not in json.dumps(bundle())
    said = muster(sandbox, "policy", "set", tenant.name, "support.display", "--value", "name")
    muster(sandbox, "policy", "set", tenant.name, "support.display", "--value", "name",
           "--confirm", str(said["count"]))
    assert set(actors()) == {staff.name}
    staff.close()


def test_a_confirmed_policy_touches_exactly_as_many_as_were_said(sandbox):
    """People come all the time: whoever came before the change was counted."""
    tenant = sandbox.new_tenant()
    done = threading.Event()

    def join():
        scim = tenant.scim()
        for i in range(400):
            if done.is_set():
                break
            assert scim.create_user(f"comer{i:03d}").status == 201
        scim.close()
    comer = threading.Thread(target=join)
    comer.start()
    api = tenant.api("settings.edit", "users.view", "audit.view")
    wish, applied = {"value": "none"}, None
    try:
        for _ in range(2000):
            said = api.ask("PATCH", "/policies/scope.empty_means", wish)
            assert said.status == 200
            answer = api.ask("PATCH", "/policies/scope.empty_means",
                             {**wish, "confirm": said.body["count"]})
            assert answer.status in (200, 409, 412), answer.body
            if answer.status == 200:
                applied = answer.body
                break
    finally:
        done.set()
        comer.join()
    assert applied and applied["applied"]
    actions = [row["action"] for row in api.pages("/audit?oldest_first=true")]
    before = actions[:len(actions) - actions[::-1].index("tenant.updated")]
    assert before.count("user.created") == applied["count"]
    api.close()


def test_a_data_request_finds_a_person_everywhere_and_leaves_a_trace(sandbox):
    for tenant in ("acme", "globex"):
        muster(sandbox, "user", "create", tenant, "ida", "--email", "ida@person.example",
               "--name", "Ida Subject", "--role", "Viewer")
    with_reason = ("--reason", "asked by letter", "--reference", "T-17")
    for text in ("ida@person.example", "IDA", "Ida Subject"):
        rows = muster(sandbox, "data-request", "find", text, *with_reason)
        assert {row["tenant"] for row in rows} >= {"acme", "globex"}, text
        assert all(row["email"] == "ida@person.example" for row in rows)
    one = next(row for row in rows if row["tenant"] == "acme")
    assert muster(sandbox, "data-request", "find", one["id"], *with_reason) == [one]
    bundle = muster(sandbox, "data-request", "export", "acme", "ida", *with_reason)
    assert bundle["subject"]["emails"] == ["ida@person.example"]
    assert [m["name"] for m in bundle["memberships"]] == ["Viewer"]
    actions = [row["action"] for row in bundle["audit"]]
    assert actions[0] == "user.created" and actions[-1] == "data_request.answered"
    assert "globex" not in json.dumps(bundle) and "password" not in bundle["subject"]
    newest = muster(sandbox, "audit", "tail", "acme", "--lines", "1")[0]
    assert newest["action"] == "data_request.answered" and newest["reason"] == "asked by letter"
    # What goes on by itself, as the end of an erased company, may be told behind it.
    told = muster(sandbox, "audit", "tail", "@operator", "--lines", "20")
    realm = next(row for row in reversed(told) if row["action"] == "data_request.answered")
    assert realm["target"]["name"] == "ida" and "acme" in json.dumps(realm["changes"])
    assert sandbox.muster("data-request", "find", "ida", check=False).returncode != 0
    # Who was deleted is still found, by what a tombstone keeps.
    muster(sandbox, "user", "delete", "globex", "ida")
    rows = muster(sandbox, "data-request", "find", one["id"], *with_reason)
    assert [row["tenant"] for row in rows] == ["acme"]
    sandbox.verify()


def test_a_logo_is_cleaned_kept_and_taken_away(sandbox):
    tenant = sandbox.new_tenant()
    api = tenant.api("settings.edit")
    svg = '<svg xmlns="http://www.w3.org/2000/svg"><script>x()</script><rect width="1"/></svg>'
    image = {"image": base64.b64encode(svg.encode()).decode()}
    assert api.get("/logo").status == 404
    assert api.ask("PUT", "/logo", image).status == 428
    version = api.get("/settings").headers["ETag"]
    assert api.ask("PUT", "/logo", image, If_Match=version).status == 204
    shown, clean = api.get("/logo"), svg.replace("<script>x()</script>", "").replace(
        "/>", "></rect>").encode()
    assert shown.headers["Content-Type"] == "image/svg+xml" and shown.octets == clean
    policy = shown.headers["Content-Security-Policy"]
    assert policy == "sandbox; default-src 'none'; style-src 'unsafe-inline'"
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert shown.headers["ETag"] == f'"{hashlib.sha256(clean).hexdigest()}"'
    same = api.ask("GET", "/logo", If_None_Match=shown.headers["ETag"])
    assert same.status == 304 and same.octets == b""
    assert same.headers["ETag"] == shown.headers["ETag"]
    assert api.ask("GET", "/logo", If_None_Match='"0"').octets == clean
    assert sandbox.muster("logo", "show", tenant.name).stdout.encode() == clean
    assert base64.b64decode(muster(sandbox, "logo", "show", tenant.name)) == clean
    assert api.ask("PUT", "/logo", image, If_Match=version).status == 412
    version = api.get("/settings").headers["ETag"]
    png = {"image": base64.b64encode(PIXEL).decode()}
    assert api.ask("PUT", "/logo", png, If_Match=version).status == 204
    shown = api.get("/logo")
    assert shown.headers["Content-Type"] == "image/png" and shown.octets.startswith(b"\x89PNG")
    printed = subprocess.run([BUILD / "muster", "--socket", sandbox.values["MUSTER_SOCKET"], "logo",
                              "show", tenant.name], capture_output=True, check=True).stdout
    assert printed == shown.octets
    version = api.get("/settings").headers["ETag"]
    junk = {"image": base64.b64encode(b"GIF89a").decode()}
    assert api.ask("PUT", "/logo", junk, If_Match=version).status == 415
    assert api.ask("DELETE", "/logo", If_Match=version).status == 204
    assert api.get("/logo").status == 404
    api.close()


def test_operators_are_invisible_to_a_tenant(sandbox):
    tenant = sandbox.new_tenant()
    secret = muster(sandbox, "user", "create", "@operator", "omar", "--email", "omar@op.example",
                    "--name", "Omar Operator")
    api = tenant.api("users.view", "roles.view", "audit.view")
    nobody = str(uuid.uuid4())
    for name in ("omar", secret["id"]):
        hidden, missing = (api.get(f"/users/{n}") for n in (name, nobody))
        assert (hidden.status, missing.status) == (404, 404)
        assert hidden.body["detail"] == missing.body["detail"]
    assert api.get("/users?filter=" + quote('email eq "omar@op.example"')).body["items"] == []
    for path in ("/tenants", "/tenants/@operator", "/tenants/acme", "/data-requests?text=omar"):
        assert api.get(path).status in (403, 404), path
    assert "Omar" not in json.dumps(api.get("/audit").body)
    scim = tenant.scim()
    assert scim.find("Users", 'userName eq "omar"').body["totalResults"] == 0
    assert scim.get(f"/Users/{secret['id']}").status == 404
    found = tenant.bind().search_s(tenant.base_dn, ldap.SCOPE_SUBTREE, "(mail=omar@op.example)")
    assert found == []
    scim.close()
    api.close()
