//! Fragmented files made at random: every absolute offset still hits the byte that it hit.

use biaoshi_container::isobmff::{self, Box as IsoBox, Budget, encode};
use biaoshi_container::{Limits, Patched, SourceExt, to_vec};
use biaoshi_label::{Label, Level};
use proptest::prelude::*;

use super::MP4;
use crate::Found;

/// How a file is laid out.
#[derive(Debug, Clone)]
struct Plan {
    /// Whether an index of segments stands before `moov`, and one behind it.
    sidx: [bool; 2],
    free: Option<usize>,
    fragments: usize,
    /// Whether fragments state an absolute base.
    based: bool,
    /// Whether numbers have 64 bits.
    wide: bool,
    mfra: bool,
}

fn plans() -> impl Strategy<Value = Plan> {
    let free = prop::option::of(prop::sample::select(vec![0usize, 200, 900]));
    (any::<[bool; 5]>(), free, 0usize..4).prop_map(|([front, behind, based, wide, mfra], free, fragments)| Plan {
        sidx: [front, behind],
        free,
        fragments,
        based,
        wide,
        mfra,
    })
}

fn full(version: u8, flags: u8, body: &[u8]) -> Vec<u8> {
    [&[version, 0, 0, flags], body].concat()
}

fn number(value: u64, wide: bool) -> Vec<u8> {
    if wide { value.to_be_bytes().to_vec() } else { (value as u32).to_be_bytes().to_vec() }
}

/// A file after a plan. Lengths do not depend on offsets, so that a first round with zeros finds them.
fn file(plan: &Plan) -> Vec<u8> {
    let (mut starts, mut out) = (vec![0u64; plan.fragments + 2], Vec::new());
    for _ in 0..2 {
        let wide = plan.wide;
        let samples = starts[plan.fragments + 1];
        out = encode(*b"ftyp", b"isom\0\0\0\0isom");
        let sidx = |at: usize| {
            let end = at as u64 + if wide { 40 } else { 32 } + 12 * plan.fragments as u64;
            let first = starts.first().copied().unwrap_or(0).saturating_sub(end);
            let head =
                [&[0; 8], &number(0, wide)[..], &number(first, wide)[..], &[0, 0, 0, plan.fragments as u8]].concat();
            let sizes = (0..plan.fragments).map(|i| (starts[i + 1].saturating_sub(starts[i])) as u32);
            let references = sizes.flat_map(|n| [&n.to_be_bytes()[..], &[0; 8]].concat());
            encode(*b"sidx", &full(u8::from(wide), 0, &head.into_iter().chain(references).collect::<Vec<_>>()))
        };
        if plan.sidx[0] && plan.fragments > 0 {
            out.extend(sidx(out.len()));
        }
        let table = [&1u32.to_be_bytes()[..], &number(samples, wide)[..]].concat();
        let stbl = encode(*b"stbl", &encode(if wide { *b"co64" } else { *b"stco" }, &full(0, 0, &table)));
        let trak = encode(*b"trak", &encode(*b"mdia", &encode(*b"minf", &stbl)));
        out.extend(encode(*b"moov", &[encode(*b"mvhd", &[0; 100]), trak].concat()));
        if let Some(free) = plan.free {
            out.extend(encode(*b"free", &vec![0; free]));
        }
        if plan.sidx[1] && plan.fragments > 0 {
            out.extend(sidx(out.len()));
        }
        for (index, begins) in starts.iter_mut().take(plan.fragments).enumerate() {
            let start = out.len() as u64;
            let base = if plan.based { start.to_be_bytes().to_vec() } else { Vec::new() };
            let tfhd = encode(*b"tfhd", &full(0, u8::from(plan.based), &[&[0, 0, 0, 1], &base[..]].concat()));
            out.extend(encode(*b"moof", &encode(*b"traf", &tfhd)));
            out.extend(encode(*b"mdat", &[index as u8; 33]));
            *begins = start;
        }
        starts[plan.fragments] = out.len() as u64;
        if plan.mfra {
            let entries =
                (0..plan.fragments).flat_map(|i| [number(0, wide), number(starts[i], wide), vec![1, 1, 1]].concat());
            let head = [&[0, 0, 0, 1, 0, 0, 0, 0][..], &(plan.fragments as u32).to_be_bytes()].concat();
            let tfra = encode(*b"tfra", &full(u8::from(wide), 0, &head.into_iter().chain(entries).collect::<Vec<_>>()));
            let mfro = encode(*b"mfro", &full(0, 0, &(tfra.len() as u32 + 24).to_be_bytes()));
            out.extend(encode(*b"mfra", &[tfra, mfro].concat()));
        }
        starts[plan.fragments + 1] = out.len() as u64 + 8;
        out.extend(encode(*b"mdat", b"samples of the movie itself"));
    }
    out
}

/// The bytes that each absolute offset and each end of a segment points at, by a reader of its own.
fn targets(bytes: &Vec<u8>) -> Vec<Vec<u8>> {
    let budget = &mut Budget::new(&Limits::default());
    let mut out = Vec::new();
    let at = |offset: u64| {
        let start = (offset as usize).min(bytes.len());
        bytes[start..(start + 20).min(bytes.len())].to_vec()
    };
    let take = |offset: u64, wide: bool| match wide {
        true => u64::from_be_bytes(bytes.array("", offset, biaoshi_container::phrase!("", "")).unwrap()),
        false => u64::from(u32::from_be_bytes(bytes.array("", offset, biaoshi_container::phrase!("", "")).unwrap())),
    };
    for top in isobmff::boxes(bytes, 0..bytes.len() as u64, budget).unwrap() {
        let body = top.body().start;
        match &top.kind {
            b"sidx" => {
                let wide = bytes[body as usize] > 0;
                let width = if wide { 8 } else { 4 };
                let mut target = top.end + take(body + 12 + width, wide);
                let count = u64::from(bytes[(body + 12 + 2 * width + 3) as usize]);
                out.push(at(target));
                for i in 0..count {
                    target += take(body + 12 + 2 * width + 4 + 12 * i, false);
                    out.push(at(target));
                }
            }
            b"moof" | b"mfra" | b"moov" => below(bytes, &top, budget, &mut |inner| {
                let body = inner.body().start;
                let version = bytes[body as usize];
                match &inner.kind {
                    b"tfhd" if bytes[body as usize + 3] & 1 == 1 => out.push(at(take(body + 8, true))),
                    b"stco" | b"co64" => out.push(at(take(body + 8, inner.kind == *b"co64"))),
                    b"tfra" => {
                        let width = if version == 1 { 8 } else { 4 };
                        for i in 0..take(body + 12, false) {
                            out.push(at(take(body + 16 + i * (2 * width + 3) + width, version == 1)));
                        }
                    }
                    _ => {}
                }
            }),
            _ => {}
        }
    }
    out
}

fn below(bytes: &Vec<u8>, parent: &IsoBox, budget: &mut Budget, visit: &mut dyn FnMut(&IsoBox)) {
    for child in isobmff::boxes(bytes, parent.body(), budget).unwrap() {
        match &child.kind {
            b"traf" | b"trak" | b"mdia" | b"minf" | b"stbl" => below(bytes, &child, budget, visit),
            b"udta" => {}
            _ => visit(&child),
        }
    }
}

proptest! {
    #[test]
    fn every_offset_hits_the_same_bytes(plan in plans(), length in 1usize..900) {
        let clean = file(&plan);
        let (limits, mut found) = (Limits::default(), Found::default());
        let writer = (MP4.read)(&clean, &limits, &mut found).unwrap();
        let label = Label::new(Level::Confirmed, "p", &"a".repeat(length), false).unwrap();
        let patch = writer.plan(&clean, &label, &limits).unwrap();
        prop_assert!(patch.is_sound());
        let out = to_vec(&Patched::new(&clean, &patch), u64::MAX).unwrap();
        (MP4.read)(&out, &limits, &mut found).unwrap();
        prop_assert_eq!(found.records.len(), 1);
        // What an offset points at may hold an offset itself: its box header and length are compared.
        let heads = |bytes: &Vec<u8>| targets(bytes).into_iter().map(|t| t[..t.len().min(8)].to_vec()).collect::<Vec<_>>();
        prop_assert_eq!(heads(&clean), heads(&out));
    }
}

/// A box between a fragment and its samples that shrinks would tear them apart.
#[test]
fn a_torn_fragment_is_refused() {
    let plan = Plan { sidx: [false; 2], free: None, fragments: 1, based: false, wide: false, mfra: false };
    let clean = file(&plan);
    let at = clean.windows(4).position(|w| w == b"moof").unwrap() - 4;
    let end = at + u32::from_be_bytes(clean[at..at + 4].try_into().unwrap()) as usize;
    let uuid = [
        &crate::formats::boxes::XMP_UUID[..],
        b"<x xmlns:TC260='http://www.tc260.org.cn/ns/AIGC/1.0/'><TC260:AIGC>{\"Label\":\"1\",\"ContentProducer\":\"p\",\"ProduceID\":\"i\"}</TC260:AIGC></x>",
    ];
    let torn = [&clean[..end], &encode(*b"uuid", &uuid.concat())[..], &clean[end..]].concat();
    let (limits, mut found) = (Limits::default(), Found::default());
    let writer = (MP4.read)(&torn, &limits, &mut found).unwrap();
    assert_eq!(found.records.len(), 1);
    let label = Label::new(Level::Confirmed, "p", "i", false).unwrap();
    let error = writer.plan(&torn, &label, &limits).unwrap_err();
    assert!(error.to_string().contains("between a fragment and its samples"), "{error}");
}
