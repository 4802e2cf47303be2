"""Hostile OpenDocument and EPUB files: lost and nested parts, bombs, places that climb."""
import io
import zipfile

import base
from recipes import packed


def changed(data, name, change):
    """The archive with one member changed, or without it where nothing is left."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, 'w') as new:
        for info in old.infolist():
            contents = old.read(info)
            contents = change(contents) if info.filename == name else contents
            if contents is not None:
                new.writestr(info, contents)
    return out.getvalue()


def cases():
    label = base.label().decode()
    user = f'<meta:user-defined meta:name="AIGC">{label}</meta:user-defined>'
    makers = {'odt': packed.odt, 'ods': packed.ods, 'odp': packed.odp}
    for kind, make in makers.items():
        data = make(user=user)
        yield f'good.{kind}', data
        for part in ('content.xml', 'meta.xml', 'styles.xml', 'META-INF/manifest.xml', 'mimetype'):
            yield f'missing-{part.split("/")[-1]}.{kind}', changed(data, part, lambda _: None)
        yield f'content-nested-huge.{kind}', changed(data, 'content.xml', lambda x: x.replace(b'<office:body>', b'<office:body>' + b'<text:section>' * 100_000))
        yield f'content-laughs.{kind}', changed(data, 'content.xml', lambda x: x.replace(b'<office:document-content', b'<!DOCTYPE a [<!ENTITY a "aaaa">]><office:document-content', 1))
        yield f'content-cut.{kind}', changed(data, 'content.xml', lambda x: x[:-30])
        yield f'content-bomb.{kind}', changed(data, 'content.xml', lambda x: b' ' * 100_000_000)
        yield f'twice-conflict.{kind}', make(user=user + user.replace('"1"', '"2"', 1))
        yield f'user-90000-huge.{kind}', make(user='<meta:user-defined meta:name="AIGC"/>' * 90_000)
    yield 'paragraphs-300000-huge.odt', changed(packed.odt(), 'content.xml', lambda x: x.replace(b'<office:text>', b'<office:text>' + b'<text:p/>' * 300_000))
    yield 'slides-10000-huge.odp', changed(packed.odp(), 'content.xml', lambda x: x.replace(b'<office:presentation>', b'<office:presentation>' + b'<draw:page/>' * 10_000))
    yield 'repeated.ods', changed(packed.ods(), 'content.xml', lambda x: x.replace(b'<table:table-row>', b'<table:table-row table:number-rows-repeated="4294967295">'))
    yield 'widths.ods', changed(packed.ods(), 'content.xml', lambda x: x.replace(b'repeated="2"', b'repeated="99999999999999999999"'))
    book = packed.epub(more=f'<meta name="AIGC" content="{label.replace(chr(34), "&quot;")}"/>')
    yield 'good.epub', book
    for part in ('META-INF/container.xml', 'OEBPS/book.opf', 'OEBPS/text/one .xhtml', 'mimetype'):
        yield f'missing-{part.split("/")[-1]}.epub', changed(book, part, lambda _: None)
    for slug, path in (('climbs', '../../canary/secret.txt'), ('absolute', '/etc/passwd'), ('itself', 'META-INF/container.xml'), ('percent', '%2e%2e%2f%zz%')):
        yield f'rootfile-{slug}.epub', changed(book, 'META-INF/container.xml', lambda x, path=path: x.replace(b'OEBPS/book.opf', path.encode()))
        yield f'chapter-{slug}.epub', changed(book, 'OEBPS/book.opf', lambda x, path=path: x.replace(b'text/one%20.xhtml', path.encode()))
    yield 'spine-50000-huge.epub', changed(book, 'OEBPS/book.opf', lambda x: x.replace(b'<spine>', b'<spine>' + b'<itemref idref="gone"/>' * 50_000))
    yield 'spine-same-huge.epub', changed(book, 'OEBPS/book.opf', lambda x: x.replace(b'<spine>', b'<spine>' + b'<itemref idref="cover"/>' * 20_000))
    yield 'signed.epub', packed.package('application/epub+zip', {'META-INF/signatures.xml': '<a/>', 'META-INF/container.xml': '<a/>'})
