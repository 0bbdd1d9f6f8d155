import * as z from 'zod';
import { Element, emptyElement, findElement, Text } from '../../html/dom.ts';
import { boundedJson } from './bounded-json.ts';

const text = z.string().optional().catch(undefined);
const identifier = z.union([z.string(), z.number()]).transform(String).optional().catch(undefined);

/** What the editor knows of something embedded; each kind has some of it. */
const attributes = z.object({
  url: text,
  src: text,
  canonical_url: text,
  base_url: text,
  title: text,
  name: text,
  videoId: identifier,
  instagram_id: identifier,
  persistentExpression: text,
  symbol: text,
  gallery: z
    .object({ images: z.array(z.object({ src: text })).max(100), caption: text })
    .optional()
    .catch(undefined),
});

export type EmbedAttributes = z.infer<typeof attributes>;

const none: EmbedAttributes = attributes.parse({});
const longestAttributes = 200_000;

/** The `data-attrs` of an element, which the editor keeps as JSON. */
export function attributesOf(element: Element): EmbedAttributes {
  const written = element.attributes.get('data-attrs');
  if (written === undefined || written.length > longestAttributes) return none;
  const parsed = attributes.safeParse(boundedJson(written));
  return parsed.success ? parsed.data : none;
}

type Embed = (attributes: EmbedAttributes, element: Element) => Element | undefined;

const card: Embed = (of, element) => link(of.url ?? of.canonical_url ?? of.base_url ?? of.src ?? hrefIn(element), of);

/** Class → what stands for it in the text. What shows only somebody else's words or a player becomes a link. */
const embeds: ReadonlyMap<string, Embed> = new Map<string, Embed>([
  ['youtube-wrap', (of) => link(of.videoId && `https://www.youtube.com/watch?v=${encodeURIComponent(of.videoId)}`, of)],
  ['vimeo-wrap', (of) => link(of.videoId && `https://vimeo.com/${encodeURIComponent(of.videoId)}`, of)],
  [
    'instagram',
    (of) => link(of.instagram_id && `https://www.instagram.com/p/${encodeURIComponent(of.instagram_id)}/`, of),
  ],
  ['latex-rendered', (of) => formula(of.persistentExpression)],
  ['mention-wrap', (of) => inline(of.name)],
  ['image-gallery-embed', (of) => gallery(of.gallery)],
  ['cashtag-wrap', (of) => inline(of.symbol && `$${of.symbol.replace(/^\$/, '')}`)],
  ...(
    'tweet twitter-embed bluesky-wrap tiktok-wrap spotify-wrap soundcloud-wrap apple-podcast-container comment ' +
    'digest-post-embed embedded-post-wrap embedded-publication-wrap datawrapper-wrap ' +
    'native-video-embed native-audio-embed file-embed-wrapper prediction-market-wrap'
  )
    .split(' ')
    .map((name) => [name, card] as const),
]);

/** @returns nothing for what is no embed; `replacement` is missing when it tells of nothing that could be linked to */
export function embedOf(element: Element): { readonly replacement: Element | undefined } | undefined {
  const classes = element.attributes.get('class')?.split(/\s+/) ?? [];
  for (const name of classes) {
    const embed = embeds.get(name);
    if (embed !== undefined) return { replacement: embed(attributesOf(element), element) };
  }
  return undefined;
}

function link(url: string | undefined, { title, name }: EmbedAttributes): Element | undefined {
  if (!url || !/^https?:\/\//i.test(url)) return undefined;
  const anchor = new Element('a', new Map([['href', url]]));
  anchor.append(new Text(title?.trim() || name?.trim() || url));
  return wrapped('p', anchor);
}

/** Kept as it was typed: an image of that kind is what the Markdown writer takes a formula from. */
function formula(expression: string | undefined): Element | undefined {
  const written = expression?.trim() ?? '';
  if (written === '') return undefined;
  return wrapped(
    'p',
    new Element(
      'img',
      new Map([
        ['class', 'latex'],
        ['alt', written],
      ]),
    ),
  );
}

/** Pictures without figures of their own, below them one caption. */
function gallery(pictures: EmbedAttributes['gallery']): Element | undefined {
  if (pictures === undefined) return undefined;
  const figure = emptyElement('figure');
  for (const { src } of pictures.images) {
    if (src) figure.append(wrapped('p', new Element('img', new Map([['src', src]]))));
  }
  if (pictures.caption) figure.append(wrapped('figcaption', new Text(pictures.caption)));
  return figure;
}

function inline(written: string | undefined): Element | undefined {
  return written ? wrapped('span', new Text(written)) : undefined;
}

function wrapped(name: string, node: Element | Text): Element {
  const around = emptyElement(name);
  around.append(node);
  return around;
}

function hrefIn(element: Element): string | undefined {
  return findElement(element, ({ name, attributes }) => name === 'a' && attributes.has('href'))?.attributes.get('href');
}
