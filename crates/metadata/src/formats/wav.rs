//! WAV. The label is a RIFF chunk `AIGC` of its own (audio guide); LIST/INFO and ID3 tags in a chunk are read.

use std::ops::Range;

use biaoshi_container::riff::{self, Chunk, Form};
use biaoshi_container::{self as container, Error, Limits, Patch, Result, Source, SourceExt, id3 as grammar, phrase};
use biaoshi_label::{Dialect, Label};

use crate::content::Part;
use crate::format::{Confidence, Format, Kind, Status, Writer};
use crate::found::{Found, Offer, Slot};
use crate::id3::{self, Carrier, TagLayout};

/// The row.
pub(crate) static FORMAT: Format = Format {
    name: "wav",
    media_type: "audio/wav",
    extensions: &["wav", "wave"],
    kind: Kind::Audio,
    status: Status::Standard,
    placement: CHUNK,
    clause: "TC260-PG-202510A",
    touches: "the chunk AIGC behind the other chunks, and the RIFF size; label chunks elsewhere are cut out",
    families: &["wav"],
    sniff: |head| match (head.get(0..4), head.get(8..12)) {
        (b"RIFF" | b"RF64" | b"BW64", b"WAVE") => Confidence::Magic,
        _ => Confidence::No,
    },
    read,
    pointers: None,
    content: Some(content),
};

const NAME: &str = "WAV";
const CHUNK: &str = "wav/AIGC";
const TAGS: Carrier = Carrier {
    name: NAME,
    txxx: "wav/ID3/TXXX",
    other: "wav/ID3",
    geob: "wav/ID3/GEOB",
    ape: "",
    dialects: &[Dialect::Id3Foreign],
    even: true,
};

/// What a writer needs to know.
struct Layout {
    form: Form,
    /// Where its chunks end.
    end: u64,
    /// Top-level chunks that hold labels.
    labels: Vec<Range<u64>>,
    /// LIST chunks with the sub-chunks to take out.
    lists: Vec<(Chunk, Vec<Range<u64>>)>,
    /// Tags in chunks: labels in them become padding.
    tags: Vec<(Chunk, TagLayout)>,
    data: Option<Chunk>,
    last: Option<Chunk>,
}

fn read(source: &dyn Source, limits: &Limits, found: &mut Found) -> Result<Box<dyn Writer>> {
    let form = riff::form(source)?;
    if let Some(missing) = form.missing(source) {
        found.damaged("wav/RIFF", missing);
    }
    let chunks = form.chunks(source, &[*b"data"], limits);
    if chunks.hides {
        found.damaged(
            "wav/data",
            phrase!("its size is wrong, and other chunks may lie in what follows", "长度有误,其后可能有其他块"),
        );
    }
    let (labels, lists, tags) = (Vec::new(), Vec::new(), Vec::new());
    let mut layout = Layout { form, end: chunks.end, labels, lists, tags, data: None, last: None };
    for chunk in chunks.list {
        layout.last = Some(chunk);
        match &chunk.id {
            b"data" => layout.data = Some(chunk),
            b"LIST" => layout.list(source, &chunk, limits, found)?,
            b"id3 " | b"ID3 " => layout.tag(source, &chunk, limits, found)?,
            id if id.eq_ignore_ascii_case(b"C2PA") => {
                let manifest = source.bytes(NAME, chunk.data(), limits.part, phrase!("the C2PA chunk", "C2PA 块"))?;
                found.c2pa("wav/C2PA", &manifest);
            }
            id if id.eq_ignore_ascii_case(b"AIGC") => {
                let dialects: &[_] = if id == b"AIGC" { &[] } else { &[Dialect::SlotCase] };
                if offer(source, &chunk, CHUNK, dialects, limits, found)? {
                    layout.labels.push(chunk.range());
                }
            }
            _ => {}
        }
    }
    if let Some(damage) = chunks.damage {
        return Err(damage);
    }
    if layout.data.is_none() {
        return Err(Error::truncated(
            NAME,
            source.len(),
            phrase!("the header; no chunk data follows", "出现 data 块之前"),
        ));
    }
    Ok(Box::new(layout))
}

/// The form of the samples, and the samples.
fn content(source: &dyn Source, limits: &Limits) -> Result<Vec<Part>> {
    let chunks = riff::form(source)?.chunks(source, &[*b"data"], limits);
    if let Some(damage) = chunks.damage {
        return Err(damage);
    }
    let heard = chunks.list.into_iter().filter(|c| matches!(&c.id, b"fmt " | b"fact" | b"data"));
    Ok(heard.map(|c| Part::new(c.id, c.data().start..c.data().end.min(source.len()))).collect())
}

/// Reads a chunk's text; whether it was a label.
fn offer(
    source: &dyn Source,
    chunk: &Chunk,
    placement: &'static str,
    dialects: &[Dialect],
    limits: &Limits,
    found: &mut Found,
) -> Result<bool> {
    let data = source.bytes(NAME, chunk.data(), limits.part, phrase!("a metadata chunk", "元数据块"))?;
    let text = String::from_utf8_lossy(&data);
    let text = text.trim_end_matches('\0');
    let slot = Slot { placement: placement.into(), span: chunk.data(), wrapped: false, dialects };
    let named = chunk.id.eq_ignore_ascii_case(b"AIGC");
    let offer = found.offer_as(named, slot, text, limits);
    if offer == Offer::Nothing {
        let name = match &chunk.id {
            b"ICMT" => "comment",
            b"ISFT" => "Software",
            b"IART" => "Artist",
            _ => return Ok(false),
        };
        found.look(placement, name, text);
    }
    Ok(offer == Offer::Label)
}

impl Layout {
    fn tag(&mut self, source: &dyn Source, chunk: &Chunk, limits: &Limits, found: &mut Found) -> Result<()> {
        let inside = |tag: &grammar::Tag| tag.end() <= chunk.data().end;
        let tag = grammar::tag(source, chunk.data().start).map(|tag| tag.filter(inside));
        let second = !self.tags.is_empty();
        let read = match tag {
            Ok(None) if chunk.length == 0 => return Ok(()),
            Ok(None) => {
                Err(Error::invalid(NAME, chunk.start, phrase!("the ID3 chunk holds no tag", "ID3 块中没有标签")))
            }
            Ok(Some(tag)) => id3::read(source, tag, &TAGS, second, limits, found),
            Err(damage) => Err(damage),
        };
        match read {
            Ok(tag) => self.tags.push((*chunk, tag)),
            Err(error) if error.kind() == container::Kind::Io => return Err(error),
            Err(damage) => found.pass_over(TAGS.other, damage.message()),
        }
        Ok(())
    }

    fn list(&mut self, source: &dyn Source, list: &Chunk, limits: &Limits, found: &mut Found) -> Result<()> {
        if list.length < 4 || source.array::<4>(NAME, list.data().start, phrase!("a LIST", "LIST 块"))? != *b"INFO" {
            return Ok(());
        }
        let inside = list.data().start + 4..list.data().end;
        let (chunks, damage) = riff::walk(source, inside, &[], limits);
        match damage {
            // Texts that were not read would come into sight when others go.
            Some(limit) if limit.kind() == container::Kind::Limit => return Err(limit),
            Some(damage) => found.pass_over("wav/LIST/INFO", damage.message()),
            None => {}
        }
        let mut labels = Vec::new();
        for chunk in chunks {
            let other = [Dialect::WavListInfo];
            if offer(source, &chunk, "wav/LIST/INFO", &other, limits, found)? {
                labels.push(chunk.range());
            }
        }
        if !labels.is_empty() {
            self.lists.push((*list, labels));
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
        let mut resized = Vec::new();
        for (list, labels) in &self.lists {
            let before = patch.growth();
            for range in labels {
                patch.remove(range.clone());
            }
            list.resize(patch.growth() - before, u32::to_le_bytes, &mut patch)?;
            resized.push(list.start);
        }
        for (chunk, tag) in &self.tags {
            let before = patch.growth();
            tag.plan(&TAGS, source, None, limits, &mut patch)?;
            // Only a tag with a footer has no padding that could take the place of a label.
            if patch.growth() != before {
                chunk.resize(patch.growth() - before, u32::to_le_bytes, &mut patch)?;
                resized.push(chunk.start);
            }
        }
        let chunk = riff::encode(*b"AIGC", label.to_json().as_bytes());
        let (data, last) =
            self.data.zip(self.last).ok_or_else(|| Error::truncated(NAME, 12, phrase!("the header", "文件头")))?;
        // A size that was never written means "to the end of the file": then nothing may follow the samples.
        let streamed = data.open || self.form.streamed();
        if streamed {
            patch.insert(data.start, chunk);
        } else {
            // The last chunk may lack its pad byte, and may be one that goes or that got it already.
            let goes = self.labels.iter().any(|range| range.start == last.start);
            let mut tail =
                if last.lacks_padding() && !goes && !resized.contains(&last.start) { vec![0] } else { Vec::new() };
            tail.extend(chunk);
            patch.insert(last.range().end, tail);
        }
        if !streamed || self.form.is_exact(source) {
            // Bytes behind the last chunk but inside the form stay inside it.
            let size = i64::try_from(self.end).unwrap_or(i64::MAX).saturating_add(patch.growth() - 8);
            self.resize(size, &mut patch)?;
        }
        Ok(patch)
    }
}

impl Layout {
    /// Writes the size of the form: in `ds64` where there is one.
    fn resize(&self, size: i64, patch: &mut Patch) -> Result<()> {
        if let Some(wide) = &self.form.wide {
            patch.replace(wide.size_at..wide.size_at + 8, size.to_le_bytes());
            return Ok(());
        }
        let size = u32::try_from(size).map_err(|_| {
            Error::unsupported(NAME, phrase!("a RIFF file of more than 4 GiB", "超过 4 GiB 的 RIFF 文件"))
        })?;
        patch.replace(4..8, size.to_le_bytes());
        Ok(())
    }
}
