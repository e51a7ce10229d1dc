// The page: head, all agents at a glance, tabs, the run.

const agents = data.summary.agents;
const run = data.summary.run || {};

function head() {
  const first = Math.min(...agents.filter((a) => a.statistics.rows).map((a) => a.statistics.start));
  const last = Math.max(...agents.filter((a) => a.statistics.rows).map((a) => a.statistics.end));
  const parts = [
    Number.isFinite(first) ? `${format.day(first / 1e9)} to ${format.day(last / 1e9)}` : 'no market events',
    agents.length === 1 ? '1 agent' : `${agents.length} agents`,
    `${format.count(agents.reduce((n, a) => n + a.ticks, 0))} ticks`,
    run.stopped ? `stopped by ${run.stopped}` : null,
  ].filter(Boolean);
  document.getElementById('head').append(
    h('h1', null, run.config || 'agenthost run', run.id ? h('span', { class: 'soft' }, ' · ' + run.id) : null),
    h('p', { class: 'soft' }, parts.join(' · ')));
  if (run.error) document.getElementById('head').append(h('p', { class: 'alert', role: 'alert' }, run.error));
}

/** compare draws every agent's return over time into one chart. */
function compare(place) {
  const tables = agents.map((s, i) => {
    const a = data.agents[i], equity = column(a.equity);
    return [column(a.time), equity.map((v) => (v / equity[0] - 1) * 100)];
  });
  const drawn = agents.map((_, i) => i).filter((i) => tables[i][0].length > 1);
  if (!drawn.length) return;
  plot(place, new Group(), {
    data: drawn.length === 1 ? tables[drawn[0]] : uPlot.join(drawn.map((i) => tables[i])),
    series: drawn.map((i) => line(agents[i].name, 's' + (i % 8), (v) => format.change(v), { dash: i >= 8 ? [6, 3] : undefined })),
    height: 280, values: (_, ticks) => ticks.map((v) => fixed(v, 0) + ' %'), plugins: [level(0, '')],
    label: 'Return of every agent over time: ' + drawn.map((i) => `${agents[i].name} ${format.change(agents[i].return_pct)}`).join(', ') + '.',
  });
}

function overview(choose) {
  if (agents.length < 2) return;
  const { frame, place } = figure('Return', 'percent of the equity at the start');
  const rows = agents.map((a, i) => ({ a, i }));
  const columns = [
    { title: 'Agent', text: true, of: (r) => r.a.name, show: (r) => [h('span', { class: 'key', style: { backgroundColor: `var(--s${r.i % 8})` } }), h('button', { type: 'button', class: 'link', title: r.a.name, onclick: () => choose(r.i, true) }, r.a.name)] },
    { title: 'Final', of: (r) => Number(r.a.final_equity), show: (r) => moneyOf(r.a)(r.a.final_equity) },
    { title: 'Return', of: (r) => r.a.return_pct, show: (r) => format.change(r.a.return_pct), tone: (r) => tone(r.a.return_pct) },
    { title: 'Buy & hold', of: (r) => r.a.statistics.buy_hold_return_pct, show: (r) => format.change(r.a.statistics.buy_hold_return_pct) },
    { title: 'Drawdown', of: (r) => r.a.max_drawdown_pct, show: (r) => format.percent(r.a.max_drawdown_pct) },
    { title: 'Sharpe', of: (r) => r.a.sharpe, show: (r) => format.number(r.a.sharpe) },
    { title: 'SQN', of: (r) => r.a.sqn, show: (r) => format.number(r.a.sqn) },
    { title: 'Trades', of: (r) => r.a.trades, show: (r) => format.count(r.a.trades) },
    { title: 'Win rate', of: (r) => r.a.win_rate_pct, show: (r) => format.percent(r.a.win_rate_pct, 1) },
    { title: 'Fees', of: (r) => Number(r.a.fees), show: (r) => moneyOf(r.a)(r.a.fees) },
    { title: 'Fuel p99', of: (r) => r.a.fuel.p99, show: (r) => format.count(r.a.fuel.p99) },
    { title: 'Failed', of: (r) => r.a.traps, show: (r) => format.count(r.a.traps) },
    { title: 'Mode', text: true, of: (r) => r.a.mode, show: (r) => format.words(r.a.mode || '') },
  ];
  document.getElementById('overview').append(h('div', { class: 'card' }, frame), h('div', { class: 'card' }, grid('All agents', columns, rows)));
  compare(place);
}

/** tabs shows one agent at a time; arrow keys move between them, and #agent=2 in the address names one. */
function tabs() {
  const panels = agents.map(() => null);
  const place = h('div', { role: agents.length > 1 ? 'tabpanel' : null, id: 'panel', tabindex: agents.length > 1 ? '0' : null });
  const list = agents.map((a, i) => h('button', { type: 'button', role: 'tab', id: `tab${i}`, 'aria-controls': 'panel', title: a.name, onclick: () => choose(i) }, a.name));
  function choose(i, go) {
    list.forEach((t, n) => { t.setAttribute('aria-selected', String(n === i)); t.tabIndex = n === i ? 0 : -1; });
    place.setAttribute('aria-labelledby', `tab${i}`);
    const fresh = !panels[i];
    if (fresh) panels[i] = panel(i);
    place.replaceChildren(panels[i].element);
    if (fresh) panels[i].draw();
    if (agents.length > 1) history.replaceState(null, '', `#agent=${i + 1}`);
    if (go) { document.getElementById('agents').scrollIntoView({ behavior: 'smooth' }); list[i].focus({ preventScroll: true }); }
  }
  const bar = h('div', { role: 'tablist', 'aria-label': 'Agents' }, list);
  bar.addEventListener('keydown', (e) => {
    const at = list.indexOf(document.activeElement);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: list.length - 1 }[e.key];
    if (to === undefined || at < 0) return;
    e.preventDefault();
    const n = (to + list.length) % list.length;
    choose(n);
    list[n].focus();
  });
  document.getElementById('agents').append(...(agents.length > 1 ? [bar] : []), place);
  const named = Number((location.hash.match(/^#agent=(\d+)$/) || [])[1]) - 1;
  return { choose, first: agents[named] ? named : 0 };
}

function runCard() {
  if (!data.summary.run) return;
  const code = (v) => (v ? h('code', null, v) : '');
  document.getElementById('run').append(card('This run', null, facts([
    ['Run', code(run.id)], ['Configuration', code(run.config)], ['Its SHA-256', code(run.config_sha256)], ['Journal', code(run.journal)],
    ['Started', run.started], ['Resumed', run.resumed ? 'yes' : ''], ['Stopped by', run.stopped],
    ['Versions', [run.version, run.go, run.wazero && `wazero ${run.wazero}`, run.meter && `meter ${run.meter}`].filter(Boolean).join(' · ')],
  ])));
}

head();
const tab = tabs();
overview(tab.choose);
if (agents.length) tab.choose(tab.first);
runCard();
