//! Arrow Flight, Flight SQL and Weft's own messages, generated from proto/.
