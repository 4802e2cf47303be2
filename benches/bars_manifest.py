#!/usr/bin/env python3
"""Measure a batch by manifest beside the same batch by folder, as ratios of one run on an otherwise idle machine.

    bars_manifest.py PROGRAM FILE... [-n 100000] [--rounds 5]

Copies of some small files in memory-backed storage are labelled (`--layers metadata --out`) by folder, and by a manifest as a database
exports it: columns under other names, and some that mean nothing. Rounds alternate, and every row is a ratio of the fastest runs, since
whatever else a machine does only adds time. Memory of the manifest's run is compared with that of a tenth of the files.
"""
import argparse
import csv
import itertools
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

MAP = ["--map", "id=post_id", "--map", "path=file_path", "--ignore-columns"]


def run(command):
    """Wall and CPU seconds of a command; the folder that it makes goes."""
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - start
    if os.waitstatus_to_exitcode(status):
        sys.exit(f"bars_manifest: {command} failed")
    shutil.rmtree(command[command.index("--out") + 1])
    return wall, usage.ru_utime + usage.ru_stime


def memory(command):
    """The largest memory of a command in MB, as its own status has it: what is told at its end is never less than Python's own."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    most = 0
    while process.poll() is None:
        status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
        most = max([most, *(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))])
        time.sleep(0.005)
    shutil.rmtree(command[command.index("--out") + 1])
    return most / 1024


def fill(folder, files, count):
    """Copies of some files in folders of a thousand; their paths below the folder, in the order in which a folder is walked."""
    paths = []
    for i, file in zip(range(count), itertools.cycle(files)):
        path = pathlib.Path(f"{i // 1000:04d}") / f"{i:07d}{file.suffix}"
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, folder / path)
        paths.append(str(path))
    return paths


def export(table, paths):
    """A table of the files as a database exports it."""
    rows = [{"post_id": 10**18 + i, "file_path": p, "owner": f"user {i % 97}", "created": "2026-01-01"} for i, p in enumerate(paths)]
    with open(table, "w", newline="") as out:
        if table.suffix == ".jsonl":
            out.writelines(json.dumps(row) + "\n" for row in rows)
        else:
            writer = csv.DictWriter(out, rows[0], delimiter=";")
            writer.writeheader()
            writer.writerows(rows)


def row(name, ratio, bar):
    """Prints a ratio beside its bar."""
    print(f"{name:44s} {ratio:.3f}  bar <= {bar}  {'met' if ratio <= bar else 'MISSED'}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=os.path.abspath)
    parser.add_argument("files", nargs="+", type=pathlib.Path, help="small files, of which copies are made")
    parser.add_argument("-n", type=int, default=100_000, help="files of the batch")
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(dir="/dev/shm") as work:
        source, out = pathlib.Path(work) / "in", str(pathlib.Path(work) / "out")
        paths = fill(source, args.files, args.n)
        label = [args.program, "label", "--out", out, "--layers", "metadata", "--producer", "001191110000EXAMPLE03Q10000", "--quiet"]
        commands = {"folder": [*label, str(source)]}
        for suffix, listed in ((".csv", paths), (".jsonl", paths), (".tenth.csv", paths[: args.n // 10])):
            table = pathlib.Path(work) / f"export{suffix}"
            export(table, listed)
            commands[suffix] = [*label, "--manifest", str(table), "--base", str(source), *MAP]
        # A first run: later ones find memory that the machine has at hand.
        run(commands["folder"])
        runs = [{name: run(command) for name, command in commands.items()} for _ in range(args.rounds)]
        wall, cpu = ({name: min(r[name][i] for r in runs) for name in commands} for i in range(2))
        most = {name: memory(command) for name, command in commands.items()}
        for name in commands:
            print(f"{name:12s} {wall[name]:.2f} s wall, {cpu[name]:.2f} s CPU, {most[name]:.1f} MB")
        for suffix in (".csv", ".jsonl"):
            row(f"label by {suffix} / by folder, wall", wall[suffix] / wall["folder"], 1.05)
            row(f"label by {suffix} / by folder, CPU", cpu[suffix] / cpu["folder"], 1.05)
        # The rows that are checked take eight bytes each while they are.
        row("memory of all the files / of a tenth", most[".csv"] / most[".tenth.csv"], 1.1)


if __name__ == "__main__":
    main()
