use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use arrow::array::{ArrayRef, Int64Array};
use futures::StreamExt;
use tokio::sync::Semaphore;

use super::*;
use crate::wire::profile::Profile;
use crate::wire::schema::wire_schema;

/// A source that tells what happens to it.
struct Source {
    made: Arc<AtomicUsize>,
    dropped: Arc<AtomicBool>,
    left: usize,
    pause: Duration,
    last: Option<&'static str>,
}

impl Source {
    fn new(left: usize) -> Self {
        Self::with(left, Duration::ZERO, None)
    }

    fn with(left: usize, pause: Duration, last: Option<&'static str>) -> Self {
        Self { made: Arc::default(), dropped: Arc::default(), left, pause, last }
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        self.dropped.store(true, Ordering::SeqCst);
    }
}

fn batch() -> RecordBatch {
    RecordBatch::try_from_iter([("n", Arc::new(Int64Array::from_iter_values(0..100_000)) as ArrayRef)]).unwrap()
}

impl Batches for Source {
    async fn next(&mut self) -> Option<Result<RecordBatch, Status>> {
        if !self.pause.is_zero() {
            sleep(self.pause).await;
        }
        if self.left == 0 {
            return match self.last {
                Some("panic") => panic!("a defect"),
                Some(message) => Some(Err(Status::aborted(message))),
                None => None,
            };
        }
        self.left -= 1;
        self.made.fetch_add(1, Ordering::SeqCst);
        Some(Ok(batch()))
    }

    fn epilogue(&mut self) -> Option<Bytes> {
        Some(Bytes::from_static(b"receipt"))
    }
}

fn start(source: Source, keep_alive: Option<Duration>) -> DataStream {
    patient(source, keep_alive, Duration::from_secs(60), &Arc::new(Semaphore::new(1)))
}

fn patient(source: Source, keep_alive: Option<Duration>, unread_time: Duration, places: &Arc<Semaphore>) -> DataStream {
    let encoder = Encoder::new(wire_schema(&batch().schema(), Profile::Unknown), 1 << 20, None).unwrap();
    let permit = permit(places, 1).unwrap();
    let setting =
        Setting { cpu: Handle::current(), metrics: FlightMetrics::default(), permit, keep_alive, unread_time };
    DataStream::start(source, encoder, setting).unwrap()
}

#[tokio::test]
async fn everything_arrives_and_the_receipt_is_last() {
    let messages: Vec<FlightData> = start(Source::new(3), None).map(|message| message.unwrap()).collect().await;
    assert_eq!(messages.len(), 5);
    assert!(messages[0].data_body.is_empty());
    assert_eq!(messages[4].app_metadata, Bytes::from_static(b"receipt"));
}

#[tokio::test]
async fn a_slow_reader_holds_the_source_back() {
    let source = Source::new(1_000);
    let (made, dropped) = (Arc::clone(&source.made), Arc::clone(&source.dropped));
    let mut stream = start(source, None);
    stream.next().await.unwrap().unwrap();
    sleep(Duration::from_millis(100)).await;
    // Two messages wait, a third is in the hand of the task.
    assert!(made.load(Ordering::SeqCst) <= 3, "{}", made.load(Ordering::SeqCst));
    drop(stream);
    sleep(Duration::from_millis(50)).await;
    assert!(dropped.load(Ordering::SeqCst));
}

#[tokio::test]
async fn an_answer_that_nobody_reads_lets_go_of_everything() {
    let source = Source::new(1_000);
    let dropped = Arc::clone(&source.dropped);
    let places = Arc::new(Semaphore::new(1));
    let mut stream = patient(source, None, Duration::from_millis(50), &places);
    stream.next().await.unwrap().unwrap();
    sleep(Duration::from_millis(500)).await;
    assert!(dropped.load(Ordering::SeqCst));
    assert_eq!(places.available_permits(), 1);
    // What was encoded before can still be read, and why it ends.
    let rest: Vec<_> = stream.collect().await;
    assert_eq!(rest.len(), MESSAGES_AHEAD + 1);
    let status = rest[MESSAGES_AHEAD].as_ref().unwrap_err();
    assert_eq!(status.code(), tonic::Code::DeadlineExceeded);
    assert_eq!(
        status.message(),
        "the answer was left unread for longer than limits.unread_time = 0 s [WEFT-F013]\nHint: Read answers without long pauses, or ask for them in parts."
    );
}

#[tokio::test]
async fn silence_is_filled_after_the_schema() {
    let source = Source::with(1, Duration::from_millis(500), None);
    let messages: Vec<FlightData> =
        start(source, Some(Duration::from_millis(50))).map(|message| message.unwrap()).collect().await;
    // The schema, empty batches, the data, more empty batches, the receipt.
    assert!(messages.len() > 6, "{}", messages.len());
    let with_rows: Vec<usize> =
        messages.iter().enumerate().filter(|(_, m)| !m.data_body.is_empty()).map(|(at, _)| at).collect();
    assert!(matches!(with_rows.as_slice(), [at] if (2..messages.len() - 2).contains(at)), "{with_rows:?}");
}

#[tokio::test]
async fn an_error_is_the_last_thing_said() {
    let mut stream = start(Source::with(1, Duration::ZERO, Some("stopped")), None);
    assert!(stream.next().await.unwrap().is_ok());
    assert!(stream.next().await.unwrap().is_ok());
    assert_eq!(stream.next().await.unwrap().unwrap_err().message(), "stopped");
    assert!(stream.next().await.is_none());
}

#[tokio::test]
async fn a_panic_does_not_look_like_the_end() {
    let mut stream = start(Source::with(1, Duration::ZERO, Some("panic")), None);
    assert!(stream.next().await.unwrap().is_ok());
    assert!(stream.next().await.unwrap().is_ok());
    let status = stream.next().await.unwrap().unwrap_err();
    assert_eq!(status.code(), tonic::Code::Internal);
    assert_eq!(status.message(), "the server failed to answer [WEFT-F012]");
    assert!(stream.next().await.is_none());
}
