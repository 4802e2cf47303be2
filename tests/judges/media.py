"""Are samples, pixels and words the same in the labelled file as in the clean one?"""
import functools
import re
import struct
import tempfile
import zipfile
from pathlib import Path

from PIL import Image, ImageSequence

import items
import pages
import texts
import tools

AUDIO_VIDEO = ('.wav', '.mp3', '.mp4', '.m4a', '.mov', '.m4v', '.aac', '.flac', '.ogg', '.opus', '.aiff', '.aif', '.aifc', '.caf', '.mkv', '.mka', '.webm')
PICTURES = ('.png', '.jpg', '.jpeg', '.webp', '.gif', '.tif', '.avif', '.heic', '.heif')

ITEMS = ('.avif', '.heic', '.heif')


@functools.cache
def stream_hash(path):
    """SHA-256 of all packets of all streams, as ffmpeg copies them."""
    done = tools.run('ffmpeg', '-v', 'error', '-i', path, '-map', '0', '-c', 'copy', '-f', 'hash', '-')
    return done.stdout.strip(), done.returncode, done.stderr


def streams(clean, labelled):
    before, _, said_before = stream_hash(clean)
    after, status, said_after = stream_hash(labelled)
    if status or not after:
        return [f'ffmpeg: cannot copy the streams: {said_after.decode("utf-8", "replace")[:200]!r}']
    complaints = tools.new_lines('ffmpeg', said_before, said_after)
    return complaints + ['ffmpeg: the copied streams differ'] * (before != after)


def frames(path):
    """Every frame as (mode, size, duration, palette, pixels)."""
    with Image.open(path) as image:
        return [(f.mode, f.size, f.info.get('duration'), f.getpalette(), f.tobytes()) for f in ImageSequence.Iterator(image)]


def jpeg_scan(data):
    """Everything from the first start of scan to the end of the file."""
    at = 2
    while data[at + 1] != 0xDA:
        at += 1 if data[at + 1] == 0xFF else 2 + int.from_bytes(data[at + 2:at + 4], 'big')
    return data[at:]


def png_data(data):
    """The chunks that make the picture, as bytes."""
    out, at = [], 8
    while at < len(data):
        end = at + 12 + int.from_bytes(data[at:at + 4], 'big')
        if data[at + 4:at + 8] in (b'IHDR', b'PLTE', b'tRNS', b'IDAT', b'acTL', b'fcTL', b'fdAT', b'IEND'):
            out.append(data[at:end])
        at = end
    return out


def webp_data(data):
    """The chunks besides VP8X, XMP, in their order."""
    out, at = [], 12
    while at + 8 <= len(data):
        end = at + 8 + int.from_bytes(data[at + 4:at + 8], 'little')
        if data[at:at + 4] not in (b'VP8X', b'XMP '):
            out.append(data[at:end])
        at = end + (end - at) % 2
    return out


def gif_data(data):
    """Everything without the XMP extension and the version digit, which extensions raise to 9."""
    return data[:4] + re.sub(rb'\x21\xff\x0bXMP DataXMP[^\0]*\0\0', b'', data[5:], flags=re.S)


def tiff_data(data):
    """The pixels of the first strip of the first page: byte for byte where they were."""
    long, big = ('<' if data[:2] == b'II' else '>'), data[2:4] in (b'+\0', b'\0+')
    offset, entry, count = ('Q', 20, 'Q') if big else ('I', 12, 'H')
    at = struct.unpack_from(long + offset, data, 8 if big else 4)[0]
    table = {}
    for i in range(struct.unpack_from(long + count, data, at)[0]):
        start = at + (8 if big else 2) + entry * i
        table[struct.unpack_from(long + 'H', data, start)[0]] = struct.unpack_from(long + 'I', data, start + (12 if big else 8))[0]
    return table[273], data[table[273]:][:table[279]]


def heif_data(path):
    """All items besides XMP, and what they say of each other."""
    parts, references, primary = items.read(path)
    return {i: p for i, p in parts.items() if p[1] != b'application/rdf+xml'}, {r for r in references if r[0] != b'cdsc'}, primary


def decoded(path):
    """The pixels that libheif decodes; its PNG has the metadata too."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / 'a.png'
        return frames(out) if tools.run('heif-convert', path, out).returncode == 0 and out.exists() else None


def pictures_of_items(clean, labelled):
    complaints = ['heif-convert: the picture differs'] * (decoded(clean) != decoded(labelled))
    return complaints + ['items: others than XMP changed'] * (heif_data(clean) != heif_data(labelled))


CODED = {'.png': png_data, '.webp': webp_data, '.gif': gif_data, '.tif': tiff_data}


def pictures(clean, labelled):
    before, _, failed = tools.noting(lambda: frames(clean))
    after, _, error = tools.noting(lambda: frames(labelled))
    if error and not failed:
        return [f'Pillow: {error}']
    before, after = before or [], after or []
    complaints = []
    if len(before) != len(after):
        complaints.append(f'Pillow: had {len(before)} frames, has {len(after)}')
    complaints += [f'Pillow: frame {i} differs' for i, pair in enumerate(zip(before, after)) if pair[0] != pair[1]]
    if labelled.suffix.lower() in ITEMS:
        return complaints + pictures_of_items(clean, labelled)
    part = CODED.get(labelled.suffix.lower(), jpeg_scan)
    if part(clean.read_bytes()) != part(labelled.read_bytes()):
        complaints.append('bytes: the coded picture, or what lies behind it, was rewritten')
    return complaints


def drawings(clean, labelled):
    """The same pixels, and the same text but for the metadata."""
    before, after = (tools.run('rsvg-convert', path) for path in (clean, labelled))
    complaints = tools.new_lines('rsvg-convert', before.stderr, after.stderr)
    if after.returncode or before.stdout != after.stdout:
        complaints.append('rsvg-convert: the drawing differs')
    rest = [re.sub(r'\s*<metadata[^>]*/>|\s*<metadata.*</metadata>', '', texts.read(p).text, flags=re.S) for p in (clean, labelled)]
    return complaints + ['text: something besides the metadata differs'] * (rest[0] != rest[1])


def plain(clean, labelled):
    """The text less its last line is the clean text, with a line end if that had none."""
    before, after = texts.read(clean).text, texts.read(labelled).text
    lines = after.splitlines(keepends=True)
    if not lines or not lines[-1].startswith('AIGC:'):
        return ['text: no label in the last line']
    rest = ''.join(lines[:-1])
    allowed = {before} if before.endswith(('\n', '\r')) or not before else {before + end for end in ('\n', '\r\n', '\r')}
    return [] if rest in allowed else ['text: the words above the label differ from the clean file']


def markdown(clean, labelled):
    """The body is untouched; front matter that was there is the same without the label block."""
    old_form, old_front, old_body = texts.front_matter(texts.read(clean).text)
    new_form, new_front, new_body = texts.front_matter(texts.read(labelled).text)
    if new_form != (old_form or 'yaml'):
        return [f'text: front matter in {new_form}']
    complaints = []
    bodies = {old_body} if old_front is not None else {old_body, '\n' + old_body, '\r\n' + old_body}
    if new_body not in bodies:
        complaints.append('text: the body differs')
    if texts.without_block(new_form, new_front) != (old_front or ''):
        complaints.append('text: the front matter differs by more than the label block')
    return complaints


def pdf(clean, labelled):
    """An update only adds: the clean file is the beginning of the labelled one; and the words are the same."""
    complaints = []
    if not labelled.read_bytes().startswith(clean.read_bytes()):
        complaints.append('bytes: the earlier revision was changed')
    before, after = tools.run('pdftotext', clean, '-'), tools.run('pdftotext', labelled, '-')
    if after.returncode or before.stdout != after.stdout:
        complaints.append('pdftotext: the words differ')
    return complaints + tools.new_lines('pdftotext', before.stderr, after.stderr)


PACKED = ('.odt', '.ods', '.odp', '.epub')


def raw_members(path):
    """name -> everything that the archive says of a member, and its data as it is stored."""
    data, out = path.read_bytes(), {}
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            name, extra = struct.unpack('<HH', data[info.header_offset + 26:info.header_offset + 30])
            start = info.header_offset + 30 + name + extra
            facts = (info.date_time, info.compress_type, info.flag_bits, info.CRC, info.extra, info.comment)
            out[info.filename] = facts, data[info.header_offset + 4:start], data[start:start + info.compress_size]
        return out, archive.comment


def office(clean, labelled):
    """All members but those that declare and hold the label are stored as they were, in their order."""
    (before, comment), (after, new_comment) = raw_members(clean), raw_members(labelled)
    changed = ('[Content_Types].xml', '_rels/.rels', 'docProps/custom.xml')
    if labelled.suffix in PACKED:
        changed = [name for name in before if name == 'meta.xml' or name.endswith('.opf')]
    complaints = [] if comment == new_comment else ['ZIP: the comment changed']
    if [n for n in after if n in before] != list(before) or set(after) - set(before) - set(changed):
        complaints.append(f'ZIP: the members were {list(before)}, are {list(after)}')
    return complaints + [f'ZIP: {n} changed' for n in before if n not in changed and before[n] != after.get(n)]


def judge(clean, labelled):
    suffix = labelled.suffix.lower()
    if suffix in AUDIO_VIDEO:
        return streams(clean, labelled)
    if suffix in PICTURES:
        return pictures(clean, labelled)
    if suffix in ('.md', '.markdown'):
        return markdown(clean, labelled)
    if suffix in ('.docx', '.xlsx', '.pptx', *PACKED):
        return office(clean, labelled)
    if suffix == '.pdf':
        return pdf(clean, labelled)
    if suffix in pages.SUFFIXES:
        return pages.same(clean, labelled)
    if suffix == '.svg':
        return drawings(clean, labelled)
    if suffix == '.txt':
        return plain(clean, labelled)
    return [f'no judge for files called {suffix}']
