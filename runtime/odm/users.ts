import type { User } from '../domain/documents.ts';
import { RejectedInput } from '../domain/errors.ts';
import { authorId } from '../domain/identity.ts';
import type { DocumentStore } from '../ports/document-store.ts';
import { users } from './collections.ts';
import { TypedCollection } from './typed-collection.ts';

const maxNameLength = 200;

/** The people whose words are gathered. One is known by any spelling that `authorId` takes for the same. */
export class Users {
  readonly #collection: TypedCollection<User>;

  constructor(store: DocumentStore) {
    this.#collection = new TypedCollection(store, users);
  }

  /**
   * However many ask at once, one user is made, under the name that came first.
   * @throws RejectedInput `bad_author_name` unless the name has 1 to 200 characters, spaces around it not counted
   */
  async getOrCreate(name: string, now: Date): Promise<User> {
    const trimmed = name.trim();
    if (trimmed.length === 0 || trimmed.length > maxNameLength) {
      throw new RejectedInput(
        'bad_author_name',
        `The name of an author takes 1 to ${maxNameLength} characters, and this has ${trimmed.length}.`,
      );
    }
    const found = await this.find(trimmed);
    if (found !== undefined) {
      return found;
    }
    const user: User = { _id: authorId(trimmed), name: trimmed, createdAt: now.toISOString() };
    if (await this.#collection.insert(user)) {
      return user;
    }
    return (await this.#collection.get(user._id)) ?? user;
  }

  async find(name: string): Promise<User | undefined> {
    return await this.#collection.get(authorId(name));
  }

  async get(id: string): Promise<User | undefined> {
    return await this.#collection.get(id);
  }

  /** Everybody's, in alphabetical order. */
  async names(): Promise<readonly string[]> {
    const names: string[] = [];
    for await (const { name } of this.#collection.find()) {
      names.push(name);
    }
    return names.sort((a, b) => a.localeCompare(b));
  }
}
