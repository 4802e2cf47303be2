#!/usr/bin/env python3
"""Write the hostile corpus: tests/hostile/make.py [--full] DIR [FAMILY ...]

Each file's name says what is wrong with it. The same files come out each time. --full writes the whole
product of the systematic cases, about 3,900 files instead of 1,700. README.md says how to use them.
"""
import collections
import os
import sys
import time
from pathlib import Path

import aac
import aiff
import base
import caf
import gif
import flac
import heif
import page
import jpeg
import label
import markdown
import misc
import mkv
import mp3
import mp4
import ogg
import office
import packed
import pdf
import png
import svg
import text
import tifffile
import wav
import webp
import work

ALWAYS = ('bomb', '100k', '10mb', '40mb', '-1000-', 'external', 'nested', 'canary', 'laughs', 'conflict', 'good', 'itself', 'huge',
          'fmt-missing', 'rate-0', 'after-data', 'bits-0', 'elf', 'formula', 'script', 'surrogate', 'duplicate', 'numbers', 'twice',
          'hierarchical', 'third', 'cmov', 'overlap', 'guid', '1-byte', 'noise-4096', 'zeros-4096', 'loops', 'invalid-utf8', 'nul', 'bidi')
FAMILIES = {
    'png': png, 'jpeg': jpeg, 'webp': webp, 'gif': gif, 'tiff': tifffile, 'svg': svg, 'wav': wav, 'mp3': mp3, 'mp4': mp4,
    'aac': aac, 'flac': flac, 'ogg': ogg, 'aiff': aiff, 'caf': caf,
    'mkv': mkv, 'heif': heif,
    'md/text': markdown, 'txt': text, 'misc': misc, 'label': label,
    'pdf': pdf, 'office': office, 'packed': packed, 'html': page, 'work': work,
}


def sample(cases):
    """Fewer files for a quick run: of the names that share a first word, two, then every third one.

    What a runner must never miss (ALWAYS) stays.
    """
    seen = collections.Counter()
    for name, data in cases:
        word = name.partition('-')[0]
        seen[word] += 1
        if base.FULL or seen[word] <= 2 or seen[word] % 3 == 0 or any(k in name for k in ALWAYS):
            yield name, data


def write(path, data):
    if not isinstance(data, base.Sparse):
        path.write_bytes(data)
        return len(data)
    with open(path, 'wb') as file:
        file.write(data.head)
        file.truncate(data.size)
        file.seek(data.size - len(data.tail))
        file.write(data.tail)
    return os.stat(path).st_blocks * 512


def main(args):
    base.FULL = '--full' in args
    args = [a for a in args if a != '--full']
    if not args or args[0].startswith('-'):
        sys.exit(__doc__)
    out, wanted = Path(args[0]), args[1:] or FAMILIES
    total = 0
    for family in wanted:
        folder, count, size, start = out / family, 0, 0, time.monotonic()
        folder.mkdir(parents=True, exist_ok=True)
        seen = set()
        for name, data in sample(FAMILIES[family].cases()):
            if name in seen:
                sys.exit(f'two cases are called {family}/{name}')
            seen.add(name)
            (folder / name).parent.mkdir(exist_ok=True)
            size += write(folder / name, data)
            count += 1
        total += count
        print(f'{family:8} {count:4} files {size / 1e6:6.1f} MB  {time.monotonic() - start:5.1f} s')
    print(f'{total} files')


if __name__ == '__main__':
    main(sys.argv[1:])
