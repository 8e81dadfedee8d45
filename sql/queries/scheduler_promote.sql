-- Makes retries ready whose time has come, once a second.
SELECT jobs.promote(clock_timestamp()) AS promoted
