COMMENT ON COLUMN account.sign_in.login IS NULL;
DELETE FROM account.sign_in WHERE login LIKE 'address %';
DROP FUNCTION account.network_of(text);
