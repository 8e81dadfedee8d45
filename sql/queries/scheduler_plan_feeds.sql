-- The feeds that are asked for, each once, and whether there is such a feed. $1 feeds
SELECT DISTINCT w.feed, EXISTS (SELECT FROM jobs.feed f WHERE f.feed = w.feed) AS known
FROM unnest($1::text[]) w (feed)
ORDER BY w.feed
