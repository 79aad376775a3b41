"""Kills a real service again and again, then says whether anybody was left untold.

python -m bench.accounting --kills 200 [--seed N] [--keep DIR]
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from pathlib import Path

from bench.accounting import books
from bench.accounting.pipe import ROOT, StuckError
from bench.accounting.soak import Soak, run


def table(it: Soak, found: books.Balance) -> str:
    deaths = ", ".join(f"{point} {number}" for point, number in it.deaths.most_common())
    faults = ", ".join(f"{name} {number}" for name, number in found.met.most_common())
    return "\n".join(
        [
            f"deaths      {sum(it.deaths.values())}: {deaths}",
            f"attempts    {found.attempts}: {faults}",
            f"required    {found.required}",
            f"heard       {found.heard}",
            f"needless    {found.cancelled} (over before it left)",
            f"refused     {found.refused} (for good, by the provider)",
            f"in doubt    {found.doubtful} (heard although what came before may not have been)",
            f"lost        {len(found.lost)}",
            f"orphans     {len(found.orphans)}",
            f"repeated    {found.repeated} (excused: {found.excused}, without: {len(found.unexcused)})",
            f"disorder    {len(found.disorder)}",
            f"broken      {len(it.wrong)} (integrity, chain, register, outbox, after each death)",
        ]
    )


def complaints(it: Soak, found: books.Balance) -> list[str]:
    """Whatever is wrong, in words."""
    return [*it.wrong, *found.lost, *found.orphans, *found.unexcused, *found.disorder]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--tree", type=Path, default=ROOT)
    parser.add_argument("--keep", type=Path)
    args = parser.parse_args()
    folder = args.keep or Path(tempfile.mkdtemp(prefix="accounting-"))
    folder.mkdir(parents=True, exist_ok=True)
    print(f"seed {args.seed}, in {folder}", flush=True)
    began = time.monotonic()
    try:
        it, found = asyncio.run(run(folder, kills=args.kills, seed=args.seed, tree=args.tree))
    except StuckError as error:
        sys.exit(f"stuck: {error}")
    print(table(it, found))
    print(f"took        {time.monotonic() - began:.0f} s")
    if problems := complaints(it, found):
        sys.exit("\n".join(["THE BOOKS DO NOT BALANCE", *problems[:40]]))


if __name__ == "__main__":
    main()
