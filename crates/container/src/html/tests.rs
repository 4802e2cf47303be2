use super::*;
use proptest::prelude::*;

fn parsed(bytes: impl Into<Vec<u8>>) -> Document {
    Document::parse(bytes.into(), &Limits::default()).unwrap()
}

/// `@` stands where the content of the body begins.
fn assert_body(expected: &str) {
    let document = parsed(expected.replace('@', ""));
    let body = document.outline.body.unwrap();
    assert_eq!(body.range.start, expected.find('@').unwrap(), "{expected}");
}

#[test]
fn the_body_begins_where_a_parser_has_it() {
    for expected in [
        "<!doctype html><head></head>\n<body class=a>@ b</body>",
        "<title>t</title> @<p>b",
        "<head><title>t</title></head>\n@b",
        "<head><noscript><p></noscript>@<p></head>",
        "<head></head>@<noscript></noscript>",
        "<head></head><link>@<div><body>",
        "@",
        "<html></head>@</html>",
        "@</br>",
        "<template><p></template>@<p>",
        "<title>a</title><!-- c -->@<div",
        "@&nbsp;",
    ] {
        assert_body(expected);
    }
    for none in ["<frameset><frame></frameset>", "<title>a", "<head><script>"] {
        assert_eq!(parsed(none).outline.body, None, "{none}");
    }
    assert!(parsed("<frameset>").outline.frameset);
}

/// `#` stands where the head has room, `@` where the content of the body begins.
#[test]
fn front_matter_and_template_tags_stay_in_front() {
    let page =
        "<!doctype html>\n<html><head>#{% include a.html %}<title>{{ t }}</title></head>\n<body>@{{ content }}</body>";
    for front in [
        "---\ntitle: x\n---\n",
        "+++\ntitle = 'x'\n+++\n",
        "{\n\"title\": \"x\"\n}\n",
        "title: x\nlayout: y\n---\n",
        "---\n---\n",
        "{% load static %}\n",
        "{* a *}{{! b }} <% c %>\n<!-- d -->{{!-- }} --}}",
        "",
    ] {
        let expected = format!("{front}{page}");
        for expected in [expected.replace('\n', "\r\n"), expected] {
            let document = parsed(expected.replace(['@', '#'], ""));
            let (head, body) = (document.outline.head.unwrap(), document.outline.body.unwrap());
            assert_eq!(head.range.start, expected.find('#').unwrap_or_default(), "{expected}");
            assert_eq!(body.range.start + 1, expected.find('@').unwrap(), "{expected}");
            assert!(!document.outline.part);
        }
        let with_mark = parsed(format!("\u{feff}{front}{}", page.replace(['@', '#'], "")));
        assert!(with_mark.outline.head.is_some() && !with_mark.outline.part);
    }
}

#[test]
fn parts_of_pages_have_no_place() {
    for part in [
        "---\nlayout: default\n---\n<div>{{ content }}</div>",
        "+++\na = 1\n+++\n<p>a",
        "{\"a\": 1}\n<p>a",
        "---\n- a\n---\n<html><head></head><body></body></html>",
        "---\rtitle: x\r---\r<p>a",
        "{% extends 'a' %}<html><head></head><body></body></html>",
        "<!-- a -->{%- extends 'a' -%}<html><head></head><body></body></html>",
        "@extends('a')\n@section('b')<p>a",
        "{extends file='a'}{block name=b}<p>a",
        "{{ define \"main\" }}<p>a{{ end }}",
        "<meta charset=utf-8><title>a</title>{% seo %}",
    ] {
        let outline = parsed(part).outline;
        assert!(outline.part && outline.head.is_none() && outline.body.is_none() && outline.end.is_none(), "{part}");
    }
    let body = parsed("<!doctype html><html>{{ head }}<p>a").outline;
    assert!(body.part && body.head.is_some() && body.body.is_none());
    for whole in ["<div>{{ a }}</div>", "--- a", "a {% b %}", "{{ a", "{a} b"] {
        assert!(!parsed(whole).outline.part, "{whole}");
    }
}

#[test]
fn an_encoding_that_is_not_declared_gets_ascii() {
    let body = "これは日本語のテキストです。";
    for (charset, exact) in [("", false), ("<meta charset=shift_jis>", true)] {
        let text = format!("<html><head>{charset}</head><body>{body}");
        let document = parsed(encoding_rs::SHIFT_JIS.encode(&text).0.into_owned());
        assert_eq!(document.markup.encode("本<").is_ascii(), !exact);
    }
    assert_eq!(parsed("<p>é").markup.encode("a本"), b"a&#26412;");
    assert_eq!(parsed("<meta charset=utf-8>").markup.encode("本"), "本".as_bytes());
    assert_eq!(parsed("\u{feff}<p>").markup.encode("本"), "本".as_bytes());
}

#[test]
fn blocks_are_the_first_and_the_last() {
    let blocks = |text: &str| -> Vec<String> { parsed(text).outline.blocks.into_iter().map(|b| b.text).collect() };
    assert_eq!(blocks("<p>a<b>b</b>c<p>d<script>e</script><div><br>f</div>"), ["abc", "d", "f"]);
    let many: String = (0..9).map(|n| format!("<p>{n}")).collect();
    assert_eq!(blocks(&many), ["0", "1", "2", "6", "7", "8"]);
    let other = |text: &str| parsed(text).outline.blocks.first().map(|b| b.other);
    assert_eq!(other("<p>a&amp;b"), Some(false));
    for hidden in ["<blockquote><p>a", "<p><a href=x>a</a>", "<p hidden>a", "<p style='display: none'>a", "<pre>a"] {
        assert_eq!(other(hidden), Some(true), "{hidden}");
    }
}

#[test]
fn hostile_documents_take_linear_time() {
    let limits = Limits::default();
    for text in [
        "<",
        "<!--",
        "<a ",
        "</",
        "<div>",
        "&amp",
        "<!",
        "]]>",
        "<script>",
        "<a b='c' ",
        "<svg>",
        "-",
        "<?xml ",
        "<?php >",
        "{%",
        "{{ }}",
        "---\na: b\n",
        "{\"",
    ] {
        let document = Document::parse(text.repeat((4 << 20) / text.len()).into_bytes(), &limits);
        assert!(document.is_ok(), "{text}");
    }
    let crowded = "<meta>".repeat(limits.parts + 1);
    assert!(Document::parse(crowded.into_bytes(), &limits).is_err());
}

#[test]
fn declared_encodings() {
    for (head, name) in [
        ("", "UTF-8"),
        ("<meta charset=' GBK '>", "GBK"),
        ("<meta charset=utf-16>", "UTF-8"),
        ("<meta charset=nonsense>", "UTF-8"),
        ("<meta http-equiv=content-type content='text/html; charset = \"gb2312\"'>", "GBK"),
        ("<script><meta charset=gbk></script>", "UTF-8"),
        ("<body><meta charset=gbk>", "UTF-8"),
        ("<meta charset=big5><meta charset=gbk>", "Big5"),
    ] {
        assert_eq!(parsed(head).markup.encoding(), name, "{head}");
    }
    let xml = "<?xml version='1.0' encoding='gb18030'?><html><head/></html>";
    assert_eq!(parsed(xml).markup.encoding(), "gb18030");
    assert_eq!(parsed(b"\xff\xfe<\0p\0>\0".to_vec()).markup.encoding(), "UTF-16LE");
    assert_eq!(parsed(b"\xb1\xea\xca\xb6".to_vec()).markup.encoding(), "gb18030");
    assert_eq!(parsed(b"caf\xe9".to_vec()).markup.encoding(), "windows-1252");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Each `<` and `>` of the text is one of the file, whatever the encoding and however damaged the bytes.
    #[test]
    fn markup_is_found_in_the_file(
        label in prop::sample::select(vec!["gb18030", "gbk", "big5", "shift_jis", "euc-jp", "euc-kr", "utf-8", "windows-1252", "koi8-r", "\u{feff}le", "\u{feff}be"]),
        noise in prop::collection::vec(prop_oneof![Just(b'<'), Just(b'>'), Just(0x81), Just(0x30), Just(0), any::<u8>()], 0..60),
    ) {
        let mut bytes = match label {
            "\u{feff}le" => b"\xff\xfe".to_vec(),
            "\u{feff}be" => b"\xfe\xff".to_vec(),
            _ => format!("<meta charset={label}>").into_bytes(),
        };
        bytes.extend(noise);
        let document = parsed(bytes.clone());
        let text = &document.markup.text;
        let places: Vec<usize> = text.char_indices().filter(|(_, c)| matches!(c, '<' | '>')).map(|(at, _)| at).collect();
        let wide = label.starts_with('\u{feff}');
        for (at, offset) in places.iter().zip(document.markup.offsets(&places)) {
            // A `>` that is not behind ASCII is of no interest.
            let Some(offset) = offset else { prop_assert!(text[*at..].starts_with('>')); continue };
            let unit = bytes.get(offset as usize..offset as usize + if wide { 2 } else { 1 }).unwrap();
            let byte = text.as_bytes()[*at];
            prop_assert!(unit == [byte] || unit == [byte, 0] || unit == [0, byte], "{unit:?} at {offset}");
        }
        let ends: Vec<usize> = places.iter().filter(|at| text[**at..].starts_with('>')).map(|at| at + 1).collect();
        for offset in document.markup.offsets(&ends) {
            let end = offset.unwrap() as usize;
            let unit = bytes.get(end - if wide { 2 } else { 1 }..end).unwrap();
            prop_assert!(unit.contains(&b'>'));
        }
    }

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Document::parse(bytes, &Limits::default());
    }
}

/// A tag with very many attributes is a tag: on the stack of a thread, in time that grows with its length.
#[test]
fn very_many_attributes() {
    let run = || {
        let limits = Limits::default();
        for attribute in [
            "a=\"v\" ",
            "a ",
            "a=b ",
            "a='v' ",
            "a=\"\"b ",
            "a=\"v\"/",
            "a=\"v\"",
            "/ ",
            "= ",
            "a=\"&amp;\" ",
            "a='\"' b=\"'\"\t",
        ] {
            let flood = attribute.repeat(100_000);
            for (before, after) in [
                ("<head><meta name=x ", "><p>b"),
                ("<body ", "><p>b"),
                ("<html ", "><p>b"),
                ("</p ", "><p>b"),
                ("<title></title ", "><p>b"),
            ] {
                let document = Document::parse(format!("{before}{flood}{after}").into_bytes(), &limits).unwrap();
                let blocks: Vec<_> = document.outline.blocks.iter().map(|b| b.text.as_str()).collect();
                assert_eq!(blocks, ["b"], "{before}{attribute}");
            }
            let open = Document::parse(format!("<p>a</p><div {flood}").into_bytes(), &limits).unwrap();
            assert_eq!(open.outline.end, Some(8), "{attribute}");
        }
        let last = format!("<meta {} name=n content=c>", "a=\"v\" ".repeat(1_000_000));
        let document = Document::parse(last.into_bytes(), &limits).unwrap();
        assert_eq!((document.outline.metas[0].name.as_str(), document.outline.metas[0].content.as_str()), ("n", "c"));
    };
    let thread = std::thread::Builder::new().stack_size(2 << 20).spawn(run).unwrap();
    thread.join().unwrap();
}

/// Whatever a document ends in, what is put in goes in front of it. `@` is the end as it counts.
#[test]
fn documents_that_end_in_the_middle() {
    for expected in [
        "<!-- a --><title>t</title>@<!doctype html",
        "@<!doctype html public \"",
        "<p>a@<!-- b",
        "<p>a@<!-- b --",
        "<p>a@<!",
        "<p>a@<?php echo",
        "<p>a@</",
        "<p>a@</p",
        "<p>a@</p ",
        "<p>a@<b",
        "<p>a@<b c",
        "<p>a@<b c=",
        "<p>a@<b c='>",
        "<p>a@<b c=\"d\"",
        "<p>a@<b /",
        "<p>a<@",
        "<svg>@<![CDATA[ b",
        "<svg><title>a</title>@",
    ] {
        let text = expected.replace('@', "");
        assert_eq!(parsed(text).outline.end, expected.find('@'), "{expected}");
    }
    for inside in [
        "<script>a",
        "<style>a",
        "<title>a</title",
        "<textarea>a",
        "<noscript>a",
        "<template><p>a",
        "<plaintext>a",
        "<xmp>a",
        "<iframe>a",
        "<script><!--<script>a</script>",
    ] {
        assert_eq!(parsed(format!("<head></head><body>{inside}")).outline.end, None, "{inside}");
        assert!(parsed(inside).outline.head.is_some(), "{inside}");
    }
}

#[test]
fn names_and_values_are_those_of_the_standard() {
    for (tag, expected) in [
        ("<META NAME=A CONTENT=b>", "b"),
        ("<meta name=a content = 'b c' >", "b c"),
        ("<meta/name='a'/content=\"b\"/>", "b"),
        ("<meta name=a content=b/>", "b/"),
        ("<meta name=a content=b content=c>", "b"),
        ("<meta name=a content=&quot;b&quot c&amp=d>", "\"b\""),
        ("<meta name=a content='&lbrace;&quot;&colon;&#x27;&ampx&amp=&amp'>", "{\":'&ampx&amp=&"),
        ("<meta =x name=a content>", ""),
        ("<meta name=a content=>", ""),
        ("<meta name=a\"'< content=b>", "b"),
        ("<meta name=a content='a>b'>", "a>b"),
    ] {
        let document = parsed(tag);
        assert_eq!(document.outline.metas.len(), 1, "{tag}");
        assert_eq!(document.outline.metas[0].content, expected, "{tag}");
    }
}

#[test]
fn xml_has_tokens_of_its_own() {
    let root = "<html xmlns='http://www.w3.org/1999/xhtml'>";
    for (text, body) in [
        (format!("{root}<!--><head></head><body>--><head/><body>@</body></html>"), true),
        (format!("{root}<?p <body> ?><head/><body>@</body></html>"), true),
        (format!("{root}<head><![CDATA[<body>]]></head><body>@</body></html>"), true),
        (format!("<!DOCTYPE html [<!ENTITY a '<body>'><!-- ]> --><?p ]> ?>]>{root}<head/><body>@</body></html>"), true),
        (format!("{root}<head><template/><BODY/></head><body>@</body></html>"), true),
        (
            format!("{root}<head/><body>@{}</body></html>", "<div a='' b=''>".repeat(2000) + &"</div>".repeat(2000)),
            true,
        ),
        (format!("{root}<head/><body>@<p></body></html>"), false),
        (format!("{root}<head/><body>@</body></html><p/>"), false),
    ] {
        let document = parsed(text.replace('@', ""));
        assert_eq!(document.outline.xml, body, "{text}");
        assert_eq!(document.outline.body.map(|b| b.range.start), text.find('@'), "{text}");
    }
    let prefixed = parsed("<H:html xmlns:H='http://www.w3.org/1999/xhtml'><H:body/></H:html>");
    assert_eq!(prefixed.outline.prefix, "H:");
}

/// The tags of a text as html5gum has them, which follows the standard state by state.
fn judged(text: &str) -> Vec<String> {
    let mut emitter = html5gum::DefaultEmitter::<usize>::new_with_span();
    emitter.naively_switch_states(true);
    let line = |token| match token {
        Ok(html5gum::Token::StartTag(tag)) => {
            let string = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            let attributes = tag.attributes.iter().map(|(n, v)| (string(n), string(v))).collect();
            Some(line(tag.span.start, string(&tag.name), tag.self_closing, attributes))
        }
        Ok(html5gum::Token::EndTag(tag)) => Some(format!("{} /{}", tag.span.start, String::from_utf8_lossy(&tag.name))),
        _ => None,
    };
    html5gum::Tokenizer::new_with_emitter(text, emitter).filter_map(line).collect()
}

fn line(at: usize, name: String, empty: bool, attributes: std::collections::BTreeMap<String, String>) -> String {
    format!("{at} {name} {empty} {attributes:?}")
}

/// The same of ours.
fn tags(text: &str) -> Vec<String> {
    use tokens::{Token, Tokens};
    let (mut tokens, mut out) = (Tokens::new(text, 0, false), Vec::new());
    loop {
        let at = tokens.position();
        match tokens.next(false) {
            None => return out,
            Some(Token::Start(tag)) => {
                let mut all = std::collections::BTreeMap::new();
                for (name, value) in attributes::Attributes::new(&text[at + 1 + tag.name.len()..]) {
                    all.entry(name.to_ascii_lowercase()).or_insert_with(|| references::value(value));
                }
                if names::is_raw(&tag.name) {
                    tokens.skip_raw(&tag.name);
                }
                out.push(line(at, tag.name, tag.empty, all));
            }
            Some(Token::End(tag)) => out.push(format!("{at} /{}", tag.name)),
            Some(_) => {}
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 5000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn tags_are_those_of_another_tokenizer(parts in prop::collection::vec(prop::sample::select(vec![
        "<", ">", "/", "!", "?", "-", "--", "=", "\"", "'", " ", "\n", "&", "&amp;", "&quot", ";", "#65", "x", "a", "A=b", "c='d'", "e=\"f\"",
        "<!--", "-->", "--!>", "<!-->", "<!doctype", "<![CDATA[", "]]>", "<p", "</p", "<b>", "</b>", "<title>", "</title", "</title>",
        "<script>", "</script>", "<script", "</script", "<textarea>", "</textarea>", "<style>", "</style>", "<xmp>", "</xmp ", "é", "\u{2028}",
    ]), 0..30)) {
        let text = parts.concat();
        prop_assert_eq!(tags(&text), judged(&text), "{}", text);
    }
}
