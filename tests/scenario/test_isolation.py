"""Two tenants see nothing of each other, whatever door they try."""

import uuid

import ldap
import pytest

CANARY = "zyxwvut"  # stands in everything that globex owns and nowhere else


@pytest.fixture(scope="module")
def stranger(sandbox):
    """A person, and a group with that person, of globex."""
    scim = sandbox.globex.scim()
    name = f"{CANARY}.person"
    user = scim.create_user(name, externalId=f"{CANARY}-1", password="Correct-horse-77")
    assert user.status == 201, user.octets
    group = scim.create_group(f"{CANARY} group", user.body["id"])
    assert group.status == 201, group.octets
    return {"user": user.body["id"], "group": group.body["id"], "name": name,
            "dn": sandbox.globex.user_dn(name), "password": "Correct-horse-77"}


@pytest.fixture
def acme(sandbox):
    client = sandbox.acme.scim()
    yield client
    client.close()


def without(octets, *texts):
    for text in texts:
        octets = octets.replace(text.encode(), b"")
    return octets


@pytest.mark.parametrize("kind, what", [("Users", "user"), ("Groups", "group")])
@pytest.mark.parametrize("method, body", [
    ("GET", None), ("DELETE", None), ("PUT", {"schemas": [], "userName": "x", "displayName": "x"}),
    ("PATCH", {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
               "Operations": [{"op": "replace", "path": "displayName", "value": "x"}]})])
def test_a_foreign_id_answers_like_one_that_never_was(acme, stranger, kind, what, method, body):
    never = str(uuid.uuid4())
    foreign = acme.ask(method, f"/{kind}/{stranger[what]}", body)
    missing = acme.ask(method, f"/{kind}/{never}", body)
    assert foreign.status == missing.status
    assert foreign.status in (404, 400 if method == "PUT" else 404)
    assert without(foreign.octets, stranger[what]) == without(missing.octets, never)


@pytest.mark.parametrize("expression", [
    'userName eq "{name}"', 'externalId eq "' + CANARY + '-1"', 'userName sw "' + CANARY + '"',
    'displayName co "' + CANARY[2:] + '"', 'emails.value eq "{name}@example.com"', 'id eq "{user}"',
    'id pr or userName eq "{name}"'])
def test_no_filter_finds_a_person_of_another_tenant(acme, stranger, expression):
    found = acme.find("Users", expression.format(**stranger))
    assert found.status == 200, found.octets
    assert CANARY.encode() not in found.octets
    assert stranger["user"].encode() not in found.octets


def test_no_list_shows_another_tenant(acme, stranger):
    for kind in ("Users", "Groups"):
        listed = acme.get(f"/{kind}?count=1000")
        assert listed.status == 200
        assert CANARY.encode() not in listed.octets.lower()


def test_a_foreign_token_is_not_accepted_at_a_tenants_path(sandbox, stranger):
    for path in ("/Users", f"/Users/{stranger['user']}", "/ServiceProviderConfig"):
        answer = sandbox.globex.scim(token=sandbox.acme.scim_token).get(path)
        assert answer.status in (401, 404)
        assert CANARY.encode() not in answer.octets.lower()


@pytest.mark.parametrize("token", [
    "", "x", "mst_scim_AAAA", "mst_scim_AAAAAWzKlSXZVGwb2oYUL1SmkgIxIoXUhZLK6tHbGQo_00000000"])
def test_a_token_that_is_none_is_401(sandbox, token):
    scim = sandbox.acme.scim()
    scim.token = token
    answer = scim.get("/Users")
    assert answer.status == 401
    assert "www-authenticate" in answer.headers


def test_a_foreign_person_cannot_be_put_into_a_group(acme, stranger):
    group = acme.create_group(f"group {uuid.uuid4()}")
    assert group.status == 201, group.octets
    never = str(uuid.uuid4())
    answers = [acme.patch(f"/Groups/{group.body['id']}",
                          {"op": "add", "path": "members", "value": [{"value": member}]})
               for member in (stranger["user"], never)]
    assert answers[0].status == answers[1].status and 400 <= answers[0].status < 500
    assert without(answers[0].octets, stranger["user"]) == without(answers[1].octets, never)
    assert not acme.get(f"/Groups/{group.body['id']}").body.get("members")


def test_the_same_name_and_mail_may_stand_in_both(acme, stranger):
    assert acme.create_user(stranger["name"].replace(CANARY, "same")).status == 201
    twin = acme.create_user(stranger["name"])
    assert twin.status == 201
    assert twin.body["id"] != stranger["user"]
    assert acme.ask("DELETE", f"/Users/{twin.body['id']}").status == 204


@pytest.mark.parametrize("scope", [ldap.SCOPE_BASE, ldap.SCOPE_ONELEVEL, ldap.SCOPE_SUBTREE])
def test_a_search_at_a_foreign_base_finds_nothing(sandbox, stranger, scope):
    connection = sandbox.acme.bind()
    for base in (sandbox.globex.base_dn, "ou=people," + sandbox.globex.base_dn, stranger["dn"]):
        assert search_or_nothing(connection, base, scope, "(objectClass=*)") == []


@pytest.mark.parametrize("expression", [
    "(objectClass=*)", f"(uid={CANARY}.person)", f"(uid={CANARY}*)", f"(mail=*{CANARY}*)",
    f"(|(cn=*)(uid={CANARY}.person))", f"(!(uid={CANARY}.nobody))"])
def test_a_search_from_the_suffix_stays_in_the_tenant(sandbox, stranger, expression):
    connection = sandbox.acme.bind()
    found = search_or_nothing(connection, sandbox.values["SUFFIX"], ldap.SCOPE_SUBTREE, expression)
    assert CANARY not in repr(found).lower()
    assert sandbox.globex.base_dn.lower() not in repr(found).lower()


def test_a_member_search_with_a_foreign_dn_finds_nothing(sandbox, stranger):
    connection = sandbox.acme.bind()
    found = search_or_nothing(connection, sandbox.acme.base_dn, ldap.SCOPE_SUBTREE,
                              f"(member={stranger['dn']})")
    assert found == []


def test_a_password_opens_its_own_tenant_only(sandbox, stranger):
    sandbox.globex.bind(stranger["dn"], stranger["password"])
    for dn in (sandbox.acme.user_dn(stranger["name"]), sandbox.acme.bind_dn):
        with pytest.raises(ldap.INVALID_CREDENTIALS):
            sandbox.acme.bind(dn, stranger["password"])


def test_unknown_and_foreign_names_are_refused_with_the_same_words(sandbox, stranger):
    refusals = []
    for dn in (stranger["dn"], sandbox.acme.user_dn("nobody.at.all")):
        with pytest.raises(ldap.INVALID_CREDENTIALS) as refusal:
            sandbox.acme.bind(dn, "wrong-password-1")
        refusals.append(refusal.value.args[0].get("info"))
    assert refusals[0] == refusals[1]


def test_anonymous_sees_no_tenant(sandbox, stranger):
    connection = sandbox.ldap()
    root = connection.search_s("", ldap.SCOPE_BASE, "(objectClass=*)", ["*", "+"])
    assert "globex" not in repr(root).lower() and CANARY not in repr(root).lower()
    for base in (sandbox.values["SUFFIX"], sandbox.globex.base_dn):
        with pytest.raises((ldap.INSUFFICIENT_ACCESS, ldap.NO_SUCH_OBJECT)):
            connection.search_s(base, ldap.SCOPE_SUBTREE)


def test_a_new_tenant_begins_empty(sandbox, stranger):
    tenant = sandbox.new_tenant()
    assert tenant.scim().get("/Users?count=0").body["totalResults"] == 0
    people = search_or_nothing(tenant.bind(), tenant.base_dn, ldap.SCOPE_SUBTREE, "(uid=*)")
    assert people == []


def search_or_nothing(connection, base, scope, expression):
    """Entries; a base that the reader may not know of is no such object."""
    try:
        return [row for row in connection.search_s(base, scope, expression) if row[0] is not None]
    except ldap.NO_SUCH_OBJECT:
        return []
