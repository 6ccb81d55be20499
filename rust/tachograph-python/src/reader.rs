//! `Reader`: a run as columns.

use crate::answers::{convergence_dict, course_dict, stability_dict};
use crate::array::{ints, values};
use crate::error::{CoreError, invalid};
use crate::frame::Frame;
use crate::out::{Out, pairs};
use crate::rows::{RowKeys, row_dict};
use crate::tools::report_dict;
use crate::value::to_python;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tachograph::export::CsvOptions;
use tachograph::log::{self, LogReader};
use tachograph::store::{self, BestSoFar, Choice, Plan, Series, View};
use tachograph::types::{Chunk, ColumnKey, Role, Table};

/// A column's labels and values.
type Column<'py> = (Bound<'py, PyAny>, Bound<'py, PyAny>);

/// A run, read only.
#[pyclass(frozen, module = "tachograph._core")]
pub(crate) struct Reader {
    state: Mutex<State>,
}

struct State {
    /// Frames share it; they keep it as it is when it is refreshed.
    log: Arc<LogReader>,
    /// The chunk that rows were last taken from: rows are asked for a few at a time.
    recent: Option<(Rows, usize, Arc<Chunk>)>,
    /// Which rows of each table are merged.
    plans: [Option<Arc<Plan>>; 2],
    /// What is known of the best epoch, which a progress bar asks for all the time.
    best: BestSoFar,
}

impl Reader {
    pub(crate) fn new(log: LogReader) -> Self {
        Self {
            state: Mutex::new(State {
                log: Arc::new(log),
                recent: None,
                plans: [None, None],
                best: BestSoFar::default(),
            }),
        }
    }

    /// The run as it is now; whoever has it holds up nobody.
    fn snapshot(&self, py: Python<'_>) -> Arc<LogReader> {
        // Whoever holds the lock may be reading for long.
        py.detach(|| Arc::clone(&self.state().log))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Works on a view without holding up other Python threads.
    fn view<T: Send>(
        &self,
        py: Python<'_>,
        table: Table,
        work: impl FnOnce(&View<'_>) -> T + Send,
    ) -> T {
        py.detach(|| work(&View::new(&*self.state().log, table, false)))
    }

    /// The same where positions of rows are told: none of them changes by what is read later.
    fn settled<T: Send>(
        &self,
        py: Python<'_>,
        table: Table,
        work: impl FnOnce(&View<'_>) -> T + Send,
    ) -> T {
        py.detach(|| {
            let state = self.state();
            state.log.settle(table);
            work(&View::new(&*state.log, table, false))
        })
    }
}

#[expect(
    clippy::redundant_closure_for_method_calls,
    reason = "a method of one lifetime will not do"
)]
#[pymethods]
impl Reader {
    #[staticmethod]
    fn open(py: Python<'_>, path: PathBuf) -> PyResult<Self> {
        Ok(Self::new(py.detach(|| LogReader::open(&path)).map_err(CoreError)?))
    }

    #[staticmethod]
    fn from_packed(py: Python<'_>, packed: Vec<u8>) -> PyResult<Self> {
        let log = py.detach(|| LogReader::from_bytes(packed, Vec::new())).map_err(CoreError)?;
        Ok(Self::new(log))
    }

    fn packed<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let bytes = py.detach(|| log::pack_bytes(&self.state().log)).map_err(CoreError)?;
        Ok(PyBytes::new(py, &bytes))
    }

    fn refresh(&self, py: Python<'_>) -> PyResult<bool> {
        let refreshed = py.detach(|| {
            let mut state = self.state();
            let changed = Arc::make_mut(&mut state.log).refresh()?;
            if changed {
                state.recent = None;
                state.plans = [None, None];
            }
            Ok::<_, tachograph::Error>(changed)
        });
        Ok(refreshed.map_err(CoreError)?)
    }

    #[getter]
    fn path(&self, py: Python<'_>) -> Option<PathBuf> {
        self.snapshot(py).path().map(std::path::Path::to_owned)
    }

    #[getter]
    fn run_id(&self, py: Python<'_>) -> String {
        let uuid = self.snapshot(py).uuid().unwrap_or_default();
        format!("{:032x}", u128::from_be_bytes(uuid))
    }

    #[getter]
    fn closed(&self, py: Python<'_>) -> bool {
        self.snapshot(py).closed()
    }

    #[getter]
    fn writer_alive(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(self.holder(py)?.is_some())
    }

    #[getter]
    fn holder(&self, py: Python<'_>) -> PyResult<Option<String>> {
        let holder = py.detach(|| match self.state().log.run_dir() {
            Some(dir) => log::holder(dir),
            None => Ok(None),
        });
        Ok(holder.map_err(CoreError)?)
    }

    fn report<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let (report, path) = py.detach(|| {
            let state = self.state();
            (state.log.report(), state.log.path().map(std::path::Path::to_owned))
        });
        report_dict(py, &report, path.as_deref())
    }

    /// How many rows there are, or how many once those of one step are merged.
    #[pyo3(signature = (table, *, merged = false))]
    fn length(&self, py: Python<'_>, table: &str, merged: bool) -> PyResult<usize> {
        let table = table_of(table)?;
        if !merged {
            return Ok(self.settled(py, table, |view| view.len()));
        }
        Ok(py.detach(|| self.state().merged(table).len()))
    }

    /// How many rows of (epochs, steps) there are if none is damaged; none is looked at.
    fn counts(&self, py: Python<'_>) -> (usize, usize) {
        let count = |table| self.view(py, table, |view| view.len());
        (count(Table::Epochs), count(Table::Steps))
    }

    fn schema(&self, py: Python<'_>, table: &str) -> PyResult<Vec<(u8, String, &'static str)>> {
        let table = table_of(table)?;
        let schema = self.view(py, table, |view| view.schema().to_vec());
        let kind = |kind| if kind == tachograph::types::Kind::Int { "int" } else { "float" };
        Ok(schema
            .into_iter()
            .map(|column| (column.key.role as u8, column.key.name.to_string(), kind(column.kind)))
            .collect())
    }

    fn extra_keys(&self, py: Python<'_>, table: &str) -> PyResult<Vec<(u8, String)>> {
        let table = table_of(table)?;
        let keys = self.view(py, table, |view| view.extra_keys().to_vec());
        Ok(keys.into_iter().map(|key| (key.role as u8, key.name.to_string())).collect())
    }

    fn column<'py>(
        &self,
        py: Python<'py>,
        table: &str,
        role: u8,
        name: &str,
    ) -> PyResult<Option<Column<'py>>> {
        let Some(series) = self.series(py, table, role, name, false)? else { return Ok(None) };
        let labels = ints(py, series.labels)?;
        Ok(Some((labels, values(py, series.words, series.is_int)?)))
    }

    fn column_rows<'py>(
        &self,
        py: Python<'py>,
        table: &str,
        role: u8,
        name: &str,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let series = self.series(py, table, role, name, true)?;
        series.map(|series| ints(py, series.rows)).transpose()
    }

    /// The courses of columns in at most so many bins; None for one that is not there.
    fn courses<'py>(
        &self,
        py: Python<'py>,
        table: &str,
        columns: Vec<(u8, String)>,
        most_bins: usize,
    ) -> PyResult<Vec<Option<Bound<'py, PyDict>>>> {
        let table = table_of(table)?;
        let keys: Vec<ColumnKey> = columns
            .iter()
            .map(|(role, name)| column_key(*role, name.as_str()))
            .collect::<PyResult<_>>()?;
        let courses = self.view(py, table, |view| view.courses(&keys, most_bins));
        let dicts = courses.iter().map(|found| found.as_ref().map(|one| course_dict(py, one)));
        dicts.map(Option::transpose).collect()
    }

    /// (label, wall time in microseconds, attempt, place in the log) of every row.
    fn index<'py>(&self, py: Python<'py>, table: &str) -> PyResult<[Bound<'py, PyAny>; 4]> {
        let table = table_of(table)?;
        let index = self.settled(py, table, |view| view.row_index());
        Ok([
            ints(py, index.labels)?,
            ints(py, index.wall_micros)?,
            ints(py, index.attempts)?,
            ints(py, index.seq)?,
        ])
    }

    /// The step that the last call logged; None before the first.
    fn last_step(&self, py: Python<'_>) -> Option<i64> {
        self.settled(py, Table::Steps, |view| view.last_call())
    }

    #[pyo3(signature = (table, columns = None, *, start = None, stop = None, raw = false))]
    fn frame(
        &self,
        py: Python<'_>,
        table: &str,
        columns: Option<Vec<(u8, String)>>,
        start: Option<i64>,
        stop: Option<i64>,
        raw: bool,
    ) -> PyResult<Frame> {
        let log = self.snapshot(py);
        py.detach(|| Frame::new(log, table, columns, (start, stop), raw))
    }

    #[pyo3(signature = (table, start, stop, *, merged = false))]
    fn rows<'py>(
        &self,
        py: Python<'py>,
        table: &str,
        start: usize,
        stop: usize,
        merged: bool,
    ) -> PyResult<Bound<'py, PyList>> {
        let wanted = Rows { table: table_of(table)?, merged };
        let (columns, pieces) = py.detach(|| self.state().pieces(wanted, start..stop));
        let list = PyList::empty(py);
        for (chunk, range) in pieces {
            for row in range {
                list.append(row_dict(py, &columns, &chunk, row)?)?;
            }
        }
        Ok(list)
    }

    fn last_with_label(&self, py: Python<'_>, table: &str, label: i64) -> PyResult<Option<usize>> {
        let table = table_of(table)?;
        Ok(self.settled(py, table, |view| view.last_with_label(label)))
    }

    fn records<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let records = py.detach(|| store::records(&self.state().log));
        let dict = PyDict::new(py);
        for (key, value) in records {
            dict.set_item(key, to_python(py, &value)?)?;
        }
        Ok(dict)
    }

    fn attempts<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let attempts = py.detach(|| store::attempts(&self.state().log));
        let list = PyList::empty(py);
        for attempt in attempts {
            let dict = match &attempt.about {
                Some(about) => to_python(py, about)?.cast_into::<PyDict>()?,
                None => PyDict::new(py),
            };
            if let Some(started) = dict.get_item("started")? {
                dict.del_item("started")?;
                dict.set_item("started_micros", crate::value::micros(&started)?)?;
            }
            dict.set_item("attempt", attempt.number)?;
            dict.set_item("ended_micros", attempt.ended_micros)?;
            dict.set_item("closed", attempt.ended_micros.is_some())?;
            dict.set_item("rows", attempt.rows)?;
            dict.set_item("dropped", attempt.dropped)?;
            dict.set_item("first_step", attempt.steps.map(|steps| steps.0))?;
            dict.set_item("last_step", attempt.steps.map(|steps| steps.1))?;
            list.append(dict)?;
        }
        Ok(list)
    }

    #[pyo3(signature = (out, table, *, formula_guard = true, long = false, progress = None))]
    fn export_csv(
        &self,
        py: Python<'_>,
        out: &Bound<'_, PyAny>,
        table: &str,
        formula_guard: bool,
        long: bool,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<()> {
        let (out, table) = (Out::of(out)?, table_of(table)?);
        let options = CsvOptions { formula_guard, long };
        crate::out::csv(py, &self.snapshot(py), out, table, options, progress.as_ref())
    }

    #[pyo3(signature = (out, table, *, progress = None))]
    fn export_json_lines(
        &self,
        py: Python<'_>,
        out: &Bound<'_, PyAny>,
        table: &str,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<()> {
        let (out, table) = (Out::of(out)?, table_of(table)?);
        crate::out::json_lines(py, &self.snapshot(py), out, table, progress.as_ref())
    }

    #[pyo3(signature = (out, hparams, *, progress = None))]
    fn export_events(
        &self,
        py: Python<'_>,
        out: &Bound<'_, PyAny>,
        hparams: &Bound<'_, PyAny>,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<()> {
        let (out, hparams) = (Out::of(out)?, pairs(hparams)?);
        crate::out::events(py, &self.snapshot(py), out, hparams, progress.as_ref())
    }

    #[pyo3(signature = (out, head, tail, *, progress = None))]
    fn export_record_json(
        &self,
        py: Python<'_>,
        out: &Bound<'_, PyAny>,
        head: &Bound<'_, PyAny>,
        tail: &Bound<'_, PyAny>,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<()> {
        let (out, head, tail) = (Out::of(out)?, pairs(head)?, pairs(tail)?);
        let around = (head.as_slice(), tail.as_slice());
        crate::out::record_json(py, &self.snapshot(py), out, around, progress.as_ref())
    }

    #[pyo3(signature = (out, head, tail, *, progress = None))]
    fn export_steps_json(
        &self,
        py: Python<'_>,
        out: &Bound<'_, PyAny>,
        head: &Bound<'_, PyAny>,
        tail: &Bound<'_, PyAny>,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<()> {
        let (out, head, tail) = (Out::of(out)?, pairs(head)?, pairs(tail)?);
        let around = (head.as_slice(), tail.as_slice());
        crate::out::steps_json(py, &self.snapshot(py), out, around, progress.as_ref())
    }

    /// What the losses of the epochs say: best, convergence, stability.
    fn losses<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let losses = self.settled(py, Table::Epochs, |view| view.losses());
        let dict = PyDict::new(py);
        let best = losses.best.best().map(|best| (best.row, best.epoch, best.loss));
        dict.set_item("best", best)?;
        dict.set_item("convergence", convergence_dict(py, &losses.course.convergence())?)?;
        dict.set_item("stability", stability_dict(py, losses.course.stability().as_ref())?)?;
        Ok(dict)
    }

    fn best(&self, py: Python<'_>) -> Option<(usize, i64, f64)> {
        let best = py.detach(|| {
            let mut state = self.state();
            let State { log, best, .. } = &mut *state;
            log.settle(Table::Epochs);
            View::new(&**log, Table::Epochs, false).best(best)
        });
        best.map(|best| (best.row, best.epoch, best.loss))
    }

    fn field_total(&self, py: Python<'_>, name: &str) -> f64 {
        self.view(py, Table::Epochs, |view| view.field_total(name))
    }
}

impl Reader {
    fn series(
        &self,
        py: Python<'_>,
        table: &str,
        role: u8,
        name: &str,
        with_rows: bool,
    ) -> PyResult<Option<Series>> {
        let table = table_of(table)?;
        let key = column_key(role, name)?;
        let there = |view: &View<'_>| view.schema().iter().any(|column| column.key == key);
        Ok(if with_rows {
            self.settled(py, table, |view| there(view).then(|| view.series_with_rows(&key)))
        } else {
            self.view(py, table, |view| there(view).then(|| view.series(&key)))
        })
    }
}

/// Which rows are counted.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Rows {
    table: Table,
    /// Whether those of one step are one.
    merged: bool,
}

impl State {
    /// A table with its rows merged. Which ones are is looked up once.
    fn merged(&mut self, table: Table) -> store::Frame<'_> {
        self.log.settle(table);
        let view = View::new(&*self.log, table, false);
        let frame = match &self.plans[table as usize - 1] {
            Some(plan) => store::Frame::all_as_planned(view, Arc::clone(plan)),
            None => store::Frame::all(view),
        };
        self.plans[table as usize - 1] = Some(Arc::clone(frame.plan()));
        frame
    }

    /// The chunks that hold these rows, and which of their rows.
    fn pieces(&mut self, wanted: Rows, range: Range<usize>) -> (RowKeys, Vec<Piece>) {
        let mut recent = self.recent.take().filter(|(have, ..)| *have == wanted);
        let frame = if wanted.merged {
            self.merged(wanted.table)
        } else {
            self.log.settle(wanted.table);
            let view = View::new(&*self.log, wanted.table, false);
            store::Frame::new(view, Choice { raw: true, ..Choice::default() })
        };
        let mut pieces = Vec::new();
        let mut first = 0;
        for at in 0..frame.part_count() {
            let n = frame.part_rows(at);
            let within = range.start.max(first)..range.end.min(first + n);
            first += n;
            if within.is_empty() {
                continue;
            }
            let known = recent.take().filter(|(_, have, _)| *have == at);
            let chunk = match known {
                Some((_, _, chunk)) => chunk,
                None => match frame.part(at) {
                    Some(chunk) => Arc::new(chunk),
                    None => continue,
                },
            };
            recent = Some((wanted, at, Arc::clone(&chunk)));
            let offset = first - n;
            pieces.push((chunk, within.start - offset..within.end - offset));
        }
        let schema = frame.schema().iter().map(|column| column.key.clone()).collect();
        let places = frame.keys().iter().cloned().zip(0..).collect();
        self.recent = recent;
        (RowKeys { schema, places }, pieces)
    }
}

type Piece = (Arc<Chunk>, Range<usize>);

/// The column of this role and name.
pub(crate) fn column_key(role: u8, name: impl Into<Arc<str>>) -> PyResult<ColumnKey> {
    let role = Role::from_u8(role).ok_or_else(|| invalid("role", "is none of the four"))?;
    Ok(ColumnKey::new(role, name))
}

/// The table of this name.
pub(crate) fn table_of(name: &str) -> PyResult<Table> {
    match name {
        "epochs" => Ok(Table::Epochs),
        "steps" => Ok(Table::Steps),
        other => Err(invalid("table", format!("{other:?} is neither 'epochs' nor 'steps'"))),
    }
}
