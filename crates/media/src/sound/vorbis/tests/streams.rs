//! Streams for the tests: setup headers of every form, and content coded with them.

use biaoshi_container::ogg::{self, Numbers, Page};
use biaoshi_container::{Patched, to_vec};
use biaoshi_explicit::Position;

use super::super::bits::Packer;
use super::super::blocks::{Block, Blocks};
use super::super::coder::Coder;
use super::super::setup::Setup;
use super::super::*;
use crate::samples::Block as Samples;

pub(super) const SERIAL: u32 = 7;

/// What a setup header lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lack {
    Nothing,
    /// Values over the floor.
    Values,
    /// Floors of type 1.
    Floors,
}

/// What a test file is made of.
#[derive(Debug, Clone)]
pub(super) struct Recipe {
    pub(super) lack: Lack,
    pub(super) channels: usize,
    pub(super) rate: u32,
    /// Sizes of blocks, as powers of two.
    pub(super) sizes: [u32; 2],
    /// Type of the residues.
    pub(super) kind: u32,
    pub(super) couples: Vec<(usize, usize)>,
    /// What heights of the floor are multiplied by.
    pub(super) multiplier: u32,
    /// Whether the points of the floor have a book that chooses among others.
    pub(super) master: bool,
    /// Largest step of values over the floor: how coarse the books are.
    pub(super) coarse: u16,
    /// Position before the first sample; below 0, samples are cut off.
    pub(super) start: i64,
    pub(super) trimmed: u64,
    /// Whether the content begins and ends with short blocks.
    pub(super) short: bool,
    /// Packets of a page.
    pub(super) paged: usize,
    pub(super) last: bool,
}

impl Default for Recipe {
    fn default() -> Self {
        Self {
            lack: Lack::Nothing,
            channels: 2,
            rate: 16_000,
            sizes: [8, 10],
            kind: 2,
            couples: vec![(0, 1)],
            multiplier: 2,
            master: true,
            coarse: 15,
            start: 0,
            trimmed: 100,
            short: true,
            paged: 9,
            last: true,
        }
    }
}

/// Lengths of code words of a full tree with so many entries.
fn lengths(entries: u32) -> Vec<u32> {
    let longest = (u32::BITS - (entries - 1).leading_zeros()).max(1);
    let shorter = (1 << longest) - entries;
    (0..entries).map(|n| if n < shorter && entries > 1 { longest - 1 } else { longest }).collect()
}

/// A codebook; with a step, its vectors are a lattice around 0.
fn book(out: &mut Packer, dimensions: u32, entries: u32, lattice: Option<(u16, u16)>) {
    out.push(0x56_4342, 24);
    out.push(dimensions, 16);
    out.push(entries, 24);
    out.push(0, 2);
    lengths(entries).iter().for_each(|length| out.push(length - 1, 5));
    let Some((count, step)) = lattice else { return out.push(0, 4) };
    let whole = |n: u32| 788 << 21 | n;
    out.push(1, 4);
    out.push(1 << 31 | whole(u32::from(count / 2) * u32::from(step)), 32);
    out.push(whole(step.into()), 32);
    out.push(7, 4);
    out.push(0, 1);
    (0..count).for_each(|n| out.push(n.into(), 8));
}

/// Books: 0 classes of two parts, 1 heights, 2 the choice of these, 3 large values, 4 small ones.
fn books(recipe: &Recipe, out: &mut Packer) {
    out.push(4, 8);
    book(out, 2, 9, None);
    book(out, 1, 256, None);
    book(out, 1, 16, None);
    book(out, 2, 225, Some((15, recipe.coarse)));
    book(out, 2, 225, Some((15, 1)));
}

pub(super) fn setup(recipe: &Recipe) -> Vec<u8> {
    let mut out = Packer::default();
    b"\x05vorbis".iter().for_each(|byte| out.push(u32::from(*byte), 8));
    books(recipe, &mut out);
    out.push(0, 6);
    out.push(0, 16);
    floor(recipe, &mut out);
    residue(recipe, &mut out);
    mapping(recipe, &mut out);
    // A mode of each size.
    out.push(1, 6);
    for long in 0..2 {
        out.push(long, 1);
        out.push(0, 32);
        out.push(0, 8);
    }
    out.push(1, 1);
    out.bytes()
}

/// One floor, of two parts of two points; or one of type 0, which is silent where its one bit of amplitude is.
fn floor(recipe: &Recipe, out: &mut Packer) {
    out.push(0, 6);
    if recipe.lack == Lack::Floors {
        [(0, 16), (2, 8), (16_000, 16), (64, 16), (1, 6), (100, 8), (0, 4), (3, 8)]
            .iter()
            .for_each(|(n, bits)| out.push(*n, *bits));
        return;
    }
    out.push(1, 16);
    out.push(2, 5);
    out.push(0, 8);
    out.push(1, 3);
    out.push(if recipe.master { 2 } else { 0 }, 2);
    if recipe.master {
        out.push(2, 8);
        [0, 2, 2, 0].iter().for_each(|book| out.push(*book, 8));
    } else {
        out.push(2, 8);
    }
    out.push(recipe.multiplier - 1, 2);
    out.push(9, 4);
    [100, 30, 200, 61].iter().for_each(|point| out.push(*point, 9));
}

/// One residue with three classes: nothing, small values, large ones and then small ones.
fn residue(recipe: &Recipe, out: &mut Packer) {
    out.push(0, 6);
    out.push(recipe.kind, 16);
    out.push(0, 24);
    out.push(1 << 14, 24);
    out.push(15, 24);
    out.push(2, 6);
    out.push(0, 8);
    if recipe.lack == Lack::Values {
        return out.push(0, 12);
    }
    [0, 2, 3].iter().for_each(|passes| out.push(*passes, 4));
    [4, 3, 4].iter().for_each(|book| out.push(*book, 8));
}

fn mapping(recipe: &Recipe, out: &mut Packer) {
    out.push(0, 6);
    out.push(0, 16);
    out.push(0, 1);
    out.push(u32::from(!recipe.couples.is_empty()), 1);
    if !recipe.couples.is_empty() {
        out.push(recipe.couples.len() as u32 - 1, 8);
        let width = usize::BITS - (recipe.channels - 1).leading_zeros();
        recipe.couples.iter().flat_map(|(a, b)| [a, b]).for_each(|n| out.push(*n as u32, width));
    }
    out.push(0, 2);
    out.push(0, 24);
}

pub(super) fn identification(recipe: &Recipe) -> Vec<u8> {
    let [short, long] = recipe.sizes;
    let sizes = (long << 4 | short) as u8;
    let rate = recipe.rate.to_le_bytes();
    [&b"\x01vorbis\0\0\0\0"[..], &[recipe.channels as u8], &rate, &[0; 12], &[sizes, 1]].concat()
}

/// Two seconds of a chord that swells and breaks off, between short blocks of silence or without any.
fn content(recipe: &Recipe) -> Vec<Vec<u8>> {
    let setup = Setup::read(&identification(recipe), &setup(recipe)).unwrap();
    let samples: Vec<f32> = (0..2 * recipe.rate)
        .map(|n| {
            let time = n as f32 / recipe.rate as f32;
            let tone = |f: f32| (std::f32::consts::TAU * f * time).sin();
            let level = if recipe.lack == Lack::Nothing { 0.2 } else { 0.0 };
            level * (tone(310.0) + tone(523.0)) * (0.6 + 0.4 * (9.0 * time).sin())
        })
        .collect();
    let size = setup.size(true);
    let mut blocks: Vec<Block> = (0..2 * u64::from(recipe.rate) / (size / 2))
        .map(|n| Block { long: true, middle: n * size / 2, frames: 0 })
        .collect();
    if recipe.short {
        let far = Block { long: false, middle: u64::from(u32::MAX), frames: 0 };
        let silent = Block { long: true, ..far };
        blocks = [&[far, far, silent][..], &blocks, &[silent, far, far]].concat();
    }
    let blocks = Blocks { blocks, around: [!recipe.short; 2], length: 0, heard: 0 };
    Coder::new(&setup).unwrap().packets(&samples, &blocks).unwrap().into_iter().map(|p| p.data).collect()
}

pub(super) fn numbers(flags: u8, granule: u64, sequence: u32) -> Numbers {
    Numbers { flags, granule, serial: SERIAL, sequence }
}

pub(super) fn headers(recipe: &Recipe) -> Vec<u8> {
    let comments = [&b"\x03vorbis"[..], &[0; 8], &[1]].concat();
    let first = ogg::whole(&numbers(2, 0, 0), &[identification(recipe)]).unwrap();
    [first, ogg::whole(&numbers(0, 0, 1), &[comments, setup(recipe)]).unwrap()].concat()
}

pub(super) fn file(recipe: &Recipe) -> Vec<u8> {
    let setup = Setup::read(&identification(recipe), &setup(recipe)).unwrap();
    let packets = content(recipe);
    let mut out = headers(recipe);
    let (mut granule, mut before) = (recipe.start, None);
    for (n, part) in packets.chunks(recipe.paged).enumerate() {
        for packet in part {
            let size = setup.size(setup.mode(packet).unwrap().0.long);
            granule += before.replace(size).map_or(0, |before| (before + size) / 4) as i64;
        }
        let last = (n + 1) * recipe.paged >= packets.len();
        let position = granule as u64 - if last && recipe.last { recipe.trimmed } else { 0 };
        let flags = u8::from(last && recipe.last) * 4;
        out.extend(ogg::whole(&numbers(flags, position, n as u32 + 2), part).unwrap());
    }
    out
}

pub(super) fn pages(file: &Vec<u8>) -> Vec<Page> {
    let (mut at, mut pages) = (0, Vec::new());
    while let Some(page) = ogg::page(file, at).unwrap() {
        let mut bytes = file[page.start as usize..page.end() as usize].to_vec();
        bytes[22..26].fill(0);
        assert_eq!(ogg::crc(&bytes), page.crc, "the page at {at}");
        at = page.end();
        pages.push(page);
    }
    pages
}

pub(super) fn packets(file: &Vec<u8>) -> Vec<Vec<u8>> {
    let (mut out, mut open) = (Vec::new(), Vec::new());
    for page in pages(file) {
        let mut at = page.body().start as usize;
        for size in page.lacing.iter().map(|n| usize::from(*n)) {
            open.extend(&file[at..at + size]);
            at += size;
            if size < 255 {
                out.push(std::mem::take(&mut open));
            }
        }
    }
    out
}

/// What players hear of a file, interleaved.
pub(super) fn played(file: &Vec<u8>) -> Vec<f32> {
    let mut sound = open(file, &Limits::default()).unwrap();
    let (mut block, mut out) = (Samples::default(), Vec::new());
    while sound.next(&mut block).unwrap() {
        out.extend_from_slice(&block.samples);
    }
    assert!(sound.damage().is_none());
    out
}

pub(super) fn apply(bytes: &Vec<u8>, position: Position) -> Result<Outcome> {
    mark(bytes, &ExplicitOptions::at(position), &Limits::default())
}

pub(super) fn marked(bytes: &Vec<u8>, position: Position) -> (Vec<u8>, Drawn) {
    let outcome = apply(bytes, position).unwrap();
    let Outcome::Drawn(drawn) = outcome else { panic!("{outcome:?}") };
    assert!(drawn.patch.is_sound() && drawn.damage.is_none());
    (to_vec(&Patched::new(bytes, &drawn.patch), u64::MAX).unwrap(), drawn)
}
