/* agenthost.h: what a strategy in C (or C++) needs to run in agenthost. ABI 1.0.
 *
 * One header, no library, no allocation. Build with
 *
 *   clang --target=wasm32 -O2 -nostdlib -ffreestanding -Wl,--no-entry -Wl,--strip-all \
 *         -I plugins/sdk/c -o my.wasm my.c
 *
 * abi/SPEC.md is the contract; ../../examples/sma-cross-c is a whole strategy. Structs and constants
 * between the two "generated" lines are written from package abi: do not change them by hand.
 */
#ifndef AGENTHOST_H
#define AGENTHOST_H

#include <stddef.h>
#include <stdint.h>

#define AH_VERSION 0x10000u
#define AH_MAGIC_TICK 0x4b544841u
#define AH_MAGIC_OUTPUT 0x554f4841u
#define AH_MAGIC_PARAMS 0x41504841u
#define AH_MAGIC_STATE 0x54534841u
#define AH_FRACTION_ONE INT64_C(100000000)
#define AH_NO_INSTRUMENT 0xffffffffu
#define AH_NO_CURRENCY 0xffffu

/* A string by its place in the strings of its block. */
typedef struct ah_string {
    uint32_t offset;
    uint32_t length;
} ah_string;

/* generated: c */
/* Trigger: Says why this tick happens. */
#define AH_TRIGGER_MARKET 1u /* Market data arrived: bars, quotes or trades are in their sections. */
#define AH_TRIGGER_TIMER 2u /* A timer of the strategy is due; Header.Timer names it. */
#define AH_TRIGGER_ORDER 3u /* Something became of an order; see the events. */
#define AH_TRIGGER_START 4u /* The first tick of an instance in this run. */
#define AH_TRIGGER_SWAPPED 5u /* The first tick of a module that took over from another. */
#define AH_TRIGGER_STOP 6u /* The agent is being stopped; the last tick of this run. */
#define AH_TRIGGER_MODE 7u /* Mode or permissions changed. */
#define AH_TRIGGER_OPERATOR 8u /* A person did something; see the events. */

/* Mode: How much the host lets the agent do; Permissions say it bit by bit. */
#define AH_MODE_FULL 1u /* Everything is allowed. */
#define AH_MODE_READ_ONLY 2u /* Reduce and cancel only. */
#define AH_MODE_OBSERVATION 3u /* Cancel only; exits are made by the host or a person. */
#define AH_MODE_SHUTDOWN 4u /* Nothing; the host flattens. */

/* Permission: A set of bits: what the agent may do in this tick. */
#define AH_PERMISSION_ADD 1u /* Orders that add risk are admitted. */
#define AH_PERMISSION_REDUCE 2u /* Orders that only reduce a position are admitted. */
#define AH_PERMISSION_CANCEL 4u /* Cancels are admitted. */
#define AH_PERMISSION_TICK 8u /* The strategy is called. */

/* TickFlag: A set of bits about the tick as a whole. */
#define AH_TICK_WARM_UP 1u /* History is being run through the strategy; its orders are dropped. */
#define AH_TICK_SHADOW 2u /* The strategy runs beside the trading one; its orders are dropped. */
#define AH_TICK_RECONCILED 4u /* Account and orders agree with the venue as of the account's time. */
#define AH_TICK_SWAPPED 8u /* This module took over from another in this run. */

/* Capability: A set of bits: what the agent's venue can do by itself. */
#define AH_CAPABILITY_SIZES_AT_FILL UINT64_C(1) /* A size given as a fraction is turned into units at the fill. */
#define AH_CAPABILITY_STOPS UINT64_C(2) /* Stop orders rest at the venue. */
#define AH_CAPABILITY_REDUCE_ONLY UINT64_C(4) /* The venue enforces reduce-only. */
#define AH_CAPABILITY_POST_ONLY UINT64_C(8) /* The venue enforces post-only. */
#define AH_CAPABILITY_REPLACE UINT64_C(16) /* An order is amended in place and keeps its id. */
#define AH_CAPABILITY_NOTIONAL UINT64_C(32) /* Sizes may be given as notional. */
#define AH_CAPABILITY_SHORT UINT64_C(64) /* Positions may be negative. */
#define AH_CAPABILITY_MARKET_ORDERS UINT64_C(128) /* There are market orders. */
#define AH_CAPABILITY_EXPIRY UINT64_C(256) /* GTD is enforced by the venue. */
#define AH_CAPABILITY_IMMEDIATE UINT64_C(512) /* IOC and FOK are enforced by the venue. */
#define AH_CAPABILITY_LOOKUP UINT64_C(1024) /* An order can be looked up by client order id. */
#define AH_CAPABILITY_DEDUPE_OPEN UINT64_C(2048) /* A client order id is refused twice while the order is open. */
#define AH_CAPABILITY_DEDUPE_WINDOW UINT64_C(4096) /* A client order id is refused twice within a time. */
#define AH_CAPABILITY_DEDUPE_FOREVER UINT64_C(8192) /* A client order id is refused twice for ever. */
#define AH_CAPABILITY_GROUPS UINT64_C(16384) /* The venue links orders (OCO, bracket) by itself. */

/* InstrumentKind: What kind of thing an instrument is. */
#define AH_INSTRUMENT_SPOT 1u /* One currency for another, delivered. */
#define AH_INSTRUMENT_EQUITY 2u /* A share. */
#define AH_INSTRUMENT_PERPETUAL 3u /* A perpetual swap with funding. */
#define AH_INSTRUMENT_FUTURE 4u /* A dated future. */
#define AH_INSTRUMENT_OPTION 5u /* An option. */
#define AH_INSTRUMENT_INDEX 6u /* A figure that cannot be traded. */

/* InstrumentStatus: Whether an instrument trades now. */
#define AH_STATUS_TRADING 1u /* Orders are taken. */
#define AH_STATUS_HALTED 2u /* The venue takes no orders for now. */
#define AH_STATUS_CLOSED 3u /* Out of session. */
#define AH_STATUS_REDUCE_ONLY 4u /* Only orders that reduce are taken. */
#define AH_STATUS_CANCEL_ONLY 5u /* Only cancels are taken. */
#define AH_STATUS_DELISTED 6u /* It will not trade again. */

/* BarFlag: A set of bits about one bar. */
#define AH_BAR_CLOSED 1u /* The bar is final. */
#define AH_BAR_AFTER_GAP 2u /* Bars are missing between the last one and this. */
#define AH_BAR_FLAGGED 4u /* Its prices contradict one another and the configuration lets it through. */

/* FeedFlag: A set of bits about the data of one instrument since the last tick. */
#define AH_FEED_GAP 1u /* Data is missing. */
#define AH_FEED_QUARANTINED 2u /* A bad bar, quote or trade was withheld. */
#define AH_FEED_OUT_OF_SESSION 4u /* The market is closed by its calendar. */
#define AH_FEED_STALE 8u /* Nothing came for longer than the feed's interval and session allow. */
#define AH_FEED_FLAGGED 16u /* A bar whose prices contradict one another was let through. */
#define AH_FEED_FALLBACK 32u /* The data comes from the second source. */

/* Owner: Says whose a position is. */
#define AH_OWNER_AGENT 1u /* This agent's. */
#define AH_OWNER_FOREIGN 2u /* In the account, but no agent of this host's. */

/* AccountFlag: A set of bits about account and positions. */
#define AH_ACCOUNT_RECONCILED 1u /* Agrees with the venue as of its time. */
#define AH_ACCOUNT_ESTIMATED 2u /* Some mark is missing or old; equity is an estimate. */

/* Side: The direction of an order, fill or trade. */
#define AH_SIDE_BUY 1u /* Adds to a long position or reduces a short one. */
#define AH_SIDE_SELL 2u /* Adds to a short position or reduces a long one. */

/* OrderType: How an order is to be filled. */
#define AH_ORDER_MARKET 1u /* At whatever price there is. */
#define AH_ORDER_LIMIT 2u /* At Price or better. */
#define AH_ORDER_STOP 3u /* At market once StopPrice trades. */
#define AH_ORDER_STOP_LIMIT 4u /* At Price or better once StopPrice trades. */
#define AH_ORDER_TAKE_PROFIT 5u /* Reserved; a v1 host denies it as unsupported. */
#define AH_ORDER_TRAILING 6u /* Reserved; a v1 host denies it as unsupported. */

/* TimeInForce: How long an order rests. */
#define AH_TIME_GTC 1u /* Until cancelled. */
#define AH_TIME_IOC 2u /* What cannot be filled at once is cancelled. */
#define AH_TIME_FOK 3u /* All at once or nothing. */
#define AH_TIME_GTD 4u /* Until ExpireTime. */
#define AH_TIME_DAY 5u /* Until the session ends. */

/* SizeKind: What the number Size of an order counts. */
#define AH_SIZE_UNITS 1u /* Units of the instrument, by its quantity decimals. */
#define AH_SIZE_NOTIONAL 2u /* Money in the quote currency, by its decimals. */
#define AH_SIZE_FRACTION 3u /* 1e-8 of the margin available (of the position, in a close); 100000000 is all of it. */

/* OrderFlag: A set of bits about an order. */
#define AH_ORDER_POST_ONLY 1u /* Never takes; refused if it would. */
#define AH_ORDER_REDUCE_ONLY 2u /* Never opens or turns a position. */

/* GroupKind: How the orders of one group hang together. All are reserved in v1. */
#define AH_GROUP_NONE 0u /* The order stands alone. */
#define AH_GROUP_OCO 1u /* Reserved; one cancels the other. */
#define AH_GROUP_BRACKET 2u /* Reserved; entry, stop and target as one. */

/* OrderState: Where an order stands. */
#define AH_STATE_PENDING 1u /* Admitted and durable, not sent yet. */
#define AH_STATE_IN_FLIGHT 2u /* Sent, no answer yet. */
#define AH_STATE_OPEN 3u /* Accepted and resting. */
#define AH_STATE_PARTIAL 4u /* Accepted, partly filled. */
#define AH_STATE_CANCEL_PENDING 5u /* A cancel is on its way. */
#define AH_STATE_REPLACE_PENDING 6u /* A replace is on its way. */
#define AH_STATE_UNKNOWN 7u /* Sent, and nobody knows yet what became of it; the host is asking. */
#define AH_STATE_CONTINGENT 8u /* Held by the host until its parent fills. */
#define AH_STATE_FILLED 16u /* Final: filled completely. */
#define AH_STATE_CANCELLED 17u /* Final: cancelled. */
#define AH_STATE_EXPIRED 18u /* Final: its time ran out. */
#define AH_STATE_REJECTED 19u /* Final: refused by the venue. */
#define AH_STATE_DENIED 20u /* Final: refused by the host. */

/* LogLevel: The level of a line of agenthost.log. A host takes levels that it does not know as info. */
#define AH_LOG_DEBUG 1u /* For the author. */
#define AH_LOG_INFO 2u /* Good to know. */
#define AH_LOG_WARN 3u /* Should be looked at. */
#define AH_LOG_ERROR 4u /* Something failed. */

/* EventKind: What happened. */
#define AH_EVENT_ACCEPTED 1u /* The venue took the order. */
#define AH_EVENT_REJECTED 2u /* The venue refused it; Code is a RejectCode, Text the venue's words. */
#define AH_EVENT_DENIED 3u /* The host refused it; Code is a DenyCode, Found and Allowed the numbers. */
#define AH_EVENT_FILL 4u /* Quantity at Price, with TradeID, Fee and Currency. */
#define AH_EVENT_CANCELLED 5u /* The order is gone; Code is a CancelCode. */
#define AH_EVENT_EXPIRED 6u /* Its time ran out; Code is an ExpireCode. */
#define AH_EVENT_REPLACED 7u /* The order now has Price and Quantity. */
#define AH_EVENT_SETTLED 8u /* An Unknown order was found out; Code is its OrderState. */
#define AH_EVENT_DEAD_LETTER 9u /* An order or cancel was given up for a person to decide. */
#define AH_EVENT_FEE 10u /* Amount was charged apart from a fill. */
#define AH_EVENT_FUNDING 11u /* Amount was paid for holding a position; negative is paid out. */
#define AH_EVENT_TRANSFER 12u /* Amount came into the account; negative went out. */
#define AH_EVENT_LIQUIDATION 13u /* The venue closed Quantity at Price by force. */

/* EventFlag: A set of bits about one event. */
#define AH_EVENT_MAKER 1u /* The fill gave liquidity. */
#define AH_EVENT_LATE 2u /* The fill came after a final state. */
#define AH_EVENT_FINAL 4u /* Nothing of the order remains open after this event. */

/* DenyCode: Why the host refused an intent. Found and Allowed of the event carry the two numbers. */
#define AH_DENY_UNSUPPORTED 1u /* A reserved type, group or size that this host or venue does not have. */
#define AH_DENY_UNKNOWN_INSTRUMENT 2u /* Found is the number asked for, Allowed how many there are. */
#define AH_DENY_UNKNOWN_ORDER 3u /* No open order of this agent has that ref or id. */
#define AH_DENY_DUPLICATE_REF 4u /* An open order already has this ref. */
#define AH_DENY_UNKNOWN_PARENT 5u /* parent_ref names no open order of this agent on the other side of the same instrument. */
#define AH_DENY_MODE 6u /* Permissions do not allow it; Found is what is needed, Allowed what is given. */
#define AH_DENY_PRICE 7u /* A price is missing, not positive, or where there must be none. */
#define AH_DENY_PRICE_TICK 8u /* The price is no multiple of the tick. */
#define AH_DENY_PRICE_COLLAR 9u /* The price is too far from the market. */
#define AH_DENY_SIZE 10u /* The size is not positive, or a fraction is above one. */
#define AH_DENY_LOT 11u /* The quantity is no multiple of the lot. */
#define AH_DENY_QUANTITY_MIN 12u /* Below the venue's least quantity. */
#define AH_DENY_QUANTITY_MAX 13u /* Above the venue's or the agent's greatest quantity. */
#define AH_DENY_NOTIONAL_MIN 14u /* Below the venue's least notional. */
#define AH_DENY_NOTIONAL_MAX 15u /* Above the agent's greatest notional of one order. */
#define AH_DENY_POSITION 16u /* The position would exceed its limit. */
#define AH_DENY_EXPOSURE 17u /* The exposure of agent, account or host would exceed its limit. */
#define AH_DENY_MARGIN 18u /* Not enough margin or money is free. */
#define AH_DENY_OPEN_ORDERS 19u /* Too many open orders. */
#define AH_DENY_RATE 20u /* Too many orders in a span of time. */
#define AH_DENY_DRAWDOWN 21u /* Drawdown or the day's loss is at its limit. */
#define AH_DENY_REDUCE_ONLY 22u /* There is no position to reduce, or less than asked. */
#define AH_DENY_SELF_TRADE 23u /* It would cross an order of a sibling on the same account. */
#define AH_DENY_UNKNOWN_PENDING 24u /* An order of this instrument is Unknown; nothing that adds goes out. */
#define AH_DENY_BREAKER 25u /* The venue's breaker is open; not sent. */
#define AH_DENY_STALE 26u /* The instrument's data is too old or its health unknown. */
#define AH_DENY_STATUS 27u /* The instrument does not trade now. */
#define AH_DENY_VALID_UNTIL 28u /* valid_until or expire_time is already past, or missing where it is needed. */
#define AH_DENY_TIME_IN_FORCE 29u /* This time in force does not go with the type or the venue. */
#define AH_DENY_OVERFLOW 30u /* A product does not fit its number. */
#define AH_DENY_NOTHING_TO_CLOSE 31u /* A close without a position, or all of it is being closed already. */
#define AH_DENY_SPACE 32u /* The journal is low on space; only reducing is admitted. */
#define AH_DENY_TIMER 33u /* Too many timers, or an interval below the least allowed. */
#define AH_DENY_QUARANTINE 34u /* The agent failed too often; close-only until a person acts. */
#define AH_DENY_DUST 35u /* What remains is below the venue's minimum and cannot be sent. */

/* RejectCode: Why a venue refused an order, as far as the host could tell. */
#define AH_REJECT_OTHER 1u /* See the text. */
#define AH_REJECT_FUNDS 2u /* Not enough money or margin. */
#define AH_REJECT_PRICE 3u /* Price outside of the venue's filters. */
#define AH_REJECT_QUANTITY 4u /* Quantity outside of the venue's filters. */
#define AH_REJECT_NOTIONAL 5u /* Notional outside of the venue's filters. */
#define AH_REJECT_POST_ONLY 6u /* It would have taken. */
#define AH_REJECT_REDUCE_ONLY 7u /* Nothing to reduce. */
#define AH_REJECT_HALTED 8u /* The instrument does not trade. */
#define AH_REJECT_DUPLICATE 9u /* The client order id was used before. */
#define AH_REJECT_PERMISSION 10u /* The account may not. */
#define AH_REJECT_RATE 11u /* Too many requests. */
#define AH_REJECT_TRIGGER 12u /* The stop would trigger at once. */
#define AH_REJECT_TYPE 13u /* The venue has no such order. */

/* CancelCode: Why an order was cancelled. */
#define AH_CANCEL_BY_STRATEGY 1u /* The strategy asked. */
#define AH_CANCEL_BY_HOST 2u /* The host: mode, shutdown, swap or stop. */
#define AH_CANCEL_BY_OPERATOR 3u /* A person. */
#define AH_CANCEL_BY_VENUE 4u /* The venue, for reasons of its own. */
#define AH_CANCEL_PARENT_DONE 5u /* The parent's position is closed, or the parent never filled. */
#define AH_CANCEL_IMMEDIATE 6u /* The rest of an IOC or FOK order. */
#define AH_CANCEL_UNFILLABLE 7u /* Sized at the fill: zero units, or more than the margin. */
#define AH_CANCEL_EXCLUSIVE 8u /* A newer order took its place at a venue with exclusive orders. */
#define AH_CANCEL_GROUP_FILLED 9u /* Another order of its group filled. */

/* ExpireCode: Which time ran out. */
#define AH_EXPIRE_TIME_IN_FORCE 1u /* GTD or DAY, at the venue. */
#define AH_EXPIRE_UNSENT 2u /* valid_until passed before the order was sent; it never reached the venue. */

/* SectionKind: Tells the sections of a tick apart. Guests skip kinds that they do not know. */
#define AH_SECTION_STRINGS 1u /* Bytes of UTF-8 that string references point into. */
#define AH_SECTION_CURRENCIES 2u /* Currency records; others refer to them by index. */
#define AH_SECTION_INSTRUMENTS 3u /* Instrument records; the id is the index. */
#define AH_SECTION_BARS 4u /* Bar records: those that closed, or changed, with this event. */
#define AH_SECTION_QUOTES 5u /* Quote records. */
#define AH_SECTION_TRADES 6u /* Trade records. */
#define AH_SECTION_BOOK_LEVELS 7u /* Reserved. */
#define AH_SECTION_FEED_HEALTH 8u /* FeedHealth records, one for each instrument. */
#define AH_SECTION_BALANCES 9u /* Balance records, one for each currency held; complete. */
#define AH_SECTION_ACCOUNT 10u /* One Account record. */
#define AH_SECTION_POSITIONS 11u /* Position records; complete. */
#define AH_SECTION_OPEN_ORDERS 12u /* OpenOrder records; complete. */
#define AH_SECTION_EVENTS 13u /* Event records since the last successful tick, oldest first. */

/* IntentKind: Tells the records of an output apart. */
#define AH_INTENT_SUBMIT 1u /* A new order. */
#define AH_INTENT_CANCEL 2u /* Cancel one order. */
#define AH_INTENT_CANCEL_ALL 3u /* Cancel the agent's own orders of an instrument, or all. */
#define AH_INTENT_REPLACE 4u /* Change price, stop price or quantity of an order. */
#define AH_INTENT_CLOSE 5u /* Close the agent's own position, or a part of it, at market. */
#define AH_INTENT_TIMER 6u /* Set or stop a timer. */
#define AH_INTENT_SERIES 7u /* A value that a chart can show. */
#define AH_INTENT_ALERT 8u /* Words for a person. */

/* ReplaceField: A set of bits: what a replace changes. The rest stays as it is. */
#define AH_REPLACE_PRICE 1u /* Price is new. */
#define AH_REPLACE_STOP_PRICE 2u /* StopPrice is new. */
#define AH_REPLACE_QUANTITY 4u /* Quantity is new. */

/* TimerAction: What to do with a timer. */
#define AH_TIMER_AT 1u /* Tick once at Time. */
#define AH_TIMER_EVERY 2u /* Tick at Time and then every Interval. */
#define AH_TIMER_OFF 3u /* Stop the timer. */

/* AlertLevel: How much an alert matters. */
#define AH_ALERT_INFO 1u /* Good to know. */
#define AH_ALERT_WARNING 2u /* Should be looked at. */
#define AH_ALERT_CRITICAL 3u /* Must be looked at now. */

/* ParameterType: The type of a declared parameter. */
#define AH_PARAMETER_INTEGER 1u /* Value is an int64. */
#define AH_PARAMETER_DECIMAL 2u /* Value is an int64 in 1e-8. */
#define AH_PARAMETER_BOOLEAN 3u /* Value is 0 or 1. */
#define AH_PARAMETER_DURATION 4u /* Value is nanoseconds. */
#define AH_PARAMETER_TEXT 5u /* Text is the value; Value is 0. */

/* Begins each tick. */
typedef struct ah_header {
    uint32_t magic;              /*   0: "AHTK"; set by the writer. */
    uint32_t version;            /*   4: ABI version of the writer, major<<16 | minor; set by the writer. */
    uint32_t size;               /*   8: Bytes of the whole tick; set by the writer. */
    uint16_t header_size;        /*  12: Bytes of this header; set by the writer. */
    uint16_t section_count;      /*  14: Entries in the section directory; set by the writer. */
    uint32_t directory_offset;   /*  16: Where the section directory is, from the start of the tick; set by the writer. */
    uint16_t trigger;            /*  20: Why this tick happens. */
    uint16_t mode;               /*  22: How much the host lets the agent do. */
    uint64_t sequence;           /*  24: Number of the event in the agent's stream; grows, not always by one. */
    int64_t time;                /*  32: Now, for everything the strategy does; never goes back. */
    int64_t received;            /*  40: When the host received the event; in recorded runs the same as Time. */
    uint32_t permissions;        /*  48: What may be asked for in this tick. */
    uint32_t flags;              /*  52: Warm-up, shadow, reconciled, swapped. */
    uint64_t fuel;               /*  56: Units of fuel for this tick; zero means that nothing counts. */
    uint64_t seed;               /*  64: Seed for this tick's randomness, the same in each replay. */
    uint64_t events_dropped;     /*  72: Events that did not fit since the last successful tick. */
    uint64_t venue_capabilities; /*  80: What the agent's venue can do by itself. */
    uint64_t timer;              /*  88: The timer that is due, if the trigger is timer; else zero. */
} ah_header;
_Static_assert(sizeof(ah_header) == 96, "ah_header");
_Static_assert(offsetof(ah_header, magic) == 0, "ah_header.magic");
_Static_assert(offsetof(ah_header, version) == 4, "ah_header.version");
_Static_assert(offsetof(ah_header, size) == 8, "ah_header.size");
_Static_assert(offsetof(ah_header, header_size) == 12, "ah_header.header_size");
_Static_assert(offsetof(ah_header, section_count) == 14, "ah_header.section_count");
_Static_assert(offsetof(ah_header, directory_offset) == 16, "ah_header.directory_offset");
_Static_assert(offsetof(ah_header, trigger) == 20, "ah_header.trigger");
_Static_assert(offsetof(ah_header, mode) == 22, "ah_header.mode");
_Static_assert(offsetof(ah_header, sequence) == 24, "ah_header.sequence");
_Static_assert(offsetof(ah_header, time) == 32, "ah_header.time");
_Static_assert(offsetof(ah_header, received) == 40, "ah_header.received");
_Static_assert(offsetof(ah_header, permissions) == 48, "ah_header.permissions");
_Static_assert(offsetof(ah_header, flags) == 52, "ah_header.flags");
_Static_assert(offsetof(ah_header, fuel) == 56, "ah_header.fuel");
_Static_assert(offsetof(ah_header, seed) == 64, "ah_header.seed");
_Static_assert(offsetof(ah_header, events_dropped) == 72, "ah_header.events_dropped");
_Static_assert(offsetof(ah_header, venue_capabilities) == 80, "ah_header.venue_capabilities");
_Static_assert(offsetof(ah_header, timer) == 88, "ah_header.timer");

/* One entry of the section directory. Entries ascend by kind, and empty sections have none. */
typedef struct ah_section {
    uint16_t kind;               /*   0: What the records are. */
    uint16_t stride;             /*   2: Bytes from one record to the next; 1 for strings. */
    uint32_t count;              /*   4: Records in the section. */
    uint32_t offset;             /*   8: The first record, from the start of the tick; a multiple of 8. */
} ah_section;
_Static_assert(sizeof(ah_section) == 12, "ah_section");
_Static_assert(offsetof(ah_section, kind) == 0, "ah_section.kind");
_Static_assert(offsetof(ah_section, stride) == 2, "ah_section.stride");
_Static_assert(offsetof(ah_section, count) == 4, "ah_section.count");
_Static_assert(offsetof(ah_section, offset) == 8, "ah_section.offset");

/* Money of one kind. */
typedef struct ah_currency {
    ah_string name;              /*   0: Its code, such as USD. */
    uint16_t decimals;           /*   8: Money in it counts 10^-Decimals. */
    uint16_t reserved0;          /*  10: Zero. */
    uint32_t reserved1;          /*  12: Zero. */
} ah_currency;
_Static_assert(sizeof(ah_currency) == 16, "ah_currency");
_Static_assert(offsetof(ah_currency, name) == 0, "ah_currency.name");
_Static_assert(offsetof(ah_currency, decimals) == 8, "ah_currency.decimals");
_Static_assert(offsetof(ah_currency, reserved0) == 10, "ah_currency.reserved0");
_Static_assert(offsetof(ah_currency, reserved1) == 12, "ah_currency.reserved1");

/* One thing that the agent may see or trade. */
typedef struct ah_instrument {
    uint32_t id;                 /*   0: Its place in the agent's own list, from 0; the same for a whole run. */
    uint16_t kind;               /*   4: Spot, share, perpetual and so on. */
    uint16_t status;             /*   6: Whether it trades now. */
    ah_string name;              /*   8: Its name in the configuration. */
    uint16_t base;               /*  16: Index of the currency that is bought; 65535 means none (a share). */
    uint16_t quote;              /*  18: Index of the currency that prices are in. */
    uint16_t settle;             /*  20: Index of the currency that profit and loss are in. */
    uint8_t price_decimals;      /*  22: Prices count 10^-PriceDecimals. */
    uint8_t quantity_decimals;   /*  23: Quantities count 10^-QuantityDecimals. */
    int64_t price_tick;          /*  24: Prices of orders are multiples of it; at least 1. */
    int64_t quantity_lot;        /*  32: Quantities of orders are multiples of it; at least 1. */
    int64_t quantity_min;        /*  40: Least quantity of an order; 0 means none. */
    int64_t quantity_max;        /*  48: Greatest quantity of an order; 0 means none. */
    int64_t notional_min;        /*  56: Least notional of an order in the quote currency; 0 means none. */
    int64_t notional_max;        /*  64: Greatest notional of an order in the quote currency; 0 means none. */
    int64_t multiplier;          /*  72: Units of the base behind a quantity of one, in 1e-8; 100000000 is one. */
    int64_t fee_maker;           /*  80: Fraction of the notional, for fills that give liquidity. */
    int64_t fee_taker;           /*  88: Fraction of the notional, for fills that take it. */
    int64_t fee_fixed;           /*  96: Money in the settle currency, for each order. */
    int64_t margin_initial;      /* 104: Margin as a fraction of the notional; 100000000 means no leverage. */
} ah_instrument;
_Static_assert(sizeof(ah_instrument) == 112, "ah_instrument");
_Static_assert(offsetof(ah_instrument, id) == 0, "ah_instrument.id");
_Static_assert(offsetof(ah_instrument, kind) == 4, "ah_instrument.kind");
_Static_assert(offsetof(ah_instrument, status) == 6, "ah_instrument.status");
_Static_assert(offsetof(ah_instrument, name) == 8, "ah_instrument.name");
_Static_assert(offsetof(ah_instrument, base) == 16, "ah_instrument.base");
_Static_assert(offsetof(ah_instrument, quote) == 18, "ah_instrument.quote");
_Static_assert(offsetof(ah_instrument, settle) == 20, "ah_instrument.settle");
_Static_assert(offsetof(ah_instrument, price_decimals) == 22, "ah_instrument.price_decimals");
_Static_assert(offsetof(ah_instrument, quantity_decimals) == 23, "ah_instrument.quantity_decimals");
_Static_assert(offsetof(ah_instrument, price_tick) == 24, "ah_instrument.price_tick");
_Static_assert(offsetof(ah_instrument, quantity_lot) == 32, "ah_instrument.quantity_lot");
_Static_assert(offsetof(ah_instrument, quantity_min) == 40, "ah_instrument.quantity_min");
_Static_assert(offsetof(ah_instrument, quantity_max) == 48, "ah_instrument.quantity_max");
_Static_assert(offsetof(ah_instrument, notional_min) == 56, "ah_instrument.notional_min");
_Static_assert(offsetof(ah_instrument, notional_max) == 64, "ah_instrument.notional_max");
_Static_assert(offsetof(ah_instrument, multiplier) == 72, "ah_instrument.multiplier");
_Static_assert(offsetof(ah_instrument, fee_maker) == 80, "ah_instrument.fee_maker");
_Static_assert(offsetof(ah_instrument, fee_taker) == 88, "ah_instrument.fee_taker");
_Static_assert(offsetof(ah_instrument, fee_fixed) == 96, "ah_instrument.fee_fixed");
_Static_assert(offsetof(ah_instrument, margin_initial) == 104, "ah_instrument.margin_initial");

/* Open, high, low, close and volume of a span of time. */
typedef struct ah_bar {
    uint32_t instrument;         /*   0: Number of the instrument. */
    uint32_t flags;              /*   4: Closed, after a gap, flagged. */
    int64_t interval;            /*   8: Length of the span in nanoseconds. */
    int64_t open_time;           /*  16: Start of the span. */
    int64_t close_time;          /*  24: End of the span; a closed bar is known from here on. */
    int64_t open;                /*  32: First price. */
    int64_t high;                /*  40: Highest price. */
    int64_t low;                 /*  48: Lowest price. */
    int64_t close;               /*  56: Last price. */
    int64_t volume;              /*  64: Quantity traded; 0 if the feed has none. */
} ah_bar;
_Static_assert(sizeof(ah_bar) == 72, "ah_bar");
_Static_assert(offsetof(ah_bar, instrument) == 0, "ah_bar.instrument");
_Static_assert(offsetof(ah_bar, flags) == 4, "ah_bar.flags");
_Static_assert(offsetof(ah_bar, interval) == 8, "ah_bar.interval");
_Static_assert(offsetof(ah_bar, open_time) == 16, "ah_bar.open_time");
_Static_assert(offsetof(ah_bar, close_time) == 24, "ah_bar.close_time");
_Static_assert(offsetof(ah_bar, open) == 32, "ah_bar.open");
_Static_assert(offsetof(ah_bar, high) == 40, "ah_bar.high");
_Static_assert(offsetof(ah_bar, low) == 48, "ah_bar.low");
_Static_assert(offsetof(ah_bar, close) == 56, "ah_bar.close");
_Static_assert(offsetof(ah_bar, volume) == 64, "ah_bar.volume");

/* The best bid and ask. */
typedef struct ah_quote {
    uint32_t instrument;         /*   0: Number of the instrument. */
    uint32_t reserved0;          /*   4: Zero. */
    int64_t time;                /*   8: When it was made, by the venue's clock. */
    int64_t bid_price;           /*  16: Best bid; 0 means none. */
    int64_t bid_quantity;        /*  24: Quantity at the best bid. */
    int64_t ask_price;           /*  32: Best ask; 0 means none. */
    int64_t ask_quantity;        /*  40: Quantity at the best ask. */
} ah_quote;
_Static_assert(sizeof(ah_quote) == 48, "ah_quote");
_Static_assert(offsetof(ah_quote, instrument) == 0, "ah_quote.instrument");
_Static_assert(offsetof(ah_quote, reserved0) == 4, "ah_quote.reserved0");
_Static_assert(offsetof(ah_quote, time) == 8, "ah_quote.time");
_Static_assert(offsetof(ah_quote, bid_price) == 16, "ah_quote.bid_price");
_Static_assert(offsetof(ah_quote, bid_quantity) == 24, "ah_quote.bid_quantity");
_Static_assert(offsetof(ah_quote, ask_price) == 32, "ah_quote.ask_price");
_Static_assert(offsetof(ah_quote, ask_quantity) == 40, "ah_quote.ask_quantity");

/* One public trade. */
typedef struct ah_trade {
    uint32_t instrument;         /*   0: Number of the instrument. */
    uint16_t side;               /*   4: Of who took; 0 if not told. */
    uint16_t reserved0;          /*   6: Zero. */
    int64_t time;                /*   8: When it happened, by the venue's clock. */
    int64_t price;               /*  16: Price. */
    int64_t quantity;            /*  24: Quantity. */
} ah_trade;
_Static_assert(sizeof(ah_trade) == 32, "ah_trade");
_Static_assert(offsetof(ah_trade, instrument) == 0, "ah_trade.instrument");
_Static_assert(offsetof(ah_trade, side) == 4, "ah_trade.side");
_Static_assert(offsetof(ah_trade, reserved0) == 6, "ah_trade.reserved0");
_Static_assert(offsetof(ah_trade, time) == 8, "ah_trade.time");
_Static_assert(offsetof(ah_trade, price) == 16, "ah_trade.price");
_Static_assert(offsetof(ah_trade, quantity) == 24, "ah_trade.quantity");

/* How well the data of one instrument can be trusted. */
typedef struct ah_feed_health {
    uint32_t instrument;         /*   0: Number of the instrument. */
    uint32_t flags;              /*   4: What was wrong since the last tick. */
    int64_t age;                 /*   8: Nanoseconds since the newest data; -1 if there was none yet. */
    int64_t interval;            /*  16: Nanoseconds between data when all is well; 0 if there is no rule. */
    uint64_t withheld;           /*  24: Bad bars, quotes and trades withheld since the run began. */
    uint64_t gaps;               /*  32: Gaps since the run began. */
} ah_feed_health;
_Static_assert(sizeof(ah_feed_health) == 40, "ah_feed_health");
_Static_assert(offsetof(ah_feed_health, instrument) == 0, "ah_feed_health.instrument");
_Static_assert(offsetof(ah_feed_health, flags) == 4, "ah_feed_health.flags");
_Static_assert(offsetof(ah_feed_health, age) == 8, "ah_feed_health.age");
_Static_assert(offsetof(ah_feed_health, interval) == 16, "ah_feed_health.interval");
_Static_assert(offsetof(ah_feed_health, withheld) == 24, "ah_feed_health.withheld");
_Static_assert(offsetof(ah_feed_health, gaps) == 32, "ah_feed_health.gaps");

/* What the account holds of one currency. */
typedef struct ah_balance {
    uint16_t currency;           /*   0: Index of the currency. */
    uint16_t reserved0;          /*   2: Zero. */
    uint32_t reserved1;          /*   4: Zero. */
    int64_t total;               /*   8: All of it. */
    int64_t free;                /*  16: What can be used. */
    int64_t locked;              /*  24: What orders and margin hold. */
} ah_balance;
_Static_assert(sizeof(ah_balance) == 32, "ah_balance");
_Static_assert(offsetof(ah_balance, currency) == 0, "ah_balance.currency");
_Static_assert(offsetof(ah_balance, reserved0) == 2, "ah_balance.reserved0");
_Static_assert(offsetof(ah_balance, reserved1) == 4, "ah_balance.reserved1");
_Static_assert(offsetof(ah_balance, total) == 8, "ah_balance.total");
_Static_assert(offsetof(ah_balance, free) == 16, "ah_balance.free");
_Static_assert(offsetof(ah_balance, locked) == 24, "ah_balance.locked");

/* The agent's account as a whole. */
typedef struct ah_account {
    uint16_t currency;           /*   0: Index of the currency that all of this is in. */
    uint16_t reserved0;          /*   2: Zero. */
    uint32_t flags;              /*   4: Reconciled, estimated. */
    int64_t equity;              /*   8: Money plus the value of positions at their marks. */
    int64_t peak;                /*  16: Highest equity; deposits and withdrawals move it. */
    int64_t drawdown;            /*  24: Fraction of the peak that is lost now, 0 to 100000000. */
    int64_t day_pnl;             /*  32: Profit or loss since the day began. */
    int64_t capital;             /*  40: Money given to this agent by its operator. */
    int64_t margin_used;         /*  48: Margin that positions and orders hold. */
    int64_t margin_available;    /*  56: Margin that a size given as a fraction is a fraction of. */
    int64_t realised;            /*  64: Realised profit or loss since the run began, fees taken off. */
    int64_t fees;                /*  72: Fees since the run began. */
    int64_t as_of;               /*  80: When this was so. */
} ah_account;
_Static_assert(sizeof(ah_account) == 88, "ah_account");
_Static_assert(offsetof(ah_account, currency) == 0, "ah_account.currency");
_Static_assert(offsetof(ah_account, reserved0) == 2, "ah_account.reserved0");
_Static_assert(offsetof(ah_account, flags) == 4, "ah_account.flags");
_Static_assert(offsetof(ah_account, equity) == 8, "ah_account.equity");
_Static_assert(offsetof(ah_account, peak) == 16, "ah_account.peak");
_Static_assert(offsetof(ah_account, drawdown) == 24, "ah_account.drawdown");
_Static_assert(offsetof(ah_account, day_pnl) == 32, "ah_account.day_pnl");
_Static_assert(offsetof(ah_account, capital) == 40, "ah_account.capital");
_Static_assert(offsetof(ah_account, margin_used) == 48, "ah_account.margin_used");
_Static_assert(offsetof(ah_account, margin_available) == 56, "ah_account.margin_available");
_Static_assert(offsetof(ah_account, realised) == 64, "ah_account.realised");
_Static_assert(offsetof(ah_account, fees) == 72, "ah_account.fees");
_Static_assert(offsetof(ah_account, as_of) == 80, "ah_account.as_of");

/* What is held of one instrument. */
typedef struct ah_position {
    uint32_t instrument;         /*   0: Number of the instrument. */
    uint16_t owner;              /*   4: This agent's or foreign. */
    uint16_t flags;              /*   6: Zero in v1. */
    int64_t quantity;            /*   8: Signed; negative is short. */
    int64_t average_price;       /*  16: Average entry price, rounded half to even. */
    int64_t mark_price;          /*  24: Price that the position is valued at; 0 if there is none yet. */
    int64_t realised;            /*  32: Realised profit or loss in the settle currency, fees taken off. */
    int64_t unrealised;          /*  40: Profit or loss at the mark, in the settle currency. */
    int64_t liquidation_price;   /*  48: Where the venue would close it; 0 if it would not or does not say. */
    int64_t open_time;           /*  56: When the position left zero. */
} ah_position;
_Static_assert(sizeof(ah_position) == 64, "ah_position");
_Static_assert(offsetof(ah_position, instrument) == 0, "ah_position.instrument");
_Static_assert(offsetof(ah_position, owner) == 4, "ah_position.owner");
_Static_assert(offsetof(ah_position, flags) == 6, "ah_position.flags");
_Static_assert(offsetof(ah_position, quantity) == 8, "ah_position.quantity");
_Static_assert(offsetof(ah_position, average_price) == 16, "ah_position.average_price");
_Static_assert(offsetof(ah_position, mark_price) == 24, "ah_position.mark_price");
_Static_assert(offsetof(ah_position, realised) == 32, "ah_position.realised");
_Static_assert(offsetof(ah_position, unrealised) == 40, "ah_position.unrealised");
_Static_assert(offsetof(ah_position, liquidation_price) == 48, "ah_position.liquidation_price");
_Static_assert(offsetof(ah_position, open_time) == 56, "ah_position.open_time");

/* An order that is not final. */
typedef struct ah_open_order {
    uint8_t id[16];              /*   0: Client order id. */
    uint64_t ref;                /*  16: The guest's own number for it; 0 if it has none. */
    uint64_t parent_ref;         /*  24: Ref of the order that it is contingent on; 0 if it stands alone. */
    uint32_t instrument;         /*  32: Number of the instrument. */
    uint16_t state;              /*  36: Where it stands. */
    uint16_t type;               /*  38: Market, limit, stop, stop-limit. */
    uint16_t side;               /*  40: Buy or sell. */
    uint16_t time_in_force;      /*  42: How long it rests. */
    uint32_t flags;              /*  44: Post-only, reduce-only. */
    uint16_t size_kind;          /*  48: What Size counts. */
    uint16_t reserved0;          /*  50: Zero. */
    uint32_t reserved1;          /*  52: Zero. */
    int64_t size;                /*  56: As the guest asked. */
    int64_t quantity;            /*  64: In units; 0 while it is to be sized at the fill. */
    int64_t filled;              /*  72: Units filled. */
    int64_t remaining;           /*  80: Units that may still fill. */
    int64_t price;               /*  88: Limit price; 0 if it has none. */
    int64_t stop_price;          /*  96: Stop price; 0 if it has none. */
    int64_t average_price;       /* 104: Average price of what is filled, rounded half to even; 0 if nothing is. */
    int64_t create_time;         /* 112: When it was admitted; its age is Time less this. */
    int64_t expire_time;         /* 120: End of a GTD order; else 0. */
    ah_string tag;               /* 128: The guest's own words. */
} ah_open_order;
_Static_assert(sizeof(ah_open_order) == 136, "ah_open_order");
_Static_assert(offsetof(ah_open_order, id) == 0, "ah_open_order.id");
_Static_assert(offsetof(ah_open_order, ref) == 16, "ah_open_order.ref");
_Static_assert(offsetof(ah_open_order, parent_ref) == 24, "ah_open_order.parent_ref");
_Static_assert(offsetof(ah_open_order, instrument) == 32, "ah_open_order.instrument");
_Static_assert(offsetof(ah_open_order, state) == 36, "ah_open_order.state");
_Static_assert(offsetof(ah_open_order, type) == 38, "ah_open_order.type");
_Static_assert(offsetof(ah_open_order, side) == 40, "ah_open_order.side");
_Static_assert(offsetof(ah_open_order, time_in_force) == 42, "ah_open_order.time_in_force");
_Static_assert(offsetof(ah_open_order, flags) == 44, "ah_open_order.flags");
_Static_assert(offsetof(ah_open_order, size_kind) == 48, "ah_open_order.size_kind");
_Static_assert(offsetof(ah_open_order, reserved0) == 50, "ah_open_order.reserved0");
_Static_assert(offsetof(ah_open_order, reserved1) == 52, "ah_open_order.reserved1");
_Static_assert(offsetof(ah_open_order, size) == 56, "ah_open_order.size");
_Static_assert(offsetof(ah_open_order, quantity) == 64, "ah_open_order.quantity");
_Static_assert(offsetof(ah_open_order, filled) == 72, "ah_open_order.filled");
_Static_assert(offsetof(ah_open_order, remaining) == 80, "ah_open_order.remaining");
_Static_assert(offsetof(ah_open_order, price) == 88, "ah_open_order.price");
_Static_assert(offsetof(ah_open_order, stop_price) == 96, "ah_open_order.stop_price");
_Static_assert(offsetof(ah_open_order, average_price) == 104, "ah_open_order.average_price");
_Static_assert(offsetof(ah_open_order, create_time) == 112, "ah_open_order.create_time");
_Static_assert(offsetof(ah_open_order, expire_time) == 120, "ah_open_order.expire_time");
_Static_assert(offsetof(ah_open_order, tag) == 128, "ah_open_order.tag");

/* Something that happened since the last successful tick. */
typedef struct ah_event {
    uint16_t kind;               /*   0: What happened. */
    uint16_t code;               /*   2: Why, by kind: DenyCode, RejectCode, CancelCode, ExpireCode, OrderState; else 0. */
    uint32_t instrument;         /*   4: Number of the instrument; 4294967295 means none. */
    uint8_t id[16];              /*   8: Client order id; zeros if it is about no order. */
    uint64_t ref;                /*  24: The guest's own number of the order; 0 if it has none. */
    int64_t time;                /*  32: When it happened. */
    uint16_t side;               /*  40: Of the order or fill; 0 if it has none. */
    uint16_t currency;           /*  42: Index of the currency of Fee and Amount; 65535 means none. */
    uint32_t flags;              /*  44: Maker, late, final. */
    int64_t quantity;            /*  48: Of the fill, or the order's new quantity. */
    int64_t price;               /*  56: Of the fill, or the order's new price. */
    int64_t fee;                 /*  64: Of the fill; negative is a rebate. */
    int64_t amount;              /*  72: Of a fee, funding or transfer; signed as money for the account, so a fee is negative. */
    int64_t filled;              /*  80: Units of the order filled so far. */
    int64_t remaining;           /*  88: Units of the order that may still fill. */
    int64_t found;               /*  96: Denied: the number that was found. */
    int64_t allowed;             /* 104: Denied: the number that is allowed. */
    ah_string trade_id;          /* 112: The venue's id of the fill. */
    ah_string text;              /* 120: Words for a person. */
} ah_event;
_Static_assert(sizeof(ah_event) == 128, "ah_event");
_Static_assert(offsetof(ah_event, kind) == 0, "ah_event.kind");
_Static_assert(offsetof(ah_event, code) == 2, "ah_event.code");
_Static_assert(offsetof(ah_event, instrument) == 4, "ah_event.instrument");
_Static_assert(offsetof(ah_event, id) == 8, "ah_event.id");
_Static_assert(offsetof(ah_event, ref) == 24, "ah_event.ref");
_Static_assert(offsetof(ah_event, time) == 32, "ah_event.time");
_Static_assert(offsetof(ah_event, side) == 40, "ah_event.side");
_Static_assert(offsetof(ah_event, currency) == 42, "ah_event.currency");
_Static_assert(offsetof(ah_event, flags) == 44, "ah_event.flags");
_Static_assert(offsetof(ah_event, quantity) == 48, "ah_event.quantity");
_Static_assert(offsetof(ah_event, price) == 56, "ah_event.price");
_Static_assert(offsetof(ah_event, fee) == 64, "ah_event.fee");
_Static_assert(offsetof(ah_event, amount) == 72, "ah_event.amount");
_Static_assert(offsetof(ah_event, filled) == 80, "ah_event.filled");
_Static_assert(offsetof(ah_event, remaining) == 88, "ah_event.remaining");
_Static_assert(offsetof(ah_event, found) == 96, "ah_event.found");
_Static_assert(offsetof(ah_event, allowed) == 104, "ah_event.allowed");
_Static_assert(offsetof(ah_event, trade_id) == 112, "ah_event.trade_id");
_Static_assert(offsetof(ah_event, text) == 120, "ah_event.text");

/* Begins a guest's output; the records follow it, the strings follow them. */
typedef struct ah_output_header {
    uint32_t magic;              /*   0: "AHOU". */
    uint32_t version;            /*   4: ABI version that the guest was built for. */
    uint32_t size;               /*   8: Bytes of the whole output. */
    uint32_t header_size;        /*  12: Bytes of this header; the first record begins here. */
    uint32_t count;              /*  16: Records. */
    uint32_t strings_offset;     /*  20: Where the strings begin, from the start of the output: the end of the last record. */
    uint32_t strings_length;     /*  24: Bytes of strings; they end the output. */
    uint32_t reserved0;          /*  28: Zero. */
} ah_output_header;
_Static_assert(sizeof(ah_output_header) == 32, "ah_output_header");
_Static_assert(offsetof(ah_output_header, magic) == 0, "ah_output_header.magic");
_Static_assert(offsetof(ah_output_header, version) == 4, "ah_output_header.version");
_Static_assert(offsetof(ah_output_header, size) == 8, "ah_output_header.size");
_Static_assert(offsetof(ah_output_header, header_size) == 12, "ah_output_header.header_size");
_Static_assert(offsetof(ah_output_header, count) == 16, "ah_output_header.count");
_Static_assert(offsetof(ah_output_header, strings_offset) == 20, "ah_output_header.strings_offset");
_Static_assert(offsetof(ah_output_header, strings_length) == 24, "ah_output_header.strings_length");
_Static_assert(offsetof(ah_output_header, reserved0) == 28, "ah_output_header.reserved0");

/* Asks for a new order. */
typedef struct ah_submit {
    uint16_t record_kind;        /*   0: 1. */
    uint16_t record_size;        /*   2: 96. */
    uint32_t instrument;         /*   4: Number of the instrument. */
    uint64_t ref;                /*   8: The guest's own number for the order, unique among its open orders; 0 gives it none. */
    uint16_t side;               /*  16: Buy or sell. */
    uint16_t type;               /*  18: Market, limit, stop, stop-limit. */
    uint16_t time_in_force;      /*  20: How long it rests. */
    uint16_t size_kind;          /*  22: What Size counts. */
    uint32_t flags;              /*  24: Post-only, reduce-only. */
    uint16_t group_kind;         /*  28: 0 in v1; others are denied as unsupported. */
    uint16_t reserved0;          /*  30: Zero. */
    int64_t size;                /*  32: Greater than 0. With ParentRef, 0 means all that the parent opened. */
    int64_t price;               /*  40: Of limit and stop-limit; else 0. */
    int64_t stop_price;          /*  48: Of stop and stop-limit; else 0. */
    int64_t expire_time;         /*  56: End of a GTD order; else 0. */
    int64_t valid_until;         /*  64: Not to be sent after this time; 0 leaves it to the host. */
    uint64_t parent_ref;         /*  72: Ref of the order that this one is contingent on, which may be in the same output; 0 is none. */
    uint64_t group;              /*  80: 0 in v1. */
    ah_string tag;               /*  88: The guest's own words, at most 64 bytes. */
} ah_submit;
_Static_assert(sizeof(ah_submit) == 96, "ah_submit");
_Static_assert(offsetof(ah_submit, record_kind) == 0, "ah_submit.record_kind");
_Static_assert(offsetof(ah_submit, record_size) == 2, "ah_submit.record_size");
_Static_assert(offsetof(ah_submit, instrument) == 4, "ah_submit.instrument");
_Static_assert(offsetof(ah_submit, ref) == 8, "ah_submit.ref");
_Static_assert(offsetof(ah_submit, side) == 16, "ah_submit.side");
_Static_assert(offsetof(ah_submit, type) == 18, "ah_submit.type");
_Static_assert(offsetof(ah_submit, time_in_force) == 20, "ah_submit.time_in_force");
_Static_assert(offsetof(ah_submit, size_kind) == 22, "ah_submit.size_kind");
_Static_assert(offsetof(ah_submit, flags) == 24, "ah_submit.flags");
_Static_assert(offsetof(ah_submit, group_kind) == 28, "ah_submit.group_kind");
_Static_assert(offsetof(ah_submit, reserved0) == 30, "ah_submit.reserved0");
_Static_assert(offsetof(ah_submit, size) == 32, "ah_submit.size");
_Static_assert(offsetof(ah_submit, price) == 40, "ah_submit.price");
_Static_assert(offsetof(ah_submit, stop_price) == 48, "ah_submit.stop_price");
_Static_assert(offsetof(ah_submit, expire_time) == 56, "ah_submit.expire_time");
_Static_assert(offsetof(ah_submit, valid_until) == 64, "ah_submit.valid_until");
_Static_assert(offsetof(ah_submit, parent_ref) == 72, "ah_submit.parent_ref");
_Static_assert(offsetof(ah_submit, group) == 80, "ah_submit.group");
_Static_assert(offsetof(ah_submit, tag) == 88, "ah_submit.tag");

/* Asks to cancel one order, by exactly one of Ref and ID. */
typedef struct ah_cancel {
    uint16_t record_kind;        /*   0: 2. */
    uint16_t record_size;        /*   2: 32. */
    uint32_t reserved0;          /*   4: Zero. */
    uint64_t ref;                /*   8: The guest's own number of the order, or 0. */
    uint8_t id[16];              /*  16: Client order id, or zeros. */
} ah_cancel;
_Static_assert(sizeof(ah_cancel) == 32, "ah_cancel");
_Static_assert(offsetof(ah_cancel, record_kind) == 0, "ah_cancel.record_kind");
_Static_assert(offsetof(ah_cancel, record_size) == 2, "ah_cancel.record_size");
_Static_assert(offsetof(ah_cancel, reserved0) == 4, "ah_cancel.reserved0");
_Static_assert(offsetof(ah_cancel, ref) == 8, "ah_cancel.ref");
_Static_assert(offsetof(ah_cancel, id) == 16, "ah_cancel.id");

/* Asks to cancel all of the agent's own orders. */
typedef struct ah_cancel_all {
    uint16_t record_kind;        /*   0: 3. */
    uint16_t record_size;        /*   2: 16. */
    uint32_t instrument;         /*   4: Number of the instrument; 4294967295 means all. */
    uint16_t side;               /*   8: Only orders of this side; 0 means both. */
    uint16_t reserved0;          /*  10: Zero. */
    uint32_t reserved1;          /*  12: Zero. */
} ah_cancel_all;
_Static_assert(sizeof(ah_cancel_all) == 16, "ah_cancel_all");
_Static_assert(offsetof(ah_cancel_all, record_kind) == 0, "ah_cancel_all.record_kind");
_Static_assert(offsetof(ah_cancel_all, record_size) == 2, "ah_cancel_all.record_size");
_Static_assert(offsetof(ah_cancel_all, instrument) == 4, "ah_cancel_all.instrument");
_Static_assert(offsetof(ah_cancel_all, side) == 8, "ah_cancel_all.side");
_Static_assert(offsetof(ah_cancel_all, reserved0) == 10, "ah_cancel_all.reserved0");
_Static_assert(offsetof(ah_cancel_all, reserved1) == 12, "ah_cancel_all.reserved1");

/* Asks to change an order, named by exactly one of Ref and ID. The order keeps its ref. */
typedef struct ah_replace {
    uint16_t record_kind;        /*   0: 4. */
    uint16_t record_size;        /*   2: 64. */
    uint32_t fields;             /*   4: What changes; at least one bit. */
    uint64_t ref;                /*   8: The guest's own number of the order, or 0. */
    uint8_t id[16];              /*  16: Client order id, or zeros. */
    int64_t price;               /*  32: New limit price; 0 if it does not change. */
    int64_t stop_price;          /*  40: New stop price; 0 if it does not change. */
    int64_t quantity;            /*  48: New whole quantity, what is filled included; 0 if it does not change. */
    int64_t valid_until;         /*  56: Not to be sent after this time; 0 leaves it to the host. */
} ah_replace;
_Static_assert(sizeof(ah_replace) == 64, "ah_replace");
_Static_assert(offsetof(ah_replace, record_kind) == 0, "ah_replace.record_kind");
_Static_assert(offsetof(ah_replace, record_size) == 2, "ah_replace.record_size");
_Static_assert(offsetof(ah_replace, fields) == 4, "ah_replace.fields");
_Static_assert(offsetof(ah_replace, ref) == 8, "ah_replace.ref");
_Static_assert(offsetof(ah_replace, id) == 16, "ah_replace.id");
_Static_assert(offsetof(ah_replace, price) == 32, "ah_replace.price");
_Static_assert(offsetof(ah_replace, stop_price) == 40, "ah_replace.stop_price");
_Static_assert(offsetof(ah_replace, quantity) == 48, "ah_replace.quantity");
_Static_assert(offsetof(ah_replace, valid_until) == 56, "ah_replace.valid_until");

/* Asks to close the agent's own position in an instrument, at market. It is reduce-only. */
typedef struct ah_close {
    uint16_t record_kind;        /*   0: 5. */
    uint16_t record_size;        /*   2: 48. */
    uint32_t instrument;         /*   4: Number of the instrument. */
    uint64_t ref;                /*   8: The guest's own number for the order; 0 gives it none. */
    uint16_t size_kind;          /*  16: Units, or fraction of the position. */
    uint16_t reserved0;          /*  18: Zero. */
    uint32_t reserved1;          /*  20: Zero. */
    int64_t size;                /*  24: Greater than 0; 100000000 as a fraction closes all. */
    int64_t valid_until;         /*  32: Not to be sent after this time; 0 leaves it to the host. */
    ah_string tag;               /*  40: The guest's own words, at most 64 bytes. */
} ah_close;
_Static_assert(sizeof(ah_close) == 48, "ah_close");
_Static_assert(offsetof(ah_close, record_kind) == 0, "ah_close.record_kind");
_Static_assert(offsetof(ah_close, record_size) == 2, "ah_close.record_size");
_Static_assert(offsetof(ah_close, instrument) == 4, "ah_close.instrument");
_Static_assert(offsetof(ah_close, ref) == 8, "ah_close.ref");
_Static_assert(offsetof(ah_close, size_kind) == 16, "ah_close.size_kind");
_Static_assert(offsetof(ah_close, reserved0) == 18, "ah_close.reserved0");
_Static_assert(offsetof(ah_close, reserved1) == 20, "ah_close.reserved1");
_Static_assert(offsetof(ah_close, size) == 24, "ah_close.size");
_Static_assert(offsetof(ah_close, valid_until) == 32, "ah_close.valid_until");
_Static_assert(offsetof(ah_close, tag) == 40, "ah_close.tag");

/* Sets or stops one of the strategy's timers. Setting one that runs sets it anew. */
typedef struct ah_timer {
    uint16_t record_kind;        /*   0: 6. */
    uint16_t record_size;        /*   2: 32. */
    uint16_t action;             /*   4: At, every, off. */
    uint16_t reserved0;          /*   6: Zero. */
    uint64_t id;                 /*   8: The guest's own number for the timer; comes back in the header's Timer. */
    int64_t time;                /*  16: When it is first due; with every, 0 means one interval from now. */
    int64_t interval;            /*  24: Nanoseconds between ticks, with every; else 0. */
} ah_timer;
_Static_assert(sizeof(ah_timer) == 32, "ah_timer");
_Static_assert(offsetof(ah_timer, record_kind) == 0, "ah_timer.record_kind");
_Static_assert(offsetof(ah_timer, record_size) == 2, "ah_timer.record_size");
_Static_assert(offsetof(ah_timer, action) == 4, "ah_timer.action");
_Static_assert(offsetof(ah_timer, reserved0) == 6, "ah_timer.reserved0");
_Static_assert(offsetof(ah_timer, id) == 8, "ah_timer.id");
_Static_assert(offsetof(ah_timer, time) == 16, "ah_timer.time");
_Static_assert(offsetof(ah_timer, interval) == 24, "ah_timer.interval");

/* Gives one of the declared series a value at this tick. */
typedef struct ah_series {
    uint16_t record_kind;        /*   0: 7. */
    uint16_t record_size;        /*   2: 24. */
    uint32_t series;             /*   4: Number of the series, by its place in the description. */
    uint32_t instrument;         /*   8: Number of the instrument that it belongs to; 4294967295 means none. */
    uint32_t reserved0;          /*  12: Zero. */
    int64_t value;               /*  16: Scaled as its unit says: price and quantity by the instrument, money by the account's currency, else 1e-8. */
} ah_series;
_Static_assert(sizeof(ah_series) == 24, "ah_series");
_Static_assert(offsetof(ah_series, record_kind) == 0, "ah_series.record_kind");
_Static_assert(offsetof(ah_series, record_size) == 2, "ah_series.record_size");
_Static_assert(offsetof(ah_series, series) == 4, "ah_series.series");
_Static_assert(offsetof(ah_series, instrument) == 8, "ah_series.instrument");
_Static_assert(offsetof(ah_series, reserved0) == 12, "ah_series.reserved0");
_Static_assert(offsetof(ah_series, value) == 16, "ah_series.value");

/* Tells a person something. */
typedef struct ah_alert {
    uint16_t record_kind;        /*   0: 8. */
    uint16_t record_size;        /*   2: 16. */
    uint16_t level;              /*   4: Info, warning, critical. */
    uint16_t reserved0;          /*   6: Zero. */
    ah_string message;           /*   8: At most 1024 bytes. */
} ah_alert;
_Static_assert(sizeof(ah_alert) == 16, "ah_alert");
_Static_assert(offsetof(ah_alert, record_kind) == 0, "ah_alert.record_kind");
_Static_assert(offsetof(ah_alert, record_size) == 2, "ah_alert.record_size");
_Static_assert(offsetof(ah_alert, level) == 4, "ah_alert.level");
_Static_assert(offsetof(ah_alert, reserved0) == 6, "ah_alert.reserved0");
_Static_assert(offsetof(ah_alert, message) == 8, "ah_alert.message");

/* Begins the parameters that strategy_init is given. The records follow in the order in which the description declares them, then the strings. */
typedef struct ah_params_header {
    uint32_t magic;              /*   0: "AHPA". */
    uint32_t version;            /*   4: ABI version of the host. */
    uint32_t size;               /*   8: Bytes of the whole. */
    uint16_t header_size;        /*  12: Bytes of this header; the first record begins here. */
    uint16_t stride;             /*  14: Bytes from one record to the next. */
    uint32_t count;              /*  16: Records. */
    uint32_t strings_offset;     /*  20: Where the strings begin, from the start. */
} ah_params_header;
_Static_assert(sizeof(ah_params_header) == 24, "ah_params_header");
_Static_assert(offsetof(ah_params_header, magic) == 0, "ah_params_header.magic");
_Static_assert(offsetof(ah_params_header, version) == 4, "ah_params_header.version");
_Static_assert(offsetof(ah_params_header, size) == 8, "ah_params_header.size");
_Static_assert(offsetof(ah_params_header, header_size) == 12, "ah_params_header.header_size");
_Static_assert(offsetof(ah_params_header, stride) == 14, "ah_params_header.stride");
_Static_assert(offsetof(ah_params_header, count) == 16, "ah_params_header.count");
_Static_assert(offsetof(ah_params_header, strings_offset) == 20, "ah_params_header.strings_offset");

/* One parameter's value. */
typedef struct ah_param {
    uint16_t type;               /*   0: As declared. */
    uint16_t reserved0;          /*   2: Zero. */
    uint32_t reserved1;          /*   4: Zero. */
    int64_t value;               /*   8: By type; 0 for a text. */
    ah_string text;              /*  16: Of a text; else zero. */
} ah_param;
_Static_assert(sizeof(ah_param) == 24, "ah_param");
_Static_assert(offsetof(ah_param, type) == 0, "ah_param.type");
_Static_assert(offsetof(ah_param, reserved0) == 2, "ah_param.reserved0");
_Static_assert(offsetof(ah_param, reserved1) == 4, "ah_param.reserved1");
_Static_assert(offsetof(ah_param, value) == 8, "ah_param.value");
_Static_assert(offsetof(ah_param, text) == 16, "ah_param.text");

/* What the host puts before the bytes that strategy_load is given: where they came from. */
typedef struct ah_state_header {
    uint32_t magic;              /*   0: "AHST". */
    uint32_t version;            /*   4: ABI version of the guest that saved them. */
    uint32_t size;               /*   8: Bytes of the whole. */
    uint32_t header_size;        /*  12: Bytes of this header; the saved bytes begin here and end the whole. */
    uint8_t module[32];          /*  16: SHA-256 of the module that saved them. */
} ah_state_header;
_Static_assert(sizeof(ah_state_header) == 48, "ah_state_header");
_Static_assert(offsetof(ah_state_header, magic) == 0, "ah_state_header.magic");
_Static_assert(offsetof(ah_state_header, version) == 4, "ah_state_header.version");
_Static_assert(offsetof(ah_state_header, size) == 8, "ah_state_header.size");
_Static_assert(offsetof(ah_state_header, header_size) == 12, "ah_state_header.header_size");
_Static_assert(offsetof(ah_state_header, module) == 16, "ah_state_header.module");
/* end of generated */

/* --- exports and imports --- */

#define AH_EXPORT(name) __attribute__((export_name(#name), used))
#define AH_IMPORT(name) __attribute__((import_module("agenthost"), import_name(#name)))

/* Writes to the host's log by AH_LOG_DEBUG, _INFO, _WARN or _ERROR; text that is too long is cut by the host, which says so. */
AH_IMPORT(log) void ah_log(uint32_t level, const char *text, uint32_t length);

/* Ends this tick as failed, with words for a person. Does not return; nothing of the tick remains. */
AH_IMPORT(fail) __attribute__((noreturn)) void ah_fail(int32_t code, const char *text, uint32_t length);

#define AH_LOG(level, literal) ah_log((level), "" literal, sizeof(literal) - 1)
#define AH_FAIL(code, literal) ah_fail((code), "" literal, sizeof(literal) - 1)

/* A result that names bytes of the guest. They must stay as they are until the next call. */
static inline int64_t ah_result(const void *bytes, uint32_t length) {
    return (int64_t)(((uint64_t)(uintptr_t)bytes << 32) | length);
}

/* AH_GUEST(bytes) defines agenthost_abi and agenthost_buffer, with room for an input of so many
 * bytes; larger inputs get memory of their own, by growing it. To be used once, at file level. */
#define AH_GUEST(bytes)                                                                  \
    static _Alignas(8) uint8_t ah_input_static[bytes];                                   \
    static uint8_t *ah_input = ah_input_static;                                          \
    static uint32_t ah_input_size = (bytes);                                             \
    AH_EXPORT(agenthost_abi) int32_t ah_export_abi(void) { return (int32_t)AH_VERSION; } \
    AH_EXPORT(agenthost_buffer) int32_t ah_export_buffer(int32_t size) {                 \
        if ((uint32_t)size > ah_input_size) {                                            \
            uint32_t pages = ((uint32_t)size + 65535u) / 65536u;                         \
            size_t first = __builtin_wasm_memory_grow(0, pages);                         \
            if (first == (size_t)-1) return 0;                                           \
            ah_input = (uint8_t *)(first * 65536u);                                      \
            ah_input_size = pages * 65536u;                                              \
        }                                                                                \
        return (int32_t)(uintptr_t)ah_input;                                             \
    }

/* --- reading a tick --- */

/* The records of one section. count is 0 if the section is not there. */
typedef struct ah_view {
    const uint8_t *first;
    uint32_t stride;
    uint32_t count;
} ah_view;

static inline ah_view ah_find(const ah_header *tick, uint16_t kind) {
    const uint8_t *base = (const uint8_t *)tick;
    const ah_section *s = (const ah_section *)(base + tick->directory_offset);
    for (uint32_t i = 0; i < tick->section_count; i++, s++) {
        if (s->kind == kind) {
            ah_view v = {base + s->offset, s->stride, s->count};
            return v;
        }
    }
    ah_view none = {0, 0, 0};
    return none;
}

/* Record i of a view, as a pointer to type. i must be below view.count. */
#define AH_AT(type, view, i) ((const type *)((view).first + (size_t)(i) * (view).stride))

/* A string of the tick: a pointer to string.length bytes, without a terminator. */
static inline const char *ah_text(const ah_header *tick, ah_string string) {
    return (const char *)ah_find(tick, AH_SECTION_STRINGS).first + string.offset;
}

/* --- parameters of strategy_init --- */

static inline const ah_param *ah_param_at(const ah_params_header *params, uint32_t i) {
    return (const ah_param *)((const uint8_t *)params + params->header_size + i * params->stride);
}

/* The text of parameter i: length bytes of its text, without a terminator. */
static inline const char *ah_param_text(const ah_params_header *params, uint32_t i) {
    return (const char *)params + params->strings_offset + ah_param_at(params, i)->text.offset;
}

/* --- writing an output --- */

/* An output under construction. size_max and strings_max are what the two buffers hold. */
typedef struct ah_output {
    uint8_t *bytes;
    uint8_t *strings;
    uint32_t size_max;
    uint32_t strings_max;
    uint32_t size;
    uint32_t strings_size;
    uint32_t count;
} ah_output;

/* AH_OUTPUT(name, bytes, strings) defines a static ah_output called name, with room for bytes of
 * records and strings together, of which at most strings for strings. */
#define AH_OUTPUT(name, bytes, strings)                          \
    static _Alignas(8) uint8_t name##_bytes[(bytes) + (strings)]; \
    static uint8_t name##_strings[(strings) + 1];                \
    static ah_output name = {name##_bytes, name##_strings, (bytes), (strings), 0, 0, 0}

static inline void ah_begin(ah_output *out) {
    out->size = sizeof(ah_output_header);
    out->strings_size = 0;
    out->count = 0;
}

/* Adds a record of zeros with its kind and size. Too many fail the tick. */
static inline void *ah_add(ah_output *out, uint16_t kind, uint16_t size) {
    if (out->size + size > out->size_max) AH_FAIL(1, "the output's buffer is full");
    uint8_t *record = out->bytes + out->size;
    for (uint32_t i = 0; i < size; i += 8) *(uint64_t *)(record + i) = 0;
    ((uint16_t *)record)[0] = kind;
    ((uint16_t *)record)[1] = size;
    out->size += size;
    out->count++;
    return record;
}

static inline ah_submit *ah_add_submit(ah_output *o) { return ah_add(o, AH_INTENT_SUBMIT, sizeof(ah_submit)); }
static inline ah_cancel *ah_add_cancel(ah_output *o) { return ah_add(o, AH_INTENT_CANCEL, sizeof(ah_cancel)); }
static inline ah_cancel_all *ah_add_cancel_all(ah_output *o) { return ah_add(o, AH_INTENT_CANCEL_ALL, sizeof(ah_cancel_all)); }
static inline ah_replace *ah_add_replace(ah_output *o) { return ah_add(o, AH_INTENT_REPLACE, sizeof(ah_replace)); }
static inline ah_close *ah_add_close(ah_output *o) { return ah_add(o, AH_INTENT_CLOSE, sizeof(ah_close)); }
static inline ah_timer *ah_add_timer(ah_output *o) { return ah_add(o, AH_INTENT_TIMER, sizeof(ah_timer)); }
static inline ah_series *ah_add_series(ah_output *o) { return ah_add(o, AH_INTENT_SERIES, sizeof(ah_series)); }
static inline ah_alert *ah_add_alert(ah_output *o) { return ah_add(o, AH_INTENT_ALERT, sizeof(ah_alert)); }

/* Adds a string and returns the reference to put into a record. */
static inline ah_string ah_add_string(ah_output *out, const char *text, uint32_t length) {
    ah_string ref = {out->strings_size, length};
    if (out->strings_size + length > out->strings_max) AH_FAIL(1, "the output's strings are full");
    for (uint32_t i = 0; i < length; i++) out->strings[out->strings_size + i] = (uint8_t)text[i];
    out->strings_size += length;
    return ref;
}

/* Closes the output: what strategy_tick returns. 0 if nothing was added. */
static inline int64_t ah_end(ah_output *out) {
    if (out->count == 0) return 0;
    for (uint32_t i = 0; i < out->strings_size; i++) out->bytes[out->size + i] = out->strings[i];
    ah_output_header *h = (ah_output_header *)out->bytes;
    h->magic = AH_MAGIC_OUTPUT;
    h->version = AH_VERSION;
    h->size = out->size + out->strings_size;
    h->header_size = sizeof(ah_output_header);
    h->count = out->count;
    h->strings_offset = out->size;
    h->strings_length = out->strings_size;
    h->reserved0 = 0;
    return ah_result(out->bytes, h->size);
}

/* --- arithmetic --- */

/* price * factor / 1e8, rounded to the nearest multiple of tick, halves up, without overflow as long
 * as the result fits. price and factor must not be negative, tick must be positive. */
static inline int64_t ah_price_times(int64_t price, int64_t factor, int64_t tick) {
    int64_t whole = price / AH_FRACTION_ONE, rest = price % AH_FRACTION_ONE;
    int64_t twice = whole * 2 * factor + rest * 2 * factor / AH_FRACTION_ONE;
    return (twice + tick) / (2 * tick) * tick;
}

#endif
