#!/usr/bin/env python3
"""jpeg_speed.py PROGRAM PHOTO.jpg ...: CPU of labelling and verifying JPEGs, as ratios to libjpeg-turbo's own programs.

Each photo is taken as it is, as a baseline twin with the usual tables and as one with its own tables (jpegtran).
`label` with metadata and the explicit label stands beside `djpeg | cjpeg` at the file's own quality, `verify` beside
`djpeg`. CPU seconds of one core, the least of some runs; run it on an idle machine. Needs libjpeg-turbo-progs and Pillow.
"""
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

RUNS = 7
PRODUCER = '001191110000EXAMPLE03Q10000'
# Table K.1 of T.81, in zigzag order: the one that quality scales.
LUMA = [16, 11, 12, 14, 12, 10, 16, 14, 13, 14, 18, 17, 16, 19, 24, 40, 26, 24, 22, 22, 24, 49, 35, 37, 29, 40, 58, 51, 61, 60, 57, 51,
        56, 55, 64, 72, 92, 78, 64, 68, 87, 69, 55, 56, 80, 109, 81, 87, 95, 98, 103, 104, 103, 62, 77, 113, 121, 112, 100, 120, 92, 101,
        103, 99]


def cpu(command):
    """CPU seconds of a shell command on one core."""
    least = float('inf')
    for _ in range(RUNS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(['taskset', '-c', '0', 'sh', '-c', command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if done.returncode:
            sys.exit(f'{command}: {done.stderr.decode()}')
        least = min(least, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return least


def quality(path):
    """The quality whose tables are nearest to the file's (sorted, as programs differ in the order they give)."""
    with Image.open(path) as image:
        own = sorted(image.quantization[0])

    def scaled(q):
        factor = 5000 // q if q < 50 else 200 - 2 * q
        return sorted(min(255, max(1, (step * factor + 50) // 100)) for step in LUMA)
    return min(range(1, 101), key=lambda q: sum(abs(a - b) for a, b in zip(own, scaled(q))))


def twins(photo, folder):
    """The photo and its baseline twins, by name."""
    yield 'as it is', photo
    for name, options in (('baseline', []), ('optimised', ['-optimize'])):
        out = folder / f'{photo.stem}-{name}.jpg'
        subprocess.run(['jpegtran', '-copy', 'all', *options, '-outfile', out, photo], check=True)
        yield name, out


def row(program, path, folder):
    decoded = cpu(f'djpeg "{path}"')
    coded = cpu(f'djpeg "{path}" | cjpeg -quality {quality(path)}')
    layers = '--layers metadata,explicit --jobs 1'
    label = cpu(f'"{program}" label --producer {PRODUCER} {layers} --overwrite "{path}" --out "{folder}/out"')
    verify = [cpu(f'"{program}" verify {layers} "{f}" || [ $? = 1 ]') for f in (path, folder / 'out' / path.name)]
    return label, label / coded, *(v / decoded for v in verify)


def main():
    program, *photos = sys.argv[1:]
    print(f'{"photo":34} {"coding":10} {"MB":>5} {"label s":>8} {"/ dj|cj":>8} {"verify / djpeg":>15} {"labelled":>9}')
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for photo in map(Path, photos):
            for coding, path in twins(photo, folder):
                label, ratio, clean, labelled = row(Path(program).resolve(), path, folder)
                size = path.stat().st_size / 1e6
                print(f'{photo.stem:34} {coding:10} {size:5.1f} {label:8.3f} {ratio:8.2f} {clean:15.2f} {labelled:9.2f}', flush=True)


if __name__ == '__main__':
    main()
