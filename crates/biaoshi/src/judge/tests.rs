use biaoshi_label::{Code, Detail, Field, Record};
use biaoshi_media::{Faults, Place, Tier, Tones};
use biaoshi_metadata::{Found, Strength};

use super::*;

mod table;

fn record(label: &str, producer: &str, broken: bool) -> Record {
    let mut fields = biaoshi_label::Fields::default();
    Field::Label.set(&mut fields, Some(label.into()));
    Field::ContentProducer.set(&mut fields, Some(producer.into()));
    Record {
        placement: "x".into(),
        span: 0..0,
        raw: String::new(),
        fields,
        misspelt: vec![],
        repeated: vec![],
        dialects: vec![],
        broken,
    }
}

fn judged(found: Found) -> Judgement {
    judge(&Evidence { found, ..Evidence::default() }, &Policy::default())
}

/// A label in a text.
fn text() -> Explicit {
    let place = Place::Text { part: None, offset: 0, length: 7, words: "本文由AI生成".into() };
    Explicit { medium: "text", text: "本文由AI生成".into(), place, method: "line", confidence: 1.0 }
}

/// An explicit label, or none, where one was looked for.
fn seen(explicit: bool) -> Looked<Explicit> {
    Looked::Found(explicit.then(text).into_iter().collect())
}

fn found(records: Vec<Record>) -> Found {
    Found { records, ..Found::default() }
}

#[test]
fn the_table_of_article_6() {
    let trace = Trace { kind: "c2pa", placement: "x".into(), detail: String::new(), strength: Strength::Strong };
    let traced = || Found { traces: vec![trace.clone()], ..Found::default() };
    let weak = Found { traces: vec![Trace { strength: Strength::Weak, ..trace.clone() }], ..Found::default() };
    for (found, explicit, declared, verdict) in [
        (found(vec![record("1", "p", false)]), false, false, Verdict::Confirmed),
        (found(vec![record("2", "p", false)]), true, false, Verdict::Possible),
        (found(vec![record("3", "p", false)]), false, true, Verdict::Possible),
        (found(vec![record("1", "p", true)]), false, true, Verdict::Possible),
        (found(vec![record("AIGC", "p", false)]), false, false, Verdict::Confirmed),
        (found(vec![record("1", "p", true)]), false, false, Verdict::Suspected),
        (found(vec![record("3", "p", false), record("1", "p", false)]), false, false, Verdict::Confirmed),
        (found(vec![]), false, true, Verdict::Possible),
        (found(vec![]), true, false, Verdict::Suspected),
        (traced(), false, false, Verdict::Suspected),
        (traced(), false, true, Verdict::Possible),
        (weak, false, false, Verdict::None),
        (found(vec![]), false, false, Verdict::None),
    ] {
        let evidence = Evidence { found, declared, explicit: seen(explicit), ..Evidence::default() };
        assert_eq!(judge(&evidence, &Policy::default()).verdict, verdict, "{evidence:?}");
    }
}

#[test]
fn a_report_is_no_flood_and_says_what_it_leaves_out() {
    let parts = (0..90_000).map(|n| Finding::new(Code::Part, "x", Detail::term(n.to_string())));
    let findings = parts.chain([Finding::new(Code::Damaged, "x", Detail::term("the end"))]).collect();
    let many = Found { findings, ..Found::default() };
    let judgement = judged(many);
    assert_eq!(judgement.findings.len(), LISTED + 2);
    assert_eq!(judgement.findings.last().unwrap().english(), "left out of this report: 89936 file.part");
    assert!(!judgement.conforming());
    let trace = |strength| Trace { kind: "c2pa", placement: "x".into(), detail: String::new(), strength };
    let mut traces: Vec<_> = (0..100).map(|n| trace(if n < 99 { Strength::Weak } else { Strength::Strong })).collect();
    let judgement = judged(Found { traces: traces.clone(), ..Found::default() });
    assert_eq!(judgement.findings.last().unwrap().detail.chinese(), "36 条痕迹");
    shorten(&mut traces);
    assert_eq!((traces.len(), traces[0].strength), (LISTED, Strength::Strong));
}

#[test]
fn several_records_are_compared() {
    let codes = |records| judged(found(records)).findings.into_iter().map(|f| f.code).collect::<Vec<_>>();
    assert!(codes(vec![record("1", "p", false), record("1", "p", false)]).contains(&Code::Duplicate));
    assert!(codes(vec![record("1", "p", false), record("1", "q", false)]).contains(&Code::Conflict));
}

fn detail(records: Vec<Record>, code: Code) -> Option<String> {
    let findings = judged(found(records)).findings;
    findings.into_iter().find(|f| f.code == code).map(|f| f.detail.english().to_owned())
}

#[test]
fn a_copy_with_fewer_fields_is_a_duplicate_unless_it_says_otherwise() {
    let with = |id: &str, rest: Option<&str>| {
        let mut record = record("1", "p", false);
        Field::ProduceID.set(&mut record.fields, Some(id.into()));
        Field::PropagateID.set(&mut record.fields, rest.map(str::to_owned));
        record
    };
    let (three, seven) = (with("a", None), with("a", Some("a")));
    assert_eq!(detail(vec![three.clone(), seven.clone()], Code::Duplicate).as_deref(), Some("2"));
    assert_eq!(fullest(&[three.clone(), seven.clone()]), Some(&seven));
    // The short copy agrees with both of the others, which do not agree with each other.
    let stacked = vec![three.clone(), seven, with("a", Some("b"))];
    assert_eq!(detail(stacked, Code::Conflict).as_deref(), Some("PropagateID (stacked by one producer)"));
    assert_eq!(
        detail(vec![three.clone(), record("1", "q", false)], Code::Conflict).as_deref(),
        Some("ContentProducer")
    );
    let unnamed = vec![record("1", "", false), record("2", "", false)];
    assert_eq!(detail(unnamed, Code::Conflict).as_deref(), Some("Label"));
}

#[test]
fn labels_beyond_the_limit_are_counted() {
    let many = Found { beyond: 3, ..found(vec![record("1", "p", false); 2]) };
    let findings = judged(many).findings;
    assert_eq!(findings.iter().find(|f| f.code == Code::TooMany).map(|f| f.detail.english()), Some("5 > 2"));
}

/// A rhythm that begins at this second.
fn rhythm(start: f64, faults: Faults) -> Explicit {
    let (end, pitches, tier) = (start + 1.1, vec![800.0], Tier::First);
    let place = Place::Sound(vec![Tones { start, end, unit: 0.1, pitches, own: false, tier, faults }]);
    Explicit { medium: "audio", text: "短长 短短".into(), place, method: "rhythm", confidence: 0.9 }
}

fn heard(labels: Vec<Explicit>, alike: Vec<Explicit>, records: Vec<Record>) -> Judgement {
    let kind = Some(biaoshi_metadata::Kind::Audio);
    let evidence =
        Evidence { explicit: Looked::Found(labels), alike, kind, found: found(records), ..Evidence::default() };
    judge(&evidence, &Policy::default())
}

#[test]
fn a_rhythm_is_a_label_whoever_made_it_and_one_that_is_like_it_is_none() {
    let label = || vec![rhythm(12.34, Faults::default())];
    let alone = heard(label(), vec![], vec![]);
    assert_eq!((alone.verdict, alone.findings.len()), (Verdict::Suspected, 0));
    assert_eq!(alone.reasons[0].code, "explicit.found");
    assert_eq!(alone.reasons[0].message.to_string(), "an explicit label was found: 短长 短短 at 12.34 s");
    let alike = heard(vec![], label(), vec![]);
    assert_eq!((alike.verdict, alike.reasons.len()), (Verdict::None, 0));
    let [like] = alike.findings.as_slice() else { panic!("{:?}", alike.findings) };
    assert_eq!((like.code, like.severity()), (Code::RhythmLike, Severity::Info));
    assert!(like.english().ends_with("短长 短短 at 12.34 s") && like.chinese().ends_with("短长 短短(第 12.34 秒)"));
    assert!(alike.conforming());
    // Label 1 asks for a label that is heard: one anywhere will do, one that is like it will not.
    let missing = |judgement: Judgement| judgement.findings.iter().any(|f| f.code == Code::NoExplicit);
    let confirmed = || vec![record("1", "p", false)];
    assert!(missing(heard(vec![], label(), confirmed())) && !missing(heard(label(), vec![], confirmed())));
}

#[test]
fn faults_of_a_rhythm_are_told_unless_another_one_has_none() {
    let none = Faults::default();
    for (faults, code) in [
        (Faults { covered: true, ..none }, Code::RhythmCovered),
        (Faults { quiet: true, ..none }, Code::RhythmQuiet),
        (Faults { cut: true, ..none }, Code::RhythmCut),
        (Faults { no_gap: true, ..none }, Code::RhythmMorseL),
    ] {
        let judgement = heard(vec![rhythm(2.5, faults)], vec![], vec![]);
        let [one] = judgement.findings.as_slice() else { panic!("{:?}", judgement.findings) };
        assert_eq!((one.code, one.severity(), code.clause()), (code, Severity::Warning, "GB 45438-2025 5.3"));
        assert!(one.english().ends_with(": at 2.50 s") && one.chinese().ends_with(":第 2.50 秒"), "{}", one.chinese());
        assert_eq!(judgement.verdict, Verdict::Suspected);
        let strict = Policy { required: [crate::plan::Layer::Explicit].into(), ..Policy::default() };
        let evidence = Evidence { explicit: Looked::Found(vec![rhythm(2.5, faults)]), ..Evidence::default() };
        assert!(!judge(&evidence, &strict).conforming(), "{code:?}");
        let both = heard(vec![rhythm(2.5, faults), rhythm(9.0, none)], vec![], vec![]);
        assert_eq!(both.findings, [], "one that conforms is enough");
    }
    let all = heard(vec![rhythm(0.0, Faults { covered: true, quiet: true, cut: true, no_gap: true })], vec![], vec![]);
    assert_eq!(all.findings.len(), 4);
}

#[test]
fn a_label_that_outlasts_the_content_is_told_and_nothing_more() {
    let told = |places: &[Place], seconds| {
        let explicit = |place: &Place| Explicit { place: place.clone(), ..rhythm(0.0, Faults::default()) };
        let explicit = Looked::Found(places.iter().map(explicit).collect());
        let judgement = judge(&Evidence { explicit, seconds, ..Evidence::default() }, &Policy::default());
        assert!(judgement.conforming());
        judgement.findings.iter().map(biaoshi_label::Finding::english).collect::<Vec<_>>()
    };
    let foreign = rhythm(1.0, Faults::default()).place;
    let spoken = Place::Prompt(vec![0.3..1.7]);
    assert_eq!(told(std::slice::from_ref(&foreign), Some(2.2)), [] as [String; 0]);
    assert_eq!(told(std::slice::from_ref(&spoken), Some(4.4)), [] as [String; 0]);
    assert_eq!(told(std::slice::from_ref(&spoken), None), [] as [String; 0]);
    let longer = told(std::slice::from_ref(&spoken), Some(4.3));
    assert_eq!(longer, ["the explicit label lasts longer than the content: 2.20 s, content 2.10 s"]);
    assert_eq!(told(&[foreign, spoken], Some(5.0)).len(), 1);
}
