/** What a key accepts: how a value is read from TOML, and how a TOML value is made of an environment variable. */
export interface Shape<Value> {
  /** What fits, as a message says it after "expected". */
  readonly expected: string;
  /** Set when the value is a table, whose entries may come from several sources and are merged: what one accepts. */
  readonly entry?: Shape<unknown>;
  /** Answers the value, or reports each part that does not fit. */
  read(given: unknown, report: Report): Value | undefined;
  fromText(text: string): unknown;
}

/**
 * Called for a value that does not fit.
 * @param at Which part of the value: "" for all of it, `[2]` for an item, `.storage` for an entry.
 */
export type Report = (at: string, got: unknown, expected: string) => void;

const asItIs = (text: string) => text;

export function shape<Value>(
  expected: string,
  fits: (given: unknown) => given is Value,
  fromText: (text: string) => unknown = asItIs,
): Shape<Value> {
  return {
    expected,
    fromText,
    read(given, report) {
      if (fits(given)) return given;
      report("", given, expected);
    },
  };
}

/** A string for which `fits` holds. */
export const string = (expected: string, fits: (text: string) => boolean): Shape<string> =>
  shape(expected, (given): given is string => typeof given === "string" && fits(given));

export const boolean: Shape<boolean> = shape(
  "true or false",
  (given): given is boolean => typeof given === "boolean",
  (text) => text === "true" ? true : text === "false" ? false : text,
);

/** A whole number from `least` to `most`; `unit` is a plural: "seconds". */
export function whole(unit: string, least: number, most = Number.MAX_SAFE_INTEGER): Shape<number> {
  const range = most === Number.MAX_SAFE_INTEGER ? `, ${least} or more` : ` from ${least} to ${most}`;
  return shape(
    unit === "" ? `a whole number${range}` : `a whole number of ${unit}${range}`,
    (given): given is number =>
      typeof given === "number" && Number.isInteger(given) && given >= least && given <= most,
    (text) => /^-?\d+(_\d+)*$/.test(text) ? Number(text.replaceAll("_", "")) : text,
  );
}

export function oneOf<const Value extends string>(values: readonly Value[]): Shape<Value> {
  return shape(
    `one of ${values.map((value) => `"${value}"`).join(", ")}`,
    (given): given is Value => values.some((value) => value === given),
  );
}

/** As text: items between commas, or a JSON array. */
export function list<Item>(item: Shape<Item>): Shape<readonly Item[]> {
  const expected = `a list, each item ${item.expected}`;
  return {
    expected,
    read(given, report) {
      if (!Array.isArray(given)) return void report("", given, expected);
      return given.flatMap((value, index) =>
        item.read(value, (at, got, wanted) => report(`[${index}]${at}`, got, wanted)) ?? []
      );
    },
    fromText: (text) =>
      text.trimStart().startsWith("[")
        ? parsedJson(text)
        : text.split(",").map((part) => part.trim()).filter((part) => part !== "").map(item.fromText),
  };
}

/** A table whose entries are named by `names`, e.g. `[logging.levels]`. As text: a JSON object. */
export function table<const Name extends string, Value>(
  names: readonly Name[],
  entry: Shape<Value>,
): Shape<{ readonly [Each in Name]?: Value }> {
  const isName = (name: string): name is Name => names.some((known) => known === name);
  return named(isName, names.join(", "), entry);
}

/** A table whose entries are named by numbers as `number` takes them: `{ 1 = 20 }`. As text: a JSON object. */
export function numbered<Value>(
  number: Shape<number>,
  entry: Shape<Value>,
): Shape<{ readonly [number: string]: Value | undefined }> {
  const isName = (name: string): name is string =>
    /^(0|[1-9]\d*)$/.test(name) && number.read(Number(name), () => {}) !== undefined;
  return named(isName, number.expected, entry);
}

/** A table whose entries are named by texts as `name` takes them: `{ alice = "…" }`. As text: a JSON object. */
export function keyed<Value>(
  name: Shape<string>,
  entry: Shape<Value>,
): Shape<{ readonly [name: string]: Value | undefined }> {
  const isName = (given: string): given is string => name.read(given, () => {}) !== undefined;
  return named(isName, name.expected, entry);
}

function named<Name extends string, Value>(
  isName: (name: string) => name is Name,
  names: string,
  entry: Shape<Value>,
): Shape<{ readonly [Each in Name]?: Value }> {
  const expected = `a table of ${entry.expected}, by any of ${names}`;
  return {
    expected,
    entry,
    read(given, report) {
      if (!isTable(given)) return void report("", given, expected);
      const entries: { [Each in Name]?: Value } = {};
      for (const [name, value] of Object.entries(given)) {
        if (!isName(name)) {
          report(`.${name}`, value, `one of the names ${names}`);
        } else {
          entries[name] = entry.read(value, (at, got, wanted) => report(`.${name}${at}`, got, wanted));
        }
      }
      return entries;
    },
    fromText: parsedJson,
  };
}

/** A table with these entries; those of `required` must be there. As text: a JSON object. */
export function record<
  Entries extends Readonly<Record<string, Shape<unknown>>>,
  Required extends keyof Entries & string,
>(
  entries: Entries,
  required: readonly Required[],
): Shape<RecordOf<Entries, Required>> {
  const expected = `a table with ${Object.keys(entries).join(", ")}`;
  return {
    expected,
    read(given, report) {
      if (!isTable(given)) return void report("", given, expected);
      for (const name of required) {
        if (given[name] === undefined) report(`.${name}`, undefined, entries[name]!.expected);
      }
      const read = Object.entries(given).map(([name, value]) => {
        const entry = entries[name];
        if (!entry) report(`.${name}`, value, `one of the names ${Object.keys(entries).join(", ")}`);
        return [name, entry?.read(value, (at, got, wanted) => report(`.${name}${at}`, got, wanted))];
      });
      return Object.fromEntries(read) as RecordOf<Entries, Required>;
    },
    fromText: parsedJson,
  };
}

type RecordOf<Entries, Required extends keyof Entries> =
  & { readonly [Name in Required]: ValueOf<Entries[Name]> }
  & { readonly [Name in keyof Entries]?: ValueOf<Entries[Name]> };

type ValueOf<Each> = Each extends Shape<infer Value> ? Value : never;

export const isTable = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);

/** Text that is no JSON stays text, which then does not fit and is reported. */
function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
