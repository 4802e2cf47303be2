//! Times in the ID3v2 tags that count from the start of the sound: chapters, events, synchronised lyrics, the length
//! (id3.org: ID3v2.3 and 2.4, section 4; ID3v2 Chapter Frame Addendum), and the number of samples that iTunes keeps in a comment.

use biaoshi_container::id3::{self, Frame, Tag};
use biaoshi_container::{Cursor, Detail, Limits, Patch, Result, Source, SourceExt, phrase};

use super::NAME;

/// Frames that tell times which are moved.
const MOVED: [&[u8; 4]; 5] = [b"TLEN", b"CHAP", b"ETCO", b"SYLT", b"COMM"];
/// The same as ID3v2.2 names them, which has no chapters.
const SHORT: [&[u8; 4]; 5] = [b"TLE\0", b"\0\0\0\0", b"ETC\0", b"SLT\0", b"COM\0"];
/// The first one, and the last one; most comments have nothing to do with times.
const LENGTH: usize = 0;
const COMMENT: usize = 4;
/// Frames that tell times or places and stay as they are.
const KEPT: [&[u8; 4]; 6] = [b"ASPI", b"MLLT", b"POSS", b"SYTC", b"MLL\0", b"STC\0"];
/// The comment of iTunes: four numbers, of which the last one counts samples.
const ITUNES: &str = "iTunSMPB";
/// An offset of a chapter that is not used.
const UNUSED: u32 = u32::MAX;

/// How far times move.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shift {
    /// The label in front of the content.
    pub(super) milliseconds: u64,
    pub(super) frames: u64,
    pub(super) bytes: u64,
    /// All labels: how much longer the sound gets.
    pub(super) longer: u64,
    pub(super) samples: u64,
}

/// Moves times in all tags. Returns the names of frames in which they stay as they were.
///
/// # Errors
/// I/O, limits.
pub(super) fn shift(
    source: &dyn Source,
    tags: &[Tag],
    shift: &Shift,
    limits: &Limits,
    patch: &mut Patch,
) -> Result<Option<Detail>> {
    let mut kept: Vec<String> = Vec::new();
    for tag in tags {
        shift_tag(source, tag, shift, limits, patch, &mut kept)?;
    }
    kept.sort();
    kept.dedup();
    Ok((!kept.is_empty()).then(|| Detail::Term(kept.join(", "))))
}

fn shift_tag(
    source: &dyn Source,
    tag: &Tag,
    shift: &Shift,
    limits: &Limits,
    patch: &mut Patch,
    kept: &mut Vec<String>,
) -> Result<()> {
    // In a tag that is unsynchronised as a whole, frames are not where they say: they are only looked at.
    let foreign = tag.unsynchronised() && tag.version < 4;
    let resynchronised;
    let (view, body): (&dyn Source, _) = if foreign {
        let what = phrase!("the tag", "标签");
        resynchronised = id3::resynchronise(&source.bytes(NAME, tag.body(), limits.part, what)?);
        (&resynchronised, 0..resynchronised.len() as u64)
    } else {
        (source, tag.body())
    };
    let Ok((start, checked)) = id3::frames_start(view, tag, &body) else { return Ok(()) };
    let frames = id3::frames(view, tag.version, start..body.end, limits)?;
    let end = frames.list.last().map_or(body.end, |last| last.range.end);
    let padding = if frames.whole { body.end - end } else { 0 };
    let mut grown = false;
    for frame in &frames.list {
        let is = |names: &[&[u8; 4]]| names.iter().position(|name| frame.id == **name);
        let mut keep = || kept.push(String::from_utf8_lossy(&frame.id).trim_end_matches('\0').to_owned());
        let Some(kind) = is(&MOVED).or_else(|| is(&SHORT)) else {
            if is(&KEPT).is_some() && shift.frames > 0 {
                keep();
            }
            continue;
        };
        let old = view.bytes(NAME, frame.body.clone(), limits.part, phrase!("a frame", "帧"))?;
        match moved(kind, &old, shift) {
            _ if frame.flags != 0 && kind != COMMENT && (kind == LENGTH || shift.frames > 0) => keep(),
            Some(new) if new != old => {
                // Two of them cannot have the same room.
                let grows = new.len() > old.len();
                if foreign || checked || (grows && grown) || !replace(tag, frame, new, padding, patch) {
                    keep();
                }
                grown |= grows;
            }
            _ => {}
        }
    }
    Ok(())
}

/// Puts a new body in; one that is longer takes its room from the padding, or else the tag grows. Whether that can be.
fn replace(tag: &Tag, frame: &Frame, new: Vec<u8>, padding: u64, patch: &mut Patch) -> bool {
    let old = frame.body.end - frame.body.start;
    let Some(growth) = (new.len() as u64).checked_sub(old) else { return false };
    if growth > 0 {
        let grown = u32::try_from(growth).ok().and_then(|growth| id3::to_syncsafe(tag.size.checked_add(growth)?));
        let (end, room) = (tag.body().end, padding >= growth);
        // Sizes under 128 are the same in both ways to write them.
        let (Ok(size @ 0..128), Some(grown)) = (u32::try_from(new.len()), grown) else { return false };
        if tag.version == 2 || (tag.footer() && !room) {
            return false;
        }
        let size_at = frame.range.start + 4;
        patch.replace(size_at..size_at + 4, size.to_be_bytes());
        match room {
            true => patch.remove(end - growth..end),
            false => patch.replace(tag.start + 6..tag.start + 10, grown),
        };
    }
    patch.replace(frame.body.clone(), new);
    true
}

/// The body of a frame with its times moved; `None` where it cannot be read.
fn moved(kind: usize, data: &[u8], shift: &Shift) -> Option<Vec<u8>> {
    match kind {
        LENGTH => length(data, shift.longer),
        1 => chapter(data, shift),
        2 => events(data, shift),
        3 => lyrics(data, shift),
        _ => itunes(data, shift.samples),
    }
}

/// TLEN: milliseconds as text.
fn length(data: &[u8], longer: u64) -> Option<Vec<u8>> {
    let text = id3::strings(data)?.into_iter().next()?;
    let (encoding, _) = data.split_first()?;
    let longer = text.trim().parse::<u64>().ok()?.checked_add(longer)?.to_string();
    let text = match encoding {
        1 => [&[0xff, 0xfe][..], &longer.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>()].concat(),
        2 => longer.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        _ => longer.into_bytes(),
    };
    let mut out = [&[*encoding][..], &text].concat();
    // A terminator that was there stays, and a number that got no longer has its room.
    out.resize(out.len().max(data.len()), 0);
    Some(out)
}

/// CHAP: its name, then two times in milliseconds and two offsets in bytes.
fn chapter(data: &[u8], shift: &Shift) -> Option<Vec<u8>> {
    let at = data.iter().position(|b| *b == 0)? + 1;
    let mut out = data.to_vec();
    for (n, by) in [shift.milliseconds, shift.milliseconds, shift.bytes, shift.bytes].into_iter().enumerate() {
        move_u32(&mut out, at + 4 * n, by, n > 1)?;
    }
    Some(out)
}

/// ETCO: the unit, then a kind and a time for each event.
fn events(data: &[u8], shift: &Shift) -> Option<Vec<u8>> {
    let by = unit(*data.first()?, shift)?;
    let mut out = data.to_vec();
    for at in (2..data.len().saturating_sub(3)).step_by(5) {
        move_u32(&mut out, at, by, false)?;
    }
    Some(out)
}

/// SYLT: encoding, language, the unit, what the text is; a description; then a text and a time for each syllable.
fn lyrics(data: &[u8], shift: &Shift) -> Option<Vec<u8>> {
    let mut cursor = Cursor::new(data);
    let [encoding, _, _, _, format, _] = *cursor.array::<6>()?;
    let by = unit(format, shift)?;
    let wide = matches!(encoding, 1 | 2);
    skip_text(&mut cursor, wide)?;
    let mut out = data.to_vec();
    while !cursor.rest().is_empty() {
        skip_text(&mut cursor, wide)?;
        move_u32(&mut out, cursor.position(), by, false)?;
        cursor.take(4)?;
    }
    Some(out)
}

/// What a unit of events and lyrics moves by: MPEG frames or milliseconds.
fn unit(format: u8, shift: &Shift) -> Option<u64> {
    match format {
        1 => Some(shift.frames),
        2 => Some(shift.milliseconds),
        _ => None,
    }
}

fn skip_text(cursor: &mut Cursor<'_>, wide: bool) -> Option<()> {
    if wide {
        while *cursor.array::<2>()? != [0, 0] {}
    } else {
        while cursor.u8()? != 0 {}
    }
    Some(())
}

/// Adds to a number; all bits set may say that there is none.
fn move_u32(out: &mut [u8], at: usize, by: u64, optional: bool) -> Option<()> {
    let field = out.get_mut(at..at + 4)?.first_chunk_mut::<4>()?;
    let old = u32::from_be_bytes(*field);
    if !(optional && old == UNUSED) {
        *field = u32::try_from(u64::from(old) + by).ok()?.to_be_bytes();
    }
    Some(())
}

/// A comment of iTunes in Latin-1 or UTF-16: delays and the number of samples in between, as hexadecimal numbers of a fixed
/// width. Players stop behind so many.
fn itunes(data: &[u8], samples: u64) -> Option<Vec<u8>> {
    let (&encoding, _) = data.split_first()?;
    let plain = [&[encoding][..], data.get(4..)?].concat();
    let strings = id3::strings(&plain)?;
    let [name, value, ..] = strings.as_slice() else { return None };
    let count = value.split_ascii_whitespace().nth(3).filter(|_| name == ITUNES)?;
    let more = format!("{:0width$X}", u64::from_str_radix(count, 16).ok()?.checked_add(samples)?, width = count.len());
    let code = |text: &str| -> Vec<u8> {
        match encoding {
            // Without the mark: big-endian text is not looked for.
            1 => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            _ => text.as_bytes().to_vec(),
        }
    };
    let (old, new) = (code(count), code(&more));
    let at = data.windows(old.len()).rposition(|part| part == old).filter(|_| old.len() == new.len())?;
    let mut out = data.to_vec();
    out.get_mut(at..at + new.len())?.copy_from_slice(&new);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use biaoshi_container::{Patched, to_vec};
    use proptest::prelude::*;

    const SHIFT: Shift = Shift { milliseconds: 2115, frames: 81, bytes: 34_000, longer: 2115, samples: 93_312 };

    fn frame(version: u8, id: &[u8; 4], data: &[u8]) -> Vec<u8> {
        let size = u32::try_from(data.len()).unwrap();
        let size = if version == 4 { id3::to_syncsafe(size).unwrap() } else { size.to_be_bytes() };
        [id, &size[..], &[0, 0], data].concat()
    }

    fn tag(version: u8, frames: &[Vec<u8>], padding: usize) -> Vec<u8> {
        let body = [frames.concat(), vec![0; padding]].concat();
        let size = id3::to_syncsafe(u32::try_from(body.len()).unwrap()).unwrap();
        [&[b'I', b'D', b'3', version, 0, 0], &size[..], &body].concat()
    }

    #[allow(clippy::ptr_arg, reason = "a source behind dyn has to be sized")]
    fn shifted(bytes: &Vec<u8>) -> (Vec<u8>, Option<Detail>) {
        let tag = id3::tag(bytes, 0).unwrap().unwrap();
        let mut patch = Patch::new();
        let kept = shift(bytes, &[tag], &SHIFT, &Limits::default(), &mut patch).unwrap();
        assert!(patch.is_sound());
        (to_vec(&Patched::new(bytes, &patch), u64::MAX).unwrap(), kept)
    }

    fn numbers(text: &[u8], numbers: &[u32]) -> Vec<u8> {
        text.iter().copied().chain(numbers.iter().flat_map(|n| n.to_be_bytes())).collect()
    }

    #[test]
    fn times_move_with_the_sound() {
        let comment = |count: &str| format!("\0eng{ITUNES}\0 00000000 00000240 000003E8 {count}");
        let wide = |text: &str| {
            [&[1][..], &[0xff, 0xfe], &text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>()].concat()
        };
        let words = |format: u8, a: u32, b: u32| {
            [numbers(&[&[3][..], b"eng", &[format], b"\x01\0ni\0"].concat(), &[a]), numbers(b"hao\0", &[b])].concat()
        };
        let events = |format: u8, a: u32, b: u32| [numbers(&[format, 2], &[a]), numbers(&[3], &[b])].concat();
        for version in [3, 4] {
            let make = |length: &[u8], chapter: [u32; 4], lyrics: Vec<u8>, events: Vec<u8>, count: &str| {
                tag(
                    version,
                    &[
                        frame(version, b"TIT2", b"\0title"),
                        frame(version, b"TLEN", length),
                        frame(version, b"CHAP", &numbers(b"one\0", &chapter)),
                        frame(version, b"SYLT", &lyrics),
                        frame(version, b"ETCO", &events),
                        frame(version, b"COMM", comment(count).as_bytes()),
                        frame(version, b"COMM", b"\0engnote\0plain"),
                    ],
                    20,
                )
            };
            let (out, kept) = shifted(&make(
                b"\x0012345",
                [0, 5000, UNUSED, 100],
                words(2, 0, 700),
                events(1, 0, 50),
                "0000000000012345",
            ));
            assert_eq!(kept, None);
            assert!(
                out == make(
                    b"\x0014460",
                    [2115, 7115, UNUSED, 34_100],
                    words(2, 2115, 2815),
                    events(1, 81, 131),
                    "0000000000028FC5"
                )
            );
            let unit = [frame(version, b"TLEN", &wide("12345"))];
            assert!(shifted(&tag(version, &unit, 0)).0 == tag(version, &[frame(version, b"TLEN", &wide("14460"))], 0));
        }
    }

    #[test]
    fn a_length_with_another_digit_finds_room() {
        for version in [3, 4] {
            let (before, after) = ([frame(version, b"TLEN", b"\x009000")], [frame(version, b"TLEN", b"\x0011115")]);
            assert!(shifted(&tag(version, &before, 30)).0 == tag(version, &after, 29));
            assert!(shifted(&tag(version, &before, 0)).0 == tag(version, &after, 0));
        }
    }

    #[test]
    fn what_cannot_be_moved_is_named() {
        let mut chapter = frame(3, b"CHAP", &numbers(b"one\0", &[0, 1, 2, 3]));
        chapter[9] = 0x80;
        let (out, kept) = shifted(&tag(3, &[chapter, frame(3, b"MLLT", &[0; 10])], 0));
        assert_eq!((out.len(), kept), (60, Some(Detail::Term("CHAP, MLLT".into()))));
        let twice = tag(3, &[frame(3, b"TLEN", b"\x009000"), frame(3, b"TLEN", b"\x009000")], 30);
        assert_eq!(shifted(&twice).1, Some(Detail::Term("TLEN".into())));
        let mut whole = tag(3, &[frame(3, b"TLEN", b"\x009000")], 0);
        whole[5] = 0x80;
        assert_eq!(shifted(&whole), (whole, Some(Detail::Term("TLEN".into()))));
    }

    proptest! {
        #[test]
        fn any_bytes(data in prop::collection::vec(any::<u8>(), 0..80), kind in 0usize..5, version in 2u8..5, flags: u8) {
            let moved = moved(kind, &data, &SHIFT);
            prop_assert!(moved.is_none_or(|moved| kind == 0 || moved.len() == data.len()));
            let mut bytes = tag(version, &[frame(version, MOVED[kind], &data)], 5);
            bytes[5] = flags & 0xc0;
            shifted(&bytes);
        }
    }
}
