//! What a security field is worth.

use biaoshi_container::{Message, Said};
use biaoshi_label::Fields;

use crate::budget::Spent;
use crate::content::COVERAGE;
use crate::data::{self, Binding, DataSignature, Reading, SecurityData};
use crate::sign::{LABEL, LABEL_AND_BINDING};
use crate::{Algorithm, Budget, Digest, Hash, Party, PublicKey, Trust};

/// What is known of a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It verifies, and its key is pinned for the provider that the label names.
    ValidPinned,
    /// It verifies with the key that travels with it: nothing was changed since, and who signed is not known.
    ValidUnpinned,
    /// It does not verify, or the content is another one.
    Invalid,
    /// Nobody can say: another algorithm, another text, no key.
    NotVerifiable,
}

impl State {
    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::ValidPinned => "valid-pinned",
            Self::ValidUnpinned => "valid-unpinned",
            Self::Invalid => "invalid",
            Self::NotVerifiable => "not-verifiable",
        }
    }

    /// Whether it verifies.
    pub fn is_valid(self) -> bool {
        matches!(self, Self::ValidPinned | Self::ValidUnpinned)
    }
}

/// Whether the signature says which content the label belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// It does, and this is the content.
    Bound,
    /// It does not, or that cannot be checked.
    NotBound,
    /// It does, and this is another content.
    Mismatch,
}

impl Content {
    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bound => "bound",
            Self::NotBound => "not-bound",
            Self::Mismatch => "mismatch",
        }
    }
}

/// The reasons for what [`check`] says, with the codes of reports.
pub mod reasons {
    use biaoshi_container::Said;

    macro_rules! rows {
        ($($name:ident $code:literal $en:literal $zh:literal;)*) => {
            $(#[doc = $en] pub static $name: Said = Said { code: $code, en: $en, zh: $zh };)*
            /// All of them.
            pub static ALL: &[&Said] = &[$(&$name,)*];
        };
    }

    rows! {
        WRONG "signature.wrong" "it does not verify: the signed fields, the signature or the key were changed" "验证不通过:被签名的字段、签名值或公钥被改动过";
        CONTENT "signature.content" "the label belongs to another content, or the content was changed" "标识属于其他内容,或内容被改动过";
        UNREADABLE "signature.unreadable" "the security data cannot be read" "安全数据无法读取";
        NOTHING "signature.none" "the security data holds no signature" "安全数据中没有签名";
        ALGORITHM "signature.algorithm" "the algorithm {} is not known here" "不支持的签名算法 {}";
        TEXT "signature.text" "what is signed is not known: {}" "不知道签名所覆盖的内容:{}";
        KEY "signature.key" "there is no key to verify it with" "没有可用于验证的公钥";
        BARE "signature.bare" "it is a bare signature, and no key pinned for its provider verifies it" "仅有签名值,且没有为该服务提供者固定的公钥能够验证";
        HASH "signature.hash" "the signature verifies and covers a hash alone, none of the label's fields" "签名验证通过,但只覆盖一个散列值,不覆盖标识的任何字段";
        SPENT "signature.spent" "the file holds more signatures than are verified: no more than {} verifications" "文件中的签名过多:每个文件最多验证 {} 次";
        HASH_UNKNOWN "signature.hash-unknown" "the signature covers a hash alone, in a way that is not known here" "签名只覆盖一个散列值,其方式未知";
        NOT_SAID "content.not-said" "it does not say which content: the label may be copied from another file" "签名未说明属于哪个内容:标识可能复制自其他文件";
        UNSIGNED "content.unsigned" "a hash of a content is there, and nobody signed it" "有内容散列值,但未被签名";
        APART "content.apart" "the hash is signed apart from the label, so both may be put together from two files; what it covers is not told" "散列值与标识分别签名,可能由两个文件拼接而成;散列值覆盖的范围未说明";
    }
}

/// What is known of one party's security field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Of the signature.
    pub state: State,
    /// Of the content. It is bound only where the signature verifies.
    pub content: Content,
    /// Why the signature is no valid one; of a valid one, why the content is not bound.
    pub reason: Option<Message>,
    /// How it was signed, where that is known.
    pub algorithm: Option<Algorithm>,
    /// The key that verified it, by its id.
    pub key_id: Option<String>,
    /// Whether keys are pinned for the provider, and the one that verified it is none of them.
    pub other_key: bool,
}

impl Check {
    fn unknown(reason: Message) -> Self {
        Self {
            state: State::NotVerifiable,
            content: Content::NotBound,
            reason: Some(reason),
            algorithm: None,
            key_id: None,
            other_key: false,
        }
    }

    fn spent() -> Self {
        Self::unknown(reasons::SPENT.with([u64::from(Budget::WHOLE).into()]))
    }

    fn invalid(algorithm: Option<Algorithm>) -> Self {
        Self { state: State::Invalid, algorithm, ..Self::unknown(reasons::WRONG.message()) }
    }
}

/// Says what a party's security field is worth; `None` where the field holds none.
///
/// `content` hashes the content of the file, or says why that cannot be done. It is called only when a signature that
/// verifies says which content it is for. `budget` is that of the file: what it does not suffice for is not verifiable.
pub fn check(
    party: Party,
    fields: &Fields,
    trust: &Trust,
    budget: &Budget,
    content: &mut dyn FnMut(Hash) -> Result<Digest, Message>,
) -> Option<Check> {
    let data = data::read(party.reserved().of(fields)?);
    let pinned = trust.keys_of(party.provider().of(fields).unwrap_or_default());
    let inspector = |data| Inspector { party, fields, pinned, budget, data };
    Some(match data {
        Reading::Nothing => return None,
        Reading::Unreadable => Check::unknown(reasons::UNREADABLE.message()),
        Reading::Bare(signature) => {
            inspector(SecurityData::default()).bare(&signature).unwrap_or_else(|Spent| Check::spent())
        }
        Reading::Data(data) => inspector(data).run(content).unwrap_or_else(|Spent| Check::spent()),
    })
}

/// What one signature over the label comes to.
enum Outcome {
    Verified(PublicKey),
    Failed(Algorithm),
    Unknown(Message),
}

/// What an entry `DS` is over.
enum Covers {
    /// One of these texts; if none verifies, `certain` says whether it is then wrong, or over a text that is not known here.
    Label { texts: Vec<String>, certain: bool },
    /// A binding alone.
    Binding,
    /// Something that is not known here.
    Unknown,
}

struct Inspector<'a> {
    party: Party,
    fields: &'a Fields,
    pinned: &'a [PublicKey],
    budget: &'a Budget,
    data: SecurityData,
}

impl Inspector<'_> {
    /// A signature without anything beside it, such as MiniMax writes into texts: only pinned keys can verify it, and if none
    /// does, nobody knows what it is over.
    fn bare(&self, signature: &[u8]) -> Result<Check, Spent> {
        let text = self.party.text(self.fields);
        Ok(match self.budget.verifying(self.pinned, &[text.as_bytes()], signature)? {
            Some(key) => self.valid(key),
            None => Check::unknown(reasons::BARE.message()),
        })
    }

    /// `Spent`: one of the signatures was not looked at, and might have been wrong.
    fn run(&self, content: &mut dyn FnMut(Hash) -> Result<Digest, Message>) -> Result<Check, Spent> {
        let (mut verified, mut reason) = (Vec::new(), None);
        for entry in &self.data.signatures {
            match self.outcome(entry)? {
                Some(Outcome::Verified(key)) => verified.push((entry, key)),
                Some(Outcome::Failed(algorithm)) => return Ok(Check::invalid(Some(algorithm))),
                Some(Outcome::Unknown(why)) => reason = reason.or(Some(why)),
                None => {}
            }
        }
        // One key is believed, and what others signed counts for nothing: the pinned one, if it is among them.
        let pinned = verified.iter().find(|(_, key)| self.pinned.contains(key));
        let Some((_, key)) = pinned.or(verified.first()) else {
            return Ok(Check::unknown(reason.map_or_else(|| self.without_label(), Ok)?));
        };
        let binds = |(entry, by): &&(&DataSignature, PublicKey)| entry.covers == LABEL_AND_BINDING && by == key;
        let signed = verified.iter().find(binds).and_then(|(entry, _)| self.digest(entry));
        self.bound(self.valid(key), signed, content)
    }

    /// A signature that verifies with this key, its content aside.
    fn valid(&self, key: &PublicKey) -> Check {
        let pinned = self.pinned.contains(key);
        Check {
            state: if pinned { State::ValidPinned } else { State::ValidUnpinned },
            content: Content::NotBound,
            reason: Some(reasons::NOT_SAID.message()),
            algorithm: Some(key.algorithm()),
            key_id: Some(key.id()),
            other_key: !pinned && !self.pinned.is_empty(),
        }
    }

    /// What one entry comes to; `None` for one that is not over the label.
    fn outcome(&self, entry: &DataSignature) -> Result<Option<Outcome>, Spent> {
        let unknown = |why: Message| Ok(Some(Outcome::Unknown(why)));
        let (texts, certain) = match self.covers(entry) {
            Covers::Label { texts, certain } => (texts, certain),
            Covers::Binding => return Ok(None),
            Covers::Unknown => return unknown(reasons::TEXT.with([(&entry.covers).into()])),
        };
        let Some(algorithm) = Algorithm::parse(&entry.algorithm) else {
            return unknown(reasons::ALGORITHM.with([(&entry.algorithm).into()]));
        };
        let keys = self.keys(entry, algorithm);
        if keys.is_empty() {
            return unknown(reasons::KEY.message());
        }
        let signature = entry.value.as_deref().unwrap_or_default();
        let texts: Vec<_> = texts.iter().map(String::as_bytes).collect();
        Ok(Some(match self.budget.verifying(&keys, &texts, signature)? {
            Some(key) => Outcome::Verified(key.clone()),
            None if certain && !self.is_promised(entry) => Outcome::Unknown(reasons::KEY.message()),
            None if certain => Outcome::Failed(algorithm),
            None => Outcome::Unknown(reasons::TEXT.with([(&entry.covers).into()])),
        }))
    }

    fn covers(&self, entry: &DataSignature) -> Covers {
        // The guide's word, MiniMax's, and MiniMax's in order.
        if [LABEL, "LabelMataData", "LabelMetaData"].contains(&&*entry.covers) {
            let text = self.party.text(self.fields);
            return match self.party {
                Party::Producer => Covers::Label { texts: vec![text], certain: true },
                Party::Propagator if entry.fields == self.party.names() => {
                    Covers::Label { texts: vec![text], certain: true }
                }
                // The guide leaves open what a propagator signs. What covers the producer's fields says nothing of the propagator's: it
                // may be a copy of the producer's signature.
                Party::Propagator => Covers::Label { texts: vec![text], certain: false },
            };
        }
        if entry.covers == LABEL_AND_BINDING {
            let text = self.digest(entry).map(|digest| self.party.text_with(self.fields, &digest));
            // A later convention may cover a content in another way; a hash that is missing is no convention.
            let certain = self.binding(entry).is_none_or(|binding| binding.coverage == COVERAGE);
            return Covers::Label { texts: text.into_iter().collect(), certain };
        }
        if entry.covers == "Binding" { Covers::Binding } else { Covers::Unknown }
    }

    /// The hash of ours that an entry names.
    fn digest(&self, entry: &DataSignature) -> Option<Digest> {
        let binding = self.binding(entry).filter(|binding| binding.coverage == COVERAGE)?;
        let bytes = binding.value.as_deref()?.try_into().ok()?;
        Some(Digest { hash: Hash::parse(&binding.algorithm)?, bytes })
    }

    /// The binding that an entry names, by its number (MiniMax, and ours) or its `Type` (Tencent).
    fn binding(&self, entry: &DataSignature) -> Option<&Binding> {
        match entry.binding.parse() {
            Ok(number) => self.data.bindings.get::<usize>(number),
            Err(_) => self.data.bindings.iter().find(|b| b.kind.eq_ignore_ascii_case(&entry.binding)),
        }
    }

    /// The keys that may verify an entry: those of its id that travel with it, else all of its algorithm; where none does, the
    /// pinned ones. A key that travels is never passed over for a pinned one: it is part of what was promised.
    fn keys(&self, entry: &DataSignature, algorithm: Algorithm) -> Vec<PublicKey> {
        let travelling = self.data.keys.iter().filter(|key| Algorithm::parse(&key.algorithm) == Some(algorithm));
        let named: Vec<_> =
            travelling.clone().filter(|key| !entry.key_id.is_empty() && key.key_id == entry.key_id).collect();
        let chosen = if named.is_empty() { travelling.collect() } else { named };
        if self.data.keys.is_empty() {
            return self.pinned.iter().filter(|key| key.algorithm() == algorithm).cloned().collect();
        }
        let candidates = |bytes: &Vec<u8>| PublicKey::candidates(algorithm, bytes);
        let mut keys: Vec<PublicKey> = Vec::new();
        for key in chosen.iter().filter_map(|key| key.value.as_ref()).flat_map(candidates) {
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        keys
    }

    /// Whether it is said which key verifies an entry: one that travels with it, or a pinned one of its id. Without that, keys that
    /// do not verify it may be others of the same provider.
    fn is_promised(&self, entry: &DataSignature) -> bool {
        !self.data.keys.is_empty() || self.pinned.iter().any(|key| key.id() == entry.key_id)
    }

    /// What a valid signature says of the content: `signed` is the hash that it covers.
    fn bound(
        &self,
        mut check: Check,
        signed: Option<Digest>,
        content: &mut dyn FnMut(Hash) -> Result<Digest, Message>,
    ) -> Result<Check, Spent> {
        match signed.map(|signed| (signed, content(signed.hash))) {
            Some((signed, Ok(actual))) if signed == actual => {
                check.content = Content::Bound;
                check.reason = None;
            }
            Some((_, Ok(_))) => {
                check.state = State::Invalid;
                check.content = Content::Mismatch;
                check.reason = Some(reasons::CONTENT.message());
            }
            Some((_, Err(why))) => check.reason = Some(why),
            None => check.reason = Some(self.unbound()?.into()),
        }
        Ok(check)
    }

    /// Why a valid signature does not say which content it is for.
    fn unbound(&self) -> Result<&'static Said, Spent> {
        Ok(match self.data.bindings.is_empty() {
            true => &reasons::NOT_SAID,
            false if self.hash_verifies()? => &reasons::APART,
            false => &reasons::UNSIGNED,
        })
    }

    /// Why there is nothing to verify where no entry is over the label.
    fn without_label(&self) -> Result<Message, Spent> {
        let said = match self.data.signatures.is_empty() {
            true => &reasons::NOTHING,
            false if self.hash_verifies()? => &reasons::HASH,
            false => &reasons::HASH_UNKNOWN,
        };
        Ok(said.message())
    }

    /// Whether a signature over a hash alone verifies, in one of the ways of real services: over the entry as it stands (MiniMax),
    /// or over the bytes of the hash (Tencent).
    fn hash_verifies(&self) -> Result<bool, Spent> {
        for entry in self.data.signatures.iter().filter(|entry| entry.covers == "Binding") {
            let (Some(binding), Some(algorithm)) = (self.binding(entry), Algorithm::parse(&entry.algorithm)) else {
                continue;
            };
            let Some(signature) = entry.value.as_deref() else { continue };
            let texts: Vec<_> =
                [Some(binding.text.as_bytes()), binding.value.as_deref()].into_iter().flatten().collect();
            if self.budget.verifying(&self.keys(entry, algorithm), &texts, signature)?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
