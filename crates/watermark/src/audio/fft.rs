//! Fourier transforms of a few hundred points, four at a time in every step: fast without more of a processor than all of its kind
//! have, and so the same to the bit on every machine.

use wide::f32x4;

/// Numbers that are worked on at once.
const LANES: usize = 4;

/// Real and imaginary parts of four numbers.
#[derive(Debug, Clone, Copy)]
struct Four {
    re: f32x4,
    im: f32x4,
}

/// A transform, with the numbers that it works on.
pub(super) struct Fft {
    /// Real and imaginary parts: what is transformed, then the result.
    pub(super) re: Vec<f32>,
    pub(super) im: Vec<f32>,
    work: Vec<Four>,
    other: Vec<Four>,
    /// Powers 1 to 3 of the roots of unity: of the first step for four numbers each, of later ones one number four times.
    steps: Vec<Vec<[Four; 3]>>,
}

impl Fft {
    /// For so many points: a power of two, 16 at least.
    pub(super) fn new(points: usize) -> Self {
        let mut steps = Vec::new();
        let mut length = points;
        while length >= 4 {
            let root = |p: usize, power: usize| {
                let turn = -std::f64::consts::TAU * (power * p) as f64 / length as f64;
                (libm::cos(turn) as f32, libm::sin(turn) as f32)
            };
            // Stockham's first step has a root for each number; in the next ones it is the same for four and more.
            let (count, apart) = if steps.is_empty() { (length / 4 / LANES, 1) } else { (length / 4, 0) };
            let roots = (0..count).map(|n| {
                [1, 2, 3].map(|power| {
                    let first = if apart == 1 { n * LANES } else { n };
                    let lanes: [_; LANES] = std::array::from_fn(|lane| root(first + lane * apart, power));
                    Four { re: lanes.map(|root| root.0).into(), im: lanes.map(|root| root.1).into() }
                })
            });
            steps.push(roots.collect());
            length /= 4;
        }
        let zero = Four { re: f32x4::ZERO, im: f32x4::ZERO };
        let (zeros, none) = (vec![0.0; points], vec![zero; points / LANES]);
        Self { re: zeros.clone(), im: zeros, work: none.clone(), other: none, steps }
    }

    /// From samples to bins.
    pub(super) fn forward(&mut self) {
        let numbers = self.re.as_chunks().0.iter().zip(self.im.as_chunks().0);
        for (work, (re, im)) in self.work.iter_mut().zip(numbers) {
            *work = Four { re: f32x4::new(*re), im: f32x4::new(*im) };
        }
        let mut steps = self.steps.iter();
        steps.next().into_iter().for_each(|roots| first(roots, &self.work, &mut self.other));
        for roots in steps {
            std::mem::swap(&mut self.work, &mut self.other);
            next(roots, &self.work, &mut self.other);
        }
        if !self.re.len().ilog2().is_multiple_of(2) {
            halves(&mut self.other);
        }
        let out = self.re.as_chunks_mut().0.iter_mut().zip(self.im.as_chunks_mut().0);
        for ((re, im), four) in out.zip(&self.other) {
            (*re, *im) = (four.re.to_array(), four.im.to_array());
        }
    }

    /// From bins to samples, times the number of points.
    pub(super) fn inverse(&mut self) {
        std::mem::swap(&mut self.re, &mut self.im);
        self.forward();
        std::mem::swap(&mut self.re, &mut self.im);
    }
}

/// The first step of Stockham's transform.
fn first(roots: &[[Four; 3]], x: &[Four], y: &mut [Four]) {
    let (a, b, c, d) = quarters(x);
    let numbers = a.iter().zip(b).zip(c.iter().zip(d));
    for ((((a, b), (c, d)), roots), y) in numbers.zip(roots).zip(y.as_chunks_mut::<4>().0) {
        let [a, b, c, d] = cross(*a, *b, *c, *d, roots);
        let re = f32x4::transpose([a.re, b.re, c.re, d.re]);
        let im = f32x4::transpose([a.im, b.im, c.im, d.im]);
        y.iter_mut().zip(re.into_iter().zip(im)).for_each(|(y, (re, im))| *y = Four { re, im });
    }
}

/// A later step.
fn next(roots: &[[Four; 3]], x: &[Four], y: &mut [Four]) {
    let stride = x.len() / 4 / roots.len().max(1);
    let (a, b, c, d) = quarters(x);
    let numbers = a.chunks_exact(stride).zip(b.chunks_exact(stride));
    let numbers = numbers.zip(c.chunks_exact(stride).zip(d.chunks_exact(stride)));
    for ((((a, b), (c, d)), roots), y) in numbers.zip(roots).zip(y.chunks_exact_mut(4 * stride)) {
        let (low, high) = y.split_at_mut(2 * stride);
        let ((e, f), (g, h)) = (low.split_at_mut(stride), high.split_at_mut(stride));
        let outs = e.iter_mut().zip(f).zip(g.iter_mut().zip(h));
        for (((a, b), (c, d)), ((e, f), (g, h))) in a.iter().zip(b).zip(c.iter().zip(d)).zip(outs) {
            [*e, *f, *g, *h] = cross(*a, *b, *c, *d, roots);
        }
    }
}

fn quarters(x: &[Four]) -> (&[Four], &[Four], &[Four], &[Four]) {
    let (low, high) = x.split_at(x.len() / 2);
    let ((a, b), (c, d)) = (low.split_at(low.len() / 2), high.split_at(high.len() / 2));
    (a, b, c, d)
}

/// Numbers crossed with each other and turned.
#[inline]
fn cross(a: Four, b: Four, c: Four, d: Four, roots: &[Four; 3]) -> [Four; 4] {
    let [second, third, fourth] = roots;
    let (sum, difference) = (a.plus(c), a.minus(c));
    let (other, gap) = (b.plus(d), b.minus(d));
    let turned = Four { re: -gap.im, im: gap.re };
    [
        sum.plus(other),
        difference.minus(turned).times(second),
        sum.minus(other).times(third),
        difference.plus(turned).times(fourth),
    ]
}

impl Four {
    #[inline]
    fn plus(self, other: Self) -> Self {
        Self { re: self.re + other.re, im: self.im + other.im }
    }

    #[inline]
    fn minus(self, other: Self) -> Self {
        Self { re: self.re - other.re, im: self.im - other.im }
    }

    #[inline]
    fn times(self, root: &Self) -> Self {
        Self { re: self.re * root.re - self.im * root.im, im: self.re * root.im + self.im * root.re }
    }
}

/// The last step where the number of points is not a power of four.
fn halves(numbers: &mut [Four]) {
    let (low, high) = numbers.split_at_mut(numbers.len() / 2);
    for (a, b) in low.iter_mut().zip(high) {
        (*a, *b) = (a.plus(*b), a.minus(*b));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against the sum that defines it, and back.
    #[test]
    fn transforms_are_what_they_are_defined_as() {
        for points in [16, 32, 256, 512] {
            let mut fft = Fft::new(points);
            let value = |n: usize| ((n * n * 7 + n) % 31) as f32 / 31.0 - 0.4;
            let (re, im): (Vec<f32>, Vec<f32>) = (0..points).map(|n| (value(n), value(n + 5))).unzip();
            fft.re.copy_from_slice(&re);
            fft.im.copy_from_slice(&im);
            fft.forward();
            for bin in 0..points {
                let (mut real, mut imaginary) = (0.0, 0.0);
                for n in 0..points {
                    let turn = -std::f64::consts::TAU * ((bin * n) % points) as f64 / points as f64;
                    let (a, b) = (f64::from(re[n]), f64::from(im[n]));
                    real += a * turn.cos() - b * turn.sin();
                    imaginary += a * turn.sin() + b * turn.cos();
                }
                let error = (f64::from(fft.re[bin]) - real).abs().max((f64::from(fft.im[bin]) - imaginary).abs());
                assert!(error < 1e-4, "{points}, {bin}: {error}");
            }
            fft.inverse();
            let error =
                |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| (a / points as f32 - b).abs()).fold(0.0, f32::max);
            assert!(error(&fft.re, &re).max(error(&fft.im, &im)) < 1e-6);
        }
    }
}
