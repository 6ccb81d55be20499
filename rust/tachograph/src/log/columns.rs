//! Which columns the tables of a run have, in the order in which they were first seen.

use crate::types::{ColumnKey, ColumnSchema, Kind, Table};
use std::collections::HashMap;

/// A column, with what was found in it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FoundColumn {
    pub(crate) key: ColumnKey,
    /// Of what kind its numbers are, if it has any.
    pub(crate) kind: Option<Kind>,
    /// Whether it has structured values.
    pub(crate) is_structured: bool,
}

impl FoundColumn {
    pub(crate) fn numbers(key: ColumnKey, kind: Kind) -> Self {
        Self { key, kind: Some(kind), is_structured: false }
    }

    pub(crate) fn structured(key: ColumnKey) -> Self {
        Self { key, kind: None, is_structured: true }
    }
}

/// The columns of each table in first-seen order.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Columns {
    tables: Vec<(Table, Vec<FoundColumn>)>,
    seen: HashMap<(Table, ColumnKey), usize>,
}

impl Columns {
    /// Notes a column; one that is not always integer is float.
    pub(crate) fn add(&mut self, table: Table, column: FoundColumn) {
        let at = self.tables.iter().position(|(have, _)| *have == table).unwrap_or_else(|| {
            self.tables.push((table, Vec::new()));
            self.tables.len() - 1
        });
        let list = &mut self.tables[at].1;
        let at = *self.seen.entry((table, column.key.clone())).or_insert(list.len());
        let Some(have) = list.get_mut(at) else { return list.push(column) };
        have.is_structured |= column.is_structured;
        if have.kind.is_none() || column.kind == Some(Kind::Float) {
            have.kind = column.kind;
        }
    }

    /// Those of each table.
    pub(crate) fn tables(&self) -> &[(Table, Vec<FoundColumn>)] {
        &self.tables
    }

    /// The list of one table.
    pub(crate) fn into_table(self, table: Table) -> Vec<FoundColumn> {
        let mut tables = self.tables.into_iter();
        tables.find(|(have, _)| *have == table).map(|(_, list)| list).unwrap_or_default()
    }

    /// Those of one table, sorted by what they hold.
    pub(crate) fn of_table(&self, table: Table) -> TableColumns {
        let mut of_table = TableColumns::default();
        let found = self.tables.iter().filter(|(have, _)| *have == table);
        for column in found.flat_map(|(_, list)| list) {
            let key = || column.key.clone();
            of_table.keys.push(key());
            of_table.schema.extend(column.kind.map(|kind| ColumnSchema { key: key(), kind }));
            of_table.extra_keys.extend(column.is_structured.then(key));
        }
        of_table
    }
}

/// The columns of a table in first-seen order, amended ones among them.
#[derive(Clone, Debug, Default)]
pub(crate) struct TableColumns {
    /// All of them.
    pub(crate) keys: Vec<ColumnKey>,
    /// Those that have numbers.
    pub(crate) schema: Vec<ColumnSchema>,
    /// Those that have structured values; a column may be in both.
    pub(crate) extra_keys: Vec<ColumnKey>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::Role;

    #[test]
    fn a_column_stands_where_it_was_first_seen_with_all_that_was_found_in_it() {
        let key = |name: &str| ColumnKey::new(Role::Train, name);
        let mut columns = Columns::default();
        for column in [
            FoundColumn::numbers(key("a"), Kind::Int),
            FoundColumn::structured(key("b")),
            FoundColumn::numbers(key("c"), Kind::Int),
            FoundColumn::numbers(key("b"), Kind::Int),
            FoundColumn::structured(key("a")),
            FoundColumn::numbers(key("c"), Kind::Float),
            FoundColumn::numbers(key("c"), Kind::Int),
        ] {
            columns.add(Table::Epochs, column);
        }
        let found = columns.of_table(Table::Epochs);
        assert_eq!(found.keys, [key("a"), key("b"), key("c")]);
        let kinds: Vec<_> =
            found.schema.iter().map(|column| (&*column.key.name, column.kind)).collect();
        assert_eq!(kinds, [("a", Kind::Int), ("b", Kind::Int), ("c", Kind::Float)]);
        assert_eq!(found.extra_keys, [key("a"), key("b")]);
        assert!(columns.of_table(Table::Steps).keys.is_empty());
    }
}
