"""SIGHUP and `muster reload`: certificates follow the files, a mistake changes nothing."""

import os
import signal
import socket
import ssl
import subprocess

from muster import BUILD, run, wait_until


def served_certificate(box):
    """What a new LDAPS connection is shown."""
    host, port = box.values["LDAPS_URI"].removeprefix("ldaps://").split(":")
    context = ssl.create_default_context(cafile=box.values["CA_FILE"])
    with socket.create_connection((host, int(port)), timeout=60) as plain:
        with context.wrap_socket(plain, server_hostname="localhost") as secure:
            return secure.getpeercert()["serialNumber"]


def new_certificate(box):
    tls = box.folder / "tls"
    run("openssl", "x509", "-req", "-in", tls / "server.csr", "-CA", tls / "ca.pem", "-CAkey",
        tls / "ca.key", "-CAcreateserial", "-days", "30", "-extfile", tls / "server.ext",
        "-out", tls / "server.pem")


def reload(box):
    return subprocess.run([str(BUILD / "muster"), "reload"], text=True, capture_output=True,
                          timeout=60, env={**os.environ,
                                           "MUSTER_SOCKET": box.values["MUSTER_SOCKET"]})


def test_a_new_certificate_is_served_and_old_connections_live_on(own_sandbox):
    old = served_certificate(own_sandbox)
    before = own_sandbox.acme.bind()
    new_certificate(own_sandbox)
    own_sandbox.signal(signal.SIGHUP)
    wait_until(lambda: served_certificate(own_sandbox) != old, what="the new certificate")
    assert before.whoami_s() == "dn:" + own_sandbox.acme.bind_dn
    assert own_sandbox.acme.bind().whoami_s()


def test_a_damaged_certificate_leaves_the_old_one(own_sandbox):
    old = served_certificate(own_sandbox)
    (own_sandbox.folder / "tls/server.pem").write_text("nonsense\n", encoding="ascii")
    done = reload(own_sandbox)
    assert done.returncode != 0 and done.stderr
    assert served_certificate(own_sandbox) == old


def test_a_mistake_in_the_file_is_told_and_changes_nothing(own_sandbox):
    path = own_sandbox.folder / "musterd.yaml"
    good = path.read_text(encoding="utf-8")
    path.write_text(good + "lisen: x\n", encoding="utf-8")
    done = reload(own_sandbox)
    line = good.count("\n") + 1
    assert done.returncode == 78 and f"musterd.yaml:{line}:1: unknown key" in done.stderr
    own_sandbox.signal(signal.SIGHUP)
    log = own_sandbox.folder / "log"
    wait_until(lambda: log.read_text(encoding="utf-8").count("reload_refused") == 2,
               what="the refusal in the log")
    assert own_sandbox.acme.scim().create_user("still").status == 201
    path.write_text(good, encoding="utf-8")
    assert reload(own_sandbox).returncode == 0
