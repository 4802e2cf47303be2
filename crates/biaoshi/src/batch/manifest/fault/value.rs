//! What can be wrong with the values of a row.

use std::path::PathBuf;

use biaoshi_container::{Message, said};
use biaoshi_label::code::CodeError;

/// What is wrong.
#[derive(Debug)]
pub enum ValueFault {
    /// Neither yes nor no: the column and what it says.
    Flag(&'static str, String),
    /// A column, what it says, and what it may say.
    Choice(&'static str, String, String),
    /// A column, and a JSON value of a kind that it does not take.
    Kind(&'static str, String),
    /// A column, what it says, and why that is no provider code.
    Provider(&'static str, String, CodeError),
    /// No place below the output folder.
    Output(String),
    /// A place below the output folder, and there is none.
    OutputNowhere,
    /// The row that has the same output, and the output.
    OutputTwice(u64, PathBuf),
    /// A label is to be replaced, and nobody says why.
    NoReason,
    /// A reason to replace a label, and none is to be replaced.
    ReasonAlone,
    /// No original is named.
    NoSource,
    /// The original is the file itself.
    OwnSource,
    /// An original is named beside that of the command line.
    TwoSources,
}

impl ValueFault {
    /// The message, in both languages.
    pub(super) fn message(&self) -> Message {
        let quoted = |text: &String| format!("{text:?}");
        match self {
            Self::Flag(column, text) => {
                said!("{}: {} is neither true nor false", "{} 的值 {} 应为 true 或 false", *column, quoted(text))
            }
            Self::Choice(column, text, all) => {
                said!("{}: {} is none of {}", "{} 的值 {} 不在可用值之中:{}", *column, quoted(text), all)
            }
            Self::Kind(column, text) => {
                said!("{}: {} is no text and no number", "{} 的值 {} 应为文本或数字", *column, text)
            }
            Self::Provider(column, text, why) => said!(
                "{} {} is no provider code: {}; --allow-name lets it be a plain name",
                "{} 的值 {} 不是服务提供者编码:{};名称须加 --allow-name",
                *column,
                quoted(text),
                Message::pair(why.to_string(), why.to_chinese())
            ),
            Self::Output(text) => said!(
                "the output {} must be the name of a file below --out, without ..",
                "output 的值 {} 应为 --out 之下的文件,不能是绝对路径或含有 ..",
                quoted(text)
            ),
            Self::OutputNowhere => said!(
                "output says where the file goes below --out DIR; without --out leave it empty",
                "output 指明文件在 --out 文件夹之下的位置;没有 --out 时请留空"
            ),
            Self::OutputTwice(first, path) => {
                said!(
                    "the output {} is that of row {} already; name another",
                    "输出 {} 已是第 {} 行的输出;请换一个",
                    path.display(),
                    *first
                )
            }
            Self::NoReason => said!(
                "a label is replaced only for a reason (Measures Art. 10); say it in the column reason, or with --reason",
                "替换标识须说明理由(《标识办法》第十条);请填写 reason 列或使用 --reason"
            ),
            Self::ReasonAlone => said!(
                "there is a reason, and nothing is to be replaced; say true in the column replace, or leave reason empty",
                "有 reason 但不替换标识;请将 replace 列设为 true,或将 reason 留空"
            ),
            Self::NoSource => said!(
                "no source; name the original whose label the file is to carry, or give one SOURCE for all",
                "没有 source;请填写标识所来自的原文件,或在命令行给出原件"
            ),
            Self::OwnSource => said!(
                "path and source are one file; name the original, or take the row out",
                "path 与 source 是同一个文件;请填写原文件,或删去该行"
            ),
            Self::TwoSources => said!(
                "the row has a source, and the command line has one for all; leave one of them out",
                "该行有 source,命令行也给出了原件;请去掉其中一个"
            ),
        }
    }
}
