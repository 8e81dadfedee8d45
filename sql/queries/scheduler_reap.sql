-- Takes back what leases ran out for, once a second.
SELECT requeued + given_up AS reaped, requeued, given_up, waiting, terminated FROM jobs.reap(clock_timestamp())
