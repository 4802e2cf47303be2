//! Coded frames in front of and behind a track of sound: its tables, times, chapters, and every offset that moves
//! (ISO/IEC 14496-12; QuickTime File Format, "Chapter Lists").
//!
//! The frames lie right before and behind the old ones, in the order in which they are played and in the same box: there are
//! decoders (faad) that read on from the first frame without a look at where the tables say the next one is.

use biaoshi_container::isobmff::{self, Box, Budget};
use biaoshi_container::{Limits, Message, Patch, phrase};

use super::FILM;
use super::film::{Film, TABLES, number, scale};
use super::tree::{Body, Node, add, put_word, word};

/// Coded frames of one length.
#[derive(Debug, Clone, Default)]
pub(super) struct Frames {
    pub(super) coded: Vec<Vec<u8>>,
    /// Ticks of each.
    pub(super) ticks: u32,
    /// Whether every frame of the coding is decoded as so many samples, also a last one that the tables call shorter.
    pub(super) whole: bool,
}

impl Frames {
    /// Ticks of all.
    pub(super) fn lasts(&self) -> u64 {
        self.coded.len() as u64 * u64::from(self.ticks)
    }
}

/// Adds to `patch` what puts frames in; a reason where a number has no room.
pub(super) fn insert(film: &Film, before: &Frames, behind: &Frames, patch: &mut Patch) -> Result<(), Message> {
    let mut larger: Vec<(Box, u64)> = Vec::new();
    let first = film.mdats.iter().find(|mdat| mdat.body().contains(&film.first())).or(film.mdats.first());
    let front = first.map(|mdat| Piece::new(before, mdat, film.first(), &mut larger)).unwrap_or_default();
    let back = match film.mdats.iter().rfind(|mdat| !mdat.open) {
        _ if behind.coded.is_empty() => Piece::default(),
        Some(mdat) => Piece::new(behind, mdat, mdat.end, &mut larger),
        None => {
            return Err(FILM.with([phrase!("samples to the end of the file", "样本一直延续到文件末尾").into()]));
        }
    };
    let mut moov = film.moov.clone();
    let fits = times(&mut moov, film, before, behind) && tables(&mut moov, film, before, behind);
    chapters(&mut moov, film, before.lasts());
    if !fits {
        return Err(no_room());
    }
    let moved = |old: u64| if old >= front.at { front.bytes.len() as i64 } else { 0 };
    let new = [
        (!front.bytes.is_empty()).then(|| (front.at, front.header as i64 - front.bytes.len() as i64)),
        (!back.bytes.is_empty()).then_some((back.at, back.header as i64)),
    ];
    if !settle(&mut moov, film, &moved, new) {
        return Err(no_room());
    }
    // In this order, as `moov` may begin where the frames behind the content go.
    for Piece { at, bytes, .. } in [front, back].into_iter().filter(|piece| !piece.bytes.is_empty()) {
        patch.insert(at, bytes);
    }
    for (mdat, size) in &larger {
        resize(mdat, *size, patch);
    }
    patch.replace(film.at.range(), moov.encode());
    Ok(())
}

/// Frames as they come into the file.
#[derive(Default)]
struct Piece {
    at: u64,
    bytes: Vec<u8>,
    /// Bytes of a header before the first of them, where they have a box of their own.
    header: u64,
}

impl Piece {
    /// Frames at a place in or at the end of a box, which is noted with its new size; in a box of their own before or behind
    /// it where its size has no room for more.
    fn new(frames: &Frames, mdat: &Box, at: u64, grown: &mut Vec<(Box, u64)>) -> Self {
        let bytes = frames.coded.concat();
        if bytes.is_empty() {
            return Self::default();
        }
        let known = grown.iter().position(|(other, _)| other.start == mdat.start);
        let size = known.and_then(|n| grown.get(n)).map_or(mdat.end - mdat.start, |(_, size)| *size);
        let size = size + bytes.len() as u64;
        if !(mdat.start + u64::from(mdat.header)..=mdat.end).contains(&at) || !holds(mdat, size) {
            let at = if at < mdat.end { mdat.start } else { mdat.end };
            return Self { at, bytes: isobmff::encode(*b"mdat", &bytes), header: 8 };
        }
        match known.and_then(|n| grown.get_mut(n)) {
            Some((_, old)) => *old = size,
            None => grown.push((*mdat, size)),
        }
        Self { at, bytes, header: 0 }
    }
}

/// Whether a box can state a size.
pub(super) fn holds(found: &Box, size: u64) -> bool {
    found.open || found.header == 16 || u32::try_from(size).is_ok()
}

/// Says the new size of a box that [`holds`].
pub(super) fn resize(found: &Box, size: u64, patch: &mut Patch) {
    if found.open {
        return;
    }
    match u32::try_from(size) {
        Ok(size) if found.header == 8 => patch.replace(found.start..found.start + 4, size.to_be_bytes()),
        _ => patch.replace(found.start + 8..found.start + 16, size.to_be_bytes()),
    };
}

pub(super) fn no_room() -> Message {
    FILM.with([phrase!("numbers that leave no room for more", "数值已无余量").into()])
}

/// Makes all tables of offsets 64 bits wide.
fn widen(moov: &mut Node) {
    let [mdia, minf, stbl] = TABLES;
    for track in moov.children_mut() {
        let Some(table) = track.at_mut(&[mdia, minf, stbl, b"stco"]) else { continue };
        let old = table.bytes().to_vec();
        let mut wide = old.get(..8).unwrap_or_default().to_vec();
        wide.extend(old.get(8..).unwrap_or_default().chunks_exact(4).flat_map(|b| [&[0; 4], b].concat()));
        (table.kind, table.body) = (*b"co64", Body::Bytes(wide));
    }
}

/// How long things last: the sound, its track, its edit, the whole.
fn times(moov: &mut Node, film: &Film, before: &Frames, behind: &Frames) -> bool {
    let media = u64::from(film.scale());
    let more = before.lasts() + behind.lasts() + u64::from(filled(film, behind));
    let movie = u64::from(film.movie_scale());
    let in_movie = |ticks: u64| (u128::from(ticks) * u128::from(movie) / u128::from(media)) as u64;
    let mut fits = true;
    let Some(track) = moov.children_mut().get_mut(film.track) else { return false };
    let old = film.sound().map_or(&[][..], |t| t.bytes_at(&[b"mdia", b"mdhd"]));
    let lasted = number(old, 16, 24);
    if let Some(header) = track.bytes_at_mut(&[b"mdia", b"mdhd"]) {
        let wide = header.first() == Some(&1);
        fits &= add(header, if wide { 24 } else { 16 }, wide, more);
    }
    // Behind the content an edit has to reach over what encoders add at its end, or it would cut the label off.
    let mut shown = in_movie(more);
    if let Some(list) = track.bytes_at_mut(&[b"edts", b"elst"]) {
        let wide = list.first() == Some(&1);
        let (length, time) = (number(list, 8, 8), number(list, 12, 16));
        let padding = in_movie(lasted.saturating_sub(time)).saturating_sub(length);
        if !behind.coded.is_empty() && length > 0 {
            shown += padding;
        }
        fits &= length == 0 || add(list, 8, wide, shown);
    }
    if let Some(header) = track.bytes_at_mut(&[b"tkhd"]) {
        let wide = header.first() == Some(&1);
        fits &= add(header, if wide { 28 } else { 20 }, wide, shown);
    }
    if let Some(header) = moov.bytes_at_mut(&[b"mvhd"]) {
        let wide = header.first() == Some(&1);
        fits &= add(header, if wide { 24 } else { 16 }, wide, shown);
    }
    if let Some(user) = moov.bytes_at_mut(&[b"udta"]) {
        itunes(user, more);
        nero(user, before.lasts() * 10_000_000 / media);
    }
    fits
}

/// Ticks by which the last frame of the content is longer than its table says, once something follows it.
pub(super) fn filled(film: &Film, behind: &Frames) -> u32 {
    let table = film.table(b"stts");
    let stated = table.len().checked_sub(4).and_then(|at| word(table, at)).unwrap_or(0);
    if behind.whole && !behind.coded.is_empty() { behind.ticks.saturating_sub(stated) } else { 0 }
}

/// Says that the last sample lasts longer.
fn lengthen(table: &mut Vec<u8>, by: u32) {
    let Some(at) = table.len().checked_sub(8).filter(|at| *at >= 8 && by > 0) else { return };
    let (count, length) = (word(table, at).unwrap_or(0), word(table, at + 4).unwrap_or(0));
    let last = [1u32.to_be_bytes(), length.saturating_add(by).to_be_bytes()].concat();
    if count > 1 {
        put_word(table, at, count - 1);
        entries(table, 4, None, Some(last));
    } else {
        put_word(table, at + 4, length.saturating_add(by));
    }
}

/// How many samples there are, how long, how large, in which chunks.
fn tables(moov: &mut Node, film: &Film, before: &Frames, behind: &Frames) -> bool {
    let [mdia, minf, stbl] = TABLES;
    let chunks = word(film.table(b"stco"), 4).or_else(|| word(film.table(b"co64"), 4)).unwrap_or(0);
    let Some(track) = moov.children_mut().get_mut(film.track) else { return false };
    let Some(Body::Boxes(tables, _)) = track.at_mut(&[mdia, minf, stbl]).map(|node| &mut node.body) else {
        return false;
    };
    let (first, last) = (before.coded.len() as u32, behind.coded.len() as u32);
    for table in tables {
        let Body::Bytes(bytes) = &mut table.body else { continue };
        match &table.kind {
            b"stts" => {
                lengthen(bytes, filled(film, behind));
                let entry =
                    |frames: &Frames| [(frames.coded.len() as u32).to_be_bytes(), frames.ticks.to_be_bytes()].concat();
                entries(bytes, 4, (first > 0).then(|| entry(before)), (last > 0).then(|| entry(behind)));
            }
            b"stsz" => {
                let sizes = |frames: &Frames| {
                    frames.coded.iter().flat_map(|f| (f.len() as u32).to_be_bytes()).collect::<Vec<_>>()
                };
                let Some(count) = word(bytes, 8).and_then(|n| n.checked_add(first + last)) else { return false };
                put_word(bytes, 8, count);
                bytes.extend(sizes(behind));
                bytes.splice(12..12, sizes(before));
            }
            b"stsc" => {
                let shift = u32::from(first > 0);
                bytes.get_mut(8..).unwrap_or_default().chunks_exact_mut(12).for_each(|entry| {
                    let number = word(entry, 0).unwrap_or(0);
                    put_word(entry, 0, number.saturating_add(shift));
                });
                let entry = |chunk: u32, count: u32| [chunk.to_be_bytes(), count.to_be_bytes(), [0, 0, 0, 1]].concat();
                entries(
                    bytes,
                    4,
                    (first > 0).then(|| entry(1, first)),
                    (last > 0).then(|| entry(chunks + shift + 1, last)),
                );
            }
            // Places for the new chunks.
            b"stco" | b"co64" => {
                let place = || vec![0; if &table.kind == b"co64" { 8 } else { 4 }];
                entries(bytes, 4, (first > 0).then(place), (last > 0).then(place));
            }
            b"stss" => return false,
            b"sbgp" => groups(bytes, first, last),
            _ => {}
        }
    }
    true
}

/// Puts an entry in front of a table's entries and one behind them; the count stands at `at`.
fn entries(table: &mut Vec<u8>, at: usize, before: Option<Vec<u8>>, behind: Option<Vec<u8>>) {
    let more = u32::from(before.is_some()) + u32::from(behind.is_some());
    let count = word(table, at).unwrap_or(0).saturating_add(more);
    put_word(table, at, count);
    table.extend(behind.unwrap_or_default());
    let start = (at + 4).min(table.len());
    table.splice(start..start, before.unwrap_or_default());
}

/// Frames of a label are in the group of their neighbours (`roll`: how many frames a decoder needs before).
fn groups(table: &mut Vec<u8>, first: u32, last: u32) {
    // Version 1 has a parameter more.
    let at = if table.first() == Some(&1) { 12 } else { 8 };
    let list = table.get(at + 4..).unwrap_or_default();
    let group = |entry: Option<&[u8]>| entry.and_then(|e| word(e, 4)).unwrap_or(0);
    let (of_first, of_last) = (group(list.chunks_exact(8).next()), group(list.chunks_exact(8).last()));
    let entry = |count: u32, group: u32| (count > 0).then(|| [count.to_be_bytes(), group.to_be_bytes()].concat());
    entries(table, at, entry(first, of_first), entry(last, of_last));
}

/// Moves every offset by what is put into the content before it, and by what `moov` grows, and sets those of the new chunks of the
/// sound, each told as an old place and how far from where that comes to lie; false where one does not fit.
pub(super) fn settle(moov: &mut Node, film: &Film, by: &dyn Fn(u64) -> i64, new: [Option<(u64, i64)>; 2]) -> bool {
    // An offset that does not fit makes tables wider, which moves offsets once more.
    [false, true].into_iter().any(|wide| {
        if wide {
            widen(moov);
        }
        let grown = (moov.encode().len() as u64).saturating_sub(film.at.end - film.at.start);
        let moved = |old: u64| {
            let by_moov = if old >= film.at.end { grown } else { 0 };
            old.saturating_add_signed(by(old)).saturating_add(by_moov)
        };
        let new = new.map(|new| new.map(|(old, by)| moved(old).saturating_add_signed(by)));
        offsets(moov, film, &moved, new)
    })
}

/// Moves every offset, and sets those of the new chunks of the sound, its first and its last; false, with nothing changed,
/// where one does not fit.
fn offsets(moov: &mut Node, film: &Film, moved: &dyn Fn(u64) -> u64, new: [Option<u64>; 2]) -> bool {
    let [mdia, minf, stbl] = TABLES;
    let mut changed = moov.clone();
    for (n, track) in changed.children_mut().iter_mut().enumerate().filter(|(_, c)| &c.kind == b"trak") {
        for (kind, width) in [(b"stco", 4), (b"co64", 8)] {
            let Some(table) = track.bytes_at_mut(&[mdia, minf, stbl, kind]) else { continue };
            let places = table.get_mut(8..).unwrap_or_default();
            let last = (places.len() / width).saturating_sub(1);
            for (at, place) in places.chunks_exact_mut(width).enumerate() {
                let old = place.iter().fold(0u64, |sum, byte| sum << 8 | u64::from(*byte));
                let offset = match new {
                    [Some(before), _] if n == film.track && at == 0 => before,
                    [_, Some(behind)] if n == film.track && at == last => behind,
                    _ => moved(old),
                };
                if width == 4 && u32::try_from(offset).is_err() {
                    return false;
                }
                place.copy_from_slice(offset.to_be_bytes().get(8 - width..).unwrap_or_default());
            }
        }
    }
    *moov = changed;
    true
}

/// iTunes' note of what is played: its fourth number counts sample frames, which are ticks of the sound.
fn itunes(user: &mut [u8], more: u64) {
    let Some(at) = user.windows(8).position(|w| w == b"iTunSMPB") else { return };
    // Behind the name come a header and eight digits a word: reserved, priming, padding, and sixteen of the length.
    let Some(start) = user.get(at + 8..).and_then(|rest| rest.windows(10).position(|w| w == b" 00000000 ")) else {
        return;
    };
    let Some(digits) = user.get_mut(at + 8 + start + 28..at + 8 + start + 44) else { return };
    let old = std::str::from_utf8(digits).ok().and_then(|text| u64::from_str_radix(text, 16).ok());
    if let Some(new) = old.and_then(|n| n.checked_add(more)) {
        digits.copy_from_slice(format!("{new:016X}").as_bytes());
    }
}

/// Nero's chapters: times in units of 100 ns, and names. A chapter that begins with the file begins with the label.
fn nero(user: &mut [u8], by: u64) {
    let list = isobmff::boxes(&user.to_vec(), 0..user.len() as u64, &mut Budget::new(&Limits::default()));
    let Some(found) = list.unwrap_or_default().into_iter().find(|b| &b.kind == b"chpl") else { return };
    let at = found.body().start as usize;
    let version = user.get(at).copied().unwrap_or(0);
    let mut entry = at + if version == 1 { 9 } else { 5 };
    let count = user.get(entry - 1).copied().unwrap_or(0);
    for _ in 0..count {
        let Some(time) = user.get(entry..entry + 8).and_then(|b| b.try_into().ok()).map(u64::from_be_bytes) else {
            return;
        };
        let length = user.get(entry + 8).copied().unwrap_or(0);
        if let (1.., Some(place)) = (time, user.get_mut(entry..entry + 8)) {
            place.copy_from_slice(&time.saturating_add(by).to_be_bytes());
        }
        entry += 9 + usize::from(length);
    }
}

/// Tracks of chapters: the first chapter lasts longer, by the label.
fn chapters(moov: &mut Node, film: &Film, ticks: u64) {
    let [mdia, minf, stbl] = TABLES;
    let (media, movie) = (u64::from(film.scale()), u64::from(film.movie_scale()));
    for n in &film.chapters {
        let Some(track) = moov.children_mut().get_mut(*n) else { continue };
        let own = u64::from(scale(track.bytes_at(&[b"mdia", b"mdhd"])));
        let (more, shown) = (ticks * own / media, ticks * movie / media);
        if let Some(table) = track.bytes_at_mut(&[mdia, minf, stbl, b"stts"]) {
            let (count, length) = (word(table, 8).unwrap_or(0), word(table, 12).unwrap_or(0));
            let longer = u32::try_from(u64::from(length) + more).unwrap_or(u32::MAX);
            if count > 1 {
                put_word(table, 8, count - 1);
                entries(table, 4, Some([1u32.to_be_bytes(), longer.to_be_bytes()].concat()), None);
            } else {
                put_word(table, 12, longer);
            }
        }
        for (path, narrow_at, wide_at, value) in
            [(&[b"mdia", b"mdhd"][..], 16, 24, more), (&[b"tkhd"], 20, 28, shown), (&[b"edts", b"elst"], 8, 8, shown)]
        {
            if let Some(header) = track.bytes_at_mut(path) {
                let wide = header.first() == Some(&1);
                add(header, if wide { wide_at } else { narrow_at }, wide, value);
            }
        }
    }
}
