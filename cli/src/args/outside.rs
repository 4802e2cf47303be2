//! The arguments about files of formats that are not ours.

use clap::Args as ClapArgs;

use super::headings::{OUTPUTS, POLICY};

/// What such files do to the exit code.
#[derive(Debug, ClapArgs)]
pub(crate) struct AllowUnsupported {
    /// Files of formats that are not known do not count for the exit code
    ///
    /// 无法识别格式的文件不影响退出码
    #[arg(long, help_heading = POLICY)]
    pub(crate) allow_unsupported: bool,
}

/// What becomes of such files.
#[derive(Debug, ClapArgs)]
pub(crate) struct CopyUnsupported {
    /// Copy files of formats that are not known to the output folder, as they are
    ///
    /// 无法识别格式的文件原样复制到输出文件夹
    #[arg(long, help_heading = OUTPUTS, conflicts_with = "sidecar")]
    pub(crate) copy_unsupported: bool,
}
