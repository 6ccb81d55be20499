//! Python bindings of tachograph: a table of contents.

mod answers;
mod array;
mod attend;
mod bulk;
mod cells;
mod current;
mod epoch;
mod error;
mod float_value;
mod frame;
mod gradients;
mod health;
mod imports;
mod keys;
mod log_step;
mod numpy_scalar;
mod out;
mod pending;
mod place;
mod predictions;
mod reader;
mod rows;
mod scalar;
mod stats;
mod streams;
mod tensor;
mod thinning;
mod tools;
mod value;
mod weights;
mod writer;

/// The compiled core of tachograph.
#[pyo3::pymodule]
mod _core {
    #[pymodule_export]
    use crate::cells::{number_in_cell, whole_numbers_in_cells};
    #[pymodule_export]
    use crate::frame::Frame;
    #[pymodule_export]
    use crate::gradients::GradientBuffers;
    #[pymodule_export]
    use crate::health::HealthWatch;
    #[pymodule_export]
    use crate::imports::{EventFiles, WandbFile};
    #[pymodule_export]
    use crate::place::Place;
    #[pymodule_export]
    use crate::predictions::PredictionTotals;
    #[pymodule_export]
    use crate::reader::Reader;
    #[pymodule_export]
    use crate::stats::{
        convergence, course_divergence, course_plateau, course_spikes, divergence, exponential,
        line, mann_kendall, moments, non_finite_runs, overfitting_score, plateaus, robust_spread,
        rolling, spikes, tensorboard, theil_sen,
    };
    #[pymodule_export]
    use crate::streams::{
        StreamingDivergence, StreamingMean, StreamingNonFinite, StreamingPlateau, StreamingSpikes,
        StreamingTrend,
    };
    #[pymodule_export]
    use crate::thinning::downsample;
    #[pymodule_export]
    use crate::tools::{pack, read_decompressed, repair, value_to_json, verify};
    #[pymodule_export]
    use crate::weights::WeightBuffers;
    #[pymodule_export]
    pub(crate) use crate::writer::Writer;

    #[pymodule_export]
    const ROLE_FIELD: u8 = tachograph::types::Role::Field as u8;
    #[pymodule_export]
    const ROLE_METRIC: u8 = tachograph::types::Role::Metric as u8;
    #[pymodule_export]
    const ROLE_TRAIN: u8 = tachograph::types::Role::Train as u8;
    #[pymodule_export]
    const ROLE_VAL: u8 = tachograph::types::Role::Val as u8;

    #[pymodule_init]
    fn init(module: &pyo3::Bound<'_, pyo3::types::PyModule>) -> pyo3::PyResult<()> {
        use pyo3::types::PyModuleMethods;
        crate::float_value::learn(module.py())?;
        crate::log_step::install(&module.py().get_type::<Writer>())?;
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
