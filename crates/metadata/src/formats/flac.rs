//! FLAC (RFC 9639). The label is a comment `AIGC=` in the VORBIS_COMMENT block (audio guide); ID3v2 and APE tags
//! around it are read.

use std::ops::Range;

use biaoshi_container::flac::{MAGIC, begins};
use biaoshi_container::{Error, Limits, Patch, Result, Source, SourceExt, phrase, vorbis as grammar};
use biaoshi_label::{Dialect, Label};

use crate::c2pa;
use crate::content::Part;
use crate::format::{Confidence, Format, Kind, Status, Writer};
use crate::found::Found;
use crate::id3::{self, Carrier, TagLayout};
use crate::tail::{self, Tail};
use crate::vorbis::{self, List, Place, VENDOR};

/// The row.
pub(crate) static FORMAT: Format = Format {
    name: "flac",
    media_type: "audio/flac",
    extensions: &["flac", "fla"],
    kind: Kind::Audio,
    status: Status::Standard,
    placement: COMMENT,
    clause: "TC260-PG-202510A",
    touches: "one comment in the VORBIS_COMMENT block, paid by padding; label frames of ID3 tags and items of APE tags around the sound are cut out",
    families: &["vorbis", "id3", "ape"],
    sniff: |head| match id3::behind(head, &["flac", "fla"], begins)
        .map(|at| head.source.array::<4>(NAME, at, phrase!("the magic", "文件标志")))
    {
        Some(Ok(magic)) if magic == MAGIC => Confidence::Magic,
        _ => Confidence::No,
    },
    read,
    pointers: None,
    content: Some(content),
};

const NAME: &str = "FLAC";
const COMMENT: &str = "flac/VORBIS_COMMENT/AIGC";
const TAGS: Carrier = Carrier {
    name: NAME,
    txxx: "flac/ID3v2/TXXX",
    other: "flac/ID3v2",
    geob: "flac/ID3v2/GEOB",
    ape: "flac/APE",
    dialects: &[Dialect::Id3Foreign],
    even: false,
};

/// Kinds of metadata blocks (RFC 9639 section 8.1).
const STREAMINFO: u8 = 0;
const PADDING: u8 = 1;
const APPLICATION: u8 = 2;
const VORBIS_COMMENT: u8 = 4;

/// A metadata block.
#[derive(Debug, Clone, Copy)]
struct Block {
    start: u64,
    kind: u8,
    last: bool,
    length: u32,
}

impl Block {
    fn at(source: &dyn Source, start: u64) -> Result<Self> {
        let [first, size @ ..] = source.array::<4>(NAME, start, phrase!("a metadata block", "元数据块"))?;
        let [a, b, c] = size;
        let block =
            Self { start, kind: first & 0x7f, last: first & 0x80 != 0, length: u32::from_be_bytes([0, a, b, c]) };
        if block.data().end > source.len() {
            return Err(Error::past_end(NAME, start, phrase!("a metadata block", "元数据块"), block.length.into()));
        }
        Ok(block)
    }

    fn data(&self) -> Range<u64> {
        self.start + 4..self.start + 4 + u64::from(self.length)
    }

    /// Writes a new length into the header.
    fn resize(&self, growth: i64, patch: &mut Patch) -> Result<()> {
        let length = i64::from(self.length) + growth;
        if length != i64::from(self.length) {
            patch.replace(self.start + 1..self.start + 4, size(length)?);
        }
        Ok(())
    }
}

/// The three bytes of a block's length.
fn size(length: i64) -> Result<[u8; 3]> {
    match u32::try_from(length).map(u32::to_be_bytes) {
        Ok([0, a, b, c]) => Ok([a, b, c]),
        _ => Err(Error::unsupported(NAME, phrase!("a comment block of more than 16 MiB", "超过 16 MiB 的注释块"))),
    }
}

/// What a writer needs to know.
struct Layout {
    tags: Vec<TagLayout>,
    tail: Tail,
    /// STREAMINFO, which has to stay the first block.
    first: Block,
    /// The comment blocks; there should be at most one.
    lists: Vec<(Block, List)>,
    /// The largest block of padding.
    padding: Option<Block>,
}

fn read(source: &dyn Source, limits: &Limits, found: &mut Found) -> Result<Box<dyn Writer>> {
    let mut tags = Vec::new();
    let magic = id3::front(source, &TAGS, begins, limits, found, &mut tags)?;
    if source.array::<4>(NAME, magic, phrase!("the magic", "文件标志"))? != MAGIC {
        return Err(Error::invalid(
            NAME,
            magic,
            phrase!("no fLaC where it should stand", "应有 fLaC 标志处没有该标志"),
        ));
    }
    let first = Block::at(source, magic + 4)?;
    let mut layout = Layout { tags, tail: Tail::default(), first, lists: Vec::new(), padding: None };
    let (mut block, mut count) = (first, 1);
    loop {
        match block.kind {
            VORBIS_COMMENT => {
                let dialects: &[_] = if layout.lists.is_empty() { &[] } else { &[Dialect::VorbisSecondList] };
                let place =
                    Place { name: NAME, label: COMMENT, other: "flac/VORBIS_COMMENT", dialects, span: &|range| range };
                layout.lists.push((block, vorbis::read(source, block.data(), &place, limits, found)?));
            }
            APPLICATION => {
                // No specification puts a manifest here; one that stands here covers the file all the same.
                let data =
                    source.bytes(NAME, block.data(), limits.part, phrase!("an APPLICATION block", "APPLICATION 块"))?;
                if c2pa::is_store(&data) {
                    found.c2pa("flac/APPLICATION/C2PA", &data);
                }
            }
            PADDING if layout.padding.is_none_or(|p| p.length < block.length) => layout.padding = Some(block),
            _ => {}
        }
        if block.last {
            break;
        }
        count += 1;
        if count > limits.parts {
            return Err(Error::limit(
                NAME,
                phrase!("the number of blocks", "块数"),
                limits.parts as u64,
                "--limit-parts",
            ));
        }
        block = Block::at(source, block.data().end)?;
    }
    if first.kind != STREAMINFO {
        return Err(Error::invalid(
            NAME,
            first.start,
            phrase!("the first metadata block is not STREAMINFO", "首个元数据块不是 STREAMINFO"),
        ));
    }
    layout.tail = tail::read(source, block.data().end, &TAGS, limits, found)?;
    Ok(Box::new(layout))
}

/// STREAMINFO and the frames.
fn content(source: &dyn Source, limits: &Limits) -> Result<Vec<Part>> {
    let (blocks, frames) = biaoshi_container::flac::blocks(source, biaoshi_container::flac::start(source)?, limits)?;
    let info = blocks.into_iter().filter(|b| b.kind == STREAMINFO).map(|b| Part::new(*b"info", b.data));
    let frames = Part::new(*b"fram", frames..tail::start(source, frames)?);
    Ok(info.chain([frames]).collect())
}

impl Writer for Layout {
    fn plan(&self, source: &dyn Source, label: &Label, limits: &Limits) -> Result<Patch> {
        let mut patch = Patch::new();
        for tag in &self.tags {
            tag.plan(&TAGS, source, None, limits, &mut patch)?;
        }
        self.tail.plan(&TAGS, source, limits, &mut patch)?;
        let before = patch.growth();
        let texts = self.texts(source, label, limits)?;
        for (index, (block, list)) in self.lists.iter().enumerate() {
            let old = patch.growth();
            list.plan(if index == 0 { &texts } else { &[] }, &mut patch)?;
            block.resize(patch.growth() - old, &mut patch)?;
        }
        if self.lists.is_empty() {
            self.insert(&texts, &mut patch)?;
        }
        self.pay(patch.growth() - before, &mut patch)?;
        Ok(patch)
    }
}

impl Layout {
    /// The comments to be added: the label, and what an ID3 tag says where no comment did yet. Players that see a comment
    /// pass over the tag.
    fn texts(&self, source: &dyn Source, label: &Label, limits: &Limits) -> Result<Vec<String>> {
        let mut texts = vec![vorbis::text(label)];
        let silent = self.lists.iter().all(|(_, list)| list.only_labels());
        if let Some(tag) = self.tags.first().filter(|_| silent) {
            texts.extend(tag.basics(source, &TAGS, limits)?.comments());
        }
        Ok(texts)
    }

    /// A new comment block right behind STREAMINFO.
    fn insert(&self, texts: &[String], patch: &mut Patch) -> Result<()> {
        let list = grammar::fresh(VENDOR, texts).unwrap_or_default();
        let mut block = vec![VORBIS_COMMENT | if self.first.last { 0x80 } else { 0 }];
        block.extend(size(i64::try_from(list.len()).unwrap_or(i64::MAX))?);
        block.extend(list);
        if self.first.last {
            patch.replace(self.first.start..self.first.start + 1, [STREAMINFO]);
        }
        patch.insert(self.first.data().end, block);
        Ok(())
    }

    /// Lets the padding pay for `growth` bytes, so that the audio need not move; padding that is too small stays.
    fn pay(&self, growth: i64, patch: &mut Patch) -> Result<()> {
        let Some(padding) = self.padding.filter(|p| growth <= i64::from(p.length)) else { return Ok(()) };
        let end = padding.data().end;
        if growth > 0 {
            patch.remove(end.saturating_sub(growth.unsigned_abs())..end);
        } else if i64::from(padding.length) - growth < 1 << 24 {
            patch.insert(end, vec![0; usize::try_from(growth.unsigned_abs()).unwrap_or(0)]);
        } else {
            return Ok(());
        }
        padding.resize(-growth, patch)
    }
}
