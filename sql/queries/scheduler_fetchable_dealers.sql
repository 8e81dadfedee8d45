-- Dealers that a job for all dealers covers.
SELECT dealer_id
FROM dealer.dealers
WHERE is_active AND credential_id IS NOT NULL
ORDER BY dealer_id
LIMIT 1000
