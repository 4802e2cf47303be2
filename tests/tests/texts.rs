//! Which text in a text is a label: each form with what only looks like it.

use std::path::Path;

use biaoshi_metadata::{Format, Found, Head, Status, sniff};
use biaoshi_tests::scaling::scales;
use biaoshi_tests::{PRODUCER, label, run, scratch, write};

const TEXT: &str = "# 标题\n\n第一段。\n\n第二段。\n";
/// What follows the same rules: Markdown, plain text, other markup, a README.
const PROSE: [&str; 6] = ["a.md", "a.txt", "a.rst", "a.adoc", "a.qmd", "README"];

fn json() -> String {
    label("old").to_json()
}

fn wrapped() -> String {
    format!("{{\"AIGC\":{}}}", json())
}

/// Seven lines below `AIGC:`, as services write them.
fn block() -> String {
    let line = |key: &str, value: &str| format!("  {key}: '{value}'\n");
    let values = ["1", PRODUCER, "old", "", PRODUCER, "old", ""];
    let lines: String = biaoshi_label::Field::ALL.iter().zip(values).map(|(f, v)| line(f.key(), v)).collect();
    format!("AIGC:\n{lines}")
}

/// Every line behind the same mark.
fn marked(mark: &str, text: &str) -> String {
    text.lines().map(|line| format!("{mark}{line}\n")).collect()
}

/// The format of a name, and what is found in these bytes.
fn read(name: &str, bytes: &Vec<u8>) -> (&'static Format, Found) {
    let extension = Path::new(name).extension().map_or("", |e| e.to_str().unwrap());
    let format = sniff(&Head::new(bytes, extension).unwrap()).unwrap();
    let (found, writer) = biaoshi_tests::read(format, bytes);
    assert!(writer.is_ok(), "{name}");
    (format, found)
}

/// The labels of a document: placement, and whether each says what it should.
fn labels(name: &str, bytes: &Vec<u8>) -> Vec<(String, bool)> {
    let records = read(name, bytes).1.records;
    records.iter().map(|r| (r.placement.to_string(), label("old").equals(r))).collect()
}

/// Writes a new label, where the format has a place for one: then it is the only one.
fn written(name: &str, text: &str) -> Option<String> {
    let bytes = text.as_bytes().to_vec();
    let format = Some(read(name, &bytes).0).filter(|f| f.status != Status::Sidecar)?;
    let written = write(format, &bytes, &label("new")).unwrap_or_else(|e| panic!("{name}: {e}\n{text}"));
    let records = read(name, &written).1.records;
    let written = String::from_utf8(written).unwrap();
    assert!(records.len() == 1 && label("new").equals(&records[0]), "{name}: {text}\n{written}");
    Some(written)
}

fn is_label(shape: &str, name: &str, text: &str) {
    let found = labels(name, &text.as_bytes().to_vec());
    assert!(found.len() == 1 && found[0].1, "{shape} in {name}: {found:?}\n{text}");
    let left = written(name, text).filter(|t| t.contains("old"));
    assert_eq!(left, None, "{shape} in {name}");
}

fn is_none(shape: &str, name: &str, text: &str) {
    let found = labels(name, &text.as_bytes().to_vec());
    assert!(found.is_empty(), "{shape} in {name}: {found:?}\n{text}");
    written(name, text);
}

#[test]
fn labels_in_texts_for_people() {
    let (block, json, wrapped) = (block(), json(), wrapped());
    let wide = block.replace("  ", "    ").replace("''", "\"\"");
    let lines = serde_json::to_string_pretty(&serde_json::from_str::<serde_json::Value>(&json).unwrap()).unwrap();
    let shapes = [
        ("at the head", format!("{block}\n{TEXT}")),
        ("at the head, the text right below", format!("{block}{TEXT}")),
        ("at the tail", format!("{TEXT}\n{wide}")),
        ("at the tail, without a line end", format!("{TEXT}\n{}", block.trim_end())),
        ("at the tail, blank lines behind it", format!("{TEXT}\n{block}\n\n\n")),
        ("at the tail, behind a rule", format!("{TEXT}\n---\n\n{block}")),
        ("behind a comment at the tail", format!("{TEXT}\n<!-- AIGC 水印(系统注入) -->\n{block}")),
        ("behind a comment at the head", format!("<!-- x -->\n\n{block}\n{TEXT}")),
        ("behind a comment between", format!("{TEXT}\n<!-- x\ny -->\n{block}\n{TEXT}")),
        ("behind front matter", format!("---\ntitle: x\n---\n\n{block}\n{TEXT}")),
        ("a line behind front matter", format!("---\ntitle: x\n---\nAIGC: {json}\n\n{TEXT}")),
        ("a line at the head", format!("AIGC: {json}\n\n{TEXT}")),
        ("a line at the tail", format!("{TEXT}\nAIGC: {json}\n")),
        ("a line behind a visible label", format!("本文由AI生成\n\nAIGC: {json}\n\n{TEXT}")),
        ("a line before a visible label", format!("{TEXT}\nAIGC: {json}\n\n*(内容由AI生成,仅供参考)*\n")),
        ("a comment at the head", format!("<!-- AIGC: {json} -->\n{TEXT}")),
        ("a comment between", format!("{TEXT}\n<!-- AIGC: {json} -->\n\n{TEXT}")),
        ("a comment at the tail", format!("{TEXT}\n<!-- AIGC: {wrapped} -->")),
        ("a comment before words", format!("<!-- AIGC={json} --> # x\n{TEXT}")),
        ("a comment behind words", format!("{}<!-- AIGC: {json} -->\n{TEXT}", TEXT.trim_end())),
        ("a comment behind a comment", format!("{TEXT}\n<!-- x --> <!-- AIGC: {json} -->\n{TEXT}")),
        ("a comment before a comment", format!("<!-- AIGC: {json} --><!--\nx -->\n{TEXT}")),
        ("a comment with more dashes", format!("<!--- AIGC: {json} --->\n{TEXT}")),
        ("a link to nowhere", format!("{TEXT}\n[//]: # (AIGC: {json})\n")),
        ("a comment that is the object", format!("{TEXT}\n<!-- {wrapped} -->\n")),
        ("a comment of several lines", format!("<!-- AIGC: {lines} -->\n{TEXT}")),
        ("a block in a comment", format!("<!--\n{wide}-->\n{TEXT}")),
        ("a block in a comment, from its first line on", format!("<!-- {block}-->\n{TEXT}")),
        ("a block in a comment, moved in", format!("<!--\n{}-->\n{TEXT}", marked("  ", &block))),
        ("a block in a comment at the tail", format!("{TEXT}\n<!--\n{block}-->")),
        ("a block in a comment behind front matter", format!("---\nname: x\n---\n\n<!--\n{block}-->\n{TEXT}")),
        ("front matter in a comment", format!("\n<!--\n---\n{wide}---\n-->\n{TEXT}")),
        ("front matter of a document that was joined", format!("{TEXT}\n---\n{block}---\n{TEXT}")),
        ("front matter", format!("---\n{wide}---\n{TEXT}")),
        ("front matter that nothing closes", format!("---\n{wide}\n{TEXT}")),
        ("at the tail, before a rule", format!("{TEXT}\n{block}\n---\n")),
    ];
    for (shape, text) in &shapes {
        for name in PROSE {
            is_label(shape, name, text);
            is_label(shape, name, &text.replace('\n', "\r\n"));
        }
    }
}

#[test]
fn words_about_labels_in_texts_for_people() {
    let (block, json) = (block(), json());
    let shapes = [
        ("in a fence", format!("{TEXT}\n```yaml\n{block}```\n\n{TEXT}")),
        ("in a fence at the head", format!("```yaml\n{block}```\n{TEXT}")),
        ("in a fence at the tail", format!("{TEXT}\n```yaml\n{block}```\n")),
        ("front matter in a fence", format!("{TEXT}\n````md\n---\n{block}---\n````\n{TEXT}")),
        ("a comment in a fence", format!("{TEXT}\n```\n<!-- AIGC: {json} -->\n```\n{TEXT}")),
        ("in a fence behind a comment", format!("<!-- x -->\n```\n{block}```\n{TEXT}")),
        ("behind four blanks", format!("{TEXT}\n{}\n{TEXT}", marked("    ", &block))),
        ("behind four blanks at the tail", format!("{TEXT}\n{}", marked("    ", &block))),
        ("a line behind four blanks", format!("{TEXT}\n    AIGC: {json}\n")),
        ("a line behind a tab", format!("\tAIGC: {json}\n{TEXT}")),
        ("a comment behind four blanks", format!("{TEXT}\n    <!-- AIGC: {json} -->\n")),
        ("in a quote", format!("{TEXT}\n{}\n{TEXT}", marked("> ", &block))),
        ("in a quote at the tail", format!("{TEXT}\n{}", marked("> ", &block))),
        ("a comment in a quote", format!("{TEXT}\n> <!-- AIGC: {json} -->\n")),
        ("between", format!("{TEXT}\n{block}\n{TEXT}")),
        ("a line between", format!("{TEXT}\nAIGC: {json}\n\n{TEXT}")),
        ("in a list", format!("{TEXT}\n- AIGC: {json}\n")),
        ("code in a line", format!("{TEXT}\n写 `<!-- AIGC: {json} -->`\n")),
        ("a string", format!("\"AIGC: {json}\"\n{TEXT}")),
        ("an example in a comment", format!("{TEXT}\n<!-- e.g. AIGC: {json} -->\n")),
        ("another comment", format!("<!-- AIGC: drafted with AI assistance -->\n{TEXT}<!-- AIGC:x|lines:28 -->\n")),
        ("behind a title", format!("# AI生成内容标识说明\n\n{block}\n{TEXT}")),
    ];
    for (shape, text) in &shapes {
        for name in PROSE {
            is_none(shape, name, text);
        }
    }
}

#[test]
fn the_forms_of_front_matter() {
    let (json, wrapped) = (json(), wrapped());
    let quoted = serde_json::Value::from(json.as_str());
    let loose = block().replace("  Label: '1'", "  Label: \"1\",");
    for (shape, text) in [
        ("a string", format!("---\nAIGC: '{json}'\n---\n{TEXT}")),
        ("a string that is wrapped", format!("---\ntitle: x\nAIGC: '{wrapped}'\n---\n{TEXT}")),
        ("a string in double quotes", format!("---\nAIGC: {quoted}\n---\n{TEXT}")),
        ("a string of its own lines", format!("---\nAIGC: |\n  {json}\n---\n{TEXT}")),
        ("an object", format!("---\nAIGC: {json}\n---\n{TEXT}")),
        ("lines with commas", format!("---\n{loose}---\n{TEXT}")),
        ("a comment of MDX", format!("{TEXT}\n{{/* AIGC: {json} */}}\n")),
    ] {
        is_label(shape, "a.md", &text);
    }
    // A level alone is a label, where the place says so.
    assert_eq!(labels("a.md", &b"---\nAIGC:\n  Label: '1'\n---\n".to_vec()).len(), 1);
    assert_eq!(labels("a.md", &b"---\naigc:\n  label: '1'\n---\n".to_vec()).len(), 0);
    assert_eq!(labels("a.txt", &b"text\nAIGC:\n  Label: '1'\n".to_vec()).len(), 0);
}

#[test]
fn programs_tables_and_settings() {
    let (block, json) = (block(), json());
    for (name, text) in [
        ("a.csv", format!("AIGC: {json}\n\na,b\n1,2\n")),
        ("a.json", format!("AIGC: {json}\n{{\"a\":1}}\n")),
        ("a.py", format!("#!/usr/bin/env python3\n# AIGC: {json}\nimport os\n")),
        ("a.py", format!("---\n{block}---\nimport os\n")),
        ("a.sql", format!("select 1;\n-- AIGC: {json}\n")),
        ("a.yaml", format!("# AIGC: {json}\nserver: x\n")),
        ("a.yaml", format!("---\n# AIGC: {json}\nserver: x\n")),
    ] {
        is_label("a label", name, &text);
    }
    for (name, text) in [
        ("a.py", format!("X = '''\n---\n{block}---\n'''\n")),
        ("a.py", format!("\"\"\"\n{block}\"\"\"\nimport os\n")),
        ("a.py", format!("\"\"\"AIGC: {json}\"\"\"\nimport os\n")),
        ("a.py", format!("X = \"\"\"\n{}\"\"\"\n", block.trim_end())),
        ("a.py", format!("X = \"\"\"\nAIGC: {json}\"\"\"\n")),
        ("a.py", format!("X = \"\"\"\n<!-- AIGC: {json} -->\n\"\"\"\n")),
        ("a.js", format!("const t = `\n<!-- x -->\n{block}`;\n")),
        ("config.yaml", format!("{block}server: x\n")),
        ("config.yaml", format!("server: x\n{block}")),
        ("config.yml", format!("---\n{block}server: x\n")),
        ("config.yaml", format!("AIGC: {json}\nserver: x\n")),
        ("config.yaml", block.replace("AIGC:", "\"AIGC\":")),
        ("a.ini", format!("AIGC={json}\n")),
        ("a.adoc", format!("= T\n\n[source,yaml]\n----\n---\n{block}---\n----\n\nmore\n")),
        ("a.rst", format!("T\n~\n\n.. code-block:: yaml\n\n{}\nmore\n", marked("   ", &block))),
    ] {
        is_none("a string or a setting", name, &text);
    }
    // A rule of tildes underlines a title, and opens no fence.
    is_label("behind a title", "a.rst", &format!("T\n~~~\n\ntext\n\n{block}"));
    is_label("behind a fence that nothing closes", "a.txt", &format!("```\ntext\n\n{block}"));
    is_none("in a fence that nothing closes", "a.md", &format!("```\ntext\n\n{block}"));
    is_label("behind code in a line", "a.md", &format!("```x``` text\n\n{block}"));
}

#[test]
fn members_of_json() {
    let (json, wrapped) = (json(), wrapped());
    for text in [
        wrapped.clone(),
        format!("{{\"title\":\"x\",\"list\":[1,{{\"AIGC\":2}}],\"aigc\":{json}}}"),
        format!("\u{feff}{{\n  \"AIGC\" : {},\n \"a\":1}}\n", serde_json::Value::from(json.as_str())),
        format!("// c\n{{\"a\":\"\\\"}}\", /* {{ */ \"\\u0041IGC\":{json},}}"),
        format!("{{\"AIGC\":{json},\"a\":[1,2"),
    ] {
        is_label("a member", "a.json", &text);
    }
    for text in [
        format!("[{wrapped}]"),
        format!("{{\"a\":{wrapped}}}"),
        format!("{{\"text\":{}}}", serde_json::Value::from(wrapped.as_str())),
        "{\"aigc\":{\"enabled\":true},\"AIGC\":\"on\"}".into(),
        "{".repeat(100_000),
        "[".repeat(100_000),
        "\"".into(),
        "{\"a".into(),
    ] {
        is_none("another member", "a.json", &text);
    }
    let bytes: Vec<u8> = format!("\u{feff}{wrapped}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(labels("a.json", &bytes), [("json/AIGC".to_owned(), true)]);
    // Damage that may hide a label is said.
    let (format, found) = read("a.json", &b"{\"a\":[1,2".to_vec());
    assert_eq!((format.name, found.findings.len()), ("json", 1));
}

/// Code behind a blank line is the author's.
#[test]
fn what_follows_a_block_stays() {
    for name in ["a.md", "a.txt"] {
        let text = written(name, &format!("{}\n    print()\n\n{TEXT}", block())).unwrap();
        assert!(text.contains(&format!("\n    print()\n\n{TEXT}")), "{text}");
    }
}

#[test]
fn every_encoding_keeps_its_offsets() {
    for text in [format!("{TEXT}<!-- AIGC: {} -->", json()), format!("{TEXT}\n<!-- AIGC: {} -->\n{TEXT}", json())] {
        let wide = |order: fn(u16) -> [u8; 2]| format!("\u{feff}{text}").encode_utf16().flat_map(order).collect();
        let narrow = ["\u{feff}", ""].map(|mark| format!("{mark}{text}").into_bytes());
        let [with, without] = narrow;
        for bytes in [with, without, wide(u16::to_le_bytes), wide(u16::to_be_bytes)] {
            assert_eq!(labels("a.md", &bytes), [("markdown/comment".to_owned(), true)]);
        }
    }
}

/// What two programs stacked goes as a whole, in whatever order it stands.
#[test]
fn labels_that_hide_each_other_go_together() {
    let (block, line) = (block(), format!("AIGC: {}\n", json()));
    let pieces = [
        block.clone(),
        line.clone(),
        format!("<!-- {} -->\n", line.trim_end()),
        format!("---\n{block}---\n"),
        "<!-- x -->\n".into(),
        "\n".into(),
        "本文由AI生成\n".into(),
        "text\n".into(),
        "---\n".into(),
        "```\n".into(),
    ];
    for n in 0..pieces.len().pow(4) {
        let digit = |place: u32| &pieces[n / pieces.len().pow(place) % pieces.len()];
        let text = [0, 1, 2, 3].map(digit).map(String::as_str).concat();
        for name in ["a.md", "a.txt"].into_iter().filter(|_| !text.trim().is_empty()) {
            written(name, &text);
        }
    }
}

#[test]
fn versions_of_one_producer_are_told_as_such() {
    let folder = scratch();
    let other = |id: &str| block().replace("'old'", &format!("'{id}'"));
    let stacked = format!("---\n{}---\n\n{}\n{}\n{TEXT}", other("a"), other("b"), other("c"));
    std::fs::write(folder.path().join("a.md"), stacked).unwrap();
    let report = &run(folder.path(), &["verify", "a.md", "--json"]).json()[0];
    let ids: Vec<_> = report["labels"].as_array().unwrap().iter().map(|l| &l["fields"]["ProduceID"]).collect();
    assert_eq!(ids, ["a", "b", "c"]);
    let conflict = report["findings"].as_array().unwrap().iter().find(|f| f["code"] == "label.conflict").unwrap();
    assert!(conflict["message"].as_str().unwrap().ends_with("(stacked by one producer)"), "{conflict}");

    let three = format!("{{\"Label\":\"1\",\"ContentProducer\":\"{PRODUCER}\",\"ProduceID\":\"old\"}}");
    std::fs::write(folder.path().join("b.md"), format!("---\nAIGC: {three}\n---\n{TEXT}\n{}", block())).unwrap();
    let report = &run(folder.path(), &["verify", "b.md", "--json"]).json()[0];
    let codes: Vec<_> = report["findings"].as_array().unwrap().iter().map(|f| f["code"].as_str().unwrap()).collect();
    assert!(codes.contains(&"label.duplicate") && !codes.contains(&"label.conflict"), "{codes:?}");
    // The fuller of the two stays.
    let run = run(folder.path(), &["label", "b.md", "--in-place", "--producer", PRODUCER, "--json"]);
    assert_eq!(run.json()[0]["fields"]["PropagateID"], "old", "{}", run.err());
}

#[test]
fn labels_beyond_the_limit_refuse_writing() {
    let folder = scratch();
    let line = format!("AIGC: {}\n", json());
    std::fs::write(folder.path().join("a.txt"), format!("{TEXT}{}", line.repeat(70))).unwrap();
    std::fs::write(folder.path().join("b.txt"), TEXT).unwrap();
    let verify = run(folder.path(), &["verify", "a.txt", "--json"]);
    let report = &verify.json()[0];
    assert_eq!(report["labels"].as_array().unwrap().len(), 64);
    let finding = report["findings"].as_array().unwrap().iter().find(|f| f["code"] == "label.too-many").unwrap();
    assert!(finding["message"].as_str().unwrap().contains("70 > 64"), "{finding}");
    for args in [
        &["label", "a.txt", "--in-place", "--producer", PRODUCER, "--replace", "--json"][..],
        &["label", "a.txt", "--in-place", "--producer", PRODUCER, "--json"],
        &["carry", "a.txt", "b.txt", "--in-place", "--json"],
        &["carry", "b.txt", "a.txt", "--in-place", "--replace", "--json"],
    ] {
        let run = run(folder.path(), args);
        let expected = if args.contains(&"b.txt") && args[1] == "b.txt" { "refused" } else { "limit" };
        assert_eq!(run.json()[0]["error"]["kind"], expected, "{args:?}: {}{}", run.out(), run.err());
    }
    // All of them go in one sweep when the limit allows it.
    let args =
        ["label", "a.txt", "--in-place", "--producer", PRODUCER, "--replace", "--id", "new", "--limit-records", "70"];
    assert_eq!(run(folder.path(), &args).code(), 0);
    let text = std::fs::read_to_string(folder.path().join("a.txt")).unwrap();
    assert_eq!((text.matches("AIGC: {").count(), text.matches("\"old\"").count()), (1, 0), "{text}");
}

/// Shapes that took the square of their size.
#[test]
fn many_labels_take_time_in_proportion() {
    let small = "AIGC:\n  Label: '1'\n  ProduceID: x\n";
    let line = "AIGC: {\"Label\":\"1\",\"ProduceID\":\"x\"}\n";
    scales("blocks.txt", |n| small.repeat(n).into_bytes());
    scales("lines.txt", |n| [line.repeat(n), "x\n".repeat(n), line.repeat(n)].concat().into_bytes());
    scales("front.md", |n| format!("---\n{}---\n", small.repeat(n)).into_bytes());
    scales("keys.md", |n| format!("---\n{}---\n", "AIGC:\n".repeat(n)).into_bytes());
    scales("fences.md", |n| format!("---\n{small}---\n").repeat(n).into_bytes());
    scales("rules.md", |n| "---\nAIGC: x\n".repeat(n).into_bytes());
    scales("comments.md", |n| format!("<!-- {}-->\n", small).repeat(n).into_bytes());
    scales("beside.md", |n| "<!-- -->".repeat(n).into_bytes());
    scales("open.md", |n| "<!-- AIGC: {/* \n".repeat(n).into_bytes());
    scales("members.json", |n| {
        format!("{{{}}}", "\"AIGC\":{\"Label\":\"1\",\"ProduceID\":\"x\"},".repeat(n)).into_bytes()
    });
}
