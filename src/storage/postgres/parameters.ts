/** Gathers the parameters of a statement while its text is written. */
export class Parameters {
  readonly values: (string | number)[] = [];

  /** Adds a value; answers how the text names it. */
  add(
    value: string | number,
    type: "bigint" | "integer" | "bytea[]" | "integer[]" | "uuid" | "uuid[]" | "text",
  ): string {
    this.values.push(value);
    return `$${this.values.length}::${type}`;
  }

  /** Adds hex digits as bytea. A cast would want them with a prefix, which the driver takes for text to encode. */
  addBytes(hex: string): string {
    return `decode(${this.add(hex, "text")}, 'hex')`;
  }

  /**
   * Adds ids or public keys; answers a query that gives them as \`digits\`. As one text: an array's would be longer, and
   * to read it would cost the server four times as much.
   */
  addAll(hexes: readonly string[]): string {
    return `SELECT substr(digits, 1 + 32 * nth, 32) AS digits
      FROM (SELECT ${this.addBytes(hexes.join(""))} AS digits OFFSET 0) AS given,
        generate_series(0, octet_length(digits) / 32 - 1) AS nth`;
  }
}
