// One agent: figures, charts, trades, months, data.

function tradesOf(agent) {
  return agent.trades.map(([instrument, side, quantity, entryBar, exitBar, entryTime, exitTime, entryPrice, exitPrice, fees, pnl, change], n) => ({
    n: n + 1 + (agent.trades_cut || 0), instrument, side, quantity, entryTime, exitTime, entryPrice, exitPrice, fees, pnl, change,
    entry: Math.floor(entryBar / agent.width), exit: Math.min(Math.floor(exitBar / agent.width), column(agent.time).length - 1),
  }));
}

function headline(s) {
  const x = s.statistics, unit = s.currency || '', money = moneyOf(s);
  const list = [
    ['Final equity', money(s.final_equity), `${unit} of ${money(s.capital)}`],
    ['Return', format.change(s.return_pct), none(x.buy_hold_return_pct) ? '' : `buy & hold ${format.change(x.buy_hold_return_pct)}`, tone(s.return_pct)],
    ['Max. drawdown', format.percent(s.max_drawdown_pct), none(x.drawdown_max_time) ? '' : `longest ${format.span(x.drawdown_max_time)}`],
    ['Sharpe ratio', format.number(s.sharpe), `Sortino ${format.number(x.sortino)}`],
    ['Trades', format.count(s.trades), `win rate ${format.percent(s.win_rate_pct, 1)}`],
    ['Profit factor', format.number(s.profit_factor), `SQN ${format.number(s.sqn)}`],
    ['Fees', money(s.fees), `${format.count(s.fills)} fills of ${format.count(s.orders)} orders`],
    ['Fuel of a tick', format.count(s.fuel.p50), `p99 ${format.count(s.fuel.p99)}, max ${format.count(s.fuel.max)}${s.fuel.limit ? ` of ${format.count(s.fuel.limit)}` : ''}`],
  ];
  return h('dl', { class: 'figures' }, list.map(([name, value, note, cls]) => h('div', null, h('dt', null, name),
    h('dd', { class: cls || null }, value, note ? h('span', { class: 'note' }, note) : null))));
}

/** priceCard is the price of one instrument with the trades in it and the strategy's series over it. */
function priceCard(agent, summary, group) {
  const times = column(agent.time), trades = tradesOf(agent);
  const hover = h('div', { class: 'hover' });
  const { frame, place } = figure('Price and trades', '', hover);
  const traded = agent.instruments.map((_, i) => trades.filter((t) => t.instrument === i).length);
  let chosen = Math.max(0, traded.indexOf(Math.max(...traded)));
  let style = 'auto', log = false, u = null;

  function draw() {
    if (u) group.remove(u);
    place.replaceChildren();
    const instrument = agent.instruments[chosen];
    const own = trades.filter((t) => t.instrument === chosen);
    const over = (agent.series || []).filter((s) => s.unit === 'price' && (s.instrument === chosen || s.instrument < 0));
    const wanted = (chart) => style === 'candles' || (style === 'auto' && apart(chart) >= 4 * devicePixelRatio);
    const show = (v) => format.price(v, instrument);
    const quiet = { paths: () => null, class: 'quiet' };
    const closes = column(instrument.close).filter((v) => !none(v));
    u = plot(place, group, {
      data: [times, ...['open', 'high', 'low', 'close'].map((c) => column(instrument[c])), ...over.map((s) => bridged(column(s.values)))],
      series: [
        ...['Open', 'High', 'Low'].map((name) => line(name, 'soft', show, quiet)),
        line('Close', 'ink', show, { width: 1.25, stroke: (chart) => (wanted(chart) ? 'transparent' : color('ink')) }),
        ...over.map((s, i) => line(s.name, 's' + (i % 8), show, { spanGaps: false })),
      ],
      height: 400, scale: log ? { distr: 3, range: (_, low, high) => [low * 0.94, high * 1.06] } : {}, values: (_, ticks) => ticks.map((v) => (none(v) ? '' : Number(v).toLocaleString('en-US', { maximumSignificantDigits: 6 }))),
      plugins: [candles(wanted), markers(own, times)],
      cursor: (i) => { hover.textContent = i === null ? '' : own.flatMap((t) => spoken(t, i, instrument, moneyOf(summary))).join(' · '); },
      label: closes.length ? `Price of ${instrument.name}: from ${show(closes[0])} to ${show(closes[closes.length - 1])}, lowest close ${show(Math.min(...closes))}, highest ${show(Math.max(...closes))}; ${own.length} trades, listed below.` : `No price of ${instrument.name} was recorded.`,
    });
    if (group.charts.length > 1) {
      const { min, max } = group.charts[0].scales.x;
      u.setScale('x', { min, max });
    }
  }
  const select = (label, options, value, act) => h('label', null, label, h('select', { onchange: (e) => act(e.target.value) },
    options.map(([v, text]) => h('option', { value: v, selected: String(v) === String(value) }, text))));
  const logButton = h('button', { type: 'button', 'aria-pressed': 'false', onclick: () => { log = !log; logButton.setAttribute('aria-pressed', String(log)); draw(); } }, 'Log scale');
  const controls = h('div', { class: 'controls' },
    agent.instruments.length > 1 ? select('Instrument', agent.instruments.map((x, i) => [i, `${x.name} (${traded[i]} trades)`]), chosen, (v) => { chosen = Number(v); draw(); }) : h('span', { class: 'soft' }, agent.instruments.map((x) => x.name).join()),
    select('Show', [['auto', 'Candles when near'], ['candles', 'Candles'], ['line', 'Line']], style, (v) => { style = v; draw(); }),
    logButton, group.buttons());
  frame.querySelector('figcaption').append(controls);
  return { frame, draw };
}

/** spoken says what trade t did at point i. */
function spoken(t, i, instrument, money) {
  const words = [];
  const q = format.quantity(t.quantity, instrument);
  if (t.entry === i) words.push(`#${t.n} ${t.side > 0 ? 'bought' : 'sold short'} ${q} at ${format.price(t.entryPrice, instrument)}`);
  if (t.exit === i) words.push(`#${t.n} closed ${q} at ${format.price(t.exitPrice, instrument)}: ${money(t.pnl)} (${format.change(t.change)})`);
  return words;
}

function equityCharts(agent, summary, group) {
  const times = column(agent.time), merged = agent.width > 1, money = moneyOf(summary);
  const equity = column(agent.equity), fall = column(agent.drawdown);
  const e = figure('Equity', merged ? `one point is ${format.count(agent.width)} rows; the band is between its lowest and highest` : '');
  const d = figure('Drawdown', '');
  const draw = () => {
    const sides = merged ? [line('Low', 'soft', money, { stroke: 'transparent', class: 'quiet' }), line('High', 'soft', money, { stroke: 'transparent', class: 'quiet' })] : [];
    plot(e.place, group, {
      data: merged ? [times, equity, column(agent.equity_low), column(agent.equity_high)] : [times, equity],
      series: [line('Equity', 's0', money, { fill: merged ? undefined : () => color('s0') + '1c' }), ...sides],
      bands: merged ? [{ series: [3, 2], fill: () => color('s0') + '33' }] : undefined,
      // The fill reaches down to zero, but the scale need not.
      height: 230, scale: { range: (_, low, high) => pad(low, high) }, values: short,
      plugins: [level(Number(summary.capital), 'capital')],
      label: `Equity from ${money(equity[0])} to ${money(equity[equity.length - 1])}, lowest ${money(Math.min(...column(agent.equity_low)))}, highest ${money(Math.max(...column(agent.equity_high)))}; by month in the table below.`,
    });
    plot(d.place, group, {
      data: [times, fall], series: [line('Drawdown', 'down', (v) => format.percent(v), { fill: () => color('down') + '26' })],
      height: 140, scale: { range: (_, low) => [Math.min(low * 1.08, -0.01), 0] }, values: (_, ticks) => ticks.map((v) => fixed(v, ticks.length > 1 && ticks[1] - ticks[0] < 1 ? 1 : 0) + ' %'),
      label: `Drawdown, deepest ${format.percent(summary.max_drawdown_pct)}.`,
    });
  };
  return { frames: [e.frame, d.frame], draw };
}

function pad(low, high) {
  if (none(low) || none(high)) return [0, 1];
  const margin = (high - low || Math.abs(high) || 1) * 0.06;
  return [low - margin, high + margin];
}

const short = (_, ticks) => ticks.map((v) => (none(v) ? '' : Math.abs(v) >= 1e6 ? Number((v / 1e6).toPrecision(4)) + ' M' : Number(v).toLocaleString('en-US', { maximumSignificantDigits: 6 })));

/** unitCharts are the series that do not lie on the price: one chart for each unit. */
function unitCharts(agent, summary, group) {
  const money = moneyOf(summary);
  const by = new Map();
  for (const s of agent.series || []) if (s.unit !== 'price') by.set(s.unit, [...(by.get(s.unit) || []), s]);
  return [...by].map(([unit, list]) => {
    const f = figure('The strategy’s own series', unit === 'number' ? '' : unit);
    const share = unit === 'fraction' ? 100 : 1;
    const show = unit === 'fraction' ? (v) => format.percent(v) : unit === 'money' ? money : (v) => (none(v) ? dash : Number(v).toLocaleString('en-US', { maximumSignificantDigits: 7 }));
    const name = (s) => (s.instrument >= 0 && agent.instruments.length > 1 ? `${s.name} ${agent.instruments[s.instrument].name}` : s.name);
    const draw = () => plot(f.place, group, {
      data: [column(agent.time), ...list.map((s) => bridged(column(s.values).map((v) => (none(v) ? null : v * share))))],
      series: list.map((s, i) => line(name(s), 's' + (i % 8), show, { spanGaps: false })), height: 170, values: short,
      label: `Series of the strategy: ${list.map(name).join(', ')}.`,
    });
    return { frame: f.frame, draw };
  });
}

function fuelChart(agent, summary, group) {
  const { p50, p99, max, limit } = summary.fuel;
  const f = figure('Fuel per tick', `p50 ${format.count(p50)} · p99 ${format.count(p99)} · max ${format.count(max)}${limit ? ` · limit ${format.count(limit)} (max is ${format.percent(100 * max / limit, 1)} of it)` : ''}`);
  const fuel = column(agent.fuel);
  const log = max > 20 * Math.max(1, p50); // rare bursts of a guest's collector would flatten the rest
  const draw = () => plot(f.place, group, {
    data: [column(agent.time), log ? fuel.map((v) => (none(v) ? null : Math.max(1, v))) : fuel],
    series: [line(agent.width > 1 ? 'Most fuel of a tick' : 'Fuel', 's5', format.count, { width: 1 })],
    height: 160, values: (_, ticks) => ticks.map((v) => (none(v) ? '' : format.rate(v))),
    scale: log ? { distr: 3, range: (_, low, high) => [low * 0.7, Math.max(high, limit) * 1.5] } : { range: (_, low, high) => [0, (high || 1) * 1.1] },
    plugins: limit ? [level(limit, 'limit')] : [],
    label: `Fuel per tick: half of them at most ${format.count(p50)}, 99 % at most ${format.count(p99)}, the most ${format.count(max)}${limit ? `, limit ${format.count(limit)}` : ''}.`,
  });
  return { frame: f.frame, draw };
}

function tradesCard(agent, summary) {
  const trades = tradesOf(agent), money = moneyOf(summary);
  const of = (t) => agent.instruments[t.instrument];
  const intra = intraday(column(agent.time));
  const columns = [
    { title: '#', of: (t) => t.n, show: (t) => String(t.n) },
    agent.instruments.length > 1 && { title: 'Instrument', text: true, of: (t) => of(t).name, show: (t) => of(t).name },
    { title: 'Side', text: true, of: (t) => t.side, show: (t) => (t.side > 0 ? 'long' : 'short') },
    { title: 'Quantity', of: (t) => t.quantity, show: (t) => format.quantity(t.quantity, of(t)) },
    { title: 'Entry', text: true, of: (t) => t.entryTime, show: (t) => format.time(t.entryTime, intra) },
    { title: 'Price', of: (t) => t.entryPrice, show: (t) => format.price(t.entryPrice, of(t)) },
    { title: 'Exit', text: true, of: (t) => t.exitTime, show: (t) => format.time(t.exitTime, intra) },
    { title: 'Price', of: (t) => t.exitPrice, show: (t) => format.price(t.exitPrice, of(t)) },
    { title: 'Held', of: (t) => t.exitTime - t.entryTime, show: (t) => format.span((t.exitTime - t.entryTime) * 1e9) },
    { title: 'Fees', of: (t) => t.fees, show: (t) => money(t.fees) },
    { title: 'P&L', of: (t) => t.pnl, show: (t) => money(t.pnl), tone: (t) => tone(t.pnl) },
    { title: 'Return', of: (t) => t.change, show: (t) => format.change(t.change), tone: (t) => tone(t.change) },
  ].filter(Boolean);
  const note = agent.trades_cut ? `the last ${format.count(trades.length)} of ${format.count(summary.trades)}` : format.count(trades.length);
  return card('Trades', note, trades.length ? grid('Trades', columns, trades, { step: 100 }) : h('p', { class: 'soft' }, 'No trade was closed.'));
}

function statisticsCard(s) {
  const x = s.statistics, money = moneyOf(s);
  return card('Statistics', `${format.count(x.periods_per_year)} periods a year`, facts([
    ['Exposure', format.percent(x.exposure_pct)], ['Peak equity', money(x.peak_equity)],
    ['Buy & hold', format.change(x.buy_hold_return_pct)], ['Return, annualised', format.change(x.return_ann_pct)],
    ['Volatility, annualised', format.percent(x.volatility_ann_pct)], ['CAGR', format.change(x.cagr_pct)],
    ['Sharpe ratio', format.number(s.sharpe, 4)], ['Sortino ratio', format.number(x.sortino, 4)], ['Calmar ratio', format.number(x.calmar, 4)],
    ['Drawdown, deepest', format.percent(s.max_drawdown_pct)], ['Drawdown, average', format.percent(x.drawdown_avg_pct)],
    ['Drawdown, longest', format.span(x.drawdown_max_time)], ['Drawdown, average length', format.span(x.drawdown_avg_time)],
    ['Win rate', format.percent(s.win_rate_pct)], ['Best trade', format.change(x.trade_best_pct)], ['Worst trade', format.change(x.trade_worst_pct)],
    ['Average trade (geometric)', format.change(x.trade_avg_pct)], ['Expectancy (arithmetic)', format.change(x.expectancy_pct)],
    ['Trade, longest', format.span(x.trade_max_time)], ['Trade, average length', format.span(x.trade_avg_time)],
    ['Profit factor', format.number(s.profit_factor, 4)], ['SQN', format.number(s.sqn, 4)], ['Kelly criterion', format.number(x.kelly, 4)],
  ], true));
}

/** monthsCard has the heat table, and the charts' numbers as a table for whoever cannot see them. */
function monthsCard(agent, summary) {
  if (!agent.months.length) return null;
  const money = moneyOf(summary);
  const times = column(agent.time), fall = column(agent.drawdown), fuel = column(agent.fuel);
  const worst = new Map();
  times.forEach((t, i) => {
    const key = new Date(t * 1000).toISOString().slice(0, 7);
    const w = worst.get(key) || { fall: 0, fuel: 0 };
    worst.set(key, { fall: Math.min(w.fall, fall[i]), fuel: Math.max(w.fuel, fuel[i] || 0) });
  });
  const rows = agent.months.map((m) => ({ ...m, key: `${m.year}-${String(m.month).padStart(2, '0')}` })).map((m) => ({ ...m, ...(worst.get(m.key) || {}) }));
  const details = h('details', null, h('summary', null, 'The charts as a table, by month'));
  details.addEventListener('toggle', () => details.append(grid('Equity, drawdown and fuel by month', [
    { title: 'Month', text: true, of: (m) => m.key, show: (m) => m.key },
    { title: 'Equity at its end', of: (m) => m.equity, show: (m) => money(m.equity) },
    { title: 'Return', of: (m) => m.return, show: (m) => format.change(m.return), tone: (m) => tone(m.return) },
    { title: 'Deepest drawdown', of: (m) => m.fall, show: (m) => format.percent(m.fall) },
    { title: 'Most fuel of a tick', of: (m) => m.fuel, show: (m) => format.count(m.fuel) },
  ], rows, { step: 240 })), { once: true });
  return card('Returns by month', 'percent', heat(agent.months), h('div', { class: 'more' }, details));
}

function dataCard(s) {
  if (!s.feeds || !s.feeds.length) return null;
  const rows = s.feeds.flatMap((f) => (f.defects && f.defects.length ? f.defects : [null]).map((d, i) => ({ f, d, first: i === 0 })));
  const once = (show) => (r) => (r.first ? show(r.f) : '');
  return card('Data', s.quarantined ? `${format.count(s.quarantined)} bars withheld` : 'nothing withheld', grid('Quality of the data', [
    { title: 'Feed', text: true, show: once((f) => f.feed) }, { title: 'Instrument', text: true, show: once((f) => f.instrument || '') },
    { title: 'Bars', show: once((f) => format.count(f.bars)) }, { title: 'Withheld', show: once((f) => format.count(f.withheld)) },
    { title: 'Flagged', show: once((f) => format.count(f.flagged)) },
    { title: 'Gaps', show: once((f) => format.count(f.gaps) + (f.missing ? ` (${format.count(f.missing)} missing)` : '')) },
    { title: 'Defect', text: true, show: (r) => (r.d ? `${format.words(r.d.defect)} × ${format.count(r.d.count)}` : dash) },
    { title: 'First at', text: true, long: true, show: (r) => (r.d && r.d.first ? h('code', null, r.d.first) : dash) },
  ], rows));
}

function factsCard(s) {
  const counts = (m) => (m ? Object.entries(m).map(([k, n]) => `${format.words(k)} ${format.count(n)}`).join(', ') : '');
  const code = (v) => (v ? h('code', null, v) : '');
  return card('This agent', null, facts([
    ['Mode at the end', s.mode], ['Ticks', `${format.count(s.ticks)} in ${format.number(s.elapsed_seconds, 3)} s, ${format.rate(s.ticks_per_second)}/s`],
    ['Orders', `${format.count(s.orders)}; denied ${format.count(s.denied)}, rejected ${format.count(s.rejected)}, expired ${format.count(s.expired)}`],
    ['Denied for', counts(s.denials)], ['Failed ticks', s.traps ? counts(s.trap_kinds) : ''], ['Dead letters', s.dead_letters ? format.count(s.dead_letters) : ''],
    ['Fees in other currencies', s.fees_other ? Object.entries(s.fees_other).map(([k, v]) => `${v} ${k}`).join(', ') : ''],
    ['Module', code(s.module_sha256)], ['State', code(s.state_hash)],
  ]));
}

/** panel builds an agent's part of the page and draws its charts once it is in the page. */
function panel(i) {
  const summary = data.summary.agents[i], agent = data.agents[i], group = new Group();
  const parts = column(agent.time).length ? charts(agent, summary, group) : [];
  const element = h('div', null,
    h('h2', null, summary.name),
    agent.alerts ? h('div', { class: 'alert' }, h('ul', null, agent.alerts.map((a) => h('li', null, a)))) : null,
    headline(summary),
    h('div', { class: 'card' }, parts.length ? parts.flatMap((p) => p.frames || [p.frame]) : h('p', { class: 'soft' }, 'No market event reached this agent.')),
    h('div', { class: 'columns' }, h('div', null, monthsCard(agent, summary), factsCard(summary)), h('div', null, statisticsCard(summary))),
    tradesCard(agent, summary), dataCard(summary));
  return { element, draw: () => parts.forEach((p) => p.draw()) };
}

function charts(agent, summary, group) {
  return [
    ...(agent.instruments.length ? [priceCard(agent, summary, group)] : []),
    equityCharts(agent, summary, group), ...unitCharts(agent, summary, group), fuelChart(agent, summary, group),
  ];
}
