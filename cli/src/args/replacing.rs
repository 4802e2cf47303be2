//! The argument that says why labels are replaced.

use clap::Args as ClapArgs;

use super::headings::POLICY;

/// Why labels are replaced.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = POLICY)]
pub(crate) struct Replacing {
    /// Why labels are replaced (Measures Art. 10): it stands in the report of each file whose label was
    ///
    /// 替换标识的理由(《标识办法》第十条):写入被替换文件的报告
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
}
