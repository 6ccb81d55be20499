//! Loops for the widest vectors that a processor has.

/// Defines a function that is compiled twice, for every processor and for those with AVX2, and
/// runs as the one that fits. Both do the same operations in the same order.
macro_rules! at_each_width {
    (
        $(#[$meta:meta])*
        $visible:vis fn $name:ident($($argument:ident: $kind:ty),*) -> $result:ty $body:block
    ) => {
        $(#[$meta])*
        $visible fn $name($($argument: $kind),*) -> $result {
            #[inline(always)]
            fn anywhere($($argument: $kind),*) -> $result $body

            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2")]
            fn with_avx2(($($argument,)*): ($($kind,)*)) -> $result {
                anywhere($($argument),*)
            }

            #[cfg(target_arch = "x86_64")]
            if std::arch::is_x86_feature_detected!("avx2") {
                let arguments = ($($argument,)*);
                // SAFETY: the processor has the instructions that the function is compiled for.
                return unsafe { with_avx2(arguments) };
            }
            anywhere($($argument),*)
        }
    };
}

pub(super) use at_each_width;
