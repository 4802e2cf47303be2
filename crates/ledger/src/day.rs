//! Days and times, in UTC: a ledger has one file a day, and a day must not depend on where the program runs.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

const SECONDS: u64 = 24 * 3600;

/// The last second that RFC 3339 can write: that of the year 9999.
const LAST: u64 = 253_402_300_799;

/// A day in UTC, as days since 1970-01-01.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(u32);

impl Day {
    /// The day of a time; a time before 1970 is taken for its first day.
    pub fn of(time: SystemTime) -> Self {
        Self(u32::try_from(seconds(time) / SECONDS).unwrap_or(u32::MAX))
    }

    /// Reads `2026-11-30`, and nothing else.
    pub fn parse(text: &str) -> Option<Self> {
        let day = Self::of(humantime::parse_rfc3339(&format!("{text}T00:00:00Z")).ok()?);
        (day.to_string() == text).then_some(day)
    }

    /// Its first moment.
    pub fn begin(self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(u64::from(self.0).saturating_mul(SECONDS).min(LAST))
    }

    /// The day after it.
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// How many days it is after another one; 0 where it is not.
    pub fn since(self, earlier: Self) -> u32 {
        self.0.saturating_sub(earlier.0)
    }

    /// Its number: days since 1970-01-01.
    pub(crate) fn number(self) -> u64 {
        u64::from(self.0)
    }

    /// The day with a number.
    pub(crate) fn numbered(number: u64) -> Self {
        Self(u32::try_from(number).unwrap_or(u32::MAX))
    }
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()).min(LAST)
}

/// A time as lines have it: RFC 3339 in UTC, to the millisecond.
pub(crate) fn stamp(time: SystemTime) -> String {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default().min(Duration::from_secs(LAST));
    humantime::format_rfc3339_millis(UNIX_EPOCH + since).to_string()
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = stamp(self.begin());
        f.write_str(text.split('T').next().unwrap_or_default())
    }
}

impl fmt::Debug for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("expected a day such as 2026-11-30"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_as_they_are_written() {
        for (text, number) in
            [("1970-01-01", 0), ("2000-02-29", 11_016), ("2026-11-30", 20_787), ("9999-12-31", 2_932_896)]
        {
            assert_eq!(Day::parse(text), Some(Day(number)), "{text}");
            assert_eq!(Day(number).to_string(), text);
        }
        for bad in ["", "2026-11-31", "2026-1-1", "2026-11-30 ", "10000-01-01", "../../etc", "2026-11-30T00:00:00Z"] {
            assert_eq!(Day::parse(bad), None, "{bad}");
        }
        assert_eq!(Day(u32::MAX).to_string(), "9999-12-31");
    }

    #[test]
    fn a_time_that_no_calendar_has_is_the_nearest_one() {
        let after = UNIX_EPOCH + Duration::from_secs(u64::MAX / 4);
        assert_eq!(stamp(after), "9999-12-31T23:59:59.000Z");
        let before = UNIX_EPOCH - Duration::from_secs(5);
        assert_eq!((stamp(before).as_str(), Day::of(before)), ("1970-01-01T00:00:00.000Z", Day(0)));
    }
}
