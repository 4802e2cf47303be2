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
        lines.push(said!("and {} more", "另有 {}", many(found.more, "fault", "处问题")));
    }
    if found.anchored == Some(false) {
        lines.push(said!(
            "no line has the hash of --head: the end was cut off, what is there was written anew, or its day was removed by retention",
            "没有任何一行的散列值与 --head 相符:末尾被删,或内容被重写,或该日已因保存期满而删除"
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
    let days = many(found.days.len() as u64, "day", "天");
    let removed: u64 = found.stubs.iter().map(|stub| stub.last.saturating_sub(stub.first).saturating_add(1)).sum();
    let (lines, removed) = (many(found.lines(), "line", "行"), many(removed, "line", "行"));
    let (sequence, hash) = (found.head.sequence, found.head.hash.to_string());
    if !found.is_whole() {
        return said!("broken: {} on {}", "链不完整:共 {},分布于 {}", lines, days);
    }
    // Nothing stands behind the end that would show a cut.
    let end = match found.anchored {
        None => said!(
            "; whether lines were cut off at its end is not known without --head",
            ";未给出 --head,无法得知末尾是否被删"
        ),
        Some(_) => Message::term(""),
    };
    said!(
        "whole: {} on {}, of them {} without an explicit label; {} removed by retention; head {} {}{}",
        "链完整:共 {},分布于 {},其中提供不含显式标识的文件 {};因保存期满已删除 {};末行序号 {},散列值 {}{}",
        lines,
        days,
        many(found.unlabelled(), "delivery", "行"),
        removed,
        sequence,
        hash,
        end
    )
}

/// So many of something; the word is English for one.
fn many(n: u64, one: &str, zh: &str) -> Message {
    let en = match (n, one.strip_suffix('y').filter(|_| one != "day")) {
        (1, _) => format!("1 {one}"),
        (n, Some(stem)) => format!("{n} {stem}ies"),
        (n, None) => format!("{n} {one}s"),
    };
    Message::pair(en, format!("{n} {zh}"))
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
                &said!("{}.jsonl: a line cannot be read", "{}.jsonl:有一条记录无法读取", day.to_string()).tell(lang),
            );
        }
    }
    if found.more {
        let more = said!("there are more lines; --most N prints more", "还有更多记录;可用 --most 数量 输出更多");
        out::error(&more.tell(lang));
    }
    if found.lines.is_empty() {
        out::error(&said!("no line of this ledger is about it", "台账中没有相关记录").tell(lang));
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
    if args.from.zip(args.to).is_some_and(|(from, to)| from >= to) {
        return Err(Stop::usage(
            "--from is not before --to, so no line can be between them; swap the two",
            "--from 不早于 --to,其间不可能有记录;请调换两者",
        ));
    }
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
    let (dir, now) = (&args.which.dir, SystemTime::now());
    // A folder that is not there is not made: nothing could go.
    ledger::head(dir).map_err(stop)?;
    let retired = if args.dry_run {
        ledger::retirable(dir, args.retain, now)
    } else {
        let mut ledger = Ledger::open(dir, Options { durable: true }).map_err(stop)?;
        tell_opened(&ledger, common.lang());
        ledger.retire(args.retain, now, env!("CARGO_PKG_VERSION"))
    };
    let retired = match retired {
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
            said!("would remove {}: {}", "将删除 {}:{}", day.day.to_string(), many(day.lines, "line", "行"))
        } else {
            said!("removed {}: {}", "已删除 {}:{}", day.day.to_string(), many(day.lines, "line", "行"))
        });
    }
    for day in &retired.kept {
        lines.push(said!(
            "kept {}: {} without an explicit label, not six months old (Measures Art. 9)",
            "保留 {}:提供不含显式标识文件的记录 {},未满六个月(《标识办法》第九条)",
            day.day.to_string(),
            many(day.unlabelled, "delivery", "行")
        ));
    }
    if lines.is_empty() {
        lines.push(said!("no day is old enough to go", "没有保存期满的日期可删除"));
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

/// What is to be told of a ledger that was opened: what crashes had left, and an end that does not fit.
pub(crate) fn tell_opened(ledger: &Ledger, lang: Lang) {
    for repair in ledger.repairs() {
        let line = said!(
            "{}: an interrupted run left a line without its end ({} bytes), of which nobody was told; it was removed, and a line says so",
            "{}:中断的运行留下一行不完整的内容({} 字节),其结果从未报告;已移除并记入台账",
            repair.file.display(),
            repair.bytes
        );
        out::error(&line.tell(lang));
    }
    if let Some(file) = ledger.loose_end() {
        let line = said!(
            "{}: the last line does not fit the line before it, so one of them was changed; lines are written behind it, and `biaoshi ledger verify` tells more",
            "{}:最后一行与前一行不符,其中之一被改动;后续记录仍接在其后,详情请用 `biaoshi ledger verify` 查看",
            file.display()
        );
        out::error(&line.tell(lang));
    }
}
