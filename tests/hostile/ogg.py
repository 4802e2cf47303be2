"""Hostile Ogg files: lying pages, headers that never end, streams beside and behind each other."""
import struct

import base
from recipes import ogg as make
from recipes.flac import comments


def label(name='AIGC', text=None):
    return f'{name}=' + (base.label() if text is None else text).decode()


def good():
    return make.vorbis(['TITLE=x', label()])


def pages():
    """Fields of the second page, where the comments begin."""
    data = good()
    at = data.index(b'OggS', 4)
    for slug, raw, place in (('version-1', b'\1', 4), ('flags-ff', b'\xff', 5), ('flags-first', b'\2', 5), ('flags-continued', b'\1', 5), ('granule-ffffffff', b'\xff' * 8, 6),
                             ('granule-1', b'\1', 6), ('serial-other', b'zzzz', 14), ('number-ffffffff', b'\xff' * 4, 18), ('checksum-0', bytes(4), 22),
                             ('segments-0', b'\0', 26), ('segments-255', b'\xff', 26), ('lacing-0', b'\0', 27), ('lacing-255', b'\xff' * 40, 27), ('magic', b'Oggs', 0)):
        yield f'page-{slug}.ogg', base.patched(data, at + place, raw)
    yield 'page-of-no-segments-100k.ogg', data[:at] + make.page(0x616967, 1, 0, 0, [], b'') * 100_100 + data[at:]
    yield 'page-empty-segments-100k.ogg', data[:at] + make.page(0x616967, 1, 0, 0, [0] * 255, b'') * 400 + data[at:]
    yield 'page-garbage-between.ogg', data[:at] + base.noise(500) + data[at:]
    yield 'first-page-only.ogg', data[:at]
    yield 'first-page-1000-times.ogg', data[:at] * 1000
    yield 'first-pages-1000-serials.ogg', b''.join(make.page(n, 0, 2, 0, [30], b'\1vorbis' + bytes(23)) for n in range(1000)) + data[at:]
    yield 'headers-never-end.ogg', data[:at] + make.page(0x616967, 1, 0, -1, [255] * 255, b'\3vorbis' + bytes(65018)) * 60
    yield 'headers-other-stream-20000.ogg', data[:at] + make.page(9, 1, 0, 0, [4], b'abcd') * 20_000 + data[at:]
    second = make.page(0x616967, 0, 2, 0, [8], b'OpusHead')
    yield 'serial-twice.ogg', data[:at] + second + data[at:]


def lists():
    data = good()
    at = data.index(b'\3vorbis') + 7
    vendor = struct.unpack('<I', data[at:at + 4])[0]
    for slug, size in (*base.LIES32, ('80000000', 2**31)):
        raw = struct.pack('<I', size)
        yield f'vendor-length-{slug}.ogg', base.patched(data, at, raw)
        yield f'comment-count-{slug}.ogg', base.patched(data, at + 4 + vendor, raw)
        yield f'comment-length-{slug}.ogg', base.patched(data, at + 8 + vendor, raw)
        tags = make.opus(['TITLE=x', label()])
        yield f'opus-vendor-length-{slug}.opus', base.patched(tags, tags.index(b'OpusTags') + 8, raw)
    yield 'comment-magic-other.ogg', data.replace(b'\3vorbis', b'\3vorbiz')
    yield 'comments-20000-empty.ogg', make.vorbis([''] * 20_000)
    yield 'comments-5mb.ogg', make.vorbis(['A=' + 'x' * 5_000_000, label()])
    yield 'label-twice-good.ogg', make.vorbis([label(), label()])
    yield 'label-1000-times.ogg', make.vorbis([label()] * 1000)
    yield 'label-conflict.opus', make.opus([label(), label(text=base.label('2', base.OTHER))])
    yield 'label-lower-case-good.opus', make.opus([label('aigc')])
    yield 'label-in-description.ogg', make.vorbis([label('DESCRIPTION')])
    yield 'padding-60kb.opus', make.opus(['A=b'], bytes(60_000))
    yield 'padding-kept.opus', make.opus(['A=b'], b'\xff' * 60_000)


def streams():
    data, tags = good(), make.opus([label()])
    yield 'good.ogg', data
    yield 'chained-good.ogg', data + tags
    yield 'chained-with-itself.ogg', data * 50
    yield 'chained-100.ogg', (data + tags) * 50
    yield 'chained-cut.ogg', data + tags[:200]
    yield 'chained-rubbish-between.ogg', data + base.noise(900) + tags
    yield 'chained-rubbish-100kb-between.ogg', data + bytes(100_000) + tags
    yield 'chained-first-pages-20000.ogg', data + make.page(7, 0, 2, 0, [8], b'OpusHead') * 20_000
    yield 'chained-headers-never-end.ogg', data + make.page(7, 0, 2, 0, [8], b'OpusHead') + make.page(7, 1, 0, -1, [255] * 255, b'OpusTags' + bytes(65_017)) * 30
    yield 'chained-unknown-between-good.ogg', data + make.page(7, 0, 2, 0, [8], b'fishead\0') + make.page(7, 1, 4, 0, [4], b'abcd') + tags
    one, two = data.index(b'OggS', 4), tags.index(b'OggS', 4)
    yield 'side-by-side-good.ogg', data[:one] + tags[:two] + data[one:] + tags[two:]
    yield 'side-by-side-two-labels.opus', tags[:two] + data[:one] + tags[two:] + data[one:]
    unknown = make.page(7, 0, 2, 0, [8], b'fishead\0')
    yield 'unknown-first.ogg', unknown + data[:one] + data[one:]
    yield 'unknown-only.ogg', unknown + make.page(7, 1, 4, 0, [4], b'abcd')
    speex = make.page(5, 0, 2, 0, [80], b'Speex   ' + bytes(72))
    body = comments(label())
    yield 'speex-good.spx', speex + make.page(5, 1, 0, 0, make.lacing(body), body) + make.page(5, 2, 4, 320, [20], bytes(20))
    yield 'flac-block-lies.oga', make.page(5, 0, 2, 0, [51], b'\x7fFLAC\1\0\0\1fLaC' + bytes(38)) + make.page(5, 1, 0, 0, make.lacing(b'\4\xff\xff\xff' + body), b'\4\xff\xff\xff' + body) + make.page(5, 2, 4, 320, [20], bytes(20))
    yield '200mb-hole.ogg', base.Sparse(data, 200_000_000)
    yield 'full-then-100k-pages.opus', make.opus([make.full(64_960)]) + make.page(0x6F707573, 9, 0, 960, [1], b'x') * 100_100


def cases():
    yield from base.cuts('ogg-apart.ogg', 18)
    yield from base.cuts('opus-padding.opus', 9)
    yield from base.flips('ogg.ogg', 4)
    yield from base.some(lists(), 2)
    for family in (pages, streams):
        yield from family()
