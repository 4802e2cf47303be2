//! Layouts made at random: boxes in any order, chunks, items and gaps anywhere in several `mdat`. Whatever an offset led
//! to, as the walkers of the read-back see it, it leads to afterwards.

use biaoshi_container::heif::{Extent, Item, Locations, Widths, mime_info, reference};
use biaoshi_container::isobmff::encode;
use biaoshi_container::{Limits, Patched, SourceExt, to_vec};
use biaoshi_label::{Label, Level};
use proptest::prelude::*;

use super::pointers::walk;
use crate::formats::heif::HEIC;
use crate::formats::mp4::MP4;
use crate::pointers::Pointer;
use crate::{Format, Found};

const PACKET: &[u8] = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><rdf:Description/></rdf:RDF></x:xmpmeta>";

/// What a stretch of an `mdat` is.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Part {
    /// A chunk of a track.
    Chunk(usize),
    /// An item of the file, or of the movie.
    Item {
        of_movie: bool,
    },
    /// The XMP item of the file.
    Xmp,
    Gap,
}

#[derive(Debug, Clone)]
struct Layout {
    /// The parts of each `mdat`, with their sizes.
    media: Vec<Vec<(Part, usize)>>,
    /// The order of the boxes behind `ftyp`: `m`ovie, i`t`ems, `f`ree, or the number of an `mdat`.
    order: Vec<char>,
    wide: bool,
    /// Whether the last box states no size.
    open: bool,
    tracks: usize,
}

fn layouts() -> impl Strategy<Value = Layout> {
    let part = prop_oneof![
        3 => (0usize..2).prop_map(Part::Chunk),
        1 => any::<bool>().prop_map(|of_movie| Part::Item { of_movie }),
        1 => Just(Part::Gap),
    ];
    let media = prop::collection::vec(prop::collection::vec((part, 1usize..40), 0..6), 1..4);
    let order = Just(vec!['m', 't', 'f', '0', '1', '2']).prop_shuffle();
    (
        media,
        order,
        any::<(bool, bool)>(),
        prop::option::of((any::<prop::sample::Index>(), any::<prop::sample::Index>())),
    )
        .prop_map(|(mut media, mut order, (wide, open), xmp)| {
            if let Some((which, at)) = xmp {
                let which = which.index(media.len());
                let at = at.index(media[which].len() + 1);
                media[which].insert(at, (Part::Xmp, PACKET.len()));
            }
            order.retain(|c| c.to_digit(10).is_none_or(|n| (n as usize) < media.len()));
            Layout { media, order, wide, open, tracks: 2 }
        })
}

fn full(body: &[u8]) -> Vec<u8> {
    [&[0; 4], body].concat()
}

fn u32s(numbers: &[u64]) -> Vec<u8> {
    numbers.iter().flat_map(|n| (*n as u32).to_be_bytes()).collect()
}

/// Where the parts lie, with their sizes, when the boxes `mdat` begin at `starts`.
fn places(layout: &Layout, starts: &[u64]) -> Vec<(Part, u64, u64)> {
    let mut out = Vec::new();
    for (parts, start) in layout.media.iter().zip(starts) {
        let mut at = start + 8;
        for (part, size) in parts {
            out.push((*part, at, *size as u64));
            at += *size as u64;
        }
    }
    out
}

fn track(layout: &Layout, number: usize, places: &[(Part, u64, u64)]) -> Vec<u8> {
    let chunks: Vec<_> = places.iter().filter(|(part, ..)| *part == Part::Chunk(number)).collect();
    let count = chunks.len() as u64;
    let offsets: Vec<u8> = match layout.wide {
        true => chunks.iter().flat_map(|(_, at, _)| at.to_be_bytes()).collect(),
        false => u32s(&chunks.iter().map(|(_, at, _)| *at).collect::<Vec<_>>()),
    };
    // One sample of any size a chunk.
    let sizes: Vec<u64> = chunks.iter().map(|(.., size)| *size).collect();
    let tables = [
        encode(*b"stsc", &full(&u32s(&[1, 1, 1, 1]))),
        encode(*b"stsz", &full(&[u32s(&[0, count]), u32s(&sizes)].concat())),
        encode(if layout.wide { *b"co64" } else { *b"stco" }, &full(&[u32s(&[count]), offsets].concat())),
    ];
    let stbl = encode(*b"stbl", &tables.concat());
    encode(*b"trak", &encode(*b"mdia", &encode(*b"minf", &stbl)))
}

/// A `meta` box with the items of the file or of the movie. Item 1 lies in `idat`.
fn meta(of_movie: bool, places: &[(Part, u64, u64)]) -> Vec<u8> {
    let wanted = |part: &Part| *part == Part::Item { of_movie } || *part == Part::Xmp && !of_movie;
    let found = places.iter().filter(|(part, ..)| wanted(part));
    let mut items = vec![Item {
        id: 1,
        method: 1,
        reference: 0,
        base: 0,
        extents: vec![Extent { index: 0, offset: 0, length: 4 }],
    }];
    let mut infos = vec![mime_info(1, "image/x")];
    for (index, (part, at, size)) in found.enumerate() {
        let id = index as u32 + 2;
        // Every other one counts from a base.
        let base = if id.is_multiple_of(2) { *at } else { 0 };
        let extent = Extent { index: 0, offset: at - base, length: *size };
        items.push(Item { id, method: 0, reference: 0, base, extents: vec![extent] });
        infos.push(mime_info(id, if *part == Part::Xmp { "application/rdf+xml" } else { "image/x" }));
    }
    let count = (items.len() as u16).to_be_bytes();
    let widths = Widths { offset: 4, length: 4, base: 4, index: 0 };
    let table = Locations { version: 1, flags: [0; 3], widths, items };
    let body = [
        encode(*b"hdlr", &full(b"\0\0\0\0pict\0\0\0\0\0\0\0\0\0\0\0\0\0")),
        encode(*b"pitm", &full(&[0, 1])),
        encode(*b"iloc", &table.encode().unwrap()),
        encode(*b"iinf", &full(&[&count[..], &infos.concat()].concat())),
        encode(*b"iref", &full(&reference(*b"dimg", 1, 1, false).unwrap())),
        encode(*b"idat", b"grid"),
    ];
    encode(*b"meta", &full(&body.concat()))
}

fn file(layout: &Layout, brand: &[u8; 4]) -> Vec<u8> {
    let mut starts = vec![0; layout.media.len()];
    let mut out = Vec::new();
    // Lengths do not depend on offsets: the second round knows where everything is.
    for _ in 0..2 {
        let places = places(layout, &starts);
        let tracks: Vec<u8> = (0..layout.tracks).flat_map(|n| track(layout, n, &places)).collect();
        out = encode(*b"ftyp", &[&brand[..], &[0; 4], &brand[..]].concat());
        for (index, kind) in layout.order.iter().enumerate() {
            let start = out.len();
            match kind {
                'm' => out.extend(encode(
                    *b"moov",
                    &[encode(*b"mvhd", &[0; 100]), tracks.clone(), meta(true, &places)].concat(),
                )),
                't' => out.extend(meta(false, &places)),
                'f' => out.extend(encode(*b"free", &[0; 60])),
                mdat => {
                    let number = mdat.to_digit(10).unwrap() as usize;
                    starts[number] = start as u64;
                    let fill = |(index, (part, size)): (usize, &(Part, usize))| match part {
                        Part::Xmp => PACKET.to_vec(),
                        _ => (0..*size).map(|i| (number * 71 + index * 13 + i) as u8).collect(),
                    };
                    let data: Vec<u8> = layout.media[number].iter().enumerate().flat_map(fill).collect();
                    out.extend(encode(*b"mdat", &data));
                }
            }
            if layout.open && index + 1 == layout.order.len() {
                out[start..start + 4].fill(0);
            }
        }
    }
    out
}

/// What every offset leads to.
fn targets(bytes: &Vec<u8>) -> Vec<(&'static str, u32, Vec<u8>)> {
    let mut pointers: Vec<Pointer> = Vec::new();
    walk(bytes, &Limits::default(), &mut |p| pointers.push(p)).unwrap();
    let read = |p: &Pointer| {
        bytes.bytes("", p.offset..p.offset + p.length, u64::MAX, biaoshi_container::phrase!("", "")).unwrap()
    };
    pointers.iter().map(|p| (p.kind, p.number, read(p))).collect()
}

fn labelled(format: &Format, bytes: &dyn biaoshi_container::Source, id: &str) -> Vec<u8> {
    let (limits, label) = (Limits::default(), Label::new(Level::Confirmed, "p", id, false).unwrap());
    let writer = (format.read)(bytes, &limits, &mut Found::default()).unwrap();
    let patch = writer.plan(bytes, &label, &limits).unwrap();
    assert!(patch.is_sound());
    let out = to_vec(&Patched::new(bytes, &patch), u64::MAX).unwrap();
    let mut found = Found::default();
    (format.read)(&out, &limits, &mut found).unwrap();
    assert_eq!(found.records.len(), 1);
    assert!(found.records[0].dialects.is_empty());
    out
}

proptest! {
    #[test]
    fn offsets_lead_where_they_led(layout in layouts(), first in 1usize..900, second in 1usize..900) {
        for (format, brand) in [(&HEIC, b"heic"), (&MP4, b"isom")] {
            let clean = file(&layout, brand);
            let before = targets(&clean);
            let parts = layout.media.iter().flatten().filter(|(part, _)| !matches!(part, Part::Xmp | Part::Gap)).count();
            // Every part, and an item in each of the two `idat`.
            prop_assert_eq!(before.len(), parts + 2);
            let once = labelled(format, &clean, &"a".repeat(first));
            prop_assert_eq!(&targets(&once), &before);
            let twice = labelled(format, &once, &"b".repeat(second));
            prop_assert_eq!(&targets(&twice), &before);
        }
    }
}
