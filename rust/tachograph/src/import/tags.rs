//! The names that a file gives its values, as small numbers.

use std::collections::HashMap;
use std::sync::Arc;

/// The longest name that the log keeps, in bytes of UTF-8.
const MAX_NAME: usize = 64 << 10;

/// Names by number, in the order in which they were met.
#[derive(Clone, Debug, Default)]
pub struct Tags {
    names: Vec<Arc<str>>,
    index: HashMap<Arc<str>, u32>,
    /// Which name came behind each one when it was last met: recorders say the same names over and
    /// over in one order.
    following: Vec<u32>,
    last: u32,
}

impl Tags {
    /// The number of a name, a new one for a new name; `None` where the log could not keep it.
    #[inline]
    pub(super) fn number(&mut self, name: &[u8]) -> Option<u32> {
        let guess = self.following.get(self.last as usize).copied().unwrap_or(u32::MAX);
        if self.names.get(guess as usize).is_some_and(|known| known.as_bytes() == name) {
            self.last = guess;
            return Some(guess);
        }
        self.look_up(name)
    }

    fn look_up(&mut self, name: &[u8]) -> Option<u32> {
        if name.len() > MAX_NAME {
            return None;
        }
        let name = std::str::from_utf8(name).ok()?;
        let number = if let Some(&number) = self.index.get(name) {
            number
        } else {
            let number = u32::try_from(self.names.len()).ok()?;
            let name: Arc<str> = name.into();
            self.names.push(Arc::clone(&name));
            self.index.insert(name, number);
            self.following.push(0);
            number
        };
        if let Some(following) = self.following.get_mut(self.last as usize) {
            *following = number;
        }
        self.last = number;
        Some(number)
    }

    /// The name with this number.
    pub fn name(&self, number: u32) -> &Arc<str> {
        &self.names[number as usize]
    }

    /// How many names there are.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there is no name.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }
}
