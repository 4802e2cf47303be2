//! `diff`: two files, or two folders file by file.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use biaoshi::batch::walk::Roots;
use biaoshi::diff::{Diff, Kind, Status};
use biaoshi::job::{Input, VerifyOptions, verify};
use biaoshi::report::{Lang, Report};
use biaoshi::{Error, batch};

use crate::args::{Common, DiffArgs};
use crate::exit::{Exit, Stop};
use crate::interruption::{self, Grace};
use crate::keys;
use crate::out::{Out, status_style};
use crate::progress::{Inputs, Progress};
use crate::results::Results;

/// A file as it was and as it is; one of them may be missing.
type Pair = (Option<Input>, Option<Input>);

/// Compares what files carry.
pub(crate) fn run(args: &DiffArgs, common: &Common) -> Result<Exit, Stop> {
    args.running.begin(common)?;
    let has = |layer: &str| args.layers.iter().any(|l| l == layer);
    let options = VerifyOptions {
        limits: common.limits(),
        traces: has("traces"),
        explicit: has("explicit"),
        watermarks: has("watermark").then(|| keys::search(&args.marks, None).map(Arc::new)).transpose()?,
        permits: Arc::new(common.permits()),
        ..VerifyOptions::default()
    };
    let pairs = pairs(args)?;
    let several = pairs.len() > 1;
    let sorts = [(options.explicit, Kind::Explicit), (options.watermarks.is_some(), Kind::Watermark)];
    let asked: Vec<Kind> = sorts.into_iter().filter_map(|(asked, kind)| asked.then_some(kind)).collect();
    let compared = |before, after| Diff::new(before, after).asked_for(&asked);
    let interrupted = interruption::listen(Grace::FilesInHand(args.running.stopping.grace()))?;
    let mut printer = Printer { results: Results::printed(common), counts: BTreeMap::new() };
    let progress = Progress::new(common, &args.running, &Inputs::Known(pairs.len() as u64));
    let bytes_of = |report: &Option<Report>| report.as_ref().map_or(0, |r| r.bytes);
    let deaf = Cell::new(false);
    batch::run(
        common.jobs(),
        pairs.into_iter(),
        |(before, after)| before.iter().chain(after).map(|input| batch::size_of(&input.path)).sum(),
        |(before, after): &Pair| {
            let read = |side: &Option<Input>| side.as_ref().map(|input| verify(input, &options));
            let (before, after) = (read(before), read(after));
            (bytes_of(&before) + bytes_of(&after), compared(before, after))
        },
        |(before, after), message| {
            let report = |side: &Option<Input>| {
                side.as_ref().map(|input| Report::failed(&input.shown, Error::Internal(message.clone())))
            };
            (0, compared(report(before), report(after)))
        },
        || interrupted.is_set() || deaf.get(),
        |(bytes, diff)| {
            progress.step(bytes, diff.is_failure());
            progress.around(|| printer.print(&diff));
            deaf.set(printer.results.nobody_listens());
        },
    )?;
    progress.finish();
    if interrupted.is_set() {
        printer.results.raise(Exit::Interrupted);
    }
    Ok(printer.finish(several))
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
    let filter = args.filters.filter(None)?;
    let walk = |root: &Path| -> BTreeMap<PathBuf, Input> {
        let roots = Roots::one(root.to_owned(), args.hidden, args.follow, filter.clone());
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
    results: Results<'a>,
    counts: BTreeMap<Status, u64>,
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
        let common = self.results.common;
        if common.json {
            self.results.add(&diff.to_json(common.lang()), exit);
            return;
        }
        self.results.raise(exit);
        if !common.quiet || exit != Exit::Done {
            self.results.show(|out| write(out, diff, common.lang()));
        }
    }

    fn finish(mut self, several: bool) -> Exit {
        let common = self.results.common;
        if several {
            let lang = common.lang();
            let all = [Status::Kept, Status::Added, Status::Changed, Status::Broken, Status::Lost];
            let counts = all.map(|s| {
                let count = self.counts.get(&s).copied().unwrap_or_default();
                if lang == Lang::Zh { format!("{} {count}", s.word(lang)) } else { format!("{count} {}", s.word(lang)) }
            });
            let line = counts.join(if lang == Lang::Zh { "," } else { ", " });
            self.results.conclude(&[line]);
        }
        self.results.finish()
    }
}

/// A heading, and below it what became of each mark.
fn write(out: &mut Out, diff: &Diff, lang: Lang) -> std::io::Result<()> {
    out.line(&diff.heading())?;
    diff.lines(lang).into_iter().try_for_each(|(status, line)| match status {
        Some(status) => out.coloured(status_style(status), status.word(lang).len() + 2, &format!("  {line}")),
        None => out.line(&format!("  {line}")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_belong_together_by_path_then_by_stem() {
        let all = |names: &[&str]| -> BTreeMap<PathBuf, Input> {
            names.iter().map(|n| (n.into(), Input::new(n.into(), 0))).collect()
        };
        let name = |side: Option<Input>| side.map_or("-".into(), |i| i.shown.display().to_string());
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
