/** One of the diagrams of a picture. */
export interface Diagram {
  readonly title: string;
  /** Written after the figures of the upright axis. */
  readonly unit: string;
  readonly points: ReadonlyArray<{ readonly x: number; readonly y: number }>;
}

const WIDTH = 420;
const HEIGHT = 300;
const LEFT = 60;
const RIGHT = 24;
const TOP = 40;
const BOTTOM = 48;

/**
 * An SVG with the diagrams beside each other: both axes linear and from zero, so that what is linear looks so; the
 * dashed line is the least-squares fit, the figures beside the points are their values.
 */
export function plot(diagrams: readonly Diagram[]): string {
  const width = WIDTH * diagrams.length;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${HEIGHT}" viewBox="0 0 ${width} ${HEIGHT}" font-family="sans-serif" font-size="11">`,
    `<rect width="${width}" height="${HEIGHT}" fill="#fff"/>`,
    ...diagrams.map(
      (diagram, at) => `<g transform="translate(${at * WIDTH} 0)">\n${diagramOf(diagram)}\n</g>`,
    ),
    '</svg>',
    '',
  ].join('\n');
}

function diagramOf({ title, unit, points }: Diagram): string {
  const mostX = Math.max(...points.map(({ x }) => x), 1);
  const stepY = niceStep(Math.max(...points.map(({ y }) => y), 1e-9) / 4);
  const mostY = Math.ceil((Math.max(...points.map(({ y }) => y), 1e-9) * 1.1) / stepY) * stepY;
  const across = (x: number): string => (LEFT + (x / mostX) * (WIDTH - LEFT - RIGHT)).toFixed(1);
  const up = (y: number): string => (HEIGHT - BOTTOM - (y / mostY) * (HEIGHT - TOP - BOTTOM)).toFixed(1);
  const ticks = Array.from({ length: Math.round(mostY / stepY) + 1 }, (_, at) => at * stepY);
  const { start, slope } = leastSquares(points);
  return [
    `<text x="${LEFT}" y="20" font-size="13">${title}</text>`,
    ...ticks.map(
      (y) =>
        `<path d="M${LEFT} ${up(y)}H${WIDTH - RIGHT}" stroke="#ddd"/><text x="${LEFT - 6}" y="${up(y)}" dy="4" text-anchor="end">${figure(y)} ${unit}</text>`,
    ),
    ...[0, 0.25, 0.5, 0.75, 1].map(
      (part) =>
        `<text x="${across(part * mostX)}" y="${HEIGHT - BOTTOM + 18}" text-anchor="middle">${Math.round(part * mostX).toLocaleString('en-US')}</text>`,
    ),
    `<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 10}" text-anchor="middle">tags on both sites</text>`,
    `<path d="M${across(0)} ${up(start)}L${across(mostX)} ${up(start + slope * mostX)}" stroke="#888" stroke-dasharray="4 4"/>`,
    `<path d="M${points.map(({ x, y }) => `${across(x)} ${up(y)}`).join('L')}" fill="none" stroke="#1f5fa8" stroke-width="2"/>`,
    ...points.map(
      ({ x, y }) =>
        `<circle cx="${across(x)}" cy="${up(y)}" r="3.5" fill="#1f5fa8"/><text x="${across(x)}" y="${up(y)}" dx="-6" dy="-7" text-anchor="${x > mostX / 2 ? 'end' : 'start'}">${figure(y)}</text>`,
    ),
  ].join('\n');
}

/** Least squares: `y = start + slope x`. */
function leastSquares(points: Diagram['points']): { start: number; slope: number } {
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / Math.max(values.length, 1);
  const [meanX, meanY] = [mean(points.map(({ x }) => x)), mean(points.map(({ y }) => y))];
  const spread = points.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0);
  const slope =
    spread === 0 ? 0 : points.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0) / spread;
  return { start: meanY - slope * meanX, slope };
}

/** 1, 2 or 5 times a power of ten, not below `least`. */
function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return ([1, 2, 5, 10].find((factor) => factor * power >= least) ?? 10) * power;
}

function figure(value: number): string {
  return String(Number(value.toPrecision(3)));
}
