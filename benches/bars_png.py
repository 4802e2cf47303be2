#!/usr/bin/env python3
"""CPU seconds on one core for PNG, photographs and FLAC, as ratios against other people's tools in the same run.

    benches/bars_png.py PROGRAM PHOTOS [--sound FOLDER] [--before OTHER_PROGRAM] [--runs 3] [--rows png,photos,verify,sound]

Rows:
    png      `label` with its default layers on a PNG of the largest photograph, against Pillow open and save
    photos   `label` with its default layers over all photographs, against `mogrify -annotate` over copies; and their PNG twins
    verify   `verify --layers metadata,explicit` over the photographs, against `djpeg` of those that are JPEG
    sound    `label` with its default layers over FLAC and WAV files, against `flac -t` (one decode with its MD5 sum) and `cp`

Each number is the least of the runs: user and system time of the child, pinned to one core. Bars are those of the
project; a row without one is for information. Needs Pillow, ImageMagick, djpeg and flac.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

LABEL = ["--producer", "001191110000EXAMPLE03Q10000", "-q"]
PILLOW = "import sys; from PIL import Image; Image.open(sys.argv[1]).save(sys.argv[2])"


def cpu(command, cwd=None):
    """CPU seconds of a command on one core, and its largest memory in bytes."""
    with subprocess.Popen(["taskset", "-c", "0", *map(str, command)], cwd=cwd,
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as child:
        error = child.stderr.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in (0, 1):
        sys.exit(f"{command}: {child.returncode}\n{error.decode()}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


class Bench:
    def __init__(self, arguments, folder):
        self.runs = arguments.runs
        self.programs = [("now", arguments.program)]
        if arguments.before:
            self.programs.insert(0, ("before", arguments.before))
        self.folder = folder

    def least(self, make):
        return min(make() for _ in range(self.runs))[0]

    def label(self, program, source, layers=None):
        out = self.folder / "out"

        def run():
            shutil.rmtree(out, ignore_errors=True)
            more = ["--layers", layers] if layers else []
            return cpu([program, "label", source, "--out", out, *LABEL, *more])
        return run

    def verify(self, program, source):
        return lambda: cpu([program, "verify", source, "--layers", "metadata,explicit", "-q"])

    def row(self, name, make, judge, bar=None):
        for which, program in self.programs:
            seconds = self.least(make(program))
            note = "" if bar is None else f"  bar {bar:.2f}  {'met' if seconds <= bar * judge else 'MISSED'}"
            print(f"{name:34} {which:7} {seconds:7.3f} s  {seconds / judge:6.3f} x{note}", flush=True)


def png_row(bench, photos):
    from PIL import Image
    largest = max((p for p in photos), key=lambda p: (lambda i: i.size[0] * i.size[1])(Image.open(p)))
    source = bench.folder / "large.png"
    subprocess.run([sys.executable, "-c", PILLOW, largest, source], check=True)
    width, height = Image.open(source).size
    pixels = width * height
    judge = bench.least(lambda: cpu([sys.executable, "-c", PILLOW, source, bench.folder / "saved.png"]))
    print(f"Pillow open and save, {pixels / 1e6:.1f} megapixels: {judge:.3f} s")
    bench.row("png label", lambda p: bench.label(p, source), judge, 0.5)
    bench.row("png label, metadata alone", lambda p: bench.label(p, source, "metadata"), judge)
    bench.row("png verify", lambda p: bench.verify(p, source), judge)
    for which, program in bench.programs:
        memory = bench.label(program, source)()[1]
        print(f"{'png label, memory':34} {which:7} {memory / pixels:7.2f} bytes a pixel  bar 8")


def photo_rows(bench, photos):
    folder, twins = bench.folder / "photos", bench.folder / "twins"
    folder.mkdir()
    twins.mkdir()
    for photo in photos:
        shutil.copy(photo, folder)
        # In a process of its own: memory of this one would count as that of its children.
        subprocess.run([sys.executable, "-c", PILLOW, photo, twins / (photo.stem + ".png")], check=True)

    def mogrify(source):
        def run():
            copies = bench.folder / "copies"
            shutil.rmtree(copies, ignore_errors=True)
            shutil.copytree(source, copies)
            words = ["-gravity", "SouthEast", "-pointsize", "60", "-annotate", "0", "AI生成"]
            return cpu(["mogrify", *words, *sorted(copies.iterdir())])
        return run
    for name, source, bar in ("photos", folder, 0.4), ("PNG twins", twins, None):
        there = shutil.which("mogrify")
        judge = bench.least(mogrify(source)) if there else 1.0
        print(f"mogrify -annotate, {name}: " + (f"{judge:.3f} s" if there else "not installed, ratios are seconds"))
        bench.row(f"{name} label", lambda p: bench.label(p, source), judge, bar if there else None)
        bench.row(f"{name} verify", lambda p: bench.verify(p, source), judge)


def verify_row(bench, photos):
    jpeg = [p for p in photos if p.suffix == ".jpg"]
    folder = bench.folder / "jpeg"
    folder.mkdir()
    for photo in jpeg:
        shutil.copy(photo, folder)
    judge = bench.least(lambda: (sum(cpu(["djpeg", "-outfile", "/dev/null", p])[0] for p in jpeg), 0))
    print(f"djpeg, {len(jpeg)} photographs: {judge:.3f} s")
    bench.row("photos verify", lambda p: bench.verify(p, folder), judge)


def sound_rows(bench, folder):
    for suffix, judge in (".flac", ["flac", "-s", "-t"]), (".wav", None):
        sounds = sorted(p for p in Path(folder).rglob("*") if p.suffix == suffix)
        if not sounds:
            continue
        copies = bench.folder / suffix.strip(".")
        copies.mkdir()
        for sound in sounds:
            shutil.copy(sound, copies)
        command = [*judge, *sorted(copies.iterdir())] if judge else ["cp", "-r", copies, bench.folder / "copy"]
        seconds = max(bench.least(lambda: cpu(command)), 0.001)
        print(f"{' '.join(map(str, command[:3]))[:40]}, {len(sounds)} files: {seconds:.3f} s")
        bench.row(f"{suffix} label", lambda p: bench.label(p, copies), seconds)
        bench.row(f"{suffix} verify", lambda p: bench.verify(p, copies), seconds)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=Path)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--sound", type=Path)
    parser.add_argument("--before", type=Path)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--rows", default="png,photos,verify,sound")
    arguments = parser.parse_args()
    rows = arguments.rows.split(",")
    photos = sorted(p for p in arguments.photos.iterdir() if p.suffix in (".jpg", ".png"))
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        bench = Bench(arguments, Path(folder))
        if "png" in rows:
            png_row(bench, photos)
        if "photos" in rows:
            photo_rows(bench, photos)
        if "verify" in rows:
            verify_row(bench, photos)
        if "sound" in rows and arguments.sound:
            sound_rows(bench, arguments.sound)


if __name__ == "__main__":
    main()
