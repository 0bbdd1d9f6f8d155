/** A page that LinkedIn shows instead of the one that was asked for. */
export interface Barrier {
  readonly reason: 'challenge_page' | 'login_page';
  readonly message: string;
}

const challenge = /^\/(?:checkpoint|challenge|uas\/(?:captcha|challenge))/i;
const login = /^\/(?:authwall|login|uas\/login|signup|join|start\/join|m\/login|reg\/)/i;

/** By the address that redirects have led to: these pages have many forms, and one kind of address. */
export function barrierAt(url: string): Barrier | undefined {
  const { pathname } = new URL(url);
  if (challenge.test(pathname)) {
    const message =
      'LinkedIn asks for a proof that it is you: sign in with your own browser, do what it asks for, and try again in a few ' +
      'hours, with the new li_at in LINKEDIN_COOKIES. Asking again at once makes it worse';
    return { reason: 'challenge_page', message };
  }
  if (!login.test(pathname)) return undefined;
  const message =
    'LinkedIn shows this only to members who are signed in; what you have written yourself is in the export of your data';
  return { reason: 'login_page', message };
}
