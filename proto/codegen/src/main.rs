//! Writes `crates/weft-proto/src/generated` from the `.proto` files beside this crate, without `protoc`.

use std::error::Error;
use std::fs;
use std::path::Path;

const PROTOS: [&str; 4] = [
    "arrow/flight/protocol/Flight.proto",
    "arrow/flight/protocol/FlightSql.proto",
    "google/rpc/status.proto",
    "weft/v1/ticket.proto",
];

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let out = root.join("../crates/weft-proto/src/generated");
    fs::create_dir_all(&out)?;
    let mut descriptors = protox::compile(PROTOS, [&root])?;
    // The marker option of the specification needs descriptor.proto; its types are not wanted in the output.
    descriptors.file.retain(|file| !file.name().starts_with("google/protobuf/"));
    let mut config = prost_build::Config::new();
    config.bytes(["."]).btree_map(["."]).enable_type_names();
    tonic_prost_build::configure()
        .build_server(true)
        .build_client(true)
        .build_transport(false)
        .emit_rerun_if_changed(false)
        .out_dir(&out)
        .compile_fds_with_config(descriptors, config)?;
    Ok(())
}
