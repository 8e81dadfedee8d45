-- Ends large jobs of which nothing is left and which nobody ended, once a second.
SELECT jobs.settle(clock_timestamp()) AS ended
