"""Filters of all sorts, and people of all sorts whom they find; the same for the same seed."""

import base64

from ldap.filter import escape_filter_chars

GIVEN = ("Ada", "Grace", "José", "Björn", "Zoë", "anna-lena", "O'Neil", "Łukasz", "Ken", "mary  ann",
         "Ștefan", "李", "A", "al", "Alan")
FAMILY = ("Lovelace", "Hopper", "Núñez", "van der Berg", "Smith, Jr", "Müller", "D'Arcy", "Knuth (emeritus)",
          "Example*", "back\\slash", "two  blanks", "ÉCOLE", "Liskov", "Xu")
TITLES = ("Engineer", "engineer", "ENGINEER  II", "Head of  Sales", "Manager", "Técnico")
PLACES = ("Berlin", "berlin", "New York", "São Paulo", "NEW  YORK", "Zürich")
WORDS = ("red", "Green  blue", "a", "ab", "abc", "x*y", "(brackets)", "naïve", "50%", "  edges  ")
UNKNOWN = ("nosuch", "x-odd", "9.9.9.9", "cn;x-odd")
CLASSES = ("top", "person", "organizationalPerson", "inetOrgPerson", "INETORGPERSON", "groupOfNames", "posixGroup",
           "posixAccount", "shadowAccount", "ldapPublicKey", "musterUser", "musterGroup", "organizationalUnit",
           "2.5.6.6", "1.3.6.1.1.1.2.2", "nosuch", "alias", "extensibleObject", "organization")

TEXTS = ("uid", "cn", "sn", "givenName", "displayName", "title", "employeeType", "departmentNumber", "l", "st",
         "street", "postalCode", "description", "ou", "o", "physicalDeliveryOfficeName", "employeeNumber",
         "preferredLanguage", "name", "2.5.4.3", "generationQualifier")
EXACTS = ("labeledURI", "homeDirectory", "loginShell", "memberUid")
IA5S = ("mail", "gecos", "rfc822Mailbox", "0.9.2342.19200300.100.1.3")
NUMBERS = ("uidNumber", "gidNumber", "shadowLastChange")
TIMES = ("createTimestamp", "modifyTimestamp")
NAMES = ("member", "memberOf", "manager", "entryDN")


class People:
    """Some people and groups of one tenant, as LDIF and as what to ask for."""

    def __init__(self, dice, base, people=60, groups=12):
        self.dice, self.base = dice, base
        self.people = [f"uid={self.uid(i)},ou=people,{base}" for i in range(people)]
        self.groups = [f"cn=group {i},ou=groups,{base}" for i in range(groups)]
        self.ldif = "".join([self.person(i) for i in range(people)] + [self.group(i) for i in range(groups)])

    @staticmethod
    def uid(number):
        return (f"user{number:02d}", f"User.{number:02d}", f"u{number}@home.test")[number % 3]

    def some(self, odds=2):
        return self.dice.randrange(odds) == 0

    def entry(self, dn, classes, values):
        lines = [f"dn: {dn}"] + [f"objectClass: {name}" for name in classes]
        for name, value in values:
            lines.append(f"{name}:: {base64.b64encode(value.encode()).decode()}")
        return "\n".join(lines) + "\n\n"

    def person(self, number):
        dice, uid = self.dice, self.uid(number)
        given, family = dice.choice(GIVEN), dice.choice(FAMILY)
        values = [("uid", uid), ("cn", f"{given} {family}"), ("sn", family), ("givenName", given)]
        values += [("mail", f"{mail}{number}@Acme.test") for mail in dice.sample(("a", "B.c", "d-e"), dice.randrange(3))]
        classes = ["inetOrgPerson"]
        for name, choice in (("title", TITLES), ("l", PLACES), ("employeeType", TITLES), ("departmentNumber", PLACES),
                             ("displayName", GIVEN), ("street", WORDS[1:4]), ("postalCode", ("8001", "80 01", "SW1A 1AA")),
                             ("telephoneNumber", ("+1 555 0100", "+1-555-0101", "+41 44 111 22 33", "555")),
                             ("labeledURI", ("http://A.test/x", "http://a.test/x home  page")),
                             ("physicalDeliveryOfficeName", PLACES), ("preferredLanguage", ("de", "en-GB", "DE")),
                             ("postalAddress", ("1 Main St$Berlin", "1 main st $ Berlin$DE", "Box\\24 7$Rome")),
                             ("employeeNumber", (str(number), f"0{number}", f"E-{number}"))):
            if self.some():
                values.append((name, dice.choice(choice)))
        values += [("description", word) for word in dice.sample(WORDS, dice.randrange(3))]
        if number and self.some(3):
            values.append(("manager", self.people[dice.randrange(number)]))
        if self.some():
            classes += ["posixAccount", "shadowAccount"]
            values += [("uidNumber", str(1000 + number)), ("gidNumber", str(dice.choice((100, 2000)))),
                       ("homeDirectory", f"/home/{dice.choice(('A', 'a'))}{number}")]
        return self.entry(self.people[number], classes, values)

    def group(self, number):
        dice, classes = self.dice, ["groupOfNames"]
        values = [("cn", f"group {number}")]
        if self.some():
            classes.append("posixGroup")
            values.append(("gidNumber", str(3000 + number)))
        if self.some():
            values.append(("description", dice.choice(WORDS)))
        values += [("member", dn) for dn in dice.sample(self.people, dice.randrange(20))]
        values += [("member", dn) for dn in dice.sample(self.groups[:number], min(number, dice.randrange(3)))]
        return self.entry(self.groups[number], classes, values)


class Generator:
    """Draws filters; `entries` is what there is to be found: name in lower case -> values."""

    def __init__(self, dice, entries, dns):
        self.dice, self.dns = dice, dns
        self.values = {}
        for entry in entries:
            for name, values in entry.items():
                self.values.setdefault(name.lower(), []).extend(values)

    def roll(self, odds):
        return self.dice.randrange(odds) == 0

    def value(self, name):
        """Mostly one that somebody has."""
        known = self.values.get({"2.5.4.3": "cn", "name": "sn", "rfc822mailbox": "mail",
                                 "0.9.2342.19200300.100.1.3": "mail"}.get(name.lower(), name.lower()))
        if known and not self.roll(6):
            return self.dice.choice(known).decode("utf-8", "replace")
        return self.dice.choice(WORDS + GIVEN + FAMILY)

    def disguise(self, text):
        """Blanks and case that matter to few rules."""
        pick = self.dice.randrange(8)
        return (text, text, text.upper(), text.lower(), text.replace(" ", "   "), f"  {text} ", text + " ",
                text.swapcase())[pick]

    def spelling(self, name):
        return self.dice.choice((name, name, name.lower(), name.upper()))

    def pieces(self, text):
        """A substring assertion that holds for the text, mostly."""
        cuts = sorted(self.dice.randrange(len(text) + 1) for _ in range(self.dice.randrange(1, 5)))
        parts = [text[a:b] for a, b in zip([0] + cuts, cuts + [len(text)])]
        dropped = [part if self.roll(2) else "" for part in parts]
        middle = [part for part in dropped[1:-1] if part]
        if not (dropped[0] or dropped[-1] or middle):
            middle = [text[:2]]
        escaped = [escape_filter_chars(self.disguise(part)) for part in [dropped[0], *middle, dropped[-1]]]
        return "*".join(escaped)

    def text(self):
        name = self.dice.choice(TEXTS + TEXTS + EXACTS + IA5S + ("telephoneNumber", "postalAddress"))
        value = self.value(name)
        if value and self.roll(3):
            return f"({self.spelling(name)}={self.pieces(value)})"
        op = self.dice.choice(("=",) * 12 + (">=", "<=", "~="))
        return f"({self.spelling(name)}{op}{escape_filter_chars(self.disguise(value))})"

    def number(self):
        name, op = self.dice.choice(NUMBERS), self.dice.choice(("=", "=", ">=", "<=", "~="))
        value = self.dice.choice((self.value(name), str(self.dice.randrange(900, 3100)), "-1", "007", "+5", "1 ", "", "-0",
                                  "99999999999999999999"))
        return f"({self.spelling(name)}{op}{escape_filter_chars(value)})"

    def time(self):
        name, op = self.dice.choice(TIMES), self.dice.choice(("=", ">=", "<="))
        value = self.dice.choice((self.value(name), self.value(name), "20010101000000Z", "209901010000Z", "2099010100+0100",
                                  "20010101000000.5Z", "yesterday", "20011301000000Z", "20010101000000"))
        return f"({name}{op}{escape_filter_chars(value)})"

    def identifier(self):
        name = self.dice.choice(("entryUUID", "entryUUID", "entryCSN"))
        op, value = self.dice.choice(("=", ">=", "<=")), self.value(name)
        return f"({name}{op}{escape_filter_chars(self.dice.choice((value, value, value.upper())))})"

    def dn(self):
        dn = self.dice.choice(self.dns)
        return self.dice.choice((dn, dn, dn.upper(), dn.replace(",", ", "), "uid=nobody," + dn, "no dn", dn[:-3]))

    def name(self):
        return f"({self.spelling(self.dice.choice(NAMES))}={escape_filter_chars(self.dn())})"

    def presence(self):
        name = self.dice.choice(TEXTS + EXACTS + IA5S + NUMBERS + TIMES + NAMES + UNKNOWN + (
            "objectClass", "telephoneNumber", "sshPublicKey", "entryUUID", "jpegPhoto", "structuralObjectClass",
            "hasSubordinates", "subschemaSubentry", "musterActive", "cn;lang-de", "roomNumber"))
        return f"({self.spelling(name)}=*)"

    def object_class(self):
        name = self.dice.choice(("objectClass", "objectclass", "2.5.4.0", "structuralObjectClass"))
        return f"({name}={self.dice.choice(CLASSES)})"

    def unknown(self):
        name = self.dice.choice(UNKNOWN)
        return self.dice.choice((f"({name}=x)", f"({name}=x*)", f"({name}>=x)", f"({name}:=x)", f"({name}:caseExactMatch:=x)"))

    def truth(self):
        name = self.dice.choice(("musterActive", "hasSubordinates"))
        return f"({name}={self.dice.choice(('TRUE', 'FALSE', 'TRUE', 'FALSE', 'yes', '1', ''))})"

    def extensible(self):
        pick = self.dice.randrange(8)
        if pick == 0:
            bits = self.dice.randrange(1, 2048)
            rule = self.dice.choice(("803", "804"))
            return f"({self.dice.choice(NUMBERS)}:1.2.840.113556.1.4.{rule}:={bits})"
        if pick == 1:
            rule = self.dice.choice(("integerMatch", "integerOrderingMatch", "2.5.13.14"))
            return f"({self.dice.choice(NUMBERS + ('cn',))}:{rule}:={self.dice.randrange(900, 2100)})"
        if pick == 2:
            name = self.dice.choice(("ou", "o", "uid", "cn", "dc"))
            value = self.dice.choice(("people", "groups", "ACME", "user00", "group 3", "nobody"))
            rule = self.dice.choice(("", ":caseExactMatch", ":2.5.13.2"))
            return f"({name}:dn{rule}:={value})"
        if pick == 3:
            rule = self.dice.choice(("caseExactMatch", "caseIgnoreMatch", "caseExactIA5Match", "2.5.13.5"))
            return f"(:{rule}:={escape_filter_chars(self.value(self.dice.choice(TEXTS + IA5S)))})"
        if pick == 4:
            return f"({self.dice.choice(NAMES)}:distinguishedNameMatch:={escape_filter_chars(self.dn())})"
        if pick == 5:
            return f"(objectClass:objectIdentifierMatch:={self.dice.choice(CLASSES)})"
        name = self.dice.choice(TEXTS + EXACTS + IA5S)
        value = escape_filter_chars(self.disguise(self.value(name)))
        if pick == 6:
            return f"({name}:={value})"
        rule = self.dice.choice(("caseExactMatch", "caseIgnoreMatch", "caseIgnoreIA5Match"))
        return f"({name}:{rule}:={value})"

    def leaf(self):
        kinds = (self.text, self.text, self.text, self.text, self.number, self.time, self.identifier, self.name,
                 self.name, self.presence, self.presence, self.object_class, self.object_class, self.unknown, self.truth,
                 self.extensible, self.extensible)
        return self.dice.choice(kinds)()

    def filter(self, depth=3):
        pick = self.dice.randrange(10)
        if depth == 0 or pick < 4:
            return self.leaf()
        if pick < 6:
            return f"(!{self.filter(depth - 1)})"
        parts = "".join(self.filter(depth - 1) for _ in range(self.dice.randrange(4)))
        return f"({'&' if pick < 8 else '|'}{parts})"
