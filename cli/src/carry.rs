//! `carry`: the label of an original goes to its renditions.

use biaoshi::job::{Input, LabelOptions, original};
use biaoshi::plan::{Layer, Layers};
use biaoshi::report::LabelReport;

use crate::args::{CarryArgs, Common};
use crate::exit::{Exit, Stop};
use crate::inputs;
use crate::label::{Place, Printer, each, explicit};

/// Carries the label of one file over to others.
pub(crate) fn run(args: &CarryArgs, common: &Common) -> Result<Exit, Stop> {
    if inputs::is_stdin(&args.source) || args.paths.is_stdin() {
        return Err(Stop::usage("carry reads files, not standard input", "carry 只能读取文件,不能读取标准输入"));
    }
    let place = Place::new(&args.paths, args.out.as_deref(), args.output.as_deref(), args.in_place)?;
    let explicit = explicit(&args.text, args.corner, args.position)?;
    let source = Input::new(args.source.clone(), 0);
    let mut printer = Printer::new(common, &args.reports, Some(source.shown.clone()))?;
    let label = match original(&source, common.limits()) {
        Ok(label) => label,
        Err(error) => {
            // The one line of a run that cannot begin is that of the source.
            printer.print(LabelReport::new(&source.shown, Err(error)));
            return printer.finish();
        }
    };
    let layers = args.layers.clone();
    let options = LabelOptions {
        carried: Some(label),
        layers: Layers { named: layers.is_some(), wanted: layers.unwrap_or_else(|| vec![Layer::Metadata]) },
        explicit,
        replace: args.replace,
        overwrite: args.overwrite,
        break_signatures: args.break_signatures,
        sidecar: args.sidecar,
        durable: args.durable,
        dry_run: args.dry_run,
        limits: common.limits(),
        permits: common.permits(),
        ..LabelOptions::default()
    };
    each(&args.paths, &place, &options, printer)
}
