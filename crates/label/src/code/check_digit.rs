//! Check characters of the national codes.

/// Check character of a unified social credit code from its first 17 characters (GB 32100-2015).
/// `None` for another length or a character outside its alphabet.
pub fn credit_code_check(body: &str) -> Option<char> {
    const ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    const WEIGHTS: [usize; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
    let sum = weighted(body, ALPHABET, &WEIGHTS)?;
    ALPHABET.chars().nth((31 - sum % 31) % 31)
}

/// Check character of an organisation code from its first 8 characters (GB 11714).
pub fn organisation_check(body: &str) -> Option<char> {
    const WEIGHTS: [usize; 8] = [3, 7, 9, 10, 5, 8, 4, 2];
    let sum = weighted(body, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", &WEIGHTS)?;
    "0123456789X0".chars().nth(11 - sum % 11)
}

/// Check character of an ID card number from its first 17 digits (GB 11643, ISO 7064 MOD 11-2).
pub fn id_card_check(body: &str) -> Option<char> {
    const WEIGHTS: [usize; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum = weighted(body, "0123456789", &WEIGHTS)?;
    "10X98765432".chars().nth(sum % 11)
}

fn weighted(body: &str, alphabet: &str, weights: &[usize]) -> Option<usize> {
    if body.chars().count() != weights.len() {
        return None;
    }
    body.chars().zip(weights).map(|(c, w)| Some(alphabet.find(c)? * w)).sum()
}
