use base64::Engine as _;
use biaoshi_label::{Field, Level, Record};
use proptest::prelude::*;

use super::*;

const JSON: &str = r#"{"Label":"1","ContentProducer":"p","ProduceID":"i","ReservedCode1":"","ContentPropagator":"p","PropagateID":"i","ReservedCode2":""}"#;

fn place() -> Place {
    Place { placement: "x", offset: Some(100), part: 100..200, dialects: &[] }
}

fn records(packet: &str) -> (Packet, Vec<Record>) {
    let mut found = Found::default();
    let packet = Packet::read(packet.as_bytes(), &place(), &Limits::default(), &mut found);
    (packet, found.records)
}

fn packet(inside: &str) -> String {
    format!(
        "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='{RDF}' xmlns:dc='http://purl.org/dc/elements/1.1/' \
         xmlns:exif='http://ns.adobe.com/exif/1.0/' xmlns:TC260='{NAMESPACE}'>{inside}</rdf:RDF></x:xmpmeta>"
    )
}

fn text_of(packet: Result<Vec<u8>>) -> String {
    String::from_utf8(packet.unwrap()).unwrap()
}

fn label() -> Label {
    Label::new(Level::Confirmed, "p", "i", false).unwrap()
}

/// Every form in which services write the label, with its dialect.
fn forms() -> Vec<(String, Option<Dialect>)> {
    let quoted = JSON.replace('"', "&quot;");
    let base64 = base64::engine::general_purpose::STANDARD.encode(format!("{{\"AIGC\":{JSON}}}"));
    let fields = "<TC260:Label>1</TC260:Label><TC260:ContentProducer>p</TC260:ContentProducer><TC260:ProduceID>i</TC260:ProduceID>";
    let about = "<rdf:Description rdf:about=''";
    vec![
        (format!("{about}><TC260:AIGC>{JSON}</TC260:AIGC></rdf:Description>"), None),
        (format!("{about}><TC260:AIGC><![CDATA[{JSON}]]></TC260:AIGC></rdf:Description>"), None),
        (format!("{about} TC260:AIGC=\"{quoted}\"/>"), Some(Dialect::XmpAttribute)),
        (format!("{about} TC260:AIGC='{JSON}' dc:format='image/png'></rdf:Description>"), Some(Dialect::XmpAttribute)),
        (format!("{about}><TC260:Aigc>{JSON}</TC260:Aigc></rdf:Description>"), Some(Dialect::SlotCase)),
        (
            format!("{about} xmlns:tc='{NAMESPACE}'><tc:AIGC>{JSON}</tc:AIGC></rdf:Description>"),
            Some(Dialect::XmpPrefix),
        ),
        (
            format!(
                "{about} xmlns:TC260='http://www.tc260.org.cn/ns/AIGC/1.0'><TC260:AIGC>{JSON}</TC260:AIGC></rdf:Description>"
            ),
            Some(Dialect::XmpNamespace),
        ),
        (
            format!(
                "{about} xmlns:TC260='http://ns.tc260.org.cn/AIGC/1.0/'><TC260:AIGC>{JSON}</TC260:AIGC></rdf:Description>"
            ),
            Some(Dialect::XmpNamespace),
        ),
        (
            format!(
                "{about} xmlns:aigc='http://cvdca.org.cn/ns/aigc/1.0/'><aigc:Info>{JSON}</aigc:Info></rdf:Description>"
            ),
            Some(Dialect::XmpNamespace),
        ),
        (format!("{about}><C260:AIGC>{JSON}</C260:AIGC></rdf:Description>"), Some(Dialect::XmpNamespace)),
        (format!("{about}><TC260:AIGC>AIGC={JSON}</TC260:AIGC></rdf:Description>"), Some(Dialect::Prefix)),
        (format!("{about}><TC260:AIGC>{{\"AIGC\":{JSON}}}</TC260:AIGC></rdf:Description>"), Some(Dialect::JsonWrapped)),
        (format!("{about}>{fields}</rdf:Description>"), Some(Dialect::XmpFields)),
        (format!("{about} TC260:Label='1' TC260:ContentProducer='p' TC260:ProduceID='i'/>"), Some(Dialect::XmpFields)),
        (
            format!("{about}><TC260:AIGC rdf:parseType='Resource'>{fields}</TC260:AIGC></rdf:Description>"),
            Some(Dialect::XmpFields),
        ),
        (
            format!("{about} xmlns:k='urn:k'><k:XmpKvBase64>{base64}</k:XmpKvBase64></rdf:Description>"),
            Some(Dialect::XmpBase64),
        ),
        (
            format!(
                "{about}><exif:UserComment><rdf:Alt><rdf:li xml:lang='x-default'>{{\"AIGC\":{JSON}}}</rdf:li></rdf:Alt></exif:UserComment></rdf:Description>"
            ),
            Some(Dialect::XmpOtherProperty),
        ),
        (format!("<dc:description>{JSON}</dc:description>"), Some(Dialect::XmpOtherProperty)),
    ]
}

/// Each is read once, with its dialect, and then moved.
#[test]
fn every_form_is_read_once_and_moved() {
    for (form, dialect) in forms() {
        let kept = "<rdf:Description rdf:about=''><dc:title>kept</dc:title></rdf:Description>";
        let text = packet(&format!("{form}{kept}"));
        let (before, found) = records(&text);
        assert_eq!(found.len(), 1, "{form}: {found:?}");
        assert_eq!((found[0].get(Field::ContentProducer), found[0].broken), (Some("p"), false), "{form}");
        match dialect {
            Some(dialect) => assert!(found[0].dialects.contains(&dialect), "{form}: {:?}", found[0].dialects),
            None => assert!(found[0].dialects.is_empty(), "{form}: {:?}", found[0].dialects),
        }
        let moved = text_of(before.with(Some(&label())));
        let (_, found) = records(&moved);
        assert!(found.len() == 1 && label().equals(&found[0]) && found[0].dialects.is_empty(), "{moved}");
        assert!(moved.contains(kept), "{moved}");
        let (after, found) = records(&text_of(before.with(None)));
        assert!(found.is_empty() && after.tree.damage.is_none(), "{form}");
    }
}

#[test]
fn a_description_that_says_nothing_else_goes_with_its_label() {
    let quoted = JSON.replace('"', "&quot;");
    let kept = "<rdf:Description rdf:about=''><dc:title>kept</dc:title></rdf:Description>";
    for hollow in [
        format!("<rdf:Description rdf:about=''>\n <TC260:AIGC>{JSON}</TC260:AIGC>\n</rdf:Description>"),
        format!("<rdf:Description rdf:about='' TC260:AIGC=\"{quoted}\"/>"),
        format!(
            "<rdf:Description><TC260:AIGC rdf:parseType='Resource'><rdf:Description>{JSON}</rdf:Description></TC260:AIGC></rdf:Description>"
        ),
    ] {
        let (before, _) = records(&packet(&format!("{hollow}{kept}")));
        assert_eq!(text_of(before.with(None)), packet(kept), "{hollow}");
        assert_eq!(text_of(before.with(Some(&label()))).matches("<rdf:Description").count(), 2, "{hollow}");
    }
    for more in ["dc:format='image/png'><TC260:AIGC", "><dc:title>x</dc:title><TC260:AIGC"] {
        let text = packet(&format!("<rdf:Description {more}>{JSON}</TC260:AIGC></rdf:Description>"));
        assert!(text_of(records(&text).0.with(None)).contains("<rdf:Description "), "{more}");
    }
}

#[test]
fn labels_join_any_sound_packet() {
    for text in [
        packet(""),
        format!("<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='{RDF}'/></x:xmpmeta>"),
        format!("<RDF xmlns='{RDF}'><Description about='uuid:&amp;1'/></RDF>"),
        String::new(),
        "<?xpacket begin='' id='W5M0MpCehiHzreSzNTczkc9d'?>\n<?xpacket end='w'?>".into(),
        "<x:xmpmeta xmlns:x='adobe:ns:meta/'/>".into(),
        "<x:xmpmeta xmlns:x='adobe:ns:meta/'>\n</x:xmpmeta>".into(),
        "<y:xapmeta xmlns:y='adobe:ns:meta/'/>".into(),
    ] {
        let (before, _) = records(&text);
        let joined = text_of(before.with(Some(&label())));
        let (_, found) = records(&joined);
        assert!(found.len() == 1 && label().equals(&found[0]) && found[0].dialects.is_empty(), "{joined}");
    }
    for broken in ["<x:xmpmeta xmlns:x='adobe:ns:meta/'><a></x:xmpmeta>", "<a/>", "<x:xmpmeta/>"] {
        assert!(records(broken).0.with(Some(&label())).is_err(), "{broken}");
    }
}

/// What a program wrote in another encoding stays, byte by byte; the label goes in beside it.
#[test]
fn bytes_that_are_no_utf8_stay() {
    let words = b"\xb1\xea\xcc\xe2<\xff\xfe>&\xe9"; // GBK, noise and Latin-1
    let words = [&words[..4], &words[5..7], &words[9..]].concat();
    let old = format!("<rdf:Description><TC260:AIGC>{JSON}</TC260:AIGC></rdf:Description>");
    let text = packet(&format!("<rdf:Description><dc:title>@@</dc:title></rdf:Description>{old}"));
    let (before, after) = text.split_once("@@").unwrap();
    let bytes = [before.as_bytes(), &words, after.as_bytes()].concat();
    let mut found = Found::default();
    let read = Packet::read(&bytes, &place(), &Limits::default(), &mut found);
    let span = found.records[0].span.clone();
    let property = &bytes[span.start as usize - 100..span.end as usize - 100];
    assert!(property.starts_with(b"<TC260:AIGC>{") && property.ends_with(b"}</TC260:AIGC>"));
    let clean = [before.as_bytes(), &words, after.replace(&old, "").as_bytes()].concat();
    assert_eq!(read.with(None).unwrap(), clean);
    let moved = read.with(Some(&label())).unwrap();
    assert!(moved.windows(words.len()).any(|w| w == words));
    let mut found = Found::default();
    Packet::read(&moved, &place(), &Limits::default(), &mut found);
    assert!(found.records.len() == 1 && label().equals(&found.records[0]));
}

#[test]
fn wide_packets_become_utf8_where_every_character_is_one() {
    let text = packet("<rdf:Description><dc:title>标题😀</dc:title></rdf:Description>");
    let wide = |unit: &dyn Fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(unit).collect::<Vec<u8>>();
    let four: Vec<u8> = text.chars().flat_map(|c| u32::from(c).to_le_bytes()).collect();
    for bytes in [wide(&u16::to_le_bytes), wide(&u16::to_be_bytes), four] {
        let with = |bytes: &[u8]| {
            Packet::read(bytes, &place(), &Limits::default(), &mut Found::default()).with(Some(&label()))
        };
        assert!(String::from_utf8(with(&bytes).unwrap()).unwrap().contains("标题😀"));
        let mut broken = bytes.clone();
        broken.push(0);
        assert!(with(&broken).is_err());
    }
    let lone = text.replace("😀", "").encode_utf16().chain([0xd800]).flat_map(u16::to_le_bytes).collect::<Vec<_>>();
    let packet = Packet::read(&lone, &place(), &Limits::default(), &mut Found::default());
    assert!(packet.with(Some(&label())).is_err());
}

/// What a longer packet leaves behind a shorter one that was written over it is no part of it, and goes when it is changed.
#[test]
fn leftovers_behind_a_packet_are_no_part_of_it() {
    let meta = packet("<rdf:Description><dc:title>Me</dc:title></rdf:Description>");
    let rdf =
        &meta[meta.find("<rdf:RDF").unwrap()..meta.find("</x:").unwrap()].replace("<rdf:RDF ", "<rdf:RDF xmlns:a='a' ");
    let wrapped = format!("<?xpacket begin='' id='W5M0MpCehiHzreSzNTczkc9d'?>{meta}<?xpacket end='w'?>");
    for text in [&wrapped, &meta, rdf] {
        for rest in [
            "of somebody</dc:title></rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end='w'?>",
            "/x:xmpmeta>\n<?xpacket end='w'?></a>",
        ] {
            let mut found = Found::default();
            let bytes = [text.as_bytes(), rest.as_bytes()].concat();
            let read = Packet::read(&bytes, &place(), &Limits::default(), &mut found);
            assert!(found.findings.is_empty(), "{text} {:?}", found.findings);
            assert_eq!(text_of(read.with(None)), *text);
            let wide: Vec<u8> = [text, rest].concat().encode_utf16().flat_map(u16::to_le_bytes).collect();
            let read = Packet::read(&wide, &place(), &Limits::default(), &mut found);
            assert_eq!(text_of(read.with(None)), *text);
        }
    }
    // A packet inside a comment or CDATA does not end the one around it.
    for inside in ["<!-- <?xpacket end='w'?> -->", "<dc:title><![CDATA[</x:xmpmeta>]]></dc:title>"] {
        let text = packet(&format!("<rdf:Description>{inside}</rdf:Description>"));
        assert_eq!(text_of(records(&text).0.with(None)), text);
        assert_eq!(text_of(records(&format!("{text}</a>")).0.with(None)), text);
    }
}

#[test]
fn what_is_no_packet_is_not_replaced() {
    for kept in [&b"words of somebody"[..], b"\xb1\xea\xcc\xe2", b"\xff\xfea\0"] {
        let packet = Packet::read(kept, &place(), &Limits::default(), &mut Found::default());
        assert!(packet.with(Some(&label())).is_err(), "{kept:?}");
    }
    for nothing in [&b""[..], b" \n\0\0", b"<!-- -->"] {
        let packet = Packet::read(nothing, &place(), &Limits::default(), &mut Found::default());
        assert!(packet.with(Some(&label())).is_ok(), "{nothing:?}");
    }
}

#[test]
fn fields_of_a_service_of_adobes_namespace() {
    let about = "<rdf:Description rdf:about='' xmlns:a='http://ns.adobe.com/AIGC/1.0/'";
    let fields = "<a:Label>1</a:Label><a:ContentProducer>p</a:ContentProducer><a:ProduceID>i</a:ProduceID>";
    for form in [
        format!("{about}>{fields}</rdf:Description>"),
        format!("{about} a:Label='1' a:ContentProducer='p' a:ProduceID='i'/>"),
        format!("{about}><a:aigc rdf:parseType='Resource'>{fields}</a:aigc></rdf:Description>"),
        format!("{about}><a:AIGC>{JSON}</a:AIGC></rdf:Description>"),
        format!("{about}><a:Info>{JSON}</a:Info></rdf:Description>"),
    ] {
        let (_, found) = records(&packet(&form));
        assert_eq!(found.len(), 1, "{form}");
        assert_eq!(found[0].get(Field::ProduceID), Some("i"), "{form}");
        assert!(found[0].dialects.contains(&Dialect::XmpNamespace), "{form}");
    }
}

#[test]
fn the_source_type_is_a_trace_in_every_form() {
    let term = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia";
    let open = "<rdf:Description rdf:about='' xmlns:e='http://iptc.org/std/Iptc4xmpExt/2008-02-29/'";
    let name = "e:DigitalSourceType";
    let traces = |inside: String| {
        let mut found = Found::default();
        Packet::read(packet(&inside).as_bytes(), &place(), &Limits::default(), &mut found);
        found.traces.iter().map(|t| (t.kind, t.strength)).collect::<Vec<_>>()
    };
    let strong = vec![("iptc", crate::Strength::Strong)];
    assert_eq!(traces(format!("{open} {name}='{term}'/>")), strong);
    for value in [
        term.to_owned(),
        "trainedAlgorithmicMedia".into(),
        format!("<![CDATA[{term}]]>"),
        format!("<rdf:Bag><rdf:li>{term}</rdf:li></rdf:Bag>"),
        format!("<rdf:Seq><rdf:li rdf:resource='{term}'/></rdf:Seq>"),
        format!("<rdf:Alt><rdf:li xml:lang='x-default'>{term}</rdf:li></rdf:Alt>"),
        format!("<rdf:Description><rdf:value>{term}</rdf:value></rdf:Description>"),
        format!("<rdf:Description rdf:value='{term}'/>"),
        format!("<rdf:Description rdf:about='{term}'/>"),
    ] {
        assert_eq!(traces(format!("{open}><{name}>{value}</{name}></rdf:Description>")), strong, "{value}");
    }
    assert_eq!(traces(format!("{open}><{name} rdf:resource='{term}'/></rdf:Description>")), strong);
    assert_eq!(
        traces(format!(
            "{open}><{name} rdf:parseType='Resource'><rdf:value>{term}</rdf:value></{name}></rdf:Description>"
        )),
        strong
    );
    assert_eq!(traces(format!("{open}><e:AISystemUsed>a model</e:AISystemUsed></rdf:Description>")), strong);
    let agent = "<dc:creator><dc:Agent><dc:title>Midjourney</dc:title></dc:Agent></dc:creator>";
    assert_eq!(traces(format!("{open}>{agent}</rdf:Description>")), [("midjourney", crate::Strength::Strong)]);
    for none in [
        format!(
            "{open}><{name} rdf:resource='http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture'/></rdf:Description>"
        ),
        format!("{open}><{name}>algorithmicMedia</{name}></rdf:Description>"),
        format!("{open}><dc:description>{term}</dc:description></rdf:Description>"),
        format!("{open}><dc:relation rdf:resource='{term}'/></rdf:Description>"),
        format!("{open} e:AISystemUsed=' '/>"),
        format!("<rdf:Description rdf:about='{term}'/>"),
    ] {
        assert_eq!(traces(none.clone()), [], "{none}");
    }
}

/// Many fields make one record, which keeps the limit of one label.
#[test]
fn a_label_of_many_pieces_keeps_the_limit() {
    let fields = "<TC260:ReservedCode1>x</TC260:ReservedCode1><TC260:Propagator>y</TC260:Propagator>".repeat(10_000);
    let long = format!("<TC260:Label>1</TC260:Label><TC260:ProduceID>{}</TC260:ProduceID>", "i".repeat(100_000));
    for fields in [fields, long] {
        let text = packet(&format!("<rdf:Description>{fields}</rdf:Description>"));
        let mut found = Found::default();
        Packet::read(text.as_bytes(), &place(), &Limits::default(), &mut found);
        let [record] = &found.records[..] else { panic!("{}", found.records.len()) };
        let limit = Limits::default().label;
        let values: usize = record.fields.iter().flatten().map(String::len).sum();
        assert!(record.raw.len() <= limit && values <= limit);
        assert!(record.misspelt.iter().map(|m| m.key.len() + m.value.len()).sum::<usize>() <= limit);
        assert!(found.findings.iter().any(|f| f.code == biaoshi_label::Code::TooLong));
    }
}

proptest! {
    #[test]
    fn any_packet_is_read_without_panic(text in "(<|/|>|rdf:Description|TC260:AIGC|=|'|\\{|\"Label\"|:|\"1\"|\\}| |\\PC){0,60}") {
        let (packet, _) = records(&self::packet(&text));
        if let Ok(moved) = packet.with(Some(&label())) {
            let moved = String::from_utf8(moved).unwrap();
            prop_assert!(records(&moved).1.iter().any(|r| label().equals(r)), "{}", moved);
        }
    }
}
