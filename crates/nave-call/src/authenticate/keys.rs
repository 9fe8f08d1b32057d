//! A connection's credential values: read on first use, kept, and read again when the system no
//! longer accepts them, so that a rotated file takes effect without a restart.

use std::sync::{Arc, Mutex, PoisonError};

use nave_model::connection::{Credential, SecretSource};
use nave_model::{Fault, Secret};

use super::Values;
use crate::redact::Redactor;
use crate::secret;

/// The keys of one connection.
#[derive(Debug)]
pub(crate) struct Keys {
    credential: Option<Credential>,
    read: Mutex<Option<Arc<Read>>>,
}

/// Values as read, with the filter that keeps them out of answers.
#[derive(Debug, Default)]
pub(crate) struct Read {
    pub(crate) values: Values,
    pub(crate) redactor: Redactor,
}

impl Keys {
    pub(crate) fn new(credential: Option<Credential>) -> Self {
        Keys { credential, read: Mutex::new(None) }
    }

    pub(crate) fn credential(&self) -> Option<&Credential> {
        self.credential.as_ref()
    }

    /// The values, read now if they were not read before.
    pub(crate) async fn values(&self) -> Result<Arc<Read>, Fault> {
        if let Some(read) = self.known() {
            return Ok(read);
        }
        self.read_again().await
    }

    /// The values read so far, for the filter alone.
    pub(crate) fn known(&self) -> Option<Arc<Read>> {
        self.read.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads the values again, and says whether they are others than `used`.
    pub(crate) async fn changed(&self, used: &Values) -> bool {
        match self.read_again().await {
            Ok(read) => read.values != *used,
            Err(_) => false,
        }
    }

    async fn read_again(&self) -> Result<Arc<Read>, Fault> {
        let Some(credential) = &self.credential else { return Ok(Arc::default()) };
        let values = Values {
            secret: optional(credential.secret.as_ref()).await?,
            username: optional(credential.username.as_ref()).await?,
            password: optional(credential.password.as_ref()).await?,
        };
        let redactor = Redactor::new(secrets(&values).iter().map(String::as_str));
        let read = Arc::new(Read { values, redactor });
        *self.read.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&read));
        Ok(read)
    }
}

async fn optional(source: Option<&SecretSource>) -> Result<Option<Secret>, Fault> {
    match source {
        Some(source) => secret::read(source).await.map(Some),
        None => Ok(None),
    }
}

/// What must not come back: key, password, and the pair basic authentication sends. A user name
/// beside a password is no secret; alone it is a key.
fn secrets(values: &Values) -> Vec<String> {
    let mut secrets: Vec<String> = Vec::new();
    secrets.extend(values.secret.iter().chain(&values.password).map(|secret| secret.reveal().to_owned()));
    if let Some(username) = &values.username {
        let username = username.reveal();
        match &values.password {
            Some(password) => secrets.push(format!("{username}:{}", password.reveal())),
            None => secrets.extend([username.to_owned(), format!("{username}:")]),
        }
    }
    secrets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_rotated_file_takes_effect() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        std::fs::write(&path, "first-key\n").unwrap();
        let source = SecretSource::File(path.to_str().unwrap().to_owned());
        let credential = Credential { scheme: None, secret: Some(source), username: None, password: None };
        let keys = Keys::new(Some(credential));
        let used = keys.values().await.unwrap();
        assert!(!keys.changed(&used.values).await);
        std::fs::write(&path, "second-key\n").unwrap();
        assert_eq!(keys.values().await.unwrap().values, used.values, "kept until it is refused");
        assert!(keys.changed(&used.values).await);
        let read = keys.values().await.unwrap();
        assert_eq!(read.values.secret().unwrap().reveal(), "second-key");
        assert_eq!(read.redactor.text("second-key!").as_deref(), Some("[redacted]!"));
    }

    #[test]
    fn what_must_not_come_back() {
        let secret = |text: &str| Some(Secret::new(text));
        let pair = Values { secret: None, username: secret("user"), password: secret("pass") };
        assert_eq!(secrets(&pair), ["pass", "user:pass"]);
        let alone = Values { secret: None, username: secret("sk_1"), password: None };
        assert_eq!(secrets(&alone), ["sk_1", "sk_1:"]);
    }
}
