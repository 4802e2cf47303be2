//! Every combination of evidence under every policy, against the rules of the Labelling Measures as they are read in words: written
//! down here once more, and not by calling what is tested.

use std::collections::{BTreeMap, BTreeSet};

use biaoshi_container::phrase;
use biaoshi_watermark::Payload;
use biaoshi_watermark::image::Content;

use super::*;
use crate::plan::Layer;
use crate::provenance::Agreement;

/// What the metadata holds: the values of Label, `broken` for a label that cannot be read.
const LABELS: [&[&str]; 8] = [&[], &["1"], &["2"], &["3"], &["AIGC"], &["broken"], &["3", "1"], &["2", "3"]];

/// What came of looking for a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seen {
    Unasked,
    Unable,
    Missing,
    There,
}

const SEEN: [Seen; 4] = [Seen::Unasked, Seen::Unable, Seen::Missing, Seen::There];
const TRACES: [Option<Strength>; 3] = [None, Some(Strength::Weak), Some(Strength::Strong)];

/// One row of the table.
#[derive(Debug, Clone, Copy)]
struct Case {
    labels: &'static [&'static str],
    declared: bool,
    explicit: Seen,
    watermark: Seen,
    trace: Option<Strength>,
}

fn cases() -> impl Iterator<Item = Case> {
    let declared = |labels| [false, true].map(|declared| (labels, declared));
    let layers = SEEN.iter().flat_map(|explicit| SEEN.map(|watermark| (*explicit, watermark)));
    LABELS.into_iter().flat_map(declared).flat_map(move |(labels, declared)| {
        layers.clone().flat_map(move |(explicit, watermark)| {
            TRACES.map(|trace| Case { labels, declared, explicit, watermark, trace })
        })
    })
}

fn looked<T>(seen: Seen, one: T) -> Looked<T> {
    match seen {
        Seen::Unasked => Looked::Unasked,
        Seen::Unable => Looked::Unable(phrase!("a reason", "某个原因").into()),
        Seen::Missing => Looked::Found(vec![]),
        Seen::There => Looked::Found(vec![one]),
    }
}

fn mark() -> Watermark {
    Watermark {
        payload: Payload(1),
        score: 9.0,
        false_positive: 0.0,
        key_id: String::new(),
        place: MarkPlace::Picture { quad: [(0.0, 0.0); 4], content: Content::Unknown },
        agrees: Agreement::NoLabel,
        providers: None,
    }
}

impl Case {
    fn evidence(self) -> Evidence {
        let record = |label: &&str| match *label {
            "broken" => record("1", "p", true),
            label => record(label, "p", false),
        };
        let trace = |strength| Trace { kind: "c2pa", placement: "x".into(), detail: "a model".into(), strength };
        let found = Found {
            records: self.labels.iter().map(record).collect(),
            traces: self.trace.map(trace).into_iter().collect(),
            ..Found::default()
        };
        Evidence {
            found,
            signatures: Vec::new(),
            kind: Some(biaoshi_metadata::Kind::Image),
            explicit: looked(self.explicit, text()),
            seconds: None,
            alike: Vec::new(),
            watermarks: looked(self.watermark, mark()),
            hidden: None,
            declared: self.declared,
            expected_id: None,
        }
    }

    /// Art. 6: a label says so; or the uploader; or anything else is found.
    fn verdict(self) -> Verdict {
        let says = |labels: &[&str]| self.labels.iter().any(|label| labels.contains(label));
        if says(&["1", "AIGC"]) {
            return Verdict::Confirmed;
        }
        if says(&["2"]) || self.declared {
            return Verdict::Possible;
        }
        let there = self.explicit == Seen::There || self.watermark == Seen::There;
        if says(&["3", "broken"]) || there || self.trace == Some(Strength::Strong) {
            return Verdict::Suspected;
        }
        Verdict::None
    }

    /// How many pieces of evidence led to it, or would have alone.
    fn reasons(self) -> usize {
        let there = |seen| usize::from(seen == Seen::There);
        self.labels.len()
            + usize::from(self.declared)
            + there(self.explicit)
            + there(self.watermark)
            + usize::from(self.trace == Some(Strength::Strong))
    }

    /// The findings that follow from the combination, without a policy's ignoring, and their severity.
    fn findings(self, policy: &Policy) -> BTreeMap<&'static str, Severity> {
        use Severity::{Error, Info, Warning};
        let mut all = BTreeMap::new();
        let requires = |layer| policy.required.contains(&layer);
        if self.labels.len() == 2 {
            all.insert("label.conflict", Error);
        }
        if self.labels == ["AIGC"] {
            all.insert("label.value", Error);
        }
        if self.labels == ["broken"] {
            all.insert("label.unreadable", Error);
        }
        if self.labels == ["3"] && self.declared {
            all.insert("label.level", Warning);
        }
        if self.labels.is_empty() && requires(Layer::Metadata) {
            all.insert("label.not-found", Error);
        }
        let explicit = requires(Layer::Explicit);
        let is_certain = self.labels.contains(&"1") || self.labels.contains(&"AIGC");
        match self.explicit {
            Seen::Unable => _ = all.insert("explicit.unchecked", if explicit { Error } else { Info }),
            Seen::Unasked if explicit => _ = all.insert("explicit.unchecked", Error),
            Seen::Missing if explicit => _ = all.insert("explicit.not-found", Error),
            Seen::Missing if is_certain => _ = all.insert("explicit.not-found", Warning),
            _ => {}
        }
        let watermark = requires(Layer::Watermark);
        match self.watermark {
            Seen::Unable => _ = all.insert("watermark.unread", if watermark { Error } else { Info }),
            Seen::Unasked if watermark => _ = all.insert("watermark.unread", Error),
            Seen::Missing if watermark => _ = all.insert("watermark.not-found", Error),
            _ => {}
        }
        all
    }
}

/// Findings that these labels have whatever the combination: they have no ProduceID, and a name for a code.
const ALWAYS: [&str; 3] = ["label.required", "label.missing-field", "code.name"];

/// Policies: the law; all layers required; findings ignored that a verdict may rest on; weights; what fails.
fn policies() -> Vec<(&'static str, Policy)> {
    let law = Policy::default;
    let required = BTreeSet::from([Layer::Metadata, Layer::Explicit, Layer::Watermark]);
    let ignored = BTreeSet::from([Code::Unreadable, Code::LabelValue, Code::Conflict, Code::NoExplicit]);
    let severities = BTreeMap::from([(Code::Level, Severity::Error), (Code::Unreadable, Severity::Info)]);
    vec![
        ("the law", law()),
        ("all layers", Policy { required: required.clone(), ..law() }),
        ("explicit", Policy { required: BTreeSet::from([Layer::Explicit]), ..law() }),
        ("ignoring", Policy { ignored, ..law() }),
        ("weights", Policy { severities: severities.clone(), ..law() }),
        (
            "a weight over a requirement",
            Policy { required, severities: BTreeMap::from([(Code::NoExplicit, Severity::Info)]), ..law() },
        ),
        ("fails on suspected", Policy { fail_on: BTreeSet::from([Trigger::Verdict(Verdict::Suspected)]), ..law() }),
        ("fails on warnings", Policy { fail_on: BTreeSet::from([Trigger::Severity(Severity::Warning)]), ..law() }),
        ("unlabelled is well", Policy { allow_unlabelled: true, ..law() }),
    ]
}

/// The severities of what a policy lets stand.
fn weighed(case: Case, policy: &Policy) -> BTreeMap<&'static str, Severity> {
    let mut all = case.findings(policy);
    all.retain(|name, _| !policy.ignored.iter().any(|code| code.name() == *name));
    for (name, severity) in &mut all {
        let named = policy.severities.iter().find(|(code, _)| code.name() == *name);
        *severity = named.map_or(*severity, |(_, named)| *named);
    }
    all
}

#[test]
fn every_combination_is_decided_as_the_measures_say() {
    let mut count = 0;
    for case in cases() {
        let evidence = case.evidence();
        for (name, policy) in policies() {
            let judgement = judge(&evidence, &policy);
            let at = format!("{name}: {case:?}");
            assert_eq!(judgement.verdict, case.verdict(), "{at}");
            assert_eq!(judgement.reasons.len(), case.reasons(), "{at}");
            assert_eq!(judgement.reasons.first().map(|r| r.verdict).unwrap_or_default(), judgement.verdict, "{at}");
            assert!(judgement.reasons.is_sorted_by(|a, b| a.verdict >= b.verdict), "{at}");
            let told = judgement.findings.iter().filter(|f| !ALWAYS.contains(&f.code.name()));
            let told: BTreeMap<_, _> = told.map(|f| (f.code.name(), f.severity())).collect();
            let expected = weighed(case, &policy);
            assert_eq!(told, expected, "{at}");
            // Labels without a ProduceID are errors whatever else there is: they fail in any case.
            let wrong = !case.labels.is_empty() || expected.values().any(|s| *s == Severity::Error);
            let warned = expected.values().any(|s| *s >= Severity::Warning);
            let unlabelled = case.labels.is_empty() && !policy.allow_unlabelled && case.verdict() != Verdict::Possible;
            let named = match name {
                "fails on suspected" => case.verdict() == Verdict::Suspected,
                "fails on warnings" => warned,
                _ => false,
            };
            assert_eq!(policy.fails(&judgement, !case.labels.is_empty()), wrong || unlabelled || named, "{at}");
            count += 1;
        }
    }
    assert_eq!(count, 8 * 2 * 4 * 4 * 3 * 9);
}

#[test]
fn labels_that_conform_fail_by_what_is_named_alone() {
    let mut whole = record("1", "001191110000EXAMPLE03Q10000", false);
    for (field, value) in [
        (Field::ProduceID, "a-1"),
        (Field::ReservedCode1, ""),
        (Field::ContentPropagator, "001191110000EXAMPLE03Q10000"),
        (Field::PropagateID, "a-1"),
        (Field::ReservedCode2, ""),
    ] {
        field.set(&mut whole.fields, Some(value.into()));
    }
    let evidence = || Evidence { found: found(vec![whole.clone()]), ..Evidence::default() };
    let judged = |policy: &Policy| judge(&evidence(), policy);
    let law = Policy::default();
    assert_eq!(judged(&law).findings, []);
    assert!(judged(&law).conforming() && !law.fails(&judged(&law), true));
    let confirmed = Policy { fail_on: BTreeSet::from([Trigger::Verdict(Verdict::Confirmed)]), ..Policy::default() };
    assert!(confirmed.fails(&judged(&confirmed), true));
    let other = Policy { producers: vec!["p".into(), "q".into()], ..Policy::default() };
    let told = judged(&other).findings;
    assert_eq!(
        told.iter().map(Finding::english).collect::<Vec<_>>(),
        ["the label has another ContentProducer than the policy expects: 001191110000EXAMPLE03Q10000, expected p, q"]
    );
    assert!(!other.fails(&judged(&other), true), "a warning fails nothing by itself");
    let own = Policy { producers: vec!["001191110000EXAMPLE03Q10000".into()], ..Policy::default() };
    assert_eq!(judged(&own).findings, []);
}

/// A label on a picture of 1000 x 500 pixels.
fn drawn(x: u32, y: u32, height_ratio: f32) -> Explicit {
    let rect = biaoshi_media::Rect { x, y, width: 100, height: 40 };
    let place = Place::Picture { rect, picture: (1000, 500), height_ratio, words: "AI生成".into() };
    Explicit { medium: "image", text: "AI生成".into(), place, method: "template", confidence: 1.0 }
}

#[test]
fn size_and_place_of_a_label_are_those_of_clause_5_2() {
    let codes = |labels: &[Explicit]| {
        let evidence = Evidence { explicit: Looked::Found(labels.to_vec()), ..Evidence::default() };
        let findings = judge(&evidence, &Policy::default()).findings;
        findings.iter().map(Finding::english).collect::<Vec<_>>()
    };
    let (small, inside) = (
        "the explicit label is smaller than 5 % of the shortest side: AI生成 is 4.9 % high",
        "the explicit label is not on an edge or corner: AI生成 is 51 pixels away",
    );
    assert_eq!(codes(&[drawn(0, 0, 0.05)]), [""; 0]);
    assert_eq!(codes(&[drawn(890, 450, 0.06)]), [""; 0], "a corner");
    assert_eq!(codes(&[drawn(450, 50, 0.06)]), [""; 0], "an edge, as far from it as may be");
    assert_eq!(codes(&[drawn(450, 51, 0.06)]), [inside]);
    assert_eq!(codes(&[drawn(0, 0, 0.049)]), [small]);
    assert_eq!(codes(&[drawn(849, 409, 0.049)]), [small, inside]);
    assert_eq!(codes(&[drawn(450, 200, 0.03), drawn(0, 0, 0.05)]), [""; 0], "one that conforms is enough");
}
