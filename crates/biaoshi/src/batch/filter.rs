//! Which of the files below a folder, or in a list, are taken: by patterns of their paths, and by extension.

use std::ffi::OsStr;
use std::fmt;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use crate::report::clean;
use biaoshi_container::{Message, Said, said};
use globset::{ErrorKind, GlobBuilder, GlobSet, GlobSetBuilder};

/// What is taken. A path counts as it stands below its root; a pattern without `/` is for the name alone, in every folder.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Where there are any, a file must match one.
    include: Option<Patterns>,
    /// No file may match one, nor any folder above it below the root.
    exclude: Option<Patterns>,
    /// Lower case; where there are any, a file must have one.
    extensions: Vec<String>,
    /// What the names of our own backups end with: those are passed over.
    backup: Option<String>,
}

/// Patterns of names and of whole paths.
#[derive(Debug, Clone)]
struct Patterns {
    names: GlobSet,
    paths: GlobSet,
}

/// A text that is no pattern.
#[derive(Debug, Clone)]
pub struct PatternError {
    /// The option that has it.
    option: &'static str,
    pattern: String,
    /// `None` where there is nothing at all.
    kind: Option<ErrorKind>,
}

impl Filter {
    /// Takes patterns and extensions, with or without their point. `backup`: what the names of backups end with.
    ///
    /// # Errors
    /// A pattern that is none.
    pub fn new(
        include: &[String],
        exclude: &[String],
        extensions: &[String],
        backup: Option<String>,
    ) -> Result<Self, PatternError> {
        let lower = |extension: &String| extension.trim_start_matches('.').to_lowercase();
        Ok(Self {
            include: Patterns::new("--include", include)?,
            exclude: Patterns::new("--exclude", exclude)?,
            extensions: extensions.iter().map(lower).collect(),
            backup,
        })
    }

    /// Whether a file or folder is left out for its own path, with all that is below it.
    pub(super) fn prunes(&self, below: &Path) -> bool {
        self.exclude.as_ref().is_some_and(|patterns| patterns.match_path(below))
    }

    /// Whether a file is taken, as far as its own path says.
    pub(super) fn takes(&self, below: &Path) -> bool {
        let extension = || below.extension().map_or(String::new(), |e| e.to_string_lossy().to_lowercase());
        (self.extensions.is_empty() || self.extensions.contains(&extension()))
            && self.include.as_ref().is_none_or(|patterns| patterns.match_path(below))
    }

    /// Whether a file is what another one beside it was before it was replaced.
    pub(super) fn is_backup(&self, path: &Path) -> bool {
        let suffix = self.backup.as_ref().map(String::as_bytes);
        let name = path.file_name().zip(suffix).and_then(|(name, suffix)| name.as_bytes().strip_suffix(suffix));
        name.is_some_and(|name| !name.is_empty() && path.with_file_name(OsStr::from_bytes(name)).is_file())
    }

    /// Whether a path of a list is taken: as if its folders had been walked.
    pub(super) fn takes_listed(&self, path: &Path) -> bool {
        self.takes(path) && !path.ancestors().any(|part| self.prunes(part))
    }
}

impl Patterns {
    fn new(option: &'static str, patterns: &[String]) -> Result<Option<Self>, PatternError> {
        let (mut names, mut paths) = (GlobSetBuilder::new(), GlobSetBuilder::new());
        for pattern in patterns {
            let error = |kind| PatternError { option, pattern: pattern.clone(), kind };
            // A folder may be written as one; the path below a root begins with no slash.
            let bare = pattern.trim_end_matches('/').trim_start_matches("./").trim_start_matches('/');
            // It would match no file, and nobody would know why.
            if bare.is_empty() {
                return Err(error(None));
            }
            let built = GlobBuilder::new(bare).literal_separator(true).build();
            let glob = built.map_err(|e| error(Some(e.kind().clone())))?;
            if bare.contains('/') {
                paths.add(glob)
            } else {
                names.add(glob)
            };
        }
        let built = |set: GlobSetBuilder| set.build();
        match (built(names), built(paths)) {
            _ if patterns.is_empty() => Ok(None),
            (Ok(names), Ok(paths)) => Ok(Some(Self { names, paths })),
            (Err(e), _) | (_, Err(e)) => {
                Err(PatternError { option, pattern: patterns.join(" "), kind: Some(e.kind().clone()) })
            }
        }
    }

    fn match_path(&self, path: &Path) -> bool {
        let path = path.strip_prefix(".").unwrap_or(path);
        path.file_name().is_some_and(|name| self.names.is_match(name)) || self.paths.is_match(path)
    }
}

impl PatternError {
    /// The message, in both languages.
    pub fn message(&self) -> Message {
        static KINDS: [Said; 6] = [
            Said { code: "", en: "it is empty; write one such as *.png", zh: "模式为空;请写 *.png 之类" },
            Said { code: "", en: "a [ is not closed", zh: "[ 没有闭合" },
            Said { code: "", en: "a { is not closed", zh: "{ 没有闭合" },
            Said { code: "", en: "a } closes nothing", zh: "多出的 }" },
            Said { code: "", en: "a \\ stands at the end", zh: "末尾多出 \\" },
            Said {
                code: "", en: "it cannot be read; write * ? ** [ab] {a,b}", zh: "无法解析;可用 * ? ** [ab] {a,b}"
            },
        ];
        let [empty, class, open, closed, escape, other] = &KINDS;
        let why = match self.kind {
            None => empty,
            Some(ErrorKind::UnclosedClass) => class,
            Some(ErrorKind::UnclosedAlternates) => open,
            Some(ErrorKind::UnopenedAlternates) => closed,
            Some(ErrorKind::DanglingEscape) => escape,
            Some(_) => other,
        };
        // As it was typed: a backslash is not doubled.
        said!("{}: the pattern \"{}\" is wrong: {}", "{}:模式 \"{}\" 有误:{}", self.option, clean(&self.pattern), why)
    }
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.message().fmt(f)
    }
}

impl std::error::Error for PatternError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(include: &[&str], exclude: &[&str], extensions: &[&str]) -> Filter {
        let own = |texts: &[&str]| texts.iter().map(|t| (*t).to_owned()).collect::<Vec<_>>();
        Filter::new(&own(include), &own(exclude), &own(extensions), None).unwrap()
    }

    fn taken(filter: &Filter) -> Vec<&'static str> {
        let all = ["a.png", "b.JPG", "x/a.png", "x/y/c.png", "thumbs/a.png", "x/thumbs/d.png"];
        all.into_iter().filter(|path| filter.takes_listed(Path::new(path))).collect()
    }

    #[test]
    fn patterns_are_for_names_or_for_paths() {
        let all_png = ["a.png", "x/a.png", "x/y/c.png", "thumbs/a.png", "x/thumbs/d.png"];
        assert_eq!(taken(&filter(&["*.png"], &[], &[])), all_png);
        assert_eq!(taken(&filter(&["x/*.png"], &[], &[])), ["x/a.png"]);
        assert_eq!(taken(&filter(&["x/**"], &[], &[])), ["x/a.png", "x/y/c.png", "x/thumbs/d.png"]);
        assert_eq!(taken(&filter(&["**/[cd].png", "b.*"], &[], &[])), ["b.JPG", "x/y/c.png", "x/thumbs/d.png"]);
        assert_eq!(taken(&filter(&["/x/{a,c}.png"], &[], &[])), ["x/a.png"]);
    }

    #[test]
    fn what_is_excluded_goes_with_all_below_it_and_all_must_hold() {
        assert_eq!(taken(&filter(&[], &["thumbs/"], &["png", ".jpg"])), ["a.png", "b.JPG", "x/a.png", "x/y/c.png"]);
        assert_eq!(taken(&filter(&[], &["x/y", "*.JPG"], &[])), ["a.png", "x/a.png", "thumbs/a.png", "x/thumbs/d.png"]);
        assert_eq!(taken(&filter(&["a.*"], &["thumbs"], &["PNG"])), ["a.png", "x/a.png"]);
        assert!(filter(&[], &["b?.png"], &[]).takes_listed(Path::new("./b.png")));
        assert!(!filter(&[], &["y/*"], &[]).takes_listed(Path::new("./y/b.png")));
    }

    #[test]
    fn a_wrong_pattern_is_told_in_both_languages() {
        for wrong in ["[a", "{a", "a}", "a\\", "[z-a]", "", "/"] {
            let error = Filter::new(&[wrong.into()], &[], &[], None).unwrap_err();
            assert!(error.to_string().contains("the pattern"), "{error}");
            assert!(!error.message().tell(biaoshi_container::Lang::Zh).contains("pattern"), "{wrong}");
        }
    }
}
