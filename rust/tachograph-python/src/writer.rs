//! `Writer`: the native base of `TrainingRecorder`.

use crate::bulk;
use crate::cells;
use crate::current::Current;
use crate::epoch;
use crate::error::{CoreError, RecorderClosedError, RecordingWarning, RunExistsError, invalid};
use crate::keys::{DictPairs, KeyCache, Pairs, QUICK, name_of};
use crate::pending;
use crate::reader::{Reader, column_key};
use crate::scalar::{self, Refusal, refuse};
use crate::value::to_value;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyMapping, PyTuple};
use std::mem::MaybeUninit;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tachograph::Error;
use tachograph::health::Thresholds;
use tachograph::log::{self, Durability, LayoutId, Mechanism, MixedRow, Options, Record};
use tachograph::store;
use tachograph::types::{ColumnKey, Role, Table, Value};

/// One attempt's writer. Empty until `_open`.
#[pyclass(subclass, frozen, module = "tachograph._core")]
pub(crate) struct Writer {
    core: Current,
    keys: Mutex<KeyCache>,
    /// Those of late rows, apart: they come in turns with the loop's.
    late_keys: Mutex<KeyCache>,
    /// With what parameters the health of the run is watched, if it is; kept from log to log.
    watching: Mutex<Option<Thresholds>>,
}

/// What a row of steps is of.
#[derive(Clone, Copy)]
pub(crate) enum Call {
    /// The call that is made; without a step it is the next one.
    Now(Option<i64>),
    /// An earlier one.
    Late { step: i64, wall_micros: i64 },
}

impl Call {
    #[inline]
    fn append(self, core: &log::Writer, id: LayoutId, row: &MixedRow<'_>) -> Result<(), Error> {
        match self {
            Self::Now(step) => core.append_mixed(id, step, None, row).map(drop),
            Self::Late { step, wall_micros } => {
                core.append_late(id, step, wall_micros, row).map(drop)
            }
        }
    }
}

#[pymethods]
impl Writer {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs))]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> Self {
        Self {
            core: Current::default(),
            keys: Mutex::default(),
            late_keys: Mutex::default(),
            watching: Mutex::default(),
        }
    }

    /// The log may be opened again, or another one, once it is closed.
    #[pyo3(signature = (run_dir, *, run_id, create, durability = "interval", sync_interval_secs = 1.0,
                        on_error = "warn", mechanism = "auto", attempt = None, preamble = None,
                        packed = None))]
    #[expect(clippy::too_many_arguments, reason = "keyword arguments of one private constructor")]
    fn _open(
        &self,
        py: Python<'_>,
        run_dir: Option<PathBuf>,
        run_id: &str,
        create: bool,
        durability: &str,
        sync_interval_secs: f64,
        on_error: &str,
        mechanism: &str,
        attempt: Option<&Bound<'_, PyDict>>,
        preamble: Option<&Bound<'_, PyDict>>,
        packed: Option<Vec<u8>>,
    ) -> PyResult<()> {
        let options = options(durability, sync_interval_secs, on_error, mechanism)?;
        let core = py.detach(|| match packed {
            Some(packed) => Ok(log::Writer::continue_bytes(packed).map_err(CoreError)?),
            None => start(run_dir.as_deref(), run_id, create, options),
        })?;
        let attempt = attempt.map(|about| to_value(about.as_any())).transpose()?;
        let about = attempt_record(&core, attempt);
        core.put(about).map_err(CoreError)?;
        if let Some(preamble) = preamble {
            for (key, value) in preamble {
                let record = Record::Put { key: key.extract()?, value: to_value(&value)? };
                core.put(record).map_err(CoreError)?;
            }
        }
        if let Some(limits) = self.watching().clone() {
            py.detach(|| watch(&core, limits)).map_err(CoreError)?;
        }
        let mut keys = locked(&self.keys);
        let mut late_keys = locked(&self.late_keys);
        if !self.core.replace(core) {
            return Err(invalid("_open", "the recorder is open already"));
        }
        // Layouts belong to the log that made them.
        *keys = KeyCache::default();
        *late_keys = KeyCache::default();
        drop((keys, late_keys));
        self.warn(py)
    }

    /// Records many steps at once. See `TrainingRecorder.log_steps`.
    ///
    /// `steps` is a sequence or array of integers of length n, None the next n; `metrics` maps
    /// names to sequences or arrays of n numbers.
    fn log_steps(
        slf: &Bound<'_, Self>,
        steps: &Bound<'_, PyAny>,
        metrics: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        bulk::log_steps(slf.py(), slf.get().core()?, steps, &merged(metrics, None)?)?;
        Self::tell(slf)
    }

    /// Records more of a step that an earlier call logged at this wall time, as a row of its own.
    ///
    /// The step that None stands for stays as it is.
    fn _log_late(
        slf: &Bound<'_, Self>,
        step: &Bound<'_, PyAny>,
        wall_micros: i64,
        metrics: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let (py, writer) = (slf.py(), slf.get());
        let call = Call::Late { step: scalar::label(step, "step")?, wall_micros };
        if metrics.is_exact_instance_of::<PyDict>() {
            // SAFETY: a live dictionary of the attached interpreter; no Python code runs meanwhile.
            let logged = unsafe { writer.log_quickly(call, || DictPairs::new(metrics.as_ptr())) };
            match logged {
                Some(Ok(())) => return writer.warn(py),
                Some(Err(Error::Behind { .. })) => writer.wait(py),
                Some(Err(error)) => return Err(CoreError(error).into()),
                None => {}
            }
        }
        Self::log_any(slf, call, &merged(metrics, None)?)
    }

    /// Records cells of a CSV file. See `cells::log_cells`.
    fn _log_cells_at(
        &self,
        py: Python<'_>,
        steps: &Bound<'_, PyAny>,
        wall_micros: &Bound<'_, PyAny>,
        metrics: &Bound<'_, PyDict>,
    ) -> PyResult<(u64, u64)> {
        let counted = cells::log_cells(py, self.core()?, steps, wall_micros, metrics)?;
        self.warn(py)?;
        Ok(counted)
    }

    fn _append_epoch(
        &self,
        py: Python<'_>,
        epoch: &Bound<'_, PyAny>,
        wall_micros: i64,
        fields: &Bound<'_, PyDict>,
        train: &Bound<'_, PyDict>,
        val: &Bound<'_, PyDict>,
        sample_predictions: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Option<u64>> {
        let core = self.core()?;
        let label = scalar::label(epoch, "epoch")?;
        let mut row = epoch::EpochRow::default();
        row.fields(fields)?;
        row.metrics(Role::Train, train)?;
        row.metrics(Role::Val, val)?;
        if let Some(samples) = sample_predictions {
            row.structured(Role::Field, "sample_predictions", to_value(samples)?);
        }
        let seq = patient(py, core, |core| row.append(core, label, wall_micros))?;
        self.warn(py)?;
        Ok(seq)
    }

    fn _amend(
        &self,
        py: Python<'_>,
        seq: u64,
        role: u8,
        name: &str,
        value: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let key = column_key(role, name)?;
        let value = epoch::amendment(value)?;
        let record = Arc::new(Record::Amend { seq, key, value });
        patient(py, self.core()?, |core| core.put(Arc::clone(&record)))
    }

    fn _put(&self, py: Python<'_>, key: &str, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let record = Arc::new(Record::Put { key: key.to_owned(), value: to_value(value)? });
        patient(py, self.core()?, |core| core.put(Arc::clone(&record)))
    }

    /// Watches what is logged from now on, in this log and in those opened after it.
    #[pyo3(signature = (thresholds = None))]
    fn _watch_health(
        &self,
        py: Python<'_>,
        thresholds: Option<&Bound<'_, PyMapping>>,
    ) -> PyResult<()> {
        let limits = crate::health::limits(thresholds)?;
        *self.watching() = Some(limits.clone());
        let Some(core) = self.core.get() else { return Ok(()) };
        Ok(py.detach(|| watch(core, limits)).map_err(CoreError)?)
    }

    /// Whether there are findings that nobody has taken.
    #[getter(_has_findings)]
    fn has_findings(&self) -> bool {
        self.core.get().is_some_and(log::Writer::has_findings)
    }

    /// The findings since the last call.
    fn _take_findings<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let found = self.core.get().map(log::Writer::take_findings).unwrap_or_default();
        crate::health::dicts(py, &found)
    }

    /// What `log_step` and `log_steps` call when something was found; for subclasses.
    #[expect(clippy::unused_self, reason = "subclasses tell of their own")]
    fn _tell_findings(&self) {}

    fn _reader(&self) -> PyResult<Reader> {
        Ok(Reader::new(self.core()?.reader().map_err(CoreError)?))
    }

    /// Puts everything logged so far on the disk. Raises `OSError`.
    fn sync(&self, py: Python<'_>) -> PyResult<()> {
        let core = self.core()?;
        Ok(py.detach(|| core.sync()).map_err(CoreError)?)
    }

    #[pyo3(signature = (timeout_secs = None))]
    fn _close(&self, py: Python<'_>, timeout_secs: Option<f64>) -> PyResult<bool> {
        let Some(core) = self.core.get() else { return Ok(true) };
        let timeout = timeout_secs
            .map(|secs| Duration::try_from_secs_f64(secs.max(0.0)).unwrap_or(Duration::MAX));
        let done = py.detach(|| core.close(timeout)).map_err(CoreError)?;
        self.warn(py)?;
        Ok(done)
    }

    /// Whether this process was forked from the one that opened the log.
    #[getter]
    fn _in_child(&self) -> bool {
        self.core.get().is_some_and(log::Writer::in_child)
    }

    #[getter]
    fn _status<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let core = self.core()?;
        let status = py.detach(|| core.status());
        let dict = PyDict::new(py);
        dict.set_item("rows", status.epochs + status.steps)?;
        dict.set_item("steps", status.steps)?;
        dict.set_item("epochs", status.epochs)?;
        dict.set_item("bytes", status.bytes)?;
        dict.set_item("dropped", status.dropped)?;
        dict.set_item("stalled_seconds", status.stalled.as_secs_f64())?;
        dict.set_item("queued_bytes", status.queued_bytes)?;
        dict.set_item("last_error", status.last_error)?;
        dict.set_item("closed", status.closed)?;
        dict.set_item("mechanism", mechanism_name(core.mechanism()))?;
        Ok(dict)
    }

    #[getter]
    fn _attempt(&self) -> PyResult<u32> {
        Ok(self.core()?.attempt())
    }

    #[getter]
    fn _next_step(&self) -> PyResult<i64> {
        Ok(self.core()?.next_step())
    }

    fn _set_next_step(&self, step: i64) -> PyResult<()> {
        Ok(self.core()?.set_next_step(step).map_err(CoreError)?)
    }
}

impl Writer {
    #[inline]
    pub(crate) fn core(&self) -> PyResult<&log::Writer> {
        self.core.get().ok_or_else(|| RecorderClosedError::new_err("the recorder was never opened"))
    }

    /// The layouts that calls of this kind remember.
    #[inline]
    fn keys(&self, call: Call) -> MutexGuard<'_, KeyCache> {
        locked(if matches!(call, Call::Late { .. }) { &self.late_keys } else { &self.keys })
    }

    /// One row of steps whose names are those of an earlier one and whose values are plain numbers;
    /// `None` where it is not so simple.
    ///
    /// # Safety
    /// `pairs` may be read now (see [`Pairs::next`]).
    #[inline]
    pub(crate) unsafe fn log_quickly<P: Pairs>(
        &self,
        call: Call,
        pairs: impl Fn() -> P,
    ) -> Option<Result<(), Error>> {
        let mut words = [const { MaybeUninit::<u64>::uninit() }; QUICK];
        // The log is not replaced while the keys are held, so that the layout is one of its own.
        let mut keys = self.keys(call);
        let core = self.core.get()?;
        // SAFETY: the caller vouches for the pairs.
        let row = unsafe { keys.read(pairs, &mut words)? };
        drop(keys);
        // SAFETY: `read` wrote the first `n` words.
        let words = unsafe { std::slice::from_raw_parts(words.as_ptr().cast::<u64>(), row.n) };
        let all = if row.n == 0 { 0 } else { u64::MAX >> (QUICK - row.n) };
        if let Call::Now(step) = call
            && row.ints == 0
            && row.present == all
        {
            return Some(core.append_floats(row.id, step, words).map(drop));
        }
        let (present, ints) = ([row.present], [row.ints]);
        let bitmap = row.n.div_ceil(64);
        let (present, ints) = (&present[..bitmap], &ints[..bitmap]);
        let mixed = MixedRow { words, present, ints, extras: &[] };
        Some(call.append(core, row.id, &mixed))
    }

    /// Waits until the sealer has caught up, without holding up other threads.
    pub(crate) fn wait(&self, py: Python<'_>) {
        if let Some(core) = self.core.get() {
            py.detach(|| core.wait());
        }
    }

    /// Whether there is a failure or a finding to tell of.
    #[inline]
    pub(crate) fn has_news(&self) -> bool {
        self.core.get().is_some_and(|core| core.has_failure() || core.has_findings())
    }

    fn watching(&self) -> MutexGuard<'_, Option<Thresholds>> {
        self.watching.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells of a failure and of findings, each once.
    pub(crate) fn tell(slf: &Bound<'_, Self>) -> PyResult<()> {
        slf.get().warn(slf.py())?;
        if slf.get().has_findings() {
            slf.call_method0("_tell_findings")?;
        }
        Ok(())
    }

    /// One row of steps, whatever its names and values. What is on a device follows by a late row.
    #[cold]
    pub(crate) fn log_any(
        slf: &Bound<'_, Self>,
        call: Call,
        dict: &Bound<'_, PyDict>,
    ) -> PyResult<()> {
        let (py, writer) = (slf.py(), slf.get());
        let core = writer.core()?;
        // A list of its own, because reading a value may change the dictionary.
        let pairs: Vec<_> = dict.iter().collect();
        let mut names = Vec::with_capacity(pairs.len());
        let mut row = epoch::Cells::with_capacity(pairs.len());
        let mut on_device: Option<Bound<'_, PyDict>> = None;
        for (key, value) in &pairs {
            let name = name_of(key)?;
            match scalar::scalar(value) {
                Ok(scalar) => {
                    row.push(scalar);
                    names.push(name);
                }
                Err(Refusal::OnDevice(_)) if matches!(call, Call::Now(_)) => {
                    on_device.get_or_insert_with(|| PyDict::new(py)).set_item(&*name, value)?;
                }
                Err(why) => return Err(refuse(py, &name, value, why)),
            }
        }
        let keys: Vec<ColumnKey> =
            names.iter().map(|name| ColumnKey::new(Role::Metric, name.clone())).collect();
        let id = core.layout(Table::Steps, &keys).map_err(CoreError)?;
        if let (Call::Now(step), Some(tensors)) = (call, on_device) {
            pending::log(slf, core, step, (id, &row), &tensors)?;
            return writer.warn(py);
        }
        if pairs.len() <= QUICK {
            let objects = pairs.into_iter().map(|(key, _)| key.unbind()).collect();
            let mut keys = writer.keys(call);
            if writer.core.get().is_some_and(|now| std::ptr::eq(now, core)) {
                keys.remember(id, objects, names);
            }
        }
        patient(py, core, |core| call.append(core, id, &row.mixed(&[])))?;
        writer.warn(py)
    }

    /// Tells of a failure once.
    pub(crate) fn warn(&self, py: Python<'_>) -> PyResult<()> {
        match self.core.get().and_then(log::Writer::take_failure) {
            None => Ok(()),
            Some(failure) => warn(py, &failure),
        }
    }
}

fn watch(core: &log::Writer, limits: Thresholds) -> tachograph::Result<()> {
    core.watch_health(Some(store::watch_of(core, limits)?))
}

fn locked(keys: &Mutex<KeyCache>) -> MutexGuard<'_, KeyCache> {
    keys.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cold]
fn warn(py: Python<'_>, failure: &str) -> PyResult<()> {
    let category = py.get_type::<RecordingWarning>();
    let message = format!(
        "recording met a failure and goes on: {failure}. What could not be kept is counted in \
         recorder.status.dropped."
    );
    let message = std::ffi::CString::new(message.replace('\0', " "))?;
    PyErr::warn(py, category.as_any(), &message, 2)
}

/// Calls until the sealer is not behind, waiting without holding up other threads.
pub(crate) fn patient<T: Send>(
    py: Python<'_>,
    core: &log::Writer,
    mut call: impl FnMut(&log::Writer) -> tachograph::Result<T>,
) -> PyResult<T> {
    loop {
        match call(core) {
            Err(Error::Behind { .. }) => py.detach(|| core.wait()),
            done => return Ok(done.map_err(CoreError)?),
        }
    }
}

/// A dictionary of both kinds of arguments.
pub(crate) fn merged<'py>(
    metrics: &Bound<'py, PyAny>,
    kwargs: Option<&Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyDict>> {
    let mapping = metrics.cast::<PyMapping>().map_err(|_| {
        crate::error::wrong_type(format!(
            "metrics must map names to numbers, not be a {}",
            scalar::type_name(metrics)
        ))
    })?;
    let dict = PyDict::new(metrics.py());
    dict.update(mapping)?;
    for (key, value) in kwargs.into_iter().flatten() {
        if dict.contains(&key)? {
            return Err(crate::error::wrong_type(format!(
                "log_step got metric {key:?} twice: in metrics and as a keyword"
            )));
        }
        dict.set_item(key, value)?;
    }
    Ok(dict)
}

fn options(durability: &str, interval: f64, on_error: &str, mechanism: &str) -> PyResult<Options> {
    let durability = match durability {
        "process" => Durability::Process,
        "interval" => Durability::Interval,
        "always" => Durability::Always,
        other => {
            let rule = "is none of 'process', 'interval', 'always'";
            return Err(invalid("durability", format!("{other:?} {rule}")));
        }
    };
    let raise_on_drop = match on_error {
        "warn" => false,
        "raise" => true,
        other => {
            return Err(invalid("on_error", format!("{other:?} is neither 'warn' nor 'raise'")));
        }
    };
    let mechanism = match mechanism {
        "auto" => None,
        "mmap" => Some(Mechanism::Map),
        "write" => Some(Mechanism::Write),
        other => {
            let rule = "is none of 'auto', 'mmap', 'write'";
            return Err(invalid("mechanism", format!("{other:?} {rule}")));
        }
    };
    let sync_interval = Duration::try_from_secs_f64(interval)
        .ok()
        .filter(|interval| !interval.is_zero())
        .ok_or_else(|| invalid("sync_interval_secs", format!("{interval} is no time to wait")))?;
    Ok(Options { durability, sync_interval, raise_on_drop, mechanism })
}

fn mechanism_name(mechanism: Mechanism) -> &'static str {
    match mechanism {
        Mechanism::Map => "mmap",
        Mechanism::Write => "write",
        Mechanism::Memory => "memory",
    }
}

fn start(
    dir: Option<&Path>,
    run_id: &str,
    create: bool,
    options: Options,
) -> PyResult<log::Writer> {
    let writer = match dir {
        Some(file) if !create && !file.is_dir() => log::Writer::continue_in_memory(file),
        Some(dir) if !create => log::Writer::resume(dir, options),
        Some(dir) if dir.join(log::MAIN_FILE).exists() => {
            return Err(RunExistsError::new_err(format!(
                "the run {run_id} exists already at {}; resume it with resume=\"allow\", or choose \
                 another run_id",
                dir.display()
            )));
        }
        dir => log::Writer::create(dir, tachograph::log::new_uuid(), options),
    };
    Ok(writer.map_err(CoreError)?)
}

fn attempt_record(core: &log::Writer, about: Option<Value>) -> Record {
    let text = |text: &str| Value::Str(text.to_owned());
    let mut pairs = vec![
        (text("attempt"), Value::Int(i64::from(core.attempt()))),
        (text("pid"), Value::Int(i64::from(std::process::id()))),
        (text("host"), Value::Str(log::host_name())),
        (text("started"), Value::Time(log::wall_micros())),
    ];
    if let Some(Value::Map(about)) = about {
        // What the core says of the attempt is not replaced.
        for (key, value) in about {
            if !pairs.iter().any(|(have, _)| *have == key) {
                pairs.push((key, value));
            }
        }
    }
    Record::Started(Value::Map(pairs))
}
