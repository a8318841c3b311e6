"""Real directory servers of a company: OpenLDAP, 389 Directory Server, Samba's Active Directory.

All have the same verbs. What ought to be known of one is asked of it as its administrator, apart
from anything of ours.
"""

import json
import os
import subprocess
import time
from dataclasses import dataclass

import ldap
import ldap.dn

from muster import TOP, assignments, run

FIXTURES = TOP / "tests/fixtures"
PASSWORD = "demo-Passw0rd"


@dataclass(frozen=True)
class Person:
    """What the server says about somebody. Groups are by name; nested ones are in all_groups."""

    dn: str
    anchor: str
    active: bool
    given: str
    family: str
    title: str
    mails: frozenset
    groups: frozenset
    all_groups: frozenset


class Server:
    """A server in a folder of its own; settings are those that its script names."""

    script = flavour = None
    person_class, group_class, name_attribute = "inetOrgPerson", "groupOfNames", "uid"
    anchor_attribute = "entryUUID"

    def __init__(self, folder, people=200, options="", **settings):
        self.folder, self.people, self.options = folder, people, options
        self.settings = {"PEOPLE": str(people), "PEOPLE_OPTIONS": options, **settings}
        self.values = {}

    def _script(self, verb, *words, **settings):
        # Its output goes to a file: the server inherits nothing that somebody waits for.
        with open(self.folder + ".out", "w", encoding="utf-8") as out:
            done = subprocess.run(
                [FIXTURES / self.script, verb, self.folder, *words], stdin=subprocess.DEVNULL,
                stdout=out, stderr=subprocess.STDOUT, check=False,
                timeout=300 + self.people // 50,
                env={**os.environ, **self.settings, **settings})
        with open(self.folder + ".out", encoding="utf-8") as out:
            said = out.read()
        assert done.returncode == 0, f"{self.script} {verb} ended with {done.returncode}: {said}"
        return said

    def start(self):
        self.values = assignments(self._script("start"))
        return self

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        self._script("stop")

    def kill(self):
        self._script("kill")

    def freeze(self):
        """From now on it accepts connections and says nothing."""
        self._script("freeze")

    def thaw(self):
        self._script("thaw")

    def backup(self):
        self._script("backup")

    def restore(self):
        """It goes back in time and does not know it."""
        self._script("restore")

    def use_certificate(self, kind, seconds=20):
        """good, expired, soon (in so many seconds), wrong-name, strange (another authority)."""
        self._script("cert", kind, CERTIFICATE_SECONDS=str(seconds))

    def __getattr__(self, name):
        try:
            return self.values["CORP_" + name.upper()]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def port(self):
        return int(self.uri.rpartition(":")[2])

    def connect_options(self):
        """How `muster directory create` reaches it."""
        return ["--uri", self.uri]

    def secrets(self):
        return [self.admin_password, self.sync_password, PASSWORD]

    # ---- what is changed in it ----

    def _generate(self, *words):
        return run("/usr/bin/python3", FIXTURES / "gen_people.py", *words, "--flavour",
                   self.flavour, "--people", self.people, "--base", self.base, "--suffix",
                   self.suffix, *self.options.split()).stdout

    def change(self, kind, *options):
        """One of the generator's changes; what was deleted before is passed over."""
        self.modify(self._generate("change", kind, *options), check=False)

    def modify(self, ldif, check=True, account=None):
        """As the administrator. Every record of it, or the test fails."""
        done = subprocess.run(
            ["ldapmodify", "-c", "-x", "-H", self.admin_uri, "-D", account or self.admin_dn, "-w",
             self.admin_password], input=ldif, text=True, timeout=120, capture_output=True,
            check=False, env={**os.environ, "LDAPTLS_CACERT": self.ca_file})
        assert done.returncode == 0 or not check, done.stderr

    # ---- what ought to be known ----

    def truth(self):
        """The generator's, so before any change."""
        return json.loads(self._generate("truth"))

    def person(self, number):
        return self.truth()["people"][number]

    def read(self, filter="(objectClass=*)", attributes=None, base=None, scope=ldap.SCOPE_SUBTREE):
        """As the administrator, page by page: (dn, attributes by name in small letters) of each."""
        connection = ldap.initialize(self.admin_uri)
        connection.set_option(ldap.OPT_X_TLS_CACERTFILE, self.ca_file)
        connection.set_option(ldap.OPT_X_TLS_NEWCTX, 0)
        connection.set_option(ldap.OPT_REFERRALS, 0)
        connection.set_option(ldap.OPT_NETWORK_TIMEOUT, 60)
        connection.simple_bind_s(self.admin_dn, self.admin_password)
        page = ldap.controls.SimplePagedResultsControl(True, 500, "")
        found = []
        while True:
            asked = connection.search_ext(base or self.base, scope, filter, attributes,
                                          serverctrls=[page])
            _, entries, _, controls = connection.result3(asked, timeout=60)
            found += [(dn, {name.lower(): value for name, value in values.items()})
                      for dn, values in entries if dn]
            page.cookie = controls[0].cookie if controls else None
            if not page.cookie:
                connection.unbind_s()
                return found

    def user_name(self, number):
        """As the person is called here and there."""
        return self.person(number)["uid"]

    def company(self):
        """Everybody below the base by name, as it stands now."""
        groups = {normal(dn): values for dn, values in self.read(
            f"(objectClass={self.group_class})", ["cn", "member"])}
        held = {}
        for dn, values in groups.items():
            for member in values.get("member", []):
                held.setdefault(normal(member.decode()), set()).add(dn)
        people = {}
        asked = ["*", "+", "nsUniqueId", "nsAccountLock"]
        for dn, values in self.read(f"(objectClass={self.person_class})", asked):
            direct = held.get(normal(dn), set())
            people[text(values, self.name_attribute)] = Person(
                dn, self.anchor_of(values), self.is_active(values), text(values, "givenName"),
                text(values, "sn"), text(values, "title"),
                frozenset(value.decode() for value in values.get("mail", [])),
                frozenset(text(groups[group], "cn") for group in direct),
                frozenset(text(groups[group], "cn") for group in closure(direct, held)))
        return people

    def anchor_of(self, values):
        return text(values, self.anchor_attribute)

    def is_active(self, values):
        raise NotImplementedError


def normal(dn):
    """One form of the many that a DN may be written in. 389 writes the small letter of a capital I
    with a dot as the one without, and takes both for the same."""
    return ldap.dn.dn2str(ldap.dn.str2dn(dn)).casefold().replace("ı", "i̇")


def text(values, name):
    return values.get(name.lower(), [b""])[0].decode()


def closure(names, held):
    seen, waiting = set(), list(names)
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += held.get(name, ())
    return seen


def has_expired(values):
    days = text(values, "shadowExpire")
    return bool(days) and int(days) * 86400 <= time.time()


class OpenLdap(Server):
    script, flavour = "openldap.sh", "openldap"

    def configure(self, ldif):
        """The server itself."""
        self.modify(ldif, account=self.config_dn)

    def is_active(self, values):
        return text(values, "pwdAccountLockedTime") != "000001010000Z" and not has_expired(values)


class Ds389(Server):
    script, flavour = "ds389.sh", "ds389"
    anchor_attribute = "nsUniqueId"

    def is_active(self, values):
        return text(values, "nsAccountLock").lower() != "true" and not has_expired(values)


class SambaAd(Server):
    """Passwords go over TLS alone; the first 20 people have one."""

    script, flavour = "samba-ad.sh", "samba"
    person_class, group_class, name_attribute = "user", "group", "sAMAccountName"
    anchor_attribute = "objectGUID"

    def connect_options(self):
        return ["--uri", self.tls_uri, "--ca-file", self.ca_file]

    def user_name(self, number):
        return self.person(number)["account"]

    def anchor_of(self, values):
        return values["objectguid"][0].hex()

    def is_active(self, values):
        ends = int(text(values, "accountExpires") or 0)
        never = ends in (0, 0x7fffffffffffffff)
        now = (time.time() + 11644473600) * 10_000_000
        return not int(text(values, "userAccountControl")) & 2 and (never or ends > now)


SERVERS = {"openldap": OpenLdap, "ds389": Ds389, "samba": SambaAd}
