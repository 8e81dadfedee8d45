-- $1 name of an upstream, whose row stays locked. The etag is that of dealer_upstream_list.
SELECT left(md5(xmin::text), 16) AS etag
FROM dealer.upstream
WHERE name = $1
FOR UPDATE
