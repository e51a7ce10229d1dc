/* Wishes many orders in every tick, more than any limit takes, and cancels and closes between them. */
#include "trader.h"

AH_GUEST(16384)
AH_OUTPUT(output, 8192, 0);

AH_EXPORT(strategy_tick) int64_t strategy_tick(const ah_header *tick, int32_t length) {
    (void)length;
    ah_begin(&output);
    trade(&output, tick);
    market m = pick(tick);
    if (m.last)
        for (uint64_t n = 2 + below(6); n > 0; n--) submit(&output, tick, &m);
    for (uint64_t n = below(4); n > 0; n--) cancel(&output, tick);
    if (percent(25)) close_one(&output, tick);
    if (percent(25)) close_one(&output, tick);
    return ah_end(&output);
}
