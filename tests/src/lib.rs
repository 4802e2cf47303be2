//! What the tests share: the program, the fixtures, a scratch folder.

pub mod help;
pub mod hostile;
pub mod page;
pub mod picture;
pub mod reference;
pub mod scaling;
pub mod words;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Mutex, OnceLock};

use biaoshi_container::{Kind, Patched, to_vec};
use biaoshi_label::{Label, Level};
use biaoshi_metadata::{FORMATS, Format, Found, Status};

pub use biaoshi_container::Limits;
pub use tempfile::TempDir;

/// An invented provider with right check digits.
pub const PRODUCER: &str = "001191110000EXAMPLE03Q10000";
/// Another one: the same organisation with another extension.
pub const OTHER: &str = "001191110000EXAMPLE03Q20000";

/// The root of the workspace.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The program, built once in the profile of the tests.
pub fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let mut build = Command::new(env!("CARGO"));
        // As `cargo test --workspace` builds it. `cargo build` takes other features of the dependencies and would
        // compile most of them a second time.
        build.args(["test", "--no-run", "--locked", "--quiet", "--workspace", "--test", "starts"]).current_dir(root());
        if !cfg!(debug_assertions) {
            build.arg("--release");
        }
        assert!(build.status().unwrap().success(), "the program does not build");
        let test = std::env::current_exe().unwrap();
        let path = test.parent().unwrap().parent().unwrap().join("biaoshi");
        assert!(path.is_file(), "{} is missing", path.display());
        path
    })
}

/// The program with a fixed language and without colours.
pub fn command(folder: &Path) -> Command {
    let mut command = Command::new(program());
    command.current_dir(folder).env_clear().env("LANG", "C").env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command
}

/// Runs the program in a folder.
pub fn run(folder: &Path, args: &[&str]) -> Run {
    Run(command(folder).args(args).output().unwrap())
}

/// How a run ended.
#[derive(Debug)]
pub struct Run(pub Output);

impl Run {
    /// The exit code.
    pub fn code(&self) -> i32 {
        self.0.status.code().unwrap_or(-1)
    }

    /// Standard output.
    pub fn out(&self) -> String {
        String::from_utf8_lossy(&self.0.stdout).into_owned()
    }

    /// Standard error.
    pub fn err(&self) -> String {
        String::from_utf8_lossy(&self.0.stderr).into_owned()
    }

    /// The objects on standard output, one a line.
    pub fn json(&self) -> Vec<serde_json::Value> {
        self.out().lines().map(|l| serde_json::from_str(l).unwrap_or_else(|e| panic!("{e}: {l}"))).collect()
    }
}

/// The lines of a `.jsonl` report as `--json` has them: without time and version, which are those of each run.
pub fn lines(path: &Path) -> Vec<serde_json::Value> {
    let line = |text: &str| {
        let mut line: serde_json::Value = serde_json::from_str(text).unwrap();
        for key in ["time", "version"] {
            let value = line.as_object_mut().unwrap().remove(key);
            assert!(value.is_some_and(|value| value.is_string()), "{text}");
        }
        line
    };
    std::fs::read_to_string(path).unwrap().lines().map(line).collect()
}

/// One clean file of `fixtures/clean`.
#[derive(Debug, Clone)]
pub struct Fixture {
    /// File name.
    pub name: String,
    /// Its row.
    pub format: &'static Format,
    /// Where it is.
    pub path: PathBuf,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Fixture {
    /// Its labelled twin.
    pub fn twin(&self) -> PathBuf {
        root().join("fixtures/labelled").join(&self.name)
    }
}

/// All of them, sorted. The stem of a name starts with its row's name.
pub fn fixtures() -> Vec<Fixture> {
    let folder = root().join("fixtures/clean");
    let mut names: Vec<_> =
        std::fs::read_dir(&folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    let fixture = |name: String| {
        let row = name.split(['.', '-']).next().unwrap();
        let format = FORMATS.iter().find(|f| f.name == row).unwrap_or_else(|| panic!("{name} belongs to no row"));
        let path = folder.join(&name);
        Fixture { bytes: std::fs::read(&path).unwrap(), name, format, path }
    };
    names.into_iter().map(fixture).collect()
}

/// The bytes of one fixture.
pub fn fixture(name: &str) -> Vec<u8> {
    fixtures().into_iter().find(|f| f.name == name).unwrap_or_else(|| panic!("there is no {name}")).bytes
}

/// A row by its name.
pub fn row(name: &str) -> &'static Format {
    FORMATS.iter().find(|f| f.name == name).unwrap_or_else(|| panic!("there is no row {name}"))
}

/// A label of the invented provider.
pub fn label(id: &str) -> Label {
    Label::new(Level::Confirmed, PRODUCER, id, false).unwrap()
}

/// The rows that can carry a label in the file.
pub fn rows() -> impl Iterator<Item = &'static Format> {
    FORMATS.iter().copied().filter(|f| f.status != Status::Sidecar)
}

/// Does something with each of them, several at once. A panic in one fails the test.
pub fn on_all_cores<T: Send>(all: Vec<T>, each: impl Fn(T) + Sync) {
    let left = Mutex::new(all.into_iter());
    let next = || left.lock().unwrap().next();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(one) = next() {
                    each(one);
                }
            });
        }
    });
}

/// An empty folder that goes with the value.
pub fn scratch() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// Bytes that the copies of `many`, and what is made of them, may take.
const ROOM: u64 = 1 << 30;

/// A folder with a folder `in` that holds every fixture so many times. It lies in memory where there is room, since each file
/// that the program writes waits for the disk.
pub fn many(copies: usize) -> TempDir {
    let memory = Path::new("/dev/shm");
    let room = rustix::fs::statvfs(memory).map_or(0, |fs| fs.f_bavail.saturating_mul(fs.f_frsize));
    let folder = if room > ROOM { tempfile::tempdir_in(memory).unwrap() } else { scratch() };
    for n in 0..copies {
        let dir = folder.path().join(format!("in/{n:03}"));
        std::fs::create_dir_all(&dir).unwrap();
        for fixture in fixtures() {
            std::fs::write(dir.join(&fixture.name), &fixture.bytes).unwrap();
        }
    }
    folder
}

/// All files below a folder, hidden ones too, by path, with their bytes.
pub fn tree(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let bytes = std::fs::read(&path).unwrap();
                found.insert(path.strip_prefix(folder).unwrap().to_owned(), bytes);
            }
        }
    }
    found
}

/// Sends a signal to a child.
pub fn signal(child: &std::process::Child, signal: rustix::process::Signal) {
    // A child that is over needs none.
    let _ = rustix::process::kill_process(rustix::process::Pid::from_child(child), signal);
}

/// What a carrier finds in some bytes.
pub fn read(format: &Format, bytes: &Vec<u8>) -> (Found, biaoshi_container::Result<Box<dyn biaoshi_metadata::Writer>>) {
    let mut found = Found::default();
    let writer = (format.read)(bytes, &Limits::default(), &mut found);
    (found, writer)
}

/// The bytes with a label written into them.
pub fn write(format: &Format, bytes: &Vec<u8>, label: &Label) -> biaoshi_container::Result<Vec<u8>> {
    let patch = read(format, bytes).1?.plan(bytes, label, &Limits::default())?;
    to_vec(&Patched::new(bytes, &patch), u64::MAX)
}

/// What is written reads back as one label, or the file is refused by name.
pub fn written_or_refused(format: &str, bytes: &Vec<u8>) -> Option<Vec<u8>> {
    match read(row(format), bytes).1.and_then(|_| write(row(format), bytes, &label("new"))) {
        Ok(_) => Some(is_written(format, bytes)),
        Err(error) => {
            assert_ne!(error.kind(), Kind::Io, "{error}");
            None
        }
    }
}

/// Writes; then there is one record, in the prescribed form and place.
pub fn is_written(format: &str, bytes: &Vec<u8>) -> Vec<u8> {
    let format = row(format);
    let written = write(format, bytes, &label("new")).unwrap();
    let (found, _) = read(format, &written);
    assert!(found.records.len() == 1 && label("new").equals(&found.records[0]), "{found:?}");
    assert!(found.records[0].dialects.is_empty() && found.records[0].placement == format.placement, "{found:?}");
    written
}

/// The folder of real samples beside the repository, or `None` with a printed reason.
pub fn samples(folder: &str) -> Option<PathBuf> {
    let path = root().parent()?.join("shared/samples").join(folder);
    if path.is_dir() {
        return Some(path);
    }
    println!("skipped: {} is not there", path.display());
    None
}
