-- Makes the staging tables of this connection: once, before any transaction.
SELECT feed.create_stage()
