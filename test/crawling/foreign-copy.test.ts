import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { RejectedInput } from '../../runtime/domain/errors.ts';
import type { Fetcher } from '../../runtime/ports/fetcher.ts';
import { readPage as readMedium } from '../../runtime/sources/medium/extract.ts';
import { MediumSource } from '../../runtime/sources/medium/source.ts';
import { readPage as readSubstack } from '../../runtime/sources/substack/extract.ts';
import { SubstackSource } from '../../runtime/sources/substack/source.ts';
import { MemoryCrawl } from '../sources/crawl-context.ts';
import { apolloPage, feedHtml, feedOf, pathOf, storyId } from '../sources/medium/story-forms.ts';
import { postJson, preloadsPage, publicationJson } from '../sources/substack/posts.ts';

interface Answer {
  /** Where a redirect has led to. */
  readonly url?: string;
  readonly mediaType?: string;
  readonly text: string;
}

/** The names of hosts are what this is about, and loopback has one only: a web of answers by link. */
class NamedWeb {
  readonly answers = new Map<string, Answer>();
  readonly asked: string[] = [];
  readonly fetcher: Pick<Fetcher, 'fetch'> = {
    fetch: async (url) => {
      this.asked.push(url);
      const answer = this.answers.get(url);
      if (answer === undefined) throw new RejectedInput('not_found', `${url} is not there`);
      return { status: 'ok', url, mediaType: 'text/html', body: Buffer.from(answer.text), ...answer };
    },
  };
}

const isForeign =
  (...named: readonly string[]) =>
  (error: unknown) =>
    error instanceof RejectedInput &&
    error.reason === 'foreign_copy' &&
    named.every((name) => error.message.includes(name));

suite('A story of Medium’s that is stored', () => {
  const link = `https://medium.com${pathOf()}`;
  const onBoats = `https://boats.example${pathOf()}`;
  const onEvil = `https://evil.example${pathOf()}`;
  const page = (origin: string) => apolloPage({ origin });

  async function stored(text = page('https://medium.com')) {
    const web = new NamedWeb();
    const source = new MediumSource({ fetcher: web.fetcher, read: readMedium });
    const memory = new MemoryCrawl();
    web.answers.set(link, { text });
    await memory.crawl(source, link);
    const linkOfStored = () => memory.documents.get(`medium ${storyId}`)?.link;
    return { web, linkOfStored, crawl: (url: string) => memory.crawl(source, url) };
  }

  test('does not become the page of another host that says it is that story', async () => {
    const { web, crawl, linkOfStored } = await stored();
    for (const claimed of ['https://medium.com', 'https://evil.example']) {
      web.answers.set(onEvil, { text: page(claimed) });
      await assert.rejects(crawl(onEvil), isForeign(onEvil, link));
    }
    assert.equal(linkOfStored(), link);
  });

  test('does not become what another story of Medium’s has led to on another host', async () => {
    const { web, crawl, linkOfStored } = await stored();
    const other = 'https://medium.com/@eve/bait-0123456789ab';
    web.answers.set(other, { url: onEvil, text: page('https://medium.com') });
    await assert.rejects(crawl(other), isForeign('evil.example', link));
    assert.equal(linkOfStored(), link);
  });

  test('moves to the domain that its own link now leads to, whichever of the two is asked', async () => {
    for (const asked of [link, onBoats]) {
      const { web, crawl, linkOfStored } = await stored();
      for (const from of [link, onBoats]) web.answers.set(from, { url: onBoats, text: page('https://boats.example') });
      await crawl(asked);
      assert.equal(linkOfStored(), onBoats);
    }
  });

  test('moves back to Medium when Medium has it, wherever it was', async () => {
    const { web, crawl, linkOfStored } = await stored(page('https://boats.example'));
    assert.equal(linkOfStored(), onBoats);
    web.answers.set(link, { text: page('https://medium.com') });
    await crawl(link);
    assert.equal(linkOfStored(), link);
  });

  test('is asked for nowhere else when it is as it was', async () => {
    const { web, crawl } = await stored();
    await crawl(link);
    assert.deepEqual(web.asked, [link, link]);
  });

  test('is not taken from the feed of another host', async () => {
    const { web, crawl } = await stored();
    const copy = feedOf([{ link, title: 'A copy', html: feedHtml }]);
    const challenge =
      '<html><head><title>Just a moment...</title></head><body><script>window._cf_chl_opt={}</script></body></html>';
    web.answers.set(onEvil, { text: challenge });
    web.answers.set('https://evil.example/feed', { mediaType: 'application/rss+xml', text: copy });
    await assert.rejects(crawl(onEvil), (error) => error instanceof RejectedInput && error.reason === 'challenge_page');
  });
});

suite('A post of Substack’s that is stored', () => {
  const link = 'https://ferry.substack.com/p/the-last-boat';
  const onFerry = 'https://ferry.example/p/the-last-boat';
  const onEvil = 'https://evil.example/p/the-last-boat';
  const moved = preloadsPage(postJson({ canonical_url: onFerry }), {
    pub: { ...publicationJson, custom_domain: 'ferry.example' },
  });

  async function stored() {
    const web = new NamedWeb();
    const source = new SubstackSource({ fetcher: web.fetcher, read: readSubstack });
    const memory = new MemoryCrawl();
    web.answers.set(link, { text: preloadsPage(postJson()) });
    await memory.crawl(source, link);
    return { web, memory, source, linkOfStored: () => memory.documents.get('substack p-4711')?.link };
  }

  test('does not become the page of another host that says it is that post', async () => {
    const { web, memory, source, linkOfStored } = await stored();
    web.answers.set(onEvil, { text: preloadsPage(postJson()) });
    await assert.rejects(memory.crawl(source, onEvil), isForeign(onEvil, link));
    assert.equal(linkOfStored(), link);
  });

  test('moves to a domain of its own when Substack’s page names it, whether or not that leads there', async () => {
    for (const url of [link, onFerry]) {
      for (const asked of [link, onFerry]) {
        const { web, memory, source, linkOfStored } = await stored();
        web.answers.set(link, { url, text: moved });
        web.answers.set(onFerry, { text: moved });
        await memory.crawl(source, asked);
        assert.equal(linkOfStored(), onFerry);
      }
    }
  });

  test('that is known from an export by its id is found on the domain that Substack names for the id', async () => {
    const { web, memory, source, linkOfStored } = await stored();
    const [draft] = [...memory.documents.values()];
    assert.ok(draft !== undefined);
    const byId = 'https://substack.com/home/post/p-4711';
    memory.documents.set('substack p-4711', { ...draft, link: byId });
    web.answers.set(onFerry, { text: moved });
    await assert.rejects(memory.crawl(source, onFerry), isForeign(onFerry, byId));
    web.answers.set(byId, { text: moved });
    await memory.crawl(source, onFerry);
    assert.equal(linkOfStored(), onFerry);
  });
});
