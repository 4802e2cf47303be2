//! Marks between the words of texts.

use biaoshi_container::{Limits, Message, Patched, Source, phrase};
use biaoshi_media::Words;
use biaoshi_metadata::Format;
use biaoshi_watermark::text::{Detection, without_marks};
use sha2::{Digest, Sha256};

use super::{Detected, Detectors, Hidden, Marked, Means, Seen, Wanted, unable};
use crate::judge::MarkPlace;
use crate::plan::{Layer, MARK_COST, MARK_GROWTH, MARK_LOST_IN_TEXT, MARK_PLACES, MARK_STRANGE};
use crate::{Error, Result};

pub(super) fn mark(
    source: &dyn Source,
    format: &Format,
    row: &Words,
    wanted: &Wanted<'_>,
    means: Means<'_>,
) -> Result<Marked> {
    let skip = |skip| Ok(Marked::Skip(skip));
    let Some(weave) = row.weave else { return skip(Layer::Watermark.missing(format.name)) };
    let (limits, marker) = (means.limits, wanted.marker);
    let _permit = means.permits.take((row.cost)(source, limits));
    let before = match read(source, row, marker.detectors(), limits)? {
        Ok(before) => before,
        Err(reason) => return skip(reason),
    };
    if let Some(there) = before.detection.marks.first() {
        return Ok(Marked::Already(there.payload));
    }
    if before.detection.unread > 0 {
        return skip(MARK_STRANGE.with([before.detection.unread.into()]));
    }
    let style = marker.style;
    let new = marker.words().marker(wanted.payload, style.density, style.alphabet);
    let (patch, cost) = match weave(source, new, limits) {
        Ok(woven) => woven,
        Err(error) => return skip(unable(error)?),
    };
    if patch.is_empty() {
        return skip(MARK_PLACES.message());
    }
    let share = cost.characters.saturating_mul(100) / cost.visible.max(1);
    if let Some(most) = style.max_growth.filter(|most| share > u64::from(*most)) {
        return skip(MARK_GROWTH.with([share.into(), most.into()]));
    }
    let after = match read(&Patched::new(source, &patch), row, marker.detectors(), limits)? {
        Ok(after) => after,
        Err(reason) => return skip(reason),
    };
    if after.visible != before.visible {
        return Err(Error::ReadBack(phrase!("the visible text is another one", "可见文字发生变化")));
    }
    if after.detection.marks.iter().all(|mark| mark.payload != wanted.payload) {
        return skip(MARK_LOST_IN_TEXT.message());
    }
    let bytes = u64::try_from(patch.growth()).unwrap_or(0);
    let notes = vec![MARK_COST.with([cost.characters.into(), bytes.into(), share.into()])];
    Ok(Marked::New { patch, notes, damage: None })
}

/// What is in a text.
struct Content {
    detection: Detection,
    /// A digest of all characters but those that marks are made of.
    visible: [u8; 32],
}

/// Reads a text from its start to its end.
fn read(
    source: &dyn Source,
    row: &Words,
    detectors: &Detectors,
    limits: &Limits,
) -> Result<std::result::Result<Content, Message>> {
    let (mut search, mut visible) = (detectors.words.search(), Sha256::new());
    let told = (row.each)(
        source,
        &mut |text| {
            search.push(text);
            without_marks(text).for_each(|part| visible.update(part));
        },
        limits,
    );
    match told {
        Ok(()) => Ok(Ok(Content { detection: search.finish(), visible: visible.finalize().into() })),
        Err(error) => Ok(Err(unable(error)?)),
    }
}

pub(super) fn look(
    source: &dyn Source,
    row: &Words,
    detectors: &Detectors,
    means: Means<'_>,
) -> Result<std::result::Result<Detected, Message>> {
    let _permit = means.permits.take((row.cost)(source, means.limits));
    let mut search = detectors.words.search();
    if let Err(error) = (row.each)(source, &mut |text| search.push(text), means.limits) {
        return Ok(Err(unable(error)?));
    }
    let Detection { marks, unread, damaged, foreign, false_positive } = search.finish();
    let hidden = (unread > 0 || foreign.is_any()).then_some(Hidden { unread, foreign });
    // Of a text the score is how many shards agree.
    let score = marks.first().map_or(0.0, |mark| mark.shards as f32);
    let seen = marks.into_iter().map(|mark| Seen {
        key: mark.key,
        payload: mark.payload,
        place: MarkPlace::Text { offset: mark.start, length: mark.end - mark.start, shards: mark.shards, damaged },
    });
    Ok(Ok(Detected { marks: seen.collect(), score, false_positive, hidden }))
}
