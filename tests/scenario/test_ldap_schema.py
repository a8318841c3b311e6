"""The schema that the subschema entry publishes, as the libraries of LDAP clients read it, and what an entry shows of it."""

import subprocess
import uuid

import ldap
import ldap.schema
import ldap3
import pytest

from ldap_tree import box, client  # noqa: F401

PARTS = ("attributeTypes", "objectClasses", "matchingRules", "matchingRuleUse", "ldapSyntaxes")


@pytest.fixture(scope="module")
def schema(client):
    entry = client.search_s("cn=Subschema", ldap.SCOPE_BASE, "(objectClass=subschema)", PARTS)
    return ldap.schema.SubSchema(entry[0][1])


def of_class(schema, kind):
    return [schema.get_obj(kind, oid) for oid in schema.listall(kind)]


def test_every_attribute_type_resolves(schema):
    rules = {name for rule in of_class(schema, ldap.schema.MatchingRule) for name in rule.names}
    syntaxes = set(schema.listall(ldap.schema.LDAPSyntax))
    types = of_class(schema, ldap.schema.AttributeType)
    assert len(types) > 100 and not schema.non_unique_names.get(ldap.schema.AttributeType)
    for one in types:
        assert one.syntax in syntaxes, one.names
        for rule in (one.equality, one.ordering, one.substr):
            assert rule is None or rule in rules, one.names
        for above in one.sup:
            assert schema.get_obj(ldap.schema.AttributeType, above), one.names


def test_every_matching_rule_has_a_syntax_and_applies_to_what_is_there(schema):
    syntaxes = set(schema.listall(ldap.schema.LDAPSyntax))
    for rule in of_class(schema, ldap.schema.MatchingRule):
        assert rule.syntax in syntaxes, rule.names
    uses = of_class(schema, ldap.schema.MatchingRuleUse)
    assert uses
    for use in uses:
        assert schema.get_obj(ldap.schema.MatchingRule, use.oid), use.names
        for name in use.applies:
            assert schema.get_obj(ldap.schema.AttributeType, name), name


def test_every_object_class_resolves(schema):
    for one in of_class(schema, ldap.schema.ObjectClass):
        for above in one.sup:
            assert schema.get_obj(ldap.schema.ObjectClass, above), one.names
        for name in one.must + one.may:
            assert schema.get_obj(ldap.schema.AttributeType, name), (one.names, name)


def test_entries_have_the_attributes_that_their_classes_ask_for(client, schema):
    found = client.search_s("o=acme,dc=idp,dc=test", ldap.SCOPE_SUBTREE, "(objectClass=*)",
                            ("*", "userPassword"))
    assert len(found) > 15
    for dn, entry in found:
        if not dn:
            continue  # a reference to another server
        classes = [name.decode() for name in entry["objectClass"]]
        must, may = schema.attribute_types(classes, raise_keyerror=1)
        names = {schema.getoid(ldap.schema.AttributeType, name) for name in entry}
        assert set(must) <= names, dn
        if "extensibleObject" not in classes:
            assert names <= set(must) | set(may), (dn, names - set(must) - set(may))


def test_ldap3_reads_the_schema(box):
    server = ldap3.Server(box.values["LDAP_URI"], get_info=ldap3.ALL)
    with ldap3.Connection(server, box.acme.bind_dn, box.acme.bind_pw, auto_bind=True):
        assert "inetOrgPerson" in server.schema.object_classes
        assert server.schema.attribute_types["uidNumber"].single_value
        assert "mail" in server.schema.object_classes["inetOrgPerson"].may_contain
        assert server.info.naming_contexts


@pytest.mark.parametrize("filter_, names", [
    ("(&(objectClass=posixAccount)(uid=alice))", ["alice"]),
    ("(&(objectClass=1.3.6.1.1.1.2.0)(uid=alice))", ["alice"]),
    ("(&(objectClass=shadowAccount)(uid=alice))", ["alice"]),
    ("(&(objectClass=person)(objectClass=top)(uid=alice))", ["alice"]),
    ("(&(objectClass=2.16.840.1.113730.3.2.2)(uid=alice))", ["alice"]),
    ("(&(objectClass=ldapPublicKey)(uid=alice))", []),
    ("(&(!(objectClass=nosuch))(uid=alice))", []),
    ("(&(structuralObjectClass=inetOrgPerson)(uid=alice))", ["alice"]),
    ("(&(structuralObjectClass=person)(uid=alice))", []),
])
def test_classes_follow_from_what_is_in_an_entry(client, filter_, names):
    found = client.search_s("ou=people,o=acme,dc=idp,dc=test", ldap.SCOPE_SUBTREE, filter_, ("uid",))
    assert [entry["uid"][0].decode() for _, entry in found] == names


@pytest.mark.parametrize("form", ["openldap", "ldif"])
def test_a_slapd_takes_what_it_lacks_of_the_schema(box, tmp_path, form):
    text = box.muster("schema", form).stdout
    (tmp_path / "db").mkdir()
    stock = ("core", "cosine", "inetorgperson")
    if form == "openldap":
        (tmp_path / "muster.schema").write_text(text)
        lines = [f"include /etc/ldap/schema/{name}.schema" for name in stock]
        lines += [f"include {tmp_path}/muster.schema"]
        (tmp_path / "slapd.conf").write_text("\n".join(lines) + "\n")
        command = ["/usr/sbin/slaptest", "-u", "-f", tmp_path / "slapd.conf"]
    else:
        lines = ["dn: cn=config", "objectClass: olcGlobal", "cn: config", "",
                 "dn: cn=schema,cn=config", "objectClass: olcSchemaConfig", "cn: schema", ""]
        lines += [f"include: file:///etc/ldap/schema/{name}.ldif\n" for name in stock]
        (tmp_path / "config.ldif").write_text("\n".join(lines) + "\n" + text)
        command = ["/usr/sbin/slapadd", "-n0", "-F", tmp_path / "db", "-l", tmp_path / "config.ldif"]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert answer.returncode == 0, answer.stderr


def bytes_le(text):
    return uuid.UUID(text).bytes_le


AD_NAMES = ("sAMAccountName", "userPrincipalName", "objectGUID", "distinguishedName", "whenCreated",
            "whenChanged", "userAccountControl")


def test_the_names_of_active_directory_are_there_by_policy_alone(box, client):
    base, alice = "ou=people,o=acme,dc=idp,dc=test", "uid=alice,ou=people,o=acme,dc=idp,dc=test"

    def ask(filter_, names=AD_NAMES):
        return client.search_s(base, ldap.SCOPE_SUBTREE, filter_, names)
    assert ask("(uid=alice)") == [(alice, {})] and not ask("(!(sAMAccountName=x))")
    box.muster("policy", "set", "acme", "ldap.ad_names", "--value", "true", "--confirm", "0")
    (dn, entry), = ask("(sAMAccountName=ALICE)", AD_NAMES + ("entryUUID",))
    guid = bytes_le(entry["entryUUID"][0].decode())
    assert dn == alice and entry["sAMAccountName"] == [b"alice"] and entry["objectGUID"] == [guid]
    assert entry["userPrincipalName"] == [b"alice@acme"] and entry["distinguishedName"] == [alice.encode()]
    assert entry["userAccountControl"] == [b"512"] and entry["whenCreated"] and entry["whenChanged"]
    escaped = "".join(f"\\{octet:02x}" for octet in guid)
    for filter_ in (f"(objectGUID={escaped})", "(userPrincipalName=alice@ACME)", f"(distinguishedName={alice})",
                    "(|(sAMAccountName=alice)(userPrincipalName=alice))",
                    "(&(sAMAccountName=alice)(!(userAccountControl:1.2.840.113556.1.4.803:=2)))"):
        assert [dn for dn, _ in ask(filter_, ("1.1",))] == [alice], filter_
    assert not ask("(userPrincipalName=alice@globex)")
    text = client.search_s("cn=Subschema", ldap.SCOPE_BASE, "(objectClass=*)", ["attributeTypes"])[0][1]
    assert any(b"sAMAccountName" in one for one in text["attributeTypes"])
