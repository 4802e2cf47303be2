"""Hostile PDF files."""
import zlib

import base
import xmp
from recipes import pdf
from recipes.pdf import body, classic, end, page, rows, stream

LABEL = b'/AIGC (' + base.label() + b')'
INFO = b'<< /Title (x) ' + LABEL + b' >>'


def good(info=INFO, extra=None, trailer=b''):
    return classic(page() | {6: info} | (extra or {}), b' /Info 6 0 R' + trailer)


def infos():
    yield 'good.pdf', good()
    yield 'info-lower-case.pdf', good(INFO.replace(b'AIGC', b'aigc'))
    yield 'info-hex.pdf', good(b'<< /AIGC <' + base.label().hex().encode() + b'> >>')
    yield 'info-utf16.pdf', good(b'<< /AIGC <FEFF' + base.label().decode().encode('utf-16-be').hex().encode() + b'> >>')
    yield 'info-utf16le.pdf', good(b'<< /AIGC <FFFE' + base.label().decode().encode('utf-16-le').hex().encode() + b'> >>')
    yield 'info-utf8.pdf', good(b'<< /AIGC (' + base.label(produce_id='编号').replace(b'\\', b'\\\\') + b') >>')
    yield 'info-keywords.pdf', good(INFO.replace(b'AIGC', b'Keywords'))
    yield 'info-name-escaped.pdf', good(INFO.replace(b'/AIGC', b'/#41#49GC'))
    yield 'info-twice-conflict.pdf', good(b'<< ' + LABEL + b' ' + LABEL.replace(b'0001', b'0002') + b' >>')
    yield 'info-itself.pdf', good(b'6 0 R')
    yield 'info-value-is-reference.pdf', good(b'<< /AIGC 7 0 R >>', {7: b'(' + base.label() + b')'})
    yield 'info-value-refers-to-itself.pdf', good(b'<< /AIGC 7 0 R >>', {7: b'7 0 R'})
    yield 'info-value-is-catalog.pdf', good(b'<< /AIGC 1 0 R >>')
    yield 'info-not-closed.pdf', good(INFO[:-2])
    yield 'info-string-not-closed.pdf', good(INFO[:-4])
    yield 'info-nested-100k-arrays.pdf', good(b'<< /AIGC ' + b'[' * 100_000 + b' >>')
    yield 'info-nested-100k-maps.pdf', good(b'<< /A ' * 100_000)
    yield 'info-parentheses-100k.pdf', good(b'<< /AIGC ' + b'(' * 100_000 + b' >>')
    yield 'info-numbers-1000000-huge.pdf', good(b'<< /A [' + b'1 ' * 1_000_000 + b'] ' + LABEL + b' >>')
    yield 'info-comments-1mb.pdf', good(b'<<' + b' %\n' * 400_000 + LABEL + b' >>')
    yield 'info-keys-100k.pdf', good(b'<<' + b'/A 1' * 100_000 + LABEL + b' >>')
    yield 'info-label-10mb.pdf', good(b'<< /AIGC (' + base.label(produce_id='A' * 10_000_000) + b') >>')
    yield 'info-direct-in-trailer.pdf', classic(page(), b' /Info ' + INFO)
    yield 'info-missing-object.pdf', classic(page(), b' /Info 99 0 R')
    yield 'info-number-huge.pdf', classic(page(), b' /Info 4294967295 65535 R')
    yield 'info-is-stream.pdf', good(stream(b'x', b' ' + LABEL))


def sections():
    data = good()
    at = int(data.rsplit(b'startxref\n', 1)[1].split()[0])
    for slug, lie in (*base.LIES32, ('self', len(data) - 20), ('huge', 10**30), ('minus', -5)):
        yield f'startxref-{slug}.pdf', data.replace(b'startxref\n%d' % at, b'startxref\n%d' % lie)
        yield f'prev-{slug}.pdf', data.replace(b'/Root', b'/Prev %d /Root' % lie)
        yield f'size-{slug}.pdf', data.replace(b'/Size 7', b'/Size %d' % lie)
        yield f'count-{slug}.pdf', data.replace(b'xref\n0 7', b'xref\n0 %d' % lie)
        yield f'first-{slug}.pdf', data.replace(b'xref\n0 7', b'xref\n%d 7' % lie)
        yield f'xrefstm-{slug}.pdf', data.replace(b'/Root', b'/XRefStm %d /Root' % lie)
        yield f'offset-{slug}.pdf', data.replace(b'%010d 00000 n' % data.index(b'6 0 obj'), (b'%010d' % (lie % 10**10)) + b' 00000 n')
    yield 'prev-itself.pdf', data.replace(b'/Root', b'/Prev %d /Root' % at)
    yield 'startxref-missing.pdf', data.replace(b'startxref', b'startxxxx')
    yield 'trailer-missing.pdf', data.replace(b'trailer', b'trailxx')
    yield 'trailer-empty.pdf', data[:data.index(b'trailer')] + b'trailer\n<< >>\n' + end(at)
    yield 'trailer-in-comment.pdf', data.replace(b'trailer', b'%trailer')
    yield 'everything-behind-4mb-of-noise.pdf', data + base.noise(5_000_000)
    yield 'entries-19-bytes.pdf', data.replace(b' n \n', b' n\n').replace(b' f \n', b' f\n')
    yield 'junk-in-front.pdf', base.noise(500) + data
    yield 'objects-100000-scanned-huge.pdf', data.replace(b'startxref', b'1 0 obj ' * 100_000 + b'startxxxx')
    yield 'trailers-100000-huge.pdf', data.replace(b'startxref', b'trailer<</Info' * 100_000 + b'startxxxx')
    yield 'subsections-100k-empty.pdf', data.replace(b'xref\n0 7', b'xref\n' + b'0 0\n' * 100_000 + b'0 7')
    yield 'sections-20000-huge.pdf', chain(20_000)
    yield 'sections-circle-of-1000-huge.pdf', chain(1000, circle=True)
    yield 'sparse-3gb-hole.pdf', base.Sparse(data[:at], 3_000_000_000, b'xref\n0 0\ntrailer\n<< /Size 9 /Root 1 0 R /Info 6 0 R /Prev 99999 >>\nstartxref\n%d\n%%%%EOF' % (3_000_000_000 - 98))


def chain(count, circle=False):
    """Many sections, each leading to the one before it."""
    data = good()
    first = previous = int(data.rsplit(b'startxref\n', 1)[1].split()[0])
    parts, size = [data], len(data)
    for i in range(count):
        text = b'xref\n0 0\ntrailer\n<< /Size 7 /Root 1 0 R /Info 6 0 R /Prev %d >>\n' % previous
        parts.append(text)
        previous, size = size, size + len(text)
    out = b''.join(parts) + end(previous)
    return out.replace(b'/Size 7 /Root', b'/Size 7 /Prev %d /Root' % previous, 1) if circle and first else out


def xref_stream(extra, data=None, objects=None):
    """A file whose section is a stream with a given dictionary and data."""
    all_objects = page() | {6: INFO} | (objects or {})
    out, places = body(all_objects)
    entries = [(0, 0, 65535)] + [(1, places[n], 0) for n in sorted(places)] + [(1, len(out), 0)]
    data = rows(entries) if data is None else data
    return out + b'%d 0 obj\n' % len(entries[1:]) + stream(data, b' /Type /XRef /Root 1 0 R /Info 6 0 R' + extra) + b'\nendobj\n' + end(len(out))


def streams():
    flate = pdf.PREDICTOR
    yield 'stream-good.pdf', xref_stream(b' /Size 8 /W [1 4 2]' + flate)
    for slug, widths in (('0', b'0 0 0'), ('9', b'9 9 9'), ('minus', b'-1 4 2'), ('huge', b'1 4294967295 4294967295'), ('two', b'1 4'), ('text', b'(1) 4 2'), ('overflow', b'8 8 8')):
        yield f'stream-widths-{slug}.pdf', xref_stream(b' /Size 8 /W [' + widths + b']' + flate)
    for slug, index in (('huge', b'0 18446744073709551615'), ('odd', b'0'), ('minus', b'-1 -1'), ('overlap', b'0 8 0 8'), ('max', b'9223372036854775807 9223372036854775807'), ('100k', b'0 0 ' * 40_000)):
        yield f'stream-index-{slug}.pdf', xref_stream(b' /Size 8 /W [1 4 2] /Index [' + index + b']' + flate)
    for slug, parms in (('columns-0', b'/Columns 0'), ('columns-huge', b'/Columns 9223372036854775807'), ('colors-huge', b'/Columns 7 /Colors 4294967296'), ('bits-0', b'/Columns 7 /BitsPerComponent 0'), ('tiff', b'/Columns 7 /Predictor 2')):
        yield f'stream-predictor-{slug}.pdf', xref_stream(b' /Size 8 /W [1 4 2] /Filter /FlateDecode /DecodeParms << /Predictor 12 ' + parms + b' >>')
    bomb = base.zeros(100_000_000)
    yield 'stream-bomb.pdf', xref_stream(b' /Size 8 /W [1 4 2] /Filter /FlateDecode', bomb)
    yield 'stream-filter-many.pdf', xref_stream(b' /Size 8 /W [1 4 2] /Filter [/FlateDecode /FlateDecode]')
    yield 'stream-filter-unknown.pdf', xref_stream(b' /Size 8 /W [1 4 2] /Filter /LZWDecode')
    yield 'stream-length-lies.pdf', xref_stream(b' /Size 8 /W [1 4 2]' + flate).replace(b'/Length ', b'/Length 9')
    yield 'stream-length-itself.pdf', xref_stream(b' /Size 8 /W [1 4 2]' + flate).replace(b'/Length', b'/Length 7 0 R /L')
    yield 'stream-not-closed.pdf', xref_stream(b' /Size 8 /W [1 4 2]' + flate).replace(b'endstream', b'endstrxxx')
    yield 'stream-flate-cut.pdf', xref_stream(b' /Size 8 /W [1 4 2]' + flate, zlib.compress(bytes(50))[:-8])
    yield from packed()


def packed():
    """Object streams: in themselves, in each other, with lying heads."""
    def file(text, entries):
        out, places = body(page() | {7: text})
        table_rows = [(0, 0, 65535)] + [(1, places[n], 0) for n in range(1, 6)] + entries(places)
        return out + b'9 0 obj\n' + stream(rows(table_rows), b' /Type /XRef /Root 1 0 R /Info 6 0 R /Size 10 /W [1 4 2]' + pdf.PREDICTOR) + b'\nendobj\n' + end(len(out))

    def normal(places):
        return [(2, 7, 0), (1, places[7], 0)]
    inner = b'6 0 ' + INFO
    yield 'packed-good.pdf', file(stream(inner, b' /Type /ObjStm /N 1 /First 4'), normal)
    yield 'packed-in-itself.pdf', file(stream(inner, b' /Type /ObjStm /N 1 /First 4'), lambda p: [(2, 7, 0), (2, 7, 0)])
    yield 'packed-in-missing.pdf', file(stream(inner, b' /Type /ObjStm /N 1 /First 4'), lambda p: [(2, 99, 0), (1, p[7], 0)])
    yield 'packed-bomb.pdf', file(stream(zlib.compress(inner + bytes(100_000_000), 9), b' /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode'), normal)
    for slug, lie in base.LIES64:
        value = int.from_bytes(lie.to_bytes(8, 'big'), 'big', signed=True) if isinstance(lie, int) and lie >= 2**63 else lie
        yield f'packed-count-{slug}.pdf', file(stream(inner, b' /Type /ObjStm /N %d /First 4' % value), normal)
        yield f'packed-first-{slug}.pdf', file(stream(inner, b' /Type /ObjStm /N 1 /First %d' % value), normal)
    yield 'packed-offset-huge.pdf', file(stream(b'6 99999999999999 ' + INFO, b' /Type /ObjStm /N 1 /First 17'), normal)


def others():
    flagged = page(b' /AcroForm << /SigFlags 3 /Fields 7 0 R >>')
    yield 'signature-fields-itself.pdf', classic(flagged | {6: INFO, 7: b'[7 0 R 7 0 R]'}, b' /Info 6 0 R')
    yield 'signature-fields-100k.pdf', classic(page(b' /AcroForm << /Fields [' + b'6 0 R ' * 50_000 + b'] >>') | {6: INFO}, b' /Info 6 0 R')
    yield 'certified-good.pdf', classic(page(b' /Perms << /DocMDP 7 0 R >>') | {6: INFO, 7: b'<< /Type /Sig >>'}, b' /Info 6 0 R')
    yield 'encrypted.pdf', good(trailer=b' /Encrypt << /Filter /Standard /V 1 /R 2 /O (x) /U (y) /P -4 >>')
    yield 'c2pa-good.pdf', classic(page(b' /AF [7 0 R]') | {6: b'<< >>', 7: b'<< /AFRelationship /C2PA_Manifest /EF << /F 8 0 R >> >>', 8: stream(b'jumb trainedAlgorithmicMedia')}, b' /Info 6 0 R')
    yield 'c2pa-itself.pdf', classic(page(b' /AF 7 0 R') | {6: INFO, 7: b'[7 0 R 7 0 R]'}, b' /Info 6 0 R')
    meta = b' /Type /Metadata /Subtype /XML'
    label = xmp.good()
    yield 'xmp-label-good.pdf', classic(page(b' /Metadata 7 0 R') | {6: b'<< >>', 7: stream(label, meta)}, b' /Info 6 0 R')
    yield 'xmp-conflict.pdf', classic(page(b' /Metadata 7 0 R') | {6: INFO.replace(b'0001', b'0002'), 7: stream(label, meta)}, b' /Info 6 0 R')
    yield 'xmp-bomb.pdf', classic(page(b' /Metadata 7 0 R') | {6: INFO, 7: stream(base.zeros(100_000_000), meta + b' /Filter /FlateDecode')}, b' /Info 6 0 R')
    yield 'xmp-itself.pdf', classic(page(b' /Metadata 7 0 R') | {6: INFO, 7: b'7 0 R'}, b' /Info 6 0 R')
    yield 'xmp-not-closed.pdf', classic(page(b' /Metadata 7 0 R') | {6: INFO, 7: stream(label, meta)[:-9]}, b' /Info 6 0 R')
    yield 'header-only.pdf', b'%PDF-1.7\n'
    yield 'header-and-zeros.pdf', b'%PDF-1.7\n' + bytes(5_000_000)
    yield 'header-and-noise.pdf', b'%PDF-1.7\n' + base.noise(4096)
    yield 'obj-100k-huge.pdf', b'%PDF-1.7\n' + b'obj' * 1_000_000


def encrypted():
    """The empty password, and dictionaries that lie about it."""
    for name in ('pdf-rc4', 'pdf-aes128', 'pdf-aes256'):
        data = base.clean(name + '.pdf')
        yield f'encrypted-{name}-good.pdf', data
        yield from ((f'encrypted-{name}-{slug}', damaged) for slug, damaged in base.flips(name + '.pdf', 4))
        for key in (b'/O ', b'/U ', b'/P ', b'/ID ', b'/CF ', b'/StrF ', b'/UE ', b'/Length ', b'/V ', b'/R '):
            if key in data:
                yield f'encrypted-{name}-without-{key[1:-1].decode().lower()}.pdf', data.replace(key, b'/X' + key[2:])
    sealed = b' /Encrypt << /Filter /Standard /V %d /R %d /Length %d /O <' + b'00' * 48 + b'> /U <' + b'00' * 48 + b'> /UE <' + b'00' * 32 + b'> /P -4 >>'
    for version, revision, length in ((1, 2, 40), (2, 3, 128), (2, 3, 10**18), (2, 3, -8), (4, 4, 128), (5, 5, 256), (5, 6, 256), (99, 6, 256), (5, 99, 256)):
        yield f'encrypted-v{version}-r{revision}-{length}.pdf', good(trailer=sealed % (version, revision, length))
    yield 'encrypt-itself.pdf', good(extra={7: b'7 0 R'}, trailer=b' /Encrypt 7 0 R')


def found_anew():
    """Sections of no use: the file is searched, which must stay linear."""
    data = good()
    start = data.index(b'startxref')
    lost = data[:start] + b'startxxxx'
    update = b'\n6 0 obj\n' + INFO.replace(b'0001', b'0002') + b'\nendobj\n'
    yield 'update-cut-in-object.pdf', data + update[:-30]
    yield 'update-cut-before-section.pdf', data + update
    yield 'update-cut-in-head.pdf', data + b'\n6 0 ob'
    yield 'header-in-a-text-good.pdf', b'HTTP/1.1 200 OK\r\n\r\n' + data
    yield 'document-inside-a-document.pdf', data.replace(b'%PDF-1.7\n', b'%PDF-1.7\n' + page()[4] + data) + b'x'
    yield 'search-open-strings-huge.pdf', lost + b'1 0 obj (' * 300_000
    yield 'search-open-arrays-huge.pdf', lost + b'1 0 obj [' * 300_000
    yield 'search-endless-streams-huge.pdf', lost + b'1 0 obj<<>>stream ' * 200_000
    yield 'search-lying-lengths-huge.pdf', lost + b'1 0 obj<</Length 9>>stream ' * 150_000 + b'endstream'
    yield 'search-numbers-huge.pdf', lost + b''.join(b'%d 0 obj 1 endobj ' % (n * 40_000) for n in range(99_000))
    yield 'search-object-streams-huge.pdf', lost + b''.join(b'%d 0 obj ' % n + stream(b'6 0 ' + INFO, b' /Type /ObjStm /N 1 /First 4') for n in range(10, 9000))
    yield 'search-object-stream-itself.pdf', lost + b'8 0 obj ' + stream(b'8 0 ' + INFO, b' /Type /ObjStm /N 1 /First 4')
    yield 'zeros-behind-3gb.pdf', base.Sparse(data, 3_000_000_000)
    heads = b''.join(b'%d 0 ' % n for n in range(20, 90_020))
    many = stream(zlib.compress(heads + b'1'), b' /Type /ObjStm /N 90000 /First %d /Filter /FlateDecode' % len(heads))
    out, places = body(page(b' /AF [' + b''.join(b'%d 0 R ' % n for n in range(89_900, 90_020)) + b']') | {6: INFO, 7: many})
    rows_ = [(0, 0, 65535)] + [(1, places[n], 0) for n in range(1, 8)] + [(0, 0, 0)] * 12 + [(2, 7, n % 65536) for n in range(90_000)]
    yield 'packed-90000-looked-up.pdf', out + b'9 0 obj\n' + stream(rows(rows_), b' /Type /XRef /Root 1 0 R /Info 6 0 R /Size 90020 /W [1 4 2]' + pdf.PREDICTOR) + b'\nendobj\n' + end(len(out))


def cases():
    yield from base.cuts('pdf.pdf', 20)
    yield from base.cuts('pdf-xrefstream.pdf', 12)
    yield from base.flips('pdf-xrefstream.pdf', 12)
    for family in (infos, sections, streams, others, encrypted, found_anew):
        yield from family()
