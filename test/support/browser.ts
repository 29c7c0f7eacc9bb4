/** A real browser: the one of the environment variable CHROMIUM, or where Linux distributions put it. */
import { accessSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

export async function openBrowser(): Promise<Browser> {
  const executablePath = process.env.CHROMIUM ?? PLACES.find(isThere);
  if (executablePath === undefined) {
    throw new Error('there is no chromium: install it (apt-get install chromium) or name it in CHROMIUM');
  }
  // Its sandbox does not work for root, nor in most containers. Pages of these tests are our own.
  return chromium.launch({ executablePath, args: ['--no-sandbox'] });
}

function isThere(path: string): boolean {
  try {
    accessSync(path);
    return true;
  } catch {
    return false;
  }
}
