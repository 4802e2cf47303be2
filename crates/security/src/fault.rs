//! What can be wrong with a key.

use std::fmt;

use biaoshi_container::{Message, said};

/// Why a text or some bytes give no key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyFault {
    /// There is no PEM block in the text.
    NoPem,
    /// The PEM block is damaged.
    Pem,
    /// The PEM block holds something else, of this name.
    Label(String),
    /// The private key is encrypted.
    Encrypted,
    /// The key is of an algorithm that is not known here.
    Algorithm,
    /// What is inside is no key of its algorithm.
    Key,
}

impl KeyFault {
    /// The message, in both languages.
    pub fn message(&self) -> Message {
        match self {
            Self::NoPem => said!(
                "no PEM block (-----BEGIN …-----) is in it; `biaoshi key new signing` makes a key file",
                "其中没有 PEM 块(-----BEGIN …-----);可用 `biaoshi key new signing` 生成密钥文件"
            ),
            Self::Pem => said!(
                "the PEM block is damaged: it needs Base64 in lines of one length up to its -----END …----- line",
                "PEM 块已损坏:应为等长的 Base64 行,直到 -----END …----- 行"
            ),
            Self::Label(label) if label.starts_with("EC ") => said!(
                "a PEM block {} is the form before PKCS#8; `openssl pkcs8 -topk8 -nocrypt -in FILE -out NEW` makes a PRIVATE KEY of it",
                "PEM 块 {} 是 PKCS#8 之前的形式;可用 `openssl pkcs8 -topk8 -nocrypt -in FILE -out NEW` 转换为 PRIVATE KEY",
                label
            ),
            Self::Label(label) if label.starts_with("RSA ") => said!(
                "a PEM block {} holds an RSA key, and SM2, Ed25519 or ECDSA P-256 is wanted; `biaoshi key new signing` makes one",
                "PEM 块 {} 为 RSA 密钥,应为 SM2、Ed25519 或 ECDSA P-256;可用 `biaoshi key new signing` 生成",
                label
            ),
            Self::Label(label) => said!(
                "a PEM block {} is not what belongs here; PRIVATE KEY (PKCS#8) signs, PUBLIC KEY and CERTIFICATE verify",
                "PEM 块 {} 不适用于此处;签名用 PRIVATE KEY(PKCS#8),验证用 PUBLIC KEY 或 CERTIFICATE",
                label
            ),
            Self::Encrypted => said!(
                "the private key is encrypted; `openssl pkey -in FILE -out PLAIN` decrypts it",
                "私钥已加密;可用 `openssl pkey -in FILE -out PLAIN` 解密"
            ),
            Self::Algorithm => {
                said!("the key is neither SM2, Ed25519 nor ECDSA P-256", "密钥不是 SM2、Ed25519 或 ECDSA P-256")
            }
            Self::Key => said!("what is inside is no valid key of its algorithm", "内容不是该算法的有效密钥"),
        }
    }
}

impl fmt::Display for KeyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.message().fmt(f)
    }
}

impl std::error::Error for KeyFault {}
