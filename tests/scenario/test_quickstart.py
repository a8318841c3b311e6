"""The first command that a newcomer tries goes through to its end."""

import os
import re
import shlex
import subprocess

import pytest

from conftest import short_folder
from muster import BUILD, TOP


@pytest.fixture
def quickstart():
    with short_folder() as folder:
        # No make of whoever runs the tests lends its job server.
        env = {name: value for name, value in os.environ.items() if "MAKE" not in name}
        env |= {"MUSTER_BUILD": str(BUILD), "MUSTER_DEMO": folder + "/demo", "PEOPLE": "60"}

        def run(*words):
            return subprocess.run([str(TOP / "contrib/quickstart"), *words], env=env, text=True,
                                  capture_output=True, timeout=600)
        yield run
        run("--stop")


def test_what_it_says_to_try_works(quickstart):
    done = quickstart()
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"Ready: the company \"acme\" has \d+ people, \d+ groups and \d+ roles",
                     done.stdout)
    steps = done.stdout.replace("\\\n", "")
    bind = next(line.strip() for line in steps.splitlines() if "ldapwhoami" in line)
    assert "dn:uid=" in subprocess.run(["bash", "-c", bind], text=True, capture_output=True,
                                       timeout=60, check=True).stdout
    ask = re.search(r"curl -s -H .*", steps)[0]
    person = re.search(r"A person to try: (\S+),", done.stdout)[1]
    assert person in subprocess.run(shlex.split(ask), text=True, capture_output=True, timeout=60,
                                    check=True).stdout
    assert quickstart("--stop").returncode == 0
