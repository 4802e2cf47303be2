//! What a platform's propagation says of one file: JSON Lines of the schema `biaoshi.propagate/1`, and lines for people.

use std::borrow::Cow;
use std::fmt::Write;

use biaoshi_label::{Field, Level, Severity};
use serde::Serialize;

use super::json::{FieldsJson, ReportJson, RowJson, error_json, notice_json};
use super::{Done, LabelReport, Lang, Report, clean, message, notice, pad, shown};
use crate::error::Refusal;
use crate::judge::Verdict;
use crate::{Error, paths};

/// What `verify` says of the file before anything was written, and what was done with it.
#[derive(Serialize)]
struct PropagateJson<'a> {
    #[serde(flatten)]
    found: ReportJson<'a>,
    action: &'static str,
    written: bool,
    reason: Option<&'static str>,
    output: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_bytes: Option<String>,
    sidecar: bool,
    old: Option<FieldsJson<'a>>,
    new: Option<FieldsJson<'a>>,
    after: Option<AfterJson>,
    notes: Vec<String>,
    bytes_in: u64,
    bytes_out: u64,
    dry_run: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256: Option<&'a str>,
}

#[derive(Serialize)]
struct AfterJson {
    labelled: bool,
    conforming: bool,
}

impl LabelReport {
    /// What a platform's propagation did.
    pub fn propagation(&self) -> &'static str {
        match self.action() {
            "labelled" => "propagated",
            action => action,
        }
    }

    /// The verdict of a platform's propagation; `None` where nobody could look into the file and nobody declares it: that nothing was
    /// found there says nothing.
    pub fn verdict(&self) -> Option<Verdict> {
        let judged = self.judged.as_ref()?;
        let verdict = judged.judgement.verdict;
        let is_unread = self.result.is_err() && judged.format.is_none() && verdict == Verdict::None;
        (!is_unread).then_some(verdict)
    }

    /// What the public is told: the verdict, or the level of a new label, which may be one that was asked for.
    fn told_as(&self) -> Verdict {
        let fields = self.fields.as_ref().filter(|_| self.old.is_none());
        let level = fields.and_then(|fields| Level::parse(Field::Label.of(fields)?));
        self.verdict().unwrap_or(Verdict::None).max(level.map_or(Verdict::None, Verdict::from))
    }

    /// Why the platform's elements are not in the file; `None` where they were written.
    fn why_not(&self) -> Option<&'static str> {
        match &self.result {
            Ok(Done::Labelled) => None,
            Ok(Done::Copied)
            | Err(Error::UnknownFormat | Error::Refused(Refusal::UnknownFormat | Refusal::NoSlot(_))) => {
                Some("no-place")
            }
            Ok(Done::Unchanged) => self.left.map(super::Left::code),
            Err(Error::Refused(Refusal::Propagation(obstacle))) => Some(obstacle.code()),
            Err(error) => Some(error.kind()),
        }
    }

    /// One line of JSON of a platform's propagation (schema `biaoshi.propagate/1`).
    pub fn to_propagate_json(&self, lang: Lang) -> String {
        let unread;
        let judged = match &self.judged {
            Some(judged) => judged,
            None => {
                unread = Box::new(Report::unread(&self.path, false));
                &unread
            }
        };
        let mut found = judged.json("biaoshi.propagate/1", lang);
        found.error = self.result.as_ref().err().map(|e| error_json(e, lang));
        found.row = RowJson(&self.row);
        found.notice = notice_json(self.told_as());
        let json = PropagateJson {
            found,
            action: self.propagation(),
            written: matches!(self.result, Ok(Done::Labelled)) && !self.dry_run,
            reason: self.why_not(),
            output: self.output.as_ref().map(|p| p.to_string_lossy()),
            output_bytes: self.output.as_deref().and_then(paths::bytes),
            sidecar: self.beside,
            old: self.old.as_ref().map(FieldsJson),
            new: self.fields.as_ref().map(FieldsJson),
            after: self.outcome.map(|o| AfterJson { labelled: o.labelled, conforming: o.conforming }),
            notes: self.notes.iter().map(|n| n.tell(lang)).collect(),
            bytes_in: self.bytes_in,
            bytes_out: self.bytes_out,
            dry_run: self.dry_run,
            sha256: self.sha256.as_deref(),
        };
        serde_json::to_string(&json).unwrap_or_default()
    }

    /// Lines for people: verdict, what was done, path, output, the notice to show; below them the findings that matter.
    pub fn to_propagate_rows(&self, least: Severity, lang: Lang) -> Vec<String> {
        let verdict = self.verdict().map_or("-", |verdict| verdict.word(lang));
        let action = self.done(self.propagation(), "写入", lang);
        let width = if self.dry_run { 20 } else { 10 };
        let mut row = format!("{} {} {}", pad(verdict, 10), pad(&action, width), shown(&self.path));
        if let Some(output) = self.output.as_ref().filter(|output| **output != self.path) {
            let _ = write!(row, " -> {}", shown(output));
        }
        if let Some(words) = notice(self.told_as(), lang) {
            let _ = write!(row, "  “{words}”");
        }
        for note in &self.notes {
            let _ = write!(row, "  ({})", clean(&note.tell(lang)));
        }
        if let Err(error) = &self.result {
            let _ = write!(row, ": {}", message(error, lang));
        }
        let details = self.judged.iter().flat_map(|judged| judged.details(least, lang));
        std::iter::once(row).chain(details.map(|line| format!("           {line}"))).collect()
    }
}
