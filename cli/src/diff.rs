//! `diff`: two files, or two folders file by file.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use biaoshi::batch::pairs::Originals;
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
use crate::reports::DIFF;
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
    let mut printer = Printer::new(args, several, common)?;
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
                side.as_ref().map(|input| Report::failed(&input.shown, false, Error::Internal(message.clone())))
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
    Ok(printer.finish())
}

/// Which files belong together: two that are named, or those of two folders by their names.
fn pairs(args: &DiffArgs) -> Result<Vec<Pair>, Stop> {
    let folders = (args.before.is_dir(), args.after.is_dir());
    if !folders.0 && !folders.1 {
        args.pairing.is_for_folders()?;
        let input = |path: &Path| Some(Input::new(path.to_owned(), 0));
        return Ok(vec![(input(&args.before), input(&args.after))]);
    }
    if folders != (true, true) {
        let (folder, other) = if folders.0 { (&args.before, &args.after) } else { (&args.after, &args.before) };
        let (folder, other) = (folder.display(), other.display());
        return Err(Stop::usage(
            format!("{folder} is a folder, and {other} is none; give two files or two folders"),
            format!("{folder} 是文件夹,而 {other} 不是;请给出两个文件或两个文件夹"),
        ));
    }
    let filter = args.filters.filter(None)?;
    let one = |root: &Path| Roots::one(root.to_owned(), args.hidden, args.follow, filter.clone());
    let after = one(&args.after);
    let below = || after.walk().map(|item| item.relative);
    let before = Originals::new(&args.before, &one(&args.before), args.pairing.pattern()?, below());
    Ok(belong(&before, after.walk().map(|item| (item.relative, item.input))))
}

/// Each file of the first folder with those of the second that belong to it, or alone; then those that belong to none.
fn belong(before: &Originals, after: impl Iterator<Item = (PathBuf, Input)>) -> Vec<Pair> {
    let mut now: BTreeMap<usize, Vec<Input>> = BTreeMap::new();
    let mut added = Vec::new();
    for (path, input) in after {
        match before.of(&path) {
            Ok(number) => now.entry(number).or_default().push(input),
            Err(_) => added.push((None, Some(input))),
        }
    }
    let mut pairs = Vec::new();
    for number in 0..before.len() {
        let was = || Some(Input::new(before.path(number), 0));
        match now.remove(&number) {
            Some(all) => pairs.extend(all.into_iter().map(|now| (was(), Some(now)))),
            None => pairs.push((was(), None)),
        }
    }
    pairs.append(&mut added);
    pairs
}

struct Printer<'a> {
    results: Results<'a>,
    /// Whether there is more than one pair.
    several: bool,
    /// What is to be shown, when that was said.
    only: Option<Vec<Status>>,
    counts: BTreeMap<Status, u64>,
    pairs: u64,
    unchanged: u64,
}

impl<'a> Printer<'a> {
    fn new(args: &DiffArgs, several: bool, common: &'a Common) -> Result<Self, Stop> {
        let results = Results::new(&args.reports, DIFF, &[], common)?;
        let only = args.shown.only();
        Ok(Self { results, several, only, counts: BTreeMap::new(), pairs: 0, unchanged: 0 })
    }

    fn print(&mut self, diff: &Diff) {
        for mark in &diff.marks {
            *self.counts.entry(mark.status).or_default() += 1;
        }
        self.pairs += 1;
        self.unchanged += u64::from(diff.is_unchanged());
        // Whatever is shown, everything counts.
        let exit = match (diff.is_failure(), diff.is_loss()) {
            (true, _) => Exit::Failed,
            (false, true) => Exit::Findings,
            (false, false) => Exit::Done,
        };
        self.results.raise(exit);
        let (common, statuses) = (self.results.common, self.only.as_deref().unwrap_or(&Status::ALL));
        if self.only.is_some() && !diff.shows(statuses) {
            return;
        }
        if self.results.wants_json() {
            self.results.add(&diff.to_json(common.lang(), statuses), exit);
        }
        let brief = self.only.is_none() && self.several && common.verbose == 0;
        if common.json || (common.quiet && exit == Exit::Done) || (brief && diff.is_unchanged()) {
            return;
        }
        let statuses = if brief { CHANGES } else { statuses };
        self.results.show(|out| write(out, diff, statuses, common.lang()));
    }

    fn finish(mut self) -> Exit {
        let common = self.results.common;
        if self.several {
            let zh = common.lang() == Lang::Zh;
            let counts = Status::ALL.map(|s| {
                let count = self.counts.get(&s).copied().unwrap_or_default();
                let word = s.word(common.lang());
                if zh { format!("{word} {count}") } else { format!("{count} {word}") }
            });
            let (pairs, unchanged) = (self.pairs, self.unchanged);
            let line = if zh {
                format!("{};{pairs} 对文件中 {unchanged} 对无变化", counts.join(","))
            } else {
                format!("{}; {unchanged} of {pairs} pairs unchanged", counts.join(", "))
            };
            self.results.conclude(&[line]);
        }
        self.results.finish()
    }
}

/// What people are shown of many pairs.
const CHANGES: &[Status] = &[Status::Added, Status::Changed, Status::Broken, Status::Lost];

/// A heading, and below it what became of each mark.
fn write(out: &mut Out, diff: &Diff, statuses: &[Status], lang: Lang) -> std::io::Result<()> {
    out.line(&diff.heading())?;
    diff.lines(lang, statuses).into_iter().try_for_each(|(status, line)| match status {
        Some(status) => out.coloured(status_style(status), status.word(lang).len() + 2, &format!("  {line}")),
        None => out.line(&format!("  {line}")),
    })
}
