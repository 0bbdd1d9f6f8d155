import { createHash, X509Certificate } from 'node:crypto';
import { Options } from 'selenium-webdriver/chrome.js';

export interface ChromeOptions {
  readonly binary: string;
  readonly profileFolder: string;
  readonly userAgent: string;
  /** Of the guard proxy, on the loopback. */
  readonly proxyPort: number;
  /** PEM of the authority that a proxy signs with which reads TLS. */
  readonly authority?: string | undefined;
}

/** What a page could make a browser do beside showing its text, and what a browser does of its own accord. */
const disabledFeatures = [
  'AutofillServerCommunication',
  'CertificateTransparencyComponentUpdater',
  'DialMediaRouteProvider',
  'DnsOverHttps',
  'InterestFeedContentSuggestions',
  'MediaRouter',
  'NetworkTimeServiceQuerying',
  'OptimizationHints',
  'Translate',
  // Each new window would start three more processes for a bar that nobody sees.
  'WebUIOmniboxAimPopup',
  'WebUIOmniboxFullPopup',
  'WebUIOmniboxPopup',
];

const blocked = 2;

export function chromeOptions({ binary, profileFolder, userAgent, proxyPort, authority }: ChromeOptions): Options {
  const options = new Options();
  options.setChromeBinaryPath(binary);
  options.addArguments(
    '--headless=new',
    ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    `--user-data-dir=${profileFolder}`,
    `--user-agent=${userAgent}`,
    `--proxy-server=http://127.0.0.1:${proxyPort}`,
    // Without it a browser asks its own machine directly.
    '--proxy-bypass-list=<-loopback>',
    // Names are the proxy's business: whatever would look one up itself finds nothing.
    '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1',
    '--webrtc-ip-handling-policy=disable_non_proxied_udp',
    '--disable-quic',
    `--disable-features=${disabledFeatures.join(',')}`,
    '--disable-background-networking',
    '--disable-breakpad',
    '--disable-client-side-phishing-detection',
    '--disable-component-update',
    '--disable-default-apps',
    '--disable-dev-shm-usage',
    '--disable-domain-reliability',
    '--disable-extensions',
    '--disable-gpu',
    '--disable-remote-fonts',
    '--disable-search-engine-choice-screen',
    '--disable-sync',
    '--deny-permission-prompts',
    '--js-flags=--max-old-space-size=512',
    '--metrics-recording-only',
    '--mute-audio',
    '--no-default-browser-check',
    '--no-first-run',
    '--no-pings',
    '--password-store=basic',
    '--window-size=1280,1024',
    ...(authority === undefined ? [] : [`--ignore-certificate-errors-spki-list=${keyHashOf(authority)}`]),
  );
  options.excludeSwitches('disable-popup-blocking');
  options.setUserPreferences({
    'download.prompt_for_download': false,
    download_restrictions: 3,
    'profile.default_content_setting_values.images': blocked,
    'profile.default_content_setting_values.notifications': blocked,
    'profile.default_content_setting_values.geolocation': blocked,
    'profile.default_content_setting_values.popups': blocked,
    credentials_enable_service: false,
    'webrtc.ip_handling_policy': 'disable_non_proxied_udp',
    'webrtc.multiple_routes_enabled': false,
    'webrtc.nonproxied_udp_enabled': false,
  });
  options.setLocalState({ 'dns_over_https.mode': 'off' });
  options.setPageLoadStrategy('eager');
  options.setAlertBehavior('dismiss');
  return options;
}

/** SHA-256 of the public key of a certificate, in base64, as Chrome names keys. */
function keyHashOf(certificate: string): string {
  const key = new X509Certificate(certificate).publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(key).digest('base64');
}
