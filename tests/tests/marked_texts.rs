//! The watermark in texts, through the program: what other people's tools make of marked files, and what is left of the mark.

use std::path::Path;
use std::process::{Command, Stdio};

use biaoshi_tests::{PRODUCER, Run, command, run, scratch};

const PAYLOAD: &str = "0123456789abcdef";
const PROSE: &str = "春天的茶园里，雾气还没有散去，采茶的人已经到了山腰。她们背着竹篓，手指在叶尖上飞快地跳动；一芽一叶，轻轻一提就断了。\n\n\
                     The dough is wet, so fold it gently rather than knead it, and let it rest for half an hour.\n\n";

fn ended(folder: &Path, args: &[&str], code: i32) -> Run {
    let run = run(folder, args);
    assert_eq!(run.code(), code, "{args:?}: {}{}", run.out(), run.err());
    run
}

fn embed(folder: &Path, input: &str, output: &str, more: &[&str]) {
    let args = [&["watermark", "embed", input, output, "--payload", PAYLOAD], more].concat();
    ended(folder, &args, 0);
}

fn detect(folder: &Path, name: &str) -> String {
    ended(folder, &["watermark", "detect", name], 0).out().trim().to_owned()
}

fn is_mark(c: char) -> bool {
    matches!(c, '\u{2061}'..='\u{2064}' | '\u{200c}' | '\u{200d}')
}

/// What a script of Python prints.
fn python(folder: &Path, script: &str, args: &[&str]) -> String {
    let out = Command::new("python3").arg("-c").arg(script).args(args).current_dir(folder).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}

/// Python's own normal forms, codecs and splitting keep the mark; a filter for invisible characters takes it, and nothing else
/// is found then.
#[test]
fn what_texts_go_through_keeps_the_mark() {
    let folder = scratch();
    let folder = folder.path();
    std::fs::write(folder.join("a.txt"), PROSE.repeat(3)).unwrap();
    embed(folder, "a.txt", "marked.txt", &[]);
    let marked = std::fs::read_to_string(folder.join("marked.txt")).unwrap();
    assert_eq!(marked.replace(is_mark, ""), PROSE.repeat(3));
    let script = "import sys, unicodedata as u, html, json, re\n\
        s = open('marked.txt', encoding='utf-8').read()\n\
        for n, t in {'nfc': u.normalize('NFC', s), 'nfkc': u.normalize('NFKC', s), 'nfkd': u.normalize('NFKD', s),\n\
          'split': ' '.join(s.split()), 'upper': s.upper(), 'gb': s.encode('gb18030').decode('gb18030'),\n\
          'html': html.unescape(html.escape(s)), 'json': json.loads(json.dumps(s)), 'cut': s[300:900],\n\
          'spaces': re.sub('[\\u200b-\\u200d\\ufeff]', '', s), 'all': re.sub('[\\u2060-\\u2064]', '', s),\n\
          'gbk': s.encode('gbk', 'ignore').decode('gbk')}.items(): open(n + '.txt', 'w', encoding='utf-8').write(t)";
    python(folder, script, &[]);
    for kept in ["nfc", "nfkc", "nfkd", "split", "upper", "gb", "html", "json", "cut", "spaces"] {
        assert_eq!(detect(folder, &format!("{kept}.txt")), PAYLOAD, "{kept}");
    }
    for lost in ["all", "gbk"] {
        assert_eq!(detect(folder, &format!("{lost}.txt")), "none", "{lost}");
    }
    let mut child = command(folder)
        .args(["watermark", "detect", "-"])
        .stdin(Stdio::from(std::fs::File::open(folder.join("cut.txt")).unwrap()))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut told = String::new();
    std::io::Read::read_to_string(&mut child.stdout.take().unwrap(), &mut told).unwrap();
    child.wait().unwrap();
    assert_eq!(told.trim(), PAYLOAD);
}

/// Two other parsers of Markdown give the same page, but for the mark.
#[test]
fn markdown_is_rendered_as_before() {
    let folder = scratch();
    let folder = folder.path();
    let text = format!(
        "---\ntitle: 茶叶的故事\n---\n\n# 茶叶的 故事\n\n**注意：**请大家在春天来采茶。\n\n{PROSE}- 一芽一叶，轻轻一提就断了\n- `茶叶的代码 在此`\n\n\
         ```\n茶叶的代码，不变\n```\n\n| 茶叶 | 热水 |\n|---|---|\n| 甲的，茶 | 乙 |\n\n参见[茶叶的，故事][标签 文字]与 https://example.com/茶叶，以及其他。\n\n\
         [标签 文字]: /a \"标题 文字\"\n\n{PROSE}"
    );
    std::fs::write(folder.join("a.md"), &text).unwrap();
    embed(folder, "a.md", "b.md", &["--density", "dense"]);
    let marked = std::fs::read_to_string(folder.join("b.md")).unwrap();
    assert!(marked != text && marked.replace(is_mark, "") == text);
    assert_eq!(detect(folder, "b.md"), PAYLOAD);
    let script = r#"
import re, markdown_it, cmarkgfm
bare = lambda s: re.sub('[\u2061-\u2064]', '', s)
code = lambda s: re.findall('<code.*?</code>|<h1.*?</h1>|(?:href|title)="[^"]*"', s, re.S)
one = markdown_it.MarkdownIt().enable('table').render
for render in (one, cmarkgfm.markdown_to_html, cmarkgfm.github_flavored_markdown_to_html):
    a, b = (render(open(n, encoding='utf-8').read()) for n in ('a.md', 'b.md'))
    assert a == bare(b) and a != b
    assert code(a) == code(b), (code(a), code(b))
print('same')"#;
    assert_eq!(python(folder, script, &[]).trim(), "same");
}

/// The label comes first and stays a label, and the mark comes after it; both are found, and a second run changes nothing.
#[test]
fn label_and_mark_stand_in_one_text() {
    let folder = scratch();
    let folder = folder.path();
    let page = format!(
        "<!doctype html><html><head><meta charset=utf-8><title>t</title></head><body><p>{PROSE}</p></body></html>"
    );
    for (name, text) in [("a.txt", PROSE.repeat(2)), ("a.md", PROSE.repeat(2)), ("a.html", page)] {
        std::fs::write(folder.join(name), &text).unwrap();
        let out = format!("out-{name}");
        let args = [
            "label",
            name,
            "-o",
            &out,
            "--producer",
            PRODUCER,
            "--id",
            "t1",
            "--layers",
            "metadata,explicit,watermark",
            "--json",
        ];
        let report = ended(folder, &args, 0).json().remove(0);
        assert_eq!(report["layers"], serde_json::json!(["metadata", "explicit", "watermark"]), "{report}");
        assert!(report["notes"].to_string().contains("invisible characters"), "{report}");
        let checked =
            ended(folder, &["verify", &out, "--layers", "metadata,explicit,watermark", "--json"], 0).json().remove(0);
        let mark = &checked["watermarks"][0];
        assert_eq!((&mark["medium"], &mark["agrees"]), (&"text".into(), &"match".into()), "{checked}");
        assert!(mark["shards"].as_u64() >= Some(9) && mark["where"]["length"].as_u64() > Some(70), "{mark}");
        assert_eq!(checked["explicit"].as_array().map(Vec::len), Some(1), "{checked}");
        let before = std::fs::read(folder.join(&out)).unwrap();
        let again = ["label", &out, "--in-place", "--producer", PRODUCER, "--layers", "metadata,explicit,watermark"];
        ended(folder, &again, 0);
        assert_eq!(std::fs::read(folder.join(&out)).unwrap(), before, "{name}");
    }
}

/// Documents of other people's libraries take the mark between their words: these libraries read the words of before, code and links are
/// as they were, an office program exports the mark, and its text gives it back.
#[test]
fn documents_are_marked() {
    let folder = scratch();
    let folder = folder.path();
    let make = r#"
import sys, docx, pptx, zipfile
from odf.opendocument import OpenDocumentText
from odf.text import P, Span, H
words = [w for w in sys.argv[1].split('\n') if w] * 3
d = docx.Document()
d.add_heading('茶叶的故事', 1)
for n, w in enumerate(words):
    p = d.add_paragraph(w[:9])
    p.add_run(w[9:21]).bold = True
    p.add_run(w[21:] + ' A & B <c>')
d.add_table(1, 1).cell(0, 0).text = words[0]
d.save('a.docx')
show = pptx.Presentation()
for w in words:
    slide = show.slides.add_slide(show.slide_layouts[1])
    slide.shapes.title.text, slide.placeholders[1].text = '茶叶的故事', w
show.save('b.pptx')
o = OpenDocumentText()
o.text.addElement(H(outlinelevel=1, text='茶叶的故事'))
for w in words:
    p = P(text=w[:9]); p.addElement(Span(text=w[9:])); o.text.addElement(p)
o.save('c.odt')
page = '<html xmlns="http://www.w3.org/1999/xhtml"><head><title>t</title></head><body>%s<pre>茶叶的代码，不变</pre><p><a href="x">茶叶的链接，不变</a></p></body></html>'
with zipfile.ZipFile('d.epub', 'w') as z:
    z.writestr('mimetype', 'application/epub+zip')
    z.writestr('META-INF/container.xml', '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" version="1.0"><rootfiles><rootfile full-path="p.opf" media-type="application/oebps-package+xml"/></rootfiles></container>')
    z.writestr('p.opf', '<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="i"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:identifier id="i">i</dc:identifier></metadata><manifest><item id="a" href="a.xhtml" media-type="application/xhtml+xml"/><item id="b" href="b.xhtml" media-type="application/xhtml+xml"/></manifest><spine><itemref idref="a"/><itemref idref="b"/></spine></package>')
    for n in 'ab':
        z.writestr(n + '.xhtml', page % ''.join('<p>%s</p>' % w for w in words))
"#;
    python(folder, make, &[PROSE]);
    let names = ["a.docx", "b.pptx", "c.odt", "d.epub"];
    for name in names {
        let out = format!("marked-{name}");
        embed(folder, name, &out, &[]);
        assert_eq!(detect(folder, &out), PAYLOAD, "{name}");
        assert_eq!(detect(folder, name), "none", "{name}");
        let args = [
            "label",
            name,
            "-o",
            &format!("all-{name}"),
            "--producer",
            PRODUCER,
            "--id",
            "t1",
            "--layers",
            "metadata,explicit,watermark",
            "--json",
        ];
        let report = ended(folder, &args, 0).json().remove(0);
        assert_eq!(report["layers"], serde_json::json!(["metadata", "explicit", "watermark"]), "{report}");
    }
    let judge = r#"
import re, docx, pptx, zipfile, subprocess
from odf import teletype, text
from odf.opendocument import load
bare = lambda s: re.sub('[\u2061-\u2064]', '', s)
def words(name):
    if name.endswith('docx'):
        d = docx.Document(name)
        return [p.text for p in d.paragraphs] + [c.text for t in d.tables for r in t.rows for c in r.cells]
    if name.endswith('pptx'):
        return [s.text_frame.text for slide in pptx.Presentation(name).slides for s in slide.shapes]
    if name.endswith('odt'):
        return [teletype.extractText(p) for k in (text.H, text.P) for p in load(name).getElementsByType(k)]
    z = zipfile.ZipFile(name)
    assert z.testzip() is None
    pages = [z.read(n).decode() for n in ('a.xhtml', 'b.xhtml')]
    return pages
for name in ('a.docx', 'b.pptx', 'c.odt', 'd.epub'):
    old, new = words(name), words('marked-' + name)
    assert old != new and old == [bare(w) for w in new], name
    if name.endswith('epub'):
        assert all('茶叶的代码，不变' in w and '茶叶的链接，不变' in w for w in new)
    a, b = (zipfile.ZipFile(n) for n in (name, 'marked-' + name))
    changed = [n for n in a.namelist() if a.read(n) != b.read(n)]
    assert a.namelist() == b.namelist() and all(n.endswith('xml') or n.endswith('xhtml') for n in changed), changed
subprocess.run(['soffice', '--headless', '-env:UserInstallation=file:///' + __import__('os').path.abspath('profile').lstrip('/'),
                '--convert-to', 'txt:Text (encoded):UTF8', '--outdir', 'txt', 'marked-a.docx', 'marked-c.odt'], check=True, capture_output=True)
print('same')"#;
    assert_eq!(python(folder, judge, &[]).trim(), "same");
    for name in ["txt/marked-a.txt", "txt/marked-c.txt"] {
        assert_eq!(detect(folder, name), PAYLOAD, "{name}");
    }
}

#[test]
fn what_takes_no_mark_is_told() {
    let folder = scratch();
    let folder = folder.path();
    let big5 = "茶園裡，霧氣還沒有散去，採茶的人已經到了山腰。".repeat(9);
    python(folder, &format!("open('big5.txt', 'wb').write('{big5}'.encode('big5'))"), &[]);
    std::fs::write(folder.join("data.txt"), "{\"name\": \"茶叶的故事\"}\n").unwrap();
    std::fs::write(folder.join("code.md"), "```\n茶叶的代码\n```\n").unwrap();
    std::fs::write(folder.join("a.txt"), PROSE).unwrap();
    let refused = |name: &str, more: &[&str]| {
        let args = [&["watermark", "embed", name, "out.txt", "--payload", PAYLOAD, "--overwrite"], more].concat();
        let run = ended(folder, &args, 3);
        assert!(!folder.join("out.txt").exists());
        run.err()
    };
    assert!(refused("big5.txt", &[]).contains("UTF-8"));
    assert!(refused("data.txt", &[]).contains("data or code"));
    assert!(refused("code.md", &[]).contains("no place"));
    assert!(refused("a.txt", &["--max-growth", "10"]).contains("--max-growth allows 10 %"));
    ended(folder, &["key", "new", "watermark", "--out", "own.key"], 0);
    embed(folder, "a.txt", "other.txt", &["--key", "own.key"]);
    assert_eq!(detect(folder, "other.txt"), "none");
    assert!(refused("other.txt", &[]).contains("not marked over"));
    let checked = ended(folder, &["verify", "other.txt", "--layers", "metadata,watermark", "--json"], 1);
    assert!(checked.out().contains("watermark.hidden"), "{}", checked.out());
}

/// What is pasted into other texts is found there; nothing is written into them.
#[test]
fn marks_are_found_in_any_text() {
    let folder = scratch();
    let folder = folder.path();
    std::fs::write(folder.join("in.txt"), PROSE.repeat(3)).unwrap();
    embed(folder, "in.txt", "marked.txt", &[]);
    let marked = std::fs::read_to_string(folder.join("marked.txt")).unwrap();
    for (name, around) in [
        ("a.rst", ("Title\n=====\n\n", "\n")),
        ("a.srt", ("1\n00:00:00,000 --> 00:00:09,000\n", "\n")),
        ("a.yaml", ("text: |\n  ", "\n")),
        ("a.csv", ("id,text\n1,\"", "\"\n")),
        ("a.json", ("{\"text\":\"", "\"}\n")),
    ] {
        let line = marked.replace('\n', if name.ends_with("yaml") { "\n  " } else { " " });
        std::fs::write(folder.join(name), format!("{}{line}{}", around.0, around.1)).unwrap();
        let report = ended(folder, &["verify", name, "--layers", "watermark", "--json", "--allow-unlabelled"], 0)
            .json()
            .remove(0);
        assert_eq!(report["watermarks"][0]["payload"], PAYLOAD, "{name}: {report}");
        let refused = ended(folder, &["watermark", "embed", name, "out", "--payload", "8"], 3);
        assert!(refused.err().contains("watermark"), "{name}: {}", refused.err());
    }
}
