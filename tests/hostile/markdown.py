"""Hostile Markdown: front matter that is too much, too deep, never closed, or means something else than it says."""
import json

import base

FIELDS = json.loads(base.label())


def block(fields=None, key='AIGC', indent='  '):
    """The label as the writer emits it in front matter."""
    lines = [f'{key}:'] + [f"{indent}{k}: '{v}'" for k, v in (fields or FIELDS).items()]
    return '\n'.join(lines) + '\n'


def doc(front, body='# Title\n\ntext\n'):
    return ('---\n' + front + '---\n\n' + body).encode('utf-8', 'surrogatepass')


def bombs():
    laughs = 'a0: &a0 [x,x,x,x,x,x,x,x,x]\n' + ''.join(f'a{i}: &a{i} [{",".join([f"*a{i - 1}"] * 9)}]\n' for i in range(1, 12))
    yield 'alias-bomb', doc(laughs + block())
    yield 'alias-bomb-in-label', doc('x: &x "' + 'A' * 10_000 + '"\nAIGC: [' + '*x,' * 20_000 + ']\n')
    yield 'alias-to-itself', doc('a: &a [*a]\nAIGC: *a\n')
    yield 'alias-undefined', doc('AIGC: *nowhere\n')
    yield 'merge-key-bomb', doc('a: &a {k: v}\n' + ''.join(f'b{i}: {{<<: *a, k{i}: v}}\n' for i in range(5000)) + block())
    yield 'merge-key-holds-label', doc('base: &b\n' + ''.join(f"  {k}: '{v}'\n" for k, v in FIELDS.items()) + 'AIGC:\n  <<: *b\n')
    yield 'flow-nested-100000-lists', doc('a: ' + '[' * 100_000 + ']' * 100_000 + '\n' + block())
    yield 'flow-nested-100000-maps-unclosed', doc('a: ' + '{? ' * 100_000 + '\n')
    yield 'flow-nested-100000-unclosed', doc('AIGC: ' + '{' * 100_000 + '\n')
    yield 'block-nested-500', doc(''.join(' ' * i + 'a:\n' for i in range(500)) + block())
    yield 'block-sequence-nested-100000', doc('- ' * 100_000 + 'x\n')
    yield 'key-question-marks-100000', doc('? ' * 100_000 + '\n')
    yield 'anchors-20000', doc(''.join(f'k{i}: &n{i} v\n' for i in range(20_000)) + block())
    yield 'keys-20000', doc(''.join(f'k{i}: v\n' for i in range(20_000)) + block())
    yield 'keys-1000-labels', doc(block() * 1000)
    yield 'scalar-200kb', doc('a: "' + 'x' * 200_000 + '"\n' + block())
    yield 'scalar-folded-20000-lines', doc('a: >\n' + '  x\n' * 20_000 + block())
    yield 'label-value-100kb', doc(block({**FIELDS, 'ProduceID': 'A' * 100_000}))


def fences():
    yield 'never-closed', b'---\n' + block().encode() + b'\ntext\n'
    yield 'never-closed-100000-lines', b'---\n' + b'-\n' * 100_000
    yield 'front-matter-1000000-lines', b'---\n' + b'-\n' * 1_000_000 + b'---\ntext\n'
    yield 'closed-by-dots', b'---\n' + block().encode() + b'...\ntext\n'
    yield 'closed-by-four-dashes', b'---\n' + block().encode() + b'----\ntext\n'
    yield 'closed-with-spaces', b'--- \n' + block().encode() + b'---  \t\ntext\n'
    yield 'closed-without-newline', b'---\n' + block().encode() + b'---'
    yield 'empty-front-matter', b'---\n---\n'
    yield 'opening-only', b'---\n'
    yield 'three-dashes-no-newline', b'---'
    yield 'blank-line-first', b'\n---\n' + block().encode() + b'---\n'
    yield 'space-before-dashes', b' ---\n' + block().encode() + b'---\n'
    yield 'front-matter-twice', doc(block()) + doc(block({**FIELDS, 'Label': '2'}))
    yield 'fence-inside-scalar', doc('a: |\n  ---\n  b\n' + block())
    yield 'fence-inside-quotes', doc('a: "\n---\n"\n' + block())
    yield 'toml-front-matter', b'+++\ntitle = "x"\n[AIGC]\nLabel = "1"\n+++\n\ntext\n'
    yield 'json-front-matter', b'{\n"AIGC": ' + base.label() + b'\n}\n\ntext\n'
    yield 'fences-20000', b'---\n' * 20_000
    yield 'bom-twice', b'\xef\xbb\xbf' * 2 + doc(block())
    yield 'bom-and-crlf', b'\xef\xbb\xbf' + doc(block()).replace(b'\n', b'\r\n')
    yield 'line-ends-mixed', doc(block()).replace(b'\n', b'\r\n', 4)
    yield 'line-ends-cr-only', doc(block()).replace(b'\n', b'\r')
    yield 'line-ends-unicode', doc(block()).replace(b'\n', '\u2028'.encode())


def others():
    """Front matter that is no YAML between `---`."""
    table = '[AIGC]\n' + ''.join(f"{k} = '{v}'\n" for k, v in FIELDS.items())
    label = base.label().decode()
    for slug, inside in (
        ('label-good', "title = 'x'\n" + table),
        ('label-1000-times', (table + '\n[a]\n') * 1000),
        ('label-in-string', "a = \'\'\'\n" + table + "\'\'\'\n"),
        ('label-array-of-tables', '[' + table.replace(']', ']]', 1)),
        ('label-cut-by-control', table.replace("'\n", '\x01', 1)),
        ('label-nested-100000', 'AIGC = ' + '[' * 100_000 + ']' * 100_000 + '\n'),
        ('label-dotted-20000', ''.join(f'AIGC.k{i} = 1\n' for i in range(20_000))),
        ('keys-20000', ''.join(f'k{i} = 1\n' for i in range(20_000))),
    ):
        yield 'toml-' + slug, f'+++\n{inside}+++\n\ntext\n'.encode()
    yield 'toml-never-closed', ('+++\n' + table * 1000).encode()
    for slug, inside in (
        ('label-good', f'"title": "x", "AIGC": {label}'),
        ('label-1000-times', ',\n'.join([f'"AIGC": {label}'] * 1000)),
        ('label-is-number', '"AIGC": 1e999999'),
        ('label-in-string', '"a": "' + label.replace('"', '\\"') + '"'),
        ('label-nested-100000', '"AIGC": ' + '{"a":' * 100_000 + '1' + '}' * 100_000),
        ('key-escaped', f'"\\u0041IGC": {label}'),
        ('comma-behind-last', f'"AIGC": {label},'),
    ):
        yield 'json-' + slug, f'{{\n{inside}\n}}\ntext\n'.encode()
    yield 'json-never-closed', b'{"a": "' + b'}' * 1_000_000
    yield 'unopened-20000-keys', b'title: x\n' + b'k: v\n' * 20_000
    yield 'unopened-closed-late', b'title: x\n' + b'k: v\n' * 20_000 + b'---\ntext\n'
    yield 'multimarkdown-20000-keys', b'Title: x\n' + b'k: v\n' * 20_000 + b'\ntext\n'


def values():
    yield 'tabs-as-indent', doc(block(indent='\t'))
    yield 'key-twice', doc(block() + block({**FIELDS, 'ContentProducer': base.OTHER}))
    yield 'key-twice-inside', doc(block() + "  Label: '2'\n  Label: '3'\n")
    yield 'key-lower-case', doc(block(key='aigc'))
    yield 'key-quoted', doc(block(key='"AIGC"'))
    yield 'key-complex', doc('? AIGC\n: {Label: "1"}\n')
    yield 'key-escaped', doc(block(key='"\\u0041IGC"'))
    yield 'tag-python-object', doc('AIGC: !!python/object/apply:os.system ["echo owned"]\n')
    yield 'tag-binary', doc('AIGC: !!binary "' + 'A' * 4000 + '"\n')
    yield 'tag-unknown', doc('AIGC: !what {Label: !!int "1"}\n')
    yield 'tag-directive', b'%YAML 1.2\n%TAG ! tag:x,2000:\n---\n' + block().encode() + b'---\n'
    yield 'nul-inside', doc(block()).replace(b'hostile', b'hos\0ile')
    yield 'invalid-utf8', doc(block()).replace(b'hostile', b'hos\xff\xfeile')
    yield 'surrogates', doc(block()).replace(b'hostile', b'\xed\xa0\x80')
    yield 'escape-codes', doc(block({**FIELDS, 'ProduceID': '\x1b[2J\x1b]0;x\x07'}))
    yield 'bidi-controls', doc(block({**FIELDS, 'ProduceID': 'abc\u202e4321\u2066'}))
    yield 'label-is-number', doc('AIGC:\n  Label: 1\n  ContentProducer: 0o17\n  ProduceID: 1e999999\n')
    yield 'label-is-bool-null-date', doc('AIGC:\n  Label: yes\n  ContentProducer: ~\n  ProduceID: 2026-01-01\n')
    yield 'label-is-list', doc('AIGC: [1, 2, 3]\n')
    yield 'label-is-json-string', doc("AIGC: '" + base.label().decode() + "'\n")
    yield 'label-is-flow', doc('AIGC: ' + base.label().decode() + '\n')
    yield 'label-is-block-scalar', doc('AIGC: |\n  ' + base.label().decode() + '\n')
    yield 'label-nested-under-other', doc('other:\n' + ''.join('  ' + x + '\n' for x in block().splitlines()))
    yield 'label-indent-wrong', doc("AIGC:\n    Label: '1'\n  ContentProducer: 'x'\n")
    yield 'label-quote-open', doc("AIGC:\n  Label: '1\n")
    yield 'label-missing-colon', doc('AIGC\n  Label 1\n')
    yield 'label-in-comment', doc('# ' + block().replace('\n', '\n# ') + '\n')
    yield 'label-in-fence-in-body', b'# x\n\n```yaml\n---\n' + block().encode() + b'---\n```\n'
    yield 'colon-only', doc(':\n: :\n::\n')
    yield 'multi-document', b'---\n' + block().encode() + b'---\na: 1\n---\n' + block().encode() + b'...\n'


def stacks():
    """Many labels, and labels that hide one another."""
    small = "AIGC:\n  Label: '1'\n  ProduceID: x\n"
    yield 'stack-front-matter-20k-labels', doc(small * 20_000)
    yield 'stack-front-matter-20k-keys', doc('AIGC:\n' * 20_000)
    yield 'stack-front-matter-20k-objects', doc('AIGC: {"Label":"1","ProduceID":"x"}\n' * 20_000)
    yield 'stack-front-matter-20k-times', doc(small, '') * 20_000
    yield 'stack-joined-20k-times', (b'text\n\n' + doc(small, '')) * 20_000
    yield 'stack-comments-20k', b'text\n\n' + ('<!--\n' + small + '-->\n').encode() * 20_000
    yield 'stack-comments-open-20k', b'<!-- AIGC: {/* \n' * 20_000
    yield 'stack-behind-comment', b'<!-- x -->\n' + block().encode() * 3 + b'text\n'
    yield 'stack-comment-before-block', ('<!-- AIGC: ' + base.label().decode() + ' -->' + block() + 'text\n').encode()
    yield 'stack-versions', doc(block()) + block({**FIELDS, 'ProduceID': 'b'}).encode() + b'text\n\n' + block().encode()


def cases():
    for name, data in base.cuts('markdown-frontmatter.md', 8):
        yield name, data
    data = doc(block())
    for end in range(0, len(data), 25 if base.FULL else 50):
        yield f'cut-labelled-at-{end:06d}.md', data[:end]
    for family in (bombs, fences, others, values, stacks):
        for slug, content in family():
            yield slug + '.md', content
