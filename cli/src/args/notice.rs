//! The arguments of `notice`.

use biaoshi::judge::Verdict;
use clap::{Args as ClapArgs, ValueEnum};

use super::headings::{INPUTS, REPORTS};

#[derive(Debug, ClapArgs)]
#[command(after_help = "
  biaoshi notice --verdict confirmed --lang zh
  biaoshi notice --verdict suspected --lang zh --format html
  biaoshi notice --verdict possible --format json")]
pub(crate) struct NoticeArgs {
    /// The verdict of `verify`
    ///
    /// `verify` 的结论
    #[arg(long, value_enum, value_name = "VERDICT", help_heading = INPUTS)]
    verdict: VerdictArg,
    /// The words, an element for a page, or an object with both languages
    ///
    /// 提示文字、可放入页面的 `HTML` 元素,或含中英文两种文字的 JSON 对象
    #[arg(long, value_enum, default_value = "text", value_name = "FORMAT", help_heading = REPORTS)]
    pub(crate) format: NoticeFormat,
}

impl NoticeArgs {
    /// The verdict.
    pub(crate) fn verdict(&self) -> Verdict {
        match self.verdict {
            VerdictArg::Confirmed => Verdict::Confirmed,
            VerdictArg::Possible => Verdict::Possible,
            VerdictArg::Suspected => Verdict::Suspected,
            VerdictArg::None => Verdict::None,
        }
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum VerdictArg {
    Confirmed,
    Possible,
    Suspected,
    None,
}

/// How a notice is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum NoticeFormat {
    Text,
    Html,
    Json,
}
