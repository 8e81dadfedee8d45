-- Empties the staging tables for the next member.
SELECT feed.clear_stage()
