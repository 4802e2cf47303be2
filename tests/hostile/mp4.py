"""Hostile MP4 and MOV files."""
import struct
import zlib

import base
import xmp
from recipes.mp4 import box, boxes, map_offsets

FTYP = box(b'ftyp', b'isom\0\0\2\0isommp42')
MVHD = box(b'mvhd', bytes(12) + struct.pack('>II', 1000, 500) + bytes(80))
XMP_ID = bytes.fromhex('be7acfcb97a942e89c71999491e3afac')


def full(kind, payload, version=0):
    return box(kind, bytes([version, 0, 0, 0]) + payload)


def parts(name='mp4-front.mp4'):
    """A clean file as a mapping of its top-level boxes."""
    return dict(boxes(base.clean(name)))


def keys(*names, count=None):
    table = b''.join(struct.pack('>I', len(n) + 8) + b'mdta' + n for n in names)
    return full(b'keys', struct.pack('>I', len(names) if count is None else count) + table)


def item(index, value, kind=1, size=None):
    data = struct.pack('>I', len(value) + 16 if size is None else size) + b'data' + struct.pack('>II', kind, 0) + value
    return struct.pack('>II', len(data) + 8, index) + data


def meta(key_box, *items, handler=b'mdta', whole=True):
    inner = full(b'hdlr', bytes(4) + handler + bytes(13)) + key_box + box(b'ilst', b''.join(items))
    return full(b'meta', inner) if whole else box(b'meta', inner)


def film(*extra, front=True, before=b'', after=b''):
    """The clean film with more boxes in moov; offsets move with it, so that only the extras are wrong."""
    have = parts()
    grown = sum(map(len, extra)) + len(before)
    moov = b''.join(map_offsets(k, p, lambda o: shifted(o, grown if front else 0)) for k, p in boxes(have[b'moov']))
    return box(b'ftyp', have[b'ftyp']) + before + box(b'moov', moov + b''.join(extra)) + box(b'free', have.get(b'free', b'')) + box(b'mdat', have[b'mdat']) + after


def headless():
    """The clean film without its ftyp."""
    data = film()
    return data[int.from_bytes(data[:4], 'big'):]


def nest(kind, depth):
    """`depth` boxes, each holding nothing but the next; a meta box has its four bytes of version and flags."""
    extra = bytes(4) if kind == b'meta' else b''
    unit = 8 + len(extra)
    return b''.join(struct.pack('>I', (depth - i) * unit) + kind + extra for i in range(depth))


def shifted(offsets, by):
    return box(b'stco', struct.pack(f'>II{len(offsets)}I', 0, len(offsets), *(o + by for o in offsets)))


def labelled(*records):
    return box(b'udta', meta(keys(*[b'AIGC'] * len(records)), *(item(i + 1, r) for i, r in enumerate(records))))


def lying_sizes():
    good = film(labelled(base.label()))
    for kind in (b'ftyp', b'moov', b'mvhd', b'trak', b'stbl', b'stco', b'stsz', b'udta', b'meta', b'hdlr', b'keys', b'ilst', b'data', b'mdat'):
        at = good.index(kind) - 4
        real = int.from_bytes(good[at:at + 4], 'big')
        for slug, size in (*base.LIES32, ('7', 7), ('one-more', real + 1), ('one-less', real - 1)):
            yield f'size-{kind.decode()}-{slug}.mp4', base.patched(good, at, struct.pack('>I', size))
    for slug, size in base.LIES64:
        big = struct.pack('>I4sQ', 1, b'mdat', size)
        yield f'size64-mdat-{slug}.mp4', film(labelled(base.label()), after=big + bytes(8))
        yield f'size64-free-before-moov-{slug}.mp4', FTYP + struct.pack('>I4sQ', 1, b'free', size) + box(b'moov', MVHD)
        yield f'size64-moov-{slug}.mp4', FTYP + struct.pack('>I4sQ', 1, b'moov', size) + MVHD
    yield 'size-0-free-in-the-middle.mp4', FTYP + b'\0\0\0\0free' + headless()
    yield 'size-0-moov-to-the-end.mp4', FTYP + b'\0\0\0\0moov' + MVHD + labelled(base.label())
    yield 'size-0-inside-moov.mp4', film(b'\0\0\0\0udta' + labelled(base.label())[8:])
    for kind in (b'trak', b'meta', b'junk'):
        yield f'size-0-last-in-moov-{kind.decode()}.mp4', film(b'\0\0\0\0' + kind + bytes(20))
    for count in (8, 12, 4096):
        yield f'zeros-{count}-last-in-moov.mp4', film(bytes(count))
        yield f'zeros-{count}-last-in-udta.mp4', film(box(b'udta', bytes(count)))
    yield 'size-0-moov-and-nothing-else.mp4', box(b'ftyp', b'isom\0\0\0\0') + box(b'moov', b'\0\0\0\0free')
    yield 'size64-header-cut.mp4', FTYP + b'\0\0\0\1mdat\0\0'


def nesting():
    for kind, depth in ((b'moov', 100_000), (b'udta', 10_000), (b'trak', 10_000), (b'meta', 10_000), (b'xxxx', 10_000)):
        body = nest(kind, depth)
        yield f'nested-{depth}-{kind.decode()}.mp4', FTYP + (body if kind in (b'moov', b'xxxx') else box(b'moov', MVHD + body))
    yield 'moov-in-moov.mp4', film(box(b'moov', MVHD + labelled(base.label())))
    yield 'moov-twice.mp4', film(labelled(base.label()), after=box(b'moov', MVHD + labelled(base.label('2', base.OTHER))))
    yield 'boxes-20000-free-at-top.mp4', film(before=b'\0\0\0\x08free' * 20_000)
    yield 'boxes-20000-free-in-moov.mp4', film(b'\0\0\0\x08free' * 20_000)
    yield 'boxes-20000-traks.mp4', FTYP + box(b'moov', MVHD + box(b'trak', b'') * 20_000)
    yield 'boxes-500-udta.mp4', film(labelled(b'{}') * 500)


def tables():
    """Sample tables that lie: a writer that moves the media must neither wrap nor read beyond them."""
    good = film()
    at = good.index(b'stco') + 8
    for slug, count in (('0', 0), ('1000', 1000), ('40000000', 0x40000000), ('ffffffff', 2**32 - 1)):
        yield f'stco-count-{slug}.mp4', base.patched(good, at, struct.pack('>I', count))
    yield 'stco-offset-ffffffff.mp4', base.patched(good, at + 4, b'\xff' * 4)
    yield 'stco-offset-0.mp4', base.patched(good, at + 4, bytes(4))
    yield 'stco-offset-inside-moov.mp4', base.patched(good, at + 4, struct.pack('>I', 60))
    yield 'stco-offset-beyond-file.mp4', base.patched(good, at + 4, struct.pack('>I', 10_000_000))
    yield 'stco-cut.mp4', film(box(b'trak', box(b'mdia', box(b'minf', box(b'stbl', box(b'stco', b'\0\0'))))))
    yield 'stco-twice.mp4', film(box(b'trak', box(b'mdia', box(b'minf', box(b'stbl', shifted((99,), 0) * 2)))))
    wide = base.clean('mp4-co64.mp4')
    spot = wide.index(b'co64') + 12
    for slug, offset in base.LIES64:
        yield f'co64-offset-{slug}.mp4', base.patched(wide, spot, struct.pack('>Q', offset))
    yield 'co64-count-20000000.mp4', base.patched(wide, spot - 4, b'\x20\0\0\0')
    sizes = good.index(b'stsz') + 8
    yield 'stsz-count-ffffffff.mp4', base.patched(good, sizes + 4, b'\xff' * 4)
    yield 'stsz-one-size-ffffffff.mp4', base.patched(good, sizes, b'\xff' * 4)
    yield 'stsz-first-size-ffffffff.mp4', base.patched(good, sizes + 8, b'\xff' * 4)
    for kind in (b'stts', b'stsc', b'stsd', b'elst'):
        yield f'{kind.decode()}-count-ffffffff.mp4', base.patched(good, good.index(kind) + 8, b'\xff' * 4)
    yield 'mvhd-version-255.mp4', base.patched(good, good.index(b'mvhd') + 4, b'\xff')
    yield 'mvhd-timescale-0.mp4', base.patched(good, good.index(b'mvhd') + 16, bytes(4))
    yield 'stco-near-4gib-overflows-when-moved.mp4', base.patched(good, at + 4, struct.pack('>I', 2**32 - 2))
    moof = box(b'moof', full(b'mfhd', bytes(4)) + box(b'traf', full(b'tfhd', bytes(4)) + full(b'trun', b'\xff' * 4)))
    yield 'fragment-trun-count-ffffffff.mp4', film(after=moof)
    yield 'fragment-tfra-count-ffffffff.mp4', film(after=box(b'mfra', full(b'tfra', b'\0\0\0\1\0\0\0\x3f' + b'\xff' * 4) + full(b'mfro', b'\xff' * 4)))
    yield 'fragment-sidx-count-ffff.mp4', film(before=full(b'sidx', bytes(20) + b'\0\0\xff\xff'))
    yield 'fragment-saio-count-ffffffff.mp4', film(after=box(b'moof', box(b'traf', full(b'saio', b'\xff' * 4))))
    for slug, offset in (('0', 0), ('inside-moov', 60), ('ffffffff', 2**32 - 1)):
        place = full(b'iloc', struct.pack('>BBHHHHII', 0x44, 0, 1, 1, 0, 1, offset, 40))
        yield f'iloc-offset-{slug}.mp4', film(full(b'meta', place), after=full(b'meta', place))
    yield 'iloc-count-ffffffff.mp4', film(after=full(b'meta', full(b'iloc', b'\xff' * 6, version=2)))


def labels():
    value = base.label()
    one = keys(b'AIGC')
    yield 'label-good.mp4', film(labelled(value))
    for index in (0, 2, 99, 0x80000000, 0xFFFFFFFF):
        yield f'ilst-index-{index:x}.mp4', film(box(b'udta', meta(one, item(index, value))))
    for count in (0, 2, 1_000_000, 2**32 - 1):
        yield f'keys-count-{count:x}.mp4', film(box(b'udta', meta(keys(b'AIGC', count=count), item(1, value))))
    for slug, size in (*base.LIES32, ('7', 7)):
        bad = full(b'keys', b'\0\0\0\1' + struct.pack('>I', size) + b'mdtaAIGC')
        yield f'key-size-{slug}.mp4', film(box(b'udta', meta(bad, item(1, value))))
    for size in (0, 8, 15, 16, 0x7FFFFFFF, 0xFFFFFFFF):
        yield f'data-size-{size:x}.mp4', film(box(b'udta', meta(one, item(1, value, size=size))))
    for kind in (0, 2, 13, 27, 0xFFFFFF, 0xFFFFFFFF):
        yield f'data-type-{kind:x}.mp4', film(box(b'udta', meta(one, item(1, value, kind=kind))))
    yield 'data-empty.mp4', film(box(b'udta', meta(one, item(1, b''))))
    yield 'data-missing.mp4', film(box(b'udta', meta(one, struct.pack('>II', 8, 1))))
    yield 'data-1000-in-one-item.mp4', film(box(b'udta', meta(one, box(struct.pack('>I', 1), item(1, value)[8:] * 1000))))
    yield 'keys-1000-labels.mp4', film(labelled(*[value] * 1000))
    yield 'keys-5000-others.mp4', film(box(b'udta', meta(keys(*[b'k'] * 5000), item(5000, value))))
    yield 'keys-name-200kb.mp4', film(box(b'udta', meta(keys(b'AIGC' * 50_000), item(1, value))))
    for camera in (keys(b'com.example.make', b'AIGC'), keys(b'k', count=2**32 - 1), keys(*[b'k'] * 5000)):
        yield f'camera-keys-{len(camera)}-before-udta.mp4', film(meta(camera, item(1, b'Example')), labelled(value))
    yield 'keys-missing.mp4', film(box(b'udta', meta(b'', item(1, value))))
    yield 'keys-after-ilst.mp4', film(box(b'udta', full(b'meta', box(b'ilst', item(1, value)) + one)))
    yield 'meta-without-version.mp4', film(box(b'udta', meta(one, item(1, value), whole=False)))
    yield 'meta-handler-mdir.mp4', film(box(b'udta', meta(one, item(1, value), handler=b'mdir')))
    yield 'meta-handler-missing.mp4', film(box(b'udta', full(b'meta', one + box(b'ilst', item(1, value)))))
    yield 'meta-empty.mp4', film(box(b'udta', box(b'meta', b'')))
    yield 'meta-three-bytes.mp4', film(box(b'udta', box(b'meta', b'\0\0\0')))
    yield 'meta-twice-different.mp4', film(box(b'udta', meta(one, item(1, value)) + meta(one, item(1, base.label('3', base.OTHER)))))
    yield 'meta-in-moov-and-in-udta.mp4', film(meta(one, item(1, base.label('2', base.OTHER))), labelled(value))
    yield 'udta-quicktime-terminator.mp4', film(box(b'udta', meta(one, item(1, value)) + bytes(4)))
    yield 'udta-string-length-lies.mp4', film(box(b'udta', box(b'\xa9nam', b'\xff\xff\0\0x')))
    yield 'udta-own-box-aigc.mp4', film(box(b'udta', box(b'AIGC', value) + box(b'aigc', b'\x1b[2J')))
    free_form = box(b'----', full(b'mean', b'com.apple.iTunes') + full(b'name', b'AIGC') + box(b'data', struct.pack('>II', 1, 0) + value))
    yield 'ilst-free-form.mp4', film(box(b'udta', full(b'meta', full(b'hdlr', bytes(4) + b'mdir' + bytes(13)) + box(b'ilst', free_form))))
    yield 'ilst-free-form-mean-cut.mp4', film(box(b'udta', full(b'meta', box(b'ilst', box(b'----', box(b'mean', b'\0'))))))
    for slug, packet in xmp.packets():
        if slug.startswith(('external', 'billion', 'utf-16')):
            yield f'uuid-xmp-{slug}.mp4', film(after=box(b'uuid', XMP_ID + packet))
    yield 'uuid-cut.mp4', film(after=box(b'uuid', XMP_ID[:7]))


def structure():
    packed = zlib.compress(box(b'moov', MVHD + labelled(base.label())))
    bomb = base.zeros(200_000_000)

    def cmov(stream, size):
        return FTYP + box(b'moov', box(b'cmov', box(b'dcom', b'zlib') + box(b'cmvd', struct.pack('>I', size) + stream)))
    yield 'cmov-good.mov', cmov(packed, 400)
    yield 'cmov-bomb-200mb.mov', cmov(bomb, 200_000_000)
    yield 'cmov-size-lies.mov', cmov(packed, 2**32 - 1)
    yield 'cmov-cut.mov', cmov(packed[:20], 400)
    yield 'ftyp-missing.mp4', headless()
    yield 'ftyp-only.mp4', FTYP
    yield 'ftyp-empty.mp4', box(b'ftyp', b'') + headless()
    yield 'ftyp-brands-20000.mp4', box(b'ftyp', b'isom\0\0\0\0' + b'\x1b[2J' * 20_000) + headless()
    yield 'ftyp-heic-brand-on-video.mp4', base.patched(film(), 8, b'heic')
    yield 'moov-missing.mp4', FTYP + box(b'mdat', bytes(500))
    yield 'moov-empty.mp4', FTYP + box(b'moov', b'')
    yield 'mdat-missing.mp4', FTYP + box(b'moov', parts()[b'moov'])
    yield 'kind-not-ascii.mp4', film(before=box(b'\x1b[2J', b'x') + box(b'\0\0\0\0', b'y'))
    yield 'zeros-behind.mp4', film() + bytes(10_000)
    yield 'seven-bytes-behind.mp4', film(labelled(base.label())) + bytes(7)
    tail = base.clean('mp4-tail.mp4')
    cut = tail.index(b'moov') - 4
    moov = tail[cut:]
    start = tail.index(b'mdat') - 4
    hole = 240_000_000
    yield 'mdat-240mb-hole-moov-at-tail.mp4', base.Sparse(tail[:start] + struct.pack('>I', hole - start - len(moov)) + tail[start + 4:cut], hole, moov)
    yield 'mdat-64gb-said-file-short.mp4', tail[:start] + struct.pack('>I4sQ', 1, b'mdat', 64 << 30) + tail[start + 8:]
    yield 'overlap-moov-inside-mdat.mp4', FTYP + struct.pack('>I', 100_000) + b'mdat' + box(b'moov', MVHD + labelled(base.label()))


def cases():
    yield from base.cuts('mp4-mdta.mp4', 20)
    yield from base.cuts('mov.mov', 6)
    yield from base.flips('mp4-itunes.mp4', 6)
    yield from base.some(lying_sizes(), 4)
    yield from base.some(labels(), 2)
    for family in (nesting, tables, structure):
        yield from family()
