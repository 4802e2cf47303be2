//! The arguments of `key`.

use std::path::PathBuf;

use biaoshi::security::Algorithm;
use clap::{Subcommand, ValueEnum};

use super::headings::{INPUTS, LABEL, OUTPUTS};
use super::shared::{Machine, Offered};

/// `key`.
#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Make a key file
    ///
    /// 生成密钥文件
    #[command(after_help = "
  biaoshi key new watermark --out platform.key
  biaoshi key new signing --out signing.pem
  biaoshi key new signing --alg ed25519 --out signing.pem")]
    New {
        /// What the key is for: watermarks, or signatures in the security fields
        ///
        /// 密钥的用途:`watermark`(水印)或 `signing`(安全字段签名)
        #[arg(value_enum, help_heading = LABEL)]
        purpose: Purpose,
        /// How a signing key signs [default: sm2]
        ///
        /// 签名密钥的算法 [默认:sm2]
        #[arg(long, value_enum, value_name = "ALGORITHM", help_heading = LABEL)]
        alg: Option<AlgorithmArg>,
        /// The key file; it is not replaced when it is there
        ///
        /// 密钥文件;已存在时不覆盖
        #[arg(long, id = "new_key", value_name = "FILE", help_heading = OUTPUTS)]
        out: PathBuf,
        #[command(flatten)]
        machine: Machine,
    },
    /// Name a key without telling it; of a signing key or a certificate, its public key
    ///
    /// 显示密钥的名称,不泄露密钥本身;对签名密钥或证书显示其公钥
    #[command(after_help = "
  biaoshi key show platform.key
  biaoshi key show signing.pem")]
    Show {
        /// The key file
        ///
        /// 密钥文件
        #[arg(help_heading = INPUTS)]
        file: PathBuf,
        #[command(flatten)]
        machine: Machine,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Purpose {
    // Values that their names explain.
    Watermark,
    Signing,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum AlgorithmArg {
    Sm2,
    Ed25519,
    P256,
}

impl From<AlgorithmArg> for Algorithm {
    fn from(algorithm: AlgorithmArg) -> Self {
        match algorithm {
            AlgorithmArg::Sm2 => Self::Sm2,
            AlgorithmArg::Ed25519 => Self::Ed25519,
            AlgorithmArg::P256 => Self::P256,
        }
    }
}

impl KeyCommand {
    /// Its shared options.
    pub(super) fn offered(&self) -> Offered<'_> {
        let (Self::New { machine, .. } | Self::Show { machine, .. }) = self;
        machine.into()
    }
}
