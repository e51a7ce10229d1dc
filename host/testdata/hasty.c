/* A guest for the engine's tests: it rests an order far below the market at its first bar, and another at
 * every acceptance, as a strategy might that never heard of the word enough. Built by:
 *
 *   clang --target=wasm32 -O2 -nostdlib -ffreestanding -Wl,--no-entry -I ../../plugins/sdk/c -o hasty.wasm hasty.c
 */
#include "agenthost.h"

AH_GUEST(1048576)
AH_OUTPUT(output, 1024, 64);

static int64_t refs;

AH_EXPORT(strategy_tick) int64_t strategy_tick(const ah_header *tick, int32_t length) {
    (void)length;
    ah_begin(&output);
    if (refs == 0 || tick->trigger == AH_TRIGGER_ORDER) {
        ah_submit *buy = ah_add_submit(&output);
        buy->instrument = 0;
        buy->ref = (uint64_t)++refs;
        buy->side = AH_SIDE_BUY;
        buy->type = AH_ORDER_LIMIT;
        buy->time_in_force = AH_TIME_GTC;
        buy->size_kind = AH_SIZE_UNITS;
        buy->size = 1;
        buy->price = 100;
    }
    return ah_end(&output);
}
