//! JSON Lines: schemas `biaoshi.report/1` and `biaoshi.label/1`.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use biaoshi_label::{Field, Fields, Finding, Record};
use biaoshi_security::{Algorithm, Check};
use biaoshi_watermark::image::Content;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::places::{MarkCounts, MarkJsonPlace, WhereJson, mark_counts, places};
use super::{Cells, Explicit, LabelReport, Lang, Report, Skipped, Watermark, message, notice};
use crate::Error;
use crate::judge::{Reason, Verdict};
use crate::paths;
use crate::provenance::{Provider, ProviderTag};

#[derive(Serialize)]
pub(super) struct ReportJson<'a> {
    schema: &'static str,
    path: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_bytes: Option<String>,
    bytes: u64,
    format: Option<&'static str>,
    media_type: Option<&'static str>,
    labels: Vec<LabelJson<'a>>,
    explicit: Option<Vec<ExplicitJson<'a>>>,
    watermarks: Option<Vec<WatermarkJson<'a>>>,
    traces: Option<Vec<TraceJson<'a>>>,
    declared: bool,
    verdict: &'static str,
    level: Option<&'static str>,
    pub(super) notice: Option<NoticeJson>,
    reasons: Vec<ReasonJson<'a>>,
    findings: Vec<FindingJson<'a>>,
    conforming: bool,
    pub(super) error: Option<ErrorJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256: Option<&'a str>,
    #[serde(skip_serializing_if = "RowJson::is_empty")]
    pub(super) row: RowJson<'a>,
}

#[derive(Serialize)]
struct LabelJson<'a> {
    carrier: &'a str,
    offset: u64,
    length: u64,
    fields: FieldsJson<'a>,
    misspelt: BTreeMap<&'a str, &'a str>,
    raw: &'a str,
    dialects: Vec<&'static str>,
    signature: Option<SignatureJson>,
}

/// What the security fields are worth; `null` for one that holds no security data.
#[derive(Serialize)]
struct SignatureJson {
    producer: Option<CheckJson>,
    propagator: Option<CheckJson>,
}

#[derive(Serialize)]
struct CheckJson {
    state: &'static str,
    content: &'static str,
    algorithm: Option<&'static str>,
    key_id: Option<String>,
    reason: Option<ReasonOfCheckJson>,
}

#[derive(Serialize)]
struct ReasonOfCheckJson {
    code: &'static str,
    message: String,
}

/// The seven canonical names, a missing field as `null`.
pub(super) struct FieldsJson<'a>(pub(super) &'a Fields);

impl Serialize for FieldsJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(7))?;
        for field in Field::ALL {
            map.serialize_entry(field.key(), &field.of(self.0))?;
        }
        map.end()
    }
}

/// What a manifest says beside: it stands only where something was to be kept.
pub(super) struct RowJson<'a>(pub(super) &'a Cells);

impl RowJson<'_> {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for RowJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

#[derive(Serialize)]
struct ExplicitJson<'a> {
    medium: &'static str,
    text: &'a str,
    r#where: WhereJson,
    height_ratio: Option<f32>,
    method: &'static str,
    confidence: f32,
}

#[derive(Serialize)]
struct WatermarkJson<'a> {
    medium: &'static str,
    payload: String,
    score: f32,
    false_positive: f64,
    key_id: &'a str,
    r#where: MarkJsonPlace,
    #[serde(flatten)]
    counts: Option<MarkCounts>,
    content: Option<&'static str>,
    agrees: &'static str,
    provider: Option<ProviderJson<'a>>,
}

/// Code and name are there when exactly one provider has the tag; of several, `candidates` lists all.
#[derive(Serialize)]
struct ProviderJson<'a> {
    tag: String,
    code: Option<&'a str>,
    name: Option<&'a str>,
    candidates: Vec<CandidateJson<'a>>,
}

#[derive(Serialize)]
struct CandidateJson<'a> {
    code: &'a str,
    name: &'a str,
}

#[derive(Serialize)]
struct TraceJson<'a> {
    kind: &'static str,
    placement: &'a str,
    detail: &'a str,
    strength: &'static str,
}

#[derive(Serialize)]
pub(super) struct NoticeJson {
    zh: &'static str,
    en: &'static str,
}

/// What led to a verdict.
#[derive(Serialize)]
struct ReasonJson<'a> {
    code: &'a str,
    verdict: &'static str,
    clause: &'static str,
    placement: &'a str,
    message: String,
}

#[derive(Serialize)]
pub(super) struct FindingJson<'a> {
    code: &'static str,
    severity: &'static str,
    placement: &'a str,
    message: String,
    clause: Option<&'static str>,
}

#[derive(Serialize)]
pub(crate) struct ErrorJson {
    kind: &'static str,
    message: String,
    offset: Option<u64>,
}

impl Report {
    /// One line of JSON (schema `biaoshi.report/1`).
    pub fn to_json(&self, lang: Lang) -> String {
        serde_json::to_string(&self.json("biaoshi.report/1", lang)).unwrap_or_default()
    }

    /// The same as a part of what another verb says.
    pub(super) fn json(&self, schema: &'static str, lang: Lang) -> ReportJson<'_> {
        let verdict = self.judgement.verdict;
        ReportJson {
            schema,
            path: self.path.to_string_lossy(),
            path_bytes: paths::bytes(&self.path),
            bytes: self.bytes,
            format: self.format.map(|f| f.name),
            media_type: self.format.map(|f| f.media_type),
            labels: self.labels(lang),
            explicit: self.explicit.as_ref().map(|all| all.iter().flat_map(explicit).collect()),
            watermarks: self.watermarks.as_ref().map(|all| all.iter().map(watermark).collect()),
            traces: self.traces.as_ref().map(|t| t.iter().map(trace).collect()),
            declared: self.declared,
            verdict: verdict.name(),
            level: verdict.level().map(biaoshi_label::Level::digit),
            notice: notice_json(verdict),
            reasons: self.judgement.reasons.iter().map(|r| reason(r, lang)).collect(),
            findings: self.judgement.findings.iter().map(|f| finding(f, lang)).collect(),
            conforming: self.judgement.conforming() && self.error.is_none(),
            error: self.error.as_ref().map(|e| error_json(e, lang)),
            expected_id: self.expected_id.as_deref(),
            sha256: self.sha256.as_deref(),
            row: RowJson(&self.row),
        }
    }
}

impl Report {
    fn labels(&self, lang: Lang) -> Vec<LabelJson<'_>> {
        let checks = self.signatures.iter().map(Some).chain(std::iter::repeat(None));
        self.labels.iter().zip(checks).map(|(record, checks)| label(record, checks, lang)).collect()
    }
}

fn signature([producer, propagator]: &[Option<Check>; 2], lang: Lang) -> Option<SignatureJson> {
    let told = |check: &Check| CheckJson {
        state: check.state.name(),
        content: check.content.name(),
        algorithm: check.algorithm.map(Algorithm::name),
        key_id: check.key_id.clone(),
        reason: check.reason.as_ref().map(|r| ReasonOfCheckJson { code: r.code(), message: r.tell(lang) }),
    };
    let (producer, propagator) = (producer.as_ref().map(told), propagator.as_ref().map(told));
    (producer.is_some() || propagator.is_some()).then_some(SignatureJson { producer, propagator })
}

fn label<'a>(record: &'a Record, checks: Option<&[Option<Check>; 2]>, lang: Lang) -> LabelJson<'a> {
    let Range { start, end } = record.span;
    LabelJson {
        carrier: &record.placement,
        offset: start,
        length: end.saturating_sub(start),
        fields: FieldsJson(&record.fields),
        misspelt: record.misspelt.iter().map(|m| (&*m.key, &*m.value)).collect(),
        raw: &record.raw,
        dialects: record.dialects.iter().map(|d| d.name()).collect(),
        signature: checks.and_then(|checks| signature(checks, lang)),
    }
}

fn explicit(found: &Explicit) -> Vec<ExplicitJson<'_>> {
    let (places, height_ratio) = places(&found.place);
    let json = |r#where| ExplicitJson {
        medium: found.medium,
        text: &found.text,
        r#where,
        height_ratio,
        method: found.method,
        confidence: found.confidence,
    };
    places.into_iter().map(json).collect()
}

fn watermark(mark: &Watermark) -> WatermarkJson<'_> {
    WatermarkJson {
        medium: mark.place.medium(),
        payload: mark.payload.to_string(),
        score: mark.score,
        false_positive: mark.false_positive,
        key_id: &mark.key_id,
        r#where: mark.place.into(),
        counts: mark_counts(mark.place),
        content: mark.place.content().map(content),
        agrees: mark.agrees.name(),
        provider: mark.providers.as_deref().map(|all| provider(ProviderTag::of(mark.payload), all)),
    }
}

fn provider(tag: ProviderTag, all: &[Provider]) -> ProviderJson<'_> {
    let (only, candidates) = match all {
        [only] => (Some(only), &[][..]),
        several => (None, several),
    };
    ProviderJson {
        tag: tag.to_string(),
        code: only.map(|p| &*p.code),
        name: only.map(|p| &*p.name),
        candidates: candidates.iter().map(|p| CandidateJson { code: &p.code, name: &p.name }).collect(),
    }
}

/// Whether a picture is the one that was marked, by its name in JSON.
pub fn content(content: Content) -> &'static str {
    match content {
        Content::Match => "match",
        Content::Mismatch => "mismatch",
        Content::Unknown => "unknown",
    }
}

fn trace(trace: &biaoshi_metadata::Trace) -> TraceJson<'_> {
    TraceJson { kind: trace.kind, placement: &trace.placement, detail: &trace.detail, strength: trace.strength.name() }
}

pub(super) fn notice_json(verdict: Verdict) -> Option<NoticeJson> {
    Some(NoticeJson { zh: notice(verdict, Lang::Zh)?, en: notice(verdict, Lang::En)? })
}

fn reason(reason: &Reason, lang: Lang) -> ReasonJson<'_> {
    ReasonJson {
        code: &reason.code,
        verdict: reason.verdict.name(),
        clause: reason.clause,
        placement: &reason.placement,
        message: reason.message.tell(lang),
    }
}

pub(super) fn finding(finding: &Finding, lang: Lang) -> FindingJson<'_> {
    FindingJson {
        code: finding.code.name(),
        severity: finding.severity().name(),
        placement: &finding.placement,
        message: match lang {
            Lang::En => finding.english(),
            Lang::Zh => finding.chinese(),
        },
        clause: Some(finding.code.clause()).filter(|c| !c.is_empty()),
    }
}

pub(crate) fn error_json(error: &Error, lang: Lang) -> ErrorJson {
    ErrorJson { kind: error.kind(), message: message(error, lang), offset: error.offset() }
}

#[derive(Serialize)]
struct LabelReportJson<'a> {
    schema: &'static str,
    path: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_bytes: Option<String>,
    source: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_bytes: Option<String>,
    output: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_bytes: Option<String>,
    format: Option<&'static str>,
    action: &'static str,
    layers: Vec<&'static str>,
    skipped: Vec<SkippedJson>,
    notes: Vec<String>,
    findings: Vec<FindingJson<'a>>,
    fields: Option<FieldsJson<'a>>,
    watermark: Option<MarkJson<'a>>,
    bytes_in: u64,
    bytes_out: u64,
    dry_run: bool,
    error: Option<ErrorJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    replaced: Vec<LabelJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256: Option<&'a str>,
    #[serde(skip_serializing_if = "RowJson::is_empty")]
    row: RowJson<'a>,
}

#[derive(Serialize)]
struct MarkJson<'a> {
    payload: String,
    key_id: &'a str,
}

#[derive(Serialize)]
struct SkippedJson {
    layer: &'static str,
    code: &'static str,
    reason: String,
}

impl SkippedJson {
    fn new(skipped: &Skipped, lang: Lang) -> Self {
        Self { layer: skipped.layer.name(), code: skipped.code, reason: skipped.reason.tell(lang) }
    }
}

impl LabelReport {
    /// One line of JSON (schema `biaoshi.label/1`).
    pub fn to_json(&self, lang: Lang) -> String {
        let json = LabelReportJson {
            schema: "biaoshi.label/1",
            path: self.path.to_string_lossy(),
            path_bytes: paths::bytes(&self.path),
            source: self.source.as_ref().map(|p| p.to_string_lossy()),
            source_bytes: self.source.as_deref().and_then(paths::bytes),
            output: self.output.as_ref().map(|p| p.to_string_lossy()),
            output_bytes: self.output.as_deref().and_then(paths::bytes),
            format: self.format.map(|f| f.name),
            action: self.action(),
            layers: self.layers.iter().map(|l| l.name()).collect(),
            skipped: self.skipped.iter().map(|s| SkippedJson::new(s, lang)).collect(),
            notes: self.notes.iter().map(|n| n.tell(lang)).collect(),
            findings: self.findings.iter().map(|f| finding(f, lang)).collect(),
            fields: self.fields.as_ref().map(FieldsJson),
            watermark: self.mark.as_ref().map(|m| MarkJson { payload: m.payload.to_string(), key_id: &m.key_id }),
            bytes_in: self.bytes_in,
            bytes_out: self.bytes_out,
            dry_run: self.dry_run,
            error: self.result.as_ref().err().map(|e| error_json(e, lang)),
            reason: self.reason.as_deref(),
            replaced: self.replaced.iter().map(|record| label(record, None, lang)).collect(),
            sha256: self.sha256.as_deref(),
            row: RowJson(&self.row),
        };
        serde_json::to_string(&json).unwrap_or_default()
    }
}
