"""A real local stack for tests, started once for those that ask for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from stack.local import Stack
from stack.options import StackOptions


@pytest.fixture(scope="package")
def running_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The whole stack on free ports, with the sample configuration and the DAGs of this repository."""
    with Stack(StackOptions(folder=tmp_path_factory.mktemp("stack"))) as stack:
        stack.wait_for_dag()
        yield stack
