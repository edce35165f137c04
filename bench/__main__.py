"""`python3 run.py bench [names]`: the README's figures, one bench after the other.

A bench is a module of this folder with a `main()` that prints its own lines; what it compares, it measures
in the same run, side by side. Without names all of them run.
"""

from __future__ import annotations

import importlib
import platform
import sys
import time
from pathlib import Path
from types import ModuleType


def benches() -> dict[str, ModuleType]:
    """Every bench by its name, in the order of the alphabet."""
    names = sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py"))
    modules = {name: importlib.import_module(f"bench.{name}") for name in names}
    return {name: module for name, module in modules.items() if hasattr(module, "main")}


def run(wanted: list[str]) -> int:
    """Run the benches named, or all; 2 for a name there is none of."""
    known = benches()
    if unknown := [name for name in wanted if name not in known]:
        print(f"There is no bench {', '.join(unknown)}. There are: {', '.join(known)}.", file=sys.stderr)
        return 2
    print(f"Python {platform.python_version()} on {platform.system()} {platform.machine()}")
    for name in wanted or known:
        print(f"\n== {name}: {(known[name].__doc__ or '').strip().splitlines()[0]}", flush=True)
        began = time.monotonic()
        known[name].main()
        print(f"   ({time.monotonic() - began:.0f} s)", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
