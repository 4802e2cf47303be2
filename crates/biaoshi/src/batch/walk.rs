//! From paths, lists and manifests to inputs, in sorted order, as a stream.

mod arrivals;

use std::ffi::OsString;
use std::fmt;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use biaoshi_container::{Message, said, trouble};
use biaoshi_metadata::sidecar::SUFFIX;
use walkdir::{DirEntry, WalkDir};

use super::filter::Filter;
use super::history::History;
use super::manifest::{Columns, Fault, Manifest, ManifestError, Outside, Row, Table, ValueFault};
use super::sources::Origin;
use crate::job::{Input, TEMPORARY_PREFIX};

pub(super) use arrivals::Arrivals;

/// What Windows programs write in front of a list.
const BOM: &[u8] = b"\xef\xbb\xbf";

/// The file of settings of a folder, which is no content.
pub const SETTINGS: &str = "biaoshi.toml";

/// What a batch is to go through.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Files, and folders with what is below them.
    pub paths: Vec<PathBuf>,
    /// More of them, from a list.
    pub list: Option<List>,
    /// A table of files, in place of all the others.
    pub manifest: Option<Table>,
    /// Whether rows of different contents may have one id.
    pub shared_ids: bool,
    /// The folder of relative paths in the list and the manifest.
    pub base: Option<PathBuf>,
    /// Also hidden files and folders.
    pub hidden: bool,
    /// Also folders behind symbolic links.
    pub follow: bool,
    /// Which of the files in folders and lists are taken.
    pub filter: Filter,
    /// Whether outputs go below a folder, so that each needs a place there.
    pub mirrored: bool,
}

/// Paths out of a file.
#[derive(Debug, Clone, Default)]
pub struct List {
    /// What people call the file.
    pub name: String,
    /// The paths.
    pub paths: Vec<PathBuf>,
}

impl List {
    /// Takes the bytes of a list: paths separated by NUL where there is one or it is said so (`null`), else by line ends.
    pub fn new(name: String, bytes: &[u8], null: bool) -> Self {
        use std::os::unix::ffi::OsStringExt;
        let bytes = bytes.strip_prefix(BOM).unwrap_or(bytes);
        let separator = if null || bytes.contains(&0) { 0 } else { b'\n' };
        let bare = |n| if separator == b'\n' { <[u8]>::strip_suffix(n, b"\r").unwrap_or(n) } else { n };
        let names = bytes.split(|b| *b == separator).map(bare);
        let paths = names.filter(|n| !n.is_empty()).map(|name| OsString::from_vec(name.to_vec()).into());
        Self { name, paths: paths.collect() }
    }
}

/// Why a selection cannot be walked.
#[derive(Debug)]
pub enum SelectionError {
    /// The manifest.
    Manifest(ManifestError),
    /// A path of the list has no place below the output folder.
    Outside {
        /// The list.
        list: String,
        /// Which of its entries, from 1.
        entry: u64,
        /// The path.
        path: PathBuf,
        /// Why not.
        why: Outside,
    },
    /// A list cannot be read to its end.
    Unread {
        /// The list.
        list: String,
        /// Why not.
        error: io::Error,
    },
}

impl SelectionError {
    /// The message, in both languages.
    pub fn message(&self) -> Message {
        match self {
            Self::Manifest(e) => e.message(),
            Self::Outside { list, entry, path, why } => said!(
                "--files-from {}: entry {}: the path {} {}",
                "--files-from {}:第 {} 项:路径 {} {}",
                list,
                *entry,
                path.display(),
                why.message()
            ),
            Self::Unread { list, error } => {
                said!("--files-from {}: {}", "--files-from {}:{}", list, trouble(error))
            }
        }
    }
}

impl fmt::Display for SelectionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.message().fmt(f)
    }
}

impl std::error::Error for SelectionError {}

/// A file to work on.
#[derive(Debug)]
pub struct Item {
    /// The file.
    pub input: Input,
    /// Its path below the output folder.
    pub relative: PathBuf,
    /// Its row in the manifest.
    pub row: Option<Row>,
    /// The original that its row names.
    pub(super) source: Option<Origin>,
}

impl Item {
    /// A file, what people call it, where it goes below the output folder, its number.
    fn new(path: PathBuf, shown: &Path, relative: PathBuf, index: u64) -> Self {
        let shown = shown.to_owned();
        Self { input: Input { shown, ..Input::new(path, index) }, relative, row: None, source: None }
    }

    /// The same file with another number.
    fn numbered(mut self, index: u64) -> Self {
        self.input.index = index;
        self
    }
}

/// What was selected, lists read: it can be walked more than once.
#[derive(Debug)]
pub struct Roots {
    named: Named,
    base: Option<PathBuf>,
    hidden: bool,
    follow: bool,
    filter: Filter,
    /// Whether outputs go below a folder.
    mirrored: bool,
    /// Why a walk ended early.
    trouble: Mutex<Option<SelectionError>>,
}

#[derive(Debug)]
enum Named {
    Paths(Vec<Root>),
    /// A manifest and the number of its rows.
    Manifest(Manifest, u64),
    /// A list that grows during the run.
    Arriving(Arrivals),
}

/// A file or folder.
#[derive(Debug)]
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

    /// A path in a list, where no outputs are laid out as the inputs are.
    fn listed(shown: PathBuf) -> Self {
        Self { shown, listed: true, relative: None }
    }
}

impl Roots {
    /// Takes a selection; `rule` checks the rows of a manifest, all of them before any work.
    ///
    /// # Errors
    /// A manifest that is not as it should be, a path that has no place below the output folder.
    pub fn new(
        selection: Selection,
        columns: Columns,
        rule: &dyn Fn(&Row) -> Result<(), Fault>,
    ) -> Result<Self, SelectionError> {
        let Selection { paths, list, manifest, shared_ids, base, hidden, follow, filter, mirrored } = selection;
        let named = Named::Paths(paths.into_iter().map(Root::given).collect());
        let mut roots = Self { named, base, hidden, follow, filter, mirrored, trouble: Mutex::new(None) };
        match (list, manifest) {
            (Some(list), _) => roots.take_list(list)?,
            (None, Some(table)) => {
                let mut manifest = Manifest::open(table, columns).map_err(SelectionError::Manifest)?;
                let rule = |row: &Row| {
                    if row.output.is_some() && !roots.mirrored {
                        return Err(ValueFault::OutputNowhere.into());
                    }
                    let placed = || roots.relative(&row.path).map(drop);
                    let place = if row.output.is_some() { Ok(()) } else { placed() };
                    place.map_err(|why| Fault::Outside(row.path.clone(), why)).and_then(|()| rule(row))
                };
                let place = |row: &Row| roots.mirrored.then(|| roots.place(row));
                let count = manifest.check(shared_ids, rule, place).map_err(SelectionError::Manifest)?;
                roots.named = Named::Manifest(manifest, count);
            }
            (None, None) => {}
        }
        Ok(roots)
    }

    fn take_list(&mut self, list: List) -> Result<(), SelectionError> {
        let List { name, paths } = list;
        let mut listed = Vec::with_capacity(paths.len());
        for (shown, entry) in paths.into_iter().zip(1u64..) {
            let relative = self.relative(&shown).map_err(|why| SelectionError::Outside {
                list: name.clone(),
                entry,
                path: shown.clone(),
                why,
            })?;
            listed.push(Root { shown, listed: true, relative });
        }
        if let Named::Paths(roots) = &mut self.named {
            roots.append(&mut listed);
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

    /// Where the file of a row goes below the output folder.
    fn place(&self, row: &Row) -> PathBuf {
        let name = || row.path.file_name().map_or_else(|| row.path.clone(), PathBuf::from);
        let placed = || self.relative(&row.path).ok().flatten().unwrap_or_else(name);
        row.output.clone().unwrap_or_else(placed)
    }

    /// One file or folder.
    pub fn one(root: PathBuf, hidden: bool, follow: bool, filter: Filter) -> Self {
        let named = Named::Paths(vec![Root::given(root)]);
        Self { named, base: None, hidden, follow, filter, mirrored: false, trouble: Mutex::new(None) }
    }

    /// The files of a list that another program writes while they are worked on; `null`: names end with NUL. Of `selection`
    /// counts what says how files are found. It can be walked once, and the walk ends for a while whenever nothing is there yet ([`super::run`] waits).
    ///
    /// # Errors
    /// When no thread can be started that reads it.
    pub fn arriving(names: impl Read + Send + 'static, null: bool, selection: &Selection) -> io::Result<Self> {
        let roots = |named| {
            let Selection { base, hidden, follow, filter, .. } = selection.clone();
            Self { named, base, hidden, follow, filter, mirrored: false, trouble: Mutex::default() }
        };
        let arrivals = Arrivals::read(names, null, roots(Named::Paths(Vec::new())))?;
        Ok(roots(Named::Arriving(arrivals)))
    }

    /// Inputs that are still to come.
    pub(super) fn arrivals(&self) -> Option<&Arrivals> {
        if let Named::Arriving(arrivals) = &self.named { Some(arrivals) } else { None }
    }

    /// The files of one path, without numbers.
    fn items<'r>(&'r self, root: &'r Root) -> impl Iterator<Item = Item> + 'r {
        self.below(root).map(|(shown, relative)| Item::new(self.located(&shown, root.listed), &shown, relative, 0))
    }

    /// The files, folders walked in sorted order. A path that is not there is an input too: its job says so.
    pub fn walk(&self) -> Box<dyn Iterator<Item = Item> + '_> {
        match &self.named {
            Named::Paths(roots) => Box::new(
                roots.iter().flat_map(|root| self.items(root)).zip(0..).map(|(item, index)| item.numbered(index)),
            ),
            Named::Arriving(arrivals) => Box::new(std::iter::from_fn(|| {
                let item = arrivals.now()?;
                let unread = |error| SelectionError::Unread { list: "-".into(), error };
                item.map_err(|e| *self.trouble_mut() = Some(unread(e))).ok()
            })),
            Named::Manifest(manifest, _) => {
                let (rows, error) = manifest.rows().map_or_else(|e| (None, Some(e)), |rows| (Some(rows), None));
                let note = |e: ManifestError| *self.trouble_mut() = Some(SelectionError::Manifest(e));
                if let Some(error) = error {
                    note(error);
                }
                let sound = rows.into_iter().flatten().map_while(move |row| row.map_err(note).ok());
                Box::new(sound.zip(0..).map(|(row, index)| {
                    let item = Item::new(self.located(&row.path, true), &row.path, self.place(&row), index);
                    let origin = |source: &PathBuf| Origin { shown: source.clone(), path: self.located(source, true) };
                    Item { source: row.source.as_ref().map(origin), row: Some(row), ..item }
                }))
            }
        }
    }

    /// A path of a list as it stands below the base, where it does.
    fn below_base<'p>(&self, path: &'p Path) -> &'p Path {
        self.base.as_ref().and_then(|base| path.strip_prefix(base).ok()).unwrap_or(path)
    }

    /// Where a path is.
    fn located(&self, shown: &Path, listed: bool) -> PathBuf {
        self.base.as_ref().filter(|_| listed).map_or_else(|| shown.to_owned(), |base| base.join(shown))
    }

    /// How many files there are, where that is known without a walk.
    pub fn known(&self) -> Option<u64> {
        match &self.named {
            Named::Paths(_) | Named::Arriving(_) => None,
            Named::Manifest(_, rows) => Some(*rows),
        }
    }

    /// Whether it can be walked more than once.
    pub fn is_known(&self) -> bool {
        !matches!(self.named, Named::Arriving(_))
    }

    /// Whether two files may have one output: each of several roots starts anew, and of a manifest it is known.
    pub fn may_clash(&self) -> bool {
        match &self.named {
            Named::Paths(roots) => roots.len() > 1,
            Named::Manifest(manifest, _) => manifest.may_clash(),
            Named::Arriving(_) => true,
        }
    }

    /// The columns of the manifest that come back in reports.
    pub fn kept(&self) -> &[String] {
        match &self.named {
            Named::Paths(_) | Named::Arriving(_) => &[],
            Named::Manifest(manifest, _) => manifest.kept(),
        }
    }

    /// Compares the rows of a manifest with those that they were when a journal noted their files as finished. Rows may come and
    /// go; a label that is written does not change with its row.
    ///
    /// # Errors
    /// The first row that is another one.
    pub fn check_finished(&self, history: &History) -> Result<(), ManifestError> {
        let Named::Manifest(manifest, _) = &self.named else { return Ok(()) };
        if !history.is_resumed() {
            return Ok(());
        }
        for row in manifest.rows()? {
            let row = row?;
            if history.is_finished_otherwise(&self.located(&row.path, true), &Row::digest(Some(&row))) {
                return Err(manifest.error(Some(row.number), Fault::Changed(row.path)));
            }
        }
        Ok(())
    }

    /// Why the walk ended early, if it did: the manifest was sound when it was checked.
    pub fn trouble(&self) -> Option<SelectionError> {
        self.trouble_mut().take()
    }

    fn trouble_mut(&self) -> MutexGuard<'_, Option<SelectionError>> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The files of a root, as they are called, and where they go.
    fn below<'r>(&'r self, root: &'r Root) -> Box<dyn Iterator<Item = (PathBuf, PathBuf)> + 'r> {
        let top = self.located(&root.shown, root.listed);
        if !top.is_dir() {
            // What the command line names is taken.
            if root.listed && !self.filter.takes_listed(self.below_base(&root.shown)) {
                return Box::new(std::iter::empty());
            }
            let name = || root.shown.file_name().map_or_else(|| root.shown.clone(), PathBuf::from);
            return Box::new(std::iter::once((root.shown.clone(), root.relative.clone().unwrap_or_else(name))));
        }
        let (hidden, filter, folder) = (self.hidden, &self.filter, top.clone());
        let wanted = move |entry: &DirEntry| {
            let seen = hidden || !entry.file_name().to_string_lossy().starts_with('.');
            let rest = entry.path().strip_prefix(&folder).unwrap_or(entry.path());
            entry.depth() == 0 || (seen && !filter.prunes(rest))
        };
        let walk = WalkDir::new(&top).sort_by_file_name().follow_links(self.follow).into_iter().filter_entry(wanted);
        Box::new(walk.filter_map(move |entry| match entry {
            Ok(entry) if is_file(&entry) && !is_ours(&entry.file_name().to_string_lossy()) => {
                let rest = entry.path().strip_prefix(&top).unwrap_or(entry.path());
                if !filter.takes(rest) || filter.is_backup(entry.path()) {
                    return None;
                }
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

/// A sidecar, a temporary file that a killed run left, or the folder's settings.
fn is_ours(name: &str) -> bool {
    name.ends_with(SUFFIX) || name.starts_with(TEMPORARY_PREFIX) || name == SETTINGS
}

/// A file, or a symbolic link to one.
fn is_file(entry: &DirEntry) -> bool {
    entry.file_type().is_file() || (entry.path_is_symlink() && entry.path().is_file())
}
