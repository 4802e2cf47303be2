//! Public keys, in the forms in which they are found.

use std::fmt;

use ed25519_dalek as ed25519;
use p256::ecdsa as p256_dsa;
use sha2::{Digest as _, Sha256};
use sm2::dsa as sm2_dsa;
use sm2_dsa::signature::Verifier;
use sm3::Sm3;
use spki::der::asn1::{AnyRef, BitStringRef, ObjectIdentifier};
use spki::der::{Decode, Encode};
use spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};
use x509_cert::Certificate;

use crate::data::hex;
use crate::{Algorithm, KeyFault};

/// The user id of SM2 signatures (GB/T 35276, and the guide).
pub(crate) const USER: &str = "1234567812345678";

/// Keys of elliptic curves, whose parameters name the curve (RFC 5480).
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const CURVE_SM2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.156.10197.1.301");
const CURVE_P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// A key that verifies.
#[derive(Clone)]
pub struct PublicKey {
    verifier: Verifying,
    /// The point: `04||x||y` of the curves, the 32 bytes of Ed25519.
    point: Vec<u8>,
}

/// What each algorithm verifies with. The boxed one is four times as large as the others.
#[derive(Clone)]
enum Verifying {
    Sm2(Box<sm2_dsa::VerifyingKey>),
    Ed25519(ed25519::VerifyingKey),
    P256(p256_dsa::VerifyingKey),
}

impl PublicKey {
    /// The key that is this point: `04||x||y` or `02`/`03||x` of a curve, 32 bytes of Ed25519.
    ///
    /// # Errors
    /// Bytes that are no point.
    pub fn from_point(algorithm: Algorithm, bytes: &[u8]) -> Result<Self, KeyFault> {
        let verifier = match algorithm {
            Algorithm::Sm2 => sm2_dsa::VerifyingKey::from_sec1_bytes(USER, bytes).map(|k| Verifying::Sm2(Box::new(k))),
            Algorithm::P256 => p256_dsa::VerifyingKey::from_sec1_bytes(bytes).map(Verifying::P256),
            Algorithm::Ed25519 => ed25519::VerifyingKey::try_from(bytes).map(Verifying::Ed25519),
        };
        Ok(Self::new(verifier.map_err(|_| KeyFault::Key)?))
    }

    fn new(verifier: Verifying) -> Self {
        let point = match &verifier {
            Verifying::Sm2(key) => key.to_sec1_bytes().into_vec(),
            Verifying::P256(key) => key.to_sec1_point(false).as_bytes().to_vec(),
            Verifying::Ed25519(key) => key.to_bytes().to_vec(),
        };
        Self { verifier, point }
    }

    pub(crate) fn of_sm2(key: &sm2_dsa::VerifyingKey) -> Self {
        Self::new(Verifying::Sm2(Box::new(key.clone())))
    }

    pub(crate) fn of_p256(key: &p256_dsa::VerifyingKey) -> Self {
        Self::new(Verifying::P256(*key))
    }

    pub(crate) fn of_ed25519(key: ed25519::VerifyingKey) -> Self {
        Self::new(Verifying::Ed25519(key))
    }

    /// The keys that bytes in a security field can mean: a SubjectPublicKeyInfo or certificate (DER), `04||x||y`, `x||y`,
    /// `02`/`03||x`, and `00||x` or `x`, which leave open which of two points is meant. Empty where they mean none.
    pub fn candidates(algorithm: Algorithm, bytes: &[u8]) -> Vec<Self> {
        let point = |bytes: &[u8]| Self::from_point(algorithm, bytes);
        let with = |first: u8, rest: &[u8]| point(&[&[first], rest].concat());
        let either = |x: &[u8]| [with(2, x), with(3, x)].into_iter().flatten().collect();
        let curve = algorithm != Algorithm::Ed25519;
        match bytes {
            x if curve && x.len() == 32 => either(x),
            [0, x @ ..] if curve && x.len() == 32 => either(x),
            point if curve && point.len() == 64 => with(4, point).into_iter().collect(),
            _ => point(bytes)
                .or_else(|_| Self::from_der(bytes))
                .into_iter()
                .filter(|k| k.algorithm() == algorithm)
                .collect(),
        }
    }

    /// A SubjectPublicKeyInfo or an X.509 certificate, of which only the key is looked at: whoever pins a key vouches
    /// for it, not an issuer or a date.
    ///
    /// # Errors
    /// Other bytes; a key of another algorithm.
    pub fn from_der(bytes: &[u8]) -> Result<Self, KeyFault> {
        if let Ok(info) = SubjectPublicKeyInfoRef::from_der(bytes) {
            return Self::from_info(&info);
        }
        let certificate = Certificate::from_der(bytes).map_err(|_| KeyFault::Key)?;
        let info = certificate.tbs_certificate().subject_public_key_info().to_der().map_err(|_| KeyFault::Key)?;
        Self::from_info(&SubjectPublicKeyInfoRef::from_der(&info).map_err(|_| KeyFault::Key)?)
    }

    fn from_info(info: &SubjectPublicKeyInfoRef<'_>) -> Result<Self, KeyFault> {
        let algorithm = algorithm_of(&info.algorithm)?;
        Self::from_point(algorithm, info.subject_public_key.as_bytes().ok_or(KeyFault::Key)?)
    }

    /// One PEM block: PUBLIC KEY or CERTIFICATE.
    ///
    /// # Errors
    /// Another block, a damaged one, or a key that is not known here.
    pub fn from_pem(text: &str) -> Result<Self, KeyFault> {
        let (label, der) = pem(text)?;
        match label.as_str() {
            "PUBLIC KEY" | "CERTIFICATE" => Self::from_der(&der),
            _ => Err(KeyFault::Label(label)),
        }
    }

    /// How it verifies.
    pub fn algorithm(&self) -> Algorithm {
        match self.verifier {
            Verifying::Sm2(_) => Algorithm::Sm2,
            Verifying::Ed25519(_) => Algorithm::Ed25519,
            Verifying::P256(_) => Algorithm::P256,
        }
    }

    /// The point, as it is written into a security field.
    pub fn point(&self) -> &[u8] {
        &self.point
    }

    /// The SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7), DER.
    pub fn to_der(&self) -> Vec<u8> {
        let (oid, curve) = match self.algorithm() {
            Algorithm::Sm2 => (EC, Some(&CURVE_SM2)),
            Algorithm::P256 => (EC, Some(&CURVE_P256)),
            Algorithm::Ed25519 => (ED25519, None),
        };
        let info = BitStringRef::from_bytes(&self.point).map(|subject_public_key| SubjectPublicKeyInfoRef {
            algorithm: AlgorithmIdentifierRef { oid, parameters: curve.map(AnyRef::from) },
            subject_public_key,
        });
        // Some hundred bytes at most: nothing in it can be too long.
        info.and_then(|info| info.to_der()).unwrap_or_default()
    }

    /// The SubjectPublicKeyInfo as a PEM block.
    pub fn to_pem(&self) -> String {
        pem_rfc7468::encode_string("PUBLIC KEY", pem_rfc7468::LineEnding::LF, &self.to_der()).unwrap_or_default()
    }

    /// What reports call it: the first 16 hexadecimal digits of the SHA-256 of its SubjectPublicKeyInfo.
    pub fn id(&self) -> String {
        hex(Sha256::digest(self.to_der()).get(..8).unwrap_or_default())
    }

    /// Whether a signature over this text is by this key. SM2 and ECDSA: DER or `r||s`; SM2 also over SM3 of the text, as some
    /// services sign.
    pub fn verifies(&self, text: &[u8], signature: &[u8]) -> bool {
        match &self.verifier {
            Verifying::Sm2(key) => sm2_signature(signature)
                .is_some_and(|s| key.verify(text, &s).is_ok() || key.verify(&Sm3::digest(text), &s).is_ok()),
            Verifying::P256(key) => p256_dsa::Signature::from_slice(signature)
                .or_else(|_| p256_dsa::Signature::from_der(signature))
                .is_ok_and(|s| key.verify(text, &s).is_ok()),
            // Strict: no second encoding of a point passes.
            Verifying::Ed25519(key) => {
                ed25519::Signature::from_slice(signature).is_ok_and(|s| key.verify_strict(text, &s).is_ok())
            }
        }
    }
}

fn sm2_signature(bytes: &[u8]) -> Option<sm2_dsa::Signature> {
    sm2_dsa::Signature::from_slice(bytes).or_else(|_| sm2_dsa::Signature::from_der(bytes)).ok()
}

/// What an AlgorithmIdentifier of a key means.
pub(crate) fn algorithm_of(algorithm: &AlgorithmIdentifierRef<'_>) -> Result<Algorithm, KeyFault> {
    if algorithm.oid == ED25519 {
        return Ok(Algorithm::Ed25519);
    }
    match algorithm.parameters_oid() {
        Ok(CURVE_SM2) if algorithm.oid == EC => Ok(Algorithm::Sm2),
        Ok(CURVE_P256) if algorithm.oid == EC => Ok(Algorithm::P256),
        _ => Err(KeyFault::Algorithm),
    }
}

/// The first PEM block of a text: its label and its contents.
pub(crate) fn pem(text: &str) -> Result<(String, Vec<u8>), KeyFault> {
    let start = text.find("-----BEGIN ").ok_or(KeyFault::NoPem)?;
    let block = text.get(start..).unwrap_or_default();
    let (label, der) = pem_rfc7468::decode_vec(block.as_bytes()).map_err(|_| KeyFault::Pem)?;
    Ok((label.to_owned(), der))
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.algorithm() == other.algorithm() && self.point == other.point
    }
}

impl Eq for PublicKey {}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.algorithm().name(), hex(&self.point))
    }
}
