//! `carry`: the labels of originals go to their renditions.

use std::path::{Path, PathBuf};

use biaoshi::Error;
use biaoshi::batch::filter::Filter;
use biaoshi::batch::pairs::Originals;
use biaoshi::batch::walk::Roots;
use biaoshi::job::{Input, LabelOptions, Wanted, original};
use biaoshi::label::Label;
use biaoshi::plan::Layer;
use biaoshi::report::LabelReport;

use crate::args::{CarryArgs, Common, is_stdin};
use crate::exit::{Exit, Stop};
use crate::label::{Origin, Printer, Rules, Run, Verb, each, place, shared, told};
use crate::told::wants_json;

/// Carries labels over: that of one file to others, or of each original to its own renditions.
pub(crate) fn run(args: &CarryArgs, common: &Common) -> Result<Exit, Stop> {
    if args.source.as_deref().is_some_and(is_stdin) || args.paths.is_stdin() {
        return Err(Stop::usage(
            "carry reads files, not standard input; save it in a file",
            "carry 只能读取文件,不能读取标准输入;请先保存为文件",
        ));
    }
    if !common.worker {
        args.running.begin(common)?;
    }
    args.counts.check(&args.reports)?;
    let place = place(&args.paths, &args.target)?;
    let options = LabelOptions {
        layers: args.if_possible.beside(args.layers.as_deref(), vec![Layer::Metadata])?,
        replace: args.replace,
        reason: args.replacing.reason.clone(),
        sha256: args.sums.sha256 || args.recording.ledger.is_some(),
        ..shared(
            &args.look,
            (&args.mark, args.style, &args.encoder),
            (&args.writing, &args.keeping, &args.copy),
            common,
        )?
    };
    let (origin, carried) = match args.source.as_deref() {
        Some(folder) if folder.is_dir() => (self::folder(folder, args, common)?, None),
        source => {
            args.pairing.is_for_folders()?;
            source.map_or(Ok(()), |source| is_no_target(source, &args.paths.paths))?;
            match source.map(|source| Input::new(source.to_owned(), 0)) {
                None => (Origin::Rows, None),
                Some(source) => match original(&source, common.limits()) {
                    Ok(label) => (Origin::One(source.shown), Some(label)),
                    Err(error) => return alone(source.shown, error, args, common),
                },
            }
        }
    };
    let command = command(args, carried.as_ref(), &options);
    let wanted = carried.map_or_else(Wanted::default, Wanted::Carried);
    let options = LabelOptions { wanted, ..options };
    let CarryArgs { paths, reports, counts, running, recording, .. } = args;
    let (rules, shared_ids) = (rules(args, common), true);
    each(
        &Run { paths, place, reports, counts, running, recording, shared_ids, common, rules, origin, command },
        options,
    )
}

/// A label that a file is to get from itself is a slip: another file was meant.
fn is_no_target(source: &Path, targets: &[PathBuf]) -> Result<(), Stop> {
    let Ok(original) = source.canonicalize() else { return Ok(()) };
    let is_it = |target: &&PathBuf| target.canonicalize().is_ok_and(|target| target == original);
    targets.iter().find(is_it).map_or(Ok(()), |target| {
        let target = target.display();
        Err(Stop::usage(
            format!("{target} is the original and is to get its own label; name what was made of it"),
            format!("{target} 就是原文件,不能从自身取得标识;请给出由其生成的文件"),
        ))
    })
}

/// What decides about the exit code, and who takes the lines of JSON.
fn rules(args: &CarryArgs, common: &Common) -> Rules<'static> {
    Rules {
        required: &[],
        verb: Verb::Carry,
        strict: args.writing.strict,
        lenient: args.unsupported.allow_unsupported,
        json: wants_json(common, &args.reports, &args.paths),
        recorded: args.recording.ledger.is_some(),
        policy: None,
    }
}

/// The one line of a run that cannot begin: that of the source.
fn alone(source: PathBuf, error: Error, args: &CarryArgs, common: &Common) -> Result<Exit, Stop> {
    let report = LabelReport::new(&source, Err(error));
    let report = LabelReport { source: Some(source), ..report };
    let mut printer = Printer::new(&args.reports, Verb::Carry, &[], common)?.telling(&args.counts);
    printer.print(&told(&report, rules(args, common), common));
    Ok(printer.finish())
}

/// The originals of a folder. A child process is told which one is whose.
fn folder(source: &Path, args: &CarryArgs, common: &Common) -> Result<Origin, Stop> {
    let paths = &args.paths;
    if paths.manifest.is_some() || paths.files_from.is_some() {
        return Err(Stop::usage(
            "a folder of originals goes with folders of renditions; in a manifest, the column source names the original of each row",
            "原文件的文件夹须与派生文件的文件夹搭配;清单请用 source 列指明每行的原文件",
        ));
    }
    let pattern = args.pairing.pattern()?;
    if common.worker {
        return Ok(Origin::Folder(None));
    }
    let one = |path: &Path, filter| Roots::one(path.to_owned(), paths.hidden, paths.follow, filter);
    let filter = paths.filters.filter(args.keeping.backup.as_deref())?;
    // What is passed over is passed over of the renditions: originals may be of another kind.
    let roots: Vec<_> = paths.paths.iter().map(|path| one(path, filter.clone())).collect();
    let renditions = roots.iter().flat_map(|roots| roots.walk().map(|item| item.relative));
    let originals = Originals::new(source, &one(source, Filter::default()), pattern, renditions);
    Ok(Origin::Folder(Some(originals)))
}

/// Everything that decides what a run does, beside its inputs and the limits: of one source, its label; of a key file,
/// its key. Sources of single files stand beside those in the journal.
fn command(args: &CarryArgs, label: Option<&Label>, options: &LabelOptions) -> String {
    let (marker, prompt) = (&options.marker, &options.explicit.prompt);
    let CarryArgs {
        paths: _,
        reports: _,
        counts: _,
        sums,
        running: _,
        batch: _,
        recording: _,
        source,
        pairing,
        target,
        layers,
        if_possible,
        look,
        mark: _,
        style: _,
        encoder: _,
        replace,
        replacing,
        writing,
        keeping,
        copy,
        unsupported,
    } = args;
    let (from, which) = ((source, pairing, label.map(Label::to_json)), (layers, if_possible));
    let files = (replace, replacing, writing, keeping, copy, unsupported, sums);
    format!("carry {from:?} {target:?} {which:?} {look:?} {prompt:?} {marker:?} {files:?}")
}
