use std::borrow::Cow;
use std::ops::Range;

use biaoshi_container::inflate::Spent;
use biaoshi_container::jpeg::Seen;
use biaoshi_container::{Lang, Limits, Message, Said, phrase};
use biaoshi_label::{Code, Detail, Dialect, Finding, Parsed, Reading, Record, is_blank, read, read_named};

use crate::c2pa;
use crate::trace::{self, DETAIL, Halves, Origin, Sources, Strength, Trace};

/// Everything a carrier found in one file, in file order.
#[derive(Debug, Default)]
pub struct Found {
    /// The labels, one record a placement, as many as [`Limits::records`] allows.
    pub records: Vec<Record>,
    /// How many labels there are beyond those: counted, not kept.
    pub beyond: usize,
    /// Other signs of AI generation.
    pub traces: Vec<Trace>,
    /// What is wrong with the file's metadata, besides the labels themselves.
    pub findings: Vec<Finding>,
    /// What a change of the file would break.
    pub blockers: Vec<Blocker>,
    /// What its compressed parts inflated to.
    pub inflated: Spent,
    /// Coded data that was looked through.
    pub seen: Seen,
    /// Traces of two texts, of which one was seen.
    pub halves: Halves,
    /// What the file says of how its content was made.
    pub sources: Sources,
}

/// Something that covers the whole file and that any change breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocker {
    /// What: `a C2PA manifest`.
    pub what: &'static Said,
    /// Where it stands.
    pub placement: Cow<'static, str>,
}

/// A place whose text may be a label.
#[derive(Debug, Clone)]
pub(crate) struct Slot<'a> {
    /// Path of containers.
    pub(crate) placement: Cow<'static, str>,
    /// Bytes in the file.
    pub(crate) span: Range<u64>,
    /// Whether the guide wraps the object here.
    pub(crate) wrapped: bool,
    /// What is different about the place itself.
    pub(crate) dialects: &'a [Dialect],
}

/// What a slot's text turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Offer {
    /// A label; the record is noted.
    Label,
    /// A vendor's object; the trace is noted.
    Vendor,
    /// Nothing of ours.
    Nothing,
}

/// A finding whose detail is a message.
pub fn finding(code: Code, placement: impl Into<Cow<'static, str>>, what: impl Into<Message>) -> Finding {
    let what = what.into();
    Finding::new(code, placement, Detail::pair(what.tell(Lang::En), what.tell(Lang::Zh)))
}

impl Found {
    /// For reading a view of the same open file once more: nothing but what need not be read again.
    #[must_use]
    pub fn again(&self) -> Self {
        Self { seen: self.seen.clone(), ..Self::default() }
    }

    /// Reads a slot's text and notes what it is.
    pub(crate) fn offer(&mut self, slot: Slot<'_>, text: &str, limits: &Limits) -> Offer {
        self.offer_as(false, slot, text, limits)
    }

    /// The same for a slot that by its name holds a label: one that is empty, or holds something else, is noted too.
    pub(crate) fn offer_named(&mut self, slot: Slot<'_>, text: &str, limits: &Limits) -> Offer {
        self.offer_as(true, slot, text, limits)
    }

    /// One or the other.
    pub(crate) fn offer_as(&mut self, named: bool, slot: Slot<'_>, text: &str, limits: &Limits) -> Offer {
        let cut = floor_char_boundary(text, limits.label);
        let kept = text.get(..cut).unwrap_or_default();
        let reading = if named { read_named(kept) } else { read(kept) };
        if cut < text.len() && reading != Reading::Nothing {
            self.findings.push(Finding::new(
                Code::TooLong,
                slot.placement.clone(),
                Detail::term(limits.label.to_string()),
            ));
        }
        match reading {
            Reading::Label(parsed) => {
                let form = match (slot.wrapped, parsed.wrapped) {
                    (true, false) => Some(Dialect::JsonBare),
                    (false, true) => Some(Dialect::JsonWrapped),
                    _ => None,
                };
                let raw = kept.trim_end_matches(['\0', ' ', '\n', '\r']).to_owned();
                self.record(slot, parsed, raw, form, limits);
                Offer::Label
            }
            Reading::Vendor(object) => {
                self.trace("vendor-record", slot.placement, &object, Strength::Strong);
                Offer::Vendor
            }
            Reading::Nothing => {
                if named {
                    let code = if is_blank(text) { Code::Empty } else { Code::Other };
                    self.findings.push(Finding::new(code, slot.placement, Detail::default()));
                }
                Offer::Nothing
            }
        }
    }

    /// Notes a label whose fields were read already, perhaps from many pieces: together they keep the limit of one.
    pub(crate) fn record(
        &mut self,
        slot: Slot<'_>,
        mut parsed: Parsed,
        mut raw: String,
        form: Option<Dialect>,
        limits: &Limits,
    ) {
        if self.records.len() >= limits.records {
            self.beyond += 1;
            return;
        }
        if shorten(&mut parsed, &mut raw, limits.label) {
            self.findings.push(Finding::new(
                Code::TooLong,
                slot.placement.clone(),
                Detail::term(limits.label.to_string()),
            ));
        }
        let mut record = Record {
            placement: slot.placement,
            span: slot.span,
            raw,
            fields: parsed.fields,
            misspelt: parsed.misspelt,
            repeated: parsed.repeated,
            dialects: slot.dialects.to_vec(),
            broken: parsed.broken,
        };
        for dialect in form.into_iter().chain(parsed.dialects) {
            record.add(dialect);
        }
        self.records.push(record);
    }

    /// Notes what a named text of a file tells: a PNG keyword, an EXIF tag, an XMP property.
    pub(crate) fn look(&mut self, placement: &str, name: &str, value: &str) {
        self.look_at(&|| placement.to_owned(), name, value);
    }

    /// The same where the placement is put together.
    pub(crate) fn look_at(&mut self, placement: &dyn Fn() -> String, name: &str, value: &str) {
        if name.eq_ignore_ascii_case("DigitalSourceType") {
            self.source(Origin::Iptc, &placement(), value);
        }
        if let Some(told) = trace::look(name, value, &mut self.halves) {
            self.trace(told.row.kind, placement(), &told.detail, told.strength);
        }
    }

    /// Notes what is said of how the content was made, and where C2PA and IPTC contradict each other.
    fn source(&mut self, origin: Origin, placement: &str, source: &str) {
        if let Some((c2pa, iptc)) = self.sources.note(origin, source) {
            let detail = Detail::pair(format!("C2PA {c2pa}, IPTC {iptc}"), format!("C2PA {c2pa},IPTC {iptc}"));
            self.findings.push(Finding::new(Code::Sources, placement.to_owned(), detail));
        }
    }

    /// Notes a sign of AI generation.
    pub(crate) fn trace(
        &mut self,
        kind: &'static str,
        placement: impl Into<Cow<'static, str>>,
        detail: &str,
        strength: Strength,
    ) {
        let detail: String = detail.chars().take(DETAIL).collect();
        let trace = Trace { kind, placement: placement.into(), detail, strength };
        // A value may be looked at under two names.
        if self.traces.last() != Some(&trace) {
            self.traces.push(trace);
        }
    }

    /// Notes a part that could not be read and is passed over.
    pub(crate) fn pass_over(&mut self, placement: impl Into<Cow<'static, str>>, what: impl Into<Message>) {
        self.findings.push(finding(Code::Part, placement, what));
    }

    /// Notes damage that may hide a label: verifying must not end in silence.
    pub(crate) fn damaged(&mut self, placement: impl Into<Cow<'static, str>>, what: impl Into<Message>) {
        self.findings.push(finding(Code::Damaged, placement, what));
    }

    /// Notes a C2PA manifest that is written in Base64. An empty element is the place for one.
    pub(crate) fn c2pa_text(&mut self, placement: &'static str, text: &str) {
        if !text.trim().is_empty() {
            self.c2pa(placement, &crate::coded::base64(text).unwrap_or_else(|| text.into()));
        }
    }

    /// Notes a C2PA manifest store: it blocks changes, and tells who made the content and how. Nothing of it is validated.
    pub(crate) fn c2pa(&mut self, placement: &'static str, store: &[u8]) {
        self.blockers.push(Blocker { what: phrase!("a C2PA manifest", "C2PA 清单"), placement: placement.into() });
        let told = c2pa::read(store);
        for source in &told.sources {
            self.source(Origin::C2pa, placement, source);
        }
        self.trace("c2pa", placement, &told.detail(), told.strength());
    }
}

/// Cuts a text, and all values together, to `limit` bytes. Says whether something was lost.
fn shorten(parsed: &mut Parsed, raw: &mut String, limit: usize) -> bool {
    let mut room = limit;
    let mut cut = |text: &mut String| {
        let whole = text.len();
        text.truncate(floor_char_boundary(text, room));
        room -= text.len();
        text.len() < whole
    };
    let mut lost = false;
    for value in parsed.fields.iter_mut().flatten() {
        lost |= cut(value);
    }
    parsed.misspelt.retain_mut(|misspelt| {
        let short = cut(&mut misspelt.value) || cut(&mut misspelt.key);
        lost |= short;
        !short
    });
    for (_, value) in &mut parsed.repeated {
        lost |= cut(value);
    }
    let end = floor_char_boundary(raw, limit);
    lost |= end < raw.len();
    raw.truncate(end);
    lost
}

/// The last boundary of characters that is not behind `at`.
pub(crate) fn floor_char_boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0)
}
