//! The only place that prints.

use std::io::{self, IsTerminal, Write};

use anstyle::{AnsiColor, Style};
use biaoshi::diff::Status;
use biaoshi::judge::Verdict;
use serde::{Deserialize, Serialize};

use crate::args::{Color, Common};
use crate::log;

/// One line on standard error, and in the log.
pub(crate) fn error(message: &str) {
    let _ = writeln!(io::stderr(), "biaoshi: {message}");
    note(message);
}

/// Lines in the log alone. That it cannot be written is told once.
pub(crate) fn note(text: &str) {
    if let Some(failure) = log::note(text) {
        let _ = writeln!(io::stderr(), "biaoshi: {failure}");
    }
}

/// Standard output with or without colours. Lines come out at once: a process that dies takes none along.
pub(crate) struct Out {
    writer: io::BufWriter<io::StdoutLock<'static>>,
    colours: bool,
}

impl Out {
    pub(crate) fn new(common: &Common) -> Self {
        let terminal = io::stdout().is_terminal();
        let colours = match common.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => terminal && !common.json && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty()),
        };
        Self { writer: io::BufWriter::new(io::stdout().lock()), colours }
    }

    /// One line.
    pub(crate) fn line(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.writer, "{text}")?;
        self.writer.flush()
    }

    /// One line whose beginning is coloured.
    pub(crate) fn coloured(&mut self, style: Style, head: usize, text: &str) -> io::Result<()> {
        match (self.colours, text.split_at_checked(head)) {
            (true, Some((head, tail))) => self.line(&format!("{style}{head}{style:#}{tail}")),
            _ => self.line(text),
        }
    }

    /// The lines about one file; the first word is coloured.
    pub(crate) fn rows(&mut self, tone: Tone, rows: &[String]) -> io::Result<()> {
        let Some((first, below)) = rows.split_first() else { return Ok(()) };
        self.coloured(tone.style(), first.find(' ').unwrap_or(0), first)?;
        below.iter().try_for_each(|row| self.line(row))
    }

    /// Raw bytes.
    pub(crate) fn copy(&mut self, from: &mut impl io::Read) -> io::Result<()> {
        io::copy(from, &mut self.writer).map(|_| ())
    }

    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// What the first word of a row says, as a colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Tone {
    Confirmed,
    Possible,
    Suspected,
    Nothing,
    Well,
    Wrong,
}

impl Tone {
    pub(crate) fn style(self) -> Style {
        let colour = match self {
            Self::Confirmed | Self::Well => AnsiColor::Green,
            Self::Possible => AnsiColor::Cyan,
            Self::Suspected => AnsiColor::Yellow,
            Self::Wrong => AnsiColor::Red,
            Self::Nothing => return Style::new().dimmed(),
        };
        Style::new().fg_color(Some(colour.into()))
    }
}

impl From<Verdict> for Tone {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Confirmed => Self::Confirmed,
            Verdict::Possible => Self::Possible,
            Verdict::Suspected => Self::Suspected,
            Verdict::None => Self::Nothing,
        }
    }
}

/// The colour of what became of a mark.
pub(crate) fn status_style(status: Status) -> Style {
    let colour = match status {
        Status::Kept => AnsiColor::Green,
        Status::Added => AnsiColor::Cyan,
        Status::Changed => AnsiColor::Yellow,
        Status::Broken | Status::Lost => AnsiColor::Red,
    };
    Style::new().fg_color(Some(colour.into()))
}
