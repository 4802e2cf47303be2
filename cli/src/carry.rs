//! `carry`: the label of an original goes to its renditions.

use biaoshi::job::{Input, LabelOptions, Marker, original};
use biaoshi::label::Label;
use biaoshi::plan::{Layer, Layers};
use biaoshi::report::LabelReport;

use crate::args::{CarryArgs, Common, is_stdin};
use crate::exit::{Exit, Stop};
use crate::label::{Printer, Run, each, place, shared, told};
use crate::told::wants_json;

/// Carries the label of one file over to others.
pub(crate) fn run(args: &CarryArgs, common: &Common) -> Result<Exit, Stop> {
    if is_stdin(&args.source) || args.paths.is_stdin() {
        return Err(Stop::usage("carry reads files, not standard input", "carry 只能读取文件,不能读取标准输入"));
    }
    let place = place(&args.paths, &args.target)?;
    let shared = shared(&args.look, &args.mark, &args.writing, common)?;
    let source = Input::new(args.source.clone(), 0);
    let label = match original(&source, common.limits()) {
        Ok(label) => label,
        Err(error) => {
            // The one line of a run that cannot begin is that of the source.
            let report = LabelReport::new(&source.shown, Err(error));
            let report = LabelReport { source: Some(source.shown), ..report };
            let mut printer = Printer::new(&args.reports, common)?;
            let json = wants_json(common, &args.reports, &args.paths);
            printer.print(&told(&report, (args.writing.strict, json), common));
            return Ok(printer.finish());
        }
    };
    let command = command(args, &label, &shared.marker);
    let layers = args.layers.clone();
    let options = LabelOptions {
        carried: Some(label),
        layers: Layers { named: layers.is_some(), wanted: layers.unwrap_or_else(|| vec![Layer::Metadata]) },
        replace: args.replace,
        ..shared
    };
    let CarryArgs { paths, reports, writing, .. } = args;
    each(&Run { paths, place, reports, common, strict: writing.strict, source: Some(source.shown), command }, options)
}

/// Everything that decides what a run does, beside its inputs and the limits: of the source, its label; of a key file,
/// its key.
fn command(args: &CarryArgs, label: &Label, marker: &Marker) -> String {
    let CarryArgs { paths: _, reports: _, batch: _, source, target, layers, look, mark: _, replace, writing } = args;
    format!("carry {source:?} {} {target:?} {layers:?} {look:?} {marker:?} {replace:?} {writing:?}", label.to_json())
}
