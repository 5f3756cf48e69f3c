/** Something that the relay remembers beside events: whom the operator has banned, and the like. */
export interface StoredRecord {
  /** What it is about, e.g. "banned-pubkey". */
  readonly kind: string;
  /** One of its kind, e.g. the public key. */
  readonly key: string;
  /** As JSON. */
  readonly value: string;
}

/** Puts a record in place of the one with its kind and key, or, with an undefined value, removes that. */
export interface RecordChange {
  readonly kind: string;
  readonly key: string;
  readonly value: string | undefined;
}

/** All records at one moment. */
export interface RecordsRead {
  /** Grows with each change, whichever instance makes it. */
  readonly version: number;
  readonly records: readonly StoredRecord[];
}

/**
 * A store of records, few enough to be read at once. Who changes them rests on what they were at a version; so
 * nobody undoes, unseen, what another instance has done.
 */
export interface Records {
  /** @throws {StorageError} when the engine fails. */
  read(): Promise<RecordsRead>;

  /**
   * Makes all these changes, or, if the records are no longer at this version, none. Answers whether it did, after
   * the commit; the version is the next one then.
   * @throws {StorageError} when the engine fails. Only if a connection was lost may the changes have been made.
   */
  write(version: number, changes: readonly RecordChange[]): Promise<boolean>;
}
