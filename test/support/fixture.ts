import { createHash } from "node:crypto";
import { promptIdentity } from "../../src/datasets/formats/identity.js";
import { countComparisons } from "../../src/datasets/records/comparisons.js";
import { keyAt } from "../../src/datasets/records/completion-keys.js";
import type { Database } from "../../src/entities/database/database.js";
import type {
  Criterion,
  InstructionPurpose,
  LabelerPool,
  LabelerStatus,
  OutputLabel,
  PromptKind,
  PromptSource,
  PromptTrait,
  Split,
  SplitGrouping,
  Stage,
  UseCase,
} from "../../src/vocabulary.js";

/** The revisions in which a row is in force: from 1 on, for ever, where not said otherwise. */
interface InForce {
  addedIn?: number;
  removedIn?: number | null;
}

/** What may change about a prompt. */
export interface StateFacts extends InForce {
  group?: string;
  useCase?: UseCase | null;
  language?: string | null;
  traits?: Partial<Record<PromptTrait, boolean | null>>;
  stages?: Stage[] | null;
  exclusion?: { reason: string; from: Stage[]; by: string; at: Date } | null;
}

export interface PromptFacts extends StateFacts {
  text?: string;
  externalId?: string | null;
  kind?: PromptKind;
  fewShot?: { query: string; response: string }[];
  source?: PromptSource;
  author?: string | null;
  tags?: string[];
  metadata?: Record<string, unknown>;
  createdAt?: Date;
  /** The split of a group of its own, unless a group is given. */
  split?: Split | null;
}

export interface WorkFacts extends InForce {
  createdAt?: Date;
  instructions?: string | null;
}

const START = Date.UTC(2026, 0, 5, 10);

/** Puts rows straight into a test's database, in states that take a service many calls to reach. */
export class Fixture {
  private count = 0;

  constructor(private readonly database: Database) {}

  /** A new second, later than all before. */
  time(): Date {
    this.count += 1;
    return new Date(START + this.count * 1000);
  }

  async dataset(slug: string, facts: { revision?: number; tokenizer?: "GPT2" | "BYTES" } = {}): Promise<string> {
    return this.insert("dataset", {
      slug,
      name: `Dataset ${slug}`,
      tokenizer: facts.tokenizer ?? "BYTES",
      revision: facts.revision ?? 1,
    });
  }

  async labeler(handle: string, facts: { pool?: LabelerPool; status?: LabelerStatus } = {}): Promise<string> {
    return this.insert("labeler", { handle, pool: facts.pool ?? "TRAINING", status: facts.status ?? "ACTIVE" });
  }

  async member(dataset: string, labeler: string, pool: LabelerPool = "TRAINING", facts: InForce = {}): Promise<string> {
    return this.insert("dataset_labeler", { dataset_id: dataset, labeler_id: labeler, pool, ...inForce(facts) });
  }

  async instructions(
    dataset: string,
    version: number,
    facts: { purpose?: InstructionPurpose; criteriaOrder?: Criterion[]; addedIn?: number } = {},
  ): Promise<string> {
    return this.insert("instruction_version", {
      dataset_id: dataset,
      version,
      purpose: facts.purpose ?? "TRAINING_DATA",
      text: `Rules, version ${version}.`,
      criteria_order: facts.criteriaOrder ?? ["HELPFUL", "TRUTHFUL", "HARMLESS"],
      valid_from: this.time(),
      added_in: facts.addedIn ?? 1,
    });
  }

  async policy(dataset: string, facts: InForce & { seed?: number; groupBy?: SplitGrouping } = {}): Promise<string> {
    return this.insert("split_policy", {
      dataset_id: dataset,
      train: 0.8,
      validation: 0.1,
      test: 0.1,
      seed: facts.seed ?? 0,
      group_by: facts.groupBy ?? "AUTHOR",
      assigned_at: this.time(),
      ...inForce(facts),
    });
  }

  /** A split group; split null: not assigned. */
  async group(dataset: string, split: Split | null, facts: InForce = {}): Promise<string> {
    const id = await this.insert("split_group", { dataset_id: dataset });
    if (split) await this.assign(id, split, facts);
    return id;
  }

  async assign(group: string, split: Split, facts: InForce = {}): Promise<void> {
    await this.insert("split_assignment", { split_group_id: group, split, ...inForce(facts) }, "split_group_id");
  }

  async prompt(dataset: string, facts: PromptFacts = {}): Promise<string> {
    const createdAt = facts.createdAt ?? this.time();
    const id = await this.insert("prompt", {
      dataset_id: dataset,
      identity: this.identityOf(facts.externalId ?? null),
      external_id: facts.externalId ?? null,
      text: facts.text ?? `Prompt ${this.count}`,
      kind: facts.kind ?? (facts.fewShot ? "FEW_SHOT" : "PLAIN"),
      few_shot: JSON.stringify(facts.fewShot ?? []),
      source: facts.source ?? "CUSTOMER",
      author: facts.author ?? null,
      tags: facts.tags ?? [],
      metadata: JSON.stringify(facts.metadata ?? {}),
      created_at: createdAt,
      created_at_given: true,
      added_in: facts.addedIn ?? 1,
    });
    const group = facts.group ?? (await this.group(dataset, facts.split ?? null, { addedIn: facts.addedIn ?? 1 }));
    await this.state(dataset, id, { ...facts, group });
    return id;
  }

  async state(dataset: string, prompt: string, facts: StateFacts & { group: string }): Promise<void> {
    await this.insert(
      "prompt_state",
      {
        prompt_id: prompt,
        dataset_id: dataset,
        split_group_id: facts.group,
        use_case: facts.useCase ?? null,
        language: facts.language ?? null,
        traits: JSON.stringify(facts.traits ?? {}),
        stages: facts.stages ?? null,
        exclusion_reason: facts.exclusion?.reason ?? null,
        exclusion_from: facts.exclusion?.from ?? null,
        excluded_by: facts.exclusion?.by ?? null,
        excluded_at: facts.exclusion?.at ?? null,
        ...inForce(facts),
      },
      "prompt_id",
    );
  }

  /** Completions at the next positions, keyed A, B, C …; returns their ids. */
  async completions(
    dataset: string,
    prompt: string,
    count: number,
    facts: { source?: string | null; addedIn?: number; version?: number; texts?: string[] } = {},
  ): Promise<string[]> {
    const [{ next } = { next: 0 }] = await this.database.select<{ next: number }>(
      "select count(*)::integer as next from completion where prompt_id = $1",
      [prompt],
    );
    const ids: string[] = [];
    for (let i = 0; i < count; i++) {
      ids.push(
        await this.insert("completion", {
          dataset_id: dataset,
          prompt_id: prompt,
          position: next + i,
          key: keyAt(next + i),
          text: facts.texts?.[i] ?? `Completion ${keyAt(next + i)}`,
          source: facts.source ?? null,
          sample_index: facts.version ? i : next + i,
          version: facts.version ?? 1,
          created_at: this.time(),
          created_at_given: true,
          added_in: facts.addedIn ?? 1,
        }),
      );
    }
    return ids;
  }

  /** tiers: positions of the prompt's completions, best first. */
  async ranking(
    dataset: string,
    prompt: string,
    labeler: string,
    tiers: number[][],
    facts: WorkFacts & {
      displayOrder?: number[] | null;
      durationMs?: number | null;
      note?: string | null;
      supersedes?: string | null;
    } = {},
  ): Promise<string> {
    const id = await this.insert("ranking", {
      ...(await this.work(dataset, prompt, labeler, "ranking", facts)),
      completions: tiers.flat(),
      tiers: tiers.flatMap((tier, index) => tier.map(() => index + 1)),
      display_order: facts.displayOrder ?? null,
      strict_pairs: countComparisons(tiers),
      duration_ms: facts.durationMs ?? null,
      note: facts.note ?? null,
      supersedes_id: facts.supersedes ?? null,
    });
    await this.database.select(
      "update prompt set ranking_count = (select count(*) from ranking where prompt_id = $1 and removed_in is null) where id = $1",
      [prompt],
    );
    return id;
  }

  async demonstration(
    dataset: string,
    prompt: string,
    labeler: string,
    text: string,
    facts: WorkFacts = {},
  ): Promise<string> {
    return this.insert("demonstration", {
      ...(await this.work(dataset, prompt, labeler, "demonstration", facts)),
      text,
    });
  }

  async assessment(
    dataset: string,
    prompt: string,
    completion: string,
    labeler: string,
    facts: WorkFacts & {
      ranking?: string | null;
      overall?: number | null;
      labels?: Partial<Record<OutputLabel, boolean | null>>;
      toxicity?: { input?: number; output?: number; relative?: number; continuity?: number };
    } = {},
  ): Promise<string> {
    return this.insert("assessment", {
      ...(await this.work(dataset, prompt, labeler, "assessment", facts)),
      completion_id: completion,
      ranking_id: facts.ranking ?? null,
      overall: facts.overall ?? null,
      labels: JSON.stringify(facts.labels ?? {}),
      toxicity_input: facts.toxicity?.input ?? null,
      toxicity_output: facts.toxicity?.output ?? null,
      toxicity_relative: facts.toxicity?.relative ?? null,
      continuity: facts.toxicity?.continuity ?? null,
    });
  }

  async skip(dataset: string, prompt: string, labeler: string): Promise<string> {
    const {
      instruction_version_id: _,
      removed_in: __,
      ...work
    } = await this.work(dataset, prompt, labeler, "skip", {});
    return this.insert("skip", { ...work, reason: "unclear" });
  }

  private async work(dataset: string, prompt: string, labeler: string, table: string, facts: WorkFacts) {
    const [{ next } = { next: 0 }] = await this.database.select<{ next: number }>(
      `select count(*)::integer as next from ${table} where prompt_id = $1`,
      [prompt],
    );
    return {
      dataset_id: dataset,
      prompt_id: prompt,
      labeler_id: labeler,
      instruction_version_id: facts.instructions ?? null,
      position: next,
      identity: this.identity(),
      created_at: facts.createdAt ?? this.time(),
      created_at_given: true,
      ...inForce(facts),
    };
  }

  /** Prompts with an id are found by what is made of it; of others only that no two are equal. */
  private identityOf(externalId: string | null): string {
    return externalId === null
      ? this.identity()
      : promptIdentity({ externalId, text: "", fewShot: [], source: null, author: null });
  }

  private identity(): string {
    this.count += 1;
    return createHash("md5").update(String(this.count)).digest("hex");
  }

  /** Inserts a row of columns and returns the value of one of them. */
  private async insert(table: string, row: Record<string, unknown>, key = "id"): Promise<string> {
    const columns = Object.keys(row);
    const [inserted] = await this.database.select<{ key: string }>(
      `insert into ${table} (${columns.join(", ")}) values (${columns.map((_, i) => `$${i + 1}`).join(", ")}) returning ${key} as key`,
      Object.values(row),
    );
    return String(inserted?.key);
  }
}

const inForce = ({ addedIn, removedIn }: InForce) => ({ added_in: addedIn ?? 1, removed_in: removedIn ?? null });
