//! The session options clients know: catalog, schema, purpose, time zone, and the time as of which tables are read.

use std::collections::BTreeMap;

use weft_engine::as_of::time;
use weft_engine::caller::Settings;
use weft_proto::flight::session_option_value::OptionValue;
use weft_proto::flight::set_session_options_result::{Error as Refusal, ErrorValue};
use weft_proto::flight::{
    CloseSessionResult, GetSessionOptionsResult, SessionOptionValue, SetSessionOptionsRequest, SetSessionOptionsResult,
    close_session_result,
};

use crate::call::Call;
use crate::error::Error;
use crate::limits::{OPTION_BYTES_MAX, OPTIONS_MAX};
use crate::server::State;

const CATALOG: &str = "catalog";
const SCHEMA: &str = "schema";
const PURPOSE: &str = "purpose";
const TIME_ZONE: &str = "time_zone";
const AS_OF: &str = "as_of";

/// Sets options; the answer names those that were not set. With it, the cookie to hand out if the session began now.
pub(crate) fn set(
    state: &State,
    call: &Call,
    asked: SetSessionOptionsRequest,
) -> Result<(SetSessionOptionsResult, Option<String>), Error> {
    if asked.session_options.len() > OPTIONS_MAX {
        return Err(Error::TooLarge { what: "the number of session options", limit: OPTIONS_MAX.to_string() });
    }
    let (session, cookie) = state.sessions.open(&call.authenticated.principal.name, call.tie.clone())?;
    let mut errors = BTreeMap::new();
    session.change(|settings| {
        for (name, value) in asked.session_options {
            if let Err(why) = set_one(state.engine.mesh(), call, settings, &name, value) {
                errors.insert(name, Refusal { value: why.into() });
            }
        }
    });
    Ok((SetSessionOptionsResult { errors }, cookie))
}

fn set_one(
    mesh: &str,
    call: &Call,
    settings: &mut Settings,
    name: &str,
    value: SessionOptionValue,
) -> Result<(), ErrorValue> {
    let value = match value.option_value {
        None => None,
        Some(OptionValue::StringValue(text)) if text.is_empty() => None,
        Some(OptionValue::StringValue(text)) if text.len() <= OPTION_BYTES_MAX => Some(text),
        Some(_) if matches!(name, CATALOG | SCHEMA | PURPOSE | TIME_ZONE | AS_OF) => return Err(ErrorValue::InvalidValue),
        Some(_) => return Err(ErrorValue::InvalidName),
    };
    match name {
        // There is one catalog; naming it is right and changes nothing.
        CATALOG => match value {
            Some(catalog) if catalog != mesh => Err(ErrorValue::InvalidValue),
            _ => Ok(()),
        },
        SCHEMA => {
            settings.schema = value;
            Ok(())
        }
        PURPOSE => {
            if call.authenticated.principal.purpose(value.as_deref()).is_err() {
                return Err(ErrorValue::InvalidValue);
            }
            settings.purpose = value;
            Ok(())
        }
        TIME_ZONE => {
            settings.time_zone = value;
            Ok(())
        }
        AS_OF => {
            // In which time zone it is meant is known when it is used.
            if value.as_deref().is_some_and(|text| time(text, None).is_none()) {
                return Err(ErrorValue::InvalidValue);
            }
            settings.as_of = value;
            Ok(())
        }
        _ => Err(ErrorValue::InvalidName),
    }
}

/// The options as they are: what is not set is empty, so that clients that ask for one find it.
pub(crate) fn get(state: &State, call: &Call) -> GetSessionOptionsResult {
    let settings = &call.settings;
    let text = |value: Option<&String>| SessionOptionValue {
        option_value: Some(OptionValue::StringValue(value.cloned().unwrap_or_default())),
    };
    let session_options = BTreeMap::from([
        (CATALOG.to_owned(), text(Some(&state.engine.mesh().to_owned()))),
        (SCHEMA.to_owned(), text(settings.schema.as_ref())),
        (PURPOSE.to_owned(), text(settings.purpose.as_ref())),
        (TIME_ZONE.to_owned(), text(settings.time_zone.as_ref())),
        (AS_OF.to_owned(), text(settings.as_of.as_ref())),
    ]);
    GetSessionOptionsResult { session_options }
}

/// Forgets the options. A session that never had any is as closed as it can be.
pub(crate) fn close(state: &State, call: &Call) -> CloseSessionResult {
    state.sessions.close(&call.authenticated.principal.name, call.tie.as_ref());
    CloseSessionResult { status: close_session_result::Status::Closed.into() }
}
