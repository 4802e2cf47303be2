//! What of a track is played: its edit list (ISO/IEC 14496-12 section 8.6.6), else what iTunes writes beside it.

use biaoshi_container::isobmff::{self, Box, Budget};
use biaoshi_container::{Limits, Result, Source, SourceExt, phrase};

use super::super::decoder::{Ticks, Trim};

const NAME: &str = "MP4";
/// Sample frames of an AAC frame that iTunes counts in.
const ITUNES: &[u8] = b"iTunSMPB";
/// Largest edit list that is read, in bytes: there is one entry of sound, or a few.
const LIST: u64 = 64 << 10;

/// The part of the first track of sound that is played.
///
/// # Errors
/// I/O, boxes that are damaged, limits.
pub(super) fn read(source: &dyn Source, limits: &Limits) -> Result<Trim> {
    let mut budget = Budget::new(limits);
    let top = isobmff::boxes(source, 0..source.len(), &mut budget)?;
    let Some(moov) = top.iter().find(|b| &b.kind == b"moov") else { return Ok(Trim::default()) };
    let moov = isobmff::boxes(source, moov.body(), &mut budget)?;
    let movie = scale(source, child(&moov, b"mvhd"))?;
    for trak in moov.iter().filter(|b| &b.kind == b"trak") {
        let trak = isobmff::boxes(source, trak.body(), &mut budget)?;
        let Some(mdia) = child(&trak, b"mdia") else { continue };
        let mdia = isobmff::boxes(source, mdia.body(), &mut budget)?;
        if !is_sound(source, child(&mdia, b"hdlr"))? {
            continue;
        }
        let media = scale(source, child(&mdia, b"mdhd"))?;
        let Some(edts) = child(&trak, b"edts") else { break };
        let edts = isobmff::boxes(source, edts.body(), &mut budget)?;
        let Some(list) = child(&edts, b"elst") else { break };
        let body = list.body();
        let list = source.bytes(
            NAME,
            body.start..body.end.min(body.start + LIST),
            LIST,
            phrase!("the edit list", "编辑列表"),
        )?;
        return Ok(edits(&list, movie, media));
    }
    itunes(source, &moov, limits, &mut budget)
}

fn child(list: &[Box], kind: &[u8; 4]) -> Option<Box> {
    list.iter().find(|b| &b.kind == kind).cloned()
}

fn is_sound(source: &dyn Source, handler: Option<Box>) -> Result<bool> {
    let Some(handler) = handler else { return Ok(false) };
    Ok(source.array::<12>(NAME, handler.body().start, phrase!("a handler", "hdlr 盒"))?.ends_with(b"soun"))
}

/// Ticks a second in `mvhd` or `mdhd`; 1 where there is none, or where it is zero.
fn scale(source: &dyn Source, header: Option<Box>) -> Result<u64> {
    let Some(header) = header else { return Ok(1) };
    let start = header.body().start;
    let [version] = source.array::<1>(NAME, start, phrase!("a header", "头部盒"))?;
    let at = start + if version == 1 { 20 } else { 12 };
    let scale = u32::from_be_bytes(source.array(NAME, at, phrase!("a time scale", "时间刻度"))?);
    Ok(u64::from(scale.max(1)))
}

/// What a list plays: from its first entry with media on. A list of several such entries is not followed further than that.
fn edits(list: &[u8], movie: u64, media: u64) -> Trim {
    let wide = list.first() == Some(&1);
    let size = if wide { 20 } else { 12 };
    let number = |entry: &[u8], at: usize, wide: bool| match wide {
        true => entry.get(at..at + 8)?.try_into().ok().map(u64::from_be_bytes),
        false => entry.get(at..at + 4)?.try_into().ok().map(|b| u64::from(u32::from_be_bytes(b))),
    };
    let entries = list.get(8..).unwrap_or_default().chunks_exact(size).filter_map(|entry| {
        let (length, time) = (number(entry, 0, wide)?, number(entry, size / 2 - 2, wide)?);
        let empty = time == if wide { u64::MAX } else { u64::from(u32::MAX) };
        (!empty).then_some((length, time))
    });
    let entries: Vec<_> = entries.take(2).collect();
    let Some((length, time)) = entries.first().copied() else { return Trim::default() };
    let whole = entries.len() == 1 && length > 0;
    Trim {
        skipped: Ticks { count: time, scale: media },
        played: whole.then_some(Ticks { count: length, scale: movie }),
    }
}

/// iTunes' note: hexadecimal numbers, of which the second is the priming, the third the padding, the fourth what is played.
fn itunes(source: &dyn Source, moov: &[Box], limits: &Limits, budget: &mut Budget) -> Result<Trim> {
    let mut list = moov.to_vec();
    for kind in [b"udta", b"meta", b"ilst"] {
        let Some(found) = child(&list, kind) else { return Ok(Trim::default()) };
        let mut body = found.body();
        // A full box, in ISO files.
        if kind == b"meta"
            && source.array::<4>(NAME, body.start, phrase!("the meta box", "meta 盒")).is_ok_and(|b| b == [0; 4])
        {
            body.start += 4;
        }
        list = isobmff::boxes(source, body, budget)?;
    }
    for item in list.iter().filter(|b| &b.kind == b"----" && b.body().end - b.body().start < 1024) {
        let text = source.bytes(NAME, item.body(), limits.part, phrase!("a tag", "标签"))?;
        if text.windows(ITUNES.len()).any(|w| w == ITUNES) {
            return Ok(numbers(&text));
        }
    }
    Ok(Trim::default())
}

fn numbers(text: &[u8]) -> Trim {
    let text: String =
        text.iter().rev().take_while(|b| b.is_ascii_hexdigit() || **b == b' ').map(|b| char::from(*b)).collect();
    let text: String = text.chars().rev().collect();
    let mut numbers = text.split_ascii_whitespace().filter_map(|word| u64::from_str_radix(word, 16).ok()).skip(1);
    let (Some(priming), Some(_), Some(played)) = (numbers.next(), numbers.next(), numbers.next()) else {
        return Trim::default();
    };
    let frames = |count| Ticks { count, scale: 0 };
    Trim { skipped: frames(priming), played: (played > 0).then(|| frames(played)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_and_notes_say_what_is_played() {
        let entry = |length: u32, time: u32| [length.to_be_bytes(), time.to_be_bytes(), [0, 1, 0, 0]].concat();
        let list = |entries: &[Vec<u8>]| {
            [vec![0; 4], (entries.len() as u32).to_be_bytes().to_vec(), entries.concat()].concat()
        };
        let media = |count| Ticks { count, scale: 44_100 };
        let plain = edits(&list(&[entry(5000, 2112)]), 1000, 44_100);
        assert_eq!(plain, Trim { skipped: media(2112), played: Some(Ticks { count: 5000, scale: 1000 }) });
        let late = edits(&list(&[entry(90, u32::MAX), entry(5000, 1024)]), 1000, 44_100);
        assert_eq!((late.skipped, late.played.is_some()), (media(1024), true));
        assert_eq!(edits(&list(&[entry(50, 0), entry(50, 99)]), 1000, 44_100).played, None);
        assert_eq!(edits(&[1, 0, 0], 1000, 44_100), Trim::default());
        let note = b"iTunSMPB\0\0\0 00000000 00000840 000001CA 00000000003F31F6 00000000";
        let frames = |count| Ticks { count, scale: 0 };
        assert_eq!(numbers(note), Trim { skipped: frames(0x840), played: Some(frames(0x3f31f6)) });
    }
}
