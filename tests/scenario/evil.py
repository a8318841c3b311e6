"""A server that is asked as an honest one and answers each search as a function of its owner says."""

import importlib.util
import socket
import threading
import uuid

from corp import FIXTURES

_spec = importlib.util.spec_from_file_location("ldapber", FIXTURES / "ldapber.py")
ber = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(ber)

BASE = "dc=acme,dc=example"


def anchor(number):
    return uuid.UUID(int=number + 1)


class Search:
    """One that was asked: `say` answers it, any number of times before the end."""

    def __init__(self, client, number, body, controls):
        self.client, self.number = client, number
        parts = ber.items(body)
        self.base = parts[0][1].decode()
        self.scope = ber.num(parts[1][1])
        self.filter = body  # as octets: enough to look for a word in
        self.controls = {ber.items(one)[0][1].decode(): ber.items(one)[-1][1]
                         for _, one in ber.items(controls)} if controls else {}

    @property
    def is_root(self):
        return self.base == "" and self.scope == 0

    @property
    def is_content(self):
        return b"entryUUID" not in self.filter.split(b"objectClass")[0] and self.scope == 2

    def asks_for(self, number):
        return str(anchor(number)).encode() in self.filter

    def say(self, op, *controls):
        extra = ber.tlv(0xA0, b"".join(controls)) if controls else b""
        self.client.sendall(ber.seq(ber.integer(self.number), op, extra))

    def entry(self, dn, *controls, **attributes):
        rows = [ber.seq(ber.octets(name), ber.tlv(0x31, b"".join(ber.octets(v) for v in values)))
                for name, values in attributes.items()]
        self.say(ber.seq(ber.octets(dn), ber.tlv(0x30, b"".join(rows)), tag=0x64), *controls)

    def person(self, number, state=None, **attributes):
        """state: of RFC 4533, 0 present to 3 delete; None: as a plain search finds it."""
        more = [] if state is None else [ber.control(ber.STATE, ber.seq(
            ber.enum(state), ber.octets(anchor(number).bytes)))]
        self.entry(f"uid=person{number},{BASE}", *more, **{
            "objectClass": ["inetOrgPerson"], "uid": [f"person{number}"], "cn": ["A Person"],
            "sn": ["Person"], "entryUUID": [str(anchor(number))],
            "entryCSN": [f"20260101000000.{number:06}Z#000000#001#000000"], **attributes})

    def done(self, code=0, *controls):
        self.say(ber.seq(ber.enum(code), ber.octets(""), ber.octets(""), tag=0x65), *controls)

    def refreshed(self, cookie="rid=000,sid=001,csn=20260101000000.000000Z#000000#001#000000",
                  deletes=True):
        value = ber.seq(ber.octets(cookie), tag=0xA1 if deletes else 0xA2)
        self.say(ber.tlv(0x79, ber.octets(ber.INFO, 0x80) + ber.octets(value, 0x81)))


class Peer:
    """A company whose server is ours: it serves until it is closed, `talk` with each connection."""

    # What Directory.create asks of a company.
    base, sync_dn, sync_password = BASE, f"cn=reader,{BASE}", "secret"

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def uri(self):
        return f"ldap://127.0.0.1:{self.listener.getsockname()[1]}"

    def _serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve_one, args=(client,), daemon=True).start()

    def _serve_one(self, client):
        try:
            self.talk(client)
        except OSError:
            pass
        finally:
            client.close()

    def close(self):
        self.listener.close()


class Evil(Peer):
    """`answer` takes a Search; what it raises ends the connection."""

    def __init__(self, answer, controls=(ber.SYNC,)):
        self.answer, self.controls = answer, controls
        super().__init__()

    def talk(self, client):
        data = b""
        while more := client.recv(65536):
            data += more
            while data:
                try:
                    _, start, end = ber.head(data)
                except ber.Short:
                    break
                self._hear(client, ber.items(data[start:end]))
                data = data[end:]

    def _hear(self, client, parts):
        number, (tag, body) = ber.num(parts[0][1]), parts[1]
        if tag == 0x60:
            client.sendall(ber.seq(ber.integer(number), ber.seq(
                ber.enum(0), ber.octets(""), ber.octets(""), tag=0x61)))
        elif tag == 0x63:
            search = Search(client, number, body, parts[2][1] if len(parts) > 2 else b"")
            if search.is_root:
                search.entry("", objectClass=["top"], namingContexts=[BASE],
                             supportedControl=list(self.controls))
                search.done()
            else:
                self.answer(search)
