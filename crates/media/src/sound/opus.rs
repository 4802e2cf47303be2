//! Opus in Ogg: the rhythm before or behind the content is packets of its own on pages of its own. The content's packets keep
//! every byte; positions, numbers and check sums of its pages move along (RFC 7845).

mod again;
mod coder;
mod stream;

use biaoshi_container::{Limits, Patch, Said, Source};

use super::due::{Carries, due};
use super::listen::sides;
use super::ogg::open;
use super::pages::{self, Packet, hidden};
use crate::{Content, Drawn, Error, Explicit, ExplicitOptions, Found, Media, Outcome, Result, Samples};
use coder::Side;
use stream::Stream;

/// Sample frames a second of all positions (RFC 7845 section 4).
const RATE: u32 = 48_000;
/// Most sample frames that are hidden at the start of the content and heard behind a label: 80 ms, in which decoders converge
/// (RFC 7845 section 4.6).
const SKIPPED: u16 = 3840;
/// Most that are hidden at its end: those of the longest packet.
const TRIMMED: u16 = 5760;

/// More than two channels, or channels whose meaning is not stated.
static FAMILY: Said = Said {
    code: "opus.family",
    en: "channel mapping family {} with {} channels; the label can be put into mono and stereo of family 0 only",
    zh: "声道映射族 {}、{} 声道;标识只能写入族 0 的单声道或立体声",
};

pub(crate) static MEDIA: Media = Media {
    format: "opus",
    explicit: Some(Explicit {
        apply: |source, options, limits| match mark(source, options, limits) {
            Err(Error::Unable(reason)) => Ok(Outcome::Skip(reason)),
            other => other,
        },
        find: |source, options, limits| Ok(find(source, options, limits)?.into_iter().collect()),
        cost: |_, _| 64 << 20,
    }),
    content: Content::Samples(Samples { open, add: None, anew: Some(again::anew), cost: |_, _| 64 << 20 }),
    says: &[&FAMILY],
};

/// Inserts the rhythm where it is missing, 6 LU quieter than the content.
///
/// # Errors
/// I/O, limits; [`Error::Unable`] for a stream that cannot take it.
fn mark(source: &dyn Source, options: &ExplicitOptions, limits: &Limits) -> Result<Outcome> {
    let stream = Stream::read(source, limits)?;
    let mut sound = open(source, limits)?;
    let due = match due(sound.as_mut(), options, Carries::Tones)? {
        Ok(due) => due,
        Err(settled) => return Ok(settled),
    };
    let (skipped, trimmed) = (stream.head.skipped, stream.trimmed);
    if due.missing.before && skipped > SKIPPED {
        return Err(hidden(u64::from(skipped) / 48));
    }
    let trimmed = match u16::try_from(trimmed) {
        Ok(trimmed) if trimmed <= TRIMMED => trimmed,
        _ if due.missing.behind => return Err(hidden(trimmed / 48)),
        _ => 0,
    };
    let damage = sound.damage();
    let coded = |mono: Vec<f32>, side: Side| {
        let packets = if mono.is_empty() { Vec::new() } else { coder::packets(&mono, &stream.head, side)? };
        let packet = |data| Packet { data, frames: coder::PACKET as u64 };
        Ok::<_, Error>(packets.into_iter().map(packet).collect::<Vec<_>>())
    };
    let frames = due.frames();
    let shift = if due.missing.before { frames } else { 0 };
    let label = pages::Label {
        before: coded(due.before(), Side::Before { skipped, next: stream.first })?,
        behind: coded(due.behind(), Side::Behind { trimmed })?,
        start: stream.start,
        shift,
        trimmed: stream.trimmed,
        end: stream.end + shift + frames,
        page: RATE.into(),
    };
    let mut patch = Patch::new();
    label.plan(source, stream.sound, &stream.course, limits, &mut patch)?;
    let end = stream.played() + shift;
    Ok(Outcome::Drawn(Drawn { damage, ..due.drawn(patch, end as f64 / f64::from(RATE)) }))
}

/// Looks for our rhythm at the start and at the end.
///
/// # Errors
/// I/O, damage, limits; no sound that can be decoded.
fn find(source: &dyn Source, options: &ExplicitOptions, limits: &Limits) -> Result<Option<Found>> {
    Ok(sides(open(source, limits)?.as_mut(), options)?.found())
}

#[cfg(test)]
mod tests;
