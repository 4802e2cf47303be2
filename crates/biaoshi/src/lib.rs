//! Label AI-generated content as GB 45438-2025 demands, and verify labels.

pub mod codec;
