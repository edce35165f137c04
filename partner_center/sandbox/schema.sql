CREATE TABLE IF NOT EXISTS counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
INSERT OR IGNORE INTO counter VALUES ('change', 0);

CREATE TABLE IF NOT EXISTS tenant (
    id TEXT PRIMARY KEY,
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    domain TEXT NOT NULL UNIQUE,
    country TEXT NOT NULL,
    language TEXT NOT NULL,
    city TEXT NOT NULL,
    kind TEXT NOT NULL,
    reseller TEXT,
    created_at TEXT NOT NULL,
    delta_epoch INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE IF NOT EXISTS reseller (id TEXT PRIMARY KEY, name TEXT NOT NULL, mpn_id TEXT NOT NULL);

CREATE TABLE IF NOT EXISTS relationship (
    id TEXT PRIMARY KEY,
    tenant TEXT NOT NULL,
    display_name TEXT NOT NULL,
    status TEXT NOT NULL,
    created_at TEXT NOT NULL,
    activated_at TEXT,
    ends_at TEXT,
    duration TEXT NOT NULL,
    auto_extend TEXT NOT NULL,
    roles TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS relationship_tenant ON relationship (tenant);

CREATE TABLE IF NOT EXISTS subscription (
    id TEXT PRIMARY KEY,
    tenant TEXT NOT NULL,
    position INTEGER NOT NULL,
    sku TEXT NOT NULL,
    channel TEXT NOT NULL,
    commerce_id TEXT NOT NULL UNIQUE,
    status TEXT NOT NULL,
    quantity INTEGER NOT NULL,
    waiting_quantity INTEGER,
    waiting_until TEXT,
    is_trial INTEGER NOT NULL DEFAULT 0,
    owner TEXT,
    created_at TEXT NOT NULL,
    ends_at TEXT NOT NULL,
    term TEXT NOT NULL,
    billing_cycle TEXT NOT NULL,
    auto_renew INTEGER NOT NULL,
    next_term TEXT,
    batches TEXT NOT NULL,
    friendly_name TEXT,
    order_id TEXT NOT NULL,
    etag INTEGER NOT NULL DEFAULT 1
);
CREATE INDEX IF NOT EXISTS subscription_tenant ON subscription (tenant, sku);

CREATE TABLE IF NOT EXISTS user (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    tenant TEXT NOT NULL,
    display_name TEXT NOT NULL,
    sort_name TEXT NOT NULL,
    given_name TEXT,
    surname TEXT,
    upn TEXT NOT NULL,
    upn_key TEXT NOT NULL,
    mail TEXT,
    department TEXT,
    job_title TEXT,
    usage_location TEXT,
    user_type TEXT NOT NULL,
    enabled INTEGER NOT NULL,
    purpose TEXT NOT NULL,
    created_at TEXT NOT NULL,
    states TEXT NOT NULL DEFAULT '[]',
    skus TEXT NOT NULL DEFAULT '',
    deleted_at TEXT,
    purged INTEGER NOT NULL DEFAULT 0,
    changed INTEGER NOT NULL,
    signed_in_at TEXT,
    mailbox_bytes INTEGER
);
CREATE INDEX IF NOT EXISTS user_number ON user (tenant, number) WHERE deleted_at IS NULL;
CREATE INDEX IF NOT EXISTS user_name ON user (tenant, sort_name, number) WHERE deleted_at IS NULL;
CREATE INDEX IF NOT EXISTS user_upn ON user (tenant, upn_key) WHERE deleted_at IS NULL;
CREATE INDEX IF NOT EXISTS user_mail ON user (tenant, mail) WHERE deleted_at IS NULL;
CREATE INDEX IF NOT EXISTS user_changed ON user (tenant, changed);

CREATE TABLE IF NOT EXISTS grp (
    id TEXT PRIMARY KEY,
    tenant TEXT NOT NULL,
    display_name TEXT NOT NULL,
    description TEXT,
    licenses TEXT NOT NULL DEFAULT '[]',
    created_at TEXT NOT NULL,
    asked_at REAL,
    due_at REAL
);
CREATE INDEX IF NOT EXISTS grp_tenant ON grp (tenant);

CREATE TABLE IF NOT EXISTS member (
    group_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    PRIMARY KEY (group_id, user_id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS member_user ON member (user_id);

CREATE TABLE IF NOT EXISTS seat (
    tenant TEXT NOT NULL,
    sku TEXT NOT NULL,
    consumed INTEGER NOT NULL,
    PRIMARY KEY (tenant, sku)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS write_log (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    tenant TEXT NOT NULL,
    kind TEXT NOT NULL,
    target TEXT NOT NULL,
    status INTEGER NOT NULL,
    detail TEXT NOT NULL,
    seats_before TEXT NOT NULL,
    seats_after TEXT NOT NULL,
    request_id TEXT NOT NULL DEFAULT ''
);

CREATE TABLE IF NOT EXISTS answered (
    request_id TEXT PRIMARY KEY,
    path TEXT NOT NULL,
    status INTEGER NOT NULL,
    body TEXT NOT NULL,
    at TEXT NOT NULL
);
