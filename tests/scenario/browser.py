"""A browser, as far as sessions are concerned: it keeps the cookie that it is given, says from which
page it asks, and shows the page's token."""

import json
from http.cookies import SimpleCookie
from urllib.parse import urlsplit

from muster import Api

PASSWORD = "Correct-horse-77"


class Browser(Api):
    """One window: a kept connection, so one thread's."""

    def __init__(self, sandbox, path="/api/v1", address=None):
        parts = urlsplit(sandbox.values["API_URL"])
        super().__init__(f"{parts.scheme}://{parts.netloc}{path}", None)
        if address:
            self.connection.source_address = (address, 0)
        self.sandbox = sandbox
        self.origin = f"http://{parts.netloc}"
        self.cookie, self.csrf, self.who = None, None, None

    def send(self, method, path, body=None, **headers):
        if self.cookie:
            headers.setdefault("Cookie", "muster=" + self.cookie)
        if method not in ("GET", "HEAD"):
            headers.setdefault("Origin", self.origin)
            if self.csrf:
                headers.setdefault("X_CSRF_Token", self.csrf)
        super().send(method, path, body, **{k: v for k, v in headers.items() if v is not None})

    def sign_in(self, tenant, user, password=PASSWORD, **more):
        answer = self.post("/session", {"tenant": tenant, "user": user, "password": password,
                                        **more})
        if answer.status == 200:
            self.cookie = SimpleCookie(answer.headers["Set-Cookie"])["muster"].value
            self.csrf, self.who = answer.body["csrf"], answer.body
        return answer

    def sign_out(self):
        return self.ask("DELETE", "/session")

    def window(self, path="/api/v1"):
        """Another window of the same browser."""
        other = Browser(self.sandbox, path)
        other.cookie, other.csrf = self.cookie, self.csrf
        return other

    def scim(self):
        return self.window("/scim/v2")


def signed_in(sandbox, tenant, user, password=PASSWORD, **more):
    browser = Browser(sandbox)
    answer = browser.sign_in(tenant, user, password, **more)
    assert answer.status == 200, answer.body
    return browser


class Events:
    """A stream of server-sent events; a read waits for a minute at most."""

    def __init__(self, api, path="/events"):
        self.window = api.window() if isinstance(api, Browser) else Api(api.url, api.token)
        self.window.send("GET", path)
        self.response = self.window.connection.getresponse()
        self.status = self.response.status
        assert self.status != 200 or \
            self.response.headers["Content-Type"] == "text/event-stream"

    def next(self):
        """(name, data) of the next one, ("", None) of a heart-beat, None at the end."""
        name, data = "", None
        while True:
            octets = self.response.readline()
            line = octets.decode().rstrip("\n")
            if line.startswith("event: "):
                name = line[7:]
            elif line.startswith("data: "):
                data = json.loads(line[6:])
            elif not octets:
                return None
            elif not line:
                return name, data

    def told(self):
        """Opened: what happens from now on is told."""
        assert self.next()[0] == "ready"
        return self

    def until(self, topic):
        """All topics that are told up to this one."""
        seen, beats = set(), 0
        while topic not in seen:
            event = self.next()
            assert event, f"the stream ended before {topic}; it told {sorted(seen)}"
            beats += event == ("", None)
            assert beats < 5, f"nothing of {topic}; it told {sorted(seen)}"
            if event[0] == "change":
                seen |= set(event[1]["topics"])
        return seen

    def ends(self):
        """Waits for the end; what it said last."""
        last, beats = None, 0
        while event := self.next():
            last, beats = event, beats + (event == ("", None))
            assert beats < 5, "it goes on"
        return last

    def close(self):
        self.window.close()
        self.response.close()
