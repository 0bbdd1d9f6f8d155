/** A document as any store keeps it: JSON values, and `Uint8Array` for bytes. */
export type StoredDocument = { readonly _id: string } & Readonly<Record<string, unknown>>;

export interface CollectionDefinition {
  readonly name: string;
  /** Whether the change feed follows it. Documents of a captured collection have a numeric `revision`. */
  readonly captured: boolean;
  /** Each a list of top-level fields. */
  readonly indexes: readonly (readonly string[])[];
}

/** All conditions hold. A list means "one of these"; `null` means that the field is absent. Top-level fields only. */
export type DocumentFilter = Readonly<
  Record<string, string | number | null | readonly string[] | { readonly startsWith: string }>
>;

export interface FindOptions {
  /** Resumes behind this id. */
  readonly after?: string | undefined;
  readonly limit?: number | undefined;
  /** Only these top-level fields (and `_id`) are read. */
  readonly fields?: readonly string[] | undefined;
}

/**
 * Keeps raw documents. Writes are durable when the promise resolves: a killed process loses nothing that was
 * acknowledged. Every method throws TransientError when the store cannot be reached for now, and Misconfigured when it
 * cannot work until a person acts (disk full, wrong password, written by a newer version).
 */
export interface DocumentStore extends AsyncDisposable {
  /** Creates what is missing: collections, indexes, and what change capture needs. Idempotent. */
  prepare(collections: readonly CollectionDefinition[]): Promise<void>;

  get(collection: string, id: string, options?: Pick<FindOptions, 'fields'>): Promise<StoredDocument | undefined>;

  /** @returns false, writing nothing, when the id is taken */
  insert(collection: string, document: StoredDocument): Promise<boolean>;

  /** Compare and set: replaces the document if its `revision` is still `expectedRevision`. @returns whether it did */
  replace(collection: string, document: StoredDocument, expectedRevision: number): Promise<boolean>;

  /** Inserts or replaces, whatever is there. */
  put(collection: string, document: StoredDocument): Promise<void>;

  /** In the order of `_id`. Documents written while it runs may or may not be seen. */
  find(collection: string, filter?: DocumentFilter, options?: FindOptions): AsyncIterable<StoredDocument>;

  count(collection: string, filter?: DocumentFilter): Promise<number>;

  /** Removes it for good. @returns whether it was there */
  delete(collection: string, id: string): Promise<boolean>;
}
