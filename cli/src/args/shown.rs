//! The argument that says what of a comparison is shown.

use biaoshi::diff::Status;
use clap::{ArgAction, Args as ClapArgs};

use super::headings::REPORTS;

/// What of a comparison is shown.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = REPORTS)]
pub(crate) struct Shown {
    /// Show only marks of which this became: lost, broken, changed, added, kept [default: for several files all but kept; all with -v, --json and in reports]
    ///
    /// 只显示这些结果的标记:lost、broken、changed、added、kept[默认:多个文件时不显示 kept;-v、--json 和报告中显示全部]
    #[arg(long, value_delimiter = ',', value_name = "STATUS", value_parser = ["lost", "broken", "changed", "added", "kept"])]
    only: Vec<String>,
    /// Show pairs of files and marks that did not change too
    ///
    /// 也显示没有变化的文件对和标记
    #[arg(short, long, action = ArgAction::Count)]
    pub(crate) verbose: u8,
}

impl Shown {
    /// The statuses, if some were named.
    pub(crate) fn only(&self) -> Option<Vec<Status>> {
        let named = |status: &Status| self.only.iter().any(|name| name == status.name());
        Some(Status::ALL.into_iter().filter(named).collect()).filter(|_| !self.only.is_empty())
    }
}
