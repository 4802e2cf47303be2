use biaoshi_label::{Level, Record};
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
        let moved = before.with(Some(&label())).unwrap();
        let (_, found) = records(&moved);
        assert!(found.len() == 1 && label().equals(&found[0]) && found[0].dialects.is_empty(), "{moved}");
        assert!(moved.contains(kept), "{moved}");
        let (after, found) = records(&before.with(None).unwrap());
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
        assert_eq!(before.with(None).unwrap(), packet(kept), "{hollow}");
        assert_eq!(before.with(Some(&label())).unwrap().matches("<rdf:Description").count(), 2, "{hollow}");
    }
    for more in ["dc:format='image/png'><TC260:AIGC", "><dc:title>x</dc:title><TC260:AIGC"] {
        let text = packet(&format!("<rdf:Description {more}>{JSON}</TC260:AIGC></rdf:Description>"));
        assert!(records(&text).0.with(None).unwrap().contains("<rdf:Description "), "{more}");
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
    ] {
        let (before, _) = records(&text);
        let joined = before.with(Some(&label())).unwrap_or_else(|e| panic!("{text}: {e}"));
        let (_, found) = records(&joined);
        assert!(found.len() == 1 && label().equals(&found[0]) && found[0].dialects.is_empty(), "{joined}");
    }
    for broken in
        ["<x:xmpmeta xmlns:x='adobe:ns:meta/'><a></x:xmpmeta>", "<x:xmpmeta xmlns:x='adobe:ns:meta/'/>", "<a/>"]
    {
        assert!(records(broken).0.with(Some(&label())).is_err(), "{broken}");
    }
}

proptest! {
    #[test]
    fn any_packet_is_read_without_panic(text in "(<|/|>|rdf:Description|TC260:AIGC|=|'|\\{|\"Label\"|:|\"1\"|\\}| |\\PC){0,60}") {
        let (packet, _) = records(&self::packet(&text));
        if let Ok(moved) = packet.with(Some(&label())) {
            prop_assert!(records(&moved).1.iter().any(|r| label().equals(r)), "{}", moved);
        }
    }
}
