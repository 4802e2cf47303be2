//! One file a format, one line a row.

mod aac;
mod aiff;
mod boxes;
mod caf;
mod flac;
mod gif;
mod heif;
mod html;
mod jpeg;
mod json;
mod markdown;
mod mkv;
mod mp3;
mod mp4;
mod office;
mod ogg;
mod packed;
mod pdf;
mod png;
mod svg;
mod text;
mod tiff;
mod wav;
mod webp;

use crate::Format;

/// Every format, in the order of the documentation. Bytes decide between them; see [`crate::sniff`].
pub static FORMATS: &[&Format] = &[
    &png::FORMAT,
    &jpeg::FORMAT,
    &webp::FORMAT,
    &gif::FORMAT,
    &tiff::FORMAT,
    &heif::HEIC,
    &heif::AVIF,
    &svg::FORMAT,
    &wav::FORMAT,
    &mp3::FORMAT,
    &aac::FORMAT,
    &flac::FORMAT,
    &ogg::OGG,
    &ogg::OPUS,
    &aiff::FORMAT,
    &caf::FORMAT,
    &mp4::MP4,
    &mp4::M4A,
    &mp4::MOV,
    &mkv::MKV,
    &mkv::WEBM,
    &pdf::FORMAT,
    &office::DOCX,
    &office::XLSX,
    &office::PPTX,
    &packed::odf::ODT,
    &packed::odf::ODS,
    &packed::odf::ODP,
    &packed::epub::FORMAT,
    &html::FORMAT,
    &markdown::FORMAT,
    &text::TXT,
    &text::SRT,
    &text::VTT,
    &json::FORMAT,
    &text::PROSE,
    &text::SETTINGS,
    &text::OTHER,
];
