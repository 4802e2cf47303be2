//! FLAC in Ogg (RFC 9639 section 10.1): its packets one behind the other are a FLAC stream, which takes the label as any does. As
//! frames behind a label have other numbers, and those of a watermark other sizes, all of them go on new pages.

use std::ops::Range;

use biaoshi_container::ogg::{self, Numbers, Page};
use biaoshi_container::{Limits, Patch, Patched, Source, SourceExt, phrase, said};

use super::stream::{Frame, Stream};
use super::{NAME, add, mark};
use crate::sound::pages::{Packet, Pages, damaged, lost, no_sound, paged, refused};
use crate::{Differences, Drawn, Error, ExplicitOptions, Outcome, Result};

/// What stands in front of the stream in the first packet: its magic, a version, the number of header packets.
const MAPPING: u64 = 9;
/// The flags of a page, and where its check sum stands.
const LAST: u8 = 4;
const SUM: std::ops::Range<usize> = 22..26;

/// Inserts the label where it is missing.
///
/// # Errors
/// As for FLAC alone; [`Error::Unable`] where pages are damaged, or of several streams.
pub(in crate::sound) fn mark_paged(source: &dyn Source, options: &ExplicitOptions, limits: &Limits) -> Result<Outcome> {
    let (all, pieces) = pages(source, limits)?;
    let view = ogg::Packet::new(source, &pieces);
    match mark(&view, options, limits)? {
        Outcome::Drawn(drawn) => {
            let patch = written(source, &view, &all, &drawn.patch, limits)?;
            Ok(Outcome::Drawn(Drawn { patch, ..drawn }))
        }
        other => Ok(other),
    }
}

/// Adds to every sample.
///
/// # Errors
/// As [`mark_paged`].
pub(in crate::sound) fn add_paged(
    source: &dyn Source,
    differences: &mut dyn Differences,
    limits: &Limits,
) -> Result<Patch> {
    let (all, pieces) = pages(source, limits)?;
    let view = ogg::Packet::new(source, &pieces);
    let patch = add(&view, differences, limits)?;
    written(source, &view, &all, &patch, limits)
}

/// All pages, and where on them the FLAC stream is.
fn pages(source: &dyn Source, limits: &Limits) -> Result<(Vec<Page>, Vec<Range<u64>>)> {
    let mut pages = Pages::new(source, 0, limits);
    let mut all = vec![pages.first()?];
    for page in pages {
        all.push(page?);
    }
    let piece = |(n, page): (usize, &Page)| {
        let body = page.body();
        (if n == 0 { body.end.min(body.start + MAPPING) } else { body.start })..body.end
    };
    let pieces = all.iter().enumerate().map(piece).collect();
    Ok((all, pieces))
}

/// The change of a stream as that of the file.
fn written(
    source: &dyn Source,
    view: &ogg::Packet<'_>,
    all: &[Page],
    change: &Patch,
    limits: &Limits,
) -> Result<Patch> {
    let patched = Patched::new(view, change);
    let (old, _) = frames(view, limits)?;
    let (new, frames) = frames(&patched, limits)?;
    let mut patch = Patch::new();
    let (headers, sound) = split(all, old.first)?;
    let mut at = 0;
    for (n, page) in headers.iter().enumerate() {
        let size = page.end() - page.body().start - if n == 0 { MAPPING } else { 0 };
        let body = patched.bytes(NAME, at..at + size, limits.part, phrase!("a header", "头部")).map_err(refused)?;
        at += size;
        replace(source, page, &body, &mut patch)?;
    }
    let (first, last) = sound.first().zip(sound.last()).ok_or_else(|| damaged(no_sound()))?;
    let mut packets = Vec::with_capacity(frames.len());
    for frame in &frames {
        let what = phrase!("a frame", "帧");
        let data = patched.bytes(NAME, frame.span.clone(), limits.part, what).map_err(refused)?;
        packets.push(Packet { data, frames: frame.header.size.into() });
    }
    let count: u64 = packets.iter().map(|packet| packet.frames).sum();
    // Positions that count otherwise are of a part of a longer stream.
    let added = new.info.total.saturating_sub(old.info.total);
    if old.info.total > 0 && last.granule.checked_add(added) != Some(count) {
        return Err(lost());
    }
    let numbers = Numbers { flags: 0, granule: 0, ..first.numbers() };
    let pages = paged(&packets, new.info.rate.into(), numbers, (last.flags & LAST > 0).then_some(count))?;
    patch.replace(first.start..last.end(), pages.0);
    Ok(patch)
}

/// A stream and its frames.
fn frames(source: &dyn Source, limits: &Limits) -> Result<(Stream, Vec<Frame>)> {
    let stream = Stream::open(source, limits)?.map_err(Error::Unable)?;
    let frames = stream.walk(source, limits, &mut |_| {})?.map_err(Error::Unable)?;
    Ok((stream, frames))
}

/// The pages of the headers, and those of the frames, of which the first begins at an offset of the stream.
fn split(all: &[Page], first: u64) -> Result<(&[Page], &[Page])> {
    let mut at = 0u64;
    let starts = all.iter().enumerate().map(|(n, page)| {
        let start = at;
        at += (page.end() - page.body().start).saturating_sub(if n == 0 { MAPPING } else { 0 });
        start
    });
    let beside = || damaged(said!("sound on a page of the headers", "声音与头部处于同一页"));
    let count = starts.into_iter().position(|start| start == first).ok_or_else(beside)?;
    all.split_at_checked(count).ok_or_else(beside)
}

/// Gives a page of headers another end of its body, of the same size.
fn replace(source: &dyn Source, page: &Page, body: &[u8], patch: &mut Patch) -> Result<()> {
    let old = source.bytes(NAME, page.start..page.end(), u64::MAX, phrase!("a page", "页")).map_err(refused)?;
    let mut new = old.clone();
    new.iter_mut().rev().zip(body.iter().rev()).for_each(|(to, from)| *to = *from);
    if new != old {
        new.iter_mut().take(SUM.end).skip(SUM.start).for_each(|byte| *byte = 0);
        let sum = ogg::crc(&new).to_le_bytes();
        new.iter_mut().skip(SUM.start).zip(sum).for_each(|(to, from)| *to = from);
        patch.replace(page.start..page.end(), new);
    }
    Ok(())
}
