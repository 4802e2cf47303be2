"""Hostile HEIC and AVIF files."""
import struct

import base
import xmp
from recipes.heif import full, iinf, iloc, infe, iref
from recipes.mp4 import box

FTYP = box(b'ftyp', b'heic\0\0\0\0mif1heic')
HDLR = full(b'hdlr', bytes(4) + b'pict' + bytes(13))
PITM = full(b'pitm', b'\0\1')
RDF = b'application/rdf+xml\0'
C2PA = bytes.fromhex('d8fec3d61b0e483c9297582887 7ec481'.replace(' ', ''))


def meta(*children):
    return full(b'meta', HDLR + PITM + b''.join(children))


def picture(packet, places=None, infos=None, references=None, more=b'', before=b''):
    """A file of one picture and an XMP item; whatever is given replaces a part of it."""
    data = b'coded picture' + packet

    def build(start):
        table = places(start) if places else iloc([(1, 0, 0, 13), (2, 0, 13, len(packet))], start)
        entries = infos if infos is not None else iinf(infe(1, b'hvc1'), infe(2, b'mime', RDF))
        refers = references if references is not None else iref((b'cdsc', 2, 1))
        return FTYP + before + meta(table, entries, refers, more)
    return build(len(build(0)) + 8) + box(b'mdat', data)


def packet(value=None):
    value = (value or base.label()).decode().replace('&', '&amp;').replace('"', '&quot;')
    return ('<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
            f'xmlns:TC260="http://www.tc260.org.cn/ns/AIGC/1.0/"><TC260:AIGC>{value}</TC260:AIGC></rdf:Description></rdf:RDF></x:xmpmeta>').encode()


def tables():
    good = packet()
    yield 'label-good.heic', picture(good)
    for slug, count in (('0', 0), ('ffff', 0xFFFF)):
        yield f'iloc-count-{slug}.heic', picture(good, lambda _: full(b'iloc', struct.pack('>BBH', 0x44, 0x40, count), 1))
        yield f'iinf-count-{slug}.heic', picture(good, infos=full(b'iinf', struct.pack('>H', count) + infe(1, b'hvc1') + infe(2, b'mime', RDF)))
    yield 'iloc-count-ffffffff.heic', picture(good, lambda _: full(b'iloc', b'\x44\x40\xff\xff\xff\xff', 2))
    yield 'iloc-version-9.heic', picture(good, lambda _: full(b'iloc', b'\x44\x40\0\0', 9))
    for width in (0x00, 0x11, 0x77, 0xFF):
        yield f'iloc-width-{width:02x}.heic', picture(good, lambda _: full(b'iloc', bytes([width, width, 0, 1, 0, 2, 0, 0, 0, 1]) + bytes(32)))
    yield 'iloc-extents-without-bytes-40mb.heic', picture(good, lambda _: full(b'iloc', b'\0\0\xff\xff' + b'\0\1\0\0\xff\xff' * 65_535))
    for slug, offset in (('0', 0), ('7fffffff', 0x7FFFFFFF), ('ffffffff', 0xFFFFFFFF)):
        yield f'xmp-offset-{slug}.heic', picture(good, lambda _: iloc([(1, 0, 0, 13), (2, 0, offset, len(good))], 0))
        yield f'xmp-length-{slug}.heic', picture(good, lambda s: iloc([(1, 0, 0, 13), (2, 0, 13, offset)], s))
    yield 'xmp-construction-2.heic', picture(good, lambda s: iloc([(1, 0, 0, 13), (2, 2, 0, 9)], s))
    yield 'xmp-in-idat-that-is-missing.heic', picture(good, lambda s: iloc([(1, 0, 0, 13), (2, 1, 0, 9)], s))
    yield 'xmp-in-idat-good.heic', picture(good, lambda s: iloc([(1, 0, 0, 13), (2, 1, 0, len(good))], s), more=box(b'idat', good))
    yield 'xmp-and-picture-overlap.heic', picture(good, lambda s: iloc([(1, 0, 0, 40), (2, 0, 13, len(good))], s))
    yield 'xmp-is-the-meta-box.heic', picture(good, lambda _: iloc([(1, 0, 0, 13), (2, 0, 40, 80)], 0))
    yield 'picture-is-the-meta-box.heic', picture(good, lambda s: iloc([(1, 0, min(s, 40) - s, 80), (2, 0, 13, len(good))], s))
    for kind in (b'infe', b'cdsc', b'iref', b'idat'):
        sound = picture(good, more=box(b'idat', bytes(4)))
        yield f'size-0-{kind.decode()}.heic', base.patched(sound, sound.rindex(kind) - 4, bytes(4))
    yield 'xmp-without-place.heic', picture(good, lambda s: iloc([(1, 0, 0, 13)], s))
    yield 'item-twice-in-iloc.heic', picture(good, lambda s: iloc([(1, 0, 0, 13), (2, 0, 13, len(good)), (2, 0, 0, 5)], s))
    yield 'item-twice-in-iinf.heic', picture(good, infos=iinf(infe(1, b'hvc1'), infe(2, b'mime', RDF), infe(2, b'mime', RDF)))
    yield 'items-1000-with-one-place.heic', picture(good, lambda s: iloc([(i, 0, 13, len(good)) for i in range(1, 1001)], s),
                                                    infos=iinf(*[infe(i, b'mime', RDF) for i in range(1, 1001)]))
    yield 'item-id-ffff.heic', picture(good, lambda s: iloc([(0xFFFF, 0, 0, 13)], s), infos=iinf(infe(0xFFFF, b'hvc1')), references=b'')
    yield 'infe-cut.heic', picture(good, infos=iinf(full(b'infe', b'\0\1', 2)))
    yield 'infe-version-255.heic', picture(good, infos=iinf(full(b'infe', b'\0\0\0\2\0\0mime\0' + RDF, 255)))
    yield 'infe-protected.heic', picture(good, infos=iinf(infe(1, b'hvc1'), full(b'infe', b'\0\2\0\1mime\0' + RDF, 2)))
    yield 'infe-deflate-that-is-none.heic', picture(good, infos=iinf(infe(1, b'hvc1'), infe(2, b'mime', RDF + b'deflate\0')))
    yield 'iref-count-ffff.heic', picture(good, references=full(b'iref', box(b'cdsc', b'\0\2\xff\xff\0\1')))
    yield 'iref-to-itself.heic', picture(good, references=iref((b'cdsc', 2, 2)))
    yield 'iref-of-another-item.heic', picture(good, references=iref((b'cdsc', 2, 7)))


def structure():
    good = packet()
    yield 'meta-twice.heic', picture(good, more=b'') + meta()
    yield 'meta-missing.heic', FTYP + box(b'mdat', good)
    yield 'meta-empty.heic', FTYP + box(b'meta', b'')
    yield 'ftyp-brand-mif1-only.heic', picture(good).replace(b'heic\0\0\0\0mif1heic', b'mif1\0\0\0\0mif1mif1')
    yield 'ftyp-brands-cut.heic', b'\0\0\0\x0cftypmif1' + picture(good)[24:]
    yield 'uuid-c2pa.heic', picture(good, before=box(b'uuid', C2PA + b'\0\0\0\0manifest\0'))
    yield 'uuid-xmp-good.heic', picture(b'', lambda s: iloc([(1, 0, 0, 13)], s), infos=iinf(infe(1, b'hvc1')), references=b'') + box(
        b'uuid', bytes.fromhex('be7acfcb97a942e89c71999491e3afac') + good)
    yield 'labels-conflict.heic', picture(good, before=box(b'uuid', bytes.fromhex('be7acfcb97a942e89c71999491e3afac') + packet(base.label('3', base.OTHER))))
    yield 'mdat-to-the-end-good.heic', (lambda d: d.replace(struct.pack('>I', len(good) + 21) + b'mdat', bytes(4) + b'mdat'))(picture(good))
    for slug, text in xmp.packets():
        if slug.startswith(('external', 'billion', 'utf-16')):
            yield f'xmp-{slug}.heic', picture(text)
    exif = b'\0\0\0\0MM\0*\0\0\0\x08' + b'\xff' * 40
    yield 'exif-lies.heic', picture(exif, infos=iinf(infe(1, b'hvc1'), infe(2, b'Exif')))
    yield 'exif-offset-ffffffff.heic', picture(b'\xff\xff\xff\xff' + exif, infos=iinf(infe(1, b'hvc1'), infe(2, b'Exif')))


def cases():
    yield from base.cuts('heic-xmp.heic', 16)
    yield from base.cuts('avif-sequence.avif', 8)
    for name in ('heic-grid.heic', 'avif-xmp.avif'):
        yield from base.flips(name, 6)
    yield from tables()
    yield from structure()
