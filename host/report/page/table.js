// Tables: sortable ones, the heat table of months, lists of facts.

/**
 * grid makes a table that sorts by a click on a column's head. A column is {title, of(row) → value to sort
 * by, show(row) → text or element, text: bool (to the left), tone(row) → class}.
 */
function grid(label, columns, rows, options = {}) {
  const body = h('tbody');
  const step = options.step || 200;
  let shown = step;
  let sorted = rows.slice();
  const more = h('button', { class: 'more', type: 'button', onclick: () => { shown = Infinity; fill(); } });
  function fill() {
    body.replaceChildren(...sorted.slice(0, shown).map((row) => h('tr', null, columns.map((c) => {
      const cell = c.show(row);
      return h('td', { class: [c.text ? 'text' : '', c.long ? 'long' : '', c.tone ? c.tone(row) : ''].join(' ').trim() || null }, cell);
    }))));
    more.hidden = sorted.length <= shown;
    more.textContent = `Show all ${format.count(sorted.length)}`;
  }
  const heads = columns.map((c) => {
    const head = h('th', { scope: 'col', class: c.text ? 'text' : null });
    if (!c.of) head.append(c.title);
    else head.append(h('button', { type: 'button', onclick: () => sort(c, head) }, c.title));
    return head;
  });
  function sort(c, head) {
    const up = head.getAttribute('aria-sort') === 'descending';
    heads.forEach((x) => x.removeAttribute('aria-sort'));
    head.setAttribute('aria-sort', up ? 'ascending' : 'descending');
    const low = (v) => (v === null || v === undefined ? -Infinity : v);
    sorted.sort((a, b) => {
      const [x, y] = [low(c.of(a)), low(c.of(b))];
      return (x < y ? -1 : x > y ? 1 : 0) * (up ? 1 : -1);
    });
    fill();
  }
  fill();
  const table = h('table', { class: 'grid' }, h('caption', { class: 'skip' }, label), h('thead', null, h('tr', null, heads)), body);
  return h('div', null, h('div', { class: 'scroll', role: 'region', 'aria-label': label, tabindex: '0' }, table), more);
}

/** heat is the table of returns by month, the years below one another. */
function heat(list) {
  const years = new Map();
  for (const m of list) {
    if (!years.has(m.year)) years.set(m.year, {});
    years.get(m.year)[m.month] = m.return;
  }
  const tint = (v, full) => {
    if (none(v)) return {};
    const share = Math.min(1, Math.abs(v) / full) * 62;
    return { backgroundColor: `color-mix(in srgb, var(${v >= 0 ? '--up' : '--down'}) ${share.toFixed(0)}%, transparent)` };
  };
  const cell = (v, full) => h('td', { style: tint(v, full) }, none(v) ? '' : fixed(v, 1));
  const rows = [...years].map(([year, by]) => {
    const whole = Object.values(by).reduce((all, r) => all * (1 + (r || 0) / 100), 1);
    return h('tr', null, h('th', { scope: 'row', class: 'text' }, String(year)), months.map((_, i) => cell(by[i + 1], 10)), cell((whole - 1) * 100, 40));
  });
  return h('div', { class: 'scroll', role: 'region', 'aria-label': 'Returns by month in percent', tabindex: '0' },
    h('table', { class: 'grid heat' }, h('caption', { class: 'skip' }, 'Returns by month in percent'),
      h('thead', null, h('tr', null, h('th', { scope: 'col', class: 'text' }, ''), months.map((m) => h('th', { scope: 'col' }, m)), h('th', { scope: 'col' }, 'Year'))),
      h('tbody', null, rows)));
}

/** facts is a list of names and values; empty values are left out. */
function facts(list, numbers) {
  const kept = list.filter(([, v]) => v !== null && v !== undefined && v !== '');
  return h('dl', { class: numbers ? 'facts numbers' : 'facts' }, kept.map(([name, v]) => [h('dt', null, name), h('dd', null, v)]).flat());
}

function card(title, note, ...children) {
  return h('div', { class: 'card' }, h('header', null, h('h3', null, title), note ? h('span', { class: 'soft' }, note) : null), ...children);
}
