//! The arguments that many commands have in common, each flattened only into those that heed it.

use std::path::PathBuf;

use biaoshi::report::Lang;
use clap::{ArgAction, Args as ClapArgs, ValueEnum};

use super::headings::{GENERAL, PERFORMANCE, REPORTS};
use super::limits::LimitArgs;
use super::values::number;

/// Options of every command.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = GENERAL)]
pub(crate) struct Global {
    /// Language of messages [default: from LC_ALL, LC_MESSAGES, LANG]
    ///
    /// 消息语言 [默认:依 LC_ALL、LC_MESSAGES、LANG]
    #[arg(long, global = true, value_enum, value_name = "LANG")]
    lang: Option<LangArg>,
    /// Colours
    ///
    /// 颜色
    #[arg(long, global = true, value_enum, default_value = "auto")]
    pub(crate) color: Color,
    /// File of settings [default: biaoshi.toml here, else biaoshi/config.toml in the user's config folder]
    ///
    /// 设置文件 [默认:当前文件夹的 biaoshi.toml,否则为用户配置文件夹中的 biaoshi/config.toml]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Print the settings and where each was written, and do nothing
    ///
    /// 显示各项设置及其来源,不做其他事
    #[arg(long, global = true)]
    pub(crate) show_config: bool,
    // Do the jobs that come on standard input: what `--isolate` starts.
    #[arg(long, global = true, hide = true)]
    pub(crate) worker: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum LangArg {
    En,
    Zh,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

impl Global {
    /// The language of messages.
    pub(crate) fn lang(&self) -> Lang {
        match self.lang {
            Some(LangArg::En) => Lang::En,
            Some(LangArg::Zh) => Lang::Zh,
            None => environment(),
        }
    }
}

/// The language that the environment asks for.
pub(crate) fn environment() -> Lang {
    let value = ["LC_ALL", "LC_MESSAGES", "LANG"].iter().find_map(|n| std::env::var(n).ok().filter(|v| !v.is_empty()));
    if value.is_some_and(|v| v.starts_with("zh")) { Lang::Zh } else { Lang::En }
}

/// Of the commands that have results for scripts.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = REPORTS)]
pub(crate) struct Machine {
    /// JSON Lines on standard output, and nothing else there
    ///
    /// 标准输出仅为 JSON Lines
    #[arg(long)]
    pub(crate) json: bool,
}

/// Of the commands that tell of many files.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = REPORTS)]
pub(crate) struct Quiet {
    /// Print nothing for files that went well
    ///
    /// 顺利处理的文件不输出任何内容
    #[arg(short, long)]
    quiet: bool,
}

/// Of the commands that find faults.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = REPORTS)]
pub(crate) struct Verbose {
    /// Print warnings, and with -vv every finding
    ///
    /// 同时显示警告;-vv 显示全部问题
    #[arg(short, long, action = ArgAction::Count)]
    pub(crate) verbose: u8,
}

/// Of the commands that work on many files at once.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = PERFORMANCE)]
pub(crate) struct Threads {
    /// Threads [default: all cores]
    ///
    /// 线程数 [默认:全部核心]
    #[arg(long, value_name = "N", value_parser = number(1, u16::MAX))]
    pub(crate) jobs: Option<u16>,
}

/// Of the commands that work on all files below some paths.
#[derive(Debug, ClapArgs)]
pub(crate) struct Batch {
    #[command(flatten)]
    machine: Machine,
    #[command(flatten)]
    quiet: Quiet,
    #[command(flatten)]
    threads: Threads,
    #[command(flatten)]
    limits: LimitArgs,
}

/// Of these options, what one command has; the others are as if nothing had been said.
#[derive(Debug, Default)]
pub(crate) struct Offered<'a> {
    pub(crate) json: bool,
    pub(crate) quiet: bool,
    pub(crate) verbose: u8,
    pub(crate) jobs: Option<u16>,
    pub(crate) limits: Option<&'a LimitArgs>,
}

impl<'a> From<&'a Batch> for Offered<'a> {
    fn from(batch: &'a Batch) -> Self {
        let Batch { machine, quiet, threads, limits } = batch;
        Self { json: machine.json, quiet: quiet.quiet, verbose: 0, jobs: threads.jobs, limits: Some(limits) }
    }
}

impl From<&Machine> for Offered<'_> {
    fn from(machine: &Machine) -> Self {
        Self { json: machine.json, ..Self::default() }
    }
}
