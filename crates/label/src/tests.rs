use proptest::prelude::*;

use crate::*;

fn label(text: &str) -> Parsed {
    match read(text) {
        Reading::Label(parsed) => parsed,
        other => panic!("{text}: {other:?}"),
    }
}

const STD: &str = r#"{"Label":"1","ContentProducer":"p","ProduceID":"i","ReservedCode1":"","ContentPropagator":"p","PropagateID":"i","ReservedCode2":""}"#;

#[test]
fn the_canonical_line() {
    let made = Label::new(Level::Confirmed, "p", "i", false).unwrap();
    assert_eq!(made.to_json(), STD);
    let parsed = label(STD);
    assert_eq!(
        (&parsed.fields, parsed.dialects.is_empty(), parsed.wrapped, parsed.broken),
        (made.fields(), true, false, false)
    );
}

#[test]
fn dialects_of_real_services() {
    let with = |text: &str, dialect: Dialect| {
        let parsed = label(text);
        assert!(parsed.dialects.contains(&dialect), "{text}: {:?}", parsed.dialects);
        parsed
    };
    assert!(label(&format!("{{\"AIGC\":{STD}}}")).wrapped);
    assert!(with(&format!("{{\"aigc\":{STD}}}"), Dialect::KeyCase).wrapped);
    with(&format!("AIGC={STD}"), Dialect::Prefix);
    with(&format!("AIGC:{STD}\0\0 "), Dialect::Padding);
    with(&serde_json::to_string(STD).unwrap(), Dialect::JsonInString);
    with(&STD.replace('"', "&quot;"), Dialect::JsonEntities);
    with(&STD.replace('"', "'"), Dialect::JsonLoose);
    with(&STD.replace("Code1", "Code1 ").replace("ReservedCode1 ", "ReserveCode1"), Dialect::KeyMisspelt);
    let p = with(r#"{"Label":1,"ContentProducer":"kling","ProduceID":null}"#, Dialect::ValueNumber);
    assert_eq!((Field::Label.of(&p.fields), Field::ProduceID.of(&p.fields)), (Some("1"), None));
    let p = with(
        r#"{"Label":"1","ContentProducer":"x","ProduceID":"y","ReservedCode1":{ "a" : [1, "b c"] }}"#,
        Dialect::ValueObject,
    );
    assert_eq!(Field::ReservedCode1.of(&p.fields), Some(r#"{"a":[1,"b c"]}"#));
    with(r#"{"Label":"1","ProduceID":"y","ContentProducer":"x"}"#, Dialect::KeyOrder);
    with(r#"{"Label":"1","Label":"2","ContentProducer":"x"}"#, Dialect::JsonDuplicateKey);
    let p = with(r#"{"Label":"1","Propagator":"a","PropatorID":"b"}"#, Dialect::KeyMisspelt);
    assert_eq!(Field::PropagateID.of(&p.fields), None);
    assert_eq!(
        p.misspelt.iter().map(|m| (m.field, &*m.value)).collect::<Vec<_>>(),
        [(Field::ContentPropagator, "a"), (Field::PropagateID, "b")]
    );
    // Numbers keep all their digits.
    let p = label(r#"{"Label":"1","ProduceID":123456789012345678901234567890}"#);
    assert_eq!(Field::ProduceID.of(&p.fields), Some("123456789012345678901234567890"));
}

#[test]
fn a_key_that_stands_twice_loses_no_value() {
    let record = |text: &str| {
        let Parsed { fields, misspelt, repeated, dialects, broken, .. } = label(text);
        Record { placement: "x".into(), span: 0..1, raw: String::new(), fields, misspelt, repeated, dialects, broken }
    };
    let stated = |text: &str| record(text).stated(Field::Label).map(str::to_owned).collect::<Vec<_>>();
    let rest = r#""ContentProducer":"p","ProduceID":"i""#;
    for (labels, expected) in [
        (r#""Label":"1","Label":"2""#, &["2", "1"][..]),
        (r#""Label":"1","label":"2""#, &["2", "1"]),
        (r#""Label":"1","\u004cabel":2"#, &["2", "1"]),
        (r#""Label":"1","Label":"""#, &["", "1"]),
        (r#""Label":"1","Label":"2","Label":"1""#, &["1", "1", "2"]),
        // What says nothing contradicts nothing, and takes nothing away.
        (r#""Label":"1","Label":null"#, &["1"]),
        (r#""Label":"1","Label":"1""#, &["1"]),
    ] {
        for text in [format!("{{{labels},{rest}}}"), format!(r#"{{"AIGC":{{{labels},{rest}}}}}"#)] {
            assert_eq!(stated(&text), expected, "{text}");
            let said = check(&record(&text)).iter().any(|f| f.code == Code::Repeated);
            assert_eq!((said, record(&text).contradicts_itself()), (expected.len() > 1, expected.len() > 1), "{text}");
        }
    }
    // Two wrappers are two labels in one text.
    let inner = format!(r#"{{"Label":"3",{rest}}}"#);
    let two = |second: &str| format!(r#"{{"AIGC":{{"Label":"1",{rest}}},"AIGC":{second}}}"#);
    for second in [inner.clone(), serde_json::to_string(&inner).unwrap()] {
        assert_eq!(stated(&two(&second)), ["3", "1"], "{second}");
    }
    assert_eq!(stated(&two("{}")), ["1"]);
    assert_eq!(stated(&format!(r#"{{"AIGC":{{}},"AIGC":{inner}}}"#)), ["3"]);
    // Fields that stand on their own, as properties of XMP.
    let twice = [("Label", "1"), ("ProduceID", "i"), ("Label", "2")].map(|(k, v)| (k.to_owned(), Some(v.to_owned())));
    assert_eq!(read_fields(twice).repeated, [(Field::Label, "1".to_owned())]);
}

#[test]
fn cut_off_labels_keep_what_is_left() {
    let parsed = label(&STD[..60]);
    assert!(parsed.broken);
    assert_eq!(Field::ContentProducer.of(&parsed.fields), Some("p"));
    for end in 9..STD.len() {
        assert!(label(&STD[..end]).broken, "{}", &STD[..end]);
    }
}

#[test]
fn look_alikes_are_no_labels() {
    for text in [
        r#"{"aigc_info":{"aigc_label_type":0,"source_info":"x"}}"#,
        "AIGC",
        "{}",
        r#"{"Label":"cat"}"#,
        r#"[{"Label":"1"}]"#,
        r#"{"data":{},"source_type":"douyin"}"#,
        "",
    ] {
        assert_eq!(read(text), Reading::Nothing, "{text}");
    }
    assert!(matches!(
        read(r#"{"AIGC":{"ServiceProvider":"x","ServiceUser":"1","Time":"t","ContentId":"c"}}"#),
        Reading::Vendor(_)
    ));
}

#[test]
fn findings_name_the_clause() {
    let parsed = label(r#"{"Label":"AIGC","ContentProducer":"Minimax Agent AI","ProduceID":""}"#);
    let record = Record {
        placement: "x".into(),
        span: 0..1,
        raw: String::new(),
        fields: parsed.fields,
        misspelt: vec![],
        repeated: vec![],
        dialects: vec![],
        broken: false,
    };
    let codes: Vec<_> = check(&record).iter().map(|f| f.code).collect();
    for code in [Code::LabelValue, Code::Characters, Code::ProviderName, Code::Required, Code::MissingField] {
        assert!(codes.contains(&code), "{code:?} not in {codes:?}");
    }
}

#[test]
fn the_writer_refuses_what_annex_e_forbids() {
    for (producer, id, allow, ok) in [
        ("豆包", "1", false, false),
        ("豆包", "1", true, true),
        ("a b", "1", false, false),
        ("a\\b", "1", true, false),
        ("p", "a b", true, false),
        ("p", "", false, false),
        ("p\"q", "i", false, true),
        ("p\u{202e}", "i", true, false),
    ] {
        assert_eq!(Label::new(Level::Confirmed, producer, id, allow).is_ok(), ok, "{producer} {id} {allow}");
    }
}

proptest! {
    /// The look at the first bytes turns no label away.
    #[test]
    fn what_cannot_be_a_label_reads_as_none(
        front in prop::collection::vec(prop_oneof![Just(0), Just(b' '), Just(0x0b), Just(b'A'), any::<u8>()], 0..4),
        text in prop_oneof![Just(STD.to_owned()), Just(format!("AIGC={STD}")), Just(format!("aigc {STD}")), Just(format!("{STD:?}")), ".{0,9}"],
    ) {
        let bytes = [front, text.into_bytes()].concat();
        let text = String::from_utf8_lossy(&bytes);
        let none = read(&text) == Reading::Nothing && read_named(&text) == Reading::Nothing;
        prop_assert!(none || may_be_label(&bytes));
    }
}

#[test]
fn binary_data_with_names_cannot_be_labels() {
    for head in [&b"ICC_PROFILE\0\x01\x01"[..], b"Adobe\0d", b"Photoshop 3.0\0", b"Ducky\0", b"", b"\0\0"] {
        assert!(!may_be_label(head));
    }
}

proptest! {
    /// What we write we read back, exactly and without a dialect.
    #[test]
    fn writing_and_reading_is_the_identity(p in "[!-\\[\\]-~]{1,30}", i in "[!-\\[\\]-~]{1,30}") {
        let made = Label::new(Level::Possible, &p, &i, false).unwrap();
        let parsed = label(&made.to_json());
        prop_assert_eq!(&parsed.fields, made.fields());
        prop_assert!(parsed.dialects.is_empty());
    }

    #[test]
    fn any_text_is_read_without_panic(text in "\\PC{0,200}") { let _ = read(&text); }

    #[test]
    fn any_mutation_is_read_without_panic(at in 0usize..STD.len(), c in any::<char>(), cut in 0usize..STD.len()) {
        let mut text = format!("{}{c}{}", &STD[..at], &STD[at + 1..]);
        let cut = (cut..).find(|n| text.is_char_boundary(*n)).unwrap();
        let _ = read(&text);
        text.truncate(cut);
        let _ = read(&text);
    }
}
