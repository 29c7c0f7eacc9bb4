import { ApiKeys } from '../../src/serve/keys.js';

const KEY = 'k'.repeat(22);

it('knows whose key it is', () => {
  const keys = ApiKeys.parse(`# keys of the team\nada ${KEY}1\n\n  bob\t${KEY}2  \r\n`, 'keys.txt');
  expect(['1', '2', '3', ''].map((end) => keys.ownerOf(`${KEY}${end}`))).toEqual(['ada', 'bob', undefined, undefined]);
  expect(keys.ownerOf('')).toBeUndefined();
  expect(JSON.stringify(keys)).not.toContain(KEY);
});

it.each([
  ['', /holds no key/],
  ['# nothing\n', /holds no key/],
  [`ada\n`, /line 1 holds not a name and a key/],
  [`ada ${KEY} more`, /line 1 holds not a name and a key/],
  [`ada ${KEY}\nbob ${'s'.repeat(21)}`, /line 2 has a key of less than 22 characters/],
  [`ada ${KEY}\nada ${KEY}x`, /line 2 has a name that another line has/],
])('refuses %j, without repeating a key', (text, message) => {
  const error = (() => {
    try {
      ApiKeys.parse(text, 'keys.txt');
    } catch (thrown) {
      return thrown as Error;
    }
    return undefined;
  })();
  expect(error).toMatchObject({ code: 'USAGE', message: expect.stringMatching(message) });
  expect(error!.message).not.toMatch(/kkk|sss/);
});
