-- The prospect feed as fetched. Absent, null and empty upstream values are all null here.
-- A date that cannot be read is null and its text stands in the column ending in _raw.

CREATE TABLE feed.prospect (
    dealer_id                    varchar(10) NOT NULL,
    id_prospect                  text COLLATE "C" NOT NULL,
    sumber_prospect              text,
    tanggal_prospect             date,
    tanggal_prospect_raw         text,
    tagging_prospect             text,
    nama_lengkap                 text,
    no_kontak                    text,
    no_ktp                       text,
    alamat                       text,
    kode_propinsi                text,
    kode_kota                    text,
    kode_kecamatan               text,
    kode_kelurahan               text,
    kode_pos                     text,
    latitude                     text,
    longitude                    text,
    alamat_kantor                text,
    kode_propinsi_kantor         text,
    kode_kota_kantor             text,
    kode_kecamatan_kantor        text,
    kode_kelurahan_kantor        text,
    kode_pos_kantor              text,
    kode_pekerjaan               text,
    no_kontak_kantor             text,
    tanggal_appointment          date,
    tanggal_appointment_raw      text,
    waktu_appointment            text,
    metode_follow_up             text,
    test_ride_preference         text,
    status_follow_up_prospecting text,
    status_prospect              text,
    id_sales_people              text,
    id_event                     text,
    created_time                 timestamp,
    created_time_raw             text,
    modified_time                timestamp,
    modified_time_raw            text,
    requested_at                 timestamptz NOT NULL,
    fetched_at                   timestamptz NOT NULL,
    task_id                      bigint NOT NULL,
    epoch                        int NOT NULL,
    day                          date NOT NULL
        GENERATED ALWAYS AS (coalesce(tanggal_prospect, '-infinity'::date)) STORED,
    PRIMARY KEY (dealer_id, id_prospect)
) WITH (fillfactor = 90);
CREATE INDEX prospect_day ON feed.prospect (dealer_id, day, id_prospect);
COMMENT ON TABLE feed.prospect IS 'Prospects (/prsp/read); personal data';
COMMENT ON COLUMN feed.prospect.dealer_id IS 'Our code of the dealer';
COMMENT ON COLUMN feed.prospect.id_prospect IS 'Natural key within the dealer';
COMMENT ON COLUMN feed.prospect.sumber_prospect IS 'Source code, list prospect_source';
COMMENT ON COLUMN feed.prospect.tanggal_prospect IS 'Date of the prospect: the date of the charts';
COMMENT ON COLUMN feed.prospect.tanggal_prospect_raw IS 'The upstream''s text, only when it is no date';
COMMENT ON COLUMN feed.prospect.tagging_prospect IS 'Priority flag, Yes or No';
COMMENT ON COLUMN feed.prospect.nama_lengkap IS 'Full name';
COMMENT ON COLUMN feed.prospect.no_kontak IS 'Mobile number';
COMMENT ON COLUMN feed.prospect.no_ktp IS 'National id number';
COMMENT ON COLUMN feed.prospect.latitude IS 'Text as sent, decimal comma or point';
COMMENT ON COLUMN feed.prospect.longitude IS 'Text as sent, decimal comma or point';
COMMENT ON COLUMN feed.prospect.waktu_appointment IS 'Time of the appointment, HH:MM';
COMMENT ON COLUMN feed.prospect.metode_follow_up IS 'Code, list follow_up_method';
COMMENT ON COLUMN feed.prospect.test_ride_preference IS 'Code, list test_ride';
COMMENT ON COLUMN feed.prospect.status_follow_up_prospecting IS 'Code, list follow_up_state';
COMMENT ON COLUMN feed.prospect.status_prospect IS 'Code, list prospect_status';
COMMENT ON COLUMN feed.prospect.created_time IS 'The upstream''s wall clock';
COMMENT ON COLUMN feed.prospect.modified_time IS 'The upstream''s wall clock; decides which version wins';
COMMENT ON COLUMN feed.prospect.requested_at IS 'When the call that brought this version began';
COMMENT ON COLUMN feed.prospect.fetched_at IS 'When this version was stored';
COMMENT ON COLUMN feed.prospect.task_id IS 'The task that stored this version; history forgets a task before its rows';
COMMENT ON COLUMN feed.prospect.epoch IS 'The lease of that task';
COMMENT ON COLUMN feed.prospect.day IS 'tanggal_prospect, -infinity = undated';

CREATE TABLE feed.prospect_unit (
    dealer_id         varchar(10) NOT NULL,
    id_prospect       text COLLATE "C" NOT NULL,
    position          int NOT NULL,
    kode_tipe_unit    text,
    sales_program_id  text,
    created_time      timestamp,
    created_time_raw  text,
    modified_time     timestamp,
    modified_time_raw text,
    PRIMARY KEY (dealer_id, id_prospect, position)
);
COMMENT ON TABLE feed.prospect_unit IS 'Units that a prospect asks about; replaced as a whole with their prospect';
COMMENT ON COLUMN feed.prospect_unit.position IS 'Place in the answer, from 1';
COMMENT ON COLUMN feed.prospect_unit.kode_tipe_unit IS 'Unit type code';
COMMENT ON COLUMN feed.prospect_unit.sales_program_id IS 'Sales programme ids, comma separated';

-- One row for each record of a dealer, however often it came: overlapping calls bring it again.
CREATE TABLE feed.quarantine (
    dealer_id      varchar(10) NOT NULL,
    id             bigint GENERATED ALWAYS AS IDENTITY,
    feed           text NOT NULL,
    task_id        bigint NOT NULL,
    epoch          int NOT NULL,
    reason         text NOT NULL,
    field          text,
    raw            text NOT NULL,
    hash           bytea NOT NULL,
    whole          boolean NOT NULL DEFAULT true,
    requested_at   timestamptz NOT NULL,
    state          text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'stored', 'dismissed')),
    seen           int NOT NULL DEFAULT 1,
    last_task_id   bigint NOT NULL,
    replays        int NOT NULL DEFAULT 0,
    replay_task_id bigint,
    created_at     timestamptz NOT NULL,
    seen_at        timestamptz NOT NULL,
    settled_at     timestamptz,
    settled_by     text,
    PRIMARY KEY (dealer_id, id),
    CHECK ((state = 'open') = (settled_at IS NULL))
);
CREATE UNIQUE INDEX quarantine_same ON feed.quarantine (dealer_id, feed, hash);
CREATE UNIQUE INDEX quarantine_id ON feed.quarantine (id);
CREATE INDEX quarantine_replay ON feed.quarantine (replay_task_id) WHERE replay_task_id IS NOT NULL;
CREATE INDEX quarantine_task ON feed.quarantine (task_id);
CREATE INDEX quarantine_last_task ON feed.quarantine (last_task_id);
COMMENT ON TABLE feed.quarantine IS 'Records that could not be stored, as sent; personal data';
COMMENT ON COLUMN feed.quarantine.task_id IS 'The call that brought it first; history forgets it before this row';
COMMENT ON COLUMN feed.quarantine.epoch IS 'The lease of that call';
COMMENT ON COLUMN feed.quarantine.reason IS 'Error code, as of the last try';
COMMENT ON COLUMN feed.quarantine.field IS 'The field at fault; null = the record as a whole';
COMMENT ON COLUMN feed.quarantine.raw IS 'The record as JSON text';
COMMENT ON COLUMN feed.quarantine.hash IS 'SHA-256 of raw';
COMMENT ON COLUMN feed.quarantine.whole IS 'raw is exactly what was sent, neither cut nor mended: it can be replayed';
COMMENT ON COLUMN feed.quarantine.requested_at IS 'When the last call that brought it began';
COMMENT ON COLUMN feed.quarantine.state IS 'stored = a replay stored it, or found it older than what is stored; dismissed = nobody wants it';
COMMENT ON COLUMN feed.quarantine.seen IS 'How many tasks brought it';
COMMENT ON COLUMN feed.quarantine.last_task_id IS 'The task that brought it last';
COMMENT ON COLUMN feed.quarantine.replays IS 'How many replays tried it';
COMMENT ON COLUMN feed.quarantine.replay_task_id IS 'The last task that was to replay it';
COMMENT ON COLUMN feed.quarantine.settled_at IS 'When it was stored or dismissed';
COMMENT ON COLUMN feed.quarantine.settled_by IS 'Who dismissed it, or asked for the replay';
