/** The page of `zkinfer serve` in a real browser. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { openBrowser } from '../support/browser.js';
import { type ServerStory, startServer } from '../support/server-story.js';

const KEY = 'a key for the tests 12345'.replaceAll(' ', '-');

let story: ServerStory;
let browser: Browser;
let page: Page;
const complaints: string[] = [];

beforeAll(async () => {
  story = await startServer(['digits-mlp', 'iris-mlp']);
  browser = await openBrowser();
  page = await browser.newPage({ viewport: { width: 900, height: 1_000 } });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  await page.goto(story.url);
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await story?.stop();
  story?.remove();
});

const text = (selector: string) => page.locator(selector).textContent();

it('shows the models', async () => {
  await page.waitForSelector('#models tbody tr');
  expect(await page.locator('#models tbody tr').allTextContents()).toEqual([
    expect.stringMatching(/^digits-mlp.*uint8 \[1, 64\].*2,227development$/),
    expect.stringMatching(/^iris-mlp.*uint8 \[1, 4\].*development$/),
  ]);
});

it('proves a drawn digit, and verifies the proof itself', async () => {
  const box = (await page.locator('#canvas').boundingBox())!;
  const move = (x: number, y: number) => page.mouse.move(box.x + x * box.width, box.y + y * box.height, { steps: 8 });
  await move(0.5, 0.1);
  await page.mouse.down();
  await move(0.5, 0.9);
  await page.mouse.up();
  await page.click('#prove');
  await page.locator('#verdict.valid').waitFor();
  expect(await text('#progress')).toMatch(/^proved in \d+ ms$/);
  expect(await text('#verdict')).toMatch(/^proof verified in this browser, in \d+ ms$/);
  expect(await page.locator('#output li').count()).toBe(10);
  expect(await page.locator('#output li.best').textContent()).toMatch(/^1/);
  expect(await page.locator('#jobs tbody tr').first().textContent()).toMatch(/digits-mlpproved/);
  if (process.env.SCREENSHOTS !== undefined) {
    await page.screenshot({ path: join(process.env.SCREENSHOTS, 'serve.png'), fullPage: true });
  }
});

it('says so where a proof is not right', async () => {
  await page.route('**/proof.json', async (route) => {
    const response = await route.fetch();
    const document = (await response.json()) as { output: number[] };
    document.output[0] = document.output[0]! ^ 1;
    await route.fulfill({ response, json: document });
  });
  await page.click('#prove');
  await page.locator('#verdict.invalid').waitFor();
  expect(await text('#verdict')).toMatch(/^invalid: /);
  await page.unroute('**/proof.json');
});

it('takes JSON for models of other inputs, and tells what is wrong with it', async () => {
  await page.selectOption('#model', { label: 'iris-mlp' });
  expect(await page.locator('#canvas').isVisible()).toBe(false);
  await page.fill('#input', '[5.1, 3.5, 1.4]');
  await page.click('#prove');
  await page.locator('#progress', { hasText: 'shape [3]' }).waitFor();
  await page.fill('#input', '[5.1, 3.5, 1.4, 0.2]');
  await page.click('#prove');
  await page.locator('#verdict.valid').waitFor();
  expect(await page.locator('#output li').count()).toBe(3);
});

it('had nothing to complain about, but the wrong shape', () => {
  expect(complaints).toEqual([expect.stringMatching(/422/)]);
});

it('asks for a key where the server does', async () => {
  const keys = join(story.folder, 'keys.txt');
  writeFileSync(keys, `ada ${KEY}\n`);
  const other = await startServer(['iris-mlp'], ['--api-keys', keys]);
  try {
    const visitor = await browser.newPage();
    await visitor.goto(other.url);
    await visitor.fill('#key', KEY);
    await visitor.click('#key-form button');
    await visitor.waitForSelector('#models tbody tr');
    expect(await visitor.locator('#key').isVisible()).toBe(false);
  } finally {
    await other.stop();
    other.remove();
  }
}, 60_000);
