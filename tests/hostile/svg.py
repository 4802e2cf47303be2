"""Hostile SVG files."""
import base64
import gzip

import base
import xmp

OPEN = '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8">'


def made(inside='', doctype='', tail=''):
    return (f'{doctype}{OPEN}<metadata>{inside}</metadata><g/></svg>{tail}').encode()


def files():
    yield 'drawing-empty.svg', b'<svg/>'
    yield 'drawing-not-closed.svg', OPEN.encode()
    yield 'metadata-100k-times.svg', (OPEN + '<metadata/>' * 100_000 + '</svg>').encode()
    yield 'metadata-20000-rdf.svg', (OPEN + '<metadata><a/></metadata>' * 20_000 + '</svg>').encode()
    yield 'metadata-nested.svg', (OPEN + '<metadata>' * 100 + '</metadata>' * 100 + '</svg>').encode()
    yield 'metadata-label-as-text.svg', made(base.label().decode())
    yield 'metadata-label-as-element.svg', made('<AIGC>' + base.label().decode() + '</AIGC>')
    yield 'metadata-elements-150k.svg', made('<a/>' * 150_000)
    yield 'text-quotes-label.svg', (OPEN + '<text>' + base.label().decode() + '</text></svg>').encode()
    yield 'labels-nested.svg', made("<x AIGC='" + base.label().decode() + "'>" + base.label().decode() + '</x>')
    yield 'paths-90000.svg', (OPEN + '<path d="M0 0h1"/>' * 90_000 + '</svg>').encode()
    yield 'encoding-utf16.svg', made().decode().encode('utf-16')
    yield 'encoding-latin1.svg', made('<a>\u00e9</a>').decode().encode('latin-1')
    for code in ('utf-16-le', 'utf-16-be', 'utf-32'):
        yield f'encoding-{code}-unmarked.svg', made().decode().encode(code)
    for name, code in (('ISO-8859-1', 'latin-1'), ('GBK', 'gbk'), ('UTF-7', 'utf-8'), ('nonsense', 'utf-8'), ('UTF-16', 'utf-8')):
        yield f'encoding-declared-{name}.svg', f'<?xml version="1.0" encoding="{name}"?>'.encode() + made('<a>\u00e9</a>').decode().encode(code)
    packed = gzip.compress(made(), mtime=0)
    yield 'gzip-good.svgz', packed
    yield 'gzip-cut.svgz', packed[:-20]
    yield 'gzip-header-only.svgz', packed[:10]
    yield 'gzip-twice.svgz', packed + packed
    yield 'gzip-of-gzip.svgz', gzip.compress(packed, mtime=0)
    yield 'gzip-check-sum.svgz', packed[:-8] + bytes(8)
    yield 'gzip-bomb.svgz', gzip.compress(made() + b' ' * 100_000_000, mtime=0)
    yield 'gzip-bomb-in-front.svgz', gzip.compress(b' ' * 100_000_000 + made(), mtime=0)
    yield 'gzip-name-not-closed.svgz', packed[:3] + b'\x08' + packed[4:10] + b'a' * 5000
    for slug, text in (('sound', base64.b64encode(b'jumb c2pa').decode()), ('damaged', '&&&'), ('empty', ''), ('large', 'A' * 3_000_000)):
        yield f'c2pa-{slug}.svg', made(f'<m:manifest xmlns:m="http://c2pa.org/manifest">{text}</m:manifest>')
    yield 'namespace-by-entity.svg', made('<rdf:RDF xmlns:rdf="&r;"/>', doctype=f'<!DOCTYPE svg [<!ENTITY r "{xmp.RDF}">]>')
    yield 'doctype-not-closed.svg', b'<!DOCTYPE svg [<!ENTITY a "x">' + made()
    yield 'two-roots.svg', made(tail=made().decode())
    yield 'noise-behind.svg', made() + base.noise(300)


def cases():
    yield from base.cuts('svg-rdf.svg', 20)
    yield from base.flips('svg-rdf.svg', 6)
    yield from files()
    for slug, packet in (*xmp.entities(), *xmp.floods()):
        start, end = packet.find('<!DOCTYPE'), packet.find('<x:xmpmeta')
        doctype = packet[start:end] if 0 <= start < end else ''
        yield f'packet-{slug}.svg', made(packet[end:].removesuffix(xmp.END), doctype=doctype)
