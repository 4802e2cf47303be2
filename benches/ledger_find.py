#!/usr/bin/env python3
"""How long `ledger find` takes in a ledger of many lines, as a whole process.

    cargo build --release -p biaoshi-cli; cargo build --release -p biaoshi-benches --example ledger
    benches/ledger_find.py DIR [LINES] [DAYS]

DIR is made, filled and kept: about 7 GB for 10 million lines with its index.
"""

import json
import random
import statistics
import subprocess
import sys
import time
from pathlib import Path

TARGET = Path(__file__).resolve().parent.parent / "target/release"


def timed(*command: str) -> tuple[float, str]:
    started = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stderr
    return time.perf_counter() - started, done.stdout


def main() -> None:
    folder, lines, days = sys.argv[1], int((sys.argv + ["", "10000000"])[2] or 10**7), (sys.argv[3:] or ["180"])[0]
    program = str(TARGET / "biaoshi")
    if not Path(folder).exists():
        print(subprocess.run([TARGET / "examples/ledger", folder, str(lines), days], capture_output=True, text=True).stdout)
    took, said = timed(program, "ledger", "index", folder)
    size = sum(path.stat().st_size for path in Path(folder).glob("*.jsonl")) / 1e9
    index = (Path(folder) / "index.redb").stat().st_size / 1e9
    print(f"index: {took:.1f} s, {said.strip()}; lines {size:.2f} GB, index {index:.2f} GB")
    random.seed(1)
    for option in ("--produce-id", "--payload", "--content-tag", "--sha256"):
        times = []
        for _ in range(200):
            n = random.randrange(lines)
            id_ = f"018f3c5e-7a2b-7c4d-9e1f-{n:012x}"
            key = id_
            if option != "--produce-id":
                line = json.loads(timed(program, "ledger", "find", folder, "--produce-id", id_, "--json")[1].splitlines()[0])
                key = {"--payload": line["payload"], "--content-tag": line["payload"][6:], "--sha256": line["sha256_after"]}[option]
            took, out = timed(program, "ledger", "find", folder, option, key, "--json")
            assert any(json.loads(found)["produce_id"] == id_ for found in out.splitlines()), (option, key, out)
            times.append(took * 1e3)
        times.sort()
        print(f"{option}: median {statistics.median(times):.2f} ms, 95 % {times[189]:.2f} ms, most {times[-1]:.2f} ms")
    absent = [timed(program, "ledger", "find", folder, "--produce-id", f"none-{n}")[0] * 1e3 for n in range(100)]
    print(f"absent: median {statistics.median(absent):.2f} ms")
    took, said = timed(program, "ledger", "verify", folder)
    print(f"verify: {took:.1f} s; {said.strip()}")


if __name__ == "__main__":
    main()
