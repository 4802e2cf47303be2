//! How much is told of a run: the counts alone, or more of each file.

use clap::Args as ClapArgs;

use super::Reports;
use super::headings::REPORTS;
use crate::exit::Stop;

/// Of the commands that count.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = REPORTS)]
pub(crate) struct Counts {
    /// Print only the counts at the end; with --json, one object
    ///
    /// 只显示最后的统计;与 --json 同用时为一个 JSON 对象
    #[arg(long, conflicts_with = "quiet")]
    pub(crate) stats: bool,
    /// Put no small pictures of files into .html reports
    ///
    /// `.html` 报告中不加入图片缩略图
    #[arg(long)]
    pub(crate) no_thumbnails: bool,
}

impl Counts {
    /// Whether the counts have a place to go to: a report on standard output is alone there.
    pub(crate) fn check(&self, reports: &Reports) -> Result<(), Stop> {
        if self.stats && reports.take_stdout() {
            return Err(Stop::usage(
                "--stats: a report has standard output for itself; write it into a file",
                "--stats:标准输出已用于报告;请将报告写到文件",
            ));
        }
        Ok(())
    }
}

/// Of the commands that tell of single files.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = REPORTS)]
pub(crate) struct Sums {
    /// Add the SHA-256 of each file to JSON and reports: of what was checked, or of what was written
    ///
    /// 在 JSON 和报告中加入每个文件的 `SHA-256`:核验时为被核验的文件,写入时为写出的文件
    #[arg(long)]
    pub(crate) sha256: bool,
}
