//! Core Audio Format. No guide names a place; our convention is the key `AIGC` of the chunk `info`, where other programs keep
//! titles and names.

use biaoshi_container::caf::{self, Chunk, Chunks, Entry};
use biaoshi_container::{Error, Limits, Patch, Result, Source, SourceExt, phrase};
use biaoshi_label::{Dialect, Label};

use crate::content::Part;
use crate::format::{Confidence, Format, Kind, Status, Writer};
use crate::found::{Found, Offer, Slot};

/// The row.
pub(crate) static FORMAT: Format = Format {
    name: "caf",
    media_type: "audio/x-caf",
    extensions: &["caf"],
    kind: Kind::Audio,
    status: Status::Convention,
    placement: LABEL,
    clause: "TC260-PG-202510A names no place in CAF",
    touches: "the info chunk",
    families: &["caf"],
    sniff: |head| match head.get(0..4) {
        b"caff" => Confidence::Magic,
        _ => Confidence::No,
    },
    read,
    pointers: None,
    content: Some(content),
};

const NAME: &str = "CAF";
const LABEL: &str = "caf/info/AIGC";
const OTHER: &str = "caf/info";

/// What a writer needs to know.
struct Layout {
    chunks: Chunks,
    /// Chunks of texts, with their number and those that are labels.
    lists: Vec<List>,
}

struct List {
    chunk: Chunk,
    count: u32,
    labels: Vec<Entry>,
    /// Where the texts end in the data, and whether the last one lacks its zero.
    end: usize,
    cut: bool,
}

fn read(source: &dyn Source, limits: &Limits, found: &mut Found) -> Result<Box<dyn Writer>> {
    let mut chunks = caf::chunks(source, limits)?;
    if let Some(missing) = chunks.missing.take() {
        found.damaged("caf/data", missing);
    }
    let mut lists = Vec::new();
    for chunk in &chunks.list {
        match &chunk.id {
            // One without a number has no texts.
            b"info" if chunk.length >= 4 => lists.push(list(source, *chunk, limits, found)?),
            id if id.eq_ignore_ascii_case(b"C2PA") => {
                let manifest = source.bytes(NAME, chunk.data(), limits.part, phrase!("the C2PA chunk", "C2PA 块"))?;
                found.c2pa("caf/C2PA", &manifest);
            }
            _ => {}
        }
    }
    if let Some(damage) = chunks.damage.take() {
        return Err(damage);
    }
    if chunks.get(*b"desc").is_none() {
        return Err(Error::invalid(NAME, 8, phrase!("no desc chunk", "没有 desc 块")));
    }
    Ok(Box::new(Layout { chunks, lists }))
}

fn list(source: &dyn Source, chunk: Chunk, limits: &Limits, found: &mut Found) -> Result<List> {
    let data = source.bytes(NAME, chunk.data(), limits.part, phrase!("the info chunk", "info 块"))?;
    let count = data.first_chunk::<4>().map_or(0, |count| u32::from_be_bytes(*count));
    let entries = caf::entries(&data);
    if entries.len() > limits.parts {
        let what = phrase!("the number of texts", "文本数");
        return Err(Error::limit(NAME, what, limits.parts as u64, "--limit-parts"));
    }
    // A number that is wrong counts less than the texts that are there.
    let count = count.max(u32::try_from(entries.len()).unwrap_or(u32::MAX));
    let end = entries.last().map_or(data.len().min(4), |entry| entry.range.end);
    let cut = end > 4 && data.get(end - 1) != Some(&0);
    let labels = entries.into_iter().filter(|entry| is_label(&chunk, entry, limits, found)).collect();
    Ok(List { chunk, count, labels, end, cut })
}

/// Whether a text is a label; one that is, and a trace, is noted.
fn is_label(chunk: &Chunk, entry: &Entry, limits: &Limits, found: &mut Found) -> bool {
    let ours = entry.key.eq_ignore_ascii_case("AIGC");
    let dialects: &[Dialect] = match (ours, entry.key.as_str()) {
        (_, "AIGC") => &[],
        (true, _) => &[Dialect::SlotCase],
        (false, _) => &[Dialect::CafOtherKey],
    };
    let start = chunk.data().start;
    let span = start + entry.range.start as u64..start + entry.range.end as u64;
    let slot = Slot { placement: if ours { LABEL } else { OTHER }.into(), span, wrapped: false, dialects };
    let offer = found.offer_as(ours, slot, &entry.value, limits);
    if offer == Offer::Nothing {
        found.look(OTHER, &entry.key, &entry.value);
    }
    offer == Offer::Label
}

/// The form of the samples, and the samples. (What counts edits of them is none.)
fn content(source: &dyn Source, limits: &Limits) -> Result<Vec<Part>> {
    let chunks = caf::chunks(source, limits)?;
    if let Some(damage) = chunks.damage {
        return Err(damage);
    }
    let heard = chunks.list.into_iter().filter(|c| matches!(&c.id, b"desc" | b"kuki" | b"chan" | b"pakt" | b"data"));
    Ok(heard.map(|c| Part::new(c.id, c.data())).collect())
}

impl Writer for Layout {
    fn plan(&self, source: &dyn Source, label: &Label, _: &Limits) -> Result<Patch> {
        let mut patch = Patch::new();
        let text = caf::entry("AIGC", &label.to_json());
        for (index, list) in self.lists.iter().enumerate() {
            list.plan((index == 0).then_some(&text), &mut patch);
        }
        if self.lists.is_empty() {
            let chunk = caf::encode(*b"info", &[&1_u32.to_be_bytes(), text.as_slice()].concat());
            // Nothing may follow samples that go on to the end.
            let behind = self.chunks.list.last().map_or(source.len(), |chunk| chunk.range().end);
            patch.insert(self.chunks.get(*b"data").map_or(behind, |data| data.start), chunk);
        }
        Ok(patch)
    }
}

impl List {
    /// Takes the labels out and puts a text in, in the place of the first one, else last.
    fn plan(&self, text: Option<&Vec<u8>>, patch: &mut Patch) {
        let (start, before) = (self.chunk.data().start, patch.growth());
        let at = |offset: usize| start + offset as u64;
        for (n, label) in self.labels.iter().enumerate() {
            let new = text.filter(|_| n == 0).cloned().unwrap_or_default();
            patch.replace(at(label.range.start)..at(label.range.end), new);
        }
        if let Some(text) = text.filter(|_| self.labels.is_empty()) {
            patch.insert(at(self.end), if self.cut { [&[0], text.as_slice()].concat() } else { text.clone() });
        }
        let kept = self.count.saturating_sub(u32::try_from(self.labels.len()).unwrap_or(u32::MAX));
        let count = kept.saturating_add(text.map_or(0, |_| 1));
        let growth = patch.growth() - before;
        if growth != 0 || count != self.count {
            patch.replace(start..start + 4, count.to_be_bytes());
            if let Some((range, size)) = self.chunk.resized(growth) {
                patch.replace(range, size);
            }
        }
    }
}
