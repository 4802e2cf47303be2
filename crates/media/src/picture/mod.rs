//! Pictures: a stamp in a corner, and every pixel in and out for layers that lie in all of a picture, as the watermark
//! does.

mod animation;
pub(crate) mod gif;
pub(crate) mod jpeg;
pub(crate) mod png;
mod raster;
mod stamp;
pub(crate) mod tiff;
pub(crate) mod webp;

use std::ops::Range;

use biaoshi_container::{self as container, Limits, Said, Source, SourceExt, phrase};

use crate::work;
use stamp::{Stamped, in_picture, look, stamp};

/// Pictures in the inks of a press: what they look like, only a color profile tells.
pub(super) static INKS: Said = Said {
    code: "picture.inks",
    en: "a picture in inks (CMYK), whose lightness only a color profile tells",
    zh: "画面为印刷油墨(CMYK),其亮度须由颜色特性文件确定",
};

/// Bytes that the watermark takes beside the decoded picture, about: the plane with a copy, and what a search keeps of
/// the samples that it looks at, which it takes no more than 2.6 million of.
pub(super) fn memory(pixels: u64) -> u64 {
    pixels.saturating_mul(8).saturating_add(pixels.min(1_200_000) * 64)
}

/// Steps of work a pixel that is decoded to be searched or marked. Measured, searching takes 5 and marking 15; a photo of a
/// hundred million pixels shall go through.
const STEPS: u64 = 4;

/// Refuses a picture that takes too long to be searched or marked.
///
/// # Errors
/// The limit.
pub(super) fn check(
    name: &'static str,
    source: &dyn Source,
    (width, height): (u32, u32),
    limits: &Limits,
) -> container::Result<()> {
    let pixels = u64::from(width) * u64::from(height);
    work::check(name, source, pixels.saturating_mul(STEPS), limits)
}

/// Bytes of a picture as it is coded, all at once; they are held to the limit of decoded ones.
fn coded(name: &'static str, source: &dyn Source, range: Range<u64>, limits: &Limits) -> container::Result<Vec<u8>> {
    if range.end.saturating_sub(range.start) > limits.decoded {
        return Err(container::Error::limit(
            name,
            phrase!("the picture as it is coded", "编码后的图像"),
            limits.decoded,
            "--limit-decoded",
        ));
    }
    source.bytes(name, range, limits.decoded, phrase!("the picture", "图像"))
}
