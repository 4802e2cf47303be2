//! PNG and APNG. The label is XMP in an iTXt chunk (image guide); tEXt `AIGC` and eXIf UserComment (its Annex B) are read.

mod profile;

use std::ops::Range;

use biaoshi_container::inflate::{self, Spent};
use biaoshi_container::png::{self, Chunk};
use biaoshi_container::{Error, Limits, Message, Patch, Problem, Result, Source, phrase, said};
use biaoshi_label::{Code, Detail, Dialect, Field, Finding, Label, read_fields};

use crate::content::Part;
use crate::exif;
use crate::format::{Confidence, Format, Kind, Status, Writer};
use crate::found::{Found, Offer, Slot};
use crate::trailer::{self, Trailer};
use crate::xmp::{self, Packet, Place};

/// The row.
pub(crate) static FORMAT: Format = Format {
    name: "png",
    media_type: "image/png",
    extensions: &["png", "apng"],
    kind: Kind::Image,
    status: Status::Standard,
    placement: XMP,
    clause: "TC260-PG-20259A",
    touches: "an XMP chunk behind IHDR, or the XMP chunk that is there, which takes in other packets and raw profiles of XMP; label texts elsewhere are cut out, an EXIF comment is blanked",
    families: &["png", "xmp", "exif", "trailer"],
    sniff: |head| if head.bytes.starts_with(&png::SIGNATURE) { Confidence::Magic } else { Confidence::No },
    read,
    pointers: None,
    content: Some(content),
};

const NAME: &str = "PNG";
const XMP: &str = "png/iTXt/XMP";
const EXIF: &str = "png/eXIf/UserComment";
const XMP_KEYWORD: &str = "XML:com.adobe.xmp";

/// What a writer needs to know.
#[derive(Default)]
struct Layout {
    /// Behind IHDR.
    front: u64,
    packets: Vec<Stored>,
    /// Text chunks that hold labels.
    labels: Vec<Range<u64>>,
    /// Chunks with EXIF that holds labels, with the labels blanked.
    blanked: Vec<(Range<u64>, Vec<u8>)>,
    trailer: Option<Trailer>,
    /// Whether there is an index of halves.
    halves: bool,
}

/// A packet and its chunk.
struct Stored {
    chunk: Range<u64>,
    packet: Packet,
    /// Whether it is a raw profile.
    raw: bool,
}

fn read(source: &dyn Source, limits: &Limits, found: &mut Found) -> Result<Box<dyn Writer>> {
    let mut reader = Reader { source, limits, found, layout: Layout::default(), split: Vec::new() };
    let mut end = 0;
    for chunk in png::chunks(source, limits)? {
        let chunk = chunk?;
        reader.chunk(&chunk)?;
        end = chunk.range().end;
    }
    reader.split_keys();
    let Reader { found, mut layout, .. } = reader;
    layout.trailer = trailer::read(source, end, "png/trailer/XMP", limits, found)?;
    // The prescribed chunk comes before raw profiles.
    layout.packets.sort_by_key(|p| p.raw);
    Ok(Box::new(layout))
}

/// All chunks but texts, EXIF, manifests, times and Apple's index, which counts bytes around a label.
fn content(source: &dyn Source, limits: &Limits) -> Result<Vec<Part>> {
    const LEFT_OUT: [[u8; 4]; 7] = [*b"tEXt", *b"zTXt", *b"iTXt", *b"eXIf", *b"caBX", *b"tIME", png::HALVES];
    let mut parts = Vec::new();
    for chunk in png::chunks(source, limits)? {
        let chunk = chunk?;
        if !LEFT_OUT.contains(&chunk.kind) {
            parts.push(Part::new(chunk.kind, chunk.data()));
        }
    }
    Ok(parts)
}

struct Reader<'a> {
    source: &'a dyn Source,
    limits: &'a Limits,
    found: &'a mut Found,
    layout: Layout,
    /// Fields that are keywords of their own.
    split: Vec<(String, String, Range<u64>)>,
}

/// A text chunk's keyword and text.
struct Text {
    keyword: String,
    text: Vec<u8>,
    /// Whether the text stands in the file as it is, at this offset of the data.
    plain: Option<usize>,
}

impl Reader<'_> {
    fn chunk(&mut self, chunk: &Chunk) -> Result<()> {
        match &chunk.kind {
            b"IHDR" => self.layout.front = chunk.range().end,
            b"tEXt" | b"zTXt" | b"iTXt" => {
                let data = self.data(chunk)?;
                match text(&chunk.kind, &data, self.limits, &self.found.inflated) {
                    Ok(text) => self.text(chunk, &text),
                    Err(what) => self.found.pass_over(placement(chunk, ""), what),
                }
            }
            b"eXIf" => {
                let mut data = self.data(chunk)?;
                let labels = exif::read(&data, chunk.data().start, EXIF, self.limits, self.found);
                if !labels.is_empty() {
                    blank(&mut data, &labels);
                    self.layout.blanked.push((chunk.range(), png::encode(*b"eXIf", &data)));
                }
            }
            b"caBX" => {
                let data = self.data(chunk)?;
                self.found.c2pa("png/caBX", &data);
            }
            &png::HALVES => self.layout.halves = true,
            _ => {}
        }
        Ok(())
    }

    fn data(&mut self, chunk: &Chunk) -> Result<Vec<u8>> {
        let (data, crc) = chunk.read(self.source, self.limits)?;
        if !crc {
            self.found.findings.push(Finding::new(
                Code::Checksum,
                placement(chunk, ""),
                Detail::term(String::from_utf8_lossy(&chunk.kind).into_owned()),
            ));
        }
        Ok(data)
    }

    fn text(&mut self, chunk: &Chunk, text: &Text) {
        let offset = text.plain.map(|at| chunk.data().start + at as u64);
        if text.keyword == XMP_KEYWORD {
            let place = Place { placement: XMP, offset, part: chunk.data(), dialects: &[] };
            let packet = Packet::read(&text.text, &place, self.limits, self.found);
            self.layout.packets.push(Stored { chunk: chunk.range(), packet, raw: false });
            return;
        }
        if let Some(profile) = profile::decode(&text.keyword, &text.text) {
            return self.profile(chunk, &text.keyword, profile);
        }
        let value = String::from_utf8_lossy(&text.text);
        let mut dialects = Vec::new();
        if !text.keyword.eq_ignore_ascii_case("AIGC") {
            dialects.push(Dialect::PngOtherKeyword);
        } else if text.keyword != "AIGC" {
            dialects.push(Dialect::SlotCase);
        }
        if chunk.kind != *b"tEXt" {
            dialects.push(Dialect::PngCompressed);
        }
        let span = offset.map_or(chunk.data(), |at| at..chunk.data().end);
        let placement = placement(chunk, &text.keyword);
        let slot = Slot { placement: placement.clone().into(), span, wrapped: true, dialects: &dialects };
        let own = text.keyword.eq_ignore_ascii_case("AIGC");
        match self.found.offer_as(own, slot, &value, self.limits) {
            Offer::Label => self.layout.labels.push(chunk.range()),
            Offer::Vendor => {}
            Offer::Nothing => match text.keyword.get(..4).zip(text.keyword.get(4..)) {
                Some((head, field)) if head.eq_ignore_ascii_case("AIGC") && split_key(field).is_some() => {
                    let value = value.chars().take(self.limits.label).collect();
                    if self.split.len() <= self.limits.records {
                        self.split.push((field.to_owned(), value, chunk.range()));
                    }
                }
                _ => self.found.look(&placement, &text.keyword, &value),
            },
        }
    }

    /// Keywords `AIGCProducer`, `AIGCContentId` …: one record out of all of them.
    fn split_keys(&mut self) {
        let keys: Vec<_> =
            self.split.iter().filter_map(|(k, v, r)| Some((split_key(k)?, v.clone(), r.clone()))).collect();
        let (Some(first), true) = (keys.first(), keys.len() >= 2) else { return };
        let slot = Slot {
            placement: "png/tEXt/AIGC*".into(),
            span: first.2.clone(),
            wrapped: false,
            dialects: &[Dialect::PngSplitKeys],
        };
        let raw = keys.iter().map(|(k, v, _)| format!("{k}={v}\n")).collect();
        let parsed = read_fields(keys.iter().map(|(k, v, _)| ((*k).to_owned(), Some(v.clone()))));
        self.found.record(slot, parsed, raw, None, self.limits);
        self.layout.labels.extend(keys.into_iter().map(|(_, _, range)| range));
    }
}

/// The field that the rest of a keyword `AIGC…` names.
fn split_key(key: &str) -> Option<&'static str> {
    match key {
        "ContentId" | "ContentID" => Some("ProduceID"),
        "Producer" => Some("ContentProducer"),
        _ => Field::from_key(key).map(|(f, _)| f.key()),
    }
}

fn placement(chunk: &Chunk, keyword: &str) -> String {
    let kind = String::from_utf8_lossy(&chunk.kind);
    if keyword.is_empty() { format!("png/{kind}") } else { format!("png/{kind}/{keyword}") }
}

/// Overwrites label texts in an EXIF block.
fn blank(data: &mut [u8], labels: &[Range<usize>]) {
    for range in labels {
        if let Some(text) = data.get_mut(range.clone()) {
            text.fill(0);
        }
    }
}

/// Takes a text chunk apart (PNG 11.3.3). The error is a phrase for the report.
fn text(kind: &[u8; 4], data: &[u8], limits: &Limits, spent: &Spent) -> std::result::Result<Text, Message> {
    let cut = |data: &[u8]| data.iter().position(|b| *b == 0);
    let end = cut(data).ok_or(phrase!("a text chunk without a keyword", "文本块缺少关键字"))?;
    let keyword: String = data.get(..end).unwrap_or_default().iter().map(|b| char::from(*b)).collect();
    let mut at = end + 1;
    let mut compressed = kind == b"zTXt";
    if compressed {
        at += 1;
    } else if kind == b"iTXt" {
        compressed = data.get(at) == Some(&1);
        at += 2;
        // Language tag and translated keyword.
        for _ in 0..2 {
            let rest = data.get(at..).unwrap_or_default();
            at += cut(rest).ok_or(phrase!("an iTXt chunk without its text", "iTXt 块缺少文本"))? + 1;
        }
    }
    let body = data.get(at..).unwrap_or_default();
    if !compressed {
        return Ok(Text { keyword, text: body.to_vec(), plain: Some(at) });
    }
    let text = inflate::zlib(NAME, 0, body, limits, spent).map_err(|e| match e.problem {
        Problem::Limit { limit, .. } => said!(
            "text {}: it inflates to more than {} bytes",
            "文本 {}:解压后超过 {} 字节",
            format!("{keyword:?}"),
            limit
        ),
        _ => said!("text {}: its deflate stream is damaged", "文本 {}:deflate 流有误", format!("{keyword:?}")),
    })?;
    Ok(Text { keyword, text, plain: None })
}

/// An uncompressed iTXt chunk with a packet (ISO 16684-1, XMP part 3).
fn xmp_chunk(packet: &[u8]) -> Result<Vec<u8>> {
    let mut data = XMP_KEYWORD.as_bytes().to_vec();
    data.extend([0; 5]);
    data.extend(packet);
    if data.len() > 0x7fff_ffff {
        return Err(Error::unsupported(NAME, phrase!("an XMP packet of more than 2 GiB", "超过 2 GiB 的 XMP 包")));
    }
    Ok(png::encode(*b"iTXt", &data))
}

impl Writer for Layout {
    fn plan(&self, source: &dyn Source, label: &Label, limits: &Limits) -> Result<Patch> {
        let mut patch = Patch::new();
        let packets: Vec<_> = self.packets.iter().map(|p| (p.chunk.clone(), &p.packet)).collect();
        // The first one becomes the prescribed chunk, whatever it was.
        let raw = |n: usize| n > 0 && self.packets.get(n).is_some_and(|p| p.raw);
        xmp::write(&mut patch, &packets, label, usize::MAX, &|n, text| match raw(n) {
            true => Ok(profile::encode("xmp", text)),
            false => xmp_chunk(text),
        })?;
        if packets.is_empty() {
            patch.insert(self.front, xmp_chunk(xmp::fresh(label).as_bytes())?);
        }
        for range in &self.labels {
            patch.remove(range.clone());
        }
        for (range, chunk) in &self.blanked {
            patch.replace(range.clone(), chunk.clone());
        }
        if let Some(trailer) = &self.trailer {
            trailer.blank(source, &mut patch)?;
        }
        if self.halves {
            png::drop_halves(source, limits, &mut patch)?;
        }
        Ok(patch)
    }
}
