"""A tenant's life: suspended with every door closed, resumed with nothing lost."""

from pathlib import Path

import ldap
import pytest

from conftest import short_folder
from corp import PASSWORD, Corp, Directory
from muster import Sandbox, wait_until
from receiver import Receiver
from test_webhook import hook, muster


@pytest.fixture(scope="module")
def world():
    """acme follows a company of 30 and tells a receiver; globex only tells it."""
    with short_folder() as folder, Corp(folder + "/corp", people=30) as corp, \
            Sandbox(folder + "/box") as box:
        directory = Directory(box).create(corp)
        directory.wait_state("following")
        receiver = Receiver()
        hook(box, "acme", "told", receiver, "user.created")
        hook(box, "globex", "told", receiver, "user.created")
        yield corp, box, directory, receiver
        receiver.close()


def names_told(receiver):
    return [message["data"]["userName"] for message in receiver.accepted()]


def sync_processes(box):
    """The daemon's children that have not ended: they talk to directories."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = stat.read_text(errors="replace").rpartition(")")[2].split()[:2]
        except OSError:
            continue  # it ended meanwhile
        if int(parent) == box.pid and state != "Z":
            found.append(stat.parent.name)
    return found


def search(connection, tenant):
    return connection.search_s(f"ou=people,{tenant.base_dn}", ldap.SCOPE_ONELEVEL, "(uid=*)",
                               ["uid"])


def may_bind(tenant, name):
    try:
        tenant.bind(tenant.user_dn(name), PASSWORD).unbind_s()
        return True
    except ldap.INVALID_CREDENTIALS:
        return False


def test_a_suspension_closes_every_door_and_a_resumption_opens_them(world):
    corp, box, directory, receiver = world
    dn, person = next((p["dn"], p["uid"]) for p in corp.truth()["people"]
                      if not p["disabled"] and p["dn"].isascii())
    service, own = box.acme.bind(), box.acme.bind(box.acme.user_dn(person), PASSWORD)
    before = len(search(service, box.acme))
    scim, other = box.acme.scim(), box.globex.scim()
    assert scim.get("/Users?count=1").status == 200
    assert may_bind(box.acme, person)  # and from now on without hashing
    assert sync_processes(box)
    scim.create_user("early")
    wait_until(lambda: "early" in names_told(receiver), what="the first message")

    muster(box, "tenant", "suspend", "acme")
    assert not muster(box, "tenant", "show", "acme")["active"]
    for connection in (service, own):
        with pytest.raises(ldap.INSUFFICIENT_ACCESS):
            search(connection, box.acme)
    with pytest.raises(ldap.INVALID_CREDENTIALS):
        box.acme.bind()
    assert not may_bind(box.acme, person)
    refused = scim.get("/Users?count=1")
    assert refused.status == 401
    assert scim.create_user("refused").status == 401
    wait_until(lambda: not sync_processes(box), what="the end of the sync process")
    corp.modify(f"dn: {dn}\nchangetype: modify\nreplace: title\ntitle: Suspended\n")
    # The operator still works in it; its receiver is not told, while another's is.
    muster(box, "user", "create", "acme", "meanwhile")
    assert other.create_user("neighbour").status == 201
    wait_until(lambda: "neighbour" in names_told(receiver), what="the neighbour's message")
    assert "meanwhile" not in names_told(receiver)
    assert not sync_processes(box)

    muster(box, "tenant", "resume", "acme")
    assert len(search(box.acme.bind(), box.acme)) == before + 2
    assert may_bind(box.acme, person)
    assert scim.get("/Users?count=1").status == 200
    wait_until(lambda: "meanwhile" in names_told(receiver), what="the message that waited")
    assert names_told(receiver).count("meanwhile") == 1
    directory.wait_state("following")

    def has_followed():
        found = scim.find("Users", f'userName eq "{person}"').body["Resources"][0]
        return found.get("title") == "Suspended"
    wait_until(has_followed, 120, "what changed upstream meanwhile")
    box.verify()
