//! The arguments about files of two folders that belong together.

use biaoshi::batch::pairs::Pattern;
use biaoshi::report::said;
use clap::Args as ClapArgs;

use super::headings::INPUTS;
use crate::exit::Stop;

/// Which files of two folders belong together.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = INPUTS)]
pub(crate) struct Pairing {
    /// How files of the second folder are called after those of the first, with `{dir}`, `{stem}`, `{name}` and `*`: `{stem}-*` [default: by path, else by path without extension]
    ///
    /// 第二个文件夹中的文件如何按第一个文件夹中的文件命名,可用 `{dir}`、`{stem}`、`{name}` 和 `*`:如 `{stem}-*`[默认:路径相同,其次为去掉扩展名后路径相同]
    #[arg(long = "match", value_name = "PATTERN")]
    pattern: Option<String>,
}

impl Pairing {
    /// The pattern, if one was given.
    pub(crate) fn pattern(&self) -> Result<Option<Pattern>, Stop> {
        let parse = |text: &String| {
            text.parse().map_err(|e: biaoshi::batch::pairs::PatternError| {
                Stop::Usage(said!("--match {}: {}", "--match {}:{}", format!("{text:?}"), e.message()))
            })
        };
        self.pattern.as_ref().map(parse).transpose()
    }

    /// Refuses a pattern where there are no two folders.
    pub(crate) fn is_for_folders(&self) -> Result<(), Stop> {
        match &self.pattern {
            Some(_) => Err(Stop::usage(
                "--match is for two folders, one of originals and one of what was made of them",
                "--match 用于两个文件夹:一个存放原文件,一个存放由其生成的文件",
            )),
            None => Ok(()),
        }
    }
}
