//! Words that many arguments share, in both languages side by side.

use biaoshi::report::Lang;
use clap::Arg;

use crate::args::HEADINGS;

/// Names of values: what stands behind an option.
const VALUES: &[(&str, &str)] = &[
    ("ACTIONS", "动作"),
    ("AFTER", "新文件"),
    ("ALGORITHM", "算法"),
    ("ALPHABET", "字符集"),
    ("BEFORE", "原文件"),
    ("CODE", "编码"),
    ("CODES", "编码"),
    ("COLOR", "颜色"),
    ("COLUMN=NAME", "列=名称"),
    ("CORNER", "角落"),
    ("DAYS", "天数"),
    ("DENSITY", "疏密"),
    ("DIR", "文件夹"),
    ("EFFORT", "力度"),
    ("ENCODING", "编码"),
    ("EXT", "扩展名"),
    ("FILE", "文件"),
    ("FINDING=SEVERITY", "问题=严重程度"),
    ("FINDINGS", "问题"),
    ("FORM", "格式"),
    ("FORMAT", "格式"),
    ("GLOB", "模式"),
    ("HASH", "散列值"),
    ("HEX", "十六进制数"),
    ("HOW", "方式"),
    ("ID", "编号"),
    ("IN", "输入"),
    ("JOURNAL", "日志"),
    ("LANG", "语言"),
    ("LAYERS", "标识层"),
    ("LEVEL", "属性"),
    ("LIST", "列表"),
    ("N", "数量"),
    ("NAME", "名称"),
    ("NAMES", "列名"),
    ("ORIGINAL", "原件"),
    ("OUT", "输出"),
    ("PATH", "路径"),
    ("PATTERN", "模式"),
    ("PERCENT", "百分比"),
    ("PIXELS", "像素"),
    ("POSITION", "位置"),
    ("PROGRAM", "程序"),
    ("PURPOSE", "用途"),
    ("SECONDS", "秒数"),
    ("SERVICE", "服务"),
    ("SHEET", "位置"),
    ("SHELL", "外壳程序"),
    ("SIZE", "大小"),
    ("SOURCE", "原件"),
    ("STATUS", "结果"),
    ("STEPS", "步数"),
    ("SUBJECT", "号码"),
    ("SUFFIX", "后缀"),
    ("TEXT", "文本"),
    ("TIME", "时间"),
    ("VERDICT", "结论"),
    ("WHICH", "哪一个"),
    ("WORDS", "文字"),
    ("XXXX", "字符"),
];

/// The same of single arguments, by their ids, where a name means something else than elsewhere.
const VALUES_OF: &[(&str, &str)] = &[("explained", "代码")];

/// Exit codes, for which commands (none named: all), and when.
const EXITS: &[(u8, &[&str], &str, &str)] = &[
    (0, &[], "everything as asked", "一切符合要求"),
    (1, &["verify"], "a file has an error finding or no label", "有文件存在错误级问题或没有标识"),
    (
        1,
        &["propagate"],
        "a file has an error finding or no label, although something was found in it",
        "有文件在写入后仍存在错误级问题,或有线索而没有标识",
    ),
    (1, &["label"], "a file lacks a layer of --require", "有文件缺少 --require 所要求的标识层"),
    (1, &["diff"], "a mark was lost or broken", "有标识丢失或损坏"),
    (1, &["code check"], "a code is wrong", "有编码不正确"),
    (
        1,
        &["ledger verify", "ledger retention"],
        "a line was changed, removed or swapped, or --head is not in the chain",
        "有行被改动、删除或调换,或 --head 不在链中",
    ),
    (1, &["ledger find"], "no line was found", "没有找到任何行"),
    (2, &[], "the command line or a setting is wrong; nothing was done", "命令行或设置有误;未执行任何操作"),
    (
        3,
        &["label", "carry", "propagate", "watermark embed", "deliver-unlabelled"],
        "a file could not be processed or was refused; the others were done",
        "有文件无法处理或被拒绝;其余文件已完成",
    ),
    (3, &["verify", "diff", "watermark detect", "inspect"], "a file could not be read", "有文件无法读取"),
    (
        3,
        &["ledger verify", "ledger head", "ledger find", "ledger export", "ledger retention", "ledger index"],
        "a file of the ledger could not be read or written",
        "台账文件无法读写",
    ),
    (3, &["man"], "a page could not be written", "手册页无法写入"),
    (
        130,
        &["label", "carry", "propagate", "verify", "diff"],
        "interrupted; the files in hand were finished",
        "被中断;进行中的文件已完成",
    ),
];

/// The name of an argument's value in a language; a name without a row stays.
pub(super) fn value_name<'n>(arg: &Arg, name: &'n str, lang: Lang) -> &'n str {
    if lang == Lang::En {
        return name;
    }
    let own = VALUES_OF.iter().find(|(id, _)| arg.get_id() == *id);
    own.or_else(|| VALUES.iter().find(|(en, _)| *en == name)).map_or(name, |(_, zh)| zh)
}

/// The exit codes of a command, by its names, and when; the command that holds all others has all codes.
pub(crate) fn exits(names: &[&str], lang: Lang) -> Vec<(u8, String)> {
    let all = names.len() < 2;
    let own = names.get(1..).unwrap_or_default().join(" ");
    let applies = |of: &&[&str]| of.is_empty() || all || of.contains(&&*own);
    let rows = EXITS.iter().filter(|(_, of, ..)| applies(of));
    let mut told: Vec<(u8, String)> = Vec::new();
    for (code, _, en, zh) in rows {
        let said = if lang == Lang::Zh { zh } else { en };
        match told.last_mut().filter(|(last, _)| last == code) {
            Some((_, before)) => before.push_str(&format!("{}{said}", if lang == Lang::Zh { ";" } else { "; " })),
            None => told.push((*code, (*said).to_owned())),
        }
    }
    told
}

/// Where a heading stands among all; what has none of ours stands with what is general, at the end.
fn place(name: &str) -> usize {
    HEADINGS.iter().position(|(en, _)| *en == name).unwrap_or(HEADINGS.len() - 1)
}

/// Where an argument stands in the order of use.
pub(crate) fn order(arg: &Arg) -> usize {
    place(arg.get_help_heading().unwrap_or_default())
}

/// Place, English and words of a heading.
pub(super) fn heading(name: &str, lang: Lang) -> (usize, &'static str, String) {
    let place = place(name);
    let (en, zh) = HEADINGS[place];
    (place, en, if lang == Lang::Zh { zh } else { en }.to_owned())
}
