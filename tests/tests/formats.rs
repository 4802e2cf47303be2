//! Every row of `FORMATS`, on every fixture: a new format is tested by adding its row and its fixture.

use biaoshi_label::{Label, Level};
use biaoshi_metadata::{Head, sniff};
use biaoshi_tests::{Fixture, PRODUCER, fixtures, label, read, root, rows, run, scratch, write};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

#[test]
fn every_row_has_a_fixture_and_every_fixture_a_twin() {
    let fixtures = fixtures();
    for row in rows() {
        assert!(fixtures.iter().any(|f| f.format.name == row.name), "no fixture for {}", row.name);
    }
    for fixture in fixtures {
        assert!(fixture.twin().is_file(), "no labelled twin of {}", fixture.name);
    }
}

#[test]
fn bytes_decide_the_format_and_clean_files_are_clean() {
    for Fixture { name, format, bytes, .. } in fixtures() {
        let extension = name.rsplit('.').next().unwrap();
        let head = Head::new(&bytes, extension).unwrap();
        assert_eq!(sniff(&head).map(|f| f.name), Some(format.name), "{name}");
        let (found, writer) = read(format, &bytes);
        assert!(writer.is_ok() && found.records.is_empty(), "{name}: {found:?}");
    }
}

#[test]
fn one_standard_record_is_written_and_writing_again_changes_nothing() {
    for Fixture { name, format, bytes, .. } in fixtures() {
        let label = label("a-1");
        let once = write(format, &bytes, &label).unwrap_or_else(|e| panic!("{name}: {e}"));
        let found = read(format, &once).0;
        let [record] = &found.records[..] else { panic!("{name}: {:?}", found.records) };
        assert!(label.equals(record), "{name}: {record:?}");
        assert!(record.dialects.is_empty() && record.placement == format.placement, "{name}: {record:?}");
        let span = &once[record.span.start as usize..record.span.end as usize];
        assert!(!span.is_empty() && span.len() <= once.len(), "{name}");
        let twice = write(format, &once, &label).unwrap();
        assert_eq!(read(format, &twice).0.records.len(), 1, "{name}");
        // A label of another length, and back: nothing is left behind.
        let longer = write(format, &twice, &self::label(&"x".repeat(700))).unwrap();
        let back = write(format, &longer, &label).unwrap();
        let records = read(format, &back).0.records;
        assert!(records.len() == 1 && label.equals(&records[0]), "{name}: {records:?}");
    }
}

#[test]
fn any_valid_label_is_read_as_written() {
    let fixtures = fixtures();
    let values = "[!-\\[\\]-~]{1,60}";
    let mut runner = TestRunner::new(Config { cases: 40, failure_persistence: None, ..Config::default() });
    let strategy = (values, values, values, values);
    runner
        .run(&strategy, |(p, i, q, j)| {
            let label = Label::with_propagator(Level::Possible, (&p, &i), (&q, &j), false).unwrap();
            for Fixture { name, format, bytes, .. } in &fixtures {
                let written = write(format, bytes, &label).unwrap();
                let records = read(format, &written).0.records;
                prop_assert!(records.len() == 1 && label.equals(&records[0]), "{name}: {records:?}");
            }
            Ok(())
        })
        .unwrap();
}

#[test]
fn plain_names_survive_every_carrier() {
    let label = Label::new(Level::Confirmed, "豆 包'\"<&>:#-]]>", "i", true).unwrap();
    for Fixture { name, format, bytes, .. } in fixtures() {
        let written = write(format, &bytes, &label).unwrap_or_else(|e| panic!("{name}: {e}"));
        let records = read(format, &written).0.records;
        assert!(records.len() == 1 && label.equals(&records[0]), "{name}: {records:?}");
    }
}

/// The twins are what the program makes today: whoever changes its output sees it here, and remakes them with
/// `biaoshi label fixtures/clean --out fixtures/labelled --overwrite --producer … --id '{stem}'`.
#[test]
fn the_twins_are_what_the_program_makes() {
    let folder = scratch();
    let clean = root().join("fixtures/clean");
    let out = folder.path().join("out");
    let run = run(
        folder.path(),
        &[
            "label",
            clean.to_str().unwrap(),
            "--out",
            out.to_str().unwrap(),
            "--producer",
            PRODUCER,
            "--id",
            "{stem}",
            "-q",
        ],
    );
    assert_eq!(run.code(), 0, "{}", run.err());
    for fixture in fixtures() {
        let (made, twin) = (std::fs::read(out.join(&fixture.name)).unwrap(), std::fs::read(fixture.twin()).unwrap());
        assert!(made == twin, "{} differs from its twin", fixture.name);
    }
}

#[test]
fn a_second_run_changes_nothing_not_even_the_time() {
    let folder = scratch();
    for fixture in fixtures() {
        std::fs::copy(fixture.twin(), folder.path().join(&fixture.name)).unwrap();
    }
    let state = || -> Vec<_> {
        let mut names: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|e| e.unwrap()).collect();
        names.sort_by_key(std::fs::DirEntry::file_name);
        names
            .iter()
            .map(|e| (e.file_name(), e.metadata().unwrap().modified().unwrap(), std::fs::read(e.path()).unwrap()))
            .collect()
    };
    let before = state();
    let run = run(folder.path(), &["label", ".", "--in-place", "--producer", PRODUCER, "--json"]);
    assert_eq!(run.code(), 0, "{}", run.err());
    for line in run.json() {
        assert_eq!(line["action"], "unchanged", "{line}");
    }
    assert!(before == state());
}
