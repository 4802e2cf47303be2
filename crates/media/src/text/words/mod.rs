//! Where a watermark may stand in a text: in prose, and nowhere else.
//!
//! Each format says which of its characters are prose; [`shield`] takes out what is none in a line of any format. What comes
//! in goes between bytes that stay as they are ([`weave`]).

mod data;
pub(super) mod html;
pub(super) mod markdown;
pub(crate) mod shield;
#[cfg(test)]
mod tests;
pub(super) mod txt;
mod weave;

use biaoshi_container::text::{Document, Encoding};
use biaoshi_container::{Message, Said};

use crate::{Error, Result};

/// What a mark is made of; an encoding that has one has all.
const SAMPLE: &str = "\u{2061}";

/// Data and code in a text.
pub(super) static DATA: Said = Said {
    code: "text.data",
    en: "the text is data or code, into which nothing invisible is put",
    zh: "文本为数据或代码,不写入不可见字符",
};

/// Bytes that are no characters, behind the beginning of a large text.
pub(super) static UNCLEAR: Said = Said {
    code: "text.unclear",
    en: "bytes that are no characters in a long text: its encoding is not known well enough",
    zh: "长文本中含有无法解码的字节,编码不够明确",
};

/// The structure that a reader of Markdown sees would be another one.
pub(super) static SHAPE: Said = Said {
    code: "text.shape",
    en: "the document would be read in another way with the watermark",
    zh: "加入水印后文档的解析结果会改变",
};

/// Whether what marks are made of can go into a document.
fn check_encoding(document: &Document) -> Result<()> {
    document.encode(SAMPLE).map(drop).map_err(|e| Error::Unable(e.message()))
}

/// Appends characters in an encoding.
fn encoder(encoding: Encoding) -> impl Fn(&str, &mut Vec<u8>) {
    move |text, out| match encoding {
        Encoding::Utf8 => out.extend_from_slice(text.as_bytes()),
        other => out.extend(other.encode(text).unwrap_or_default()),
    }
}

fn unable(why: &'static Said) -> Error {
    Error::Unable(Message::from(why))
}
