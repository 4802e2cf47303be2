#!/usr/bin/env python3
"""Kills a run that writes a ledger, many times at random moments, and looks whether what it told of is recorded.

    benches/ledger_kills.py [KILLS] [PROGRAM]

Nothing that was told may be lost, and the chain must hold after every kill.
"""

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PRODUCER = "001191110000EXAMPLE03Q10000"


def main() -> None:
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    program = sys.argv[2] if len(sys.argv) > 2 else str(ROOT / "target/release/biaoshi")
    random.seed(1)
    folder = Path(tempfile.mkdtemp(prefix="biaoshi-kills-"))
    (folder / "in").mkdir()
    for n in range(150):
        (folder / f"in/{n:03}.txt").write_text(f"text {n}\n")
    for path in (ROOT / "fixtures/clean").iterdir():
        if path.stat().st_size < 10_000:
            shutil.copy(path, folder / "in")
    label = [program, "label", "in", "--out", "out", "--producer", PRODUCER, "--ledger", "ledger", "--json"]
    started = time.monotonic()
    subprocess.run(label, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    whole = time.monotonic() - started
    shutil.rmtree(folder / "ledger")
    told, torn, partial = set(), 0, 0
    for _ in range(kills):
        shutil.rmtree(folder / "out", ignore_errors=True)
        child = subprocess.Popen(label, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        killer = threading.Timer(random.uniform(0, whole), child.kill)
        killer.start()
        lines = child.stdout.read().decode(errors="replace").split("\n")
        child.wait()
        killer.cancel()
        partial += child.returncode < 0
        for line in lines[:-1]:
            report = json.loads(line)
            if report["action"] in ("labelled", "unchanged"):
                told.add(report["fields"]["ProduceID"])
        audit = subprocess.run([program, "ledger", "verify", "ledger", "--json"], cwd=folder, capture_output=True)
        if audit.returncode == 2:
            continue  # Killed before the first line.
        found = json.loads(audit.stdout)
        assert found["whole"], found
        torn += found["torn"] is not None
    export = subprocess.run([program, "ledger", "export", "ledger"], cwd=folder, capture_output=True, check=True)
    recorded = {json.loads(line).get("produce_id") for line in export.stdout.splitlines()}
    lost = told - recorded
    print(f"{kills} runs, {partial} killed, {torn} torn lines seen, {len(told)} results told, {len(lost)} lost, {len(recorded)} recorded")
    shutil.rmtree(folder)
    sys.exit(bool(lost))


if __name__ == "__main__":
    os.environ.pop("BIAOSHI_LEDGER", None)
    main()
