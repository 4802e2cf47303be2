//! (isobmff)
