//! `--report`: the same results in files and streams. Every form is made from the line of JSON, so that no two can say
//! different things, and a line that a journal kept is as good as a new one.

mod columns;
mod html;
mod line;
mod path;
mod sarif;

use std::collections::HashSet;
use std::io::{self, BufWriter, Write};

use biaoshi::report::{Lang, Message, clean, said, trouble};

pub(crate) use columns::{Columns, DIFF, LABEL, PROPAGATE, VERIFY};
pub(crate) use line::Line;

use crate::args::{Common, Destination, Form, Outlet, Reports};
use crate::exit::{Exit, Stop};
use html::{Page, Thumbnails};
use sarif::Sarif;

/// The reports of a run.
pub(crate) struct Files {
    files: Vec<Report>,
    columns: Columns,
    /// The columns of a manifest that come back, in `row` of the JSON.
    kept: Vec<String>,
    lang: Lang,
}

struct Report {
    destination: Destination,
    format: Format,
    error: Option<io::Error>,
}

type Writer = BufWriter<Box<dyn Write>>;

/// Whether these reports can be written beside each other, and by this verb.
fn check(reports: &[Destination], columns: Columns, common: &Common) -> Result<(), Stop> {
    let on_stdout = reports.iter().filter(|r| r.outlet == Outlet::Stdout).count();
    if on_stdout + usize::from(common.json) > 1 {
        return Err(Stop::usage(
            "--report -: standard output takes one report, and none beside --json",
            "--report -:标准输出只能写一份报告,且不能与 --json 同用",
        ));
    }
    if let Some(twice) = twice(reports) {
        return Err(Stop::usage(
            format!("--report {twice} is given twice; a file takes one report"),
            format!("--report {twice} 重复;一个文件只能写一份报告"),
        ));
    }
    if let Some(other) = reports.iter().find(|report| !columns.forms.contains(&report.form)) {
        let forms = columns.forms.iter().map(|form| format!(".{}", form.name())).collect::<Vec<_>>();
        return Err(Stop::usage(
            format!("--report {other}: there is no such report of this command; it writes {}", forms.join(", ")),
            format!("--report {other}:该命令没有这种报告;可写 {}", forms.join("、")),
        ));
    }
    Ok(())
}

/// A report that has the place of an earlier one.
fn twice(reports: &[Destination]) -> Option<&Destination> {
    let mut seen = HashSet::new();
    reports.iter().find(|report| !seen.insert(report.to_string()))
}

enum Format {
    JsonLines(Writer),
    Csv(Box<csv::Writer<Writer>>),
    Html(Box<Page<Writer>>),
    Sarif(Box<Sarif<Writer>>),
}

impl Files {
    /// Opens the reports. One that cannot be opened is a wrong command line; so are two on standard output, or one beside what
    /// `--json` writes there.
    pub(crate) fn create(reports: &Reports, columns: Columns, kept: &[String], common: &Common) -> Result<Self, Stop> {
        check(&reports.files, columns, common)?;
        let names = columns.names(kept);
        let file = |destination: &Destination| match create(destination, &names, common) {
            Ok(format) => Ok(Report { destination: destination.clone(), format, error: None }),
            Err(e) if e.kind() == io::ErrorKind::NotFound && matches!(destination.outlet, Outlet::Descriptor(_)) => {
                Err(Stop::usage(
                    format!(
                        "--report {destination}: this descriptor is not open; in a shell, N>FILE behind the command opens it"
                    ),
                    format!("--report {destination}:该描述符未打开;可在命令后用 N>文件 打开"),
                ))
            }
            Err(e) => {
                Err(Stop::Usage(said!("--report {}: {}", "--report {}:{}", destination.to_string(), trouble(&e))))
            }
        };
        let files = reports.files.iter().map(file).collect::<Result<_, _>>()?;
        Ok(Self { files, columns, kept: kept.to_vec(), lang: common.lang() })
    }

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Pages do without small pictures of the files.
    pub(crate) fn leave_out_thumbnails(&mut self) {
        for file in &mut self.files {
            if let Format::Html(page) = &mut file.format {
                page.leave_out_thumbnails();
            }
        }
    }

    /// Whether nobody takes any of them any more.
    pub(crate) fn are_closed(&self) -> bool {
        let closed = |e: &io::Error| e.kind() == io::ErrorKind::BrokenPipe;
        self.files.iter().all(|file| file.error.as_ref().is_some_and(closed))
    }

    /// One result. It is in the file at once: a process that dies takes no line along.
    pub(crate) fn write(&mut self, line: &Line<'_>) {
        let mut row = None;
        for file in self.files.iter_mut().filter(|f| f.error.is_none()) {
            let written = match &mut file.format {
                Format::JsonLines(lines) => line.write(lines).and_then(|()| lines.flush()),
                Format::Csv(rows) => {
                    let row = row.get_or_insert_with(|| self.columns.row(line, &self.kept, self.lang));
                    let written = rows.write_record(row.iter().map(|cell| cell_text(cell)));
                    written.map_err(Into::into).and_then(|()| rows.flush())
                }
                Format::Html(page) => page.write(line),
                Format::Sarif(log) => log.write(line),
            };
            file.error = written.err();
        }
    }

    /// Writes what stands behind the results, and out what is buffered; a line for each report that is not whole. A reader that
    /// closed its pipe has seen enough. `exit`: how the run ended.
    pub(crate) fn finish(&mut self, exit: Exit) -> Vec<Message> {
        let finish = |file: &mut Report| {
            let flushed = match &mut file.format {
                Format::JsonLines(lines) => lines.flush(),
                Format::Csv(rows) => rows.flush(),
                // What stands behind files that could not be written is of no use.
                Format::Html(_) | Format::Sarif(_) if file.error.is_some() => Ok(()),
                Format::Html(page) => page.end(exit),
                Format::Sarif(log) => log.end(exit),
            };
            let error = file.error.take().or(flushed.err()).filter(|e| e.kind() != io::ErrorKind::BrokenPipe)?;
            Some(said!("--report {}: {}", "--report {}:{}", file.destination.to_string(), trouble(&error)))
        };
        self.files.iter_mut().filter_map(finish).collect()
    }
}

fn create(destination: &Destination, columns: &[String], common: &Common) -> io::Result<Format> {
    let writer = BufWriter::new(destination.open()?);
    Ok(match destination.form {
        Form::JsonLines => Format::JsonLines(writer),
        // Without the mark, spreadsheet programs take UTF-8 for the local code page; the programs behind a pipe take it for text.
        Form::Csv => Format::Csv(Box::new(table(writer, columns, matches!(destination.outlet, Outlet::File(_)))?)),
        Form::Sarif => Format::Sarif(Box::new(Sarif::begin(writer, common.lang())?)),
        Form::Html => Format::Html(Box::new(Page::begin(writer, Thumbnails::new(common), common.lang())?)),
    })
}

/// A table with its heading line.
fn table(mut writer: Writer, columns: &[String], marked: bool) -> io::Result<csv::Writer<Writer>> {
    if marked {
        writer.write_all("\u{feff}".as_bytes())?;
    }
    let mut writer = csv::Writer::from_writer(writer);
    writer.write_record(columns)?;
    writer.flush()?;
    Ok(writer)
}

/// What a formula begins with; spreadsheets of East Asian settings take the wide forms for the same. (Tabs and ends of lines, behind
/// which some look for one, are written as escapes.)
const FORMULA: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// A cell that no spreadsheet takes for a formula, and no terminal for a command.
pub(crate) fn cell_text(cell: &str) -> String {
    let cell = clean(cell);
    if cell != "-" && cell.starts_with(FORMULA) { format!("'{cell}") } else { cell }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        for sign in FORMULA {
            assert_eq!(cell_text(&format!("{sign}1+1")), format!("'{sign}1+1"));
        }
        for (cell, text) in
            [("-", "-"), ("a=1", "a=1"), ("", ""), ("\t=1", "\\u{9}=1"), ("\r=1", "\\u{d}=1"), ("\n=1", "\\u{a}=1")]
        {
            assert_eq!(cell_text(cell), text);
        }
    }
}
