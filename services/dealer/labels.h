/*
 * labels.h - what codes mean: told, said, imported, removed.
 */
#ifndef DEALER_LABELS_H
#define DEALER_LABELS_H

#include "services/dealer/dealer.h"

void on_label_list(void *service, struct request *r, const void *body);
void on_label_set(void *service, struct request *r, const void *body);
void on_label_remove(void *service, struct request *r, const void *body);
void on_label_import(void *service, struct request *r, const void *body);

#endif
