//! `label`.

mod options;
mod place;
mod printer;
mod stdin;
mod summary;

use std::path::PathBuf;

use biaoshi::batch::isolate::Isolation;
use biaoshi::batch::manifest::{Fault, Row, ValueFault};
use biaoshi::batch::pairs::Originals;
use biaoshi::batch::walk::{Item, Roots};
use biaoshi::batch::{self, Event, History, Labels, Place, Sources};
use biaoshi::job::{LabelOptions, Wanted};
use biaoshi::report::LabelReport;

use crate::args::{Common, Counts, LabelArgs, Paths, Recording, Reports, Running};
use crate::exit::{Exit, Stop};
use crate::inputs;
use crate::interruption::{self, Grace};
use crate::isolation::{child, worker};
use crate::out;
use crate::progress::{Inputs, Progress};
use crate::recording::Recorder;
use crate::resume;

pub(crate) use options::{check_provider, invalid, named_id, shared};
pub(crate) use place::place;
pub(crate) use printer::{Printer, Rules, Verb, told};
pub(crate) use stdin::{Stdin, run as stdin};

/// Labels files.
pub(crate) fn run(args: &LabelArgs, common: &Common) -> Result<Exit, Stop> {
    if !common.worker {
        args.running.begin(common)?;
    }
    args.counts.check(&args.reports)?;
    let options = options::of(args, common)?;
    if args.paths.is_stdin() {
        let LabelArgs { paths, target, reports, counts, recording, .. } = args;
        return stdin(
            &Stdin { paths, target, reports, counts, recording, rules: args.rules(common), common },
            &options,
        );
    }
    let place = place::place(&args.paths, &args.target)?;
    let command = options::command(args, &options);
    let LabelArgs { paths, reports, counts, running, recording, .. } = args;
    let (rules, origin, shared_ids) = (args.rules(common), Origin::None, args.shared.shared_ids);
    each(
        &Run { paths, place, reports, counts, running, recording, shared_ids, common, rules, origin, command },
        options,
    )
}

/// What `label`, `carry` and `propagate` do with every file below some paths.
pub(crate) struct Run<'a> {
    pub(crate) paths: &'a Paths,
    pub(crate) place: Place,
    pub(crate) reports: &'a Reports,
    pub(crate) counts: &'a Counts,
    pub(crate) running: &'a Running,
    pub(crate) recording: &'a Recording,
    /// Whether rows may have equal ids.
    pub(crate) shared_ids: bool,
    pub(crate) common: &'a Common,
    pub(crate) rules: Rules<'a>,
    /// Where the labels come from.
    pub(crate) origin: Origin,
    /// What decides about results, for the journal.
    pub(crate) command: String,
}

/// Where the labels of a run come from.
pub(crate) enum Origin {
    /// They are new.
    None,
    /// From one original, so called.
    One(PathBuf),
    /// From the original that each row names.
    Rows,
    /// From the files of a folder; a child process needs to know none.
    Folder(Option<Originals>),
}

impl Origin {
    /// The original of all files.
    fn of_all(&self) -> Option<PathBuf> {
        if let Self::One(source) = self { Some(source.clone()) } else { None }
    }

    fn sources(&self) -> Sources<'_> {
        match self {
            Self::None | Self::One(_) | Self::Folder(None) => Sources::None,
            Self::Rows => Sources::Rows,
            Self::Folder(Some(originals)) => Sources::Paired(originals),
        }
    }

    /// What a row may say of originals.
    fn rule(&self, row: &Row) -> Result<(), Fault> {
        match (self, &row.source) {
            (Self::Rows, None) => Err(ValueFault::NoSource.into()),
            (Self::One(_), Some(_)) => Err(ValueFault::TwoSources.into()),
            (Self::Rows, Some(source)) if *source == row.path => Err(ValueFault::OwnSource.into()),
            _ => Ok(()),
        }
    }
}

/// Labels every file below some paths.
pub(crate) fn each(run: &Run<'_>, mut options: LabelOptions) -> Result<Exit, Stop> {
    let common = run.common;
    let told = |report: LabelReport| {
        let source = run.origin.of_all().or(report.source);
        printer::told(&LabelReport { source, ..report }, run.rules, common)
    };
    if common.worker {
        return worker(|jobs, answers| batch::serve_labels(&options, told, jobs, answers));
    }
    let interrupted = interruption::listen(Grace::FilesInHand(run.running.stopping.grace()))?;
    let (below, columns) = ((run.place.is_folder(), run.shared_ids), run.rules.verb.columns());
    let rule = |row: &Row| run.origin.rule(row).and_then(|()| row.check(&options));
    let roots = inputs::roots(run.paths, options.backup.as_deref(), below, columns, &rule)?;
    numbers(&options, &roots)?;
    let history = resume::open(run.paths, &roots, &(&run.command, common.limits()))?;
    options.mark = history.mark();
    let isolation = Isolation::new(run.paths.isolate, child);
    let recorder = Recorder::open(run.recording, (options.durable, options.dry_run), common)?;
    let mut printer = Printer::new(run.reports, run.rules.verb, roots.kept(), common)?.telling(run.counts);
    let progress = Progress::new(common, run.running, &Inputs::Walked(&roots));
    let labels = Labels {
        roots: &roots,
        place: &run.place,
        options: &options,
        sources: run.origin.sources(),
        history: &history,
        isolation: &isolation,
        jobs: common.jobs(),
    };
    labels.run(
        told,
        || interrupted.is_set() || recorder.has_failed(),
        |event| match event {
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
        },
    )?;
    progress.finish();
    conclude(run, (&roots, &history), interrupted.is_set(), &mut printer);
    if recorder.has_failed() {
        printer.results.raise(Exit::Failed);
    }
    Ok(resume::close(run.paths, history, common.lang()).max(printer.finish()))
}

/// What is said when all is done or the run was interrupted.
fn conclude(run: &Run<'_>, (roots, history): (&Roots, &History), interrupted: bool, printer: &mut Printer<'_>) {
    let lang = run.common.lang();
    if let Some(trouble) = roots.trouble() {
        out::error(&trouble.message().tell(lang));
        printer.results.raise(Exit::Failed);
    } else if !interrupted {
        resume::tell_gone(run.paths, history, lang);
    }
    if interrupted {
        interruption::tell(printer.files(), lang);
        printer.results.raise(Exit::Interrupted);
    }
}

/// One text for all cannot be the id of more than one file.
fn numbers(options: &LabelOptions, roots: &Roots) -> Result<(), Stop> {
    let more_than_one = |given: fn(&Row) -> bool| {
        let needs = |item: &Item| item.row.as_ref().is_none_or(|row| !given(row));
        roots.walk().filter(needs).nth(1).is_some()
    };
    let option = match &options.wanted {
        Wanted::Own(own) if own.id.is_constant() && more_than_one(|row| row.id.is_some()) => "--id",
        Wanted::Propagated(how) if how.id.is_constant() && more_than_one(|row| row.propagate_id.is_some()) => {
            "--propagate-id"
        }
        _ => return Ok(()),
    };
    Err(Stop::usage(
        format!(
            "{option} gives all files one number, which stands for one content; put {{stem}}, {{index}}, {{sha256}} or {{uuid}} into it"
        ),
        format!(
            "{option} 使所有文件的编号相同,而编号只对应一个内容;请在其中加入 {{stem}}、{{index}}、{{sha256}} 或 {{uuid}}"
        ),
    ))
}
