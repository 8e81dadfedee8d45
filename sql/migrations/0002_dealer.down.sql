DROP TABLE dealer.label;
DROP TABLE dealer.dealers;
DROP FUNCTION dealer.tell_changed();
DROP TABLE dealer.credential;
DROP TABLE dealer.upstream;
