//! AAC in ADTS: the rhythm is coded into frames of its own before or behind the content, of which every byte stays.

mod adts;
pub(super) mod again;
pub(super) mod coder;
pub(super) mod tables;

pub(super) use adts::{DOUBTFUL, is_short};

use biaoshi_container::{Limits, Patch, Said, Source, SourceExt, id3, phrase};

use super::decoder::{self, Container, Trim};
use super::due::{Carries, due};
use super::listen::sides;
use crate::reason::DECODER;
use crate::{Content, Error, Explicit, ExplicitOptions, Media, Outcome, Result, Samples, Sound};
use adts::Stream;

const NAME: &str = "ADTS";

/// Another object type than LC.
pub(super) static FORM: Said = Said {
    code: "aac.profile",
    en: "AAC of object type {}; the label can be put into Low Complexity only",
    zh: "AAC 对象类型为 {};标识只能写入 LC(低复杂度)",
};

/// Streams of low rates may be the core of HE-AAC, and plain frames in front make players open them at half their rate.
pub(super) static RATE: Said = Said {
    code: "aac.rate",
    en: "AAC at {} Hz may be the core of HE-AAC, in front of which no plain frames may stand",
    zh: "{} Hz 的 AAC 可能是 HE-AAC 的核心层,其前不能放置普通帧",
};

/// The sound is several streams in a row.
static CHANGES: Said = Said {
    code: "aac.changes",
    en: "profile, sample rate or channels change in the middle",
    zh: "类型、采样率或声道中途改变",
};

pub(crate) static MEDIA: Media = Media {
    format: "aac",
    explicit: Some(Explicit {
        apply: mark,
        find: |source, options, limits| {
            Ok(sides(open(source, limits)?.as_mut(), options)?.found().into_iter().collect())
        },
        cost: |_, _| 8 << 20,
    }),
    content: Content::Samples(Samples { open, add: None, anew: Some(again::anew), cost: |_, _| 1 << 20 }),
    says: &[&FORM, &RATE, &CHANGES],
};

/// Opens the sound behind the tags at the front.
///
/// # Errors
/// I/O, damage in front of the frames, limits.
fn open<'a>(source: &'a dyn Source, limits: &Limits) -> Result<Box<dyn Sound + 'a>> {
    let start = id3::front(source, begins, &mut |_| Ok(()))?;
    decoder::open(Container::Adts, source, start, Trim::default(), limits)
}

/// Whether a frame begins here: the sync word, and no layer.
fn begins(source: &dyn Source, at: u64) -> bool {
    let head = source.array::<2>(NAME, at, phrase!("a frame", "帧"));
    head.is_ok_and(|[a, b]| a == 0xff && b & 0xf6 == 0xf0)
}

/// Puts the rhythm in where it is missing, 6 LU quieter than the content.
///
/// # Errors
/// I/O, no frame where the sound should begin, limits.
fn mark(source: &dyn Source, options: &ExplicitOptions, limits: &Limits) -> Result<Outcome> {
    let stream = match Stream::read(source, limits)? {
        Ok(stream) => stream,
        Err(reason) => return Ok(Outcome::Skip(reason)),
    };
    let mut sound = match open(source, limits) {
        Ok(sound) => sound,
        Err(Error::Unable(reason)) => return Ok(Outcome::Skip(reason)),
        Err(error) => return Err(error),
    };
    let due = match due(sound.as_mut(), options, Carries::Tones)? {
        Ok(due) => due,
        Err(settled) => return Ok(settled),
    };
    let refuse = |why: &'static Said| Ok(Outcome::Skip(DECODER.with([why.into()])));
    if due.missing.behind && !stream.whole {
        return refuse(phrase!("damage among the frames", "帧之间有损坏"));
    }
    let coded = |mono: Vec<f32>| if mono.is_empty() { Vec::new() } else { stream.coder.frames(&mono) };
    let (before, behind) = (coded(due.before()), coded(due.behind()));
    let (Some(front), Some(back)) = (stream.frames(&before), stream.frames(&behind)) else {
        return refuse(phrase!("more channels than a frame has room for", "声道过多,一帧无法容纳"));
    };
    let mut patch = Patch::new();
    for (at, frames) in [(stream.content.start, front), (stream.content.end, back)] {
        if !frames.is_empty() {
            patch.insert(at, frames);
        }
    }
    let content = (before.len() as u64 + stream.blocks) * coder::FRAME as u64;
    Ok(Outcome::Drawn(due.drawn(patch, content as f64 / f64::from(stream.coder.rate))))
}
