//! Properties of every row, on every fixture: whatever the bytes, reading and writing neither panic nor take memory that
//! the bytes do not justify; whatever the label, it comes back as it was written.
//!
//! The allocator counts for the whole process, so the tests that use it take turns.

use std::sync::{Mutex, OnceLock, PoisonError};

use biaoshi_container::{Kind, Patched, to_vec};
use biaoshi_label::{Label, Level};
use biaoshi_metadata::{FORMATS, Format};
use biaoshi_tests::{Fixture, Limits, PRODUCER, fixtures, read, write};
use peak_alloc::PeakAlloc;
use proptest::prelude::*;
use proptest::sample::Index;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// Memory that reading or writing may take besides its input, and for each byte of that.
const FIXED: usize = 64 << 20;
const FACTOR: usize = 8;

fn label() -> Label {
    Label::new(Level::Confirmed, PRODUCER, "a", false).unwrap()
}

/// Bytes of memory at the peak of `work`, above what was taken before.
fn peak(work: impl FnOnce()) -> usize {
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    ALLOCATOR.reset_peak_usage();
    let before = ALLOCATOR.current_usage();
    work();
    ALLOCATOR.peak_usage().saturating_sub(before)
}

/// Reads, writes, reads again. A damaged file may hide what was written behind its damage: then the read-back of `job`
/// refuses it. That it need not come to that is what the target `write` of `fuzz` looks for.
fn exercise(format: &Format, bytes: &Vec<u8>) {
    let (_, writer) = read(format, bytes);
    let Ok(patch) = writer.and_then(|w| w.plan(bytes, &label(), &Limits::default())) else { return };
    let written = to_vec(&Patched::new(bytes, &patch), u64::MAX).unwrap();
    let (again, _) = read(format, &written);
    assert!(again.records.len() <= Limits::default().records, "{}", format.name);
}

fn within_bounds(name: &str, format: &Format, bytes: &Vec<u8>) -> Result<(), TestCaseError> {
    let used = peak(|| exercise(format, bytes));
    prop_assert!(used <= FIXED + FACTOR * bytes.len(), "{name}: {used} bytes of memory for {}", bytes.len());
    Ok(())
}

/// One thing done to a file.
#[derive(Debug, Clone)]
enum Change {
    Byte(Index, u8),
    Length(Index, usize, bool, u64),
    Cut(Index),
    Drop(Index, usize),
    Copy(Index, usize, Index),
}

fn change() -> impl Strategy<Value = Change> {
    let lie = prop::sample::select(vec![0, 1, 7, 0x7f, 0x80, 0xff, 0x7fff_ffff, 0xffff_ffff, u64::MAX, u64::MAX - 7]);
    prop_oneof![
        3 => (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Change::Byte(at, byte)),
        3 => (any::<Index>(), prop::sample::select(vec![1usize, 2, 4, 8]), any::<bool>(), lie)
            .prop_map(|(at, width, big, value)| Change::Length(at, width, big, value)),
        1 => any::<Index>().prop_map(Change::Cut),
        1 => (any::<Index>(), 1usize..64).prop_map(|(at, size)| Change::Drop(at, size)),
        2 => (any::<Index>(), 1usize..600, any::<Index>()).prop_map(|(from, size, to)| Change::Copy(from, size, to)),
    ]
}

/// Half of the changes hit the first kilobyte, where the structure of most formats is.
fn place(at: Index, len: usize) -> usize {
    let anywhere = at.index(len.max(1) * 2);
    if anywhere < len { anywhere } else { (anywhere - len) % len.clamp(1, 1024) }
}

fn changed(mut bytes: Vec<u8>, changes: &[Change]) -> Vec<u8> {
    for change in changes {
        let len = bytes.len();
        match *change {
            Change::Byte(at, byte) => bytes.iter_mut().skip(place(at, len)).take(1).for_each(|b| *b = byte),
            Change::Length(at, width, big, value) => {
                let lie = value.to_be_bytes();
                let mut lie = lie[8 - width..].to_vec();
                if !big {
                    lie.reverse();
                }
                bytes.iter_mut().skip(place(at, len)).zip(lie).for_each(|(b, new)| *b = new);
            }
            Change::Cut(at) => bytes.truncate(at.index(len.max(1))),
            Change::Drop(at, size) => {
                let from = place(at, len).min(len);
                bytes.drain(from..(from + size).min(len));
            }
            Change::Copy(from, size, to) => {
                let (from, to) = (place(from, len).min(len), place(to, len).min(len));
                let part = bytes[from..(from + size).min(len)].to_vec();
                bytes.splice(to..to, part);
            }
        }
    }
    bytes
}

/// Every fixture, clean and labelled.
fn files() -> &'static [Fixture] {
    static ALL: OnceLock<Vec<Fixture>> = OnceLock::new();
    ALL.get_or_init(|| {
        let twin = |f: &Fixture| Fixture { bytes: std::fs::read(f.twin()).unwrap(), ..f.clone() };
        fixtures().into_iter().flat_map(|f| [twin(&f), f]).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6000, failure_persistence: None, ..ProptestConfig::default() })]

    /// A fixture with lies in its lengths, bytes changed, parts cut, dropped, doubled and moved.
    #[test]
    fn changed_files_stay_within_bounds(which in any::<Index>(), changes in prop::collection::vec(change(), 1..6)) {
        let Fixture { name, format, bytes, .. } = which.get(files());
        within_bounds(name, format, &changed(bytes.clone(), &changes))?;
    }

    /// The head of a fixture, and then anything: every row reads it.
    #[test]
    fn arbitrary_bytes_stay_within_bounds(which in any::<Index>(), head in 0usize..200, tail in prop::collection::vec(any::<u8>(), 0..300)) {
        let Fixture { name, bytes, .. } = which.get(files());
        let bytes = [&bytes[..head.min(bytes.len())], &tail].concat();
        for format in FORMATS {
            within_bounds(name, format, &bytes)?;
        }
    }
}

/// Any characters that Annex E j) allows, and any length up to what fits into a label's text.
fn value() -> impl Strategy<Value = String> {
    let lengths = prop_oneof![4 => 1usize..40, 3 => 40usize..700, 2 => 700usize..4000, 1 => 4000usize..14_000];
    let characters: Vec<char> = (0x21u8..0x7f).map(char::from).filter(|c| *c != '\\').collect();
    let any = lengths.prop_flat_map(move |n| prop::collection::vec(prop::sample::select(characters.clone()), n));
    any.prop_map(String::from_iter)
}

fn any_label() -> impl Strategy<Value = Label> {
    let level = prop::sample::select(vec![Level::Confirmed, Level::Possible, Level::Suspected]);
    let label = (level, value(), value(), value(), value())
        .prop_map(|(level, a, b, c, d)| Label::with_propagator(level, (&a, &b), (&c, &d), false).unwrap());
    label.prop_filter("a label of this length is no label", |l| l.to_json().len() <= Limits::default().label)
}

/// What is written is read, in its place; writing it again changes nothing that is read, and no label is left behind
/// when another one follows.
#[test]
fn any_label_comes_back_from_any_file() {
    let config = ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(which in any::<Index>(), first in any_label(), second in any_label())| {
        let Fixture { name, format, bytes, .. } = which.get(files());
        let mut bytes = bytes.clone();
        for label in [&first, &first, &second] {
            bytes = match write(format, &bytes, label) {
                Ok(bytes) => bytes,
                // A JPEG segment or a GIF block has an end, and Base64 or entities make a text longer.
                Err(e) => {
                    let long = label.to_json().len() > 8000 && e.kind() == Kind::Unsupported;
                    prop_assert!(long, "{}: {}", name, e);
                    return Ok(());
                }
            };
            let records = read(format, &bytes).0.records;
            prop_assert!(records.len() == 1 && label.equals(&records[0]), "{}: {:?}", name, records);
            prop_assert_eq!(&records[0].placement, format.placement, "{}", name);
            prop_assert!(records[0].dialects.is_empty(), "{}: {:?}", name, records);
        }
    });
}
