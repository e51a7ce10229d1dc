// Charts, by uPlot. Those of one agent share their time axis: zooming one zooms all.

const narrow = () => window.innerWidth < 640;
const live = new Set(); // charts on the page, redrawn when colours change

/** Group is the charts that share a time axis. */
class Group {
  constructor() { this.charts = []; this.busy = false; this.key = 'group' + Group.count++; }

  add(u) { this.charts.push(u); live.add(u); }

  remove(u) { this.charts = this.charts.filter((x) => x !== u); live.delete(u); u.destroy(); }

  zoomed(u) {
    if (this.busy) return;
    this.busy = true;
    const { min, max } = u.scales.x;
    for (const other of this.charts) if (other !== u && other.data[0].length) other.setScale('x', { min, max });
    this.busy = false;
  }

  /** move zooms by a factor around the middle, or shifts by a share of what is seen. */
  move(factor, shift) {
    const u = this.charts[0];
    if (!u) return;
    const times = u.data[0], first = times[0], last = times[times.length - 1];
    const { min, max } = u.scales.x;
    const span = Math.min(last - first, (max - min) * factor);
    let from = (min + max) / 2 - span / 2 + shift * (max - min);
    from = Math.max(first, Math.min(last - span, from));
    u.setScale('x', { min: from, max: from + span });
  }

  all() {
    const u = this.charts[0];
    if (u) u.setScale('x', { min: u.data[0][0], max: u.data[0][u.data[0].length - 1] });
  }

  /** buttons do by keyboard what dragging does by mouse. */
  buttons() {
    const b = (text, label, act) => h('button', { type: 'button', 'aria-label': label, title: label, onclick: act }, text);
    return h('div', { class: 'range', role: 'group', 'aria-label': 'Time shown' },
      b('◀', 'Earlier', () => this.move(1, -0.5)), b('▶', 'Later', () => this.move(1, 0.5)),
      b('+', 'Zoom in', () => this.move(0.5, 0)), b('−', 'Zoom out', () => this.move(2, 0)),
      b('All', 'Show all', () => this.all()));
  }
}
Group.count = 0;

/**
 * plot draws a chart into place. spec: {data, series, height, scale (uPlot's y scale), values (of the axis),
 * plugins, cursor(index), label}.
 */
function plot(place, group, spec) {
  const intra = intraday(spec.data[0]);
  const axis = { stroke: () => color('soft'), grid: { stroke: () => color('grid'), width: 1 }, ticks: { stroke: () => color('grid'), width: 1, size: 4 }, font: '12px system-ui, sans-serif' };
  const size = () => ({ width: Math.max(240, place.clientWidth), height: narrow() ? Math.round(spec.height * 0.75) : spec.height });
  const u = new uPlot({
    ...size(),
    tzDate: (t) => uPlot.tzDate(new Date(t * 1000), 'Etc/UTC'),
    cursor: { sync: { key: group.key, setSeries: false }, drag: { x: true, y: false }, points: { size: 6 } },
    legend: { live: true, markers: { width: 0, fill: (u, i) => `var(--${u.series[i].tint || 'soft'})` } },
    scales: { x: { time: true }, y: spec.scale || {} },
    axes: [{ ...axis, space: 90, size: 32, values: dates }, { ...axis, size: narrow() ? 52 : 76, values: spec.values, ...(spec.scale && spec.scale.distr === 3 ? { splits: logSplits, filter: (_, splits) => splits } : {}) }],
    series: [{ label: '', value: (_, v) => (none(v) ? dash : format.time(v, intra)) }, ...spec.series],
    bands: spec.bands,
    plugins: spec.plugins || [],
    hooks: {
      setScale: [(u, key) => { if (key === 'x') group.zoomed(u); }],
      draw: [atRest],
      setCursor: [(u) => {
        const i = u.cursor.idx;
        atRest(u);
        if (spec.cursor) spec.cursor(none(i) ? null : i);
      }],
    },
  }, spec.data, place);
  const drawing = place.querySelector('.u-wrap');
  drawing.setAttribute('role', 'img');
  drawing.setAttribute('aria-label', spec.label);
  group.add(u);
  new ResizeObserver(() => { if (place.clientWidth > 0) u.setSize(size()); }).observe(place);
  return u;
}

/** atRest shows the last point in sight in the legend while the mouse is elsewhere. */
function atRest(u) {
  if (none(u.cursor.idx)) u.setLegend({ idx: u.series[0].idxs[1] }, false);
}

/** dates are the words under the time axis: as much as the distance between them needs. */
function dates(_, splits, axis, space, step) {
  const day = 86400;
  return splits.map((t, i) => {
    const d = new Date(t * 1000), iso = d.toISOString();
    if (step >= 360 * day) return iso.slice(0, 4);
    if (step >= 28 * day) return `${months[d.getUTCMonth()]} ${iso.slice(0, 4)}`;
    if (step >= day) return iso.slice(0, 10);
    return i === 0 || t % day === 0 ? `${d.getUTCDate()} ${months[d.getUTCMonth()]} ${iso.slice(11, 16)}` : iso.slice(11, 16);
  });
}

/** logSplits are 1, 2 and 5 times the powers of ten, or even steps where too few of those are in sight. */
function logSplits(_, axis, low, high) {
  const found = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++) {
    for (const n of high / low > 1000 ? [1] : [1, 2, 5]) {
      const v = n * 10 ** power;
      if (v >= low && v <= high) found.push(v);
    }
  }
  if (found.length >= 3) return found;
  const raw = (high - low) / 5, unit = 10 ** Math.floor(Math.log10(raw));
  const step = unit * [1, 2, 5, 10].find((n) => n * unit >= raw);
  const even = [];
  for (let i = Math.ceil(low / step); i * step <= high; i++) even.push(i * step);
  return even;
}

/** line is a series of uPlot; its tint is the name of a colour, looked up whenever it is drawn. */
function line(label, tint, show, more) {
  return { label, tint, stroke: () => color(tint), width: 1.5, spanGaps: true, points: { show: false }, value: (_, v) => show(v), ...more };
}

/**
 * bridged lets a line pass over the points in which a series usually has no value (it may come with every
 * fifth bar), and breaks it where it was silent for much longer: uPlot breaks at null, not at undefined.
 */
function bridged(values) {
  const at = values.flatMap((v, i) => (none(v) ? [] : [i]));
  const steps = at.slice(1).map((n, i) => n - at[i]).sort((a, b) => a - b);
  const long = 3 * (steps[steps.length >> 1] || 1);
  const out = values.slice();
  for (let k = 1; k < at.length; k++) if (at[k] - at[k - 1] <= long) out.fill(undefined, at[k - 1] + 1, at[k]);
  return out;
}

function clipped(u, draw) {
  const { ctx, bbox } = u;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  draw(ctx);
  ctx.restore();
}

/** apart is how far neighbouring points are from each other, in pixels of the canvas. */
function apart(u) {
  if (!u.data || !u.bbox.width) return 0; // the legend asks for colours before there is anything
  const times = u.data[0];
  const { min, max } = u.scales.x;
  const seen = Math.max(1, (times.length - 1) * (max - min) / Math.max(1, times[times.length - 1] - times[0]));
  return u.bbox.width / seen;
}

/** candles draws open, high, low and close (series 1 to 4) where wanted(u). */
function candles(wanted) {
  return { hooks: { drawAxes: [(u) => {
    if (!wanted(u)) return;
    clipped(u, (ctx) => {
      const [times, open, high, low, close] = u.data;
      const [from, to] = u.series[0].idxs;
      const wide = Math.max(1, Math.min(15 * devicePixelRatio, apart(u) * 0.62));
      const y = (v) => u.valToPos(v, 'y', true);
      ctx.lineWidth = Math.max(1, Math.min(devicePixelRatio, wide / 3));
      for (let i = from; i <= to; i++) {
        if (none(close[i])) continue;
        const x = u.valToPos(times[i], 'x', true);
        ctx.fillStyle = ctx.strokeStyle = color.cache[close[i] >= open[i] ? 'up' : 'down'];
        ctx.beginPath();
        ctx.moveTo(x, y(high[i]));
        ctx.lineTo(x, y(low[i]));
        ctx.stroke();
        const top = Math.min(y(open[i]), y(close[i]));
        ctx.fillRect(x - wide / 2, top, wide, Math.max(1, Math.abs(y(open[i]) - y(close[i]))));
      }
    });
  }] } };
}

/** Colours that are drawn thousands of times are looked up once per change of the reader's setting. */
function learnColors() { color.cache = { up: color('up'), down: color('down'), ink: color('ink'), soft: color('soft'), card: color('card') }; }
learnColors();
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => { learnColors(); live.forEach((u) => u.redraw(false, true)); });

/** markers draws trades: a triangle where one begins (up: long), a dot where it ends, a line between. */
function markers(trades, times) {
  return { hooks: { draw: [(u) => clipped(u, (ctx) => {
    const { min, max } = u.scales.x;
    const r = devicePixelRatio;
    const seen = trades.filter((t) => times[t.exit] >= min && times[t.entry] <= max);
    const size = Math.max(2.2, Math.min(6, u.bbox.width / r / Math.max(1, seen.length) / 3)) * r;
    for (const t of seen) {
      const [x0, x1] = [u.valToPos(times[t.entry], 'x', true), u.valToPos(times[t.exit], 'x', true)];
      const [y0, y1] = [u.valToPos(t.entryPrice, 'y', true), u.valToPos(t.exitPrice, 'y', true)];
      const tint = color.cache[t.pnl >= 0 ? 'up' : 'down'];
      ctx.strokeStyle = ctx.fillStyle = tint;
      ctx.lineWidth = r;
      ctx.setLineDash([3 * r, 2 * r]);
      ctx.beginPath();
      ctx.moveTo(x0, y0);
      ctx.lineTo(x1, y1);
      ctx.stroke();
      ctx.setLineDash([]);
      const up = t.side > 0 ? 1 : -1;
      ctx.fillStyle = color.cache.ink;
      ctx.strokeStyle = color.cache.card;
      ctx.lineWidth = 0.75 * r;
      ctx.beginPath();
      ctx.moveTo(x0, y0);
      ctx.lineTo(x0 - size, y0 + up * size * 1.7);
      ctx.lineTo(x0 + size, y0 + up * size * 1.7);
      ctx.closePath();
      ctx.fill();
      ctx.stroke();
      ctx.fillStyle = tint;
      ctx.beginPath();
      ctx.arc(x1, y1, size * 0.75, 0, 7);
      ctx.fill();
      ctx.stroke();
    }
  })] } };
}

/** level draws a dashed line across, with a word at its end. */
function level(value, text) {
  return { hooks: { draw: [(u) => {
    const { min, max } = u.scales.y;
    if (!(value >= min && value <= max)) return;
    clipped(u, (ctx) => {
      const r = devicePixelRatio, y = u.valToPos(value, 'y', true);
      ctx.strokeStyle = ctx.fillStyle = color.cache.soft;
      ctx.lineWidth = r;
      ctx.setLineDash([5 * r, 4 * r]);
      ctx.beginPath();
      ctx.moveTo(u.bbox.left, y);
      ctx.lineTo(u.bbox.left + u.bbox.width, y);
      ctx.stroke();
      ctx.font = `${11 * r}px system-ui, sans-serif`;
      ctx.textAlign = 'right';
      ctx.textBaseline = y - u.bbox.top > 16 * r ? 'bottom' : 'top';
      ctx.fillText(text, u.bbox.left + u.bbox.width - 4 * r, y);
    });
  }] } };
}

/** figure wraps a chart with its title, a note and the place that it is drawn into. */
function figure(title, note, ...extra) {
  const place = h('div', { class: 'plot' });
  const frame = h('figure', null, h('figcaption', null, h('h3', null, title), note ? h('span', { class: 'soft' }, note) : null), place, ...extra);
  return { frame, place };
}
