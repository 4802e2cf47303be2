//! SARIF 2.1.0 (OASIS): findings, verdicts and what was done as results, errors of files as notifications. Results are
//! written as they come; notifications stand behind all results, and wait for that in a temporary file, since any number of
//! files may fail.

mod result;
mod rules;

use std::fs::File;
use std::io::{self, BufWriter, Seek, Write};

use biaoshi::report::{Lang, tag};
use serde_json::{Value, json};

use super::Line;
use super::line::VERSION;
use crate::exit::Exit;
use crate::told::now;
use rules::Rules;

/// The schema that a log names, so that editors know it.
const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// A log with one run.
pub(super) struct Sarif<W: Write> {
    out: W,
    rules: Rules,
    lang: Lang,
    begun: String,
    /// Whether there is a result.
    some: bool,
    errors: Option<BufWriter<File>>,
}

impl<W: Write> Sarif<W> {
    /// Writes what stands before the results.
    pub(super) fn begin(mut out: W, lang: Lang) -> io::Result<Self> {
        let rules = Rules::new(lang);
        let driver = json!({
            "name": "biaoshi",
            "version": VERSION,
            "semanticVersion": VERSION,
            "language": tag(lang),
            "rules": rules.list(),
        });
        write!(
            out,
            "{{\"$schema\":\"{SCHEMA}\",\"version\":\"2.1.0\",\"runs\":[{{\"tool\":{{\"driver\":{driver}}},\"results\":["
        )?;
        out.flush()?;
        Ok(Self { out, rules, lang, begun: now(), some: false, errors: None })
    }

    /// The results of one file.
    pub(super) fn write(&mut self, line: &Line<'_>) -> io::Result<()> {
        for result in result::of(line, &self.rules, self.lang) {
            self.out.write_all(if self.some { b",\n" } else { b"\n" })?;
            self.some = true;
            write!(self.out, "{result}")?;
        }
        if let Some(notification) = result::notification(line) {
            self.note(&notification)?;
        }
        self.out.flush()
    }

    fn note(&mut self, notification: &Value) -> io::Result<()> {
        let errors = match &mut self.errors {
            Some(errors) => {
                errors.write_all(b",\n")?;
                errors
            }
            none => none.insert(BufWriter::new(tempfile::tempfile()?)),
        };
        write!(errors, "{notification}")
    }

    /// Closes the log: it is whole also where the run was interrupted.
    pub(super) fn end(&mut self, exit: Exit) -> io::Result<()> {
        let succeeded = matches!(exit, Exit::Done | Exit::Findings);
        write!(
            self.out,
            "\n],\"invocations\":[{{\"startTimeUtc\":\"{}\",\"endTimeUtc\":\"{}\",\"exitCode\":{},\"executionSuccessful\":{succeeded},\
             \"toolExecutionNotifications\":[",
            self.begun,
            now(),
            exit.code(),
        )?;
        if let Some(errors) = self.errors.take() {
            let mut errors = errors.into_inner().map_err(io::IntoInnerError::into_error)?;
            errors.rewind()?;
            io::copy(&mut errors, &mut self.out)?;
        }
        writeln!(self.out, "]}}]}}]}}")?;
        self.out.flush()
    }
}
