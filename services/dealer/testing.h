/*
 * testing.h - tests of dealers' connections: dealer.test becomes a fetcher.probe.
 *
 * DESIGN: the database says whether the call may be made, counts it, and gives what is stored; a
 * key or secret of the request is sealed and takes its place. Then a fetcher that lives is asked at
 * its own endpoint, another one if that does not answer. The request waits meanwhile; the process
 * goes on with others.
 *
 * THREADS: the loop's. OWNERSHIP: a test lives in its request's arena until the request is
 * answered.
 */
#ifndef DEALER_TESTING_H
#define DEALER_TESTING_H

#include "services/dealer/dealer.h"

void on_dealer_test(void *service, struct request *r, const void *body);

/* Ends what is on its way, before the bus ends. */
void testing_stop(struct dealer_service *s);

#endif
