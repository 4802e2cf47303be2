"""What the families share: the clean files to spoil, labels, cuts, lying lengths, sparse files.

The writers of chunks, segments, frames and boxes are those of fixtures/recipes, so that a hostile file
is wrong in exactly the one place that its name says.
"""
import itertools
import json
import random
import sys
import zlib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / 'fixtures'))

from recipes import parts  # noqa: E402

PROVIDER = parts.PROVIDER
OTHER = parts.provider_code('EXAMPLE1')
KEYS = ('Label', 'ContentProducer', 'ProduceID', 'ReservedCode1', 'ContentPropagator', 'PropagateID', 'ReservedCode2')
MILLION = 1_000_000
FULL = False   # make.py --full sets it: the whole product of systematic cases, three times as many files
LIES32 = (('0', 0), ('1', 1), ('7fffffff', 0x7FFFFFFF), ('ffffffff', 0xFFFFFFFF))
LIES64 = (('0', 0), ('1', 1), ('15', 15), ('7fffffffffffffff', 2**63 - 1), ('8000000000000000', 2**63),
          ('fffffffffffffff8', 2**64 - 8), ('ffffffffffffffff', 2**64 - 1))


@dataclass
class Sparse:
    """A file with a hole: `head`, zero bytes that take no room on disk, and `tail` that ends at `size`."""
    head: bytes
    size: int
    tail: bytes = b''


def clean(name):
    """The bytes of a clean fixture."""
    return (ROOT / 'fixtures' / 'clean' / name).read_bytes()


def label(level='1', producer=PROVIDER, produce_id='hostile-0001', **fields):
    """The seven fields as one compact line of bytes, the form that a good writer emits."""
    values = dict(zip(KEYS, (level, producer, produce_id, '', producer, produce_id, '')))
    values.update(fields)
    return json.dumps(values, ensure_ascii=False, separators=(',', ':')).encode()


def noise(size, seed=1):
    """Random bytes that are the same each time."""
    return random.Random(seed).randbytes(size)


def zeros(size):
    """A zlib stream of so many zeros, about 1000:1: a block that needs nothing before it, again and again."""
    def packed(count, flush):
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        return packer.compress(bytes(count)) + packer.flush(flush)
    blocks, rest = divmod(size, MILLION)
    body = packed(MILLION, zlib.Z_FULL_FLUSH) * blocks + packed(rest, zlib.Z_FINISH)
    # Adler-32 of zeros (RFC 1950 section 8).
    return b'\x78\xda' + body + (size % 65_521 << 16 | 1).to_bytes(4, 'big')


def cuts(name, count, stem=None):
    """`count` truncations of a clean file, spread evenly, dense at the front where the headers are."""
    data = clean(name)
    stem, suffix = (stem or name.rsplit('.', 1)[0]), name.rsplit('.', 1)[1]
    count = count if FULL else (count + 2) // 3
    ends = {round(len(data) * (i / count) ** 1.7) for i in range(count)} | {len(data) - 1, len(data) - 2}
    for end in sorted(ends):
        yield f'cut-{stem}-at-{end:06d}.{suffix}', data[:end]


def some(cases, step, start=0):
    """Every case when FULL, else each `step`-th: for products such as lie x field, where a sample shows the fault."""
    yield from cases if FULL else itertools.islice(cases, start, None, step)


def patched(data, at, new):
    """`data` with the bytes at `at` overwritten."""
    return data[:at] + new + data[at + len(new):]


def flips(name, count):
    """A few damaged copies of a clean file, each with eight random bytes overwritten."""
    data, suffix = clean(name), name.rsplit('.', 1)[1]
    for seed in range(count):
        dice, out = random.Random(f'{name}{seed}'), bytearray(data)
        for _ in range(8):
            out[dice.randrange(len(out))] = dice.randrange(256)
        yield f'eight-random-bytes-{seed:02d}.{suffix}', bytes(out)
