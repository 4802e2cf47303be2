//! Memory for decoded media, shared out among workers.

use std::sync::{Condvar, Mutex, PoisonError};

/// Memory that all workers together may take for decoded media. A worker takes one permit, never a second while it
/// holds one, so nobody waits for somebody who waits.
#[derive(Debug)]
pub struct Permits {
    total: u64,
    free: Mutex<u64>,
    returned: Condvar,
}

/// Memory taken; returned when dropped.
#[derive(Debug)]
pub struct Permit<'a> {
    permits: &'a Permits,
    bytes: u64,
}

impl Permits {
    /// `total` bytes in all.
    pub fn new(total: u64) -> Self {
        Self { total, free: Mutex::new(total), returned: Condvar::new() }
    }

    /// Waits until `bytes` are free and takes them. A job above the total takes everything, so it runs alone.
    pub fn take(&self, bytes: u64) -> Permit<'_> {
        let bytes = bytes.min(self.total);
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        while *free < bytes {
            free = self.returned.wait(free).unwrap_or_else(PoisonError::into_inner);
        }
        *free -= bytes;
        Permit { permits: self, bytes }
    }
}

impl Default for Permits {
    /// 2 GiB.
    fn default() -> Self {
        Self::new(2 << 30)
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        *self.permits.free.lock().unwrap_or_else(PoisonError::into_inner) += self.bytes;
        self.permits.returned.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering};

    #[test]
    fn never_more_than_the_total_is_out() {
        let permits = Permits::new(100);
        let out = AtomicU64::new(0);
        std::thread::scope(|scope| {
            for n in 1..8u64 {
                let (permits, out) = (&permits, &out);
                scope.spawn(move || {
                    for _ in 0..200 {
                        let bytes = n * 30;
                        let _permit = permits.take(bytes);
                        let now = out.fetch_add(bytes.min(100), Ordering::SeqCst) + bytes.min(100);
                        assert!(now <= 100);
                        out.fetch_sub(bytes.min(100), Ordering::SeqCst);
                    }
                });
            }
        });
        assert_eq!(*permits.free.lock().unwrap(), 100);
    }
}
