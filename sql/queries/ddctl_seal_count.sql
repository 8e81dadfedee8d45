-- How much is sealed with which master key; '' = a text that names none.
SELECT CASE WHEN strpos(sealed, ':') > 0 THEN split_part(sealed, ':', 1) ELSE '' END AS key_id, count(*) AS texts
FROM (SELECT unnest(ARRAY[api_key, secret_key]) AS sealed FROM dealer.credential
      UNION ALL
      SELECT unnest(ARRAY[api_key, api_token, secret_key]) FROM dealer.dealers
      UNION ALL
      SELECT secret_key FROM dealer.erasure_key) s
WHERE sealed IS NOT NULL
GROUP BY 1
ORDER BY 1
