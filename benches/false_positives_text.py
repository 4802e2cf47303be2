#!/usr/bin/env python3
"""Counts false positives and wrong payloads of the text watermark.

  false_positives_text.py PROGRAM [TEXTS] [--documents N] [--keys N]

TEXTS is a folder of prose (.txt, .md). Unmarked documents are spliced from it: plain, with random runs of whole shards, with
right words and a wrong check, with MathML, emoji, Persian, Hindi and C2PA's wrapper. Marked ones are spliced two by two, and
searched with other keys. Prints what was found; anything but 0 is a fault.
"""
import argparse, hashlib, pathlib, random, subprocess, tempfile

OPERATORS = '\u2061\u2062\u2063\u2064'


def shard(rng):
    return ''.join(rng.choice(OPERATORS) for _ in range(8))


def times(a, b):
    p = 0
    for bit in range(11, -1, -1):
        p <<= 1
        if p >> 12 & 1: p ^= 0x1053
        if b >> bit & 1: p ^= a
    return p


def inverse(a):
    p, s = 1, a
    for _ in range(11):
        s = times(s, s); p = times(p, s)
    return p


def codeword(rng):                     # a right word of the code, whose check is chance
    word = [rng.randrange(4096) for _ in range(9)]
    def at(x):
        total = 0
        for i, y in enumerate(word):
            for j in range(9):
                if j != i: y = times(times(y, x ^ j), inverse(i ^ j))
            total ^= y
        return total
    return word + [at(x) for x in range(9, 16)]


def written(index, word):
    bits = index << 12 | word
    return ''.join(OPERATORS[bits >> 2 * n & 3] for n in range(7, -1, -1))


def insert(text, pieces, rng):
    places = sorted(rng.sample(range(1, len(text)), min(len(pieces), len(text) - 1)))
    out, last = [], 0
    for place, piece in zip(places, pieces): out += [text[last:place], piece]; last = place
    return ''.join(out + [text[last:]])


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument('program'); a.add_argument('texts', type=pathlib.Path)
    a.add_argument('--documents', type=int, default=100_000); a.add_argument('--keys', type=int, default=100)
    a = a.parse_args()
    rng = random.Random(1)
    prose = [p.read_text(encoding='utf-8') for p in sorted(a.texts.iterdir()) if p.suffix in ('.txt', '.md')]
    whole = '\n'.join(prose)
    folder = pathlib.Path(tempfile.mkdtemp())

    def detect(files, key=None):
        (folder / 'list').write_text('\n'.join(map(str, files)))
        more = ['--key', str(key)] if key else []
        run = subprocess.run([a.program, 'watermark', 'detect', '--list', str(folder / 'list'), *more], capture_output=True, text=True)
        return run.stdout.split()

    def piece(least=200, most=3000):
        n = rng.randrange(least, most); at = rng.randrange(max(1, len(whole) - n))
        return whole[at:at + n]

    odd = ['<math><mi>f</mi><mo>\u2061</mo><mi>x</mi></math> ', '\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 ', '\u0928\u092e\u0938\u094d\u200d\u0924\u0947 ', '\U0001f468\u200d\U0001f469\u200d\U0001f467 ',
           '\ufeff' + ''.join(chr(0xfe00 + n % 16) for n in range(80)), '\u2062\u2063', '\u200b\u200c\u200d\u2060']

    def unmarked(n):
        text = piece()
        if n % 5 == 0: return insert(text, [shard(rng) * rng.randrange(1, 3) for _ in range(rng.randrange(9, 60))], rng)
        if n % 20 == 1: return insert(text, [written(i % 16, w) for i, w in enumerate(codeword(rng) * 2)], rng)
        if n % 5 == 2: return insert(text, [rng.choice(odd) for _ in range(rng.randrange(1, 40))], rng)
        return text

    found = 0
    for start in range(0, a.documents, 2000):
        files = []
        for n in range(start, min(start + 2000, a.documents)):
            path = folder / f'{n % 2000}.txt'; path.write_text(unmarked(n), encoding='utf-8', newline=''); files.append(path)
        found += sum(word != 'none' for word in detect(files))
    print(f'unmarked documents with a payload: {found} of {a.documents}', flush=True)

    marked = {}
    for n in range(60):
        source, out, want = folder / 'in.txt', folder / f'm{n}.txt', hashlib.sha256(str(n).encode()).hexdigest()[:16]
        source.write_text(piece(800, 4000), encoding='utf-8', newline='')
        if subprocess.run([a.program, 'watermark', 'embed', source, out, '--payload', want, '--overwrite'], capture_output=True).returncode == 0:
            marked[out] = want
    texts = {path: path.read_text(encoding='utf-8') for path in marked}
    right = detect(list(marked))
    print(f'marked texts read: {sum(g == w for g, w in zip(right, marked.values()))} of {len(marked)}', flush=True)
    files, allowed = [], []
    for n in range(a.documents // 20):
        one, two = rng.sample(list(marked), 2)
        x, y = texts[one], texts[two]
        cut = x[:rng.randrange(len(x))] + y[rng.randrange(len(y)):]
        path = folder / f's{n}.txt'; path.write_text(cut, encoding='utf-8', newline='')
        files.append(path); allowed.append({marked[one], marked[two], 'none'})
    got = detect(files)
    third = sum(g not in ok for g, ok in zip(got, allowed))
    print(f'spliced texts with a third payload: {third} of {len(files)} ({sum(g != "none" for g in got)} read)', flush=True)
    wrong = 0
    for n in range(a.keys):
        key = folder / f'{n}.key'
        subprocess.run([a.program, 'key', 'new', 'watermark', '--out', key], check=True, capture_output=True)
        wrong += sum(word != 'none' for word in detect(list(marked), key))
    print(f'payloads by {a.keys} other keys on {len(marked)} marked texts: {wrong}')
    return 1 if found or third or wrong else 0


if __name__ == '__main__':
    raise SystemExit(main())
