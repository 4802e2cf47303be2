//! The arguments about a run while it goes on: what it tells meanwhile, and where that is kept.

use std::path::PathBuf;
use std::time::Duration;

use biaoshi::report::said;
use clap::Args as ClapArgs;

use super::Common;
use super::Stopping;
use super::headings::REPORTS;
use super::values::Bad;
use crate::exit::Stop;
use crate::log;

/// What a run tells while it goes on.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = REPORTS)]
pub(crate) struct Running {
    /// Tell on standard error every so often how far the run is, without a terminal too: 500ms, 30s, 5m
    ///
    /// 每隔一段时间在标准错误输出报告进度(无终端时也报告):500ms、30s、5m
    #[arg(long, value_name = "TIME", value_parser = interval)]
    pub(crate) progress_every: Option<Duration>,
    /// Show no progress bar on a terminal
    ///
    /// 在终端上不显示进度条
    #[arg(long)]
    pub(crate) no_progress: bool,
    /// Append to a file, with the time, what standard error is told and how the run ended
    ///
    /// 将标准错误输出的内容和运行结果附上时间,追加到文件
    #[arg(long, value_name = "FILE")]
    pub(crate) log_file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) stopping: Stopping,
}

impl Running {
    /// Opens the log. Before anything is told.
    pub(crate) fn begin(&self, common: &Common) -> Result<(), Stop> {
        self.log_file.as_deref().map_or(Ok(()), |path| log::open(path, common.lang()))
    }
}

/// A time that is not nothing.
fn interval(text: &str) -> Result<Duration, Bad> {
    humantime::parse_duration(text).ok().filter(|time| !time.is_zero()).ok_or_else(|| {
        Bad(said!(
            "{} is no interval; write a number and a unit, such as 500ms, 30s or 5m",
            "{} 不是时间间隔;请写数字和单位,如 500ms、30s、5m",
            format!("{text:?}")
        ))
    })
}
