//! Sound: samples out of every format, and the rhythm before or behind them.

pub(crate) mod aac;
pub(crate) mod aiff;
mod anew;
mod bits;
pub(crate) mod caf;
pub(crate) mod decoder;
pub(crate) mod due;
pub(crate) mod flac;
pub(crate) mod hear;
pub(crate) mod listen;
mod marked;
pub(crate) mod matroska;
pub(crate) mod mp3;
pub(crate) mod mp4;
pub(crate) mod ogg;
pub(crate) mod opus;
mod pages;
mod sides;
mod stored;
mod vorbis;
pub(crate) mod wav;
