//! From a report to a gRPC status: the code, a text for people, details for programs.

use std::collections::BTreeMap;

use prost::Message;
use tonic::{Code as Grpc, Status};
use weft_model::report::{Kind, Report};
use weft_proto::any;
use weft_proto::rpc;

use crate::limits::ERROR_BYTES_MAX;

/// Whose codes the details carry.
const DOMAIN: &str = "weft";

/// The status of a report.
pub(crate) fn status(report: &dyn Report) -> Status {
    status_of(report, None)
}

/// The status of a report about one statement.
pub(crate) fn status_of(report: &dyn Report, query: Option<&str>) -> Status {
    let code = report.code();
    let grpc = grpc(code.kind);
    if code.kind == Kind::Internal {
        tracing::error!(code = code.id, query_id = query, "a call failed inside the server");
    }
    let message = text(report);
    let mut metadata = BTreeMap::from([
        ("sqlstate".to_owned(), code.sqlstate.to_owned()),
        ("retryable".to_owned(), report.retryable().to_string()),
    ]);
    if let Some(query) = query {
        metadata.insert("query_id".to_owned(), query.to_owned());
    }
    let info = rpc::ErrorInfo { reason: code.id.to_owned(), domain: DOMAIN.to_owned(), metadata };
    let details = rpc::Status { code: i32::from(grpc), message: message.clone(), details: vec![any::pack(&info)] }
        .encode_to_vec();
    Status::with_details(grpc, message, details.into())
}

/// Our code of a status that this module made.
pub(crate) fn code(status: &Status) -> Option<String> {
    let details = rpc::Status::decode(status.details()).ok()?;
    let info = any::unpack::<rpc::ErrorInfo>(details.details.first()?).ok()??;
    (info.domain == DOMAIN).then_some(info.reason)
}

/// `message [CODE]`, then the detail and the hint on lines of their own.
fn text(report: &dyn Report) -> String {
    let mut text = format!("{report} [{}]", report.code());
    for line in [report.detail(), report.hint().map(|hint| format!("Hint: {hint}"))].into_iter().flatten() {
        text.push('\n');
        text.push_str(&line);
    }
    if text.len() > ERROR_BYTES_MAX {
        text.truncate(text.floor_char_boundary(ERROR_BYTES_MAX));
        text.push('…');
    }
    text
}

fn grpc(kind: Kind) -> Grpc {
    match kind {
        Kind::InvalidArgument => Grpc::InvalidArgument,
        Kind::NotFound => Grpc::NotFound,
        Kind::Unauthenticated => Grpc::Unauthenticated,
        Kind::PermissionDenied => Grpc::PermissionDenied,
        Kind::ResourceExhausted => Grpc::ResourceExhausted,
        Kind::DeadlineExceeded => Grpc::DeadlineExceeded,
        Kind::Cancelled => Grpc::Cancelled,
        Kind::FailedPrecondition => Grpc::FailedPrecondition,
        Kind::Unavailable => Grpc::Unavailable,
        Kind::Unimplemented => Grpc::Unimplemented,
        Kind::Internal => Grpc::Internal,
    }
}

impl From<crate::error::Error> for Status {
    fn from(error: crate::error::Error) -> Self {
        status(&error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    #[test]
    fn a_status_has_text_for_people_and_details_for_programs() {
        let status = status_of(&Error::RowTooLarge, Some("q-1"));
        assert_eq!(status.code(), Grpc::ResourceExhausted);
        assert_eq!(
            status.message(),
            "a single row of the result exceeds the message size of 4 MiB [WEFT-F008]\n\
             Hint: Select fewer or shorter columns, or cut long values with `substr`."
        );
        let details = rpc::Status::decode(status.details()).unwrap();
        assert_eq!(details.message, status.message());
        assert_eq!(details.code, 8);
        let info = any::unpack::<rpc::ErrorInfo>(&details.details[0]).unwrap().unwrap();
        assert_eq!((info.reason.as_str(), info.domain.as_str()), ("WEFT-F008", "weft"));
        assert_eq!(info.metadata["sqlstate"], "54000");
        assert_eq!(info.metadata["query_id"], "q-1");
    }

    #[test]
    fn long_texts_are_cut_at_a_character() {
        let status = status(&Error::Action("é".repeat(2_000)));
        assert!(status.message().len() <= ERROR_BYTES_MAX + 3);
        assert!(status.message().ends_with('…'));
    }
}
