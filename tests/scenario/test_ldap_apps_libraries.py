"""The libraries that applications are made with: each program of tests/ldap/apps says in TAP what
it tried, and each of its lines is a test here."""

import re
import shutil
import sys

import pytest

from apps import need
from muster import TOP, run

PROGRAMS = TOP / "tests/ldap/apps"
LIBRARIES = {  # a program, its interpreter, and a command that fails where the library is missing
    "Directory.java": (["java", "-XX:TieredStopAtLevel=1", "-Xshare:auto"], ["java", "--version"]),
    "directory.rb": (["ruby"], ["ruby", "-e", "require 'net/ldap'"]),
    "directory.pl": (["perl"], ["perl", "-MNet::LDAP", "-e", "1"]),
    "directory.php": (["php"], ["php", "-r", "exit(function_exists('ldap_connect') ? 0 : 1);"]),
    "directory.py": ([sys.executable], [sys.executable, "-c", "import ldap3"]),
}
SAYS = re.compile(r"""say(?:_whether)?\(?\s*(["'])([a-z].*?)\1""")
ROWS = re.compile(r'^    "([^"]+)":', re.M)


def attempts(name):
    """What a program says that it tries, from its text."""
    text = (PROGRAMS / name).read_text(encoding="utf-8")
    found = ROWS.findall(text) if name.endswith(".py") else [row[1] for row in SAYS.findall(text)]
    assert len(found) > 5, name
    return found


def results(output):
    """The lines of TAP by what they speak of: None, or why not."""
    lines = re.findall(r"^(not )?ok - ([^#\n]*?)(?: # (.*))?$", output, re.M)
    return {what: (why or "no") if bad else None for bad, what, why in lines}


@pytest.fixture(scope="module")
def library(door):
    """library(program): its results, run once."""
    seen = {}

    def ask(name):
        if name not in seen:
            interpreter, probe = LIBRARIES[name]
            need(interpreter[0])
            if door.run(*probe).returncode != 0:
                pytest.skip(f"{' '.join(probe)} fails: the library is not installed")
            done = door.run(*interpreter, PROGRAMS / name, door.uri, door.ca,
                            *["starttls"] * door.start_tls)
            seen[name] = results(done.stdout), done.stdout + done.stderr
        return seen[name]
    return ask


@pytest.mark.parametrize("name, what", [(name, what) for name in LIBRARIES
                                        for what in attempts(name)])
def test_library(library, name, what):
    found, output = library(name)
    assert what in found, output
    assert found[what] is None, found[what]


@pytest.fixture(scope="session")
def node_modules(tmp_path_factory):
    """A folder with the libraries of package-lock.json."""
    need("node", "npm")
    folder = tmp_path_factory.mktemp("node")
    for name in ("package.json", "package-lock.json"):
        shutil.copy(PROGRAMS / "node" / name, folder)
    done = run("npm", "ci", "--prefix", folder, "--no-audit", "--no-fund", "--ignore-scripts",
               "--fetch-retries=1", "--fetch-timeout=30000", check=False)
    if done.returncode != 0:
        pytest.skip(f"npm does not install the libraries: {done.stderr.strip()[-200:]}")
    return folder


def test_libraries_of_node_sign_in_and_look_up(door, node_modules):
    done = door.run("node", PROGRAMS / "node/directory.cjs", door.uri, door.ca,
                    *["starttls"] * door.start_tls, cwd=node_modules)
    found = results(done.stdout)
    assert len(found) >= (10 if door.start_tls else 25), done.stdout + done.stderr
    assert {what: why for what, why in found.items() if why} == {}


def test_certificates_of_a_sandbox_are_for_everybody_and_its_keys_are_not(tree):
    modes = {path.suffix: path.stat().st_mode & 0o777 for path in (tree.folder / "tls").iterdir()}
    assert modes[".pem"] == 0o644 and modes[".key"] == 0o600
