"""Settings: read from the environment or given, and refused where they would be unsafe."""

from __future__ import annotations

import re
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from partner_center.cloud.settings import CloudSettings
from partner_center.config import Config, ConfigError, secret_from

SECRET = "Zk3-pQ8_vT1yB6nM4xW9rL2sD7fG5hJ0cA8e"
SAFE = Config(database_url="sqlite:////srv/console.db", secret_key=SECRET)
SANDBOX = CloudSettings(
    graph_url="http://127.0.0.1:8001/graph/v1.0",
    partner_center_url="http://127.0.0.1:8001/partnercenter/v1",
    login_url="http://127.0.0.1:8001/login",
)


def test_a_safe_configuration_is_itself() -> None:
    assert SAFE.check() is SAFE


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"secret_key": ""}, "SECRET_KEY"),
        ({"secret_key": "short"}, "SECRET_KEY"),
        ({"secret_key": "a" * 64}, "SECRET_KEY"),
        ({"secret_key": "changeme-changeme-changeme-changeme-1234"}, "SECRET_KEY"),
        ({"debug": True}, "Debug"),
        ({"debug": True, "demo": True, "host": "0.0.0.0"}, "Debug"),  # noqa: S104
        ({"demo": True, "host": "0.0.0.0"}, "anybody sign in"),  # noqa: S104
        ({"demo": True, "host": "console.example"}, "anybody sign in"),
        ({"development": True, "host": "::"}, "Development"),
        ({"cloud": SANDBOX, "host": "192.0.2.7"}, "sandbox"),
        ({"cloud": CloudSettings(graph_url="http://graph.example/v1.0")}, "in the clear"),
        ({"database_url": "sqlite:///:memory:"}, "memory keeps nothing"),
        ({"database_url": "mysql://console@db.example/console"}, "DATABASE_URL"),
        ({"broker_url": "redis://broker.example"}, "needs PostgreSQL"),
        ({"broker_url": "kafka://broker.example", "database_url": "postgresql://db.example/c"}, "BROKER_URL"),
        ({"metrics_token": "short"}, "METRICS_TOKEN"),
        ({"save_parallel": 0}, "SAVE_PARALLEL"),
        ({"port": 70_000}, "PORT"),
    ],
)
def test_unsafe_values_are_refused_in_one_sentence(change: dict[str, object], said: str) -> None:
    with pytest.raises(ConfigError, match=said) as refused:
        replace(SAFE, **change).check()  # type: ignore[arg-type]
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.10", "::1", "localhost"])
def test_the_demo_and_the_sandbox_may_listen_on_this_machine(host: str) -> None:
    replace(SAFE, demo=True, cloud=SANDBOX, host=host).check()


def test_the_environment_is_read_and_explicit_values_win(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text(SECRET + "\n")
    environ = {
        "PARTNER_CENTER_SECRET_KEY_FILE": str(key),
        "PARTNER_CENTER_PORT": "8080",
        "PARTNER_CENTER_SYNC_PARALLEL": "2",
        "PARTNER_CENTER_DEMO": "yes",
        "PARTNER_CENTER_CLIENT_ID": "app",
        "PARTNER_CENTER_CLIENT_SECRET": "s3cret",
        "PARTNER_CENTER_READ_TIMEOUT": "7.5",
    }
    config = Config.from_environment(environ, port=9090, var_dir=tmp_path)
    assert (config.secret_key, config.port, config.sync_parallel, config.demo) == (SECRET, 9090, 2, True)
    assert config.database_url == f"sqlite:///{tmp_path / 'console.db'}"
    assert config.cloud == CloudSettings(client_id="app", client_secret="s3cret", read_timeout=7.5)
    assert not config.secure_cookies, "the demo is served without TLS"


def test_without_microsofts_settings_there_is_no_cloud(tmp_path: Path) -> None:
    config = Config.from_environment({"PARTNER_CENTER_SECRET_KEY": SECRET}, var_dir=tmp_path)
    assert config.cloud is None
    assert config.secure_cookies


@pytest.mark.parametrize(
    ("name", "value"),
    [("PORT", "eighty"), ("DEMO", "perhaps"), ("READ_TIMEOUT", "soon"), ("SECRET_KEY_FILE", "/no/such/file")],
)
def test_values_that_can_not_be_read_are_named(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=re.escape("PARTNER_CENTER_" + name.removesuffix("_FILE"))):
        Config.from_environment({"PARTNER_CENTER_" + name: value})


def test_secrets_are_not_printed() -> None:
    config = replace(SAFE, cloud=CloudSettings(client_secret="s3cret-one", refresh_token="s3cret-two"))
    assert "s3cret" not in repr(config)
    assert SECRET not in repr(config)


def test_the_kept_key_is_made_once_and_is_its_owners_alone(tmp_path: Path) -> None:
    key = secret_from(tmp_path / "var")
    assert secret_from(tmp_path / "var") == key
    replace(SAFE, secret_key=key).check()
    assert stat.S_IMODE((tmp_path / "var" / "secret_key").stat().st_mode) == 0o600


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_postgresql_is_named_in_its_own_spelling(scheme: str) -> None:
    config = replace(SAFE, database_url=f"{scheme}://console:p%40ss@db.example/console").check()
    assert config.database_url == "postgresql+psycopg://console:p%40ss@db.example/console"


def test_database_and_broker_are_known_by_their_common_names_too() -> None:
    common = {"DATABASE_URL": "postgres://db.example/common", "BROKER_URL": "redis://broker.example/0"}
    config = Config.from_environment(common)
    assert config.database_url == "postgresql+psycopg://db.example/common"
    assert config.broker_url == "redis://broker.example/0"
    own = Config.from_environment(common | {"PARTNER_CENTER_DATABASE_URL": "postgres://db.example/own"})
    assert own.database_url == "postgresql+psycopg://db.example/own"


def test_a_driver_that_is_not_installed_is_named_with_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("partner_center.config._is_installed", lambda _module: False)
    served = replace(SAFE, database_url="postgresql://db.example/console")
    with pytest.raises(ConfigError, match=r"partner-center-console\[postgres\]"):
        served.check()
