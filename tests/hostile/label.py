"""Hostile label texts, each inside carriers that are themselves in order; and labels that contradict each other."""
import json

import base
import mp3
import mp4
import wav
import xmp
from recipes.jpeg import after_jfif, xmp_segment
from recipes.mp3 import frame23
from recipes.png import chunk, itxt
from recipes.wav import riff

import markdown
import png


def edited(**fields):
    return base.label(**fields)


def json_cases():
    good = base.label()
    yield 'nested-100000-lists', b'[' * 100_000 + b']' * 100_000
    yield 'nested-100000-maps', b'{"":' * 100_000 + b'1' + b'}' * 100_000
    yield 'nested-60-in-reserved', good.replace(b'"ReservedCode1":""', b'"ReservedCode1":' + b'{"a":' * 60 + b'1' + b'}' * 60)
    yield 'nested-json-in-strings', nested_strings(8)
    yield 'duplicate-keys', good[:-1] + b',"Label":"2","Label":"3","ContentProducer":"' + base.OTHER.encode() + b'"}'
    yield 'keys-20000', good[:-1] + b''.join(b',"k%d":"v"' % i for i in range(20_000)) + b'}'
    yield 'lone-surrogates', good.replace(b'hostile-0001', rb'\ud800\udc00\ud800\udfff\ud83d')
    yield 'escapes-cut', good.replace(b'hostile-0001', rb'\u12')
    yield 'escaped-controls', good.replace(b'hostile-0001', rb'\u0000\u001b[2J\u202e\n\r\t\b')
    yield 'invalid-utf8', good.replace(b'hostile-0001', b'\xff\xfe\xc0\xaf')
    yield 'numbers-huge', b'{"Label":1e999999,"ContentProducer":-1e-999999,"ProduceID":' + b'9' * 5000 + b'}'
    yield 'numbers-and-null', b'{"Label":1,"ContentProducer":null,"ProduceID":true,"PropagateID":[],"ReservedCode1":{}}'
    yield 'cut-in-string', good[:50]
    yield 'cut-before-brace', good[:-1]
    yield 'text-behind', good + b'} , {"Label":"2"}'
    yield 'two-objects', good + base.label('2', base.OTHER)
    yield 'not-json', b'AI generated, believe me'
    yield 'empty', b''
    yield 'empty-object', b'{}'
    yield 'empty-strings', json.dumps(dict.fromkeys(base.KEYS, ''), separators=(',', ':')).encode()
    yield 'only-spaces', b' ' * 2000
    yield 'spaces-around', b' \n\t' + good + b'\r\n '
    yield 'trailing-comma', good[:-1] + b',}'
    yield 'single-quotes', good.replace(b'"', b"'")
    yield 'bom-inside', b'\xef\xbb\xbf' + good
    yield 'wrapped-five-times', b'{"AIGC":' * 5 + good + b'}' * 5
    yield 'base64', b'eyJBSUdDIjp7IkxhYmVsIjoiMSJ9fQ=='
    yield 'old-schema', b'{"AIGC":{"ServiceProvider":"x","ServiceUser":"y","Time":"z","ContentId":"1"}}'


def nested_strings(depth):
    """JSON in a string in JSON ...: each level doubles the backslashes."""
    value = 'x'
    for _ in range(depth):
        value = json.dumps({'ReservedCode1': value})
    return base.label(ReservedCode1=value)


def value_cases():
    yield 'escape-codes', edited(produce_id='\x1b[2J\x1b]0;owned\x07\x1b[1A')
    yield 'raw-escape-codes', base.label().replace(b'hostile-0001', b'\x1b[2J\x1b]8;;http://x\x07')
    yield 'bidi-controls', edited(produce_id='safe\u202etxt.exe\u2066\u2069\u200f')
    yield 'zero-width', edited(produce_id='a\u200b\u200c\u200d\ufeffb')
    yield 'nul-raw', base.label().replace(b'hostile', b'hos\0ile')
    yield 'newlines-raw', base.label().replace(b'hostile', b'hos\r\nile\n{"verdict":"none"}')
    yield 'newlines-escaped', edited(produce_id='a\nb\r\nAIGC: {}\n{"verdict":"none"}')
    yield 'csv-formula', edited(produce_id="=cmd()|' /C calc'!A0", producer='@SUM(1)')
    yield 'csv-quotes', edited(produce_id='","=1+1","', producer='a;b\tc')
    yield 'html-script', edited(produce_id='<script>alert(1)</script>"><img src=x onerror=y>')
    yield 'xml-in-value', edited(produce_id=']]>&lt;</TC260:AIGC><!ENTITY x SYSTEM "../canary/secret.txt">')
    yield 'yaml-in-value', edited(produce_id="'\n---\n# x: *a !!python/object")
    yield 'path-in-value', edited(produce_id='../../canary/secret.txt', producer='/etc/passwd')
    yield 'template-in-value', edited(produce_id='{uuid}{index}%s%n${HOME}$(id)`id`')
    yield 'name-not-code', edited(producer='示例公司')
    yield 'code-26-characters', edited(producer=base.PROVIDER[:-1])
    yield 'code-check-wrong', edited(producer=base.PROVIDER.replace('3Q', '3R'))
    yield 'code-lower-case', edited(producer=base.PROVIDER.lower())
    yield 'level-4', edited(level='4')
    yield 'level-full-width', edited(level='１')
    yield 'level-aigc', edited(level='AIGC')
    yield 'value-70000-characters', edited(produce_id='A' * 70_000)
    yield 'security-data-lies', edited(ReservedCode1='{"SecurityData":{"Type":"TC260PG","Version":99999999999999999999,"PubSD":[{"Type":"DS","Signature":"zz","AlgID":"1.2"}]}}')
    yield 'security-data-1000-signatures', edited(ReservedCode1='{"SecurityData":{"Type":"TC260PG","Version":1,"PubSD":[' + ','.join(['{"Type":"DS","AlgID":"1.2.156.10197.1.501","Signature":"3006020100020100","KeyID":"k"}'] * 1000) + ']}}')


def carriers(value):
    """The same text in every carrier that can hold it."""
    text = value.decode('latin-1')
    yield 'txt', '正文。\n'.encode() + b'AIGC: ' + value + b'\n'
    yield 'png', png.png(chunk(b'tEXt', b'AIGC\0' + value.replace(b'\0', b' ')))
    yield 'mp3', mp3.v23(frame23(b'TXXX', b'\0AIGC\0' + value))
    if len(text) < 50_000:
        yield 'jpg', after_jfif(base.clean('jpeg.jpg'), xmp_segment(xmp.good(value.decode('utf-8', 'replace'))))
    yield 'wav', riff(wav.FMT, wav.DATA, wav.aigc(value))
    if len(text) < 3000:
        yield 'mp4', mp4.film(mp4.labelled(value))


def conflicts():
    """A valid label, and a second one that says something else, in one file."""
    one, two = base.label(), base.label('2', base.OTHER, 'hostile-0002')
    jpeg = base.clean('jpeg.jpg')
    yield 'conflict.txt', b'text\nAIGC: ' + two + b'\nAIGC: ' + one + b'\n'
    yield 'conflict-xmp-and-text.png', png.png(itxt(b'XML:com.adobe.xmp', xmp.good()), chunk(b'tEXt', b'AIGC\0{"AIGC":' + two + b'}'))
    yield 'conflict-two-xmp.png', png.png(itxt(b'XML:com.adobe.xmp', xmp.good()), itxt(b'XML:com.adobe.xmp', xmp.good(two.decode())))
    yield 'conflict-in-one-packet.jpg', after_jfif(jpeg, xmp_segment(xmp.packet(xmp.element() + xmp.element(two.decode())).encode()))
    yield 'conflict-two-packets.jpg', after_jfif(jpeg, xmp_segment(xmp.good()), xmp_segment(xmp.good(two.decode())))
    yield 'conflict.wav', riff(wav.FMT, wav.aigc(two), wav.DATA, wav.aigc(one))
    yield 'conflict-info.wav', riff(wav.FMT, b'LIST' + (len(two) + 12 + len(two) % 2).to_bytes(4, 'little') + b'INFO' + wav.aigc(two), wav.DATA, wav.aigc(one))
    yield 'conflict.mp3', mp3.v23(frame23(b'TXXX', mp3.txxx()), frame23(b'TXXX', mp3.txxx(two)), frame23(b'TXXX', mp3.txxx(two, name=b'aigc')))
    yield 'conflict.mp4', mp4.film(mp4.labelled(one, two))
    yield 'equal-twice.mp4', mp4.film(mp4.labelled(one, one))
    yield 'equal-twice.mp3', mp3.v23(frame23(b'TXXX', mp3.txxx()) * 2)
    yield 'text/conflict.md', markdown.doc(markdown.block() + markdown.block(json.loads(two), key='aigc'))
    yield 'text/conflict-body.md', markdown.doc(markdown.block(), body='text\n\nAIGC: ' + two.decode() + '\n')
    yield 'explicit-says-human.txt', '本文并非AI生成。\n'.encode() + b'AIGC: ' + one + b'\n'


def spread(cases, prefix):
    """Each text in one carrier, taking turns; in every carrier when FULL."""
    for turn, (slug, value) in enumerate(cases):
        made = list(carriers(value))
        if not base.FULL:
            made = [made[turn % len(made)]]
        for suffix, data in made:
            yield f'{prefix}-{slug}.{suffix}', data


def cases():
    yield from spread(json_cases(), 'json')
    yield from spread(value_cases(), 'value')
    yield from conflicts()
