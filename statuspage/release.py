"""Puts a whole site on disk at once: written aside, then swapped in by one rename.

``DIR`` becomes a symbolic link into ``DIR.releases/``, where each release is a numbered folder.
Whoever opens ``DIR`` gets one release, whole; after a crash at any point that is the old one or
the new one. The release before the current one is kept for readers that have it open.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_WRITE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_PUBLIC_FILE = 0o644
_PUBLIC_FOLDER = 0o755
_AT_ONCE = 8
_NO_LINK = {errno.EPERM, errno.EMLINK, errno.EXDEV, errno.EOPNOTSUPP, errno.ENOENT}

Checkpoint = Callable[[str], None]


class PublishError(Exception):
    """The site can't be put there; the message says why and what to do."""


def publish(
    files: Mapping[str, bytes], directory: Path, *, checkpoint: Checkpoint = lambda _: None
) -> int:
    """Make ``directory`` show exactly ``files`` (relative name to content).

    Answers how many files were written; the others are further names of what was there. Blocks
    while it writes and syncs; a second publisher of the same directory waits its turn.
    ``checkpoint("mid_publish_rename")`` is called just before the swap. Raises PublishError where
    ``directory`` is something of somebody else's, OSError where the disk fails; the site that was
    there stays in either case.
    """
    for name in files:
        _require_inside(name)
    directory = directory.absolute()
    releases = _releases(directory)
    _make_room(directory, releases)
    with _folder(releases) as root:
        fcntl.flock(root, fcntl.LOCK_EX)  # freed by closing, so by death too
        current = _current(directory, releases)
        _clean(root, keep=_newest_two(root, current))
        number = max([*_numbers(root), 0]) + 1
        written = _write(root, str(number), files, before=current)
        _swap(directory, f"{releases.name}/{number}", checkpoint)
        _clean(root, keep={number, current})
    return written


@contextmanager
def pinned(directory: Path) -> Iterator[Path]:
    """The folder of the release being shown, which stays whole for as long as the block lasts.

    For whoever reads all of it and may take long. Raises FileNotFoundError where nothing has been
    published, PublishError where ``directory`` is somebody else's.
    """
    release, folder = _pin(directory.absolute())
    try:
        yield release
    finally:
        os.close(folder)


def _pin(directory: Path) -> tuple[Path, int]:
    releases = _releases(directory)
    while True:
        current = _current(directory, releases)
        if current is None:
            raise FileNotFoundError(errno.ENOENT, "nothing is published", str(directory))
        release = releases / str(current)
        with suppress(FileNotFoundError):
            folder = os.open(release, _FOLDER)
            fcntl.flock(folder, fcntl.LOCK_SH)
            if release.is_dir():
                return release, folder
            os.close(folder)  # it was removed before the lock was there


def _releases(directory: Path) -> Path:
    return directory.with_name(directory.name + ".releases")


def _require_inside(name: str) -> None:
    if "\0" in name or {"", ".", ".."} & set(name.split("/")):
        raise PublishError(f"{name!r} is no name for a file of the page")


def _make_room(directory: Path, releases: Path) -> None:
    """Refuse what isn't ours before anything is written."""
    if releases.is_symlink() or (releases.exists() and not releases.is_dir()):
        raise PublishError(f"{releases} must be a folder of its own: remove what is there")
    if not directory.is_symlink():
        if directory.is_dir() and any(directory.iterdir()):
            raise PublishError(
                f"{directory} is a folder with files that Vahta has not put there:"
                " empty it or choose another [page] dir"
            )
        if directory.exists() and not directory.is_dir():
            raise PublishError(f"{directory} is a file: remove it or choose another [page] dir")
    releases.mkdir(mode=_PUBLIC_FOLDER, parents=True, exist_ok=True)


def _current(directory: Path, releases: Path) -> int | None:
    """The number of the release being shown, or None on the first time."""
    if not directory.is_symlink():
        return None
    target = directory.readlink()
    if str(target.parent) != releases.name or not target.name.isdecimal():
        raise PublishError(
            f"{directory} is a link that Vahta has not made: remove it or choose another [page] dir"
        )
    return int(target.name)


def _numbers(root: int) -> set[int]:
    return {int(name) for name in os.listdir(root) if name.isdecimal()}


def _newest_two(root: int, current: int | None) -> set[int | None]:
    """The release being shown and the one before it; a later one is what a crash left."""
    if current is None:
        return set()
    return {current, max((n for n in _numbers(root) if n < current), default=None)}


def _clean(root: int, *, keep: set[int | None]) -> None:
    for number in _numbers(root) - keep:
        name = str(number)
        if not stat.S_ISDIR(os.stat(name, dir_fd=root, follow_symlinks=False).st_mode):
            os.unlink(name, dir_fd=root)
            continue
        folder = os.open(name, _FOLDER, dir_fd=root)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(name, dir_fd=root)
        except BlockingIOError:
            continue  # somebody reads it still: it goes the next time
        finally:
            os.close(folder)


def _write(root: int, name: str, files: Mapping[str, bytes], *, before: int | None) -> int:
    """A new release folder, on the disk for good when this returns; how many files are new."""
    by_folder: dict[tuple[str, ...], list[str]] = {(): []}
    for path in sorted(files):
        *parents, file = path.split("/")
        by_folder.setdefault(tuple(parents), []).append(file)
    _make_folder(root, name)
    # A disk syncs many files at once in little more time than one, and meanwhile we link others.
    # The pool is left first: no folder is closed under a thread that still writes to it.
    with ExitStack() as opened, ThreadPoolExecutor(_AT_ONCE, "vahta-page") as pool:
        made, writing = [], []
        for folder, names in by_folder.items():
            new = opened.enter_context(_made(root, (name, *folder)))
            old = opened.enter_context(_found(root, (str(before), *folder)))
            made.append(new)
            for file in names:
                content = files["/".join((*folder, file))]
                if old is None or not _linked(old, new, file, content):
                    later_than = _second(old, file)
                    put = partial(_write_file, new, file, content, later_than=later_than)
                    writing.append(pool.submit(put))
        _all_done(writing)
        _all_done([pool.submit(os.fsync, folder) for folder in (*made, root)])
    return len(writing)


def _all_done(tasks: Sequence[Future[None]]) -> None:
    """Raises what the first of them that failed raised."""
    wait(tasks)
    for task in tasks:
        task.result()


def _linked(old: int, new: int, name: str, content: bytes) -> bool:
    """True when ``name`` was the same in the last release and is now a second name of it."""
    try:
        source = os.open(name, _READ, dir_fd=old)
    except OSError:
        return False
    try:
        seen = os.fstat(source)
        if not stat.S_ISREG(seen.st_mode) or seen.st_size != len(content):
            return False
        if os.read(source, len(content) + 1) != content:
            return False
        os.link(name, name, src_dir_fd=old, dst_dir_fd=new, follow_symlinks=False)
    except OSError as error:
        if error.errno in _NO_LINK:
            return False
        raise
    finally:
        os.close(source)
    if os.path.samestat(seen, os.stat(name, dir_fd=new, follow_symlinks=False)):
        return True
    os.unlink(name, dir_fd=new)  # somebody swapped the file while we looked at it
    return False


def _second(folder: int | None, name: str) -> int:
    """When a file was last changed, in seconds since 1970; 0 where there is none."""
    if folder is None:
        return 0
    try:
        return int(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mtime)
    except FileNotFoundError:
        return 0


def _write_file(folder: int, name: str, content: bytes, *, later_than: int) -> None:
    """Its time is a whole second and a later one than its last version's.

    Web servers tell versions apart by size and second: two of one second would be one to them.
    """
    with os.fdopen(os.open(name, _WRITE, _PUBLIC_FILE, dir_fd=folder), "wb") as file:
        file.write(content)
        file.flush()
        os.fchmod(file.fileno(), _PUBLIC_FILE)  # whatever the umask: it is a public page
        second = max(int(os.fstat(file.fileno()).st_mtime), later_than + 1)
        os.utime(file.fileno(), (second, second))
        os.fsync(file.fileno())


def _swap(directory: Path, target: str, checkpoint: Checkpoint) -> None:
    beside = directory.with_name(f".{directory.name}.next")
    with suppress(FileNotFoundError):
        beside.unlink()
    beside.symlink_to(target)
    checkpoint("mid_publish_rename")
    if directory.is_dir() and not directory.is_symlink():
        directory.rmdir()  # it was empty: nothing is lost between this and the next line
    beside.replace(directory)
    with _folder(directory.parent) as parent:
        os.fsync(parent)


def _make_folder(root: int, name: str) -> None:
    os.mkdir(name, _PUBLIC_FOLDER, dir_fd=root)
    os.chmod(name, _PUBLIC_FOLDER, dir_fd=root)


def _make_folder_if_missing(root: int, name: str) -> None:
    with suppress(FileExistsError):
        _make_folder(root, name)


@contextmanager
def _folder(path: Path) -> Iterator[int]:
    folder = os.open(path, _FOLDER)
    try:
        yield folder
    finally:
        os.close(folder)


@contextmanager
def _made(root: int, parts: tuple[str, ...]) -> Iterator[int]:
    """The folder ``parts`` below ``root``, made where it is missing."""
    with _descent(root, parts, before=_make_folder_if_missing) as folder:
        yield folder


@contextmanager
def _found(root: int, parts: tuple[str, ...]) -> Iterator[int | None]:
    """The folder ``parts`` below ``root``, or None where there is none to be trusted."""
    with ExitStack() as stack:
        try:
            folder = stack.enter_context(_descent(root, parts, before=lambda _at, _part: None))
        except OSError:
            folder = None
        yield folder


@contextmanager
def _descent(
    root: int, parts: tuple[str, ...], *, before: Callable[[int, str], None]
) -> Iterator[int]:
    """Down from ``root`` step by step, so that no link on the way is followed."""
    at = os.dup(root)
    try:
        for part in parts:
            before(at, part)
            below = os.open(part, _FOLDER, dir_fd=at)
            os.close(at)
            at = below
        yield at
    finally:
        os.close(at)
