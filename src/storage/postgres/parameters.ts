/** Gathers the parameters of a statement while its text is written. */
export class Parameters {
  readonly values: (string | number)[] = [];

  /** Adds a value; answers how the text names it. */
  add(
    value: string | number,
    type: "bigint" | "integer" | "bytea[]" | "integer[]" | "uuid[]" | "text",
  ): string {
    this.values.push(value);
    return `$${this.values.length}::${type}`;
  }

  /** Adds hex digits as bytea. A cast would want them with a prefix, which the driver takes for text to encode. */
  addBytes(hex: string): string {
    return `decode(${this.add(hex, "text")}, 'hex')`;
  }
}
