use crate::{Confidence, FORMATS, Format, Head};

/// The format that the bytes speak for most.
pub fn sniff(head: &Head<'_>) -> Option<&'static Format> {
    let mut best = (Confidence::No, None);
    for format in FORMATS {
        let confidence = (format.sniff)(head);
        // Of equals the first row wins.
        if confidence > best.0 {
            best = (confidence, Some(*format));
        }
        if confidence == Confidence::Magic {
            break;
        }
    }
    best.1
}
