#!/usr/bin/env python3
"""Is the line that people read where it has to be in a document, and is everything else as it was?

    documents.py CLEAN LABELLED [CLEAN LABELLED ...]

Other people's readers say what stands where: python-docx, python-pptx, openpyxl, odfpy, lxml. All other parts are the same
bytes, the changed ones the same but for insertions. With --opens LibreOffice prints both, and all words but the label are the same.
"""
import difflib
import re
import sys
import tempfile
import zipfile
from pathlib import Path

import docx
import openpyxl
import pptx
from lxml import etree
from pptx.util import Emu

import tools

TEXT, SHEET, SHOW = '本文由AI生成', '本表由AI生成', '本演示文稿由AI生成'
WORDS = {'.docx': TEXT, '.odt': TEXT, '.epub': TEXT, '.xlsx': SHEET, '.ods': SHEET, '.pptx': SHOW, '.odp': SHOW}
A = '{http://schemas.openxmlformats.org/drawingml/2006/main}'
R = '{http://schemas.openxmlformats.org/officeDocument/2006/relationships}'
ODF = 'urn:oasis:names:tc:opendocument:xmlns:'
NS = {name: f'{ODF}{name}:1.0' for name in ('office', 'text', 'table')} | {'draw': f'{ODF}drawing:1.0', 'presentation': f'{ODF}presentation:1.0'}


def word(path):
    document = docx.Document(path)
    first = document.element.body[0]
    says = first.tag.endswith('}p') and ''.join(t.text or '' for t in first.iter('{*}t'))
    if says != TEXT:
        yield f'the first paragraph of the body says {says!r}'
    if sum(p.text == TEXT for p in document.paragraphs) != 1:
        yield 'the label is not there once'


def slides(path):
    show = pptx.Presentation(path)
    for number, slide in enumerate(show.slides, 1):
        boxes = [s for s in slide.shapes if s.has_text_frame and s.text_frame.text == SHOW]
        ids = [e.get("id") for e in slide.element.iter("{*}cNvPr")]
        if len(boxes) != 1 or len(ids) != len(set(ids)):
            yield f'slide {number}: {len(boxes)} labels, or an id that another shape has'
            continue
        box = boxes[0]
        size = box.text_frame.paragraphs[0].runs[0].font.size
        # Capitals of Arial are 0.716 em.
        if size * 0.716 < show.slide_height * 0.05:
            yield f'slide {number}: ink of {size * 0.716 / show.slide_height:.3f} of the height'
        if box.left < 0 or box.top < 0 or box.left + box.width > show.slide_width or box.top + box.height > show.slide_height:
            yield f'slide {number}: the label is not on the slide'
        if Emu(box.left + box.width) < show.slide_width * 0.9 or box.top + box.height < show.slide_height * 0.9:
            yield f'slide {number}: the label is not bottom right'


def boxes(path, sheet):
    """Texts of the text boxes over a sheet, by the relationships of its part."""
    with zipfile.ZipFile(path) as archive:
        def relations(part):
            folder, name = part.rsplit('/', 1)
            return {e.get('Id'): e.get('Target').lstrip('/') if e.get('Target').startswith('/') else str((Path('/') / folder / e.get('Target')).resolve())[1:]
                    for e in etree.fromstring(archive.read(f'{folder}/_rels/{name}.rels'))} if f'{folder}/_rels/{name}.rels' in archive.namelist() else {}
        book = etree.fromstring(archive.read('xl/workbook.xml'))
        at = next(e.get(R + 'id') for e in book.iter('{*}sheet') if e.get('name') == sheet)
        part = relations('xl/workbook.xml')[at]
        for drawing in etree.fromstring(archive.read(part)).iter('{*}drawing'):
            shapes = etree.fromstring(archive.read(relations(part)[drawing.get(R + 'id')]))
            ids = [e.get('id') for e in shapes.iter('{*}cNvPr')]
            if len(ids) != len(set(ids)):
                yield 'two shapes of one id'
            yield from (''.join(t.text for t in shape.iter(A + 't')) for shape in shapes.iter('{*}sp'))


def cells(clean, labelled):
    before, after = (openpyxl.load_workbook(path) for path in (clean, labelled))
    for old, new in zip(before.worksheets, after.worksheets):
        if old.title != new.title or [[c.value for c in row] for row in old] != [[c.value for c in row] for row in new]:
            yield f'openpyxl: the sheet {old.title} differs'
    names = [(book.sheetnames, book.active.title, list(book.defined_names), [list(s.defined_names) for s in book.worksheets]) for book in (before, after)]
    if names[0] != names[1]:
        yield f'openpyxl: {names[0]} became {names[1]}'
    first = next(s.title for s in after.worksheets if s.sheet_state == 'visible')
    if list(boxes(labelled, first)).count(SHEET) != 1:
        yield f'no text box with the label over {first}'


def contents(path):
    with zipfile.ZipFile(path) as archive:
        return etree.fromstring(archive.read('content.xml'))


def own(element):
    return ''.join(element.itertext())


def odt(path):
    body = contents(path).find('.//office:body/office:text', NS)
    blocks = [e for e in body if etree.QName(e).localname in ('p', 'h', 'list', 'table', 'section')]
    # Behind the first one where that begins a page by its style.
    if TEXT not in [own(block) for block in blocks[:2]]:
        yield f'the first paragraphs say {[own(block) for block in blocks[:2]]}'


def ods(path):
    table = next(contents(path).iter(f'{{{NS["table"]}}}table'))
    says = [own(e) for e in table.iter(f'{{{NS["draw"]}}}text-box')]
    if says.count(SHEET) != 1:
        yield f'text boxes of the first table say {says}'


def odp(path):
    for number, page in enumerate(contents(path).iter(f'{{{NS["draw"]}}}page'), 1):
        says = [own(e) for e in page.findall('draw:frame/draw:text-box', NS)]
        if says.count(SHOW) != 1:
            yield f'slide {number} says {says}'


PLACES = {'.docx': word, '.pptx': slides, '.odt': odt, '.ods': ods, '.odp': odp}


def parts(clean, labelled):
    """Every other part is the same; a changed one is the same but for what was put in, and for counts of sheets."""
    with zipfile.ZipFile(clean) as old, zipfile.ZipFile(labelled) as new:
        if new.testzip() or len(set(new.namelist())) != len(new.namelist()):
            yield 'a broken archive'
        if new.namelist()[:len(old.namelist())] != old.namelist():
            yield 'members are lost or moved'
        for name in old.namelist():
            before, after = old.read(name), new.read(name)
            if before != after and not grown(before, after):
                yield f'{name} changed beyond insertions'


def grown(before, after):
    """Whether `after` is `before` with insertions."""
    if b'/>' in before and len(after) < len(before):
        return False
    if len(before) > 400_000:
        start = next((i for i, (a, b) in enumerate(zip(before, after)) if a != b), len(before))
        return after.endswith(before[start:]) or after.endswith(before[start + 2:])
    edits = difflib.SequenceMatcher(None, *(re.findall(rb'<[^>]*>|[^<]+', data) for data in (before, after)), autojunk=False).get_opcodes()
    old, new = (re.findall(rb'<[^>]*>|[^<]+', data) for data in (before, after))
    # An empty element is opened to hold what is put in.
    opened = lambda a, b: len(a) == 1 and a[0].endswith(b'/>') and b[0] == a[0][:-2] + b'>'
    return all(kind in ('equal', 'insert') or opened(old[a:b], new[c:d]) for kind, a, b, c, d in edits)


def judge(clean, labelled):
    suffix = labelled.suffix.lower()
    yield from parts(clean, labelled)
    if suffix in ('.xlsx',):
        yield from cells(clean, labelled)
    elif suffix in PLACES:
        yield from PLACES[suffix](labelled)


def opens(pairs):
    """LibreOffice prints both files; all words but the label are the same."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number, pair in enumerate(pairs):
            for path, which in zip(pair, ('clean', 'labelled')):
                (folder / f'{number}-{which}{path.suffix}').write_bytes(path.read_bytes())
        files = sorted(folder.iterdir())
        tools.run('soffice', '--headless', f'-env:UserInstallation=file://{folder}/profile', '--convert-to', 'pdf', '--outdir', folder / 'out', *files)

        def words(number, which):
            done = tools.run('pdftotext', folder / 'out' / f'{number}-{which}.pdf', '-')
            # Where the direction changes, pdftotext puts marks.
            return None if done.returncode else re.sub(r'[\s\u200e\u200f\u202a-\u202e\u2066-\u2069]', '', done.stdout.decode('utf-8', 'replace'))
        for number, (clean, labelled) in enumerate(pairs):
            before, after, label = words(number, 'clean'), words(number, 'labelled'), WORDS[labelled.suffix]
            if after is None or label not in after:
                yield labelled, 'LibreOffice cannot open it' if after is None else 'LibreOffice does not show the label'
            elif sorted(after.replace(label, '')) != sorted(before.replace(label, '')):
                yield labelled, 'LibreOffice shows other words'


def main():
    paths = [Path(p) for p in sys.argv[1:] if p != '--opens']
    pairs = list(zip(paths[::2], paths[1::2]))
    said = [(labelled, complaint) for clean, labelled in pairs for complaint in judge(clean, labelled)]
    said += opens(pairs) if '--opens' in sys.argv else []
    for labelled, complaint in said:
        print(f'{labelled}: {complaint}')
    print(f'{len(pairs)} judged, {len(said)} complaints', file=sys.stderr)
    return 1 if said else 0


if __name__ == '__main__':
    sys.exit(main())
