//! Where results go: standard output and report files. Whatever happens to those, the work goes on, and each tells its
//! trouble in one line at the end.

use std::io;

use biaoshi::report::{said, trouble};

use crate::args::{Common, Counts, Reports};
use crate::exit::{Exit, Stop};
use crate::out::{self, Out};
use crate::reports::{Columns, Files, Line};
use crate::told::now;

/// The outlets of one run, and its exit code so far.
pub(crate) struct Results<'a> {
    pub(crate) common: &'a Common,
    reports: Option<Files>,
    out: Out,
    exit: Exit,
    closed: Option<io::Error>,
    /// A report has standard output for itself.
    taken: bool,
    /// Only the counts are printed.
    counts: bool,
}

impl<'a> Results<'a> {
    /// Creates the report files. `kept`: the columns of a manifest that come back in them.
    pub(crate) fn new(reports: &Reports, columns: Columns, kept: &[String], common: &'a Common) -> Result<Self, Stop> {
        let taken = reports.take_stdout();
        let reports = Some(Files::create(reports, columns, kept, common)?).filter(|files| !files.is_empty());
        Ok(Self { reports, taken, ..Self::printed(common) })
    }

    /// Standard output alone.
    pub(crate) fn printed(common: &'a Common) -> Self {
        Self {
            common,
            reports: None,
            out: Out::new(common),
            exit: Exit::Done,
            closed: None,
            taken: false,
            counts: false,
        }
    }

    /// The same, with as much of it as is wanted.
    pub(crate) fn telling(mut self, counts: &Counts) -> Self {
        if let Some(reports) = self.reports.as_mut().filter(|_| counts.no_thumbnails) {
            reports.leave_out_thumbnails();
        }
        Self { counts: counts.stats, ..self }
    }

    /// One file, of which is told now: its line of JSON, for the reports and with `--json` for standard output.
    pub(crate) fn add(&mut self, json: &str, exit: Exit) {
        self.add_of(&now(), json, exit);
    }

    /// One file, with the time of its result.
    pub(crate) fn add_of(&mut self, time: &str, json: &str, exit: Exit) {
        self.exit = self.exit.max(exit);
        if let Some(reports) = &mut self.reports {
            reports.write(&Line::new(json, time));
        }
        if self.common.json && !self.counts {
            self.show(|out| out.line(json));
        }
    }

    /// Whether people get rows.
    pub(crate) fn has_rows(&self) -> bool {
        !self.common.json && !self.counts
    }

    /// The counts, where only those are wanted: as an object, or in words.
    pub(crate) fn count(&mut self, object: impl FnOnce() -> String, lines: &[String]) -> bool {
        if self.counts && self.common.json {
            self.show(|out| out.line(&object()));
        } else if self.counts {
            self.conclude(lines);
        }
        self.counts
    }

    /// Whether lines of JSON go anywhere.
    pub(crate) fn wants_json(&self) -> bool {
        self.common.json || self.reports.is_some()
    }

    /// Writes to standard output, while somebody takes it, and unless a report has it.
    pub(crate) fn show(&mut self, write: impl FnOnce(&mut Out) -> io::Result<()>) {
        if self.closed.is_none() && !self.taken {
            self.closed = write(&mut self.out).err();
        }
    }

    /// The last lines, for people; the log has them in any case.
    pub(crate) fn conclude(&mut self, lines: &[String]) {
        for line in lines {
            out::note(line);
            if !self.common.json && !self.common.quiet {
                self.show(|out| out.line(line));
            }
        }
    }

    /// Notes that something was not as asked.
    pub(crate) fn raise(&mut self, exit: Exit) {
        self.exit = self.exit.max(exit);
    }

    /// Whether standard output is closed, and every report too.
    pub(crate) fn nobody_listens(&self) -> bool {
        (self.closed.is_some() || self.taken) && self.reports.as_ref().is_none_or(Files::are_closed)
    }

    /// Tells that there was no file at all: names that hold none, and filters that leave none, look like work that is done.
    pub(crate) fn tell_none(&self) {
        if self.exit == Exit::Done && !self.common.quiet {
            let line = said!(
                "no file was found; look at what was named, and at --include, --exclude, --ext and --hidden",
                "没有找到任何文件;请检查所给的路径,以及 --include、--exclude、--ext 和 --hidden"
            );
            out::error(&line.tell(self.common.lang()));
        }
    }

    /// Writes out what is buffered. A reader that closed the pipe has seen enough: that changes no exit code.
    pub(crate) fn finish(mut self) -> Exit {
        self.show(Out::flush);
        if let Some(e) = self.closed.take()
            && e.kind() != io::ErrorKind::BrokenPipe
        {
            out::error(&said!("standard output: {}", "标准输出:{}", trouble(&e)).tell(self.common.lang()));
            self.exit = self.exit.max(Exit::Failed);
        }
        let exit = self.exit;
        for trouble in self.reports.iter_mut().flat_map(|reports| reports.finish(exit)) {
            out::error(&trouble.tell(self.common.lang()));
            self.exit = self.exit.max(Exit::Failed);
        }
        self.exit
    }
}
