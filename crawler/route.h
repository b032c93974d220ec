/* What the routing table of this machine says. Nothing is sent. */
#ifndef ORIGINTLS_CRAWLER_ROUTE_H
#define ORIGINTLS_CRAWLER_ROUTE_H

#include "base/address.h"

/* Is there a way to this address? */
bool route_exists(const struct address *address);
/* Is there a way to anywhere: a default route of either family? */
bool route_exists_at_all(void);

#endif
