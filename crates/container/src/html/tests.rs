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
    for text in
        ["<", "<!--", "<a ", "</", "<div>", "&amp", "<!", "]]>", "<script>", "<a b='c' ", "<svg>", "-", "<?xml "]
    {
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
        assert_eq!(parsed(head).encoding(), name, "{head}");
    }
    let xml = "<?xml version='1.0' encoding='gb18030'?><html><head/></html>";
    assert_eq!(parsed(xml).encoding(), "gb18030");
    assert_eq!(parsed(b"\xff\xfe<\0p\0>\0".to_vec()).encoding(), "UTF-16LE");
    assert_eq!(parsed(b"\xb1\xea\xca\xb6".to_vec()).encoding(), "gb18030");
    assert_eq!(parsed(b"caf\xe9".to_vec()).encoding(), "windows-1252");
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
        let text = &document.text;
        let places: Vec<usize> = text.char_indices().filter(|(_, c)| matches!(c, '<' | '>')).map(|(at, _)| at).collect();
        let wide = label.starts_with('\u{feff}');
        for (at, offset) in places.iter().zip(document.offsets(&places)) {
            // A `>` that is not behind ASCII is of no interest.
            let Some(offset) = offset else { prop_assert!(text[*at..].starts_with('>')); continue };
            let unit = bytes.get(offset as usize..offset as usize + if wide { 2 } else { 1 }).unwrap();
            let byte = text.as_bytes()[*at];
            prop_assert!(unit == [byte] || unit == [byte, 0] || unit == [0, byte], "{unit:?} at {offset}");
        }
        let ends: Vec<usize> = places.iter().filter(|at| text[**at..].starts_with('>')).map(|at| at + 1).collect();
        for offset in document.offsets(&ends) {
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
