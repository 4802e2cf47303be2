//! The sidecar `<name>.aigc.json` for files without a slot (our convention): the wrapped label, the file's name and the
//! SHA-256 of its bytes.

use biaoshi_container::{Limits, phrase, said};
use biaoshi_label::{Code, Label};

use crate::found::{Found, Offer, Slot, finding};

/// What a sidecar's name adds to that of its file.
pub const SUFFIX: &str = ".aigc.json";

/// Where its label is said to stand.
pub const PLACEMENT: &str = "sidecar/AIGC";

/// The text of a sidecar.
pub fn encode(label: &Label, name: &str, sha256: &str) -> String {
    format!("{{\"AIGC\":{},\"file\":{},\"sha256\":\"{sha256}\"}}\n", label.to_json(), serde_json::Value::from(name))
}

/// Reads a sidecar's text into `found`. `sha256` is that of the file beside it, lower-case hex.
pub fn read(text: &str, sha256: &str, limits: &Limits, found: &mut Found) {
    let slot = Slot { placement: PLACEMENT.into(), span: 0..text.len() as u64, wrapped: true, dialects: &[] };
    if found.offer(slot, text.trim_end(), limits) != Offer::Label {
        found.findings.push(finding(Code::SidecarBroken, PLACEMENT, phrase!("no label inside", "其中没有标识")));
        return;
    }
    let stated = serde_json::from_str::<serde_json::Value>(text).ok();
    let stated = stated.as_ref().and_then(|v| v.get("sha256")).and_then(|v| v.as_str()).unwrap_or_default();
    if !stated.eq_ignore_ascii_case(sha256) {
        let what = said!("{} is not {}", "{} 不是 {}", format!("{stated:?}"), sha256);
        found.findings.push(finding(Code::SidecarHash, PLACEMENT, what));
    }
}
