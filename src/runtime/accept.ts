/**
 * Which of the content types a client wants most (RFC 9110, 12.5.1); undefined when it names none of them.
 * Earlier ones win ties. Wildcards don't count: whoever sends any type at all wants nothing in particular.
 */
export function preferred<Type extends string>(
  accept: string | null,
  types: readonly Type[],
): Type | undefined {
  const weights = new Map((accept ?? "").split(",").map(mediaRange));
  const weight = (type: string) => weights.get(type) ?? 0;
  const most = Math.max(...types.map(weight));
  return most > 0 ? types.find((type) => weight(type) === most) : undefined;
}

/** A malformed weight counts as 0: better the plain answer than a wrong one. */
function mediaRange(text: string): [type: string, weight: number] {
  const [type = "", ...parameters] = text.split(";").map((part) => part.trim().toLowerCase());
  const q = parameters.find((parameter) => parameter.startsWith("q="));
  if (q === undefined) return [type, 1];
  return [type, /^q=(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(q) ? Number(q.slice(2)) : 0];
}
