-- Tells which backend stores for this fetcher ($1 instance, $2 name): once per connection.
SELECT jobs.register_backend($1::uuid, $2::text)
