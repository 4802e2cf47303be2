//! What listening to a sound tells: the labels at its sides, and how loud it is.

use biaoshi_container::Message;
use biaoshi_explicit::audio::{Meter, RATES};

use super::sides::{Edges, Sides};
use crate::reason::SAMPLED;
use crate::samples::{Block, Sound};
use crate::{ExplicitOptions, Result};

/// Seconds of a sound that is measured whole.
const WHOLE: u64 = 180;
/// A longer one is measured in so many windows of so many seconds, at fixed fractions of its length.
const WINDOWS: u64 = 60;
const WINDOW: u64 = 3;

/// A loudness in LUFS, `None` for silence, and what is to be said of it.
pub(super) type Measured = (Option<f64>, Vec<Message>);

/// The loudness of a sound (EBU R 128, gated); a reason where there is none for its rate or channels.
///
/// # Errors
/// I/O, limits.
pub(super) fn loudness(sound: &mut dyn Sound) -> Result<std::result::Result<Measured, Message>> {
    let (rate, channels) = (sound.rate(), sound.channels() as u32);
    let mut meter = match Meter::new(rate, channels) {
        Ok(meter) => meter,
        Err(e) => return Ok(Err(e.message())),
    };
    let long = sound.frames().filter(|frames| *frames > WHOLE * u64::from(rate));
    for window in 0..long.map_or(1, |_| WINDOWS) {
        let part = long.unwrap_or(0) / WINDOWS;
        // Where there is no such place, what follows does as well.
        let _ = sound.seek(part * window + part / 2);
        let length = long.map_or(u64::MAX, |_| WINDOW * u64::from(rate));
        each(sound, length, |block| meter.add(&block.samples))?;
    }
    let notes = long.iter().map(|_| SAMPLED.message()).collect();
    Ok(Ok((meter.integrated(), notes)))
}

/// The labels at the sides of a sound that was not read yet, without listening to what lies between.
///
/// # Errors
/// I/O, limits.
pub(super) fn sides(sound: &mut dyn Sound, options: &ExplicitOptions) -> Result<Sides> {
    let rate = sound.rate();
    // A rate that no tone can have would make the reach gigabytes.
    if !RATES.contains(&rate) {
        return Ok(Sides::default());
    }
    let mut edges = Edges::new(rate, options.prompt.clone());
    let reach = edges.reach() as u64;
    let far = sound.frames().filter(|frames| *frames > 6 * reach);
    each(sound, far.map_or(u64::MAX, |_| reach), |block| edges.add(block.mono()))?;
    if let Some(frames) = far {
        // From well before the end, as some formats tell places by an estimate only, to where there is no more.
        if let Ok(from) = sound.seek(frames - 3 * reach) {
            edges.skip_to(from);
        }
        each(sound, u64::MAX, |block| edges.add(block.mono()))?;
    }
    Ok(edges.sides())
}

/// Hands on blocks, `frames` sample frames or a little more, as long as rate and channels stay what they were.
fn each(sound: &mut dyn Sound, frames: u64, mut take: impl FnMut(&Block)) -> Result<()> {
    let (rate, channels) = (sound.rate(), sound.channels());
    let mut block = Block::default();
    let mut seen = 0;
    while seen < frames && sound.next(&mut block)? {
        if (block.rate, block.channels) != (rate, channels) {
            break;
        }
        seen += block.frames() as u64;
        take(&block);
    }
    Ok(())
}
