-- What unfinished one has its step now; null = none is due
SELECT jobs.next_bulk(clock_timestamp())::text AS id
