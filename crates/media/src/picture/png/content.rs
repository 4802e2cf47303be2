//! The pixels of a PNG as content: those of a still, or of an animation's frames.

use biaoshi_container::{Limits, Source, SourceExt, phrase};

use super::header::Header;
use super::whole::{Carriers, Whole};
use super::{NAME, frames};
use crate::Result;
use crate::picture::animation::delta;
use crate::picture::{check, memory};
use crate::pixels::{Opened, Picture, Read};

/// Decodes a still, or the first frame of an animation. Palettes become RGB, pixels of under 8 bits get 8, a transparent
/// color becomes alpha.
///
/// # Errors
/// I/O, damage, limits.
pub(super) fn open(source: &dyn Source, limits: &Limits) -> Result<Opened> {
    let header = Header::read(source, limits)?;
    check(NAME, source, (header.width, header.height), limits)?;
    let carriers = Carriers::find(source, limits)?;
    Ok(Opened::Picture(if carriers.animated {
        Box::new(frames::Frames::read(source, carriers, limits)?)
    } else {
        Box::new(Whole::read(source, carriers, limits)?)
    }))
}

/// Lightness of a still, or of an animation's first displayed canvas, which is black where nothing is.
///
/// # Errors
/// I/O, damage, limits.
pub(super) fn lightness(source: &dyn Source, limits: &Limits) -> Result<Read> {
    let header = Header::read(source, limits)?;
    check(NAME, source, (header.width, header.height), limits)?;
    let carriers = Carriers::find(source, limits)?;
    Ok(Read::Plane(if carriers.animated {
        frames::first(source, &header, limits)?.0
    } else {
        Whole::read(source, carriers, limits)?.lightness()
    }))
}

/// Memory for the file's bytes, its samples and what the watermark needs, by the numbers in the header; for an animation
/// with all frames as they are coded anew.
pub(super) fn cost(source: &dyn Source, limits: &Limits) -> u64 {
    let head = source.array::<26>(NAME, 0, phrase!("the header", "文件头")).unwrap_or([0; 26]);
    let number = |at: usize| head.iter().skip(at).take(4).fold(0, |sum, byte| sum << 8 | u64::from(*byte));
    let pixels = number(16).min(limits.side.into()) * number(20).min(limits.side.into());
    let [.., bits, color] = head;
    let samples = match color {
        0 => 1,
        4 => 2,
        6 => 4,
        _ => 3,
    };
    let decoded = pixels.saturating_mul(samples * u64::from(bits).div_ceil(8).max(1)).min(limits.decoded);
    let frames = Header::read(source, limits).map_or(0, |h| {
        // Two more planes: the first canvas, and what is added to all.
        let planes = if h.parts.is_empty() { 0 } else { pixels.saturating_mul(8) };
        planes.saturating_add(delta::growth(h.parts.iter().map(|p| p.frame.rect), limits))
    });
    source.len().saturating_mul(2).saturating_add(decoded).saturating_add(memory(pixels)).saturating_add(frames)
}
