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
{statement}
print(time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


CASES = {
    "flask_sqlalchemy": "import flask_sqlalchemy",
    "app": "import app",
    "app, ready to serve": "import app; app.app.furnish()",
}


def measure(statement: str) -> tuple[float, float]:
    """Seconds and MiB of one fresh process that runs `statement`."""
    environment = {
        "PATH": os.environ["PATH"], "TRENDDOJO_ENV": "development", "SECRET_KEY": "s" * 40,
        "DATABASE_URL": "sqlite:////dev/null",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", PROBE.format(statement=statement)],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    seconds, memory = done.stdout.split()
    return float(seconds), float(memory)


def main() -> None:
    """Interleave the cases, so that all see the same machine, and print medians and their ratios."""
    rows: dict[str, list[tuple[float, float]]] = {name: [] for name in CASES}
    for statement in CASES.values():
        measure(statement)
    for _ in range(RUNS):
        for name, statement in CASES.items():
            rows[name].append(measure(statement))
    medians = {name: [statistics.median(column) for column in zip(*found, strict=True)] for name, found in rows.items()}
    base = medians["flask_sqlalchemy"]
    print(f"{'import':22}{'seconds':>9}{'MiB':>8}{'ratios':>16}")
    for name, (seconds, memory) in medians.items():
        print(f"{name:22}{seconds:9.3f}{memory:8.1f}{seconds / base[0]:10.2f}{memory / base[1]:6.2f}")
    print("app: at most 1.50 each")


if __name__ == "__main__":
    main()
