"""A wrong configuration is refused before anything is touched: file, line, column, what, exit 78."""

import os
import subprocess

import pytest

from muster import BUILD

GOOD = """data: {folder}/data
seal_key_file: {folder}/seal.key
ctl:
  socket: {folder}/ctl.sock
http:
  listen: 127.0.0.1:0
"""


def musterd(*arguments):
    return subprocess.run([str(BUILD / "musterd"), *map(str, arguments)], text=True, timeout=60,
                          stdin=subprocess.DEVNULL, capture_output=True)


def written(folder, text):
    path = folder / "musterd.yaml"
    path.write_text(text.format(folder=folder), encoding="utf-8")
    path.chmod(0o600)
    return path


def test_a_good_configuration_is_in_order_and_nothing_is_made(tmp_path):
    path = written(tmp_path, GOOD)
    done = musterd("--config", path, "--check-config")
    assert done.returncode == 0, done.stderr
    assert os.listdir(tmp_path) == ["musterd.yaml"]


@pytest.mark.parametrize("extra, line, column, what", [
    ("lisen: 127.0.0.1:389\n", 7, 1, "unknown key"),
    ("ldap:\n  listen: 127.0.0.1:0\n  lisen: x\n", 9, 3, "unknown key"),
    ("quota_mib: much\n", 7, 12, ""),
    ("log:\n  level: loud\n", 8, 10, ""),
    ("data: [a, b]\n", 7, 1, ""),
    ("ldap:\n  idle_second: 60\n", 8, 3, 'is it "idle_seconds"?'),
    ("ldap:\n  idle_seconds: -1\n", 8, 17, "expected a whole number"),
    ("login:\n  unthrottled: off\n", 8, 16, "expected true or false"),
    ("ldap: {listen: \"unclosed\n", 8, 1, "end of stream"),
])
def test_a_mistake_is_told_with_line_and_column(tmp_path, extra, line, column, what):
    path = written(tmp_path, GOOD + extra.replace("{", "{{"))
    for arguments in (("--check-config",), ()):
        done = musterd("--config", path, *arguments)
        assert done.returncode == 78, done.stderr
        assert f"{path}:{line}:{column}:" in done.stderr
        assert what in done.stderr
    assert os.listdir(tmp_path) == ["musterd.yaml"]


@pytest.mark.parametrize("extra, key", [
    ("ldap:\n  listen: nonsense\n", "ldap.listen"),
    ("status:\n  listen: 127.0.0.1:99999\n", "status.listen"),
    ("ldap:\n  listen: 0.0.0.0:389\n", "ldap.listen"),
    ("ldap:\n  idle_seconds: 2592001\n", "ldap.idle_seconds"),
    ("login:\n  failures: 1000001\n", "login.failures"),
    ("login:\n  longest_delay_seconds: 86401\n", "login.longest_delay_seconds"),
    ("webhook:\n  ca_file: /nowhere/ca.pem\n", "webhook.ca_file"),
    ("ldap:\n  client_ca_file: /nowhere/ca.pem\n", "ldap.client_ca_file"),
    ("tls:\n  certificate_file: /nowhere/c\n  key_file: /nowhere/k\n", "tls.certificate_file"),
])
def test_what_could_not_be_used_is_refused_before_the_start(tmp_path, extra, key):
    path = written(tmp_path, GOOD + extra)
    done = musterd("--config", path, "--check-config")
    assert done.returncode == 78
    assert f"{path}: {key}: " in done.stderr


def test_a_configuration_that_others_may_write_is_refused(tmp_path):
    path = written(tmp_path, GOOD)
    path.chmod(0o622)
    done = musterd("--config", path, "--check-config")
    assert done.returncode == 78
    assert str(path) in done.stderr


def test_a_missing_configuration_is_named(tmp_path):
    done = musterd("--config", tmp_path / "none.yaml")
    assert done.returncode == 78
    assert "none.yaml" in done.stderr


def test_the_seal_key_may_not_lie_beside_the_data(tmp_path):
    path = written(tmp_path, GOOD.replace("{folder}/seal.key", "{folder}/data/seal.key"))
    done = musterd("--config", path, "--check-config")
    assert done.returncode == 78
    assert "seal_key_file" in done.stderr


def test_an_unknown_option_is_a_usage_error():
    assert musterd("--no-such-thing").returncode == 64
