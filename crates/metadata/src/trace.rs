//! Signs of AI generation in metadata that is no label: one row each.

use std::borrow::Cow;

/// A sign of AI generation that is no label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// What kind: `c2pa`, `iptc`, `stable-diffusion` …
    pub kind: &'static str,
    /// Where it stands.
    pub placement: Cow<'static, str>,
    /// What it says, shortened.
    pub detail: String,
    /// Whether it alone makes a file suspected.
    pub strength: Strength,
}

/// What a trace is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// Worth a line, no verdict.
    Weak,
    /// Makes a file suspected.
    Strong,
}

impl Strength {
    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Weak => "weak",
            Self::Strong => "strong",
        }
    }
}

/// A program or service that writes its name into the files it makes, and where that name counts.
struct Credit {
    kind: &'static str,
    /// Text to look for, lower case.
    needle: &'static str,
}

const CREDITS: &[Credit] = &[
    Credit { kind: "midjourney", needle: "midjourney" },
    Credit { kind: "dall-e", needle: "dall-e" },
    Credit { kind: "dall-e", needle: "dall·e" },
    Credit { kind: "firefly", needle: "adobe firefly" },
    Credit { kind: "gemini", needle: "made with google ai" },
    Credit { kind: "novelai", needle: "novelai" },
    Credit { kind: "stable-diffusion", needle: "stable diffusion" },
    Credit { kind: "stable-diffusion", needle: "comfyui" },
    Credit { kind: "chatgpt", needle: "chatgpt" },
];

/// The IPTC terms for media made by, or with, a trained model.
const SOURCES: [&str; 2] = ["compositeWithTrainedAlgorithmicMedia", "trainedAlgorithmicMedia"];

/// The IPTC DigitalSourceType inside a manifest or value, when it names a trained model.
pub(crate) fn digital_source(bytes: &[u8]) -> Option<&'static str> {
    SOURCES.into_iter().find(|s| bytes.windows(s.len()).any(|w| w == s.as_bytes()))
}

/// Whether an object with its media type in front is a C2PA manifest store: by the type, today's or one of the older ones,
/// in whatever case and width of characters, or since it holds the description box of one (C2PA 2.1 section 11.1.4).
pub(crate) fn is_manifest(object: &[u8]) -> bool {
    let media_type: Vec<u8> =
        object.iter().filter(|b| !matches!(b, 0 | 0xfe | 0xff | b' ')).take(18).copied().collect();
    let media_type = media_type.to_ascii_lowercase();
    media_type.starts_with(b"application/c2pa")
        || media_type.starts_with(b"application/x-c2pa")
        || object.windows(8).any(|w| w == b"jumdc2pa")
}

/// What a named text of a file tells: the kind of trace, its detail, what it is worth.
pub(crate) fn look<'a>(name: &'a str, value: &'a str) -> Option<(&'static str, &'a str, Strength)> {
    let is = |n: &str| name.eq_ignore_ascii_case(n);
    if is("DigitalSourceType") {
        return digital_source(value.as_bytes()).map(|source| ("iptc", source, Strength::Strong));
    }
    // IPTC Photo Metadata 2025.1: these say which system made the picture, and what it was told.
    if ["AISystemUsed", "AISystemVersionUsed", "AIPromptInformation", "AIPromptWriterName"].iter().any(|n| is(n))
        && !value.trim().is_empty()
    {
        return Some(("iptc", value, Strength::Strong));
    }
    if is("parameters") && value.contains("Steps:") && value.contains("Sampler") {
        return Some(("stable-diffusion", value, Strength::Strong));
    }
    if (is("prompt") || is("workflow"))
        && value.trim_start().starts_with('{')
        && (value.contains("class_type") || value.contains("\"nodes\""))
    {
        return Some(("comfyui", name, Strength::Strong));
    }
    let credits = ["Software", "CreatorTool", "Credit", "Source", "Artist", "Author", "creator", "Description"];
    if !credits.iter().any(|n| is(n)) {
        return None;
    }
    let folded = value.chars().take(400).collect::<String>().to_lowercase();
    let credit = CREDITS.iter().find(|c| folded.contains(c.needle))?;
    // A description may only talk about a service; a credit field names the maker.
    let strength = if is("Description") { Strength::Weak } else { Strength::Strong };
    Some((credit.kind, value, strength))
}
