"""The console's files over HTTP: codings, tags, what may be kept, what the page may do."""

import gzip
import http.client
import re
from urllib.parse import urlsplit

import pytest


class Files:
    def __init__(self, url):
        self.host = urlsplit(url).netloc

    def ask(self, path, method="GET", **headers):
        connection = http.client.HTTPConnection(self.host, timeout=60)
        connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name.replace("_", "-"), value)
        connection.endheaders()
        answer = connection.getresponse()
        answer.octets = answer.read()
        connection.close()
        return answer


@pytest.fixture(scope="module")
def files(sandbox):
    found = Files(sandbox.values["HTTP_URL"])
    if found.ask("/console/").status == 404:
        pytest.skip("built without the console")
    return found


@pytest.fixture(scope="module")
def script(files):
    page = files.ask("/console/").octets.decode()
    return re.search(r'src="(/console/assets/[^"]+\.js)"', page).group(1)


def test_every_place_of_the_page_is_the_page(files):
    page = files.ask("/console/").octets
    for path in ["/console/users", "/console/@acme/users/x%20y/", "/console/index.html",
                 "/console/users?sort=name&cursor=a%20b"]:
        answer = files.ask(path)
        assert (answer.status, answer.octets) == (200, page), path
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        assert answer.headers["Cache-Control"] == "no-cache"


def test_without_the_slash_it_is_found_too(files):
    answer = files.ask("/console")
    assert answer.status == 308
    assert answer.headers["Location"] == "/console/"


def test_a_file_of_another_version_is_not_there(files):
    assert files.ask("/console/assets/index-OLD00000.js").status == 404


@pytest.mark.parametrize("path", ["/console/..%2fmusterd", "/console/%2e%2e/x", "/console/../api",
                                  "/console/a\\b", "/console/%00"])
def test_a_path_that_others_may_read_otherwise_is_refused(files, path):
    assert files.ask(path).status == 400


def test_it_is_only_read(files):
    for method in ["POST", "PUT", "DELETE", "PATCH"]:
        answer = files.ask("/console/", method)
        assert answer.status == 405
        assert answer.headers["Allow"] == "GET, HEAD"


def test_a_script_comes_in_the_smallest_coding_that_is_accepted(files, script):
    plain = files.ask(script)
    assert plain.headers["Content-Encoding"] is None
    small = files.ask(script, Accept_Encoding="gzip")
    assert gzip.decompress(small.octets) == plain.octets
    for accepted, coding in [("gzip, deflate, br", "br"), ("br;q=0, gzip", "gzip"),
                             ("*", "br"), ("gzip;q=0, br;q=0", None), ("deflate", None)]:
        answer = files.ask(script, Accept_Encoding=accepted)
        assert answer.headers["Content-Encoding"] == coding, accepted
        assert answer.headers["Vary"] == "Accept-Encoding"
    assert len(files.ask(script, Accept_Encoding="br").octets) < len(small.octets)


def test_a_hashed_name_is_kept_for_good(files, script):
    kept = files.ask(script).headers["Cache-Control"]
    assert kept == "public, max-age=31536000, immutable"


def test_each_coding_has_a_tag_of_its_own_and_is_not_sent_again(files, script):
    tags = set()
    for coding in ["br", "gzip", ""]:
        tag = files.ask(script, Accept_Encoding=coding).headers["ETag"]
        again = files.ask(script, Accept_Encoding=coding, If_None_Match=f'"other", W/{tag}')
        assert (again.status, again.octets) == (304, b"")
        assert again.headers["ETag"] == tag
        tags.add(tag)
    assert len(tags) == 3
    assert files.ask(script, Accept_Encoding="gzip", If_None_Match='"other"').status == 200


def test_the_head_alone_is_the_same_without_the_body(files, script):
    head = files.ask(script, "HEAD", Accept_Encoding="gzip")
    whole = files.ask(script, Accept_Encoding="gzip")
    assert (head.status, head.octets) == (200, b"")
    assert head.headers["Content-Length"] == str(len(whole.octets))
    assert head.headers["ETag"] == whole.headers["ETag"]


def test_the_page_may_load_only_its_own_and_nobody_may_frame_it(files, script):
    for path in ["/console/", script]:
        headers = files.ask(path).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
        assert "trusted-types 'none'" in policy and "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "camera=()" in headers["Permissions-Policy"]


def test_the_page_names_no_other_host(files):
    page = files.ask("/console/").octets.decode()
    assert not re.search(r'(src|href)="(https?:)?//', page)
    assert "<style" not in page and "<script>" not in page
