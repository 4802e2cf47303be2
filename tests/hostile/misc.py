"""Files that are not what they are called: empty, one byte, noise, wrong extension, several formats at once."""
import io
import struct
import zipfile
import zlib

import base
import png
import xmp
from recipes.jpeg import after_jfif, segment, xmp_segment
from recipes.mp4 import box
from recipes.png import chunk
from recipes.wav import chunk as riff_chunk
from recipes.wav import riff

EXTENSIONS = ('png', 'jpg', 'wav', 'mp3', 'mp4', 'm4a', 'mov', 'txt')
ELF = b'\x7fELF\2\1\1' + bytes(9) + struct.pack('<HHI', 2, 62, 1) + bytes(40)


def nothing():
    for suffix in (*EXTENSIONS, 'bin', 'pdf', 'docx', 'gif', 'webp', 'html', 'json', 'csv'):
        yield f'empty.{suffix}', b''
    for suffix in EXTENSIONS:
        yield f'one-byte.{suffix}', b'\xff' if suffix == 'jpg' else b'I'
        yield f'zeros-4096.{suffix}', bytes(4096)
        yield f'ff-4096.{suffix}', b'\xff' * 4096
        yield f'noise-4096.{suffix}', base.noise(4096)
    yield 'no-extension', base.clean('png.png')
    yield 'double.png.exe', base.clean('png.png')
    yield 'upper-case.PNG', base.clean('png.png')


def archive(*members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w', zipfile.ZIP_DEFLATED) as file:
        for name, data in members:
            file.writestr(zipfile.ZipInfo(name, (2026, 1, 2, 3, 4, 6)), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def wrong_extensions():
    clean = {s: base.clean(n) for s, n in (('png', 'png.png'), ('jpg', 'jpeg.jpg'), ('wav', 'wav-8bit.wav'), ('mp3', 'mp3-id3v23.mp3'), ('mp4', 'mp4-front.mp4'), ('txt', 'txt.txt'))}
    for real, data in clean.items():
        for suffix in ('png', 'jpg', 'mp3', 'mp4', 'txt'):
            if suffix != real:
                yield f'{real}-called.{suffix}', data
    yield 'elf-called.jpg', ELF
    yield 'zip-called.txt', archive(('a.txt', b'hello'), ('../canary/escaped.txt', b'out'))
    yield 'zip-slip.docx', archive(('[Content_Types].xml', b'<Types/>'), ('../canary/escaped.txt', b'out'), ('/etc/escaped', b'out'))
    yield 'zip-bomb.docx', archive(('[Content_Types].xml', b'<Types/>'), ('docProps/custom.xml', b' ' * 100_000_000))
    yield 'pdf-called.txt', b'%PDF-1.4\n1 0 obj<</AIGC(' + base.label() + b')>>endobj\ntrailer<</Info 1 0 R>>\n%%EOF'
    yield 'gif-header-only.gif', b'GIF89a'
    yield 'webp-riff-lies.webp', b'RIFF\xff\xff\xff\xffWEBPVP8X\xff\xff\xff\xff'
    yield 'html-called.png', b'<html><script>alert(1)</script></html>'
    yield 'gzip-called.json', zlib.compress(b'{}' * 1000)
    yield 'json-nested-100000.json', b'{"AIGC":' + b'[' * 100_000
    yield 'csv-formula.csv', b'a,b\n=cmd()|\' /C calc\'!A0,AIGC: ' + base.label() + b'\n'


def markdown_names():
    """Wrong content under .md, in a folder `text` so that a runner that skips README files takes them."""
    yield 'png-called.md', base.clean('png.png')
    yield 'jpg-called.md', base.clean('jpeg.jpg')
    yield 'mp4-called.md', base.clean('mp4-front.mp4')
    yield 'zip-called.md', archive(('a.txt', b'hello'))


def polyglots():
    jpeg, picture = base.clean('jpeg.jpg'), base.clean('png.png')
    page = b'<html><!--'
    yield 'polyglot-jpeg-in-png-chunk.png', png.png(chunk(b'juNk', jpeg))
    yield 'polyglot-png-behind-jpeg.jpg', jpeg + picture
    yield 'polyglot-zip-behind-png.png', picture + archive(('docProps/custom.xml', b'<x/>'))
    yield 'polyglot-html-in-jpeg-comment.jpg', after_jfif(jpeg, segment(0xFE, page))
    yield 'polyglot-pdf-behind-jpeg.jpg', jpeg + b'%PDF-1.4\n1 0 obj<</AIGC(x)>>endobj\n%%EOF'
    yield 'polyglot-id3-before-png.mp3', base.clean('mp3-id3v23.mp3')[:1015] + picture
    yield 'polyglot-id3-before-riff.mp3', b'ID3\3\0\0\0\0\0\0' + base.clean('wav-8bit.wav')
    yield 'polyglot-mp4-free-holds-html.mp4', box(b'ftyp', b'isom\0\0\0\0') + box(b'free', b'<html>') + base.clean('mp4-front.mp4')[32:]
    yield 'polyglot-riff-wave-and-webp.wav', riff(riff_chunk(b'VP8 ', b'x' * 20), riff_chunk(b'XMP ', xmp.good()))
    yield 'polyglot-txt-yaml-json-html.txt', b'---\nAIGC: ' + base.label() + b'\n---\n<meta name="AIGC">\n{"AIGC":{}}\n'
    yield 'polyglot-jpeg-two-xmp-two-exif.jpg', after_jfif(jpeg, xmp_segment(xmp.good()), xmp_segment(xmp.good(base.label('3', base.OTHER).decode())))


def cases():
    yield from base.some(nothing(), 2)
    yield from base.some(wrong_extensions(), 2)
    yield from polyglots()
    for name, data in markdown_names():
        yield 'text/' + name, data
