import type * as z from 'zod';
import {
  articleDocument,
  codeDocument,
  crawlState,
  type Kind,
  postDocument,
  repository,
  user,
} from '../domain/documents.ts';
import type { CollectionDefinition, StoredDocument } from '../ports/document-store.ts';

/** A collection and what its documents look like. */
export interface CollectionModel<Document extends StoredDocument> extends CollectionDefinition {
  readonly schema: z.ZodType<Document>;
}

/** `deletedAt` stands in the indexes so that what is deleted can be left out without a look at the documents. */
const contentIndexes = [['platform', 'naturalKey', 'deletedAt'], ['authorId'], ['deletedAt']] as const;

export const articles = {
  name: 'articles',
  captured: true,
  indexes: contentIndexes,
  schema: articleDocument,
} as const satisfies CollectionModel<StoredDocument>;

export const posts = {
  name: 'posts',
  captured: true,
  indexes: contentIndexes,
  schema: postDocument,
} as const satisfies CollectionModel<StoredDocument>;

export const code = {
  name: 'code',
  captured: true,
  indexes: contentIndexes,
  schema: codeDocument,
} as const satisfies CollectionModel<StoredDocument>;

export const users = {
  name: 'users',
  captured: false,
  indexes: [],
  schema: user,
} as const satisfies CollectionModel<StoredDocument>;

export const repositories = {
  name: 'repositories',
  captured: false,
  indexes: [['authorId']],
  schema: repository,
} as const satisfies CollectionModel<StoredDocument>;

export const crawlStates = {
  name: 'crawl_states',
  captured: false,
  indexes: [['scope']],
  schema: crawlState,
} as const satisfies CollectionModel<StoredDocument>;

/** Everything that a document store is prepared with. */
export const collections: readonly CollectionDefinition[] = [articles, posts, code, users, repositories, crawlStates];

/** The collection that documents of a kind are kept in. */
export const collectionOfKind = { article: 'articles', post: 'posts', code: 'code' } as const satisfies Record<
  Kind,
  string
>;
