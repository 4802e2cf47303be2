"""Does each tool see exactly the label that was written, and nothing else changed?"""
import collections
import json
import re
import struct
import tempfile
import tomllib
import zipfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import docx
import odf.meta
import odf.opendocument
import mutagen
import mutagen.aac
import mutagen.aiff
import mutagen.id3
import openpyxl
import pikepdf
import pptx
import pypdf
import yaml
from PIL import Image, ImageSequence

import items
import pages
import texts
import tools

TC260 = '{http://www.tc260.org.cn/ns/AIGC/1.0/}'
RDF = '{http://www.w3.org/1999/02/22-rdf-syntax-ns#}'
# Groups and tags of exiftool that describe the file as a whole or where things lie: they may change.
VOLATILE_GROUPS = ('System', 'ExifTool', 'Composite', 'File', 'XMP-TC260', 'XMP-x', 'SourceFile', 'ZIP')
VOLATILE_TAGS = ('Warning', 'Validate', 'Error', 'MediaDataOffset', 'MediaDataSize', 'MediaData', 'MPImageStart', 'HandlerType', 'HandlerVendorID', 'Free', 'WebP_Flags', 'GIFVersion', 'Padding', 'RIFFSize64', 'SeekPosition', 'CRC-32', 'Linearized')
# `moov/udta` may hold iTunes' `meta` and the one of the guide: each reader takes its own by the handler. Only
# `exiftool -validate` remarks on it.
TWO_METAS = re.compile(rb"Duplicate tag '(meta|hdlr|ilst)' at MOV-Movie-UserData")

# ffmpeg remarks on every chunk of a WebP file that it does not need.
PASSED_OVER = re.compile(rb'^.*skipping unsupported chunk: XMP.*$', re.M)

# SVG 1.1 puts RDF right into `metadata`; exiftool would have a packet there.
IN_SVG = re.compile(rb'Improperly enclosed XMP property: svg:svg/svg:metadata/rdf:RDF.*')
# The guide asks for type UNDEFINED in TIFF, as ISO 16684 allows; exiftool knows BYTE only.
UNDEFINED = re.compile(rb'Non-standard format \(undef\) for IFD\d 0x02bc ApplicationNotes')


def name_only(tag):
    return tag.rpartition(':')[2]


def exiftool_complaints(clean, labelled):
    """New warnings, and tags of the clean file that are gone or different."""
    if 'ExifTool:Error' in labelled or not labelled:
        return [f'exiftool: cannot read it: {labelled.get("ExifTool:Error", "no answer")}']

    def warned(tags):
        said = (str(v).encode() for k, v in tags.items() if name_only(k) in ('Warning', 'Error'))
        return b'\n'.join(line for line in said if not TWO_METAS.search(line))
    complaints = tools.new_lines('exiftool', warned(clean), IN_SVG.sub(b'', UNDEFINED.sub(b'', warned(labelled))))
    after = grouped(labelled)
    for tag, values in grouped(clean).items():
        # The first picture of an MPF index is the file's own, label included.
        if tag == ('MPImage1', 'MPImageLength'):
            continue
        lost = values - after[tag]
        if lost:
            complaints.append(f'exiftool: {tag} was {list(lost)}, is {list(after[tag])}')
    return complaints


def grouped(tags):
    """(group, name) -> its values, however often and in whatever order; without what may change."""
    out = collections.defaultdict(collections.Counter)
    for tag, value in tags.items():
        group, name = tag.split(':')[0], name_only(tag)
        # Behind the size it shows whatever else lies in `idat`.
        value = value.split()[0] if name == 'MetaImageSize' else value
        if group not in VOLATILE_GROUPS and name not in VOLATILE_TAGS:
            out[group, name][repr(value)] += 1
    return out


def shown(tool, found, expected, required=True):
    """Complain unless `found`, a list of all labels that a tool shows, is exactly the one expected."""
    if found == [expected] or not (found or required):
        return []
    return [f'{tool}: expected one label {expected}, found {len(found)}: {found}']


def tagged(tags, group):
    return [v for k, v in tags.items() if k.startswith(group) and name_only(k) == 'AIGC']


def ffprobe_complaints(clean, labelled, expected, tag):
    """Opens, warns no more than before, and shows the label where the format has a key for it."""
    known, before = tools.ffprobe(clean)
    found, after = tools.ffprobe(labelled)
    if not known:
        return []  # ffmpeg has no reader for it (animated WebP)
    if not found:
        return ['ffprobe: cannot open it'] + tools.new_lines('ffprobe', b'', after)
    complaints = tools.new_lines('ffprobe', before, PASSED_OVER.sub(b'', after))
    if tag:
        names = found['format'].get('tags', {})
        complaints += shown('ffprobe', [v for k, v in names.items() if k.lower() == 'aigc'], expected)
    return complaints


def mediainfo(path):
    """What MediaInfo says of the file as a whole, and of each stream but for what follows from places and comments."""
    done = tools.run('mediainfo', '--Output=JSON', path)
    tracks = (json.loads(done.stdout or b'{}').get('media') or {}).get('track', [])
    volatile = re.compile(r'.*(Size|Date|Offset|OverallBitRate|Duration|FrameCount|IsStreamable|Proportion|StreamOrder|Delay|Encoded_Library|Format_Settings_Floor|extra|FooterSize|HeaderSize).*')
    general = next((t for t in tracks if t.get('@type') == 'General'), {})
    streams = [{k: v for k, v in t.items() if not volatile.fullmatch(k)} for t in tracks if t.get('@type') != 'General']
    return {**general, **general.get('extra', {})}, streams


def mediainfo_complaints(clean, labelled, expected, required):
    """The same streams as before, and the label where MediaInfo has a field for it."""
    (_, before), (general, after) = mediainfo(clean), mediainfo(labelled)
    complaints = ['MediaInfo: the streams differ'] * (before != after)
    return complaints + shown('MediaInfo', [v for k, v in general.items() if k.upper() == 'AIGC'], expected, required)


def all_frames(path):
    with Image.open(path) as image:
        for frame in ImageSequence.Iterator(image):
            frame.load()
        image.seek(0)
        return dict(image.info)


def xmp_labels(packet):
    """The texts of all TC260:AIGC elements in a packet, read by ElementTree; the attribute form counts as None."""
    if isinstance(packet, bytes):
        packet = packet.decode('utf-8')
    root = ElementTree.fromstring(packet.strip('\0 \t\r\n\ufeff'))
    elements = [e.text for e in root.iter(TC260 + 'AIGC')]
    return elements + [None for e in root.iter(RDF + 'Description') if TC260 + 'AIGC' in e.attrib]


def gif_packet(path):
    """The packet in a GIF's XMP extension, for which Pillow has no name."""
    found = re.findall(rb'\x21\xff\x0bXMP DataXMP([^\0]*?)\x01\xff\xfe', path.read_bytes()) if path.suffix == '.gif' else []
    return b''.join(found)


def picture(clean, labelled, expected, tags):
    complaints = exiftool_complaints(*tags) + shown('exiftool', tagged(tags[1], 'XMP-TC260'), expected)
    complaints += ffprobe_complaints(clean, labelled, expected, tag=False)
    info, said = tools.compare('Pillow', all_frames, clean, labelled)
    complaints += said
    if info is not None:
        packet = info.get('xmp') or info.get('XML:com.adobe.xmp') or gif_packet(labelled)
        found, _, error = tools.noting(lambda: xmp_labels(packet) if packet else [])
        complaints += [f'XML: {error}'] if error else shown('XML', found, expected)
    return complaints


def heif(clean, labelled, expected, tags):
    """HEIC and AVIF: libheif lists the packet, and it is the one item of its kind that describes the primary one."""
    complaints = exiftool_complaints(*tags) + shown('exiftool', tagged(tags[1], 'XMP-TC260'), expected)
    before, after = tools.run('heif-info', clean), tools.run('heif-info', labelled)
    complaints += ['heif-info: cannot open it'] * (after.returncode > before.returncode)
    known, listed = (r.stdout.decode('utf-8', 'replace').partition('metadata:')[2] for r in (before, after))
    if not after.returncode and listed.count('XMP') != max(1, known.count('XMP')):
        complaints.append(f'heif-info: lists {listed.split()}')
    info, said = tools.compare('Pillow', all_frames, clean, labelled)
    complaints += said
    # Pillow shows the packet of a picture, and of a sequence the one in its tracks.
    if info is not None and labelled.read_bytes()[8:12] != b'avis':
        complaints += shown('Pillow', xmp_labels(info['xmp']) if 'xmp' in info else [], expected)
    found, _, error = tools.noting(lambda: items.read(labelled))
    if error:
        return complaints + [f'items: {error}']
    parts, references, primary = found
    packets = [i for i, (_, content, _) in parts.items() if content == b'application/rdf+xml']
    described = [i for i in packets if (b'cdsc', i, primary) in references]
    return complaints + shown('items', [t for i in described for t in xmp_labels(parts[i][2])], expected)


def png(clean, labelled, expected, tags):
    before, after = tools.run('pngcheck', '-v', clean), tools.run('pngcheck', '-v', labelled)
    complaints = []
    if after.returncode and not before.returncode:
        complaints.append('pngcheck: ' + ' '.join(after.stdout.decode('utf-8', 'replace').split())[-300:])
    return complaints + picture(clean, labelled, expected, tags)


def gif(clean, labelled, expected, tags):
    before, after = (tools.run('gifsicle', path, '-o', '/dev/null') for path in (clean, labelled))
    return tools.new_lines('gifsicle', before.stderr, after.stderr) + picture(clean, labelled, expected, tags)


def webp(clean, labelled, expected, tags):
    before, after = tools.run('webpinfo', clean), tools.run('webpinfo', labelled)
    complaints = []
    if after.returncode > before.returncode or b'No error detected' not in after.stdout:
        complaints.append('webpinfo: ' + ' '.join(after.stdout.decode('utf-8', 'replace').split())[-300:])
    with tempfile.NamedTemporaryFile() as packet:
        tools.run('webpmux', '-get', 'xmp', labelled, '-o', packet.name)
        found, _, error = tools.noting(lambda: xmp_labels(Path(packet.name).read_bytes()))
    complaints += [f'webpmux: {error}'] if error else shown('webpmux', found, expected)
    return complaints + picture(clean, labelled, expected, tags)


def drawing(clean, labelled, expected, tags):
    found, _, error = tools.noting(lambda: xmp_labels(texts.read(labelled).text))
    complaints = [f'XML: {error}'] if error else shown('XML', found, expected)
    return complaints + exiftool_complaints(*tags) + shown('exiftool', tagged(tags[1], 'XMP-TC260'), expected)


def tiff(clean, labelled, expected, tags):
    complaints = []
    for command in (('tiffinfo',), ('exiv2', '-q', '-pS')):
        before, after = tools.run(*command, clean), tools.run(*command, labelled)
        if after.returncode > before.returncode:
            complaints.append(f'{command[0]}: cannot open it')
        complaints += tools.new_lines(command[0], before.stderr, after.stderr)
    packet = tools.run('exiv2', '-q', '-pX', labelled)
    if packet.stdout or not packet.returncode:  # it has no reader for BigTIFF
        complaints += shown('exiv2', tools.noting(lambda: xmp_labels(packet.stdout))[0] or [], expected)
    return complaints + picture(clean, labelled, expected, tags)


def mp3(clean, labelled, expected, tags):
    complaints = exiftool_complaints(*tags) + ffprobe_complaints(clean, labelled, expected, tag=True)
    _, said = tools.compare('mutagen', mutagen.File, clean, labelled)
    return complaints + said + id3_frames(lambda path: mutagen.File(path).tags, clean, labelled, expected)


def comment_pairs(path):
    """The Vorbis comments that mutagen shows, as (name, value) pairs without the label's."""
    return [(k, v) for k, v in mutagen.File(path).tags or [] if k != 'AIGC']


def comments(clean, labelled, expected, tags):
    """FLAC, Vorbis and Opus: the comment AIGC, and all others as they were; no page or block out of order."""
    complaints = exiftool_complaints(*tags) + ffprobe_complaints(clean, labelled, expected, tag=False)
    # ffprobe shows the tags of Ogg with the stream, those of FLAC with the file.
    found = tools.ffprobe(labelled)[0] or {'format': {}}
    named = [part.get('tags', {}) for part in (found['format'], *found.get('streams', []))]
    complaints += shown('ffprobe', [v for t in named for k, v in t.items() if k == 'AIGC'], expected)
    # MediaInfo leaves off where a comment is longer than a page.
    complaints += mediainfo_complaints(clean, labelled, expected, required=False)
    _, said = tools.compare('mutagen', mutagen.File, clean, labelled)
    complaints += said
    if not said:
        audio = mutagen.File(labelled)
        complaints += shown('mutagen', [v for k, v in audio.tags or [] if k.lower() == 'aigc'], expected)
        if comment_pairs(labelled) != comment_pairs(clean):
            complaints.append('mutagen: other comments were changed or lost')
        if getattr(audio, 'pictures', []) != getattr(mutagen.File(clean), 'pictures', []):
            complaints.append('mutagen: the pictures were changed or lost')
    check = {'.flac': ('flac', '-t', '-s'), '.opus': ('opusinfo',)}.get(labelled.suffix.lower(), ('ogginfo',))
    before, after = tools.run(*check, clean), tools.run(*check, labelled)
    if after.returncode > before.returncode:
        complaints.append(f'{check[0]}: finds it damaged')
    warned = [b'\n'.join(x for x in (r.stdout + r.stderr).splitlines() if b'WARN' in x.upper() or b'ERROR' in x) for r in (before, after)]
    return complaints + tools.new_lines(check[0], *warned)


def aac(clean, labelled, expected, tags):
    """As MP3; mutagen has to be told the format, as it takes a tag in front for MP3."""
    complaints = exiftool_complaints(*tags) + ffprobe_complaints(clean, labelled, expected, tag=True)
    _, said = tools.compare('mutagen', mutagen.aac.AAC, clean, labelled)
    return complaints + said + id3_frames(lambda path: mutagen.id3.ID3(path), clean, labelled, expected)


def caf(clean, labelled, expected, tags):
    """exiftool and mutagen do not know it."""
    complaints = ffprobe_complaints(clean, labelled, expected, tag=True)
    data, at = labelled.read_bytes(), 8
    while at < len(data):
        size = struct.unpack('>q', data[at + 4:at + 12])[0]
        at = len(data) if size == -1 else at + 12 + size
    if at != len(data) or (b'data' + b'\xff' * 8 in data) != (b'data' + b'\xff' * 8 in clean.read_bytes()):
        complaints.append('CAF: the chunks do not end with the file')
    return complaints


def aiff(clean, labelled, expected, tags):
    complaints = exiftool_complaints(*tags) + ffprobe_complaints(clean, labelled, expected, tag=True)
    _, said = tools.compare('mutagen', mutagen.aiff.AIFF, clean, labelled)
    complaints += said + id3_frames(lambda path: mutagen.aiff.AIFF(path).tags, clean, labelled, expected)
    before, after = tools.run('sox', '--info', clean), tools.run('sox', '--info', labelled)
    complaints += ['sox: cannot open it'] * (after.returncode > before.returncode)
    complaints += tools.new_lines('sox', before.stderr, after.stderr)
    data, size = labelled.read_bytes(), clean.stat().st_size
    if struct.unpack('>I', data[4:8])[0] + 8 != len(data) or len(data) % 2 or len(data) < size:
        complaints.append('AIFF: the size in the header is not that of the file')
    return complaints


def id3_frames(load, clean, labelled, expected):
    """The one label frame, and all other frames as they were."""
    after, _, error = tools.noting(lambda: load(labelled))
    if error:
        return [f'mutagen: {error}']
    before = tools.noting(lambda: load(clean))[0] or {}
    after = after or {}
    frames = [f for f in after.values() if f.FrameID == 'TXXX' and f.desc.lower() == 'aigc']
    complaints = shown('mutagen', [str(f) if f.desc == 'AIGC' else f.desc for f in frames], expected)
    return complaints + [f'mutagen: {k} was changed or lost' for k in before if k not in after or repr(before[k]) != repr(after[k])]


def film(clean, labelled, expected, tags):
    complaints = exiftool_complaints(*tags) + shown('exiftool', tagged(tags[1], 'Keys'), expected, required=False)
    complaints += ffprobe_complaints(clean, labelled, expected, tag=True)
    complaints += mediainfo_complaints(clean, labelled, expected, required=True)
    _, said = tools.compare('mutagen', mutagen.File, clean, labelled)
    return complaints + said


def matroska(clean, labelled, expected, tags):
    complaints = exiftool_complaints(*tags) + ffprobe_complaints(clean, labelled, expected, tag=True)
    complaints += mediainfo_complaints(clean, labelled, expected, required=True)
    done = tools.run('mkvextract', labelled, 'tags', '-')
    found, _, error = tools.noting(lambda: global_tags(done.stdout))
    complaints += [f'mkvextract: {error}'] if error else shown('mkvextract', found, expected)
    before, after = (json.loads(tools.run('mkvmerge', '-J', path).stdout) for path in (clean, labelled))
    for key in ('tracks', 'attachments', 'chapters', 'errors', 'warnings'):
        if before[key] != after[key]:
            complaints.append(f'mkvmerge: {key} were {before[key]}, are {after[key]}')
    before, after = (tools.run('mkvinfo', path) for path in (clean, labelled))
    return complaints + ['mkvinfo: cannot read it'] * (after.returncode > before.returncode)


def global_tags(xml):
    """The AIGC strings of tags without a target, read by ElementTree."""
    root = ElementTree.fromstring(xml)
    whole = [t for t in root.iter('Tag') if not any(e.tag.endswith('UID') for e in t.iter())]
    return [s.findtext('String') for t in whole for s in t.iter('Simple') if (s.findtext('Name') or '').lower() == 'aigc']


def riff_chunks(path):
    """Top-level chunks of a WAV as (id, payload); raises where sizes do not add up to the file."""
    data = path.read_bytes()
    form, size = data[:4], struct.unpack('<I', data[4:8])[0]
    wide = form in (b'RF64', b'BW64')
    if wide:
        size = struct.unpack('<Q', data[20:28])[0]
    if form not in (b'RIFF', b'RF64', b'BW64') or data[8:12] != b'WAVE':
        raise ValueError('no WAVE header')
    if size + 8 != len(data):
        raise ValueError(f'the header says {size + 8} bytes, the file has {len(data)}')
    out, at = [], 12
    while at < len(data):
        kind, length = data[at:at + 4], struct.unpack('<I', data[at + 4:at + 8])[0]
        if wide and kind == b'data':
            length = struct.unpack('<Q', data[28:36])[0]
        if at + 8 + length > len(data):
            raise ValueError(f'chunk {kind!r} runs beyond the file')
        out.append((kind, data[at + 8:at + 8 + length]))
        at += 8 + length + length % 2
    if at != len(data):
        raise ValueError('the last chunk lacks its padding byte')
    return out


def wav(clean, labelled, expected, tags):
    complaints = exiftool_complaints(*tags) + ffprobe_complaints(clean, labelled, expected, tag=False)
    before, after = tools.run('sox', '--info', clean), tools.run('sox', '--info', labelled)
    if after.returncode > before.returncode:
        complaints.append('sox: cannot open it')
    complaints += tools.new_lines('sox', before.stderr, after.stderr)
    complaints += mediainfo_complaints(clean, labelled, expected, required=False)
    # mutagen knows no RF64.
    if clean.read_bytes().startswith(b'RIFF'):
        _, said = tools.compare('mutagen', mutagen.File, clean, labelled)
        complaints += said
    chunks, _, error = tools.noting(lambda: riff_chunks(labelled))
    if error:
        return complaints + [f'RIFF: {error}']
    complaints += shown('RIFF', [v.decode('utf-8', 'replace') for k, v in chunks if k.lower() == b'aigc'], expected)
    # In RF64 the size of the whole stands in ds64: riff_chunks has checked it.
    def others(all_chunks):
        return [(k, v[8:] if k == b'ds64' else v) for k, v in all_chunks if k != b'AIGC']
    if others(chunks) != others(riff_chunks(clean)):
        complaints.append('RIFF: the other chunks are not those of the clean file, in their order')
    return complaints


class Strict(yaml.SafeLoader):
    """SafeLoader takes the last of two equal keys in silence; a judge must not."""


def no_duplicates(loader, node, deep=False):
    keys = [loader.construct_object(k, deep=True) for k, _ in node.value]
    if len(keys) != len(set(map(str, keys))):
        raise ValueError(f'a key stands twice among {keys}')
    return yaml.SafeLoader.construct_mapping(loader, node, deep=True)


Strict.add_constructor('tag:yaml.org,2002:map', no_duplicates)


def same_frame(before, after):
    """Complaints about BOM, encoding and line ends, which a label must not change."""
    complaints = []
    if (before.bom, before.encoding) != (after.bom, after.encoding):
        complaints.append(f'encoding: was {before.encoding} {before.bom!r}, is {after.encoding} {after.bom!r}')
    if before.ends and after.ends != before.ends:
        complaints.append(f'line ends: were {before.ends}, are {after.ends}')
    return complaints


FRONT_MATTER = {
    'yaml': ('PyYAML', lambda text: yaml.load(text, Strict)),
    'toml': ('tomllib', tomllib.loads),
    'json': ('json', json.loads),
}


def markdown(clean, labelled, expected, _tags):
    before, after = texts.read(clean), texts.read(labelled)
    complaints = same_frame(before, after)
    form, front, _ = texts.front_matter(after.text)
    if front is None:
        return complaints + ['text: no front matter']
    judge, load = FRONT_MATTER[form]
    data, _, error = tools.noting(lambda: load(front))
    if error:
        return complaints + [f'{judge}: {error}']
    wanted, label = json.loads(expected), data.get('AIGC') if isinstance(data, dict) else None
    if label != wanted or list(label) != list(wanted):
        return complaints + [f'{judge}: expected {wanted}, found {label!r}']
    old_form, old, _ = texts.front_matter(before.text)
    if old is not None and old_form != form:
        return complaints + [f'text: front matter in {old_form} became the body behind one in {form}']
    if {k: v for k, v in data.items() if k != 'AIGC'} != (load(old) or {} if old else {}):
        complaints.append(f'{judge}: the other front matter changed')
    if form != 'yaml':
        return complaints
    node = next(v for k, v in yaml.compose(front).value if k.value == 'AIGC')
    if node.flow_style or any(v.style != "'" for _, v in node.value):
        complaints.append('PyYAML: not a block of single-quoted values')
    return complaints


def text(clean, labelled, expected, _tags):
    before, after = texts.read(clean), texts.read(labelled)
    complaints = same_frame(before, after)
    lines = after.text.splitlines() or ['']
    if lines[-1] != 'AIGC: ' + expected:
        complaints.append(f'last line: expected the label, found {lines[-1][:300]!r}')
    if sum(line.startswith('AIGC:') for line in lines) > 1:
        complaints.append('more than one label line')
    return complaints


def page(clean, labelled, expected, _tags):
    complaints = pages.encoding_complaints(clean, labelled)
    if complaints:
        return complaints
    found = [value for place, value in pages.labels(labelled) if place == 'head']
    complaints = shown('html.parser', found, expected)
    if len(pages.labels(labelled)) != len(found):
        complaints.append('html.parser: a meta AIGC stands outside of the head')
    if labelled.suffix == '.xhtml':
        root, _, error = tools.noting(lambda: ElementTree.parse(labelled).getroot())
        if error:
            return complaints + [f'XML: {error}']
        head = root.find('{http://www.w3.org/1999/xhtml}head')
        complaints += shown('XML', [m.get('content') for m in head if m.get('name') == 'AIGC'], expected)
    return complaints


def pdf_info(path):
    """The information dictionary as pikepdf and pypdf see it; both read the newest revision only."""
    with pikepdf.open(path) as file:
        infos = [{str(k): str(v) for k, v in file.docinfo.items()}]
    try:
        infos.append({k: str(v) for k, v in (pypdf.PdfReader(path, strict=False).metadata or {}).items()})
    except pypdf.errors.DependencyError:   # pypdf has no AES of its own
        pass
    return infos


def pdf(clean, labelled, expected, tags):
    complaints = exiftool_complaints(*tags) + shown('exiftool', tagged(tags[1], 'PDF'), expected)
    before, after = tools.run('qpdf', '--check', clean), tools.run('qpdf', '--check', labelled)
    if after.returncode > before.returncode:
        complaints.append('qpdf: ' + after.stderr.decode('utf-8', 'replace')[-300:])
    complaints += tools.new_lines('qpdf', before.stderr, after.stderr)
    infos, said = tools.compare('pikepdf and pypdf', pdf_info, clean, labelled)
    for tool, old, new in zip(('pikepdf', 'pypdf'), pdf_info(clean), infos or ()):
        complaints += shown(tool, [v for k, v in new.items() if k.lower() == '/aigc'], expected)
        if {k: v for k, v in new.items() if k != '/AIGC'} != old:
            complaints.append(f'{tool}: the other entries were {old}, are {new}')
    return complaints + said


CUSTOM = '{http://schemas.openxmlformats.org/officeDocument/2006/custom-properties}property'
LPWSTR = '{http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes}lpwstr'
OPENERS = {'.docx': docx.Document, '.xlsx': openpyxl.load_workbook, '.pptx': pptx.Presentation}


def custom_properties(path):
    """name -> (format id, property id, value type, value) of all custom properties; the part must be declared."""
    with zipfile.ZipFile(path) as archive:
        if archive.testzip() or len(set(archive.namelist())) < len(archive.namelist()):
            raise ValueError('a damaged member, or two of one name')
        if 'docProps/custom.xml' not in archive.namelist():
            return {}
        types, relations = archive.read('[Content_Types].xml'), archive.read('_rels/.rels')
        root = ElementTree.fromstring(archive.read('docProps/custom.xml'))
    if types.count(b'"/docProps/custom.xml"') != 1 or relations.count(b'relationships/custom-properties"') != 1:
        raise ValueError('the custom properties are not declared exactly once')
    found = [(e.get('name'), (e.get('fmtid'), int(e.get('pid')), e[0].tag, e[0].text)) for e in root]
    if len(dict(found)) < len(found) or len({v[1] for _, v in found}) < len(found) or min(v[1] for _, v in found) < 2:
        raise ValueError(f'a name or id stands twice: {found}')
    return dict(found)


def office(clean, labelled, expected, tags):
    complaints = exiftool_complaints(*tags) + shown('exiftool', tagged(tags[1], 'XML'), expected)
    _, said = tools.compare('python library', OPENERS[labelled.suffix], clean, labelled)
    complaints += said
    if labelled.suffix == '.xlsx':
        names = openpyxl.load_workbook(labelled).custom_doc_props
        complaints += shown('openpyxl', [p.value for p in names.props if p.name == 'AIGC'], expected)
    found, _, error = tools.noting(lambda: custom_properties(labelled))
    if error:
        return complaints + [f'package: {error}']
    fmtid, _, kind, value = found.pop('AIGC', (None,) * 4)
    complaints += shown('package', [value], expected)
    if (fmtid, kind) != ('{D5CDD505-2E9C-101B-9397-08002B2CF9AE}', LPWSTR):
        complaints.append(f'package: the property has format id {fmtid} and type {kind}')
    if found != custom_properties(clean):
        complaints.append('package: the other custom properties changed')
    return complaints


OPF, META = '{http://www.idpf.org/2007/opf}', 'urn:oasis:names:tc:opendocument:xmlns:meta:1.0'


def user_defined(path):
    """Name and text of all user-defined properties, as odfpy reads them."""
    found = odf.opendocument.load(path).meta.getElementsByType(odf.meta.UserDefined)
    return [(e.getAttribute('name'), str(e)) for e in found]


def book_metadata(path):
    """Everything in the metadata of the package document that the container names."""
    with zipfile.ZipFile(path) as archive:
        container = ElementTree.fromstring(archive.read('META-INF/container.xml'))
        package = ElementTree.fromstring(archive.read(container.find('.//{*}rootfile').get('full-path')))
    found = [(e.tag, e.attrib, e.text) for e in package.find(OPF + 'metadata')]
    return [(e[1].get('name'), e[1].get('content')) if e[0] == OPF + 'meta' and e[1].get('name') else (None, e) for e in found]


def packed(clean, labelled, expected, tags):
    with zipfile.ZipFile(labelled) as archive:
        first = archive.infolist()[0]
        complaints = [] if archive.testzip() is None else ['ZIP: damaged']
    if (first.filename, first.compress_type, first.extra) != ('mimetype', zipfile.ZIP_STORED, b''):
        complaints.append('ZIP: mimetype is not first and stored')
    read = book_metadata if labelled.suffix == '.epub' else user_defined
    after, said = tools.compare('package', read, clean, labelled)
    if said:
        return complaints + said
    if [pair for pair in after if pair[0] != 'AIGC'] != read(clean):
        complaints.append('package: other properties changed')
    return complaints + shown('package', [text for name, text in after if name == 'AIGC'], expected)


JUDGES = {
    '.heic': heif, '.heif': heif, '.avif': heif,
    '.png': png, '.jpg': picture, '.jpeg': picture, '.webp': webp, '.gif': gif, '.tif': tiff, '.svg': drawing, '.wav': wav, '.mp3': mp3,
    '.aac': aac,
    '.flac': comments, '.ogg': comments, '.opus': comments, '.aiff': aiff, '.aif': aiff, '.aifc': aiff, '.caf': caf,
    '.mkv': matroska, '.mka': matroska, '.webm': matroska,
    '.mp4': film, '.m4a': film, '.mov': film, '.m4v': film, '.html': page, '.htm': page, '.xhtml': page, '.md': markdown, '.markdown': markdown, '.txt': text,
    '.pdf': pdf, '.docx': office, '.xlsx': office, '.pptx': office, '.odt': packed, '.ods': packed, '.odp': packed, '.epub': packed,
}
NO_EXIFTOOL = ('.odt', '.ods', '.odp', '.epub', '.md', '.markdown', '.txt', '.html', '.htm', '.xhtml')


def judge(clean, labelled, expected, tags):
    """All complaints about one labelled file; `tags` is what exiftool said of (clean, labelled)."""
    check = JUDGES.get(labelled.suffix.lower())
    if check is None:
        return [f'no judge for files called {labelled.suffix or "without extension"}']
    if list(json.loads(expected)) != ['Label', 'ContentProducer', 'ProduceID', 'ReservedCode1', 'ContentPropagator', 'PropagateID', 'ReservedCode2']:
        return ['EXPECTED_JSON has not the seven keys in their order']
    try:
        return check(clean, labelled, expected, tags)
    except UnicodeDecodeError as problem:
        return [f'text: not in one encoding: {problem}']
