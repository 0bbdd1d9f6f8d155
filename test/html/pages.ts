const sentence = 'The harbour was quiet that morning, and nobody had yet noticed that the last boat was gone. ';

/** A paragraph of `count` sentences, with a word of its own to be recognised by. */
export function paragraph(word: string, count = 4): string {
  return `<p>${word} ${sentence.repeat(count)}</p>`;
}

export const articleBody = `${paragraph('Alpha')}<h2>Second part</h2>${paragraph('Beta')}${paragraph('Gamma')}`;

/** A whole page as blogs make them: the article in the middle of everything else. */
export function blogPage({ head = '', article = articleBody }: { head?: string; article?: string } = {}): string {
  return `<!doctype html><html lang="en-gb"><head><meta charset="utf-8"><title>The last boat | Harbour notes</title>${head}</head><body>
    <header class="site-header"><nav><ul><li><a href="/">Home</a></li><li><a href="/about">About this site</a></li></ul></nav></header>
    <div class="cookie-banner"><p>We use cookies, and would like you to accept all of them before you go on reading.</p></div>
    <div class="layout has-sidebar"><main><article>
      <h1>The last boat</h1><div class="post-meta">By <a rel="author" href="/ada">Ada Byron</a> <time datetime="2024-03-05T10:20:30+02:00">5 March 2024</time></div>
      <div class="share-buttons"><a href="https://social.example/share">Share this</a></div>
      <div class="entry-content">${article}</div>
      <div class="author-bio"><p>Ada writes about boats, harbours and everything that happens in between them.</p></div>
      <section><h3>Related posts</h3><ul><li><a href="/x">Another boat altogether</a></li><li><a href="/y">A third boat, and why</a></li></ul></section>
    </article>
    <div id="comments"><h3>3 comments</h3><p>Nice text, thank you very much for writing it, I liked the boats best.</p></div></main>
    <aside class="sidebar"><p>Subscribe to the newsletter, it comes every week and has boats in it.</p></aside></div>
    <footer><p>© 2024 Harbour notes. All rights reserved.</p></footer></body></html>`;
}
