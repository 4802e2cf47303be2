//! The arguments that say what is kept of the inputs: their time, and with `--in-place` themselves.

use biaoshi::report::said;
use clap::Args as ClapArgs;

use super::headings::OUTPUTS;
use super::values::Bad;

/// What is kept of the inputs.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = OUTPUTS)]
pub(crate) struct Keeping {
    /// Give outputs the modification time of their inputs
    ///
    /// 输出文件保留输入文件的修改时间
    #[arg(short = 'P', long)]
    pub(crate) preserve: bool,
    /// Keep each file that --in-place replaces under its name with SUFFIX behind it
    ///
    /// --in-place 替换文件时,原文件保留,名称末尾加上此后缀
    #[arg(long, value_name = "SUFFIX", value_parser = suffix)]
    pub(crate) backup: Option<String>,
}

/// What a name can end with.
fn suffix(text: &str) -> Result<String, Bad> {
    if !text.is_empty() && !text.contains(['/', '\0']) {
        return Ok(text.to_owned());
    }
    let text = format!("{text:?}");
    Err(Bad(said!("{} is no suffix; write one such as .orig, without /", "{} 不是后缀;请写 .orig 之类,不含 /", text)))
}
