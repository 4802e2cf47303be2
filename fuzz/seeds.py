#!/usr/bin/env python3
"""Fill fuzz/corpus with seeds: fuzz/seeds.py [TARGET ...]

Fixtures, their labelled twins and the hostile files, each for the targets that read such bytes. Files over 64 KiB are
left out: a fuzzer learns less from them in the same time.
"""
import hashlib
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LARGEST = 64 << 10
FAMILIES = {
    'png': 'png', 'jpeg': 'jpg|jpeg', 'riff': 'wav|webp', 'iff': 'aif|aiff|aifc', 'gif': 'gif', 'tiff': 'tif|tiff',
    'isobmff': 'mp4|m4a|mov|heic|avif', 'ebml': 'mkv|mka|webm', 'ogg': 'ogg|opus', 'id3': 'mp3|aac', 'pdf': 'pdf',
    'zip': 'docx|xlsx|pptx', 'xml': 'svg', 'html': 'html|htm|xhtml', 'text': 'md|txt', 'explicit_png': 'png', 'explicit_jpeg': 'jpg|jpeg',
    'verify': '.*', 'write': '.*',
}


def between(data, start, end):
    """Every part of `data` from one mark to the next other one, both included."""
    return re.findall(re.escape(start) + rb'.*?' + re.escape(end), data, re.S)


def parts(target, data):
    """The parts of a file that are inputs of a grammar of their own."""
    if target == 'exif':
        return [data[at:at + 4096] for at in (m.start() for m in re.finditer(rb'II\*\0|MM\0\*', data))][:4]
    if target == 'vorbis':
        marks = [m.end() for m in re.finditer(rb'\x03vorbis|OpusTags', data)]
        marks += [4 for _ in [0] if data[:4] == b'fLaC']
        return [data[at:at + 4096] for at in marks]
    if target == 'xml':
        return between(data, b'<?xpacket begin', b'<?xpacket end') + between(data, b'<x:xmpmeta', b'</x:xmpmeta>')
    if target == 'label':
        return re.findall(rb'\{[^{}\0]*"Label"[^}\0]*\}+', data)
    if target == 'security':
        return [seed.replace(b'\\"', b'"') for seed in re.findall(rb'\{\\?"SecurityData.*?\}\]\}\}', data, re.S)]
    if target == 'yaml':
        return [m[1] for m in re.finditer(rb'\A---\n(.*?)\n---', data, re.S)]
    return []


def main(wanted):
    with tempfile.TemporaryDirectory() as hostile:
        subprocess.run([sys.executable, ROOT / 'tests/hostile/make.py', hostile], check=True, stdout=subprocess.DEVNULL)
        folders = [ROOT / 'fixtures/clean', ROOT / 'fixtures/labelled', Path(hostile)]
        files = [f for folder in folders for f in sorted(folder.rglob('*')) if f.is_file() and 0 < f.stat().st_size <= LARGEST]
        for target in wanted or [f.stem for f in sorted((ROOT / 'fuzz/fuzz_targets').glob('*.rs'))]:
            out = ROOT / 'fuzz/corpus' / target
            out.mkdir(parents=True, exist_ok=True)
            for file in files:
                data = file.read_bytes()
                whole = re.fullmatch(FAMILIES.get(target, '-'), file.suffix[1:].lower())
                for seed in ([data] if whole else []) + parts(target, data):
                    (out / hashlib.sha1(seed).hexdigest()).write_bytes(seed)
            print(f'{target:14} {len(list(out.iterdir())):5} seeds')


if __name__ == '__main__':
    main(sys.argv[1:])
