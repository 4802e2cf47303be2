use biaoshi_container::{Limits, Patched, Source, to_vec};
use biaoshi_watermark::Key;
use biaoshi_watermark::Payload;
use biaoshi_watermark::text::{Alphabet, Density, Detector, Embedder, is_mark};
use proptest::prelude::*;

use super::shield;
use crate::{Error, Words};

const PAYLOAD: Payload = Payload(0x0123_4567_89ab_cdef);
const PROSE: &str = "春天的茶园里，雾气还没有散去，采茶的人已经到了山腰，手指在叶尖上飞快地跳动。The dough is wet, so fold it gently.\n";

/// The bytes of a marked file; `None` where it takes no mark.
fn marked(words: &Words, bytes: &[u8]) -> Option<Vec<u8>> {
    let (bytes, limits) = (bytes.to_vec(), Limits::default());
    let marker = Embedder::new(&Key::PUBLISHED).marker(PAYLOAD, Density::Dense, Alphabet::Operators);
    match words.weave.unwrap()(&bytes, marker, &limits) {
        Ok((patch, _)) => Some(to_vec(&Patched::new(&bytes, &patch), u64::MAX).unwrap()),
        Err(Error::Unable(_)) => None,
        Err(error) => panic!("{error}"),
    }
}

fn found(words: &Words, source: &dyn Source) -> Vec<Payload> {
    let keys = [Key::PUBLISHED];
    let detector = Detector::new(&keys);
    let mut search = detector.search();
    (words.each)(source, &mut |text| search.push(text), &Limits::default()).unwrap();
    search.finish().marks.iter().map(|mark| mark.payload).collect()
}

/// The marked text with `|` for each place; it must be the same without.
fn shown(words: &Words, text: &str) -> String {
    let Some(out) = marked(words, text.as_bytes()) else { return text.to_owned() };
    let out = String::from_utf8(out).unwrap();
    assert_eq!(out.replace(is_mark, ""), text);
    let mut shown = String::new();
    for c in out.chars() {
        if !is_mark(c) {
            shown.push(c);
        } else if !shown.ends_with('|') {
            shown.push('|');
        }
    }
    shown
}

#[test]
fn prose_of_every_format_carries_the_mark() {
    let page = format!("<!doctype html><meta charset=utf-8><title>t</title><h1>茶叶的故事</h1><p>{PROSE}<p>{PROSE}");
    let table: [(&Words, String); 3] = [
        (&super::txt::WORDS, PROSE.repeat(3)),
        (&super::markdown::WORDS, PROSE.repeat(3)),
        (&super::html::WORDS, page),
    ];
    for (words, text) in table {
        let out = marked(words, text.as_bytes()).unwrap();
        assert_eq!(found(words, &out), [PAYLOAD]);
        assert_eq!(found(words, &text.into_bytes()), []);
    }
}

#[test]
fn encodings_that_have_the_characters_carry_it() {
    use biaoshi_container::text::Encoding;
    let text = format!("\u{feff}{}", PROSE.repeat(4));
    for encoding in [Encoding::Utf8, Encoding::Gb18030, Encoding::Utf16Le, Encoding::Utf16Be, Encoding::Utf32Le] {
        for words in [&super::txt::WORDS, &super::markdown::WORDS] {
            let out = marked(words, &encoding.encode(&text).unwrap()).unwrap();
            assert_eq!(encoding.decode(&out).replace(is_mark, ""), text, "{encoding:?}");
            assert_eq!(found(words, &out), [PAYLOAD], "{encoding:?}");
        }
    }
    let big5 = encoding_of("big5", &"茶園裡，霧氣還沒有散去，採茶的人已經到了山腰。".repeat(9));
    assert_eq!(marked(&super::txt::WORDS, &big5), None);
    assert_eq!(marked(&super::txt::WORDS, &Encoding::Utf16Le.encode(&PROSE.repeat(3)).unwrap()), None);
}

fn encoding_of(name: &str, text: &str) -> Vec<u8> {
    let page = format!("<meta charset={name}><p>{text}");
    let document = biaoshi_container::html::Document::parse(page.into_bytes(), &Limits::default()).unwrap();
    document.markup.encode(text)
}

#[test]
fn pages_without_a_declared_encoding_get_references() {
    let page = format!("<p>{}", "The dough is wet, so fold it gently. ".repeat(8));
    let out = marked(&super::html::WORDS, page.as_bytes()).unwrap();
    assert!(out.is_ascii() && out.windows(7).any(|part| part == b"&#8289;"));
    assert_eq!(found(&super::html::WORDS, &out), [PAYLOAD]);
    let gbk = [b"<meta charset=gbk><p>".to_vec(), encoding_of("gbk", &PROSE.repeat(3))].concat();
    assert_eq!(found(&super::html::WORDS, &marked(&super::html::WORDS, &gbk).unwrap()), [PAYLOAD]);
}

#[test]
fn nothing_is_put_into_what_is_no_prose() {
    for line in [
        "# 茶叶的故事",
        "`git push origin main`",
        "请运行 `cargo build --release` 命令",
        "见https://例子.中国/茶叶/故事。",
        "联系张三@例子.中国",
        "[茶叶 的故事](路径 \"标题 文字\")",
        "[标签 文字]: http://a.b \"标题 文字\"",
        "<div class=\"a b\" title=\"茶叶 故事\">",
        "    let a = b;",
        "| 茶叶 | 价格 |",
        "文件/茶叶.txt",
        "变量_名称",
        "$茶叶 + 水$",
        "{{ 变量 名称 }}",
        "\"name\": \"茶叶 价格\"",
        "rm --force 茶叶",
        "本文由AI生成",
    ] {
        let mut closed = Vec::new();
        shield::closed(line, true, &mut closed);
        let open = |at: usize| closed.iter().all(|range| at < range.start || at > range.end);
        let between = line.char_indices().zip(line.chars().skip(1)).map(|((at, c), next)| (at + c.len_utf8(), c, next));
        let han = |c: char| !c.is_ascii() && c.is_alphabetic();
        let places = between.filter(|(at, a, b)| open(*at) && han(*b) && (han(*a) || *a == ' ')).count();
        let outside = ["请运行", "见h", "联系"].iter().any(|start| line.starts_with(start));
        assert!(places == 0 || outside && places <= 3, "{line}: {places} in {closed:?}");
    }
}

#[test]
fn data_and_code_are_left_alone() {
    let texts = [
        "{\"name\": \"茶叶的故事\"}\n",
        "name: 茶叶\nprice: 很便宜的\nplace: 在山里面\n",
        "名称,价格,产地\n茶叶,十元,山里\n水,一元,河里\n",
        "def f(x):\n    return x + 1\n\nprint(f(2))\nfor i in range(3):\n    print(i)\n",
        "<p>茶叶 故事</p>\n",
        "#!/bin/sh\ncd /tmp && ls\n",
    ];
    for text in texts {
        assert_eq!(shown(&super::txt::WORDS, text), text);
    }
}

#[test]
fn markdown_is_read_as_before() {
    let text = "---\ntitle: 茶叶的故事\n---\n\n# 茶叶的故事\n\n**注意：**请大家在春天来采茶，不要等到夏天。\n\n- 茶叶\n- 热水\n\n```\n茶叶的代码\n```\n\n\
                | 甲 | 乙 |\n|---|---|\n| 茶叶 | 热水 |\n\n参见[茶叶的故事][标签 文字]。\n\n[标签 文字]: /a \"标题 文字\"\n\n<code>茶叶的 代码</code>，结束了吧。\n";
    let shown = shown(&super::markdown::WORDS, text);
    for kept in [
        "title: 茶叶的故事",
        "# 茶叶的故事",
        "茶叶的代码",
        "| 茶叶 | 热水 |",
        "[茶叶的故事][标签 文字]",
        "<code>茶叶的 代码</code>",
    ] {
        assert!(shown.contains(kept), "{shown}");
    }
    assert!(shown.contains("请|大|家") || shown.contains("采|茶"), "{shown}");
}

#[test]
fn pages_keep_code_headings_and_attributes() {
    let text = "<!doctype html><meta charset=utf-8><title>茶叶的标题</title><h1 id='茶叶 故事'>茶叶的故事</h1><pre>茶叶的代码</pre>\
                <p title='茶叶的 属性'>春天的茶园里，雾气<code>还没有散去</code>还没有散去<script>var 茶叶的 = 1</script><svg><text>茶叶的图</text></svg>\
                <textarea>茶叶的表单</textarea><!-- 茶叶的注释 --></p>";
    let shown = shown(&super::html::WORDS, text);
    let kept = [
        "茶叶的标题",
        "茶叶的故事",
        "茶叶的代码",
        "茶叶 故事",
        "茶叶的 属性",
        "<code>还没有散去</code>",
        "茶叶的 = 1",
        "茶叶的图",
        "茶叶的表单",
        "茶叶的注释",
    ];
    for kept in kept {
        assert!(shown.contains(kept), "{kept} in {shown}");
    }
    assert!(shown.contains('|'));
}

/// Pieces of Markdown, so that noise has structure.
fn document() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "茶叶，热水。",
        "春天的茶园里",
        "fold it gently and let it rest ",
        "**",
        "*",
        "_",
        "`",
        "```\n",
        "# ",
        "- ",
        "1. ",
        "> ",
        "\n",
        "\n\n",
        "    ",
        "[",
        "](",
        ")",
        "]: ",
        "<b>",
        "</b>",
        "<code>",
        "<!--",
        "-->",
        "$",
        "|",
        "|-|-|\n",
        "\\",
        "~~",
        "  \n",
        "---\n",
        "&amp;",
        "http://a.b/c ",
        "👩‍👧",
        "e\u{301}",
        "\t",
        "!",
    ]);
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_document_keeps_its_characters(text in document()) {
        for words in [&super::txt::WORDS, &super::markdown::WORDS, &super::html::WORDS] {
            let page = format!("<meta charset=utf-8>{text}");
            let bytes = page.as_bytes();
            if let Some(out) = marked(words, bytes) {
                prop_assert_eq!(String::from_utf8(out.clone()).unwrap().replace(is_mark, ""), page.replace(is_mark, ""));
                prop_assert!(out == bytes || found(words, &out) == [PAYLOAD]);
            }
        }
    }
}
