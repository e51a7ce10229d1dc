/* sma-cross in C: when the fast moving average of the closes crosses the slow one it turns its
 * position round. The same strategy, order for order, as sma-cross-go, -as and -wat. */
#include "agenthost.h"

AH_GUEST(16384)
AH_OUTPUT(output, 1024, 0);

/* Averages of at most so many bars: the products of sums stay within 64 bits for prices up to 3e13. */
#define SLOW_MAX 500

/* The strategy looks at the first instrument of its list and at no other. */
#define INSTRUMENT 0

static int64_t fast = 10, slow = 20, stop_loss, take_profit, order_size = AH_FRACTION_ONE;
static int64_t closes[SLOW_MAX]; /* A ring of the last closes; bar n is at n modulo slow. */
static int64_t bars, sum_fast, sum_slow, price_tick = 1;

static const char description[] =
    "{\"name\":\"sma-cross\",\"version\":\"1.0.0\","
    "\"summary\":\"Turns its position round when the fast moving average crosses the slow one.\","
    "\"parameters\":["
    "{\"name\":\"fast\",\"type\":\"integer\",\"default\":10,\"min\":1,\"max\":500,"
    "\"help\":\"Bars in the fast average; fewer than in the slow one.\"},"
    "{\"name\":\"slow\",\"type\":\"integer\",\"default\":20,\"min\":2,\"max\":500,"
    "\"help\":\"Bars in the slow average.\"},"
    "{\"name\":\"stop_loss\",\"type\":\"decimal\",\"default\":\"0\",\"min\":\"0\",\"max\":\"0.99\","
    "\"help\":\"Distance of the stop from the close, as a fraction of it; 0 means no stop.\"},"
    "{\"name\":\"take_profit\",\"type\":\"decimal\",\"default\":\"0\",\"min\":\"0\",\"max\":\"10\","
    "\"help\":\"Distance of the target from the close, as a fraction of it; 0 means no target.\"},"
    "{\"name\":\"size\",\"type\":\"decimal\",\"default\":\"1\",\"min\":\"0.00000001\",\"max\":\"1\","
    "\"help\":\"Fraction of the margin available that each position takes.\"}],"
    "\"series\":[{\"name\":\"sma_fast\",\"unit\":\"price\"},{\"name\":\"sma_slow\",\"unit\":\"price\"}]}";

AH_EXPORT(strategy_describe) int64_t strategy_describe(void) {
    return ah_result(description, sizeof(description) - 1);
}

AH_EXPORT(strategy_init) int32_t strategy_init(const ah_params_header *params, int32_t length) {
    (void)length;
    if (params->count != 5) {
        AH_LOG(AH_LOG_ERROR, "sma-cross has five parameters");
        return 1;
    }
    fast = ah_param_at(params, 0)->value;
    slow = ah_param_at(params, 1)->value;
    stop_loss = ah_param_at(params, 2)->value;
    take_profit = ah_param_at(params, 3)->value;
    order_size = ah_param_at(params, 4)->value;
    if (fast < 1 || slow > SLOW_MAX || fast >= slow) {
        AH_LOG(AH_LOG_ERROR, "fast must be at least 1 and less than slow, slow at most 500");
        return 1;
    }
    return 0;
}

/* Takes a close in and tells the side of a cross at this bar, or 0. Sums are compared crosswise, so
 * that nothing is divided and no language rounds otherwise than another. */
static uint16_t add(int64_t price) {
    int64_t was_fast = sum_fast * slow, was_slow = sum_slow * fast;
    int was_defined = bars >= slow;
    if (bars >= slow) sum_slow -= closes[bars % slow];
    if (bars >= fast) sum_fast -= closes[(bars - fast) % slow];
    closes[bars % slow] = price;
    sum_fast += price;
    sum_slow += price;
    bars++;
    if (!was_defined) return 0;
    int64_t is_fast = sum_fast * slow, is_slow = sum_slow * fast;
    if (was_fast < was_slow && is_fast > is_slow) return AH_SIDE_BUY;
    if (was_fast > was_slow && is_fast < is_slow) return AH_SIDE_SELL;
    return 0;
}

/* An exit contingent on the order ref. Its size stays 0: all that the order opens. */
static ah_submit *add_exit(uint16_t side, uint64_t ref, uint64_t parent, uint16_t type) {
    ah_submit *exit = ah_add_submit(&output);
    exit->instrument = INSTRUMENT;
    exit->ref = ref;
    exit->side = AH_SIDE_BUY + AH_SIDE_SELL - side;
    exit->type = type;
    exit->time_in_force = AH_TIME_GTC;
    exit->size_kind = AH_SIZE_UNITS;
    exit->flags = AH_ORDER_REDUCE_ONLY;
    exit->parent_ref = parent;
    return exit;
}

static void protect(uint16_t side, uint64_t ref, int64_t price) {
    int64_t stop_factor = AH_FRACTION_ONE - stop_loss, target_factor = AH_FRACTION_ONE + take_profit;
    if (side == AH_SIDE_SELL) {
        stop_factor = AH_FRACTION_ONE + stop_loss;
        target_factor = AH_FRACTION_ONE - take_profit;
    }
    if (stop_loss > 0)
        add_exit(side, ref + 1, ref, AH_ORDER_STOP)->stop_price = ah_price_times(price, stop_factor, price_tick);
    if (take_profit > 0 && target_factor > 0) /* A short cannot gain more than its whole price. */
        add_exit(side, ref + 2, ref, AH_ORDER_LIMIT)->price = ah_price_times(price, target_factor, price_tick);
}

/* Closes what there is and opens the other side. Refs come from the tick's sequence, so that no state
 * is needed to keep them apart, and a module that is swapped in does not repeat one. */
static void turn(const ah_header *tick, uint16_t side, int64_t price) {
    uint64_t ref = tick->sequence * 4;
    ah_view positions = ah_find(tick, AH_SECTION_POSITIONS);
    for (uint32_t i = 0; i < positions.count; i++) {
        const ah_position *p = AH_AT(ah_position, positions, i);
        if (p->instrument == INSTRUMENT && p->owner == AH_OWNER_AGENT && p->quantity != 0) {
            ah_close *c = ah_add_close(&output);
            c->instrument = INSTRUMENT;
            c->ref = ref + 3;
            c->size_kind = AH_SIZE_FRACTION;
            c->size = AH_FRACTION_ONE;
            break;
        }
    }
    ah_submit *entry = ah_add_submit(&output);
    entry->instrument = INSTRUMENT;
    entry->ref = ref;
    entry->side = side;
    entry->type = AH_ORDER_MARKET;
    entry->time_in_force = AH_TIME_GTC;
    entry->size_kind = AH_SIZE_FRACTION;
    entry->size = order_size;
    protect(side, ref, price);
}

/* Gives the chart both averages, rounded to the nearest price. */
static void show(uint32_t series, int64_t sum, int64_t n) {
    if (bars < n) return;
    ah_series *s = ah_add_series(&output);
    s->series = series;
    s->instrument = INSTRUMENT;
    s->value = (2 * sum + n) / (2 * n);
}

AH_EXPORT(strategy_tick) int64_t strategy_tick(const ah_header *tick, int32_t length) {
    (void)length;
    ah_begin(&output);
    ah_view instruments = ah_find(tick, AH_SECTION_INSTRUMENTS);
    if (instruments.count > INSTRUMENT) price_tick = AH_AT(ah_instrument, instruments, INSTRUMENT)->price_tick;
    ah_view view = ah_find(tick, AH_SECTION_BARS);
    uint16_t crossed = 0;
    int64_t last = 0;
    for (uint32_t i = 0; i < view.count; i++) {
        const ah_bar *bar = AH_AT(ah_bar, view, i);
        if (bar->instrument != INSTRUMENT || !(bar->flags & AH_BAR_CLOSED)) continue;
        uint16_t side = add(bar->close);
        if (side) crossed = side;
        last = bar->close;
    }
    if (crossed) turn(tick, crossed, last);
    if (last) {
        show(0, sum_fast, fast);
        show(1, sum_slow, slow);
    }
    return ah_end(&output);
}
