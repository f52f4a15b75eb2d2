//! ODPS and ODCS files in, data products out, with a place for every complaint.
