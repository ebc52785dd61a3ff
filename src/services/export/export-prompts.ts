import {
  type WrittenChildren,
  writeAssessment,
  writeCompletion,
  writeDemonstration,
  writePrompt,
  writeRanking,
  writeSkip,
} from "../../datasets/formats/native-write.js";
import type { NativePrompt } from "../../datasets/records/records.js";
import { omitDefaultSamples } from "../../datasets/records/samples.js";
import type { Database } from "../../entities/database/database.js";
import {
  childrenOfPrompts,
  type ExportedAssessment,
  type ExportedChild,
  type ExportedChildren,
  type ExportedPrompt,
  type ExportedRanking,
  type ExportedSample,
  type ExportSelection,
  exportedAssessmentsOfRankings,
  exportedPrompts,
  exportedSamplesOfPrompts,
  nextChildren,
  promptRange,
  type WeighedPrompt,
  weighPrompts,
} from "../../entities/queries/files/export-prompts.js";
import { TimeSlice } from "../statistics/time-slice.js";
import {
  assessmentRecord,
  completionRecord,
  demonstrationRecord,
  identifyingFields,
  promptRecord,
  rankingRecord,
  skipRecord,
} from "./export-records.js";

/** Prompts weighed at once, and bytes read at once. */
const WEIGHED = 500;
const PAGE_BYTES = 2 << 20;
const CHUNK = { rows: 2000, bytes: PAGE_BYTES };

/** A line is ended, and the prompt goes on in the next, with the child that brings its children to this many characters. */
const LINE_CHARACTERS = 4 << 20;

/**
 * The lines of all selected prompts, in the order of their ids, in memory that neither their number nor the weight of one
 * of them changes: pages are cut by bytes, and the children of a prompt too heavy for a page are read in pieces.
 * begin: the prompt to begin with, or null for the first; onPage: is told the first prompt of a page before its first line
 */
export async function* promptLines(
  database: Database,
  selection: ExportSelection,
  begin: string | null,
  onPage: (promptId: string) => void,
): AsyncGenerator<string> {
  const range = await promptRange(database, selection.datasetId);
  if (range === null) return;
  const slice = new TimeSlice();
  let from = begin ?? range.first;
  for (;;) {
    const weighed = await weighPrompts(database, selection, { from, to: range.last }, WEIGHED);
    for (const page of pagesOf(weighed)) {
      onPage(page[0]!);
      yield* pageLines(database, page, selection.revision, slice);
    }
    const last = weighed.at(-1);
    if (last === undefined || weighed.length < WEIGHED) return;
    from = (BigInt(last.id) + 1n).toString();
  }
}

/** Runs of prompts that are light together; a heavy one is alone. */
function pagesOf(weighed: readonly WeighedPrompt[]): string[][] {
  const pages: string[][] = [];
  let page: string[] = [];
  let total = 0;
  for (const { id, bytes } of weighed) {
    if (page.length > 0 && total + bytes > PAGE_BYTES) {
      pages.push(page);
      page = [];
      total = 0;
    }
    page.push(id);
    total += bytes;
  }
  if (page.length > 0) pages.push(page);
  return pages;
}

async function* pageLines(
  database: Database,
  ids: readonly string[],
  revision: number,
  slice: TimeSlice,
): AsyncGenerator<string> {
  const children = <Kind extends ExportedChild>(kind: Kind) => new Children(database, kind, ids, revision);
  const rankings = children("ranking");
  const page = {
    samples: groupBy(await exportedSamplesOfPrompts(database, ids, revision), ({ promptId }) => promptId),
    demonstrations: children("demonstration"),
    completions: children("completion"),
    rankings,
    ofRankings: new RankingAssessments(database, rankings),
    assessments: children("assessment"),
    skips: children("skip"),
  };
  for (const prompt of await exportedPrompts(database, ids, revision)) {
    yield* linesOfPrompt(prompt, page, slice);
  }
}

type Page = {
  readonly samples: ReadonlyMap<string | null, ExportedSample[]>;
  readonly demonstrations: Children<"demonstration">;
  readonly completions: Children<"completion">;
  readonly rankings: Children<"ranking">;
  readonly ofRankings: RankingAssessments;
  readonly assessments: Children<"assessment">;
  readonly skips: Children<"skip">;
};

function groupBy<Row>(rows: readonly Row[], keyOf: (row: Row) => string | null): Map<string | null, Row[]> {
  const groups = new Map<string | null, Row[]>();
  for (const row of rows) {
    const key = keyOf(row);
    const group = groups.get(key);
    if (group) group.push(row);
    else groups.set(key, [row]);
  }
  return groups;
}

async function* linesOfPrompt(row: ExportedPrompt, page: Page, slice: TimeSlice): AsyncGenerator<string> {
  const samples = page.samples.get(row.id) ?? [];
  const keys = samples.map(({ key }) => key);
  const written = omitDefaultSamples(samples);
  const line = new PromptLine(promptRecord(row));

  for await (const chunk of page.demonstrations.of(row.id)) {
    for (const child of chunk) yield* line.add("demonstrations", writeDemonstration(demonstrationRecord(child)));
  }
  for await (const chunk of page.completions.of(row.id)) {
    for (const child of chunk) {
      const sample = samples[child.position] as ExportedSample;
      const { sampleIndex, version } = written[child.position] ?? { sampleIndex: null, version: null };
      yield* line.addCompletion(completionRecord(child, sample, { sampleIndex, version }));
    }
  }
  for await (const chunk of page.rankings.of(row.id)) {
    const assessments = await page.ofRankings.of(chunk);
    for (const child of chunk) {
      if (slice.isDue) await slice.giveWay();
      yield* line.add("rankings", writeRanking(rankingRecord(child, assessments.get(child.id) ?? [], keys)));
    }
  }
  for await (const chunk of page.assessments.of(row.id)) {
    for (const child of chunk) yield* line.add("assessments", writeAssessment(assessmentRecord(child, keys)));
  }
  for await (const chunk of page.skips.of(row.id)) {
    for (const child of chunk) yield* line.add("skips", writeSkip(skipRecord(child)));
  }
  if (slice.isDue) await slice.giveWay();
  yield* line.end();
}

/** The children of one kind of a page's prompts: read at once where there are several prompts, else in pieces. */
class Children<Kind extends ExportedChild> {
  /** Those of the whole page, once they are read at once. */
  rows: readonly ExportedChildren[Kind][] | null = null;
  private at = 0;

  constructor(
    private readonly database: Database,
    private readonly kind: Kind,
    private readonly promptIds: readonly string[],
    private readonly revision: number,
  ) {}

  /** One prompt's children in the order of their ordinals. Prompts are to be asked for in the page's order. */
  async *of(promptId: string): AsyncGenerator<ExportedChildren[Kind][]> {
    const { database, kind, promptIds, revision } = this;
    if (promptIds.length === 1) {
      let behind = -1;
      for (;;) {
        const chunk = await nextChildren(database, kind, promptId, revision, behind, CHUNK);
        const last = chunk.at(-1);
        if (last === undefined) return;
        yield chunk;
        behind = last.position;
      }
    }
    this.rows ??= await childrenOfPrompts(database, kind, promptIds, revision);
    const from = this.at;
    while (this.rows[this.at]?.promptId === promptId) this.at++;
    if (this.at > from) yield this.rows.slice(from, this.at);
  }
}

/** The assessments given with rankings: read at once where the rankings are, else with each piece of them. */
class RankingAssessments {
  private ofPage: ReadonlyMap<string | null, ExportedAssessment[]> | null = null;

  constructor(
    private readonly database: Database,
    private readonly rankings: Children<"ranking">,
  ) {}

  /** By the number of the ranking: those of a piece of the page's rankings, and maybe of others. */
  async of(piece: readonly ExportedRanking[]): Promise<ReadonlyMap<string | null, ExportedAssessment[]>> {
    if (this.rankings.rows === null) return this.read(piece);
    this.ofPage ??= await this.read(this.rankings.rows);
    return this.ofPage;
  }

  private async read(rankings: readonly ExportedRanking[]): Promise<Map<string | null, ExportedAssessment[]>> {
    const ids = rankings.map(({ id }) => id);
    return groupBy(await exportedAssessmentsOfRankings(this.database, ids), ({ rankingId }) => rankingId);
  }
}

/** A prompt's line as it grows; one that has become long is ended, and a further one goes on with what identifies the prompt. */
class PromptLine {
  private readonly children: WrittenChildren = { demonstrations: [], rankings: [], assessments: [], skips: [] };
  private characters = 0;
  private isFirst = true;

  constructor(private prompt: NativePrompt) {}

  *add(kind: keyof WrittenChildren, json: string): Generator<string> {
    this.children[kind].push(json);
    yield* this.grow(json.length);
  }

  *addCompletion(completion: NativePrompt["completions"][number]): Generator<string> {
    this.prompt.completions.push(completion);
    yield* this.grow(writeCompletion(completion).length);
  }

  /** The last line, unless the one before has said all. */
  *end(): Generator<string> {
    if (this.characters > 0 || this.isFirst) yield writePrompt(this.prompt, this.children);
  }

  private *grow(characters: number): Generator<string> {
    this.characters += characters;
    if (this.characters < LINE_CHARACTERS) return;
    yield* this.end();
    this.isFirst = false;
    this.prompt = identifyingFields(this.prompt);
    for (const list of Object.values(this.children)) list.length = 0;
    this.characters = 0;
  }
}
