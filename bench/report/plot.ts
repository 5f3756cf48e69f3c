/** A line of a plot. */
export interface Line {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface Plot {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly lines: readonly Line[];
}

const WIDTH = 720, HEIGHT = 360;
const LEFT = 70, RIGHT = 190, TOP = 40, BOTTOM = 50;
const COLOURS = ["#b3541e", "#1e6fb3", "#3a8f3a", "#8a3ab3", "#b39a1e", "#1eb3a2", "#b31e5f", "#666666"];

/** An SVG with x in powers of ten and y from 0, so that what grows is seen to grow. */
export function svg({ title, x, y, lines }: Plot): string {
  const points = lines.flatMap((line) => line.points);
  const xs = points.map(([x]) => Math.log10(x)), [least, most] = [Math.min(...xs), Math.max(...xs)];
  const step = niceStep(Math.max(...points.map(([, y]) => y)) / 5);
  const top = step * Math.ceil(Math.max(...points.map(([, y]) => y)) / step);
  const across = (value: number) =>
    LEFT + (WIDTH - LEFT - RIGHT) * (Math.log10(value) - least) / (most - least || 1);
  const up = (value: number) => HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / top;

  const marks: string[] = [
    text(LEFT, 22, title, "start", 15),
    text(LEFT, HEIGHT - 10, x),
    text(8, TOP - 8, y),
  ];
  for (let value = 0; value <= top; value += step) {
    marks.push(`<path d="M${LEFT} ${up(value)}H${WIDTH - RIGHT}" stroke="#ddd"/>`);
    marks.push(text(LEFT - 6, up(value) + 4, value.toLocaleString("en"), "end"));
  }
  for (const value of new Set(points.map(([x]) => x))) {
    marks.push(text(across(value), HEIGHT - BOTTOM + 18, value.toLocaleString("en"), "middle"));
  }
  lines.forEach((line, at) => marks.push(...drawn(line, COLOURS[at % COLOURS.length]!, across, up)));
  marks.push(...labels(lines, up));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" ` +
    `font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="#fff"/>\n` +
    marks.join("\n") + "\n</svg>\n";
}

type Scale = (value: number) => number;

function drawn({ points }: Line, colour: string, across: Scale, up: Scale): string[] {
  const path = points.map(([x, y]) => `${across(x).toFixed(1)} ${up(y).toFixed(1)}`).join("L");
  return [
    `<path d="M${path}" fill="none" stroke="${colour}" stroke-width="2"/>`,
    ...points.map(([x, y]) =>
      `<circle cx="${across(x).toFixed(1)}" cy="${up(y).toFixed(1)}" r="3" fill="${colour}"/>`
    ),
  ];
}

/** Names beside the ends of their lines, moved apart where they would overlap. */
function labels(lines: readonly Line[], up: Scale): string[] {
  let above = 0;
  return lines
    .map(({ name, points }, at) => ({ name, at, height: up(points.at(-1)![1]) + 4 }))
    .sort((a, b) => a.height - b.height)
    .map(({ name, at, height }) => {
      above = Math.max(height, above + 14);
      return text(WIDTH - RIGHT + 8, above, name, "start", 12, COLOURS[at % COLOURS.length]);
    });
}

function text(x: number, y: number, content: string, anchor = "start", size = 12, colour = "#222"): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}" font-size="${size}" ` +
    `fill="${colour}">${content}</text>`;
}

/** 1, 2 or 5 times a power of ten, not below the value. */
function niceStep(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= value)!;
}
