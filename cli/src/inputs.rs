//! From paths on the command line to inputs, in sorted order, as a stream.

use std::cell::RefCell;
use std::ffi::OsString;
use std::io::Read;
use std::path::{Component, Path, PathBuf};

use biaoshi::batch::manifest::{Columns, Fault, Manifest, ManifestError, Outside, Row};
use biaoshi::job::{Input, Scratch, TEMPORARY_PREFIX};
use biaoshi::metadata::sidecar::SUFFIX;
use biaoshi::report::{Lang, said};
use sha2::{Digest, Sha256};
use walkdir::{DirEntry, WalkDir};

use crate::args::{Common, Paths, is_stdin};
use crate::exit::Stop;

/// A file to work on.
pub(crate) struct Item {
    pub(crate) input: Input,
    /// Its path below the output folder.
    pub(crate) relative: PathBuf,
    /// Its row in the manifest.
    pub(crate) row: Option<Row>,
}

/// Standard input, spooled to a file so that it can be read at any position. The file goes with the folder.
pub(crate) fn spool(common: &Common, name: Option<&str>) -> Result<(Scratch, Input), Stop> {
    let scratch = Scratch::create()?;
    let path = scratch.path().join("in");
    let limit = common.limits().input;
    let mut file = std::fs::File::create(&path)?;
    let copied = std::io::copy(&mut std::io::stdin().lock().take(limit.saturating_add(1)), &mut file)?;
    if copied > limit {
        return Err(Stop::usage(
            format!("standard input has more than {limit} bytes (--limit-input)"),
            format!("标准输入超过 {limit} 字节(--limit-input)"),
        ));
    }
    Ok((scratch, Input { path, shown: "-".into(), name: Some(name.unwrap_or("-").to_owned()), index: 0 }))
}

/// A single file needs no journal and no process of its own.
pub(crate) fn no_batch(paths: &Paths) -> Result<(), Stop> {
    let option = match paths {
        Paths { resume: Some(_), .. } => "--resume",
        Paths { isolate: true, .. } => "--isolate",
        _ => return Ok(()),
    };
    Err(Stop::usage(format!("{option} is for files, not for standard input"), format!("{option} 不适用于标准输入")))
}

/// What the command line names, lists read: it can be walked more than once.
pub(crate) struct Roots {
    named: Named,
    base: Option<PathBuf>,
    hidden: bool,
    follow: bool,
    /// Whether outputs go below a folder.
    mirrored: bool,
    /// Why a walk ended early.
    trouble: RefCell<Option<ManifestError>>,
}

enum Named {
    Paths(Vec<Root>),
    /// A manifest and the number of its rows.
    Manifest(Manifest, u64),
}

/// A file or folder.
struct Root {
    /// As it was given.
    shown: PathBuf,
    /// Whether it stands in a list, so that `--base` counts.
    listed: bool,
    /// Where it goes below the output folder; `None`: a folder by what is in it, a file by its name.
    relative: Option<PathBuf>,
}

impl Root {
    /// A path on the command line.
    fn given(shown: PathBuf) -> Self {
        Self { shown, listed: false, relative: None }
    }
}

impl Roots {
    /// Takes the paths, those of `--files-from`, or the rows of the manifest, which `rule` checks. `mirrored`: outputs go
    /// below a folder.
    pub(crate) fn new(
        paths: &Paths,
        mirrored: bool,
        columns: Columns,
        rule: &dyn Fn(&Row) -> Result<(), Fault>,
    ) -> Result<Self, Stop> {
        let named = Named::Paths(paths.paths.iter().cloned().map(Root::given).collect());
        let (base, hidden, follow) = (paths.base.clone(), paths.hidden, paths.follow);
        let mut roots = Self { named, base, hidden, follow, mirrored, trouble: RefCell::new(None) };
        match (&paths.files_from, &paths.manifest) {
            (Some(list), _) => roots.take_list(list)?,
            (None, Some(path)) => {
                let wrong = |e: ManifestError| Stop::Usage(e.message());
                let manifest = Manifest::open(path, columns, paths.encoding()).map_err(wrong)?;
                let rule = |row: &Row| {
                    let place = roots.relative(&row.path).map(drop);
                    place.map_err(|why| Fault::Outside(row.path.clone(), why)).and_then(|()| rule(row))
                };
                let count = manifest.check(rule).map_err(wrong)?;
                roots.named = Named::Manifest(manifest, count);
            }
            (None, None) => {}
        }
        Ok(roots)
    }

    fn take_list(&mut self, list: &Path) -> Result<(), Stop> {
        let mut listed_roots = Vec::new();
        for (shown, line) in listed(list)?.into_iter().zip(1u64..) {
            let relative = self.relative(&shown).map_err(|why| {
                let (list, path) = (list.display(), shown.display());
                Stop::Usage(said!(
                    "--files-from {}: entry {}: the path {} {}",
                    "--files-from {}:第 {} 项:路径 {} {}",
                    list,
                    line,
                    path,
                    why.message()
                ))
            })?;
            listed_roots.push(Root { shown, listed: true, relative });
        }
        if let Named::Paths(roots) = &mut self.named {
            roots.append(&mut listed_roots);
        }
        Ok(())
    }

    /// Where a path from a list goes below the output folder: a relative one keeps its folders, an absolute one those below
    /// `--base`, or else only its name.
    fn relative(&self, path: &Path) -> Result<Option<PathBuf>, Outside> {
        if !self.mirrored {
            return Ok(None);
        }
        let below = match (&self.base, path.is_absolute()) {
            (Some(base), true) => {
                let base = std::path::absolute(base).unwrap_or_else(|_| base.clone());
                path.strip_prefix(base).map_err(|_| Outside::Base)?
            }
            (None, true) => return Ok(None),
            (_, false) => path,
        };
        let mut relative = PathBuf::new();
        for part in below.components() {
            match part {
                Component::Normal(name) => relative.push(name),
                Component::CurDir => {}
                _ => return Err(Outside::Parent),
            }
        }
        Ok(Some(relative))
    }

    /// One file or folder.
    pub(crate) fn one(root: PathBuf, hidden: bool, follow: bool) -> Self {
        let named = Named::Paths(vec![Root::given(root)]);
        Self { named, base: None, hidden, follow, mirrored: false, trouble: RefCell::new(None) }
    }

    /// The files, folders walked in sorted order. A path that is not there is an input too: its job says so.
    pub(crate) fn walk(&self) -> Box<dyn Iterator<Item = Item> + '_> {
        match &self.named {
            Named::Paths(roots) => {
                let files = |root| self.below(root).map(|(shown, relative)| (root.listed, shown, relative));
                let all = roots.iter().flat_map(files).zip(0..);
                Box::new(all.map(|((listed, shown, relative), index)| {
                    let path = self.located(&shown, listed);
                    item((path, shown), relative, index, None)
                }))
            }
            Named::Manifest(manifest, _) => {
                let (rows, error) = manifest.rows().map_or_else(|e| (None, Some(e)), |rows| (Some(rows), None));
                *self.trouble.borrow_mut() = error;
                let sound = rows
                    .into_iter()
                    .flatten()
                    .map_while(|row| row.map_err(|e| *self.trouble.borrow_mut() = Some(e)).ok());
                Box::new(sound.zip(0..).map(|(row, index)| {
                    let name = || row.path.file_name().map_or_else(|| row.path.clone(), PathBuf::from);
                    let relative = self.relative(&row.path).ok().flatten().unwrap_or_else(name);
                    item((self.located(&row.path, true), row.path.clone()), relative, index, Some(row))
                }))
            }
        }
    }

    /// Where a path is.
    fn located(&self, shown: &Path, listed: bool) -> PathBuf {
        self.base.as_ref().filter(|_| listed).map_or_else(|| shown.to_owned(), |base| base.join(shown))
    }

    /// How many files there are.
    pub(crate) fn count(&self) -> u64 {
        match &self.named {
            Named::Paths(_) => self.walk().count() as u64,
            Named::Manifest(_, rows) => *rows,
        }
    }

    /// Whether two files may have one output: each of several roots starts anew.
    pub(crate) fn may_clash(&self) -> bool {
        match &self.named {
            Named::Paths(roots) => roots.len() > 1,
            Named::Manifest(..) => true,
        }
    }

    /// SHA-256 of what was named, lower-case hex.
    pub(crate) fn digest(&self) -> std::io::Result<String> {
        let mut hasher = Sha256::new();
        match &self.named {
            Named::Manifest(manifest, _) => return manifest.digest(),
            Named::Paths(roots) => {
                for root in roots {
                    hasher.update(root.shown.as_os_str().as_encoded_bytes());
                    hasher.update([0, u8::from(root.listed)]);
                }
            }
        }
        Ok(hasher.finalize().iter().map(|b| format!("{b:02x}")).collect())
    }

    /// Why the walk ended early, if it did: the manifest was sound when it was checked.
    pub(crate) fn trouble(&self, lang: Lang) -> Option<String> {
        let error = self.trouble.borrow_mut().take()?;
        Some(error.message().tell(lang))
    }

    /// The files of a root, as they are called, and where they go.
    fn below<'r>(&'r self, root: &'r Root) -> Box<dyn Iterator<Item = (PathBuf, PathBuf)> + 'r> {
        let top = self.located(&root.shown, root.listed);
        if !top.is_dir() {
            let name = || root.shown.file_name().map_or_else(|| root.shown.clone(), PathBuf::from);
            return Box::new(std::iter::once((root.shown.clone(), root.relative.clone().unwrap_or_else(name))));
        }
        let hidden = self.hidden;
        let wanted = move |entry: &DirEntry| {
            entry.depth() == 0 || hidden || !entry.file_name().to_string_lossy().starts_with('.')
        };
        let walk = WalkDir::new(&top).sort_by_file_name().follow_links(self.follow).into_iter().filter_entry(wanted);
        Box::new(walk.filter_map(move |entry| match entry {
            Ok(entry) if is_file(&entry) && !is_ours(&entry.file_name().to_string_lossy()) => {
                let rest = entry.path().strip_prefix(&top).unwrap_or(entry.path());
                let relative = root.relative.as_ref().map_or_else(|| rest.to_owned(), |folder| folder.join(rest));
                Some((root.shown.join(rest), relative))
            }
            Ok(_) => None,
            // A folder that cannot be read is an input whose job reports why.
            Err(e) => e.path().map(|path| {
                let rest = path.strip_prefix(&top).unwrap_or(path);
                let shown = if rest.as_os_str().is_empty() { root.shown.clone() } else { root.shown.join(rest) };
                (shown, path.file_name().map_or_else(PathBuf::new, PathBuf::from))
            }),
        }))
    }
}

fn item((path, shown): (PathBuf, PathBuf), relative: PathBuf, index: u64, row: Option<Row>) -> Item {
    let shown = shown.to_string_lossy().into_owned();
    Item { input: Input { shown, ..Input::new(path, index) }, relative, row }
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

/// A sidecar, a temporary file that a killed run left, or the folder's settings.
fn is_ours(name: &str) -> bool {
    name.ends_with(SUFFIX) || name.starts_with(TEMPORARY_PREFIX) || name == crate::config::FILE
}

/// A file, or a symbolic link to one.
fn is_file(entry: &DirEntry) -> bool {
    entry.file_type().is_file() || (entry.path_is_symlink() && entry.path().is_file())
}
