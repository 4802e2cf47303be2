//! The arguments about the table of `--manifest`.

use biaoshi::batch::manifest::{ALL, Form, Naming};
use clap::{Args as ClapArgs, ValueEnum};

use super::headings::INPUTS;

/// How the table of `--manifest` is to be read.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = INPUTS)]
pub(crate) struct TableArgs {
    /// Form of the manifest, when its extension does not say it [default: by the extension; of standard input by its first character]
    ///
    /// 清单的格式,用于扩展名不能说明的情况[默认:按扩展名;标准输入按首个字符判断]
    #[arg(long, value_enum, value_name = "FORM")]
    manifest_format: Option<FormArg>,
    /// A column of ours, and what it is called in the manifest, as `id=post_id`; may be given several times
    ///
    /// 本工具的列与清单中的列名,如 `id=post_id`;可多次给出
    #[arg(long, value_name = "COLUMN=NAME")]
    map: Vec<String>,
    /// Pass over these columns of the manifest; without names, over all that mean nothing here
    ///
    /// 忽略清单中的这些列;不带列名时忽略所有未知的列
    #[arg(long, value_name = "NAMES", num_args = 0..=1, default_missing_value = ALL, value_delimiter = ',')]
    ignore_columns: Vec<String>,
    /// Let these columns of the manifest come back in reports; without names, all that mean nothing here
    ///
    /// 将清单中的这些列原样带入报告;不带列名时保留所有未知的列
    #[arg(long, value_name = "NAMES", num_args = 0..=1, default_missing_value = ALL, value_delimiter = ',')]
    keep_columns: Vec<String>,
}

impl TableArgs {
    /// How the manifest is written, when that was said.
    pub(crate) fn form(&self) -> Option<Form> {
        self.manifest_format.map(|form| match form {
            FormArg::Csv => Form::Csv,
            FormArg::Jsonl => Form::JsonLines,
        })
    }

    /// What its columns are called.
    pub(crate) fn naming(&self) -> Naming {
        let Self { manifest_format: _, map, ignore_columns, keep_columns } = self;
        Naming { map: map.clone(), ignore: ignore_columns.clone(), keep: keep_columns.clone() }
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum FormArg {
    Csv,
    Jsonl,
}
