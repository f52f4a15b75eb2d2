use std::sync::atomic::{AtomicI64, Ordering};

use weft_model::report::{Kind, Report};

use super::*;
use crate::limits::USER_BURST;
use crate::token::TokenRequest;

/// `correct horse` at the lowest cost, so that tests are quick.
const PHC: &str = "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$";

struct World {
    local: LocalAuthenticator,
    tokens: TokenStore,
    now: Arc<AtomicI64>,
}

fn phc() -> String {
    let mut out = [0; 32];
    let params = argon2::Params::new(64, 1, 1, Some(32)).expect("params");
    let argon2 = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params);
    argon2.hash_password_into(b"correct horse", b"somesaltsomesalt", &mut out).expect("hash");
    use base64::Engine;
    format!("{PHC}{}", base64::engine::general_purpose::STANDARD_NO_PAD.encode(out))
}

fn users(disabled: bool, groups: &str) -> UsersFile {
    let phc = phc();
    let text = format!(
        "users:\n- {{name: ana, password: '{phc}', groups: [{groups}], purposes: [fraud, care], disabled: {disabled}}}\n\
         - {{name: bob, password: '{phc}'}}\n- {{name: bot, groups: [robots]}}\n"
    );
    UsersFile::parse("users.yaml", &text).expect("users")
}

impl World {
    fn new(anonymous: bool) -> Self {
        let now = Arc::new(AtomicI64::new(1000));
        let clock = Arc::clone(&now);
        let clock: Clock = Arc::new(move || clock.load(Ordering::Relaxed));
        let sealer = Arc::new(Sealer::new(&[3; 32]));
        let local = LocalAuthenticator::new(users(false, "eu"), TokenStore::default(), anonymous, sealer, clock);
        Self { local: local.expect("authenticator"), tokens: TokenStore::default(), now }
    }

    fn token(&mut self, user: &str, request: TokenRequest) -> (TokenRecord, Secret) {
        let user = Arc::clone(self.local.users().user(user).expect("user"));
        let token = self.tokens.create(&user, request, 1000).expect("token");
        self.local.replace_tokens(self.tokens.clone());
        token
    }

    fn at(&self, now: i64) -> &Self {
        self.now.store(now, Ordering::Relaxed);
        self
    }

    async fn basic(&self, user: &str, password: &str) -> Result<Authenticated, Error> {
        let credential = Credential::Basic { user: user.to_owned(), password: Secret::new(password) };
        self.local.authenticate(&credential, Some(IpAddr::from([192, 0, 2, 1]))).await
    }

    async fn bearer(&self, bearer: &Secret) -> Result<Authenticated, Error> {
        self.local.authenticate(&Credential::Bearer(bearer.clone()), None).await
    }

    async fn session(&self, authenticated: &Authenticated) -> SessionToken {
        self.local.session(authenticated).await.expect("session")
    }
}

fn refused<T: fmt::Debug>(outcome: Result<T, Error>) {
    let error = outcome.expect_err("refused");
    assert_eq!(error, Error::Unauthenticated);
    assert_eq!(error.to_string(), "the credential was not accepted");
    assert_eq!((error.code().id, error.code().kind, error.retryable()), ("WEFT-A001", Kind::Unauthenticated, false));
}

#[tokio::test]
async fn a_password_lets_its_user_in() {
    let world = World::new(false);
    let ana = world.basic("ana", "correct horse").await.expect("ana");
    assert_eq!(&*ana.principal.name, "ana");
    assert!(ana.principal.groups.contains("eu"));
    assert_eq!((ana.expires, &ana.session), (None, &None));
}

#[tokio::test]
async fn every_refusal_reads_the_same() {
    let mut world = World::new(false);
    let (revoked, revoked_text) = world.token("ana", TokenRequest::default());
    let (_, bots) = world.token("bot", TokenRequest::default());
    world.tokens.revoke(&revoked.id, 1000).expect("revoked");
    world.local.replace_tokens(world.tokens.clone());
    refused(world.basic("nobody", "correct horse").await);
    refused(world.basic("ana", "wrong horse").await);
    refused(world.basic("ana", "").await);
    refused(world.basic("", "correct horse").await);
    refused(world.basic("ANA", "correct horse").await);
    refused(world.basic("bot", "correct horse").await);
    refused(world.basic("bot", "").await);
    refused(world.basic("ana", &"x".repeat(PASSWORD_BYTES_MAX + 1)).await);
    refused(world.basic("ana", bots.expose()).await);
    refused(world.basic("ana", revoked_text.expose()).await);
    refused(world.bearer(&revoked_text).await);
    for text in ["", "weft_pat_", "weft_session_", "weft_session_AAAA", "eyJhbGciOiJub25lIn0.e30."] {
        refused(world.bearer(&Secret::new(text)).await);
    }
    world.local.replace_users(users(true, "eu")).expect("users");
    refused(world.basic("ana", "correct horse").await);
}

#[tokio::test]
async fn a_token_works_as_bearer_and_as_password() {
    let mut world = World::new(false);
    let request =
        TokenRequest { purposes: Some([Arc::from("care")].into()), expires: Some(2000), ..Default::default() };
    let (_, text) = world.token("ana", request);
    for outcome in
        [world.bearer(&text).await, world.basic("ana", text.expose()).await, world.basic("token", text.expose()).await]
    {
        let ana = outcome.expect("ana");
        assert_eq!(&*ana.principal.name, "ana");
        assert_eq!(ana.principal.purposes, [Arc::from("care")].into());
        assert_eq!(ana.expires, Some(2000));
    }
    refused(world.basic("bob", text.expose()).await);
    refused(world.basic("", text.expose()).await);
    world.local.replace_users(users(false, "us")).expect("users");
    assert!(world.bearer(&text).await.expect("ana").principal.groups.contains("us"), "groups are looked up at use");
    world.local.replace_users(users(true, "us")).expect("users");
    refused(world.bearer(&text).await);
    world.local.replace_users(UsersFile::default()).expect("users");
    refused(world.bearer(&text).await);
    world.local.replace_users(users(false, "eu")).expect("users");
    refused(world.at(2000).bearer(&text).await);
}

#[tokio::test]
async fn a_session_stands_for_its_user_for_twelve_hours() {
    let world = World::new(false);
    let ana = world.basic("ana", "correct horse").await.expect("ana");
    let session = world.session(&ana).await;
    assert_eq!(session.expires, 1000 + 12 * 60 * 60);
    assert!(!format!("{session:?}").contains(session.bearer.expose()));
    let again = world.bearer(&session.bearer).await.expect("again");
    assert_eq!(again.principal, ana.principal);
    assert_eq!((again.expires, again.session.as_ref()), (Some(session.expires), Some(&session.id)));
    let renewed = world.at(5000).session(&again).await;
    assert_eq!((renewed.expires, &renewed.id), (session.expires, &session.id), "a session does not prolong itself");
    world.local.replace_users(users(false, "us")).expect("users");
    assert!(world.bearer(&session.bearer).await.expect("ana").principal.groups.contains("us"));
    world.at(session.expires - 1).bearer(&session.bearer).await.expect("still");
    refused(world.at(session.expires).bearer(&session.bearer).await);
}

#[tokio::test]
async fn a_session_ends_with_what_opened_it() {
    let mut world = World::new(false);
    let (record, text) = world.token("ana", TokenRequest { expires: Some(3000), ..Default::default() });
    let by_token = world.session(&world.bearer(&text).await.expect("ana")).await;
    assert_eq!(by_token.expires, 3000);
    let by_password = world.session(&world.basic("ana", "correct horse").await.expect("ana")).await;
    world.bearer(&by_token.bearer).await.expect("works");
    world.tokens.revoke(&record.id, 1000).expect("revoked");
    world.local.replace_tokens(world.tokens.clone());
    refused(world.bearer(&by_token.bearer).await);
    world.bearer(&by_password.bearer).await.expect("another way in");
    world.local.replace_users(users(true, "eu")).expect("users");
    refused(world.bearer(&by_password.bearer).await);
    let changed = format!("users: [{{name: ana, password: '{}'}}]", phc().replace("t=1", "t=2"));
    world.local.replace_users(UsersFile::parse("users.yaml", &changed).expect("users")).expect("users");
    refused(world.bearer(&by_password.bearer).await);
    let without = UsersFile::parse("users.yaml", "users: [{name: ana}]").expect("users");
    world.local.replace_users(without).expect("users");
    refused(world.bearer(&by_password.bearer).await);
}

#[tokio::test]
async fn sessions_of_other_keys_or_changed_ones_are_refused() {
    let world = World::new(false);
    let session = world.session(&world.basic("ana", "correct horse").await.expect("ana")).await;
    let text = session.bearer.expose();
    for at in 0..text.len() {
        let mut changed = text.as_bytes().to_vec();
        changed[at] ^= 1;
        refused(world.bearer(&Secret::new(String::from_utf8(changed).expect("ascii"))).await);
    }
    let mut other = World::new(false);
    other.local.sealer = Arc::new(Sealer::new(&[4; 32]));
    refused(other.bearer(&session.bearer).await);
    World::new(false).bearer(&session.bearer).await.expect("another server with the same key");
}

#[tokio::test]
async fn nobody_in_particular_comes_in_only_where_allowed() {
    let closed = World::new(false);
    let error = closed.local.authenticate(&Credential::None, None).await.expect_err("refused");
    assert_eq!((error.code().id, error.to_string().as_str()), ("WEFT-A003", "no credential was given"));
    let open = World::new(true);
    let nobody = open.local.authenticate(&Credential::None, None).await.expect("anonymous");
    assert_eq!(*nobody.principal, Principal::anonymous());
    let session = open.session(&nobody).await;
    assert_eq!(*open.bearer(&session.bearer).await.expect("anonymous").principal, Principal::anonymous());
    refused(closed.bearer(&session.bearer).await);
    refused(open.basic("anonymous", "").await);
    let elsewhere = Authenticated::new(Arc::new(Principal::default()), None);
    assert_eq!(open.local.session(&elsewhere).await.err(), Some(Error::SessionUnavailable));
}

#[tokio::test]
async fn wrong_passwords_are_held_back_and_right_ones_are_not() {
    let mut world = World::new(false);
    let (_, token) = world.token("bob", TokenRequest::default());
    for _ in 0..50 {
        world.basic("ana", "correct horse").await.expect("ana");
        world.basic("token", token.expose()).await.expect("bob");
    }
    for _ in 0..USER_BURST {
        refused(world.basic("nobody", "guess").await);
        refused(world.basic("bob", "guess").await);
    }
    for user in ["nobody", "bob"] {
        let error = world.basic(user, "correct horse").await.expect_err("held back");
        assert_eq!(error, Error::TooManyAttempts { seconds: 6 });
        assert_eq!(error.to_string(), "too many credentials were refused");
        assert_eq!((error.code().id, error.retryable()), ("WEFT-A004", true));
        assert_eq!(error.hint().as_deref(), Some("Try again in 6 seconds."));
    }
    world.basic("ana", "correct horse").await.expect("others are not concerned");
    world.bearer(&token).await.expect("tokens are not concerned");
    world.at(1006).basic("bob", "correct horse").await.expect("bob");
}

#[tokio::test]
async fn a_right_password_is_remembered_for_a_minute_but_not_past_its_change() {
    let world = World::new(false);
    let holds = |now| {
        let stored = world.local.users().user("ana").and_then(|ana| ana.password.clone()).expect("stored");
        world.local.verified().holds("ana", &stored, &Secret::new("correct horse"), now)
    };
    assert!(!holds(1000));
    world.basic("ana", "correct horse").await.expect("ana");
    assert!(holds(1000) && holds(1059) && !holds(1060) && !holds(999));
    refused(world.basic("ana", "wrong").await);
    refused(world.basic("bob", "correct horse ").await);
    world.local.replace_users(users(true, "eu")).expect("users");
    refused(world.basic("ana", "correct horse").await);
    assert!(!format!("{:?} {:?}", world.local, world.local.verified()).contains("horse"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_passwords_at_once_than_the_server_takes_are_turned_away() {
    let world = World::new(false);
    let held = Arc::clone(&world.local.waiting).acquire_many_owned(256).await.expect("all places");
    let error = world.basic("ana", "correct horse").await.expect_err("busy");
    assert_eq!((error.code().id, error.retryable()), ("WEFT-A004", true));
    assert_eq!(error.to_string(), "too many passwords were waiting to be checked");
    assert!(format!("{:?}", world.local.attempts()).contains("{}"), "nothing was paid");
    drop(held);
    world.basic("ana", "correct horse").await.expect("ana");
}
