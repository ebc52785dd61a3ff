import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { jest } from "@jest/globals";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { agreementPage } from "../../src/report/page.js";
import { importText, sampleText } from "../support/import-over-http.js";
import { startTestServer, type TestServer } from "../support/server.js";
import { contestedPrompt, documentOf, labeler, leaderboard } from "./support.js";

const CHROMIUM = "/usr/bin/chromium";

const inBrowser = existsSync(CHROMIUM) ? describe : describe.skip;
if (!existsSync(CHROMIUM)) console.warn(`Skipped: the agreement report in a browser, for there is no ${CHROMIUM}.`);

/** Runs in the page: every text that is seen, with its contrast against what is painted behind it, where it is below AA. */
const LOW_CONTRAST = `(() => {
  const parts = (colour) => (colour.match(/[\\d.]+/g) ?? []).map(Number);
  const luminance = ([red, green, blue]) => [red, green, blue]
    .map((part) => part / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    .reduce((sum, part, i) => sum + [0.2126, 0.7152, 0.0722][i] * part, 0);
  const groundOf = (element) => {
    const cell = element.closest("svg") && element.parentElement.querySelector(":scope > rect");
    if (cell) return getComputedStyle(cell).fill;
    for (let at = element; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if ((parts(colour)[3] ?? 1) > 0) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const low = [];
  let seen = 0;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.checkVisibility() || element.closest(".unseen, .skip, title")) continue;
    const style = getComputedStyle(element);
    const colour = element.closest("svg") ? style.fill : style.color;
    const [a, b] = [luminance(parts(colour)), luminance(parts(groundOf(element)))].sort((x, y) => y - x);
    seen += 1;
    if ((a + 0.05) / (b + 0.05) < 4.5) low.push(walker.currentNode.data.slice(0, 40) + " " + colour + " on " + groundOf(element));
  }
  return { seen, low };
})()`;

/** Fonts that have Chinese, Japanese and Korean characters, as Debian has them: WenQuanYi without metrics for vertical text. */
const CJK_FONTS = [
  {
    name: "Noto Sans CJK",
    folder: "/usr/share/fonts/opentype/noto",
    file: "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
  },
  {
    name: "WenQuanYi Zen Hei",
    folder: "/usr/share/fonts/truetype/wqy",
    file: "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
  },
];
for (const { name, file } of CJK_FONTS)
  if (!existsSync(file)) console.warn(`Skipped: names in ${name} in the report, for there is no ${file}.`);

/** A configuration of fonts: the system's, without those of some folders. */
const onlyWithout = (folders: readonly string[]): string => `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><include>/etc/fonts/fonts.conf</include><selectfont><rejectfont>
${folders.map((folder) => `<glob>${folder}/*</glob>`).join("")}</rejectfont></selectfont></fontconfig>`;

interface NamesSeen {
  /** Names of which a part lies outside of the picture, or of their cell. */
  readonly clipped: readonly string[];
  /** Names of which two characters cover each other. */
  readonly overlapping: readonly string[];
  /** Names with characters that should be upright, and lie. */
  readonly turned: readonly string[];
  /** As they are read: beside and above the heat map, and above a contested prompt's columns. */
  readonly names: readonly (readonly string[])[];
}

/** Runs in the page. */
const NAMES_SEEN = `(() => {
  const seen = { clipped: [], overlapping: [], turned: [], names: [] };
  const textOf = (element) => [...element.childNodes].filter(({ nodeName }) => nodeName !== "title").map(({ textContent }) => textContent).join("");
  const heat = document.querySelector(".heat");
  const kinds = [
    [[...heat.querySelectorAll("text.name[text-anchor]")], () => heat],
    [[...heat.querySelectorAll("text.name:not([text-anchor])")], () => heat],
    [[...document.querySelectorAll("#contested .judge bdi")], (name) => name.closest("th")],
  ];
  const square = /[\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Hangul}]/u;
  for (const [elements, frameOf] of kinds) {
    seen.names.push(elements.map(textOf));
    for (const element of elements) {
      const text = textOf(element);
      const [name, frame] = [element.getBoundingClientRect(), frameOf(element).getBoundingClientRect()];
      const isOutside = name.left < frame.left - 1 || name.right > frame.right + 1 || name.top < frame.top - 1 || name.bottom > frame.bottom + 1;
      if (isOutside || name.width < 4 || name.height < 4) seen.clipped.push(text);
      if (!square.test(text)) continue;
      for (let at = element; at && at !== document.body; at = at.parentElement) {
        const style = getComputedStyle(at);
        if (style.writingMode !== "horizontal-tb" || (style.transform !== "none" && !/^matrix\\(1, 0, 0, 1/.test(style.transform))) seen.turned.push(text);
        if (style.overflow === "hidden" && at !== heat) seen.clipped.push(text); // a picture is held against its bounds above
      }
      const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
      const boxes = [];
      while (walker.nextNode()) {
        if (walker.currentNode.parentElement.nodeName === "title") continue;
        const { data } = walker.currentNode;
        for (let i = 0; i < data.length; i++) {
          const range = document.createRange();
          range.setStart(walker.currentNode, i);
          range.setEnd(walker.currentNode, i + 1);
          if (square.test(data[i])) boxes.push(range.getBoundingClientRect());
        }
      }
      const apart = boxes.every((a, i) => boxes.every((b, k) => {
        const size = Math.min(a.width, b.width);
        return i >= k || Math.abs(a.left + a.right - b.left - b.right) / 2 > 0.9 * size || Math.abs(a.top - b.top) > 0.9 * size;
      }));
      if (!apart || boxes.some(({ width }) => width < 8)) seen.overlapping.push(text);
    }
  }
  return seen;
})()`;

/** What an eye sees of a name. */
const lookOf = (name: string): string => name.replace(/[\p{Cf}\s]/gu, "");

const LAUNCH = { executablePath: CHROMIUM, args: ["--no-sandbox", "--disable-gpu"] };

jest.setTimeout(90_000);

inBrowser("the agreement report in Chromium", () => {
  let folder: string;
  let server: TestServer;
  let browser: Browser;
  let context: BrowserContext;
  const requests: string[] = [];
  const complaints: string[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "accord-report-"));
    server = await startTestServer();
    await importText(server, "sample", sampleText());
    const response = await fetch(`${server.url}/datasets/sample/agreement.html?resamples=200`, {
      headers: { authorization: `Bearer ${server.adminKey}` },
    });
    writeFileSync(join(folder, "sample.html"), await response.text());
    browser = await chromium.launch(LAUNCH);
  }, 90_000);

  afterAll(async () => {
    await browser?.close();
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  beforeEach(() => {
    requests.length = 0;
    complaints.length = 0;
  });
  afterEach(async () => {
    await context.close();
    expect(complaints).toEqual([]);
  });

  async function open(
    address: string,
    options: Parameters<Browser["newContext"]>[0] = {},
    within: Browser = browser,
  ): Promise<Page> {
    context = await within.newContext({ viewport: { width: 1280, height: 900 }, ...options });
    context.setDefaultTimeout(15_000);
    context.on("request", (request) => requests.push(request.url()));
    context.on("weberror", (error) => complaints.push(String(error.error())));
    context.on("console", (message) => complaints.push(message.text()));
    const page = await context.newPage();
    await page.goto(address);
    return page;
  }
  const sample = () => pathToFileURL(join(folder, "sample.html")).href;
  function saved(name: string, text: string): string {
    writeFileSync(join(folder, name), text);
    return pathToFileURL(join(folder, name)).href;
  }
  const colourAt = (page: Page, selector: string) =>
    page.evaluate<string>(`getComputedStyle(document.querySelector("${selector}")).backgroundColor`);
  const brightness = (colour: string) =>
    (colour.match(/\d+/g) ?? []).slice(0, 3).reduce((sum, part) => sum + Number(part), 0);

  test("comes from the server with its style applied, and asks for nothing else", async () => {
    const address = `${server.url}/datasets/sample/agreement.html?resamples=200`;
    const page = await open(address, { extraHTTPHeaders: { authorization: `Bearer ${server.adminKey}` } });
    expect(await page.title()).toBe("Agreement on rankings – sample");
    expect(await colourAt(page, ".warnings")).toBe("rgb(253, 243, 220)");
    expect(requests.filter((url) => !url.endsWith("/favicon.ico"))).toEqual([address]);
  });

  test("is the same page from a file, without any network", async () => {
    const page = await open(sample(), { offline: true });
    expect(await colourAt(page, ".warnings")).toBe("rgb(253, 243, 220)");
    expect(requests).toEqual([sample()]);
  });

  test.each(["light", "dark"] as const)("wears %s when the system does, and every text can be read", async (scheme) => {
    const page = await open(sample(), { colorScheme: scheme });
    expect(brightness(await colourAt(page, "html")) > 382).toBe(scheme === "light");
    const { seen, low } = await page.evaluate<{ seen: number; low: string[] }>(LOW_CONTRAST);
    expect(seen).toBeGreaterThan(300);
    expect(low).toEqual([]);
    const picture = await page.locator(".heat").screenshot();
    // A blank picture of this size has less than a kilobyte as PNG.
    expect(picture.length).toBeGreaterThan(3000);
  });

  test("has no horizontal scroll bar at 380 pixels, and shows both ends of every interval", async () => {
    const page = await open(sample(), { viewport: { width: 380, height: 800 } });
    expect(await page.evaluate<number>("document.documentElement.scrollWidth")).toBe(380);
    const outside = await page.evaluate<number>(`[...document.querySelectorAll(".plot .bar")].filter((bar) => {
      const [inner, outer] = [bar.getBoundingClientRect(), bar.closest("td").getBoundingClientRect()];
      return inner.left < outer.left || inner.right > outer.right;
    }).length`);
    expect(outside).toBe(0);
  });

  test("fits the sources, and what is said of them, into 390 pixels", async () => {
    const names = ["davinci-175b-ppo-ptx", `a-name-${"of-many-parts-".repeat(13)}`.slice(0, 200), "x".repeat(200)];
    const entries = leaderboard().entries.map((entry, i) => ({ ...entry, source: names[i]! }));
    const document = documentOf({ leaderboard: leaderboard({ entries, comparisons: 123_456 }) });
    const addresses = [sample(), saved("sources.html", agreementPage(document))];
    for (const address of addresses) {
      const page = await open(address, { viewport: { width: 390, height: 1600 } });
      expect(await page.evaluate<number>("document.documentElement.scrollWidth")).toBe(390);
      const outside = await page.evaluate<
        string[]
      >(`[...document.querySelectorAll("#leaderboard *")].filter((element) => {
        const { left, right } = element.getBoundingClientRect();
        return !element.closest("svg") && element.checkVisibility() && (left < 0 || right > 390);
      }).map((element) => element.outerHTML.slice(0, 80))`);
      expect(outside).toEqual([]);
      expect(await page.locator("#leaderboard .caption").isVisible()).toBe(true);
      expect(await page.locator(".scroll .caption, #leaderboard caption").count()).toBe(0);
      if (address !== addresses.at(-1)) await context.close();
    }
  });

  test.each([1200, 390])(
    "wraps a long source of a contested prompt at %d pixels, the columns as before",
    async (width) => {
      const widthWith = async (source: string): Promise<number> => {
        const [first, second] = contestedPrompt().completions;
        const mostContested = [contestedPrompt({ completions: [{ ...first!, source }, second!] })];
        const address = saved("long-source.html", agreementPage(documentOf({ mostContested })));
        const page = await open(address, { viewport: { width, height: 900 } });
        const region = `document.querySelector("#contested .scroll")`;
        expect(await page.evaluate<number>("document.documentElement.scrollWidth")).toBe(width);
        expect(await page.evaluate<boolean>(`${region}.scrollWidth <= ${region}.clientWidth`)).toBe(true);
        return page.evaluate<number>(`${region}.scrollWidth`);
      };
      const short = await widthWith("sft-1");
      await context.close();
      expect(await widthWith("x".repeat(200))).toBe(short);
    },
  );

  test("tells assistive technology what it shows: one h1, headings in order, named regions, cells and plots", async () => {
    const page = await open(sample());
    const levels = await page.evaluate<number[]>(
      `[...document.querySelectorAll("h1, h2, h3, h4")].map((heading) => Number(heading.tagName[1]))`,
    );
    expect(levels.filter((level) => level === 1)).toHaveLength(1);
    expect(levels.filter((level, i) => i > 0 && level > levels[i - 1]! + 1)).toEqual([]);
    expect(await page.evaluate<string>("document.documentElement.lang")).toBe("en");
    const cells = page.locator(".heat").getByRole("img", { name: /^w\d+ and w\d+: 0\.\d{3} on \d+ units$/ });
    // Ten labelers, two of whose 45 pairs share fewer than ten units.
    expect(await cells.count()).toBe(43);
    expect(await page.locator("table:not(:has(caption)):not([aria-label][aria-describedby])").count()).toBe(0);
    const table = page.getByRole("table", { name: "Table of sources" });
    const told = page.locator(`#${await table.getAttribute("aria-describedby")}`);
    expect(await told.textContent()).toMatch(/^Bradley–Terry: .* comparisons, /);
    const described = await page.evaluate<string[]>(
      `[...document.querySelectorAll("[aria-describedby]")].map((element) => element.getAttribute("aria-describedby"))`,
    );
    expect(new Set(described).size).toBe(described.length);
    for (const id of described) expect(await page.locator(`#${id}`).count()).toBe(1);
    expect(await page.locator("th:not([scope])").count()).toBe(0);
    const plots = page.getByRole("img", { name: /^−?\d\.\d{3}, interval from −?\d\.\d{3} to −?\d\.\d{3}$/ });
    expect(await plots.count()).toBe(await page.locator(".plot .bar").count());
    const nameless = await page.evaluate<number>(
      `[...document.querySelectorAll('[role="region"], [role="img"], [role="group"], nav, section')]
        .filter((element) => !element.getAttribute("aria-label") && !element.getAttribute("aria-labelledby")).length`,
    );
    expect(nameless).toBe(0);
  });

  test("is used by keyboard: to the report, to a section, into the table of pairs", async () => {
    const page = await open(sample());
    await page.keyboard.press("Tab");
    expect(await page.evaluate<string>("document.activeElement.textContent")).toBe("Skip to the report");
    await page.keyboard.press("Enter");
    expect(page.url()).toMatch(/#report$/);
    const table = page.getByRole("table", { name: "Pairs of labelers, least agreement first" });
    expect(await table.isVisible()).toBe(false);
    await page.getByText("The pairs as a table").focus();
    await page.keyboard.press("Enter");
    expect(await table.isVisible()).toBe(true);
    expect(await table.locator("tbody tr").count()).toBe(43);
  });

  test("prints in light, without what only a screen can do, and within the paper", async () => {
    const page = await open(sample(), { colorScheme: "dark", viewport: { width: 718, height: 1000 } });
    await page.emulateMedia({ media: "print", colorScheme: "dark" });
    expect(await page.evaluate<string>("getComputedStyle(document.body).color")).toBe("rgb(27, 31, 36)");
    expect(await page.locator("nav").isVisible()).toBe(false);
    expect(await page.evaluate<number>("document.documentElement.scrollWidth")).toBeLessThanOrEqual(718);
    const paper = await page.pdf({ format: "A4" });
    expect(paper.subarray(0, 5).toString()).toBe("%PDF-");
    // 20 contested prompts with their texts take more than three pages and fewer than forty.
    const pages = paper.toString("latin1").match(/\/Type\s*\/Page\b/g)?.length ?? 0;
    expect(pages).toBeGreaterThan(3);
    expect(pages).toBeLessThan(40);
  });

  test("runs nothing of what people wrote, and shows it as they wrote it", async () => {
    const texts = [
      `<script>document.title = "taken"</script></style><img src=x onerror="document.title='taken'">`,
      "\u202egnp.exe",
      "👩‍👩‍👧 数据 שלום",
      `long ${"word ".repeat(20_000)}`,
    ];
    const hostile = labeler(texts[0]!);
    const page = await open(
      saved(
        "hostile.html",
        agreementPage(
          documentOf({
            dataset: { id: "d", slug: "mine", name: texts[0]!, revision: 1 },
            matrix: [{ a: hostile, b: labeler("bob"), value: 0.5, n: 12, shared: 12, kappa: null, tauB: null }],
            mostContested: texts.map((text) => contestedPrompt({ text })),
          }),
        ),
      ),
      { viewport: { width: 380, height: 800 } },
    );
    expect(await page.title()).toBe(`Agreement on rankings – ${texts[0]}`);
    const shown = await page.locator(".contested > .text").allTextContents();
    expect(shown).toEqual(texts.slice(0, 3));
    expect(await page.evaluate<number>("document.documentElement.scrollWidth")).toBe(380);
    const long = page.locator(".contested > .long");
    const folded = await long.boundingBox();
    await long.locator("summary").click();
    expect((await long.boundingBox())!.height).toBeGreaterThan(10 * folded!.height);
    expect(requests).toHaveLength(1);
  });

  const CJK = [
    ...["王小明", "佐藤ひろしー", "김민수", "カタカナ・ラベラー", "QA 李", "ann", "WWWWWWWWWWWW"],
    ...["标注员甲乙丙丁戊己庚辛壬癸一二三四五六七八九十", "标注员甲乙丙丁戊己庚辛壬癸一二三四五六七八九〇"],
    ...["labeler-of-the-first-team-0001", "labeler-of-the-first-team-0002", "anna", "anna\u200b"],
  ];
  test.each(CJK_FONTS.filter(({ file }) => existsSync(file)).map(({ name }) => name))(
    "shows Chinese, Japanese and Korean names upright, whole and each differently, with %s as the only font for them",
    async (font) => {
      const pairs = CJK.flatMap((a, i) => CJK.slice(i + 1).map((b) => [labeler(a), labeler(b)] as const));
      const matrix = pairs.map(([a, b], i) => {
        const figures = { value: (i % 10) / 10, n: 12, shared: 12, kappa: null, tauB: null };
        return { a, b, ...figures };
      });
      const columns = CJK.map((handle, i) => ({ handle, cells: i % 2 === 0 ? [1, 2] : [2, 1] }));
      const mostContested = [contestedPrompt({ columns, judgments: CJK.length })];
      const address = saved("names.html", agreementPage(documentOf({ matrix, mostContested })));
      const others = CJK_FONTS.filter(({ name }) => name !== font).map(({ folder: of }) => of);
      const config = join(folder, "fonts.conf");
      writeFileSync(config, onlyWithout(others));
      const alone = await chromium.launch({ ...LAUNCH, env: { ...process.env, FONTCONFIG_FILE: config } });
      try {
        for (const width of [1280, 390]) {
          const page = await open(address, { viewport: { width, height: 900 } }, alone);
          const seen = await page.evaluate<NamesSeen>(NAMES_SEEN);
          expect(seen).toMatchObject({ clipped: [], overlapping: [], turned: [] });
          expect(seen.names.map((names) => names.length)).toEqual([CJK.length, CJK.length, CJK.length]);
          for (const names of seen.names) expect(new Set(names.map(lookOf)).size).toBe(CJK.length);
          if (width === 1280) await context.close();
        }
      } finally {
        await alone.close();
      }
    },
  );
});
