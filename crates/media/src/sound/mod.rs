//! Sound: the rhythm before or behind it.

pub(crate) mod flac;
mod sides;
pub(crate) mod wav;
