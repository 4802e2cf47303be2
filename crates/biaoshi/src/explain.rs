//! What the codes in reports mean: what was seen, who says that it matters, what to do. All of it comes from the tables by which the
//! reports are made; only errors and verdicts, which have no table elsewhere, have theirs here.

use std::collections::BTreeMap;

use biaoshi_container::{Message, phrase, said};
use biaoshi_label::{CODES, Code, DIALECTS, Severity};
use biaoshi_metadata::TRACES;

use crate::judge::{GROUNDS, Verdict};
use crate::names::nearest;
use crate::plan;

/// What a code is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The verdict of a file.
    Verdict,
    /// A reason of a verdict.
    Reason,
    /// Something that is wrong with a file.
    Finding,
    /// A form of label that is not prescribed; a finding too.
    Dialect,
    /// A sign of generation in the metadata.
    Trace,
    /// Why a layer was left out, or what else had to change.
    Layer,
    /// Why a file was not done.
    Error,
}

impl Kind {
    /// The name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Verdict => "verdict",
            Self::Reason => "reason",
            Self::Finding => "finding",
            Self::Dialect => "dialect",
            Self::Trace => "trace",
            Self::Layer => "layer",
            Self::Error => "error",
        }
    }

    /// The name for people.
    pub fn word(self) -> Message {
        match self {
            Self::Verdict => phrase!("verdict", "结论"),
            Self::Reason => phrase!("reason of a verdict", "结论的依据"),
            Self::Finding => phrase!("finding", "问题"),
            Self::Dialect => phrase!("finding, a dialect", "问题(方言)"),
            Self::Trace => phrase!("trace", "痕迹"),
            Self::Layer => phrase!("reason or note of a layer", "标识层的原因或说明"),
            Self::Error => phrase!("error", "错误"),
        }
        .into()
    }
}

/// What one code means.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The code, as reports have it.
    pub code: String,
    /// What it is.
    pub kind: Kind,
    /// How much it matters, where no policy says otherwise.
    pub severity: Option<Severity>,
    /// The verdict that it gives.
    pub verdict: Option<Verdict>,
    /// What was seen; `…` stands for the detail.
    pub what: Message,
    /// The clause that says so; empty where there is none.
    pub clause: &'static str,
    /// What to do.
    pub remedy: Message,
}

/// Every code: verdicts and their reasons, findings, dialects, traces, layers, errors.
pub fn entries() -> Vec<Entry> {
    let verdicts = Verdict::ALL.into_iter().map(of_verdict);
    let reasons = GROUNDS.iter().map(|ground| Entry {
        verdict: Some(ground.verdict),
        clause: ground.clause,
        ..Entry::new(ground.said.code, Kind::Reason, open(ground.said.en, ground.said.zh), act(ground.verdict))
    });
    let dialects = DIALECTS.iter().map(|dialect| Code::Dialect(*dialect));
    let findings = CODES.iter().copied().chain(dialects).map(of_finding);
    // Formats share some of them.
    let layers: BTreeMap<_, _> = plan::reasons().map(|said| (said.code, said)).collect();
    let layers = layers.into_values();
    let layers = layers.map(|said| Entry::new(said.code, Kind::Layer, open(said.en, said.zh), left_out()));
    let mut all: Vec<Entry> = verdicts.chain(reasons).chain(findings).chain(traces()).chain(layers).collect();
    all.extend(errors());
    all
}

/// What a code means: several entries where a code is a finding and a reason too. The prefixes `dialect.` and `trace.` may be
/// left out. Nothing where no code is called so.
pub fn find(code: &str) -> Vec<Entry> {
    let is_called = |entry: &Entry| {
        let (whole, bare) = (entry.code.as_str(), entry.code.split_once('.'));
        whole == code || bare.is_some_and(|(prefix, bare)| matches!(prefix, "dialect" | "trace") && bare == code)
    };
    entries().into_iter().filter(is_called).collect()
}

/// The code that somebody may have meant.
pub fn meant(code: &str) -> Option<String> {
    let all = entries();
    nearest(code, all.iter().map(|entry| entry.code.as_str()), 0.8).map(str::to_owned)
}

impl Entry {
    fn new(code: impl Into<String>, kind: Kind, what: impl Into<Message>, remedy: impl Into<Message>) -> Self {
        let (what, remedy) = (what.into(), remedy.into());
        Self { code: code.into(), kind, severity: None, verdict: None, what, clause: "", remedy }
    }
}

/// A row whose details are not known.
fn open(en: &str, zh: &str) -> Message {
    Message::pair(en.replace("{}", "…"), zh.replace("{}", "…"))
}

fn of_verdict(verdict: Verdict) -> Entry {
    let what = match verdict {
        Verdict::Confirmed => phrase!("the content is AI-generated", "内容属于生成合成内容"),
        Verdict::Possible => phrase!("the content may be AI-generated", "内容可能为生成合成内容"),
        Verdict::Suspected => phrase!("the content is suspected to be AI-generated", "内容疑似为生成合成内容"),
        Verdict::None => {
            phrase!(
                "nothing was found; that does not mean that the content is authentic",
                "未发现任何依据;这不表示内容真实"
            )
        }
    };
    let clause = match verdict {
        Verdict::Confirmed => "Measures Art. 6 (1)",
        Verdict::Possible => "Measures Art. 6 (2)",
        Verdict::Suspected => "Measures Art. 6 (3)",
        Verdict::None => "",
    };
    Entry { verdict: Some(verdict), clause, ..Entry::new(verdict.name(), Kind::Verdict, what, act(verdict)) }
}

/// What a platform does on a verdict.
fn act(verdict: Verdict) -> Message {
    let level = match verdict {
        Verdict::None => return phrase!("nothing; the file is not labelled", "无需处理;不为文件添加标识").into(),
        Verdict::Confirmed => "1",
        Verdict::Possible => "2",
        Verdict::Suspected => "3",
    };
    said!(
        "show the notice of the verdict beside the content, and write the propagation fields; a file without a label gets Label {}",
        "在内容旁展示该结论的提示,并写入传播要素;没有标识的文件写入 Label {}",
        level
    )
}

fn of_finding(code: Code) -> Entry {
    let (kind, clause) = match code {
        Code::Dialect(dialect) => (Kind::Dialect, dialect.cure().clause),
        code => (Kind::Finding, code.clause()),
    };
    let remedy = Message::pair(code.remedy_english(), code.remedy_chinese());
    let what = open(code.english(), code.chinese());
    Entry { severity: Some(code.severity()), clause, ..Entry::new(code.name(), kind, what, remedy) }
}

/// The kinds of traces, each with all tools that write it.
fn traces() -> Vec<Entry> {
    let mut tools: BTreeMap<&str, Vec<&str>> = BTreeMap::from([
        // Those two are read from their own structures, not from named texts.
        ("c2pa", vec!["C2PA"]),
        ("vendor-record", vec!["ServiceProvider, ServiceUser, Time, ContentId"]),
    ]);
    for row in TRACES {
        let known = tools.entry(row.kind).or_default();
        if !row.tool.is_empty() && !known.contains(&row.tool) {
            known.push(row.tool);
        }
    }
    let entry = |(kind, tools): (&str, Vec<&str>)| {
        let tools = if tools.is_empty() { kind.to_owned() } else { tools.join(", ") };
        let what = said!("a sign of AI generation in the metadata: {}", "元数据中的生成合成痕迹:{}", tools);
        let remedy = phrase!(
            "a strong one makes a file suspected: show the notice and ask the uploader; a weak one is for the record",
            "强痕迹使文件成为疑似:展示提示并询问上传者;弱痕迹仅供记录"
        );
        let clause = "Measures Art. 6 (3)";
        Entry { clause, ..Entry::new(format!("trace.{kind}"), Kind::Trace, what, remedy) }
    };
    tools.into_iter().map(entry).collect()
}

/// What to do about a layer that was left out.
fn left_out() -> Message {
    phrase!(
        "nothing: the other layers are written; where the layer has to be there, --layers refuses the file without it",
        "无需处理:其他标识层照常写入;必须有该层时,可用 --layers 点名,不能写入的文件即被拒绝"
    )
    .into()
}

macro_rules! errors {
    ($($kind:literal $en:literal $zh:literal $do:literal $zh_do:literal;)*) => {
        /// The kinds of errors.
        fn errors() -> Vec<Entry> {
            vec![$(Entry::new($kind, Kind::Error, phrase!($en, $zh), phrase!($do, $zh_do)),)*]
        }
    };
}

errors! {
    "io" "the operating system could not read or write" "操作系统无法读写"
        "the message says why: rights, space, a name that is not there" "信息中说明原因:权限、空间或不存在的名称";
    "malformed" "the bytes break the grammar of their format, or there are none" "字节不合其格式的语法,或没有字节"
        "take an undamaged copy; the file was left untouched" "改用未损坏的副本;文件未被改动";
    "unsupported" "an unknown format, not a regular file, or a feature that cannot be handled" "无法识别的格式、不是普通文件,或无法处理的特性"
        "convert the file (`biaoshi formats` lists what is known), or write a sidecar: --sidecar" "转换格式(可用 `biaoshi formats` 查看),或写入边车文件:--sidecar";
    "limit" "the file costs more than a limit allows" "文件所需超过限制"
        "raise the option that the message names, for files that you trust" "对可信的文件,调大信息中指出的选项";
    "refused" "a rule of the law, or of this run, forbids the change" "法规或本次运行的设置不允许此改动"
        "the message says what would allow it; a label of somebody else is not replaced (Measures Art. 10)" "信息中说明怎样才允许;他人的标识不予替换(《标识办法》第十条)";
    "invalid" "an explicit label that cannot be made: no glyph for the words" "无法制作的显式标识:文字没有字形"
        "use other words: --text" "改用其他文字:--text";
    "changed" "the file changed while it was read" "读取期间文件有改动"
        "run again when nobody writes to the file" "待无人写入该文件时再运行";
    "internal" "a fault of this program that was caught; nothing was written" "拦截到的本程序错误;未写入任何内容"
        "report it, with the file if you may" "请报告此问题,如可以请附上文件";
    "crashed" "the process that worked on the file was ended by it; no half-written file is left" "处理该文件的进程因它而终止;没有留下写了一半的文件"
        "report it, with the file if you may; --isolate keeps such files from ending a run" "请报告此问题,如可以请附上文件;--isolate 可使此类文件不影响整个运行";
}

#[cfg(test)]
mod tests {
    use biaoshi_container::Lang;

    use super::*;

    #[test]
    fn every_code_is_explained_in_both_languages() {
        for entry in entries() {
            for (said, name) in [(&entry.what, "what"), (&entry.remedy, "remedy")] {
                let (en, zh) = (said.tell(Lang::En), said.tell(Lang::Zh));
                assert!(
                    en.is_ascii() || en.contains('…') || entry.kind != Kind::Finding,
                    "{}: {name}: {en}",
                    entry.code
                );
                assert!(!en.is_empty() && en != "…" && en != zh, "{}: {name}: {en}", entry.code);
                assert!(zh.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)), "{}: {name}: {zh}", entry.code);
            }
        }
    }

    #[test]
    fn codes_are_found_by_name_and_by_half_of_it() {
        let kinds = |code: &str| find(code).iter().map(|entry| entry.kind).collect::<Vec<_>>();
        assert_eq!(kinds("label.unreadable"), [Kind::Reason, Kind::Finding]);
        assert_eq!((kinds("dialect.json-wrapped"), kinds("json-wrapped")), (vec![Kind::Dialect], vec![Kind::Dialect]));
        assert_eq!((kinds("trace.c2pa"), kinds("c2pa")), (vec![Kind::Trace], vec![Kind::Trace]));
        assert_eq!((kinds("suspected"), kinds("refused")), (vec![Kind::Verdict], vec![Kind::Error]));
        assert!(kinds("label").is_empty());
        assert_eq!(meant("label.charcters").as_deref(), Some("label.characters"));
        assert_eq!(meant("zzz"), None);
    }

    #[test]
    fn codes_of_one_kind_stand_once() {
        let mut seen: Vec<(String, &str)> = entries().iter().map(|e| (e.code.clone(), e.kind.name())).collect();
        let all = seen.len();
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), all);
    }
}
