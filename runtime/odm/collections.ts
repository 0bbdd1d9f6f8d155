import * as z from 'zod';
import {
  articleDocument,
  codeDocument,
  crawlState,
  type Kind,
  postDocument,
  repository,
  user,
} from '../domain/documents.ts';
import { subscription } from '../domain/subscription.ts';
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
  indexes: [['scope'], ['lastResult']],
  schema: crawlState,
} as const satisfies CollectionModel<StoredDocument>;

export const subscriptions = {
  name: 'subscriptions',
  captured: false,
  indexes: [['list']],
  schema: subscription,
} as const satisfies CollectionModel<StoredDocument>;

const milliseconds = z.int().nonnegative();

/**
 * In Unix milliseconds: when hosts were last asked, until when nobody else should ask although no answer has come yet, and
 * until when they want to be left alone.
 */
export const hosts = {
  name: 'hosts',
  captured: false,
  indexes: [],
  schema: z.object({
    _id: z.string(),
    revision: z.int().nonnegative(),
    turnAt: milliseconds,
    openUntil: milliseconds,
    pausedUntil: milliseconds,
  }),
} as const satisfies CollectionModel<StoredDocument>;

/** By origin. Apart from the hosts, which are written with every turn. */
export const robotsFiles = {
  name: 'robots_files',
  captured: false,
  indexes: [],
  schema: z.object({ _id: z.string(), text: z.string(), fetchedAt: z.iso.datetime() }),
} as const satisfies CollectionModel<StoredDocument>;

/** Everything that a document store is prepared with. */
export const collections: readonly CollectionDefinition[] = [
  articles,
  posts,
  code,
  users,
  repositories,
  crawlStates,
  subscriptions,
  hosts,
  robotsFiles,
];

/** The collection that documents of a kind are kept in. */
export const collectionOfKind = { article: 'articles', post: 'posts', code: 'code' } as const satisfies Record<
  Kind,
  string
>;
