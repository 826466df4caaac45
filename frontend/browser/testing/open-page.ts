import type { Locator, Page, TestBrowser } from '@overseer/local/testing';

import { noteLayoutShifts } from './layout-shifts.ts';

/** A series as the page has it: `window.overseer` (frontend/page/inspection.ts). */
export interface ChartSeries {
  readonly labels: Readonly<Record<string, string>>;
  /** Milliseconds since 1970. */
  readonly times: readonly number[];
  readonly values: readonly (number | null)[];
}

/** On a busy machine, with a browser that draws without a GPU. */
export const DEADLINE_MS = 60_000;
/** Of what a page shows, in the message of a test that fails. */
const TEXT_LENGTH_SHOWN = 1500;

/** The dashboard in a browser, and everything that went wrong on it. */
export class OpenPage implements AsyncDisposable {
  /** Errors and warnings of the console, among them breaches of the content security policy, and errors nobody caught. */
  readonly problems: string[] = [];
  static readonly #all = new Set<OpenPage>();

  private constructor(readonly page: Page) {
    OpenPage.#all.add(this);
    page.setDefaultTimeout(DEADLINE_MS);
    page.on('pageerror', (error) => this.problems.push(String(error)));
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) this.problems.push(message.text());
    });
  }

  /** @param address of the view, from the frontend's root: `/?db=demo` */
  static async open(
    browser: TestBrowser,
    frontendUrl: string,
    address: string,
    options: Parameters<TestBrowser['newPage']>[0] = {},
  ): Promise<OpenPage> {
    const opened = new OpenPage(await browser.newPage(options));
    await noteLayoutShifts(opened.page);
    await opened.page.goto(`${frontendUrl}${address}`);
    return opened;
  }

  /** An element by its `data-testid`. */
  readonly part = (name: string): Locator => this.page.getByTestId(name);

  /** What is written in the field of a query, be it plain or the editor in its place. @param letter none: of the first */
  async expression(letter = ''): Promise<string> {
    const field = this.part(letter === '' ? 'expression' : `expression:${letter}`);
    return field.evaluate(textOf);
  }

  /**
   * Writes over what a query's field has, by keys: the field becomes the editor when it is used first, and what Playwright's own `fill` puts
   * there meanwhile is lost, or takes the looks of what was marked as wrong with it.
   * @param letter none: of the first
   */
  async fillExpression(text: string, letter = ''): Promise<void> {
    const field = this.part(letter === '' ? 'expression' : `expression:${letter}`);
    await field.click();
    await this.page.locator('.expression[data-editor=code]').filter({ has: field }).waitFor();
    await this.page.keyboard.press('ControlOrMeta+a');
    await this.page.keyboard.press('Delete');
    await this.page.keyboard.insertText(text);
  }

  /** The query part of the address. */
  get address(): URLSearchParams {
    return new URL(this.page.url()).searchParams;
  }

  /** A property of the first element that a CSS selector finds, as the browser computed it. */
  async style(selector: string, property: string): Promise<string> {
    const element = `document.querySelector(${JSON.stringify(selector)})`;
    const value = `getComputedStyle(${element}).getPropertyValue(${JSON.stringify(property)})`;
    return String(await this.page.evaluate(value));
  }

  /** @param panelId of a dashboard; none: the panel on the page to explore */
  async series(panelId?: string): Promise<ChartSeries[]> {
    const id = panelId === undefined ? '' : JSON.stringify(panelId);
    return (await this.page.evaluate(`overseer.chart.series(${id})`)) as ChartSeries[];
  }

  /** The last value of the first series; undefined: there is none. @param panelId as in `series` */
  async newestValue(panelId?: string): Promise<number | undefined> {
    const [series] = await this.series(panelId);
    return series?.values.findLast((value) => value !== null) ?? undefined;
  }

  /** Address, problems and text of every page that is open: a text each. */
  static describeAll(): Promise<string[]> {
    return Promise.all(Array.from(OpenPage.#all, (opened) => opened.#describe()));
  }

  async #describe(): Promise<string> {
    const { page, problems } = this;
    const text = await page.evaluate('document.body.innerText').catch(String);
    const shown = String(text).slice(0, TEXT_LENGTH_SHOWN);
    return [`${page.url()} has the problems`, ...problems, 'and shows:', shown].join('\n');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    OpenPage.#all.delete(this);
    // Of a test that fails by waiting for an element they may be the reason.
    if (this.problems.length > 0) console.log(`${this.page.url()} had problems:`, this.problems);
    await this.page.close();
  }
}

/** Runs in the browser. */
function textOf(field: { readonly value?: string; readonly innerText: string }): string {
  return field.value ?? field.innerText;
}
