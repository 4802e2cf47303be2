"""Hostile Matroska and WebM files."""
import base
from recipes.mkv import void

IDS = {
    'segment': '18538067', 'seekhead': '114d9b74', 'seek': '4dbb', 'seekposition': '53ac', 'info': '1549a966',
    'tracks': '1654ae6b', 'cluster': '1f43b675', 'cues': '1c53bb6b', 'tags': '1254c367', 'tag': '7373', 'simpletag': '67c8',
}
HEAD = bytes.fromhex('1a45dfa3') + b'\x8b\x42\x82\x88matroska'
TAGS, TAG, SIMPLE, TARGETS = (bytes.fromhex(n) for n in ('1254c367', '7373', '67c8', '63c0'))
CLUSTER, CUES, SEEK_HEAD = (bytes.fromhex(IDS[n]) for n in ('cluster', 'cues', 'seekhead'))
LIVE = b'\x01' + b'\xff' * 7


def size(n):
    return b'\x01' + n.to_bytes(7, 'big')


def element(kind, body):
    return kind + size(len(body)) + body


def simple(value=None, name=b'AIGC', more=b''):
    value = base.label() if value is None else value
    return element(SIMPLE, element(b'\x45\xa3', name) + element(b'\x44\x87', value) + more)


def tag(*inside, targets=b''):
    return element(TAG, element(TARGETS, targets) + b''.join(inside))


def segment(*inside, live=False):
    body = b''.join(inside)
    return HEAD + bytes.fromhex(IDS['segment']) + (LIVE if live else size(len(body))) + body


def block(data=bytes(20)):
    return b'\xa3' + bytes([0x80 | len(data) + 4]) + b'\x81\0\0\x80' + data


def cluster(*blocks, live=False):
    body = b'\xe7\x81\0' + b''.join(blocks or [block()])
    return CLUSTER + (LIVE if live else size(len(body))) + body


def seek_head(*entries):
    def seek(kind, at):
        return element(b'\x4d\xbb', element(b'\x53\xab', kind) + element(b'\x53\xac', at.to_bytes(8, 'big')))
    return element(SEEK_HEAD, b''.join(seek(*e) for e in entries))


def cues(*positions):
    return element(CUES, b''.join(element(b'\xbb', element(b'\xb7', b'\xf7\x81\1' + element(b'\xf1', p.to_bytes(8, 'big')))) for p in positions))


def lying_sizes():
    good = (base.ROOT / 'fixtures' / 'labelled' / 'mkv.mkv').read_bytes()
    for name, kind in IDS.items():
        at = good.find(bytes.fromhex(kind))
        if at < 0:
            continue
        at += len(kind) // 2
        for slug, lie in (('0', b'\x80'), ('1', b'\x81'), ('unknown', b'\xff'), ('zero-byte', b'\0'), ('ffffffff', b'\x08\xff\xff\xff\xff'),
                          ('2-to-56', b'\x01' + b'\xff' * 6 + b'\xfe')):
            yield f'size-{name}-{slug}.mkv', base.patched(good, at, lie)


def structure():
    tags = element(TAGS, tag(simple()))
    yield 'good-tags-before-cluster.mkv', segment(tags, cluster())
    yield 'good-live-tags-behind.webm', segment(cluster(live=True), tags, live=True)
    yield 'header-only.mkv', HEAD
    yield 'segment-empty.mkv', segment()
    yield 'segment-twice.mkv', segment(tags, cluster()) + segment(tags)
    yield 'segment-in-segment.mkv', segment(segment(tags), cluster())
    yield 'segment-nested-10000.mkv', HEAD + (bytes.fromhex(IDS['segment']) + LIVE) * 10_000
    yield 'segment-garbage-behind.mkv', segment(tags, cluster()) + base.noise(3000)
    yield 'void-100k.mkv', segment(b'\xec\x80' * 100_001, tags)
    yield 'void-1-byte-left.mkv', segment(tags, b'\xec', cluster())
    yield 'clusters-20000.mkv', segment(cluster() * 20_000, tags)
    yield 'clusters-live-300000-blocks.webm', segment(cluster(block(b'') * 300_000, live=True), tags, live=True)
    yield 'cluster-live-in-cluster-live.webm', segment(cluster(cluster(live=True), live=True), tags, live=True)
    yield 'cluster-position-8-bytes.mkv', segment(element(CLUSTER, b'\xbf\x84abcd\xe7\x81\0\xa7\x88' + b'\xff' * 8 + block()), cues(0))
    yield 'crc-in-segment.mkv', segment(b'\xbf\x84abcd', tags, cluster())
    yield 'id-five-bytes.mkv', segment(b'\x08\x12\x34\x56\x78\x80', tags)
    whole = 200_000_000
    front = HEAD + bytes.fromhex(IDS['segment']) + size(whole - len(HEAD) - 12) + CLUSTER + size(whole - len(HEAD) - 24 - len(tags))
    yield 'good-200mb-hole.mkv', base.Sparse(front, whole, tags)


def index():
    tags = element(TAGS, tag(simple()))
    body = cluster() * 3
    for slug, at in (('itself', 0), ('far', 1 << 40), ('ffffffffffffffff', 2**64 - 1), ('inside-cluster', 160)):
        yield f'seek-tags-{slug}.mkv', segment(seek_head((TAGS, at)), body, tags)
        yield f'seek-seekhead-{slug}.mkv', segment(seek_head((SEEK_HEAD, at)), body, tags)
        yield f'cues-{slug}.mkv', segment(cues(at), body, tags)
    yield 'seek-entries-20000-twice.mkv', segment(seek_head(*[(TAGS, 60)] * 20_000), body, tags)
    first = seek_head((SEEK_HEAD, 0), (SEEK_HEAD, 200))
    yield 'seek-loops.mkv', segment(first, cluster(), seek_head((SEEK_HEAD, 0), (SEEK_HEAD, 200)), body, tags)
    deep = b''
    for number in range(5000):
        deep = element(b'\xb7' if number % 2 else b'\xbb', deep)
    yield 'cues-nested-5000.mkv', segment(element(CUES, deep), body, tags)
    # Tags in Tags: each header is inside the value of the one before, each named by the SeekHead.
    inside, starts = b'', []
    for _ in range(300):
        inside = element(TAGS, tag(simple(inside or base.label())))
    head = len(seek_head(*[(TAGS, 0)] * 300))
    found = inside.find(TAGS)
    while found >= 0 and len(starts) < 300:
        starts.append(head + len(body) + found)
        found = inside.find(TAGS, found + 1)
    yield 'seek-tags-overlap-300.mkv', segment(seek_head(*[(TAGS, s) for s in starts]), body, inside, cluster(), cues(head))


def labels():
    body = cluster()
    nested = b''
    for _ in range(2000):
        nested = simple(b'x', more=nested)
    yield 'tags-nested-2000.mkv', segment(element(TAGS, tag(nested)), body)
    yield 'labels-1000.mkv', segment(element(TAGS, tag(simple()) * 1000), body)
    yield 'labels-1000-in-one-tag.mkv', segment(element(TAGS, tag(*[simple()] * 1000, simple(b'x', b'TITLE'))), body)
    yield 'label-of-a-track.mkv', segment(element(TAGS, tag(simple(), targets=b'\x63\xc5\x81\1')), body)
    yield 'label-lower-case.mkv', segment(element(TAGS, tag(simple(name=b'aigc'))), body)
    yield 'label-in-comment.mkv', segment(element(TAGS, tag(simple(name=b'COMMENT'), simple(b'x', b'TITLE'))), body)
    yield 'label-nested.mkv', segment(element(TAGS, tag(simple(b'x', b'TITLE', simple()))), body)
    yield 'label-binary.mkv', segment(element(TAGS, tag(element(SIMPLE, element(b'\x45\xa3', b'AIGC') + element(b'\x44\x85', base.label())))), body)
    yield 'label-1mb.mkv', segment(element(TAGS, tag(simple(b'{"Label":"1","ContentProducer":"' + b'A' * 1_000_000 + b'"}'))), body)
    yield 'label-invalid-utf8.mkv', segment(element(TAGS, tag(simple(b'{"Label":"\xff\xfe"}'))), body)
    yield 'label-in-three-tags.mkv', segment(element(TAGS, tag(simple())), void(40), body, element(TAGS, tag(simple())), element(TAGS, tag(simple())))
    yield 'tag-without-name.mkv', segment(element(TAGS, tag(element(SIMPLE, element(b'\x44\x87', base.label())))), body)
    yield 'tags-lie-behind-a-label.mkv', segment(element(TAGS, tag(simple()) + TAG + size(10_000) + b'x'), body)


def unknown():
    """Sizes that are left open where only a segment and a cluster may."""
    body = cluster()
    open_ = lambda kind, inside: kind + LIVE + inside
    label, title = simple(), simple(b'kept', b'TITLE')
    inside = element(TARGETS, b'')
    yield 'unknown-last-tag.mkv', segment(body, element(TAGS, open_(TAG, inside + title)))
    yield 'unknown-every-tag-good.mkv', segment(body, element(TAGS, open_(TAG, inside + title) + open_(TAG, inside + label)))
    yield 'unknown-tags-at-the-end.mkv', segment(body, open_(TAGS, tag(title)))
    yield 'unknown-tags-before-cluster.mkv', segment(open_(TAGS, tag(title) + tag(label)), body)
    yield 'unknown-simple-tag.mkv', segment(body, element(TAGS, element(TAG, inside + open_(SIMPLE, b'\x45\xa3\x84AIGC' + element(b'\x44\x87', base.label())))))
    yield 'unknown-void.mkv', segment(open_(b'\xec', b''), body, element(TAGS, tag(label)))
    yield 'unknown-100k-tags-huge.mkv', segment(body, element(TAGS, open_(TAG, b'') * 100_000))
    yield 'tags-crc-of-no-bytes.mkv', segment(body, element(TAGS, b'\xbf\x80' + tag(title)))
    yield 'tags-crc-last.mkv', segment(body, element(TAGS, tag(title) + b'\xbf\x84abcd'))
    tags = element(TAGS, tag(label))
    yield 'segments-three-labels.mkv', segment(tags, body) + segment(body, tags) + segment(tags)
    yield 'segments-second-labelled.mkv', segment(body) + segment(b'\xbf\x84abcd', tags, body)
    yield 'segments-20000-huge.mkv', segment(body, tags) + segment(body) * 20_000
    yield 'seek-heads-15000-huge.mkv', segment(seek_head((TAGS, 2**40)) * 15_000, body)


def cases():
    yield from base.cuts('mkv.mkv', 12)
    yield from base.cuts('webm-live.webm', 6)
    yield from base.flips('mkv.mkv', 4)
    yield from base.some(lying_sizes(), 3)
    for family in (structure, index, labels, unknown):
        yield from family()
