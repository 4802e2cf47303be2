//! Texts and pages: a line that people read.

pub(crate) mod html;
mod line;
pub(crate) mod markdown;
pub(crate) mod others;
pub(crate) mod subtitles;
pub(crate) mod txt;
mod words;

pub(crate) use words::shield;
