/*
 * settings.h - business settings: told and changed.
 */
#ifndef DEALER_SETTINGS_H
#define DEALER_SETTINGS_H

#include "services/dealer/dealer.h"

void on_setting_list(void *service, struct request *r, const void *body);
void on_setting_set(void *service, struct request *r, const void *body);

#endif
