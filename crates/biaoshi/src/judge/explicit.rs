//! The rules for what people see, hear or read (GB 45438-2025 clause 5).

use biaoshi_container::{Said, phrase, said};
use biaoshi_label::{Code, Finding, Level, Record};
use biaoshi_media::{Faults, Place, Tones};
use biaoshi_metadata::{Kind, finding};

use super::{Evidence, Explicit, Looked, Policy};
use crate::plan::Layer;

/// Least ink height of the smallest glyph over the shortest side of the picture (clause 5.2).
const LEAST_HEIGHT: f32 = 0.05;
/// How far from the nearest edge a label may lie and still be on an edge or corner, as a share of the shortest side. Clause 5.2
/// gives no number: our convention.
const EDGE: f32 = 0.1;
/// Seconds by which what is heard may be off.
const ROUNDING: f64 = 0.02;

/// Whether a label is there that conforms, as far as anybody asked, and what is only like one.
pub(super) fn findings(evidence: &Evidence, policy: &Policy) -> Vec<Finding> {
    let alike = evidence.alike.iter().map(|like| finding(Code::RhythmLike, "", like.told()));
    labels(evidence, policy).into_iter().chain(alike).chain(longer(evidence)).collect()
}

/// Whether the labels of a sound outlast what else it holds.
fn longer(evidence: &Evidence) -> Option<Finding> {
    let seconds = evidence.seconds?;
    let labels: f64 = evidence.explicit.found().iter().map(|label| label.place.seconds()).sum();
    let content = (seconds - labels).max(0.0);
    (content + ROUNDING < labels).then(|| outlasts(labels, content))
}

/// The finding of a label that lasts longer than its content, both in seconds.
pub(crate) fn outlasts(label: f64, content: f64) -> Finding {
    let told = said!("{} s, content {} s", "{} 秒,内容 {} 秒", format!("{label:.2}"), format!("{content:.2}"));
    finding(Code::ExplicitLonger, "", told)
}

fn labels(evidence: &Evidence, policy: &Policy) -> Vec<Finding> {
    let required = policy.requires(Layer::Explicit);
    let unchecked = |why| vec![finding(Code::ExplicitUnchecked, "", why)];
    match &evidence.explicit {
        Looked::Unasked if required => unchecked(phrase!("nobody asked for it", "未要求检查").into()),
        Looked::Unasked => Vec::new(),
        Looked::Unable(why) => unchecked(why.clone()),
        // Only what is AI-generated for certain has to show it in the file itself (Measures Art. 4).
        Looked::Found(all) if all.is_empty() => {
            let missing = required || evidence.found.records.iter().any(is_confirmed);
            missing.then(|| finding(Code::NoExplicit, "", sought(evidence.kind))).into_iter().collect()
        }
        Looked::Found(all) => unfit(all),
    }
}

/// Whether a label says that the content is AI-generated for certain; see [`super::reason`] for values that are no level.
fn is_confirmed(record: &Record) -> bool {
    !record.broken && !matches!(record.level(), Some(Level::Possible | Level::Suspected))
}

/// What was looked for: nobody may take a missing finding for a missing label.
fn sought(kind: Option<Kind>) -> &'static Said {
    match kind {
        Some(Kind::Audio) => {
            phrase!(
                "the rhythm 短长 短短, anywhere in the sound; a spoken label is known by its recording alone (--audio-mark)",
                "音频任意位置的节奏标识(短长 短短);语音标识仅能凭其录音识别(--audio-mark)"
            )
        }
        Some(Kind::Text | Kind::Document) => {
            phrase!("a line of its own that says so, at the start or the end", "首尾独立成行的标识文字")
        }
        Some(Kind::Image | Kind::Video) | None => phrase!(
            "words in a corner as this program draws them; labels that others drew are not recognised yet",
            "角落处由本工具绘制的标识文字;其他程序绘制的标识尚不能识别"
        ),
    }
}

/// What is wrong with the labels; nothing where one of them conforms.
fn unfit(labels: &[Explicit]) -> Vec<Finding> {
    let faults: Vec<Vec<Finding>> = labels.iter().map(faults).collect();
    if faults.iter().any(Vec::is_empty) { Vec::new() } else { faults.concat() }
}

/// What is wrong with one label. There is no rule of size or place for texts that could be broken where they are looked for.
fn faults(label: &Explicit) -> Vec<Finding> {
    let (rect, (width, height), height_ratio) = match &label.place {
        Place::Picture { rect, picture, height_ratio, .. } => (rect, *picture, *height_ratio),
        Place::Sound(all) => return all.iter().flat_map(unheard).collect(),
        Place::Prompt(_) | Place::Text { .. } => return Vec::new(),
    };
    let short = width.min(height).max(1) as f32;
    let share = |pixels: u32| pixels as f32 / short;
    let small = (height_ratio < LEAST_HEIGHT).then(|| {
        let percent = format!("{:.1}", height_ratio * 100.0);
        finding(Code::ExplicitTooSmall, "", said!("{} is {} % high", "{} 高 {}%", &label.text, percent))
    });
    let right = width.saturating_sub(rect.x.saturating_add(rect.width));
    let bottom = height.saturating_sub(rect.y.saturating_add(rect.height));
    let nearest = [rect.x, rect.y, right, bottom].into_iter().min().unwrap_or_default();
    let inside = (share(nearest) > EDGE).then(|| {
        finding(Code::ExplicitNotAtEdge, "", said!("{} is {} pixels away", "{} 距边缘 {} 像素", &label.text, nearest))
    });
    small.into_iter().chain(inside).collect()
}

/// What keeps a rhythm from being heard as what it is: a label is inserted before, behind or amid the content, and its order is
/// all that clause 5.3 fixes.
fn unheard(tones: &Tones) -> Vec<Finding> {
    let Faults { covered, quiet, cut, no_gap } = tones.faults;
    let all = [
        (covered, Code::RhythmCovered),
        (quiet, Code::RhythmQuiet),
        (cut, Code::RhythmCut),
        (no_gap, Code::RhythmMorseL),
    ];
    let at = || said!("at {} s", "第 {} 秒", format!("{:.2}", tones.start));
    all.into_iter().filter(|(there, _)| *there).map(|(_, code)| finding(code, "", at())).collect()
}
