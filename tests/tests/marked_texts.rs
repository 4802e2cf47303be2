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
