"""Hostile GIF files."""
import base
import xmp
from recipes import gif

HEAD = b'GIF89a\x08\0\x08\0\0\0\0'
IMAGE = b'\x2c\0\0\0\0\x08\0\x08\0\0\x02\x02\x84\x51\0'


def made(*blocks, head=HEAD, image=IMAGE, end=b'\x3b'):
    return head + b''.join(blocks) + image + end


def comment(text):
    return gif.extension(0xFE, *[text[i:i + 255] for i in range(0, len(text), 255)])


def blocks():
    good = gif.xmp(xmp.good())
    yield 'xmp-good.gif', made(good)
    yield 'xmp-without-trailer.gif', made(b'\x21\xff\x0bXMP DataXMP' + xmp.good() + b'\0')
    yield 'trailer-xmp-cut.gif', made(good[:-100])
    yield 'trailer-xmp-only.gif', made(gif.xmp(b''))
    yield 'xmp-in-sub-blocks.gif', made(gif.extension(0xFF, b'XMP DataXMP', *[xmp.good()[i:i + 255] for i in range(0, len(xmp.good()), 255)]))
    yield 'xmp-with-nul.gif', made(gif.xmp(xmp.good()[:100] + b'\0' + xmp.good()[100:]))
    yield 'xmp-1000-times.gif', made(good * 1000)
    yield 'xmp-name-10-bytes.gif', made(gif.extension(0xFF, b'XMP DataXM', b'x'))
    yield 'xmp-behind-trailer.gif', made() + good
    yield 'comment-label.gif', made(comment(base.label()))
    yield 'comments-1000-labels.gif', made(comment(base.label()) * 1000)
    yield 'comments-20000-empty.gif', made(comment(b'') * 20_000)
    yield 'comment-10mb.gif', made(comment(b'{"Label":"1",' + b'x' * 10_000_000))
    yield 'application-label.gif', made(gif.extension(0xFF, b'AIGC\0\0\0\0\0\0\0', base.label()))
    yield 'application-size-0.gif', made(b'\x21\xff\0')
    yield 'application-size-255.gif', made(b'\x21\xff\xff' + bytes(255) + b'\0')
    yield 'extension-label-nul.gif', made(b'\x21\0\0')
    yield 'terminators-100k.gif', made(bytes(100_000))
    yield 'introducer-unknown.gif', made(b'\x99')
    yield 'trailer-missing.gif', made(good, end=b'')
    yield 'picture-missing.gif', made(good, image=b'')
    yield 'pictures-20000.gif', made(good, IMAGE * 20_000)
    yield 'picture-data-missing.gif', made(image=IMAGE[:11])
    yield 'picture-palette-beyond.gif', made(image=b'\x2c\0\0\0\0\x08\0\x08\0\x87\x02', end=b'')
    yield 'sub-blocks-of-1-byte.gif', made(image=IMAGE[:11] + b'\1x' * 500_000 + b'\0')
    yield 'palette-beyond.gif', b'GIF89a\x08\0\x08\0\xf7\0\0' + bytes(30)
    yield 'version-87a-with-extension.gif', made(good, head=b'GIF87a' + HEAD[6:])
    yield 'version-99a.gif', made(good, head=b'GIF99a' + HEAD[6:])
    yield 'picture-0x0.gif', made(good, head=b'GIF89a\0\0\0\0\0\0\0')
    yield 'c2pa-empty.gif', made(gif.extension(0xFF, b'C2PA_GIF\1\0\0'))
    yield 'hole-200mb-of-terminators.gif', base.Sparse(HEAD, 200_000_000, b'\x3b')


def metadata():
    for slug, packet in (*xmp.packets(3), *xmp.large_packets()):
        yield f'packet-{slug}.gif', made(gif.xmp(packet))


def cases():
    yield from base.cuts('gif-xmp.gif', 20)
    yield from base.flips('gif-animated.gif', 6)
    yield from blocks()
    yield from metadata()
