//! What listening to a sound tells: the rhythms at its sides, and how loud a new one has to be.

use biaoshi_container::Message;
use biaoshi_explicit::audio::{Meter, RATES, Rhythm};

use super::sides::{Edges, Sides};
use crate::Result;
use crate::reason::SAMPLED;
use crate::samples::{Block, Sound};

/// Seconds of a sound that is measured whole.
const WHOLE: u64 = 180;
/// A longer one is measured in so many windows of so many seconds, at fixed fractions of its length.
const WINDOWS: u64 = 60;
const WINDOW: u64 = 3;

/// A rhythm at its level, and what is to be said of that.
pub(super) struct Levelled {
    pub(super) rhythm: Rhythm,
    pub(super) notes: Vec<Message>,
}

/// The rhythm at the level that a sound asks for, 6 LU under it (EBU R 128, gated); a reason where no rhythm fits its rate or
/// channels.
///
/// # Errors
/// I/O, limits.
pub(super) fn rhythm(sound: &mut dyn Sound) -> Result<std::result::Result<Levelled, Message>> {
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
    let rhythm = Rhythm::new(rate, channels, meter.integrated());
    Ok(rhythm.map(|rhythm| Levelled { rhythm, notes }).map_err(|e| e.message()))
}

/// The rhythms at the sides of a sound that was not read yet, without listening to what lies between.
///
/// # Errors
/// I/O, limits.
pub(super) fn sides(sound: &mut dyn Sound) -> Result<Sides> {
    let rate = sound.rate();
    // A rate that no tone can have would make the reach gigabytes.
    if !RATES.contains(&rate) {
        return Ok(Sides::default());
    }
    let mut edges = Edges::new(rate);
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
