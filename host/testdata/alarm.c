/* A guest for the engine's tests: at its first bar it sets a timer every six hours and one that goes off once,
 * ten hours later, at which it buys one unit. What it is called for is the test's to count. Built by:
 *
 *   clang --target=wasm32 -O2 -nostdlib -ffreestanding -Wl,--no-entry -I ../../plugins/sdk/c -o alarm.wasm alarm.c
 */
#include "agenthost.h"

AH_GUEST(16384)
AH_OUTPUT(output, 1024, 64);

#define HOUR 3600000000000ll

static int64_t set, refs;

AH_EXPORT(strategy_tick) int64_t strategy_tick(const ah_header *tick, int32_t length) {
    (void)length;
    ah_begin(&output);
    if (!set) {
        set = 1;
        ah_timer *every = ah_add_timer(&output);
        every->action = AH_TIMER_EVERY;
        every->id = 6;
        every->interval = 6 * HOUR;
        ah_timer *once = ah_add_timer(&output);
        once->action = AH_TIMER_AT;
        once->id = 10;
        once->time = tick->time + 10 * HOUR;
    }
    if (tick->trigger == AH_TRIGGER_TIMER && tick->timer == 10) {
        ah_submit *buy = ah_add_submit(&output);
        buy->instrument = 0;
        buy->ref = (uint64_t)++refs;
        buy->side = AH_SIDE_BUY;
        buy->type = AH_ORDER_MARKET;
        buy->time_in_force = AH_TIME_GTC;
        buy->size_kind = AH_SIZE_UNITS;
        buy->size = 1;
    }
    return ah_end(&output);
}
