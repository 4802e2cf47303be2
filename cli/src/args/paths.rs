//! The arguments that say what to work on.

use std::path::{Path, PathBuf};

use biaoshi::batch::manifest::Encoding;
use clap::{Args as ClapArgs, ValueEnum};

use super::headings::{INPUTS, PERFORMANCE};
use super::{Filters, TableArgs};

/// The layers of commands that are not told which.
pub(crate) const DEFAULT_LAYERS: &[(&str, &str)] = &[("label", "metadata,explicit"), ("carry", "metadata")];

/// Options that mean nothing where a layer is neither looked for nor written. (Rows of a manifest may name it.)
pub(crate) const OF_LAYERS: &[(&str, &str)] = &[
    ("key", "watermark"),
    ("effort", "watermark"),
    ("registry", "watermark"),
    ("density", "watermark"),
    ("alphabet", "watermark"),
    ("max-growth", "watermark"),
    ("encoder", "watermark"),
    ("text", "explicit"),
    ("corner", "explicit"),
    ("position", "explicit"),
    ("audio-mark", "explicit"),
];

/// Options that mean nothing without one of some others.
pub(crate) const BELONGS: &[(&str, &[&str])] = &[
    ("base", &["files-from", "manifest"]),
    ("manifest-encoding", &["manifest"]),
    ("manifest-format", &["manifest"]),
    ("map", &["manifest"]),
    ("ignore-columns", &["manifest"]),
    ("keep-columns", &["manifest"]),
    ("reason", &["replace", "manifest"]),
    ("null", &["files-from"]),
    ("shared-ids", &["manifest"]),
    ("backup", &["in-place"]),
    ("copy-unsupported", &["out"]),
    ("no-thumbnails", &["report"]),
];

/// Options that mean nothing for standard input: no file has a time or a journal, and one needs nobody who counts.
pub(crate) const OF_FILES: &[&str] = &["resume", "isolate", "progress-every", "preserve", "stats"];

/// Options about the file that is written, or about what lies in its place or beside it.
pub(crate) const OF_OUTPUTS: &[&str] = &["overwrite", "skip-existing", "sidecar", "durable"];

/// Options that choose among the files that are not named one by one.
pub(crate) const OF_WALKS: &[&str] = &["hidden", "follow", "include", "exclude", "ext"];

/// What to work on.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = INPUTS)]
pub(crate) struct Paths {
    /// Files, folders (walked in sorted order), or - for standard input
    ///
    /// 文件、文件夹(按名称顺序遍历),或 - 表示标准输入
    #[arg(required_unless_present_any = ["files_from", "manifest"], value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Read more paths from a file, or - for standard input: one a line, or separated by NUL
    ///
    /// 从文件读取更多路径,- 表示标准输入:每行一个,或以 NUL 分隔
    #[arg(long, value_name = "FILE")]
    pub(crate) files_from: Option<PathBuf>,
    /// Names in --files-from end with NUL, as `find -print0` writes them [default: when there is a NUL in what is there first]
    ///
    /// --files-from 中的名称以 NUL 结尾,如 `find -print0` 的输出 [默认:开头部分含 NUL 时]
    #[arg(short = '0', long)]
    pub(crate) null: bool,
    /// Take the files, and what differs for each, from a table: .csv, .tsv or .jsonl, or - for standard input
    ///
    /// 从表格取得文件及各文件的不同设置:`.csv`、`.tsv` 或 `.jsonl`,- 表示标准输入
    #[arg(long, value_name = "FILE", conflicts_with_all = ["paths", "files_from", "include", "exclude", "ext"])]
    pub(crate) manifest: Option<PathBuf>,
    /// Encoding of the manifest
    ///
    /// 表格的编码
    #[arg(long, value_enum, default_value = "utf-8", value_name = "ENCODING", hide_short_help = true)]
    manifest_encoding: EncodingArg,
    #[command(flatten)]
    pub(crate) table: TableArgs,
    /// Folder of the relative paths in --files-from and --manifest [default: the current one]
    ///
    /// --files-from 与 --manifest 中相对路径所在的文件夹 [默认:当前文件夹]
    #[arg(long, value_name = "DIR")]
    pub(crate) base: Option<PathBuf>,
    /// Note finished files in a journal; the same command with the same journal goes on where it ended
    ///
    /// 将已完成的文件记入日志;以同一日志再次执行同一命令即从中断处继续
    #[arg(long, value_name = "JOURNAL")]
    pub(crate) resume: Option<PathBuf>,
    /// Work on each file in a child process: a file that kills it is one failed line, and the others go on
    ///
    /// 每个文件由子进程处理:使子进程崩溃的文件只计一行失败,其余照常
    #[arg(long, help_heading = PERFORMANCE)]
    pub(crate) isolate: bool,
    /// Name of standard input: its extension counts for texts
    ///
    /// 标准输入的名称:文本按其扩展名识别
    #[arg(long, value_name = "NAME")]
    pub(crate) stdin_name: Option<String>,
    /// Also hidden files and folders
    ///
    /// 包括隐藏的文件和文件夹
    #[arg(long)]
    pub(crate) hidden: bool,
    /// Also folders behind symbolic links
    ///
    /// 进入符号链接指向的文件夹
    #[arg(long)]
    pub(crate) follow: bool,
    #[command(flatten)]
    pub(crate) filters: Filters,
}

impl Paths {
    /// Whether the file itself comes from standard input.
    pub(crate) fn is_stdin(&self) -> bool {
        self.paths.iter().any(|p| is_stdin(p))
    }

    /// How the manifest is encoded.
    pub(crate) fn encoding(&self) -> Encoding {
        match self.manifest_encoding {
            EncodingArg::Utf8 => Encoding::Utf8,
            EncodingArg::Gb18030 => Encoding::Gb18030,
        }
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum EncodingArg {
    #[value(name = "utf-8")]
    Utf8,
    Gb18030,
}

/// Whether a path means standard input.
pub(crate) fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}
