//! Making a security field.

use biaoshi_label::Fields;

use crate::content::COVERAGE;
use crate::data::hex;
use crate::{Digest, Party, PrivateKey};

/// What a signature of ours over label and content says that it covers (our convention, see [`Party::text_with`]).
pub(crate) const LABEL_AND_BINDING: &str = "MdBinding";
/// What the guide calls a signature over the label.
pub(crate) const LABEL: &str = "Md";

/// The value of a party's reserved field: one signature over its fields, as the guide has it, and where a content is given
/// its hash and a second one that ties label and hash together. The same key, fields and content give the same text.
/// `None` where a signature cannot be made (see [`PrivateKey::sign`]).
pub fn sign(key: &PrivateKey, party: Party, fields: &Fields, content: Option<&Digest>) -> Option<String> {
    let (algorithm, key_id) = (key.algorithm().id(), key.public().id());
    // The guide says what a producer signs; a propagator says it itself.
    let stated = match party {
        Party::Producer => String::new(),
        Party::Propagator => format!(r#","Fields":"{}""#, party.names()),
    };
    let entry = |covers: String, text: String| {
        let signature = hex(&key.sign(text.as_bytes())?);
        Some(format!(
            r#"{{"Type":"DS","AlgID":"{algorithm}","TBSData":{{{covers}{stated}}},"Signature":"{signature}","KeyID":"{key_id}"}}"#
        ))
    };
    let mut entries = vec![entry(format!(r#""Type":"{LABEL}""#), party.text(fields))?];
    let mut bindings = String::new();
    if let Some(digest) = content {
        let (hash, value) = (digest.hash.id(), hex(&digest.bytes));
        bindings = format!(
            r#""Bindings":[{{"Type":"Hash","AlgID":"{hash}","TBSData":{{"Type":"{COVERAGE}"}},"Value":"{value}"}}],"#
        );
        let covers = format!(r#""Type":"{LABEL_AND_BINDING}","BType":"0""#);
        entries.push(entry(covers, party.text_with(fields, digest))?);
    }
    let point = hex(key.public().point());
    entries.push(format!(r#"{{"Type":"PubKey","AlgID":"{algorithm}","KeyValue":"{point}","KeyID":"{key_id}"}}"#));
    let entries = entries.join(",");
    Some(format!(r#"{{"SecurityData":{{"Type":"TC260PG","Version":1,{bindings}"PubSD":[{entries}]}}}}"#))
}
