//! What a file may cost: each verification takes up to a millisecond, and a small file may ask for any number of them.

use std::cell::Cell;

use crate::PublicKey;

/// The verifications that are left for one file. Sixty-four labels that both parties signed, over the fields and over the content,
/// stay below it.
#[derive(Debug, Clone)]
pub struct Budget(Cell<u32>);

impl Budget {
    /// Verifications for one file.
    pub const WHOLE: u32 = 256;
}

impl Default for Budget {
    fn default() -> Self {
        Self(Cell::new(Self::WHOLE))
    }
}

/// Nothing is left: nobody says what a signature is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Spent;

impl Budget {
    /// Whether a signature over this text is by this key; see [`PublicKey::verifies`].
    pub(crate) fn verifies(&self, key: &PublicKey, text: &[u8], signature: &[u8]) -> Result<bool, Spent> {
        self.0.set(self.0.get().checked_sub(1).ok_or(Spent)?);
        Ok(key.verifies(text, signature))
    }

    /// The first of these keys by which a signature over one of these texts is.
    pub(crate) fn verifying<'k>(
        &self,
        keys: impl IntoIterator<Item = &'k PublicKey>,
        texts: &[&[u8]],
        signature: &[u8],
    ) -> Result<Option<&'k PublicKey>, Spent> {
        for key in keys {
            for text in texts {
                if self.verifies(key, text, signature)? {
                    return Ok(Some(key));
                }
            }
        }
        Ok(None)
    }
}
