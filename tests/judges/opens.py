"""Do LibreOffice and Chromium open the labelled file, and show what they show of the clean one?

Each program is started once for all files, since its start is slow.
"""
import base64
import re
import shutil
import tempfile
from pathlib import Path

import tools

OFFICE = ('.docx', '.xlsx', '.pptx', '.odt', '.ods', '.odp')
# Draws both pictures of each pair and says whether their pixels are the same.
PAGE = '''<!doctype html><body>%s<script>
const pixels = image => {
    if (!image.naturalWidth) return null;
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
    canvas.getContext('2d').drawImage(image, 0, 0);
    return canvas.toDataURL();
};
const judge = (clean, labelled) => {
    const [before, after] = [pixels(clean), pixels(labelled)];
    return after === null ? (before === null ? 'same' : 'broken') : before === after ? 'same' : 'different';
};
onload = () => {
    const images = [...document.images], said = [];
    while (images.length) said.push(judge(images.shift(), images.shift()));
    document.body.textContent = 'SAID ' + said.join(' ') + ' END';
};
</script>'''


def office(cases):
    """LibreOffice prints both files to PDF; the words are compared."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number, pair in enumerate(cases):
            for path, which in zip(pair, ('clean', 'labelled')):
                shutil.copy(path, folder / f'{number}-{which}{path.suffix}')
        files = sorted(folder.iterdir())
        tools.run('soffice', '--headless', f'-env:UserInstallation=file://{folder}/profile', '--convert-to', 'pdf', '--outdir', folder / 'out', *files)

        def words(number, which):
            done = tools.run('pdftotext', '-layout', folder / 'out' / f'{number}-{which}.pdf', '-')
            return None if done.returncode else done.stdout
        for number in range(len(cases)):
            before, after = words(number, 'clean'), words(number, 'labelled')
            yield [f'LibreOffice: {"cannot open it" if after is None else "the words differ"}'] * (after is None or before != after)


def drawings(cases):
    """Chromium draws both files; the pixels are compared."""
    def uri(path):
        return 'data:image/svg+xml;base64,' + base64.b64encode(path.read_bytes()).decode()
    with tempfile.TemporaryDirectory() as name:
        page = Path(name) / 'page.html'
        page.write_text(PAGE % ''.join(f'<img src="{uri(p)}">' for pair in cases for p in pair))
        done = tools.run('chromium', '--headless', '--no-sandbox', '--disable-gpu', f'--user-data-dir={name}/profile',
                         '--dump-dom', f'file://{page}')
    said = re.search(r'SAID ([a-z ]*) END', done.stdout.decode('utf-8', 'replace'))
    verdicts = said[1].split() if said else ['not there, Chromium gave no answer'] * len(cases)
    return [[] if verdict == 'same' else [f'Chromium: the drawing is {verdict}'] for verdict in verdicts]


def judge(cases):
    """Complaints for each (clean, labelled) pair; files that neither program is asked about have none."""
    out = [[] for _ in cases]
    for suffixes, ask in ((OFFICE, office), (('.svg',), drawings)):
        chosen = [i for i, pair in enumerate(cases) if pair[1].suffix.lower() in suffixes]
        if chosen:
            for i, complaints in zip(chosen, ask([cases[i] for i in chosen])):
                out[i] += complaints
    return out
