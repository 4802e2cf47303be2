//! One file from standard input.

use biaoshi::job::{LabelOptions, Output, label};
use biaoshi::report::LabelReport;

use super::printer::{Printer, told};
use crate::args::{Common, LabelArgs};
use crate::exit::{Exit, Stop};
use crate::inputs;
use crate::interruption::{self, Grace};
use crate::out::{self, Out};
use crate::told::wants_json;

/// One file from standard input to standard output.
pub(super) fn run(args: &LabelArgs, common: &Common, options: &LabelOptions) -> Result<Exit, Stop> {
    if args.paths.paths.len() > 1
        || args.paths.files_from.is_some()
        || args.target.out.is_some()
        || args.target.in_place
    {
        return Err(Stop::usage(
            "- stands alone, with -o FILE or without an output",
            "- 只能单独使用,输出用 -o FILE 或标准输出",
        ));
    }
    inputs::no_batch(&args.paths)?;
    if common.json && args.target.output.is_none() {
        return Err(Stop::usage(
            "--json needs -o FILE here: standard output carries the file",
            "此处 --json 需要 -o FILE:标准输出用于文件本身",
        ));
    }
    if args.writing.sidecar && args.target.output.is_none() {
        return Err(Stop::usage(
            "--sidecar needs -o FILE here: there is no file that it could lie beside",
            "此处 --sidecar 需要 -o FILE:没有可放置边车文件的位置",
        ));
    }
    interruption::listen(Grace::None)?;
    let (scratch, input) = inputs::spool(common, args.paths.stdin_name.as_deref())?;
    if let Some(path) = &args.target.output {
        let report = label(&input, &Output::File(path.clone()), options);
        let mut printer = Printer::new(&args.reports, common)?;
        let json = wants_json(common, &args.reports, &args.paths);
        printer.print(&told(&report, (args.writing.strict, json), common));
        return Ok(printer.finish());
    }
    let mut out = Out::new(common);
    let path = scratch.path().join("out");
    let report = label(&input, &Output::File(path.clone()), options);
    if let Err(error) = &report.result {
        out::error(&format!("-: {}", biaoshi::report::message(error, common.lang())));
        return Ok(Exit::Failed);
    }
    let exit = told(&report, (args.writing.strict, false), common).exit;
    if (!report.skipped.is_empty() || report.damaged()) && !common.quiet {
        out::error(&LabelReport { output: None, ..report }.to_row(common.lang()));
    }
    out.copy(&mut std::fs::File::open(&path)?)?;
    out.flush()?;
    Ok(exit)
}
