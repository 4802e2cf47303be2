//! Which files of two folders belong together: a rendition to its original, a file to what it was.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::ops::Range;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use biaoshi_container::{Message, said};

use super::walk::Roots;
use crate::{Original, Refusal};

/// The most `*` in a pattern.
const MOST_STARS: usize = 3;

/// How renditions are called after their originals: `{dir}/{stem}-*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(Vec<Token>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    /// As it stands.
    Text(Vec<u8>),
    /// Anything but a slash, also nothing.
    Any,
    /// The folder of the original with its slash; nothing at the top.
    Dir,
    /// The original's name without extension.
    Stem,
    /// The original's name.
    Name,
}

/// What is wrong with a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PatternError {
    /// Braces around something else.
    Unknown(String),
    /// Not exactly one of `{stem}` and `{name}`.
    Names,
    /// `{dir}` is not followed by a slash, does not begin a folder, stands twice, or behind the name.
    Dir,
    /// Too many `*`.
    Stars,
}

impl PatternError {
    /// The message, in both languages.
    pub fn message(&self) -> Message {
        match self {
            Self::Unknown(what) => said!(
                "{} means nothing; there are {dir}, {stem}, {name} and *",
                "{} 没有含义;可用 {dir}、{stem}、{name} 和 *",
                what
            ),
            Self::Names => said!(
                "exactly one {stem} or {name} must say what is called after the original",
                "须恰好含有一个 {stem} 或 {name},表示原文件的名称"
            ),
            Self::Dir => said!(
                "{dir} stands once, before the name, as a folder of its own: {dir}/{stem}-*",
                "{dir} 只能出现一次,位于名称之前,单独作为一级:{dir}/{stem}-*"
            ),
            Self::Stars => said!("more than {} *", "* 超过 {} 个", MOST_STARS as u64),
        }
    }
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.message().fmt(f)
    }
}

impl std::error::Error for PatternError {}

impl std::str::FromStr for Pattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        let mut tokens = Vec::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '*']) {
            let (before, special) = rest.split_at(at);
            if !before.is_empty() {
                tokens.push(Token::Text(before.as_bytes().to_vec()));
            }
            if let Some(after) = special.strip_prefix('*') {
                tokens.push(Token::Any);
                rest = after;
                continue;
            }
            let end = special.find('}').map_or(special.len(), |end| end + 1);
            let (name, after) = special.split_at(end);
            rest = after;
            tokens.push(match name {
                "{stem}" => Token::Stem,
                "{name}" => Token::Name,
                "{dir}" => {
                    rest = after.strip_prefix('/').ok_or(PatternError::Dir)?;
                    Token::Dir
                }
                other => return Err(PatternError::Unknown(other.to_owned())),
            });
        }
        if !rest.is_empty() {
            tokens.push(Token::Text(rest.as_bytes().to_vec()));
        }
        Self::of(tokens)
    }
}

impl Pattern {
    fn of(mut tokens: Vec<Token>) -> Result<Self, PatternError> {
        let places = |wanted: &[Token]| -> Vec<usize> {
            tokens.iter().zip(0..).filter(|(token, _)| wanted.contains(token)).map(|(_, at)| at).collect()
        };
        let names = places(&[Token::Stem, Token::Name]);
        let &[name] = names.as_slice() else { return Err(PatternError::Names) };
        if places(&[Token::Any]).len() > MOST_STARS {
            return Err(PatternError::Stars);
        }
        let dirs = places(&[Token::Dir]);
        let begins_a_folder = |at: usize| match at.checked_sub(1).and_then(|before| tokens.get(before)) {
            None => true,
            Some(Token::Text(text)) => text.ends_with(b"/"),
            Some(_) => false,
        };
        match dirs.as_slice() {
            // The folder of the original is that of its renditions, unless something else is said.
            [] => tokens.insert(0, Token::Dir),
            &[at] if at < name && begins_a_folder(at) => {}
            _ => return Err(PatternError::Dir),
        }
        Ok(Self(tokens))
    }
}

/// Why a file has no original.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unpaired {
    /// None belongs to it.
    None,
    /// Two that belong to it equally well.
    Several(PathBuf, PathBuf),
}

impl From<Unpaired> for Refusal {
    fn from(why: Unpaired) -> Self {
        match why {
            Unpaired::None => Self::Original(Original::Missing),
            Unpaired::Several(one, other) => Self::Original(Original::Several(one, other)),
        }
    }
}

/// The files of a folder, to which those of another belong. They stay in memory: some 300 bytes each.
#[derive(Debug)]
pub struct Originals {
    root: PathBuf,
    /// Their paths below the folder, in order.
    files: Vec<PathBuf>,
    rule: Rule,
}

#[derive(Debug)]
enum Rule {
    /// The files by folder and what the pattern asks for: name, or name without extension.
    Pattern(Pattern, HashMap<Vec<u8>, Vec<usize>>),
    /// The file with the same path; else the only one with that path but for the extension that has no such partner itself.
    Paths { whole: HashMap<PathBuf, usize>, stems: HashMap<PathBuf, Vec<usize>> },
}

impl Originals {
    /// Takes the files of a folder, which `roots` walks. `renditions`: the paths of the other files below their folder, which are
    /// asked for only without a pattern.
    pub fn new(
        root: &Path,
        roots: &Roots,
        pattern: Option<Pattern>,
        renditions: impl Iterator<Item = PathBuf>,
    ) -> Self {
        let below = |path: PathBuf| path.strip_prefix(root).map(Path::to_owned).unwrap_or(path);
        let files = roots.walk().map(|item| below(item.input.path)).collect();
        Self::of_files(root, files, pattern, renditions)
    }

    fn of_files(
        root: &Path,
        files: Vec<PathBuf>,
        pattern: Option<Pattern>,
        renditions: impl Iterator<Item = PathBuf>,
    ) -> Self {
        let numbered = || files.iter().zip(0..);
        let rule = match pattern {
            Some(pattern) => {
                let by_name = pattern.0.contains(&Token::Name);
                let mut index: HashMap<Vec<u8>, Vec<usize>> = HashMap::new();
                for (file, number) in numbered() {
                    let key = if by_name { file.clone() } else { file.with_extension("") };
                    index.entry(key.as_os_str().as_bytes().to_vec()).or_default().push(number);
                }
                Rule::Pattern(pattern, index)
            }
            None => {
                let whole: HashMap<PathBuf, usize> = numbered().map(|(file, number)| (file.clone(), number)).collect();
                let mut partnered = vec![false; files.len()];
                for number in renditions.filter_map(|path| whole.get(&path).copied()) {
                    if let Some(partnered) = partnered.get_mut(number) {
                        *partnered = true;
                    }
                }
                let mut stems: HashMap<PathBuf, Vec<usize>> = HashMap::new();
                for ((file, number), _) in numbered().zip(&partnered).filter(|(_, partnered)| !**partnered) {
                    stems.entry(file.with_extension("")).or_default().push(number);
                }
                Rule::Paths { whole, stems }
            }
        };
        Self { root: root.to_owned(), files, rule }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Where one of them is.
    pub fn path(&self, number: usize) -> PathBuf {
        match self.files.get(number) {
            Some(file) if !file.as_os_str().is_empty() => self.root.join(file),
            _ => self.root.clone(),
        }
    }

    /// The number of the one to which a file belongs, by its path below its folder.
    ///
    /// # Errors
    /// There is none, or more than one.
    pub fn of(&self, file: &Path) -> Result<usize, Unpaired> {
        let found = match &self.rule {
            Rule::Paths { whole, stems } => match whole.get(file) {
                Some(number) => vec![*number],
                None => stems.get(&file.with_extension("")).cloned().unwrap_or_default(),
            },
            Rule::Pattern(pattern, index) => {
                let name = file.as_os_str().as_bytes();
                let mut search = Search { name, index, tried: HashSet::new(), longest: 0, found: Vec::new() };
                search.read(&pattern.0, 0, 0..0);
                search.found
            }
        };
        match found.as_slice() {
            [] => Err(Unpaired::None),
            [one] => Ok(*one),
            [one, other, ..] => Err(Unpaired::Several(self.path(*one), self.path(*other))),
        }
    }
}

/// The originals whose names a name can be read as: those with the longest name of their own, so that `a-b-small` is of `a-b`
/// where there are `a` and `a-b`.
///
/// Names are an uploader's, so what is tried is bounded by the square of their length: no place is tried twice, and behind
/// the original's name nothing is tried at all.
struct Search<'a> {
    name: &'a [u8],
    index: &'a HashMap<Vec<u8>, Vec<usize>>,
    /// Where the pattern was, how long it still was, and the folder that was read.
    tried: HashSet<(usize, usize, Range<usize>)>,
    longest: usize,
    found: Vec<usize>,
}

impl Search<'_> {
    /// Reads the name from a place on by the rest of a pattern. `dir`: where the folder of the original stands.
    fn read(&mut self, tokens: &[Token], at: usize, dir: Range<usize>) {
        let Some((token, rest)) = tokens.split_first() else { return };
        if !self.tried.insert((at, tokens.len(), dir.clone())) {
            return;
        }
        let (name, index) = (self.name, self.index);
        let left = name.get(at..).unwrap_or_default();
        match token {
            Token::Text(text) if left.starts_with(text) => self.read(rest, at + text.len(), dir),
            Token::Text(_) => {}
            Token::Any => (at..=at + reach(left)).for_each(|at| self.read(rest, at, dir.clone())),
            Token::Dir => {
                let ends = left.iter().zip(at + 1..).filter(|(b, _)| **b == b'/').map(|(_, end)| end);
                std::iter::once(at).chain(ends).for_each(|end| self.read(rest, end, at..end));
            }
            Token::Stem | Token::Name => {
                let dir = name.get(dir).unwrap_or_default();
                for (own, behind) in (1..=reach(left)).filter_map(|length| left.split_at_checked(length)) {
                    if own.len() >= self.longest
                        && let Some(numbers) = index.get(&[dir, own].concat())
                        && is_like(rest, behind)
                    {
                        self.offer(own.len(), numbers);
                    }
                }
            }
        }
    }

    fn offer(&mut self, length: usize, numbers: &[usize]) {
        if length > self.longest {
            (self.longest, self.found) = (length, Vec::new());
        }
        let new: Vec<usize> = numbers.iter().filter(|n| !self.found.contains(n)).copied().collect();
        self.found.extend(new);
    }
}

/// How far a part of a name can reach: to the next slash.
fn reach(name: &[u8]) -> usize {
    name.iter().position(|b| *b == b'/').unwrap_or(name.len())
}

/// Whether the end of a name is as the end of a pattern says. The first place behind a `*` at which a text stands is as good as
/// any later one, since the next `*` reaches as far from there.
fn is_like(tokens: &[Token], mut name: &[u8]) -> bool {
    let mut open = false;
    for (token, last) in tokens.iter().zip((0..tokens.len()).rev().map(|behind| behind == 0)) {
        let Token::Text(text) = token else {
            open = true;
            continue;
        };
        let starts = |at: &usize| name.get(*at..).is_some_and(|rest| rest.starts_with(text));
        let at = match (open, last) {
            (false, _) => starts(&0).then_some(0),
            (true, false) => (0..=reach(name)).find(starts),
            (true, true) => name.len().checked_sub(text.len()).filter(|at| *at <= reach(name) && starts(at)),
        };
        let Some(rest) = at.and_then(|at| name.get(at + text.len()..)) else { return false };
        (name, open) = (rest, false);
    }
    name.is_empty() || (open && reach(name) == name.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn originals(files: &[&str], pattern: Option<&str>, renditions: &[&str]) -> Originals {
        let files = files.iter().map(PathBuf::from).collect();
        let pattern = pattern.map(|p| p.parse().unwrap());
        Originals::of_files(Path::new("o"), files, pattern, renditions.iter().map(PathBuf::from))
    }

    /// Each rendition with its original, `-` or `?`.
    fn pairs(files: &[&str], pattern: Option<&str>, renditions: &[&str]) -> Vec<String> {
        let originals = originals(files, pattern, renditions);
        let one = |name: &&str| match originals.of(Path::new(name)) {
            Ok(number) => originals.path(number).strip_prefix("o").unwrap().to_str().unwrap().to_owned(),
            Err(Unpaired::None) => "-".into(),
            Err(Unpaired::Several(..)) => "?".into(),
        };
        renditions.iter().map(one).collect()
    }

    #[test]
    fn files_belong_together_by_path_then_by_stem() {
        assert_eq!(pairs(&["a.png", "d/a.png"], None, &["a.png", "d/a.jpg"]), ["a.png", "d/a.png"]);
        assert_eq!(pairs(&["a.png"], None, &["a.jpg", "a.webp"]), ["a.png", "a.png"]);
        assert_eq!(pairs(&["a.png", "a.txt"], None, &["a.jpg"]), ["?"], "nobody knows which");
        assert_eq!(pairs(&["a.png", "a.txt"], None, &["a.txt", "a.jpg"]), ["a.txt", "a.png"]);
        assert_eq!(pairs(&["a.png"], None, &["b.png"]), ["-"]);
    }

    #[test]
    fn files_belong_together_by_a_pattern() {
        let files = ["a.png", "a-b.png", "d/a.png", "d/c.jpg", "d/c.png", "x.y.png"];
        for (pattern, rendition, wanted) in [
            ("{stem}-*", "a-small.jpg", "a.png"),
            ("{stem}-*", "a-b-small.jpg", "a-b.png"),
            ("{stem}-*", "d/a-b-small.jpg", "d/a.png"),
            ("{stem}-*", "e/a-small.jpg", "-"),
            ("{stem}-*", "a.jpg", "-"),
            ("{stem}-*", "d/c-1.jpg", "?"),
            ("{name}-*", "d/c.jpg-1.webp", "d/c.jpg"),
            ("{stem}.*", "x.y.webp", "x.y.png"),
            ("{stem}/*", "d/a/1.jpg", "d/a.png"),
            ("{dir}/{stem}/*", "a/1.jpg", "a.png"),
            ("*/{dir}/{stem}.*", "small/d/a.jpg", "d/a.png"),
            ("*/{dir}/{stem}.*", "small/a.jpg", "a.png"),
            ("thumbs/{stem}_*", "d/thumbs/a_1.jpg", "d/a.png"),
            ("thumbs/{dir}/{stem}_*", "thumbs/d/a_1.jpg", "d/a.png"),
            ("*-{stem}.*", "small-a-b.jpg", "a-b.png"),
            ("{stem}-*-x.jpg", "a-1-x-2-x.jpg", "a.png"),
            ("{stem}-*-x.jpg", "a-1-x.jpg.jpg", "-"),
            ("{stem}/*/x-*", "a/b/x-1.jpg", "a.png"),
            ("{stem}/*/x-*", "a/b/c/x-1.jpg", "-"),
            ("{stem}-*", "a-b/c.jpg", "-"),
            ("{stem}", "a", "a.png"),
        ] {
            assert_eq!(pairs(&files, Some(pattern), &[rendition]), [wanted], "{pattern} {rendition}");
        }
    }

    #[test]
    fn a_wrong_pattern_is_told() {
        for (text, error) in [
            ("", PatternError::Names),
            ("*", PatternError::Names),
            ("{stem}{stem}", PatternError::Names),
            ("{stem}{name}", PatternError::Names),
            ("{stm}-*", PatternError::Unknown("{stm}".into())),
            ("{stem", PatternError::Unknown("{stem".into())),
            ("{dir}{stem}", PatternError::Dir),
            ("{stem}/{dir}/*", PatternError::Dir),
            ("x{dir}/{stem}", PatternError::Dir),
            ("*-*-*-*{stem}", PatternError::Stars),
        ] {
            let found = text.parse::<Pattern>().unwrap_err();
            assert_eq!(found, error, "{text}");
            assert!(!found.message().tell(biaoshi_container::Lang::Zh).is_empty());
        }
    }

    /// What uploaders may call their files costs little, whatever it is.
    #[test]
    fn hostile_names_are_read_quickly() {
        let names: Vec<String> = (1..=255).map(|length| "-".repeat(length)).collect();
        let originals: Vec<String> = names.iter().take(250).map(|name| format!("{name}.png")).collect();
        let originals: Vec<&str> = originals.iter().map(String::as_str).collect();
        for pattern in ["*-{stem}-*-*", "{stem}-*-*-*", "*-*-*{stem}-"] {
            let found = pairs(&originals, Some(pattern), &[&names[254]]);
            assert!(found[0].len() > 240, "{pattern}: {found:?}");
        }
    }
}
