/**
 * agenthost.ts: what a strategy in AssemblyScript needs to run in agenthost. ABI 1.0.
 *
 * Nothing here allocates. Build with
 *
 *   asc my.ts -O3 --runtime stub -o my.wasm
 *
 * abi/SPEC.md is the contract; ../../examples/sma-cross-as is a whole strategy. Classes and constants
 * between the two "generated" lines are written from package abi: do not change them by hand.
 * Records are unmanaged classes laid over memory: changetype<Bar>(pointer).
 */

export const VERSION: i32 = 0x10000;
export const MAGIC_TICK: u32 = 0x4b544841;
export const MAGIC_OUTPUT: u32 = 0x554f4841;
export const MAGIC_PARAMS: u32 = 0x41504841;
export const MAGIC_STATE: u32 = 0x54534841;
export const FRACTION_ONE: i64 = 100000000;
export const NO_INSTRUMENT: u32 = 0xffffffff;
export const NO_CURRENCY: u16 = 0xffff;

/* generated: assemblyscript */
/** Says why this tick happens. */
export namespace Trigger {
  /** Market data arrived: bars, quotes or trades are in their sections. */
  export const Market: u16 = 1;
  /** A timer of the strategy is due; Header.Timer names it. */
  export const Timer: u16 = 2;
  /** Something became of an order; see the events. */
  export const Order: u16 = 3;
  /** The first tick of an instance in this run. */
  export const Start: u16 = 4;
  /** The first tick of a module that took over from another. */
  export const Swapped: u16 = 5;
  /** The agent is being stopped; the last tick of this run. */
  export const Stop: u16 = 6;
  /** Mode or permissions changed. */
  export const Mode: u16 = 7;
  /** A person did something; see the events. */
  export const Operator: u16 = 8;
}

/** How much the host lets the agent do; Permissions say it bit by bit. */
export namespace Mode {
  /** Everything is allowed. */
  export const Full: u16 = 1;
  /** Reduce and cancel only. */
  export const ReadOnly: u16 = 2;
  /** Cancel only; exits are made by the host or a person. */
  export const Observation: u16 = 3;
  /** Nothing; the host flattens. */
  export const Shutdown: u16 = 4;
}

/** A set of bits: what the agent may do in this tick. */
export namespace Permission {
  /** Orders that add risk are admitted. */
  export const Add: u32 = 1;
  /** Orders that only reduce a position are admitted. */
  export const Reduce: u32 = 2;
  /** Cancels are admitted. */
  export const Cancel: u32 = 4;
  /** The strategy is called. */
  export const Tick: u32 = 8;
}

/** A set of bits about the tick as a whole. */
export namespace TickFlag {
  /** History is being run through the strategy; its orders are dropped. */
  export const WarmUp: u32 = 1;
  /** The strategy runs beside the trading one; its orders are dropped. */
  export const Shadow: u32 = 2;
  /** Account and orders agree with the venue as of the account's time. */
  export const Reconciled: u32 = 4;
  /** This module took over from another in this run. */
  export const Swapped: u32 = 8;
}

/** A set of bits: what the agent's venue can do by itself. */
export namespace Capability {
  /** A size given as a fraction is turned into units at the fill. */
  export const SizesAtFill: u64 = 1;
  /** Stop orders rest at the venue. */
  export const Stops: u64 = 2;
  /** The venue enforces reduce-only. */
  export const ReduceOnly: u64 = 4;
  /** The venue enforces post-only. */
  export const PostOnly: u64 = 8;
  /** An order is amended in place and keeps its id. */
  export const Replace: u64 = 16;
  /** Sizes may be given as notional. */
  export const Notional: u64 = 32;
  /** Positions may be negative. */
  export const Short: u64 = 64;
  /** There are market orders. */
  export const MarketOrders: u64 = 128;
  /** GTD is enforced by the venue. */
  export const Expiry: u64 = 256;
  /** IOC and FOK are enforced by the venue. */
  export const Immediate: u64 = 512;
  /** An order can be looked up by client order id. */
  export const Lookup: u64 = 1024;
  /** A client order id is refused twice while the order is open. */
  export const DedupeOpen: u64 = 2048;
  /** A client order id is refused twice within a time. */
  export const DedupeWindow: u64 = 4096;
  /** A client order id is refused twice for ever. */
  export const DedupeForever: u64 = 8192;
  /** The venue links orders (OCO, bracket) by itself. */
  export const Groups: u64 = 16384;
}

/** What kind of thing an instrument is. */
export namespace InstrumentKind {
  /** One currency for another, delivered. */
  export const Spot: u16 = 1;
  /** A share. */
  export const Equity: u16 = 2;
  /** A perpetual swap with funding. */
  export const Perpetual: u16 = 3;
  /** A dated future. */
  export const Future: u16 = 4;
  /** An option. */
  export const Option: u16 = 5;
  /** A figure that cannot be traded. */
  export const Index: u16 = 6;
}

/** Whether an instrument trades now. */
export namespace InstrumentStatus {
  /** Orders are taken. */
  export const Trading: u16 = 1;
  /** The venue takes no orders for now. */
  export const Halted: u16 = 2;
  /** Out of session. */
  export const Closed: u16 = 3;
  /** Only orders that reduce are taken. */
  export const ReduceOnly: u16 = 4;
  /** Only cancels are taken. */
  export const CancelOnly: u16 = 5;
  /** It will not trade again. */
  export const Delisted: u16 = 6;
}

/** A set of bits about one bar. */
export namespace BarFlag {
  /** The bar is final. */
  export const Closed: u32 = 1;
  /** Bars are missing between the last one and this. */
  export const AfterGap: u32 = 2;
  /** Its prices contradict one another and the configuration lets it through. */
  export const Flagged: u32 = 4;
}

/** A set of bits about the data of one instrument since the last tick. */
export namespace FeedFlag {
  /** Data is missing. */
  export const Gap: u32 = 1;
  /** A bad bar, quote or trade was withheld. */
  export const Quarantined: u32 = 2;
  /** The market is closed by its calendar. */
  export const OutOfSession: u32 = 4;
  /** Nothing came for longer than the feed's interval and session allow. */
  export const Stale: u32 = 8;
  /** A bar whose prices contradict one another was let through. */
  export const Flagged: u32 = 16;
  /** The data comes from the second source. */
  export const Fallback: u32 = 32;
}

/** Says whose a position is. */
export namespace Owner {
  /** This agent's. */
  export const Agent: u16 = 1;
  /** In the account, but no agent of this host's. */
  export const Foreign: u16 = 2;
}

/** A set of bits about account and positions. */
export namespace AccountFlag {
  /** Agrees with the venue as of its time. */
  export const Reconciled: u32 = 1;
  /** Some mark is missing or old; equity is an estimate. */
  export const Estimated: u32 = 2;
}

/** The direction of an order, fill or trade. */
export namespace Side {
  /** Adds to a long position or reduces a short one. */
  export const Buy: u16 = 1;
  /** Adds to a short position or reduces a long one. */
  export const Sell: u16 = 2;
}

/** How an order is to be filled. */
export namespace OrderType {
  /** At whatever price there is. */
  export const Market: u16 = 1;
  /** At Price or better. */
  export const Limit: u16 = 2;
  /** At market once StopPrice trades. */
  export const Stop: u16 = 3;
  /** At Price or better once StopPrice trades. */
  export const StopLimit: u16 = 4;
  /** Reserved; a v1 host denies it as unsupported. */
  export const TakeProfit: u16 = 5;
  /** Reserved; a v1 host denies it as unsupported. */
  export const Trailing: u16 = 6;
}

/** How long an order rests. */
export namespace TimeInForce {
  /** Until cancelled. */
  export const GTC: u16 = 1;
  /** What cannot be filled at once is cancelled. */
  export const IOC: u16 = 2;
  /** All at once or nothing. */
  export const FOK: u16 = 3;
  /** Until ExpireTime. */
  export const GTD: u16 = 4;
  /** Until the session ends. */
  export const Day: u16 = 5;
}

/** What the number Size of an order counts. */
export namespace SizeKind {
  /** Units of the instrument, by its quantity decimals. */
  export const Units: u16 = 1;
  /** Money in the quote currency, by its decimals. */
  export const Notional: u16 = 2;
  /** 1e-8 of the margin available (of the position, in a close); 100000000 is all of it. */
  export const Fraction: u16 = 3;
}

/** A set of bits about an order. */
export namespace OrderFlag {
  /** Never takes; refused if it would. */
  export const PostOnly: u32 = 1;
  /** Never opens or turns a position. */
  export const ReduceOnly: u32 = 2;
}

/** How the orders of one group hang together. All are reserved in v1. */
export namespace GroupKind {
  /** The order stands alone. */
  export const None: u16 = 0;
  /** Reserved; one cancels the other. */
  export const OCO: u16 = 1;
  /** Reserved; entry, stop and target as one. */
  export const Bracket: u16 = 2;
}

/** Where an order stands. */
export namespace OrderState {
  /** Admitted and durable, not sent yet. */
  export const Pending: u16 = 1;
  /** Sent, no answer yet. */
  export const InFlight: u16 = 2;
  /** Accepted and resting. */
  export const Open: u16 = 3;
  /** Accepted, partly filled. */
  export const Partial: u16 = 4;
  /** A cancel is on its way. */
  export const CancelPending: u16 = 5;
  /** A replace is on its way. */
  export const ReplacePending: u16 = 6;
  /** Sent, and nobody knows yet what became of it; the host is asking. */
  export const Unknown: u16 = 7;
  /** Held by the host until its parent fills. */
  export const Contingent: u16 = 8;
  /** Final: filled completely. */
  export const Filled: u16 = 16;
  /** Final: cancelled. */
  export const Cancelled: u16 = 17;
  /** Final: its time ran out. */
  export const Expired: u16 = 18;
  /** Final: refused by the venue. */
  export const Rejected: u16 = 19;
  /** Final: refused by the host. */
  export const Denied: u16 = 20;
}

/** The level of a line of agenthost.log. A host takes levels that it does not know as info. */
export namespace LogLevel {
  /** For the author. */
  export const Debug: u32 = 1;
  /** Good to know. */
  export const Info: u32 = 2;
  /** Should be looked at. */
  export const Warn: u32 = 3;
  /** Something failed. */
  export const Error: u32 = 4;
}

/** What happened. */
export namespace EventKind {
  /** The venue took the order. */
  export const Accepted: u16 = 1;
  /** The venue refused it; Code is a RejectCode, Text the venue's words. */
  export const Rejected: u16 = 2;
  /** The host refused it; Code is a DenyCode, Found and Allowed the numbers. */
  export const Denied: u16 = 3;
  /** Quantity at Price, with TradeID, Fee and Currency. */
  export const Fill: u16 = 4;
  /** The order is gone; Code is a CancelCode. */
  export const Cancelled: u16 = 5;
  /** Its time ran out; Code is an ExpireCode. */
  export const Expired: u16 = 6;
  /** The order now has Price and Quantity. */
  export const Replaced: u16 = 7;
  /** An Unknown order was found out; Code is its OrderState. */
  export const Settled: u16 = 8;
  /** An order or cancel was given up for a person to decide. */
  export const DeadLetter: u16 = 9;
  /** Amount was charged apart from a fill. */
  export const Fee: u16 = 10;
  /** Amount was paid for holding a position; negative is paid out. */
  export const Funding: u16 = 11;
  /** Amount came into the account; negative went out. */
  export const Transfer: u16 = 12;
  /** The venue closed Quantity at Price by force. */
  export const Liquidation: u16 = 13;
}

/** A set of bits about one event. */
export namespace EventFlag {
  /** The fill gave liquidity. */
  export const Maker: u32 = 1;
  /** The fill came after a final state. */
  export const Late: u32 = 2;
  /** Nothing of the order remains open after this event. */
  export const Final: u32 = 4;
}

/** Why the host refused an intent. Found and Allowed of the event carry the two numbers. */
export namespace DenyCode {
  /** A reserved type, group or size that this host or venue does not have. */
  export const Unsupported: u16 = 1;
  /** Found is the number asked for, Allowed how many there are. */
  export const UnknownInstrument: u16 = 2;
  /** No open order of this agent has that ref or id. */
  export const UnknownOrder: u16 = 3;
  /** An open order already has this ref. */
  export const DuplicateRef: u16 = 4;
  /** parent_ref names no open order of this agent on the other side of the same instrument. */
  export const UnknownParent: u16 = 5;
  /** Permissions do not allow it; Found is what is needed, Allowed what is given. */
  export const Mode: u16 = 6;
  /** A price is missing, not positive, or where there must be none. */
  export const Price: u16 = 7;
  /** The price is no multiple of the tick. */
  export const PriceTick: u16 = 8;
  /** The price is too far from the market. */
  export const PriceCollar: u16 = 9;
  /** The size is not positive, or a fraction is above one. */
  export const Size: u16 = 10;
  /** The quantity is no multiple of the lot. */
  export const Lot: u16 = 11;
  /** Below the venue's least quantity. */
  export const QuantityMin: u16 = 12;
  /** Above the venue's or the agent's greatest quantity. */
  export const QuantityMax: u16 = 13;
  /** Below the venue's least notional. */
  export const NotionalMin: u16 = 14;
  /** Above the agent's greatest notional of one order. */
  export const NotionalMax: u16 = 15;
  /** The position would exceed its limit. */
  export const Position: u16 = 16;
  /** The exposure of agent, account or host would exceed its limit. */
  export const Exposure: u16 = 17;
  /** Not enough margin or money is free. */
  export const Margin: u16 = 18;
  /** Too many open orders. */
  export const OpenOrders: u16 = 19;
  /** Too many orders in a span of time. */
  export const Rate: u16 = 20;
  /** Drawdown or the day's loss is at its limit. */
  export const Drawdown: u16 = 21;
  /** There is no position to reduce, or less than asked. */
  export const ReduceOnly: u16 = 22;
  /** It would cross an order of a sibling on the same account. */
  export const SelfTrade: u16 = 23;
  /** An order of this instrument is Unknown; nothing that adds goes out. */
  export const UnknownPending: u16 = 24;
  /** The venue's breaker is open; not sent. */
  export const Breaker: u16 = 25;
  /** The instrument's data is too old or its health unknown. */
  export const Stale: u16 = 26;
  /** The instrument does not trade now. */
  export const Status: u16 = 27;
  /** valid_until or expire_time is already past, or missing where it is needed. */
  export const ValidUntil: u16 = 28;
  /** This time in force does not go with the type or the venue. */
  export const TimeInForce: u16 = 29;
  /** A product does not fit its number. */
  export const Overflow: u16 = 30;
  /** A close without a position, or all of it is being closed already. */
  export const NothingToClose: u16 = 31;
  /** The journal is low on space; only reducing is admitted. */
  export const Space: u16 = 32;
  /** Too many timers, or an interval below the least allowed. */
  export const Timer: u16 = 33;
  /** The agent failed too often; close-only until a person acts. */
  export const Quarantine: u16 = 34;
  /** What remains is below the venue's minimum and cannot be sent. */
  export const Dust: u16 = 35;
}

/** Why a venue refused an order, as far as the host could tell. */
export namespace RejectCode {
  /** See the text. */
  export const Other: u16 = 1;
  /** Not enough money or margin. */
  export const Funds: u16 = 2;
  /** Price outside of the venue's filters. */
  export const Price: u16 = 3;
  /** Quantity outside of the venue's filters. */
  export const Quantity: u16 = 4;
  /** Notional outside of the venue's filters. */
  export const Notional: u16 = 5;
  /** It would have taken. */
  export const PostOnly: u16 = 6;
  /** Nothing to reduce. */
  export const ReduceOnly: u16 = 7;
  /** The instrument does not trade. */
  export const Halted: u16 = 8;
  /** The client order id was used before. */
  export const Duplicate: u16 = 9;
  /** The account may not. */
  export const Permission: u16 = 10;
  /** Too many requests. */
  export const Rate: u16 = 11;
  /** The stop would trigger at once. */
  export const Trigger: u16 = 12;
  /** The venue has no such order. */
  export const Type: u16 = 13;
}

/** Why an order was cancelled. */
export namespace CancelCode {
  /** The strategy asked. */
  export const ByStrategy: u16 = 1;
  /** The host: mode, shutdown, swap or stop. */
  export const ByHost: u16 = 2;
  /** A person. */
  export const ByOperator: u16 = 3;
  /** The venue, for reasons of its own. */
  export const ByVenue: u16 = 4;
  /** The parent's position is closed, or the parent never filled. */
  export const ParentDone: u16 = 5;
  /** The rest of an IOC or FOK order. */
  export const Immediate: u16 = 6;
  /** Sized at the fill: zero units, or more than the margin. */
  export const Unfillable: u16 = 7;
  /** A newer order took its place at a venue with exclusive orders. */
  export const Exclusive: u16 = 8;
  /** Another order of its group filled. */
  export const GroupFilled: u16 = 9;
}

/** Which time ran out. */
export namespace ExpireCode {
  /** GTD or DAY, at the venue. */
  export const TimeInForce: u16 = 1;
  /** valid_until passed before the order was sent; it never reached the venue. */
  export const Unsent: u16 = 2;
}

/** Tells the sections of a tick apart. Guests skip kinds that they do not know. */
export namespace SectionKind {
  /** Bytes of UTF-8 that string references point into. */
  export const Strings: u16 = 1;
  /** Currency records; others refer to them by index. */
  export const Currencies: u16 = 2;
  /** Instrument records; the id is the index. */
  export const Instruments: u16 = 3;
  /** Bar records: those that closed, or changed, with this event. */
  export const Bars: u16 = 4;
  /** Quote records. */
  export const Quotes: u16 = 5;
  /** Trade records. */
  export const Trades: u16 = 6;
  /** Reserved. */
  export const BookLevels: u16 = 7;
  /** FeedHealth records, one for each instrument. */
  export const FeedHealth: u16 = 8;
  /** Balance records, one for each currency held; complete. */
  export const Balances: u16 = 9;
  /** One Account record. */
  export const Account: u16 = 10;
  /** Position records; complete. */
  export const Positions: u16 = 11;
  /** OpenOrder records; complete. */
  export const OpenOrders: u16 = 12;
  /** Event records since the last successful tick, oldest first. */
  export const Events: u16 = 13;
}

/** Tells the records of an output apart. */
export namespace IntentKind {
  /** A new order. */
  export const Submit: u16 = 1;
  /** Cancel one order. */
  export const Cancel: u16 = 2;
  /** Cancel the agent's own orders of an instrument, or all. */
  export const CancelAll: u16 = 3;
  /** Change price, stop price or quantity of an order. */
  export const Replace: u16 = 4;
  /** Close the agent's own position, or a part of it, at market. */
  export const Close: u16 = 5;
  /** Set or stop a timer. */
  export const Timer: u16 = 6;
  /** A value that a chart can show. */
  export const Series: u16 = 7;
  /** Words for a person. */
  export const Alert: u16 = 8;
}

/** A set of bits: what a replace changes. The rest stays as it is. */
export namespace ReplaceField {
  /** Price is new. */
  export const Price: u32 = 1;
  /** StopPrice is new. */
  export const StopPrice: u32 = 2;
  /** Quantity is new. */
  export const Quantity: u32 = 4;
}

/** What to do with a timer. */
export namespace TimerAction {
  /** Tick once at Time. */
  export const At: u16 = 1;
  /** Tick at Time and then every Interval. */
  export const Every: u16 = 2;
  /** Stop the timer. */
  export const Off: u16 = 3;
}

/** How much an alert matters. */
export namespace AlertLevel {
  /** Good to know. */
  export const Info: u16 = 1;
  /** Should be looked at. */
  export const Warning: u16 = 2;
  /** Must be looked at now. */
  export const Critical: u16 = 3;
}

/** The type of a declared parameter. */
export namespace ParameterType {
  /** Value is an int64. */
  export const Integer: u16 = 1;
  /** Value is an int64 in 1e-8. */
  export const Decimal: u16 = 2;
  /** Value is 0 or 1. */
  export const Boolean: u16 = 3;
  /** Value is nanoseconds. */
  export const Duration: u16 = 4;
  /** Text is the value; Value is 0. */
  export const Text: u16 = 5;
}

/** Begins each tick. (96 bytes.) */
@unmanaged
export class Header {
  /** Offset 0. "AHTK"; set by the writer. */
  magic: u32;
  /** Offset 4. ABI version of the writer, major<<16 | minor; set by the writer. */
  version: u32;
  /** Offset 8. Bytes of the whole tick; set by the writer. */
  size: u32;
  /** Offset 12. Bytes of this header; set by the writer. */
  headerSize: u16;
  /** Offset 14. Entries in the section directory; set by the writer. */
  sectionCount: u16;
  /** Offset 16. Where the section directory is, from the start of the tick; set by the writer. */
  directoryOffset: u32;
  /** Offset 20. Why this tick happens. */
  trigger: u16;
  /** Offset 22. How much the host lets the agent do. */
  mode: u16;
  /** Offset 24. Number of the event in the agent's stream; grows, not always by one. */
  sequence: u64;
  /** Offset 32. Now, for everything the strategy does; never goes back. */
  time: i64;
  /** Offset 40. When the host received the event; in recorded runs the same as Time. */
  received: i64;
  /** Offset 48. What may be asked for in this tick. */
  permissions: u32;
  /** Offset 52. Warm-up, shadow, reconciled, swapped. */
  flags: u32;
  /** Offset 56. Units of fuel for this tick; zero means that nothing counts. */
  fuel: u64;
  /** Offset 64. Seed for this tick's randomness, the same in each replay. */
  seed: u64;
  /** Offset 72. Events that did not fit since the last successful tick. */
  eventsDropped: u64;
  /** Offset 80. What the agent's venue can do by itself. */
  venueCapabilities: u64;
  /** Offset 88. The timer that is due, if the trigger is timer; else zero. */
  timer: u64;
}

/** One entry of the section directory. Entries ascend by kind, and empty sections have none. (12 bytes.) */
@unmanaged
export class Section {
  /** Offset 0. What the records are. */
  kind: u16;
  /** Offset 2. Bytes from one record to the next; 1 for strings. */
  stride: u16;
  /** Offset 4. Records in the section. */
  count: u32;
  /** Offset 8. The first record, from the start of the tick; a multiple of 8. */
  offset: u32;
}

/** Money of one kind. (16 bytes.) */
@unmanaged
export class Currency {
  /** Offset 0. Its code, such as USD. */
  nameOffset: u32;
  nameLength: u32;
  /** Offset 8. Money in it counts 10^-Decimals. */
  decimals: u16;
  /** Offset 10. Zero. */
  reserved0: u16;
  /** Offset 12. Zero. */
  reserved1: u32;
}

/** One thing that the agent may see or trade. (112 bytes.) */
@unmanaged
export class Instrument {
  /** Offset 0. Its place in the agent's own list, from 0; the same for a whole run. */
  id: u32;
  /** Offset 4. Spot, share, perpetual and so on. */
  kind: u16;
  /** Offset 6. Whether it trades now. */
  status: u16;
  /** Offset 8. Its name in the configuration. */
  nameOffset: u32;
  nameLength: u32;
  /** Offset 16. Index of the currency that is bought; 65535 means none (a share). */
  base: u16;
  /** Offset 18. Index of the currency that prices are in. */
  quote: u16;
  /** Offset 20. Index of the currency that profit and loss are in. */
  settle: u16;
  /** Offset 22. Prices count 10^-PriceDecimals. */
  priceDecimals: u8;
  /** Offset 23. Quantities count 10^-QuantityDecimals. */
  quantityDecimals: u8;
  /** Offset 24. Prices of orders are multiples of it; at least 1. */
  priceTick: i64;
  /** Offset 32. Quantities of orders are multiples of it; at least 1. */
  quantityLot: i64;
  /** Offset 40. Least quantity of an order; 0 means none. */
  quantityMin: i64;
  /** Offset 48. Greatest quantity of an order; 0 means none. */
  quantityMax: i64;
  /** Offset 56. Least notional of an order in the quote currency; 0 means none. */
  notionalMin: i64;
  /** Offset 64. Greatest notional of an order in the quote currency; 0 means none. */
  notionalMax: i64;
  /** Offset 72. Units of the base behind a quantity of one, in 1e-8; 100000000 is one. */
  multiplier: i64;
  /** Offset 80. Fraction of the notional, for fills that give liquidity. */
  feeMaker: i64;
  /** Offset 88. Fraction of the notional, for fills that take it. */
  feeTaker: i64;
  /** Offset 96. Money in the settle currency, for each order. */
  feeFixed: i64;
  /** Offset 104. Margin as a fraction of the notional; 100000000 means no leverage. */
  marginInitial: i64;
}

/** Open, high, low, close and volume of a span of time. (72 bytes.) */
@unmanaged
export class Bar {
  /** Offset 0. Number of the instrument. */
  instrument: u32;
  /** Offset 4. Closed, after a gap, flagged. */
  flags: u32;
  /** Offset 8. Length of the span in nanoseconds. */
  interval: i64;
  /** Offset 16. Start of the span. */
  openTime: i64;
  /** Offset 24. End of the span; a closed bar is known from here on. */
  closeTime: i64;
  /** Offset 32. First price. */
  open: i64;
  /** Offset 40. Highest price. */
  high: i64;
  /** Offset 48. Lowest price. */
  low: i64;
  /** Offset 56. Last price. */
  close: i64;
  /** Offset 64. Quantity traded; 0 if the feed has none. */
  volume: i64;
}

/** The best bid and ask. (48 bytes.) */
@unmanaged
export class Quote {
  /** Offset 0. Number of the instrument. */
  instrument: u32;
  /** Offset 4. Zero. */
  reserved0: u32;
  /** Offset 8. When it was made, by the venue's clock. */
  time: i64;
  /** Offset 16. Best bid; 0 means none. */
  bidPrice: i64;
  /** Offset 24. Quantity at the best bid. */
  bidQuantity: i64;
  /** Offset 32. Best ask; 0 means none. */
  askPrice: i64;
  /** Offset 40. Quantity at the best ask. */
  askQuantity: i64;
}

/** One public trade. (32 bytes.) */
@unmanaged
export class Trade {
  /** Offset 0. Number of the instrument. */
  instrument: u32;
  /** Offset 4. Of who took; 0 if not told. */
  side: u16;
  /** Offset 6. Zero. */
  reserved0: u16;
  /** Offset 8. When it happened, by the venue's clock. */
  time: i64;
  /** Offset 16. Price. */
  price: i64;
  /** Offset 24. Quantity. */
  quantity: i64;
}

/** How well the data of one instrument can be trusted. (40 bytes.) */
@unmanaged
export class FeedHealth {
  /** Offset 0. Number of the instrument. */
  instrument: u32;
  /** Offset 4. What was wrong since the last tick. */
  flags: u32;
  /** Offset 8. Nanoseconds since the newest data; -1 if there was none yet. */
  age: i64;
  /** Offset 16. Nanoseconds between data when all is well; 0 if there is no rule. */
  interval: i64;
  /** Offset 24. Bad bars, quotes and trades withheld since the run began. */
  withheld: u64;
  /** Offset 32. Gaps since the run began. */
  gaps: u64;
}

/** What the account holds of one currency. (32 bytes.) */
@unmanaged
export class Balance {
  /** Offset 0. Index of the currency. */
  currency: u16;
  /** Offset 2. Zero. */
  reserved0: u16;
  /** Offset 4. Zero. */
  reserved1: u32;
  /** Offset 8. All of it. */
  total: i64;
  /** Offset 16. What can be used. */
  free: i64;
  /** Offset 24. What orders and margin hold. */
  locked: i64;
}

/** The agent's account as a whole. (88 bytes.) */
@unmanaged
export class Account {
  /** Offset 0. Index of the currency that all of this is in. */
  currency: u16;
  /** Offset 2. Zero. */
  reserved0: u16;
  /** Offset 4. Reconciled, estimated. */
  flags: u32;
  /** Offset 8. Money plus the value of positions at their marks. */
  equity: i64;
  /** Offset 16. Highest equity; deposits and withdrawals move it. */
  peak: i64;
  /** Offset 24. Fraction of the peak that is lost now, 0 to 100000000. */
  drawdown: i64;
  /** Offset 32. Profit or loss since the day began. */
  dayPnl: i64;
  /** Offset 40. Money given to this agent by its operator. */
  capital: i64;
  /** Offset 48. Margin that positions and orders hold. */
  marginUsed: i64;
  /** Offset 56. Margin that a size given as a fraction is a fraction of. */
  marginAvailable: i64;
  /** Offset 64. Realised profit or loss since the run began, fees taken off. */
  realised: i64;
  /** Offset 72. Fees since the run began. */
  fees: i64;
  /** Offset 80. When this was so. */
  asOf: i64;
}

/** What is held of one instrument. (64 bytes.) */
@unmanaged
export class Position {
  /** Offset 0. Number of the instrument. */
  instrument: u32;
  /** Offset 4. This agent's or foreign. */
  owner: u16;
  /** Offset 6. Zero in v1. */
  flags: u16;
  /** Offset 8. Signed; negative is short. */
  quantity: i64;
  /** Offset 16. Average entry price, rounded half to even. */
  averagePrice: i64;
  /** Offset 24. Price that the position is valued at; 0 if there is none yet. */
  markPrice: i64;
  /** Offset 32. Realised profit or loss in the settle currency, fees taken off. */
  realised: i64;
  /** Offset 40. Profit or loss at the mark, in the settle currency. */
  unrealised: i64;
  /** Offset 48. Where the venue would close it; 0 if it would not or does not say. */
  liquidationPrice: i64;
  /** Offset 56. When the position left zero. */
  openTime: i64;
}

/** An order that is not final. (136 bytes.) */
@unmanaged
export class OpenOrder {
  /** Offset 0. Client order id. */
  id0: u64;
  id1: u64;
  /** Offset 16. The guest's own number for it; 0 if it has none. */
  ref: u64;
  /** Offset 24. Ref of the order that it is contingent on; 0 if it stands alone. */
  parentRef: u64;
  /** Offset 32. Number of the instrument. */
  instrument: u32;
  /** Offset 36. Where it stands. */
  state: u16;
  /** Offset 38. Market, limit, stop, stop-limit. */
  type: u16;
  /** Offset 40. Buy or sell. */
  side: u16;
  /** Offset 42. How long it rests. */
  timeInForce: u16;
  /** Offset 44. Post-only, reduce-only. */
  flags: u32;
  /** Offset 48. What Size counts. */
  sizeKind: u16;
  /** Offset 50. Zero. */
  reserved0: u16;
  /** Offset 52. Zero. */
  reserved1: u32;
  /** Offset 56. As the guest asked. */
  size: i64;
  /** Offset 64. In units; 0 while it is to be sized at the fill. */
  quantity: i64;
  /** Offset 72. Units filled. */
  filled: i64;
  /** Offset 80. Units that may still fill. */
  remaining: i64;
  /** Offset 88. Limit price; 0 if it has none. */
  price: i64;
  /** Offset 96. Stop price; 0 if it has none. */
  stopPrice: i64;
  /** Offset 104. Average price of what is filled, rounded half to even; 0 if nothing is. */
  averagePrice: i64;
  /** Offset 112. When it was admitted; its age is Time less this. */
  createTime: i64;
  /** Offset 120. End of a GTD order; else 0. */
  expireTime: i64;
  /** Offset 128. The guest's own words. */
  tagOffset: u32;
  tagLength: u32;
}

/** Something that happened since the last successful tick. (128 bytes.) */
@unmanaged
export class Event {
  /** Offset 0. What happened. */
  kind: u16;
  /** Offset 2. Why, by kind: DenyCode, RejectCode, CancelCode, ExpireCode, OrderState; else 0. */
  code: u16;
  /** Offset 4. Number of the instrument; 4294967295 means none. */
  instrument: u32;
  /** Offset 8. Client order id; zeros if it is about no order. */
  id0: u64;
  id1: u64;
  /** Offset 24. The guest's own number of the order; 0 if it has none. */
  ref: u64;
  /** Offset 32. When it happened. */
  time: i64;
  /** Offset 40. Of the order or fill; 0 if it has none. */
  side: u16;
  /** Offset 42. Index of the currency of Fee and Amount; 65535 means none. */
  currency: u16;
  /** Offset 44. Maker, late, final. */
  flags: u32;
  /** Offset 48. Of the fill, or the order's new quantity. */
  quantity: i64;
  /** Offset 56. Of the fill, or the order's new price. */
  price: i64;
  /** Offset 64. Of the fill; negative is a rebate. */
  fee: i64;
  /** Offset 72. Of a fee, funding or transfer; signed as money for the account, so a fee is negative. */
  amount: i64;
  /** Offset 80. Units of the order filled so far. */
  filled: i64;
  /** Offset 88. Units of the order that may still fill. */
  remaining: i64;
  /** Offset 96. Denied: the number that was found. */
  found: i64;
  /** Offset 104. Denied: the number that is allowed. */
  allowed: i64;
  /** Offset 112. The venue's id of the fill. */
  tradeIdOffset: u32;
  tradeIdLength: u32;
  /** Offset 120. Words for a person. */
  textOffset: u32;
  textLength: u32;
}

/** Begins a guest's output; the records follow it, the strings follow them. (32 bytes.) */
@unmanaged
export class OutputHeader {
  /** Offset 0. "AHOU". */
  magic: u32;
  /** Offset 4. ABI version that the guest was built for. */
  version: u32;
  /** Offset 8. Bytes of the whole output. */
  size: u32;
  /** Offset 12. Bytes of this header; the first record begins here. */
  headerSize: u32;
  /** Offset 16. Records. */
  count: u32;
  /** Offset 20. Where the strings begin, from the start of the output: the end of the last record. */
  stringsOffset: u32;
  /** Offset 24. Bytes of strings; they end the output. */
  stringsLength: u32;
  /** Offset 28. Zero. */
  reserved0: u32;
}

/** Asks for a new order. (96 bytes.) */
@unmanaged
export class Submit {
  /** Offset 0. 1. */
  recordKind: u16;
  /** Offset 2. 96. */
  recordSize: u16;
  /** Offset 4. Number of the instrument. */
  instrument: u32;
  /** Offset 8. The guest's own number for the order, unique among its open orders; 0 gives it none. */
  ref: u64;
  /** Offset 16. Buy or sell. */
  side: u16;
  /** Offset 18. Market, limit, stop, stop-limit. */
  type: u16;
  /** Offset 20. How long it rests. */
  timeInForce: u16;
  /** Offset 22. What Size counts. */
  sizeKind: u16;
  /** Offset 24. Post-only, reduce-only. */
  flags: u32;
  /** Offset 28. 0 in v1; others are denied as unsupported. */
  groupKind: u16;
  /** Offset 30. Zero. */
  reserved0: u16;
  /** Offset 32. Greater than 0. With ParentRef, 0 means all that the parent opened. */
  size: i64;
  /** Offset 40. Of limit and stop-limit; else 0. */
  price: i64;
  /** Offset 48. Of stop and stop-limit; else 0. */
  stopPrice: i64;
  /** Offset 56. End of a GTD order; else 0. */
  expireTime: i64;
  /** Offset 64. Not to be sent after this time; 0 leaves it to the host. */
  validUntil: i64;
  /** Offset 72. Ref of the order that this one is contingent on, which may be in the same output; 0 is none. */
  parentRef: u64;
  /** Offset 80. 0 in v1. */
  group: u64;
  /** Offset 88. The guest's own words, at most 64 bytes. */
  tagOffset: u32;
  tagLength: u32;
}

/** Asks to cancel one order, by exactly one of Ref and ID. (32 bytes.) */
@unmanaged
export class Cancel {
  /** Offset 0. 2. */
  recordKind: u16;
  /** Offset 2. 32. */
  recordSize: u16;
  /** Offset 4. Zero. */
  reserved0: u32;
  /** Offset 8. The guest's own number of the order, or 0. */
  ref: u64;
  /** Offset 16. Client order id, or zeros. */
  id0: u64;
  id1: u64;
}

/** Asks to cancel all of the agent's own orders. (16 bytes.) */
@unmanaged
export class CancelAll {
  /** Offset 0. 3. */
  recordKind: u16;
  /** Offset 2. 16. */
  recordSize: u16;
  /** Offset 4. Number of the instrument; 4294967295 means all. */
  instrument: u32;
  /** Offset 8. Only orders of this side; 0 means both. */
  side: u16;
  /** Offset 10. Zero. */
  reserved0: u16;
  /** Offset 12. Zero. */
  reserved1: u32;
}

/** Asks to change an order, named by exactly one of Ref and ID. The order keeps its ref. (64 bytes.) */
@unmanaged
export class Replace {
  /** Offset 0. 4. */
  recordKind: u16;
  /** Offset 2. 64. */
  recordSize: u16;
  /** Offset 4. What changes; at least one bit. */
  fields: u32;
  /** Offset 8. The guest's own number of the order, or 0. */
  ref: u64;
  /** Offset 16. Client order id, or zeros. */
  id0: u64;
  id1: u64;
  /** Offset 32. New limit price; 0 if it does not change. */
  price: i64;
  /** Offset 40. New stop price; 0 if it does not change. */
  stopPrice: i64;
  /** Offset 48. New whole quantity, what is filled included; 0 if it does not change. */
  quantity: i64;
  /** Offset 56. Not to be sent after this time; 0 leaves it to the host. */
  validUntil: i64;
}

/** Asks to close the agent's own position in an instrument, at market. It is reduce-only. (48 bytes.) */
@unmanaged
export class Close {
  /** Offset 0. 5. */
  recordKind: u16;
  /** Offset 2. 48. */
  recordSize: u16;
  /** Offset 4. Number of the instrument. */
  instrument: u32;
  /** Offset 8. The guest's own number for the order; 0 gives it none. */
  ref: u64;
  /** Offset 16. Units, or fraction of the position. */
  sizeKind: u16;
  /** Offset 18. Zero. */
  reserved0: u16;
  /** Offset 20. Zero. */
  reserved1: u32;
  /** Offset 24. Greater than 0; 100000000 as a fraction closes all. */
  size: i64;
  /** Offset 32. Not to be sent after this time; 0 leaves it to the host. */
  validUntil: i64;
  /** Offset 40. The guest's own words, at most 64 bytes. */
  tagOffset: u32;
  tagLength: u32;
}

/** Sets or stops one of the strategy's timers. Setting one that runs sets it anew. (32 bytes.) */
@unmanaged
export class Timer {
  /** Offset 0. 6. */
  recordKind: u16;
  /** Offset 2. 32. */
  recordSize: u16;
  /** Offset 4. At, every, off. */
  action: u16;
  /** Offset 6. Zero. */
  reserved0: u16;
  /** Offset 8. The guest's own number for the timer; comes back in the header's Timer. */
  id: u64;
  /** Offset 16. When it is first due; with every, 0 means one interval from now. */
  time: i64;
  /** Offset 24. Nanoseconds between ticks, with every; else 0. */
  interval: i64;
}

/** Gives one of the declared series a value at this tick. (24 bytes.) */
@unmanaged
export class Series {
  /** Offset 0. 7. */
  recordKind: u16;
  /** Offset 2. 24. */
  recordSize: u16;
  /** Offset 4. Number of the series, by its place in the description. */
  series: u32;
  /** Offset 8. Number of the instrument that it belongs to; 4294967295 means none. */
  instrument: u32;
  /** Offset 12. Zero. */
  reserved0: u32;
  /** Offset 16. Scaled as its unit says: price and quantity by the instrument, money by the account's currency, else 1e-8. */
  value: i64;
}

/** Tells a person something. (16 bytes.) */
@unmanaged
export class Alert {
  /** Offset 0. 8. */
  recordKind: u16;
  /** Offset 2. 16. */
  recordSize: u16;
  /** Offset 4. Info, warning, critical. */
  level: u16;
  /** Offset 6. Zero. */
  reserved0: u16;
  /** Offset 8. At most 1024 bytes. */
  messageOffset: u32;
  messageLength: u32;
}

/** Begins the parameters that strategy_init is given. The records follow in the order in which the description declares them, then the strings. (24 bytes.) */
@unmanaged
export class ParamsHeader {
  /** Offset 0. "AHPA". */
  magic: u32;
  /** Offset 4. ABI version of the host. */
  version: u32;
  /** Offset 8. Bytes of the whole. */
  size: u32;
  /** Offset 12. Bytes of this header; the first record begins here. */
  headerSize: u16;
  /** Offset 14. Bytes from one record to the next. */
  stride: u16;
  /** Offset 16. Records. */
  count: u32;
  /** Offset 20. Where the strings begin, from the start. */
  stringsOffset: u32;
}

/** One parameter's value. (24 bytes.) */
@unmanaged
export class Param {
  /** Offset 0. As declared. */
  type: u16;
  /** Offset 2. Zero. */
  reserved0: u16;
  /** Offset 4. Zero. */
  reserved1: u32;
  /** Offset 8. By type; 0 for a text. */
  value: i64;
  /** Offset 16. Of a text; else zero. */
  textOffset: u32;
  textLength: u32;
}

/** What the host puts before the bytes that strategy_load is given: where they came from. (48 bytes.) */
@unmanaged
export class StateHeader {
  /** Offset 0. "AHST". */
  magic: u32;
  /** Offset 4. ABI version of the guest that saved them. */
  version: u32;
  /** Offset 8. Bytes of the whole. */
  size: u32;
  /** Offset 12. Bytes of this header; the saved bytes begin here and end the whole. */
  headerSize: u32;
  /** Offset 16. SHA-256 of the module that saved them. */
  module0: u64;
  module1: u64;
  module2: u64;
  module3: u64;
}
/* end of generated */

// --- exports and imports ---

@external("agenthost", "log")
declare function importLog(level: u32, text: usize, length: u32): void;

@external("agenthost", "fail")
declare function importFail(code: i32, text: usize, length: u32): void;

/** Writes to the host's log. Allocates; not for every tick. */
export function log(level: u32, text: string): void {
  const bytes = String.UTF8.encode(text);
  importLog(level, changetype<usize>(bytes), <u32>bytes.byteLength);
}

/** Ends this tick as failed, with words for a person. Does not return; nothing of the tick remains. */
export function fail(code: i32, text: string): void {
  const bytes = String.UTF8.encode(text);
  importFail(code, changetype<usize>(bytes), <u32>bytes.byteLength);
  unreachable();
}

/** The result that names bytes of the guest. They must stay as they are until the next call. */
// @ts-ignore: decorator
@inline
export function result(pointer: usize, length: u32): i64 {
  return (<i64>pointer << 32) | <i64>length;
}

let inputPointer: usize = memory.data(16384, 8);
let inputSize: u32 = 16384;

/** To be exported by the strategy. */
export function agenthost_abi(): i32 {
  return VERSION;
}

/** To be exported by the strategy. Inputs larger than 16 KiB get memory of their own. */
export function agenthost_buffer(size: u32): usize {
  if (size > inputSize) {
    const grown = (size + 65535) & ~65535;
    inputPointer = (heap.alloc(grown + 8) + 7) & ~(<usize>7);
    inputSize = grown;
  }
  return inputPointer;
}

// --- reading a tick ---

/** The directory's entry of a kind, or null if the tick has no such records. */
export function find(tick: Header, kind: u16): Section | null {
  let entry = changetype<usize>(tick) + tick.directoryOffset;
  for (let i: u32 = 0, n = <u32>tick.sectionCount; i < n; i++, entry += offsetof<Section>()) {
    const section = changetype<Section>(entry);
    if (section.kind == kind) return section;
  }
  return null;
}

/** Record i of a section; i must be below section.count. */
// @ts-ignore: decorator
@inline
export function at<T>(tick: Header, section: Section, i: u32): T {
  return changetype<T>(changetype<usize>(tick) + section.offset + i * <u32>section.stride);
}

/** Where a string of the tick is, by its ...Offset field: bytes of UTF-8, without a terminator. */
export function text(tick: Header, offset: u32): usize {
  const strings = find(tick, SectionKind.Strings);
  return strings ? changetype<usize>(tick) + strings.offset + offset : 0;
}

/** Parameter i of strategy_init. */
// @ts-ignore: decorator
@inline
export function param(params: ParamsHeader, i: u32): Param {
  return changetype<Param>(changetype<usize>(params) + params.headerSize + i * <u32>params.stride);
}

/** Where the text of a parameter is: param.textLength bytes of UTF-8, without a terminator. */
// @ts-ignore: decorator
@inline
export function paramText(params: ParamsHeader, p: Param): usize {
  return changetype<usize>(params) + params.stringsOffset + p.textOffset;
}

// --- writing an output ---

const OUTPUT_SIZE: u32 = 16384;
const STRINGS_SIZE: u32 = 4096;
const outputPointer: usize = memory.data(20480, 8);
const stringsPointer: usize = memory.data(4096, 8);
let outputSize: u32 = 0;
let stringsSize: u32 = 0;
let outputCount: u32 = 0;

/** Starts an output. */
export function begin(): void {
  outputSize = offsetof<OutputHeader>();
  stringsSize = 0;
  outputCount = 0;
}

/** Adds a record of zeros with its kind and size: add<Submit>(IntentKind.Submit). */
export function add<T>(kind: u16): T {
  const size = <u32>offsetof<T>();
  if (outputSize + size > OUTPUT_SIZE) fail(1, "the output's buffer is full");
  const record = outputPointer + outputSize;
  for (let i: u32 = 0; i < size; i += 8) store<u64>(record + i, 0);
  store<u16>(record, kind);
  store<u16>(record, <u16>size, 2);
  outputSize += size;
  outputCount++;
  return changetype<T>(record);
}

/** Adds a string of length bytes of UTF-8 and returns its offset for a record's ...Offset field. */
export function addString(utf8: usize, length: u32): u32 {
  if (stringsSize + length > STRINGS_SIZE) fail(1, "the output's strings are full");
  const offset = stringsSize;
  memory.copy(stringsPointer + offset, utf8, length);
  stringsSize += length;
  return offset;
}

/** Closes the output: what strategy_tick returns. 0 if nothing was added. */
export function end(): i64 {
  if (outputCount == 0) return 0;
  memory.copy(outputPointer + outputSize, stringsPointer, stringsSize);
  const h = changetype<OutputHeader>(outputPointer);
  h.magic = MAGIC_OUTPUT;
  h.version = VERSION;
  h.size = outputSize + stringsSize;
  h.headerSize = offsetof<OutputHeader>();
  h.count = outputCount;
  h.stringsOffset = outputSize;
  h.stringsLength = stringsSize;
  h.reserved0 = 0;
  return result(outputPointer, h.size);
}

// --- arithmetic ---

/**
 * price * factor / 1e8, rounded to the nearest multiple of tick, halves up, without overflow as long as
 * the result fits. price and factor must not be negative, tick must be positive.
 */
export function priceTimes(price: i64, factor: i64, tick: i64): i64 {
  const whole = price / FRACTION_ONE;
  const rest = price % FRACTION_ONE;
  const twice = whole * 2 * factor + (rest * 2 * factor) / FRACTION_ONE;
  return ((twice + tick) / (2 * tick)) * tick;
}
