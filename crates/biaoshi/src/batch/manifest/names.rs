//! What the names mean that a table gives its columns: ours, those that the user says are ours, and those that are none of
//! them.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use super::columns::{Column, Columns};
use super::fault::NamingFault;

/// What the user says of the names in a table. They are compared without regard to case and to blanks around them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Naming {
    /// Each `COLUMN=THEIRS`: what a column of ours is called in the table.
    pub map: Vec<String>,
    /// Columns that are passed over; [`ALL`]: all that are not ours.
    pub ignore: Vec<String>,
    /// Columns that come back in reports; [`ALL`]: all that are not ours.
    pub keep: Vec<String>,
}

/// In place of names of columns: all that are not ours.
pub const ALL: &str = "*";

/// What one column is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Meaning {
    /// Which of ours it is.
    pub(super) column: Option<Column>,
    /// Whether it comes back in reports.
    pub(super) kept: bool,
}

/// The names of one table.
#[derive(Debug)]
pub(super) struct Names {
    columns: Columns,
    ours: HashMap<String, Column>,
    /// Columns that have another name in the table, and that name.
    mapped: Vec<(Column, String)>,
    ignored: HashSet<String>,
    /// Names that have to be there, as they were given.
    kept: Vec<String>,
    ignores_others: bool,
    keeps_others: bool,
}

impl Names {
    pub(super) fn new(naming: &Naming, columns: Columns) -> Result<Self, NamingFault> {
        let mut mapped: Vec<(Column, String)> = Vec::new();
        for entry in &naming.map {
            let whole = |(ours, theirs): &(&str, &str)| !folded(ours).is_empty() && !folded(theirs).is_empty();
            let parts = entry.split_once('=').filter(whole);
            let (ours, theirs) = parts.ok_or_else(|| NamingFault::MapForm(entry.clone()))?;
            let column = columns.all().iter().copied().find(|c| c.name() == folded(ours));
            let column = column.ok_or_else(|| NamingFault::MapColumn(entry.clone(), columns.names()))?;
            if mapped.iter().any(|(c, name)| *c == column || folded(name) == folded(theirs)) {
                return Err(NamingFault::MapTwice(entry.clone()));
            }
            mapped.push((column, theirs.to_owned()));
        }
        let mut ours: HashMap<_, _> =
            mapped.iter().map(|(column, theirs)| (folded(theirs).into_owned(), *column)).collect();
        // A name that is mapped means that and no other column.
        for column in columns.all().iter().filter(|c| mapped.iter().all(|(m, _)| m != *c)) {
            ours.entry(column.name().to_owned()).or_insert(*column);
        }
        let others = |list: &[String]| list.iter().any(|name| name == ALL);
        let named = |list: &[String]| list.iter().filter(|name| *name != ALL).cloned().collect::<Vec<_>>();
        let ignored: HashSet<String> = named(&naming.ignore).iter().map(|name| folded(name).into_owned()).collect();
        let kept = named(&naming.keep);
        let (ignores_others, keeps_others) = (others(&naming.ignore), others(&naming.keep));
        if let Some(name) = kept.iter().find(|name| ignored.contains(&*folded(name))) {
            return Err(NamingFault::KeptAndIgnored(name.clone()));
        }
        if ignores_others && keeps_others {
            return Err(NamingFault::KeptAndIgnored(ALL.to_owned()));
        }
        Ok(Self { columns, ours, mapped, ignored, kept, ignores_others, keeps_others })
    }

    /// What a column of this name is for.
    pub(super) fn meaning(&self, name: &str) -> Result<Meaning, NamingFault> {
        let name_in_table = folded(name);
        if self.ignored.contains(&*name_in_table) {
            return Ok(Meaning { column: None, kept: false });
        }
        let column = self.ours.get(&*name_in_table).copied();
        let named = self.kept.iter().any(|kept| folded(kept) == name_in_table);
        let kept = named || (column.is_none() && self.keeps_others);
        if column.is_none() && !kept && !self.ignores_others {
            return Err(NamingFault::Unknown(name.trim().to_owned(), self.columns.names()));
        }
        Ok(Meaning { column, kept })
    }

    /// What was named and is not in a first row: told before an unknown column, which it may explain.
    pub(super) fn absent(&self, header: &[String]) -> Result<(), NamingFault> {
        let has = |name: &str| header.iter().any(|there| folded(there) == folded(name));
        if let Some((column, theirs)) = self.mapped.iter().find(|(_, theirs)| !has(theirs)) {
            return Err(NamingFault::MapMissing(column.name(), theirs.clone()));
        }
        let missing = self.kept.iter().find(|name| !has(name));
        missing.map_or(Ok(()), |name| Err(NamingFault::KeepMissing(name.clone())))
    }

    /// What was named and is not in the table, whose columns are `there` and among the `kept` ones.
    pub(super) fn missing(&self, there: &[Column], kept: &[String]) -> Result<(), NamingFault> {
        if let Some((column, theirs)) = self.mapped.iter().find(|(column, _)| !there.contains(column)) {
            return Err(NamingFault::MapMissing(column.name(), theirs.clone()));
        }
        let is_missing = |name: &&String| kept.iter().all(|k| folded(k) != folded(name));
        self.kept.iter().find(is_missing).map_or(Ok(()), |name| Err(NamingFault::KeepMissing(name.clone())))
    }
}

/// A name as it is compared. Most are so already: of JSON, each key of each line is.
pub(super) fn folded(name: &str) -> Cow<'_, str> {
    let name = name.trim();
    let is_folded = name.bytes().all(|b| b.is_ascii() && !b.is_ascii_uppercase());
    if is_folded { name.into() } else { name.to_lowercase().into() }
}
