//! Sound: the rhythm before or behind it.

pub(crate) mod flac;
pub(crate) mod wav;
