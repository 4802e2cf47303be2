//! Security fields (TC260-PG-202511A): what ReservedCode1 and ReservedCode2 hold so that a label can be believed.
//!
//! A producer signs `Label`, `ContentProducer` and `ProduceID`, a propagator `Label`, `ContentPropagator` and `PropagateID`; either
//! may sign a hash of the content along with them. [`sign`] makes such a field, [`check`] says what one is worth. A key
//! that travels in the file proves that nothing was changed since; who signed is known only of keys in [`Trust`].
//!
//! Pure: knows no format, opens no file, draws no random bytes. The bytes of the content come from whoever knows the format.
#![warn(clippy::indexing_slicing, clippy::cast_possible_truncation)]
#![cfg_attr(test, allow(clippy::cast_possible_truncation, clippy::unwrap_used, clippy::panic))]

mod algorithm;
mod budget;
mod check;
mod content;
mod data;
mod fault;
mod private;
mod public;
mod sign;
mod text;
mod trust;

#[cfg(test)]
mod tests;

pub use algorithm::{Algorithm, Hash};
pub use budget::Budget;
pub use check::{Check, Content, State, check, reasons};
pub use content::{COVERAGE, ContentHash, Digest};
pub use data::{Binding, DataKey, DataSignature, Reading, SecurityData, read};
pub use fault::KeyFault;
pub use private::PrivateKey;
pub use public::PublicKey;
pub use sign::sign;
pub use text::Party;
pub use trust::{Trust, TrustFault};
