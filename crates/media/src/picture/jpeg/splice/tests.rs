//! Every kind of coding, drawn on: the library that the program falls back to reads the coefficients, and is no part of this.
#![allow(clippy::ptr_arg, reason = "a source behind dyn has to be sized")]

use std::collections::BTreeSet;

use biaoshi_container::jpeg as grammar;
use biaoshi_container::{Limits, Patched, Source, SourceExt, to_vec};
use biaoshi_explicit::image::{Corner, Rect, Stamp, Style};
use libjpeg_turbo_rs::{
    ComponentCoefficients, Encoder, JpegCoefficients, PixelFormat, ScanScript, read_coefficients,
    write_coefficients_progressive,
};
use proptest::prelude::*;

use super::super::bits::BitWriter;
use super::super::block::{Coder, Saying};
use super::super::blocks::Coefficients;
use super::super::coding::Kind;
use super::super::huffman::{Codes, Table};
use super::super::kept::{Area, Kept};
use super::super::tests::{kinds, pixels};
use super::super::walk::{Data, walk};
use super::super::{draw, find, frame};
use crate::{Drawn, Outcome, Place};

const WORDS: &str = "AI生成";
const NAME: &str = "JPEG";

/// Draws without the library, and gives the new file, the change and the label's place.
fn spliced(name: &str, bytes: &Vec<u8>, words: &str, corner: Corner) -> Option<(Vec<u8>, Drawn, Rect)> {
    let limits = Limits::default();
    let drawn = match draw(bytes, words, corner, &limits).unwrap() {
        Outcome::Drawn(drawn) => drawn,
        Outcome::Skip(reason) => {
            assert!(reason.is(&biaoshi_explicit::TOO_SMALL), "{name}: {reason}");
            return None;
        }
        already @ Outcome::Already(_) => panic!("{name}: {already:?}"),
    };
    let Place::Picture { rect, .. } = drawn.found.place else { panic!("{name}") };
    assert!(drawn.patch.is_sound(), "{name}");
    let view = Patched::new(bytes, &drawn.patch);
    let confirm = drawn.confirm.as_ref().unwrap_or_else(|| panic!("{name}: coded anew by the library"));
    let out = to_vec(&view, u64::MAX).unwrap();
    same_as_the_library(name, bytes, &out, (words, corner));
    // In tables as coarse as quality 20 a small label may be lost: then the layer is skipped.
    let is_lost = !confirm.shows(&view, &limits).unwrap();
    assert!(!is_lost || name.contains(" q2"), "{name}: not read back");
    if is_lost {
        return None;
    }
    Some((out, drawn, rect))
}

/// Every coefficient, under the label too, is what it is where the library decodes the picture and the label is blended in there.
fn same_as_the_library(name: &str, bytes: &Vec<u8>, out: &[u8], (words, corner): (&str, Corner)) {
    let frame::Shape::Known(frame) = frame::Frame::read(bytes, &Limits::default()).unwrap() else { panic!("{name}") };
    let stamp = Stamp::new(&frame.canvas, words, corner, Style::default()).unwrap();
    let (Ok(mut wanted), Ok(got)) = (read_coefficients(bytes), read_coefficients(out)) else { return };
    super::super::blend(&mut wanted, &frame, &stamp).unwrap();
    for (n, (wanted, got)) in wanted.components.iter().zip(&got.components).enumerate() {
        let other = wanted.blocks.iter().zip(&got.blocks).position(|(w, g)| w != g);
        assert_eq!(other, None, "{name}: component {n}");
    }
}

fn sampling(picture: &JpegCoefficients) -> (usize, usize) {
    let most = |f: fn(&ComponentCoefficients) -> u8| picture.components.iter().map(f).max().unwrap().into();
    (most(|c| c.h_sampling), most(|c| c.v_sampling))
}

/// Blocks of units that the label does not touch have the same coefficients, and the quantisation is the same.
fn same_outside(name: &str, before: &[u8], after: &[u8], rect: Rect) {
    let (before, after) = (read_coefficients(before).unwrap(), read_coefficients(after).unwrap());
    assert_eq!(before.quant_tables, after.quant_tables, "{name}");
    let (h, v) = sampling(&before);
    let units =
        |start: u32, size: u32, step: usize| start as usize / step..(start as usize + size as usize).div_ceil(step);
    let (columns, rows) = (units(rect.x, rect.width, 8 * h), units(rect.y, rect.height, 8 * v));
    let mut changed = 0;
    for (b, a) in before.components.iter().zip(&after.components) {
        assert_eq!((b.blocks_x, b.blocks_y), (a.blocks_x, a.blocks_y));
        for (n, (was, is)) in b.blocks.iter().zip(&a.blocks).enumerate() {
            let (x, y) = (n % b.blocks_x / usize::from(b.h_sampling), n / b.blocks_x / usize::from(b.v_sampling));
            assert!(was == is || columns.contains(&x) && rows.contains(&y), "{name}: block {n}");
            changed += usize::from(was != is);
        }
    }
    assert!(changed > 4, "{name}");
}

/// All that is asked of a file with a label.
fn check(name: &str, bytes: &Vec<u8>, words: &str, corner: Corner) {
    let Some((out, drawn, rect)) = spliced(name, bytes, words, corner) else { return };
    same_outside(name, bytes, &out, rect);
    // What stands before the label stays, but for the tables.
    let edits = drawn.patch.edits();
    let scan = grammar::segments(bytes, &Limits::default()).unwrap().last().unwrap().range().end;
    assert!(edits.iter().all(|e| e.range.start >= scan || e.bytes.len() < 300), "{name}");
    // The smallest label at the lowest quality scores 0.897.
    let found = find(&out, words, &Limits::default()).unwrap();
    assert!(found.as_ref().is_some_and(|f| f.score > 0.85), "{name}: {found:?}");
    assert!(matches!(draw(&out, words, corner, &Limits::default()).unwrap(), Outcome::Already(_)), "{name}");
}

#[test]
fn every_kind_is_spliced() {
    for (name, bytes) in kinds(200, 152).into_iter().chain(kinds(161, 247)) {
        for corner in Corner::ALL {
            check(name, &bytes, WORDS, corner);
        }
    }
}

/// The same coefficients with a scan for each component, coded by the tables of the file.
fn apart(bytes: &Vec<u8>, interval: u16) -> Vec<u8> {
    let picture = read_coefficients(bytes).unwrap();
    let limits = Limits::default();
    let frame::Shape::Known(frame) = frame::Frame::read(bytes, &limits).unwrap() else { panic!() };
    let coding = frame.coding(bytes).unwrap().unwrap();
    let mut out = vec![0xff, 0xd8];
    let is_kept = |s: &&grammar::Segment| s.marker != grammar::SOS && s.marker != 0xdd;
    for segment in frame.header.iter().filter(is_kept) {
        out.extend(
            bytes.bytes(NAME, segment.range(), u64::MAX, biaoshi_container::phrase!("a segment", "段")).unwrap(),
        );
    }
    out.extend(grammar::encode(0xdd, &interval.to_be_bytes()).unwrap());
    let header = frame.header.last().unwrap().read(bytes).unwrap();
    for (n, (component, slot)) in picture.components.iter().zip(&coding.scans[0].slots).enumerate() {
        out.extend(grammar::encode(grammar::SOS, &[1, header[1 + 2 * n], header[2 + 2 * n], 0, 63, 0]).unwrap());
        let table = |id: Option<usize>| Table::new(&coding.definitions[id.unwrap()].codes).unwrap();
        let (dc, ac) = (table(slot.dc), table(slot.ac));
        let (mut dc, mut ac) = (Coder::new(&dc, &dc), Coder::new(&ac, &ac));
        let (mut writer, mut predictor) = (BitWriter::default(), 0);
        let (columns, rows) = (coding.components[n].columns, coding.components[n].rows);
        for unit in 0..columns * rows {
            let block = component.blocks[unit / columns * component.blocks_x + unit % columns];
            if interval > 0 && unit > 0 && unit % usize::from(interval) == 0 {
                writer.restart((unit / usize::from(interval) - 1) as u8);
                predictor = 0;
            }
            dc.dc(&mut writer, block[0] - predictor).unwrap();
            ac.ac(&mut writer, &Saying::of(&block, Kind::Sequential, (0, 63), 0));
            predictor = block[0];
        }
        assert!(!dc.missing.contains(&true) && !ac.missing.contains(&true));
        out.extend(writer.finish());
    }
    out.extend([0xff, 0xd9]);
    out
}

/// The pixels that lie around all blocks of which a file's coefficients are others than these.
fn differing(bytes: &Vec<u8>, all: &JpegCoefficients) -> Option<Rect> {
    let frame::Shape::Known(frame) = frame::Frame::read(bytes, &Limits::default()).unwrap() else { panic!() };
    let coding = frame.coding(bytes).unwrap().unwrap();
    let whole = Area { left: 0, top: 0, right: coding.units.0, bottom: coding.units.1 };
    let mut kept = Kept::new(&coding, &[whole]);
    let data = Data::read(bytes, &frame, &Limits::default()).unwrap();
    walk(&coding, &data, &mut kept, None).unwrap();
    let mut around: Option<Rect> = None;
    for (n, (own, component)) in coding.components.iter().zip(&all.components).enumerate() {
        let (across, down) = (8 * coding.unit().0 / own.h, 8 * coding.unit().1 / own.v);
        for (y, x) in (0..own.rows).flat_map(|y| (0..own.columns).map(move |x| (y, x))) {
            if kept.block(n, (x, y)) != component.blocks.get(y * component.blocks_x + x) {
                let [x, y, width, height] = [x * across, y * down, across, down].map(|n| n as u32);
                let block = Rect { x, y, width, height };
                around = Some(around.map_or(block, |a| a.around(&block)));
            }
        }
    }
    around
}

#[test]
fn a_scan_for_each_component_is_spliced() {
    for (name, bytes) in kinds(200, 152).into_iter().chain(kinds(161, 247)) {
        if name.contains("progressive") || name == "gray" {
            continue;
        }
        for interval in [0, 7] {
            // The library takes only interleaved scans here: it reads the file that these were made of.
            let (apart, all) = (apart(&bytes, interval), read_coefficients(&bytes).unwrap());
            assert_eq!(differing(&apart, &all), None, "{name}");
            for corner in Corner::ALL {
                let (out, _, rect) = spliced(name, &apart, WORDS, corner).unwrap();
                let Rect { x, y, width, height } = differing(&out, &all).unwrap();
                // Units have up to 32 pixels.
                assert!(x + 32 > rect.x && y + 32 > rect.y, "{name}");
                assert!(x + width < rect.x + rect.width + 32 && y + height < rect.y + rect.height + 32, "{name}");
                assert!(find(&out, WORDS, &Limits::default()).unwrap().is_some(), "{name}");
            }
        }
    }
}

/// The tables of a file before and after, one after the other.
fn tables(bytes: &Vec<u8>) -> Vec<Codes> {
    let frame::Shape::Known(frame) = frame::Frame::read(bytes, &Limits::default()).unwrap() else { panic!() };
    frame.coding(bytes).unwrap().unwrap().definitions.into_iter().map(|d| d.codes).collect()
}

/// A table made for a flat picture lacks what a label needs. With room, no other code changes; without, those of the rarest.
#[test]
fn codes_are_added_where_the_file_lacks_them() {
    let (mut added, mut renewed) = (0, 0);
    for (name, bytes) in kinds(200, 152).into_iter().chain(kinds(720, 480)) {
        let (out, ..) = spliced(name, &bytes, WORDS, Corner::TopLeft).unwrap();
        for (old, new) in tables(&bytes).iter().zip(tables(&out)) {
            let lengths = |c: &Codes| Table::new(c).unwrap();
            let (before, after) = (lengths(old), lengths(&new));
            let all: BTreeSet<u8> = old.symbols.iter().copied().collect();
            if *old == new {
                continue;
            }
            assert!(new.symbols.len() > old.symbols.len() && new.symbols.starts_with(&old.symbols), "{name}");
            if all.iter().all(|s| before.code(*s) == after.code(*s)) { added += 1 } else { renewed += 1 }
        }
        if name == "420" {
            assert_eq!(tables(&bytes), tables(&out), "the usual tables have all codes");
        }
    }
    assert!(added > 3 && renewed > 0, "{added} {renewed}");
}

/// Scans as encoders seldom order them: more bits later, bands in parts.
fn scripts() -> [Vec<ScanScript>; 3] {
    let scan = |components: &[u8], ss, se, ah, al| ScanScript { components: components.to_vec(), ss, se, ah, al };
    let each = |ss, se, ah, al| (0..3).map(move |c| scan(&[c], ss, se, ah, al));
    let dc = |ah, al| scan(&[0, 1, 2], 0, 0, ah, al);
    [
        [dc(0, 0)].into_iter().chain(each(1, 63, 0, 0)).collect(),
        [dc(0, 2)]
            .into_iter()
            .chain(each(1, 63, 0, 3))
            .chain(each(1, 63, 3, 2))
            .chain([dc(2, 1)])
            .chain(each(1, 63, 2, 1))
            .chain([dc(1, 0)])
            .chain(each(1, 63, 1, 0))
            .collect(),
        each(0, 0, 0, 1)
            .chain(each(1, 5, 0, 1))
            .chain(each(6, 20, 0, 0))
            .chain(each(21, 63, 0, 2))
            .chain(each(1, 5, 1, 0))
            .chain(each(0, 0, 1, 0))
            .chain(each(21, 63, 2, 1))
            .chain(each(21, 63, 1, 0))
            .collect(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn any_coding_is_spliced(
        (width, height) in (33usize..260, 33usize..200), quality in 20u8..=100, corner in 0usize..4,
        factors in prop::sample::select(vec![(1, 1), (2, 1), (1, 2), (2, 2), (4, 1), (4, 2)]),
        kind in 0usize..6, restart in prop_oneof![Just(0u16), 1u16..40], words in prop::sample::select(vec![WORDS, "人工智能生成"]),
    ) {
        let rgb = pixels(width, height, 3);
        let mut encoder = Encoder::new(&rgb, width, height, PixelFormat::Rgb).quality(quality)
            .sampling_factors(vec![factors, (1, 1), (1, 1)]).restart_blocks(restart);
        encoder = match kind {
            0 => encoder,
            1 => encoder.optimize_huffman(true),
            2 => encoder.progressive(true),
            n => encoder.progressive(true).scan_script(scripts()[n - 3].clone()),
        };
        let name = format!("{width}x{height} q{quality} {factors:?} kind {kind} restart {restart}");
        check(&name, &encoder.encode().unwrap(), words, Corner::ALL[corner]);
    }
}

/// What another encoder makes of the coefficients of all kinds.
#[test]
fn coefficients_coded_as_progressive_are_spliced() {
    for (name, bytes) in kinds(200, 152) {
        let again = write_coefficients_progressive(&read_coefficients(&bytes).unwrap(), None).unwrap();
        check(name, &again, WORDS, Corner::TopRight);
    }
}

/// A look decodes a part of what a whole picture is; both see the same.
#[test]
fn a_label_with_other_words_is_found_in_a_second_walk() {
    let bytes = &kinds(480, 320)[3].1;
    let long = "本图片由人工智能生成";
    let (out, ..) = spliced("long", bytes, long, Corner::BottomLeft).unwrap();
    assert!(find(&out, long, &Limits::default()).unwrap().is_some());
    assert!(matches!(draw(&out, long, Corner::TopLeft, &Limits::default()).unwrap(), Outcome::Already(_)));
    assert_eq!(find(&out, WORDS, &Limits::default()).unwrap(), None);
}

/// Codes without a meaning, lost restarts, bits that end early: the library is asked what is wrong.
#[test]
fn damage_is_not_spliced() {
    for (name, bytes) in kinds(160, 120) {
        let scan = grammar::segments(&bytes, &Limits::default()).unwrap().last().unwrap().range().end as usize;
        let cut = [&bytes[..scan + 40], b"\xff\xd9"].concat();
        let outcome = draw(&cut, WORDS, Corner::BottomRight, &Limits::default());
        let confirmed = matches!(&outcome, Ok(Outcome::Drawn(drawn)) if drawn.confirm.is_some());
        assert!(!confirmed, "{name}: {outcome:?}");
        assert!(cut.len() as u64 == Source::len(&cut));
    }
}

/// A symbol with two codes: nobody can tell which of them stands in the bits, so the library codes such a picture anew.
#[test]
fn a_symbol_with_two_codes_is_left_to_the_library() {
    let bytes = kinds(200, 152).into_iter().find(|(name, _)| *name == "420").map(|(_, bytes)| bytes).unwrap();
    let mut doubled = bytes.clone();
    // The last symbol of the first table becomes the one before it.
    let table = grammar::segments(&bytes, &Limits::default()).unwrap().into_iter().find(|s| s.marker == 0xc4).unwrap();
    let start = table.payload().start as usize;
    let count: usize = bytes[start + 1..start + 17].iter().map(|n| usize::from(*n)).sum();
    doubled[start + 16 + count] = doubled[start + 15 + count];
    let shape = frame::Frame::read(&doubled, &Limits::default()).unwrap();
    let frame::Shape::Known(frame) = shape else { panic!("the frame is known") };
    assert!(frame.coding(&doubled).unwrap().is_none());
}
