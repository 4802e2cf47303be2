//! Private keys: PKCS#8 in PEM, as openssl reads and writes them.

use std::fmt;

use ed25519_dalek as ed25519;
use ed25519_dalek::pkcs8::{KeypairBytes, PrivateKeyInfoRef};
use p256::ecdsa as p256_dsa;
use p256::pkcs8::{DecodePrivateKey, EncodePrivateKey};
use sm2::dsa as sm2_dsa;
use sm2_dsa::signature::Signer;
use spki::der::Decode;
use spki::der::zeroize::Zeroizing;

use crate::public::{USER, algorithm_of, pem};
use crate::{Algorithm, KeyFault, PublicKey};

/// A key that signs. It is wiped from memory when it goes, and no text shows it but [`PrivateKey::to_pem`].
#[derive(Clone)]
pub struct PrivateKey {
    signer: Signing,
    public: PublicKey,
}

#[derive(Clone)]
enum Signing {
    Sm2(Box<sm2::SecretKey>, Box<sm2_dsa::SigningKey>),
    Ed25519(Box<ed25519::SigningKey>),
    P256(Box<p256_dsa::SigningKey>),
}

impl PrivateKey {
    /// The key that is this number, or whose seed this is (Ed25519). `None` for a number that the curve does not take: of random
    /// ones, fewer than one in four thousand million.
    pub fn from_seed(algorithm: Algorithm, seed: &[u8; 32]) -> Option<Self> {
        match algorithm {
            Algorithm::Sm2 => sm2::SecretKey::from_slice(seed).ok().and_then(Self::of_sm2),
            Algorithm::Ed25519 => Some(Self::of_ed25519(ed25519::SigningKey::from_bytes(seed))),
            Algorithm::P256 => p256_dsa::SigningKey::from_slice(seed).ok().map(Self::of_p256),
        }
    }

    fn of_sm2(secret: sm2::SecretKey) -> Option<Self> {
        let key = sm2_dsa::SigningKey::new(USER, &secret).ok()?;
        let public = PublicKey::of_sm2(key.verifying_key());
        Some(Self { signer: Signing::Sm2(Box::new(secret), Box::new(key)), public })
    }

    fn of_ed25519(key: ed25519::SigningKey) -> Self {
        let public = PublicKey::of_ed25519(key.verifying_key());
        Self { signer: Signing::Ed25519(Box::new(key)), public }
    }

    fn of_p256(key: p256_dsa::SigningKey) -> Self {
        let public = PublicKey::of_p256(key.verifying_key());
        Self { signer: Signing::P256(Box::new(key)), public }
    }

    /// Reads the PEM block PRIVATE KEY (PKCS#8, not encrypted).
    ///
    /// # Errors
    /// A text without one; a damaged or encrypted one; a key of another algorithm.
    pub fn from_pem(text: &str) -> Result<Self, KeyFault> {
        let (label, der) = pem(text)?;
        let der = Zeroizing::new(der);
        match label.as_str() {
            "PRIVATE KEY" => {}
            "ENCRYPTED PRIVATE KEY" => return Err(KeyFault::Encrypted),
            _ => return Err(KeyFault::Label(label)),
        }
        let info = PrivateKeyInfoRef::from_der(&der).map_err(|_| KeyFault::Key)?;
        let key = match algorithm_of(&info.algorithm)? {
            Algorithm::Sm2 => sm2::SecretKey::from_pkcs8_der(&der).ok().and_then(Self::of_sm2),
            Algorithm::P256 => p256_dsa::SigningKey::from_pkcs8_der(&der).ok().map(Self::of_p256),
            Algorithm::Ed25519 => ed25519::SigningKey::from_pkcs8_der(&der).ok().map(Self::of_ed25519),
        };
        key.ok_or(KeyFault::Key)
    }

    /// The PEM block PRIVATE KEY (PKCS#8).
    ///
    /// # Errors
    /// None that are known: the encoder's, passed on.
    pub fn to_pem(&self) -> Result<Zeroizing<String>, KeyFault> {
        let der = match &self.signer {
            Signing::Sm2(secret, _) => secret.to_pkcs8_der(),
            Signing::P256(key) => key.to_pkcs8_der(),
            // Without the public key, whose place is in a later version of PKCS#8 that openssl 3.0 does not read.
            Signing::Ed25519(key) => KeypairBytes { secret_key: key.to_bytes(), public_key: None }.to_pkcs8_der(),
        };
        let der = der.map_err(|_| KeyFault::Key)?;
        der.to_pem("PRIVATE KEY", p256::pkcs8::LineEnding::LF).map_err(|_| KeyFault::Key)
    }

    /// The key that verifies what this one signs.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// How it signs.
    pub fn algorithm(&self) -> Algorithm {
        self.public.algorithm()
    }

    /// Signs a text: DER of SM2 and ECDSA, 64 bytes of Ed25519. The same text gives the same signature (RFC 6979, RFC 8032).
    /// `None` where the numbers of SM2 happen to be unfit, which nobody has seen.
    pub fn sign(&self, text: &[u8]) -> Option<Vec<u8>> {
        Some(match &self.signer {
            Signing::Sm2(_, key) => key.try_sign(text).ok()?.to_der().as_ref().to_vec(),
            Signing::Ed25519(key) => key.try_sign(text).ok()?.to_bytes().to_vec(),
            Signing::P256(key) => {
                let signature: p256_dsa::Signature = key.try_sign(text).ok()?;
                signature.to_der().as_bytes().to_vec()
            }
        })
    }
}

impl fmt::Debug for PrivateKey {
    /// Tells the public key only.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "private key of {:?}", self.public)
    }
}
