/** The most requests in flight at once that the controller goes to. */
export const MOST_IN_FLIGHT = 256;
/**
 * Where every site begins, and no fewer without trouble: a site with less waiting runs dry while this process is on its
 * way to the answer (idle half as much again with 4 as with 8, measured where both share a machine), and so few
 * waiting burden nobody.
 */
const FEW = 8;
/** Twice as much in flight for this much more is a site that only waits: one window is answer enough. */
const OBVIOUS_GAIN = 1.6;
/** So much is believed of several windows. */
const CLEAR_GAIN = 1.4;
/**
 * So much is worth it, if it is lost again on the way back: a program that gets warm, or a machine that others leave,
 * gains as much by itself. Below it the site only queues, and what was before is the knee.
 */
const WORTHY_GAIN = 1.1;
/** On by so much from what was only just worth it. */
const CAREFUL_STEP = 1.5;
/** So many times as fast or as slow as before is another site, or another link. */
const OTHER_PACE = 2;
/** With less in flight as slow as this after one window: no need to look longer. */
const OBVIOUSLY_SLOWER = 0.75;
/** With less in flight as fast as this: the rest was only queueing. */
const AS_FAST = 0.97;
/** Windows that are averaged before a gain that is not obvious is believed: one window is noise (measured: 30 %). */
const WINDOWS_TO_BELIEVE = 4;
/** Windows between two looks at whether more, or less, would do; longer after each that changed nothing. */
const FIRST_PAUSE = 24;
const LONGEST_PAUSE = 384;
/** After the way up, which a program that only just gets warm takes too far, the way down is looked for at once. */
const SHORT_PAUSE = 6;
/** With so much of its time at work, this process is the limit: it answers no faster for having more in flight. */
const BUSY = 0.9;
/** With so much of its time at work, what it spends on each turn of its event loop is felt. */
const AT_WORK = 0.5;
/**
 * What such a process has in flight at least: with fewer, every turn serves an answer or two (a tenth slower with 8 than
 * with 16 at a site that answers at once, measured; 24 and 32 bring no more). A site that works for its answers is not
 * asked so much at once without need: it takes more processor time for each of them.
 */
const WHILE_AT_WORK = 16;
/** A window is some turns of every place, and some time. */
const SMALLEST_WINDOW = 24;
const TURNS_PER_WINDOW = 3;
const SHORTEST_WINDOW_MS = 100;

/** What the controller knows of a site. A plain value: each observation makes the next one. */
export interface ConcurrencyState {
  /** Requests in flight allowed now. */
  readonly limit: number;
  /**
   * `ramp` and `more` try a higher limit than `base`, `less` a lower one, `steady` stays. `proof` is back at the lower
   * one, to see whether what `base` gained was gained by its limit.
   */
  readonly phase: 'ramp' | 'steady' | 'more' | 'proof' | 'less';
  /** The limit that is known to be worth it, with its requests per second; null while nothing is known. */
  readonly base: { readonly limit: number; readonly rate: number } | null;
  /** Windows at this limit, and the mean of their requests per second. */
  readonly windows: number;
  readonly rate: number;
  /** Windows to stay before the next look, and which way that goes. */
  readonly pause: number;
  readonly nextLook: 'more' | 'less';
  /** No further than this: the site refused beyond it. */
  readonly ceiling: number;
}

/** One window of requests to a site, or its trouble. */
export type ConcurrencyObservation =
  /**
   * So many requests ended in so many milliseconds, and whenever one did, every place was taken. `busy` is the part of
   * the time, 0 to 1, in which this process itself was at work.
   */
  | {
      readonly kind: 'window';
      readonly requests: number;
      readonly milliseconds: number;
      readonly busy: number;
    }
  /** A 429, a 503, a time-out or a connection that broke: the site or the way there is overrun. */
  | { readonly kind: 'trouble' };

/** Where every site begins. */
export function firstConcurrency(): ConcurrencyState {
  return at(FEW, {
    phase: 'ramp',
    base: null,
    pause: FIRST_PAUSE,
    nextLook: 'less',
    ceiling: MOST_IN_FLIGHT,
  });
}

/** Whether a window is long enough to be told to the controller. */
export function isWindow(limit: number, requests: number, milliseconds: number): boolean {
  return (
    requests >= Math.max(SMALLEST_WINDOW, limit * TURNS_PER_WINDOW) && milliseconds >= SHORTEST_WINDOW_MS
  );
}

/**
 * The next state. While twice as much in flight brings clearly more, it goes on; where it brings nothing, the site
 * only queues and the controller steps back to the last limit that brought something, the knee. What brings a little
 * has to be lost again on the way back. From the knee it looks now and then whether less would do or more would bring
 * something, ever more rarely while it would not. Trouble halves the limit at once, and the way up is in small steps
 * from then on (additive increase, multiplicative decrease). A process that is itself at work all the time goes no
 * further. Latency needs no rule of its own: with all places taken it is limit ÷ throughput.
 */
export function nextConcurrency(
  state: ConcurrencyState,
  observation: ConcurrencyObservation,
): ConcurrencyState {
  if (observation.kind === 'trouble') return afterTrouble(state);
  const pace = (observation.requests / observation.milliseconds) * 1000;
  const windows = state.windows + 1;
  const rate = state.rate + (pace - state.rate) / Math.min(windows, WINDOWS_TO_BELIEVE);
  const seen = { ...state, windows, rate };
  const isBusy = observation.busy >= BUSY;
  const least = observation.busy >= AT_WORK ? WHILE_AT_WORK : FEW;
  switch (state.phase) {
    case 'steady':
      return windows < state.pause && !isAnotherSite(seen) ? seen : look(seen, isBusy, least);
    case 'less':
      return afterLess(seen);
    case 'proof':
      return afterProof(seen, isBusy);
    default:
      return afterMore(seen, isBusy, least);
  }
}

/** The pace is another by far than when the limit was found: what was found out then holds no more. */
function isAnotherSite({ base, windows, rate }: ConcurrencyState): boolean {
  if (base === null || windows < WINDOWS_TO_BELIEVE) return false;
  return rate < base.rate / OTHER_PACE || rate > base.rate * OTHER_PACE;
}

/** The same site with another limit, of which nothing is known yet. */
function at(limit: number, rest: Omit<ConcurrencyState, 'limit' | 'windows' | 'rate'>): ConcurrencyState {
  return { ...rest, limit, windows: 0, rate: 0 };
}

function afterTrouble(state: ConcurrencyState): ConcurrencyState {
  const limit = Math.max(1, Math.floor(state.limit / 2));
  const ceiling = Math.max(1, state.limit - 1);
  return at(limit, { phase: 'steady', base: null, pause: WINDOWS_TO_BELIEVE, nextLook: 'more', ceiling });
}

/** A higher limit: is it worth it? */
function afterMore(state: ConcurrencyState, isBusy: boolean, least: number): ConcurrencyState {
  const { base, limit, rate, windows, ceiling } = state;
  // A program that has just begun gets faster by itself.
  if (base === null && windows < WINDOWS_TO_BELIEVE) return state;
  if (base === null && limit < least && ceiling === MOST_IN_FLIGHT) return at(least, state);
  if (isBusy && base === null) return stay(state);
  const isFree = ceiling === MOST_IN_FLIGHT;
  if (base !== null) {
    const times = limit / base.limit;
    const gain = rate / base.rate;
    const isObvious = gain >= wantedOf(times, OBVIOUS_GAIN) && (times >= 2 || !isFree);
    if (!isObvious && windows < WINDOWS_TO_BELIEVE) return state;
    const isLook = state.phase === 'more';
    const pause = isLook ? longer(state.pause) : SHORT_PAUSE;
    if (gain < wantedOf(times, WORTHY_GAIN))
      return at(base.limit, { ...state, phase: 'steady', pause, nextLook: 'less' });
    if (isBusy) return stay(state);
    if (isFree && !isObvious && gain < wantedOf(times, CLEAR_GAIN)) {
      const nextLook = isLook ? 'less' : 'more';
      return at(base.limit, { ...state, base: { limit, rate }, phase: 'proof', pause, nextLook });
    }
  }
  return onwards(state, isFree ? limit * 2 : limit + Math.max(1, Math.floor(limit / 8)));
}

/** What so many times as much in flight has to bring, where twice as much has to bring `perDoubling`. */
function wantedOf(times: number, perDoubling: number): number {
  return 1 + (perDoubling - 1) * (times - 1);
}

/** Back at the lower limit: if that is as fast by now, the gain was none. */
function afterProof(state: ConcurrencyState, isBusy: boolean): ConcurrencyState {
  const { base, limit, rate, windows } = state;
  if (windows < WINDOWS_TO_BELIEVE) return state;
  if (base === null || isBusy || base.rate < rate * wantedOf(base.limit / limit, WORTHY_GAIN))
    return { ...state, base: { limit, rate }, phase: 'steady', windows: 0 };
  return onwards({ ...state, ...base }, Math.ceil(base.limit * CAREFUL_STEP));
}

/** No further from a limit that was worth it. */
function stay(state: ConcurrencyState): ConcurrencyState {
  const { limit, rate } = state;
  const base = { limit, rate };
  return { ...state, base, phase: 'steady', windows: 0, pause: SHORT_PAUSE, nextLook: 'less' };
}

/** On from a limit that was worth it. */
function onwards(state: ConcurrencyState, wanted: number): ConcurrencyState {
  const { limit, rate } = state;
  const next = Math.min(wanted, state.ceiling);
  const base = { limit, rate };
  if (next > limit) return at(next, { ...state, base, phase: 'ramp' });
  // It grew up to here, so that less will hardly do.
  return { ...state, base, phase: 'steady', windows: 0, pause: FIRST_PAUSE, nextLook: 'more' };
}

/** A lower limit: is it as fast? */
function afterLess(state: ConcurrencyState): ConcurrencyState {
  const { base, limit, rate, windows } = state;
  const isSlower = base !== null && rate < base.rate * OBVIOUSLY_SLOWER;
  if (windows < WINDOWS_TO_BELIEVE && !isSlower) return state;
  if (base === null || rate >= base.rate * AS_FAST)
    return { ...state, base: { limit, rate }, phase: 'steady', windows: 0, pause: SHORT_PAUSE };
  return at(base.limit, { ...state, phase: 'steady', pause: longer(state.pause), nextLook: 'more' });
}

/** Time to look whether another limit would do better. */
function look(state: ConcurrencyState, isBusy: boolean, least: number): ConcurrencyState {
  const { limit, rate } = state;
  const base = { limit, rate };
  if (limit < least && state.ceiling === MOST_IN_FLIGHT)
    return at(least, { ...state, base: null, phase: 'ramp' });
  const nextLook = isAnotherSite(state) ? 'more' : state.nextLook;
  if (nextLook === 'less' && limit > least)
    return at(Math.max(least, Math.floor(limit / 2)), { ...state, base, phase: 'less' });
  // What the site refused once may be right by now.
  const ceiling = state.pause >= FIRST_PAUSE ? MOST_IN_FLIGHT : state.ceiling;
  const step = ceiling === MOST_IN_FLIGHT ? Math.ceil(limit / 2) : Math.max(1, Math.floor(limit / 8));
  const next = Math.min(limit + step, ceiling);
  if (next <= limit || isBusy)
    return { ...state, base, windows: 0, pause: longer(state.pause), nextLook: 'less' };
  const pause = isAnotherSite(state) ? FIRST_PAUSE : state.pause;
  return at(next, { ...state, base, ceiling, pause, phase: 'more', nextLook: 'less' });
}

function longer(pause: number): number {
  return Math.min(LONGEST_PAUSE, Math.max(FIRST_PAUSE, pause * 2));
}
