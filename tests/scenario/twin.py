"""A stock slapd that holds what a tenant shows, to the last value: what both are asked has one answer."""

import io
import subprocess

import ldap
import ldif

from muster import BUILD, run
from replica import SCHEMAS, Replica

# slapd makes these for itself.
MADE = {"subschemasubentry", "entrydn", "hassubordinates"}


class Twin(Replica):
    """Filled by slapadd with all attributes of all entries, the operational ones too."""

    def write(self):
        base = self.tenant.base_dn
        with open(self.folder + "/muster.schema", "w", encoding="utf-8") as f:
            f.write(run(BUILD / "muster", "schema", "openldap").stdout)
        lines = [f"include {path}" for path in (*SCHEMAS, self.folder + "/muster.schema")] + [
            "modulepath /usr/lib/ldap", "moduleload back_mdb", "moduleload ppolicy",
            f"pidfile {self.folder}/pid", "sizelimit unlimited", "database mdb", f'suffix "{base}"',
            f"rootdn cn=root,{base}", "rootpw root", f"directory {self.folder}/db",
            "maxsize 67108864"]
        with open(self.folder + "/slapd.conf", "w", encoding="utf-8") as f:
            f.write("\n".join(lines) + "\n")
        with open(self.folder + "/tree.ldif", "w", encoding="utf-8") as f:
            f.write(self.tree())
        # Entries have what their classes do not allow: Active Directory's names, for one.
        done = subprocess.run(["/usr/sbin/slapadd", "-q", "-s", "-f", self.folder + "/slapd.conf",
                               "-l", self.folder + "/tree.ldif"], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr[-3000:]

    def tree(self):
        connection = self.tenant.bind()
        found = connection.search_s(self.tenant.base_dn, ldap.SCOPE_SUBTREE, "(objectClass=*)", ("*", "+"))
        connection.unbind_s()
        out = io.StringIO()
        writer = ldif.LDIFWriter(out)
        for dn, entry in sorted(found, key=lambda one: len(ldap.dn.str2dn(one[0]))):
            writer.unparse(dn, {name: values for name, values in entry.items()
                                if name.lower() not in MADE})
        return out.getvalue()
