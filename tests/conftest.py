"""What tests of different folders share."""

import pytest


@pytest.fixture(scope="session")
def binder(tmp_path_factory):
    """What Binder would make of the last commit: its folder and its environment."""
    from .binder import binder_environment

    return binder_environment(tmp_path_factory.mktemp("binder"))
