//! The arguments of `propagate`.

use std::path::PathBuf;

use biaoshi::job::{Choose, OnSigned};
use clap::{Args as ClapArgs, ValueEnum};

use super::headings::{LABEL, LAYERS, POLICY};
use super::shared::{Batch, Verbose};
use super::{
    AllowUnsupported, CopyUnsupported, Counts, Keeping, MarkSearch, Outputs, Paths, PolicyArgs, Recording, Reports,
    Running, Signing, Sums, Target, Trusting,
};

#[derive(Debug, ClapArgs)]
#[command(after_help = "
  biaoshi propagate upload.jpg -o published.jpg --propagator 001191110000EXAMPLE03Q20000
  biaoshi propagate uploads/ --out published/ --propagator 001191110000EXAMPLE03Q20000 --json
  biaoshi propagate --manifest uploads.csv --out published/ --propagator 001191110000EXAMPLE03Q20000 --resume j.log
  biaoshi propagate uploads/ --in-place --propagator 001191110000EXAMPLE03Q20000 --on-signed sidecar")]
pub(crate) struct PropagateArgs {
    #[command(flatten)]
    pub(crate) paths: Paths,
    #[command(flatten)]
    pub(crate) target: Target,
    /// Code of the platform that spreads the files
    ///
    /// 传播平台的服务提供者编码
    #[arg(long, value_name = "CODE", help_heading = LABEL)]
    pub(crate) propagator: String,
    /// Let --propagator be a plain name
    ///
    /// 允许 --propagator 为普通名称
    #[arg(long, help_heading = LABEL)]
    pub(crate) allow_name: bool,
    /// PropagateID: uuid, sha256, name, or a template with {stem} {sha256} {uuid} {index}
    ///
    /// PropagateID:uuid、sha256、name,或含 {stem} {sha256} {uuid} {index} 的模板
    #[arg(long, value_name = "ID", default_value = "uuid", help_heading = LABEL)]
    pub(crate) propagate_id: String,
    /// Give files without a label one of this level at least, although nothing was found in them [default: by the verdict]
    ///
    /// 没有标识的文件至少写入此级别的标识,即使未发现任何线索 [默认:按结论]
    #[arg(long, value_parser = ["2", "3"], help_heading = LABEL)]
    pub(crate) level: Option<String>,
    /// What to look for: labels in the metadata, traces of generators, explicit labels, watermarks
    ///
    /// 检查哪些标识层:metadata(元数据)、traces(痕迹)、explicit(显式标识)、watermark(数字水印)
    #[arg(long, help_heading = LAYERS, value_delimiter = ',', value_name = "LAYERS", default_value = "metadata,traces,explicit", value_parser = ["metadata", "traces", "explicit", "watermark"])]
    pub(crate) layers: Vec<String>,
    #[command(flatten)]
    pub(crate) marks: MarkSearch,
    #[command(flatten)]
    pub(crate) signing: Signing,
    #[command(flatten)]
    pub(crate) trusting: Trusting,
    /// Table of provider codes and names (.csv or .jsonl: code, name): tells whose a watermark is
    ///
    /// 服务提供者编码与名称表(.csv 或 .jsonl,列为 code、name):用于判断水印属于谁
    #[arg(long, value_name = "FILE", help_heading = LAYERS)]
    pub(crate) registry: Option<PathBuf>,
    /// The uploader says that the files are AI-generated
    ///
    /// 上传者声明文件为生成合成内容
    #[arg(long, help_heading = POLICY)]
    pub(crate) declared: bool,
    /// Which of several labels of one producer stays that contradict each other [default: such files are refused]
    ///
    /// 同一生成者的多个标识相互矛盾时保留哪一个 [默认:拒绝此类文件]
    #[arg(long, value_enum, value_name = "WHICH", help_heading = POLICY)]
    choose: Option<ChooseArg>,
    /// What becomes of files whose C2PA manifest or signature a change would break: the label goes beside them, they are changed,
    /// or they stay as they are and there is the notice alone [default: they are refused]
    ///
    /// 改动会破坏 C2PA 清单或签名的文件如何处理:sidecar 将标识写在文件旁,break 照常改动,notice 保持原样、只给出提示 [默认:拒绝]
    #[arg(long, value_enum, value_name = "HOW", help_heading = POLICY)]
    on_signed: Option<OnSignedArg>,
    /// Exit 0 although a file has no label
    ///
    /// 文件没有标识时仍以 0 退出
    #[arg(long, help_heading = POLICY)]
    pub(crate) allow_unlabelled: bool,
    #[command(flatten)]
    pub(crate) policy: PolicyArgs,
    #[command(flatten)]
    pub(crate) outputs: Outputs,
    #[command(flatten)]
    pub(crate) keeping: Keeping,
    #[command(flatten)]
    pub(crate) copy: CopyUnsupported,
    #[command(flatten)]
    pub(crate) unsupported: AllowUnsupported,
    #[command(flatten)]
    pub(crate) reports: Reports,
    #[command(flatten)]
    pub(crate) counts: Counts,
    #[command(flatten)]
    pub(crate) sums: Sums,
    #[command(flatten)]
    pub(crate) verbose: Verbose,
    #[command(flatten)]
    pub(crate) recording: Recording,
    #[command(flatten)]
    pub(crate) batch: Batch,
    #[command(flatten)]
    pub(crate) running: Running,
}

impl PropagateArgs {
    /// Which of several labels stays.
    pub(crate) fn choose(&self) -> Option<Choose> {
        self.choose.map(|choose| match choose {
            ChooseArg::First => Choose::First,
            ChooseArg::Last => Choose::Last,
        })
    }

    /// What becomes of signed files.
    pub(crate) fn on_signed(&self) -> Option<OnSigned> {
        self.on_signed.map(|how| match how {
            OnSignedArg::Sidecar => OnSigned::Sidecar,
            OnSignedArg::Break => OnSigned::Break,
            OnSignedArg::Notice => OnSigned::Notice,
        })
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ChooseArg {
    First,
    Last,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum OnSignedArg {
    Sidecar,
    Break,
    Notice,
}
