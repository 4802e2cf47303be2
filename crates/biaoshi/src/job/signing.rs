//! Security fields of a label on its way: signing it, and keeping signatures that are there.

use std::sync::Arc;

use biaoshi_container::{Message, Patch, Patched, Source};
use biaoshi_label::{Label, Record};
use biaoshi_metadata::Format;
use biaoshi_security::{Budget, Check, Digest, Hash, Party, PrivateKey, Trust, check, sign};

use super::binding;
use super::decide::Decided;
use super::task::Job;
use crate::judge::origin;
use crate::plan::{BESIDE, UNHASHED, UNREAD};
use crate::{Error, Limits, Refusal, Result};

/// Who signs the labels that are written, and with what.
#[derive(Debug, Clone)]
pub struct Signer {
    /// Which security field.
    pub party: Party,
    /// The key.
    pub key: Arc<PrivateKey>,
}

/// A label that was signed, and the view of the file in which its content was hashed.
pub(super) struct Signed {
    pub(super) decided: Decided,
    /// The patch of that view; `None` where nothing was signed for a content.
    pub(super) hashed: Option<Patch>,
}

impl Job<'_> {
    /// Signs the label where that is wanted. The content is that of the file with the label in it: the first label may have to
    /// be announced in places that belong to the content. `plan` puts a label into `lower`.
    pub(super) fn signed(
        &mut self,
        mut decided: Decided,
        format: &Format,
        lower: &dyn Source,
        plan: &dyn Fn(&Label) -> Result<Patch>,
    ) -> Result<Signed> {
        let Some(Signer { party, key }) = &self.options.signer else { return Ok(Signed { decided, hashed: None }) };
        let patch = if decided.same { Patch::new() } else { plan(&decided.label)? };
        let view = Patched::new(lower, &patch);
        let digest = match content(format, &view, key.algorithm().hash(), &self.options.limits) {
            Ok(digest) => Some(digest),
            Err(why) => {
                self.report.notes.push(why);
                None
            }
        };
        let value = sign(key, *party, decided.label.fields(), digest.as_ref()).ok_or_else(unsigned)?;
        if decided.label.get(party.reserved()) != value {
            decided.label = decided.label.secured(party.reserved(), value);
            decided.same = false;
        }
        self.report.fields = Some(decided.label.fields().clone());
        Ok(Signed { decided, hashed: digest.map(|_| patch) })
    }

    /// Signs a label that goes beside its file. Its content is not hashed: what a sidecar belongs to is said by its SHA-256 alone.
    pub(super) fn signed_beside(&mut self, label: &Label) -> Result<Label> {
        let Some(Signer { party, key }) = &self.options.signer else { return Ok(label.clone()) };
        self.report.notes.push(BESIDE.message());
        let value = sign(key, *party, label.fields(), None).ok_or_else(unsigned)?;
        Ok(label.clone().secured(party.reserved(), value))
    }

    /// Refuses what would leave a signature behind that was valid and is not any more: of a label that stays, after a change of the
    /// content or of the form of a value; of one that is carried, for another content. `source` is the file, `view` its output.
    pub(super) fn keep_signatures(
        &self,
        records: &[Record],
        label: &Label,
        format: &Format,
        (source, view): (&dyn Source, &dyn Source),
    ) -> Result<()> {
        let limits = &self.options.limits;
        let signs = |party: &Party| self.options.signer.as_ref().is_some_and(|signer| signer.party == *party);
        for party in Party::ALL.into_iter().filter(|party| !signs(party)) {
            let budget = Budget::default();
            let before = origin(records, label.fields()).map_or(label.fields(), |record| &record.fields);
            let alone = check(party, before, &Trust::default(), &budget, &mut |_| Err(Message::term("")));
            if !alone.is_some_and(|check| check.state.is_valid()) {
                continue;
            }
            let mut hash = |hash| content(format, view, hash, limits);
            let after = check(party, label.fields(), &Trust::default(), &budget, &mut hash);
            if after.is_none_or(|check| check.state.is_valid()) {
                continue;
            }
            // What was signed for another content was invalid before, and stays what it is.
            let mut hash = |hash| content(format, source, hash, limits);
            let was = check(party, before, &Trust::default(), &budget, &mut hash);
            if records.is_empty() || was.is_some_and(|check| check.state.is_valid()) {
                return Err(Refusal::Signature(party).into());
            }
        }
        Ok(())
    }
}

/// Nobody has seen it; see [`PrivateKey::sign`].
fn unsigned() -> Error {
    Error::Internal("a signature that cannot be made".into())
}

/// The hash of a content, or why there is none.
pub(super) fn content(
    format: &Format,
    source: &dyn Source,
    hash: Hash,
    limits: &Limits,
) -> std::result::Result<Digest, Message> {
    match binding::digest(format, source, hash, limits) {
        Ok(Some(digest)) => Ok(digest),
        Ok(None) => Err(UNHASHED.with([format.name.into()])),
        Err(error) => Err(UNREAD.with([error.message().into()])),
    }
}

/// What the security fields of a file's labels are worth, in the order of the labels.
pub(super) fn checked(
    records: &[Record],
    format: Option<&Format>,
    source: &dyn Source,
    trust: &Trust,
    limits: &Limits,
) -> Vec<[Option<Check>; 2]> {
    // A file may hold many labels that are bound by the same hash.
    let mut known: Vec<(Hash, std::result::Result<Digest, Message>)> = Vec::new();
    let mut hashed = |hash| {
        if let Some((_, digest)) = known.iter().find(|(of, _)| *of == hash) {
            return digest.clone();
        }
        let digest = match format {
            Some(format) => content(format, source, hash, limits),
            None => Err(UNHASHED.with(["unknown".into()])),
        };
        known.push((hash, digest.clone()));
        digest
    };
    let budget = Budget::default();
    let mut of = |record: &Record| Party::ALL.map(|party| check(party, &record.fields, trust, &budget, &mut hashed));
    records.iter().map(&mut of).collect()
}
