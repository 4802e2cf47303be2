//! What can be wrong with a manifest or a registry: a line for people that names file, row and remedy.

mod naming;
mod value;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use biaoshi_container::{Message, said, trouble};
use biaoshi_label::InvalidLabel;

use crate::plan::Layer;

pub use naming::NamingFault;
pub use value::ValueFault;

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
    /// A column of a registry that is not known, and those that are.
    Column(String, String),
    /// The extension of a manifest says nothing.
    Form,
    /// The first row has more than one character that may stand between cells.
    Separators,
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
    /// What a table calls its columns.
    Naming(NamingFault),
    /// What a row says.
    Value(ValueFault),
    /// No object as it should be.
    Json(serde_json::Error),
    /// No path, or one with a NUL.
    Path,
    /// No level.
    Level(String),
    /// No layer.
    Layer(String),
    /// Words that do not conform (clause 5.1).
    Words(String),
    /// Id and level give no label (Annex E).
    Label(InvalidLabel),
    /// The row that has the same path, and the path.
    Twice(u64, PathBuf),
    /// The row that has the same id for another content, and the id.
    SameId(u64, String),
    /// The cells of a file's row are others than when the journal noted the file as finished.
    Changed(PathBuf),
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

impl Outside {
    /// The message, in both languages.
    pub fn message(&self) -> Message {
        match self {
            Self::Parent => said!("holds .., which has no place below --out", "含有 ..,无法置于 --out 之下"),
            Self::Base => said!("does not lie below --base", "不在 --base 之下"),
        }
    }
}

impl fmt::Display for Outside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.message().fmt(f)
    }
}

impl ManifestError {
    pub(in crate::batch) fn new(path: &Path, row: Option<u64>, fault: Fault) -> Self {
        Self { path: path.to_owned(), row, fault }
    }

    /// The message, in both languages.
    pub fn message(&self) -> Message {
        let (path, fault) = (self.path.display(), self.fault.message());
        match self.row {
            Some(row) => said!("{}: row {}: {}", "{}:第 {} 行:{}", path, row, fault),
            None => said!("{}: {}", "{}:{}", path, fault),
        }
    }
}

impl fmt::Display for ManifestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.message().fmt(f)
    }
}

impl std::error::Error for ManifestError {}

impl Fault {
    fn message(&self) -> Message {
        match self {
            Self::Io(e) => trouble(e),
            Self::Extension => said!("the extension must be .csv or .jsonl", "扩展名应为 .csv 或 .jsonl"),
            Self::NotAFile => said!("not a regular file", "不是普通文件"),
            Self::Utf16 => said!("the text is UTF-16; save it as UTF-8", "是 UTF-16 文本;请另存为 UTF-8"),
            Self::Encoding(name) => encoding(name),
            Self::Utf8 => said!("the text is not UTF-8; save it as UTF-8", "不是 UTF-8 文本;请另存为 UTF-8"),
            Self::TooLarge(most) => said!("more than {} bytes; split the table", "超过 {} 字节;请拆分", *most),
            Self::NoHeader => said!(
                "there is no first row that names the columns; the table is empty",
                "缺少标题行,表是空的;首行应为各列名称"
            ),
            Self::Naming(fault) => fault.message(),
            Self::Form => said!(
                "the extension must be .csv, .tsv or .jsonl; for another one say --manifest-format",
                "扩展名应为 .csv、.tsv 或 .jsonl;其他扩展名请用 --manifest-format 指明"
            ),
            Self::Separators => separators(),
            Self::Column(name, known) => {
                said!("unknown column {}; there are {}", "未知的列 {};可用:{}", format!("{name:?}"), known)
            }
            Self::ColumnTwice(name) => {
                said!(
                    "the column {} stands twice; name each once",
                    "列 {} 出现两次;每列只能写一次",
                    format!("{name:?}")
                )
            }
            Self::NoColumn(name) => {
                said!("there is no column {}; the first row must name it", "标题行没有 {} 列;请补上", *name)
            }
            Self::Cells(found, wanted) => cells(*found, *wanted),
            Self::Quote => stray_quote(),
            Self::NotClosed => open_quote(),
            Self::TooLong(most) => said!("longer than {} bytes", "超过 {} 字节", *most),
            Self::Json(error) => json(error),
            Self::Path => no_path(),
            Self::Value(fault) => fault.message(),
            Self::Level(text) => {
                said!("level: {} is no level; write 1, 2 or 3", "level 的值 {} 应为 1、2 或 3", format!("{text:?}"))
            }
            Self::Layer(name) => layer(name),
            Self::Words(text) => words(text),
            Self::Label(e) => Message::pair(e.to_string(), e.to_chinese()),
            Self::Twice(first, path) => twice(*first, path),
            Self::SameId(first, id) => same_id(*first, id),
            Self::Changed(path) => changed(path),
            Self::NoCode => said!("no provider code; fill in the column code", "没有服务提供者编码;请填写 code 列"),
            Self::CodeTwice(first, code) => code_twice(*first, code),
            Self::Outside(path, why) => said!("the path {} {}", "路径 {} {}", path.display(), why.message()),
        }
    }
}

impl From<NamingFault> for Fault {
    fn from(fault: NamingFault) -> Self {
        Self::Naming(fault)
    }
}

impl From<ValueFault> for Fault {
    fn from(fault: ValueFault) -> Self {
        Self::Value(fault)
    }
}

/// The words of the reader of JSON are English, and speak of our own lines.
fn json(error: &serde_json::Error) -> Message {
    match error.classify() {
        serde_json::error::Category::Data => {
            said!(
                "no JSON object of known keys with texts as values; write one object a line",
                "不是由已知的键和文本值组成的 JSON 对象;每行应为一个对象"
            )
        }
        _ => said!(
            "no JSON object: wrong at character {}; write one object a line",
            "不是 JSON 对象:第 {} 个字符处有误;每行应为一个对象",
            error.column()
        ),
    }
}

fn cells(found: usize, wanted: usize) -> Message {
    said!(
        "cells: {}, where the first row has {}; a cell that holds the separator stands in quotes",
        "有 {} 个单元格,标题行有 {} 个;含分隔符的单元格须加引号",
        found,
        wanted
    )
}

fn layer(name: &str) -> Message {
    said!(
        "layers: {} is no layer; there are {}",
        "layers 中没有 {} 这一层;可用:{}",
        format!("{name:?}"),
        Layer::names()
    )
}

fn words(text: &str) -> Message {
    said!(
        "the text {} must hold 人工智能 or AI, and 生成 or 合成 (clause 5.1)",
        "文字 {} 须含“人工智能”或“AI”,以及“生成”或“合成”(5.1)",
        format!("{text:?}")
    )
}

fn twice(first: u64, path: &Path) -> Message {
    said!(
        "the path {} stands in row {} already; take one of them out",
        "路径 {} 已在第 {} 行出现;请删去其一",
        path.display(),
        first
    )
}

fn code_twice(first: u64, code: &str) -> Message {
    said!(
        "the code {} stands in row {} already; take one of them out",
        "编码 {} 已在第 {} 行出现;请删去其一",
        format!("{code:?}"),
        first
    )
}

fn separators() -> Message {
    said!(
        "the first row has several of comma, semicolon and tab, so that nobody can tell which is between the cells; put names that hold one in quotes",
        "标题行同时含有逗号、分号或制表符,无法判断分隔符;含这些字符的列名请加引号"
    )
}

fn stray_quote() -> Message {
    said!(
        "a stray quote; put a cell with quotes, commas or line ends in quotes, and double those inside",
        "引号位置有误;含引号、逗号或换行的单元格须整体加引号,其中的引号写两次"
    )
}

fn open_quote() -> Message {
    said!(
        "a quote is not closed; put another at the end of the cell, and double those inside",
        "引号未闭合;请在单元格末尾补上引号,其中的引号写两次"
    )
}

fn no_path() -> Message {
    said!(
        "no usable path; path names a file, and source and output hold no NUL character",
        "没有可用的路径;path 须指明文件,source 与 output 不能含有空字符"
    )
}

fn encoding(name: &'static str) -> Message {
    if name == "UTF-8" {
        return said!(
            "the text is not UTF-8; for GBK say --manifest-encoding gb18030",
            "不是 UTF-8 文本;国标编码的清单请加 --manifest-encoding gb18030"
        );
    }
    said!(
        "the text is not {}; --manifest-encoding says what it is",
        "不是 {} 文本;请用 --manifest-encoding 指明编码",
        name
    )
}

fn same_id(first: u64, id: &str) -> Message {
    said!(
        "the id {} stands in row {} already, and numbers one content; give this row another one, name the common original of renditions in the column source, or say --shared-ids",
        "编号 {} 已在第 {} 行出现,而编号只对应一个内容;请改用其他编号,或在 source 列注明各版本的共同原件,或加 --shared-ids",
        format!("{id:?}"),
        first
    )
}

fn changed(path: &Path) -> Message {
    said!(
        "the cells of {} are others than when the journal noted it as finished; put them back, or name another journal",
        "{} 的单元格与日志记为完成时不同;请恢复原值,或换一个日志",
        path.display()
    )
}
