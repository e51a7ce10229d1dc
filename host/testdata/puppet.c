/* A guest for the engine's tests: it does what a bar's volume says, verb + 100 * argument, so that a test moves it
 * by the market alone. As the simulator's strategies do, it adds up the fills that it was told of and fails with
 * code 99 where they are not the position that it is shown. Built by:
 *
 *   clang --target=wasm32 -O2 -nostdlib -ffreestanding -Wl,--no-entry -I ../../plugins/sdk/c -o puppet.wasm puppet.c
 *
 * With -DKEEPS it saves and loads what it knows (puppet-keeps.wasm), with -DFAILS it fails at every bar
 * (puppet-fails.wasm), with -DREFUSES it does not take what another one saved (puppet-refuses.wasm).
 */
#include "agenthost.h"

AH_GUEST(262144)
AH_OUTPUT(output, 65536, 64);

enum { BUY = 1, SELL, REST, CANCEL_ALL, CLOSE, FAIL, FLOOD, BUY_TWICE, PROTECT };

static int64_t held;
static uint64_t refs;

static void audit(const ah_header *tick) {
    ah_view events = ah_find(tick, AH_SECTION_EVENTS);
    for (uint32_t i = 0; i < events.count; i++) {
        const ah_event *e = AH_AT(ah_event, events, i);
        if (e->kind == AH_EVENT_FILL) held += e->side == AH_SIDE_BUY ? e->quantity : -e->quantity;
    }
    int64_t shown = 0;
    ah_view positions = ah_find(tick, AH_SECTION_POSITIONS);
    for (uint32_t i = 0; i < positions.count; i++) shown += AH_AT(ah_position, positions, i)->quantity;
    if (held != shown) AH_FAIL(99, "the fills told do not add up to the position");
}

static ah_submit *order(uint16_t side, int64_t units) {
    ah_submit *s = ah_add_submit(&output);
    s->ref = ++refs;
    s->side = side;
    s->type = AH_ORDER_MARKET;
    s->time_in_force = AH_TIME_GTC;
    s->size_kind = AH_SIZE_UNITS;
    s->size = units;
    return s;
}

/* A stop that closes a long position 5 % below the market. */
static void protect(int64_t units, int64_t stop) {
    ah_submit *s = order(AH_SIDE_SELL, units);
    s->type = AH_ORDER_STOP;
    s->stop_price = stop;
    s->flags = AH_ORDER_REDUCE_ONLY;
}

static void rest(int64_t units, int64_t price) {
    ah_submit *s = order(AH_SIDE_BUY, units);
    s->type = AH_ORDER_LIMIT;
    s->price = price;
}

#if defined(KEEPS) || defined(REFUSES)
static struct { int64_t held; uint64_t refs; } kept;

AH_EXPORT(strategy_save) int64_t strategy_save(void) {
    kept.held = held;
    kept.refs = refs;
    return (int64_t)(uintptr_t)&kept << 32 | sizeof kept;
}

AH_EXPORT(strategy_load) int32_t strategy_load(const uint8_t *state, int32_t length) {
#ifdef REFUSES
    return 7;
#endif
    if (length < (int32_t)sizeof kept) return 1;
    __builtin_memcpy(&kept, state + length - sizeof kept, sizeof kept); // the host's header is before it
    held = kept.held;
    refs = kept.refs;
    return 0;
}
#endif

AH_EXPORT(strategy_tick) int64_t strategy_tick(const ah_header *tick, int32_t length) {
    (void)length;
    ah_begin(&output);
    audit(tick);
    ah_view bars = ah_find(tick, AH_SECTION_BARS);
    if (bars.count == 0) return ah_end(&output);
    const ah_bar *bar = AH_AT(ah_bar, bars, bars.count - 1);
#ifdef FAILS
    __builtin_trap();
#endif
    int64_t n = bar->volume / 100;
    switch (bar->volume % 100) {
    case BUY: order(AH_SIDE_BUY, n); break;
    case SELL: order(AH_SIDE_SELL, n); break;
    case REST: rest(n, bar->close - bar->close / 100); break;
    case CANCEL_ALL: ah_add_cancel_all(&output)->instrument = AH_NO_INSTRUMENT; break;
    case CLOSE: {
        ah_close *c = ah_add_close(&output);
        c->ref = ++refs;
        c->size_kind = AH_SIZE_FRACTION;
        c->size = AH_FRACTION_ONE;
        break;
    }
    case FAIL: order(AH_SIDE_BUY, n); __builtin_trap();
    case FLOOD: for (int64_t i = 0; i < n; i++) order(AH_SIDE_BUY, 1); break;
    case BUY_TWICE: order(AH_SIDE_BUY, n); order(AH_SIDE_BUY, n); break;
    case PROTECT: protect(n, bar->close - bar->close / 20); break;
    }
    return ah_end(&output);
}
