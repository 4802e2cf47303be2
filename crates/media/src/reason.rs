//! Reasons and notes that no single format gives. Those of a format stand in its own file.

use biaoshi_container::Said;

use crate::MEDIA;
use crate::sound::decoder::{BROKEN, NO_SOUND};
use crate::sound::hear::CHANGES;
use crate::sound::listen::SAMPLED;

/// Reasons and notes of more than one format.
static SAYS: &[&Said] = &[&LOST, &DECODER, &NO_SOUND, &BROKEN, &SAMPLED, &CHANGES];

/// All reasons and notes of layers that are decoded: those of a format, and those of several.
pub fn reasons() -> impl Iterator<Item = &'static Said> {
    let shared = SAYS.iter().chain(biaoshi_explicit::SAYS);
    MEDIA.iter().flat_map(|row| row.says).chain(shared).copied()
}

/// The label was drawn and cannot be recognised.
pub static LOST: Said = Said {
    code: "media.lost",
    en: "the file's own coding is too coarse: the label that was drawn cannot be recognised",
    zh: "文件自身的编码过于粗糙,画上的标识无法辨认",
};

/// The coded form is one that the decoder does not take; `{}` says why.
pub(crate) static DECODER: Said =
    Said { code: "media.decoder", en: "the decoder does not take this file: {}", zh: "解码器不支持此文件:{}" };
