#!/usr/bin/env python3
"""Measure whole batches, as ratios of one run on an otherwise idle machine with two cores or more.

    bars_batch.py PROGRAM --mixed FOLDER... --photos FOLDER [-n 2000] [--rounds 5]

* `label --layers metadata` and `verify` over many mixed files in memory-backed storage, beside `cp -r` of the same folder: CPU
  seconds on one core, wall seconds on all.
* `label` with default layers over the photographs, on one core and on two: its speed-up beside that of `djpeg | cjpeg`, of which one
  loop over all JPEGs runs on one core, and then one on each of two.

Every row is a ratio of the fastest runs, since whatever else a machine does only adds time. (libjpeg-turbo-progs has djpeg.)
"""
import argparse
import itertools
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

LABEL = ["--producer", "001191110000EXAMPLE03Q10000", "--quiet"]
LOOP = 'for f in "$0"/*.jpg; do djpeg "$f" | cjpeg -quality 90 > /dev/null; done'


def run(command, cores):
    """Wall and CPU seconds of a command on some cores."""
    start = time.monotonic()
    process = subprocess.Popen(["taskset", "-c", cores, *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - start
    # 1: verify found files without a label.
    if os.waitstatus_to_exitcode(status) not in (0, 1):
        sys.exit(f"bars_batch: {command} failed")
    return wall, usage.ru_utime + usage.ru_stime


def fresh(command, out, cores):
    """The same for a command that makes a folder, which goes afterwards."""
    seconds = run(command, cores)
    shutil.rmtree(out)
    return seconds


def fill(folder, sources, count):
    """Copies of the files below some folders, in folders of a hundred."""
    files = [f for s in sources for f in sorted(pathlib.Path(s).rglob("*")) if f.is_file() and f.suffix != ".md"]
    for i, file in zip(range(count), itertools.cycle(files)):
        below = folder / f"{i // 100:03d}"
        below.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, below / f"{i:05d}{file.suffix}")


def row(name, ratio, bar, at_least=False):
    """Prints a ratio beside its bar."""
    met = ratio >= bar if at_least else ratio <= bar
    print(f"{name:44s} {ratio:.3f}  bar {'>=' if at_least else '<='} {bar}  {'met' if met else 'MISSED'}", flush=True)


def mixed(args, work):
    """Label and verify beside cp -r."""
    source, out = work / "in", work / "out"
    fill(source, args.mixed, args.n)
    label = [args.program, "label", source, "--out", out, "--layers", "metadata", *LABEL]
    copy = ["cp", "-r", source, out]
    # A first copy: later runs find memory that the machine has at hand.
    fresh(copy, out, "0,1")
    rounds = range(args.rounds)
    label_cpu, copy_cpu = zip(*[(fresh(label, out, "0")[1], fresh(copy, out, "0")[1]) for _ in rounds])
    label_wall, copy_wall = zip(*[(fresh(label, out, "0,1")[0], fresh(copy, out, "0,1")[0]) for _ in rounds])
    verify_cpu = [run([args.program, "verify", source], "0")[1] for _ in rounds]
    shutil.rmtree(source)
    print(f"seconds: label {min(label_cpu):.2f}, cp {min(copy_cpu):.2f}, verify {min(verify_cpu):.3f} (CPU); label {min(label_wall):.2f}, cp {min(copy_wall):.2f} (wall)")
    row("label --layers metadata / cp -r, CPU", min(label_cpu) / min(copy_cpu), 1.2)
    row("label --layers metadata / cp -r, wall", min(label_wall) / min(copy_wall), 0.7)
    row("verify / cp -r, CPU", min(verify_cpu) / min(copy_cpu), 0.12)


def loops(photos, cores):
    """Wall seconds until a loop on each of some cores is done."""
    start = time.monotonic()
    started = [subprocess.Popen(["taskset", "-c", core, "sh", "-c", LOOP, photos]) for core in cores]
    if any(process.wait() for process in started):
        sys.exit("bars_batch: djpeg | cjpeg failed")
    return time.monotonic() - start


def two_cores(args, work):
    """The speed-up of two cores, ours beside that of two loops."""
    out = work / "out"
    label = [args.program, "label", args.photos, "--out", out, *LABEL]
    rounds = range(args.rounds)
    one, two = zip(*[(fresh(label, out, "0")[0], fresh(label, out, "0,1")[0]) for _ in rounds])
    one_loop, two_loops = zip(*[(loops(args.photos, "0"), loops(args.photos, "01")) for _ in rounds])
    # Two loops do twice the work.
    ours, theirs = min(one) / min(two), 2 * min(one_loop) / min(two_loops)
    print(f"speed-up of two cores: label {ours:.3f} ({min(one):.2f} s to {min(two):.2f} s), djpeg | cjpeg {theirs:.3f}")
    row("speed-up of two cores, label / djpeg | cjpeg", ours / theirs, 0.95, at_least=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=os.path.abspath)
    parser.add_argument("--mixed", nargs="+", help="folders whose files are copied for the mixed batch")
    parser.add_argument("--photos", type=os.path.abspath, help="folder of photographs, large and small")
    parser.add_argument("-n", type=int, default=2000, help="files of the mixed batch")
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(dir="/dev/shm") as work:
        if args.mixed:
            mixed(args, pathlib.Path(work))
        if args.photos:
            two_cores(args, pathlib.Path(work))


if __name__ == "__main__":
    main()
