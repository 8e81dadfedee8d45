/*
 * persons.h - what is stored about one person: found, told as one document, erased.
 *
 * DESIGN: the database does each in one statement (sql/migrations/0027); here it is checked who is
 * meant and why, and the key of erasures is made or opened. Numbers of persons are in messages
 * alone: no log line, error or entry of the audit trail holds one.
 */
#ifndef DEALER_PERSONS_H
#define DEALER_PERSONS_H

#include "services/dealer/dealer.h"

void on_person_find(void *service, struct request *r, const void *body);
void on_person_export(void *service, struct request *r, const void *body);
void on_person_erase(void *service, struct request *r, const void *body);

#endif
