//! Nothing lives here: see `benches/` for the benches and `README.md` for the whole-program measurements.
