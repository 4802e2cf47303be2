//! Equal ids in a manifest: a ProduceID numbers one content, and only rows that a `source` names as renditions of one content may
//! share it.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::path::{Path, PathBuf};

use super::{Row, plain};

/// What the ids of all rows are, as 16 bytes a row: hashes of the id, and of the path of the content that it numbers.
#[derive(Default)]
pub(super) struct Ids {
    hasher: RandomState,
    seen: Vec<(u64, u64)>,
}

impl Ids {
    pub(super) fn note(&mut self, row: &Row) {
        if let Some(id) = &row.id {
            let content = plain(row.source.as_ref().unwrap_or(&row.path));
            self.seen.push((self.hasher.hash_one((id, &row.producer)), self.hasher.hash_one(content)));
        }
    }

    /// The ids that seem to number several contents: the rows themselves decide.
    pub(super) fn suspects(mut self) -> Suspects {
        self.seen.sort_unstable();
        let pairs = self.seen.iter().zip(self.seen.iter().skip(1));
        let several = pairs.filter(|(a, b)| a.0 == b.0 && a.1 != b.1).map(|(a, _)| (a.0, Vec::new())).collect();
        Suspects { hasher: self.hasher, rows: several }
    }
}

/// Rows whose ids seem to number several contents.
pub(super) struct Suspects {
    hasher: RandomState,
    rows: HashMap<u64, Vec<Numbered>>,
}

/// What is kept of a row.
struct Numbered {
    number: u64,
    /// With the producer, whose id it is.
    id: (String, Option<String>),
    path: PathBuf,
    source: Option<PathBuf>,
}

impl Suspects {
    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The earlier row that has this row's id for another content.
    pub(super) fn earlier(&mut self, row: &Row) -> Option<u64> {
        let id = (row.id.clone()?, row.producer.clone());
        let others = self.rows.get_mut(&self.hasher.hash_one(&id))?;
        let this = Numbered { number: row.number, id, path: row.path.clone(), source: row.source.clone() };
        let first = others.iter().find(|other| other.id == this.id && !are_renditions(other, &this)).map(|o| o.number);
        others.push(this);
        first
    }
}

/// Whether two rows are renditions of one content: of one source, or one of the other.
fn are_renditions(a: &Numbered, b: &Numbered) -> bool {
    let same = |a: Option<&PathBuf>, b: Option<&Path>| a.is_some() && a.map(|a| plain(a)) == b.map(plain);
    same(a.source.as_ref(), b.source.as_deref())
        || same(a.source.as_ref(), Some(&b.path))
        || same(b.source.as_ref(), Some(&a.path))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The row that is wrong and the one that it names, if any.
    fn wrong(rows: &[(&str, &str, &str)]) -> Option<(u64, u64)> {
        let row = |(&(path, id, source), number): (&(&str, &str, &str), u64)| Row {
            path: path.into(),
            id: Some(id.to_owned()).filter(|id| !id.is_empty()),
            source: Some(PathBuf::from(source)).filter(|s| !s.as_os_str().is_empty()),
            ..Row::new(number)
        };
        let rows: Vec<Row> = rows.iter().zip(2..).map(row).collect();
        let mut ids = Ids::default();
        rows.iter().for_each(|row| ids.note(row));
        let mut suspects = ids.suspects();
        rows.iter().find_map(|row| Some((row.number, suspects.earlier(row)?)))
    }

    #[test]
    fn an_id_numbers_one_content() {
        assert_eq!(wrong(&[("a", "1", ""), ("b", "2", ""), ("c", "", ""), ("d", "", "")]), None);
        assert_eq!(wrong(&[("a", "1", ""), ("b", "2", ""), ("c", "1", "")]), Some((4, 2)));
        assert_eq!(wrong(&[("a", "1", "m"), ("b", "1", "./m"), ("m", "1", "")]), None);
        assert_eq!(wrong(&[("a", "1", "m"), ("b", "1", "n")]), Some((3, 2)));
        assert_eq!(wrong(&[("a", "1", "m"), ("b", "1", "")]), Some((3, 2)));
        // A rendition of a rendition is one of what that was made of; of two that are not tied nobody knows.
        assert_eq!(wrong(&[("a", "1", "m"), ("b", "1", "a")]), None);
        assert_eq!(wrong(&[("a", "1", "m"), ("b", "1", "a"), ("m", "1", "")]), Some((4, 3)));
    }
}
