//! Texts into which nothing is written, but that are searched: marked words are pasted into all of them.

use super::words::txt::SEARCHED;
use crate::{Content, Media};

pub(crate) static PROSE: Media = searched("prose");
pub(crate) static SETTINGS: Media = searched("settings");
pub(crate) static JSON: Media = searched("json");
pub(crate) static TEXT: Media = searched("text");

const fn searched(format: &'static str) -> Media {
    Media { format, explicit: None, content: Content::Words(SEARCHED), says: &[] }
}
