//! Mistakes of all kinds, and what is said of them: `tests/mistakes.txt` holds a command line, or a file that is wrong, in each
//! line. A message says what is wrong, where, and what to do; it is one line, in one language, and nothing was done.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use biaoshi_tests::words::{self, english, is_han, known};
use biaoshi_tests::{PRODUCER, command, root, run, scratch, tree};

/// Names that stand in messages alone: of encodings, of columns, of a clause, of files of the world, and what is shown as an example.
const NAMES: &str = "UTF-8 UTF-16 GB18030 TOML E j U a path output source post_id propagate_id orig sarif";

/// One command line, with the files that the lines above it made.
struct Mistake {
    line: String,
    /// The lines of files right above it.
    above: String,
    files: BTreeMap<String, Vec<u8>>,
}

/// The lines of the file.
fn mistakes() -> Vec<Mistake> {
    let text = fs::read_to_string(root().join("tests/mistakes.txt")).unwrap();
    let (mut files, mut above, mut found) = (BTreeMap::new(), String::new(), Vec::new());
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        match line.strip_prefix("file ") {
            Some(file) => {
                let (name, text) = file.split_once(' ').unwrap_or((file, ""));
                files.insert(name.to_owned(), unescaped(text));
                let _ = writeln!(above, "{line}");
            }
            None => {
                found.push(Mistake { line: line.to_owned(), above: std::mem::take(&mut above), files: files.clone() })
            }
        }
    }
    found
}

/// A text with `\n`, `\t` and `\xHH`.
fn unescaped(text: &str) -> Vec<u8> {
    let mut parts = text.split('\\');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let (escaped, rest) = match part.as_bytes() {
            [b'n', ..] => (b'\n', &part[1..]),
            [b't', ..] => (b'\t', &part[1..]),
            [b'x', ..] => (u8::from_str_radix(&part[1..3], 16).unwrap(), &part[3..]),
            _ => panic!("\\{part} is no escape"),
        };
        bytes.push(escaped);
        bytes.extend(rest.as_bytes());
    }
    bytes
}

/// The words of a line as a shell has them; those in single quotes are one.
fn typed(line: &str) -> Vec<String> {
    let (mut words, mut open, mut quoted) = (Vec::<String>::new(), false, false);
    for c in line.chars() {
        quoted ^= c == '\'';
        if c == ' ' && !quoted {
            open = false;
            continue;
        }
        if !open {
            words.push(String::new());
        }
        open = true;
        words.last_mut().unwrap().extend((c != '\'').then_some(c));
    }
    words.into_iter().map(|word| word.replace("$P", PRODUCER)).collect()
}

/// A folder with pictures without a label and one with it, other files, and journals.
fn world() -> tempfile::TempDir {
    let folder = scratch();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir_all(at("d")).unwrap();
    fs::create_dir(at("e")).unwrap();
    for (from, to) in [("clean", "a.png"), ("clean", "b.png"), ("clean", "d/a.png"), ("labelled", "l.png")] {
        fs::copy(root().join("fixtures").join(from).join("png-alpha.png"), at(to)).unwrap();
    }
    fs::write(at("t.txt"), "text\n").unwrap();
    fs::write(at("first.csv"), "path,id\na.png,1\n").unwrap();
    let label = ["label", "--producer", PRODUCER, "--resume"];
    assert_eq!(run(folder.path(), &[&label[..], &["held", "b.png", "--out", "held-out"]].concat()).code(), 0);
    fs::copy(at("held"), at("other")).unwrap();
    let rows = ["rows", "--manifest", "first.csv", "--out", "x"];
    assert_eq!(run(folder.path(), &[&label[..], &rows].concat()).code(), 0);
    fs::remove_dir_all(at("x")).unwrap();
    let whole = fs::read_to_string(at("held")).unwrap();
    let (first, _) = whole.split_once('\n').unwrap();
    fs::write(at("damaged"), whole.replace(first, &format!("{first}\n{{")) + "\n").unwrap();
    folder
}

/// Does as a line says, in a folder of its own made like `world`. What was said, and whether files changed.
fn done(mistake: &Mistake, world: &Path, lang: &str) -> (Output, String, bool) {
    let folder = scratch();
    for (path, bytes) in tree(world) {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    fs::create_dir(folder.path().join("e")).unwrap();
    for (name, bytes) in &mistake.files {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    let held = File::open(folder.path().join("held")).unwrap();
    held.lock().unwrap();
    let before = tree(folder.path());
    let mut words = typed(&mistake.line);
    let mut input = Stdio::null();
    if let Some(at) = words.iter().position(|word| word == "<") {
        input = File::open(folder.path().join(&words[at + 1])).unwrap().into();
        words.truncate(at);
    }
    let mut command = command(folder.path());
    command.env("BIAOSHI_LANG", lang).env("HOME", folder.path()).stdin(input);
    let first = words.iter().position(|word| !word.starts_with("BIAOSHI_")).unwrap();
    for (name, value) in words[..first].iter().filter_map(|word| word.split_once('=')) {
        command.env(name, value);
    }
    let output = command.args(&words[first..]).output().unwrap();
    let said = String::from_utf8(output.stderr.clone()).unwrap();
    let said = said.replace(&*folder.path().to_string_lossy(), "FOLDER").trim_end().to_owned();
    (output, said, tree(folder.path()) != before)
}

/// What is wrong with a message itself.
fn faults(mistake: &Mistake, lang: &str, known: &BTreeSet<String>, done: &(Output, String, bool)) -> Vec<String> {
    let (output, said, changed) = done;
    let mut faults = Vec::new();
    let mut fault = |is_wrong: bool, what: &str| {
        if is_wrong {
            faults.push(format!("{what}: {}: {said}", mistake.line));
        }
    };
    fault(!matches!(output.status.code(), Some(2 | 3)), "it was done");
    fault(output.status.code() == Some(2) && *changed, "files changed");
    fault(!output.stdout.is_empty(), "standard output");
    fault(said.lines().count() != 1 || !said.starts_with("biaoshi: "), "not one line");
    fault(said.contains("os error") || said.contains("[=<") || said.contains("Some("), "words of the inside");
    if lang == "zh" {
        // What was typed, and what stands in quotes, is the user's own.
        let files: String =
            mistake.files.iter().map(|(name, text)| format!("{name} {} ", String::from_utf8_lossy(text))).collect();
        let typed = format!("{} {files} {NAMES}", mistake.line);
        let known = known.iter().cloned().chain(words::words(&typed).map(str::to_owned)).collect();
        let own: String = said.split('"').step_by(2).collect();
        // One letter is a character that is wrong.
        let own = own.split('\'').filter(|part| part.chars().count() > 1).collect::<Vec<_>>().join(" ");
        fault(!said.chars().any(is_han), "no Chinese");
        let word = english(&own, &known);
        fault(word.is_some(), &format!("English ({})", word.unwrap_or_default()));
    } else {
        let own: String = said.split('"').step_by(2).collect();
        // The words that the standard demands, and a character that is wrong.
        let own = ["人工智能", "生成", "合成", "'号'"].iter().fold(own, |own, words| own.replace(words, ""));
        fault(own.chars().any(is_han), "Chinese");
    }
    faults
}

#[test]
fn every_mistake_is_told_in_one_line_of_either_language() {
    let (known, world, mistakes) = (known(), world(), mistakes());
    assert!(mistakes.len() >= 80);
    let next = AtomicUsize::new(0);
    let work = || {
        let mut all = Vec::new();
        while let Some(mistake) = mistakes.get(next.fetch_add(1, Ordering::Relaxed)) {
            all.push((
                mistake,
                ["en", "zh"].map(|lang| {
                    let done = done(mistake, world.path(), lang);
                    let faults = faults(mistake, lang, &known, &done);
                    (done.0.status.code().unwrap_or(-1), done.1, faults)
                }),
            ));
        }
        all
    };
    let mut all: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..2).map(|_| scope.spawn(work)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    all.sort_by_key(|(mistake, _)| mistakes.iter().position(|m| std::ptr::eq(m, *mistake)));
    let mut golden = [String::new(), String::new()];
    let mut faults = Vec::new();
    for (mistake, told) in all {
        for (golden, (code, said, wrong)) in golden.iter_mut().zip(told) {
            let _ = writeln!(golden, "{}{}\n  {code} {said}", mistake.above, mistake.line);
            faults.extend(wrong);
        }
    }
    let [en, zh] = golden;
    insta::assert_snapshot!("mistakes_en", en);
    insta::assert_snapshot!("mistakes_zh", zh);
    assert!(faults.is_empty(), "{faults:#?}");
}

/// A run that meets no file looks like one that is done.
#[test]
fn a_run_without_a_file_says_so() {
    let folder = world();
    fs::write(folder.path().join("m.csv"), "path\n\n").unwrap();
    let label = ["label", "--producer", PRODUCER, "--out", "x"];
    for more in [&["e"][..], &["d", "--ext", "gif"], &["--manifest", "m.csv"]] {
        let labelled = run(folder.path(), &[&label[..], more].concat());
        assert_eq!((labelled.code(), labelled.out()), (0, String::new()));
        assert!(labelled.err().starts_with("biaoshi: no file was found"), "{more:?}: {}", labelled.err());
    }
    assert!(run(folder.path(), &["verify", "e"]).err().starts_with("biaoshi: no file was found"));
    assert_eq!(run(folder.path(), &[&label[..], &["e", "-q"]].concat()).err(), "");
}

/// Nobody knows what a file carries that cannot be read.
#[test]
fn a_comparison_with_a_missing_file_claims_nothing() {
    let folder = world();
    for args in [["diff", "a.png", "no.png"], ["diff", "no.png", "a.png"]] {
        let compared = run(folder.path(), &args);
        assert_eq!(compared.code(), 3);
        assert!(compared.out().contains("no.png: No such file or directory\n"), "{}", compared.out());
        assert!(!compared.out().contains("no label"), "{}", compared.out());
    }
}

/// In a file of settings such options may be meant for another run, and are passed over.
#[test]
fn what_means_nothing_here_may_be_set_for_other_runs() {
    let folder = world();
    let settings =
        "resume = \"j\"\nhidden = true\next = [\"gif\"]\nsidecar = true\noverwrite = true\nstdin-name = \"a.md\"\n";
    fs::write(folder.path().join("biaoshi.toml"), settings).unwrap();
    let text = File::open(folder.path().join("t.txt")).unwrap();
    let args = ["label", "-", "--producer", PRODUCER, "--layers", "metadata"];
    let piped = command(folder.path()).args(args).stdin(text).output().unwrap();
    assert_eq!(piped.status.code(), Some(0), "{}", String::from_utf8_lossy(&piped.stderr));
    assert!(!folder.path().join("j").exists());
    assert_eq!(run(folder.path(), &["verify", "l.png"]).code(), 0);
}
