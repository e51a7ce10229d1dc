/* A random trader that forgets in some ticks what it was told: it returns no order and does not look at its events.
 * So a host looks to its strategies that takes a failed tick's events for told.
 */
#include "trader.h"

AH_GUEST(16384)
AH_OUTPUT(output, 4096, 0);

AH_EXPORT(strategy_tick) int64_t strategy_tick(const ah_header *tick, int32_t length) {
    (void)length;
    ah_begin(&output);
    state = tick->seed + 1;
    if (percent(12)) return 0;
    trade(&output, tick);
    return ah_end(&output);
}
