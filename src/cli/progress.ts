/** Milliseconds over which the rate is taken. */
const WINDOW = 10_000;

/** Milliseconds between two lines: on a terminal each replaces the last, elsewhere they add up. */
const REDRAW = 250, REPEAT = 5_000;

/** Columns of the bar: on a terminal of 80, figures of eight digits have room beside it. */
const BAR = 16;

/** How far a piece of work is. */
export interface Progress {
  readonly done: number;
  readonly total: number;
  /** What is done in a second, lately. */
  readonly rate: number;
}

/** Where progress is shown. */
export interface Screen {
  /** The width of a terminal; undefined when it is none. */
  readonly columns?: number | undefined;
  write(text: string): void;
}

/** One line that tells how far it is, how fast it goes and how long it will take; on a terminal with a bar. */
export function progressLine({ done, total, rate }: Progress, columns?: number): string {
  const share = total > done ? done / total : 1;
  const left = rate > 0 ? duration((total - done) / rate) : "?";
  const text = `${percent(share)}  ${number(done)} of ${number(total)}  ${number(rate)}/s  ` +
    (total > done ? `${left} left` : "done");
  if (columns === undefined) return text;
  return (text.length + BAR + 4 <= columns ? `${bar(share)} ${text}` : text).slice(0, columns - 1);
}

/** 99.9 % until all is done; always as wide. */
const percent = (share: number): string => `${(Math.floor(share * 1000) / 10).toFixed(1)} %`.padStart(7);

const number = (value: number): string => Math.round(value).toLocaleString("en");

function bar(share: number): string {
  const full = Math.floor(share * BAR);
  return `[${"█".repeat(full)}${"░".repeat(BAR - full)}]`;
}

/** @param seconds Any number of them, fractions too. */
export function duration(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${whole % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Knows how fast something grows, from what it was within the last ten seconds. */
export class Rate {
  readonly #samples: { readonly at: number; readonly done: number }[] = [];

  /** @param at Milliseconds, never fewer than before. Answers the growth a second. */
  sample(at: number, done: number): number {
    this.#samples.push({ at, done });
    while (this.#samples[1] && this.#samples[1].at <= at - WINDOW) this.#samples.shift();
    const [first] = this.#samples;
    return first && at > first.at ? 1000 * (done - first.done) / (at - first.at) : 0;
  }
}

/** Shows the progress again and again until it is disposed, and then once more. */
export class ProgressDisplay implements Disposable {
  readonly #rate = new Rate();
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(readonly screen: Screen, readonly total: number, readonly done: () => number) {
    this.#rate.sample(performance.now(), done());
    this.#timer = setInterval(() => this.#show(), screen.columns === undefined ? REPEAT : REDRAW);
  }

  /** Empties the line, for others to write. */
  clear(): void {
    if (this.screen.columns !== undefined) this.screen.write("\r\x1b[K");
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#show();
    if (this.screen.columns !== undefined) this.screen.write("\n");
  }

  #show(): void {
    const done = this.done();
    const rate = this.#rate.sample(performance.now(), done);
    const line = progressLine({ done, total: this.total, rate }, this.screen.columns);
    this.screen.write(this.screen.columns === undefined ? `${line}\n` : `\r\x1b[K${line}`);
  }
}
