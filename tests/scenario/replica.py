"""A stock slapd that follows a tenant's content (syncrepl), and what must be equal then."""

import os
import shutil
import signal
import subprocess
from urllib.parse import quote

import ldap

from muster import BUILD, run, wait_until

SCHEMAS = [f"/etc/ldap/schema/{name}.schema" for name in ("core", "cosine", "inetorgperson")]
# What each server makes for itself when it is asked, or knows of its own work alone.
OWN = {"subschemasubentry", "entrydn", "hassubordinates", "authtimestamp", "contextcsn",
       "creatorsname", "modifiersname", "pwdaccountlockedtime"}


class Replica:
    """slapd in a folder of its own; reached by a Unix socket, so that it needs no port."""

    def __init__(self, folder, tenant, mode="refreshAndPersist", options=""):
        self.folder, self.tenant = str(folder), tenant
        self.mode, self.options = mode, options
        self.process = self.bound = None
        shutil.rmtree(self.folder, ignore_errors=True)
        os.makedirs(self.folder + "/db")

    @property
    def uri(self):
        return "ldapi://" + quote(self.folder + "/socket", safe="")

    def write(self):
        interval = "interval=00:00:00:01" if self.mode == "refreshOnly" else ""
        base = self.tenant.base_dn
        uri = self.tenant.sandbox.values["LDAP_URI"]
        with open(self.folder + "/muster.schema", "w", encoding="utf-8") as f:
            f.write(run(BUILD / "muster", "schema", "openldap").stdout)
        lines = [f"include {path}" for path in (*SCHEMAS, self.folder + "/muster.schema")] + [
            # Whoever has no ppolicy module knows no pwdChangedTime.
            "modulepath /usr/lib/ldap", "moduleload back_mdb", "moduleload ppolicy",
            f"pidfile {self.folder}/pid", "sizelimit unlimited", "database mdb", f'suffix "{base}"',
            f"rootdn cn=root,{base}", "rootpw root", f"directory {self.folder}/db",
            "maxsize 1073741824", "index entryUUID,entryCSN eq",
            f"syncrepl rid=007 provider={uri} type={self.mode} {interval}"
            f' searchbase="{base}" bindmethod=simple binddn="{self.tenant.bind_dn}"'
            f' credentials={self.tenant.bind_pw} retry="1 +" attrs="*,+" {self.options}']
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

    def start(self):
        self.write()
        return self.launch()

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

    def both(self):
        """The content of both, when it is of one moment: the core's own work goes on meanwhile."""
        provider, here, base = self.provider(), self.connect(), self.tenant.base_dn
        try:
            moment = read(provider, base, "contextCSN")
            if read(here, base, "contextCSN") != moment:
                return None
            contents = content(provider, base), content(here, base)
            newest = read(provider, base, "contextCSN"), read(here, base, "contextCSN")
            return contents if newest == (moment, moment) else None
        except (ldap.NO_SUCH_OBJECT, ldap.SERVER_DOWN):
            return None
        finally:
            here.unbind_s()

    def provider(self):
        """A connection to it: a bind is dear, the same one is good until the server ends."""
        if self.bound is None or self.bound[0] != self.tenant.sandbox.pid:
            self.bound = self.tenant.sandbox.pid, self.tenant.bind()
        return self.bound[1]

    def wait_equal(self, seconds=300):
        """Until it has caught up, and then is equal."""
        try:
            wanted, is_there = wait_until(self.both, seconds, "equality")
        except AssertionError:
            print(self.log()[-2000:])
            raise
        assert set(wanted) == set(is_there), (set(wanted) - set(is_there), set(is_there) - set(wanted))
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
