//! A track of sound coded again, with something added to its samples: as many frames as before, each as long as it was, in the
//! chunks in which they were.

use biaoshi_container::{Limits, Patch, Source, phrase};

use super::Coding;
use super::alac::{self, Alac};
use super::chunks::{Frames, broken, chunks, refused};
use super::film::Film;
use super::tree::word;
use crate::reason::LOSSY;
use crate::samples::{Block, Differences, Encoder, Sound};
use crate::sound::aac::again;
use crate::sound::anew::{Sizes, Stretch, encode};
use crate::sound::decoder::{self, Container, Trim};
use crate::sound::marked::{Marked, Played};
use crate::{Error, Result};

/// The change that adds to every sample that is played.
///
/// # Errors
/// I/O, damage, limits; [`Error::Unable`] for other codings, which lose what is added, and for files whose frames cannot be
/// replaced.
pub(super) fn add(source: &dyn Source, differences: &mut dyn Differences, limits: &Limits) -> Result<Patch> {
    change(source, differences, None, limits)
}

/// The same for AAC too, by an encoder.
///
/// # Errors
/// Those of [`add`]; what the encoder says.
pub(super) fn anew(
    source: &dyn Source,
    differences: &mut dyn Differences,
    encoder: &dyn Encoder,
    limits: &Limits,
) -> Result<Patch> {
    change(source, differences, Some(encoder), limits)
}

fn change(
    source: &dyn Source,
    differences: &mut dyn Differences,
    encoder: Option<&dyn Encoder>,
    limits: &Limits,
) -> Result<Patch> {
    let mut film = Film::read(source, limits)?.map_err(Error::Unable)?;
    let coding = Coding::of(source, &film).map_err(Error::Unable)?;
    let chunks = chunks(&film)?;
    let mut frames = Frames::new(source, &chunks);
    // All frames are coded again, those that are not played as they were.
    let mut sound = decoder::open(Container::Iso, source, 0, Trim::default(), limits)?;
    let played = played(source, sound.rate(), limits)?;
    match (coding, encoder) {
        (Coding::Alac(alac), _) if alac.bits <= 24 => {
            lossless(alac, sound.as_mut(), Played::new(differences, played), &mut frames)?;
            if let Some(description) = film.table_mut(b"stsd") {
                alac::allow(description, frames.largest());
            }
        }
        (Coding::Alac(_), _) => return Err(refused(phrase!("samples of 32 bits", "样本为 32 位"))),
        (Coding::Aac(_), None) => return Err(Error::Unable(LOSSY.with(["AAC".into()]))),
        (Coding::Aac(coder), Some(encoder)) => {
            let count = chunks.iter().map(|chunk| u64::from(chunk.frames)).sum();
            let mut sizes = Sizes::default();
            let bytes = film.table(b"stsz").get(12..).unwrap_or_default().chunks_exact(4).filter_map(|b| word(b, 0));
            bytes.for_each(|bytes| sizes.add(bytes as usize));
            let coding = again::coding(&coder, sound.channels(), &sizes);
            let stretch = Stretch { played, ..again::whole(count) };
            let coded = encode(sound.as_mut(), differences, encoder, &coding, &stretch)?;
            again::blocks(coded, &coder, count, &mut |block| frames.write(block))?;
        }
    }
    frames.finish(film)
}

/// Sample frames that are played, by the edit list.
fn played(source: &dyn Source, rate: u32, limits: &Limits) -> Result<std::ops::Range<u64>> {
    let trim = super::trim::read(source, limits)?;
    let start = trim.skipped.frames(rate);
    Ok(start..trim.played.map_or(u64::MAX, |played| start.saturating_add(played.frames(rate))))
}

/// Codes Apple Lossless.
fn lossless(alac: Alac, sound: &mut dyn Sound, mut differences: Played<'_>, frames: &mut Frames<'_>) -> Result<()> {
    let mut coder = Coder { alac, marked: Marked::new(alac.bits.into()), frames };
    let mut block = Block::default();
    while sound.next(&mut block)? {
        differences.pass(&block, &mut coder.marked.told);
        coder.take(&block)?;
    }
    differences.rest(&mut coder.marked.told);
    if let Some(damage) = sound.damage() {
        return Err(Error::Unable(damage));
    }
    coder.code()?;
    if coder.marked.is_empty() { Ok(()) } else { Err(broken()) }
}

/// Codes frames as soon as all that is added to them is told.
struct Coder<'a, 'f> {
    alac: Alac,
    marked: Marked,
    frames: &'a mut Frames<'f>,
}

impl Coder<'_, '_> {
    /// Takes the next frame, and codes those that are told.
    fn take(&mut self, block: &Block) -> Result<()> {
        if block.channels != usize::from(self.alac.channels) {
            return Err(broken());
        }
        let full = f64::from(1_u32 << (self.alac.bits - 1));
        let channel = |n: usize| block.samples.iter().skip(n).step_by(block.channels);
        let sample = |s: &f32| (f64::from(*s) * full).round() as i32;
        self.marked.push((0..block.channels).map(|n| channel(n).map(sample).collect()).collect());
        self.code()
    }

    fn code(&mut self) -> Result<()> {
        while let Some(frame) = self.marked.next() {
            let samples: Vec<&[i32]> = frame.iter().map(Vec::as_slice).collect();
            let coded = self.alac.frame(&samples);
            self.frames.write(&coded)?;
        }
        Ok(())
    }
}
