//! Statistics of values that come one by one, in constant time a value.

use crate::error::invalid;
use pyo3::prelude::*;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tachograph::stats::{
    DivergenceDetector, ExponentialMean, NonFiniteCounter, PlateauDetector, Running, SpikeDetector,
};

/// A row, if there is one.
type Row = Option<usize>;

/// What a class holds; a value is pushed whole, or not at all.
struct Shared<T>(Mutex<T>);

impl<T> Shared<T> {
    fn new(state: T) -> Self {
        Self(Mutex::new(state))
    }

    fn get(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn check_window(window: usize) -> PyResult<()> {
    if window > 0 { Ok(()) } else { Err(invalid("window", "must be at least 1, not 0")) }
}

/// Defines a class over a shared state: its methods, and what it tells of the state.
macro_rules! stream {
    (
        $(#[$meta:meta])*
        $class:ident($state:ty) {
            $($methods:tt)*
        }
        tells {
            $($name:ident: $kind:ident = $told:expr;)*
        }
    ) => {
        $(#[$meta])*
        #[pyclass(frozen, module = "tachograph._core")]
        pub(crate) struct $class(Shared<$state>);

        #[pymethods]
        impl $class {
            $($methods)*

            $(
                #[getter]
                fn $name(&self) -> $kind {
                    let told: fn(&$state) -> $kind = $told;
                    told(&self.0.get())
                }
            )*
        }
    };
}

stream! {
    /// Moments and slope of a stream.
    StreamingTrend(Running) {
        #[new]
        fn new() -> Self {
            Self(Shared::new(Running::default()))
        }

        #[pyo3(signature = (value, x = None))]
        fn push(&self, value: f64, x: Option<f64>) {
            let mut running = self.0.get();
            let row = running.n + running.non_finite;
            running.push(x.unwrap_or(row as f64), value);
        }
    }
    tells {
        n: usize = |running| running.n;
        n_nonfinite: usize = |running| running.non_finite;
        mean: f64 = Running::mean;
        std: f64 = Running::std;
        min: f64 = |running| if running.n == 0 { f64::NAN } else { running.min };
        max: f64 = |running| if running.n == 0 { f64::NAN } else { running.max };
        slope: f64 = Running::slope;
        stderr: f64 = Running::slope_stderr;
    }
}

stream! {
    /// The bias-corrected exponential mean of a stream.
    StreamingMean(ExponentialMean) {
        #[new]
        #[pyo3(signature = (*, alpha))]
        fn new(alpha: f64) -> PyResult<Self> {
            if !(alpha > 0.0 && alpha <= 1.0) {
                return Err(invalid("alpha", format!("must be above 0 and at most 1, not {alpha}")));
            }
            Ok(Self(Shared::new(ExponentialMean::new(alpha))))
        }

        fn push(&self, value: f64) -> f64 {
            let mut mean = self.0.get();
            mean.push(value);
            mean.value()
        }
    }
    tells {
        n: usize = |mean| mean.n;
        n_nonfinite: usize = |mean| mean.non_finite;
        value: f64 = ExponentialMean::value;
    }
}

stream! {
    /// Spikes of a stream, and how many there were.
    StreamingSpikes((SpikeDetector, usize)) {
        #[new]
        #[pyo3(signature = (*, window = 20, threshold = 6.0))]
        fn new(window: usize, threshold: f64) -> PyResult<Self> {
            check_window(window)?;
            if threshold.is_nan() || threshold < 0.0 {
                return Err(invalid("threshold", format!("must be 0 or more, not {threshold}")));
            }
            Ok(Self(Shared::new((SpikeDetector::new(window, threshold), 0))))
        }

        fn push(&self, value: f64) -> Option<f64> {
            let mut state = self.0.get();
            let found = state.0.push(value);
            state.1 += usize::from(found.is_some());
            found
        }
    }
    tells {
        n_spikes: usize = |state| state.1;
    }
}

stream! {
    /// Whether the loss of a stream has diverged.
    StreamingDivergence(DivergenceDetector) {
        #[new]
        #[pyo3(signature = (*, window = 20, factor = 0.5))]
        fn new(window: usize, factor: f64) -> PyResult<Self> {
            check_window(window)?;
            if factor.is_nan() || factor <= 0.0 {
                return Err(invalid("factor", format!("must be above 0, not {factor}")));
            }
            Ok(Self(Shared::new(DivergenceDetector::new(window, factor))))
        }

        fn push(&self, value: f64) -> bool {
            let mut detector = self.0.get();
            detector.push(value);
            detector.found().row.is_some()
        }
    }
    tells {
        row: Row = |detector| detector.found().row;
        rise: f64 = |detector| detector.found().rise;
        is_lost: bool = |detector| detector.found().is_lost;
    }
}

stream! {
    /// Whether a stream is level now.
    StreamingPlateau(PlateauDetector) {
        #[new]
        #[pyo3(signature = (*, window = 20, tolerance = 0.001))]
        fn new(window: usize, tolerance: f64) -> PyResult<Self> {
            if window < 2 {
                return Err(invalid("window", format!("must be at least 2, not {window}")));
            }
            if tolerance.is_nan() || tolerance < 0.0 {
                return Err(invalid("tolerance", format!("must be 0 or more, not {tolerance}")));
            }
            Ok(Self(Shared::new(PlateauDetector::new(window, tolerance))))
        }

        fn push(&self, value: f64) -> bool {
            self.0.get().push(value)
        }
    }
    tells {
        start: Row = PlateauDetector::start;
    }
}

stream! {
    /// Counts of values that are not finite.
    StreamingNonFinite(NonFiniteCounter) {
        #[new]
        fn new() -> Self {
            Self(Shared::new(NonFiniteCounter::default()))
        }

        fn push(&self, value: f64) {
            self.0.get().push(value);
        }
    }
    tells {
        n: usize = |counter| counter.n;
        n_nan: usize = |counter| counter.n_nan;
        n_infinite: usize = |counter| counter.n_infinite;
        run: usize = |counter| counter.run;
        longest_run: usize = |counter| counter.longest_run;
    }
}
