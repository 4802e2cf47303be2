"""The items of HEIF and AVIF files, read by a parser of its own (ISO/IEC 14496-12 8.11)."""


def boxes(data, start, end):
    """(type, start of the body, end) of each box; sizes must add up."""
    out = []
    while start < end:
        size, head = int.from_bytes(data[start:start + 4], 'big'), 8
        if size == 1:
            size, head = int.from_bytes(data[start + 8:start + 16], 'big'), 16
        stop = end if size == 0 else start + size
        if stop > end or stop < start + head:
            raise ValueError(f'the box at {start} runs beyond its parent')
        out.append((data[start + 4:start + 8], start + head, stop))
        start = stop
    return out


class Numbers:
    def __init__(self, data, at):
        self.data, self.at = data, at

    def take(self, size):
        self.at += size
        return int.from_bytes(self.data[self.at - size:self.at], 'big')


def places(data, start):
    """id -> (construction method, [(offset, length)]) from `iloc`."""
    numbers, version = Numbers(data, start + 4), data[start]
    sizes, more = numbers.take(1), numbers.take(1)
    wide = 4 if version == 2 else 2
    out = {}
    for _ in range(numbers.take(wide)):
        number = numbers.take(wide)
        method = numbers.take(2) & 15 if version else 0
        numbers.take(2)
        base, parts = numbers.take(more >> 4), []
        for _ in range(numbers.take(2)):
            numbers.take(more & 15 if version else 0)
            offset = numbers.take(sizes >> 4)
            parts.append((base + offset, numbers.take(sizes & 15)))
        out[number] = method, parts
    return out


def read(path):
    """id -> (type, content type, bytes) of every item, and the references as (type, from, to...)."""
    data = path.read_bytes()
    start, end = next((s, e) for k, s, e in boxes(data, 0, len(data)) if k == b'meta')
    children = {k: (s, e) for k, s, e in boxes(data, start + 4, end)}
    where = places(data, children[b'iloc'][0])
    infos, out = children[b'iinf'], {}
    first = infos[0] + (6 if data[infos[0]] == 0 else 8)
    for _, body, stop in boxes(data, first, infos[1]):
        wide = 4 if data[body] == 3 else 2
        number, at = int.from_bytes(data[body + 4:body + 4 + wide], 'big'), body + 6 + wide
        kind = data[at:at + 4]
        content = data[at + 4:stop].split(b'\0')[1] if kind == b'mime' else b''
        method, parts = where[number]
        origin = children[b'idat'][0] if method == 1 else 0
        bytes_ = b''.join(data[origin + o:origin + o + n] for o, n in parts)
        if len(bytes_) != sum(n for _, n in parts):
            raise ValueError(f'item {number} lies beyond the file')
        out[number] = kind, content, bytes_
    references = set()
    if b'iref' in children:
        begin, stop = children[b'iref']
        wide = 4 if data[begin] else 2
        for kind, body, _ in boxes(data, begin + 4, stop):
            numbers = Numbers(data, body)
            source = numbers.take(wide)
            references.add((kind, source, *(numbers.take(wide) for _ in range(numbers.take(2)))))
    primary = children.get(b'pitm')
    return out, references, int.from_bytes(data[primary[0] + 4:primary[1]], 'big') if primary else None
