"""Hostile and odd JSON, strings and names: each is refused with its reason or means one thing, on
POST, PUT and PATCH alike, and what was there stays."""

import json

import pytest

from muster import GROUP, PATCH_OP, USER

TEST = "urn:ietf:params:scim:schemas:test:2.0:TestResource"
TEST_MORE = "urn:ietf:params:scim:schemas:extension:test:2.0:TestResource"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
NAME_MAX, EMAIL_MAX, VALUE_MAX = 256, 320, 4096


@pytest.fixture(scope="module")
def scim(sandbox):
    client = sandbox.new_tenant().scim()
    yield client
    client.close()


@pytest.fixture(scope="module")
def victim(scim):
    return scim.create_user("victim", title="Before").body


def refused(answer, *wanted):
    assert answer.status in (400, 413), answer.body
    assert answer.body["schemas"] == [ERROR]
    assert answer.body["status"] == str(answer.status) and answer.body["detail"]
    assert answer.body.get("scimType") in wanted, answer.body


def three_ways(scim, victim, text):
    """`text` is the inside of a JSON object: members of a User without schemas and userName."""
    head = f'"schemas":["{USER}"],"userName":"victim"'
    yield scim.ask("POST", "/Users", "{%s,%s}" % (head.replace("victim", "fresh"), text))
    yield scim.ask("PUT", f"/Users/{victim['id']}", "{%s,%s}" % (head, text))
    yield scim.ask("PATCH", f"/Users/{victim['id']}", '{"schemas":["%s"],"Operations":[{"op":"replace",'
                   '"value":{%s}}]}' % (PATCH_OP, text))


SYNTAX, VALUE = "invalidSyntax", "invalidValue"
MEMBERS = {
    "nested 33 deep": ('"x":' + "[" * 32 + "]" * 32, SYNTAX),
    "nested 2048 deep": ('"x":' + "[" * 2048 + "]" * 2048, SYNTAX),
    "nested 10000 deep and never closed": ('"x":' + "[" * 10000, SYNTAX),
    "too many empty objects": ('"x":[' + "{}," * 60000 + "{}]", SYNTAX),
    "too many empty arrays": ('"x":[' + "[]," * 60000 + "[]]", SYNTAX),
    "too many keys": (",".join(f'"k{i}":0' for i in range(60000)), SYNTAX),
    "a key twice": ('"active":true,"active":false', SYNTAX),
    "a key twice, once escaped": ('"active":true,"\\u0061ctive":false', SYNTAX),
    "a key twice in another case": ('"title":"a","TITLE":"b"', SYNTAX),
    "a key twice inside": ('"name":{"givenName":"a","GivenName":"b"}', SYNTAX),
    "an escaped NUL": ('"title":"a\\u0000b"', SYNTAX),
    "a lone surrogate": ('"title":"\\ud800"', SYNTAX),
    "a surrogate pair turned round": ('"title":"\\udc00\\ud800"', SYNTAX),
    "a comment": ('"title":"a"/* b */', SYNTAX),
    "NaN": ('"x":NaN', SYNTAX),
    "a leading zero": ('"x":01', SYNTAX),
    "a number without a fraction": ('"x":1.', SYNTAX),
    "an integer of 65 bits": ('"x":9223372036854775808', VALUE),
    "a number beyond a double": ('"x":1e999', VALUE),
    "a number of 100000 digits": ('"x":' + "9" * 100000, VALUE),
    "a control character in a name": ('"name":{"formatted":"a\\u0007"}', VALUE),
    "a C1 control in a name": ('"name":{"familyName":"a\\u0085"}', VALUE),
    "a noncharacter in a display field": ('"displayName":"a\\uffff"', VALUE),
    "a control character in a display field": ('"title":"a\\u001b[2J"', VALUE),
    "a line end in a display field": ('"displayName":"a\\r\\nBcc: b"', VALUE),
    "an override in an address": ('"emails":[{"value":"a\\u202e@example.com"}]', VALUE),
    "an address of 400 octets": ('"emails":[{"value":"%s@example.com"}]' % ("a" * 400), VALUE),
    "an address without a domain": ('"emails":[{"value":"nobody"}]', VALUE),
    "a name of 257 characters": ('"name":{"givenName":"%s"}' % ("n" * (NAME_MAX + 1)), VALUE),
    "a value of 4097 octets": ('"title":"%s"' % ("t" * (VALUE_MAX + 1)), VALUE),
    "active by an unknown word": ('"active":"maybe"', VALUE),
    "active by null": ('"active":null', VALUE),
    "active by 0": ('"active":0', VALUE),
    "active by 1": ('"active":1', VALUE),
    "active by an empty list": ('"active":[]', VALUE),
    "active by an object": ('"active":{}', VALUE),
    "active by nothing": ('"active":""', VALUE),
    "a list for a single value": ('"title":["a","b"]', VALUE),
    "an object for a string": ('"title":{"value":"a"}', VALUE),
    "a string for an object": ('"name":"Jane"', VALUE),
    "a number for a list": ('"emails":5', VALUE),
    "two primary values": ('"emails":[{"value":"a@b.cc","primary":true},{"value":"d@e.ff","primary":"True"}]', VALUE),
    "a short password": ('"password":"short"', VALUE),
    "a password with a control character": ('"password":"long enough\\u0000"', SYNTAX),
    "a password of 5000 octets": ('"password":"%s"' % ("p" * 5000), VALUE),
}


@pytest.mark.parametrize("text, wanted", MEMBERS.values(), ids=MEMBERS.keys())
def test_a_bad_member_is_refused_however_it_comes(scim, victim, text, wanted):
    for answer in three_ways(scim, victim, text):
        refused(answer, wanted)
    after = scim.get(f"/Users/{victim['id']}").body
    assert after["meta"]["version"] == victim["meta"]["version"] and after["title"] == "Before"
    assert scim.find("Users", 'userName eq "fresh"').body["totalResults"] == 0


BODIES = {
    "nothing": b"",
    "a byte order mark": b'\xef\xbb\xbf{"schemas":["%s"],"userName":"bom"}' % USER.encode(),
    "a raw NUL": b'{"schemas":["%s"],"userName":"a\x00b"}' % USER.encode(),
    "an overlong octet": b'{"schemas":["%s"],"userName":"a\xc0\xafb"}' % USER.encode(),
    "a surrogate in UTF-8": b'{"schemas":["%s"],"userName":"a\xed\xa0\x80b"}' % USER.encode(),
    "beyond U+10FFFF": b'{"schemas":["%s"],"userName":"a\xf4\x90\x80\x80b"}' % USER.encode(),
    "two documents": b'{"schemas":["%s"],"userName":"a"}{}' % USER.encode(),
    "something behind the end": b'{"schemas":["%s"],"userName":"a"} x' % USER.encode(),
    "an array": b"[]",
    "a string": b'"userName"',
    "a million brackets": b"[" * 1000000,
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_a_body_that_is_no_object_is_refused(scim, victim, body):
    for method, path in (("POST", "/Users"), ("PUT", f"/Users/{victim['id']}"),
                         ("PATCH", f"/Users/{victim['id']}"), ("POST", "/Groups")):
        refused(scim.ask(method, path, body), SYNTAX, VALUE if body in (b"[]", b'"userName"') else SYNTAX)


@pytest.mark.parametrize("name", ["a\u202eb", "a\u2066b", "a\uffffb", "a\ufdd0b", "a\tb", "a\x85b", "",
                                  " ", "\u200b", "n" * (NAME_MAX + 1)],
                         ids=lambda name: name[:8].encode("unicode_escape").decode() or "none")
def test_what_things_are_told_apart_by_holds_no_trick(scim, name):
    refused(scim.ask("POST", "/Users", {"schemas": [USER], "userName": name}), VALUE)
    refused(scim.ask("POST", "/Groups", {"schemas": [GROUP], "displayName": name}), VALUE)


def test_a_boolean_may_be_a_word_in_any_case(scim):
    said = {"True": True, "true": True, "TRUE": True, "False": False, "fAlSe": False, True: True, False: False}
    for i, (word, active) in enumerate(said.items()):
        made = scim.create_user(f"boolean-{i}", active=word)
        assert made.status == 201 and made.body["active"] is active


def test_what_is_unknown_or_given_by_the_server_is_passed_over(scim):
    made = scim.ask("POST", "/Users", {
        "schemas": [USER], "userName": "privileged", "id": "00000000-0000-0000-0000-000000000001",
        "meta": {"resourceType": "Group", "version": "W/\"99\"", "created": "1999-01-01T00:00:00Z"},
        "groups": [{"value": "x"}], "tenant": "globex", "tenantNumber": 0, "is_admin": True,
        "passwordHash": "$argon2id$v=19$m=1,t=1,p=1$AAAA$AAAA", "userPassword": "x", "source": 0,
        "inactiveReason": "local", "": "empty", "unknown": {"deep": [1, 2, {"a": None}]},
        "urn:example:unknown:2.0:User": {"admin": True}})
    assert made.status == 201, made.body
    shown = scim.get(f"/Users/{made.body['id']}").body
    assert set(shown) == {"schemas", "id", "userName", "active", "meta"}
    assert shown["meta"]["resourceType"] == "User" and not shown["meta"]["created"].startswith("1999")


@pytest.mark.parametrize("schemas", [None, [], "x", [USER, "urn:example:unknown"], [GROUP], [1], {}, [None]])
def test_the_schemas_of_a_body_are_those_of_its_type(scim, schemas):
    body = {"userName": "schemas", **({} if schemas is None else {"schemas": schemas})}
    refused(scim.ask("POST", "/Users", body), VALUE)


@pytest.mark.parametrize("text, stored", [("1.0", 1), ("-0", 0), ("4e1", 40), ("9223372036854775807", 2**63 - 1),
                                          ("-9223372036854775808", -2**63), ("1.5", None), ('"1"', None),
                                          ("9223372036854775808", None), ("1e999", None), ("true", None)])
def test_an_integer_has_64_bits_and_no_fraction(scim, text, stored):
    body = {"schemas": [TEST, TEST_MORE], "identifier": "integer " + text.strip('"'), TEST_MORE: {"extRequired": "x"}}
    answer = scim.ask("POST", "/TestResources", json.dumps(body)[:-1] + f',"integerAttr":{text}}}')
    if stored is None:
        refused(answer, VALUE)
    else:
        assert answer.status == 201, answer.body
        assert scim.get(f"/TestResources/{answer.body['id']}").body["integerAttr"] == stored


@pytest.mark.parametrize("query, status", [("startIndex=-5", 200), ("startIndex=0", 200), ("count=-1", 200),
                                           ("startIndex=x", 400), ("count=1e3", 400), ("count=", 400),
                                           ("count=99999999999999999999", 200), ("startIndex=%2B1", 400),
                                           ("count=1&count=2", 400)])
def test_a_page_is_asked_for_by_integers(scim, query, status):
    answer = scim.get(f"/Users?{query}")
    assert answer.status == status, answer.body
    if status == 400:
        assert answer.body["scimType"] == VALUE
    elif "count=-1" in query:
        assert answer.body["itemsPerPage"] == 0
    else:
        assert answer.body["startIndex"] == 1


def test_an_external_id_is_never_an_id(scim, victim):
    made = scim.create_user("external-one", externalId="1").body
    assert scim.get("/Users/1").status == 404
    other = scim.create_user("external-two", externalId=made["id"]).body
    assert scim.get(f"/Users/{made['id']}").body["userName"] == "external-one"
    assert scim.find("Users", f'externalId eq "{made["id"]}"').body["Resources"][0]["id"] == other["id"]
    long = scim.create_user("external-long", externalId="e" * 300)
    assert long.status == 201 and long.body["externalId"] == "e" * 300


def test_an_external_id_is_free_in_another_tenant(sandbox, scim):
    assert scim.create_user("twice-one", externalId="twice").status == 201
    elsewhere = sandbox.new_tenant().scim()
    assert elsewhere.create_user("twice-one", externalId="twice").status == 201
    elsewhere.close()


PATHS = {
    "members that nobody sees": ("replace", 'emails[type eq "none"].value', "a@b.cc", "noTarget"),
    "a filter that does not end": ("replace", 'emails[type eq "work"', "x", "invalidPath"),
    "a path too deep": ("replace", "name.givenName.x", "x", "invalidPath"),
    "an unknown attribute": ("add", "favourite", "x", "invalidPath"),
    "an unknown part": ("add", "name.nick", "x", "invalidPath"),
    "an unknown URN": ("add", "urn:example:2.0:User:title", "x", "invalidPath"),
    "a blank": ("add", " title", "x", "invalidPath"),
    "remove without a path": ("remove", None, None, "noTarget"),
    "remove by an empty path": ("remove", "", None, "noTarget"),
    "what the server gives": ("add", "meta.created", "2001-01-01T00:00:00Z", "mutability"),
    "an id": ("replace", "id", "x", "mutability"),
    "groups": ("add", "groups", [{"value": "x"}], "mutability"),
    "what is needed, away": ("remove", "userName", None, "mutability"),
    "what is needed, empty": ("replace", "userName", "", "invalidValue"),
    "several made primary": ("replace", "emails.primary", True, "invalidValue"),
    "brackets behind one value": ("replace", 'name[givenName eq "x"]', {"givenName": "y"}, "invalidPath"),
    "an operator nobody knows": ("copy", "title", "x", "invalidSyntax"),
}


@pytest.mark.parametrize("op, path, value, wanted", PATHS.values(), ids=PATHS.keys())
def test_a_patch_that_cannot_be_done_is_refused_and_nothing_of_it_is(scim, op, path, value, wanted):
    two = [{"value": "one@patch.example", "type": "work"}, {"value": "two@patch.example", "type": "home"}]
    scim.ask("POST", "/Users", {"schemas": [USER], "userName": "patched", "title": "Before", "emails": two})
    before = scim.find("Users", 'userName eq "patched"').body["Resources"][0]
    operation = {"op": op, **({"path": path} if path is not None else {}),
                 **({"value": value} if value is not None else {})}
    refused(scim.patch(f"/Users/{before['id']}", {"op": "replace", "path": "title", "value": "After"},
                       operation), wanted)
    assert scim.get(f"/Users/{before['id']}").body == before


def test_a_patch_has_a_bounded_number_of_operations(scim, victim):
    operations = [{"op": "replace", "path": "title", "value": f"t{i}"} for i in range(1001)]
    answer = scim.patch(f"/Users/{victim['id']}", *operations)
    assert (answer.status, answer.body["status"]) == (413, "413")
    assert scim.get(f"/Users/{victim['id']}").body["title"] == "Before"
