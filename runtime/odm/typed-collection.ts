import * as z from 'zod';
import { RejectedInput } from '../domain/errors.ts';
import type { DocumentFilter, DocumentStore, FindOptions, StoredDocument } from '../ports/document-store.ts';
import type { CollectionModel } from './collections.ts';

/**
 * One collection whose documents are checked on the way in and on the way out, so that what is stored by another
 * version or another hand is noticed where it is read.
 * @throws RejectedInput `malformed_document`, with the collection, the id and what does not fit
 */
export class TypedCollection<Document extends StoredDocument> {
  readonly #store: DocumentStore;
  readonly #model: CollectionModel<Document>;

  constructor(store: DocumentStore, model: CollectionModel<Document>) {
    this.#store = store;
    this.#model = model;
  }

  async get(id: string): Promise<Document | undefined> {
    const stored = await this.#store.get(this.#model.name, id);
    return stored === undefined ? undefined : this.#checked(stored);
  }

  /** @returns false, writing nothing, when the id is taken */
  async insert(document: Document): Promise<boolean> {
    return await this.#store.insert(this.#model.name, this.#checked(document));
  }

  /** @returns false, writing nothing, when the stored revision is another */
  async replace(document: Document, expectedRevision: number): Promise<boolean> {
    return await this.#store.replace(this.#model.name, this.#checked(document), expectedRevision);
  }

  async put(document: Document): Promise<void> {
    await this.#store.put(this.#model.name, this.#checked(document));
  }

  /** In the order of `_id`. */
  async *find(
    filter?: DocumentFilter,
    options?: Omit<FindOptions, 'fields'>,
  ): AsyncGenerator<Document, void, undefined> {
    for await (const stored of this.#store.find(this.#model.name, filter, options)) {
      yield this.#checked(stored);
    }
  }

  async count(filter?: DocumentFilter): Promise<number> {
    return await this.#store.count(this.#model.name, filter);
  }

  /** Removes it for good. @returns whether it was there */
  async delete(id: string): Promise<boolean> {
    return await this.#store.delete(this.#model.name, id);
  }

  #checked(document: StoredDocument): Document {
    const result = this.#model.schema.safeParse(document);
    if (!result.success) {
      throw new RejectedInput(
        'malformed_document',
        `${this.#model.name}/${document._id} is not what the collection holds. ${z.prettifyError(result.error)}`,
        { cause: result.error },
      );
    }
    return result.data;
  }
}
