"""Hostile Word, Excel and PowerPoint files: lying directories, bombs, names that climb, broken properties."""
import io
import struct
import zipfile

import base
from recipes import office
from recipes.office import CUSTOM, package

OPEN = CUSTOM.replace('</Properties>', '')


def prop(text=None, name='AIGC', pid='3', fmtid='{D5CDD505-2E9C-101B-9397-08002B2CF9AE}', kind='lpwstr'):
    text = (base.label().decode() if text is None else text).replace('&', '&amp;').replace('<', '&lt;')
    return f'<property fmtid="{fmtid}" pid="{pid}" name="{name}"><vt:{kind}>{text}</vt:{kind}></property>'


def custom(*properties):
    return OPEN + ''.join(properties) + '</Properties>'


def docx(custom_xml=None, **named):
    parts = office.docx(custom=True)
    parts['docProps/custom.xml'] = custom(prop()) if custom_xml is None else custom_xml
    return package(parts, **named)


def changed(name, old, new):
    parts = office.docx(custom=True)
    parts[name] = parts[name].replace(old, new)
    return package(parts)


def properties():
    yield 'good.docx', docx()
    yield 'good.xlsx', package(office.xlsx() | {'docProps/custom.xml': custom(prop())})
    yield 'property-lower-case.docx', docx(custom(prop(name='aigc')))
    yield 'property-other-name.docx', docx(custom(prop(name='Label')))
    yield 'property-lpstr.docx', docx(custom(prop(kind='lpstr')))
    yield 'property-number.docx', docx(custom(prop('1', kind='i4')))
    yield 'property-fmtid-other.docx', docx(custom(prop(fmtid='{00000000-0000-0000-0000-000000000000}')))
    for pid in ('0', '1', '-1', '2147483647', '99999999999999999999', 'x', ''):
        yield f'property-pid-{pid or "empty"}.docx', docx(custom(prop(pid=pid)))
    yield 'property-twice-conflict.docx', docx(custom(prop(), prop(base.label('2').decode(), pid='4')))
    yield 'property-empty.docx', docx(custom('<property name="AIGC"/>'))
    yield 'property-no-json.docx', docx(custom(prop('yes')))
    yield 'property-1000-labels.docx', docx(custom(*[prop(pid=str(n + 3)) for n in range(1000)]))
    yield 'property-100k-huge.docx', docx(custom('<property name="x"/>' * 120_000))
    yield 'property-nested-huge.docx', docx(OPEN + '<a>' * 100_000)
    yield 'property-not-closed.docx', docx(OPEN + prop())
    yield 'property-entity-external.docx', docx('<!DOCTYPE a [<!ENTITY x SYSTEM "../canary/secret.txt">]>' + custom(prop('&x;')))
    yield 'property-laughs.docx', docx('<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>' + custom(prop('x')).replace('x<', '&b;<'))
    yield 'property-label-10mb.docx', docx(custom(prop(base.label(produce_id='A' * 5_000_000).decode())))
    yield 'root-empty.docx', docx(OPEN.split('<property')[0].replace('docPropsVTypes">', 'docPropsVTypes"/>'))
    yield 'root-prefixed.docx', docx(custom(prop()).replace('<Prop', '<q:Prop').replace('</Prop', '</q:Prop').replace('<prop', '<q:prop').replace('</prop', '</q:prop').replace('xmlns=', 'xmlns:q='))
    yield 'root-missing.docx', docx('')
    yield 'core-label.docx', changed('docProps/core.xml', 'Nobody', base.label().decode())
    yield 'text-utf16.docx', package(office.docx(custom=True) | {'docProps/custom.xml': custom(prop()).encode('utf-16')})
    yield 'text-bom.docx', package(office.docx(custom=True) | {'docProps/custom.xml': b'\xef\xbb\xbf' + custom(prop()).encode()})
    yield 'text-invalid-utf8.docx', package(office.docx(custom=True) | {'docProps/custom.xml': custom(prop()).encode() + b'\xff\xfe'})
    yield 'bomb-custom.docx', docx(custom(prop(' ' * 100_000_000)))
    yield 'bomb-types.docx', package(office.docx() | {'[Content_Types].xml': b' ' * 100_000_000})
    yield 'relations-target-climbs.docx', changed('_rels/.rels', 'Target="docProps/custom.xml"', 'Target="../../canary/secret.txt"')
    yield 'relations-target-absolute.docx', changed('_rels/.rels', 'Target="docProps/custom.xml"', 'Target="/etc/passwd"')
    yield 'relations-target-empty.docx', changed('_rels/.rels', 'Target="docProps/custom.xml"', 'Target=""')
    yield 'relations-target-types.docx', changed('_rels/.rels', 'Target="docProps/custom.xml"', 'Target="[Content_Types].xml"')
    yield 'relations-target-itself.docx', changed('_rels/.rels', 'Target="docProps/custom.xml"', 'Target="_rels/.rels"')
    yield 'relations-target-core.docx', changed('_rels/.rels', 'Target="docProps/custom.xml"', 'Target="docProps/core.xml"')
    for name in ('[Content_Types].xml', '_rels/.rels', 'word/document.xml', 'docProps/core.xml'):
        parts = office.docx(custom=True)
        del parts[name]
        yield f'missing-{name.split("/")[-1].strip("[].")}.docx', package(parts)


def announced():
    """What the package says of its custom properties, and how often."""
    sound = docx()
    parts = office.docx(custom=True) | {'docProps/custom.xml': custom(prop())}

    def with_part(name, old, new):
        return package(parts | {name: parts[name].replace(old, new)})
    for slug, old, new in (('another', 'Properties', 'Things'), ('namespace-other', 'custom-properties"', 'other"'), ('namespace-none', ' xmlns=', ' x=')):
        yield f'root-{slug}.docx', with_part('docProps/custom.xml', old, new)
    yield 'types-namespace-other.docx', with_part('[Content_Types].xml', 'content-types"', 'other"')
    yield 'types-override-missing.docx', with_part('[Content_Types].xml', 'PartName="/docProps/custom.xml"', 'PartName="/x.xml"')
    yield 'types-override-wrong.docx', with_part('[Content_Types].xml', 'custom-properties+xml', 'extended-properties+xml')
    yield 'types-60000-overrides-huge.docx', with_part('[Content_Types].xml', '</Types>', '<Override PartName="/docProps/custom.xml" ContentType="x"/>' * 60_000 + '</Types>')
    yield 'relations-namespace-other.docx', with_part('_rels/.rels', '/relationships"', '/other"')
    yield 'relations-external.docx', with_part('_rels/.rels', 'Target="docProps/custom.xml"', 'TargetMode="External" Target="docProps/custom.xml"')
    yield 'relations-60000-huge.docx', with_part('_rels/.rels', '</Relationships>', ''.join(
        f'<Relationship Id="rIdAIGC{n}" Type="a/custom-properties" Target="docProps/{n}.xml"/>' for n in range(60_000)) + '</Relationships>')
    yield 'relations-climbs.docx', with_part('_rels/.rels', 'docProps/custom.xml', '../../docProps/../docProps/custom.xml')
    yield 'property-90000-labels-huge.docx', docx(custom(prop() * 30_000))
    yield 'property-90000-empty-huge.docx', docx(custom('<property name="AIGC"/>' * 90_000))
    local = sound.index(b'docProps/custom.xml') + 19
    yield 'member-custom-broken.docx', base.patched(sound, local, b'\xff' * 40)
    yield 'directory-cut-after-the-label.docx', sound[:sound.index(b'PK\1\2')]
    yield 'directory-cut-streamed.docx', (lambda d: d[:d.index(b'PK\1\2')])(docx(pipe=True))
    yield 'salvage-many-descriptors-huge.docx', b'PK\3\4' + b'\x14\0\x08\0' + bytes(22) + b'PK\7\x08' * 2_000_000


def records(data):
    """Offsets of the directory's records and of the end record."""
    at, out = data.rindex(b'PK\x05\x06'), []
    start = struct.unpack('<I', data[at + 16:at + 20])[0]
    while start < at:
        out.append(start)
        start += 46 + sum(struct.unpack('<HHH', data[start + 28:start + 34]))
    return out, at


def directory():
    data = docx()
    places, end = records(data)
    last = places[-1]
    fields = (('flags', 8, 2), ('method', 10, 2), ('crc', 16, 4), ('packed', 20, 4), ('size', 24, 4), ('name', 28, 2),
              ('extra', 30, 2), ('comment', 32, 2), ('header', 42, 4))
    for slug, at, size in fields:
        for lie_name, lie in base.LIES32:
            yield f'record-{slug}-{lie_name}.docx', base.patched(data, last + at, struct.pack('<I', lie)[:size])
    for slug, at, size in (('count', 10, 2), ('size', 12, 4), ('offset', 16, 4), ('comment', 20, 2)):
        for lie_name, lie in base.LIES32:
            yield f'end-{slug}-{lie_name}.docx', base.patched(data, end + at, struct.pack('<I', lie)[:size])
    header = struct.unpack('<I', data[last + 42:last + 46])[0]
    for slug, at, size in (('signature', 0, 4), ('name', 26, 2), ('extra', 28, 2), ('packed', 18, 4)):
        for lie_name, lie in base.LIES32:
            yield f'local-{slug}-{lie_name}.docx', base.patched(data, header + at, struct.pack('<I', lie)[:size])
    overlap = b''.join(struct.pack('<I', 0) for _ in places)
    same = data
    for place in places:
        same = base.patched(same, place + 42, overlap[:4])
    yield 'records-all-overlap.docx', same
    inside = base.patched(data, places[0] + 42, struct.pack('<I', header + 10))
    yield 'records-inside-another-overlap.docx', inside
    yield 'end-twice.docx', data + data[end:]
    yield 'end-missing.docx', data[:end]
    yield 'end-in-comment.docx', package(office.docx(custom=True), comment=data[end:])
    yield 'junk-in-front.docx', b'PK\x03\x04' + base.noise(300) + data
    yield 'junk-behind.docx', data + base.noise(300)
    yield 'two-archives.docx', data + docx(custom(prop(base.label('2').decode())))
    yield 'wide-good.docx', wide(data, end, end)
    for slug, lie in base.LIES64:
        yield f'wide-count-{slug}.docx', wide(data, end, end, count=lie)
        yield f'wide-size-{slug}.docx', wide(data, end, end, size=lie)
        yield f'wide-place-{slug}.docx', wide(data, end, lie)


def wide(data, end, place, count=None, size=None):
    """The same archive with a ZIP64 end record and its locator."""
    _, _, _, number, _, length, offset, _ = struct.unpack('<4sHHHHIIH', data[end:end + 22])
    count, size = number if count is None else count, length if size is None else size
    record = struct.pack('<4sQHHIIQQQQ', b'PK\x06\x06', 44, 45, 45, 0, 0, count, count, size, offset)
    return data[:end] + record + struct.pack('<4sIQI', b'PK\x06\x07', 0, place, 1) + data[end:]


def names():
    parts = office.docx(custom=True)
    for slug, name in (('climbs', '../../canary/secret.txt'), ('absolute', '/etc/passwd'), ('drive', 'C:\\x'), ('nul', 'a\0b'), ('empty', ''), ('64k', 'n' * 65_000)):
        yield f'name-{slug}.docx', package(parts | {name: b'x'})
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w') as archive:
        for name, text in [*parts.items(), ('docProps/custom.xml', custom(prop())), ('DOCPROPS/CUSTOM.XML', custom(prop()))]:
            archive.writestr(zipfile.ZipInfo(name), text.encode())
    yield 'name-duplicate.docx', out.getvalue()
    yield 'members-60000-huge.docx', package(parts | {f'word/{n}': b'' for n in range(60_000)})
    yield 'members-70000-huge.docx', package(parts | {f'word/{n}': b'' for n in range(70_000)})
    yield 'signed-good.docx', package(parts | {'_xmlsignatures/sig1.xml': b'<Signature/>'})
    yield 'only-end-record.docx', b'PK\x05\x06' + bytes(18)
    yield 'only-local-header.docx', b'PK\x03\x04' + bytes(26)
    yield 'plain-zip.docx', package({'a.txt': b'x'})
    yield 'noise.docx', b'PK\x03\x04' + base.noise(4096)
    yield 'hole-3gb.docx', base.Sparse(b'PK\x03\x04', 3_000_000_000, b'PK\x05\x06' + bytes(18))


def texts():
    """What people read: endless, nested, lost, in another place than the package says."""
    parts = office.docx(custom=True)

    def text(old, new):
        return package(parts | {'word/document.xml': parts['word/document.xml'].replace(old, new, 1)})
    yield 'text-300000-paragraphs-huge.docx', text('<w:body>', '<w:body>' + '<w:p/>' * 300_000)
    yield 'text-10mb-word.docx', text('<w:body>', '<w:body><w:p><w:r><w:t>' + 'x' * 10_000_000 + '</w:t></w:r></w:p>')
    yield 'text-nested-huge.docx', text('<w:body>', '<w:body>' + '<w:tbl><w:tr><w:tc>' * 50_000)
    yield 'text-laughs.docx', text('<w:document', '<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><w:document')
    yield 'text-empty-body.docx', package(parts | {'word/document.xml': '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body/></w:document>'})
    yield 'text-bodies-twice.docx', text('<w:body>', '<w:body/><w:body>')
    yield 'text-cut.docx', package(parts | {'word/document.xml': parts['word/document.xml'][:-20]})
    yield 'text-utf16.docx', package(parts | {'word/document.xml': parts['word/document.xml'].encode('utf-16')})
    yield 'text-elsewhere.docx', package(parts | {'_rels/.rels': parts['_rels/.rels'].replace('word/document.xml', '../../canary/secret.txt')})
    yield 'text-itself.docx', package(parts | {'_rels/.rels': parts['_rels/.rels'].replace('word/document.xml', '_rels/.rels')})
    show = office.pptx()
    slides = ''.join(f'<p:sldId id="{n + 300}" r:id="x{n}"/>' for n in range(10_000))
    related = ''.join(f'<Relationship Id="x{n}" Type="a/slide" Target="slides/s{n}.xml"/>' for n in range(10_000))
    slide = '<p:sld xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"><p:cSld><p:spTree/></p:cSld></p:sld>'
    many = show | {'ppt/presentation.xml': show['ppt/presentation.xml'].replace('</p:sldIdLst>', slides + '</p:sldIdLst>'),
                   'ppt/_rels/presentation.xml.rels': show['ppt/_rels/presentation.xml.rels'].replace('</Relationships>', related + '</Relationships>')}
    yield 'slides-10000-lost-huge.pptx', package(many)
    yield 'slides-10000-huge.pptx', package(many | {f'ppt/slides/s{n}.xml': slide for n in range(10_000)})
    yield 'slides-same-huge.pptx', package(show | {'ppt/presentation.xml': show['ppt/presentation.xml'].replace('</p:sldIdLst>', '<p:sldId r:id="rId2"/>' * 10_000 + '</p:sldIdLst>')})
    yield 'slide-id-largest.pptx', package(show | {'ppt/slides/slide1.xml': show['ppt/slides/slide1.xml'].replace('id="2"', 'id="4294967295"')})
    yield 'slide-size-0.pptx', package(show | {'ppt/presentation.xml': show['ppt/presentation.xml'].replace('cx="9144000" cy="6858000"', 'cx="0" cy="18446744073709551615"')})
    book = office.xlsx()
    sheet = next(name for name in book if name.startswith('xl/worksheets/') and name.endswith('.xml'))
    for slug, cells in (('reference', '<c r="ZZZZZZ99999999999"><v>1</v></c>'), ('last', '<c r="XFD1048576"><v>1</v></c>'), ('shared', '<c t="s"><v>99999999999999</v></c>')):
        yield f'cells-{slug}.xlsx', package(book | {sheet: book[sheet].replace('<row', f'<row r="7">{cells}</row><row', 1)})
    yield 'cells-200000-huge.xlsx', package(book | {sheet: book[sheet].replace('<row', '<row><c><v>1</v></c></row>' * 200_000 + '<row', 1)})


def cases():
    yield from base.cuts('docx-custom.docx', 20)
    yield from base.flips('docx-streamed.docx', 12)
    for family in (properties, announced, directory, names, texts):
        yield from family()
