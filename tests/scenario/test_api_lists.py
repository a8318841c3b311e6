"""Lists of the admin API: filtered, sorted, page by page."""

import json
from urllib.parse import quote

import pytest

NAMES = [f"u{n:03d}" for n in range(60)]


@pytest.fixture(scope="module")
def tenant(sandbox):
    tenant = sandbox.new_tenant()
    scim = tenant.scim()
    for name in NAMES:
        answer = scim.create_user(name, title="Engineer" if name[-1] == "7" else "Manager")
        assert answer.status == 201, answer.body
    scim.close()
    yield tenant


@pytest.fixture(scope="module")
def api(tenant):
    client = tenant.api("users.view", "roles.view", "groups.view")
    yield client
    client.close()


def users(items):
    return [item["user"] for item in items]


def refused(answer, status, code=None):
    assert answer.status == status, answer.body
    if code:
        assert answer.body["code"] == code, answer.body
    return answer.body


@pytest.mark.parametrize("sort,order", [("user", "asc"), ("user", "desc"), ("created", "desc"),
                                        ("userName", "asc"), ("modified", "asc"),
                                        ("user_name", "desc")])
@pytest.mark.parametrize("limit", [7, 60, 100])
def test_pages_in_order_are_the_whole(api, sort, order, limit):
    items = users(api.pages(f"/users?sort={sort}&order={order}&limit={limit}"))
    assert [name for name in items if name in NAMES] == sorted(NAMES, reverse=order == "desc")


def test_a_filter_takes_names_of_results_and_of_scim(api):
    wanted = [name for name in NAMES if name[-1] == "7"]
    for text in ('title eq "engineer" and user sw "u0"', 'title eq "Engineer"',
                 'userName sw "u" and not (title eq "Manager") and title pr',
                 'urn:ietf:params:scim:schemas:core:2.0:User:title eq "Engineer"'):
        assert sorted(users(api.pages(f"/users?limit=2&filter={quote(text)}"))) == wanted, text
    mail = quote('email eq "u007@example.com" or emails[value eq "u017@example.com"]')
    assert users(api.pages(f"/users?sort=user&filter={mail}")) == ["u007", "u017"]


def test_totals_are_told_when_asked_for(api):
    assert "total" not in api.get("/users?limit=1").body
    answer = api.get("/users?limit=1&total=true&filter=" + quote('title eq "Engineer"'))
    assert answer.body["total"] == 6
    assert len(answer.body["items"]) == 1


def test_a_cursor_is_good_for_its_own_list(sandbox, api):
    cursor = api.get("/users?limit=2&sort=user").body["next_cursor"]
    refused(api.get(f"/users?limit=2&cursor={cursor}"), 400)
    refused(api.get(f"/roles?limit=2&cursor={cursor}"), 400)
    refused(api.get(f"/users?limit=2&sort=user&order=desc&cursor={cursor}"), 400)
    refused(api.get(f"/users?limit=2&sort=user&cursor={cursor[:-1]}"), 400)
    refused(api.get("/users?limit=2&sort=user&cursor=17"), 400)
    stranger = sandbox.new_tenant().api("users.view")
    refused(stranger.get(f"/users?limit=2&sort=user&cursor={cursor}"), 400)
    stranger.close()
    first = api.get("/users?limit=2&sort=user").body["items"]
    second = api.get(f"/users?limit=5&sort=user&cursor={cursor}").body["items"]
    assert users(first)[-1] < users(second)[0]


@pytest.mark.parametrize("query", ["sort=password", "sort=nothing", "sort=user&order=up", "limit=0",
                                   "limit=1001", "filter=user", "filter=" + quote('nix eq "x"'),
                                   "filter=" + quote('password pr'), "cursor=%00"])
def test_what_is_not_understood_is_refused(api, query):
    answer = api.get(f"/users?{query}")
    assert answer.status in (400, 422), answer.body


def test_who_is_not_changed_is_met_once(api, tenant):
    scim = tenant.scim()
    met, path = [], "/users?limit=5&sort=user"
    answer = api.get(path)
    for n in range(100):
        met += users(answer.body["items"])
        made = scim.create_user(f"{'az'[n % 2]}-new{n}")
        assert made.status == 201, made.body
        if "next_cursor" not in answer.body:
            break
        answer = api.get(f"{path}&cursor={answer.body['next_cursor']}")
    scim.close()
    assert [name for name in met if name in NAMES] == NAMES


def test_the_command_line_lists_page_by_page(sandbox, tenant):
    words = ("user", "list", tenant.name, "--filter", 'user sw "u0"', "--sort", "user")
    first = sandbox.muster(*words, "--limit", "50", "--total", "--json")
    assert len(json.loads(first.stdout)) == 50
    assert "60 in all" in first.stderr
    cursor = first.stderr.split("--cursor ")[1].strip()
    rest = sandbox.muster(*words, "--limit", "50", "--cursor", cursor)
    assert NAMES[50] in rest.stdout and NAMES[49] not in rest.stdout
    assert "more" not in rest.stderr
