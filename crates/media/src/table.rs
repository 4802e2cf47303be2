//! The second table: what people see, hear or read in a format, what a watermark can lie in, and how it gets there.

use biaoshi_container::Said;

use crate::document::odf::{odp, ods, odt};
use crate::document::{docx, epub, pdf, pptx, xlsx};
use crate::picture::{gif, jpeg, png, tiff, webp};
use crate::sound::{aac, aiff, caf, due, flac, matroska, mp3, mp4, ogg, opus, wav};
use crate::text::{html, markdown, others, subtitles, txt};
use crate::{Content, Explicit, Media, Pixels, Samples, Words, reason};

/// The formats whose content is known. A test of the workspace ties the names to `FORMATS`.
pub static MEDIA: &[&Media] = &[
    &png::MEDIA,
    &jpeg::MEDIA,
    &webp::MEDIA,
    &gif::MEDIA,
    &tiff::MEDIA,
    &wav::MEDIA,
    &mp3::MEDIA,
    &aac::MEDIA,
    &flac::MEDIA,
    &ogg::MEDIA,
    &opus::MEDIA,
    &aiff::MEDIA,
    &caf::MEDIA,
    &mp4::M4A,
    &mp4::MP4,
    &mp4::MOV,
    &matroska::MKV,
    &matroska::WEBM,
    &docx::MEDIA,
    &pptx::MEDIA,
    &xlsx::MEDIA,
    &odt::MEDIA,
    &ods::MEDIA,
    &odp::MEDIA,
    &epub::MEDIA,
    &html::MEDIA,
    &markdown::MEDIA,
    &txt::MEDIA,
    &subtitles::SRT,
    &subtitles::VTT,
    &others::PROSE,
    &others::SETTINGS,
    &others::JSON,
    &others::TEXT,
    &pdf::MEDIA,
];

/// The row of a format, if its content is known.
pub fn row_of(format: &str) -> Option<&'static Media> {
    MEDIA.iter().find(|m| m.format == format).copied()
}

/// The explicit layer of a format, if it has one.
pub fn explicit(format: &str) -> Option<&'static Explicit> {
    row_of(format)?.explicit.as_ref()
}

/// The pixels of a format, if they are known.
pub fn pixels(format: &str) -> Option<&'static Pixels> {
    match &row_of(format)?.content {
        Content::Pixels(pixels) => Some(pixels),
        Content::None | Content::Samples(_) | Content::Words(_) => None,
    }
}

/// The samples of a format, if they are known.
pub fn samples(format: &str) -> Option<&'static Samples> {
    match &row_of(format)?.content {
        Content::Samples(samples) => Some(samples),
        Content::None | Content::Pixels(_) | Content::Words(_) => None,
    }
}

/// The words of a format, if they are known.
pub fn words(format: &str) -> Option<&'static Words> {
    match &row_of(format)?.content {
        Content::Words(words) => Some(words),
        Content::None | Content::Pixels(_) | Content::Samples(_) => None,
    }
}

/// All reasons and notes of layers that are decoded: those of a format, and those of several.
pub fn reasons() -> impl Iterator<Item = &'static Said> {
    let shared = reason::SAYS.iter().chain(due::SAYS).chain(biaoshi_explicit::SAYS);
    MEDIA.iter().flat_map(|row| row.says).chain(shared).copied()
}
