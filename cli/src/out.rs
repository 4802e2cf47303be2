//! The only place that prints.

use std::io::{self, IsTerminal, Write};

use anstyle::{AnsiColor, Style};
use biaoshi::diff::Status;
use biaoshi::judge::Verdict;

use crate::args::{Color, Common};

/// One line on standard error.
pub(crate) fn error(message: &str) {
    let _ = writeln!(io::stderr(), "biaoshi: {message}");
}

/// Standard output with or without colours.
pub(crate) struct Out {
    writer: io::BufWriter<io::StdoutLock<'static>>,
    colours: bool,
    /// Whether somebody watches: then lines come out at once.
    terminal: bool,
}

impl Out {
    pub(crate) fn new(common: &Common) -> Self {
        let terminal = io::stdout().is_terminal();
        let colours = match common.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => terminal && !common.json && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty()),
        };
        Self { writer: io::BufWriter::new(io::stdout().lock()), colours, terminal }
    }

    /// One line.
    pub(crate) fn line(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.writer, "{text}")?;
        if self.terminal { self.writer.flush() } else { Ok(()) }
    }

    /// One line whose beginning is coloured.
    pub(crate) fn coloured(&mut self, style: Style, head: usize, text: &str) -> io::Result<()> {
        match (self.colours, text.split_at_checked(head)) {
            (true, Some((head, tail))) => self.line(&format!("{style}{head}{style:#}{tail}")),
            _ => self.line(text),
        }
    }

    /// Raw bytes.
    pub(crate) fn copy(&mut self, from: &mut impl io::Read) -> io::Result<()> {
        io::copy(from, &mut self.writer).map(|_| ())
    }

    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// The colour of a verdict.
pub(crate) fn verdict_style(verdict: Verdict) -> Style {
    let colour = match verdict {
        Verdict::Confirmed => AnsiColor::Green,
        Verdict::Possible => AnsiColor::Cyan,
        Verdict::Suspected => AnsiColor::Yellow,
        Verdict::None => return Style::new().dimmed(),
    };
    Style::new().fg_color(Some(colour.into()))
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

/// The colour of something that went wrong, or well.
pub(crate) fn result_style(well: bool) -> Style {
    let colour = if well { AnsiColor::Green } else { AnsiColor::Red };
    Style::new().fg_color(Some(colour.into()))
}
