//! Documents: a line that people read. In those of several parts it stands between the tags of a part, and every other byte of
//! the part, and every other part, stays; a PDF gets an update behind its bytes.

pub(crate) mod docx;
pub(crate) mod epub;
pub(crate) mod odf;
mod ooxml;
mod package;
pub(crate) mod pdf;
pub(crate) mod pptx;
mod prose;
mod shapes;
mod story;
mod words;
pub(crate) mod xlsx;
