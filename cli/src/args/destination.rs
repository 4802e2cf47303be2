//! Where a report goes, as `--report` names it.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use biaoshi::report::said;

use super::values::Bad;

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Csv,
    JsonLines,
    Html,
    Sarif,
}

impl Form {
    /// All of them.
    pub(crate) const ALL: [Self; 4] = [Self::Csv, Self::JsonLines, Self::Html, Self::Sarif];

    /// The extension.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::JsonLines => "jsonl",
            Self::Html => "html",
            Self::Sarif => "sarif",
        }
    }

    fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|form| form.name() == name)
    }
}

/// Where a report goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outlet {
    File(PathBuf),
    /// Standard output, which then holds nothing else.
    Stdout,
    /// A file descriptor that whoever started us has opened.
    Descriptor(u32),
}

/// A report: where it goes, and how it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Destination {
    pub(crate) outlet: Outlet,
    pub(crate) form: Form,
}

impl FromStr for Destination {
    type Err = Bad;

    /// `FILE.jsonl`, `FILE.csv`, `-:FORM`, `fd:N:FORM`.
    fn from_str(text: &str) -> Result<Self, Bad> {
        let none = || {
            Bad(said!(
                "{} does not say its form; write -:jsonl, fd:N:jsonl or a file that ends in .jsonl, or the same with csv, html or sarif",
                "{} 没有指明格式;应写作 -:jsonl、fd:N:jsonl 或以 .jsonl 结尾的文件,csv、html、sarif 同理",
                format!("{text:?}")
            ))
        };
        let stream = |outlet, form: &str| Form::parse(form).map(|form| Self { outlet, form }).ok_or_else(none);
        if text == "-" {
            return stream(Outlet::Stdout, "");
        }
        if let Some(form) = text.strip_prefix("-:") {
            return stream(Outlet::Stdout, form);
        }
        if let Some((number, form)) = text.strip_prefix("fd:").and_then(|rest| rest.split_once(':'))
            && let Ok(number) = number.parse()
        {
            return match number {
                0 => Err(Bad(said!(
                    "{} is standard input; name a descriptor from 1",
                    "{} 是标准输入;请用 1 以上的描述符",
                    format!("{text:?}")
                ))),
                1 => stream(Outlet::Stdout, form),
                number => stream(Outlet::Descriptor(number), form),
            };
        }
        let form = Path::new(text).extension().and_then(|e| e.to_str()).and_then(Form::parse).ok_or_else(none)?;
        Ok(Self { outlet: Outlet::File(text.into()), form })
    }
}

impl Destination {
    /// Opens it. A file is made anew; a descriptor is written on where it stands.
    pub(crate) fn open(&self) -> io::Result<Box<dyn Write>> {
        Ok(match &self.outlet {
            Outlet::File(path) => Box::new(File::create(path)?),
            Outlet::Stdout => Box::new(io::stdout()),
            // What lies behind `>>` keeps what is in it.
            Outlet::Descriptor(number) => Box::new(OpenOptions::new().append(true).open(format!("/dev/fd/{number}"))?),
        })
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let form = self.form.name();
        match &self.outlet {
            Outlet::File(path) => path.display().fmt(f),
            Outlet::Stdout => write!(f, "-:{form}"),
            Outlet::Descriptor(number) => write!(f, "fd:{number}:{form}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use biaoshi::report::Lang;

    use super::*;

    #[test]
    fn destinations() {
        let of = |text: &str| text.parse::<Destination>().map(|d| d.to_string()).map_err(|Bad(e)| e.tell(Lang::Zh));
        for text in [
            "a.csv",
            "d/b.jsonl",
            "x.html",
            "-:sarif",
            "fd:4:html",
            "-:csv",
            "-:jsonl",
            "fd:3:csv",
            "fd:12:jsonl",
            "./-:x.csv",
        ] {
            assert_eq!(of(text), Ok(text.into()));
        }
        assert_eq!(of("fd:1:csv"), Ok("-:csv".into()));
        for text in ["-", "-:xml", "fd:3", "fd:3:txt", "fd:0:csv", "a.txt", "a", "fd:x:csv.txt"] {
            assert!(of(text).is_err(), "{text}");
        }
    }
}
