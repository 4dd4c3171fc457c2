"""Lists the catalogue, or writes it out: ``python -m events.catalogue [FOLDER]``."""

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from events.catalogue import REFUSED, WARM_UPS, all_events

Pairs = Mapping[str, tuple[Any, Any]]
REFUSAL = {
    "errorType": "UnsupportedEventError",
    "errorMessage": "the event comes from no source that this function serves",
}


def named_pairs() -> Pairs:
    """Event and expected answer by name, of all there are."""
    pairs = {one.name: (one.event, one.answer) for one in all_events()}
    pairs |= {f"refused_{name}": (event, REFUSAL) for name, event in REFUSED.items()}
    return pairs | {name: (event, None) for name, event in WARM_UPS.items()}


def write(pairs: Pairs, folder: Path) -> None:
    """Write two files a case."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, (event, answer) in pairs.items():
        (folder / f"{name}.json").write_text(json.dumps(event, indent=2), encoding="utf-8")
        (folder / f"{name}.response.json").write_text(
            json.dumps(answer, indent=2), encoding="utf-8"
        )


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m events.catalogue", description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", help="where to write them")
    folder = parser.parse_args().folder
    if folder is None:
        print("\n".join(named_pairs()))
    else:
        write(named_pairs(), folder)
        print(f"Wrote {len(named_pairs())} cases to {folder}")


if __name__ == "__main__":
    main()
