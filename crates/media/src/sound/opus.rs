//! Opus in Ogg: the rhythm before or behind the content is packets of its own on pages of its own. The content's packets keep
//! every byte; positions, numbers and check sums of its pages move along (RFC 7845).

mod coder;
mod layout;
mod stream;

use biaoshi_container::{Limits, Patch, Said, Source};
use biaoshi_explicit::audio::Position;

use super::listen::{Levelled, rhythm, sides};
use super::ogg::SOUND;
use crate::{Content, Drawn, Error, Explicit, Found, Media, Outcome, Result};
use coder::Side;
use layout::Label;
use stream::Stream;

const NAME: &str = "Ogg";
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

/// Streams side by side.
static MULTIPLEXED: Said = Said {
    code: "opus.multiplexed",
    en: "another stream lies beside the sound in the Ogg file",
    zh: "Ogg 文件中除声音外还有并行的流",
};

/// Streams one behind the other.
static CHAINED: Said = Said {
    code: "opus.chained",
    en: "several streams follow each other in the Ogg file (a chain)",
    zh: "Ogg 文件由多个首尾相接的流组成(链式)",
};

/// Pages or packets that are not what the RFC says.
static DAMAGED: Said =
    Said { code: "opus.damaged", en: "the pages of the stream are damaged: {}", zh: "流的页已损坏:{}" };

/// Positions from which no start follows.
static POSITIONS: Said = Said {
    code: "opus.positions",
    en: "the positions of the pages do not tell where the sound begins",
    zh: "各页的位置(granule position)无法说明声音的起点",
};

/// What was cut off would be heard.
static HIDDEN: Said = Said {
    code: "opus.hidden",
    en: "{} ms of coded sound are hidden where the label would go, and would be heard beside it",
    zh: "标识位置处有 {} 毫秒被隐藏的编码声音,写入标识后会被播放出来",
};

pub(crate) static MEDIA: Media = Media {
    format: "opus",
    explicit: Some(Explicit {
        apply: |source, options, limits| match mark(source, options.position, limits) {
            Err(Error::Unable(reason)) => Ok(Outcome::Skip(reason)),
            other => other,
        },
        find: |source, _, limits| Ok(find(source, limits)?.into_iter().collect()),
        cost: |_, _| 64 << 20,
    }),
    content: SOUND,
    says: &[&FAMILY, &MULTIPLEXED, &CHAINED, &DAMAGED, &POSITIONS, &HIDDEN],
};

/// Inserts the rhythm where it is missing, 6 LU quieter than the content.
///
/// # Errors
/// I/O, limits; [`Error::Unable`] for a stream that cannot take it.
fn mark(source: &dyn Source, position: Position, limits: &Limits) -> Result<Outcome> {
    let stream = Stream::read(source, limits)?;
    let Content::Samples(samples) = &SOUND else { return Err(Error::Unable(POSITIONS.message())) };
    let mut sound = (samples.open)(source, limits)?;
    let sides = sides(sound.as_mut())?;
    let missing = sides.missing(position);
    if let Some(found) = sides.found().filter(|_| missing.is_none()) {
        return Ok(Outcome::Already(found));
    }
    let (skipped, trimmed) = (stream.head.skipped, stream.trimmed);
    if missing.before && skipped > SKIPPED {
        return Err(hidden(skipped.into()));
    }
    let trimmed = match u16::try_from(trimmed) {
        Ok(trimmed) if trimmed <= TRIMMED => trimmed,
        _ if missing.behind => return Err(hidden(trimmed)),
        _ => 0,
    };
    let Levelled { rhythm, notes } = rhythm(sound.as_mut())?.map_err(Error::Unable)?;
    let damage = sound.damage();
    let coded =
        |wanted: bool, side: Side| if wanted { coder::packets(&rhythm, &stream.head, side) } else { Ok(Vec::new()) };
    let label = Label {
        before: coded(missing.before, Side::Before { skipped, next: stream.first })?,
        behind: coded(missing.behind, Side::Behind { trimmed })?,
        frames: rhythm.frames() as u64,
    };
    let end = stream.played() + label.shift();
    let mut patch = Patch::new();
    layout::plan(source, &stream, &label, limits, &mut patch)?;
    let found = missing.put(end as f64 / f64::from(RATE));
    Ok(Outcome::Drawn(Drawn { patch, found, notes, damage, confirm: None }))
}

/// The reason not to play what is hidden.
fn hidden(frames: u64) -> Error {
    Error::Unable(HIDDEN.with([(frames / 48).into()]))
}

/// Looks for our rhythm at the start and at the end.
///
/// # Errors
/// I/O, damage, limits; no sound that can be decoded.
fn find(source: &dyn Source, limits: &Limits) -> Result<Option<Found>> {
    let Content::Samples(samples) = &SOUND else { return Ok(None) };
    Ok(sides((samples.open)(source, limits)?.as_mut())?.found())
}

#[cfg(test)]
mod tests;
