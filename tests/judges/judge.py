#!/usr/bin/env python3
"""Other people's tools as judges of labelled files.

    judge.py CLEAN LABELLED EXPECTED_JSON     do exiftool, ffprobe, Pillow, mutagen, PyYAML, pngcheck, sox see exactly this label?
    judge.py --same-media CLEAN LABELLED      are samples, pixels, words the same?
    judge.py --explicit CLEAN LABELLED        is AI生成 drawn by the rules? (--orientation-aware: and is the EXIF orientation kept?)
    judge.py --outside CLEAN LABELLED X,Y,W,H  are all pixels of a JPEG the same but for those under the label?
    judge.py --page CLEAN LABELLED            does Chromium have the label in the head and first in the body, and else the same page?
    judge.py --rhythm CLEAN LABELLED          does the WAV, FLAC or MP3 begin with the rhythm, then the clean samples?
    judge.py --opens CLEAN LABELLED           do LibreOffice and Chromium open it and show the same? (office files, SVG)
    judge.py [MODE] --list FILE               many at once: one case a line, tab-separated, columns as above

EXPECTED_JSON is the exact one-line label. Pictures are judged upright, by their EXIF orientation.
Prints one line per complaint; exit status 0 none, 1 some, 2 wrong usage.
"""
import argparse
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import explicit
import media
import metadata
import opens
import outside
import pages
import rhythm
import tools


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    mode = parser.add_mutually_exclusive_group()
    for name in ('same-media', 'explicit', 'rhythm', 'opens', 'page', 'outside'):
        mode.add_argument(f'--{name}', dest='mode', action='store_const', const=name)
    parser.add_argument('--orientation-aware', action='store_true')
    parser.add_argument('--list', metavar='FILE', help='tab-separated cases')
    parser.add_argument('case', nargs='*', metavar='CLEAN LABELLED [EXPECTED_JSON]')
    options = parser.parse_args()
    wanted = 2 if options.mode and options.mode != 'outside' else 3
    cases = [options.case] if options.case else []
    if options.list:
        with open(options.list, encoding='utf-8') as file:
            cases += [line.rstrip('\n').split('\t')[:wanted] for line in file if line.strip()]
    if not cases or any(len(c) != wanted for c in cases):
        parser.error(f'{wanted} columns are needed for each case')
    return options, cases


def check_one(options, tags, case):
    """The complaints about one case, with what tools said of all files; a judge that breaks is a complaint too, never a pass."""
    clean, labelled = Path(case[0]), Path(case[1])
    try:
        for path in (clean, labelled):
            if not path.is_file():
                return [f'no such file: {path}']
        if options.mode == 'same-media':
            return media.judge(clean, labelled)
        if options.mode == 'explicit':
            return explicit.judge(clean, labelled, options.orientation_aware)
        if options.mode == 'outside':
            return outside.judge(clean, labelled, case[2], tags)
        if options.mode == 'page':
            return pages.judge(clean, labelled)
        if options.mode == 'rhythm':
            return rhythm.judge(clean, labelled)
        if options.mode == 'opens':
            return tags.get((case[0], case[1]), ['no answer'])
        return metadata.judge(clean, labelled, case[2], (tags.get(case[0], {}), tags.get(case[1], {})))
    except Exception as problem:
        return [f'the judge could not finish: {type(problem).__name__}: {problem}']


def main():
    options, cases = arguments()
    tags = {}
    if not options.mode:
        wanted = {p for case in cases for p in case[:2] if Path(p).suffix.lower() not in metadata.NO_EXIFTOOL}
        tags = tools.exiftool(sorted(wanted)) if wanted else {}
    if options.mode == 'outside':
        tags = outside.decoded(sorted({Path(path) for case in cases for path in case[:2] if Path(path).is_file()}))
    if options.mode == 'opens':
        pairs = [(Path(case[0]), Path(case[1])) for case in cases]
        tags = {(case[0], case[1]): said for case, said in zip(cases, opens.judge(pairs))}
    total = 0
    with ThreadPoolExecutor(2) as pool:
        for case, complaints in zip(cases, pool.map(lambda c: check_one(options, tags, c), cases)):
            total += len(complaints)
            for complaint in complaints:
                print(f'{case[1]}: {complaint}'.replace('\n', ' '))
    print(f'{len(cases)} judged, {total} complaints', file=sys.stderr)
    return 1 if total else 0


if __name__ == '__main__':
    sys.exit(main())
