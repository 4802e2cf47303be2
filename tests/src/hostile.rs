//! The files of `tests/hostile/make.py`, made once for all tests.

use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;
use std::process::Command;

use crate::{root, tree};

/// The folder that holds a folder of each family. It stays in `target`, and is made anew when a script or a fixture that
/// it is made from changed. Nothing may be written into it.
pub fn hostile() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let folder = test.parent().unwrap().parent().unwrap().join("hostile");
    let stamp = folder.with_extension("made");
    // Tests of one program run side by side.
    let lock = File::create(folder.with_extension("lock")).unwrap();
    lock.lock().unwrap();
    let sources = sources();
    if std::fs::read_to_string(&stamp).ok().as_ref() != Some(&sources) {
        let _ = std::fs::remove_dir_all(&folder);
        let made = Command::new("python3").arg(root().join("tests/hostile/make.py")).arg(&folder).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        std::fs::write(&stamp, sources).unwrap();
    }
    folder
}

/// One number for all that the files are made from.
fn sources() -> String {
    let mut hasher = DefaultHasher::new();
    for part in ["tests/hostile", "fixtures/recipes", "fixtures/clean"] {
        let mut files = tree(&root().join(part));
        files.retain(|path, _| path.extension().is_none_or(|extension| extension != "pyc"));
        files.hash(&mut hasher);
    }
    format!("{:x}", hasher.finish())
}
