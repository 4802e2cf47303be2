"""Hostile JPEG files."""
import hashlib
import struct

import base
import tiff
import xmp
from recipes.jpeg import after_jfif, segment, xmp_segment

NOTE = b'http://ns.adobe.com/xmp/extension/\0'


def good():
    return base.clean('jpeg.jpg')


def find(data, marker):
    """Where a marker's two bytes stand, walking the segments."""
    at = 2
    while data[at + 1] != marker:
        at += 2 + int.from_bytes(data[at + 2:at + 4], 'big')
    return at


def without(data, *markers):
    """The file without its segments of these kinds."""
    out, at = data[:2], 2
    while data[at + 1] != 0xDA:
        size = 2 + int.from_bytes(data[at + 2:at + 4], 'big')
        if data[at + 1] not in markers:
            out += data[at:at + size]
        at += size
    return out + data[at:]


def lying_lengths():
    data = after_jfif(good(), xmp_segment(xmp.good()))
    for name, marker in (('app0', 0xE0), ('app1', 0xE1), ('dqt', 0xDB), ('sof0', 0xC0), ('dht', 0xC4), ('sos', 0xDA)):
        at = find(data, marker) + 2
        real = int.from_bytes(data[at:at + 2], 'big')
        for slug, size in (('0', 0), ('1', 1), ('2', 2), ('ffff', 0xFFFF), ('one-more', real + 1), ('one-less', real - 1)):
            yield f'length-{name}-{slug}.jpg', base.patched(data, at, struct.pack('>H', size))


def frame(w=None, h=None, marker=0xC0, **change):
    """The good file with its frame header changed."""
    data = bytearray(good())
    at = find(data, 0xC0)
    data[at + 1] = marker
    data[at + 4] = change.get('precision', 8)
    if h is not None:
        data[at + 5:at + 9] = struct.pack('>HH', h, w)
    data[at + 9] = change.get('components', 3)
    data[at + 11] = change.get('sampling', data[at + 11])
    data[at + 12] = change.get('table', 0)
    return bytes(data)


def frames():
    for w, h in ((65500, 65500), (65535, 65535), (0, 0), (0, 8), (160, 0), (1, 1), (3, 1), (65535, 1), (1, 65535), (161, 121)):
        yield f'picture-{w}x{h}-with-little-data.jpg', frame(w, h)
    yield 'frame-12-bit-extended.jpg', frame(marker=0xC1, precision=12)
    yield 'frame-12-bit-baseline.jpg', frame(precision=12)
    yield 'frame-precision-0.jpg', frame(precision=0)
    for name, marker in (('lossless', 0xC3), ('hierarchical-sof5', 0xC5), ('arithmetic', 0xC9), ('arithmetic-progressive', 0xCA), ('reserved-jpg', 0xC8), ('jpeg-ls', 0xF7), ('progressive-lie', 0xC2)):
        yield f'frame-{name}.jpg', frame(marker=marker)
    dhp = segment(0xDE, struct.pack('>BHHB', 8, 120, 160, 1) + b'\1\x11\0')
    yield 'frame-hierarchical-dhp-exp.jpg', after_jfif(good(), dhp, segment(0xDF, b'\x11'))
    for count in (0, 1, 2, 4, 5, 255):
        yield f'frame-components-{count}.jpg', frame(components=count)
    for sampling in (0x00, 0x01, 0x10, 0xFF, 0x33, 0x44):
        yield f'frame-sampling-{sampling:02x}.jpg', frame(sampling=sampling)
    for table in (2, 3, 4, 255):
        yield f'frame-quantisation-table-{table}-missing.jpg', frame(table=table)
    third = segment(0xDB, b'\2' + bytes(range(1, 65)))
    yield 'frame-quantisation-third-table.jpg', after_jfif(frame(table=2), third)
    sof = good()[find(good(), 0xC0):][:19]
    yield 'frame-twice.jpg', after_jfif(good(), sof)
    yield 'frame-missing.jpg', without(good(), 0xC0)
    yield 'frame-with-dnl.jpg', frame(160, 0).replace(b'\xff\xd9', b'\xff\xdc\0\4\0\x78\xff\xd9')


def tables():
    yield 'tables-no-huffman.jpg', without(good(), 0xC4)
    yield 'tables-no-quantisation.jpg', without(good(), 0xDB)
    yield 'tables-none-at-all.jpg', without(good(), 0xC4, 0xDB, 0xC0)
    yield 'tables-quantisation-zeros.jpg', after_jfif(without(good(), 0xDB), segment(0xDB, b'\0' + bytes(64) + b'\1' + bytes(64)))
    yield 'tables-quantisation-16-bit.jpg', after_jfif(without(good(), 0xDB), segment(0xDB, b'\x10' + b'\xff' * 128 + b'\x11' + b'\xff' * 128))
    yield 'tables-quantisation-cut.jpg', after_jfif(good(), segment(0xDB, b'\0' + bytes(30)))
    for slug, counts in (('all-255', b'\xff' * 16), ('empty', bytes(16)), ('overfull', b'\3' + bytes(15)), ('all-length-16', bytes(15) + b'\xff')):
        yield f'tables-huffman-{slug}.jpg', after_jfif(without(good(), 0xC4), *[segment(0xC4, bytes([i]) + counts + bytes(min(sum(counts), 256))) for i in (0, 1, 16, 17)])
    yield 'tables-huffman-id-9.jpg', after_jfif(good(), segment(0xC4, b'\x09' + bytes(15) + b'\1\0'))
    yield 'tables-arithmetic-conditioning.jpg', after_jfif(good(), segment(0xCC, b'\0\xff\x10\x7f'))


def scans():
    data = good()
    at = find(data, 0xDA)
    start = at + 2 + int.from_bytes(data[at + 2:at + 4], 'big')
    head, scan = data[:start], data[start:-2]
    yield 'scan-missing.jpg', data[:at] + b'\xff\xd9'
    yield 'scan-empty.jpg', head + b'\xff\xd9'
    yield 'scan-no-eoi.jpg', data[:-2]
    yield 'scan-noise.jpg', head + base.noise(3000).replace(b'\xff', b'\xfe') + b'\xff\xd9'
    yield 'scan-noise-with-markers.jpg', head + base.noise(6000) + b'\xff\xd9'
    yield 'scan-all-ff.jpg', head + b'\xff' * 5000
    yield 'scan-all-ff00.jpg', head + b'\xff\0' * 5000 + b'\xff\xd9'
    yield 'scan-middle-zeroed.jpg', head + base.patched(scan, len(scan) // 2, bytes(200)) + b'\xff\xd9'
    yield 'scan-before-frame.jpg', after_jfif(data, data[at:start])
    yield 'scan-unknown-component.jpg', base.patched(data, at + 5, b'\x77')
    yield 'scan-components-0.jpg', base.patched(data, at + 4, b'\0')
    yield 'scan-components-5.jpg', base.patched(data, at + 4, b'\5')
    yield 'scan-huffman-table-15.jpg', base.patched(data, at + 6, b'\xff')
    yield 'scan-spectral-99-to-1.jpg', base.patched(data, start - 3, b'\x63\1\xff')
    yield 'scan-twice.jpg', data[:-2] + data[at:]
    yield 'scan-5000-times-progressive.jpg', base.clean('jpeg-progressive.jpg')[:-2] + b'\xff\xda\0\x08\1\1\0\1\5\0' * 5000 + b'\xff\xd9'
    yield 'scan-5000-full-size-8000x8000.jpg', progressive_bomb()
    for slug, marks in (('wrong-number', b'\xff\xd5'), ('flood', b'\xff\xd0' * 5000), ('all-eight', bytes.fromhex('ffd0ffd1ffd2ffd3ffd4ffd5ffd6ffd7'))):
        yield f'restart-{slug}.jpg', head + base.patched(scan, 100, marks)[:len(scan)] + b'\xff\xd9'
    yield 'restart-interval-1-without-markers.jpg', after_jfif(data, segment(0xDD, b'\0\1'))
    yield 'restart-interval-ffff.jpg', after_jfif(data, segment(0xDD, b'\xff\xff'))
    yield 'restart-interval-cut.jpg', after_jfif(data, segment(0xDD, b'\1'))
    rotated = base.clean('jpeg-exif-rotated.jpg')
    yield 'restart-markers-removed.jpg', rotated.replace(b'\xff\xd3', b'')
    yield 'restart-markers-swapped.jpg', rotated.replace(b'\xff\xd1', b'\xff\xd6')


def progressive_bomb():
    """A large progressive frame and thousands of empty scans: each one costs a walk over all blocks."""
    data = bytearray(base.clean('jpeg-progressive.jpg'))
    at = find(data, 0xC2)
    data[at + 5:at + 9] = struct.pack('>HH', 8000, 8000)
    return bytes(data[:-2]) + b'\xff\xda\0\x08\1\1\0\1\x3f\x10\0' * 5000 + b'\xff\xd9'


def structure():
    data = good()
    yield 'soi-only.jpg', b'\xff\xd8'
    yield 'soi-eoi.jpg', b'\xff\xd8\xff\xd9'
    yield 'soi-missing.jpg', data[2:]
    yield 'soi-twice.jpg', b'\xff\xd8' + data
    yield 'segments-20000-comments.jpg', after_jfif(data, b'\xff\xfe\0\3x' * 20_000)
    yield 'segments-20000-empty-app9.jpg', after_jfif(data, b'\xff\xe9\0\2' * 20_000)
    yield 'segments-1000-xmp.jpg', after_jfif(data, *[xmp_segment(xmp.good())] * 1000)
    yield 'fill-bytes-200000.jpg', after_jfif(data, b'\xff' * 200_000)
    yield 'garbage-between-segments.jpg', after_jfif(data, base.noise(300).replace(b'\xff', b'\xfe'))
    yield 'strays-20000-times.jpg', after_jfif(data, b'x\xff\0\xff\xfe\0\3y' * 20_000)
    yield 'strays-8mb.jpg', after_jfif(data, b'\xff\0' * 4_000_000)
    yield 'strays-without-end.jpg', b'\xff\xd8' + b'\xff\0' * 4_000_000
    yield 'packets-800-different.jpg', after_jfif(data, *[xmp_segment(xmp.packet(f'<n:a{i} xmlns:n="urn:n">x</n:a{i}>').encode()) for i in range(800)])
    yield 'trailer-xmp-good.jpg', data + xmp.good()
    yield 'trailer-xmp-cut.jpg', data + xmp.good()[:-40]
    yield 'trailer-less-than-signs.jpg', data + b'<' * 200_000
    yield 'trailer-packet-starts.jpg', data + b'<x:xmpmeta' * 20_000
    yield 'marker-zero.jpg', after_jfif(data, b'\xff\0')
    yield 'marker-stray-rst-and-tem.jpg', after_jfif(data, b'\xff\xd0\xff\x01\xff\xd7')
    yield 'eoi-10000-times.jpg', data + b'\xff\xd9' * 10_000
    yield 'trailer-zeros.jpg', data + bytes(5000)
    yield 'trailer-second-jpeg-with-label.jpg', data + after_jfif(data, xmp_segment(xmp.good()))
    yield 'adobe-transform-255.jpg', after_jfif(data, segment(0xEE, b'Adobe\0\x64\0\0\0\0\xff'))
    yield 'adobe-cut.jpg', after_jfif(data, segment(0xEE, b'Adob'))
    yield 'jfif-thumbnail-lies.jpg', base.patched(data, 18, b'\xff\xff')
    for slug, part in (('0-of-0', b'\0\0'), ('9-of-2', b'\x09\2'), ('255-of-255', b'\xff\xff')):
        yield f'icc-part-{slug}.jpg', after_jfif(data, segment(0xE2, b'ICC_PROFILE\0' + part + base.noise(200)))
    yield 'comment-with-label-and-escapes.jpg', after_jfif(data, segment(0xFE, b'\x1b]0;owned\7{"AIGC":' + base.label() + b'}'))


def extended():
    """Extended XMP whose parts do not fit together; the right one comes first for comparison."""
    body = xmp.packet(xmp.element(), ns=f'xmlns:TC260="{xmp.TC260}"').encode()
    guid = hashlib.md5(body).hexdigest().upper().encode()
    note = f'<x xmlns:xmpNote="http://ns.adobe.com/xmp/note/" xmpNote:HasExtendedXMP="{guid.decode()}"/>'
    main = xmp_segment(xmp.packet('', attributes=f' xmlns:xmpNote="http://ns.adobe.com/xmp/note/" xmpNote:HasExtendedXMP="{guid.decode()}"').encode())

    def part(offset, data, total=len(body), name=guid):
        return segment(0xE1, NOTE + name + struct.pack('>II', total, offset) + data)
    half = len(body) // 2
    two = [part(0, body[:half]), part(half, body[half:])]
    yield 'good', [main, *two]
    yield 'reversed', [main, *two[::-1]]
    yield 'main-after', [*two, main]
    yield 'without-main', two
    yield 'main-in-foreign-element', [xmp_segment(note.encode()), *two]
    yield 'guid-wrong', [main, *(part(0, body, name=b'0' * 32),)]
    yield 'guid-not-hex', [main, part(0, body, name=b'\0\x1b[2J' + b'z' * 27)]
    yield 'digest-wrong', [main, part(0, body.replace(b'hostile', b'HOSTILE'))]
    yield 'part-missing', [main, two[0]]
    yield 'part-twice', [main, two[0], *two]
    yield 'overlap', [main, two[0], part(half - 50, body[half - 50:])]
    yield 'gap', [main, two[0], part(half + 50, body[half + 50:])]
    yield 'offset-beyond-total', [main, two[0], part(len(body) + 5, body[half:])]
    yield 'offset-wraps', [main, part(0xFFFFFFF0, body)]
    yield 'total-ffffffff', [main, part(0, body, total=0xFFFFFFFF)]
    yield 'total-zero', [main, part(0, body, total=0)]
    yield 'totals-differ', [main, two[0], part(half, body[half:], total=9)]
    yield 'cut-header', [main, segment(0xE1, NOTE + guid[:20])]
    yield 'parts-one-byte-each', [main, *(part(i, body[i:i + 1]) for i in range(len(body)))]
    yield 'total-200mb-500-parts', [main, *(part(i * 400_000, body, total=200_000_000) for i in range(500))]


def pictures_index():
    """MPF indexes that lie."""
    data = base.clean('jpeg-mpf.jpg')
    at = data.index(b'MPF\0') + 4
    entry = data.index(struct.pack('>I', 0x20030000), at)
    second = entry + 16
    yield 'mpf-count-ffffffff.jpg', base.patched(data, at + 10 + 12 + 8, b'\xff' * 4)
    yield 'mpf-count-0.jpg', base.patched(data, at + 10 + 12 + 8, bytes(4))
    yield 'mpf-entry-size-ffffffff.jpg', base.patched(data, at + 10 + 24 + 4, b'\xff' * 4)
    yield 'mpf-entry-offset-beyond.jpg', base.patched(data, at + 10 + 24 + 8, b'\x7f\xff\xff\xff')
    yield 'mpf-second-offset-ffffffff.jpg', base.patched(data, second + 8, b'\xff' * 4)
    yield 'mpf-second-offset-0-is-itself.jpg', base.patched(data, second + 8, bytes(4))
    yield 'mpf-second-size-ffffffff.jpg', base.patched(data, second + 4, b'\xff' * 4)
    yield 'mpf-first-size-0.jpg', base.patched(data, entry + 4, bytes(4))
    ring = struct.pack('>III', 0, len(data) - 200, 0) + b'\0\0\0\0'
    ifd = struct.pack('>H', 1) + struct.pack('>HHII', 0xB002, 7, 16 * 4000, 26) + bytes(4)
    yield 'mpf-4000-times-one-picture.jpg', after_jfif(good(), segment(0xE2, b'MPF\0MM\0*\0\0\0\x08' + ifd + ring * 4000))
    label = xmp_segment(xmp.good())
    yield 'mpf-second-picture-with-label-size-lies.jpg', data[:data.rindex(b'\xff\xd8\xff') + 2] + label + data[data.rindex(b'\xff\xd8\xff') + 2:]
    yield 'mpf-ifd-is-itself.jpg', base.patched(data, at + 10 + 36, struct.pack('>I', 8))
    yield 'mpf-header-cut.jpg', after_jfif(good(), segment(0xE2, b'MPF\0MM'))
    yield 'mpf-twice.jpg', after_jfif(data, data[at - 8:at + 4 + int.from_bytes(data[at - 6:at - 4], 'big') - 6])
    yield 'mpf-second-picture-missing.jpg', data[:data.index(b'\xff\xd9') + 2]


def metadata():
    for slug, packet in xmp.packets(2, 1):
        yield f'xmp-{slug}.jpg', after_jfif(good(), xmp_segment(packet))
    for slug, segments in extended():
        yield f'xmp-extended-{slug}.jpg', after_jfif(good(), *segments)
    for slug, block in base.some(tiff.blocks(), 2):
        if len(block) < 65_000:
            yield f'exif-{slug}.jpg', after_jfif(good(), segment(0xE1, b'Exif\0\0' + block))
    yield 'xmp-name-without-nul.jpg', after_jfif(good(), segment(0xE1, b'http://ns.adobe.com/xap/1.0/' + xmp.good()))
    yield 'exif-name-cut.jpg', after_jfif(good(), segment(0xE1, b'Exi'))


def cases():
    yield from base.cuts('jpeg-xmp.jpg', 16)
    yield from base.cuts('jpeg-mpf.jpg', 8)
    yield from base.cuts('jpeg-progressive.jpg', 6)
    yield from base.flips('jpeg-exif-rotated.jpg', 6)
    yield from base.some(lying_lengths(), 3)
    for family in (frames, tables, scans, structure, pictures_index, metadata):
        yield from family()
