/* A random trader that fails in some ticks, after it has wished: it traps, never ends, recurses without end, or
 * returns what is no output. It counts its ticks in memory, so that a rollback that left something behind shows.
 */
#include "trader.h"

AH_GUEST(16384)
AH_OUTPUT(output, 4096, 0);

static uint64_t deep(uint64_t n) {
    volatile uint64_t here = n + ticks;
    return here + (n ? deep(n + 1) : 0);
}

AH_EXPORT(strategy_tick) int64_t strategy_tick(const ah_header *tick, int32_t length) {
    (void)length;
    ticks++;
    ah_begin(&output);
    trade(&output, tick);
    state = tick->seed + (ticks << 32);
    if (!percent(12)) return ah_end(&output);
    ah_end(&output);
    switch (below(5)) {
    case 0: __builtin_trap();
    case 1:
        for (;;) ticks++;
    case 2: return (int64_t)deep(1);
    case 3: return ah_result(output.bytes, 7);
    default: AH_FAIL(7, "poisoned tick");
    }
}
