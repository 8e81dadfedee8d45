DROP TABLE dealer.label;
DROP FUNCTION dealer.in_sight(text);
DROP FUNCTION dealer.sight();
DROP TABLE dealer.dealers;
DROP FUNCTION dealer.tell_changed();
DROP TABLE dealer.credential;
DROP TABLE dealer.upstream;
