"""Text files as the judges see them: the encoding, the line ends, and the parts of a Markdown file."""
import re
from dataclasses import dataclass

BOMS = ((b'\xef\xbb\xbf', 'utf-8'), (b'\xff\xfe', 'utf-16-le'), (b'\xfe\xff', 'utf-16-be'))


@dataclass
class Text:
    bom: bytes
    encoding: str
    text: str

    @property
    def ends(self):
        """The line ends in use, as a set."""
        return set(re.findall(r'\r\n|\n|\r', self.text))


def read(path):
    data = path.read_bytes()
    for bom, encoding in BOMS:
        if data.startswith(bom):
            return Text(bom, encoding, data[len(bom):].decode(encoding))
    try:
        return Text(b'', 'utf-8', data.decode('utf-8'))
    except UnicodeDecodeError:
        return Text(b'', 'gb18030', data.decode('gb18030'))


def front_matter(text):
    """(front matter or None, body): the lines between the first two `---` lines."""
    match = re.match(r'---[ \t]*\r?\n(.*?)^---[ \t]*(?:\r?\n|\Z)', text, re.S | re.M)
    return (match[1], text[match.end():]) if match else (None, text)


def without_block(front):
    """Front matter without its top-level AIGC key and what is indented below it."""
    return re.sub(r'^AIGC:.*(?:\r?\n|\Z)(?:^[ \t]+.*(?:\r?\n|\Z))*', '', front, flags=re.M)
