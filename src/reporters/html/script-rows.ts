/** Second part of the page's script: the elements of the rows on a page. */
export const SCRIPT_ROWS = `
const element = (name, attributes, ...children) => {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes ?? {})) made.setAttribute(key, value);
  made.append(...children);
  return made;
};

const statusPill = (status) => element('span', { class: 'pill s-' + data.statuses[status] },
  element('span', { class: 'mark', 'aria-hidden': 'true' }, data.marks[status]), data.statuses[status]);

const digestButton = (digest) =>
  element('button', { type: 'button', class: 'digest', 'data-copy': digest, title: 'Copy ' + digest }, shortDigest(digest));

const readingCell = (reading) => element('td', null,
  reading !== 0 && reading[0] !== null ? digestButton(reading[0]) : element('span', { class: 'quiet' }, readingWords(reading)));

const many = () => data.repositories.length > 1;
const columns = () => [
  ['tag', 'Tag'], ['status', 'Status'], ['primary', 'primary'], ['secondary', 'secondary'],
  ['kind', 'Kind'], ['narrow', 'Geo sees (narrow)'], [null, 'Notes'],
];

const headCells = () => columns().map(([key, words]) => {
  if (key === null) return element('th', { scope: 'col' }, words);
  const sorted = state.sort === key;
  const arrow = sorted ? (state.descending ? ' ▼' : ' ▲') : '';
  return element('th', { scope: 'col', 'aria-sort': sorted ? (state.descending ? 'descending' : 'ascending') : 'none' },
    element('button', { type: 'button', class: 'sort', 'data-sort': key }, words + arrow));
});

const groupRow = (group, size, continued) => {
  const folded = state.folded.has(group);
  const code = ownGroup(group) ? [] : [' ', element('code', null, data.causes[group])];
  return element('tr', { class: 'group' }, element('th', { colspan: String(columns().length), scope: 'colgroup' },
    element('button', { type: 'button', class: 'fold', 'aria-expanded': String(!folded), 'data-group': String(group) },
      element('span', { class: 'says' }, data.says[group]), ...code,
      element('span', { class: 'quiet' }, ' ' + size + (size === 1 ? ' tag' : ' tags') + (continued ? ', continued' : '')))));
};

const tagRow = (index) => {
  const tag = data.tags[index];
  const unfolded = state.unfolded.has(index);
  const notes = element('td', { class: 'notes' });
  for (const note of noteWords(tag)) notes.append(element('span', { class: 'note' }, note), ' ');
  /* The heading of the group has said its cause. */
  const causes = tag[CAUSES].filter((cause) => !(state.grouped && cause === tag[GROUP]));
  for (const cause of causes) notes.append(element('code', null, data.causes[cause]), ' ');
  return element('tr', { class: 'tag', 'data-index': String(index) },
    element('th', { scope: 'row' },
      element('button', { type: 'button', class: 'fold name', 'aria-expanded': String(unfolded), 'data-tag': String(index) }, tag[NAME]),
      ...(many() ? [element('div', { class: 'path' }, data.repositories[tag[REPOSITORY]])] : [])),
    element('td', null, statusPill(tag[STATUS])), readingCell(tag[PRIMARY]), readingCell(tag[SECONDARY]),
    element('td', null, data.kinds[tag[KIND]]), element('td', null, narrowWords(tag)), notes);
};

const narrowDetail = (narrow, digest) => {
  if (narrow === 0) return ['not read'];
  if (narrow === 1) return ['the same digest'];
  if (typeof narrow === 'number') return ['no digest, HTTP ' + narrow];
  return narrow === 'none' ? ['no digest'] : [digestButton(narrow)];
};

const siteDetail = (site, reading) => {
  const list = element('dl', null);
  const say = (label, ...words) => list.append(element('dt', null, label), element('dd', null, ...words));
  if (reading === 0) {
    say(site, 'the tag is absent');
  } else if (reading[0] === null) {
    say(site, 'listed, but cannot be resolved: HTTP ' + reading[1]);
    say('answer', reading[2]);
    say('narrow', ...narrowDetail(reading[3]));
  } else {
    say(site, element('code', { class: 'long' }, reading[0]));
    say('media type', data.types[reading[1]]);
    say('narrow', ...narrowDetail(reading[2]));
  }
  return list;
};

const detailRow = (index) => {
  const tag = data.tags[index];
  const says = tag[CAUSES].map((cause) => element('p', null, element('code', null, data.causes[cause]), ' ' + data.says[cause]));
  const skipped = tag[FLAGS] & SKIPPED_UNKNOWN ? [element('p', null, 'It is not known whether sync skips this tag: narrow was not read.')] : [];
  return element('tr', { class: 'detail' }, element('td', { colspan: String(columns().length) },
    element('div', { class: 'sides' }, siteDetail('primary', tag[PRIMARY]), siteDetail('secondary', tag[SECONDARY])), ...says, ...skipped));
};
`;
