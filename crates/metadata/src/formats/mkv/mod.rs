//! Matroska and WebM. The label is the simple tag `AIGC` of a tag for the whole file (video guide).

mod content;
mod extent;
mod index;
mod pointers;
mod read;
mod tags;
mod write;

use crate::format::{Confidence, Format, Head, Kind, Status};

const NAME: &str = "Matroska";
const PLACEMENT: &str = "mkv/Segment/Tags/AIGC";

/// Ids of elements (RFC 9559).
mod id {
    pub(super) const EBML: u32 = 0x1a45_dfa3;
    pub(super) const SEGMENT: u32 = 0x1853_8067;
    pub(super) const SEEK_HEAD: u32 = 0x114d_9b74;
    pub(super) const SEEK: u32 = 0x4dbb;
    pub(super) const SEEK_ID: u32 = 0x53ab;
    pub(super) const SEEK_POSITION: u32 = 0x53ac;
    pub(super) const INFO: u32 = 0x1549_a966;
    pub(super) const TRACKS: u32 = 0x1654_ae6b;
    pub(super) const CHAPTERS: u32 = 0x1043_a770;
    pub(super) const ATTACHMENTS: u32 = 0x1941_a469;
    pub(super) const WRITING_APP: u32 = 0x5741;
    pub(super) const CLUSTER: u32 = 0x1f43_b675;
    pub(super) const POSITION: u32 = 0xa7;
    pub(super) const SIMPLE_BLOCK: u32 = 0xa3;
    pub(super) const BLOCK_GROUP: u32 = 0xa0;
    pub(super) const CUES: u32 = 0x1c53_bb6b;
    pub(super) const CUE_POINT: u32 = 0xbb;
    pub(super) const CUE_TRACK_POSITIONS: u32 = 0xb7;
    pub(super) const CUE_CLUSTER_POSITION: u32 = 0xf1;
    pub(super) const CUE_REFERENCE: u32 = 0xdb;
    pub(super) const CUE_REF_CLUSTER: u32 = 0x97;
    pub(super) const TAGS: u32 = 0x1254_c367;
    pub(super) const TAG: u32 = 0x7373;
    pub(super) const TARGETS: u32 = 0x63c0;
    pub(super) const TARGET_UIDS: [u32; 4] = [0x63c5, 0x63c9, 0x63c4, 0x63c6];
    pub(super) const SIMPLE_TAG: u32 = 0x67c8;
    pub(super) const TAG_NAME: u32 = 0x45a3;
    pub(super) const TAG_LANGUAGE: u32 = 0x447a;
    pub(super) const TAG_STRING: u32 = 0x4487;
    pub(super) const TAG_BINARY: u32 = 0x4485;
}

/// Matroska.
pub(crate) static MKV: Format = Format {
    name: "mkv",
    media_type: "video/matroska",
    extensions: &["mkv", "mka", "mk3d", "mks"],
    kind: Kind::Video,
    status: Status::Standard,
    placement: PLACEMENT,
    clause: "TC260-PG-20257A",
    touches: "the first `Tags`; Void pays, else what follows moves, and the SeekHead, the Cues and the cluster positions move along",
    families: &["mkv"],
    sniff: |head| sniff(head, false),
    read: read::read,
    pointers: Some(pointers::walk),
    content: Some(content::parts),
};

/// WebM.
pub(crate) static WEBM: Format =
    Format { name: "webm", media_type: "video/webm", extensions: &["webm"], sniff: |head| sniff(head, true), ..MKV };

/// Decides by the DocType of the EBML header.
fn sniff(head: &Head<'_>, webm: bool) -> Confidence {
    if !head.bytes.starts_with(&[0x1a, 0x45, 0xdf, 0xa3]) {
        return Confidence::No;
    }
    let start = head.get(0..head.bytes.len().min(256));
    let is_webm = start.windows(7).any(|w| w == b"\x42\x82\x84webm");
    if is_webm == webm { Confidence::Magic } else { Confidence::No }
}
