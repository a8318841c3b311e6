"""Controls of searching: order, windows, pages, values, assertions, as a client meets them."""

import sys

import ldap
import pytest
from ldap.controls.sss import SSSRequestControl
from ldap.controls.vlv import VLVRequestControl

from conftest import short_folder
from muster import TOP, Sandbox

sys.path.insert(0, str(TOP / "tests/ldap"))
from ldapraw import (ANY, PAGED, WHOAMI, And, Conn, abandon, b_, bind, compare, ctl,  # noqa: E402
                     eq, extop, i_, kids, msg, o_, pr, search, seq, tlv)

SUFFIX = "o=acme,dc=muster,dc=internal"
PEOPLE = "ou=people," + SUFFIX
STAFF = "cn=staff,ou=groups," + SUFFIX
SORT, SORT_RESPONSE = "1.2.840.113556.1.4.473", "1.2.840.113556.1.4.474"
VLV, VLV_RESPONSE = "2.16.840.1.113730.3.4.9", "2.16.840.1.113730.3.4.10"
MATCHED = "1.2.826.0.1.3344810.2.3"
ASSERTION = "1.3.6.1.1.12"
SUBENTRIES = "1.3.6.1.4.1.4203.1.10.1"
SESSION = "1.3.6.1.4.1.21008.108.63.1"
DEREF = "1.3.6.1.4.1.4203.666.5.16"
COUNT = 1500
TITLES = 97


def title(n):
    return f"Title {(n * 31) % TITLES:02d}"


def person(n):
    lines = [f"dn: uid=p{n:04d},{PEOPLE}", "objectClass: inetOrgPerson", f"uid: p{n:04d}",
             f"cn: Person {(n * 7) % COUNT:04d}", f"sn: {'Ames' if n % 2 else 'bell'}",
             f"mail: z{n}@acme.test", f"mail: {(n * 11) % COUNT:04d}@acme.test"]
    if n % 10:
        lines.append("title: " + title(n))
    return "\n".join(lines) + "\n\n"


@pytest.fixture(scope="module")
def box():
    with short_folder() as folder:
        with open(folder + "/tree.ldif", "w", encoding="utf-8") as f:
            f.writelines(person(n) for n in range(COUNT))
            f.write(f"dn: {STAFF}\nobjectClass: groupOfNames\ncn: staff\n"
                    f"member: uid=p0001,{PEOPLE}\nmember: uid=p0002,{PEOPLE}\n\n")
        sandbox = Sandbox(folder + "/box").start("--load", folder + "/tree.ldif")
        yield sandbox
        sandbox.stop()


class Client(Conn):
    def __init__(self, box, tenant=None):
        super().__init__("127.0.0.1", int(box.values["LDAP_URI"].rpartition(":")[2]), timeout=60)
        tenant = tenant or box.acme
        assert self.rpc(bind(tenant.bind_dn, tenant.bind_pw))[-1].code == 0

    def ask(self, operation, *controls):
        """Entries and the final answer."""
        *entries, done = self.rpc(operation, list(controls))
        return entries, done


@pytest.fixture
def client(box):
    connection = Client(box)
    yield connection
    connection.close()


def key(attribute, rule=None, reverse=False):
    return seq(o_(attribute), o_(rule, 0x80) if rule else b"",
               tlv(0x81, b"\xff") if reverse else b"")


def sort(*keys, critical=True):
    return ctl(SORT, critical, seq(*keys))


def by_offset(before, after, offset, count=0, context=None):
    return ctl(VLV, True, seq(i_(before), i_(after), tlv(0xa0, i_(offset), i_(count)),
                              o_(context) if context else b""))


def by_value(before, after, value):
    return ctl(VLV, True, seq(i_(before), i_(after), o_(value, 0x81)))


def page(size, cookie=b""):
    return ctl(PAGED, True, seq(i_(size), o_(cookie)))


def people(filt=pr("mail"), attrs=("1.1",), **more):
    return search(PEOPLE, 1, filt, attrs, **more)


def names(entries):
    return [entry.dn.partition(",")[0].partition("=")[2] for entry in entries]


def value_of(done, oid):
    """The elements of the control's value."""
    return [v for _, v in kids(kids(dict(done.ctrls)[oid])[0][1])]


def number(octets):
    return int.from_bytes(octets, "big", signed=True)


def all_names():
    return [f"p{n:04d}" for n in range(COUNT)]


def walk(client, size, *controls, operation=None):
    found, cookie = [], b""
    while True:
        entries, done = client.ask(operation or people(), page(size, cookie), *controls)
        assert done.code == 0, done
        found += names(entries)
        cookie = value_of(done, PAGED)[1]
        if not cookie:
            return found


def test_one_key_puts_all_in_order(client):
    entries, done = client.ask(people(), sort(key("uid")))
    assert names(entries) == all_names()
    assert number(value_of(done, SORT_RESPONSE)[0]) == 0


def test_the_reverse_order_is_the_order_reversed(client):
    entries, _ = client.ask(people(), sort(key("uid", reverse=True)))
    assert names(entries) == all_names()[::-1]


@pytest.mark.parametrize("rule", ["2.5.13.3", "caseIgnoreOrderingMatch", "caseignoreorderingmatch"])
def test_a_rule_is_named_or_numbered(client, rule):
    entries, _ = client.ask(people(), sort(key("cn", rule)))
    assert names(entries) == sorted(all_names(), key=lambda name: (int(name[1:]) * 7) % COUNT)


def test_case_counts_when_the_rule_says_so(client):
    folded, _ = client.ask(people(), sort(key("sn"), key("uid")))
    exact, _ = client.ask(people(), sort(key("sn", "2.5.13.6", True), key("uid")))
    assert [int(name[1:]) % 2 for name in names(folded)] == [1] * (COUNT // 2) + [0] * (COUNT // 2)
    assert [int(name[1:]) % 2 for name in names(exact)] == [0] * (COUNT // 2) + [1] * (COUNT // 2)


def order(name):
    """By title, those without one last."""
    n = int(name[1:])
    return (0, title(n)) if n % 10 else (1, "")


def test_a_second_key_decides_between_equals_and_who_has_no_value_is_last(client):
    entries, _ = client.ask(people(), sort(key("title"), key("uid", reverse=True)))
    assert names(entries) == sorted(reversed(all_names()), key=order)


def test_who_has_no_value_is_first_in_reverse(client):
    entries, _ = client.ask(people(), sort(key("title", reverse=True), key("uid")))
    ranked = sorted(all_names(), key=order)
    without = [name for name in ranked if not int(name[1:]) % 10]
    assert names(entries)[:len(without)] == without


def test_of_several_values_the_least_one_counts(client):
    entries, _ = client.ask(people(), sort(key("mail")))
    assert names(entries) == sorted(all_names(), key=lambda name: (int(name[1:]) * 11) % COUNT)


def test_the_entries_above_are_sorted_with_the_others(client):
    tree = search(SUFFIX, 2, ANY, ("1.1",))
    for reverse in (False, True):
        entries, done = client.ask(tree, sort(key("uid", reverse=reverse)))
        unsorted, _ = client.ask(tree)
        assert done.code == 0
        assert sorted(entry.dn for entry in entries) == sorted(entry.dn for entry in unsorted)
        with_uid = [entry.dn.startswith("uid=") for entry in entries]
        assert with_uid == sorted(with_uid, reverse=not reverse)


@pytest.mark.parametrize("keys, result, attribute", [
    ([key("nosuch")], 16, b"nosuch"),
    ([key("userPassword")], 16, b"userPassword"),
    ([key("cn", "1.2.3.4")], 18, b"cn"),
    ([key("cn", "2.5.13.15")], 18, b"cn"),
    ([key("member")], 18, b"member"),
    ([key("cn"), key("sn"), key("CN")], 53, b"CN"),
    ([key(name) for name in ("cn", "sn", "uid", "mail", "title", "l", "st", "ou", "street",
                             "givenName", "initials")], 53, None),
])
def test_what_cannot_be_sorted_says_why_and_comes_unsorted_unless_critical(
        client, keys, result, attribute):
    entries, done = client.ask(people(), sort(*keys))
    assert (len(entries), done.code) == (0, 12)
    refused = value_of(done, SORT_RESPONSE)
    assert number(refused[0]) == result
    assert refused[1:] == ([attribute] if attribute else [])
    entries, done = client.ask(people(), sort(*keys, critical=False))
    assert (len(entries), done.code) == (COUNT, 0)
    assert number(value_of(done, SORT_RESPONSE)[0]) == result


@pytest.mark.parametrize("keys", [
    [key("uid")], [key("uid", reverse=True)], [key("mail")], [key("title"), key("uid")],
    [key("title", reverse=True), key("uid")], [key("createTimestamp")]])
@pytest.mark.parametrize("size", [100, 333])
def test_pages_are_in_order_and_hold_each_entry_once(client, keys, size):
    whole, _ = client.ask(people(), sort(*keys))
    assert walk(client, size, sort(*keys)) == names(whole)


def test_pages_of_the_whole_tree_are_in_order_too(client):
    tree = search(SUFFIX, 2, ANY, ("1.1",))
    for keys in ([key("uid")], [key("uid", reverse=True)], [key("cn"), key("uid")]):
        whole = names(client.ask(tree, sort(*keys))[0])
        pages = walk(client, 400, sort(*keys), operation=tree)
        assert sorted(pages) == sorted(whole)
        known = set(all_names())
        assert [name for name in pages if name in known] == \
            [name for name in whole if name in known]


def test_a_cookie_is_good_for_its_order_alone(client):
    _, done = client.ask(people(), page(10), sort(key("uid")))
    cookie = value_of(done, PAGED)[1]
    for other in ([sort(key("uid", reverse=True))], [sort(key("cn"))], []):
        entries, done = client.ask(people(), page(10, cookie), *other)
        assert (len(entries), done.code) == (0, 53)


def test_sorted_walks_of_one_connection_interleave(client):
    first, one = client.ask(people(), page(5), sort(key("uid")))
    second, two = client.ask(people(), page(5), sort(key("mail")))
    more, _ = client.ask(people(), page(5, value_of(one, PAGED)[1]), sort(key("uid")))
    again, _ = client.ask(people(), page(5, value_of(two, PAGED)[1]), sort(key("mail")))
    assert names(first + more) == all_names()[:10]
    assert names(second + again) == names(client.ask(people(), sort(key("mail")))[0])[:10]


def test_a_size_limit_cuts_behind_sorting(client):
    entries, done = client.ask(people(size=3), sort(key("uid", reverse=True)))
    assert (names(entries), done.code) == (all_names()[:-4:-1], 4)


def test_a_sorted_search_with_types_only_has_no_values(client):
    entries, _ = client.ask(people(attrs=("uid",), types=True), sort(key("title"), key("uid")))
    assert names(entries) == sorted(all_names(), key=order)
    assert entries[0].attrs == {"uid": []}


@pytest.mark.parametrize("offset, count, window, target", [
    (1, 0, (0, 3), 1), (700, 0, (697, 702), 700), (COUNT, 0, (COUNT - 3, COUNT), COUNT),
    (1, 1, (COUNT - 3, COUNT), COUNT), (50, 100, (747, 752), 750),
    (0, 0, (COUNT - 3, COUNT), COUNT)])
def test_a_view_is_a_window_around_an_offset(client, offset, count, window, target):
    entries, done = client.ask(people(), sort(key("uid")), by_offset(2, 2, offset, count))
    answer = value_of(done, VLV_RESPONSE)
    assert done.code == 0
    assert names(entries) == all_names()[slice(*window)]
    assert [number(v) for v in answer[:3]] == [target, COUNT, 0]


def test_a_view_is_a_window_around_a_value(client):
    for reverse, value, rank in ((False, "P0700", 701), (False, "p07001", 702), (False, "a", 1),
                                 (False, "zz", COUNT + 1), (True, "p0700", COUNT - 700),
                                 (True, "a", COUNT + 1)):
        entries, done = client.ask(people(), sort(key("uid", reverse=reverse)),
                                   by_value(1, 1, value))
        ranked = all_names()[::-1] if reverse else all_names()
        assert names(entries) == ranked[max(rank - 2, 0):rank + 1], value
        assert number(value_of(done, VLV_RESPONSE)[0]) == rank


def test_the_context_of_a_view_is_good_for_the_next_window_alone(client):
    _, done = client.ask(people(), sort(key("uid")), by_offset(0, 1, 1))
    context = value_of(done, VLV_RESPONSE)[3]
    entries, done = client.ask(people(), sort(key("uid")), by_offset(0, 1, 3, context=context))
    assert (names(entries), done.code) == (["p0002", "p0003"], 0)
    for bad in (b"made up", context[:-1] + b"?"):
        entries, done = client.ask(people(), sort(key("uid")), by_offset(0, 1, 3, context=bad))
        assert (len(entries), done.code) == (0, 2)


def test_a_view_outside_of_the_list_is_an_offset_range_error(client):
    for offset, count in ((COUNT + 1, 0), (5, 4)):
        entries, done = client.ask(people(), sort(key("uid")), by_offset(0, 1, offset, count))
        assert (len(entries), done.code) == (0, 76)
        assert number(value_of(done, VLV_RESPONSE)[2]) == 61


def test_a_view_of_nothing_is_empty(client):
    entries, done = client.ask(people(eq("uid", "nobody")), sort(key("uid")), by_offset(0, 1, 1))
    assert (len(entries), done.code) == (0, 0)
    assert [number(v) for v in value_of(done, VLV_RESPONSE)[:3]] == [0, 0, 0]


def test_a_view_needs_an_order_and_has_no_pages(client):
    entries, done = client.ask(people(), by_offset(0, 1, 1))
    assert (len(entries), done.code) == (0, 76)
    assert number(value_of(done, VLV_RESPONSE)[2]) == 60
    entries, done = client.ask(people(), sort(key("uid")), by_offset(0, 1, 1), page(5))
    assert (len(entries), done.code) == (0, 53)


def test_the_largest_numbers_are_taken_as_all(client):
    entries, done = client.ask(people(), sort(key("title")), by_offset(*[2**31 - 1] * 4))
    assert (len(entries), done.code) == (COUNT, 0)


def test_only_matching_values_are_returned(client):
    operation = search(f"uid=p0001,{PEOPLE}", 0, ANY, ("mail", "cn", "sn"))
    for item, left in ((eq("mail", "Z1@acme.test"), {"mail": [b"z1@acme.test"]}),
                       (pr("sn"), {"sn": [b"Ames"]}),
                       (eq("nosuch", "x"), {}), (And(pr("mail")), {})):
        entries, _ = client.ask(operation, ctl(MATCHED, True, seq(item)))
        assert {name: list(values) for name, values in entries[0].attrs.items()} == left


def test_a_member_is_a_matching_value_however_it_is_written(client):
    operation = search(STAFF, 0, ANY, ("member",))
    item = eq("member", "UID=P0002, OU=People," + SUFFIX)
    entries, _ = client.ask(operation, ctl(MATCHED, True, seq(item)))
    assert entries[0].attrs["member"] == [f"uid=p0002,{PEOPLE}".encode()]


def test_types_come_whole_whatever_values_match(client):
    entries, _ = client.ask(search(f"uid=p0001,{PEOPLE}", 0, ANY, ("mail",), types=True),
                            ctl(MATCHED, True, seq(eq("mail", "none"))))
    assert entries[0].attrs == {"mail": []}


def test_an_assertion_decides_before_anything_is_done(client):
    base = f"uid=p0001,{PEOPLE}"
    for holds, filt in ((True, eq("uid", "p0001")), (False, eq("uid", "p0002")),
                        (False, eq("nosuch", "x")), (True, And())):
        entries, done = client.ask(search(base, 0, ANY, ("1.1",)), ctl(ASSERTION, True, filt))
        assert (len(entries), done.code) == ((1, 0) if holds else (0, 122))
        _, done = client.ask(compare(base, "uid", "p0001"), ctl(ASSERTION, True, filt))
        assert done.code == (6 if holds else 122)
    entries, done = client.ask(people(), ctl(ASSERTION, True, eq("ou", "people")))
    assert (len(entries), done.code) == (COUNT, 0)
    _, done = client.ask(search("uid=nobody," + PEOPLE, 0), ctl(ASSERTION, True, eq("uid", "x")))
    assert done.code == 32


def test_there_are_no_subentries_and_the_subschema_is_one(client):
    for visible, count in ((True, 0), (False, COUNT)):
        entries, done = client.ask(people(), ctl(SUBENTRIES, True, b_(visible)))
        assert (len(entries), done.code) == (count, 0)
    subschema = search("cn=Subschema", 0, ANY, ("1.1",))
    entries, _ = client.ask(subschema, ctl(SUBENTRIES, True, b_(True)))
    assert len(entries) == 1


def dereferenced(entry):
    """(attribute, DN, {type: values}) of each."""
    found = []
    for _, result in kids(kids(dict(entry.ctrls)[DEREF])[0][1]):
        attribute, dn, *more = [v for _, v in kids(result)]
        shown = {}
        for _, one in kids(more[0]) if more else []:
            name, values = [v for _, v in kids(one)]
            shown[name.decode()] = [v for _, v in kids(values)]
        found.append((attribute.decode(), dn.decode(), shown))
    return found


def test_members_are_dereferenced(client):
    shown = seq(o_("uid"), o_("title"), o_("userPassword"), o_("nosuch"))
    wanted = ctl(DEREF, True, seq(seq(o_("member"), shown)))
    entries, _ = client.ask(search(STAFF, 0, ANY, ("cn",)), wanted)
    assert dereferenced(entries[0]) == [
        ("member", f"uid=p000{n},{PEOPLE}",
         {"uid": [b"p000%d" % n], "title": [title(n).encode()]}) for n in (1, 2)]
    entries, _ = client.ask(search(f"uid=p0001,{PEOPLE}", 0, ANY, ("1.1",)), wanted)
    assert not entries[0].ctrls


def test_what_names_no_entry_is_not_dereferenced(client):
    unknown = seq(o_("nosuch"), seq(o_("uid")))
    for spec in (seq(o_("cn"), seq(o_("uid"))), seq(o_("member"), seq()), unknown):
        _, done = client.ask(search(STAFF, 0), ctl(DEREF, True, seq(spec)))
        assert done.code == 2
    entries, done = client.ask(search(STAFF, 0), ctl(DEREF, False, seq(unknown)))
    assert (len(entries), done.code) == (1, 0)


def test_the_rootdse_lists_the_controls_that_are_served(client):
    entries, _ = client.ask(search("", 0, ANY, ("supportedControl",)))
    listed = {bytes(v).decode() for v in entries[0].attrs["supportedControl"]}
    assert {PAGED, SORT, VLV, MATCHED, ASSERTION, SUBENTRIES, DEREF, "1.3.6.1.1.22",
            "1.2.840.113556.1.4.1339", "2.16.840.1.113730.3.4.2"} <= listed


@pytest.mark.parametrize("oid, critical, value, code", [
    (PAGED, False, b"?", 2), (PAGED, True, seq(i_(-1), o_("")), 2), (PAGED, True, None, 2),
    (SORT, True, b"", 2), (SORT, False, seq(), 2), (VLV, True, seq(i_(0), i_(0)), 2),
    (ASSERTION, True, b"\xa3\x05ab", 2), (ASSERTION, True, None, 2),
    (MATCHED, True, b"\x30\x03", 2), (SUBENTRIES, True, None, 2),
    (SUBENTRIES, True, b"\x01\x02\xff\xff", 2), (DEREF, True, seq(), 2),
    ("1.3.6.1.1.22", False, None, 2), ("1.3.6.1.1.22", True, None, 0),
    ("1.3.6.1.1.22", True, b"x", 2),
    ("1.2.840.113556.1.4.1339", True, None, 0), ("1.2.840.113556.1.4.1339", True, b"x", 2),
    (SESSION, False, seq(o_("192.0.2.1"), o_("host"), o_("1.2.3"), o_("bob")), 0),
    (SESSION, False, seq(o_("192.0.2.1")), 2),
    ("1.2.3.4", True, None, 12), ("1.2.3.4", False, None, 0), ("", False, None, 0)])
def test_each_control_has_its_form_and_its_criticality(client, oid, critical, value, code):
    assert client.ask(search("", 0), ctl(oid, critical, value))[1].code == code


def test_a_control_stands_there_once(client):
    for oid in (PAGED, "1.2.3.4"):
        one = ctl(oid, False, seq(i_(1), o_("")))
        assert client.ask(people(), one, one)[1].code == 2


def test_a_control_of_another_operation_is_unknown(client):
    assert client.ask(compare(PEOPLE, "ou", "people"), sort(key("cn")))[1].code == 12
    assert client.ask(compare(PEOPLE, "ou", "people"), sort(key("cn"), critical=False))[1].code == 6
    assert client.ask(extop(WHOAMI), page(1))[1].code == 12


def test_a_sorted_search_is_abandoned_and_the_connection_goes_on(client):
    for n in range(20):
        client.send(msg(900 + n, people(attrs=("*",)), [sort(key("title"))]) +
                    msg(950 + n, abandon(900 + n)))
    client.send(msg(999, people(eq("uid", "p0007"))))
    while True:
        reply = client.recv()
        assert not isinstance(reply, str) and reply, reply
        if (reply.mid, reply.op) == (999, "Done"):
            break
    assert client.rpc(extop(WHOAMI))[-1].code == 0


def test_another_tenant_s_cookie_of_a_sorted_search_is_refused(box, client):
    _, done = client.ask(people(), page(10), sort(key("uid")))
    other = Client(box, box.globex)
    entries, done = other.ask(people(), page(10, value_of(done, PAGED)[1]), sort(key("uid")))
    assert (len(entries), done.code) == (0, 32)
    other.close()


def test_python_ldap_sorts_and_views(box):
    """Its encoder writes TRUE as 1."""
    connection = box.acme.bind()
    order = SSSRequestControl(criticality=True, ordering_rules=["-uid:2.5.13.3"])
    view = VLVRequestControl(True, before_count=1, after_count=1, offset=3, content_count=0)
    sent = connection.search_ext(PEOPLE, ldap.SCOPE_ONELEVEL, "(mail=*)", ["1.1"],
                                 serverctrls=[order, view])
    _, entries, _, controls = connection.result3(sent)
    assert [dn.partition(",")[0] for dn, _ in entries] == [f"uid=p{COUNT - n}" for n in (2, 3, 4)]
    assert [control.controlType for control in controls] == [SORT_RESPONSE, VLV_RESPONSE]
    assert controls[0].sortResult == 0
    assert (controls[1].targetPosition, controls[1].contentCount) == (3, COUNT)
    connection.unbind_s()
