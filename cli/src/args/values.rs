//! Values of arguments that are more than a text.

/// A number of bytes with an optional K, M or G (powers of 1024).
pub(super) fn size(text: &str) -> Result<u64, String> {
    let upper = text.to_ascii_uppercase();
    let body = upper.trim_end_matches("IB").trim_end_matches('B');
    let (digits, shift) = match body.as_bytes().last() {
        Some(b'K') => (&body[..body.len() - 1], 10),
        Some(b'M') => (&body[..body.len() - 1], 20),
        Some(b'G') => (&body[..body.len() - 1], 30),
        _ => (body, 0),
    };
    let number: u64 = digits.parse().map_err(|_| format!("{text:?} is no size; write 1000, 64K, 16M or 4G"))?;
    number.checked_mul(1 << shift).ok_or_else(|| format!("{text:?} is too large"))
}

/// A size that a label may have: it is held in memory.
pub(super) fn label_size(text: &str) -> Result<usize, String> {
    let most = 64 << 20;
    let size = usize::try_from(size(text)?).unwrap_or(usize::MAX);
    if size <= most { Ok(size) } else { Err(format!("a label may be allowed at most {most} bytes")) }
}

/// A number of labels: each is compared with the others.
pub(super) fn records(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|n| (1..=4096).contains(n)).ok_or_else(|| format!("{text:?} is not in 1..=4096"))
}

/// A depth that the stack of a thread can bear.
pub(super) fn depth(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|d| (1..=512).contains(d)).ok_or_else(|| format!("{text:?} is not in 1..=512"))
}
