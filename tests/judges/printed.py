"""PDF: what pikepdf, qpdf, poppler and pypdf make of a label on the pages of documents.

    printed.py make FOLDER          documents of many shapes
    printed.py judge CLEAN LABELLED complaints, one a line; nothing where all is well
"""
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy
import pikepdf
import pypdf
from PIL import Image
from pikepdf import Array, Dictionary, Name

import tools

WORDS = '本文由AI生成'
CONTENT = b'BT /F1 24 Tf 72 400 Td (Some words of the page) Tj ET 1 0 0 rg 100 100 200 150 re f'
# Blue all over: a label has to bring its own ground.
FULL = b'q 0 0 0.6 rg -2000 -2000 6000 6000 re f Q 1 1 1 rg ' + CONTENT


def font(pdf):
    return pdf.make_indirect(Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica))


def page(pdf, content=CONTENT, size=(595.276, 841.89), **entries):
    """A page that is added to the document; `entries` replace its own."""
    own = dict(Type=Name.Page, MediaBox=[0, 0, *size], Resources=Dictionary(Font=Dictionary(F1=font(pdf))),
               Contents=pdf.make_stream(content))
    own.update(entries)
    pdf.pages.append(pikepdf.Page(pdf.make_indirect(Dictionary({'/' + k: v for k, v in own.items() if v is not None}))))


def documents():
    """Name -> (document, how it is saved)."""
    for turned in (0, 90, 180, 270, -90):
        pdf = pikepdf.new()
        page(pdf, Rotate=turned, CropBox=[30, 40, 500, 700])
        yield f'turned{turned}', pdf, {}
    pdf = pikepdf.new()
    page(pdf, FULL, UserUnit=2.5, size=(300, 200))
    yield 'unit', pdf, {}
    pdf = pikepdf.new()
    page(pdf, b'q 3 0 0 3 90 90 cm q ' + CONTENT)
    yield 'open-states', pdf, {}
    pdf = pikepdf.new()
    page(pdf, Contents=None)
    page(pdf)
    yield 'empty-page', pdf, {}
    pdf = pikepdf.new()
    parts = [pdf.make_stream(b'q 1 0 0 1 0 -50 cm BT'), pdf.make_stream(b'/F1 24 Tf 72 400 Td (Some words of the page) Tj ET Q')]
    page(pdf, Contents=pdf.make_indirect(Array(parts)))
    yield 'array', pdf, {}
    pdf = pikepdf.new()
    for _ in range(3):
        page(pdf, Resources=None, MediaBox=None)
    root = pdf.Root.Pages
    form = pdf.make_stream(b'0 1 0 rg 0 0 50 50 re f')
    form.update({'/Type': Name.XObject, '/Subtype': Name.Form, '/BBox': [0, 0, 50, 50]})
    root.Resources = pdf.make_indirect(Dictionary(Font=Dictionary(F1=font(pdf)), XObject=Dictionary(AIGC0=form)))
    root.MediaBox = [0, 0, 842, 595]
    for each in pdf.pages:
        each.obj.Contents = pdf.make_stream(CONTENT + b' q 1 0 0 1 400 300 cm /AIGC0 Do Q')
    yield 'inherited', pdf, {'object_stream_mode': pikepdf.ObjectStreamMode.generate}
    pdf = pikepdf.new()
    page(pdf, size=(1684, 2384))
    page(pdf, size=(200, 150))
    yield 'sizes', pdf, {'min_version': '2.0', 'linearize': True}


def printed_by_others(folder):
    """What Chromium and LibreOffice print, tagged and for archives."""
    html = folder / 'chromium.html'
    html.write_text('<html lang=zh><title>题</title><h1>标题一</h1><p>正文在这里。English too.</p><ul><li>一<li>二</ul><table><tr><td>a<td>b</table>'
                    '<p style="break-before:page">第二页</p>')
    tools.run('chromium', '--headless', '--no-sandbox', '--disable-gpu', f'--print-to-pdf={folder}/chromium.pdf', html)
    odt = folder / 'office.html'
    odt.write_text('<h1>Title</h1><p>One paragraph.</p><p>Another one</p>')
    for name, options in (('tagged', '"UseTaggedPDF":{"type":"boolean","value":"true"}'),
                          ('archive', '"SelectPdfVersion":{"type":"long","value":"2"}')):
        tools.run('soffice', '--headless', '--convert-to', 'pdf:writer_web_pdf_Export:{' + options + '}', '--outdir', folder, odt)
        (folder / 'office.pdf').rename(folder / f'{name}.pdf')
    html.unlink()
    odt.unlink()


def make(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for name, pdf, how in documents():
        pdf.save(folder / f'{name}.pdf', **how)
    printed_by_others(folder)


def raster(path, number):
    with tempfile.TemporaryDirectory() as folder:
        tools.run('pdftoppm', '-cropbox', '-r', '72', '-png', '-f', number, '-l', number, path, f'{folder}/p')
        return numpy.asarray(Image.open(next(Path(folder).iterdir())).convert('RGB')).astype(int)


def drawn(clean, labelled, number):
    """What differs on a page: nothing, or a plate in the upper margin, over nothing, with readable words on it."""
    before, after = raster(clean, number), raster(labelled, number)
    if before.shape != after.shape:
        return ['the page has another size'], None
    where = numpy.argwhere((before != after).any(axis=2))
    if not len(where):
        return [], None
    (top, left), (bottom, right) = where.min(axis=0), where.max(axis=0) + 1
    height, width = before.shape[:2]
    plate = after[top:bottom, left:right].mean(axis=2)
    found = []
    if top > 0.1 * height + 12 or bottom > 0.2 * height + 12:
        found.append(f'the label is not in the upper margin but at {left}, {top}')
    under = before[top:bottom, left:right]
    if under.min(axis=(0, 1)).tolist() != under.max(axis=(0, 1)).tolist():
        found.append('the label covers something')
    if plate.min() > 110 or plate.max() < 225:
        found.append(f'the label has no contrast: {plate.min():.0f} to {plate.max():.0f}')
    return found, (left, top, right, bottom)


def pages_with_words(path):
    """Numbers of the pages that say it in a line of its own: by poppler and by pypdf."""
    reader = pypdf.PdfReader(path)
    numbers = range(1, len(reader.pages) + 1)
    poppler = [n for n in numbers
               if WORDS in map(str.strip, tools.run('pdftotext', '-f', n, '-l', n, path, '-').stdout.decode().split('\n'))]
    others = [n for n in numbers if WORDS in (reader.pages[n - 1].extract_text() or '')]
    return poppler, others


def tagged(labelled):
    """In a tagged document the words are a paragraph, reachable from the page and from the tree."""
    with pikepdf.open(labelled) as pdf:
        root = pdf.Root.get('/StructTreeRoot')
        if root is None:
            return []
        first = pdf.pages[0].obj
        kids = root.K if isinstance(root.K, Array) else [root.K]
        element = kids[0].K[0] if kids[0].get('/S') == Name.Document else kids[0]
        if element.get('/S') != Name.P or element.Pg.objgen != first.objgen:
            return ['the first element of the tree is not the label']
        parents = pikepdf.NumberTree(root.ParentTree)[int(first.StructParents)]
        return [] if parents[int(element.K)].objgen == element.objgen else ['the tree of parents does not lead to the label']


def kept(clean, labelled):
    """All that was there is there still, byte for byte, and no stream that drew a page is gone."""
    before, after = clean.read_bytes(), labelled.read_bytes()
    if not after.startswith(before):
        return ['the bytes of the document changed']
    with pikepdf.open(clean) as old, pikepdf.open(labelled) as new:
        streams = lambda page: [s.read_raw_bytes() for s in (page.obj.get('/Contents', []) if isinstance(page.obj.get('/Contents'), Array)
                                                             else [page.obj.Contents] if '/Contents' in page.obj else [])]
        lost = [n for n, (a, b) in enumerate(zip(old.pages, new.pages)) if any(s not in streams(b) for s in streams(a))]
        return [f'page {n + 1} lost content' for n in lost]


def judge(clean, labelled, wanted):
    if not labelled.exists():
        return ['was not labelled']
    found = tools.new_lines('qpdf', tools.run('qpdf', '--check', clean).stderr, tools.run('qpdf', '--check', labelled).stderr)
    found += kept(clean, labelled) + tagged(labelled)
    for who, pages in zip(('pdftotext', 'pypdf'), pages_with_words(labelled)):
        if pages != wanted:
            found.append(f'{who} reads the words on pages {pages}, not {wanted}')
    with pikepdf.open(labelled) as pdf:
        count = len(pdf.pages)
    for number in range(1, count + 1):
        complaints, box = drawn(clean, labelled, number)
        found += complaints + (['no label is seen'] if box is None and number in wanted else [])
        found += [f'page {number} differs'] if box is not None and number not in wanted else []
    fonts = tools.run('pdffonts', labelled).stdout.decode()
    if not re.search(r'AIGCXX\+BiaoshiLabelSans-Bold +CID Type 0C +Identity-H +yes yes yes', fonts):
        found.append('the font is not embedded, a subset and mapped to Unicode')
    return found


if __name__ == '__main__':
    if sys.argv[1] == 'make':
        make(Path(sys.argv[2]))
    else:
        clean, labelled = map(Path, sys.argv[2:4])
        all_pages = sys.argv[4:] == ['all']
        for path in sorted(clean.glob('*.pdf')):
            with pikepdf.open(path) as pdf:
                wanted = list(range(1, len(pdf.pages) + 1)) if all_pages else [1]
            for complaint in judge(path, labelled / path.name, wanted):
                print(f'{path.stem}: {complaint}')
