use super::*;
use biaoshi_container::{Patched, to_vec};
use biaoshi_label::Level;
use proptest::prelude::*;

const OLD: &str = r#"{"Label":"1","ContentProducer":"p","ProduceID":"i"}"#;

fn label() -> Label {
    Label::new(Level::Confirmed, "p&q'", "i<1>", true).unwrap()
}

fn found(bytes: &[u8]) -> Found {
    let mut found = Found::default();
    read(&bytes.to_vec(), &Limits::default(), &mut found).unwrap();
    found
}

/// Labels a document; exactly one label in the prescribed place is found again, and a second time changes nothing.
fn labelled(bytes: &[u8]) -> Vec<u8> {
    let write = |bytes: &Vec<u8>| {
        let writer = read(bytes, &Limits::default(), &mut Found::default()).unwrap();
        let patch = writer.plan(bytes, &label(), &Limits::default()).unwrap();
        assert!(patch.is_sound());
        to_vec(&Patched::new(bytes, &patch), u64::MAX).unwrap()
    };
    let out = write(&bytes.to_vec());
    let records = found(&out).records;
    assert!(records.len() == 1 && label().equals(&records[0]), "{}: {records:?}", String::from_utf8_lossy(&out));
    assert!(records[0].dialects.is_empty() && records[0].placement == META, "{records:?}");
    assert_eq!(write(&out), out, "{}", String::from_utf8_lossy(&out));
    out
}

fn tag(end: &str) -> String {
    let json = label().to_json().replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;");
    format!("<meta name=\"AIGC\" content=\"{json}\"{end}")
}

/// `@` stands for the label.
fn assert_place(expected: &str, end: &str) {
    let clean = expected.replace('@', "");
    let out = String::from_utf8(labelled(clean.as_bytes())).unwrap();
    assert_eq!(out, expected.replace('@', &tag(end)));
}

#[test]
fn the_label_goes_where_a_parser_has_the_head() {
    for expected in [
        "<!DOCTYPE html><html><head>@<title>t</title></head><body>b</body></html>",
        "<html><head><title>t</title><meta charset=utf-8>@<link></head><body>b",
        "<head><meta http-equiv=Content-Type content='text/html; charset=UTF-8'>@</head>",
        "<!DOCTYPE html>\n<!-- c -->\n@<title>t</title>\n<p>b",
        "<html lang=zh>\n @<p>b",
        "\n @words",
        "@",
        "<html>@</html>",
        "<html>@<body></body>",
        "@</head>b",
        "<title>t</title><meta charset=utf-8>@<script>if (a < b) c('</p>')</script>",
        "@<frameset cols=1><frame></frameset>",
        "<HEAD\n>@</HEAD ><BODY>",
        "@a<!-- <head> -->",
        "<!--><head>@",
        "@<div <head>",
        "<head data-a='<head>' data-a=x>@",
    ] {
        assert_place(expected, ">");
    }
}

#[test]
fn xhtml_stays_well_formed() {
    let html = "<html xmlns=\"http://www.w3.org/1999/xhtml\"";
    for expected in [
        format!("<?xml version=\"1.0\"?>\n{html}><head>@<title/></head><body/></html>"),
        format!("{html}><head><script src='a'/><meta charset='utf-8'/>@</head><body><p>a</p></body></html>"),
        format!("{html}><!-- c --><head><title><![CDATA[<head>]]></title></head><body/></html>")
            .replace("c --><head>", "c --><head>@"),
    ] {
        assert_place(&expected, "/>");
    }
    let out = labelled(format!("{html}><head/><body/></html>").as_bytes());
    assert_eq!(String::from_utf8(out).unwrap(), format!("{html}><head>{}</head><body/></html>", tag("/>")));
    let prefixed = "<h:html xmlns:h=\"http://www.w3.org/1999/xhtml\"><h:body/></h:html>";
    let out = String::from_utf8(labelled(prefixed.as_bytes())).unwrap();
    let tag = tag("/>").replacen("<meta", "<h:meta", 1);
    assert_eq!(out, prefixed.replace("<h:body", &format!("<h:head>{tag}</h:head><h:body")));
}

#[test]
fn labels_elsewhere_are_read_and_moved() {
    let quoted = OLD.replace('"', "&quot;");
    for (place, dialect, rest) in [
        (format!("<head><meta content='{OLD}' name=aigc></head>"), "slot-case", ""),
        (format!("<head><meta property=AIGC content=\"{quoted}\"></head>"), "html-other-meta", ""),
        (format!("<head><meta name=ai-label content=\"AIGC={quoted}\"></head>"), "html-other-meta", ""),
        (format!("<head></head><body>a<meta name=AIGC content=\"{quoted}\">"), "html-body", ""),
        (format!("<head><!-- AIGC: {OLD} --></head>"), "html-comment", ""),
        (format!("<head><!--{{\"AIGC\":{OLD}}}--></head>"), "html-comment", ""),
        (format!("<script type=application/json id=AIGC>{OLD}</script>"), "html-script", ""),
        (
            format!(
                "<script type='application/ld+json; a=b'>{{\"@context\":\"x\", \"AIGC\":{OLD} , \"name\":\"n\"}}</script>"
            ),
            "html-script",
            "{\"@context\":\"x\",  \"name\":\"n\"}",
        ),
        (
            format!("<script type=application/ld+json>{{\"name\":\"n\",\n\"aigc\":{OLD}}}</script>"),
            "html-script",
            "{\"name\":\"n\"}",
        ),
        (
            format!(
                "<script type=application/rdf+xml><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><rdf:Description xmlns:TC260='http://www.tc260.org.cn/ns/AIGC/1.0/'><TC260:AIGC>{OLD}</TC260:AIGC><a/></rdf:Description></rdf:RDF></script>"
            ),
            "html-xmp",
            "AIGC/1.0/'><a/></rdf:Description>",
        ),
    ] {
        let records = found(place.as_bytes()).records;
        assert_eq!(records.len(), 1, "{place}");
        assert!(records[0].dialects.iter().any(|d| d.name() == dialect), "{place}: {:?}", records[0].dialects);
        let out = String::from_utf8(labelled(place.as_bytes())).unwrap();
        assert!(out.contains(rest) && !out.contains("\"ProduceID\":\"i\""), "{out}");
    }
}

#[test]
fn quoted_labels_are_no_labels() {
    let meta = format!("<meta name=AIGC content='{OLD}'>");
    for text in [
        format!("<script>{meta}</script>"),
        format!("<script>const a = {OLD}</script>"),
        format!("<!-- {meta} -->"),
        format!("<!-- see {OLD} -->"),
        format!("<title>{meta}</title>"),
        format!("<textarea>{meta}</textarea>"),
        format!("<template><div>{meta}</div></template>"),
        format!("<noscript>{meta}</noscript>"),
        format!("<style>{meta}</style><xmp>{meta}</xmp><iframe>{meta}</iframe><plaintext>{meta}"),
        format!("<p>{OLD}</p><pre>AIGC: {OLD}</pre>"),
        format!("<a title='{OLD}'>x</a><div data-x=\"{meta}\">"),
        format!("<svg><![CDATA[{meta}]]></svg>"),
        format!("<title>a{meta}"),
        format!("<svg><title><script>{meta}</script></title></svg>"),
    ] {
        assert_eq!(found(text.as_bytes()).records, [], "{text}");
    }
    // A drawing ends where an element of HTML begins.
    for shown in [
        "<svg><style>",
        "<svg><title>",
        "<svg><desc><svg></svg>",
        "<svg><title></title><![CDATA[</title>]]>",
        "<math><mtext>",
    ] {
        assert_eq!(found(format!("{shown}{meta}").as_bytes()).records.len(), 1, "{shown}");
    }
}

#[test]
fn every_encoding_keeps_its_bytes() {
    let text = "<html><head><title>标识<b></title></head><body>正文éЖ</body></html>";
    for (charset, bytes) in [
        ("gb18030", encoded("gb18030", text, "<meta charset=gb2312>")),
        ("no charset", encoded("gb18030", text, "")),
        ("big5", encoded("big5", &text.replace("标识", "標識").replace("éЖ", ""), "<meta charset=big5>")),
        ("shift_jis", encoded("shift_jis", &text.replace("标识", "表").replace('é', ""), "<meta charset=sjis>")),
        (
            "windows-1251",
            encoded("windows-1251", &text.replace("标识", "Ж").replace("正文é", ""), "<meta charset=cp1251>"),
        ),
        ("utf-8 bom", [b"\xef\xbb\xbf", encoded("utf-8", text, "<meta charset=gbk>").as_slice()].concat()),
        ("utf-16le", utf16(text, u16::to_le_bytes)),
        ("utf-16be", utf16(text, u16::to_be_bytes)),
    ] {
        let out = labelled(&bytes);
        let label = match charset {
            "utf-16le" => utf16(&tag(">"), u16::to_le_bytes)[2..].to_vec(),
            "utf-16be" => utf16(&tag(">"), u16::to_be_bytes)[2..].to_vec(),
            _ => tag(">").into_bytes(),
        };
        let at = out.windows(label.len()).position(|w| w == label).expect(charset);
        assert_eq!([&out[..at], &out[at + label.len()..]].concat(), bytes, "{charset}");
    }
    let error = read(&b"<meta charset=iso-2022-jp>".to_vec(), &Limits::default(), &mut Found::default());
    assert!(error.is_err());
}

fn encoded(encoding: &str, text: &str, meta: &str) -> Vec<u8> {
    let text = text.replace("<head>", &format!("<head>{meta}"));
    let document =
        biaoshi_container::html::Document::parse(format!("<meta charset={encoding}>").into_bytes(), &Limits::default());
    document.unwrap().markup.encode(&text)
}

fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(bytes).collect()
}

#[test]
fn makers_are_traces() {
    let text = r#"<meta name=generator content="ChatGPT Canvas"><script type=application/ld+json>{"digitalSourceType":"https://schema.org/TrainedAlgorithmicMediaDigitalSource"}</script>"#;
    let kinds: Vec<_> = found(text.as_bytes()).traces.iter().map(|t| t.kind).collect();
    assert_eq!(kinds, ["chatgpt", "iptc"]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Any soup can be read; where it can be written, the label is found again.
    #[test]
    fn soup(parts in prop::collection::vec(prop::sample::select(vec![
        "<html>", "<head>", "</head>", "<body>", "</body>", "<title>", "</title>", "<meta charset=gbk>", "<p>", "</p>",
        "<!--", "-->", "<script>", "</script>", "<svg>", "</svg>", "<template>", "</template>", "<frameset>", "x", " ",
        "<", ">", "\"", "<meta name=AIGC content='{\"Label\":\"1\",\"ContentProducer\":\"p\"}'>", "\r\n", "</html>", "<![CDATA[", "]]>",
        "<?xml version='1.0'?>", "<math>", "<desc>", "<noscript>", "</noscript>", "é", "\u{feff}", "\0", "<br/>", "<!doctype html>",
    ]), 0..24)) {
        let bytes = parts.concat().into_bytes();
        let writer = read(&bytes, &Limits::default(), &mut Found::default()).unwrap();
        if let Ok(patch) = writer.plan(&bytes, &label(), &Limits::default()) {
            let out = to_vec(&Patched::new(&bytes, &patch), u64::MAX).unwrap();
            let records = found(&out).records;
            prop_assert!(records.len() == 1 && label().equals(&records[0]), "{}", String::from_utf8_lossy(&out));
        }
    }

    /// The same for documents that are XML, which stay well formed.
    #[test]
    fn xml_soup(parts in prop::collection::vec(prop::sample::select(vec![
        "<!-->", "<!-->-->", "<!--<head>-->", "<![CDATA[<body>]]>", "<?p <body> ?>", "<title/>", "<title>a</title>", "<script/>", "<meta charset='utf-8'/>",
        "<script>/*<![CDATA[*/ '</p>' /*]]>*/</script>", "<template/>", "<template><p/></template>", "<svg/>", "<svg><title>t</title></svg>", "<BODY/>", "<a/>",
        "<meta name='AIGC' content='{&quot;Label&quot;:&quot;1&quot;,&quot;ContentProducer&quot;:&quot;p&quot;}'/>", "</head><body>", "<head/>", "<p>x</p>", " ", "é", "&#38;",
        "<!-- AIGC: {\"Label\":\"1\",\"ContentProducer\":\"p\"} -->", "</html>",
    ]), 0..16), doctype in prop::sample::select(vec!["", "<!DOCTYPE html>", "<!DOCTYPE html [<!ENTITY a '<body>'>]>", "<?xml version='1.0'?>"])) {
        let text = format!("{doctype}<html xmlns='http://www.w3.org/1999/xhtml'><head>{}</body></html>", parts.concat());
        let bytes = text.into_bytes();
        let writer = read(&bytes, &Limits::default(), &mut Found::default()).unwrap();
        if let Ok(patch) = writer.plan(&bytes, &label(), &Limits::default()) {
            let out = to_vec(&Patched::new(&bytes, &patch), u64::MAX).unwrap();
            let shown = String::from_utf8_lossy(&out);
            let records = found(&out).records;
            prop_assert!(records.len() == 1 && label().equals(&records[0]) && records[0].dialects.is_empty(), "{}", shown);
            let root = |bytes: &[u8]| biaoshi_container::xml::root(std::str::from_utf8(bytes).unwrap());
            prop_assert_eq!(root(&bytes), root(&out), "{}", shown);
        }
    }
}

#[test]
fn manifests_in_a_page_and_beside_it_are_seen() {
    let manifest =
        base64::Engine::encode(&base64::engine::general_purpose::STANDARD, "jumbc2pa trainedAlgorithmicMedia");
    for (text, strength) in [
        (format!("<head><script type=application/c2pa>\n{manifest}\n</script></head>"), crate::Strength::Strong),
        ("<head><LINK href=a.c2pa REL='x C2PA-manifest'></head>".to_owned(), crate::Strength::Weak),
        ("<head><script type=application/c2pa>&&&</script></head>".to_owned(), crate::Strength::Weak),
    ] {
        let found = found(text.as_bytes());
        assert_eq!(found.blockers.len(), 1, "{text}");
        assert_eq!(
            found.traces.iter().map(|t| (t.kind, t.strength)).collect::<Vec<_>>(),
            [("c2pa", strength)],
            "{text}"
        );
    }
    for none in ["<script type=application/c2pa> </script>", "<link rel=stylesheet href=c2pa-manifest>"] {
        assert_eq!(found(none.as_bytes()).blockers, [], "{none}");
    }
}

/// Whatever a document ends in, the label goes in front of it, and is there for a second run.
#[test]
fn documents_that_end_in_the_middle() {
    for end in [
        "<!doctype html",
        "<!-- a",
        "<p class=",
        "</p",
        "<![CDATA[",
        "<svg><![CDATA[",
        "<script>",
        "<title>",
        "<textarea>",
        "<template>",
        "<select>",
        "<frameset>",
        "<noscript>",
        "<svg>",
        "<math><mi>",
        "<plaintext>",
        "<?",
        "</",
        "<",
        "&am",
    ] {
        for before in ["", "<head>", "<title>t</title>", "<!doctype html><html><head></head><body>words", "<p>a"] {
            labelled(format!("{before}{end}").as_bytes());
        }
    }
}

#[test]
fn words_around_a_cut_stay_apart() {
    let old = format!("<meta name=AIGC content='{OLD}'>");
    for (before, after) in [("<", "x<title>"), ("&", "lt;"), ("&#6", "0;x"), ("&l", "t;")] {
        let text = format!("{before}{old}{after}{old}").into_bytes();
        let writer = read(&text, &Limits::default(), &mut Found::default()).unwrap();
        let patch = writer.plan(&text, &label(), &Limits::default()).unwrap();
        let out = to_vec(&Patched::new(&text, &patch), u64::MAX).unwrap();
        let records = found(&out).records;
        assert!(records.len() == 1 && label().equals(&records[0]), "{}", String::from_utf8_lossy(&out));
        assert!(String::from_utf8_lossy(&out).contains(&format!("{before}<!---->{after}")));
    }
}

#[test]
fn a_member_that_stands_twice_is_not_cut() {
    let text = format!("<script type=application/ld+json>{{\"AIGC\":{OLD},\"AIGC\":1,\"b\":2}}</script>").into_bytes();
    let writer = read(&text, &Limits::default(), &mut Found::default()).unwrap();
    assert!(writer.plan(&text, &label(), &Limits::default()).is_err());
}
