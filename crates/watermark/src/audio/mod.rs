//! The audio watermark: a keyed pattern in the loudness of small tiles of time and frequency.
//!
//! A tile is 12 ms long and 125 Hz wide; a mark raises or lowers it by a fraction of what would be heard. The pattern has a
//! period of 3.07 s and no absolute place: any stretch of a few seconds holds every code bit, longer ones add up, and a cut
//! costs no more than its seam. About a fifth of the tiles are known to the key and give the place, the others carry code
//! bits. The band up to 3.4 kHz holds the whole code by itself, for telephones; the band above holds it again.
//!
//! Everything happens at 16 kHz: a mark is a difference that is band-limited to 7.5 kHz, added to the samples at their own
//! rate, so that what lies above is not touched. All channels get the same gains; any mix of them keeps the mark.

mod ceiling;
mod detect;
mod embed;
mod fft;
mod fold;
mod masking;
mod pattern;
mod period;
mod resample;
mod search;
mod spectrum;
mod sync;
#[cfg(test)]
mod tests;
mod tiles;

pub use detect::{Detection, Detector, Found, Search};
pub use embed::{CHANNELS, Capacity, Embedder, Marker, RATES};

/// Sample frames a second in which marks are made and searched.
const RATE: u32 = 16_000;
/// Samples of an analysis frame: 16 ms.
const FRAME: usize = 256;
/// Samples between two frames: 4 ms.
const HOP: usize = 64;
/// Frames in a tile: 12 ms. Longer tiles were measured to be weaker at the same noise-to-mask ratio.
const SLOT: usize = 3;
/// Tiles in a period: 3.072 s.
const PERIOD: usize = 256;
/// Bins of a frame in a tile: 125 Hz.
const WIDTH: usize = 2;
/// First bin of the lowest tile; a bin is 62.5 Hz wide, so this is 281 Hz.
const FIRST: usize = 5;
/// Tiles of the low band, up to 3,406 Hz, and of the high one, up to 7,406 Hz.
const LOW: usize = 25;
const HIGH: usize = 32;
const BANDS: usize = LOW + HIGH;
/// Quarters of the code: in each next period the code bits move on by a quarter of them.
const TURNS: usize = 4;
/// Frames seen before and behind a period while it is marked: what a tile is compared with reaches so far.
const CONTEXT: usize = 80;
