"""A tenant that follows an Active Directory domain, and what is changed in the domain."""

import ldap

from directory import Directory
from muster import wait_until

FREE = ("--limit-count", "1000", "--limit-percent", "100")
PATIENCE = 90


def administrator(corp):
    """A connection of who may do anything there."""
    connection = ldap.initialize(corp.admin_uri)
    connection.set_option(ldap.OPT_X_TLS_CACERTFILE, corp.ca_file)
    connection.set_option(ldap.OPT_X_TLS_NEWCTX, 0)
    connection.set_option(ldap.OPT_REFERRALS, 0)
    connection.simple_bind_s(corp.admin_dn, corp.admin_password)
    return connection


def change(corp, kind, number):
    """One of the generator's changes of a person by number; the name of who changed."""
    uid = corp.truth()["people"][number]["uid"]
    corp.modify(corp._generate("change", kind, "--uid", uid))
    return corp.truth()["people"][number]["account"]


class Domain:
    """A tenant that follows the domain."""

    def __init__(self, sandbox, corp, *options, base=None, account=None, **create):
        self.tenant, self.corp = sandbox.new_tenant(), corp
        self.directory = Directory(sandbox, tenant=self.tenant.name)
        words = ["--base-dn", base or corp.base, "--bind-dn", account or corp.sync_dn]
        reach = ["--uri", create["uri"]] if "uri" in create else corp.connect_options()
        self.directory.muster("directory", "create", self.tenant.name, "corp", *reach, *words,
                              "--secret-file", "-", *FREE, *options,
                              secret=corp.sync_password + "\n")

    def follow(self):
        self.directory.follow()
        return self

    def people(self):
        scim = self.tenant.scim()
        found = scim.get("/Users?count=1000").body["Resources"]
        scim.close()
        return {user["userName"]: user for user in found if user["userName"] != "admin"}

    def active(self):
        return {name for name, user in self.people().items() if user["active"]}

    def expected(self):
        return {name for name, person in self.corp.company().items() if person.active}

    def wait(self, what, claim):
        return wait_until(claim, PATIENCE,
                          lambda: f"{what} ({self.directory.try_status()})")

    def wait_right(self):
        """Exactly the domain's people may work, each in exactly the domain's groups."""
        company = self.corp.company()
        expected = {name for name, person in company.items() if person.active}
        self.wait("the domain's people", lambda: self.active() == expected)
        groups = {}
        for name, person in company.items():
            for group in person.groups:
                groups.setdefault(group, set()).add(name)
        for group, names in groups.items():
            self.wait(f"the members of {group}",
                      lambda g=group, n=names: self.directory.group(g) & set(company) == n)
        return self.people()

    def try_group(self, name):
        shown = self.directory.muster("group", "show", self.tenant.name, name, "--limit", 10000,
                                      check=False)
        return {m["name"] for m in shown["members"]} if isinstance(shown, dict) else None

    def fulls(self):
        return self.directory.status()["last_full"]

    def wait_full_after(self, before):
        self.wait("a full compare", lambda: self.fulls() != before
                  and self.directory.status()["state"] == "following")

    def wait_contact(self):
        before = self.directory.status()["last_contact"]
        self.wait("a contact", lambda: self.directory.status()["last_contact"] > before)

    def wait_note(self, words):
        self.wait(words, lambda: any(words in note for note in
                                     (self.directory.try_status() or {}).get("notes", [])))

    def wait_failed(self, failure):
        return self.directory.wait_failed(failure=failure)

    def end(self):
        self.directory.edit("--active=no")
