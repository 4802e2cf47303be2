"""Hostile XMP packets, used by the carriers that hold XMP; and a good one to start from."""
from xml.sax.saxutils import escape

import base

RDF = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#'
TC260 = 'http://www.tc260.org.cn/ns/AIGC/1.0/'
BEGIN = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
END = '<?xpacket end="w"?>'


def packet(inner, attributes='', doctype='', ns=f'xmlns:TC260="{TC260}"'):
    """An XMP packet round the text of one rdf:Description."""
    return (f'{BEGIN}{doctype}<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{RDF}">'
            f'<rdf:Description rdf:about="" {ns}{attributes}>{inner}</rdf:Description>'
            f'</rdf:RDF></x:xmpmeta>{END}')


def element(value=None):
    """The label as the element form; text is escaped."""
    text = base.label().decode() if value is None else value
    return f'<TC260:AIGC>{escape(text)}</TC260:AIGC>'


def good(value=None):
    return packet(element(value)).encode()


def entities():
    """Entities and everything external: none of it may be resolved or read."""
    laughs = '<!DOCTYPE l [<!ENTITY a0 "ha">' + ''.join(
        f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 12)) + ']>'
    yield 'billion-laughs', packet('<TC260:AIGC>&a11;</TC260:AIGC>', doctype=laughs)
    yield 'quadratic-entity', packet('<TC260:AIGC>' + '&a;' * 5000 + '</TC260:AIGC>',
                                     doctype=f'<!DOCTYPE l [<!ENTITY a "{"x" * 20000}">]>')
    yield 'entity-loop', packet('<TC260:AIGC>&a;</TC260:AIGC>', doctype='<!DOCTYPE l [<!ENTITY a "&b;"><!ENTITY b "&a;">]>')
    for slug, target in (('passwd', 'file:///etc/passwd'), ('canary', '../canary/secret.txt'), ('http', 'http://127.0.0.1:9/x')):
        yield f'external-entity-{slug}', packet('<TC260:AIGC>&e;</TC260:AIGC>', doctype=f'<!DOCTYPE l [<!ENTITY e SYSTEM "{target}">]>')
        yield f'external-dtd-{slug}', packet(element(), doctype=f'<!DOCTYPE l SYSTEM "{target}">')
    yield 'parameter-entity-canary', packet('<TC260:AIGC>&e;</TC260:AIGC>', doctype=(
        '<!DOCTYPE l [<!ENTITY % p SYSTEM "../canary/secret.txt"><!ENTITY e "%p;">]>'))
    yield 'xinclude-canary', packet('<TC260:AIGC><xi:include xmlns:xi="http://www.w3.org/2001/XInclude" parse="text" href="../canary/secret.txt"/></TC260:AIGC>')
    yield 'rdf-resource-passwd', packet('<TC260:AIGC rdf:resource="file:///etc/passwd"/>')
    yield 'stylesheet-canary', packet(element(), doctype='<?xml-stylesheet href="../canary/secret.txt"?>')
    yield 'entity-undefined', packet('<TC260:AIGC>&nbsp;&what;</TC260:AIGC>')
    for slug, ref in (('nul', '&#0;'), ('surrogate', '&#xD800;'), ('too-big', '&#x110000;'), ('huge', '&#99999999999999999999;'), ('empty', '&#;')):
        yield f'character-reference-{slug}', packet(f'<TC260:AIGC>{{{ref}}}</TC260:AIGC>')


def floods():
    """Too much of everything. Large: for carriers without a 64 KiB limit."""
    yield 'nested-100k', packet('<a>' * 100_000 + '</a>' * 100_000 + element())
    yield 'nested-100k-unclosed', packet('<a>' * 100_000)
    yield 'nested-100k-rdf', packet('<rdf:Bag><rdf:li>' * 50_000 + '</rdf:li></rdf:Bag>' * 50_000)
    yield 'attributes-100k', packet(element(), attributes=''.join(f' a{i}="1"' for i in range(100_000)))
    yield 'namespaces-20k', packet(element(), attributes=''.join(f' xmlns:n{i}="urn:{i}"' for i in range(20_000)))
    yield 'namespaces-20k-nested', packet(''.join(f'<a xmlns:n{i}="u">' for i in range(20_000)) + '</a>' * 20_000)
    yield 'fields-20k', packet('<TC260:Label>1</TC260:Label><TC260:ProduceID>i</TC260:ProduceID>' * 10_000)
    yield 'fields-misspelt-20k', packet('<TC260:Label>1</TC260:Label>' + '<TC260:ProducerID>i</TC260:ProducerID>' * 20_000)
    yield 'labels-1000', packet(element() * 1000)
    yield 'descriptions-20k', packet('</rdf:Description><rdf:Description rdf:about="">' * 20_000 + element())
    yield 'label-10mb', packet(element('{"Label":"1","ContentProducer":"' + 'A' * 10_000_000 + '","ProduceID":"1"}'))
    yield 'comments-100k', packet('<!---->' * 100_000 + element())
    yield 'name-1mb', packet(f'<{"n" * 1_000_000}/>' + element())
    yield 'attribute-1mb', packet(element(), attributes=' a="' + 'v' * 1_000_000 + '"')
    yield 'padding-8mb', packet(element()).replace(END, ' ' * 8_000_000 + END)
    yield 'text-ampersands-1m', packet('<TC260:AIGC>' + '&amp;' * 1_000_000 + '</TC260:AIGC>')


def grammar():
    """Broken or odd XML."""
    ok = packet(element())
    yield 'prefix-undeclared', packet(element(), ns='')
    yield 'prefix-rdf-undeclared', f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF>{element()}</rdf:RDF></x:xmpmeta>'
    yield 'prefix-bound-elsewhere', packet(element(), ns='xmlns:TC260="urn:not-it"')
    yield 'prefix-rebound-inside', packet(f'<b xmlns:TC260="urn:not-it">{element()}</b>')
    yield 'prefix-empty', packet(element(), ns='xmlns:TC260=""')
    yield 'prefix-xml-rebound', packet(element(), attributes=' xmlns:xml="urn:x" xmlns:xmlns="urn:y"')
    yield 'attribute-twice', packet('', attributes=' TC260:AIGC="{}" TC260:AIGC="{}"')
    yield 'attribute-unquoted', packet('', attributes=' TC260:AIGC={}')
    yield 'attribute-with-lt', packet('', attributes=' TC260:AIGC="<{}>"')
    yield 'tags-crossed', packet('<a><b></a></b>' + element())
    yield 'two-roots', ok.replace(END, '<again/>' + END)
    yield 'two-packets', ok + ok
    yield 'end-missing', ok.replace(END, '')
    yield 'comment-open', packet('<!-- ' + element())
    yield 'cdata-open', packet('<TC260:AIGC><![CDATA[{')
    yield 'cdata-split', packet('<TC260:AIGC><![CDATA[{"Label"]]>:"1"<!-- x --><![CDATA[}]]></TC260:AIGC>')
    yield 'doctype-open', packet(element(), doctype='<!DOCTYPE x [')
    yield 'instruction-open', packet('<?x ' + element())
    yield 'element-in-label', packet('<TC260:AIGC>{"Label":<b>"1"</b>}</TC260:AIGC>')
    yield 'label-parsetype-resource', packet('<TC260:AIGC rdf:parseType="Resource"><TC260:Label>1</TC260:Label></TC260:AIGC>')
    yield 'xmpmeta-alone', '<x:xmpmeta xmlns:x="adobe:ns:meta/"/>'
    yield 'label-empty', packet('<TC260:AIGC/>')
    yield 'label-in-list', packet(f'<TC260:AIGC><rdf:Alt><rdf:li>{escape(base.label().decode())}</rdf:li></rdf:Alt></TC260:AIGC>')
    yield 'no-root', BEGIN + END
    yield 'text-only', 'no XML at all'
    yield 'cut-in-the-label', ok[:ok.index('ContentProducer') + 5]


def encodings():
    """Byte-level trouble."""
    ok = packet(element())
    yield 'empty', b''
    yield 'bom-only', b'\xef\xbb\xbf'
    yield 'utf8-invalid', ok.encode().replace(b'hostile-0001', b'hostile-\xff\xfe\xc0')
    yield 'gbk-inside', packet('<dc:title xmlns:dc="urn:dc">@</dc:title>' + element()).encode().replace(b'@', '标题'.encode('gbk'))
    yield 'gbk-everywhere', packet(('<a b="@">@</a>' * 2000) + element()).encode().replace(b'@', '标题'.encode('gbk'))
    yield 'utf16-lone-surrogate', (packet('\ud800' + element())).encode('utf-16-le', 'surrogatepass')
    yield 'utf8-overlong', ok.encode().replace(b'<TC260:AIGC>', b'\xc0\xbcTC260:AIGC>')
    yield 'nul-inside', ok.encode().replace(b'hostile', b'hos\0ile')
    for code in ('utf-16-le', 'utf-16-be', 'utf-32-le', 'utf-32-be'):
        yield code, ok.encode(code)
        yield code + '-odd-byte', ('\ufeff' + ok).encode(code)[:-1]
    yield 'declared-utf7', b'<?xml version="1.0" encoding="UTF-7"?>' + ok.encode()
    yield 'declared-gb2312', b'<?xml version="1.0" encoding="GB2312"?>' + ok.encode()
    yield 'declared-utf16-is-utf8', b'<?xml version="1.0" encoding="UTF-16"?>' + ok.encode()
    yield 'noise', base.noise(4000)


def packets(step=1, start=0):
    """Every packet that fits a 64 KiB segment, or each `step`-th, as (slug, bytes)."""
    for slug, value in base.some((c for f in (entities, grammar, encodings) for c in f()), step, start):
        data = value if isinstance(value, bytes) else value.encode()
        if len(data) < 65_000:
            yield slug, data


def large_packets():
    for slug, value in floods():
        yield slug, value.encode()
