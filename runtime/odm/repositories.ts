import type { Repository } from '../domain/documents.ts';
import type { DocumentStore } from '../ports/document-store.ts';
import { repositories } from './collections.ts';
import { TypedCollection } from './typed-collection.ts';

/** The repositories that code was taken from, each with the commit it was last read at. */
export class Repositories {
  readonly #collection: TypedCollection<Repository>;

  constructor(store: DocumentStore) {
    this.#collection = new TypedCollection(store, repositories);
  }

  async put(repository: Omit<Repository, 'crawledAt'>, now: Date): Promise<void> {
    await this.#collection.put({ ...repository, crawledAt: now.toISOString() });
  }
}
