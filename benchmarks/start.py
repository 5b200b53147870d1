"""How long and how much memory the application takes to import, against flask_sqlalchemy alone.

Run: .venv/bin/python -m benchmarks.start
"""

import os
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
RUNS = 9
PROBE = """
import resource, time
begin = time.perf_counter()
import {module}
print(time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def measure(module: str) -> tuple[float, float]:
    """Seconds and MiB of one fresh process that imports `module`."""
    environment = {
        "PATH": os.environ["PATH"], "TRENDDOJO_ENV": "development", "SECRET_KEY": "s" * 40,
        "DATABASE_URL": "sqlite:////dev/null",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", PROBE.format(module=module)],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    seconds, memory = done.stdout.split()
    return float(seconds), float(memory)


def main() -> None:
    """Interleave the two, so that both see the same machine, and print medians and their ratios."""
    rows: dict[str, list[tuple[float, float]]] = {"flask_sqlalchemy": [], "app": []}
    for module in rows:
        measure(module)
    for _ in range(RUNS):
        for module, found in rows.items():
            found.append(measure(module))
    medians = {
        module: [statistics.median(column) for column in zip(*found, strict=True)] for module, found in rows.items()
    }
    print(f"{'import':20}{'seconds':>10}{'MiB':>8}")
    for module, (seconds, memory) in medians.items():
        print(f"{module:20}{seconds:10.3f}{memory:8.1f}")
    ratios = [ours / base for ours, base in zip(medians["app"], medians["flask_sqlalchemy"], strict=True)]
    print(f"{'ratio':20}{ratios[0]:10.2f}{ratios[1]:8.2f}   (at most 1.50 each)")


if __name__ == "__main__":
    main()
