#!/usr/bin/env python3
"""Do the judges pass what is right and fail what is wrong? Twins are made by other tools, never by our own code.

    tests/judges/selftest.py      prints each case that was judged otherwise than it should be
"""
import json
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import mutagen
import mutagen.aiff
import mutagen.id3
import numpy as np
from PIL import Image, ImageDraw, ImageFont, ImageOps

import opuses
import tools

HERE = Path(__file__).parent
CLEAN = HERE.parents[1] / 'fixtures' / 'clean'
LABELLED = HERE.parents[1] / 'fixtures' / 'labelled'
CODE = '001191110000EXAMPLE03Q10000'
LABEL = json.dumps({'Label': '1', 'ContentProducer': CODE, 'ProduceID': 'judge-1', 'ReservedCode1': '',
                    'ContentPropagator': CODE, 'PropagateID': 'judge-1', 'ReservedCode2': ''}, separators=(',', ':'))
OTHER = LABEL.replace('judge-1', 'judge-2')
BLOCK = 'AIGC:\n' + ''.join(f"  {k}: '{v}'\n" for k, v in json.loads(LABEL).items())


def exiftool(name, out, *arguments):
    subprocess.run(['exiftool', '-config', HERE / 'aigc.exiftool', '-q', '-q', '-m', *arguments, '-o', out, CLEAN / name], check=True)


def xmp(name, out, text=LABEL):
    exiftool(name, out, f'-XMP-TC260:AIGC={text}')


def xmp_first(name, out):
    """Move the XMP that exiftool wrote right behind IHDR."""
    xmp(name, out)
    data = out.read_bytes()
    at = data.index(b'iTXt') - 4
    chunk = data[at:at + 12 + int.from_bytes(data[at:at + 4], 'big')]
    rest = data.replace(chunk, b'')
    out.write_bytes(rest[:33] + chunk + rest[33:])


def wav(name, out, text=LABEL, size=0, kind=b'AIGC'):
    data = (CLEAN / name).read_bytes()
    body = text.encode()
    data += kind + struct.pack('<I', len(body)) + body + b'\0' * (len(body) % 2)
    out.write_bytes(data[:4] + struct.pack('<I', len(data) - 8 + size) + data[8:])


def mp3(name, out, text=LABEL, desc='AIGC', twice=False, drop=None):
    shutil.copy(CLEAN / name, out)
    try:
        tags = mutagen.id3.ID3(out)
    except mutagen.id3.ID3NoHeaderError:
        tags = mutagen.id3.ID3()
    tags.add(mutagen.id3.TXXX(encoding=0, desc=desc, text=[text]))
    if twice:
        tags.add(mutagen.id3.TXXX(encoding=0, desc='aigc', text=[text]))
    if drop:
        tags.delall(drop)
    tags.save(out)


def film(name, out, text=LABEL, key='AIGC'):
    subprocess.run(['ffmpeg', '-v', 'error', '-y', '-i', CLEAN / name, '-map', '0', '-c', 'copy', '-fflags', '+bitexact', '-movflags',
                    'use_metadata_tags', '-metadata', f'{key}={text}', out], check=True)


def webp(name, out, text=LABEL):
    """XMP by webpmux."""
    with tempfile.NamedTemporaryFile('w', suffix='.xmp') as file:
        file.write('<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
                   f'xmlns:TC260="http://www.tc260.org.cn/ns/AIGC/1.0/"><TC260:AIGC>{text}</TC260:AIGC></rdf:Description></rdf:RDF></x:xmpmeta>')
        file.flush()
        subprocess.run(['webpmux', '-set', 'xmp', file.name, CLEAN / name, '-o', out], check=True, capture_output=True)


def comments(name, out, text=LABEL, key='AIGC', twice=False, drop=None):
    """A Vorbis comment by mutagen, in FLAC and Ogg."""
    shutil.copy(CLEAN / name, out)
    audio = mutagen.File(out)
    if audio.tags is None:
        audio.add_tags()
    audio.tags[key] = [text] * (2 if twice else 1)
    if drop:
        del audio.tags[drop]
    audio.save()


def aiff(name, out, text=LABEL, desc='AIGC'):
    shutil.copy(CLEAN / name, out)
    audio = mutagen.aiff.AIFF(out)
    if audio.tags is None:
        audio.add_tags()
    audio.tags.add(mutagen.id3.TXXX(encoding=0, desc=desc, text=[text]))
    audio.save()


def office_property(name, out, *texts, fmtid='{D5CDD505-2E9C-101B-9397-08002B2CF9AE}'):
    """Custom properties in a package that has some."""
    made = ''.join(f'<property fmtid="{fmtid}" pid="{90 + n}" name="AIGC"><vt:lpwstr xmlns:vt="http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes">'
                   f'{text}</vt:lpwstr></property>' for n, text in enumerate(texts))
    member(name, out, 'docProps/custom.xml', lambda data: data.replace(b'</Properties>', made.encode() + b'</Properties>'))


def pdf(name, out, text=LABEL, key='AIGC', title=None):
    """An incremental update of the information dictionary of a file with a cross-reference table."""
    data = (CLEAN / name).read_bytes()
    number, size = (int(re.findall(rb'/%s (\d+)' % key, data)[-1]) for key in (b'Info', b'Size'))
    root, ids = re.findall(rb'/Root \d+ 0 R', data)[-1], re.findall(rb'/ID\s*\[.*?\]', data, re.S)[-1:]
    info = re.search(rb'\n%d 0 obj\s*<<(.*?)>>\s*endobj' % number, data, re.S)[1]
    info = re.sub(rb'/Title\s*[(<].*?[)>]', b'', info) + f'/Title ({title})'.encode() if title else info
    new = b'\n%d 0 obj\n<<%s/%s (%s)>>\nendobj\n' % (number, info, key.encode(), text.encode())
    table = b'xref\n%d 1\n%010d 00000 n \n' % (number, len(data) + 1)
    trailer = b'trailer\n<</Size %d/Info %d 0 R%s%s/Prev %d>>\n' % (size, number, root, b''.join(ids), int(re.findall(rb'startxref\s+(\d+)', data)[-1]))
    out.write_bytes(data + new + table + trailer + b'startxref\n%d\n%%%%EOF\n' % (len(data) + len(new)))


def edit(name, out, change):
    out.write_bytes(change((CLEAN / name).read_bytes()))


def spoil(out, old, new, source=None):
    data = (source or out).read_bytes()
    assert old in data
    out.write_bytes(data.replace(old, new, 1))


def front(name, out, block=BLOCK):
    edit(name, out, lambda d: d.replace(b'---\n', b'---\n' + block.encode(), 1) if d.startswith(b'---') else ('---\n' + block + '---\n\n').encode() + d)


def metadata_cases(folder):
    """(clean, labelled file, should it pass) for the first mode."""
    def case(name, stem, make, right, *arguments, **named):
        out = folder / (stem + Path(name).suffix)
        make(name, out, *arguments, **named)
        return CLEAN / name, out, right
    for name in ('png.png', 'png-xmp.png', 'png-text.png', 'jpeg.jpg', 'jpeg-xmp.jpg', 'jpeg-exif-rotated.jpg', 'jpeg-mpf.jpg', 'jpeg-trailer.jpg'):
        yield case(name, 'right-' + name.split('.')[0], xmp, True)
        yield case(name, 'other-' + name.split('.')[0], xmp, False, OTHER)
    # exiftool puts XMP behind the first fcTL, where ffmpeg no longer finds the pixel format of an APNG.
    yield case('png-animated.png', 'xmp-behind-fctl', xmp, False)
    yield case('png-animated.png', 'right-png-animated', xmp_first, True)
    # exiftool gives its packets to the primary item too.
    for name in ('heic.heic', 'heic-exif.heic', 'heic-xmp.heic', 'avif.avif', 'avif-alpha.avif', 'avif-xmp.avif'):
        yield case(name, 'right-' + name.split('.')[0], xmp, True)
        yield case(name, 'other-' + name.split('.')[0], xmp, False, OTHER)
    lost = case('heic.heic', 'described-other', xmp, False)
    spoil(lost[1], b'cdsc\0\3\0\1\0\2', b'cdsc\0\3\0\1\0\1')
    yield lost
    yield case('jpeg.jpg', 'unlabelled', edit, False, lambda d: d)
    yield case('jpeg-xmp.jpg', 'title-lost', exiftool, False, '-XMP-dc:Title=', f'-XMP-TC260:AIGC={LABEL}')
    broken = case('png.png', 'broken-crc', xmp, False)
    spoil(broken[1], b'IEND\xae', b'IEND\xaf')
    yield broken
    for name in ('wav.wav', 'wav-list.wav', 'wav-8bit.wav', 'wav-adpcm.wav', 'wav-24bit.wav'):
        yield case(name, 'right-' + name.split('.')[0], wav, True)
    yield case('wav.wav', 'wrong-size', wav, False, size=2)
    yield case('wav.wav', 'wrong-chunk', wav, False, kind=b'aigc')
    yield case('wav.wav', 'wrong-label', wav, False, OTHER)
    yield case('mp3.mp3', 'right-mp3', mp3, True)
    yield case('mp3-id3v24.mp3', 'right-mp3-24', mp3, True)
    yield case('mp3-id3v24.mp3', 'wrong-mp3', mp3, False, OTHER)
    yield case('mp3-id3v24.mp3', 'lower-mp3', mp3, False, desc='aigc')
    yield case('mp3-id3v24.mp3', 'twice-mp3', mp3, False, twice=True)
    yield case('mp3-id3v24.mp3', 'dropped-mp3', mp3, False, drop='APIC')
    for name in ('mp4-tail.mp4', 'mov-tail.mov', 'mp4-mdta.mp4'):
        yield case(name, 'right-' + name.split('.')[0], film, True)
        yield case(name, 'wrong-' + name.split('.')[0], film, False, OTHER)
    yield case('m4a.m4a', 'title-moved', film, False)
    yield case('mp4-tail.mp4', 'no-key', film, False, key='AIGX')
    yield case('mp4-itunes.mp4', 'lost-title', edit, False, lambda d: (folder / 'right-mp4-tail.mp4').read_bytes())
    for name in ('markdown.md', 'markdown-frontmatter.md'):
        yield case(name, 'right-' + name.split('.')[0], front, True)
    yield case('markdown.md', 'wrong-md', front, False, BLOCK.replace("Label: '1'", 'Label: 1'))
    yield case('markdown.md', 'twice-md', front, False, BLOCK * 2)
    yield case('markdown.md', 'flow-md', front, False, f'AIGC: {LABEL}\n')
    yield case('markdown-crlf.md', 'right-crlf-md', edit, True, lambda d: d.replace(b'---', b'---\r\n' + BLOCK.strip().replace('\n', '\r\n').encode(), 1))
    yield case('markdown-crlf.md', 'mixed-md', edit, False, lambda d: d.replace(b'---\r\n', b'---\r\n' + BLOCK.encode(), 1))
    table = ('[AIGC]\n' + ''.join(f'{k} = {json.dumps(v)}\n' for k, v in json.loads(LABEL).items())).encode()
    yield case('markdown-toml.md', 'right-toml-md', edit, True, lambda d: d.replace(b'+++\n\n', table + b'+++\n\n'))
    yield case('markdown-toml.md', 'sunk-toml-md', edit, False, lambda d: d.replace(b'+++\n', b'+++\n[AIGC]\nLabel = 1\n', 1))
    yield case('markdown-toml.md', 'pushed-toml-md', front, False)
    member = f'{{\n  "AIGC": {LABEL},\n'.encode()
    yield case('markdown-json.md', 'right-json-md', edit, True, lambda d: d.replace(b'{\n', member, 1))
    yield case('markdown-json.md', 'pushed-json-md', front, False)
    meta = ('<meta name="AIGC" content="' + LABEL.replace('"', '&quot;') + '">').encode()
    for name in ('html.html', 'html-gb18030.html', 'html-bom-crlf.htm'):
        yield case(name, 'right-' + name.split('.')[0], edit, True, lambda d: d.replace(b'<title>', meta + b'<title>'))
    yield case('html-xhtml.xhtml', 'right-xhtml', edit, True, lambda d: d.replace(b'<title>', meta[:-1] + b'/><title>'))
    yield case('html-xhtml.xhtml', 'open-xhtml', edit, False, lambda d: d.replace(b'<title>', meta + b'<title>'))
    yield case('html.html', 'body-html', edit, False, lambda d: d.replace(b'<h1>', meta + b'<h1>'))
    yield case('html.html', 'twice-html', edit, False, lambda d: d.replace(b'<title>', meta + meta + b'<title>'))
    yield case('html.html', 'script-html', edit, False, lambda d: d.replace(b'<script>', b'<script>' + meta))
    yield case('html-gb18030.html', 'recoded-html', edit, False, lambda d: d.replace(b'<title>', meta + b'<title>').decode('gb18030').encode())
    line = ('AIGC: ' + LABEL + '\n').encode()
    yield case('txt.txt', 'right-txt', edit, True, lambda d: d + line)
    yield case('txt-gb18030.txt', 'right-gb', edit, True, lambda d: d + line)
    yield case('txt-utf16le.txt', 'right-utf16', edit, True, lambda d: d + line.decode().encode('utf-16-le'))
    yield case('txt-utf32le.txt', 'right-utf32', edit, True, lambda d: d + line.decode().encode('utf-32-le'))
    yield case('txt-utf32le.txt', 'spoilt-utf32', edit, False, lambda d: d + line.decode().encode('utf-16-le'))
    yield case('txt-big5.txt', 'right-big5', edit, True, lambda d: d + line)
    yield case('txt-gb18030.txt', 'recoded', edit, False, lambda d: d.decode('gb18030').encode() + line)
    yield case('txt-crlf.txt', 'mixed-ends', edit, False, lambda d: d + line)
    yield case('txt.txt', 'not-last', edit, False, lambda d: line + d)


def more_metadata_cases(folder):
    """Formats whose other writers move or pack the media anew: the label is judged, the media are not compared."""
    def case(name, stem, make, right, *arguments, **named):
        out = folder / (stem + Path(name).suffix)
        make(name, out, *arguments, **named)
        return CLEAN / name, out, right
    same = {'webp.webp': webp, 'gif.gif': xmp, 'flac.flac': comments, 'ogg.ogg': comments, 'opus.opus': comments,
            'aiff.aiff': aiff, 'docx-custom.docx': office_property,
            'xlsx-custom.xlsx': office_property, 'pptx-custom.pptx': office_property, 'pdf.pdf': pdf}
    for name, make in same.items():
        yield case(name, 'more-right-' + name.partition('.')[0], make, True, LABEL)
        yield case(name, 'more-other-' + name.partition('.')[0], make, False, OTHER)
        yield case(name, 'more-none-' + name.partition('.')[0], edit, False, lambda data: data)
    for name in ('flac.flac', 'ogg.ogg', 'opus.opus'):
        yield case(name, 'more-twice-' + name.partition('.')[0], comments, False, LABEL, twice=True)
        yield case(name, 'more-lower-' + name.partition('.')[0], comments, False, LABEL, key='AIGD')
    # Of these no other tool makes a right one: exiftool moves the strips, ffmpeg and mkvpropedit change the other tags.
    yield case('tiff.tif', 'more-moved-tiff', xmp, False)
    yield case('tiff.tif', 'more-none-tiff', edit, False, lambda data: data)
    yield case('aiff.aiff', 'more-lower-aiff', aiff, False, LABEL, desc='aigc')
    yield case('mkv.mkv', 'more-other-mkv', film, False, OTHER)
    yield case('mkv.mkv', 'more-none-mkv', edit, False, lambda data: data)
    yield case('docx-custom.docx', 'more-twice-docx', office_property, False, LABEL, LABEL)
    yield case('docx-custom.docx', 'more-format-docx', office_property, False, LABEL, fmtid='{D5CDD502-2E9C-101B-9397-08002B2CF9AE}')
    yield case('pdf.pdf', 'more-key-pdf', pdf, False, LABEL, key='Aigc')
    yield case('pdf.pdf', 'more-title-pdf', pdf, False, LABEL, title='another')


def media_cases(folder, labelled):
    """All right twins keep their media; a few do not."""
    for clean, out, right in labelled:
        if right:
            yield clean, out, True

    def case(name, stem, change):
        out = folder / ('media-' + stem + Path(name).suffix)
        edit(name, out, change)
        return CLEAN / name, out, False
    yield case('wav.wav', 'sample', lambda d: d[:-2] + b'\x33\x22')
    yield case('mp3.mp3', 'frame', lambda d: d[:-9] + b'\x33' + d[-8:])
    yield case('mp4-tail.mp4', 'offset', lambda d: d.replace(b'stco\0\0\0\0\0\0\0\1\0\0\0\x30', b'stco\0\0\0\0\0\0\0\1\0\0\0\x31').replace(b'mdat\0', b'mdat\1'))
    yield case('mp4-fragments-base.mp4', 'base', lambda d: d[:d.index(b'tfhd') + 19] + b'\x77' + d[d.index(b'tfhd') + 20:])
    yield case('jpeg.jpg', 'scan', lambda d: d[:-20] + b'\x11' + d[-19:])
    yield case('jpeg-trailer.jpg', 'trailer', lambda d: d[:-1])
    yield case('heic-grid.heic', 'tile', lambda d: d[:-9] + b'\x33' + d[-8:])
    yield case('avif.avif', 'coded', lambda d: d[:-9] + b'\x33' + d[-8:])
    yield case('png.png', 'picture', lambda d: (CLEAN / 'png-alpha.png').read_bytes())
    yield case('html.html', 'word-html', lambda d: d.replace('小'.encode(), '大'.encode()))
    yield case('txt.txt', 'word', lambda d: d.replace('小'.encode(), '大'.encode()) + b'AIGC: {}\n')
    yield case('markdown-frontmatter.md', 'front', lambda d: d.replace(b'---\n', b'---\n' + BLOCK.encode(), 1).replace(b'   # a comment stays', b''))


def member(name, out, part, change):
    """The archive with one member changed; `change` gets its bytes, and makes new ones or None to leave it out."""
    with zipfile.ZipFile(CLEAN / name) as old, zipfile.ZipFile(out, 'w', zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            data = old.read(info)
            data = change(data) if info.filename == part else data
            if data is not None:
                new.writestr(info.filename, data)


def opens_cases(folder):
    """Office files and drawings that show the same, something else, and nothing."""
    def case(name, stem, make, right, *arguments):
        out = folder / ('opens-' + stem + Path(name).suffix)
        make(name, out, *arguments)
        return CLEAN / name, out, right
    def extra(data):
        return data.replace(b'>', b'><!-- nothing to see -->', 2)
    for name, part in (('docx.docx', 'word/document.xml'), ('xlsx.xlsx', 'xl/worksheets/sheet1.xml'), ('pptx.pptx', 'ppt/slides/slide1.xml')):
        stem = name.partition('.')[0]
        yield case(name, 'right-' + stem, member, True, '', None)
        yield case(name, 'part-lost-' + stem, member, False, part, lambda data: None)
    yield case('docx.docx', 'word', member, False, 'word/document.xml', lambda data: data.replace(b'</w:t>', b' more</w:t>', 1))
    yield case('docx.docx', 'cut', edit, False, lambda data: data[:len(data) // 2])
    yield case('svg.svg', 'right-svg', edit, True, extra)
    yield case('svg.svg', 'larger', edit, False, lambda data: data.replace(b'120', b'121'))
    yield case('svg.svg', 'cut', edit, False, lambda data: data[:-20])


def draw(name, out, size=0.08, alpha=0.6, shift=None, words='AI生成', noise=False, margin=0.02):
    """A plate with white text in the lower right corner, upright for the viewer."""
    image = Image.open(CLEAN / name)
    turn = image.getexif().get(0x0112, 1)
    picture = ImageOps.exif_transpose(image).convert('RGB')
    w, h = picture.size
    font = ImageFont.truetype('NotoSansCJK-Bold.ttc', max(12, round(min(w, h) * size)))
    left, top, right, bottom = font.getbbox(words)
    pad, gap = 4, max(2, round(min(w, h) * margin))
    pw, ph = right - left + 2 * pad, bottom - top + 2 * pad
    x, y = shift or (w - gap - pw, h - gap - ph)
    plate = Image.new('L', picture.size, 0)
    ImageDraw.Draw(plate).rounded_rectangle((x, y, x + pw - 1, y + ph - 1), 2, fill=round(alpha * 255))
    picture.paste((0, 0, 0), mask=plate)
    ImageDraw.Draw(picture).text((x + pad - left, y + pad - top), words, font=font, fill='white')
    if noise:
        picture.putpixel((3, 3), (1, 2, 3))
    if turn == 6:
        picture = picture.transpose(Image.Transpose.ROTATE_90)
    fine = {'quality': 100, 'subsampling': '4:4:4', 'exif': image.info.get('exif', b'')}
    picture.save(out, **(fine if out.suffix == '.jpg' else {}))


def explicit_cases(folder):
    def case(name, stem, right, **how):
        out = folder / ('drawn-' + stem + Path(name).suffix)
        draw(name, out, **how)
        return CLEAN / name, out, right
    for name in ('png.png', 'png-text.png', 'jpeg.jpg', 'jpeg-exif-rotated.jpg'):
        yield case(name, 'right-' + name.split('.')[0], True, size=0.12)
    yield case('png.png', 'large', True, size=0.2)
    yield case('png.png', 'upper-left', True, size=0.12, shift=(3, 3))
    yield case('png.png', 'centre', False, size=0.12, shift=(50, 50))
    yield case('png.png', 'one-edge', False, size=0.12, shift=(50, 3))
    yield case('png.png', 'cut', False, size=0.12, shift=(130, 100))
    yield case('png.png', 'faint-plate', False, size=0.12, alpha=0.1)
    yield case('png.png', 'pixel-elsewhere', False, size=0.12, noise=True)
    yield case('png.png', 'one-word', False, size=0.12, words='AI')
    yield CLEAN / 'png.png', CLEAN / 'png.png', False


def moving_cases(folder):
    """An animation that Pillow draws on: every frame, all but one, with other times, with a pixel elsewhere."""
    clean = folder / 'moving.gif'
    grounds = [Image.new('RGB', (160, 120), (60 + 40 * n, 90, 200 - 30 * n)) for n in range(3)]
    grounds[0].save(clean, save_all=True, append_images=grounds[1:], duration=80, loop=0)

    def labelled(stem, right, without=None, duration=80, elsewhere=False):
        frames = []
        for n, ground in enumerate(grounds):
            ground.save(folder / 'ground.png')
            draw(folder / 'ground.png', folder / 'frame.png', size=0.12, alpha=1)
            frame = ground if n == without else Image.open(folder / 'frame.png').convert('RGB')
            if elsewhere:
                frame.paste((1, 2, 3), (3, 3, 20, 20))
            frames.append(frame)
        out = folder / f'moving-{stem}.gif'
        frames[0].save(out, save_all=True, append_images=frames[1:], duration=duration, loop=0)
        return clean, out, right
    yield labelled('right', True)
    yield labelled('without-one', False, without=1)
    yield labelled('slower', False, duration=120)
    yield labelled('elsewhere', False, elsewhere=True)


def small_text_case(folder):
    """A large picture with text at 5 % font size, whose ink is below 5 %."""
    clean, out = folder / 'big.png', folder / 'drawn-big.png'
    Image.open(CLEAN / 'png.png').resize((800, 600)).save(clean)
    draw(clean, out, size=0.05)
    right = folder / 'drawn-big-right.png'
    draw(clean, right, size=0.072)
    return [(clean, out, False), (clean, right, True)]


def beep(rate, sounds, level=0.3, tone=880):
    parts = []
    for loud, ms in sounds:
        t = np.arange(round(rate * ms / 1000)) / rate
        parts.append(level * np.sin(2 * np.pi * tone * t) * loud)
    return np.concatenate(parts)


RIGHT = [(1, 120), (0, 120), (1, 360), (0, 360), (1, 120), (0, 120), (1, 120), (0, 500)]


def rhythm_cases(folder):
    def case(name, stem, right, sounds, tone=880, spoil_tail=False):
        data = (CLEAN / name).read_bytes()
        at = data.index(b'data') + 8
        rate, bits = struct.unpack('<I', data[24:28])[0], struct.unpack('<H', data[34:36])[0]
        wave = beep(rate, sounds, tone=tone)
        lead = (wave * 32767).astype('<i2').tobytes() if bits == 16 else wave.astype('<f4').tobytes()
        size = struct.unpack('<I', data[at - 4:at])[0]
        body = data[at:at + size]
        body = body[:-2] + b'\x11\x22' if spoil_tail else body
        out = folder / ('rhythm-' + stem + '.wav')
        new = data[:at - 4] + struct.pack('<I', size + len(lead)) + lead + body + data[at + size:]
        out.write_bytes(new[:4] + struct.pack('<I', len(new) - 8) + new[8:])
        return CLEAN / name, out, right
    yield case('wav.wav', 'right', True, RIGHT)
    yield case('wav.wav', 'right-1320', True, RIGHT, tone=1320)
    yield case('wav-float.wav', 'right-float', True, RIGHT)
    yield case('wav-list.wav', 'right-8k', True, RIGHT)
    yield case('wav.wav', 'no-letter-gap', False, [(1, 120), (0, 120), (1, 360), (0, 120), (1, 120), (0, 120), (1, 120), (0, 500)])
    yield case('wav.wav', 'short-dash', False, [(1, 120), (0, 120), (1, 300), (0, 360), (1, 120), (0, 120), (1, 120), (0, 500)])
    yield case('wav.wav', 'wrong-tone', False, RIGHT, tone=500)
    yield case('wav.wav', 'silence', False, [(0, 1000)])
    yield case('wav.wav', 'tail-spoilt', False, RIGHT, spoil_tail=True)
    yield CLEAN / 'wav.wav', CLEAN / 'wav.wav', False
    yield from flac_rhythm_cases(folder)
    yield from mp3_rhythm_cases(folder)
    yield from opus_rhythm_cases(folder)


def flac_rhythm_cases(folder):
    """The reference coder puts the rhythm in front; then a sum, a check sum of a frame and a sample are spoilt."""
    clean = CLEAN / 'flac.flac'
    raw = ['--force-raw-format', '--endian=little', '--sign=signed']
    facts = subprocess.run(['metaflac', '--show-sample-rate', '--show-channels', '--show-bps', clean],
                           capture_output=True, text=True, check=True).stdout.split()
    rate, channels, bits = map(int, facts)
    content = subprocess.run(['flac', '-d', '-s', '-c', *raw, clean], capture_output=True, check=True).stdout
    lead = np.repeat((beep(rate, RIGHT) * 32767).astype('<i2'), channels).tobytes()

    def coded(stem, samples):
        out = folder / f'rhythm-{stem}.flac'
        subprocess.run(['flac', '-s', '-f', *raw, f'--channels={channels}', f'--bps={bits}', f'--sample-rate={rate}',
                        '-o', out, '-'], input=samples, check=True)
        return out

    right = coded('right', lead + content)
    yield clean, right, True
    yield clean, coded('tail-spoilt', lead + content[:-2] + b'\x11\x22'), False
    yield clean, coded('silence', bytes(len(lead)) + content), False
    data = right.read_bytes()
    for stem, at in ('sum', 30), ('frame', len(data) - 1):
        out = folder / f'rhythm-wrong-{stem}.flac'
        out.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1:])
        yield clean, out, False


def mp3_rhythm_cases(folder):
    """The twin is right; then a byte of the content, the number of frames and the label are spoilt."""
    clean, right = CLEAN / 'mp3.mp3', LABELLED / 'mp3.mp3'
    data = right.read_bytes()
    frames = tools.mpeg_frames(data)
    at = data.index(b'Info') + 8
    yield clean, right, True
    yield clean, clean, False
    for stem, spoilt in (('content', data[:-40] + bytes([data[-40] ^ 1]) + data[-39:]),
                         ('count', data[:at] + struct.pack('>I', int.from_bytes(data[at:at + 4], 'big') - 40) + data[at + 4:]),
                         ('tone', data[:frames[30]] + data[frames[1]:frames[2]] * 6 + data[frames[36]:])):
        out = folder / f'rhythm-wrong-{stem}.mp3'
        out.write_bytes(spoilt)
        yield clean, out, False


def ogg_crc(page):
    """The check sum of a page of Ogg (RFC 3533 section 6)."""
    crc = 0
    for byte in page:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1 ^ (0x04c11db7 if crc >> 31 else 0)) & 0xffffffff
    return crc


def opus_rhythm_cases(folder):
    """The twin is right; then a packet of the content, a position and the label are spoilt, and the check sums made anew."""
    clean, right = CLEAN / 'opus.opus', LABELLED / 'opus.opus'
    data = right.read_bytes()
    starts = [*opuses.page_starts(data), len(data)]
    last, tones = starts[-2], starts[2]
    yield clean, right, True
    yield clean, clean, False

    def spoilt(stem, page, change):
        end = starts[starts.index(page) + 1]
        body = bytearray(data[page:end])
        change(body)
        body[22:26] = bytes(4)
        body[22:26] = ogg_crc(body).to_bytes(4, 'little')
        out = folder / f'rhythm-wrong-{stem}.opus'
        out.write_bytes(data[:page] + body + data[end:])
        return clean, out, False

    def content(page):
        page[-9] ^= 1

    def position(page):
        page[6:14] = (int.from_bytes(page[6:14], 'little') - 960).to_bytes(8, 'little')

    def silence(page):
        # All packets of the page but their first bytes: CELT without bits.
        page[27 + page[26]:] = bytes([page[27 + page[26]]]) * (len(page) - 27 - page[26])

    yield spoilt('content', last, content)
    yield spoilt('position', last, position)
    yield spoilt('label', tones, silence)


def verdicts(mode, cases, folder, third=LABEL):
    """Judge all cases in one call, and print those that came out otherwise than they should."""
    cases = list(cases)
    table = folder / 'list.tsv'
    table.write_text(''.join(f'{c}\t{o}\t{third}\n' for c, o, _ in cases))
    done = subprocess.run([sys.executable, HERE / 'judge.py', *mode, '--list', table], capture_output=True, text=True)
    lines = done.stdout.splitlines()
    wrong = 0
    for clean, out, right in cases:
        mine = [line for line in lines if line.startswith(f'{out}: ')]
        broken = any('could not finish' in line for line in mine)
        if bool(mine) == right or broken:
            wrong += 1
            print('should pass:' if right else 'should fail:', out.name, *mine, sep='\n    ')
        elif '-v' in sys.argv:
            print('ok', out.name, *[line.partition(': ')[2][:150] for line in mine[:1]])
    print(f'{" ".join(mode) or "metadata"}: {len(cases)} cases, {wrong} misjudged')
    return wrong


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        labelled = list(metadata_cases(folder))
        wrong = verdicts([], [*labelled, *more_metadata_cases(folder)], folder)
        wrong += verdicts(['--same-media'], media_cases(folder, labelled), folder)
        wrong += verdicts(['--explicit'], [*explicit_cases(folder), *small_text_case(folder), *moving_cases(folder)], folder)
        drawn = folder / 'drawn-right-jpeg.jpg'
        for box, right in (('0,0,4000,4000', True), ('32,32,48,32', False)):
            wrong += verdicts(['--outside'], [(CLEAN / 'jpeg.jpg', drawn, right)], folder, box)
        wrong += verdicts(['--outside'], [(drawn, drawn, False)], folder, '0,0,4000,4000')
        wrong += verdicts(['--rhythm'], rhythm_cases(folder), folder)
        wrong += verdicts(['--opens'], opens_cases(folder), folder)
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main())
