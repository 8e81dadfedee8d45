-- The credentials of upstream $1 that dealers use. The columns are the fields of the message.
SELECT * FROM jobs.tell_credentials(clock_timestamp(), $1::text)
