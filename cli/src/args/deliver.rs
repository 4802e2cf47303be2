//! The arguments of `deliver-unlabelled`.

use std::path::PathBuf;

use biaoshi::report::said;
use clap::Args as ClapArgs;

use super::headings::{INPUTS, LABEL, OUTPUTS, POLICY, REPORTS};
use super::limits::LimitArgs;
use super::shared::{Machine, Offered};
use super::values::Bad;

#[derive(Debug, ClapArgs)]
#[command(after_help = "
  biaoshi deliver-unlabelled original.png -o delivered.png --producer 001191110000EXAMPLE03Q10000 --recipient user-4711 --agreement terms-2026-09 --ledger ledger/")]
pub(crate) struct DeliverArgs {
    /// The original, which carries no explicit label; it is not changed
    ///
    /// 原件,不含显式标识;不作改动
    #[arg(value_name = "ORIGINAL", help_heading = INPUTS)]
    pub(crate) original: PathBuf,
    /// Folder for the file that is delivered, under the name of the original
    ///
    /// 存放所提供文件的文件夹,文件名与原件相同
    #[arg(long, value_name = "DIR", conflicts_with = "output", help_heading = OUTPUTS)]
    pub(crate) out: Option<PathBuf>,
    /// The file that is delivered
    ///
    /// 所提供的文件
    #[arg(short, value_name = "FILE", help_heading = OUTPUTS)]
    pub(crate) output: Option<PathBuf>,
    /// Code of the provider that generated the content
    ///
    /// 生成内容的服务提供者编码
    #[arg(long, value_name = "CODE", help_heading = LABEL)]
    pub(crate) producer: String,
    /// Let --producer be a plain name
    ///
    /// 允许 --producer 为普通名称
    #[arg(long, help_heading = LABEL)]
    pub(crate) allow_name: bool,
    /// ProduceID: uuid, sha256, name, or a template with {stem} {sha256} {uuid} {index}
    ///
    /// ProduceID:uuid、sha256、name,或含 {stem} {sha256} {uuid} {index} 的模板
    #[arg(long, value_name = "ID", default_value = "uuid", help_heading = LABEL)]
    pub(crate) id: String,
    /// To whom it is delivered: a user's number or name (Measures Art. 9)
    ///
    /// 提供对象:用户编号或名称(《标识办法》第九条)
    #[arg(long, value_name = "TEXT", value_parser = stated, help_heading = POLICY)]
    pub(crate) recipient: String,
    /// The agreement by which the recipient has the duty to label (Measures Art. 9)
    ///
    /// 约定由提供对象承担标识义务的协议(《标识办法》第九条)
    #[arg(long, value_name = "TEXT", value_parser = stated, help_heading = POLICY)]
    pub(crate) agreement: String,
    /// The ledger in which the delivery is recorded, before the file has its name; it is made where it is missing
    ///
    /// 记录此次提供的台账,先记录后生成文件;台账不存在则新建
    #[arg(long, value_name = "DIR", help_heading = REPORTS)]
    pub(crate) ledger: PathBuf,
    #[command(flatten)]
    machine: Machine,
    #[command(flatten)]
    limits: LimitArgs,
}

impl DeliverArgs {
    /// The shared options.
    pub(crate) fn offered(&self) -> Offered<'_> {
        Offered { limits: Some(&self.limits), ..(&self.machine).into() }
    }
}

/// A text that says something.
fn stated(text: &str) -> Result<String, Bad> {
    if !text.trim().is_empty() {
        return Ok(text.to_owned());
    }
    Err(Bad(said!(
        "{} says nothing; the law wants it recorded (Measures Art. 9)",
        "{} 没有内容;《标识办法》第九条要求留存",
        format!("{text:?}")
    )))
}
