// Words and numbers. Everything that is shown is set as text, never as markup.

const data = JSON.parse(document.getElementById('data').textContent);
const column = (place) => data.columns[place];

/** h makes an element: attributes, listeners (on…), then children; a string child is text. */
function h(tag, attributes, ...children) {
  const e = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) e.addEventListener(name.slice(2), value);
    else if (name === 'style') Object.assign(e.style, value);
    else e.setAttribute(name, value === true ? '' : value);
  }
  e.append(...children.flat().filter((c) => c !== null && c !== undefined && c !== false));
  return e;
}

const dash = '–';
const none = (v) => v === null || v === undefined || !Number.isFinite(Number(v));
const fixed = (v, places) => {
  const s = Number(v).toLocaleString('en-US', { minimumFractionDigits: places, maximumFractionDigits: places });
  return /[1-9]/.test(s) ? s.replace('-', '−') : s.replace('-', '');
};

const format = {
  number: (v, places = 2) => (none(v) ? dash : fixed(v, places)),
  count: (v) => (none(v) ? dash : fixed(v, 0)),
  percent: (v, places = 2) => (none(v) ? dash : fixed(v, places) + ' %'),
  change: (v, places = 2) => (none(v) ? dash : (v > 0 ? '+' : '') + fixed(v, places) + ' %'),
  /** Prices as they are quoted: without the zeros that only the instrument's scale would add. */
  price: (v, instrument) => (none(v) ? dash : Number(v).toLocaleString('en-US', { maximumFractionDigits: Math.min(instrument.price_decimals, 8) }).replace('-', '−')),
  quantity: (v, instrument) => (none(v) ? dash : Number(v).toLocaleString('en-US', { maximumFractionDigits: instrument.quantity_decimals })),
  rate: (v) => {
    if (none(v)) return dash;
    for (const [size, unit] of [[1e9, ' G'], [1e6, ' M'], [1e3, ' k']]) if (v >= size) return Number((v / size).toPrecision(3)) + unit;
    return String(Math.round(v));
  },
  day: (seconds) => new Date(seconds * 1000).toISOString().slice(0, 10),
  /** Bars of a day and more carry a date, others the time too. */
  time: (seconds, intraday) => {
    const s = new Date(seconds * 1000).toISOString();
    return intraday ? s.slice(0, 16).replace('T', ' ') : s.slice(0, 10);
  },
  /** Nanoseconds as days, hours or less. */
  span: (ns) => {
    if (none(ns)) return dash;
    const s = ns / 1e9;
    if (s >= 86400) return fixed(s / 86400, s >= 864000 ? 0 : 1) + ' days';
    if (s >= 3600) return fixed(s / 3600, 1) + ' h';
    if (s >= 60) return fixed(s / 60, 1) + ' min';
    return fixed(s, s >= 1 || s === 0 ? 1 : 3) + ' s';
  },
  words: (name) => name.replaceAll('_', ' '),
};

/** moneyOf writes an agent's money: in cents, or finer where the capital is a few coins. */
function moneyOf(summary) {
  const capital = Number(summary.capital);
  const places = capital >= 100 || capital === 0 ? 2 : capital >= 1 ? 4 : 8;
  return (v) => format.number(v, places);
}

const tone = (v) => (none(v) || v === 0 ? '' : v > 0 ? 'up' : 'down');
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Whether points lie closer than a day. */
function intraday(times) {
  if (times.length < 3) return false;
  const gaps = [];
  for (let i = 1; i < Math.min(times.length, 200); i++) gaps.push(times[i] - times[i - 1]);
  gaps.sort((a, b) => a - b);
  return gaps[gaps.length >> 1] < 86400 * 0.9;
}

const color = (name) => getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim();
const seriesColor = (i) => color('s' + (i % 8));
