"""Hostile plain text: encodings, line ends, endless lines, and label lines that nearly are."""
import json

import base

LINE = b'AIGC: ' + base.label()
BODY = '春天的早晨。\n窗外下着小雨。\n'.encode()


def lines():
    yield 'label-good', BODY + LINE + b'\n'
    yield 'label-alone', LINE
    yield 'label-first-line', LINE + b'\n' + BODY
    yield 'label-in-the-middle', BODY + LINE + b'\n' + BODY
    yield 'label-twice', BODY + LINE + b'\n' + LINE + b'\n'
    yield 'label-twice-different', BODY + LINE + b'\nAIGC: ' + base.label('2', base.OTHER) + b'\n'
    yield 'label-1000-times', BODY + (LINE + b'\n') * 1000
    yield 'label-20000-empty', b'AIGC: {}\n' * 20_000
    yield 'label-then-100000-blank-lines', BODY + LINE + b'\n' * 100_000
    yield 'label-trailing-nuls', BODY + LINE + bytes(3000)
    yield 'label-cut', BODY + LINE[:60]
    yield 'label-quoted-in-prose', BODY + b'> ' + LINE + b'\n' + BODY
    yield 'label-no-space', BODY + LINE.replace(b': {', b':{', 1)
    yield 'label-full-width-colon', BODY + LINE.replace(b'AIGC: ', 'AIGC：'.encode())
    yield 'label-yaml-block', BODY + b'AIGC:\n  Label: "1"\n'
    yield 'label-lower-case', BODY + LINE.lower()
    yield 'blank-lines-300000', b'\n' * 300_000
    yield 'line-of-40mb', ('雨' * 1000).encode() * 13_300 + LINE
    yield 'line-of-100kb-of-braces', b'AIGC: ' + b'{' * 100_000
    yield 'carriage-returns-200000', b'\r' * 200_000 + LINE
    yield 'whitespace-only', b' \t\r\n\x0b\x0c' * 1000
    yield 'front-matter-in-txt', b'---\nAIGC: ' + base.label() + b'\n---\ntext\n'


def stacks():
    """Many labels, and labels that hide one another: counted or taken out in one sweep, never one look each."""
    small = b"AIGC:\n  Label: '1'\n  ProduceID: x\n"
    block = b'AIGC:\n' + b''.join(f"  {k}: '{v}'\n".encode() for k, v in json.loads(base.label()).items())
    yield 'stack-blocks-20k', small * 20_000
    yield 'stack-blocks-20k-behind-text', BODY + small * 20_000
    yield 'stack-lines-20k-both-ends', (LINE + b'\n') * 20_000 + BODY + (LINE + b'\n') * 20_000
    yield 'stack-keys-20k', b'AIGC:\n' * 20_000
    yield 'stack-rules-20k', b'---\nAIGC: x\n' * 20_000
    yield 'stack-front-matter-20k', (b'---\n' + small + b'---\n') * 20_000
    yield 'stack-comments-20k', b'<!-- ' + (LINE + b' -->\n<!-- ') * 20_000
    yield 'stack-comments-open-20k', b'<!-- AIGC: {\n' * 20_000
    yield 'stack-comment-huge', b'<!--\n' + block + b'x\n' * 20_000 + b'-->\n'
    yield 'stack-fences-20k', b'```\n' + small + b'```\n' * 20_000
    yield 'stack-rulers-20k', b''.join(b'\n' + b'-' * (4 + n % 60) + b'\n' + LINE + b'\n' for n in range(10_000))
    yield 'stack-block-in-comment-in-block', b'<!-- ' + LINE + b' -->' + block + BODY
    yield 'stack-line-behind-block-behind-line', LINE + b'\n' + block + LINE + b'\n' + BODY + block + LINE + b'\n' + block
    yield 'stack-block-two-below-one-key', b'AIGC:\n' + block.replace(b'\n', b'\n  ') + b'\n' + BODY


def members():
    """JSON in which the label is doubled, deep, or almost there."""
    label = base.label()
    yield 'member-good', b'{"title":"x","AIGC":' + label + b'}'
    yield 'member-20k-times', b'{' + b'"AIGC":{"Label":"1","ProduceID":"x"},' * 20_000 + b'"a":1}'
    yield 'member-nested-20k', b'{"a":' * 20_000 + b'{"AIGC":' + label + b'}' + b'}' * 20_000
    yield 'member-behind-nested-20k', b'{"a":' + b'[' * 20_000 + b']' * 20_000 + b',"AIGC":' + label + b'}'
    yield 'member-cut', b'{"a":1,"AIGC":' + label[:60]
    yield 'member-string-open', b'{"a":"' + b'\\"' * 20_000
    yield 'member-of-a-list', b'[{"AIGC":' + label + b'}]'
    yield 'member-in-a-string', json.dumps({'text': '{"AIGC":' + label.decode() + '}'}).encode()
    yield 'member-colons-20k', b'{"AIGC":' * 2 + b':' * 20_000
    yield 'member-utf16', '\ufeff{"AIGC":'.encode('utf-16-le') + (label.decode() + '}').encode('utf-16-le')


def encodings():
    text = BODY.decode() + LINE.decode() + '\n'
    for code in ('utf-16-le', 'utf-16-be', 'utf-32-le', 'utf-32-be'):
        yield f'{code}-without-bom', text.encode(code)
        yield f'{code}-with-bom', ('\ufeff' + text).encode(code)
        yield f'{code}-with-bom-cut', ('\ufeff' + text).encode(code)[:-1]
    yield 'utf16-bom-only', b'\xff\xfe'
    yield 'utf16-lone-surrogates', b'\xff\xfe' + b'\0\xd8' * 500 + text.encode('utf-16-le')
    yield 'utf16-label-behind-gb18030', text.encode('gb18030') + ('\ufeff' + text).encode('utf-16-le')
    yield 'utf8-bom-twice', b'\xef\xbb\xbf' * 2 + text.encode()
    yield 'utf8-bom-at-the-end', text.encode() + b'\xef\xbb\xbf'
    yield 'utf8-cut-in-character', BODY[:-3]
    yield 'utf8-then-gb18030', BODY + '窗外下着小雨'.encode('gb18030') + b'\n' + LINE
    yield 'utf8-overlong', BODY + b'\xc0\xaf\xe0\x80\xaf\n' + LINE
    yield 'utf8-cesu-surrogates', BODY + b'\xed\xa0\xbd\xed\xb8\x80\n' + LINE
    yield 'utf8-noncharacters', BODY + '\ufffe\uffff\U0010ffff'.encode() + LINE
    yield 'utf7', b'+ZiVZKQ- +AHs-' + LINE
    yield 'gb18030-cut-in-character', text.encode('gb18030')[:5]
    yield 'gb18030-four-byte', '𠀀𠀁㐀ḿ\n'.encode('gb18030') * 200 + LINE
    yield 'gbk-euro-0x80', b'\x80' + text.encode('gb18030')
    yield 'big5', '春天的早晨。窗外下著小雨。\n'.encode('big5') * 20
    yield 'shift-jis', '春の朝。窓の外は小雨。\n'.encode('shift_jis') * 20
    yield 'iso-2022-jp', '春の朝。窓の外は小雨。\n'.encode('iso2022_jp') * 20
    yield 'iso-2022-kr', '봄날 아침\n'.encode('iso2022_kr') * 20
    yield 'hz', '春天的早晨'.encode('hz') * 20
    yield 'latin-1', 'été à la façade, naïve\n'.encode('latin-1') * 20
    yield 'windows-1252-quotes', 'he said \u201cAI\u201d \u2014 \u20ac5\n'.encode('cp1252') * 20
    yield 'ebcdic', 'plain words in another alphabet\n'.encode('cp037') * 20
    yield 'gb18030-with-bom', ('\ufeff' + text).encode('gb18030')
    yield 'gb18030-bom-only', '\ufeff'.encode('gb18030')
    yield 'utf32-beyond-unicode', b'\xff\xfe\0\0' + b'\0\0\x11\0' * 500 + text.encode('utf-32-le')
    yield 'utf8-one-bad-byte-in-10mb', BODY * 200_000 + b'\xff' + LINE
    yield 'gb18030-one-bad-byte', (BODY.decode() * 50).encode('gb18030') + b'\xff\n' + LINE
    yield 'iso-2022-jp-never-back', '春の朝'.encode('iso2022_jp')[:-3] * 20 + b'\n' + LINE
    yield 'nuls-between', b'a\0b\0c\0' * 100
    yield 'control-characters', bytes(range(1, 32)) * 50 + LINE
    yield 'escape-codes', b'\x1b[2J\x1b]0;owned\x07\x1b[31m' * 50 + LINE
    yield 'bidi-and-zero-width', '\u202e\u2066\u200b\u200d\ufeff\u00ad'.encode() * 200 + LINE
    yield 'combining-marks-100000', ('e' + '\u0301' * 100_000).encode() + b'\n' + LINE
    yield 'tag-characters', ''.join(chr(0xE0000 + c) for c in LINE).encode()
    yield 'homoglyph-label', BODY + LINE.replace(b'AIGC', 'АІGС'.encode())
    yield 'full-width-label', BODY + ''.join(chr(c + 0xFEE0) if 33 <= c < 127 else chr(c) for c in LINE).encode()


def cases():
    for slug, data in lines():
        yield slug + '.txt', data
    for slug, data in stacks():
        yield slug + '.txt', data
    for slug, data in members():
        yield slug + '.json', data
    for slug, data in encodings():
        yield slug + '.txt', data
    for code in ('utf-8', 'gb18030', 'utf-16'):
        data = (BODY.decode() + LINE.decode()).encode(code)
        for end in range(1, len(data), len(data) // (8 if base.FULL else 3)):
            yield f'cut-{code}-at-{end:06d}.txt', data[:end]
