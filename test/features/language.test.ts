import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { LanguageDetector } from '../../runtime/features/language.ts';
import { longTexts, untrustedText } from './untrusted-text.ts';

const detector = new LanguageDetector();
const english = 'The engine computes tables for sailors, and nobody on board has to work out a number by hand.';
const german = 'Die Maschine berechnet Tafeln für Seeleute, und niemand an Bord muss noch von Hand rechnen.';
const code = '```ts\nconst language = await detector.detect(text);\nreturn language ?? fallback;\n```';

describe('telling languages', () => {
  const samples = {
    en: english,
    de: german,
    fr: "La machine calcule des tables pour les marins, et personne à bord n'a plus à compter à la main.",
    es: 'La máquina calcula tablas para los marineros, y nadie a bordo tiene que contar a mano.',
    tr: 'Makine denizciler için tablolar hesaplar ve gemide kimsenin elle hesap yapması gerekmez.',
    ru: 'Машина вычисляет таблицы для моряков, и никому на борту не приходится считать вручную.',
    ja: '機械が船乗りのために表を計算するので、誰も手で計算しなくてよい。',
    zh: '这台机器为水手们计算表格，船上没有人需要亲手计算。',
    ar: 'تحسب الآلة الجداول للبحارة ولا يحتاج أحد على متن السفينة إلى الحساب باليد.',
  };
  for (const [language, text] of Object.entries(samples)) {
    it(`knows ${language}`, async () => assert.equal(await detector.detect(text), language));
  }

  it('does not guess from a few words', async () => {
    for (const text of ['', 'ok thanks', '👍👍 12.000', '漢字']) assert.equal(await detector.detect(text), undefined);
  });

  it('believes what is declared where the text says too little, and only there', async () => {
    assert.equal(await detector.detect('ok thanks', 'de-AT'), 'de');
    assert.equal(await detector.detect('ok thanks', 'DE'), 'de');
    assert.equal(await detector.detect('ok thanks', 'german'), undefined);
    assert.equal(await detector.detect(english, 'de'), 'en');
  });

  it('leaves out code and addresses', async () => {
    assert.equal(await detector.detect(`${code}\n\n${german}`), 'de');
    assert.equal(await detector.detect(code), undefined);
    assert.equal(
      await detector.detect(`${'example.com/how/to/use/the/engine ada@example.com '.repeat(10)}${german}`),
      'de',
    );
    assert.equal(await detector.detect('https://example.com/how-to-use-the-engine-by-the-sea'), undefined);
  });

  it('goes by how the text begins', async () => {
    assert.equal(await detector.detect(`${`${english} `.repeat(5)}${german.repeat(50)}`), 'en');
  });

  it('says the same about any text every time, in two letters', async () => {
    await fc.assert(
      fc.asyncProperty(untrustedText, async (text) => {
        const language = await detector.detect(text);
        assert.match(language ?? 'none', /^(?:[a-z]{2}|none)$/);
        assert.equal(await detector.detect(text), language);
      }),
    );
  });

  for (const [name, text] of Object.entries(longTexts)) {
    it(`comes to an end on a long text: ${name}`, async () => {
      assert.match((await detector.detect(text)) ?? 'none', /^(?:[a-z]{2}|none)$/);
    });
  }
});
