-- One row per running process.

CREATE TABLE ops.process (
    instance   uuid PRIMARY KEY,
    name       text NOT NULL,
    service    text NOT NULL,
    endpoint   text NOT NULL,
    pid        int NOT NULL,
    version    text NOT NULL,
    state      text NOT NULL,
    started_at timestamptz NOT NULL,
    seen_at    timestamptz NOT NULL
);
CREATE INDEX process_name ON ops.process (name, started_at DESC);
COMMENT ON TABLE ops.process IS 'Processes of the system; a row that was not seen lately is a dead one';
COMMENT ON COLUMN ops.process.instance IS 'Made anew at each start';
