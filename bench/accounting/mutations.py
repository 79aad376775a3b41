"""Breaks the service in the three ways that matter, to see that the accounting notices.

python -m bench.accounting.mutations [--kills 6] [--seed N]
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench.accounting.pipe import ROOT, StuckError
from bench.accounting.soak import run

PACKAGES = ("probes", "incidents", "notify", "statuspage", "desk", "vahta")


@dataclass(frozen=True, slots=True)
class Mutation:
    """``old`` becomes ``new`` in ``file``; who dies at ``point`` then loses something, or says
    it twice without having written down that it might."""

    name: str
    file: str
    old: str
    new: str
    point: str


class AnchorError(Exception):
    """The code has changed, so the mutation must be written anew."""


MUTATIONS = (
    Mutation(
        "the cursor moves in a transaction of its own",
        "notify/planning/planner.py",
        "            drafts = [await self._draft(entry) for entry in entries]\n",
        "            drafts = [await self._draft(entry) for entry in entries]\n"
        "            await self.store.write(partial(plans.move_cursor, seq=entries[-1].seq))\n",
        "before_commit",
    ),
    Mutation(
        "the receipt is written before the message is sent",
        "notify/courier.py",
        "        receipt = await self._attempt(one)\n"
        '        self.hooks.checkpoint("after_send_before_record")\n'
        "        outcomes = await self._record(one, receipt)\n"
        '        self.hooks.checkpoint("after_record")\n',
        "        outcomes = await self._record(one, Sent())\n"
        '        self.hooks.checkpoint("after_record")\n'
        "        receipt = await self._attempt(one)\n"
        '        self.hooks.checkpoint("after_send_before_record")\n',
        "after_record",
    ),
    Mutation(
        "the claim is committed together with the receipt, after sending",
        "notify/courier.py",
        "            claim = await self.store.write(self._claim(slots))\n",
        "            loop = asyncio.get_running_loop()\n"
        "            def at_once(db: Database) -> Claim:\n"
        "                claim = self._claim(slots)(db)\n"
        "                for one in claim.deliveries:\n"
        "                    sending = asyncio.run_coroutine_threadsafe(self._attempt(one), loop)\n"
        "                    receipt = sending.result()\n"
        '                    self.hooks.checkpoint("after_send_before_record")\n'
        "                    self._settle(one, receipt, timedelta(seconds=5))(db)\n"
        "                claim.deliveries.clear()\n"
        "                return claim\n"
        "            claim = await self.store.write(at_once)\n",
        "after_send_before_record",
    ),
)


def mutated(mutation: Mutation, folder: Path) -> Path:
    """A copy of the packages with the mutation in it. Raises AnchorError."""
    for package in PACKAGES:
        shutil.copytree(
            ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    shutil.copy(ROOT / "config.toml", folder)
    file = folder / mutation.file
    code = file.read_text()
    if code.count(mutation.old) != 1:
        raise AnchorError(f"{mutation.file}: where {mutation.name!r} goes is there no more")
    file.write_text(code.replace(mutation.old, mutation.new))
    return folder


async def noticed(mutation: Mutation | None, folder: Path, *, kills: int, seed: int) -> list[str]:
    """What the accounting says of a service with the mutation, or of one without any."""
    tree, room = folder / "tree", folder / "room"
    room.mkdir(parents=True)
    root = mutated(mutation, tree) if mutation else ROOT
    points = [mutation.point] if mutation else ["before_commit", "after_send_before_record"]
    try:
        it, found = await run(room, kills=kills, seed=seed, tree=root, points=points, is_well=True)
    except StuckError as error:
        return [f"stuck: {error}"]
    return [*it.wrong, *found.lost, *found.orphans, *found.unexcused, *found.disorder]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=6)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    missed = 0
    for mutation in MUTATIONS:
        with tempfile.TemporaryDirectory(prefix="mutation-") as name:
            said = asyncio.run(noticed(mutation, Path(name), kills=args.kills, seed=args.seed))
        missed += not said
        print(f"{'noticed' if said else 'MISSED'}: {mutation.name}: {len(said)} complaints")
        print("\n".join(f"    {line}" for line in said[:3]))
    if missed:
        raise SystemExit(f"{missed} mutations were not noticed")


if __name__ == "__main__":
    main()
