//! The arguments about signatures that several commands share.

use std::path::PathBuf;

use clap::Args as ClapArgs;

use super::headings::{LABEL, POLICY};

/// What labels are signed with.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = LABEL)]
pub(crate) struct Signing {
    /// Private key (`key new signing`) that signs the label and a hash of the content into the security field
    ///
    /// 私钥(`key new signing` 生成):对标识及内容散列值签名,写入安全字段
    #[arg(long, value_name = "FILE")]
    pub(crate) sign: Option<PathBuf>,
}

/// Whose signatures are believed.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = POLICY)]
pub(crate) struct Trusting {
    /// Trust file: keys that are pinned, each for one provider; may be given several times
    ///
    /// 信任文件:为各服务提供者固定的公钥;可多次给出
    #[arg(long, value_name = "FILE")]
    pub(crate) trust: Vec<PathBuf>,
}
