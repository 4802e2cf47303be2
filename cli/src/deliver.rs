//! `deliver-unlabelled`: a file without an explicit label, for a user who asked for it (Measures Art. 9).

use std::path::PathBuf;
use std::sync::Arc;

use biaoshi::Error;
use biaoshi::job::{Explicitness, Input, LabelOptions, Own, Wanted, deliver};
use biaoshi::label::code::Service;
use biaoshi::label::{Label, Level};
use biaoshi::ledger::{Ledger, Options};
use biaoshi::record::{self, Delivery};
use biaoshi::report::{LabelReport, Message, clean, said};

use crate::args::{Common, DeliverArgs, is_stdin};
use crate::exit::{Exit, Stop};
use crate::interruption::{self, Grace};
use crate::label::{check_provider, invalid, named_id};
use crate::ledger::{stop, tell_opened};
use crate::out::{self, Out, Tone};

/// Delivers one file.
pub(crate) fn run(args: &DeliverArgs, common: &Common) -> Result<Exit, Stop> {
    if is_stdin(&args.original) {
        return Err(Stop::usage(
            "deliver-unlabelled reads a file, not standard input; save it in a file",
            "deliver-unlabelled 只能读取文件,不能读取标准输入;请先保存为文件",
        ));
    }
    let (options, output) = (options(args, common)?, output(args)?);
    interruption::listen(Grace::None)?;
    let mut ledger = Ledger::open(&args.ledger, Options { durable: true }).map_err(stop)?;
    tell_opened(&ledger, common.lang());
    let delivery = Delivery { recipient: args.recipient.clone(), agreement: args.agreement.clone() };
    let mut looked = Explicitness::Absent;
    let report = deliver(&Input::new(args.original.clone(), 0), &output, &options, |report, explicit| {
        looked = explicit;
        let entry = record::delivered(report, explicit, &delivery);
        ledger.append(&entry).map(|_| ()).map_err(|error| Error::Unrecorded(error.message()))
    });
    let (lang, mut out) = (common.lang(), Out::new(common));
    let failed = report.result.is_err();
    if common.json {
        out.line(&report.to_json(lang))?;
    } else if failed {
        out::error(&report.to_row(lang));
    } else {
        out.rows(Tone::Well, &[told(&report, &delivery).tell(lang)])?;
    }
    if !failed && looked == Explicitness::Unchecked {
        let file = clean(&args.original.to_string_lossy());
        let line = said!(
            "{}: explicit labels cannot be looked for in this format; the ledger says so",
            "{}:此格式无法检测显式标识;已在台账中注明",
            file
        );
        out::error(&line.tell(lang));
    }
    out.flush()?;
    Ok(if failed { Exit::Failed } else { Exit::Done })
}

fn options(args: &DeliverArgs, common: &Common) -> Result<LabelOptions, Stop> {
    let id = named_id("--id", &args.id)?;
    check_provider("--producer", &args.producer, (args.allow_name, Service::Generation), common)?;
    Label::new(Level::Confirmed, &args.producer, "x", args.allow_name).map_err(|e| invalid("--producer", &e))?;
    let own = Own { producer: args.producer.clone(), allow_name: args.allow_name, id, ..Own::default() };
    Ok(LabelOptions {
        wanted: Wanted::Own(own),
        durable: true,
        limits: common.limits(),
        permits: Arc::new(common.permits()),
        ..LabelOptions::default()
    })
}

/// What was done: to whom which file was delivered, and on what ground.
fn told(report: &LabelReport, delivery: &Delivery) -> Message {
    let output = report.output.as_deref().unwrap_or(&report.path);
    said!(
        "delivered without an explicit label to {} ({}): {} -> {}",
        "已向 {} 提供不含显式标识的文件({}):{} -> {}",
        clean(&delivery.recipient),
        clean(&delivery.agreement),
        clean(&report.path.to_string_lossy()),
        clean(&output.to_string_lossy())
    )
}

/// Where the file goes.
fn output(args: &DeliverArgs) -> Result<PathBuf, Stop> {
    if let Some(file) = &args.output {
        return Ok(file.clone());
    }
    let name = args.original.file_name().filter(|_| !args.original.is_dir());
    let Some(out) = &args.out else {
        return Err(Stop::usage(
            "missing: --out DIR or -o FILE, where the delivered file goes; see biaoshi deliver-unlabelled --help",
            "缺少:--out 文件夹 或 -o 文件,即所提供文件的位置;参见 biaoshi deliver-unlabelled --help",
        ));
    };
    name.map(|name| out.join(name)).ok_or_else(|| {
        let original = args.original.display();
        Stop::usage(
            format!("{original} names no file; deliver-unlabelled takes one file"),
            format!("{original} 不是文件;deliver-unlabelled 只接受一个文件"),
        )
    })
}
