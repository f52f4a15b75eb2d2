//! The RPCs: each authenticates, is counted, and goes where it is answered.

use std::net::SocketAddr;

use async_trait::async_trait;
use futures::stream::BoxStream;
use tonic::metadata::MetadataMap;
use tonic::{Request, Response, Status, Streaming};
use weft_proto::flight::flight_service_server::FlightService;
use weft_proto::flight::{
    Action, ActionType, Criteria, Empty, FlightData, FlightDescriptor, FlightInfo, HandshakeRequest, HandshakeResponse,
    PollInfo, PutResult, Result as ActionResult, SchemaResult, Ticket,
};

use crate::action;
use crate::call::Call;
use crate::command::{Command, Metadata};
use crate::error::Error;
use crate::handshake;
use crate::list;
use crate::metadata;
use crate::put;
use crate::server::FlightServer;
use crate::statement;
use crate::ticket::{Claim, open_ticket};
use crate::wire::schema::wire_schema;

type Answers<T> = BoxStream<'static, Result<T, Status>>;

impl FlightServer {
    async fn call(&self, headers: &MetadataMap, peer: Option<SocketAddr>) -> Result<Call, Status> {
        Call::read(&self.state, headers, peer).await
    }

    /// Counts an outcome on its way out.
    fn counted<T>(&self, method: &'static str, outcome: Result<T, Status>) -> Result<T, Status> {
        let code = outcome.as_ref().err().map_or(tonic::Code::Ok, Status::code);
        self.state.metrics.call(method, code);
        if let Err(status) = &outcome {
            self.state.metrics.failed(status);
        }
        outcome
    }

    async fn info(&self, request: Request<FlightDescriptor>) -> Result<FlightInfo, Status> {
        let call = self.call(request.metadata(), request.remote_addr()).await?;
        let descriptor = request.into_inner();
        let command = Command::of(&descriptor)?;
        if let Command::Metadata(question) = &command {
            return metadata::flight(&self.state, &call, question, descriptor);
        }
        let asked = statement::request(&self.state, &call, &command)?.ok_or(Error::Descriptor)?;
        let planned = statement::plan(&self.state, &call, asked).await?;
        statement::flight(&self.state, &call, &planned, descriptor)
    }

    async fn schema(&self, request: Request<FlightDescriptor>) -> Result<SchemaResult, Status> {
        let call = self.call(request.metadata(), request.remote_addr()).await?;
        let command = Command::of(&request.into_inner())?;
        let schema = match &command {
            Command::Metadata(question) => metadata::schema(question),
            command => {
                let asked = statement::request(&self.state, &call, command)?.ok_or(Error::Descriptor)?;
                let planned = statement::plan(&self.state, &call, asked).await?;
                wire_schema(planned.schema(), call.profile)
            }
        };
        Ok(SchemaResult { schema: statement::schema_bytes(&schema)? })
    }

    async fn get(&self, request: Request<Ticket>) -> Result<Response<Answers<FlightData>>, Status> {
        let call = self.call(request.metadata(), request.remote_addr()).await?;
        let opened = open_ticket(&self.state.sealer, call.principal(), &request.into_inner(), self.state.now())?;
        let stream = match opened.claim {
            Claim::Statement(spec) => statement::execute(&self.state, &call, &spec, opened.profile).await?,
            Claim::Command(command) => {
                let question = Metadata::read(&command)?.ok_or(Error::Ticket)?;
                metadata::execute(&self.state, &call, question, opened.profile).await?
            }
        };
        Ok(Response::new(Box::pin(stream)))
    }

    async fn put(&self, request: Request<Streaming<FlightData>>) -> Result<Response<Answers<PutResult>>, Status> {
        let call = self.call(request.metadata(), request.remote_addr()).await?;
        let result = put::put(&self.state, &call, request.into_inner()).await?;
        Ok(Response::new(Box::pin(futures::stream::iter([Ok(result)]))))
    }

    async fn act(&self, request: Request<Action>) -> Result<Response<Answers<ActionResult>>, Status> {
        let call = self.call(request.metadata(), request.remote_addr()).await?;
        action::run(&self.state, &call, request.into_inner()).await
    }
}

#[async_trait]
impl FlightService for FlightServer {
    type HandshakeStream = Answers<HandshakeResponse>;
    type ListFlightsStream = Answers<FlightInfo>;
    type DoGetStream = Answers<FlightData>;
    type DoPutStream = Answers<PutResult>;
    type DoExchangeStream = Answers<FlightData>;
    type DoActionStream = Answers<ActionResult>;
    type ListActionsStream = Answers<ActionType>;

    async fn handshake(
        &self,
        request: Request<Streaming<HandshakeRequest>>,
    ) -> Result<Response<Self::HandshakeStream>, Status> {
        self.counted("Handshake", handshake::handshake(&self.state, request).await)
    }

    async fn list_flights(&self, request: Request<Criteria>) -> Result<Response<Self::ListFlightsStream>, Status> {
        let answer = async {
            let call = self.call(request.metadata(), request.remote_addr()).await?;
            list::flights(&self.state, &call, request.get_ref()).await
        };
        self.counted("ListFlights", answer.await.map(Response::new))
    }

    async fn get_flight_info(&self, request: Request<FlightDescriptor>) -> Result<Response<FlightInfo>, Status> {
        self.counted("GetFlightInfo", self.info(request).await.map(Response::new))
    }

    async fn poll_flight_info(&self, request: Request<FlightDescriptor>) -> Result<Response<PollInfo>, Status> {
        // Planning is awaited, so the first answer is the last: no descriptor to poll again.
        let info = self.info(request).await.map(|info| {
            let expiration_time = info.endpoint.first().and_then(|endpoint| endpoint.expiration_time);
            PollInfo { info: Some(info), flight_descriptor: None, progress: Some(1.0), expiration_time }
        });
        self.counted("PollFlightInfo", info.map(Response::new))
    }

    async fn get_schema(&self, request: Request<FlightDescriptor>) -> Result<Response<SchemaResult>, Status> {
        self.counted("GetSchema", self.schema(request).await.map(Response::new))
    }

    async fn do_get(&self, request: Request<Ticket>) -> Result<Response<Self::DoGetStream>, Status> {
        self.counted("DoGet", self.get(request).await)
    }

    async fn do_put(&self, request: Request<Streaming<FlightData>>) -> Result<Response<Self::DoPutStream>, Status> {
        self.counted("DoPut", self.put(request).await)
    }

    async fn do_exchange(
        &self,
        request: Request<Streaming<FlightData>>,
    ) -> Result<Response<Self::DoExchangeStream>, Status> {
        let refused = match self.call(request.metadata(), request.remote_addr()).await {
            Ok(_) => Error::Unsupported("exchanges").into(),
            Err(status) => status,
        };
        self.counted("DoExchange", Err(refused))
    }

    async fn do_action(&self, request: Request<Action>) -> Result<Response<Self::DoActionStream>, Status> {
        self.counted("DoAction", self.act(request).await)
    }

    async fn list_actions(&self, request: Request<Empty>) -> Result<Response<Self::ListActionsStream>, Status> {
        let answer = self.call(request.metadata(), request.remote_addr()).await.map(|_| {
            Response::new(Box::pin(futures::stream::iter(action::list().into_iter().map(Ok))) as Answers<ActionType>)
        });
        self.counted("ListActions", answer)
    }
}
