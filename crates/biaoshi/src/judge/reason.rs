//! Why a verdict is what it is: each piece of evidence with the verdict that it alone would give (Labelling Measures Art. 6).

use std::borrow::Cow;

use biaoshi_container::{Detail, Message, Said, phrase};
use biaoshi_label::{Field, Level, Record};
use biaoshi_metadata::{Strength, Trace};

use super::{Evidence, LISTED, Verdict};

/// One piece of evidence, and what it alone would come to. The strongest of all decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// Names it: a row of [`GROUNDS`], or `trace.` and the kind of a trace.
    pub code: Cow<'static, str>,
    /// The verdict that it alone would give; never `none`.
    pub verdict: Verdict,
    /// The clause that says so.
    pub clause: &'static str,
    /// Where: a carrier path such as `png/iTXt/XMP`; empty for what stands in no place of the metadata.
    pub placement: Cow<'static, str>,
    /// What was found.
    pub message: Message,
}

/// A kind of evidence: the rules of Art. 6, one a row.
#[derive(Debug)]
pub struct Ground {
    /// Its code and what is said of it; `{}` takes what was found.
    pub said: Said,
    /// The verdict that it alone gives.
    pub verdict: Verdict,
    /// The clause that says so.
    pub clause: &'static str,
}

macro_rules! grounds {
    ($($name:ident $code:literal $verdict:ident $clause:literal $en:literal $zh:literal;)*) => {
        $(static $name: Ground = Ground {
            said: Said { code: $code, en: $en, zh: $zh },
            verdict: Verdict::$verdict,
            clause: $clause,
        };)*

        /// The rules, the strongest first. Of a trace, the kind stands behind the code.
        pub static GROUNDS: &[&Ground] = &[$(&$name,)*];
    };
}

grounds! {
    CONFIRMED "label.confirmed" Confirmed "Measures Art. 6 (1)"
        "the label says that the content is AI-generated (Label 1)" "标识表明内容属于生成合成内容(Label 1)";
    OTHER "label.value" Confirmed "Measures Art. 6 (1)"
        "the file carries a label whose level is none of the three ({}), and counts as labelled" "文件带有标识,但属性值不在三种之内({}),按已标识处理";
    POSSIBLE "label.possible" Possible "GB 45438-2025 Annex E b)"
        "the label says that the content may be AI-generated (Label 2)" "标识表明内容可能为生成合成内容(Label 2)";
    DECLARED "declared" Possible "Measures Art. 6 (2)"
        "the uploader declares that the content is AI-generated" "上传者声明内容为生成合成内容";
    SUSPECTED "label.suspected" Suspected "GB 45438-2025 Annex E b)"
        "the label says that the content is suspected to be AI-generated (Label 3)" "标识表明内容疑似为生成合成内容(Label 3)";
    UNREADABLE "label.unreadable" Suspected "Measures Art. 6 (3)"
        "the file carries a label that cannot be read to its end" "文件带有无法完整读取的标识";
    EXPLICIT "explicit.found" Suspected "Measures Art. 6 (3)"
        "an explicit label was found: {}" "检出显式标识:{}";
    WATERMARK "watermark.found" Suspected "Measures Art. 6 (3)"
        "a watermark was found: {}" "检出数字水印:{}";
    TRACE "trace" Suspected "Measures Art. 6 (3)"
        "a trace of AI generation was found: {}" "检出生成合成痕迹:{}";
}

impl Ground {
    fn reason<const N: usize>(&'static self, placement: Cow<'static, str>, details: [Detail; N]) -> Reason {
        let (code, message) = (Cow::Borrowed(self.said.code), self.said.with(details));
        Reason { code, verdict: self.verdict, clause: self.clause, placement, message }
    }
}

/// Everything that leads to a verdict: the strongest first; of equals, as the evidence has them.
pub(super) fn reasons(evidence: &Evidence) -> Vec<Reason> {
    let labels = evidence.found.records.iter().map(of_label);
    let declared = evidence.declared.then(|| DECLARED.reason("".into(), []));
    let explicit = evidence.explicit.found().iter().map(|e| EXPLICIT.reason("".into(), [e.told().into()]));
    let marks = evidence.watermarks.found().iter();
    let marks = marks.map(|mark| WATERMARK.reason("".into(), [mark.payload.to_string().into()]));
    // A weak trace is worth a line in a report, no verdict.
    let traces = evidence.found.traces.iter().filter(|trace| trace.strength == Strength::Strong).map(of_trace);
    let mut all: Vec<Reason> = labels.chain(declared).chain(explicit).chain(marks).chain(traces).collect();
    all.sort_by_key(|reason| std::cmp::Reverse(reason.verdict));
    all.truncate(LISTED);
    all
}

/// What one label says: of values that contradict each other, the strongest.
fn of_label(record: &Record) -> Reason {
    let at = record.placement.clone();
    if record.broken {
        return UNREADABLE.reason(at, []);
    }
    let stated = record.stated(Field::Label).map(|value| (ground(value), value));
    // `min_by_key` takes the first of equals.
    match stated.min_by_key(|(ground, _)| std::cmp::Reverse(ground.verdict)) {
        // The value, shortened: a file may have any.
        Some((ground, value)) if std::ptr::eq(ground, &OTHER) => {
            ground.reason(at, [format!("{:?}", value.chars().take(40).collect::<String>()).into()])
        }
        Some((ground, _)) => ground.reason(at, []),
        None => OTHER.reason(at, [phrase!("it is missing", "缺失").into()]),
    }
}

/// What a value of `Label` says. One that is none of the three still says that the content is labelled.
fn ground(value: &str) -> &'static Ground {
    match Level::parse(value) {
        Some(Level::Confirmed) => &CONFIRMED,
        Some(Level::Possible) => &POSSIBLE,
        Some(Level::Suspected) => &SUSPECTED,
        None => &OTHER,
    }
}

fn of_trace(trace: &Trace) -> Reason {
    let what = if trace.detail.is_empty() { trace.kind } else { &trace.detail };
    let reason = TRACE.reason(trace.placement.clone(), [what.into()]);
    Reason { code: format!("trace.{}", trace.kind).into(), ..reason }
}
