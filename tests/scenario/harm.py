"""A directory server with moods, and what is left of those that speak to it."""

import json
import os
from pathlib import Path

from evil import Evil, ber


class Moody(Evil):
    """Serves `people` by number, with attributes of theirs, and falls silent where it is told to.

    mute holds words: bind, sync (the refresh), half (in the middle of it), plain (other searches).
    What was asked is in `asked`.
    """

    def __init__(self, crowd=50, **more):
        self.people = {number: {} for number in range(crowd)}
        self.mute, self.asked = set(), []
        super().__init__(self._reply, **more)

    def _hear(self, client, parts):
        if parts[1][0] == 0x60:
            self.asked.append("bind")
            if "bind" in self.mute:
                return
        super()._hear(client, parts)

    def _reply(self, search):
        kind = "sync" if ber.SYNC in search.controls else "plain"
        self.asked.append(kind)
        if kind in self.mute:
            return
        named = sorted(self.people.items())
        if kind == "plain":
            for number, attributes in named:
                if search.asks_for(number):
                    search.person(number, **attributes)
            search.done()
            return
        if "half" in self.mute:
            named = named[:len(named) // 2]
        for number, attributes in named:
            search.person(number, 1, **attributes)
        if "half" not in self.mute:
            search.refreshed()

    def names(self):
        return {f"person{number}" for number in self.people}


def children(pid):
    """Processes of the daemon that live, by number."""
    found = []
    for entry in os.listdir("/proc"):
        try:
            stat = Path("/proc", entry, "stat").read_text(encoding="ascii", errors="replace")
        except OSError:
            continue
        state, parent = stat.rpartition(")")[2].split()[:2]
        if int(parent) == pid and state != "Z":
            found.append(int(entry))
    return found


def run_files(box):
    """Runs that are not over, by what they left in the folder of the data."""
    return sorted(path.name for path in (box.folder / "data").glob("sync-*"))


def active_people(tenant):
    """Names of those who may sign in, page by page."""
    scim, users = tenant.scim(), []
    while True:
        page = scim.get(f"/Users?count=1000&startIndex={len(users) + 1}"
                        "&attributes=userName,active").body
        users += page.get("Resources", [])
        if len(users) >= page["totalResults"]:
            break
    scim.close()
    return {user["userName"] for user in users if user["active"]} - {"admin"}


def export(box, tenant, folder):
    """All that there is of a tenant, a line each, the first without its time."""
    path = Path(folder, f"export-{tenant}")
    path.unlink(missing_ok=True)
    box.muster("tenant", "export", tenant, path)
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    del rows[0]["time"]
    return rows
