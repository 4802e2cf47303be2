//! Vorbis in Ogg: the rhythm before or behind the content is packets of its own on pages of its own, coded with the setup of the
//! stream. The content's packets keep every byte; positions, numbers and check sums of its pages move along (Vorbis I).

mod again;
mod bits;
mod blocks;
mod books;
mod check;
mod coder;
mod floor;
mod residue;
mod setup;
mod stream;
mod transform;

use biaoshi_container::{Limits, Message, Patch, Patched, Said, Source};

use super::decoder::{self, Container, Trim};
use super::due::{self, Carries, Due};
use super::pages::{Label, Packet, hidden};
use crate::{Drawn, Error, ExplicitOptions, Outcome, Result, Sound};
pub(super) use again::anew;
use blocks::Blocks;
use check::Compared;
use coder::Coder;
use stream::Stream;

/// Most seconds of the content that are heard between it and the label: the rest of the seam is silent.
const HEARD: f64 = 0.3;

/// The setup of the stream cannot say the label.
static SETUP: Said = Said {
    code: "vorbis.setup",
    en: "the label cannot be coded with the setup header of the stream: {}",
    zh: "无法用该流的设置头编码标识:{}",
};

/// What nobody heard before is heard in the seam.
static SEAM: Said = Said {
    code: "vorbis.seam",
    en: "{} ms of the content that players leave out are heard between it and the label",
    zh: "内容与标识之间会播放 {} 毫秒原本被播放器略去的内容",
};

/// The reasons and notes of this coding.
pub(super) static SAYS: [&Said; 2] = [&SETUP, &SEAM];

/// What goes in, on either side.
struct Plan {
    before: Option<Blocks>,
    behind: Option<Blocks>,
}

/// Inserts the rhythm where it is missing, 6 LU quieter than the content.
///
/// # Errors
/// I/O, limits; [`Error::Unable`] for a stream that cannot take it.
pub(super) fn mark(source: &dyn Source, options: &ExplicitOptions, limits: &Limits) -> Result<Outcome> {
    let stream = Stream::read(source, limits)?;
    let mut sound = open(source, limits)?;
    let due = match due::due(sound.as_mut(), options, Carries::Tones)? {
        Ok(due) => due,
        Err(settled) => return Ok(settled),
    };
    let damage = sound.damage();
    let mut why = None;
    // Long blocks make the purer tones.
    for long in [true, false].into_iter().filter(|long| stream.setup.modes.iter().any(|mode| mode.long == *long)) {
        match Plan::new(&stream, &due, long).and_then(|plan| plan.written(source, &stream, &due, limits)) {
            Err(Error::Unable(reason)) => drop(why.get_or_insert(reason)),
            Err(other) => return Err(other),
            Ok((patch, shift, heard)) => {
                let rate = stream.setup.rate;
                let milliseconds = (heard * 1000).div_ceil(rate.max(1).into());
                let content = (stream.end.saturating_sub(stream.start) + shift) as f64 / f64::from(rate);
                let mut drawn = due.drawn(patch, content);
                drawn.notes.extend((heard > 0).then(|| SEAM.with([milliseconds.into()])));
                return Ok(Outcome::Drawn(Drawn { damage, ..drawn }));
            }
        }
    }
    Err(why.map_or_else(|| uncoded(coder::too_coarse()), Error::Unable))
}

fn open<'a>(source: &'a dyn Source, limits: &Limits) -> Result<Box<dyn Sound + 'a>> {
    decoder::open(Container::Ogg, source, 0, Trim::default(), limits)
}

fn uncoded(why: Message) -> Error {
    Error::Unable(SETUP.with([why.into()]))
}

impl Plan {
    /// In long or in short blocks.
    ///
    /// # Errors
    /// [`Error::Unable`] where too much of the content would be heard in the seam.
    fn new(stream: &Stream, due: &Due, long: bool) -> Result<Self> {
        let (setup, frames) = (&stream.setup, due.frames());
        let before = due.missing.before.then(|| Blocks::before(setup, long, stream.first, frames));
        let behind = due.missing.behind.then(|| Blocks::behind(setup, long, stream.last, frames));
        let plan = Self { before, behind };
        let heard = plan.sides().map(|blocks| blocks.heard).max().unwrap_or(0);
        if heard as f64 > HEARD * f64::from(setup.rate) {
            return Err(hidden(heard * 1000 / u64::from(setup.rate)));
        }
        Ok(plan)
    }

    fn sides(&self) -> impl Iterator<Item = &Blocks> {
        self.before.iter().chain(&self.behind)
    }

    /// What changes, by how much the content moves, and how many sample frames of it are heard beside the label.
    ///
    /// # Errors
    /// I/O, limits; [`Error::Unable`] where the label is not heard as it should be.
    fn written(&self, source: &dyn Source, stream: &Stream, due: &Due, limits: &Limits) -> Result<(Patch, u64, u64)> {
        let label = self.label(stream, due)?;
        let mut patch = Patch::new();
        label.plan(source, stream.sound, &stream.course, limits, &mut patch)?;
        let heard = self.heard(&Patched::new(source, &patch), stream, due, limits)?;
        Ok((patch, label.shift, heard))
    }

    /// The packets, and what they move.
    fn label(&self, stream: &Stream, due: &Due) -> Result<Label> {
        let mut coder = Coder::new(&stream.setup)?;
        let mut coded = |blocks: Option<&Blocks>, mono: &[f32]| -> Result<Vec<Packet>> {
            blocks.map_or(Ok(Vec::new()), |blocks| coder.packets(mono, blocks))
        };
        let shift = self.before.as_ref().map_or(0, |blocks| blocks.length);
        Ok(Label {
            before: coded(self.before.as_ref(), &due.before())?,
            behind: coded(self.behind.as_ref(), &due.behind())?,
            start: stream.start,
            shift,
            trimmed: stream.last.hidden,
            end: stream.end + shift + self.behind.as_ref().map_or(0, |blocks| blocks.length),
            page: stream.setup.rate.into(),
        })
    }

    /// Listens to what was written.
    fn heard(&self, source: &dyn Source, stream: &Stream, due: &Due, limits: &Limits) -> Result<u64> {
        let mut most = 0;
        for (blocks, before) in [(&self.before, true), (&self.behind, false)] {
            let Some(blocks) = blocks else { continue };
            let mut sound = open(source, limits)?;
            let (length, content) = (blocks.length as usize, blocks.heard as usize);
            let samples =
                if before { check::first(sound.as_mut(), length)? } else { check::last(sound.as_mut(), length)? };
            let label = if before { due.before() } else { due.behind() };
            let range = if before { length - content..length } else { 0..content };
            let heard = Compared { samples: &samples, channels: sound.channels(), content: range, rate: sound.rate() };
            if !heard.has(&label, stream.setup.silent()) {
                return Err(uncoded(coder::too_coarse()));
            }
            most = most.max(heard.content(before));
        }
        Ok(most as u64)
    }
}

#[cfg(test)]
mod tests;
