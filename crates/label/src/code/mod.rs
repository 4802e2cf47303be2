//! The provider code of TC260-PG-20252A: 27 characters that name a service provider.
//!
//! `00` + subject type (1 organisation, 2 individual) + binding (1 credit code or ID card) + 18-character subject code
//! (right-padded with `0`) + extension: service type (1 generation, 2 propagation) and four self-assigned, or `00000`.

mod check_digit;

use std::fmt;

pub use check_digit::{credit_code_check, id_card_check, organisation_check};

/// Length of a provider code.
pub const LENGTH: usize = 27;

/// Whom the code names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// An organisation, by its unified social credit code (GB 32100-2015).
    Organisation,
    /// A person, by the ID card number (GB 11643).
    Individual,
}

/// What the named provider does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// Generates content.
    Generation,
    /// Spreads content.
    Propagation,
}

/// A provider code whose structure and check digits are right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderCode {
    /// Whom it names.
    pub subject: Subject,
    /// The 18 characters of the credit code or ID number.
    pub subject_code: String,
    /// The service, where the extension states one.
    pub service: Option<Service>,
    /// The five characters of the extension.
    pub extension: String,
}

/// What is wrong with a provider code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CodeError {
    /// It has this many characters, not 27.
    Length(usize),
    /// This character is neither a digit nor an upper-case letter.
    Character(char),
    /// It does not start with `00`.
    Version,
    /// The subject type is neither 1 nor 2.
    Subject,
    /// The binding is not 1.
    Binding,
    /// The credit code's last character should be this one.
    CreditCheck(char),
    /// The organisation code inside the credit code (characters 9-17) should end with this one.
    OrganisationCheck(char),
    /// The ID number's last character should be this one.
    IdCheck(char),
    /// The subject code holds a character that its alphabet lacks.
    Alphabet,
}

impl fmt::Display for CodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length(n) => write!(f, "{n} characters, not {LENGTH}"),
            Self::Character(c) => write!(f, "{c:?} is neither a digit nor an upper-case letter"),
            Self::Version => f.write_str("it does not start with 00"),
            Self::Subject => f.write_str("the subject type (third character) is neither 1 nor 2"),
            Self::Binding => f.write_str("the binding (fourth character) is not 1"),
            Self::CreditCheck(c) => write!(f, "the check character of the credit code (GB 32100-2015) should be {c}"),
            Self::OrganisationCheck(c) => {
                write!(f, "the check character of the organisation code (GB 11714) should be {c}")
            }
            Self::IdCheck(c) => write!(f, "the check character of the ID number (GB 11643) should be {c}"),
            Self::Alphabet => f.write_str("the subject code holds a character that its alphabet lacks"),
        }
    }
}

impl CodeError {
    /// The message in Chinese.
    pub fn to_chinese(&self) -> String {
        match self {
            Self::Length(n) => format!("共 {n} 个字符,应为 {LENGTH} 个"),
            Self::Character(c) => format!("{c:?} 不是数字或大写字母"),
            Self::Version => "未以 00 开头".into(),
            Self::Subject => "主体类型(第 3 位)不是 1 或 2".into(),
            Self::Binding => "绑定方式(第 4 位)不是 1".into(),
            Self::CreditCheck(c) => format!("统一社会信用代码(GB 32100-2015)校验位应为 {c}"),
            Self::OrganisationCheck(c) => format!("组织机构代码(GB 11714)校验位应为 {c}"),
            Self::IdCheck(c) => format!("身份证号(GB 11643)校验位应为 {c}"),
            Self::Alphabet => "主体代码含字符集以外的字符".into(),
        }
    }
}

impl std::error::Error for CodeError {}

/// Whether a provider field means a code (also a faulty one) rather than a name: long, ASCII, mostly digits in front.
pub fn looks_like_code(text: &str) -> bool {
    text.len() >= 18 && text.starts_with("00") && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

impl ProviderCode {
    /// Makes the 27 characters from a subject's own code, a service and four self-assigned characters.
    ///
    /// # Errors
    /// What [`ProviderCode::parse`] finds wrong with the result.
    pub fn make(subject: Subject, code: &str, service: Option<Service>, extension: &str) -> Result<String, CodeError> {
        let kind = match subject {
            Subject::Organisation => 1,
            Subject::Individual => 2,
        };
        let service = match service {
            Some(Service::Generation) => 1,
            Some(Service::Propagation) => 2,
            None => 0,
        };
        let made = format!("00{kind}1{code:0<18}{service}{extension:0<4}");
        Self::parse(&made).map(|_| made)
    }

    /// Reads a code and checks its digits. The service type is not judged: the standard leaves it to the registry.
    ///
    /// # Errors
    /// The first thing that is wrong, from left to right.
    pub fn parse(text: &str) -> Result<Self, CodeError> {
        let (subject, service) = sound(text)?;
        let part = |range: std::ops::Range<usize>| text.get(range).unwrap_or_default().to_owned();
        Ok(Self { subject, subject_code: part(4..22), service, extension: part(22..27) })
    }
}

/// Whom a code names and what that provider does, where its structure and check digits are right.
///
/// # Errors
/// Those of [`ProviderCode::parse`].
pub(crate) fn sound(text: &str) -> Result<(Subject, Option<Service>), CodeError> {
    if let Some(c) = text.chars().find(|c| !c.is_ascii_digit() && !c.is_ascii_uppercase()) {
        return Err(CodeError::Character(c));
    }
    if text.len() != LENGTH {
        return Err(CodeError::Length(text.len()));
    }
    let part = |range: std::ops::Range<usize>| text.get(range).unwrap_or_default();
    if part(0..2) != "00" {
        return Err(CodeError::Version);
    }
    let subject = match part(2..3) {
        "1" => Subject::Organisation,
        "2" => Subject::Individual,
        _ => return Err(CodeError::Subject),
    };
    if part(3..4) != "1" {
        return Err(CodeError::Binding);
    }
    let subject_code = part(4..22);
    match subject {
        Subject::Organisation => check_credit_code(subject_code)?,
        Subject::Individual => check_last(subject_code, id_card_check, CodeError::IdCheck)?,
    }
    let service = match part(22..23) {
        "1" => Some(Service::Generation),
        "2" => Some(Service::Propagation),
        _ => None,
    };
    Ok((subject, service))
}

fn check_credit_code(code: &str) -> Result<(), CodeError> {
    check_last(code, credit_code_check, CodeError::CreditCheck)?;
    check_last(code.get(8..17).unwrap_or_default(), organisation_check, CodeError::OrganisationCheck)
}

/// Compares the last character with what `check` computes from the others.
fn check_last(text: &str, check: fn(&str) -> Option<char>, wrong: fn(char) -> CodeError) -> Result<(), CodeError> {
    let (body, last) = text.split_at_checked(text.len().saturating_sub(1)).unwrap_or_default();
    let expected = check(body).ok_or(CodeError::Alphabet)?;
    if last.starts_with(expected) { Ok(()) } else { Err(wrong(expected)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Codes found in public files of real services: their digits are right.
    const REAL: [(&str, Option<Service>); 5] = [
        ("001191110102MACQD9K64010000", Some(Service::Generation)),
        ("00119144030008867405X210002", Some(Service::Generation)),
        ("001191440300708461136T1XGW3", Some(Service::Generation)),
        ("001191110108MA01KP2T5U00000", None),
        ("001191310104MACE0YX63918020", Some(Service::Generation)),
    ];

    #[test]
    fn real_codes_pass() {
        for (code, service) in REAL {
            assert_eq!(ProviderCode::parse(code).map(|c| c.service), Ok(service), "{code}");
        }
    }

    #[test]
    fn one_wrong_character_is_seen() {
        for (code, _) in REAL {
            for at in 4..22 {
                let old = code.as_bytes()[at];
                let new = if old == b'7' { '8' } else { '7' };
                let wrong = format!("{}{new}{}", &code[..at], &code[at + 1..]);
                assert!(ProviderCode::parse(&wrong).is_err(), "{wrong}");
            }
        }
    }

    #[test]
    fn lengths_and_alphabets() {
        assert_eq!(ProviderCode::parse("011200000091000000000000"), Err(CodeError::Length(24)));
        assert_eq!(ProviderCode::parse("001191330101MA27WPYJ18xliu"), Err(CodeError::Character('x')));
        assert_eq!(ProviderCode::parse("101191110102MACQD9K64010000"), Err(CodeError::Version));
        assert!(!looks_like_code("doubao") && looks_like_code("001191330101MA27WPYJ18xliu"));
    }

    #[test]
    fn codes_are_made_from_their_parts() {
        for (code, service) in REAL {
            let parsed = ProviderCode::parse(code).unwrap();
            let made = ProviderCode::make(parsed.subject, &parsed.subject_code, service, &parsed.extension[1..]);
            assert_eq!(made.as_deref(), Ok(code));
        }
        assert!(ProviderCode::make(Subject::Organisation, "91110102MACQD9K640", None, "").is_ok());
        assert!(ProviderCode::make(Subject::Organisation, "91110102MACQD9K641", None, "").is_err());
    }

    #[test]
    fn id_card_vector() {
        // The example of GB 11643-1999.
        assert_eq!(id_card_check("11010519491231002"), Some('X'));
        assert!(ProviderCode::parse("002111010519491231002X00000").is_ok());
    }
}
