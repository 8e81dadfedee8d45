-- Upstream $1 as all fetchers see it. The columns are the fields of the message.
SELECT * FROM jobs.tell_upstream(clock_timestamp(), $1::text)
