/* A random trader: submits, cancels, replaces and closes as the tick's seed says. */
#include "trader.h"

AH_GUEST(16384)
AH_OUTPUT(output, 4096, 0);

AH_EXPORT(strategy_tick) int64_t strategy_tick(const ah_header *tick, int32_t length) {
    (void)length;
    ah_begin(&output);
    trade(&output, tick);
    return ah_end(&output);
}
