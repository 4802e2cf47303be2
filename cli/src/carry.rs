//! `carry`: the label of an original goes to its renditions.

use biaoshi::job::{Input, LabelOptions, Marker, original};
use biaoshi::label::Label;
use biaoshi::plan::Layer;
use biaoshi::report::LabelReport;

use crate::args::{CarryArgs, Common, is_stdin};
use crate::exit::{Exit, Stop};
use crate::label::{Printer, Rules, Run, each, place, shared, told};
use crate::told::wants_json;

/// Carries the label of one file over to others.
pub(crate) fn run(args: &CarryArgs, common: &Common) -> Result<Exit, Stop> {
    if is_stdin(&args.source) || args.paths.is_stdin() {
        return Err(Stop::usage("carry reads files, not standard input", "carry 只能读取文件,不能读取标准输入"));
    }
    if !common.worker {
        args.running.begin(common)?;
    }
    let place = place(&args.paths, &args.target)?;
    let shared = shared(&args.look, &args.mark, (&args.writing, &args.keeping, &args.copy), common)?;
    let rules = Rules {
        strict: args.writing.strict,
        lenient: args.unsupported.allow_unsupported,
        json: wants_json(common, &args.reports, &args.paths),
    };
    let source = Input::new(args.source.clone(), 0);
    let label = match original(&source, common.limits()) {
        Ok(label) => label,
        Err(error) => {
            // The one line of a run that cannot begin is that of the source.
            let report = LabelReport::new(&source.shown, Err(error));
            let report = LabelReport { source: Some(source.shown), ..report };
            let mut printer = Printer::new(&args.reports, common)?;
            printer.print(&told(&report, rules, common));
            return Ok(printer.finish());
        }
    };
    let command = command(args, &label, &shared.marker);
    let options = LabelOptions {
        carried: Some(label),
        layers: args.if_possible.beside(args.layers.as_deref(), vec![Layer::Metadata])?,
        replace: args.replace,
        ..shared
    };
    let CarryArgs { paths, reports, running, .. } = args;
    let source = Some(source.shown);
    each(&Run { paths, place, reports, running, shared_ids: true, common, rules, source, command }, options)
}

/// Everything that decides what a run does, beside its inputs and the limits: of the source, its label; of a key file,
/// its key.
fn command(args: &CarryArgs, label: &Label, marker: &Marker) -> String {
    let CarryArgs {
        paths: _,
        reports: _,
        running: _,
        batch: _,
        source,
        target,
        layers,
        if_possible,
        look,
        mark: _,
        replace,
        writing,
        keeping,
        copy,
        unsupported,
    } = args;
    let files = (writing, keeping, copy, unsupported);
    format!(
        "carry {source:?} {} {target:?} {layers:?} {if_possible:?} {look:?} {marker:?} {replace:?} {files:?}",
        label.to_json()
    )
}
