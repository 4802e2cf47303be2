//! Animations (PNG 3rd edition 5.4, 11.3.6): the frames that touch the label are coded anew. Sequence numbers stay,
//! since each frame keeps its number of chunks.

use biaoshi_container::png::{Chunk, drop_halves, encode};
use biaoshi_container::{Limits, Patch, Source, SourceExt, phrase};
use biaoshi_explicit::image::{Rect, Stamp};

use super::convert::{self, Picture};
use super::header::{Header, Part};
use super::indexed::Palette;
use super::{Drawn, Found, NAME, Outcome, Result};
use crate::picture::animation::FRAMES;
use crate::picture::animation::{self, Cover, Mark};
use crate::picture::in_picture;

/// Draws the label in every displayed frame, and in a default picture that is none of them.
pub(super) fn draw(
    source: &dyn Source,
    header: &Header,
    stamp: &Stamp,
    words: &str,
    limits: &Limits,
) -> Result<Outcome> {
    if let Some(found) = find(source, header, words, limits)? {
        return Ok(Outcome::Already(found));
    }
    // Interlacing and the palette are of all frames: where they change, every frame does.
    let full = Palette::of(header).is_some_and(|p| p.with_ramp(header.depth()).is_none());
    let all = header.interlaced || full;
    let mut patch = Patch::new();
    let (mut notes, mut written) = (Vec::new(), false);
    if apart(header) {
        let mut picture = convert::decode(source, header.clone(), limits)?;
        (notes, written) = (picture.prepare(), true);
        picture.draw(stamp, &[])?;
        picture.write_header(header, &mut patch);
        picture.write(&mut patch);
    }
    let mut cover = Cover::new(stamp);
    for part in &header.parts {
        let mark = match cover.next(&part.frame, 1) {
            Ok(mark) => mark,
            Err(reason) => return Ok(Outcome::Skip(reason)),
        };
        if mark.is_none() && !all {
            continue;
        }
        let mut picture = convert::decode_part(source, header, part, limits)?;
        let changes = picture.prepare();
        if !written {
            picture.write_header(header, &mut patch);
            (notes, written) = (changes, true);
        }
        if let Some(mark) = &mark
            && !mark_frame(&mut picture, part, mark)?
        {
            return Ok(Outcome::Skip(FRAMES.message()));
        }
        write(source, part, &picture, mark.as_ref(), &mut patch)?;
    }
    drop_halves(source, limits, &mut patch)?;
    Ok(Outcome::Drawn(Drawn {
        patch,
        found: in_picture(stamp, words),
        notes,
        outlasts: None,
        damage: None,
        confirm: None,
    }))
}

/// Looks for a label that every displayed frame shows, and a default picture apart from them.
pub(super) fn find(source: &dyn Source, header: &Header, words: &str, limits: &Limits) -> Result<Option<Found>> {
    let frames: Vec<_> = header.parts.iter().map(|p| p.frame).collect();
    let palette = Palette::of(header);
    // A label in these colors had to do with the grays among them.
    let looks = |stamp: &Stamp| match &palette {
        Some(palette) => palette.with_ramp(0).map(|ramp| ramp.hard(stamp)).into_iter().collect(),
        None => vec![stamp.clone()],
    };
    let found = animation::look(&header.canvas(), words, looks, &frames, |n| match header.parts.get(n) {
        Some(part) => Ok(convert::decode_part(source, header, part, limits)?.rgba()),
        None => Ok(Vec::new()),
    })?;
    if found.is_some() && apart(header) && convert::decode(source, header.clone(), limits)?.look(words).is_none() {
        return Ok(None);
    }
    Ok(found)
}

/// Whether the default picture is no frame.
pub(super) fn apart(header: &Header) -> bool {
    header.parts.iter().all(|p| p.data.iter().all(|c| c.kind != *b"IDAT"))
}

/// Draws on one frame; `false` when it has to grow and cannot.
fn mark_frame(picture: &mut Picture, part: &Part, mark: &Mark) -> Result<bool> {
    if mark.rect != part.frame.rect && picture.widen_to(part.frame.rect, mark.rect).is_none() {
        return Ok(false);
    }
    picture.draw(&mark.stamp, &mark.shown)?;
    Ok(true)
}

/// Replaces the data of a frame, and its fcTL where the rectangle is another.
fn write(source: &dyn Source, part: &Part, picture: &Picture, mark: Option<&Mark>, patch: &mut Patch) -> Result<()> {
    if let Some(Mark { rect, .. }) = mark.filter(|m| m.rect != part.frame.rect) {
        let head = source.array::<26>(NAME, part.control.data().start, phrase!("fcTL", "fcTL 块"))?;
        let Rect { x, y, width, height } = *rect;
        let numbers = [width, height, x, y].into_iter().flat_map(u32::to_be_bytes);
        let data: Vec<u8> = head.into_iter().take(4).chain(numbers).chain(head.into_iter().skip(20)).collect();
        patch.replace(part.control.range(), encode(*b"fcTL", &data));
    }
    put(source, &part.data, &picture.coded(), patch)
}

/// Puts a zlib stream where another was: in one IDAT, or in as many fdAT as there were, each with its number.
pub(super) fn put(source: &dyn Source, chunks: &[Chunk], coded: &[u8], patch: &mut Patch) -> Result<()> {
    let mut pieces = coded.chunks(coded.len().div_ceil(chunks.len().max(1)).max(1));
    for (n, chunk) in chunks.iter().enumerate() {
        let data = match (&chunk.kind, n) {
            (b"IDAT", 0) => encode(*b"IDAT", coded),
            (b"IDAT", _) => Vec::new(),
            _ => {
                let number = source.array::<4>(NAME, chunk.data().start, phrase!("fdAT", "fdAT 块"))?;
                encode(*b"fdAT", &[number.as_slice(), pieces.next().unwrap_or_default()].concat())
            }
        };
        patch.replace(chunk.range(), data);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
