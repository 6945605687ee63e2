/** First part of the page's script: the data, and which tags are shown in which order. See `tag-data.ts` for the shape. */
export const SCRIPT_SELECT = String.raw`
const byId = (id) => document.getElementById(id);
const source = byId('tag-data');
const data = source === null ? null : JSON.parse(source.textContent);

const REPOSITORY = 0, NAME = 1, STATUS = 2, KIND = 3, NARROW = 4, FLAGS = 5, GROUP = 6, CAUSES = 7, PRIMARY = 8, SECONDARY = 9;
const SKIPPED = 1, SKIPPED_UNKNOWN = 2, UNSTABLE = 4, FINDING = 8;
const ROWS_PER_PAGE = 100;
const MATCH = data === null ? -1 : data.statuses.indexOf('MATCH');

const counts = data === null ? [] : data.statuses.map((_, index) => data.tags.filter((tag) => tag[STATUS] === index).length);
const differing = (index) => counts[index] > 0 && index !== MATCH;
const initialStatuses = () => {
  const found = counts.map((_, index) => index).filter(differing);
  return new Set(found.length > 0 ? found : [MATCH]);
};

const initial = () => ({
  search: '', repository: '', cause: '', statuses: initialStatuses(), statusesChosen: false, skipped: false, grouped: true,
  sort: null, descending: false, page: 0, folded: new Set(), unfolded: new Set(),
});
let state = initial();

const ownGroup = (index) => data.causes[index] === 'matching' || data.causes[index] === 'unexplained';

/* sha256 is the rule and may be left out; another algorithm is always said. */
const shortDigest = (digest) => digest.replace(/^sha256:/, '').replace(/([0-9a-f]{12})[0-9a-f]*$/, '$1');
const readingWords = (reading) =>
  reading === 0 ? 'absent' : reading[0] === null ? 'HTTP ' + reading[1] : shortDigest(reading[0]);
const narrowWords = (tag) => (tag[NARROW] < 0 ? 'not read' : data.narrowStatuses[tag[NARROW]]);
const noteWords = (tag) => [
  ...(tag[FLAGS] & SKIPPED ? ['skipped silently'] : []),
  ...(tag[FLAGS] & UNSTABLE ? ['changed while being read'] : []),
];

/* Built once a tag, at the first search. */
const haystacks = [];
const haystack = (index) => {
  if (haystacks[index] === undefined) {
    const tag = data.tags[index];
    const readings = [tag[PRIMARY], tag[SECONDARY]].map((reading) =>
      reading === 0 ? 'absent' : reading[0] === null ? reading[1] + ' ' + reading[2] : reading[0] + ' ' + data.types[reading[1]] + ' ' + reading[2]);
    haystacks[index] = [tag[NAME], data.repositories[tag[REPOSITORY]], data.statuses[tag[STATUS]], data.kinds[tag[KIND]],
      ...readings, ...tag[CAUSES].map((cause) => data.causes[cause]), ...noteWords(tag)].join('\n').toLowerCase();
  }
  return haystacks[index];
};

/* The order of the bytes in UTF-8, as the tool sorts everywhere; JavaScript's own differs beyond the BMP. */
const unitOrder = (unit) => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit);
const compareText = (a, b) => {
  if (a === b) return 0;
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) {
    const difference = unitOrder(a.charCodeAt(i)) - unitOrder(b.charCodeAt(i));
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
};

const SORT_KEYS = {
  tag: (tag) => tag[NAME],
  status: (tag) => tag[STATUS],
  primary: (tag) => readingWords(tag[PRIMARY]),
  secondary: (tag) => readingWords(tag[SECONDARY]),
  kind: (tag) => data.kinds[tag[KIND]],
  narrow: narrowWords,
};

/* Indices of the tags that pass the filters, in order. Without a sort: worst first, then as in the report. */
const selectTags = () => {
  const words = state.search.toLowerCase().split(/\s+/).filter((word) => word !== '');
  const repository = state.repository === '' ? null : Number(state.repository);
  const cause = state.cause === '' ? null : Number(state.cause);
  const selected = [];
  data.tags.forEach((tag, index) => {
    /* Until somebody chooses, a tag that matches and cannot be pulled is shown with those that differ. */
    const asFinding = !state.statusesChosen && (tag[FLAGS] & FINDING) !== 0;
    if (!state.statuses.has(tag[STATUS]) && !asFinding) return;
    if (repository !== null && tag[REPOSITORY] !== repository) return;
    if (cause !== null && !tag[CAUSES].includes(cause)) return;
    if (state.skipped && !(tag[FLAGS] & SKIPPED)) return;
    if (words.length > 0 && !words.every((word) => haystack(index).includes(word))) return;
    selected.push(index);
  });
  const groupRank = [];
  data.groupOrder.forEach((group, rank) => { groupRank[group] = rank; });
  const key = SORT_KEYS[state.sort ?? 'status'];
  const keys = new Map(selected.map((index) => [index, key(data.tags[index])]));
  const sign = state.descending ? -1 : 1;
  return selected.sort((a, b) => {
    const byGroup = state.grouped ? groupRank[data.tags[a][GROUP]] - groupRank[data.tags[b][GROUP]] : 0;
    if (byGroup !== 0) return byGroup;
    const left = keys.get(a), right = keys.get(b);
    const byKey = typeof left === 'number' ? left - right : compareText(left, right);
    return byKey !== 0 ? sign * byKey : a - b;
  });
};

/* What a page may hold: headings of groups, and the tags of those that are not folded. */
const itemsOf = (selected) => {
  if (!state.grouped) return { items: selected, sizes: new Map() };
  const sizes = new Map();
  for (const index of selected) sizes.set(data.tags[index][GROUP], (sizes.get(data.tags[index][GROUP]) ?? 0) + 1);
  const items = [];
  let group = null;
  for (const index of selected) {
    if (data.tags[index][GROUP] !== group) {
      group = data.tags[index][GROUP];
      items.push({ group });
    }
    if (!state.folded.has(group)) items.push(index);
  }
  return { items, sizes };
};
`;
