//! Reasons and notes that no single format gives. Those of a format stand in its own file.

use biaoshi_container::Said;

/// Reasons and notes of more than one format.
pub(crate) static SAYS: &[&Said] = &[&LOST, &DECODER, &NO_SOUND, &BROKEN, &SAMPLED, &CHANGES, &LOSSY];

/// The label was drawn and cannot be recognised.
pub static LOST: Said = Said {
    code: "media.lost",
    en: "the file's own coding is too coarse: the label that was drawn cannot be recognised",
    zh: "文件自身的编码过于粗糙,画上的标识无法辨认",
};

/// The coded form is one that the decoder does not take; `{}` says why.
pub(crate) static DECODER: Said =
    Said { code: "media.decoder", en: "the decoder does not take this file: {}", zh: "解码器不支持此文件:{}" };

/// A file in which no sound is, or none that can be decoded.
pub(crate) static NO_SOUND: Said =
    Said {
        code: "sound.none", en: "there is no sound in the file that can be decoded", zh: "文件中没有可解码的声音"
    };

/// A part of a sound that a decoder could not make sense of: where, in seconds, and what it says.
pub(crate) static BROKEN: Said = Said {
    code: "sound.broken",
    en: "the sound is damaged at {} s and was passed over there: {}",
    zh: "声音在 {} 秒处损坏,已跳过该处:{}",
};

/// The loudness of a long sound is an estimate.
pub(crate) static SAMPLED: Said = Said {
    code: "sound.sampled",
    en: "loudness: sampled (sixty windows of three seconds)",
    zh: "响度为抽样测量(60 段,每段 3 秒)",
};

/// The sound is many streams in a row.
pub(crate) static CHANGES: Said = Said {
    code: "sound.changes",
    en: "sample rate or number of channels change more than {} times",
    zh: "采样率或声道数改变超过 {} 次",
};

/// What a watermark adds would not survive the coding; `{}` is its name.
pub(crate) static LOSSY: Said = Said {
    code: "sound.lossy",
    en: "{} codes its samples with loss: put the watermark into the sound before it is encoded (MP3, AAC, Opus and Vorbis take it with --encoder)",
    zh: "{} 采用有损编码:请在编码之前嵌入水印(MP3、AAC、Opus 与 Vorbis 可加 --encoder)",
};
