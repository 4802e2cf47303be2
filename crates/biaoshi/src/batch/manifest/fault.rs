//! What can be wrong with a manifest or a registry: a line for people that names file, row and remedy.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use biaoshi_label::InvalidLabel;

use crate::plan::Layer;

/// What is wrong with a table, and in which row.
#[derive(Debug)]
pub struct ManifestError {
    path: PathBuf,
    row: Option<u64>,
    fault: Fault,
}

/// What is wrong.
#[derive(Debug)]
pub enum Fault {
    /// The operating system.
    Io(io::Error),
    /// The name ends neither in `.csv` nor in `.jsonl`.
    Extension,
    /// A pipe or a folder.
    NotAFile,
    /// The bytes are UTF-16.
    Utf16,
    /// The bytes are not text of this encoding.
    Encoding(&'static str),
    /// The bytes are not UTF-8, and no other encoding is taken.
    Utf8,
    /// The whole table is above this many bytes.
    TooLarge(u64),
    /// A CSV without a first row.
    NoHeader,
    /// A column that is not known, and those that are.
    Column(String, String),
    /// A column that is named twice.
    ColumnTwice(String),
    /// A column that has to be there.
    NoColumn(&'static str),
    /// Cells of the row, cells of the header.
    Cells(usize, usize),
    /// A quote inside a bare cell, or text behind a closing quote.
    Quote,
    /// A quote that is not closed.
    NotClosed,
    /// A row above this many bytes.
    TooLong(u64),
    /// No object as it should be, in the words of the JSON reader.
    Json(String),
    /// No path, or one with a NUL.
    Path,
    /// No level.
    Level(String),
    /// No layer.
    Layer(String),
    /// Words that do not conform (clause 5.1).
    Words(String),
    /// Neither yes nor no.
    Declared(String),
    /// Id and level give no label (Annex E).
    Label(InvalidLabel),
    /// The row that has the same path, and the path.
    Twice(u64, PathBuf),
    /// A registry's row without a provider code.
    NoCode,
    /// The row that has the same provider code, and the code.
    CodeTwice(u64, String),
    /// A path that has no place below the output folder, and why not.
    Outside(PathBuf, Outside),
}

/// Why a path has no place below the output folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outside {
    /// It holds `..`.
    Parent,
    /// It is absolute and not below `--base`.
    Base,
}

impl fmt::Display for Outside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Parent => "holds .., which has no place below --out",
            Self::Base => "does not lie below --base",
        })
    }
}

impl Outside {
    /// The message in Chinese.
    pub fn to_chinese(self) -> &'static str {
        match self {
            Self::Parent => "含有 ..,无法置于 --out 之下",
            Self::Base => "不在 --base 之下",
        }
    }
}

impl ManifestError {
    pub(in crate::batch) fn new(path: &Path, row: Option<u64>, fault: Fault) -> Self {
        Self { path: path.to_owned(), row, fault }
    }

    /// The message in Chinese.
    pub fn to_chinese(&self) -> String {
        let path = self.path.display();
        let fault = self.fault.to_chinese();
        self.row.map_or_else(|| format!("{path}:{fault}"), |row| format!("{path}:第 {row} 行:{fault}"))
    }
}

impl fmt::Display for ManifestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match self.row {
            Some(row) => write!(f, "{path}: row {row}: {}", self.fault),
            None => write!(f, "{path}: {}", self.fault),
        }
    }
}

impl std::error::Error for ManifestError {}

impl Fault {
    fn to_chinese(&self) -> String {
        match self {
            Self::Io(e) => format!("读取失败:{e}"),
            Self::Extension => "扩展名应为 .csv 或 .jsonl".into(),
            Self::NotAFile => "不是普通文件".into(),
            Self::Utf16 => "是 UTF-16 文本;请另存为 UTF-8".into(),
            Self::Encoding("UTF-8") => "不是 UTF-8 文本;国标编码的清单请加 --manifest-encoding gb18030".into(),
            Self::Encoding(name) => format!("不是 {name} 文本"),
            Self::Utf8 => "不是 UTF-8 文本".into(),
            Self::TooLarge(most) => format!("超过 {most} 字节"),
            Self::NoHeader => "缺少标题行".into(),
            Self::Column(name, known) => format!("未知的列 {name:?};可用:{known}"),
            Self::ColumnTwice(name) => format!("列 {name:?} 出现两次"),
            Self::NoColumn(name) => format!("标题行没有 {name} 列"),
            Self::Cells(found, wanted) => format!("有 {found} 个单元格,标题行有 {wanted} 个"),
            Self::Quote => "引号位置有误;含引号、逗号或换行的单元格须整体加引号,其中的引号写两次".into(),
            Self::NotClosed => "引号未闭合".into(),
            Self::TooLong(most) => format!("超过 {most} 字节"),
            Self::Json(why) => format!("JSON 有误:{why}"),
            Self::Path => "没有可用的路径".into(),
            Self::Level(text) => format!("level 的值 {text:?} 应为 1、2 或 3"),
            Self::Layer(name) => format!("没有 {name:?} 层;可用:{}", Layer::names()),
            Self::Words(text) => format!("文字 {text:?} 须含“人工智能”或“AI”,以及“生成”或“合成”(5.1)"),
            Self::Declared(text) => format!("declared 的值 {text:?} 应为 true 或 false"),
            Self::Label(e) => e.to_chinese(),
            Self::Twice(first, path) => format!("路径 {} 已在第 {first} 行出现", path.display()),
            Self::NoCode => "没有服务提供者编码".into(),
            Self::CodeTwice(first, code) => format!("编码 {code:?} 已在第 {first} 行出现"),
            Self::Outside(path, why) => format!("路径 {} {}", path.display(), why.to_chinese()),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(e) => e.fmt(f),
            Self::Extension => f.write_str("the extension must be .csv or .jsonl"),
            Self::NotAFile => f.write_str("not a regular file"),
            Self::Utf16 => f.write_str("the text is UTF-16; save it as UTF-8"),
            Self::Encoding("UTF-8") => f.write_str("the text is not UTF-8; for GBK say --manifest-encoding gb18030"),
            Self::Encoding(name) => write!(f, "the text is not {name}"),
            Self::Utf8 => f.write_str("the text is not UTF-8"),
            Self::TooLarge(most) => write!(f, "more than {most} bytes"),
            Self::NoHeader => f.write_str("there is no first row that names the columns"),
            Self::Column(name, known) => write!(f, "unknown column {name:?}; there are {known}"),
            Self::ColumnTwice(name) => write!(f, "the column {name:?} stands twice"),
            Self::NoColumn(name) => write!(f, "there is no column {name}"),
            Self::Cells(found, wanted) => write!(f, "{found} cells, where the first row has {wanted}"),
            Self::Quote => f.write_str(
                "a stray quote; put a cell with quotes, commas or line ends in quotes, and double those inside",
            ),
            Self::NotClosed => f.write_str("a quote is not closed"),
            Self::TooLong(most) => write!(f, "longer than {most} bytes"),
            Self::Json(why) => write!(f, "no object as it should be: {why}"),
            Self::Path => f.write_str("no usable path"),
            Self::Level(text) => write!(f, "{text:?} is no level; 1, 2 or 3"),
            Self::Layer(name) => write!(f, "{name:?} is no layer; {}", Layer::names()),
            Self::Words(text) => {
                write!(f, "the text {text:?} must hold 人工智能 or AI, and 生成 or 合成 (clause 5.1)")
            }
            Self::Declared(text) => write!(f, "{text:?} is neither true nor false"),
            Self::Label(e) => e.fmt(f),
            Self::Twice(first, path) => write!(f, "the path {} stands in row {first} already", path.display()),
            Self::NoCode => f.write_str("no provider code"),
            Self::CodeTwice(first, code) => write!(f, "the code {code:?} stands in row {first} already"),
            Self::Outside(path, why) => write!(f, "the path {} {why}", path.display()),
        }
    }
}
