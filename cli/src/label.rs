//! `label`.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use biaoshi::batch;
use biaoshi::job::{Id, Input, LabelOptions, Output, label, remove_stale};
use biaoshi::label::{Level, code};
use biaoshi::plan::{ExplicitOptions, Layers};
use biaoshi::report::{Done, LabelReport, Lang};
use biaoshi::{Error, Refusal};

use crate::args::{Common, CornerArg, LabelArgs, Paths, PositionArg, Reports};
use crate::exit::{Exit, Stop};
use crate::inputs::{self, Item, Roots};
use crate::out::{self, Out, result_style};
use crate::progress::Progress;
use crate::reports::Files;

/// Labels files.
pub(crate) fn run(args: &LabelArgs, common: &Common) -> Result<Exit, Stop> {
    let options = options(args, common)?;
    if args.paths.is_stdin() {
        return stdin(args, common, &options);
    }
    let place = Place::new(&args.paths, args.out.as_deref(), args.output.as_deref(), args.in_place)?;
    each(&args.paths, &place, &options, Printer::new(common, &args.reports, None)?)
}

/// Labels every file below some paths.
pub(crate) fn each(
    paths: &Paths,
    place: &Place,
    options: &LabelOptions,
    mut printer: Printer<'_>,
) -> Result<Exit, Stop> {
    let common = printer.common;
    let roots = Roots::new(paths)?;
    let mut progress = Progress::new(common, &roots);
    let mut taken = Taken { seen: HashSet::new(), watch: roots.may_clash() };
    let interrupted = interruption();
    if let Place::Folder(folder) = place {
        remove_stale(folder);
    }
    batch::run(
        common.jobs(),
        roots.walk().map(|item| {
            let output = place.of(&item);
            let clash = taken.clashes(&output);
            (item.input, output, clash)
        }),
        |(input, output, clash): &(Input, Output, bool)| match (clash, output) {
            (true, Output::File(path)) => failed(input, Refusal::SameOutput(path.clone()).into()),
            _ => label(input, output, options),
        },
        |(input, ..), message| failed(input, Error::Internal(message)),
        || interrupted.is_set(),
        |report| {
            progress.step(report.bytes_in, report.result.is_err());
            progress.around(|| printer.print(report));
        },
    )?;
    progress.finish();
    if interrupted.is_set() {
        printer.exit = Exit::Interrupted;
    }
    printer.finish()
}

/// One file from standard input to standard output.
fn stdin(args: &LabelArgs, common: &Common, options: &LabelOptions) -> Result<Exit, Stop> {
    if args.paths.paths.len() > 1 || args.paths.files_from.is_some() || args.out.is_some() || args.in_place {
        return Err(Stop::usage(
            "- stands alone, with -o FILE or without an output",
            "- 只能单独使用,输出用 -o FILE 或标准输出",
        ));
    }
    if common.json && args.output.is_none() {
        return Err(Stop::usage(
            "--json needs -o FILE here: standard output carries the file",
            "此处 --json 需要 -o FILE:标准输出用于文件本身",
        ));
    }
    if args.sidecar && args.output.is_none() {
        return Err(Stop::usage(
            "--sidecar needs -o FILE here: there is no file that it could lie beside",
            "此处 --sidecar 需要 -o FILE:没有可放置边车文件的位置",
        ));
    }
    let (_spooled, input) = inputs::spool(common, args.paths.stdin_name.as_deref())?;
    if let Some(path) = &args.output {
        let mut printer = Printer::new(common, &args.reports, None)?;
        printer.print(label(&input, &Output::File(path.clone()), options));
        return printer.finish();
    }
    let mut out = Out::new(common);
    let folder = tempfile::Builder::new().prefix("biaoshi-stdout-").tempdir()?;
    let path = folder.path().join("out");
    let report = label(&input, &Output::File(path.clone()), options);
    if let Err(error) = &report.result {
        out::error(&format!("-: {}", biaoshi::report::message(error, common.lang())));
        return Ok(Exit::Failed);
    }
    if !report.skipped.is_empty() && !common.quiet {
        out::error(&LabelReport { output: None, ..report }.to_row(common.lang()));
    }
    out.copy(&mut std::fs::File::open(&path)?)?;
    out.flush()?;
    Ok(Exit::Done)
}

fn options(args: &LabelArgs, common: &Common) -> Result<LabelOptions, Stop> {
    let same = |e: &dyn std::fmt::Display| Stop::usage(e.to_string(), e.to_string());
    let id: Id = args.id.parse().map_err(|e| same(&e))?;
    check_producer(&args.producer, args.allow_name)?;
    // A dry label says at once what every file would be refused for.
    let level = args.level.as_deref().and_then(Level::parse);
    let propagator = args.propagator.as_deref().unwrap_or(&args.producer);
    let propagate_id = args.propagate_id.as_deref().unwrap_or("x");
    biaoshi::label::Label::with_propagator(
        Level::Confirmed,
        (&args.producer, "x"),
        (propagator, propagate_id),
        args.allow_name,
    )
    .map_err(|e| Stop::usage(e.to_string(), e.to_chinese()))?;
    Ok(LabelOptions {
        producer: args.producer.clone(),
        allow_name: args.allow_name,
        id,
        level,
        propagator: args.propagator.clone(),
        propagate_id: args.propagate_id.clone(),
        carried: None,
        layers: args.layers.clone().map_or_else(Layers::default, |wanted| Layers { wanted, named: true }),
        explicit: explicit(&args.text, args.corner, args.position)?,
        replace: args.replace,
        overwrite: args.overwrite,
        break_signatures: args.break_signatures,
        sidecar: args.sidecar,
        durable: args.durable,
        dry_run: args.dry_run,
        limits: common.limits(),
        permits: common.permits(),
    })
}

/// How the explicit label looks; words that do not conform are a wrong command line.
pub(crate) fn explicit(text: &str, corner: CornerArg, position: PositionArg) -> Result<ExplicitOptions, Stop> {
    if !biaoshi_explicit::words::conform(text) {
        let e = biaoshi_explicit::Error::Words;
        return Err(Stop::usage(e.to_string(), e.to_chinese()));
    }
    Ok(ExplicitOptions { words: text.to_owned(), corner: corner.into(), position: position.into() })
}

/// A code with wrong digits, or a plain name without the option, is a slip of the user, not of the files.
fn check_producer(producer: &str, allow_name: bool) -> Result<(), Stop> {
    match code::ProviderCode::parse(producer) {
        Err(e) if !allow_name => Err(Stop::usage(
            format!("--producer {producer:?} is no provider code: {e}; --allow-name lets it be a plain name"),
            format!("--producer {producer:?} 不是服务提供者编码:{};名称须加 --allow-name", e.to_chinese()),
        )),
        _ => Ok(()),
    }
}

/// Where outputs go.
pub(crate) enum Place {
    Folder(PathBuf),
    File(PathBuf),
    Inputs,
}

impl Place {
    pub(crate) fn new(paths: &Paths, out: Option<&Path>, output: Option<&Path>, in_place: bool) -> Result<Self, Stop> {
        match (out, output) {
            (Some(folder), _) => {
                if let Some(input) = paths.paths.iter().find(|p| contains(p, folder)) {
                    let (input, folder) = (input.display(), folder.display());
                    return Err(Stop::usage(
                        format!("--out {folder} lies inside the input {input}"),
                        format!("--out {folder} 位于输入 {input} 之内"),
                    ));
                }
                Ok(Self::Folder(folder.to_owned()))
            }
            (None, Some(file)) => match paths.paths.as_slice() {
                [one] if !one.is_dir() && paths.files_from.is_none() => Ok(Self::File(file.to_owned())),
                _ => Err(Stop::usage(
                    "-o takes exactly one input file; use --out DIR",
                    "-o 只接受一个输入文件;请用 --out DIR",
                )),
            },
            (None, None) if in_place => Ok(Self::Inputs),
            _ => Err(Stop::usage(
                "say where the labelled files go: --out DIR, -o FILE or --in-place",
                "请指明输出:--out DIR、-o FILE 或 --in-place",
            )),
        }
    }

    fn of(&self, item: &Item) -> Output {
        match self {
            Self::Folder(folder) => Output::File(folder.join(&item.relative)),
            Self::File(file) => Output::File(file.clone()),
            Self::Inputs => Output::InPlace,
        }
    }
}

/// Whether a folder lies inside (or is) the input folder `root`.
fn contains(root: &Path, folder: &Path) -> bool {
    let Ok(root) = std::fs::canonicalize(root) else { return false };
    let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let existing =
        folder.ancestors().find_map(|a| Some((std::fs::canonicalize(a).ok()?, folder.strip_prefix(a).ok()?)));
    root.is_dir() && existing.is_some_and(|(real, rest)| real.join(rest).starts_with(&root))
}

/// Two inputs with one output: the first in order gets it, whatever the threads do.
struct Taken {
    seen: HashSet<PathBuf>,
    watch: bool,
}

impl Taken {
    fn clashes(&mut self, output: &Output) -> bool {
        match output {
            Output::File(path) if self.watch => !self.seen.insert(path.clone()),
            _ => false,
        }
    }
}

fn failed(input: &Input, error: Error) -> LabelReport {
    LabelReport::new(&input.shown, Err(error))
}

/// Set by Ctrl-C: the files in hand are finished, then the run ends. A second one ends it at once.
#[derive(Clone, Copy)]
pub(crate) struct Interruption(&'static AtomicBool);

impl Interruption {
    pub(crate) fn is_set(self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Starts to listen for Ctrl-C.
pub(crate) fn interruption() -> Interruption {
    static FLAG: AtomicBool = AtomicBool::new(false);
    let _ = ctrlc::set_handler(|| {
        if FLAG.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    });
    Interruption(&FLAG)
}

/// Prints and counts what was done.
pub(crate) struct Printer<'a> {
    reports: Files,
    out: Out,
    common: &'a Common,
    /// The original whose label is carried over.
    source: Option<String>,
    /// Labelled, unchanged, refused, failed.
    counts: [u64; 4],
    exit: Exit,
    error: Option<std::io::Error>,
}

impl<'a> Printer<'a> {
    pub(crate) fn new(common: &'a Common, reports: &Reports, source: Option<String>) -> Result<Self, Stop> {
        let reports = Files::of_label(reports, common.lang())?;
        Ok(Self { reports, out: Out::new(common), common, source, counts: [0; 4], exit: Exit::Done, error: None })
    }

    pub(crate) fn print(&mut self, report: LabelReport) {
        let report = &LabelReport { source: self.source.clone(), ..report };
        let index = match &report.result {
            Ok(Done::Labelled) => 0,
            Ok(Done::Unchanged) => 1,
            Err(_) if report.action() == "refused" => 2,
            Err(_) => 3,
        };
        if let Some(count) = self.counts.get_mut(index) {
            *count += 1;
        }
        if report.result.is_err() {
            self.exit = self.exit.max(Exit::Failed);
        }
        if let Err(e) = self.reports.labelled(report) {
            self.error.get_or_insert(e);
        }
        let lang = self.common.lang();
        let result = if self.common.json {
            self.out.line(&report.to_json(lang))
        } else if report.result.is_err() {
            // What went wrong belongs to standard error, where a redirected table does not swallow it.
            out::error(&report.to_row(lang));
            Ok(())
        } else if self.common.quiet {
            Ok(())
        } else {
            let row = report.to_row(lang);
            self.out.coloured(result_style(true), row.find(' ').unwrap_or(0), &row)
        };
        if let Err(e) = result {
            self.error.get_or_insert(e);
        }
    }

    pub(crate) fn finish(mut self) -> Result<Exit, Stop> {
        if let Some(e) = self.error.take() {
            return Err(e.into());
        }
        let [labelled, unchanged, refused, failed] = self.counts;
        if !self.common.json && !self.common.quiet && labelled + unchanged + refused + failed > 1 {
            self.out.line(&match self.common.lang() {
                Lang::En => format!("{labelled} labelled, {unchanged} unchanged, {refused} refused, {failed} failed"),
                Lang::Zh => format!("已标识 {labelled},未改动 {unchanged},已拒绝 {refused},失败 {failed}"),
            })?;
        }
        self.reports.finish()?;
        self.out.flush()?;
        Ok(self.exit)
    }
}
