//! One stretch of trouble, told once.

/// A stretch of trouble: it begins with the first bad row and ends after some good ones.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Episode {
    is_open: bool,
    good: u32,
}

impl Episode {
    /// Notes a bad row; whether the episode begins with it, and so is to be told.
    pub(super) fn bad(&mut self) -> bool {
        self.good = 0;
        !std::mem::replace(&mut self.is_open, true)
    }

    /// Notes a good row, of which `quiet` in a row end the episode.
    #[inline]
    pub(super) fn good(&mut self, quiet: u32) {
        if self.is_open {
            self.good += 1;
            self.is_open = self.good < quiet;
        }
    }
}

/// Bad rows in a row, of which some make an episode.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Streak {
    length: usize,
    /// The value at which it began.
    first: f64,
    episode: Episode,
}

impl Streak {
    /// Notes a bad row; whether an episode of at least `needed` such rows is to be told with it.
    pub(super) fn bad(&mut self, value: f64, needed: usize) -> bool {
        if self.length == 0 {
            self.first = value;
        }
        self.length = self.length.saturating_add(1);
        self.length >= needed && self.episode.bad()
    }

    /// Notes a good row.
    #[inline]
    pub(super) fn good(&mut self, quiet: u32) {
        self.length = 0;
        self.episode.good(quiet);
    }

    /// How many bad rows there are in a row.
    pub(super) fn length(&self) -> usize {
        self.length
    }

    /// The value at which they began.
    pub(super) fn first(&self) -> f64 {
        self.first
    }

    /// Takes it as told by somebody else.
    pub(super) fn set_told(&mut self) {
        self.episode.bad();
    }
}
