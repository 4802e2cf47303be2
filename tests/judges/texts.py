"""Text files as the judges see them: the encoding, the line ends, and the parts of a Markdown file."""
import json
import re
from dataclasses import dataclass

BOMS = (
    (b'\xef\xbb\xbf', 'utf-8'),
    (b'\xff\xfe\0\0', 'utf-32-le'), (b'\0\0\xfe\xff', 'utf-32-be'),
    (b'\xff\xfe', 'utf-16-le'), (b'\xfe\xff', 'utf-16-be'),
)
# Encodings without a mark of which the name of a file tells.
NAMED = ('big5',)


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
    for encoding in NAMED:
        if encoding in path.name:
            return Text(b'', encoding, data.decode(encoding))
    try:
        return Text(b'', 'utf-8', data.decode('utf-8'))
    except UnicodeDecodeError:
        return Text(b'', 'gb18030', data.decode('gb18030'))


def front_matter(text):
    """(form, front matter or None, body): what stands between the first two lines `---` or `+++`, or an object."""
    for form, fence in (('yaml', '---'), ('toml', r'\+\+\+')):
        match = re.match(rf'{fence}[ \t]*\r?\n(.*?)^{fence}[ \t]*(?:\r?\n|\Z)', text, re.S | re.M)
        if match:
            return form, match[1], text[match.end():]
    if text.startswith('{'):
        end = json.JSONDecoder().raw_decode(text)[1]
        return 'json', text[:end], text[end:]
    return None, None, text


# The block in each form: the key and what is indented below it, the table, the member and what separates it.
BLOCKS = {
    'yaml': r'^AIGC:.*(?:\r?\n|\Z)(?:^[ \t]+.*(?:\r?\n|\Z))*',
    'toml': r'^\[AIGC\]\r?\n(?:^[^\[].*\r?\n)*',
    'json': r'"AIGC": \{[^{}]*\},?\s*',
}


def without_block(form, front):
    """Front matter without the label."""
    return re.sub(BLOCKS[form], '', front, flags=re.M)
