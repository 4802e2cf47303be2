//! From paths on the command line to inputs, in sorted order, as a stream.

use std::ffi::OsString;
use std::io::Read;
use std::path::{Path, PathBuf};

use biaoshi::job::{Input, TEMPORARY_PREFIX};
use biaoshi::metadata::sidecar::SUFFIX;
use walkdir::{DirEntry, WalkDir};

use crate::args::{Common, Paths};
use crate::exit::Stop;

/// A file to work on and its path below the folder (or, for a single file, its name).
pub(crate) struct Item {
    pub(crate) input: Input,
    pub(crate) relative: PathBuf,
}

/// Standard input, spooled to a file so that it can be read at any position.
pub(crate) fn spool(common: &Common, name: Option<&str>) -> Result<(tempfile::NamedTempFile, Input), Stop> {
    let mut file = tempfile::Builder::new().prefix("biaoshi-stdin-").tempfile()?;
    let limit = common.limits().input;
    let copied = std::io::copy(&mut std::io::stdin().lock().take(limit.saturating_add(1)), file.as_file_mut())?;
    if copied > limit {
        return Err(Stop::usage(
            format!("standard input has more than {limit} bytes (--limit-input)"),
            format!("标准输入超过 {limit} 字节(--limit-input)"),
        ));
    }
    let input =
        Input { path: file.path().to_owned(), shown: "-".into(), name: Some(name.unwrap_or("-").to_owned()), index: 0 };
    Ok((file, input))
}

/// Whether a path means standard input.
pub(crate) fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// What the command line names, lists read: it can be walked more than once.
pub(crate) struct Roots {
    roots: Vec<PathBuf>,
    hidden: bool,
    follow: bool,
}

impl Roots {
    /// Takes the paths, and those of `--files-from`.
    pub(crate) fn new(paths: &Paths) -> Result<Self, Stop> {
        let mut roots = paths.paths.clone();
        if let Some(list) = &paths.files_from {
            roots.extend(listed(list)?);
        }
        Ok(Self { roots, hidden: paths.hidden, follow: paths.follow })
    }

    /// One file or folder.
    pub(crate) fn one(root: PathBuf, hidden: bool, follow: bool) -> Self {
        Self { roots: vec![root], hidden, follow }
    }

    /// The files, folders walked in sorted order. A path that is not there is an input too: its job says so.
    pub(crate) fn walk(&self) -> impl Iterator<Item = Item> + '_ {
        let all = self.roots.iter().flat_map(|root| below(root.clone(), self.hidden, self.follow));
        all.zip(0..).map(|((path, relative), index)| Item { input: Input::new(path, index), relative })
    }

    /// Whether two files may have one output: each of several roots starts anew.
    pub(crate) fn may_clash(&self) -> bool {
        self.roots.len() > 1
    }
}

/// The paths in a list: separated by NUL where there is one, else by line ends.
fn listed(list: &Path) -> Result<Vec<PathBuf>, Stop> {
    use std::os::unix::ffi::OsStringExt;
    let mut bytes = Vec::new();
    let opened = if is_stdin(list) {
        std::io::stdin().lock().read_to_end(&mut bytes)
    } else {
        std::fs::File::open(list).and_then(|mut f| f.read_to_end(&mut bytes))
    };
    opened.map_err(|e| {
        let list = list.display();
        Stop::usage(format!("--files-from {list}: {e}"), format!("--files-from {list}:{e}"))
    })?;
    let separator = if bytes.contains(&0) { 0 } else { b'\n' };
    let names = bytes.split(|b| *b == separator).map(|n| n.strip_suffix(b"\r").unwrap_or(n)).filter(|n| !n.is_empty());
    Ok(names.map(|name| OsString::from_vec(name.to_vec()).into()).collect())
}

fn below(root: PathBuf, hidden: bool, follow: bool) -> Box<dyn Iterator<Item = (PathBuf, PathBuf)>> {
    if !root.is_dir() {
        let name = root.file_name().map_or_else(|| root.clone(), PathBuf::from);
        return Box::new(std::iter::once((root, name)));
    }
    let wanted =
        move |entry: &DirEntry| entry.depth() == 0 || hidden || !entry.file_name().to_string_lossy().starts_with('.');
    let walk = WalkDir::new(&root).sort_by_file_name().follow_links(follow).into_iter().filter_entry(wanted);
    Box::new(walk.filter_map(move |entry| match entry {
        Ok(entry) if is_file(&entry) && !is_ours(&entry.file_name().to_string_lossy()) => {
            let relative = entry.path().strip_prefix(&root).unwrap_or(entry.path()).to_owned();
            Some((entry.into_path(), relative))
        }
        Ok(_) => None,
        // A folder that cannot be read is an input whose job reports why.
        Err(e) => e.path().map(|p| (p.to_owned(), p.file_name().map_or_else(PathBuf::new, PathBuf::from))),
    }))
}

/// A sidecar, a temporary file that a killed run left, or the folder's settings.
fn is_ours(name: &str) -> bool {
    name.ends_with(SUFFIX) || name.starts_with(TEMPORARY_PREFIX) || name == crate::config::FILE
}

/// A file, or a symbolic link to one.
fn is_file(entry: &DirEntry) -> bool {
    entry.file_type().is_file() || (entry.path_is_symlink() && entry.path().is_file())
}
