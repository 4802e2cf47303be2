"""Hostile HTML: what never ends, what nests, what only looks like a label, and encodings that disagree."""
import base

LABEL = base.label().decode()
META = f"<meta name=AIGC content='{LABEL}'>"
HEAD, BODY = '<!doctype html><html><head><title>t</title>', '</head><body><p>b</p></body></html>'
XMLNS = 'xmlns="http://www.w3.org/1999/xhtml"'


def never_ends():
    for slug, text in (('comment', '<!--'), ('tag', '<meta name='), ('quote', '<meta name="'), ('script', '<script>'), ('title', '<title>'),
                       ('textarea', '<body><textarea>'), ('cdata', '<svg><![CDATA['), ('doctype', '<!doctype html'), ('template', '<template>'),
                       ('plaintext', '<plaintext>'), ('select', '<select>'), ('frameset', '<frameset>'), ('svg', '<svg>'), ('style', '<style>'), ('noscript', '<noscript>'), ('end-tag', '</body'), ('reference', '&#x')):
        yield f'open-{slug}', text + META
    for slug, text in (('less', '<'), ('less-10mb', '<' * 100), ('comments', '<!--'), ('dashes', '<!--' + '-' * 90), ('tags', '<div>'), ('attributes', '<a '),
                       ('svg', '<svg>'), ('template', '<template>'), ('references', '&amp;&#38;'), ('end-tags', '</p>'), ('quotes', '<a b="'), ('script', '<script><!--')):
        yield f'flood-{slug}', text * ((10_000_000 if '10mb' in slug else 2_000_000) // len(text))
    yield 'meta-150k', HEAD + '<meta name=x>' * 150_000 + BODY
    yield 'label-1000-times', HEAD + META * 1000 + BODY
    yield 'attributes-100k', '<meta ' + ' '.join(f'a{n}=1' for n in range(100_000)) + '>' + META
    for slug, text in (('quoted', 'a="v" '), ('single', "a='v' "), ('bare', 'a=b '), ('names', 'a '), ('empty', 'a=""b '), ('slashes', 'a="v"/'), ('close', 'a="v"')):
        for tag in ('<meta ', '<body ', '</p ', '<html '):
            yield f'attributes-100k-{slug}-{"end-" * (tag[1] == "/")}{tag.strip("</ ")}', tag + text * 100_000 + '>' + META
    yield 'attributes-1m-quoted', '<p ' + 'a="v" ' * 1_000_000 + '>' + META
    yield 'attributes-1m-open', META + '<p ' + 'a="v" ' * 1_000_000
    yield 'svg-titles-200k', '<svg>' * 200_000 + '</title>' * 200_000 + META
    yield 'deep-100k', '<div>' * 100_000 + META


def places():
    for slug, before, after in (('script', '<script>', '</script>'), ('comment', '<!-- ', ' -->'), ('textarea', '<textarea>', '</textarea>'),
                                ('title', '<title>', '</title>'), ('template', '<template>', '</template>'), ('noscript', '<noscript>', '</noscript>'),
                                ('svg-style', '<svg><style>', '</style></svg>'), ('math', '<math>', '<noscript>' + META), ('iframe', '<iframe>', '</iframe>')):
        yield f'label-in-{slug}', HEAD + before + META + after + BODY
    yield 'label-good', HEAD + META + BODY
    yield 'label-conflict', HEAD + META + META.replace('"1"', '"2"') + BODY
    yield 'label-duplicate-attributes', HEAD + META.replace('name=AIGC', 'name=AIGC name=other') + BODY
    yield 'label-nul', HEAD + META.replace('Label', 'La\0bel') + BODY
    yield 'label-cut', HEAD + META[:60]
    yield 'label-1mb', HEAD + META.replace('"1"', '"' + '1' * 1_000_000 + '"') + BODY
    for slug, text in (('ld', '{"a":[' * 50_000), ('ld-lies', '{"AIGC":' + LABEL), ('ld-deep', '{"AIGC":' * 5000), ('ld-twice', f'{{"AIGC":{LABEL},"AIGC":1,"b":2}}')):
        yield f'script-{slug}', HEAD + f'<script type=application/ld+json>{text}</script>' + BODY
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + f'<x>&b;<AIGC>{LABEL}</AIGC></x>'
    yield 'xmp-bomb', HEAD + f'<script type=application/rdf+xml>{bomb}</script><!--<rdf:RDF {"<a>" * 500}-->' + BODY
    yield 'xhtml-external', f'<?xml version="1.0"?><!DOCTYPE html [<!ENTITY a SYSTEM "file:///etc/passwd">]><html {XMLNS}><head/><body>&a;</body></html>'
    yield 'xhtml-deep', f'<html {XMLNS}>' + '<div>' * 5000
    yield 'xhtml-comment-good', f'<html {XMLNS}><!--><head><body>--><head/><body><p>b</p></body></html>'
    attributes = ' '.join(f'a{n}=""' for n in range(2000))
    yield 'xhtml-attributes-good', f'<html {XMLNS}><head/><body><p {attributes}>b</p></body></html>'
    yield 'xhtml-depth-good', f'<html {XMLNS}><head/><body>' + '<div>' * 2000 + 'b' + '</div>' * 2000 + '</body></html>'
    yield 'xhtml-no-head', f'<html {XMLNS}/>'
    yield 'heads-20000', '<head></head>' * 20_000 + '<body>' * 20_000


def encodings():
    text = '<html><head><title>标识</title>' + META + '</head><body>正文</body></html>'
    for charset in ('utf-8', 'gb18030', 'utf-16', 'iso-2022-jp', 'utf-7', 'hz-gb-2312', 'x-user-defined', 'replacement', 'none'):
        yield f'declared-{charset}', text.replace('<head>', f'<head><meta charset={charset}>').encode()
        yield f'declared-{charset}-is-gb18030', text.replace('<head>', f'<head><meta charset={charset}>').encode('gb18030')
    yield 'bom-against-charset', b'\xef\xbb\xbf' + text.replace('<head>', '<head><meta charset=gb18030>').encode()
    yield 'utf16-odd', b'\xff\xfe' + text.encode('utf-16-le')[:-1]
    yield 'utf16-be', b'\xfe\xff' + text.encode('utf-16-be')
    yield 'invalid-utf8', text.encode() + b'\xff\xfe\x80<\x81'
    yield 'nul-everywhere', b'<html>' + bytes(1000) + text.encode()


def cases():
    yield from base.cuts('html.html', 20)
    yield from base.flips('html-xhtml.xhtml', 6)
    for name, data in (*never_ends(), *places(), *encodings()):
        yield name + '.html', data if isinstance(data, bytes) else data.encode()
