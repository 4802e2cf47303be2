//! One file from standard input.

use biaoshi::job::{LabelOptions, Output, label};
use biaoshi::report::{LabelReport, said};
use biaoshi::{Error, Refusal};

use super::printer::{Printer, Rules, Verb, told};
use super::summary::Summary;
use crate::args::{Common, Counts, Paths, Recording, Reports, Target};
use crate::exit::{Exit, Stop};
use crate::inputs;
use crate::interruption::{self, Grace};
use crate::out;
use crate::recording::Recorder;
use crate::results::Results;

/// What a run from standard input needs.
pub(crate) struct Stdin<'a> {
    pub(crate) paths: &'a Paths,
    pub(crate) target: &'a Target,
    pub(crate) reports: &'a Reports,
    pub(crate) recording: &'a Recording,
    pub(crate) counts: &'a Counts,
    pub(crate) rules: Rules<'a>,
    pub(crate) common: &'a Common,
}

/// One file from standard input to standard output.
pub(crate) fn run(args: &Stdin<'_>, options: &LabelOptions) -> Result<Exit, Stop> {
    let Stdin { rules, common, .. } = *args;
    if args.paths.paths.len() > 1
        || args.paths.files_from.is_some()
        || args.target.out.is_some()
        || args.target.in_place
    {
        return Err(Stop::usage(
            "- stands alone, with -o FILE or without an output; name files in another run",
            "- 只能单独使用,输出用 -o 文件 或标准输出;其他文件请另行运行",
        ));
    }
    if args.target.output.is_none() && (common.json || args.reports.take_stdout()) {
        return Err(Stop::usage(
            "--json and --report - need -o FILE here: standard output carries the file; --report fd:N:jsonl writes elsewhere",
            "此处 --json 与 --report - 需要 -o 文件:标准输出用于文件本身;--report fd:N:jsonl 可写到别处",
        ));
    }
    interruption::listen(Grace::None)?;
    let recorder = Recorder::open(args.recording, (options.durable, options.dry_run), common)?;
    let (scratch, input) = inputs::spool(common, args.paths.stdin_name.as_deref())?;
    if let Some(path) = &args.target.output {
        let report = label(&input, &Output::File(path.clone()), options);
        let mut printer = Printer::new(args.reports, rules.verb, &[], common)?.telling(args.counts);
        let told = told(&report, rules, common);
        if recorder.note(told.record.as_deref()) {
            printer.print(&told);
        } else {
            printer.results.raise(Exit::Failed);
        }
        return Ok(printer.finish());
    }
    let mut results = Results::new(args.reports, rules.verb.cells(), &[], common)?.telling(args.counts);
    let path = scratch.path().join("out");
    let report = label(&input, &Output::File(path.clone()), options);
    // What people know of the output is that it went to standard output.
    let report = LabelReport { output: report.output.and(Some("-".into())), ..report };
    // Whatever the format, nothing came out.
    let told = told(&report, Rules { lenient: false, ..rules }, common);
    if !recorder.note(told.record.as_deref()) {
        results.raise(Exit::Failed);
        return Ok(results.finish());
    }
    results.add_of(&told.time, told.json.get(), told.exit);
    if let Err(error) = &report.result {
        out::error(&format!("-: {}", biaoshi::report::message(error, common.lang())));
        if matches!(error, Error::Refused(Refusal::NoSlot(_))) && args.paths.stdin_name.is_none() {
            let hint =
                said!("-: a text is known by its name: --stdin-name a.txt", "-:文本按名称识别:--stdin-name a.txt");
            out::error(&hint.tell(common.lang()));
        }
    } else {
        if rules.verb == Verb::Propagate {
            told.rows.iter().for_each(|row| out::error(row));
        } else if common.quiet {
            Summary::of(&report).unlawful(common.lang()).iter().for_each(|line| out::error(line));
        } else if !report.skipped.is_empty() || report.damaged() {
            out::error(&LabelReport { output: None, ..report }.to_row(common.lang()));
        }
        let mut file = std::fs::File::open(&path)?;
        results.show(|out| out.copy(&mut file));
    }
    Ok(results.finish())
}
