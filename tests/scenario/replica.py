"""A stock slapd that follows a tenant's content (syncrepl), and what must be equal then."""

import os
import re
import shutil
import signal
import subprocess
from urllib.parse import quote

import ldap

from muster import is_running, wait_until

SCHEMAS = [f"/etc/ldap/schema/{name}.schema" for name in ("core", "cosine", "inetorgperson", "nis")]
# What each server makes for itself when it is asked, or knows of its own work alone.
OWN = {"subschemasubentry", "entrydn", "hassubordinates", "authtimestamp", "contextcsn",
       "creatorsname", "modifiersname", "pwdaccountlockedtime"}


def definitions(connection, kind):
    """The subschema's descriptions of the kind, by their OID."""
    entry = connection.search_s("cn=Subschema", ldap.SCOPE_BASE, "(objectClass=*)", [kind])[0][1]
    texts = [value.decode() for value in entry[kind]]
    return {re.match(r"\(\s*(\S+)", text)[1]: text for text in texts}


def names_in(text):
    listed = re.search(r"NAME\s+(?:'([^']+)'|\(([^)]*)\))", text)
    return {name.lower() for name in re.findall(r"[^'\s]+", listed[1] or listed[2])}


def plain(text):
    """slapd's configuration defines no operational attributes: those become ordinary ones."""
    return re.sub(r" NO-USER-MODIFICATION| USAGE \w+", "", text)


class Replica:
    """slapd in a folder of its own; reached by a Unix socket, so that it needs no port."""

    def __init__(self, folder, tenant, mode="refreshAndPersist", options=""):
        self.folder, self.tenant = str(folder), tenant
        self.mode, self.options = mode, options
        self.process = None
        shutil.rmtree(self.folder, ignore_errors=True)
        os.makedirs(self.folder + "/db")

    @property
    def uri(self):
        return "ldapi://" + quote(self.folder + "/socket", safe="")

    def write(self, definitions=(), follows=True):
        interval = "interval=00:00:00:01" if self.mode == "refreshOnly" else ""
        base = self.tenant.base_dn
        uri = self.tenant.sandbox.values["LDAP_URI"]
        lines = [f"include {path}" for path in SCHEMAS] + list(definitions) + [
            f"pidfile {self.folder}/pid", "modulepath /usr/lib/ldap", "moduleload back_mdb",
            "sizelimit unlimited", "database mdb", f'suffix "{base}"', f"rootdn cn=root,{base}",
            "rootpw root", f"directory {self.folder}/db", "maxsize 1073741824",
            "index entryUUID,entryCSN eq"]
        if follows:
            lines += [f"syncrepl rid=007 provider={uri} type={self.mode} {interval}"
                      f' searchbase="{base}" bindmethod=simple binddn="{self.tenant.bind_dn}"'
                      f' credentials={self.tenant.bind_pw} retry="1 +" attrs="*,+"'
                      f" {self.options}"]
        with open(self.folder + "/slapd.conf", "w", encoding="utf-8") as f:
            f.write("\n".join(lines) + "\n")

    def launch(self):
        with open(self.folder + "/log", "ab") as log:
            self.process = subprocess.Popen(
                ["slapd", "-d", "sync,stats", "-h", self.uri, "-f", self.folder + "/slapd.conf"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        wait_until(lambda: self.process.poll() is not None or self.answers(), 60, "slapd")
        assert self.process.poll() is None, self.log()[-3000:]
        return self

    def log(self):
        with open(self.folder + "/log", encoding="utf-8", errors="replace") as f:
            return f.read()

    def answers(self):
        try:
            self.connect().unbind_s()
            return True
        except ldap.SERVER_DOWN:
            return False

    def connect(self):
        connection = ldap.initialize(self.uri)
        connection.set_option(ldap.OPT_TIMEOUT, 60)
        connection.simple_bind_s(f"cn=root,{self.tenant.base_dn}", "root")
        return connection

    def learn(self):
        """What Muster publishes and slapd does not know becomes part of its configuration."""
        self.write(follows=False)
        self.launch()
        mine, theirs = self.connect(), self.tenant.bind()
        lines = []
        for kind, word in (("attributeTypes", "attributetype"), ("objectClasses", "objectclass")):
            have = definitions(mine, kind)
            names = set().union(*(names_in(text) for text in have.values()))
            lines += [f"{word} {plain(text)}" for oid, text in definitions(theirs, kind).items()
                      if oid not in have and not names_in(text) & names]
        self.stop()
        self.write(lines)
        return self

    def start(self):
        return self.learn().launch()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def stop(self, how=signal.SIGTERM):
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(60)

    def restart(self, how=signal.SIGTERM):
        self.stop(how)
        return self.launch()

    def content(self):
        return content(self.connect(), self.tenant.base_dn)

    def wait_equal(self, seconds=120):
        """Until it has caught up, and then is equal."""
        def caught_up():
            provider = self.tenant.bind()
            base = self.tenant.base_dn
            try:
                there = read(provider, base, "contextCSN")
                here = read(self.connect(), base, "contextCSN")
            except ldap.NO_SUCH_OBJECT:
                return False
            finally:
                provider.unbind_s()
            return there == here
        wait_until(caught_up, seconds, f"equality ({self.log()[-2000:]})")
        wanted, is_there = content(self.tenant.bind(), self.tenant.base_dn), self.content()
        assert set(wanted) == set(is_there), set(wanted) ^ set(is_there)
        for dn, entry in wanted.items():
            assert entry == is_there[dn], (dn, entry, is_there[dn])
        return wanted


def read(connection, dn, attribute):
    return connection.search_s(dn, ldap.SCOPE_BASE, "(objectClass=*)", [attribute])[0][1].get(attribute)


def content(connection, base):
    """All entries with all attributes that both servers must agree on."""
    found = connection.search_ext_s(base, ldap.SCOPE_SUBTREE, "(objectClass=*)", ["*", "+"])
    return {dn.lower(): {name.lower(): sorted(values) for name, values in entry.items()
                         if name.lower() not in OWN}
            for dn, entry in found if dn}
