/**
 * The catalogue's schema, one numbered step after the other. A step that has been released is never edited. The database's `user_version`
 * is the number of steps that it has taken.
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
  ) WITHOUT ROWID;

  CREATE TABLE albums (
    key                 TEXT PRIMARY KEY,
    node_id             TEXT,
    name                TEXT NOT NULL,
    url_path            TEXT NOT NULL,
    folder              TEXT NOT NULL,   -- where its files lie, relative to the vault
    image_count         INTEGER,         -- as SmugMug counted at the last complete listing, like the next two
    last_updated        TEXT,
    images_last_updated TEXT,
    listed_at           INTEGER,         -- when that listing was; NULL: list it in the next run
    vanished_at         INTEGER
  ) WITHOUT ROWID;

  CREATE TABLE items (
    album_key   TEXT NOT NULL,
    image_key   TEXT NOT NULL,
    serial      INTEGER,
    position    INTEGER NOT NULL,
    file_name   TEXT NOT NULL,           -- as SmugMug has it
    collected   INTEGER NOT NULL,
    state       TEXT NOT NULL,           -- held, elsewhere, failed, pending, impossible
    reason      TEXT,
    wanted      TEXT NOT NULL,           -- the name asked for when 'name' was assigned
    name        TEXT NOT NULL,           -- the name it has in the vault
    vanished_at INTEGER,
    PRIMARY KEY (album_key, image_key)
  ) WITHOUT ROWID;
  CREATE INDEX items_image ON items (image_key);

  CREATE TABLE files (
    album_key   TEXT NOT NULL,
    image_key   TEXT NOT NULL,
    component   TEXT NOT NULL,           -- '' for the item itself, else the key of a companion (RAW)
    name        TEXT NOT NULL,
    size        INTEGER NOT NULL,
    md5         TEXT NOT NULL,
    sha256      TEXT NOT NULL,
    grade       TEXT NOT NULL,
    serial      INTEGER,                 -- of the image when these bytes were fetched
    told_size   INTEGER,                 -- what SmugMug said of the URL they came from
    told_md5    TEXT,
    state       TEXT NOT NULL,           -- held, missing, damaged
    captured    TEXT,                    -- the camera's clock as the file tells it: local time, and its offset where it is known
    PRIMARY KEY (album_key, image_key, component)
  ) WITHOUT ROWID;
  CREATE INDEX files_md5 ON files (md5);
  CREATE INDEX files_image ON files (image_key);

  CREATE TABLE strays (                  -- files in the vault that belong to no item, as the last survey saw them
    path   TEXT PRIMARY KEY,
    size   INTEGER NOT NULL,
    mtime  INTEGER NOT NULL,
    md5    TEXT,                         -- once somebody asked
    sha256 TEXT,
    seen   INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX strays_size ON strays (size);

  CREATE TABLE runs (
    id          INTEGER PRIMARY KEY,
    operation   TEXT NOT NULL,
    started_at  INTEGER NOT NULL,
    finished_at INTEGER,
    exit_code   INTEGER,
    summary     TEXT                     -- JSON: totals and message
  );
  `,
  // Indexes for the few rows that are not in order: every run asks for them, and must not search a million rows.
  `
  CREATE INDEX items_unsettled ON items (album_key) WHERE state IN ('failed', 'pending');
  CREATE INDEX files_unsound ON files (album_key, image_key) WHERE state <> 'held';
  CREATE INDEX files_fallback ON files (album_key, image_key) WHERE grade = 'fallback';
  `,
  // Facts that prove cheaply that a file is still the stored one, and that a record is still as it was written.
  `
  ALTER TABLE files ADD COLUMN mtime INTEGER; -- of the file as it stands; NULL: not looked at since it was stored; -1: in doubt, hash it
  CREATE INDEX files_unseen ON files (album_key, image_key) WHERE mtime IS NULL;
  CREATE TABLE records (                 -- files of our own, as they were last written
    path   TEXT PRIMARY KEY,
    size   INTEGER NOT NULL,
    mtime  INTEGER NOT NULL,
    sha256 TEXT NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX strays_md5 ON strays (md5, size) WHERE md5 IS NOT NULL;
  `,
  // The changes of the present run by name, for its report.
  `
  CREATE TABLE changes (
    what      TEXT NOT NULL,             -- came, changed, moved, went
    album     TEXT NOT NULL,
    name      TEXT NOT NULL,             -- empty: the whole album
    image_key TEXT NOT NULL,             -- of a whole album: the path that it moved from
    former    TEXT,                      -- the path that it moved from
    items     INTEGER,
    note      TEXT,
    PRIMARY KEY (what, album, name, image_key)
  ) WITHOUT ROWID;
  `,
  // A change mark in the place of a time: storages without times have one, too.
  `
  ALTER TABLE files ADD COLUMN mark TEXT;   -- of the file as it stands; NULL: not looked at since it was stored; 'doubt': hash it
  UPDATE files SET mark = CASE mtime WHEN -1 THEN 'doubt' ELSE CAST(mtime AS TEXT) END WHERE mtime IS NOT NULL;
  DROP INDEX files_unseen;
  ALTER TABLE files DROP COLUMN mtime;
  CREATE INDEX files_unseen ON files (album_key, image_key) WHERE mark IS NULL;
  DROP TABLE strays;                     -- remade by every survey
  CREATE TABLE strays (
    path   TEXT PRIMARY KEY,
    size   INTEGER NOT NULL,
    mark   TEXT NOT NULL,
    md5    TEXT,
    sha256 TEXT,
    seen   INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX strays_size ON strays (size);
  CREATE INDEX strays_md5 ON strays (md5, size) WHERE md5 IS NOT NULL;
  CREATE TABLE records_now (path TEXT PRIMARY KEY, size INTEGER NOT NULL, mark TEXT NOT NULL, sha256 TEXT NOT NULL) WITHOUT ROWID;
  INSERT INTO records_now SELECT path, size, CAST(mtime AS TEXT), sha256 FROM records;
  DROP TABLE records;
  ALTER TABLE records_now RENAME TO records;
  `,
  // Of many strays of one size, those that are hashed must not be passed by one after the other for each photo.
  `
  CREATE INDEX strays_unhashed ON strays (size, path) WHERE md5 IS NULL OR sha256 IS NULL;
  `,
]
