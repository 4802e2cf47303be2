//! Marks in the pixels of pictures.

use biaoshi_container::{Message, Patched, Source, phrase};
use biaoshi_media::{Opened, Pixels, Read};
use biaoshi_metadata::Format;
use biaoshi_watermark::Effort;
use biaoshi_watermark::image::{SMALLEST, Scratch, Strength};

use super::{Detected, Detectors, Marked, Means, Seen, Wanted};
use crate::judge::MarkPlace;
use crate::plan::{Layer, MARK_LOST, MARK_SMALL};
use crate::{Error, Result};

pub(super) fn mark(
    source: &dyn Source,
    format: &Format,
    row: &Pixels,
    wanted: &Wanted<'_>,
    means: Means<'_>,
) -> Result<Marked> {
    let Wanted { payload, marker, effort, .. } = *wanted;
    let skip = |skip| Ok(Marked::Skip(skip));
    let Some(open) = row.open else { return skip(Layer::Watermark.missing(format.name)) };
    let limits = means.limits;
    let _permit = means.permits.take((row.cost)(source, limits));
    let mut picture = match open(source, limits)? {
        Opened::Picture(picture) => picture,
        Opened::Skip(reason) => return skip(reason),
    };
    let lightness = picture.lightness();
    if let Some(mark) = marker.detectors().picture().detect(&lightness, effort).mark() {
        return Ok(Marked::Already(mark.payload));
    }
    let Some(mark) = marker.picture().embed(&lightness, payload, Strength::default()) else {
        return skip(MARK_SMALL.with([SMALLEST.into()]));
    };
    drop(lightness);
    let mut scratch = Scratch::default();
    picture.add(&mut |y, delta| mark.row(y, &mut scratch, delta));
    let patch = picture.patch(source, limits)?;
    let (notes, damage) = (picture.notes(), picture.damage());
    // The output is decoded in the room that the input takes now.
    drop((picture, mark));
    if !patch.is_sound() {
        return Err(Error::ReadBack(phrase!("overlapping edits", "编辑重叠")));
    }
    let seen = match (row.lightness)(&Patched::new(source, &patch), limits)? {
        Read::Plane(plane) => marker.detectors().picture().detect(&plane, Effort::Fast).marks.pop(),
        Read::Skip(reason) => return skip(reason),
    };
    match seen {
        Some(seen) if seen.payload == payload => Ok(Marked::New { patch, notes, damage }),
        _ => skip(MARK_LOST.message()),
    }
}

pub(super) fn look(
    source: &dyn Source,
    row: &Pixels,
    detectors: &Detectors,
    effort: Effort,
    means: Means<'_>,
) -> Result<std::result::Result<Detected, Message>> {
    let _permit = means.permits.take((row.cost)(source, means.limits));
    let plane = match (row.lightness)(source, means.limits)? {
        Read::Plane(plane) => plane,
        Read::Skip(reason) => return Ok(Err(reason)),
    };
    let detection = detectors.picture().detect(&plane, effort);
    let marks = detection.marks.iter().map(|mark| Seen {
        key: mark.key,
        payload: mark.payload,
        place: MarkPlace::Picture { quad: mark.quad, content: mark.content },
    });
    let (score, false_positive) = (detection.score, detection.false_positive);
    Ok(Ok(Detected { marks: marks.collect(), score, false_positive, hidden: None }))
}
