"""A site is swapped in whole, and nothing of anybody else's is touched."""

import os
import threading
from pathlib import Path

import pytest

from statuspage.release import PublishError, pinned, publish

FILES = {"index.html": b"one", "en/index.html": b"one", "api/v2/summary.json": b"{}"}


class CrashError(Exception):
    """Stands for the process's end."""


def crash(_name: str) -> None:
    raise CrashError


def tree(folder: Path) -> dict[str, bytes]:
    root = folder.resolve()
    files = (path for path in root.rglob("*") if path.is_file())
    return {str(path.relative_to(root)): path.read_bytes() for path in files}


@pytest.fixture
def page(tmp_path):
    return tmp_path / "page"


def releases(page: Path) -> list[str]:
    return sorted(path.name for path in page.with_name("page.releases").iterdir())


def test_the_directory_shows_exactly_the_files(page):
    publish(FILES, page)
    assert tree(page) == FILES
    publish({"index.html": b"two"}, page)
    assert tree(page) == {"index.html": b"two"}


def test_missing_parents_are_made(tmp_path):
    publish(FILES, tmp_path / "a" / "b" / "page")
    assert tree(tmp_path / "a" / "b" / "page") == FILES


def test_an_unchanged_file_is_the_same_file(page):
    publish(FILES, page)
    before = {name: (page / name).stat().st_ino for name in FILES}
    publish({**FILES, "index.html": b"new"}, page)
    after = {name: (page / name).stat().st_ino for name in FILES}
    assert before["en/index.html"] == after["en/index.html"]
    assert before["index.html"] != after["index.html"]


def test_it_says_how_many_files_were_written(page):
    assert publish(FILES, page) == len(FILES)
    assert publish(FILES, page) == 0
    assert publish({**FILES, "index.html": b"new", "more.html": b""}, page) == 2


def test_every_version_of_a_file_is_of_another_second(page):
    seconds = []
    for number in range(4):
        publish({"index.html": b"%d" % number}, page)
        seconds.append((page / "index.html").stat().st_mtime_ns)
    assert sorted(set(seconds)) == seconds
    assert all(at % 10**9 == 0 for at in seconds)


def test_a_release_stays_whole_while_somebody_has_it_pinned(page):
    publish({"index.html": b"old"}, page)
    with pinned(page) as release:
        for number in range(4):
            publish({"index.html": b"%d" % number}, page)
        assert tree(release) == {"index.html": b"old"}
        assert releases(page) == ["1", "4", "5"]
    publish({"index.html": b"new"}, page)
    assert releases(page) == ["5", "6"]


def test_nothing_can_be_pinned_where_nothing_is_published(page):
    with pytest.raises(FileNotFoundError), pinned(page):
        pass


def test_only_the_last_two_releases_are_kept(page):
    for number in range(5):
        publish({"index.html": b"%d" % number}, page)
    assert releases(page) == ["4", "5"]


def test_everybody_may_read_it_whatever_the_umask(page):
    before = os.umask(0o077)
    try:
        publish(FILES, page)
    finally:
        os.umask(before)
    assert (page / "en/index.html").stat().st_mode & 0o777 == 0o644
    assert (page / "en").stat().st_mode & 0o777 == 0o755
    assert page.stat().st_mode & 0o777 == 0o755


def test_a_crash_before_the_rename_leaves_the_old_site(page):
    publish(FILES, page)
    with pytest.raises(CrashError):
        publish({"index.html": b"new"}, page, checkpoint=crash)
    assert tree(page) == FILES


def test_what_a_crash_left_is_cleaned_up(page):
    publish(FILES, page)
    for _ in range(3):
        with pytest.raises(CrashError):
            publish({"index.html": b"lost"}, page, checkpoint=crash)
    publish({"index.html": b"new"}, page)
    assert tree(page) == {"index.html": b"new"}
    assert releases(page) == ["1", "2"]
    assert sorted(path.name for path in page.parent.iterdir()) == ["page", "page.releases"]


def test_a_crash_of_the_first_publication_leaves_nothing_half_done(page):
    with pytest.raises(CrashError):
        publish(FILES, page, checkpoint=crash)
    assert not page.exists()
    publish(FILES, page)
    assert tree(page) == FILES


def test_the_checkpoint_is_reached_with_everything_written(page):
    seen = []
    publish(FILES, page, checkpoint=lambda name: seen.append((name, page.exists())))
    assert seen == [("mid_publish_rename", False)]


def test_an_empty_directory_is_taken_over(page):
    page.mkdir()
    publish(FILES, page)
    assert tree(page) == FILES


def test_a_directory_of_somebody_else_is_refused(page):
    page.mkdir()
    (page / "precious.txt").write_text("mine")
    with pytest.raises(PublishError, match="files that Vahta has not put there"):
        publish(FILES, page)
    assert tree(page) == {"precious.txt": b"mine"}
    assert not page.with_name("page.releases").exists()


def test_a_file_in_the_way_is_refused(page):
    page.write_text("mine")
    with pytest.raises(PublishError, match="is a file"):
        publish(FILES, page)
    assert page.read_text() == "mine"


def test_a_link_of_somebody_else_is_refused(page, tmp_path):
    target = tmp_path / "elsewhere"
    target.mkdir()
    page.symlink_to(target)
    with pytest.raises(PublishError, match="a link that Vahta has not made"):
        publish(FILES, page)
    assert not list(target.iterdir())


def test_a_link_in_place_of_the_releases_is_refused(page, tmp_path):
    target = tmp_path / "elsewhere"
    target.mkdir()
    page.with_name("page.releases").symlink_to(target)
    with pytest.raises(PublishError, match="must be a folder of its own"):
        publish(FILES, page)
    assert not list(target.iterdir())


def test_a_link_planted_for_a_file_is_not_followed(page, tmp_path):
    secret = tmp_path / "secret"
    secret.write_bytes(b"one")
    publish(FILES, page)
    (page / "index.html").unlink()
    (page / "index.html").symlink_to(secret)
    publish(FILES, page)
    assert not (page / "index.html").is_symlink()
    assert (page / "index.html").stat().st_ino != secret.stat().st_ino
    assert secret.stat().st_nlink == 1


def test_a_link_planted_for_a_folder_is_not_followed(page, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "index.html").write_bytes(b"one")
    publish(FILES, page)
    (page / "en/index.html").unlink()
    (page / "en").rmdir()
    (page / "en").symlink_to(elsewhere)
    publish(FILES, page)
    assert not (page / "en").is_symlink()
    assert (elsewhere / "index.html").stat().st_nlink == 1


def test_a_link_planted_as_a_release_is_removed_and_its_target_kept(page, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "precious.txt").write_text("mine")
    publish(FILES, page)
    page.with_name("page.releases").joinpath("99").symlink_to(elsewhere)
    publish(FILES, page)
    assert releases(page) == ["1", "2"]
    assert (elsewhere / "precious.txt").read_text() == "mine"


@pytest.mark.parametrize("name", ["../x", "/etc/x", "a/../../x", "", "a/./x", "nul\0", "a//x"])
def test_a_name_that_leads_outside_is_refused(page, name):
    with pytest.raises(PublishError, match="no name for a file"):
        publish({name: b""}, page)
    assert not page.exists()


def test_a_reader_never_sees_a_mixed_release(page):
    names = [f"{n}.html" for n in range(20)]
    publish(dict.fromkeys(names, b"0"), page)
    done = threading.Event()
    mixed: list[set[bytes]] = []
    reads = 0

    def read() -> None:
        nonlocal reads
        while not done.is_set():
            folder = os.open(page, os.O_RDONLY | os.O_DIRECTORY)
            try:
                seen = {read_at(folder, name) for name in names}
            except FileNotFoundError:
                continue  # two publications went by meanwhile: the release is gone, not mixed
            finally:
                os.close(folder)
            reads += 1
            if len(seen) != 1:
                mixed.append(seen)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for number in range(1, 51):
            publish(dict.fromkeys(names, b"%d" % number), page)
    finally:
        done.set()
        reader.join()
    assert reads > 10
    assert not mixed


def read_at(folder: int, name: str) -> bytes:
    with os.fdopen(os.open(name, os.O_RDONLY, dir_fd=folder), "rb") as file:
        return file.read()


def test_there_is_always_a_page_while_it_is_republished(page):
    publish({"index.html": b"0"}, page)
    done = threading.Event()
    failures: list[OSError] = []

    def read() -> None:
        while not done.is_set():
            try:
                (page / "index.html").read_bytes()
            except OSError as error:
                failures.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for number in range(1, 51):
            publish({"index.html": b"%d" % number}, page)
    finally:
        done.set()
        reader.join()
    assert not failures
