"""Fixtures: a sandbox that a module shares, and one that a test may do with as it likes."""

import tempfile

import pytest

from apps import Door, start_tree
from muster import BUILD, Sandbox


def pytest_configure(config):
    if not (BUILD / "musterd").exists():
        raise pytest.UsageError(f"no musterd in {BUILD}: build it, or set MUSTER_BUILD")


def short_folder():
    """The control socket lies in it: a Unix socket's path is short."""
    return tempfile.TemporaryDirectory(prefix="muster-", ignore_cleanup_errors=True)


@pytest.fixture(scope="module")
def sandbox():
    with short_folder() as folder:
        box = Sandbox(folder + "/box").start()
        yield box
        box.stop()


@pytest.fixture
def own_sandbox():
    with short_folder() as folder:
        box = Sandbox(folder + "/box").start()
        yield box
        box.stop()


@pytest.fixture
def tenant(sandbox):
    return sandbox.new_tenant()


@pytest.fixture
def scim(tenant):
    client = tenant.scim()
    yield client
    client.close()


@pytest.fixture(scope="session")
def tree():
    with short_folder() as folder:
        box = start_tree(folder)
        yield box
        box.stop()


@pytest.fixture(scope="module", params=["ldaps", "starttls"])
def door(request, tree):
    with short_folder() as folder:
        yield Door(tree, request.param, folder)
