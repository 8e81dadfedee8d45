-- Removes keys of submissions that are older than a day; how many.
SELECT jobs.forget_keys(clock_timestamp()) AS forgotten
