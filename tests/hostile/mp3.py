"""Hostile MP3 files: mostly the ID3 tags, then the frames and the tags at the end."""
import struct
import zlib

import base
from recipes import mp3 as make
from recipes.mp3 import frame23, syncsafe, tag, utf16


def audio():
    return base.clean('mp3.mp3')


def txxx(value=None, name=b'AIGC', encoding=b'\0'):
    return encoding + name + b'\0' + (base.label() if value is None else value)


def frame24(name, data, size=None, flags=b'\0\0'):
    return name + (syncsafe(len(data)) if size is None else size) + flags + data


def v23(*frames, flags=0):
    return tag(3, flags, b''.join(frames)) + audio()


def v24(*frames, flags=0):
    return tag(4, flags, b''.join(frames)) + audio()


def lying_lengths():
    good = v23(frame23(b'TIT2', b'\0title'), frame23(b'TXXX', txxx()), bytes(50))
    for slug, raw in (('0', bytes(4)), ('1', b'\0\0\0\1'), ('max', b'\x7f' * 4), ('high-bits', b'\xff' * 4), ('80000000', b'\x80\0\0\0')):
        yield f'tag-size-{slug}.mp3', base.patched(good, 6, raw)
    real = int.from_bytes(good[24:28], 'big')
    for version, prefix in ((3, 'v23'), (4, 'v24')):
        for slug, size in (*base.LIES32, ('80000000', 2**31), ('one-more', real + 1), ('beyond-tag', 100_000)):
            data = bytearray(base.patched(good, good.index(b'TXXX') + 4, struct.pack('>I', size)))
            data[3] = version
            yield f'frame-size-{prefix}-{slug}.mp3', bytes(data)
    big = txxx(base.label() + b' ' * 300)
    yield 'frame-size-v24-not-syncsafe.mp3', v24(frame24(b'TXXX', big, struct.pack('>I', len(big))))
    yield 'frame-size-v23-syncsafe.mp3', v23(b'TXXX' + syncsafe(len(big)) + b'\0\0' + big)
    yield 'frame-size-v24-high-bits.mp3', v24(frame24(b'TXXX', big, b'\xff\xff\xff\xff'))
    yield 'frames-of-size-0-20000.mp3', v23(frame23(b'TIT2', b'') * 20_000)
    yield 'frame-v22-size-ffffff.mp3', tag(2, 0, b'TXX\xff\xff\xff' + txxx()) + audio()


def headers():
    body = frame23(b'TXXX', txxx())
    for version in (0, 1, 5, 255):
        yield f'version-2-{version}.mp3', tag(version, 0, body) + audio()
    yield 'flags-all.mp3', tag(3, 0xFF, body) + audio()
    yield 'flags-v22-compressed.mp3', tag(2, 0x40, body) + audio()
    for slug, ext in (('size-0', bytes(4)), ('size-6', b'\0\0\0\6' + bytes(6)), ('size-ffffffff', b'\xff' * 4), ('crc', b'\0\0\0\x0a\x80\0' + bytes(8)), ('bigger-than-tag', b'\0\1\0\0')):
        yield f'extended-header-v23-{slug}.mp3', v23(ext, body, flags=0x40)
        yield f'extended-header-v24-{slug}.mp3', v24(ext, frame24(b'TXXX', txxx()), flags=0x40)
    yield 'unsync-flag-body-ends-in-ff.mp3', v23(body, b'PRIV\0\0\0\2\0\0\xff\xff', flags=0x80)
    yield 'unsync-flag-but-raw-ff-e0.mp3', v23(frame23(b'PRIV', b'x\0' + b'\xff\xe0' * 500), body, flags=0x80)
    yield 'unsync-all-ff00.mp3', v23(frame23(b'PRIV', b'\xff\0' * 5000), flags=0x80)
    yield 'unsync-v24-frame-flag-lies.mp3', v24(frame24(b'TXXX', txxx(), flags=b'\0\x03'))
    footer = b'3DI' + tag(4, 0x10, body)[3:10]
    yield 'footer-in-front.mp3', tag(4, 0x10, frame24(b'TXXX', txxx())) + footer + audio()
    yield 'footer-said-but-missing.mp3', tag(4, 0x10, frame24(b'TXXX', txxx())) + audio()
    appended = tag(4, 0x10, frame24(b'TXXX', txxx()))
    yield 'appended-tag-with-footer.mp3', audio() + appended + b'3DI' + appended[3:10]
    yield 'footer-size-beyond-file.mp3', audio() + b'3DI\4\0\x10\x7f\x7f\x7f\x7f'
    yield 'seek-frame-points-to-itself.mp3', v24(frame24(b'SEEK', bytes(4)), frame24(b'TXXX', txxx()))
    yield 'seek-frame-ffffffff.mp3', v24(frame24(b'SEEK', b'\xff' * 4))
    yield 'tags-stacked-1000.mp3', tag(3, 0, body) * 1000 + audio()
    yield 'tags-stacked-empty-20000.mp3', tag(3, 0, b'') * 20_000 + audio()
    yield 'tags-stacked-two-different.mp3', tag(3, 0, body) + tag(4, 0, frame24(b'TXXX', txxx(base.label('2', base.OTHER)))) + audio()
    yield 'padding-not-zero.mp3', v23(body, b'\0' + base.noise(300))
    yield 'padding-one-byte.mp3', v23(body, b'\0')
    yield 'tag-without-audio.mp3', tag(3, 0, body)
    yield 'tag-16mb-said.mp3', b'ID3\3\0\0' + syncsafe(16_000_000) + body + audio()


def frames():
    value = base.label()
    for slug, data in (('encoding-4', txxx(encoding=b'\4')), ('encoding-255', txxx(encoding=b'\xff')), ('empty', b''), ('encoding-only', b'\0'),
                       ('no-terminator', b'\0AIGC'), ('name-empty', txxx(name=b'')), ('value-empty', txxx(b'')), ('value-invalid-utf8', b'\3AIGC\0\xff\xfe{'),
                       ('utf16-without-bom', b'\1' + 'AIGC\0{}'.encode('utf-16-le')), ('utf16-odd', b'\1' + utf16('AIGC') + b'\0\0' + utf16(value.decode())[:-1]),
                       ('utf16-lone-surrogates', b'\1' + utf16('AIGC') + b'\0\0\xff\xfe' + b'\0\xd8' * 20), ('utf16be', b'\2' + 'AIGC\0'.encode('utf-16-be') + value.decode().encode('utf-16-be')),
                       ('utf16-boms-differ', b'\1' + utf16('AIGC') + b'\0\0\xfe\xff' + value.decode().encode('utf-16-be')), ('many-values', txxx(b'\0'.join([value] * 3)))):
        yield f'txxx-{slug}.mp3', v24(frame24(b'TXXX', data))
    yield 'txxx-1000-labels.mp3', v23(frame23(b'TXXX', txxx()) * 1000)
    yield 'txxx-20000-others.mp3', v23(frame23(b'TXXX', b'\0a\0b') * 20_000)
    packed = zlib.compress(txxx())
    bomb = zlib.compress(txxx(b'A' * 50_000_000), 9)
    yield 'compressed-v23-good.mp3', v23(b'TXXX' + struct.pack('>IH', len(packed) + 4, 0x80) + struct.pack('>I', len(txxx())) + packed)
    yield 'compressed-v23-size-lies.mp3', v23(b'TXXX' + struct.pack('>IH', len(packed) + 4, 0x80) + b'\xff' * 4 + packed)
    yield 'compressed-v23-bomb-50mb.mp3', v23(b'TXXX' + struct.pack('>IH', len(bomb) + 4, 0x80) + struct.pack('>I', 50_000_000) + bomb)
    yield 'compressed-v23-no-size.mp3', v23(b'TXXX' + struct.pack('>IH', 2, 0x80) + b'xx')
    yield 'compressed-v24-bomb-50mb.mp3', v24(frame24(b'TXXX', b'\x7f' * 4 + bomb, flags=b'\0\x09'))
    yield 'compressed-v24-no-length.mp3', v24(frame24(b'TXXX', packed, flags=b'\0\x08'))
    yield 'encrypted-v23.mp3', v23(b'TXXX' + struct.pack('>IH', 50, 0x40) + base.noise(50))
    yield 'encrypted-v24.mp3', v24(frame24(b'TXXX', base.noise(50), flags=b'\0\x04'))
    yield 'grouped-v24-empty.mp3', v24(frame24(b'TXXX', b'', flags=b'\0\x40'))
    yield 'all-frame-flags-v24.mp3', v24(frame24(b'TXXX', txxx(), flags=b'\xff\xff'))
    for slug, name in (('nul', b'T\0XX'), ('lower', b'txxx'), ('high', b'\xff\xfb\x90\0'), ('ansi', b'\x1b[2J')):
        yield f'frame-id-{slug}.mp3', v23(frame23(name, txxx()), frame23(b'TXXX', txxx()))
    yield 'frame-id-v22-in-v24.mp3', v24(b'TXX\0\0\x20' + txxx())
    deep = b''
    for _ in range(2000):
        deep = frame23(b'CHAP', b'c\0' + bytes(16) + deep)
    yield 'chapters-nested-2000.mp3', v23(deep)
    yield 'chapters-table-of-itself.mp3', v23(frame23(b'CTOC', b'a\0\3\xffa\0' + b'a\0' * 254))
    yield 'picture-mime-without-end.mp3', v23(frame23(b'APIC', b'\0' + b'm' * 5000))
    yield 'frame-857-bytes-odd.mp3', tag(4, 0, frame24(b'COMM', b'\1eng' + b'\xff' * 820)) + audio()[:10]


def ends():
    good = audio()
    yield 'id3v1-only.mp3', b'TAG' + b'x' * 125
    yield 'id3v1-with-escapes.mp3', good + b'TAG' + b'\x1b[2J\x1b]0;x\7'.ljust(125, b'\xff')
    yield 'id3v1-enhanced.mp3', good + b'TAG+' + bytes(223) + b'TAG' + bytes(125)
    yield 'id3v1-1000-times.mp3', good + (b'TAG' + b'x' * 125) * 1000
    for slug, size, count in (('size-ffffffff', 2**32 - 1, 1), ('size-0', 0, 1), ('count-ffffffff', 32, 2**32 - 1)):
        yield f'ape-{slug}.mp3', good + b'APETAGEX' + struct.pack('<IIII', 2000, size, count, 0) + bytes(8)
    yield 'ape-with-label-of-other.mp3', v23(frame23(b'TXXX', txxx())) + ape(base.label('2', base.OTHER))
    yield 'ape-items-100k-and-more.mp3', ape_many(100_100)
    yield 'ape-twice.mp3', good + ape(base.label()) * 2
    yield 'ape-20-times.mp3', good + ape(base.label()) * 20
    yield 'ape-before-lyrics3-good.mp3', good + ape(base.label()) + b'LYRICSBEGINwords000016LYRICS200' + b'TAG' + bytes(125)
    appended = tag(4, 0x10, frame24(b'TXXX', txxx()) + frame24(b'TIT2', b'\0x'))
    yield 'appended-between-tags-good.mp3', good + ape(b'x') + appended + b'3DI' + appended[3:10] + b'TAG' + bytes(125)
    yield 'footer-of-itself.mp3', good + b'ID3\4\0\x10\0\0\0\0' + b'3DI\4\0\x10\0\0\0\0'
    yield 'lyrics3-size-lies.mp3', good + b'LYRICSBEGIN' + b'999999LYRICS200' + b'TAG' + bytes(125)


def ape(value):
    item = struct.pack('<II', len(value), 0) + b'AIGC\0' + value
    return item + b'APETAGEX' + struct.pack('<IIII', 2000, len(item) + 32, 1, 0) + bytes(8)


def ape_many(count):
    """More items than the limit, and a label in front of and behind them."""
    label = struct.pack('<II', len(base.label()), 0) + b'AIGC\0' + base.label()
    items = label + (struct.pack('<II', 1, 0) + b'ab\0x') * count + label
    return audio() + items + b'APETAGEX' + struct.pack('<IIII', 2000, len(items) + 32, count + 2, 0) + bytes(8)


def sizes():
    """Sizes of ID3v2.4 that can be read in two ways, and rubbish that looks like more frames."""
    plain = lambda name, data: frame24(name, data, struct.pack('>I', len(data)))
    picture = b'\0image/jpeg\0\3\0' + base.noise(20_000)
    yield 'sizes-plain-good.mp3', v24(plain(b'APIC', picture), frame24(b'TIT2', b'\3Title'))
    yield 'sizes-plain-behind-label-good.mp3', v24(frame24(b'TXXX', txxx()), plain(b'APIC', picture), frame24(b'TIT2', b'\3Title'))
    yield 'sizes-plain-then-noise.mp3', v24(plain(b'APIC', picture), frame24(b'TIT2', b'\3Title'), base.noise(3000))
    yield 'sizes-plain-cut.mp3', v24(plain(b'APIC', picture)[:9000])
    trap = frame24(b'TIT2', b'\0x') * 60
    for cut in (0, 1, 9, 10, 11, 100, 150, 177):
        yield f'sizes-trap-{cut:03d}.mp3', v24(plain(b'PRIV', bytes(128 + cut)), trap, b'!' * 120)
        yield f'sizes-trap-label-{cut:03d}.mp3', v24(plain(b'PRIV', b'y' * (128 + cut)), frame24(b'TXXX', txxx()) * 3, b'!' * 400)
    yield 'sizes-plain-20000.mp3', v24(plain(b'TIT2', bytes(200)) * 20_000, b'rubbish')


def manifests():
    """C2PA in GEOB: media types that lie, objects that break off, a bomb."""
    store = b'\0\0\0\x58jumb\0\0\0\x1ejumdc2pa\0\x11\0\x10\x80\0\0\xaa\0\x38\x9bq\3c2pa\0'
    for slug, data in (('empty', b''), ('encoding-only', b'\0'), ('type-only', b'\0application/c2pa'), ('no-object', b'\0application/c2pa\0\0\0'),
                       ('encoding-255', b'\xffapplication/c2pa\0f\0d\0' + store), ('upper-case', b'\0APPLICATION/C2PA\0f\0d\0' + store),
                       ('utf16', b'\1' + utf16('application/c2pa') + bytes(2) + store), ('no-type', bytes(4) + store), ('nul-1mb', b'\1' + bytes(1_000_000)),
                       ('ff-1mb', b'\1' + b'\xff\xfe' * 500_000)):
        yield f'manifest-{slug}.mp3', v24(frame24(b'GEOB', data))
    yield 'manifest-1000-times.mp3', v24(frame24(b'GEOB', b'\0application/c2pa\0f\0d\0' + store) * 1000)
    yield 'manifest-second-tag.mp3', tag(4, 0, frame24(b'TIT2', b'\0x')) + v23(frame23(b'GEOB', b'\0application/c2pa\0f\0d\0' + store))
    bomb = zlib.compress(b'\0application/c2pa\0f\0d\0' + store + bytes(50_000_000), 9)
    yield 'manifest-bomb-50mb.mp3', v24(frame24(b'GEOB', b'\x7f' * 4 + bomb, flags=b'\0\x09'))


def fronts():
    """Zeros and rubbish in front of tags and sound."""
    labelled, noise = tag(4, 0, frame24(b'TXXX', txxx())), base.noise(3000).replace(b'\xff', b'\xfe')
    for slug, junk in (('zeros', bytes(70_000)), ('zeros-1mb', bytes(1 << 20)), ('zeros-3mb', bytes(3 << 20)), ('noise', noise), ('sync-words', b'\xff\xfb' * 30_000), ('id3', b'ID3' * 20_000), ('id3-heads', b'ID3\4\0\0\0\0\0\0' * 6_000)):
        yield f'front-{slug}.mp3', junk + audio()
        yield f'front-{slug}-behind-tag.mp3', labelled + junk + audio()
        yield f'front-{slug}-before-tag.mp3', junk + labelled + audio()
    yield 'front-zeros-only.mp3', bytes(200_000)
    yield 'front-noise-only.mp3', noise * 50
    yield 'front-tag-zeros-only.mp3', labelled + bytes(200_000)


def streams():
    good = audio()
    yield 'sync-words-only-100000.mp3', b'\xff\xfb' * 100_000
    yield 'headers-without-bodies.mp3', b'\xff\xfb\x90\x64' * 20_000
    for slug, head in (('free-format', b'\xff\xfb\0\0'), ('bitrate-reserved', b'\xff\xfb\xf0\0'), ('rate-reserved', b'\xff\xfb\x9c\0'), ('layer-reserved', b'\xff\xf9\x90\0'), ('version-reserved', b'\xff\xeb\x90\0')):
        yield f'frame-header-{slug}.mp3', (head + bytes(413)) * 5
    at = good.find(b'Xing') if b'Xing' in good else good.find(b'Info')
    yield 'xing-counts-ffffffff.mp3', base.patched(good, at + 4, b'\0\0\0\x0f' + b'\xff' * 8)
    yield 'xing-header-cut.mp3', good[:at + 6]
    yield 'vbri-lies.mp3', base.patched(good, 36, b'VBRI' + b'\xff' * 22)
    low, side = b'\xff\xf3\x14\xc4', 9
    yield 'frames-that-all-reach-back.mp3', (low + b'\xff' * side + bytes(11)) * 20_000
    yield 'frames-that-all-reach-back-checked.mp3', (b'\xff\xf2\x14\xc4' + b'\xff' * side + bytes(11)) * 500
    yield 'frames-without-room.mp3', (b'\xff\xf3\x14\x04' + bytes(20)) * 500
    yield 'frames-of-two-rates-in-turn.mp3', ((low + bytes(20)) + (b'\xff\xf3\x10\xc4' + bytes(22))) * 500
    yield 'frames-of-noise.mp3', b''.join(b'\xff\xfb\x90\x64' + base.noise(413) for _ in range(200))
    yield 'frames-with-gaps.mp3', (good[at - 21:at + 187] + b'\xff\xfb' * 300) * 300
    yield 'vbri-largest-table.mp3', b'\xff\xfb\x90\x64' + bytes(32) + b'VBRI' + bytes(14) + b'\xff\xff\0\1\0\4\0\1' + bytes(355) + good
    yield 'xing-behind-xing.mp3', good[at - 21:at + 187] * 50 + good
    yield 'adts-frame-length-0.aac', b'\xff\xf1\x50\x80\0\x1f\xfc' * 1000
    yield 'adts-with-id3.aac', tag(4, 0, frame24(b'TXXX', txxx())) + b'\xff\xf1\x50\x80\x02\x1f\xfc' + bytes(9)


def cases():
    yield from base.cuts('mp3-id3v23.mp3', 18)
    yield from base.flips('mp3-unsync.mp3', 4)
    yield 'unsync-good.mp3', make.unsync()
    yield from base.some(lying_lengths(), 2)
    for family in (headers, frames, sizes, manifests, fronts, ends, streams):
        yield from family()
