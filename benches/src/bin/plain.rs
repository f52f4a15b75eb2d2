//! Plain DataFusion that stays: the path of a query comes in as a line, what it took goes out as a line of JSON.
//!
//! The other side of `stores/tpch.py`, with the settings of the engine's own sessions. Caches stay warm between queries,
//! as those of a server do. Planning is part of every time.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark that cannot run stops")]

use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow::ipc::writer::FileWriter;
use clap::{Parser, ValueEnum};
use datafusion::common::Result;
use object_store::ClientOptions;
use object_store::aws::AmazonS3Builder;
use serde_json::{Value, json};
use weft_engine::limits::Limits;
use weft_testkit::tpch::plain::{Plain, Tables};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Answers TPC-H with plain DataFusion: `QUERY` or `QUERY<tab>ANSWER` on standard input, both paths of files.
#[derive(Debug, Parser)]
struct Arguments {
    /// The folder that `tpch` filled, or `s3://BUCKET/PREFIX`.
    tables: String,
    /// What a caller may see: everything, or what views leave.
    #[arg(long, default_value = "clear")]
    path: Path,
    /// The address of the S3 server.
    #[arg(long, default_value = "")]
    endpoint: String,
    /// The access key's name.
    #[arg(long, env = "LAKE_KEY", default_value = "")]
    key: String,
    /// The access key.
    #[arg(long, env = "LAKE_SECRET", default_value = "", hide_env_values = true)]
    secret: String,
    /// Parallelism of a query; by default the engine's.
    #[arg(long)]
    partitions: Option<usize>,
    /// Bytes a query may hold; by default the engine's.
    #[arg(long)]
    memory: Option<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Path {
    Clear,
    Sealed,
}

#[tokio::main]
async fn main() {
    let arguments = Arguments::parse();
    let mut limits = Limits::default();
    limits.target_partitions = arguments.partitions.unwrap_or(limits.target_partitions);
    limits.statement_memory = arguments.memory.unwrap_or(limits.statement_memory);
    let tables = tables(&arguments);
    let plain = match arguments.path {
        Path::Clear => Plain::clear(&tables, &limits).await,
        Path::Sealed => Plain::sealed(&tables, &limits).await,
    };
    println!("{}", json!({ "datafusion": datafusion::DATAFUSION_VERSION, "batch_rows": limits.batch_rows }));
    // Nothing else is to be done while the next line is waited for.
    for line in std::io::stdin().lines() {
        let line = line.unwrap();
        let (query, answer) = line.split_once('\t').map_or((&*line, None), |(query, answer)| (query, Some(answer)));
        println!("{}", timed(&plain, query, answer.map(PathBuf::from)).await);
    }
}

fn tables(arguments: &Arguments) -> Tables {
    let Some(address) = arguments.tables.strip_prefix("s3://") else {
        return Tables::local(&PathBuf::from(&arguments.tables).canonicalize().unwrap());
    };
    let (bucket, prefix) = address.split_once('/').unwrap();
    let store = AmazonS3Builder::new()
        .with_bucket_name(bucket)
        .with_region("us-east-1")
        .with_endpoint(&arguments.endpoint)
        .with_access_key_id(&arguments.key)
        .with_secret_access_key(&arguments.secret)
        .with_client_options(ClientOptions::new().with_allow_http(true))
        .build();
    Tables::bucket(bucket, prefix, Arc::new(store.unwrap())).unwrap()
}

/// What a query took, or why it failed. Writing its answer is no part of the time.
async fn timed(plain: &Plain, query: &str, answer: Option<PathBuf>) -> Value {
    let sql = std::fs::read_to_string(query).unwrap();
    let begun = Instant::now();
    let answered = plain.answer(&sql).await;
    let milliseconds = begun.elapsed().as_secs_f64() * 1_000.0;
    let written = answered.and_then(|(schema, batches)| {
        let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
        answer.map_or(Ok(()), |path| write(&path, &schema, &batches)).map(|()| rows)
    });
    match written {
        Ok(rows) => json!({ "ms": milliseconds, "rows": rows }),
        Err(cause) => json!({ "error": cause.to_string() }),
    }
}

fn write(path: &std::path::Path, schema: &SchemaRef, batches: &[RecordBatch]) -> Result<()> {
    let mut writer = FileWriter::try_new(File::create(path)?, schema)?;
    for batch in batches {
        writer.write(batch)?;
    }
    Ok(writer.finish()?)
}
