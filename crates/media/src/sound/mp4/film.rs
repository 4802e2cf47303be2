//! A file whose one track of sound can take frames, and what stands in the way.

use biaoshi_container::isobmff::{self, Box, Budget};
use biaoshi_container::{Limits, Message, Source, phrase, said};

use super::FILM;
use super::tree::{Node, word};
use crate::Result;

/// Tables that count samples in ways that are not written.
const UNWRITTEN: [&[u8; 4]; 9] = [b"ctts", b"sdtp", b"stps", b"padb", b"subs", b"saiz", b"saio", b"stsh", b"cslg"];
/// The path to the tables of a track.
pub(super) const TABLES: [&[u8; 4]; 3] = [b"mdia", b"minf", b"stbl"];

/// The boxes that matter.
#[derive(Debug)]
pub(super) struct Film {
    pub(super) moov: Node,
    /// Where it stands.
    pub(super) at: Box,
    /// The boxes with samples.
    pub(super) mdats: Vec<Box>,
    /// Which box in `moov` is the track of sound.
    pub(super) track: usize,
    /// Which are its chapters: they are as long as the sound.
    pub(super) chapters: Vec<usize>,
}

impl Film {
    /// Reads the boxes; a reason where no frames can be put in.
    ///
    /// # Errors
    /// I/O, damage, limits.
    pub(super) fn read(source: &dyn Source, limits: &Limits) -> Result<std::result::Result<Self, Message>> {
        let refuse = |why: Message| Ok(Err(FILM.with([why.into()])));
        let top = isobmff::boxes(source, 0..source.len(), &mut Budget::new(limits))?;
        let of = |kind: &[u8; 4]| top.iter().find(|b| &b.kind == kind).copied();
        let (Some(at), Some(_)) = (of(b"moov"), of(b"mdat")) else {
            return refuse(said!("no moov or mdat box", "没有 moov 或 mdat 盒"));
        };
        if of(b"moof").is_some() || of(b"sidx").is_some() || of(b"mfra").is_some() {
            return refuse(phrase!("a fragmented file", "文件为分片形式").into());
        }
        if of(b"meta").is_some() {
            return refuse(phrase!("items beside the tracks", "轨道之外还有条目").into());
        }
        let moov = Node::read(source, &at, limits)?;
        let sounds: Vec<usize> = tracks(&moov, b"soun");
        let [track] = sounds[..] else {
            let why = match sounds.is_empty() {
                true => phrase!("no track of sound", "没有音轨"),
                false => phrase!("several tracks of sound", "有多条音轨"),
            };
            return refuse(why.into());
        };
        let chapters = chapters(&moov, track);
        let mdats = top.into_iter().filter(|b| &b.kind == b"mdat").collect();
        let film = Self { moov, at, mdats, track, chapters };
        Ok(film.takes().map(|()| film).map_err(|why| FILM.with([why.into()])))
    }

    /// Parts of the edit list of the sound.
    fn edits(&self) -> u32 {
        word(self.sound().map_or(&[][..], |t| t.bytes_at(&[b"edts", b"elst"])), 4).unwrap_or(0)
    }

    /// The reason why the sound cannot become longer: what is beside it would not fit any more.
    pub(super) fn accompanied(&self) -> Option<Message> {
        if self.edits() > 1 {
            let why = phrase!("an edit list of several parts", "编辑列表含多个片段");
            return Some(FILM.with([why.into()]));
        }
        let mut tracks = self.moov.children().iter().enumerate().filter(|(_, c)| &c.kind == b"trak");
        let beside = tracks.any(|(n, _)| n != self.track && !self.chapters.contains(&n));
        beside.then(|| {
            let why = phrase!("there are pictures or other tracks beside the sound", "除音频外还有画面或其他轨道");
            FILM.with([why.into()])
        })
    }

    /// The track of sound.
    pub(super) fn sound(&self) -> Option<&Node> {
        self.moov.children().get(self.track)
    }

    /// The box of a table of the sound.
    pub(super) fn table(&self, kind: &[u8; 4]) -> &[u8] {
        let [mdia, minf, stbl] = TABLES;
        self.sound().map_or(&[], |track| track.bytes_at(&[mdia, minf, stbl, kind]))
    }

    /// The same, to change it.
    pub(super) fn table_mut(&mut self, kind: &[u8; 4]) -> Option<&mut Vec<u8>> {
        let [mdia, minf, stbl] = TABLES;
        self.moov.children_mut().get_mut(self.track)?.bytes_at_mut(&[mdia, minf, stbl, kind])
    }

    /// Where the first frame of the sound is.
    pub(super) fn first(&self) -> u64 {
        let wide = self.table(b"co64").get(8..16).and_then(|b| b.try_into().ok()).map(u64::from_be_bytes);
        wide.or_else(|| word(self.table(b"stco"), 8).map(u64::from)).unwrap_or(0)
    }

    /// Where the content ends behind so many ticks that come in before it, and what an edit leaves out at the start, which is of the
    /// label then; both in seconds.
    pub(super) fn content(&self, label: u64) -> (f64, f64) {
        let track = |path: &[&[u8; 4]]| self.sound().map_or(&[][..], |t| t.bytes_at(path));
        let left_out = match number(track(&[b"edts", b"elst"]), 12, 16) {
            time if time < u64::from(u32::MAX) => time,
            _ => 0,
        };
        let lasted = number(track(&[b"mdia", b"mdhd"]), 16, 24);
        let seconds = |ticks: u64| ticks as f64 / f64::from(self.scale());
        (seconds(lasted + label), seconds(left_out))
    }

    /// Ticks a second of the sound.
    pub(super) fn scale(&self) -> u32 {
        self.sound().map_or(1, |track| scale(track.bytes_at(&[b"mdia", b"mdhd"])))
    }

    /// Ticks a second of the whole.
    pub(super) fn movie_scale(&self) -> u32 {
        scale(self.moov.bytes_at(&[b"mvhd"]))
    }

    /// Whether the tables of the sound are such as can be added to.
    fn takes(&self) -> std::result::Result<(), &'static biaoshi_container::Said> {
        let [mdia, minf, stbl] = TABLES;
        let of = |track: &Node, kinds: &[&[u8; 4]]| {
            let tables = track.at(&[mdia, minf, stbl]).map_or(&[][..], Node::children);
            tables.iter().any(|table| kinds.contains(&&table.kind))
        };
        // Of all other tracks' tables `saio` tells places in the file beside the offsets.
        let others = self.moov.children().iter().any(|track| of(track, &[b"saio"]));
        if others || self.sound().is_some_and(|track| of(track, &UNWRITTEN)) {
            return Err(phrase!("tables of samples that are not written", "含不支持写入的样本表"));
        }
        if self.moov.at(&[b"mvex"]).is_some() {
            return Err(phrase!("a fragmented file", "文件为分片形式"));
        }
        if word(self.table(b"stsd"), 4) != Some(1) {
            return Err(phrase!("several descriptions of samples", "有多个样本描述"));
        }
        if self.table(b"stsd").get(12..16) == Some(b"enca") {
            return Err(phrase!("encrypted sound", "音频已加密"));
        }
        if word(self.table(b"stsz"), 4) != Some(0) || word(self.table(b"stsz"), 8).is_none_or(|n| n == 0) {
            return Err(phrase!("samples of one size, as those of PCM, or none", "样本长度固定(如 PCM),或没有样本"));
        }
        // Their packets tell where in the sound's frames something lies.
        if !tracks(&self.moov, b"hint").is_empty() {
            return Err(phrase!("tracks of hints for streaming", "含流媒体提示轨道"));
        }
        Ok(())
    }
}

/// Which children of `moov` are tracks of a kind.
fn tracks(moov: &Node, handler: &[u8; 4]) -> Vec<usize> {
    let is = |track: &Node| track.bytes_at(&[b"mdia", b"hdlr"]).get(8..12) == Some(handler);
    moov.children().iter().enumerate().filter(|(_, c)| &c.kind == b"trak" && is(c)).map(|(n, _)| n).collect()
}

/// Which children of `moov` are the tracks that a track refers to as its chapters: text, and pictures.
fn chapters(moov: &Node, track: usize) -> Vec<usize> {
    let references = moov.children().get(track).map_or(&[][..], |t| t.bytes_at(&[b"tref"]));
    // Boxes of numbers of tracks; there is one, mostly.
    let mut ids = Vec::new();
    let list = isobmff::boxes(&references.to_vec(), 0..references.len() as u64, &mut Budget::new(&Limits::default()));
    for found in list.unwrap_or_default().iter().filter(|b| &b.kind == b"chap") {
        let body = references.get(found.body().start as usize..found.end as usize).unwrap_or_default();
        ids.extend(body.chunks_exact(4).filter_map(|b| word(b, 0)));
    }
    let id = |track: &Node| {
        let header = track.bytes_at(&[b"tkhd"]);
        word(header, if header.first() == Some(&1) { 20 } else { 12 })
    };
    let is = |(n, c): &(usize, &Node)| *n != track && &c.kind == b"trak" && id(c).is_some_and(|id| ids.contains(&id));
    moov.children().iter().enumerate().filter(is).map(|(n, _)| n).collect()
}

/// The number in a box whose version says where it is and how wide: at `narrow` in version 0, at `wide` in version 1.
pub(super) fn number(bytes: &[u8], narrow: usize, wide: usize) -> u64 {
    match bytes.first() {
        Some(1) => bytes.get(wide..wide + 8).and_then(|b| b.try_into().ok()).map_or(0, u64::from_be_bytes),
        _ => word(bytes, narrow).unwrap_or(0).into(),
    }
}

/// Ticks a second in `mvhd` or `mdhd`; 1 where they are not told.
pub(super) fn scale(header: &[u8]) -> u32 {
    word(header, if header.first() == Some(&1) { 20 } else { 12 }).filter(|n| *n > 0).unwrap_or(1)
}
