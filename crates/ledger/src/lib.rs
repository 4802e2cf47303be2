//! The ledger: what a platform did with labels, as the Labelling Measures want it recorded (Art. 9: deliveries without an explicit label,
//! for six months; Art. 10: why a label was replaced), and as it wants to prove later.
//!
//! A folder with one file of JSON Lines a day (UTC). Each line names the one before it by its SHA-256, so that whatever is changed,
//! removed or swapped inside shows ([`audit()`]); who keeps the [`head()`] elsewhere finds a cut end too. One program writes at a time
//! ([`Ledger`]), everybody may read. It knows no format and no media: whoever did the work makes the [`Entry`].
//!
//! ```
//! use biaoshi_ledger::{Action, Entry, Ledger, Options, audit};
//!
//! # fn main() -> biaoshi_ledger::Result<()> {
//! # let folder = tempfile::tempdir().unwrap();
//! # let folder = folder.path();
//! let mut ledger = Ledger::open(folder, Options::default())?;
//! let entry = Entry { path: Some("a.png".into()), ..Entry::new(Action::Labelled) };
//! let receipt = ledger.append(&entry)?;
//! assert_eq!(receipt.sequence, 1);
//! assert!(audit(folder, Some(receipt.hash))?.is_whole());
//! # Ok(())
//! # }
//! ```

mod audit;
mod day;
mod error;
mod export;
mod fault;
mod files;
mod find;
mod hash;
mod index;
mod key;
mod line;
mod retention;
#[cfg(test)]
mod tests;
mod writer;

pub use audit::{Audit, DayAudit, audit};
pub use day::Day;
pub use error::{LedgerError, Result};
pub use export::{Filter, export};
pub use fault::{Fault, FaultKind};
pub use find::{Search, bring_up_to_date, find};
pub use hash::{Hash, NoHash};
pub use index::Note;
pub use key::Key;
pub use line::{Action, Entry, Head, LONGEST, Line, Replaced, SCHEMA, Stub};
pub use retention::{Retired, SIX_MONTHS, retirable};
pub use writer::{Ledger, Options, Receipt, Repair, head};
