import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { extractArticle } from '../../runtime/html/extract-article.ts';
import { notContent, type RefusalReason, refusalReasons } from '../../runtime/html/page-gate.ts';
import { plainText } from '../../runtime/html/plain-text.ts';
import { blogPage, paragraph } from './pages.ts';

const url = 'https://site.example/x';
const reasonOf = (html: string): string | undefined =>
  notContent(html, plainText(extractArticle(html, url).markdown), url)?.reason;

const button = (label: string): string => `<button>${label}</button>`;
const lead = paragraph('The harbour wakes before the town does.', 3);

const json = (data: object): string =>
  `<script type="application/ld+json">${JSON.stringify({ '@type': 'Article', headline: 'Boats', ...data })}</script>`;

suite('What is no content', () => {
  const pages: readonly (readonly [RefusalReason, string])[] = [
    [
      'challenge_page',
      '<title>Just a moment...</title><h1>site.example</h1><p>Enable JavaScript and cookies to continue</p><script>window._cf_chl_opt={}</script>',
    ],
    ['challenge_page', '<title>site.example</title><p>Please verify you are a human before you go on to the page.</p>'],
    [
      'challenge_page',
      '<title>Access to this page has been denied</title><div id="px-captcha"></div><p>Press & hold to confirm</p>',
    ],
    ['challenge_page', '<title>x</title><script src="/_Incapsula_Resource?SWJIYLWA=7"></script>'],
    ['challenge_page', '<title>Making sure you\'re not a bot!</title><script id="anubis_challenge">{}</script>'],
    ['challenge_page', '<title>Vercel Security Checkpoint</title><p>We are looking at your browser for a moment</p>'],
    ['challenge_page', '<title>x</title><p>Bitte bestätigen Sie, dass Sie ein Mensch sind.</p>'],
    ['challenge_page', '<title>x</title><p>Vérifions que vous êtes humain. Cela ne prend que quelques secondes.</p>'],
    ['challenge_page', '<title>x</title><p>Verificando que eres humano. Esto puede tardar unos segundos.</p>'],
    [
      'captcha_page',
      '<title>x</title><form><div class="g-recaptcha" data-sitekey="k"></div></form><p>One thing before you go on.</p>',
    ],
    ['captcha_page', '<title>x</title><div class="h-captcha"></div><p>Our system thinks that you are not you.</p>'],
    [
      'captcha_page',
      '<title>Shop</title><p>Enter the characters you see below. Sorry, we just need to make sure.</p><img>',
    ],
    ['captcha_page', '<title>x</title><p>Bitte geben Sie die Zeichen ein: Ich bin kein Roboter</p>'],
    [
      'login_page',
      '<title>Members</title><form><p>Welcome back to the club, members.</p><input name=u><input type="password"></form>',
    ],
    ['login_page', '<title>Sign in | Site</title><p>Welcome back to our pages, where everything is better.</p>'],
    ['login_page', '<title>LinkedIn Login, Sign in | LinkedIn</title><p>Stay updated on your professional world.</p>'],
    ['login_page', '<title>Boats</title><h1>Please log in</h1><p>This page belongs to the members of the club.</p>'],
    ['login_page', '<title>Anmelden – Hafen</title><p>Willkommen zurück im Hafen, wir haben Sie vermisst.</p>'],
    ['login_page', '<title>Hafen</title><p>Bitte melden Sie sich an, um diese Seite zu sehen.</p>'],
    ['login_page', '<title>Port</title><p>Vous devez être connecté pour voir cette page.</p>'],
    ['login_page', '<title>Puerto</title><p>Inicia sesión para ver esta página del puerto.</p>'],
    [
      'consent_page',
      `<title>Before you continue</title><p>We use cookies and data to deliver our services. We and our partners use cookies for advertising.</p>${button('Reject all')}${button('Accept all')}`,
    ],
    [
      'consent_page',
      `<title>Hafen</title><h1>Mit Werbung weiterlesen</h1><p>Besuchen Sie uns wie gewohnt mit Werbung und Tracking. Ihre Zustimmung können Sie jederzeit widerrufen. Wir und unsere 200 Partner verarbeiten personenbezogene Daten.</p>${button('Akzeptieren und weiter')}`,
    ],
    [
      'consent_page',
      `<title>Port</title><p>Le respect de votre vie privée est notre priorité. Avec nos 120 partenaires, nous utilisons des cookies pour la publicité.</p>${button('Tout accepter')}${button('Continuer sans accepter')}`,
    ],
    [
      'consent_page',
      `<title>Puerto</title><p>Nosotros y nuestros socios usamos cookies para la publicidad. Puedes retirar tu consentimiento en la página de privacidad.</p>${button('Aceptar y continuar')}`,
    ],
    [
      'paywall_stub',
      `${lead}<div class="paywall"><h2 class="paywall-title">This post is for paid subscribers</h2></div>`,
    ],
    ['paywall_stub', `${lead}<p>Create an account to read the full story.</p>`],
    ['paywall_stub', `${lead}<p>The author made this story available to Medium members only.</p>`],
    ['paywall_stub', `${lead}<h3>Keep reading with a 7-day free trial</h3>`],
    ['paywall_stub', `${lead}<div><b>Subscribe to continue reading</b></div>`],
    [
      'paywall_stub',
      `${lead}<aside class="gh-post-upgrade-cta"><h2>This post is for paying subscribers only</h2></aside>`,
    ],
    ['paywall_stub', `${lead}<p>Dieser Artikel ist exklusiv für Abonnenten.</p>`],
    ['paywall_stub', `${lead}<p>Jetzt mit dem Digital-Abo weiterlesen</p>`],
    ['paywall_stub', `${lead}<p>Cet article est réservé aux abonnés.</p>`],
    ['paywall_stub', `${lead}<p>Il vous reste 83.5% de cet article à lire. La suite est réservée aux abonnés.</p>`],
    ['paywall_stub', `${lead}<p>Suscríbete para seguir leyendo</p>`],
    ['paywall_stub', `${lead}<p>Contenido exclusivo para suscriptores</p>`],
    ['paywall_stub', `${json({ isAccessibleForFree: false })}${lead}`],
    ['paywall_stub', `${json({ isAccessibleForFree: 'False', wordCount: 2_000 })}${paragraph('One', 25)}`],
    ['incomplete_text', `${json({ wordCount: 2_000 })}${paragraph('One', 25)}`],
    [
      'javascript_required',
      '<title>App</title><div id="root"></div><noscript>You need to enable JavaScript to run this app.</noscript>',
    ],
    ['javascript_required', '<title>App</title><p>Bitte aktivieren Sie JavaScript in Ihrem Browser.</p>'],
    ['javascript_required', '<title>App</title><p>Veuillez activer JavaScript pour continuer.</p>'],
    ['error_page', '<title>404 Not Found</title><h1>Oh no</h1><p>We looked everywhere, and the page is not there.</p>'],
    ['error_page', '<title>Harbour | Page not found</title><p>We looked everywhere, and the page is not there.</p>'],
    ['error_page', '<title>Hafen</title><h1>Seite nicht gefunden</h1><p>Diese Seite haben wir nirgends gefunden.</p>'],
    ['error_page', '<title>Port</title><h1>Page introuvable</h1><p>Nous avons cherché partout, mais en vain.</p>'],
    ['error_page', '<title>Error 500</title><p>An exception was thrown somewhere in the harbour.</p>'],
    ['error_page', '<title>Boats</title><h1>Error establishing a database connection</h1>'],
    ['error_page', '<title>Boats</title><p>Application error: a client-side exception has occurred.</p>'],
    ['error_page', '<title>Boats</title><p>This domain is for sale. Make an offer today, and it is yours.</p>'],
    ['error_page', '<title>boats.example is for sale</title><p>The finest of names, at the finest of prices.</p>'],
    [
      'error_page',
      '<title>Down for maintenance</title><h1>We will be back soon</h1><p>We are performing scheduled maintenance.</p>',
    ],
    ['error_page', '<title>Boats</title><p>Back soon! We are performing scheduled maintenance.</p>'],
    [
      'error_page',
      '<title>Nothing here</title><h1>Boats</h1><h2>Oops! That page can’t be found</h2><p>It looks like nothing was found at this location.</p>',
    ],
    ['error_page', `<title>Boats | 404</title><p>Sorry, we could not find the page.</p>${lead}`],
    ['error_page', `<title>Boats</title><h1>Page not found</h1>${lead}`],
    ['error_page', '<pre>Access denied</pre>'],
    ['rate_limited', `<title>Too many requests</title><p>Please slow down.</p>${lead}`],
    [
      'empty_page',
      '<title>Boats</title><header><h1>Boats</h1></header><nav><a href="/">Home</a><a href="/a">About</a><a href="/c">Contact</a><a href="/p">Privacy policy</a></nav><footer>© 2024 Boats. All rights reserved.</footer>',
    ],
    [
      'empty_page',
      '<title>Boats</title><ul><li><a href="/">Home</a><li><a href="/a">About the harbour</a><li><a href="/c">Contact us</a></ul>',
    ],
    ['rate_limited', '<body><pre>Too many requests</pre></body>'],
    ['rate_limited', '<title>429</title><p>Zu viele Anfragen. Bitte warten Sie einen Augenblick.</p>'],
    ['empty_page', '<title>A title</title><body><div></div></body>'],
    ['empty_page', ''],
  ];
  for (const [reason, html] of pages) {
    test(`${reason}: ${html.replaceAll(/\s+/g, ' ').slice(0, 90)} … ${html.slice(-40)}`, () =>
      assert.equal(reasonOf(html), reason));
  }

  test('is told by every reason that is listed', () => {
    assert.deepEqual(new Set(pages.map(([reason]) => reason)), new Set(refusalReasons));
  });

  test('is a text of which its platform says that it is a part', () => {
    const text = 'The boats are gone. '.repeat(200);
    assert.equal(notContent('', text, url, { paywalled: true })?.reason, 'paywall_stub');
    assert.equal(notContent('', text, url, { words: 1_400 })?.reason, 'incomplete_text');
    assert.equal(notContent('', text, url, { words: 1_300 }), undefined);
    assert.equal(notContent('', text, url, { words: 300, paywalled: false }), undefined);
  });
});

suite('What is content', () => {
  test('an article', () => assert.equal(reasonOf(blogPage()), undefined));
  test('a short note', () =>
    assert.equal(reasonOf('<title>Note</title><p>The boats come back on Tuesday, at noon.</p>'), undefined));
  test('an article about challenges, logins and JavaScript', () => {
    const about = '<p>“Verify you are a human”, it said; “enable JavaScript”. Please log in to continue.</p>';
    assert.equal(reasonOf(blogPage({ article: paragraph('One', 12) + about + paragraph('Two', 12) })), undefined);
  });

  const shorts: Readonly<Record<string, string>> = {
    'on logging in':
      '<title>Sign in with a key, explained</title><p>A key is a file. When a site says that you must log in, the browser signs with it, and nobody types a word. I have used mine since March and have not looked back once, though my father still does not believe in it and keeps his words on paper in a drawer.</p>',
    'with a login form in its margin':
      '<title>Boats</title><main><p>The boats come back on Tuesday, at noon, and there will be coffee for all.</p></main><aside class="sidebar"><form><input name=u><input type=password></form></aside>',
    'with a captcha below its comments':
      '<title>Boats</title><main><p>The boats come back on Tuesday, at noon, and there will be coffee for all.</p></main><form><textarea></textarea><div class="g-recaptcha"></div></form>',
    'on captchas':
      '<title>Captchas I have met</title><p>There was one with boats. I took the ferry for a boat, and the machine did not. Since then I wonder which of us had been to the sea, and whether it matters to anyone but the ferry.</p>',
    'on cookies, below a banner': `<title>Baking</title><div class="cookie-banner"><p>We use cookies.</p>${button('Accept all')}</div><article><p>Cookies need butter. My grandmother used lard, and nobody complained. Put them in for ten minutes. Then wait, which is the hard part. The tin is empty by Sunday anyway.</p></article>`,
    'on its newsletter': `<title>Boats</title>${paragraph('Subscribe', 2)}<p>Subscribe to my newsletter, it is free and comes every week.</p>`,
    'that quotes a wall in the middle': `<title>Walls</title><p>“This post is for paid subscribers”, it said, and I closed the page.</p>${paragraph('Then', 8)}`,
    'that is five hundred miles long':
      '<title>500 miles to the sea</title><p>We walked for a month and saw no boat.</p>',
    'on forbidden fruit': '<title>Forbidden fruit</title><p>The apples behind the harbour belong to nobody.</p>',
    'of a game that needs JavaScript': `<title>Game</title><p>${'I made a game of boats this summer, in the evenings. '.repeat(5)} It needs JavaScript.</p>`,
    'in Chinese': '<title>船</title><p>船队星期二中午回来，大家都有咖啡喝。</p>',
    'that is free by its own words': `${json({ isAccessibleForFree: true, wordCount: 60 })}${lead}`,
    'with more words than it says': `${json({ wordCount: 210 })}${paragraph('One', 25)}`,
    'that is metered, and whole': `${json({ isAccessibleForFree: false, wordCount: 420 })}${paragraph('One', 25)}`,
    'with a hidden wall': `${lead}<div class="paywall" style="display:none">Subscribe to continue reading</div>`,
    'below a menu':
      '<title>Note</title><ul><li><a href="/">Home</a><li><a href="/a">About</a><li><a href="/c">Contact</a></ul><p>The boats come back on Tuesday.</p>',
    'of three links': `<title>Boats</title><p>Read these: <a href="/a">One boat</a>, <a href="/b">Two boats</a> and, above all, <a href="/c">no boat</a>.</p>`,
    'of a boat that is for sale': '<title>For sale</title><p>My boat is for sale, and comes with its domain name.</p>',
    'on maintenance': '<title>Boats</title><p>I am performing the scheduled maintenance of my boat today.</p>',
    'that begins with a number': '<title>Boats</title><p>429 boats at noon, and no place left to land.</p>',
    'that was read up to here':
      '<title>Too many boats</title><p>There are too many boats, and not one of them is mine to sail.</p>',
  };
  for (const [name, html] of Object.entries(shorts)) {
    test(`a short post ${name}`, () => assert.equal(reasonOf(html), undefined));
  }

  const likeErrors = [
    'Week 52 - 502',
    'Log: 403',
    'Chapter — 401',
    'My diary | 404',
    'Service unavailable: a story',
    'Forbidden',
    'Something went wrong',
    'Too many requests',
    '429',
  ];
  const story = paragraph('One', 5);
  for (const title of likeErrors) {
    test(`a text that is called “${title}”`, () => {
      assert.equal(reasonOf(`<title>${title}</title>${story}`), undefined);
      assert.equal(reasonOf(`<title>${title}</title><h1>${title}</h1>${story}`), undefined);
      const whole = plainText(extractArticle(`<h2>${title}</h2>${story}`, url).markdown);
      assert.equal(notContent(`<title>${title}</title><h1>${title}</h1>${story}`, whole, url), undefined);
    });
  }
  test('a text that begins as if it were asked too often', () =>
    assert.equal(reasonOf(`<title>Boats</title><p>Too many requests, she said.</p>${story}`), undefined));

  test('long articles about paywalls, consent and captchas', () => {
    const about =
      '<p>“Subscribe to continue reading.” “Accept all.” “I am not a robot.” “Cet article est réservé aux abonnés.”</p>';
    assert.equal(reasonOf(blogPage({ article: paragraph('One', 20) + about + paragraph('Two', 20) })), undefined);
  });

  // Letters and digits of the text: the bounds at which a page is no longer doubted.
  const text = (letters: number): string =>
    `<p>${'boats, '.repeat(Math.floor(letters / 5))}${'s'.repeat(letters % 5)}</p>`;
  const bounds: readonly (readonly [string, number, string])[] = [
    ['challenge_page', 1_500, '<title>Just a moment...</title>'],
    ['rate_limited', 199, '<title>Too many requests</title>'],
    ['login_page', 1_500, '<title>Sign in</title>'],
    ['login_page', 599, '<title>Members</title><input type="password">'],
    ['error_page', 199, '<title>404</title>'],
    ['error_page', 599, '<title>Boats</title><h1>404 Not Found</h1>'],
    ['javascript_required', 99, '<title>App</title><noscript>Please enable JavaScript.</noscript>'],
    ['empty_page', 24, '<title>App</title>'],
  ];
  for (const [reason, most, head] of bounds) {
    test(`with more than ${most} letters, where less would be ${reason}: ${head}`, () => {
      const page = (letters: number): string => `${head}<main>${text(letters)}</main>`;
      assert.equal(notContent(page(most), text(most).replace(/<[^>]*>/g, ''), url)?.reason, reason);
      assert.notEqual(notContent(page(most + 1), text(most + 1).replace(/<[^>]*>/g, ''), url)?.reason, reason);
    });
  }
});
