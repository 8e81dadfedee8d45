DROP FUNCTION feed.erase_person, feed.export_person, feed.find_person, feed.meant_person, feed.set_aside_of,
    feed.prospects_of, feed.phone_digits, feed.set_aside;
ALTER FUNCTION feed.put_aside RENAME TO set_aside;
DROP FUNCTION feed.without_erased, feed.erased_content, feed.join_repeats;
ALTER FUNCTION feed.join_same RENAME TO join_repeats;
DROP FUNCTION feed.blank_staged, feed.id_in, feed.session_key, feed.erased_hash;
REVOKE USAGE ON SCHEMA feed FROM dd_dealer;
DROP TABLE feed.erased;
DROP TABLE dealer.erasure_key;
