use super::*;
use crate::batch::manifest::Row;
use crate::job::Stamp;
use proptest::prelude::*;

fn entry(path: &str, exit: u8) -> Entry {
    let stamp = Stamp { size: 1, seconds: 2, nanos: 3 };
    let report = serde_json::value::RawValue::from_string(format!("{{\"path\":{path:?}}}")).unwrap();
    let (row, content, source) = (Row::digest(None), None, None);
    let input = Some(stamp);
    let time = "2026-01-02T03:04:05Z".into();
    Entry { path: path.into(), index: 0, exit, fresh: true, source, row, content, input, output: None, time, report }
}

fn error(path: &Path, command: &str) -> String {
    let error = Journal::open(path, command).unwrap_err();
    assert!(!error.message().tell(biaoshi_container::Lang::Zh).is_empty());
    error.to_string()
}

#[test]
fn what_is_written_is_known_to_the_next_run() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("j");
    let mut journal = Journal::open(&path, "a").unwrap();
    assert!(!journal.is_resumed());
    let mark = journal.mark().to_owned();
    let begin = |(input, fresh)| Beginning { input: Path::new(input), fresh, content: None };
    journal.begin([("x", true), ("y", true), ("w", false)].map(begin).into_iter()).unwrap();
    journal.finish(&entry("x", 0), &[&path]).unwrap();
    assert!(error(&path, "a").contains("another run"));
    journal.close().unwrap();

    let mut journal = Journal::open(&path, "a").unwrap();
    assert!(journal.is_resumed() && journal.mark() == mark);
    let mut past = |p: &str| journal.past(Path::new(p)).unwrap();
    assert!(matches!(past("x"), Past::Finished(e) if e.fresh && e.report.get() == r#"{"path":"x"}"#));
    assert!(
        matches!(past("y"), Past::Begun { fresh: true, .. }) && matches!(past("w"), Past::Begun { fresh: false, .. })
    );
    assert!(past("y").is_suspect() && !past("x").is_suspect() && !past("z").is_suspect());
    assert!(matches!(past("z"), Past::Nothing));
    journal.close().unwrap();
    assert!(error(&path, "b").contains("another command line"));
}

#[test]
fn a_torn_line_goes_and_other_damage_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("j");
    let mut journal = Journal::open(&path, "a").unwrap();
    journal.finish(&entry("x", 0), &[]).unwrap();
    journal.finish(&entry("y", 0), &[]).unwrap();
    journal.close().unwrap();
    let whole = std::fs::read(&path).unwrap();
    let lines: Vec<usize> = whole.iter().enumerate().filter(|(_, b)| **b == b'\n').map(|(i, _)| i + 1).collect();
    for cut in 0..whole.len() {
        std::fs::write(&path, &whole[..cut]).unwrap();
        let journal = Journal::open(&path, "a").unwrap();
        let known = lines.iter().filter(|end| **end <= cut).count();
        assert_eq!((journal.is_resumed(), journal.lines.len()), (known > 0, known.saturating_sub(1)), "{cut}");
        journal.close().unwrap();
        let left = std::fs::read(&path).unwrap();
        assert!(known == 0 || left == whole[..lines[known - 1]], "{cut}");
    }
    let mut damaged = whole.clone();
    damaged[lines[0]] = b'#';
    std::fs::write(&path, &damaged).unwrap();
    assert!(error(&path, "a").contains("line 2"));
    for foreign in [&b"\x89PNG\r\n"[..], b"hello", b"{\"schema\":\"other/1\"}\n"] {
        std::fs::write(&path, foreign).unwrap();
        assert!(error(&path, "a").contains("no journal"));
        assert_eq!(std::fs::read(&path).unwrap(), foreign);
    }
}

#[test]
fn paths_that_are_no_text_are_told_apart() {
    use std::os::unix::ffi::OsStrExt;
    let path = |bytes| Path::new(std::ffi::OsStr::from_bytes(bytes));
    let keys =
        [to_text(path(b"a\xff")), to_text(path(b"a\xfe")), to_text(path(b"a")), to_text(path("a\u{fffd}".as_bytes()))];
    assert!(keys.iter().enumerate().all(|(i, a)| keys[..i].iter().all(|b| a != b)));
}

proptest! {
    #[test]
    fn noise_is_no_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("j");
        Journal::open(&path, "a").unwrap().close().unwrap();
        let header = std::fs::read(&path).unwrap();
        std::fs::write(&path, [&header[..], &bytes].concat()).unwrap();
        if let Ok(mut journal) = Journal::open(&path, "a") {
            let _ = journal.past(Path::new("x"));
        }
    }
}
