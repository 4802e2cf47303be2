//! Reasons and notes that no single format gives. Those of a format stand in its own file.

use biaoshi_container::Said;

/// Reasons and notes of more than one format.
pub static SAYS: &[&Said] = &[&LOST, &DECODER, &ENDED];

/// The label was drawn and cannot be recognised.
pub static LOST: Said = Said {
    code: "media.lost",
    en: "the file's own coding is too coarse: the label that was drawn cannot be recognised",
    zh: "文件自身的编码过于粗糙,画上的标识无法辨认",
};

/// The coded form is one that the decoder does not take; `{}` says why.
pub(crate) static DECODER: Said =
    Said { code: "media.decoder", en: "the decoder does not take this file: {}", zh: "解码器不支持此文件:{}" };

/// A note: the file was cut off at its end and is whole now, with what was left of it.
pub static ENDED: Said = Said {
    code: "media.ended",
    en: "the JPEG has the end-of-image marker that it had not",
    zh: "JPEG 缺少的图像结束标记已补上",
};
