//! `--report FILE`: the same results in files, by extension.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use biaoshi::label::{Field, Fields, Severity};
use biaoshi::report::{LabelReport, Lang, Report, clean};

use crate::args::Reports;
use crate::exit::Stop;

/// The report files of a run.
pub(crate) struct Files {
    files: Vec<Format>,
    lang: Lang,
}

enum Format {
    JsonLines(BufWriter<File>),
    Csv(Box<csv::Writer<File>>),
}

/// The columns of `verify` in CSV.
const VERIFY: [&str; 9] =
    ["path", "bytes", "format", "verdict", "level", "producer", "produce_id", "findings", "error"];
/// The columns of `label` in CSV.
const LABEL: [&str; 9] = ["path", "output", "format", "action", "layers", "producer", "produce_id", "skipped", "error"];

impl Files {
    /// Creates the files of `verify`; a name with another extension is a wrong command line.
    pub(crate) fn of_verify(reports: &Reports, lang: Lang) -> Result<Self, Stop> {
        Self::create(reports, lang, &VERIFY)
    }

    /// Creates the files of `label`.
    pub(crate) fn of_label(reports: &Reports, lang: Lang) -> Result<Self, Stop> {
        Self::create(reports, lang, &LABEL)
    }

    fn create(reports: &Reports, lang: Lang, columns: &[&str]) -> Result<Self, Stop> {
        // Extensions first: a wrong command line makes no file.
        let kinds = reports.files.iter().map(|path| is_csv(path)).collect::<Result<Vec<_>, _>>()?;
        let files = reports.files.iter().zip(kinds).map(|(path, csv)| create(path, csv, columns));
        Ok(Self { files: files.collect::<io::Result<_>>()?, lang })
    }

    /// One file checked.
    pub(crate) fn verified(&mut self, report: &Report) -> io::Result<()> {
        let lang = self.lang;
        let row = || {
            let fields = report.labels.first().map(|l| &l.fields);
            let verdict = report.judgement.verdict;
            [
                report.path.clone(),
                report.bytes.to_string(),
                report.format.map_or("", |f| f.name).to_owned(),
                verdict.name().to_owned(),
                verdict.level().map_or("", |l| l.digit()).to_owned(),
                value(fields, Field::ContentProducer),
                value(fields, Field::ProduceID),
                report.details(Severity::Warning, lang).join("; "),
                report.error.as_ref().map_or(String::new(), |e| biaoshi::report::message(e, lang)),
            ]
        };
        self.write(|| report.to_json(lang), row)
    }

    /// One file labelled.
    pub(crate) fn labelled(&mut self, report: &LabelReport) -> io::Result<()> {
        let lang = self.lang;
        let row = || {
            let fields = report.fields.as_ref();
            let skipped = report.skipped.iter().map(|(l, why)| format!("{}: {why}", l.name())).collect::<Vec<_>>();
            [
                report.path.clone(),
                report.output.as_ref().map_or(String::new(), |p| p.to_string_lossy().into_owned()),
                report.format.map_or("", |f| f.name).to_owned(),
                report.action().to_owned(),
                report.layers.iter().map(|l| l.name()).collect::<Vec<_>>().join("+"),
                value(fields, Field::ContentProducer),
                value(fields, Field::ProduceID),
                skipped.join("; "),
                report.result.as_ref().err().map_or(String::new(), |e| biaoshi::report::message(e, lang)),
            ]
        };
        self.write(|| report.to_json(lang), row)
    }

    fn write(&mut self, json: impl Fn() -> String, row: impl Fn() -> [String; 9]) -> io::Result<()> {
        for file in &mut self.files {
            match file {
                Format::JsonLines(file) => writeln!(file, "{}", json())?,
                Format::Csv(file) => file.write_record(row().iter().map(|cell| cell_text(cell)))?,
            }
        }
        Ok(())
    }

    /// Writes out what is buffered.
    pub(crate) fn finish(&mut self) -> io::Result<()> {
        self.files.iter_mut().try_for_each(|file| match file {
            Format::JsonLines(file) => file.flush(),
            Format::Csv(file) => file.flush(),
        })
    }
}

/// Whether a report is CSV (or else JSON Lines).
fn is_csv(path: &Path) -> Result<bool, Stop> {
    match path.extension().and_then(|e| e.to_str()) {
        Some("csv") => Ok(true),
        Some("jsonl") => Ok(false),
        _ => Err(Stop::usage(
            format!("--report {}: the extension must be .jsonl or .csv", path.display()),
            format!("--report {}:扩展名应为 .jsonl 或 .csv", path.display()),
        )),
    }
}

fn create(path: &Path, csv: bool, columns: &[&str]) -> io::Result<Format> {
    let mut file = File::create(path)?;
    if !csv {
        return Ok(Format::JsonLines(BufWriter::new(file)));
    }
    // Without the mark, spreadsheet programs take UTF-8 for the local code page.
    file.write_all("\u{feff}".as_bytes())?;
    let mut writer = csv::Writer::from_writer(file);
    writer.write_record(columns)?;
    Ok(Format::Csv(Box::new(writer)))
}

fn value(fields: Option<&Fields>, field: Field) -> String {
    fields.and_then(|f| field.of(f)).unwrap_or_default().to_owned()
}

/// A cell that no spreadsheet takes for a formula, and no terminal for a command.
fn cell_text(cell: &str) -> String {
    let cell = clean(cell);
    if cell.starts_with(['=', '+', '-', '@']) { format!("'{cell}") } else { cell }
}
