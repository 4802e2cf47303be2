//! `verify` and `inspect`.

mod summary;

use std::cell::Cell;
use std::path::Path;
use std::sync::Arc;

use biaoshi::batch::isolate::Isolation;
use biaoshi::batch::journal::Entry;
use biaoshi::batch::manifest::Columns;
use biaoshi::batch::{self, Checks, Event};
use biaoshi::job::{Input, VerifyOptions, verify};
use biaoshi::judge::{Policy, Verdict};
use biaoshi::label::{Finding, Severity};
use biaoshi::plan::Layer;
use biaoshi::record;
use biaoshi::report::{Report, clean, finding_line, said, with_finding};

use crate::args::{Common, InspectArgs, VerifyArgs, is_stdin};
use crate::exit::{Exit, Stop};
use crate::inputs;
use crate::interruption::{self, Grace};
use crate::isolation::{child, worker};
use crate::keys;
use crate::names;
use crate::out::{self, Out};
use crate::progress::{Inputs, Progress};
use crate::recording::Recorder;
use crate::reports::VERIFY;
use crate::results::Results;
use crate::resume;
use crate::told::{Told, now, raw, wants_json};
use summary::{Counted, Summary};

/// Checks files.
pub(crate) fn run(args: &VerifyArgs, common: &Common) -> Result<Exit, Stop> {
    let policy = args.policy.read(args.allow_unlabelled)?;
    names::tell_expected(&policy, common);
    // What a policy requires is looked for.
    let has = |layer: &str| {
        let required = Layer::parse(layer).is_some_and(|layer| policy.requires(layer));
        required || args.layers.iter().any(|l| l == layer)
    };
    let search = || keys::search(&args.marks, args.registry.as_deref()).map(Arc::new);
    let options = VerifyOptions {
        limits: common.limits(),
        traces: has("traces"),
        explicit: has("explicit"),
        prompt: args.spoken.read(common)?,
        watermarks: has("watermark").then(search).transpose()?,
        declared: args.declared,
        permits: Arc::new(common.permits()),
        expected_id: None,
        trust: keys::trust(&args.trusting, common)?,
        policy: Arc::new(policy),
        sha256: args.sums.sha256 || args.recording.ledger.is_some(),
    };
    if common.worker {
        let told = |report: &Report| told(report, &options, args, common);
        return worker(|jobs, answers| batch::serve_checks(&options, told, jobs, answers));
    }
    args.running.begin(common)?;
    args.counts.check(&args.reports)?;
    if args.paths.is_stdin() { stdin(args, common, &options) } else { each(args, common, &options) }
}

/// Every file below some paths.
fn each(args: &VerifyArgs, common: &Common, options: &VerifyOptions) -> Result<Exit, Stop> {
    let paths = &args.paths;
    let interrupted = interruption::listen(Grace::FilesInHand(args.running.stopping.grace()))?;
    let roots = inputs::roots(paths, None, (false, true), Columns::Verify, &|_| Ok(()))?;
    let (policy, looked) = (options.policy.id(), (&args.layers, &args.sums));
    let decides =
        (looked, &options.prompt, &options.watermarks, &options.trust, args.declared, policy, &args.unsupported);
    let history = resume::open(paths, &roots, &("verify", decides, common.limits()))?;
    let isolation = Isolation::new(paths.isolate, child);
    let recorder = Recorder::open(&args.recording, (false, false), common)?;
    let mut printer = Printer::new(args, roots.kept(), options.explicit, common)?;
    let progress = Progress::new(common, &args.running, &Inputs::Walked(&roots));
    let deaf = Cell::new(false);
    let checks = Checks { roots: &roots, options, history: &history, isolation: &isolation, jobs: common.jobs() };
    checks.run(
        |report| told(report, options, args, common),
        |told, path, finding| add(told, path, finding, &options.policy, common),
        || interrupted.is_set() || deaf.get() || recorder.has_failed(),
        |event| {
            match event {
                Event::Earlier(entry) => {
                    progress.skip();
                    printer.repeat(entry);
                }
                Event::New(told) => {
                    progress.step(told.bytes, told.exit == Exit::Failed);
                    if progress.around(|| recorder.note(told.record.as_deref())) {
                        progress.around(|| printer.print(told));
                    } else {
                        history.give_up();
                    }
                }
            }
            deaf.set(printer.results.nobody_listens() && !history.is_kept() && args.recording.ledger.is_none());
        },
    )?;
    progress.finish();
    if let Some(trouble) = roots.trouble() {
        out::error(&trouble.message().tell(common.lang()));
        printer.results.raise(Exit::Failed);
    } else if !interrupted.is_set() && !deaf.get() {
        resume::tell_gone(paths, &history, common.lang());
    }
    if interrupted.is_set() {
        interruption::tell(printer.files(), common.lang());
        printer.results.raise(Exit::Interrupted);
    }
    if recorder.has_failed() {
        printer.results.raise(Exit::Failed);
    }
    Ok(resume::close(paths, history, common.lang()).max(printer.finish()))
}

/// One file from standard input.
fn stdin(args: &VerifyArgs, common: &Common, options: &VerifyOptions) -> Result<Exit, Stop> {
    let paths = &args.paths;
    if paths.paths.len() > 1 || paths.files_from.is_some() {
        return Err(Stop::usage("- stands alone; name files in another run", "- 只能单独使用;其他文件请另行运行"));
    }
    interruption::listen(Grace::None)?;
    let (_scratch, input) = inputs::spool(common, paths.stdin_name.as_deref())?;
    let recorder = Recorder::open(&args.recording, (false, false), common)?;
    let mut printer = Printer::new(args, &[], options.explicit, common)?;
    let told = told(&verify(&input, options), options, args, common);
    if recorder.note(told.record.as_deref()) {
        printer.print(&told);
    } else {
        printer.results.raise(Exit::Failed);
    }
    Ok(printer.finish())
}

/// Shows one file to people.
pub(crate) fn inspect(args: &InspectArgs, common: &Common) -> Result<Exit, Stop> {
    let spooled = if is_stdin(&args.file) {
        interruption::listen(Grace::None)?;
        Some(inputs::spool(common, args.stdin_name.as_deref())?)
    } else {
        None
    };
    let input = spooled.as_ref().map_or_else(|| Input::new(args.file.clone(), 0), |(_, input)| input.clone());
    let options = VerifyOptions {
        limits: common.limits(),
        traces: true,
        explicit: true,
        watermarks: Some(Arc::new(keys::search(&args.marks, args.registry.as_deref())?)),
        permits: Arc::new(common.permits()),
        trust: keys::trust(&args.trusting, common)?,
        ..VerifyOptions::default()
    };
    let report = verify(&input, &options);
    if let (Some(error), 0, false) = (&report.error, report.bytes, common.json) {
        let shown = clean(&report.path.to_string_lossy());
        out::error(&said!("{}: {}", "{}:{}", shown, error.message()).tell(common.lang()));
        return Ok(Exit::Failed);
    }
    let mut out = Out::new(common);
    if common.json {
        out.line(&report.to_json(common.lang()))?;
    } else {
        out.line(report.to_page(common.lang()).trim_end())?;
    }
    out.flush()?;
    Ok(if report.error.is_some() { Exit::Failed } else { Exit::Done })
}

struct Printer<'a> {
    results: Results<'a>,
    summary: Summary,
}

impl<'a> Printer<'a> {
    fn new(args: &VerifyArgs, kept: &[String], explicit: bool, common: &'a Common) -> Result<Self, Stop> {
        let mut results = Results::new(&args.reports, VERIFY, kept, common)?.telling(&args.counts);
        if results.has_rows() && !common.quiet {
            results.show(|out| out.line(&Report::heading(explicit, common.lang())));
        }
        Ok(Self { results, summary: Summary::default() })
    }

    fn print(&mut self, told: &Told<Counted>) {
        self.summary.add(&told.counted);
        self.results.add_of(&told.time, told.json.get(), told.exit);
        if told.exit == Exit::Failed {
            told.rows.first().into_iter().for_each(|row| out::note(row));
        }
        if self.results.has_rows() {
            self.results.show(|out| out.rows(told.tone, &told.rows));
        }
    }

    /// A file of an earlier run: scripts get its line again; people get the number.
    fn repeat(&mut self, entry: &Entry) {
        let json = entry.report.get();
        if let Ok(counted) = serde_json::from_str(json) {
            self.summary.add(&counted);
        }
        self.summary.count_earlier();
        self.results.add_of(&entry.time, json, if entry.exit == 0 { Exit::Done } else { Exit::Findings });
    }

    /// How many files it told of.
    fn files(&self) -> u64 {
        self.summary.files()
    }

    /// The last line.
    fn finish(mut self) -> Exit {
        let common = self.results.common;
        if self.summary.files() == 0 {
            self.results.tell_none();
        }
        let line = [self.summary.line(common.lang())];
        if !self.results.count(|| self.summary.object(), &line) && self.summary.files() > 1 {
            self.results.conclude(&line);
        }
        self.results.finish()
    }
}

/// The least severity of findings that stand below a row.
fn least(common: &Common) -> Severity {
    match common.verbose {
        0 => Severity::Error,
        1 => Severity::Warning,
        _ => Severity::Info,
    }
}

/// What stands below a row.
fn below(line: &str) -> String {
    format!("           {line}")
}

/// Adds what only the run sees: that other content has the same id.
fn add(told: &mut Told<Counted>, path: &Path, finding: Finding, policy: &Policy, common: &Common) {
    let (lang, severity) = (common.lang(), finding.severity());
    // Where no outlet takes the line of JSON there is none.
    if let Ok(json) = with_finding(&told.json, &finding, lang) {
        told.json = json;
    }
    told.counted.add(&finding);
    let failed = policy.fails_by(std::slice::from_ref(&finding));
    let line = finding_line(&finding, lang);
    if !told.rows.is_empty() && severity >= least(common) {
        told.rows.push(below(&line));
    } else if failed && !common.json && told.rows.is_empty() {
        told.rows.push(said!("{}: {}", "{}:{}", clean(&path.to_string_lossy()), line).tell(lang));
    }
    if failed {
        told.exit = told.exit.max(Exit::Findings);
    }
}

/// A result as it is printed: a row, and below it the watermarks, the reasons of the verdict and what is wrong.
fn told(report: &Report, options: &VerifyOptions, args: &VerifyArgs, common: &Common) -> Told<Counted> {
    let (lang, policy) = (common.lang(), &options.policy);
    let details = || report.details(least(common), lang);
    let reasons = || if common.verbose > 0 { report.reasons(lang) } else { Vec::new() };
    let under = || report.marks(lang).into_iter().chain(reasons()).chain(details()).map(|line| below(&line));
    let rows = || std::iter::once(report.to_row(options.explicit, lang)).chain(under()).collect();
    let verdict = report.judgement.verdict;
    let wrong = policy.fails(&report.judgement, !report.labels.is_empty());
    let exit = match &report.error {
        Some(e) if args.unsupported.allow_unsupported && e.is_unknown_format() => Exit::Done,
        Some(_) => Exit::Failed,
        None if wrong => Exit::Findings,
        None => Exit::Done,
    };
    // What a platform has to act on, whatever the exit code says of it.
    let told_always = matches!(verdict, Verdict::Possible | Verdict::Suspected);
    let printed = !common.json && (!common.quiet || exit != Exit::Done || told_always);
    Told {
        json: raw(wants_json(common, &args.reports, &args.paths), || report.to_json(lang)),
        // The log has those that failed.
        rows: if printed || exit == Exit::Failed { rows() } else { Vec::new() },
        tone: report.judgement.verdict.into(),
        exit,
        counted: Counted::of(report),
        time: now(),
        bytes: report.bytes,
        wrote: false,
        record: args.recording.ledger.is_some().then(|| Box::new(record::verified(report, policy.id().parse().ok()))),
        input: report.input,
        written: None,
    }
}
