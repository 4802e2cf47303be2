"""HTML: what Python's tokenizer and Chromium make of a clean and of a labelled document."""
import html.parser
import re
import tempfile

import tools

SUFFIXES = ('.html', '.htm', '.xhtml')
META = re.compile(r'<meta name="AIGC" content="\{[^"]*"\s*/?>')
PARAGRAPH = re.compile(r'<p class="aigc-label"[^>]*>[^<]*</p>')
CHROMIUM = ('chromium', '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
            '--disable-background-networking', '--disable-component-update', '--disable-sync', '--allow-file-access-from-files')
OF_HEAD = ('html', 'head', 'title', 'meta', 'link', 'script', 'style', 'base', 'template', 'noscript')


def read(path):
    """(text, encoding) by byte-order mark or declaration."""
    data = path.read_bytes()
    for mark, name in ((b'\xef\xbb\xbf', 'utf-8-sig'), (b'\xff\xfe', 'utf-16'), (b'\xfe\xff', 'utf-16')):
        if data.startswith(mark):
            return data.decode(name), name
    declared = re.search(rb'<meta charset="?([\w-]+)', data)
    name = declared[1].decode() if declared else 'utf-8'
    return data.decode({'gb2312': 'gb18030'}.get(name, name)), name


def encoding_complaints(clean, labelled):
    after, _, error = tools.noting(lambda: read(labelled)[1])
    before = read(clean)[1]
    return [f'encoding: {error}'] if error else [f'encoding: was {before}, is {after}'] * (before != after)


class Tags(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.place, self.labels = 'head', []

    def handle_starttag(self, tag, attributes):
        if tag not in OF_HEAD:
            self.place = 'body'
        if tag == 'meta' and dict(attributes).get('name', '').lower() == 'aigc':
            self.labels.append((self.place, dict(attributes).get('content')))

    def handle_data(self, data):
        if data.strip() and self.get_starttag_text() and self.lasttag not in ('title', 'script', 'style'):
            self.place = 'body'


def labels(path):
    """(head or body, content) of every meta AIGC."""
    parser = Tags()
    parser.feed(read(path)[0])
    return parser.labels


def same(clean, labelled):
    """The same characters but for the label."""
    text = META.sub('', read(labelled)[0])
    return [] if text == read(clean)[0] else ['text: something besides the label differs']


def document(path):
    """The document object of Chromium, written out."""
    with tempfile.TemporaryDirectory() as folder:
        done = tools.run(*CHROMIUM, f'--user-data-dir={folder}', '--dump-dom', path.resolve().as_uri())
    if done.returncode or not done.stdout:
        raise ValueError('chromium: ' + done.stderr.decode('utf-8', 'replace')[-300:])
    return done.stdout.decode()


def judge(clean, labelled):
    before, after = document(clean), document(labelled)
    complaints = []
    head = after.partition('</head>')[0]
    if len(META.findall(head)) != 1 or len(META.findall(after)) != 1:
        complaints.append('chromium: not exactly one label in the head')
    if '本内容由AI生成' not in after or not re.search(r'<body[^>]*>\s*' + PARAGRAPH.pattern, after):
        complaints.append('chromium: the first element of the body is not the label')
    if PARAGRAPH.sub('', META.sub('', after)) != before:
        complaints.append('chromium: something else of the document changed')
    return complaints
