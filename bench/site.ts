import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Random, randomMarkdown } from '../test/stress/random.ts';

/**
 * A site of articles at /0, /1, …, served by a process of its own: `node bench/site.ts PAGES` prints its port.
 * A page has about 12 kB, half of it navigation, side bar and footer.
 */
const pages = Number(process.argv[2]);
const random = new Random(42);
const links = Array.from(
  { length: 60 },
  (_, index) => `<li><a href="/${index}">Another page, number ${index}</a></li>`,
);

function page(index: number): string {
  const paragraphs = Array.from({ length: 12 }, () => {
    const text = randomMarkdown(random).replace(/[`#\n-]+/g, ' ');
    return `<p>${text}</p>`;
  });
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Page ${index}</title>
<meta name="author" content="Bench"><meta property="article:published_time" content="2026-01-01T00:00:00Z"></head>
<body><header><nav><ul>${links.join('')}</ul></nav></header>
<main><article><h1>Page ${index}</h1>${paragraphs.join('\n')}</article></main>
<aside><ul>${links.slice(0, 20).join('')}</ul></aside><footer>Subscribe · Imprint</footer></body></html>`;
}

const bodies = Array.from({ length: pages }, (_, index) => Buffer.from(page(index)));

const server = createServer((request, response) => {
  const body = bodies[Number(request.url?.slice(1))];
  if (body === undefined) response.writeHead(404).end();
  else response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(body);
});
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
