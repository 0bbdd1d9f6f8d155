/** The document, or its length when that is more than the first argument. */
export const readDocument = `
  const html = '<!doctype html>' + document.documentElement.outerHTML;
  return html.length > arguments[0] ? html.length : html;`;

export const textLength = `
  const text = document.body?.innerText.trim().length ?? 0;
  if (text > 0) window.stop();
  return text;`;

/** To the end of the page, and of whatever scrolls inside of it, in the middle of the window. */
export const scrollDown = `
  window.scrollTo(0, document.documentElement.scrollHeight);
  let part = document.elementFromPoint(innerWidth / 2, innerHeight / 2);
  for (; part !== null; part = part.parentElement) {
    if (part.scrollHeight > part.clientHeight) part.scrollTop = part.scrollHeight;
  }`;

/** What grows when a page adds something: its height and the number of its elements. */
export const measure = `
  let height = document.documentElement.scrollHeight;
  let part = document.elementFromPoint(innerWidth / 2, innerHeight / 2);
  for (; part !== null; part = part.parentElement) height = Math.max(height, part.scrollHeight);
  return [height, document.getElementsByTagName('*').length];`;

export const readiness = 'return document.readyState;';

export const showsPassword = `return document.querySelector('input[type=password]') !== null;`;

/** Where it really is, which tells the browser's own page about an error, and the name of that error. */
export const whereAmI = `return [location.href, document.querySelector('.error-code')?.textContent?.trim() ?? ''];`;
