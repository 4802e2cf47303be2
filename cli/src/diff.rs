//! `diff`: two files, or two folders file by file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use biaoshi::diff::{Diff, Status};
use biaoshi::job::{Input, VerifyOptions, verify};
use biaoshi::report::Lang;
use biaoshi::{Error, batch};

use crate::args::{Common, DiffArgs};
use crate::exit::{Exit, Stop};
use crate::inputs::Roots;
use crate::out::{Out, status_style};
use crate::verify::failed;

/// A file as it was and as it is; one of them may be missing.
type Pair = (Option<Input>, Option<Input>);

/// Compares what files carry.
pub(crate) fn run(args: &DiffArgs, common: &Common) -> Result<Exit, Stop> {
    let has = |layer: &str| args.layers.iter().any(|l| l == layer);
    let options = VerifyOptions {
        limits: common.limits(),
        traces: has("traces"),
        explicit: has("explicit"),
        permits: common.permits(),
        ..VerifyOptions::default()
    };
    let pairs = pairs(args)?;
    let several = pairs.len() > 1;
    let compared = |before, after| {
        let diff = Diff::new(before, after);
        if options.explicit { diff.with_explicit() } else { diff }
    };
    let mut printer = Printer { out: Out::new(common), common, counts: BTreeMap::new(), exit: Exit::Done, error: None };
    let interrupted = crate::label::interruption();
    batch::run(
        common.jobs(),
        pairs.into_iter(),
        |(before, after): &Pair| {
            let read = |side: &Option<Input>| side.as_ref().map(|input| verify(input, &options));
            compared(read(before), read(after))
        },
        |(before, after), message| {
            let report =
                |side: &Option<Input>| side.as_ref().map(|input| failed(input, Error::Internal(message.clone())));
            compared(report(before), report(after))
        },
        || interrupted.is_set(),
        |diff| printer.print(&diff),
    )?;
    if interrupted.is_set() {
        printer.exit = Exit::Interrupted;
    }
    printer.finish(several)
}

/// Which files belong together: those with the same path below the folders, else the one that has the same path without
/// its extension with all of that name.
fn pairs(args: &DiffArgs) -> Result<Vec<Pair>, Stop> {
    let folders = (args.before.is_dir(), args.after.is_dir());
    if !folders.0 && !folders.1 {
        let input = |path: &Path| Some(Input::new(path.to_owned(), 0));
        return Ok(vec![(input(&args.before), input(&args.after))]);
    }
    if folders != (true, true) {
        return Err(Stop::usage("diff takes two files or two folders", "diff 需要两个文件或两个文件夹"));
    }
    let walk = |root: &Path| -> BTreeMap<PathBuf, Input> {
        let roots = Roots::one(root.to_owned(), args.hidden, args.follow);
        roots.walk().map(|item| (item.relative, item.input)).collect()
    };
    Ok(belong(walk(&args.before), walk(&args.after)))
}

fn belong(before: BTreeMap<PathBuf, Input>, mut after: BTreeMap<PathBuf, Input>) -> Vec<Pair> {
    let mut pairs: BTreeMap<PathBuf, Vec<Pair>> = BTreeMap::new();
    let mut open: BTreeMap<PathBuf, Vec<(PathBuf, Input)>> = BTreeMap::new();
    for (path, input) in before {
        match after.remove(&path) {
            Some(now) => pairs.entry(path).or_default().push((Some(input), Some(now))),
            None => open.entry(path.with_extension("")).or_default().push((path, input)),
        }
    }
    let mut renamed: BTreeMap<PathBuf, Vec<(PathBuf, Input)>> = BTreeMap::new();
    for (path, input) in after {
        renamed.entry(path.with_extension("")).or_default().push((path, input));
    }
    for (stem, was) in open {
        let now = if was.len() == 1 { renamed.remove(&stem).unwrap_or_default() } else { Vec::new() };
        for (path, input) in was {
            let found = now.iter().map(|(_, now)| (Some(input.clone()), Some(now.clone())));
            let mut all: Vec<Pair> = found.collect();
            if all.is_empty() {
                all.push((Some(input), None));
            }
            pairs.entry(path).or_default().extend(all);
        }
    }
    let added = renamed.into_values().flatten().map(|(_, input)| (None, Some(input)));
    pairs.into_values().flatten().chain(added).collect()
}

struct Printer<'a> {
    out: Out,
    common: &'a Common,
    counts: BTreeMap<Status, u64>,
    exit: Exit,
    error: Option<std::io::Error>,
}

impl Printer<'_> {
    fn print(&mut self, diff: &Diff) {
        for mark in &diff.marks {
            *self.counts.entry(mark.status).or_default() += 1;
        }
        let exit = match (diff.is_failure(), diff.is_loss()) {
            (true, _) => Exit::Failed,
            (false, true) => Exit::Findings,
            (false, false) => Exit::Done,
        };
        self.exit = self.exit.max(exit);
        if self.common.quiet && !self.common.json && exit == Exit::Done {
            return;
        }
        if let Err(e) = self.write(diff) {
            self.error.get_or_insert(e);
        }
    }

    fn write(&mut self, diff: &Diff) -> std::io::Result<()> {
        let lang = self.common.lang();
        if self.common.json {
            return self.out.line(&diff.to_json(lang));
        }
        self.out.line(&diff.heading())?;
        for (status, line) in diff.lines(lang) {
            match status {
                Some(status) => {
                    let head = status.word(lang).len() + 2;
                    self.out.coloured(status_style(status), head, &format!("  {line}"))?;
                }
                None => self.out.line(&format!("  {line}"))?,
            }
        }
        Ok(())
    }

    fn finish(mut self, several: bool) -> Result<Exit, Stop> {
        if let Some(e) = self.error.take() {
            return Err(e.into());
        }
        if several && !self.common.json && !self.common.quiet {
            let lang = self.common.lang();
            let all = [Status::Kept, Status::Added, Status::Changed, Status::Broken, Status::Lost];
            let counts = all.map(|s| {
                let count = self.counts.get(&s).copied().unwrap_or_default();
                if lang == Lang::Zh { format!("{} {count}", s.word(lang)) } else { format!("{count} {}", s.word(lang)) }
            });
            self.out.line(&counts.join(if lang == Lang::Zh { "," } else { ", " }))?;
        }
        self.out.flush()?;
        Ok(self.exit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_belong_together_by_path_then_by_stem() {
        let all = |names: &[&str]| -> BTreeMap<PathBuf, Input> {
            names.iter().map(|n| (n.into(), Input::new(n.into(), 0))).collect()
        };
        let name = |side: Option<Input>| side.map_or("-".into(), |i| i.shown);
        let pairs = |before: &[&str], after: &[&str]| -> Vec<String> {
            let pairs = belong(all(before), all(after)).into_iter();
            pairs.map(|(a, b)| format!("{} {}", name(a), name(b))).collect()
        };
        assert_eq!(pairs(&["a.png", "d/a.png"], &["a.png", "d/a.jpg"]), ["a.png a.png", "d/a.png d/a.jpg"]);
        assert_eq!(pairs(&["a.png"], &["a.jpg", "a.webp"]), ["a.png a.jpg", "a.png a.webp"]);
        assert_eq!(pairs(&["a.png", "a.txt"], &["a.jpg"]), ["a.png -", "a.txt -", "- a.jpg"], "nobody knows which");
        assert_eq!(pairs(&["a.png", "a.txt"], &["a.txt", "a.jpg"]), ["a.png a.jpg", "a.txt a.txt"]);
        assert_eq!(pairs(&["a.png"], &["b.png"]), ["a.png -", "- b.png"]);
    }
}
