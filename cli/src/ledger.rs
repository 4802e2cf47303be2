//! `ledger`: what is recorded, for people and scripts.

mod csv;

use std::time::SystemTime;

use biaoshi::ledger::{
    self, Audit, DayAudit, Filter, Key, Ledger, LedgerError, Line, Options, Retired, bring_up_to_date,
};
use biaoshi::report::{Lang, Message, clean, said};
use serde_json::{Value, json};

use crate::args::{
    Common, ExportForm, FindKey, LedgerCommand, LedgerExportArgs, LedgerFindArgs, LedgerHeadArgs, LedgerIndexArgs,
    LedgerRetentionArgs, LedgerVerifyArgs,
};
use crate::exit::{Exit, Stop};
use crate::out::{self, Out, Tone};

/// Does what is asked of a ledger.
pub(crate) fn run(command: &LedgerCommand, common: &Common) -> Result<Exit, Stop> {
    match command {
        LedgerCommand::Verify(args) => verify(args, common),
        LedgerCommand::Head(args) => head(args, common),
        LedgerCommand::Find(args) => find(args, common),
        LedgerCommand::Export(args) => export(args, common),
        LedgerCommand::Retention(args) => retention(args, common),
        LedgerCommand::Index(args) => index(args, common),
    }
}

/// A ledger that cannot be used is a wrong command line, unless it is the operating system that fails.
pub(crate) fn stop(error: LedgerError) -> Stop {
    match error {
        LedgerError::Io(path, e) => Stop::Failed(LedgerError::Io(path, e).message()),
        other => Stop::Usage(other.message()),
    }
}

fn verify(args: &LedgerVerifyArgs, common: &Common) -> Result<Exit, Stop> {
    let found = ledger::audit(&args.which.dir, args.head).map_err(stop)?;
    let (mut out, lang) = (Out::new(common), common.lang());
    if common.json {
        out.line(&audit_json(&found, lang).to_string())?;
    } else {
        for line in faults(&found) {
            out.rows(Tone::Wrong, &[clean(&line.tell(lang))])?;
        }
        let tone = if found.is_whole() { Tone::Well } else { Tone::Wrong };
        out.rows(tone, &[summary(&found).tell(lang)])?;
    }
    out.flush()?;
    Ok(if found.is_whole() { Exit::Done } else { Exit::Findings })
}

/// What is wrong with a ledger, or worth knowing, line by line.
fn faults(found: &Audit) -> Vec<Message> {
    let mut lines: Vec<_> = found.faults.iter().map(ledger::Fault::message).collect();
    if found.more > 0 {
        lines.push(said!("and {} more faults", "另有 {} 处问题", found.more));
    }
    if found.anchored == Some(false) {
        lines.push(said!(
            "no line has the hash of --head: the end was cut off, what is there was written anew, or its day was removed by retention",
            "没有任何一行的散列值与 --head 相符:末尾被删,内容被重写,或该日已因保存期满删除"
        ));
    }
    if let Some((day, bytes)) = found.torn {
        lines.push(said!(
            "{}.jsonl: the last line has no end ({} bytes): it is being written, or a crash cut it off, and the next run that writes removes it",
            "{}.jsonl:最后一行不完整({} 字节):正在写入,或因崩溃中断,下一次写入时会将其移除",
            day.to_string(),
            bytes
        ));
    }
    lines
}

/// The last line of `ledger verify`.
fn summary(found: &Audit) -> Message {
    let days = found.days.len() as u64;
    let removed: u64 = found.stubs.iter().map(|stub| stub.last.saturating_sub(stub.first).saturating_add(1)).sum();
    let (lines, unlabelled) = (found.lines(), found.unlabelled());
    let (sequence, hash) = (found.head.sequence, found.head.hash.to_string());
    if found.is_whole() {
        said!(
            "whole: {} lines on {} days, {} of them deliveries without an explicit label; {} lines removed by retention; head {} {}",
            "完整:{} 行,{} 天,其中未含显式标识的提供 {} 行;保存期满删除 {} 行;末行 {} {}",
            lines,
            days,
            unlabelled,
            removed,
            sequence,
            hash
        )
    } else {
        said!("broken: {} lines on {} days", "不完整:{} 行,{} 天", lines, days)
    }
}

fn audit_json(found: &Audit, lang: Lang) -> Value {
    let fault = |fault: &ledger::Fault| {
        json!({
            "day": fault.day, "line": fault.line, "kind": fault.kind.name(), "message": fault.message().tell(lang),
        })
    };
    json!({
        "schema": "biaoshi.ledger-audit/1",
        "whole": found.is_whole(),
        "lines": found.lines(),
        "unlabelled": found.unlabelled(),
        "days": found.days.iter().map(day_json).collect::<Vec<_>>(),
        "head": { "sequence": found.head.sequence, "hash": found.head.hash },
        "anchored": found.anchored,
        "faults": found.faults.iter().map(fault).collect::<Vec<_>>(),
        "more_faults": found.more,
        "torn": found.torn.map(|(day, bytes)| json!({ "day": day, "bytes": bytes })),
        "stubs": found.stubs,
    })
}

fn day_json(day: &DayAudit) -> Value {
    json!({
        "day": day.day, "lines": day.lines, "unlabelled": day.unlabelled,
        "first": day.first, "last": day.last, "prev": day.prev, "head": day.head,
    })
}

fn head(args: &LedgerHeadArgs, common: &Common) -> Result<Exit, Stop> {
    let (head, day) = ledger::head(&args.which.dir).map_err(stop)?;
    let mut out = Out::new(common);
    out.line(&if common.json {
        let json =
            json!({ "schema": "biaoshi.ledger-head/1", "sequence": head.sequence, "hash": head.hash, "day": day });
        json.to_string()
    } else {
        format!("{} {}", head.sequence, head.hash)
    })?;
    out.flush()?;
    Ok(Exit::Done)
}

impl FindKey {
    fn key(&self) -> Option<Key> {
        let id = self.produce_id.clone().map(Key::ProduceId);
        let payload = || self.payload.map(|payload| Key::Payload(payload.0));
        let tag = || self.content_tag.map(Key::ContentTag);
        id.or_else(payload).or_else(tag).or_else(|| self.sha256.map(Key::Sha256))
    }
}

fn find(args: &LedgerFindArgs, common: &Common) -> Result<Exit, Stop> {
    let key = args.key.key().ok_or_else(|| {
        Stop::usage(
            "give what is known of the file: --produce-id, --payload, --content-tag or --sha256",
            "请给出已知的线索:--produce-id、--payload、--content-tag 或 --sha256",
        )
    })?;
    let most = usize::try_from(args.most).unwrap_or(usize::MAX);
    let (lang, mut out) = (common.lang(), Out::new(common));
    let found = ledger::find(&args.which.dir, &key, most).map_err(stop)?;
    found.notes.iter().for_each(|note| out::error(&note.message().tell(lang)));
    for (day, line) in &found.lines {
        if common.json {
            out.line(String::from_utf8_lossy(line).trim_end())?;
        } else if let Ok(line) = serde_json::from_slice(line) {
            out.line(&clean(&row(&line)))?;
        } else {
            out::error(
                &said!("{}.jsonl: a line cannot be read", "{}.jsonl:有一行无法读取", day.to_string()).tell(lang),
            );
        }
    }
    if found.more {
        let more = said!("there are more lines; --most N prints more", "还有更多的行;--most 可输出更多");
        out::error(&more.tell(lang));
    }
    if found.lines.is_empty() {
        out::error(&said!("no line of this ledger is about it", "此台账中没有相关的行").tell(lang));
    }
    out.flush()?;
    Ok(if found.lines.is_empty() { Exit::Findings } else { Exit::Done })
}

/// A line for people.
fn row(line: &Line) -> String {
    let entry = &line.entry;
    let path = entry.path.as_deref().unwrap_or("-");
    let output = entry.output.as_deref().filter(|output| *output != path).map(|output| format!(" -> {output}"));
    let rest = [&entry.verdict, &entry.producer, &entry.produce_id, &entry.recipient];
    let rest: Vec<_> = rest.into_iter().flatten().map(String::as_str).collect();
    let output = output.unwrap_or_default();
    format!("{} {} {} {path}{output} {}", line.time, line.sequence, entry.action.name(), rest.join(" "))
}

fn export(args: &LedgerExportArgs, common: &Common) -> Result<Exit, Stop> {
    let filter =
        Filter { from: args.from, before: args.to, actions: args.actions.clone(), producer: args.producer.clone() };
    let mut out = Out::new(common);
    let mut written = match args.form {
        ExportForm::Jsonl => Ok(()),
        ExportForm::Csv => out.line(&csv::heading()),
    };
    let exported = ledger::export(&args.which.dir, &filter, |line| {
        let text = String::from_utf8_lossy(line);
        let text = match args.form {
            ExportForm::Jsonl => text,
            ExportForm::Csv => csv::row(line).into(),
        };
        written = out.line(&text);
        written.is_ok()
    });
    written?;
    out.flush()?;
    exported.map_err(|error| match error {
        // Lines before it are out.
        LedgerError::Damaged(..) => Stop::Failed(error.message()),
        other => stop(other),
    })?;
    Ok(Exit::Done)
}

fn retention(args: &LedgerRetentionArgs, common: &Common) -> Result<Exit, Stop> {
    // A folder that is not there is not made: nothing could go.
    ledger::head(&args.which.dir).map_err(stop)?;
    let mut ledger = Ledger::open(&args.which.dir, Options { durable: true }).map_err(stop)?;
    tell_repair(&ledger, common.lang());
    let version = env!("CARGO_PKG_VERSION");
    let retired = match ledger.retire(args.retain, SystemTime::now(), version, args.dry_run) {
        Err(broken @ LedgerError::Broken(..)) => {
            out::error(&broken.message().tell(common.lang()));
            return Ok(Exit::Findings);
        }
        retired => retired.map_err(stop)?,
    };
    let mut out = Out::new(common);
    if common.json {
        let json = json!({
            "schema": "biaoshi.ledger-retention/1",
            "dry_run": args.dry_run,
            "removed": retired.removed.iter().map(day_json).collect::<Vec<_>>(),
            "kept": retired.kept.iter().map(day_json).collect::<Vec<_>>(),
        });
        out.line(&json.to_string())?;
    } else {
        for line in retention_lines(&retired, args.dry_run) {
            out.line(&line.tell(common.lang()))?;
        }
    }
    out.flush()?;
    Ok(Exit::Done)
}

fn retention_lines(retired: &Retired, dry: bool) -> Vec<Message> {
    let mut lines = Vec::new();
    for day in &retired.removed {
        lines.push(if dry {
            said!("would remove {}: {} lines", "将删除 {}:{} 行", day.day.to_string(), day.lines)
        } else {
            said!("removed {}: {} lines", "已删除 {}:{} 行", day.day.to_string(), day.lines)
        });
    }
    for day in &retired.kept {
        lines.push(said!(
            "kept {}: {} deliveries without an explicit label are not six months old (Measures Art. 9)",
            "保留 {}:{} 行未含显式标识的提供记录未满六个月(办法第九条)",
            day.day.to_string(),
            day.unlabelled
        ));
    }
    if lines.is_empty() {
        lines.push(said!("no day is old enough to go", "没有保存期满的日期"));
    }
    lines
}

fn index(args: &LedgerIndexArgs, common: &Common) -> Result<Exit, Stop> {
    let (taken, notes) = bring_up_to_date(&args.which.dir, args.rebuild).map_err(stop)?;
    notes.iter().for_each(|note| out::error(&note.message().tell(common.lang())));
    let mut out = Out::new(common);
    out.line(&said!("lines taken into the index: {}", "新编入索引的行数:{}", taken).tell(common.lang()))?;
    out.flush()?;
    Ok(Exit::Done)
}

/// One line about what a crash had left.
pub(crate) fn tell_repair(ledger: &Ledger, lang: Lang) {
    if let Some(repair) = ledger.repair() {
        let line = said!(
            "{}: an interrupted run left a line without its end ({} bytes), of which nobody was told; it was removed, and a line says so",
            "{}:中断的运行留下一行不完整的内容({} 字节),其结果从未报告;已移除并记入台账",
            repair.file.display(),
            repair.bytes
        );
        out::error(&line.tell(lang));
    }
}
