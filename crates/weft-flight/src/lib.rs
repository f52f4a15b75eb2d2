//! Arrow Flight and Flight SQL over tonic.
