-- Rollups: a dashboard costs days, not rows. The storing transaction keeps them exact.

CREATE TABLE report.day_count (
    dealer_id varchar(10) NOT NULL,
    feed      text NOT NULL,
    dimension text NOT NULL CHECK (dimension IN ('total', 'status', 'source', 'unit', 'follow_up')),
    day       date NOT NULL,
    code      text NOT NULL,
    n         bigint NOT NULL CHECK (n > 0),
    PRIMARY KEY (dealer_id, feed, dimension, day, code)
) WITH (fillfactor = 80);
COMMENT ON TABLE report.day_count IS 'Rows per dealer, feed, day and code';
COMMENT ON COLUMN report.day_count.dimension IS
    'total (code empty), status (prospect_status), source (prospect_source), follow_up (follow_up_state), unit (unit rows by type)';
COMMENT ON COLUMN report.day_count.day IS 'The feed''s date of the charts; -infinity = undated';
COMMENT ON COLUMN report.day_count.code IS 'Empty = the upstream sent none';

CREATE TABLE report.version (
    dealer_id  varchar(10) PRIMARY KEY,
    version    bigint NOT NULL,
    data_as_of timestamp,
    fetched_at timestamptz NOT NULL
) WITH (fillfactor = 50);
COMMENT ON TABLE report.version IS 'Raised by each store for the dealer: part of every cache key';
COMMENT ON COLUMN report.version.data_as_of IS 'Largest modified or created time, the upstream''s wall clock';
COMMENT ON COLUMN report.version.fetched_at IS 'Time of the last store';

-- Seen by all at once, and without waiting: a row would make the stores wait for one another.
CREATE SEQUENCE report.told_ms;
COMMENT ON SEQUENCE report.told_ms IS 'When dd_data was last notified: ms since 1970';
