#!/usr/bin/env python3
"""The bars for large video: benches/large.py PROGRAM DIR [GIB]

Makes videos of GIB (default 4) GiB in DIR, sparse but with real boxes, clusters and sample tables, and prints what
verifying each of them costs: time of the whole program and bytes read (less what a file of a few bytes costs), and the
memory of a `label --dry-run` (never less than Python's own, some 23 MB, as a child starts as its copy). Bars: 50 ms, 4 MB, 64 MB. Needs Linux and a file system with holes.
"""
import os
import struct
import subprocess
import sys
import time
from pathlib import Path

PRODUCER = '001191110000EXAMPLE03Q10000'
FRAMES = 100_000      # somewhat more than an hour
CLUSTER = 1 << 20     # a second of film
CHUNK = 1 << 19


def box(kind, *payload):
    body = b''.join(payload)
    return struct.pack('>I', len(body) + 8) + kind + body


def full(kind, *payload):
    return box(kind, bytes(4), *payload)


def moov(start, size):
    """Two tracks with sample sizes, times and 64-bit chunk offsets all over the payload."""
    chunks = range(start, start + size - CHUNK, CHUNK)
    offsets = struct.pack(f'>I{len(chunks)}Q', len(chunks), *chunks)
    sizes = struct.pack(f'>II{FRAMES}I', 0, FRAMES, *[CHUNK // 16] * FRAMES)
    stbl = box(b'stbl', full(b'stsd', bytes(4)), full(b'stts', struct.pack('>III', 1, FRAMES, 40)), full(b'stsz', sizes), full(b'co64', offsets))
    trak = box(b'trak', full(b'tkhd', bytes(80)), box(b'mdia', full(b'mdhd', bytes(20)), box(b'minf', stbl)))
    return box(b'moov', full(b'mvhd', bytes(96)), trak, trak)


def film(brand, size, front):
    ftyp = box(b'ftyp', brand, bytes(4), brand)
    head = struct.pack('>I4sQ', 1, b'mdat', size)
    if not front:
        start = len(ftyp) + 16
        return [ftyp + head, size - 16, moov(start, size - 16)]
    start = len(ftyp) + len(moov(0, size - 16)) + 16
    return [ftyp + moov(start, size - 16) + head, size - 16]


def fragments(size):
    """One second a fragment, and an index of them at the end."""
    out, at, starts = [box(b'ftyp', b'iso5\0\0\0\0iso5') + box(b'moov', full(b'mvhd', bytes(96)), box(b'mvex', full(b'trex', bytes(20))))], 0, []
    at = len(out[0])
    while at < size:
        traf = box(b'traf', b'\0\0\0\x10tfhd\0\2\0\0\0\0\0\1', full(b'tfdt', bytes(4)), full(b'trun', struct.pack('>I', 25), bytes(100)))
        head = box(b'moof', full(b'mfhd', bytes(4)), traf) + struct.pack('>I', CLUSTER + 8) + b'mdat'
        starts.append(at)
        out += [head, CLUSTER]
        at += len(head) + CLUSTER
    entries = b''.join(struct.pack('>QQBBB', i, s, 1, 1, 1) for i, s in enumerate(starts))
    tfra = box(b'tfra', b'\1\0\0\0', struct.pack('>III', 1, 0, len(starts)), entries)
    return out + [box(b'mfra', tfra, full(b'mfro', struct.pack('>I', len(tfra) + 24)))]


def element(kind, body, width=8):
    return bytes.fromhex(kind) + (len(body) | 1 << 7 * width).to_bytes(width, 'big') + body


def size_of(length):
    return (length | 1 << 56).to_bytes(8, 'big')


def matroska(size, indexed):
    """Clusters of one block each; with Cues and a SeekHead, or with neither."""
    ebml = element('1a45dfa3', element('4282', b'matroska', 1), 1)
    info = element('1549a966', element('2ad7b1', b'\x0f\x42\x40', 1))
    cluster = bytes.fromhex('1f43b675') + size_of(CLUSTER + 13) + element('e7', b'\0\0', 1) + b'\xa3' + size_of(CLUSTER)
    number = size // (len(cluster) + CLUSTER)

    def cues(first):
        points = b''
        for i in range(number):
            place = element('f1', (first + i * (len(cluster) + CLUSTER)).to_bytes(8, 'big'), 1)
            points += element('bb', element('b3', i.to_bytes(4, 'big'), 1) + element('b7', element('f7', b'\1', 1) + place, 1), 1)
        return element('1c53bb6b', points)

    def seek(at):
        one = element('53ab', bytes.fromhex('1c53bb6b'), 1) + element('53ac', at.to_bytes(8, 'big'), 1)
        return element('114d9b74', element('4dbb', one, 1))
    front = (len(seek(0)) if indexed else 0) + len(info)
    behind = front + number * (len(cluster) + CLUSTER)
    tail = cues(front) if indexed else b''
    head = (seek(behind) if indexed else b'') + info
    return [ebml + bytes.fromhex('18538067') + size_of(behind + len(tail)) + head] + [cluster, CLUSTER] * number + [tail]


def write(path, parts):
    """Numbers are holes of so many bytes."""
    with open(path, 'wb') as file:
        for part in parts:
            if isinstance(part, int):
                file.seek(part, os.SEEK_CUR)
            else:
                file.write(part)
        file.truncate(max(file.tell(), file.seek(0, os.SEEK_END)))


def run(command):
    """Seconds, bytes read, most memory in bytes."""
    start = time.perf_counter()
    child = subprocess.Popen([str(c) for c in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    seconds = time.perf_counter() - start
    said = dict(line.split(': ') for line in Path(f'/proc/{child.pid}/io').read_text().splitlines())
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in (0, 1):
        sys.exit(f'{command}: {child.stderr.read().decode()}')
    return seconds, int(said['rchar']), used.ru_maxrss * 1024


def main(program, folder, gib='4'):
    folder, size = Path(folder), int(float(gib) * (1 << 30))
    folder.mkdir(parents=True, exist_ok=True)
    small = folder / 'small.txt'
    small.write_text('a text\n')
    floor = min(run([program, 'verify', small, '--json'])[1] for _ in range(3))
    files = {'mp4-front.mp4': film(b'isom', size, True), 'mp4-tail.mp4': film(b'isom', size, False), 'mov-tail.mov': film(b'qt  ', size, False),
             'mp4-fragments.mp4': fragments(size), 'mkv-cues.mkv': matroska(size, True), 'mkv-bare.mkv': matroska(size, False)}
    missed = 0
    for name, parts in files.items():
        path = folder / name
        write(path, parts)
        times, read, _ = zip(*(run([program, 'verify', path, '--json']) for _ in range(5)))
        label = [program, 'label', path, '-o', folder / 'out.bin', '--producer', PRODUCER, '--layers', 'metadata', '--dry-run', '-q']
        _, _, memory = run(label)
        over = min(times) > 0.05 or read[0] - floor > 4e6 or memory > 64 << 20
        missed += over
        print(f'{name:18} verify {min(times) * 1e3:6.1f} ms  {(read[0] - floor) / 1e6:6.3f} MB read   label {memory / 1e6:5.1f} MB of memory{"   MISSED" if over else ""}')
        path.unlink()
    return 1 if missed else 0


if __name__ == '__main__':
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
