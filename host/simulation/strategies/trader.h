/* trader.h: what the simulator's strategies share: a stream of random numbers that begins with the tick's
 * seed, so that a strategy keeps no state and a replay wishes the same, and the wishes of a random trader.
 */
#ifndef TRADER_H
#define TRADER_H

#include "agenthost.h"

static uint64_t state;

/* SplitMix64 (Steele, Lea, Flood 2014). */
static uint64_t draw(void) {
    uint64_t x = state += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

/* A number below n. */
static uint64_t below(uint64_t n) { return draw() % n; }

/* True in so many of a hundred draws. */
static int percent(uint64_t n) { return below(100) < n; }

/* What the strategy knows of one instrument in this tick. */
typedef struct market {
    uint32_t instrument;
    int64_t last, tick, lot;
} market;

/* Picks one of the instruments that have a bar in this tick; last is 0 if there is none. */
static market pick(const ah_header *tick) {
    market m = {0, 0, 1, 1};
    ah_view bars = ah_find(tick, AH_SECTION_BARS);
    if (bars.count == 0) return m;
    const ah_bar *bar = AH_AT(ah_bar, bars, below(bars.count));
    ah_view instruments = ah_find(tick, AH_SECTION_INSTRUMENTS);
    m.instrument = bar->instrument;
    m.last = bar->close;
    if (bar->instrument < instruments.count) {
        const ah_instrument *in = AH_AT(ah_instrument, instruments, bar->instrument);
        m.tick = in->price_tick;
        m.lot = in->quantity_lot;
    }
    return m;
}

/* A price within so many ticks around the last one. */
static int64_t near(const market *m, int64_t ticks) {
    int64_t price = m->last + ((int64_t)below(2 * (uint64_t)ticks + 1) - ticks) * m->tick;
    return price < m->tick ? m->tick : price;
}

static uint64_t refs;

static void submit(ah_output *out, const ah_header *tick, const market *m) {
    ah_submit *s = ah_add_submit(out);
    s->instrument = m->instrument;
    s->ref = tick->sequence * 64 + ++refs;
    s->side = percent(50) ? AH_SIDE_BUY : AH_SIDE_SELL;
    s->size_kind = AH_SIZE_UNITS;
    s->size = (int64_t)(1 + below(5)) * m->lot;
    s->time_in_force = AH_TIME_GTC;
    s->type = AH_ORDER_MARKET;
    if (percent(65)) {
        s->type = AH_ORDER_LIMIT;
        s->price = near(m, 40);
        if (percent(20)) s->time_in_force = AH_TIME_IOC;
    }
    if (percent(15)) s->flags = AH_ORDER_REDUCE_ONLY;
    if (percent(15)) s->valid_until = tick->time + (int64_t)(1 + below(60)) * INT64_C(1000000000);
}

static const ah_open_order *any(const ah_header *tick) {
    ah_view orders = ah_find(tick, AH_SECTION_OPEN_ORDERS);
    return orders.count == 0 ? 0 : AH_AT(ah_open_order, orders, below(orders.count));
}

static void cancel(ah_output *out, const ah_header *tick) {
    const ah_open_order *o = any(tick);
    if (!o) return;
    ah_cancel *c = ah_add_cancel(out);
    for (int i = 0; i < 16; i++) c->id[i] = o->id[i];
}

static void replace(ah_output *out, const ah_header *tick, const market *m) {
    const ah_open_order *o = any(tick);
    if (!o || o->type != AH_ORDER_LIMIT || o->instrument != m->instrument) return;
    ah_replace *r = ah_add_replace(out);
    for (int i = 0; i < 16; i++) r->id[i] = o->id[i];
    r->fields = AH_REPLACE_PRICE;
    r->price = near(m, 40);
    if (percent(30)) {
        r->fields |= AH_REPLACE_QUANTITY;
        r->quantity = o->filled + (int64_t)(1 + below(5)) * m->lot;
    }
}

/* Closes one of the strategy's own positions, all of it or half. */
static void close_one(ah_output *out, const ah_header *tick) {
    ah_view positions = ah_find(tick, AH_SECTION_POSITIONS);
    if (positions.count == 0) return;
    const ah_position *p = AH_AT(ah_position, positions, below(positions.count));
    if (p->owner != AH_OWNER_AGENT) return;
    ah_close *c = ah_add_close(out);
    c->instrument = p->instrument;
    c->ref = tick->sequence * 64 + ++refs;
    c->size_kind = AH_SIZE_FRACTION;
    c->size = percent(70) ? AH_FRACTION_ONE : AH_FRACTION_ONE / 2;
}

/* What the fills that this strategy was told of add up to, and how many ticks it counted. */
#define INSTRUMENTS_MAX 8
static int64_t held[INSTRUMENTS_MAX];
static volatile uint64_t ticks;

/* What a strategy hands on when another takes its place. One that is BLIND does not look at its fills, so it has
 * nothing to hand on, and may begin anywhere; one that FORGETS takes nothing from the one before. */
#ifndef BLIND
static struct { int64_t held[INSTRUMENTS_MAX]; uint64_t ticks; } kept;

AH_EXPORT(strategy_save) int64_t strategy_save(void) {
    for (int i = 0; i < INSTRUMENTS_MAX; i++) kept.held[i] = held[i];
    kept.ticks = ticks;
    return (int64_t)(uintptr_t)&kept << 32 | sizeof kept;
}

AH_EXPORT(strategy_load) int32_t strategy_load(const uint8_t *from, int32_t length) {
    if (length < (int32_t)sizeof kept) return 1;
#ifndef FORGETS
    __builtin_memcpy_inline(&kept, from + length - sizeof kept, sizeof kept); /* the host's header is before it */
    for (int i = 0; i < INSTRUMENTS_MAX; i++) held[i] = kept.held[i];
    ticks = kept.ticks;
#endif
    return 0;
}
#endif

/* Fails the tick if the fills told so far, one by one, are not the positions shown: one was told twice, or never,
 * or a rollback or a restart lost what the strategy knew. The simulator looks for the code. */
#define AUDIT_CODE 99

static void audit(const ah_header *tick) {
#ifdef BLIND
    (void)tick;
    return;
#endif
    ah_view events = ah_find(tick, AH_SECTION_EVENTS);
    for (uint32_t i = 0; i < events.count; i++) {
        const ah_event *e = AH_AT(ah_event, events, i);
        if (e->kind != AH_EVENT_FILL && e->kind != AH_EVENT_LIQUIDATION) continue;
        if (e->instrument < INSTRUMENTS_MAX) held[e->instrument] += e->side == AH_SIDE_BUY ? e->quantity : -e->quantity;
    }
    int64_t shown[INSTRUMENTS_MAX] = {0};
    ah_view positions = ah_find(tick, AH_SECTION_POSITIONS);
    for (uint32_t i = 0; i < positions.count; i++) {
        const ah_position *p = AH_AT(ah_position, positions, i);
        if (p->owner == AH_OWNER_AGENT && p->instrument < INSTRUMENTS_MAX) shown[p->instrument] += p->quantity;
    }
    for (uint32_t i = 0; i < INSTRUMENTS_MAX; i++)
        if (held[i] != shown[i]) AH_FAIL(AUDIT_CODE, "the fills told do not add up to the position");
}

/* The wishes of one tick. */
static void trade(ah_output *out, const ah_header *tick) {
    audit(tick);
    state = tick->seed;
    refs = 0;
    market m = pick(tick);
    if (m.last && percent(35)) submit(out, tick, &m);
    if (m.last && percent(8)) submit(out, tick, &m);
    if (percent(18)) cancel(out, tick);
    if (m.last && percent(10)) replace(out, tick, &m);
    if (percent(12)) close_one(out, tick);
    if (percent(2)) ah_add_cancel_all(out)->instrument = AH_NO_INSTRUMENT;
}

#endif
