"""Run by test_statuspage_crash: publishes in processes that die at one step after the other.

Each step is a call that opens, makes, links, renames or removes something. After each death the
page must be one whole version, and the next publication must leave nothing behind.
"""

from __future__ import annotations

import itertools
import os
import resource
import sys
from pathlib import Path

from statuspage.packing import Packer
from statuspage.release import publish

STEPS = (
    "open",
    "os.mkdir",
    "os.link",
    "os.rename",
    "os.symlink",
    "os.remove",
    "os.rmdir",
    "os.chmod",
)
OLD, NEW, LAST = (
    Packer().packed({
        "index.html": word * 400,
        "en/index.html": word * 400,
        "incidents/a.html": b"the same",
        f"incidents/{word.decode()}.html": word,
    })
    for word in (b"old", b"new", b"last")
)  # fmt: skip


def main(page: Path) -> None:
    for step in itertools.count(1):
        publish(OLD, page)
        if not (child := os.fork()):
            die_at(step)
            publish(NEW, page)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        assert shown(page) in (OLD, NEW), f"a mixed page after step {step}"
        publish(LAST, page)
        assert shown(page) == LAST
        assert {path.name for path in page.parent.iterdir()} == {page.name, f"{page.name}.releases"}
        if status == 0:
            sys.stdout.write(f"steps {step - 1}\n")
            break
    full_disk(page)


def full_disk(page: Path) -> None:
    """No file may become larger than it may be: as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    failed = ""
    try:
        publish(NEW, page)
    except OSError as error:
        failed = type(error).__name__
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert failed, "it was written though it could not be"
    assert shown(page) == LAST
    publish(NEW, page)
    assert shown(page) == NEW
    sys.stdout.write(f"full disk {failed}\n")


def die_at(step: int) -> None:
    steps = itertools.count(1)

    def hook(name: str, _: tuple[object, ...]) -> None:
        if name in STEPS and next(steps) == step:
            os._exit(137)

    sys.addaudithook(hook)


def shown(page: Path) -> dict[str, bytes]:
    root = page.resolve()
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
