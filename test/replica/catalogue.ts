import { type Block, Writer } from './writing.ts';

const day = 24 * 60 * 60 * 1000;
const firstDay = Date.UTC(2023, 0, 2, 8, 30);

/** What a person has published, as it is now. */
export interface Post {
  /** 1 for the oldest. */
  readonly number: number;
  readonly slug: string;
  /** Of twelve hexadecimal digits. */
  readonly id: string;
  readonly title: string;
  readonly subtitle: string;
  readonly blocks: readonly Block[];
  readonly publishedAt: Date;
  readonly changedAt: Date;
  readonly membersOnly: boolean;
}

/** A person's posts, which can be added to, edited, removed and closed to the public while they are served. */
export class Catalogue {
  readonly #seed: string;
  readonly #posts = new Map<number, Post>();
  #published = 0;

  constructor(seed: string, size: number) {
    this.#seed = seed;
    for (let count = 0; count < size; count += 1) this.publish();
  }

  /** Newest first, without those that were removed. */
  get posts(): readonly Post[] {
    return [...this.#posts.values()].reverse();
  }

  /** @param number 1 for the oldest. @throws when there is none, or no longer */
  post(number: number): Post {
    const post = this.#posts.get(number);
    if (post === undefined) throw new RangeError(`there is no post ${number}`);
    return post;
  }

  withSlug(slug: string): Post | undefined {
    return this.posts.find((post) => post.slug === slug);
  }

  /** One a day. */
  publish(): Post {
    this.#published += 1;
    const number = this.#published;
    const writer = new Writer(`${this.#seed}/${number}`);
    const id = writer.id(12);
    const title = `${writer.title()}, part ${number}`;
    const publishedAt = new Date(firstDay + number * day);
    const post: Post = {
      number,
      id,
      slug: title.toLowerCase().replace(/[^a-z0-9]+/g, '-'),
      title,
      subtitle: writer.sentence(),
      blocks: writer.body(),
      publishedAt,
      changedAt: publishedAt,
      membersOnly: false,
    };
    this.#posts.set(number, post);
    return post;
  }

  /** Puts `text` in front, a day after the last change. */
  edit(number: number, text: string): Post {
    const post = this.post(number);
    const blocks: readonly Block[] = [{ type: 'paragraph', text }, ...post.blocks];
    return this.#replace({ ...post, blocks, changedAt: new Date(post.changedAt.getTime() + day) });
  }

  remove(number: number): Post {
    const post = this.post(number);
    this.#posts.delete(number);
    return post;
  }

  /** Leaves to the public what comes before the first heading. */
  close(number: number): Post {
    const post = this.post(number);
    return this.#replace({ ...post, membersOnly: true, changedAt: new Date(post.changedAt.getTime() + day) });
  }

  #replace(post: Post): Post {
    this.#posts.set(post.number, post);
    return post;
  }
}

/** What a reader who has not paid may see. */
export function previewOf(post: Post): readonly Block[] {
  return post.blocks.slice(0, 1);
}
