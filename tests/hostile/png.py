"""Hostile PNG files."""
import struct
import zlib

import base
import tiff
import xmp
from recipes.png import SIGNATURE, chunk, itxt

BASE = 'png-text.png'


def header(w=8, h=8, depth=8, colour=0, interlace=0, method=0):
    return chunk(b'IHDR', struct.pack('>IIBBBBB', w, h, depth, colour, method, 0, interlace))


def idat(raw=b'\0' * 9 * 8):
    return chunk(b'IDAT', zlib.compress(raw, 9))


def png(*chunks, head=None, data=None, end=chunk(b'IEND')):
    return SIGNATURE + (header() if head is None else head) + b''.join(chunks) + (idat() if data is None else data) + end


def lying_lengths():
    data = base.clean(BASE)
    for kind in (b'IHDR', b'tEXt', b'iTXt', b'IDAT', b'IEND'):
        at = data.index(kind) - 4
        real = int.from_bytes(data[at:at + 4], 'big')
        for slug, size in (*base.LIES32, ('one-more', real + 1), ('one-less', max(real - 1, 0)), ('80000000', 2**31)):
            yield f'length-{kind.decode()}-{slug}.png', base.patched(data, at, struct.pack('>I', size))


def bombs():
    big = base.zeros(256 * base.MILLION)
    yield 'bomb-ztxt-256mb.png', png(chunk(b'zTXt', b'AIGC\0\0' + big))
    yield 'bomb-itxt-64mb.png', png(chunk(b'iTXt', b'AIGC\0\1\0\0\0' + base.zeros(64 * base.MILLION)))
    yield 'bomb-ztxt-100-times-2mb.png', png(*[chunk(b'zTXt', b'AIGC\0\0' + base.zeros(2 * base.MILLION))] * 100)
    spaces = zlib.compressobj(9)
    packed = spaces.compress(xmp.BEGIN.encode()) + b''.join(spaces.compress(b' ' * 1_000_000) for _ in range(100)) + spaces.flush()
    yield 'bomb-xmp-100mb-of-spaces.png', png(chunk(b'iTXt', b'XML:com.adobe.xmp\0\1\0\0\0' + packed))
    yield 'bomb-iccp-64mb.png', png(chunk(b'iCCP', b'x\0\0' + base.zeros(64 * base.MILLION)))
    yield 'bomb-idat-20000x20000.png', png(head=header(20000, 20000), data=chunk(b'IDAT', base.zeros(400 * base.MILLION)))
    yield 'bomb-idat-8x8-with-64mb.png', png(data=chunk(b'IDAT', base.zeros(64 * base.MILLION)))
    yield 'bomb-zlib-in-zlib.png', png(chunk(b'zTXt', b'AIGC\0\0' + zlib.compress(base.zeros(64 * base.MILLION), 9)))


def floods():
    yield 'chunks-20000-text.png', png(*[chunk(b'tEXt', b'a\0b')] * 20_000)
    yield 'chunks-20000-empty-idat.png', png(data=chunk(b'IDAT') * 20_000 + idat())
    yield 'chunks-1000-aigc.png', png(*[chunk(b'tEXt', b'AIGC\0{"AIGC":' + base.label() + b'}')] * 1000)
    yield 'chunks-1000-xmp.png', png(*[itxt(b'XML:com.adobe.xmp', xmp.good())] * 1000)
    frames = b''.join(chunk(b'fcTL', struct.pack('>IIIIIHHBB', i, 1, 1, 0, 0, 1, 1, 0, 0)) for i in range(11_000))
    yield 'frames-11000-without-data.png', png(chunk(b'acTL', struct.pack('>II', 11_000, 0)), data=idat() + frames)


def sizes():
    raw3 = idat(b'\0abc')
    for w, h in ((2**31 - 1, 2**31 - 1), (2**32 - 1, 2**32 - 1), (2**31, 1), (0, 0), (0, 8), (8, 0), (65500, 65500), (1, 2**31 - 1)):
        yield f'picture-{w}x{h}.png', png(head=header(w, h))
    yield 'picture-1x1.png', png(head=header(1, 1), data=idat(b'\0\0'))
    yield 'picture-3x1.png', png(head=header(3, 1), data=raw3)
    yield 'picture-1x5000.png', png(head=header(1, 5000), data=idat(b'\0\0' * 5000))
    yield 'picture-5000x1.png', png(head=header(5000, 1), data=idat(bytes(5001)))
    yield 'picture-1x1-adam7.png', png(head=header(1, 1, interlace=1), data=idat(b'\0\0'))
    yield 'picture-4000x34.png', png(head=header(4000, 34), data=idat(bytes(4001 * 34)))


def pixels():
    plte = chunk(b'PLTE', bytes(6))
    yield 'idat-missing.png', png(data=b'')
    yield 'idat-empty.png', png(data=chunk(b'IDAT'))
    yield 'idat-not-zlib.png', png(data=chunk(b'IDAT', b'\xff' * 50))
    yield 'idat-cut.png', png(data=chunk(b'IDAT', zlib.compress(bytes(72))[:-6]))
    yield 'idat-adler-wrong.png', png(data=chunk(b'IDAT', zlib.compress(bytes(72))[:-1] + b'?'))
    yield 'idat-too-short.png', png(data=idat(bytes(20)))
    yield 'idat-too-long.png', png(data=idat(bytes(7200)))
    yield 'idat-split-by-text.png', png(data=chunk(b'IDAT', zlib.compress(bytes(72))[:5]) + chunk(b'tEXt', b'a\0b') + chunk(b'IDAT', zlib.compress(bytes(72))[5:]))
    yield 'filter-bytes-wrong.png', png(data=idat(b'\x09' * 72))
    yield 'plte-missing.png', png(head=header(colour=3))
    yield 'plte-after-idat.png', png(head=header(colour=3), data=idat() + plte)
    yield 'plte-empty.png', png(chunk(b'PLTE'), head=header(colour=3))
    yield 'plte-257-colours.png', png(chunk(b'PLTE', bytes(771)), head=header(colour=3))
    yield 'plte-not-by-three.png', png(chunk(b'PLTE', bytes(7)), head=header(colour=3))
    yield 'plte-index-out-of-range.png', png(plte, head=header(colour=3), data=idat(b'\0' + b'\xff' * 8 + b'\0' * 63))
    yield 'trns-longer-than-plte.png', png(plte, chunk(b'tRNS', bytes(256)), head=header(colour=3))
    yield 'trns-for-rgba.png', png(chunk(b'tRNS', bytes(6)), head=header(colour=6), data=idat(bytes(33 * 8)))
    for slug, fields in (('depth-3', {'depth': 3}), ('depth-0', {'depth': 0}), ('depth-16-palette', {'depth': 16, 'colour': 3}),
                         ('colour-5', {'colour': 5}), ('interlace-7', {'interlace': 7}), ('method-9', {'method': 9})):
        yield f'ihdr-{slug}.png', png(head=header(**fields))


def order():
    text = chunk(b'tEXt', b'AIGC\0' + base.label())
    good = png(text)
    yield 'ihdr-missing.png', png(head=b'')
    yield 'ihdr-twice.png', png(header(9, 9))
    yield 'ihdr-late.png', png(header(), head=text)
    yield 'ihdr-12-bytes.png', png(head=chunk(b'IHDR', bytes(12)))
    yield 'iend-missing.png', png(text, end=b'')
    yield 'iend-with-data.png', png(end=chunk(b'IEND', base.label()))
    yield 'label-after-iend.png', png() + text
    yield 'second-png-after-iend.png', good + png(chunk(b'tEXt', b'AIGC\0' + base.label('2', base.OTHER)))
    yield 'zeros-after-iend.png', good + bytes(10_000)
    yield 'noise-after-iend.png', good + base.noise(10_000)
    for kind in (b'IHDR', b'tEXt', b'IDAT', b'IEND'):
        at = good.index(kind) + 4 + int.from_bytes(good[good.index(kind) - 4:good.index(kind)], 'big')
        yield f'crc-wrong-{kind.decode()}.png', base.patched(good, at, b'\0\0\0\0')
    for slug, kind in (('nul', b'\0\0\0\0'), ('high', b'\xff\xfe\xfd\xfc'), ('spaces', b'    '), ('critical-unknown', b'QQQQ'), ('ansi', b'\x1b[2J')):
        yield f'chunk-type-{slug}.png', png(chunk(kind, b'x'))
    yield 'signature-crlf-mangled.png', good.replace(b'\r\n', b'\n', 1)
    yield 'signature-only.png', SIGNATURE
    yield 'signature-mng.png', b'\x8aMNG' + good[4:]
    yield 'apple-cgbi.png', png(header(), head=chunk(b'CgBI', bytes(4)))


def texts():
    wrapped = b'{"AIGC":' + base.label() + b'}'
    yield 'text-no-nul.png', png(chunk(b'tEXt', b'AIGC' + wrapped))
    yield 'text-empty.png', png(chunk(b'tEXt'), chunk(b'zTXt'), chunk(b'iTXt'))
    yield 'text-keyword-empty.png', png(chunk(b'tEXt', b'\0' + wrapped))
    yield 'text-keyword-200-bytes.png', png(chunk(b'tEXt', b'AIGC' * 50 + b'\0' + wrapped))
    yield 'ztxt-method-5.png', png(chunk(b'zTXt', b'AIGC\0\5' + zlib.compress(wrapped)))
    yield 'ztxt-stream-cut.png', png(chunk(b'zTXt', b'AIGC\0\0' + zlib.compress(wrapped)[:-9]))
    yield 'ztxt-stream-empty.png', png(chunk(b'zTXt', b'AIGC\0\0'))
    yield 'ztxt-tail-behind-stream.png', png(chunk(b'zTXt', b'AIGC\0\0' + zlib.compress(wrapped) + base.noise(500)))
    yield 'itxt-flag-7.png', png(chunk(b'iTXt', b'AIGC\0\7\0\0\0' + wrapped))
    for cut in range(5, 9):
        yield f'itxt-cut-at-{cut}.png', png(chunk(b'iTXt', b'AIGC\0\0\0\0\0'[:cut]))
    yield 'itxt-invalid-utf8.png', png(itxt(b'AIGC', b'\xff\xfe' + wrapped))
    yield 'itxt-xmp-language-200kb.png', png(itxt(b'XML:com.adobe.xmp', xmp.good(), lang=b'z' * 200_000))
    yield 'xmp-after-idat.png', png(data=idat() + itxt(b'XML:com.adobe.xmp', xmp.good()))
    for slug, control in (('frames-ffffffff', struct.pack('>II', 2**32 - 1, 0)), ('frames-0', bytes(8)), ('cut', b'\0\0')):
        yield f'apng-{slug}.png', png(chunk(b'acTL', control))
    inside = chunk(b'fcTL', struct.pack('>IIIIIHHBB', 0, 2**31 - 1, 8, 2**31 - 1, 0, 0, 0, 9, 9))
    yield 'apng-frame-outside.png', png(chunk(b'acTL', struct.pack('>II', 2, 0)), inside, data=idat() + chunk(b'fdAT', b'\0\0\0\1'))
    yield 'apng-data-cut-and-out-of-order.png', png(chunk(b'acTL', struct.pack('>II', 2, 0)), data=idat() + chunk(b'fdAT', b'\0') + chunk(b'fdAT', b'\xff' * 9))


def profile(kind, data, size=None):
    """A raw profile as ImageMagick writes it."""
    digits = data.hex()
    lines = '\n'.join(digits[i:i + 72] for i in range(0, len(digits), 72))
    return f'Raw profile type {kind}\0'.encode() + f'\n{kind}\n{len(data) if size is None else size:8}\n{lines}\n'.encode()


def profiles():
    yield 'profile-xmp-good.png', png(chunk(b'tEXt', profile('xmp', xmp.good())))
    yield 'profile-xmp-and-packet-good.png', png(itxt(b'XML:com.adobe.xmp', xmp.good()), chunk(b'tEXt', profile('xmp', xmp.good())))
    yield 'profile-app1-good.png', png(chunk(b'tEXt', profile('APP1', b'http://ns.adobe.com/xap/1.0/\0' + xmp.good())))
    for slug, size in (('0', 0), ('minus-1', -1), ('9e9', 9_000_000_000), ('text', 'many')):
        yield f'profile-size-{slug}.png', png(chunk(b'tEXt', profile('xmp', xmp.good(), size)))
    yield 'profile-odd-digits.png', png(chunk(b'tEXt', profile('xmp', xmp.good())[:-2]))
    yield 'profile-no-digits.png', png(chunk(b'tEXt', profile('exif', b'')))
    yield 'profile-in-profile.png', png(chunk(b'tEXt', profile('xmp', profile('xmp', xmp.good()))))
    yield 'profile-bomb-32mb.png', png(chunk(b'zTXt', b'Raw profile type xmp\0\0' + zlib.compress(b'\nxmp\n 9\n' + b'20' * 16_000_000)))
    yield 'profiles-2000.png', png(*[chunk(b'tEXt', profile('xmp', xmp.good()))] * 2000)
    yield 'packets-2000-different.png', png(*[itxt(b'XML:com.adobe.xmp', xmp.packet(f'<n:a{i} xmlns:n="urn:n">x</n:a{i}>').encode()) for i in range(2000)])
    properties = ''.join(f'<n:a{i} xmlns:n="urn:n">x</n:a{i}>' for i in range(30_000))
    yield 'packet-behind-30000-properties.png', png(*[itxt(b'XML:com.adobe.xmp', xmp.packet(p).encode()) for p in (xmp.element(), properties)])
    yield 'trailer-xmp-good.png', png() + xmp.good()
    yield 'trailer-xmp-utf16.png', png() + xmp.good().decode().encode('utf-16')
    yield 'trailer-1000-packets.png', png() + xmp.good() * 1000


def metadata():
    for slug, packet in xmp.packets(2):
        yield f'xmp-{slug}.png', png(itxt(b'XML:com.adobe.xmp', packet))
    for slug, packet in xmp.large_packets():
        yield f'xmp-{slug}.png', png(itxt(b'XML:com.adobe.xmp', packet, packed=True))
    for slug, block in base.some(tiff.blocks(), 4):
        if len(block) < 65_000:
            yield f'exif-{slug}.png', png(chunk(b'eXIf', block))


def cases():
    yield from base.cuts(BASE, 24)
    yield from base.cuts('png-animated.png', 8)
    yield from base.flips('png-xmp.png', 6)
    yield from base.some(lying_lengths(), 3)
    for family in (bombs, floods, sizes, pixels, order, texts, profiles, metadata):
        yield from family()
