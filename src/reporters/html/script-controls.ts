/** Last part of the page's script: drawing, and what the controls do. */
export const SCRIPT_CONTROLS = String.raw`
const number = (value) => String(value).replace(/\B(?=(\d{3})+$)/g, ',');
let selected = [];

/* Focus stays where it was although the rows are made anew. */
const FOCUSABLE = ['sort', 'group', 'tag'];
const keepingFocus = (draw) => {
  const focused = document.activeElement;
  const kind = focused === null ? undefined : FOCUSABLE.find((name) => focused.dataset[name] !== undefined);
  const value = kind === undefined ? null : focused.dataset[kind];
  draw();
  if (kind === undefined) return;
  const same = [...document.querySelectorAll('#tag-table [data-' + kind + ']')].find((one) => one.dataset[kind] === value);
  if (same !== undefined) same.focus();
};

const draw = () => keepingFocus(() => {
  const { items, sizes } = itemsOf(selected);
  const pages = Math.max(1, Math.ceil(items.length / ROWS_PER_PAGE));
  state.page = Math.min(state.page, pages - 1);
  const start = state.page * ROWS_PER_PAGE;
  const visible = items.slice(start, start + ROWS_PER_PAGE);
  const rows = [];
  if (typeof visible[0] === 'number' && state.grouped) {
    const group = data.tags[visible[0]][GROUP];
    rows.push(groupRow(group, sizes.get(group), true));
  }
  for (const item of visible) {
    if (typeof item === 'object') {
      rows.push(groupRow(item.group, sizes.get(item.group), false));
    } else {
      rows.push(tagRow(item));
      if (state.unfolded.has(item)) rows.push(detailRow(item));
    }
  }
  byId('tag-head').replaceChildren(...headCells());
  byId('tag-rows').replaceChildren(...rows);
  byId('shown').textContent = selected.length === 0
    ? 'No tag passes these filters.'
    : number(selected.length) + ' of ' + number(data.tags.length) + (data.tags.length === 1 ? ' tag' : ' tags');
  byId('page').textContent = 'Page ' + number(state.page + 1) + ' of ' + number(pages);
  document.querySelector('.pages').hidden = pages === 1;
  for (const id of ['first', 'previous']) byId(id).disabled = state.page === 0;
  for (const id of ['next-page', 'last']) byId(id).disabled = state.page === pages - 1;
  byId('last').dataset.page = String(pages - 1);
});

const select = (change) => {
  Object.assign(state, change, { page: 0 });
  selected = selectTags();
  draw();
};

const statusBoxes = () => data.statuses.flatMap((_, index) => {
  if (counts[index] === 0) return [];
  const box = element('input', { type: 'checkbox', value: String(index) });
  box.checked = state.statuses.has(index);
  box.addEventListener('change', () => {
    const statuses = new Set(state.statuses);
    if (box.checked) statuses.add(index); else statuses.delete(index);
    select({ statuses, statusesChosen: true });
  });
  return [element('label', { class: 'check' }, box, statusPill(index), ' ' + number(counts[index]))];
});

const showControls = () => {
  byId('search').value = state.search;
  byId('repository').value = state.repository;
  byId('cause').value = state.cause;
  byId('skipped').checked = state.skipped;
  byId('grouped').checked = state.grouped;
  byId('statuses').replaceChildren(byId('statuses').firstElementChild, ...statusBoxes());
};

const reset = (change) => {
  state = Object.assign(initial(), change);
  showControls();
  select({});
};

const toggle = (set, value) => { if (!set.delete(value)) set.add(value); };

const turnPage = (page) => {
  state.page = page;
  draw();
  byId('tag-section').scrollIntoView();
};

const startTags = () => {
  byId('repository').append(...data.repositories.map((path, index) => element('option', { value: String(index) }, path)));
  byId('repository-filter').hidden = !many();
  byId('cause').append(...data.groupOrder.filter((index) => !ownGroup(index))
    .map((index) => element('option', { value: String(index) }, data.causes[index])));
  byId('search').addEventListener('input', () => select({ search: byId('search').value }));
  byId('repository').addEventListener('change', () => select({ repository: byId('repository').value }));
  byId('cause').addEventListener('change', () => select({ cause: byId('cause').value }));
  byId('skipped').addEventListener('change', () => select({ skipped: byId('skipped').checked }));
  byId('grouped').addEventListener('change', () => select({ grouped: byId('grouped').checked }));
  byId('reset').addEventListener('click', () => reset({}));
  byId('first').addEventListener('click', () => turnPage(0));
  byId('previous').addEventListener('click', () => turnPage(state.page - 1));
  byId('next-page').addEventListener('click', () => turnPage(state.page + 1));
  byId('last').addEventListener('click', () => turnPage(Number(byId('last').dataset.page)));
  byId('tag-table').addEventListener('click', (event) => {
    const button = event.target.closest('button');
    if (button === null) return;
    const { sort, group, tag } = button.dataset;
    if (sort !== undefined) {
      select({ sort, descending: state.sort === sort && !state.descending });
    } else if (group !== undefined) {
      toggle(state.folded, Number(group));
      draw();
    } else if (tag !== undefined) {
      toggle(state.unfolded, Number(tag));
      draw();
    }
  });
  reset({});
};

/* A page from a file may lack the clipboard; a selected field can always be copied. */
const copyBySelection = (text) => {
  const field = element('textarea', { class: 'said', 'aria-hidden': 'true' });
  field.value = text;
  document.body.append(field);
  field.select();
  const copied = document.execCommand('copy');
  field.remove();
  return copied;
};

const copy = async (button) => {
  const text = button.dataset.copy;
  let copied;
  try {
    await navigator.clipboard.writeText(text);
    copied = true;
  } catch {
    copied = copyBySelection(text);
    button.focus();
  }
  const said = copied ? 'Copied' : 'Could not copy';
  byId('said').textContent = said + ' ' + text;
  button.classList.add(copied ? 'copied' : 'not-copied');
  setTimeout(() => button.classList.remove('copied', 'not-copied'), 1500);
};

document.addEventListener('click', (event) => {
  const button = event.target.closest('button');
  if (button === null) return;
  if (button.dataset.copy !== undefined) copy(button);
  if (button.dataset.showCause !== undefined && data !== null) {
    const cause = data.causes.indexOf(button.dataset.showCause);
    reset({ cause: String(cause), statuses: new Set(data.statuses.map((_, index) => index)) });
    byId('tag-section').scrollIntoView();
    byId('cause').focus({ preventScroll: true });
  }
});

const theme = byId('theme');
const isDark = () => (document.documentElement.dataset.theme ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')) === 'dark';
const showTheme = () => { theme.textContent = isDark() ? 'Light colours' : 'Dark colours'; };
theme.addEventListener('click', () => {
  document.documentElement.dataset.theme = isDark() ? 'light' : 'dark';
  showTheme();
});
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', showTheme);
showTheme();

/* What is folded would be lost on paper. */
let opened = [];
addEventListener('beforeprint', () => {
  const closed = [...document.querySelectorAll('details.repository:not([open])')];
  /* Of very many only those with findings: a line says enough of one that is in sync. */
  opened = closed.length > 50 ? closed.filter((one) => !one.classList.contains('v-IN-SYNC')) : closed;
  for (const one of opened) one.open = true;
});
addEventListener('afterprint', () => { for (const one of opened) one.open = false; });

document.documentElement.classList.add('with-script');
if (data !== null) startTags();
`;
