//! AIFF and AIFF-C. No guide names a place; our convention is the ID3v2 frame TXXX `AIGC` in the chunk `ID3 `, where other
//! programs keep their tags. Text chunks and a chunk `AIGC` are read.

use std::ops::Range;

use biaoshi_container::iff::{self, Form};
use biaoshi_container::riff::Chunk;
use biaoshi_container::{Error, Limits, Patch, Result, Source, SourceExt, id3 as grammar, phrase};
use biaoshi_label::{Dialect, Label};

use crate::basics::Basics;
use crate::content::Part;
use crate::format::{Confidence, Format, Kind, Status, Writer};
use crate::found::{Found, Offer, Slot};
use crate::id3::{self, Carrier, TagLayout};

/// The row.
pub(crate) static FORMAT: Format = Format {
    name: "aiff",
    media_type: "audio/aiff",
    extensions: &["aiff", "aif", "aifc"],
    kind: Kind::Audio,
    status: Status::Convention,
    placement: TAGS.txxx,
    clause: "TC260-PG-202510A names no place in AIFF",
    touches: "the ID3 chunk, and the FORM size; label chunks elsewhere are cut out",
    families: &["aiff", "id3"],
    sniff: |head| match (head.get(0..4), head.get(8..12)) {
        (b"FORM", b"AIFF" | b"AIFC") => Confidence::Magic,
        _ => Confidence::No,
    },
    read,
    pointers: None,
    content: Some(content),
};

const NAME: &str = "AIFF";
const TAGS: Carrier = Carrier {
    name: NAME,
    txxx: "aiff/ID3/TXXX",
    other: "aiff/ID3",
    geob: "aiff/ID3/GEOB",
    ape: "",
    dialects: &[],
    even: true,
};

/// What a writer needs to know.
struct Layout {
    form: Form,
    /// Where its chunks end.
    end: u64,
    /// Chunks with a tag.
    tags: Vec<(Chunk, TagLayout)>,
    /// Other chunks that hold labels.
    labels: Vec<Range<u64>>,
    sound: Option<Chunk>,
    last: Option<Chunk>,
}

fn read(source: &dyn Source, limits: &Limits, found: &mut Found) -> Result<Box<dyn Writer>> {
    let form = iff::form(source)?;
    if let Some(missing) = form.missing(source) {
        found.damaged("aiff/FORM", missing);
    }
    let chunks = form.chunks(source, &[*b"SSND"], limits);
    if chunks.hides {
        found.damaged(
            "aiff/SSND",
            phrase!("its size is wrong, and other chunks may lie in what follows", "长度有误,其后可能有其他块"),
        );
    }
    let end = chunks.end;
    let mut layout = Layout { form, end, tags: Vec::new(), labels: Vec::new(), sound: None, last: None };
    for chunk in chunks.list {
        layout.chunk(source, chunk, limits, found)?;
    }
    if let Some(damage) = chunks.damage {
        return Err(damage);
    }
    if layout.last.is_none() {
        return Err(Error::truncated(NAME, 12, phrase!("the header; no chunk follows", "出现块之前")));
    }
    Ok(Box::new(layout))
}

/// The form of the samples, and the samples.
fn content(source: &dyn Source, limits: &Limits) -> Result<Vec<Part>> {
    let chunks = iff::form(source)?.chunks(source, &[*b"SSND"], limits);
    if let Some(damage) = chunks.damage {
        return Err(damage);
    }
    let heard = chunks.list.into_iter().filter(|c| matches!(&c.id, b"COMM" | b"FVER" | b"SSND"));
    Ok(heard.map(|c| Part::new(c.id, c.data().start..c.data().end.min(source.len()))).collect())
}

impl Layout {
    fn chunk(&mut self, source: &dyn Source, chunk: Chunk, limits: &Limits, found: &mut Found) -> Result<()> {
        self.last = Some(chunk);
        match &chunk.id {
            b"SSND" => self.sound = Some(chunk),
            b"ID3 " | b"id3 " => self.tag(source, chunk, limits, found)?,
            id if id.eq_ignore_ascii_case(b"C2PA") => {
                let manifest = source.bytes(NAME, chunk.data(), limits.part, phrase!("the C2PA chunk", "C2PA 块"))?;
                found.c2pa("aiff/C2PA", &manifest);
            }
            b"NAME" => self.text(source, chunk, "Title", &[Dialect::AiffChunk], limits, found)?,
            b"AUTH" => self.text(source, chunk, "Author", &[Dialect::AiffChunk], limits, found)?,
            b"ANNO" | b"(c) " | b"AIGC" | b"aigc" => {
                self.text(source, chunk, "Description", &[Dialect::AiffChunk], limits, found)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn tag(&mut self, source: &dyn Source, chunk: Chunk, limits: &Limits, found: &mut Found) -> Result<()> {
        let tag = match grammar::tag(source, chunk.data().start) {
            Ok(Some(tag)) if tag.end() <= chunk.data().end => tag,
            Ok(None) if chunk.length == 0 => return Ok(()),
            Err(error) if matches!(error.kind(), biaoshi_container::Kind::Io) => return Err(error),
            _ => {
                found.pass_over(TAGS.other, phrase!("the ID3 chunk", "ID3 块"));
                return Ok(());
            }
        };
        let second = !self.tags.is_empty();
        let layout = id3::read(source, tag, &TAGS, second, limits, found)?;
        self.tags.push((chunk, layout));
        Ok(())
    }

    fn text(
        &mut self,
        source: &dyn Source,
        chunk: Chunk,
        name: &str,
        dialects: &[Dialect],
        limits: &Limits,
        found: &mut Found,
    ) -> Result<()> {
        let bytes = source.bytes(NAME, chunk.data(), limits.part, phrase!("a text chunk", "文本块"))?;
        let text = String::from_utf8_lossy(&bytes);
        let text = text.trim_end_matches('\0');
        let slot = Slot { placement: "aiff/text".into(), span: chunk.data(), wrapped: false, dialects };
        match found.offer(slot, text, limits) {
            Offer::Label => self.labels.push(chunk.range()),
            Offer::Vendor => {}
            Offer::Nothing => found.look("aiff/text", name, text),
        }
        Ok(())
    }
}

impl Writer for Layout {
    fn plan(&self, source: &dyn Source, label: &Label, limits: &Limits) -> Result<Patch> {
        let mut patch = Patch::new();
        for range in &self.labels {
            patch.remove(range.clone());
        }
        let last = self.last.ok_or_else(|| Error::truncated(NAME, 12, phrase!("the header", "文件头")))?;
        for (index, (chunk, tag)) in self.tags.iter().enumerate() {
            let before = patch.growth();
            tag.plan(&TAGS, source, (index == 0).then_some(label), limits, &mut patch)?;
            chunk.resize(patch.growth() - before, u32::to_be_bytes, &mut patch)?;
        }
        // A size that was never written means "to the end of the file": then nothing may follow the samples.
        let streamed = self.sound.is_some_and(|s| s.open) || self.form.streamed();
        if self.tags.is_empty() {
            let chunk = iff::encode(*b"ID3 ", &id3::fresh(&TAGS, label, &Basics::default(), 2)?);
            let chunk = chunk
                .ok_or_else(|| Error::unsupported(NAME, phrase!("a tag of more than 4 GiB", "超过 4 GiB 的标签")))?;
            match self.sound.filter(|_| streamed) {
                Some(sound) => patch.insert(sound.start, chunk),
                None => {
                    // An odd last chunk whose padding byte was left out gets it now.
                    let goes = self.labels.iter().any(|range| range.start == last.start);
                    let mut tail = if last.lacks_padding() && !goes { vec![0] } else { Vec::new() };
                    tail.extend(chunk);
                    patch.insert(last.range().end, tail)
                }
            };
        }
        if !streamed || self.form.is_exact(source) {
            // Bytes behind the last chunk but inside the form stay inside it.
            let size = i64::try_from(self.end).unwrap_or(i64::MAX).checked_add(patch.growth() - 8);
            let size = size.and_then(|s| u32::try_from(s).ok());
            let size = size.ok_or_else(|| {
                Error::unsupported(NAME, phrase!("an AIFF file of more than 4 GiB", "超过 4 GiB 的 AIFF 文件"))
            })?;
            if size != self.form.size {
                patch.replace(4..8, size.to_be_bytes());
            }
        }
        Ok(patch)
    }
}
