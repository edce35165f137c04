"""What this installation is told from outside. The only reader of the environment."""

from __future__ import annotations

import importlib.util
import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Self

from partner_center.cloud.settings import CloudSettings
from partner_center.shared.ids import new_token
from partner_center.shared.orm import with_driver

PREFIX = "PARTNER_CENTER_"
SHORTEST_SECRET = 32
BROKERS = frozenset({"redis", "rediss", "amqp", "amqps"})
_KNOWN_SECRETS = frozenset({"changeme", "change-me", "secret", "dev", "development", "test", "default"})
_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off", ""})


class ConfigError(ValueError):
    """A setting is missing, malformed or unsafe; the text is one sentence saying what to set."""


@dataclass(frozen=True, slots=True)
class Config:
    """Everything `create_app`, the worker and the sync are told. Times in seconds."""

    database_url: str = field(repr=False)
    secret_key: str = field(repr=False)
    broker_url: str = field(default="", repr=False)
    metrics_token: str = field(default="", repr=False)
    encryption_key: str = field(default="", repr=False)
    demo: bool = False
    development: bool = False
    debug: bool = False
    host: str = "127.0.0.1"
    port: int = 5000
    var_dir: Path = Path("var")
    cloud: CloudSettings | None = None
    save_parallel: int = 8
    sync_parallel: int = 4
    worker_threads: int = 2
    secure_cookies: bool = True
    proxies: int = 0
    session_idle: int = 2 * 3600
    session_absolute: int = 12 * 3600

    def __post_init__(self) -> None:
        """Take PostgreSQL's own spelling of an address."""
        object.__setattr__(self, "database_url", with_driver(self.database_url))

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ, **explicit: Any) -> Self:
        """Settings from `PARTNER_CENTER_*`, overruled by `explicit`; raises ConfigError."""
        found: dict[str, Any] = _read(cls, environ, PREFIX, skip={"cloud"})
        for name in ("database_url", "broker_url"):  # hosts hand these two out under their common names
            if name not in found and environ.get(name.upper()):
                found[name] = environ[name.upper()]
        cloud = _read(CloudSettings, environ, PREFIX, skip=set())
        if cloud:
            found["cloud"] = CloudSettings(**cloud)
        found.update(explicit)
        var_dir = Path(found.setdefault("var_dir", Path("var"))).absolute()
        found["var_dir"] = var_dir
        found.setdefault("database_url", f"sqlite:///{var_dir / 'console.db'}")
        found.setdefault("secret_key", "")
        found.setdefault("debug", _flag("FLASK_DEBUG", environ.get("FLASK_DEBUG", "")))
        found.setdefault("secure_cookies", not found.get("demo", False))
        return cls(**found)

    def check(self) -> Self:
        """This configuration, if it is safe to serve with; else ConfigError saying what to change."""
        for refuse in (
            self._check_secret,
            self._check_bind,
            self._check_cloud,
            self._check_servers,
            self._check_numbers,
        ):
            refuse()
        return self

    def with_port(self, port: int) -> Self:
        """The same on another port."""
        return replace(self, port=port)

    @property
    def encryption_keys(self) -> tuple[str, ...]:
        """What secrets at rest are encrypted with, the newest first; the secret key where none is set."""
        return tuple(self.encryption_key.split()) or (self.secret_key,)

    @property
    def asks_second_factor(self) -> bool:
        """Everybody proves themselves twice. The demo alone does without: its data is made up."""
        return not self.demo

    def _check_secret(self) -> None:
        if len(self.secret_key) < SHORTEST_SECRET or _is_known(self.secret_key):
            raise ConfigError(
                f"Set {PREFIX}SECRET_KEY to at least {SHORTEST_SECRET} random characters, for example "
                'from: python3 -c "import secrets; print(secrets.token_urlsafe(48))".'
            )
        if any(len(key) < SHORTEST_SECRET or _is_known(key) for key in self.encryption_key.split()):
            raise ConfigError(
                f"Set {PREFIX}ENCRYPTION_KEY to at least {SHORTEST_SECRET} random characters; "
                "older keys follow after a space."
            )

    def _check_bind(self) -> None:
        public = not is_loopback(self.host)
        if self.debug and public:
            raise ConfigError(f"Debug mode shows code and secrets: it can't listen on {self.host}.")
        if self.debug and not (self.demo or self.development):
            raise ConfigError("Debug mode is on: unset FLASK_DEBUG, or set PARTNER_CENTER_DEVELOPMENT=1.")
        if self.demo and public:
            raise ConfigError(f"The demo lets anybody sign in: it can't listen on {self.host}.")
        if self.development and public:
            raise ConfigError(f"Development mode can't listen on {self.host}: use 127.0.0.1.")
        if self.cloud and self.cloud.is_sandbox and public:
            raise ConfigError(f"The sandbox's data is no real data: with it, {self.host} can't be served.")

    def _check_cloud(self) -> None:
        if self.cloud is None:
            return
        try:
            self.cloud.check()
        except ValueError as problem:
            raise ConfigError(str(problem)) from problem

    def _check_servers(self) -> None:
        if ":memory:" in self.database_url or self.database_url in ("sqlite://", "sqlite:///"):
            raise ConfigError(f"Set {PREFIX}DATABASE_URL to a file or a server: memory keeps nothing.")
        database, broker = _scheme(self.database_url), _scheme(self.broker_url)
        if database not in ("sqlite", "postgresql"):
            raise ConfigError(f"Set {PREFIX}DATABASE_URL to sqlite:///… or postgresql://…")
        if database == "postgresql" and not _is_installed("psycopg"):
            raise ConfigError("PostgreSQL needs the postgres extra: partner-center-console[postgres].")
        if not broker:
            return
        if broker not in BROKERS:
            raise ConfigError(f"Set {PREFIX}BROKER_URL to redis://… or amqp://…, or leave it out.")
        if database == "sqlite":
            raise ConfigError(f"A broker needs PostgreSQL: set {PREFIX}DATABASE_URL to postgresql://…")
        if not _is_installed("celery"):
            raise ConfigError("A broker needs the celery extra: partner-center-console[celery].")

    def _check_numbers(self) -> None:
        if self.metrics_token and len(self.metrics_token) < SHORTEST_SECRET:
            raise ConfigError(f"Set {PREFIX}METRICS_TOKEN to at least {SHORTEST_SECRET} random characters.")
        for name, low, high in (
            ("port", 0, 65535),
            ("save_parallel", 1, 64),
            ("sync_parallel", 1, 64),
            ("worker_threads", 1, 64),
            ("proxies", 0, 8),
            ("session_idle", 300, 86_400),
            ("session_absolute", 300, 7 * 86_400),
        ):
            if not low <= getattr(self, name) <= high:
                raise ConfigError(f"Set {PREFIX}{name.upper()} to a number from {low} to {high}.")


def is_loopback(host: str) -> bool:
    """Whether `host` can only be reached from this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def secret_from(var_dir: Path) -> str:
    """The key kept in `var_dir/secret_key`; made on first use, readable by its owner alone."""
    path = var_dir / "secret_key"
    if not path.exists():
        var_dir.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(new_token() + new_token())
    return path.read_text(encoding="ascii").strip()


def _scheme(url: str) -> str:
    return url.partition(":")[0].partition("+")[0]


def _is_installed(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


def _is_known(secret: str) -> bool:
    return len(set(secret)) < 8 or any(secret.lower().startswith(word) for word in _KNOWN_SECRETS)


def _read(cls: type, environ: Mapping[str, str], prefix: str, skip: set[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for setting in fields(cls):
        name = prefix + setting.name.upper()
        raw = environ.get(name)
        if raw is None and environ.get(name + "_FILE"):
            raw = _from_file(name, environ[name + "_FILE"])
        if raw is not None and setting.name not in skip:
            found[setting.name] = _convert(name, str(setting.type), raw)
    return found


def _from_file(name: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as problem:
        raise ConfigError(f"{name}_FILE names {path}, which can't be read.") from problem


def _convert(name: str, kind: str, raw: str) -> Any:
    match kind:
        case "bool":
            return _flag(name, raw)
        case "int" | "float":
            try:
                return int(raw) if kind == "int" else float(raw)
            except ValueError as problem:
                raise ConfigError(f"Set {name} to a number; it is {raw!r}.") from problem
        case "Path":
            return Path(raw)
        case _:
            return raw


def _flag(name: str, raw: str) -> bool:
    word = raw.strip().lower()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise ConfigError(f"Set {name} to yes or no; it is {raw!r}.")
